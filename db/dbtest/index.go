package dbtest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
)

// KeepIndex keeps the index of a database whose changes are logged until the test ends. It returns when the index is loaded.
func KeepIndex(t testing.TB, d db.DB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.KeepIndex(ctx, db.IndexOptions{Memory: 1 << 30, Log: slog.New(slog.DiscardHandler)})
	}()
	t.Cleanup(func() { cancel(); <-done })
	for end := time.Now().Add(5 * time.Minute); !d.Index().Ready; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the index is not loaded")
		}
	}
}
