package rest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model"
)

// BenchmarkCatalogue lists, sorts, filters, counts and searches generated catalogues of CATALOGUE_SIZES products, such as 1000,10000,100000,
// without the catalogue's triggers and with them, or only as CATALOGUE_TRIGGERS, "with" or "without", says. It prints one table, in which
// each request is compared with the plain page, from the tables, of the same rounds: the requests alternate, so that other load on the machine affects them
// alike. Compare CPU, which is this process's and its database connections', and allocations; not time.
func BenchmarkCatalogue(b *testing.B) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "products\ttriggers\trequest\tms/op\tCPU ms/op\t/ plain\tallocs/op\tKB/op\tstatements\ttrips\t")
	for size := range strings.SplitSeq(cmp.Or(os.Getenv("CATALOGUE_SIZES"), "1000"), ",") {
		products, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil {
			b.Fatalf("CATALOGUE_SIZES: %v", err)
		}
		var rows []measured
		b.Run(size, func(b *testing.B) { rows = newCatalogueShop(b, products).measure(b) })
		for _, r := range rows {
			if !r.inTime {
				fmt.Fprintf(table, "%d\t%s\t%s\ttoo long\t\t\t\t\t\t\t\n", products, r.triggers, r.name)
				continue
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%.2f\t%.2f\t%.2f\t%d\t%d\t%d\t%d\t\n", products, r.triggers, r.name, ms(r.took), ms(r.cpu), float64(r.cpu)/float64(r.plain),
				r.allocs, r.bytes/1024, r.statements, r.trips)
		}
	}
	fmt.Fprintln(os.Stdout)
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// A catalogueShop is a generated shop, and what its requests need to know of it.
type catalogueShop struct {
	url              string
	key, region      string
	visible          int    // how many products there are to see
	category, option string // a category, and the filter by an option that most of what is in it has
	count            *dbtest.Counter
	pool             *pgxpool.Pool
	answers          map[string]string // by request
}

// sold has a third of the products sell.
const sold = `INSERT INTO storegraph.product_sales (product_id, sales_channel_id, units) SELECT product_id, sales_channel_id, 1 + abs(hashtext(product_id)) % 500
FROM product_sales_channel WHERE abs(hashtext(product_id)) % 3 = 0`

// newCatalogueShop generates a shop. The database goes away when the benchmark ends.
func newCatalogueShop(b *testing.B, products int) *catalogueShop {
	b.Helper()
	s := &catalogueShop{url: dbtest.URL(b), count: &dbtest.Counter{}, answers: map[string]string{}}
	d := dbtest.Open(b, s.url, db.Options{})
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	shop, err := seed.Run(b.Context(), d, seed.Options{Now: now, Untranslated: true})
	if err != nil {
		b.Fatal(err)
	}
	s.key = shop.PublishableKey
	if _, err := seed.Fill(b.Context(), d, seed.Size{Products: products, Seed: 1, Now: now}); err != nil {
		b.Fatal(err)
	}
	if _, err := d.Exec(b.Context(), sold); err != nil {
		b.Fatal(err)
	}
	if s.pool, err = pgxpool.New(context.Background(), s.url+withSetting(s.url, "pool_max_conns=1")); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.pool.Close)
	return s
}

