package db_test

import (
	"errors"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// TestKeyedRequestIsFenced has a second server take over a request that has run for too long. The first commits nothing any more.
func TestKeyedRequestIsFenced(t *testing.T) {
	t.Parallel()
	d, _ := notes(t)
	ctx := t.Context()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, first, err := d.BeginKeyed(ctx, "k", "hash", start, start.Add(time.Minute), start.Add(time.Hour))
	if err != nil || first == 0 {
		t.Fatalf("the first has claim %d, %v", first, err)
	}
	late := start.Add(2 * time.Minute)
	known, none, err := d.BeginKeyed(ctx, "k", "hash", late, late.Add(time.Minute), late.Add(time.Hour))
	if err != nil || known == nil || none != 0 {
		t.Fatalf("the second finds %+v and has claim %d, %v", known, none, err)
	}
	if ok, err := d.TakeOverKeyed(ctx, "k", known, late, late.Add(time.Minute)); err != nil || !ok {
		t.Fatalf("the second takes it over: %v, %v", ok, err)
	}
	if ok, err := d.TakeOverKeyed(ctx, "k", known, late.Add(2*time.Minute), late.Add(3*time.Minute)); err != nil || ok {
		t.Errorf("a third takes over the same claim: %v, %v", ok, err)
	}
	if _, err := insertNote(db.WithKeyed(ctx, "k", first), d, "line"); !errors.Is(err, model.Conflict) {
		t.Errorf("the first commits: %v", err)
	}
	if _, err := insertNote(db.WithKeyed(ctx, "k", first+1), d, "line"); err != nil {
		t.Errorf("the second does not commit: %v", err)
	}
	if n := countNotes(t, d, "line"); n != 1 {
		t.Errorf("%d lines, want 1", n)
	}
	if err := d.ForgetKeyed(ctx, "k", first); err != nil {
		t.Error(err)
	}
	if err := d.FinishKeyed(ctx, "k", first+1, 200, []byte("a")); err != nil {
		t.Error(err)
	}
	known, _, err = d.BeginKeyed(ctx, "k", "hash", late, late, late)
	if err != nil || known == nil || known.Status != 200 {
		t.Errorf("afterwards it is %+v, %v", known, err)
	}
	// Once it has expired the key is free again.
	if _, again, err := d.BeginKeyed(ctx, "k", "other", start.Add(2*time.Hour), start.Add(3*time.Hour), start.Add(4*time.Hour)); err != nil || again == 0 {
		t.Errorf("an expired key has claim %d, %v", again, err)
	}
}
