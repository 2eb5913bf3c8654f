package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestReadyWithoutPrimary has a server stay ready while a replica shows the catalogue, and not without one.
func TestReadyWithoutPrimary(t *testing.T) {
	t.Parallel()
	primary, replica := dbtest.Replicated(t)
	var away, alone atomic.Bool
	through := func(address string, gone *atomic.Bool) string {
		return dbtest.Proxy(t, address, func([]byte) dbtest.Fate {
			if gone.Load() {
				return dbtest.Cut
			}
			return dbtest.Pass
		})
	}
	d := dbtest.Open(t, through(primary, &away), db.Options{Replicas: []string{through(replica, &alone)}})
	h, work, err := handler(t.Context(), Config{JWTSecret: "supersecret", CookieSecret: "supersecret", DatabaseURL: primary}, d, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(background(context.WithoutCancel(t.Context()), work))
	answers := func(status int, part string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/health/ready", http.NoBody))
			if w.Code == status && strings.Contains(w.Body.String(), part) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("/health/ready = %d %s, want %d %s", w.Code, w.Body, status, part)
			}
		}
	}
	answers(http.StatusOK, "replicas: 1 of 1 used")
	away.Store(true)
	answers(http.StatusOK, "primary: away, replicas show the catalogue")
	alone.Store(true)
	answers(http.StatusServiceUnavailable, "the database is not ready")
	away.Store(false)
	answers(http.StatusOK, "replicas: 0 of 1 used")
}
