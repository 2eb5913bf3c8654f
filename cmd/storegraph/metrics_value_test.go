package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/metric"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// serveMetered serves a shop whose changes are logged with its metrics, changed as change says.
func serveMetered(t *testing.T, change func(c *Config)) *measured {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	c := Config{JWTSecret: "supersecret", CookieSecret: "supersecret", Metrics: metric.New(quiet), CatalogueMemory: 64 << 20}
	if change != nil {
		change(&c)
	}
	d := dbtest.Open(t, dbtest.ShopURL(t), c.metered(db.Options{}))
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	h, work, err := handler(t.Context(), c, d, quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv, metrics := httptest.NewServer(h), httptest.NewServer(c.Metrics.Handler())
	stop := background(context.WithoutCancel(t.Context()), work)
	t.Cleanup(func() { stop(); srv.Close(); metrics.Close() })
	return &measured{base: srv.URL, metrics: metrics.URL, key: dbtest.Handles(t)["pk_web"]}
}

// until scrapes until the metrics are as they should be; do is done before each look.
func (m *measured) until(t *testing.T, do func(), so func(got map[string]float64) bool) map[string]float64 {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		do()
		got := m.scrape(t)
		if so(got) {
			return got
		}
		if time.Now().After(end) {
			t.Fatalf("never: %v", got)
		}
	}
}

// TestThrottlingIsMeasured counts attempts to log in that were refused.
func TestThrottlingIsMeasured(t *testing.T) {
	t.Parallel()
	m := serveMetered(t, func(c *Config) { c.Auth.PerAccount, c.Auth.PerAddress, c.Auth.Window = 2, 100, time.Hour })
	m.await(t, map[string]float64{"storegraph_throttled_total": 0})
	refused := 0.0
	for range 5 {
		if status, _ := m.ask(t, "POST", "/auth/customer/emailpass", `{"email":"ada@example.com","password":"wrong"}`); status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%v attempts were refused, want 3", refused)
	}
	m.await(t, map[string]float64{
		"storegraph_throttled_total": refused,
		`storegraph_http_requests_total{by="storegraph",method="POST",route="/auth/{actorType}/{provider}",status="4xx"}`: 5,
	})
}

// TestSubscriptionsAreMeasured counts what is open, and what runs on it, until it ends.
func TestSubscriptionsAreMeasured(t *testing.T) {
	t.Parallel()
	m := serveMetered(t, nil)
	m.await(t, map[string]float64{"storegraph_streams": 0, "storegraph_subscriptions": 0})
	end := m.subscribe(t)
	other := m.subscribe(t)
	m.await(t, map[string]float64{
		"storegraph_streams": 2, "storegraph_subscriptions": 2,
		`storegraph_operations_total{kind="subscription",operation="other",result="success",surface="graphql"}`: 2,
	})
	end()
	m.await(t, map[string]float64{"storegraph_streams": 1, "storegraph_subscriptions": 1})
	other()
	m.await(t, map[string]float64{
		"storegraph_streams": 0, "storegraph_subscriptions": 0,
		`storegraph_http_requests_total{by="storegraph",method="POST",route="/graphql",status="2xx"}`:    2,
		`storegraph_http_request_duration_seconds_count{by="storegraph",method="POST",route="/graphql"}`: 0,
	})
}

