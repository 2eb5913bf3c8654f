package db_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/model"
)

// insertNote writes a row that is there as often as it has been written, in a transaction, and returns how often the transaction ran.
func insertNote(ctx context.Context, d db.DB, id string) (runs int, err error) {
	_, err = db.InTx(ctx, d, func(tx db.DB) (struct{}, error) {
		runs++
		_, err := tx.Exec(ctx, `INSERT INTO note (id) VALUES (?)`, id)
		return struct{}{}, err
	})
	return runs, err
}

// notes returns a database with a table for insertNote, and its address.
func notes(t *testing.T) (d db.DB, url string) {
	t.Helper()
	url = dbtest.URL(t)
	d = dbtest.Open(t, url, db.Options{})
	if _, err := d.Exec(t.Context(), `CREATE TABLE note (id text)`); err != nil {
		t.Fatal(err)
	}
	return d, url
}

func countNotes(t *testing.T, d db.DB, id string) int {
	t.Helper()
	found, err := d.Texts(t.Context(), `SELECT id FROM note WHERE id = $1`, id)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// TestLostTransaction loses the connection of a transaction at each of its messages, before and after the database has got them. It is
// done exactly once, and nobody is told that it failed: one that was not committed runs again, and one that was is found out to be.
func TestLostTransaction(t *testing.T) {
	t.Parallel()
	direct, url := notes(t)
	for name, tc := range map[string]struct {
		text string
		fate dbtest.Fate
		runs int // 0: once or twice
	}{
		"the beginning never came":    {"BEGIN", dbtest.Cut, 1},
		"the beginning came":          {"BEGIN", dbtest.After, 1},
		"a statement never came":      {"INSERT INTO note", dbtest.Cut, 2},
		"a statement came":            {"INSERT INTO note", dbtest.After, 2},
		"the commit never came":       {"COMMIT", dbtest.Cut, 2},
		"the commit came":             {"COMMIT", dbtest.After, 1},
		"the commit may come":         {"COMMIT", dbtest.Race, 0},
		"also the question is lost":   {"COMMIT", dbtest.After, 1},
		"also that of what is undone": {"COMMIT", dbtest.Cut, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var done, asked atomic.Bool
			d := dbtest.Open(t, dbtest.Proxy(t, url, func(sent []byte) dbtest.Fate {
				switch {
				case bytes.Contains(sent, []byte(tc.text)) && !done.Swap(true):
					return tc.fate
				case name[:4] == "also" && bytes.Contains(sent, []byte("ON CONFLICT (id) DO NOTHING")) && !asked.Swap(true):
					return dbtest.After
				}
				return dbtest.Pass
			}), db.Options{})
			runs, err := insertNote(t.Context(), d, name)
			if err != nil || tc.runs != 0 && runs != tc.runs {
				t.Errorf("InTx = %v after %d runs, want success after %d", err, runs, tc.runs)
			}
			if n := countNotes(t, direct, name); n != 1 || !done.Load() {
				t.Errorf("it was done %d times, want once", n)
			}
		})
	}
}

// TestLostStatement loses the connection of single statements, which are transactions of their own.
func TestLostStatement(t *testing.T) {
	t.Parallel()
	direct, url := notes(t)
	for name, fate := range map[string]dbtest.Fate{"never came": dbtest.Cut, "came": dbtest.After, "may come": dbtest.Race} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var done atomic.Bool
			d := dbtest.Open(t, dbtest.Proxy(t, url, func(sent []byte) dbtest.Fate {
				if bytes.Contains(sent, []byte("INSERT INTO note")) && !done.Swap(true) {
					return fate
				}
				return dbtest.Pass
			}), db.Options{})
			_, err := d.Exec(t.Context(), `INSERT INTO note (id) VALUES (?)`, name)
			// What the statement returned is lost with the connection.
			known := model.AsError(err)
			unknown := known != nil && known.Code == db.UnknownOutcome
			if fate == dbtest.After && !unknown || fate == dbtest.Cut && err != nil || err != nil && !unknown {
				t.Errorf("Exec = %v", err)
			}
			if n := countNotes(t, direct, name); n != 1 {
				t.Errorf("it was done %d times, want once", n)
			}
		})
	}
}

