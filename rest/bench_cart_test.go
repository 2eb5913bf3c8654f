package rest_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// BenchmarkCart changes and reads carts of 1, 10 and 50 lines, and makes orders of them, over REST. It reports the CPU of this
// process and of its database connections, allocations, statements and round trips of each kind of request. Reads of a cart
// that is ready for checkout alternate with the same read in GraphQL and by a hand-written handler, as in BenchmarkProducts.
func BenchmarkCart(b *testing.B) {
	url := dbtest.ShopURL(b)
	count := &dbtest.Counter{}
	d := dbtest.Open(b, url, db.Options{Tracer: count, MaxConns: 2})
	h := newHandler(b, d, manyAttempts)
	pool, err := pgxpool.New(b.Context(), url+withSetting(url, "pool_max_conns=2"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if _, err := pool.Exec(b.Context(), `UPDATE inventory_level SET stocked_quantity = 1e6, raw_stocked_quantity = '{"value":"1000000","precision":20}'`); err != nil {
		b.Fatal(err)
	}
	s := &shopper{t: b, h: h, handles: dbtest.Handles(b)}
	for _, lines := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("read/%d", lines), func(b *testing.B) {
			ways := cartReads(&byHand{pool: pool}, h, s.handles["pk_web"], s.payable(lines).ID)
			sameAnswer(b, ways[0], ways[2])
			rec := httptest.NewRecorder()
			if ways[1].run(rec, 0); strings.Contains(rec.Body.String(), `"errors"`) {
				b.Fatalf("graphql: %.500s", rec.Body)
			}
			compareWays(b, d, pool, count, ways)
		})
		cart := s.filled(lines)
		path := "/store/carts/" + cart.ID
		n := 0
		for _, kind := range []struct{ name, method, path, body string }{
			{"change quantity", "POST", path + "/line-items/" + cart.Items[0].ID, `{"quantity":%d}`},
			{"apply code", "POST", path + "/promotions", `{"promo_codes":["WELCOME10"]}`},
			{"add line", "POST", "/store/carts/%s/line-items", `{"variant_id":"` + s.handles["var_lamp"] + `","quantity":1}`},
			{"complete", "POST", "/store/carts/%s/complete", ""},
		} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, lines), func(b *testing.B) {
				var ids []string
				if strings.Contains(kind.path, "%s") { // each request takes a cart of its own
					for range b.N + 4 {
						fill := s.filled
						if kind.name == "complete" {
							fill = s.payable
						}
						ids = append(ids, fill(lines).ID)
					}
				}
				ask := func(at int) {
					path, body := kind.path, kind.body
					if ids != nil {
						path = fmt.Sprintf(path, ids[at])
					}
					if strings.Contains(body, "%d") {
						n++
						body = fmt.Sprintf(body, 1+n%3)
					}
					r := httptest.NewRequestWithContext(context.Background(), kind.method, path, strings.NewReader(body))
					r.Header.Set("X-Publishable-Api-Key", s.handles["pk_web"])
					r.Header.Set("Content-Type", "application/json")
					w := &discard{header: http.Header{}}
					if h.ServeHTTP(w, r); w.status != 0 && w.status != http.StatusOK {
						b.Fatalf("%s %s: %d", kind.method, path, w.status)
					}
				}
				for at := range 4 {
					ask(at)
				}
				pids := backends(b, d, pool)
				var before, after runtime.MemStats
				var spent time.Duration
				runtime.ReadMemStats(&before)
				count.Reset()
				b.ResetTimer()
				start := cpu(b, pids)
				for i := range b.N {
					ask(i + 4)
				}
				spent = cpu(b, pids) - start
				b.StopTimer()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(spent.Microseconds())/1000/float64(b.N), "cpu-ms/op")
				b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N), "allocs")
				b.ReportMetric(float64(len(count.Statements()))/float64(b.N), "statements/op")
				b.ReportMetric(float64(count.RoundTrips())/float64(b.N), "trips/op")
				if kind.name == "complete" { // a cart that cannot become an order is told with a 200, too
					if n := number(b, url, `SELECT count(*) FROM cart WHERE id = ANY($1) AND completed_at IS NOT NULL`, ids); n != len(ids) {
						b.Fatalf("%d of %d carts became orders", n, len(ids))
					}
				}
			})
		}
	}
}

// filled returns a cart of so many lines, with taxes and a promotion.
func (s *shopper) filled(lines int) *basket {
	s.t.Helper()
	var items []string
	for n := range lines {
		items = append(items, fmt.Sprintf(`{"variant_id":"{%s}","quantity":1,"metadata":{"n":%d}}`, []string{"var_mug_moss", "var_tee_m_white", "var_note_a5"}[n%3], n))
	}
	return s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"bench@scenarios.example","shipping_address":{"country_code":"us","province":"us-ca"},
"promo_codes":["WELCOME10"],"items":[`+strings.Join(items, ",")+`]}`)
}

// payable returns a cart of so many lines that can be completed.
func (s *shopper) payable(lines int) *basket {
	s.t.Helper()
	c := s.filled(lines)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	s.pay(c.ID)
	return c
}

//go:embed testdata/graphql/cart.graphql
var cartQuery string

// cartReads are the ways of reading a cart: by hand, in GraphQL as far as its fields are public, and over REST.
func cartReads(hand *byHand, h http.Handler, key, id string) []way {
	query, err := json.Marshal(map[string]any{"query": cartQuery, "variables": map[string]any{"id": id}})
	return []way{
		{"hand", func(w http.ResponseWriter, _ int) { hand.cart(w, key, id) }},
		{"graphql", func(w http.ResponseWriter, _ int) {
			if err != nil {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			h.ServeHTTP(w, graphRequest(string(query), key))
		}},
		{"rest", func(w http.ResponseWriter, _ int) {
			r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/store/carts/"+id, http.NoBody)
			r.Header.Set("X-Publishable-Api-Key", key)
			h.ServeHTTP(w, r)
		}},
	}
}