// subscribe subscribes to an order, and returns when it has come, with what ends the subscription.
func (m *measured) subscribe(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	body := `{"query":"subscription($id: ID!){orderUpdated(id: $id){id}}","variables":{"id":"` + dbtest.Handles(t)["order_anna1"] + `"}}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.base+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "text/event-stream", "X-Publishable-Api-Key": m.key} {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	end = func() { cancel(); _ = res.Body.Close() }
	t.Cleanup(end)
	lines := bufio.NewScanner(res.Body)
	for said := ""; !strings.HasPrefix(said, "data: ") && lines.Scan(); {
		said = lines.Text()
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return end
}

// TestCacheIsMeasured counts answers that were made, that were given from memory, and that clients knew, and what is kept.
func TestCacheIsMeasured(t *testing.T) {
	t.Parallel()
	m := serveMetered(t, func(c *Config) { c.CacheMegabytes = 1 })
	asked, tag := 0, ""
	ask := func(known string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.base+"/store/collections", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Publishable-Api-Key", m.key)
		r.Header.Set("If-None-Match", known)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		asked++
		if res.StatusCode != http.StatusOK && (known == "" || res.StatusCode != http.StatusNotModified) {
			t.Fatalf("the collections = %d", res.StatusCode)
		}
		tag = res.Header.Get("ETag")
	}
	of := func(got map[string]float64, result string) float64 {
		return got[`storegraph_cache_answers_total{result="`+result+`"}`]
	}
	for _, result := range []string{"miss", "hit"} {
		m.until(t, func() { ask("") }, func(got map[string]float64) bool { return of(got, result) > 0 })
	}
	got := m.until(t, func() { ask(tag) }, func(got map[string]float64) bool { return of(got, "not_modified") > 0 })
	if n := of(got, "miss") + of(got, "hit") + of(got, "not_modified"); n > float64(asked) {
		t.Errorf("%v answers to %d requests", n, asked)
	}
	if got["storegraph_cache_entries"] < 1 || got["storegraph_cache_bytes"] < 100 {
		t.Errorf("%v answers of %v bytes are kept", got["storegraph_cache_entries"], got["storegraph_cache_bytes"])
	}
	if got["storegraph_index_ready"] != 1 || got["storegraph_index_products"] < 1 || got["storegraph_index_bytes"] < 100 {
		t.Errorf("the index: ready %v, %v products in %v bytes", got["storegraph_index_ready"], got["storegraph_index_products"], got["storegraph_index_bytes"])
	}
}

// TestShadowIsMeasured counts reads that a Medusa answers alike, otherwise, and not at all.
func TestShadowIsMeasured(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		switch r.URL.Path {
		case "/store/collections":
			_, _ = io.WriteString(w, `{"collections":[],"count":0,"offset":0,"limit":10}`)
		case "/store/product-tags":
			_, _ = io.WriteString(w, `{"product_tags":[],"count":0,"offset":0,"limit":50}`)
		default:
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(upstream.Close)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	m := serveMetered(t, func(c *Config) { c.Front = FrontConfig{URL: u, ShadowRate: 1} })
	result := func(name string) string { return `storegraph_shadow_reads_total{result="` + name + `"}` }
	for i, path := range []string{"/store/product-tags?id=nowhere", "/store/collections", "/store/regions"} {
		if status, body := m.ask(t, "GET", path, ""); status != http.StatusOK {
			t.Fatalf("%s = %d %s", path, status, body)
		}
		m.until(t, func() {}, func(got map[string]float64) bool { // one after another, so that none is skipped
			n := 0.0
			for _, r := range []string{"equal", "known", "different", "failed", "skipped"} {
				n += got[result(r)]
			}
			return n == float64(i+1)
		})
	}
	m.await(t, map[string]float64{result("equal"): 1, result("different"): 1, result("failed"): 1, result("known"): 0, result("skipped"): 0})
}

// TestEverythingIsMeasured finds each kind of number that is promised.
func TestEverythingIsMeasured(t *testing.T) {
	t.Parallel()
	m := serveMeasured(t)
	if status, body := m.ask(t, "GET", "/store/regions", ""); status != http.StatusOK {
		t.Fatalf("regions = %d %s", status, body)
	}
	got := m.await(t, map[string]float64{
		`storegraph_http_requests_total{by="storegraph",method="GET",route="/store/regions",status="2xx"}`: 1,
		`storegraph_leases_total{outcome="succeeded",queue="events"}`:                                      1,
	})
	known := map[string]bool{}
	for name := range got {
		name, _, _ = strings.Cut(name, "{")
		known[name] = true
	}
	for what, names := range map[string][]string{
		"requests":      {"http_requests_total", "http_request_duration_seconds_bucket"},
		"operations":    {"operations_total", "operation_duration_seconds_bucket", "operation_cost_bucket", "operation_statements_total", "operation_rows_total", "operation_round_trips_total"},
		"pool":          {"pool_connections", "pool_connections_max", "pool_acquires_total", "pool_waits_total", "pool_acquire_seconds_total"},
		"cache":         {"cache_answers_total", "cache_entries", "cache_bytes", "cache_outdated_total"},
		"index":         {"index_ready", "index_products", "index_bytes", "index_entities", "index_entity_bytes"},
		"outbox":        {"outbox_events", "outbox_oldest_seconds"},
		"leases":        {"leases_total"},
		"subscriptions": {"streams", "subscriptions"},
		"throttling":    {"throttled_total"},
		"shadow":        {"shadow_reads_total"},
	} {
		for _, name := range names {
			if !known["storegraph_"+name] {
				t.Errorf("%s: there is no storegraph_%s", what, name)
			}
		}
	}
	if n := got["storegraph_pool_connections_max"]; n < 1 {
		t.Errorf("the pool opens %s connections", strconv.FormatFloat(n, 'f', -1, 64))
	}
}
