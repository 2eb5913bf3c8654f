package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// BenchmarkKept lists the products of BenchmarkProducts, without their count and from 1,000 so that it costs least, when they are read for
// each request, from memory, and for clients who have them already, over REST and by GraphQL GET. They alternate. Compare the CPU.
func BenchmarkKept(b *testing.B) {
	address := dbtest.FillShop(b, 1_000)
	d := dbtest.Open(b, address, db.Options{MaxConns: 2})
	pool, err := pgxpool.New(context.Background(), address+withSetting(address, "pool_max_conns=1"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	plain := newHandler(b, d, nil)
	kept := newHandler(b, d, func(c *graph.Config) {
		c.CacheSize, c.CatalogueVersion = 64<<20, func() (string, bool) { return "1", true }
	})
	handles := dbtest.Handles(b)
	for _, size := range []int{12, 50} {
		rest := fmt.Sprintf("/store/products?limit=%d&fields=*variants.calculated_price&region_id=%s", size, handles["reg_us"])
		query := "/graphql?" + url.Values{
			"query": {productsQuery}, "variables": {fmt.Sprintf(`{"first":%d,"offset":0,"region":%q}`, size, handles["reg_us"])},
		}.Encode()
		ask := func(h http.Handler, path, tag string) func() int {
			return func() int {
				r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
				r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
				if tag != "" {
					r.Header.Set("If-None-Match", tag)
				}
				w := &discard{header: http.Header{}}
				h.ServeHTTP(w, r)
				return w.status
			}
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			ways := []struct {
				name   string
				run    func() int
				status int
				turns  int
			}{
				{"plain", ask(plain, rest, ""), http.StatusOK, 4},
				{"kept", ask(kept, rest, ""), http.StatusOK, 200},
				{"304", ask(kept, rest, tagOf(b, kept, rest)), http.StatusNotModified, 200},
				{"graphql", ask(plain, query, ""), 0, 4},
				{"graphql-kept", ask(kept, query, ""), http.StatusOK, 200},
				{"graphql-304", ask(kept, query, tagOf(b, kept, query)), http.StatusNotModified, 200},
			}
			spent := make([]time.Duration, len(ways))
			for _, w := range ways {
				for range 20 {
					w.run()
				}
			}
			pids, rounds := backends(b, d, pool), 0
			for b.Loop() {
				for i, w := range ways {
					start := cpu(b, pids)
					for range w.turns {
						if status := w.run(); status != w.status {
							b.Fatalf("%s: status %d, want %d", w.name, status, w.status)
						}
					}
					spent[i] += (cpu(b, pids) - start) / time.Duration(w.turns)
				}
				rounds++
			}
			for i, w := range ways {
				b.ReportMetric(float64(spent[i].Nanoseconds())/1000/float64(rounds), w.name+"-cpu-µs")
				if of := i / 3 * 3; i > of {
					b.ReportMetric(float64(spent[i])/float64(spent[of]), w.name+"/"+ways[of].name+"-cpu")
				}
			}
		})
	}
}

// tagOf returns the ETag of an answer.
func tagOf(b *testing.B, h http.Handler, path string) string {
	b.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
	r.Header.Set("X-Publishable-Api-Key", dbtest.Handles(b)["pk_web"])
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	tag := w.Header().Get("Etag")
	if w.Code != http.StatusOK || tag == "" {
		b.Fatalf("%d %v %.200s", w.Code, w.Header(), w.Body)
	}
	return tag
}

// BenchmarkLag measures how long after its commit a change is shown by a server that keeps answers, while somebody else changes prices a
// hundred times a second.
func BenchmarkLag(b *testing.B) {
	address := dbtest.ShopURL(b)
	d, writer := dbtest.Open(b, address, db.Options{}), dbtest.Open(b, address, db.Options{})
	if err := db.InstallTriggers(b.Context(), d); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var busy sync.WaitGroup
	busy.Go(func() { d.KeepIndex(ctx, db.IndexOptions{Memory: 64 << 20, Log: slog.New(slog.DiscardHandler)}) })
	busy.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_, _ = writer.Exec(ctx, "UPDATE price SET updated_at = clock_timestamp() WHERE id = (SELECT id FROM price ORDER BY random() LIMIT 1)")
			}
		}
	})
	b.Cleanup(func() { cancel(); busy.Wait() })
	h := newHandler(b, d, func(c *graph.Config) { c.CacheSize = 64 << 20 })
	product := dbtest.Handles(b)["prod_stone_mug"]
	var lags []time.Duration
	for b.Loop() {
		title := fmt.Sprintf("Mug %d", len(lags))
		if _, err := writer.Exec(b.Context(), "UPDATE product SET title = ? WHERE id = ?", title, product); err != nil {
			b.Fatal(err)
		}
		changed := time.Now()
		for {
			if _, body := get(b, h, "/store/products/"+product+"?fields=title", dbtest.Handles(b)["pk_web"]); strings.Contains(body, title+`"`) {
				break
			}
			time.Sleep(100 * time.Microsecond) // as clients ask
		}
		lags = append(lags, time.Since(changed))
	}
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(lags[len(lags)-1].Microseconds())/1000, "max-ms")
}
