package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"storegraph/db"
)

// live says that the process answers, in the reference's words.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "OK")
}

// readiness says whether the database answers and can be served.
type readiness struct {
	db db.DB

	mu      sync.Mutex
	checked time.Time // of the last report without problems
}

// recheck is how long a good report stands: the schema can change under a running server, but seldom.
const recheck = 10 * time.Second

func (h *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	if err := h.check(ctx); err != nil {
		// Not the error's text: it may hold addresses, and anybody may ask.
		http.Error(w, "the database is not ready", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ready")
}

func (h *readiness) check(ctx context.Context) error {
	if err := h.db.Ping(ctx); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.checked) < recheck {
		return nil
	}
	report, err := db.Check(ctx, h.db)
	if err == nil {
		err = report.Err()
	}
	if err == nil {
		h.checked = time.Now()
	}
	return err
}