// ways are what is measured. The first is the plain page.
func (s *catalogueShop) ways(b *testing.B, h http.Handler) []catalogueWay {
	b.Helper()
	s.learn(b, h)
	deep := s.visible * 9 / 10
	const counted, facets = "totalCount", `facets { categories { label count } collections { label count } tags { label count } types { label count }
options { name values { label count } } priceRange { min { amount } max { amount } } }`
	filter := fmt.Sprintf(`filter: {categoryId: {eq: %q}, options: [%s], price: {gte: "20", lte: "300"}, inStock: true}`, s.category, s.option)
	ways := []catalogueWay{
		s.graphQL("page", `first: 12`, ""),
		s.graphQL("page, counted", `first: 12`, counted),
		s.graphQL("page at 90 %", fmt.Sprintf(`first: 12, offset: %d`, deep), ""),
		s.graphQL("page after a cursor", fmt.Sprintf(`first: 12, after: %q`, s.cursor(b, h, deep)), "pageInfo { hasNextPage endCursor }"),
		s.graphQL("by price", `first: 12, sort: {key: PRICE}`, ""),
		s.graphQL("by price, at 90 %", fmt.Sprintf(`first: 12, offset: %d, sort: {key: PRICE, direction: DESC}`, deep), ""),
		s.graphQL("best selling", `first: 12, sort: {key: BEST_SELLING}`, ""),
		s.graphQL("of a category", fmt.Sprintf(`first: 12, filter: {categoryId: {eq: %q}}`, s.category), counted),
		s.graphQL("filtered", `first: 12, `+filter, ""),
		s.graphQL("filtered, by price, with facets and count", `first: 12, sort: {key: PRICE}, `+filter, counted+" "+facets),
		s.graphQL("facets alone", `first: 0, `+filter, facets),
		s.graphQL("facets of everything", `first: 0`, facets),
		s.graphQL("search", `first: 12, filter: {q: "jacket"}`, counted),
	}
	const list = "/store/products?limit=12&fields=*variants.calculated_price&region_id="
	first := ways[0].ids(b, h)
	return append(ways,
		s.rest("REST page, counted", list+s.region),
		s.rest("REST page, nothing to count", list+s.region+"&id[]="+strings.Join(first, "&id[]=")),
		s.rest("REST page at 90 %", list+s.region+"&offset="+strconv.Itoa(deep)),
		s.rest("REST search", list+s.region+"&q=jacket"),
	)
}

// searches are ways that need documents, which are kept by the log of changes.
func (s *catalogueShop) searches() []catalogueWay {
	const facets = "facets { categories { label count } options { name values { label count } } }"
	return []catalogueWay{
		s.graphQL("search by words", `first: 12, query: "wool jacket"`, ""),
		s.graphQL("search by a word", `first: 12, query: "jacket"`, "totalCount"),
		s.graphQL("search with a typo, facets", `first: 12, query: "jaket"`, "totalCount "+facets),
		{name: "suggestions", request: s.post(`{ suggest(query: "jac") { products { product { title } } categories { category { name } } collections { collection { title } } terms { text } } }`)},
	}
}

// kept are requests whose answers are kept: they are given from memory, and to those who have them already.
func (s *catalogueShop) kept(b *testing.B, d db.DB) []catalogueWay {
	b.Helper()
	h := newHandler(b, d, func(c *graph.Config) { c.CacheSize = 64 << 20 })
	bytes := s.rest("REST page, kept", "/store/products?limit=12&fields=*variants.calculated_price&region_id="+s.region)
	bytes.h = h
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, bytes.request())
	tag := rec.Header().Get("ETag")
	if tag == "" {
		b.Fatal("the page has no tag")
	}
	has := catalogueWay{"REST page, 304", func() *http.Request {
		r := bytes.request()
		r.Header.Set("If-None-Match", tag)
		return r
	}, h, http.StatusNotModified}
	return []catalogueWay{bytes, has}
}

// learn finds what requests are about: how many products can be seen, a category, and the most frequent value of an option in it.
func (s *catalogueShop) learn(b *testing.B, h http.Handler) {
	b.Helper()
	var shop struct {
		Regions           struct{ Nodes []struct{ ID string } }
		ProductCategories struct{ Nodes []struct{ ID string } }
		Products          struct{ TotalCount int }
	}
	s.ask(b, h, `{ products { totalCount } regions(first: 1) { nodes { id } } productCategories(first: 1, filter: {handle: {eq: "wear-jackets"}}) { nodes { id } } }`, &shop)
	s.visible = shop.Products.TotalCount
	s.region, s.category = shop.Regions.Nodes[0].ID, shop.ProductCategories.Nodes[0].ID
	var list struct {
		Products struct {
			Facets struct {
				Options []struct {
					Name   string
					Values []struct {
						Label string
						Count int
					}
				}
			}
		}
	}
	s.ask(b, h, fmt.Sprintf(`{ products(first: 0, filter: {categoryId: {eq: %q}}) { facets { options { name values { label count } } } } }`, s.category), &list)
	most := 0
	for _, o := range list.Products.Facets.Options {
		for _, v := range o.Values {
			if v.Count > most {
				most, s.option = v.Count, fmt.Sprintf(`{title: %q, value: %q}`, o.Name, v.Label)
			}
		}
	}
}

