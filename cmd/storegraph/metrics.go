package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/cmd/storegraph/metric"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
)

// checkMetrics fails if metrics were served at the shop's port.
func (c Config) checkMetrics() error {
	_, port, _ := strings.Cut(c.MetricsAddr[strings.LastIndexByte(c.MetricsAddr, ']')+1:], ":")
	if n, err := strconv.Atoi(port); err == nil && n != 0 && n == c.Port {
		return fmt.Errorf("METRICS_ADDR=%q: PORT is %d too, where shoppers would see the metrics: want another port", c.MetricsAddr, c.Port)
	}
	return nil
}

// startMeasuring has everything measured and traced from now on, as far as that is configured, until stop is called.
func (a *app) startMeasuring(ctx context.Context, log *slog.Logger) (stop func(), err error) {
	if a.cfg.MetricsAddr != "" {
		a.cfg.Metrics = metric.New(log)
	}
	return a.startTracing(ctx, log)
}

// metered returns options of a database whose statements are counted and traced, if anything is.
func (c Config) metered(o db.Options) db.Options {
	if c.Metrics != nil {
		o.Tracer = c.Metrics.Meter
	}
	o.Spans = c.tracer()
	return o
}

// measure returns what is called with what operations took; nil if nothing is measured.
func (c Config) measure() func(graph.Measurement) {
	if c.Metrics == nil {
		return nil
	}
	return c.Metrics.Operation
}

// observeRequests returns what is told of each request; nil if nothing is measured.
func (c Config) observeRequests(s *shopFront) func(r *http.Request, status int, took time.Duration) {
	if c.Metrics == nil {
		return nil
	}
	return func(r *http.Request, status int, took time.Duration) {
		route, _ := s.owns(r.Method, r.URL)
		c.Metrics.Request(metric.Request{
			Method: r.Method, Route: route, Status: status, By: edge.WhoAnswered(r.Context()), Took: took,
			Lasting: status == http.StatusSwitchingProtocols || strings.Contains(r.Header.Get("Accept"), "text/event-stream"),
		})
	}
}

// serveMetrics serves the metrics until stop is called, if that is configured.
func (a *app) serveMetrics(ctx context.Context, log *slog.Logger) (stop func(), err error) {
	if a.cfg.Metrics == nil {
		return func() {}, nil
	}
	l, err := listen(ctx, "METRICS_ADDR", a.cfg.MetricsAddr)
	if err != nil {
		return nil, err
	}
	srv := &http.Server{
		Handler: a.cfg.Metrics.Handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.ErrorContext(ctx, "metrics are not served any more", "error", err)
		}
	}()
	log.InfoContext(ctx, "metrics", "metrics_address", l.Addr().String())
	return func() { _ = srv.Close() }, nil
}
