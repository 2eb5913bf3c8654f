package rest_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest/compare"
)

// BenchmarkProducts lists products with everything a storefront's default page asks, out of 10,000: over REST, in GraphQL,
// and by a handler written by hand for this one response. The three alternate, so that other load on the machine affects
// them alike. Compare CPU, which is this process's and its database connections', and allocations; not time.
func BenchmarkProducts(b *testing.B) {
	url := dbtest.FillShop(b, 10_000)
	count := &dbtest.Counter{}
	d := dbtest.Open(b, url, db.Options{Tracer: count, MaxConns: 2})
	h := newHandler(b, d, nil)
	handles := dbtest.Handles(b)
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, url+withSetting(url, "pool_max_conns=2"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	limit := &byHand{pool: pool}
	for _, size := range []int{12, 50} {
		for _, counted := range []bool{true, false} {
			name := fmt.Sprintf("%d", size)
			if !counted {
				name += " uncounted"
			}
			b.Run(name, func(b *testing.B) {
				path := fmt.Sprintf("/store/products?limit=%d&fields=*variants.calculated_price&region_id=%s", size, handles["reg_us"])
				query := productsInGraphQL(b, size, handles["reg_us"], counted)
				ways := []way{
					{"hand", func(w http.ResponseWriter, offset int) {
						limit.products(w, handles["pk_web"], handles["reg_us"], size, offset, counted)
					}},
					{"graphql", func(w http.ResponseWriter, offset int) {
						h.ServeHTTP(w, graphRequest(query(offset), handles["pk_web"]))
					}},
				}
				if counted {
					ways = append(ways, way{"rest", func(w http.ResponseWriter, offset int) {
						r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path+"&offset="+strconv.Itoa(offset), http.NoBody)
						r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
						h.ServeHTTP(w, r)
					}})
					sameAnswer(b, ways[0], ways[2])
				}
				compareWays(b, d, pool, count, ways)
			})
		}
	}
}

func withSetting(url, setting string) string {
	if strings.Contains(url, "?") {
		return "&" + setting
	}
	return "?" + setting
}

// A way is one of several ways to produce the same response.
type way struct {
	name string
	run  func(w http.ResponseWriter, offset int)
}

// compare runs the ways in turn and reports, for each, its CPU over that of the first, allocations and round trips.
func compareWays(b *testing.B, d db.DB, pool *pgxpool.Pool, count *dbtest.Counter, ways []way) {
	b.Helper()
	spent := make([]time.Duration, len(ways))
	allocs := make([]uint64, len(ways))
	trips := make([]int, len(ways))
	pids := backends(b, d, pool)
	for i, w := range ways {
		for range 20 {
			w.run(httptest.NewRecorder(), i)
		}
	}
	pids = append(pids, backends(b, d, pool)...)
	rounds := 0
	for b.Loop() {
		for i, w := range ways {
			count.Reset()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpu(b, pids)
			const turns = 4
			for turn := range turns {
				rec := &discard{header: http.Header{}}
				w.run(rec, (rounds*turns+turn)%900)
				if rec.status != 0 && rec.status != http.StatusOK {
					b.Fatalf("%s: status %d", w.name, rec.status)
				}
			}
			spent[i] += (cpu(b, pids) - start) / turns
			runtime.ReadMemStats(&after)
			allocs[i] += (after.Mallocs - before.Mallocs) / turns
			trips[i] = count.RoundTrips() / turns
		}
		rounds++
	}
	for i, w := range ways {
		b.ReportMetric(float64(spent[i].Microseconds())/float64(rounds), w.name+"-cpu-µs")
		b.ReportMetric(float64(allocs[i])/float64(rounds), w.name+"-allocs")
		if i > 0 {
			b.ReportMetric(float64(spent[i])/float64(spent[0]), w.name+"/hand-cpu")
			b.ReportMetric(float64(trips[i]), w.name+"-trips")
		}
	}
	if len(ways) > 2 {
		b.ReportMetric(float64(spent[2])/float64(spent[1]), "rest/graphql-cpu")
	}
}

// discard is a ResponseWriter that counts bytes and discards them.
type discard struct {
	header http.Header
	status int
	n      int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { d.n += len(p); return len(p), nil }

// backends returns the processes of the database connections.
func backends(b *testing.B, _ db.DB, pool *pgxpool.Pool) []int {
	b.Helper()
	var pids []int
	rows, err := pool.Query(context.Background(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			b.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// cpu is the processor time of this process and of the database connections, as far as the system reports it.
func cpu(b *testing.B, pids []int) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	total := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	seen := map[int]bool{}
	for _, pid := range pids {
		if seen[pid] {
			continue
		}
		seen[pid] = true
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			continue // another system, or the database is elsewhere
		}
		ran, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err == nil {
			total += time.Duration(ran)
		}
	}
	return total
}

func graphRequest(body, key string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Publishable-Api-Key", key)
	return r
}

//go:embed testdata/graphql/products.graphql
var productsQuery string

// productsInGraphQL returns bodies of the GraphQL operation that asks what the REST route does, as far as it is public.
func productsInGraphQL(b *testing.B, size int, region string, counted bool) func(offset int) string {
	b.Helper()
	query := productsQuery
	if !counted {
		query = strings.Replace(query, "totalCount", "", 1)
	}
	return func(offset int) string {
		body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{
			"first": size, "offset": offset, "region": region,
		}})
		if err != nil {
			b.Fatal(err)
		}
		return string(body)
	}
}

// sameAnswer fails unless two ways give the same JSON.
func sameAnswer(b *testing.B, one, other way) {
	b.Helper()
	read := func(w way) (out any) {
		rec := httptest.NewRecorder()
		w.run(rec, 60)
		if err := json.NewDecoder(bytes.NewReader(rec.Body.Bytes())).Decode(&out); err != nil {
			b.Fatalf("%s: %v: %.200s", w.name, err, rec.Body)
		}
		return out
	}
	x, y := read(one), read(other)
	if !reflect.DeepEqual(x, y) {
		b.Fatalf("%s and %s differ: %.2000v", one.name, other.name, compare.Differences(x, y))
	}
}
