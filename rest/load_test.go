package rest_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// browse looks at the catalogue as a shopper does.
func (c *client) browse() error {
	for _, path := range []string{
		"/store/products?limit=12&fields=*variants.calculated_price&region_id=" + c.handles["reg_us"],
		"/store/products/" + c.handles["prod_classic_tee"] + "?fields=*variants.calculated_price&region_id=" + c.handles["reg_us"],
		"/store/product-categories?limit=20",
	} {
		if err := c.ask("read", "GET", path, "", nil); err != nil {
			return err
		}
	}
	return nil
}

// TestMixedLoad has 32 shoppers browse and check out at once, and prints how long that took them. Nothing may fail.
func TestMixedLoad(t *testing.T) {
	t.Parallel()
	rounds := 1
	if soak() {
		rounds = 15
	}
	url := dbtest.ShopURL(t)
	h := newHandler(t, dbtest.Open(t, url, db.Options{}), manyAttempts)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	manyInStock(t, pool)
	clients := make([]*client, 32)
	var wg sync.WaitGroup
	start := time.Now()
	for n := range clients {
		c := &client{h: h, handles: dbtest.Handles(t), took: map[string][]time.Duration{}}
		clients[n] = c
		wg.Go(func() {
			for range rounds {
				for _, step := range []func() error{c.browse, c.checkOut, c.browse} {
					if err := step(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	spent := time.Since(start)
	all := map[string][]time.Duration{}
	for _, c := range clients {
		for kind, took := range c.took {
			all[kind] = append(all[kind], took...)
			all["all"] = append(all["all"], took...)
		}
	}
	t.Logf("%.0f requests/s by %d clients", float64(len(all["all"]))/spent.Seconds(), len(clients))
	for _, kind := range []string{"read", "cart", "checkout", "all"} {
		took := all[kind]
		slices.Sort(took)
		t.Logf("%-8s p50 %v, p99 %v, worst %v of %d", kind, took[len(took)/2].Round(time.Millisecond),
			took[len(took)*99/100].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond), len(took))
	}
}
