package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestStartWithCutConnections cuts the connection at each of the statements of a start, one start for each. The server waits and
// serves; it never ends.
func TestStartWithCutConnections(t *testing.T) {
	t.Parallel()
	shop := dbtest.ShopURL(t)
	for at := int64(1); ; at++ {
		var n atomic.Int64
		url := dbtest.Proxy(t, shop, func(sent []byte) dbtest.Fate {
			if bytes.Contains(sent, []byte("storegraph.outbox")) { // the work beside, which begins with the serving
				return dbtest.Pass
			}
			if n.Add(1) == at {
				return dbtest.Cut
			}
			return dbtest.Pass
		})
		p := begin(t, shopEnv(url), "serve")
		base := "http://" + p.await(t, `address=(\S+)`)
		eventually(t, base+"/health/ready", 200)
		p.stop(t)
		if n.Load() < at {
			if at < 5 {
				t.Errorf("the start ended before statement %d, want more to cut at", at)
			}
			return
		}
		if at == 25 {
			return
		}
	}
}

// TestRequestsAreHeld starts a server before its database. A request is answered when the database is there, and none with an error.
func TestRequestsAreHeld(t *testing.T) {
	t.Parallel()
	p, base, start := serveWithoutDatabase(t)
	type result struct {
		status int
		body   string
	}
	held := make(chan result, 1)
	go func() {
		status, body := get(t, base+"/store/regions")
		held <- result{status, body}
	}()
	select {
	case r := <-held:
		t.Errorf("without a database GET /store/regions = %d %s, want that it waits", r.status, r.body)
	default:
	}
	start()
	if r := <-held; r.status != http.StatusBadRequest || !strings.Contains(r.body, "Publishable API key required") {
		t.Errorf("with a database GET /store/regions = %d %s", r.status, r.body)
	}
	p.stop(t)
}

// TestDrainEnds stops a server while a request still runs. It is cut off after its time, and the program ends without an error.
func TestDrainEnds(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	env := shopEnv(url)
	env["DRAIN_TIMEOUT"] = "50ms"
	p := begin(t, env, "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", 200)
	d := dbtest.Open(t, url, db.Options{})
	_, err := db.InTx(t.Context(), d, func(tx db.DB) (struct{}, error) {
		if _, err := tx.Exec(t.Context(), `LOCK TABLE region`); err != nil {
			return struct{}{}, err
		}
		ended := make(chan error, 1)
		go func() {
			r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/store/regions", http.NoBody)
			if err != nil {
				ended <- err
				return
			}
			r.Header.Set("X-Publishable-Api-Key", dbtest.Handles(t)["pk_web"])
			res, err := http.DefaultClient.Do(r)
			if err == nil {
				_ = res.Body.Close()
			}
			ended <- err
		}()
		for waiting := []string(nil); len(waiting) == 0; {
			var err error
			if waiting, err = tx.Texts(t.Context(), `SELECT pid::text FROM pg_locks WHERE NOT granted AND relation = 'region'::regclass`); err != nil {
				return struct{}{}, err
			}
		}
		p.stop(t) // fails if the program does
		if err := <-ended; err == nil {
			t.Error("the request was answered")
		}
		return struct{}{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
