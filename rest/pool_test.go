package rest_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest/replay"
)

// TestOneConnection replays every recorded request on a pool of one connection: no use case needs a second one while it holds the
// first.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Open(t, dbtest.ShopURL(t), db.Options{MaxConns: 1}), nil)
	files, err := filepath.Glob("testdata/conformance/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded cases: %v", err)
	}
	for _, file := range files {
		replay.File(t, h, file, notAsRecorded)
	}
}

// TestPgBouncer has 32 shoppers check out at once behind a PgBouncer in transaction mode that keeps 4 connections, with more
// connections to it than it keeps to the database.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	direct := dbtest.ShopURL(t)
	pooled := dbtest.PgBouncer(t, direct, 4)
	h := newHandler(t, dbtest.Open(t, pooled, db.Options{MaxConns: 16, Pooler: true}), manyAttempts)
	const shoppers = 32
	var wg sync.WaitGroup
	placed := make(chan string, shoppers)
	for n := range shoppers {
		wg.Go(func() {
			s := &shopper{t: t, h: h, handles: dbtest.Handles(t)}
			items := fmt.Sprintf(`{"variant_id":"{var_note_a5}","quantity":1,"metadata":{"n":%d}},{"variant_id":"{var_tee_m_white}","quantity":1}`, n)
			cart := s.ready("reg_us", "so_us_ground", items, "")
			if status, order, text := s.complete(cart); status != http.StatusOK || order == "" {
				t.Errorf("shopper %d: complete = %d %.300s", n, status, text)
			} else {
				placed <- order
			}
		})
	}
	wg.Wait()
	close(placed)
	orders := map[string]bool{}
	for o := range placed {
		orders[o] = true
	}
	if len(orders) != shoppers {
		t.Errorf("%d orders, want %d", len(orders), shoppers)
	}
}
