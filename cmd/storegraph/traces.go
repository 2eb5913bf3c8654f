package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/cmd/storegraph/span"
)

// traced reports whether requests are to be traced.
func (c Config) traced() bool {
	switch {
	case c.TracesOff || c.TracesExporter == "none":
		return false
	case c.TracesExporter != "":
		return true
	}
	return c.OTLPEndpoint != "" || c.TracesEndpoint != ""
}

// startTracing has requests be traced until stop is called, if that is configured.
func (a *app) startTracing(ctx context.Context, log *slog.Logger) (stop func(), err error) {
	if !a.cfg.traced() {
		return func() {}, nil
	}
	o := span.Options{Endpoint: a.cfg.TracesEndpoint, Service: a.cfg.ServiceName, Version: programVersion(), Log: log}
	if o.Endpoint == "" && a.cfg.OTLPEndpoint != "" {
		o.Endpoint = a.cfg.OTLPEndpoint + "/v1/traces"
	}
	if a.cfg.TracesExporter == "console" {
		o.Console = a.stdout
	}
	if a.cfg.Spans, err = span.New(ctx, o); err != nil {
		return nil, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := a.cfg.Spans.Close(ctx); err != nil {
			log.WarnContext(ctx, "the last traces are lost", "error", err)
		}
	}, nil
}

// tracer returns what makes spans; nil if nothing is traced.
func (c Config) tracer() trace.Tracer {
	if c.Spans == nil {
		return nil
	}
	return c.Spans.Tracer()
}

// trace has each request be a span, if anything is traced.
func (c Config) trace(h http.Handler, s *shopFront) http.Handler {
	if c.Spans == nil {
		return h
	}
	return c.Spans.Wrap(h, func(r *http.Request) string {
		route, ok := s.owns(r.Method, r.URL)
		if !ok {
			return r.Method + " other"
		}
		return route
	})
}
