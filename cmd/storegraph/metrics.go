package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"storegraph/cmd/storegraph/edge"
	"storegraph/cmd/storegraph/metric"
	"storegraph/db"
	"storegraph/graph"
)

func metricsSetting() setting {
	return setting{
		"METRICS_ADDR", "",
		"The address, such as localhost:9464, at which Prometheus finds /metrics and engineers /debug/pprof/. Whoever reaches it sees both. Empty: nothing is measured.",
		func(c *Config, v string) error {
			if v == "" {
				return nil
			}
			_, port, err := net.SplitHostPort(v)
			if err != nil {
				return errors.New("want a host and a port, such as localhost:9464")
			}
			if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
				return errors.New("want a port from 0 to 65535 after the host; 0: any free port")
			}
			c.MetricsAddr = v
			return nil
		},
	}
}

// checkMetrics fails if metrics were served at the shop's port.
func (c Config) checkMetrics() error {
	_, port, _ := strings.Cut(c.MetricsAddr[strings.LastIndexByte(c.MetricsAddr, ']')+1:], ":")
	if n, err := strconv.Atoi(port); err == nil && n != 0 && n == c.Port {
		return fmt.Errorf("METRICS_ADDR=%q: PORT is %d too, where shoppers would see the metrics: want another port", c.MetricsAddr, c.Port)
	}
	return nil
}

// startMeasuring has everything measured from now on, if that is configured.
func (a *app) startMeasuring(log *slog.Logger) {
	if a.cfg.MetricsAddr != "" {
		a.cfg.Metrics = metric.New(log)
	}
}

// metered returns options of a database whose statements are counted, if anything is measured.
func (c Config) metered(o db.Options) db.Options {
	if c.Metrics != nil {
		o.Tracer = c.Metrics.Meter
	}
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
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", a.cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("METRICS_ADDR=%q: %w", a.cfg.MetricsAddr, err)
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