// TestOutage asks a database that stays away: the request waits no longer than it has patience for.
func TestOutage(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, "postgres://nobody@127.0.0.1:1/none?sslmode=disable", db.Options{Patience: time.Millisecond})
	_, err := d.Texts(t.Context(), `SELECT 'a'`)
	if !errors.Is(err, model.Unavailable) {
		t.Errorf("a read = %v, want that the database is not available", err)
	}
	if runs, err := insertNote(t.Context(), d, "a"); !errors.Is(err, model.Unavailable) || runs != 0 {
		t.Errorf("a transaction = %v after %d runs, want that the database is not available", err, runs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Texts(ctx, `SELECT 'a'`); !errors.Is(err, context.Canceled) {
		t.Errorf("a read of a request that has ended = %v", err)
	}
}

// TestUnknownOutcome loses the database for good while a transaction is committed.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	_, url := notes(t)
	var gone atomic.Bool
	d := dbtest.Open(t, dbtest.Proxy(t, url, func(sent []byte) dbtest.Fate {
		if bytes.Contains(sent, []byte("COMMIT")) {
			gone.Store(true)
			return dbtest.After
		}
		if gone.Load() {
			return dbtest.Cut
		}
		return dbtest.Pass
	}), db.Options{Patience: time.Millisecond})
	_, err := insertNote(t.Context(), d, "a")
	if known := model.AsError(err); known == nil || known.Kind != model.Unavailable || known.Code != db.UnknownOutcome {
		t.Errorf("InTx = %v, want that the outcome is not known", err)
	}
}

// TestSavepoint undoes what a nested transaction wrote, and nothing else.
func TestSavepoint(t *testing.T) {
	t.Parallel()
	d, _ := notes(t)
	ctx := t.Context()
	_, err := db.InTx(ctx, d, func(tx db.DB) (struct{}, error) {
		if _, err := tx.Exec(ctx, `INSERT INTO note (id) VALUES ('outer')`); err != nil {
			return struct{}{}, err
		}
		failed := errors.New("failed")
		_, err := db.InTx(ctx, tx, func(tx db.DB) (struct{}, error) {
			_, err := tx.Exec(ctx, `INSERT INTO note (id) VALUES ('inner')`)
			return struct{}{}, errors.Join(failed, err)
		})
		if !errors.Is(err, failed) {
			t.Errorf("the nested transaction = %v", err)
		}
		_, err = insertNote(ctx, tx, "second")
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"outer": 1, "inner": 0, "second": 1} {
		if n := countNotes(t, d, id); n != want {
			t.Errorf("%s is there %d times, want %d", id, n, want)
		}
	}
}

// TestConnectionLimits finds that the database itself ends what takes too long, and what its client does not wait for any more.
func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	for name, pooler := range map[string]bool{"directly": false, "behind a pooler": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t, dbtest.URL(t), db.Options{Pooler: pooler, StatementTimeout: 20 * time.Millisecond})
			const slow = `SELECT pg_sleep(60)::text`
			if _, err := d.Texts(t.Context(), slow); !errors.Is(err, model.ErrTooExpensive) {
				t.Errorf("a read = %v, want that it takes too long", err)
			}
			_, err := db.InTx(t.Context(), d, func(tx db.DB) ([]string, error) {
				if _, err := tx.Texts(t.Context(), `SELECT 'a'`); err != nil {
					return nil, err
				}
				return tx.Texts(t.Context(), slow)
			})
			if !errors.Is(err, model.ErrTooExpensive) {
				t.Errorf("in a transaction = %v, want that it takes too long", err)
			}
		})
	}
}

// TestCanceledInDatabase ends a request while its statement runs: the database stops too.
func TestCanceledInDatabase(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d, watching := dbtest.Open(t, url, db.Options{}), dbtest.Open(t, url, db.Options{})
	running := func() bool {
		found, err := watching.Texts(t.Context(), `SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(61)%' AND pid <> pg_backend_pid()`)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) > 0
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := d.Texts(ctx, `SELECT pg_sleep(61)::text`)
		ended <- err
	}()
	for !running() {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		default:
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the read = %v", err)
	}
	for running() { // until the deadline of all tests
		runtime.Gosched()
	}
}
