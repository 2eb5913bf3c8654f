package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestBacklog follows an event on its way.
func TestBacklog(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want := func(step string, want db.Backlog) {
		t.Helper()
		got, err := d.Backlog(t.Context())
		if err != nil || got.New != want.New || got.Pending != want.Pending || got.Dead != want.Dead || !got.Oldest.Equal(want.Oldest) {
			t.Errorf("%s: backlog = %+v, %v, want %+v", step, got, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("at first", db.Backlog{})
	must(d.Emit(t.Context(), "test.happened", map[string]string{}, now))
	want("emitted", db.Backlog{New: 1, Oldest: now})
	must(d.FanOutEvents(t.Context(), []string{"a", "b"}, now))
	want("fanned out", db.Backlog{Pending: 2, Oldest: now})
	claimed, err := d.ClaimDeliveries(t.Context(), map[string]int{"a": 1, "b": 1}, now, now.Add(time.Minute))
	must(err)
	for i, reason := range []string{"gone", ""} {
		_, err := d.FinishDelivery(t.Context(), claimed[i], reason, now)
		must(err)
	}
	want("given up and delivered", db.Backlog{Dead: 1})
}

// TestMeter counts the statements, rows and round trips of one operation, and of all.
func TestMeter(t *testing.T) {
	t.Parallel()
	m := &db.Meter{}
	d := dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{Tracer: m})
	if got := db.UsageOf(t.Context()); got != (db.Usage{}) {
		t.Errorf("without an operation = %+v", got)
	}
	ctx, _, cancel := db.WithBudget(t.Context(), 1000, 1<<20)
	defer cancel()
	read := func(ctx context.Context) {
		t.Helper()
		if _, err := d.AnyPublishableKey(ctx); err != nil {
			t.Fatal(err)
		}
	}
	read(ctx)
	one := db.UsageOf(ctx)
	if one.Statements < 1 || one.Rows < 1 || one.RoundTrips != 1 || m.Usage() != one {
		t.Errorf("an operation used %+v, all %+v, want the same and one round trip", one, m.Usage())
	}
	read(t.Context())
	if got := m.Usage(); db.UsageOf(ctx) != one || got != (db.Usage{Statements: 2 * one.Statements, Rows: 2 * one.Rows, RoundTrips: 2}) {
		t.Errorf("with another read the operation used %+v, all %+v", db.UsageOf(ctx), got)
	}
}
