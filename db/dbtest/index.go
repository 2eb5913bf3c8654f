package dbtest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"storegraph/db"
)

// KeepIndex keeps the index of a database whose changes are logged until the test ends. It returns when the index is loaded.
func KeepIndex(t testing.TB, d db.DB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	loaded, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		d.KeepIndex(ctx, db.IndexOptions{Memory: 1 << 30, Log: slog.New(slog.DiscardHandler), Changed: func(context.Context, db.CatalogueChanges) {
			select {
			case loaded <- struct{}{}:
			default:
			}
		}})
	}()
	t.Cleanup(func() { cancel(); <-done })
	select {
	case <-loaded:
	case <-time.After(5 * time.Minute):
		t.Fatal("the index is not loaded")
	}
}