// cursor returns the cursor of the product at a place.
func (s *catalogueShop) cursor(b *testing.B, h http.Handler, place int) string {
	b.Helper()
	var list struct {
		Products struct{ PageInfo struct{ EndCursor string } }
	}
	s.ask(b, h, fmt.Sprintf(`{ products(first: 1, offset: %d) { pageInfo { endCursor } } }`, place), &list)
	return list.Products.PageInfo.EndCursor
}

// ask runs an operation and reads its data.
func (s *catalogueShop) ask(b *testing.B, h http.Handler, text string, into any) {
	b.Helper()
	body := catalogueWay{name: text, request: s.post(text)}.answer(b, h)
	if err := json.Unmarshal([]byte(body), &struct{ Data any }{into}); err != nil {
		b.Fatalf("%s: %.500s", text, body)
	}
}

// A catalogueWay is one of the requests that are measured.
type catalogueWay struct {
	name    string
	request func() *http.Request
	h       http.Handler // by which it is answered; nil is that of all others
	status  int          // of the answer; 0 is that of one with a body
}

// by returns the handler that answers, which is h for most.
func (w catalogueWay) by(h http.Handler) http.Handler {
	if w.h != nil {
		return w.h
	}
	return h
}

// graphQL is a list of products, all of which are shown as a storefront does. What else is wanted of the list stands before them.
func (s *catalogueShop) graphQL(name, args, more string) catalogueWay {
	_, shown, _ := strings.Cut(productsQuery, "nodes {")
	return catalogueWay{name: name, request: s.post(`query ($region: ID) @inContext(region: $region) { products(` + args + `) { ` + more + ` nodes {` + shown)}
}

func (s *catalogueShop) post(text string) func() *http.Request {
	variables := map[string]any{}
	if strings.Contains(text, "$region") {
		variables["region"] = s.region
	}
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		panic(err) // texts always marshal
	}
	return func() *http.Request { return graphRequest(string(body), s.key) }
}

func (s *catalogueShop) rest(name, path string) catalogueWay {
	return catalogueWay{name: name, request: func() *http.Request {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
		r.Header.Set("X-Publishable-Api-Key", s.key)
		return r
	}}
}

// try returns the body of the answer, and whether it was in time.
func (w catalogueWay) try(b *testing.B, h http.Handler) (body string, inTime bool) {
	b.Helper()
	rec := httptest.NewRecorder()
	w.by(h).ServeHTTP(rec, w.request())
	body = rec.Body.String()
	switch {
	case w.status != 0 && rec.Code == w.status:
	case strings.Contains(body, model.ErrTooExpensive.Error()):
		return body, false
	case rec.Code != http.StatusOK || strings.Contains(body, `"errors":`):
		b.Fatalf("%s: %d %.1000s", w.name, rec.Code, body)
	}
	return body, true
}

// answer returns the body of the answer, which must be in time.
func (w catalogueWay) answer(b *testing.B, h http.Handler) string {
	b.Helper()
	body, inTime := w.try(b, h)
	if !inTime {
		b.Fatalf("%s: %s", w.name, body)
	}
	return body
}

// ids returns the ids of the products of a page.
func (w catalogueWay) ids(b *testing.B, h http.Handler) (ids []string) {
	b.Helper()
	var list struct {
		Data struct {
			Products struct{ Nodes []struct{ ID string } }
		}
	}
	if err := json.Unmarshal([]byte(w.answer(b, h)), &list); err != nil {
		b.Fatal(err)
	}
	for _, p := range list.Data.Products.Nodes {
		ids = append(ids, p.ID)
	}
	return ids
}

// A measured is what a request cost.
type measured struct {
	name, triggers    string
	took, cpu, plain  time.Duration // plain is the CPU of the plain page
	allocs, bytes     uint64
	statements, trips int
	turns             int
	inTime            bool // false if the server refused it because it took too long
}

