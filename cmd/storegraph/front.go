package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/front"
	"github.com/storegraph/storegraph/cmd/storegraph/shadow"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/remote"
	"github.com/storegraph/storegraph/rest"
)

// FrontConfig has the settings of the front of a Medusa.
type FrontConfig struct {
	URL           *url.URL `var:"MEDUSA_URL" name:"medusa-url" type:"address" placeholder:"URL" help:"The address of a Medusa on the same database, which answers what storegraph does not know. Empty: such requests are answered with 404."`
	Routes        string   `var:"FRONT_ROUTES" name:"front-routes" help:"The routes that Medusa is to answer in any case, separated by commas: POST /store/carts/{id}/complete."`
	UnknownFields string   `var:"FRONT_UNKNOWN_FIELDS" name:"front-unknown-fields" enum:"medusa,drop" default:"medusa" help:"medusa: it answers requests for fields and parameters that storegraph does not know; drop: they are dropped or refused."`
	ShadowRate    float64  `var:"SHADOW_RATE" type:"share" default:"0" help:"The share of reads that Medusa is asked for too, to compare its answers, such as 0.01; clients do not wait for it."`
}

// dropUnknown reports whether fields and parameters that storegraph does not know stay here.
func (c FrontConfig) dropUnknown() bool { return c.UnknownFields == "drop" }

// A shopFront is the Store API, and the front of the Medusa behind it, if there is one.
type shopFront struct {
	store  *rest.Handler
	medusa *front.Front   // nil: there is none
	shadow *shadow.Shadow // nil: nothing is compared
	mux    *http.ServeMux
}

// newShopFront returns the Store API on g with a mux that leads to it, to which more is to be added, and the front of the configured Medusa.
func newShopFront(cfg Config, d db.DB, g *graph.Server, log *slog.Logger) (*shopFront, error) {
	s := &shopFront{mux: http.NewServeMux()}
	c := rest.Config{Log: log}
	if cfg.Front.URL != nil {
		c.DropUnknown = cfg.Front.dropUnknown()
		c.Beyond = func(w http.ResponseWriter, r *http.Request, b *rest.Beyond) {
			s.medusa.Pass(w, r, b.Route, b.Kind, b.Names...)
		}
	}
	var err error
	if s.store, err = rest.New(g, c); err != nil {
		return nil, err
	}
	s.mux.Handle("/", s.store)
	routes, err := front.ParseRoutes(cfg.Front.Routes, s.store.Routes())
	if err != nil {
		return nil, fmt.Errorf("FRONT_ROUTES: %w", err)
	}
	if cfg.Front.URL != nil {
		s.medusa = front.New(front.Options{
			URL: cfg.Front.URL, Owns: s.owns, Routes: routes, Token: g.SessionToken, Wrote: graph.Wrote, Log: log,
			Through: func(t http.RoundTripper) http.RoundTripper { return remote.Transport(t, "medusa") },
		})
	}
	if cfg.Front.URL != nil && cfg.Front.ShadowRate > 0 {
		s.shadow = shadow.New(shadow.Options{
			URL: cfg.Front.URL, Rate: cfg.Front.ShadowRate, Route: s.owns, Token: g.SessionToken, Identify: g.Identify, Log: log,
			Keep: func(ctx context.Context, found []shadow.Difference) error { return keepDifferences(ctx, d, found) },
		})
	}
	return s, nil
}

// owns returns the route of a request and whether it is answered here.
func (s *shopFront) owns(method string, u *url.URL) (route string, ok bool) {
	if canonical(u.Path) != u.Path {
		return s.store.Owns(method, u)
	}
	if isHealth(method, u.Path) {
		return method + " /health", true
	}
	_, pattern := s.mux.Handler(&http.Request{Method: method, URL: u, Host: u.Host})
	switch pattern {
	case "/", "":
		return s.store.Owns(method, u)
	case "GET /static/": // Medusa's files are below the same path
		return pattern, seed.HasStatic(u.Path)
	}
	return pattern, true
}

// edge returns the middleware that sends requests to Medusa, and has clients see in replicas what they have written.
func (s *shopFront) edge(g *graph.Server) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if s.medusa != nil {
			next = s.medusa.Wrap(next)
		}
		return g.Positioned(next)
	}
}

// handler returns the handler of what is answered here.
func (s *shopFront) handler() http.Handler {
	h := front.Unanswered(spelled(s.mux, s.store))
	if s.shadow != nil {
		h = s.shadow.Wrap(h)
	}
	return h
}

// work compares answers, if that is configured, until ctx ends.
func (s *shopFront) work(ctx context.Context) {
	if s.shadow != nil {
		s.shadow.Run(ctx)
	}
}

// keepDifferences counts what Medusa has answered otherwise.
func keepDifferences(ctx context.Context, d db.DB, found []shadow.Difference) error {
	for _, f := range found {
		err := d.NoteShadow(ctx, db.ShadowDifference{Route: f.Route, Kind: f.Kind, Path: f.Path, Deviation: f.Deviation, Example: f.Example}, time.Now())
		if err != nil {
			return err
		}
	}
	return nil
}

// spelled returns mux, but that it redirects nowhere: a path with doubled slashes or dots, which no route has, goes to the Store API, and
// the check of health has any case, as every route of the Store API.
func spelled(mux, store http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case canonical(r.URL.Path) != r.URL.Path:
			store.ServeHTTP(w, r)
		case isHealth(r.Method, r.URL.Path):
			live(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// canonical is a path as the mux wants it: without doubled slashes and dots.
func canonical(asked string) string {
	clean := path.Clean("/" + asked)
	if strings.HasSuffix(asked, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// isHealth reports whether a request asks whether the process runs.
func isHealth(method, path string) bool {
	return method == http.MethodGet && strings.EqualFold(strings.TrimSuffix(path, "/"), "/health")
}
