package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/cmd/storegraph/metric"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/playground"
	"github.com/storegraph/storegraph/graph/shop/idempotency"
)

// handler returns the server's handler for when the database is up, and the background work to run beside it. It calls emitted when
// there are new events to deliver.
func handler(ctx context.Context, cfg Config, d db.DB, log *slog.Logger, emitted func()) (h http.Handler, work func(ctx context.Context), err error) {
	g, err := newGraph(ctx, cfg, d, log, emitted)
	if err != nil {
		return nil, nil, err
	}
	s, err := newShopFront(cfg, d, g, log)
	if err != nil {
		return nil, nil, err
	}
	if cfg.Metrics != nil {
		cfg.Metrics.Read(metric.Sources{DB: d, Graph: g, Front: s.medusa, Shadow: s.shadow})
	}
	page, err := playgroundPage(ctx, cfg, d)
	if err != nil {
		return nil, nil, err
	}
	s.mux.HandleFunc("GET /health", live)
	s.mux.Handle("GET /health/ready", &readiness{db: d, front: s})
	s.mux.Handle("/graphql", browsable(g))
	s.mux.HandleFunc("GET /schema.graphql", g.ServeSDL)
	s.mux.Handle("GET /{$}", page)
	s.mux.Handle("GET /playground/", page)
	s.mux.Handle("GET /static/", seed.Static())
	e, err := edge.New(edge.Options{
		Log: log, TrustedProxies: cfg.TrustedProxies, Front: cfg.Office.edge(s.edge(g)), Observe: cfg.observeRequests(s),
		CORS: []edge.CORS{
			{Prefix: "/store", Origins: cfg.StoreCORS}, {Prefix: "/auth", Origins: cfg.AuthCORS}, {Prefix: "/graphql", Origins: cfg.StoreCORS},
		},
	})
	if err != nil {
		return nil, nil, err
	}
	keyed := &idempotency.Middleware{DB: d, Now: time.Now, Log: log, Fail: func(w http.ResponseWriter, r *http.Request, err error) {
		if r.URL.Path == "/graphql" {
			g.Fail(w, r, err)
			return
		}
		s.store.Fail(w, r, err)
	}}
	work = func(ctx context.Context) { backgroundWork(ctx, cfg, d, g, s, log) }
	return cfg.trace(e.Wrap(g.Identify(keyed.Wrap(s.handler()))), s), work, nil
}

// newGraph returns the API of the shop of a database.
func newGraph(ctx context.Context, cfg Config, d db.DB, log *slog.Logger, emitted func()) (*graph.Server, error) {
	account, err := cfg.Auth.account(time.Now)
	if err != nil {
		return nil, err
	}
	allowOrigin, err := edge.ParseOrigins(cfg.StoreCORS)
	if err != nil {
		return nil, err
	}
	documents, err := cfg.documents()
	if err != nil {
		return nil, err
	}
	locks, err := cfg.Medusa.openLocking(ctx, d, log)
	if err != nil {
		return nil, err
	}
	if cfg.Office == nil && (!cfg.private() || cfg.Front.URL != nil || locks.redis != nil) { // there may be a Medusa
		locks.tell(ctx, cfg.Front.URL != nil, log)
	}
	g, err := graph.New(graph.Config{
		DB: d, JWTSecret: cfg.JWTSecret, CookieSecret: cfg.CookieSecret, Log: log, Policy: cfg.policy(), Payers: cfg.payers(), Medusa: cfg.medusaClient(log), MedusaLocks: locks.redis,
		ClientAddr: func(ctx context.Context) string { return edge.ClientAddr(ctx).String() },
		Tokens:     cfg.Auth.tokens(), Throttle: cfg.Auth.throttle(), Account: account,
		Secure:      func(ctx context.Context) bool { return edge.Scheme(ctx) == "https" },
		AllowOrigin: allowOrigin, Emitted: emitted, Observe: cfg.observe(log), Measure: cfg.measure(), Tracer: cfg.tracer(),
		Documents: documents, DocumentsOnly: cfg.DocumentsOnly,
		CacheSize: cfg.CacheMegabytes << 20, Lifetimes: cfg.Lifetimes,
	})
	if wrong := (*graph.DocumentError)(nil); errors.As(err, &wrong) {
		return nil, fmt.Errorf("DOCUMENTS=%s: %w", cfg.DocumentsFile, err)
	}
	return g, err
}

// backgroundWork does what no request waits for, until ctx ends.
func backgroundWork(ctx context.Context, cfg Config, d db.DB, g *graph.Server, s *shopFront, log *slog.Logger) {
	var wg sync.WaitGroup
	for _, work := range []func(){
		func() { pruneChanges(ctx, d, log) },
		func() { d.FollowReplicas(ctx, log) },
		func() { d.KeepIndex(ctx, db.IndexOptions{Memory: cfg.CatalogueMemory, Log: log}) },
		func() { countSales(ctx, d, log) },
		func() { s.work(ctx) },
		func() {
			d.KeepSearch(ctx, func(err error) { log.WarnContext(ctx, "what is searched does not follow the catalogue", "error", err) })
		},
		func() { g.Work(ctx) },
	} {
		wg.Go(work)
	}
	wg.Wait()
	log.InfoContext(context.WithoutCancel(ctx), "answers of the catalogue", "cache", g.CacheStats())
}

// pruneChanges removes what is too old from the log of changes, each minute until ctx ends.
func pruneChanges(ctx context.Context, d db.DB, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if err := d.PruneChanges(ctx, now); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "the log of changes is not shortened", "error", err)
			}
		}
	}
}

// countSales keeps what best sellers and related products are found by, until ctx ends. It asks each minute, so that another server takes
// over soon from one that is gone.
func countSales(ctx context.Context, d db.DB, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := d.CountSales(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "sales are not counted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// browsable returns the handler of GraphQL, but that a browser which opens its address without an operation is led to the playground.
func browsable(graphql http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.RawQuery == "" && strings.Contains(r.Header.Get("Accept"), "text/html") {
			w.Header().Add("Vary", "Accept")
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		graphql.ServeHTTP(w, r)
	})
}

// documents returns the trusted documents of the configured file.
func (c Config) documents() ([]graph.TrustedDocument, error) {
	if c.DocumentsFile == "" {
		return nil, nil
	}
	manifest, err := os.ReadFile(c.DocumentsFile)
	if err != nil {
		return nil, fmt.Errorf("DOCUMENTS: %w", err)
	}
	documents, err := graph.ReadManifest(manifest)
	if err != nil {
		return nil, fmt.Errorf("DOCUMENTS=%s: %w", c.DocumentsFile, err)
	}
	return documents, nil
}

// playgroundPage returns the handler of the playground, with examples. For the private shop it contains a publishable key, so that
// the examples work.
func playgroundPage(ctx context.Context, cfg Config, d db.DB) (http.Handler, error) {
	o := playground.Options{Examples: playground.Examples()}
	if cfg.private() {
		key, err := d.AnyPublishableKey(ctx)
		if err != nil {
			return nil, err
		}
		o.PublishableKey = key
	}
	return playground.New(o), nil
}