// measure measures all requests, without triggers and with them.
func (s *catalogueShop) measure(b *testing.B) (rows []measured) {
	b.Helper()
	only := os.Getenv("CATALOGUE_TRIGGERS")
	for _, triggers := range []string{"without", "with"} {
		if only == "" || only == triggers {
			b.Run(triggers+" triggers", func(b *testing.B) { rows = append(rows, s.rounds(b, triggers)...) })
		}
	}
	return rows
}

const (
	// turnTime is how long one request has its turn in each round, if it does not take longer by itself.
	turnTime = 50 * time.Millisecond
	// warmth is how often a request runs before it is measured: Postgres plans a prepared statement for good the sixth time.
	warmth = 6
)

// rounds gives each request its turn, again and again.
func (s *catalogueShop) rounds(b *testing.B, triggers string) []measured {
	b.Helper()
	d := dbtest.Open(b, s.url, db.Options{Tracer: s.count, MaxConns: 2})
	if triggers == "with" {
		if err := db.InstallTriggers(b.Context(), d); err != nil {
			b.Fatal(err)
		}
		before, begun := heap(), time.Now()
		dbtest.KeepIndex(b, d)
		took, size := time.Since(begun), heap()-before
		begun = time.Now()
		if err := d.UpdateSearch(b.Context()); err != nil {
			b.Fatal(err)
		}
		searched := time.Since(begun)
		defer func() {
			b.ReportMetric(took.Seconds(), "index-s")
			b.ReportMetric(size, "index-MB")
			b.ReportMetric(searched.Seconds(), "search-s")
		}()
	}
	h := newHandler(b, d, nil)
	ways := s.ways(b, h)
	if triggers == "with" {
		ways = append(append(ways, s.searches()...), s.kept(b, d)...)
		first := ways[0]
		first.name += ", from kept rows"
		ways = slices.Insert(ways, 1, first)
		ways[0].h = newHandler(b, dbtest.Open(b, s.url, db.Options{Tracer: s.count, MaxConns: 2}), nil)
	}
	rows := make([]measured, len(ways))
	for i, w := range ways {
		rows[i] = s.warm(b, h, w)
		rows[i].triggers = triggers
	}
	pids := backends(b, d, s.pool)
	for b.Loop() {
		for i, w := range ways {
			if rows[i].inTime {
				rows[i].turn(b, h, w, pids)
			}
		}
	}
	for i := range rows {
		rows[i].average()
		rows[i].plain = rows[0].cpu
	}
	b.ReportMetric(heap(), "heap-MB")
	return rows
}

// warm runs a request a few times, and counts its statements. Its answer must be what it was before.
func (s *catalogueShop) warm(b *testing.B, h http.Handler, w catalogueWay) measured {
	b.Helper()
	m := measured{name: w.name, inTime: true}
	begun := time.Now()
	for turn := 0; m.inTime && (turn < 2 || turn < warmth && time.Since(begun) < time.Second); turn++ {
		s.count.Reset()
		var body string
		if body, m.inTime = w.try(b, h); !m.inTime {
			break
		}
		m.statements, m.trips = len(s.count.Statements()), s.count.RoundTrips()
		if before, ok := s.answers[w.name]; ok && before != body {
			b.Errorf("%s: %.2000s\nwas %.2000s", w.name, body, before)
		}
		s.answers[w.name] = body
	}
	return m
}

// turn runs a request until its time is over.
func (m *measured) turn(b *testing.B, h http.Handler, w catalogueWay, pids []int) {
	b.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun, busy := time.Now(), cpu(b, pids)
	for time.Since(begun) < turnTime {
		rec := &discard{header: http.Header{}}
		w.by(h).ServeHTTP(rec, w.request())
		m.turns++
	}
	m.took += time.Since(begun)
	m.cpu += cpu(b, pids) - busy
	runtime.ReadMemStats(&after)
	m.allocs += after.Mallocs - before.Mallocs
	m.bytes += after.TotalAlloc - before.TotalAlloc
}

// heap is how much memory is in use, in megabytes.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// average divides what was added up.
func (m *measured) average() {
	if m.turns == 0 {
		return
	}
	m.took, m.cpu = m.took/time.Duration(m.turns), m.cpu/time.Duration(m.turns)
	m.allocs, m.bytes = m.allocs/uint64(m.turns), m.bytes/uint64(m.turns)
}
