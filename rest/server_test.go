package rest_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/idempotency"
	"github.com/storegraph/storegraph/rest"
)

// secret signs the tokens of the recorded shop.
const secret = "supersecret"

// overTLS is the key of a context whose request came over TLS.
type overTLS struct{}

// newHandler returns the API and the Store API on d, as the server mounts them.
func newHandler(t testing.TB, d db.DB, change func(c *graph.Config)) http.Handler {
	t.Helper()
	_, h := newServer(t, d, change)
	return h
}

// newServer is newHandler, and what the handler serves.
func newServer(t testing.TB, d db.DB, change func(c *graph.Config)) (*graph.Server, http.Handler) {
	t.Helper()
	c := graph.Config{
		DB: d, JWTSecret: secret, CookieSecret: secret, Now: time.Now,
		Secure: func(ctx context.Context) bool { return ctx.Value(overTLS{}) != nil },
	}
	if change != nil {
		change(&c)
	}
	g, err := graph.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store, err := rest.New(g, rest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/graphql" {
			g.ServeHTTP(w, r)
			return
		}
		store.ServeHTTP(w, r)
	})
	once := idempotency.Middleware{DB: d, Now: c.Now, Log: slog.New(slog.DiscardHandler), Fail: store.Fail}
	keyed := g.Identify(once.Wrap(mux))
	return g, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Forwarded-Proto") == "https" { // as the server does behind a trusted proxy
			r = r.WithContext(context.WithValue(r.Context(), overTLS{}, true))
		}
		keyed.ServeHTTP(w, r)
	})
}

// get asks for a path with a publishable key and returns the status and the body.
func get(t testing.TB, h http.Handler, path, key string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	r.Header.Set("X-Publishable-Api-Key", key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// manyAttempts lets tests log in as often as they like.
func manyAttempts(c *graph.Config) {
	c.Throttle.PerAccount, c.Throttle.PerAddress = 1_000_000, 1_000_000
}
