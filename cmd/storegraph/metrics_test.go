package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/metric"
	"github.com/storegraph/storegraph/cmd/storegraph/span"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A measured is a served shop, in front of a Medusa, with its metrics.
type measured struct{ base, metrics, key string }

// serveMeasured serves the recorded shop, in whose outbox an event waits.
func serveMeasured(t *testing.T) *measured {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "medusa") }))
	t.Cleanup(upstream.Close)
	documents := filepath.Join(t.TempDir(), "documents.json")
	if err := os.WriteFile(documents, []byte(`{"shelf": "query Shelf { regions { nodes { id } } }"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	url := dbtest.ShopURL(t)
	if err := dbtest.Open(t, url, db.Options{}).Emit(t.Context(), "test.happened", map[string]string{"id": "x"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	env := shopEnv(url)
	maps.Copy(env, map[string]string{
		"METRICS_ADDR": "localhost:0", "MEDUSA_URL": upstream.URL, "SHADOW_RATE": "1", "DOCUMENTS": documents, "RESPONSE_CACHE": "0", "NOTIFICATION_URL": "log:",
	})
	p := begin(t, env, "serve")
	m := &measured{key: dbtest.Handles(t)["pk_web"]}
	m.metrics = "http://" + p.await(t, `metrics_address=(\S+)`)
	m.base = "http://" + p.await(t, `address=(\S+)`)
	return m
}

// ask sends a request with a publishable key and returns the status and the body.
func (m *measured) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, m.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Publishable-Api-Key", m.key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// scrape returns the values of the metrics by their names with their labels.
func (m *measured) scrape(t *testing.T) map[string]float64 {
	t.Helper()
	status, text := get(t, m.metrics+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics = %d %s", status, text)
	}
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if strings.HasPrefix(line, "#") || at < 0 {
			continue
		}
		v, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out[line[:at]] = v
	}
	return out
}

// await scrapes until the metrics have these values: a request is counted when it has ended, which its client may see before.
func (m *measured) await(t *testing.T, want map[string]float64) map[string]float64 {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := m.scrape(t)
		var wrong []string
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if v, ok := got[name]; !ok || v != want[name] {
				wrong = append(wrong, fmt.Sprintf("%s = %v, %v, want %v", name, v, ok, want[name]))
			}
		}
		if len(wrong) == 0 {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s\nof:\n%s", strings.Join(wrong, "\n"), strings.Join(slices.Sorted(maps.Keys(got)), "\n"))
		}
	}
}

// TestMetrics asks for this and that and finds it in the metrics, among which are all that the board shows.
func TestMetrics(t *testing.T) {
	t.Parallel()
	m := serveMeasured(t)
	for range 2 {
		if status, body := m.ask(t, "GET", "/store/regions", ""); status != http.StatusOK {
			t.Fatalf("regions = %d %s", status, body)
		}
	}
	for _, q := range []struct{ method, path, body string }{
		{"GET", "/store/regions/nowhere", ""},
		{"POST", "/graphql", `{"documentId":"shelf"}`},
		{"POST", "/graphql", `{"query":"query Mine { regions { nodes { id } } }"}`},
		{"POST", "/graphql", `{"query":"query Failing { product(by: {id: \"nowhere\"}) { id } regions { nodes { id } } }"}`},
		{"BREW", "/coffee/1", ""},
		{"GET", "/coffee/2", ""},
	} {
		m.ask(t, q.method, q.path, q.body)
	}
	if _, body := m.ask(t, "GET", "/metrics", ""); body != "medusa" {
		t.Errorf("/metrics of the shop = %s, want what is no route of it", body)
	}
	got := m.await(t, map[string]float64{
		`storegraph_http_requests_total{by="storegraph",method="GET",route="/store/regions",status="2xx"}`:      2,
		`storegraph_http_request_duration_seconds_count{by="storegraph",method="GET",route="/store/regions"}`:   2,
		`storegraph_http_requests_total{by="storegraph",method="GET",route="/store/regions/{id}",status="4xx"}`: 1,
		`storegraph_http_requests_total{by="storegraph",method="POST",route="/graphql",status="2xx"}`:           3,
		`storegraph_http_requests_total{by="medusa",method="other",route="other",status="2xx"}`:                 1,
		`storegraph_http_requests_total{by="medusa",method="GET",route="other",status="2xx"}`:                   2,
		`storegraph_front_answers_total{kind="path",route=""}`:                                                  3,
		`storegraph_operations_total{kind="query",operation="Shelf",result="success",surface="graphql"}`:        1,
		`storegraph_operation_cost_count{kind="query",operation="Shelf",surface="graphql"}`:                     1,
		`storegraph_leases_total{outcome="succeeded",queue="events"}`:                                           1,
		`storegraph_outbox_events{state="pending"}`:                                                             0,
		`storegraph_database_up`: 1,
	})
	if n := got[`storegraph_operation_duration_seconds_count{kind="query",operation="other",surface="graphql"}`]; n != 2 {
		t.Errorf("operations that clients made up = %v, want 2", n)
	}
	of := `{kind="query",operation="regions",surface="rest"}`
	statements, rows, trips := got["storegraph_operation_statements_total"+of], got["storegraph_operation_rows_total"+of], got["storegraph_operation_round_trips_total"+of]
	if statements < 1 || rows < 1 || trips < 1 || trips > statements || got["storegraph_database_statements_total"] <= statements {
		t.Errorf("statements %v, rows %v, round trips %v of %v", statements, rows, trips, got["storegraph_database_statements_total"])
	}
	if status, _ := get(t, m.metrics+"/debug/pprof/cmdline"); status != http.StatusOK {
		t.Errorf("pprof = %d", status)
	}
	boardNames(t, got)
}

// boardNames fails for metrics of the board that there are not, and for panels without any.
func boardNames(t *testing.T, got map[string]float64) {
	t.Helper()
	text, err := os.ReadFile("metric/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	known, shown := map[string]bool{}, map[string]bool{}
	for name := range got {
		name, _, _ = strings.Cut(name, "{")
		known[name] = true
	}
	name := regexp.MustCompile(`\b(storegraph|go|process)_\w+`)
	for _, p := range board.Panels {
		names := 0
		for _, x := range p.Targets {
			for _, n := range name.FindAllString(x.Expr, -1) {
				names, shown[n] = names+1, true
				if !known[n] {
					t.Errorf("%s shows %s, which there is not", p.Title, n)
				}
			}
		}
		if names == 0 && p.Type != "row" {
			t.Errorf("%s shows nothing", p.Title)
		}
	}
	for n := range known {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(n, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(n, "storegraph_") && !shown[n] && !shown[base+"_bucket"] {
			t.Errorf("the board does not show %s", n)
		}
	}
}

// TestMetricsAddr names what is wrong with the address of the metrics before anything is served.
func TestMetricsAddr(t *testing.T) {
	t.Parallel()
	for addr, wrong := range map[string]bool{
		"": false, "localhost:9464": false, ":9464": false, "[::1]:9464": false, "localhost:0": false,
		"9464": true, "localhost": true, "localhost:70000": true, "localhost:http": true, "localhost:-1": true, "localhost:9000": true, ":9000": true, "[::1]:9000": true,
	} {
		env := map[string]string{"METRICS_ADDR": addr, "STOREGRAPH_DATA": "/d"}
		_, err := readConfig(func(name string) string { return env[name] })
		if (err != nil) != wrong || wrong && !strings.Contains(err.Error(), "METRICS_ADDR") {
			t.Errorf("METRICS_ADDR=%q: %v", addr, err)
		}
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	env := shopEnv(dbtest.ReadShopURL(t))
	env["METRICS_ADDR"] = l.Addr().String()
	if err := begin(t, env, "serve").end(); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("with an address in use serve = %v, want a refusal that names METRICS_ADDR", err)
	}
}

// BenchmarkMetrics answers requests without metrics and traces, with metrics, with traces of which this server samples none, and with all traces.
func BenchmarkMetrics(b *testing.B) {
	key := dbtest.Handles(b)["pk_web"]
	for _, path := range []string{"/health", "/store/regions", "/store/products?limit=12"} {
		for _, on := range []string{"off", "metrics", "unsampled", "traces"} {
			b.Run(path+" "+on, func(b *testing.B) {
				h := measuredHandler(b, on)
				b.ReportAllocs()
				for b.Loop() {
					r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
					r.Header.Set("X-Publishable-Api-Key", key)
					if on == "unsampled" { // as the client has decided
						r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
					}
					w := httptest.NewRecorder()
					if h.ServeHTTP(w, r); w.Code != http.StatusOK {
						b.Fatal(w.Code, w.Body)
					}
				}
			})
		}
	}
}

// measuredHandler is a server's handler of which nothing is measured or traced, or what on says.
func measuredHandler(tb testing.TB, on string) http.Handler {
	tb.Helper()
	quiet := slog.New(slog.DiscardHandler)
	c := Config{JWTSecret: "supersecret", CookieSecret: "supersecret"}
	switch on {
	case "metrics":
		c.Metrics = metric.New(quiet)
	case "traces", "unsampled":
		provider, err := span.New(tb.Context(), span.Options{Console: io.Discard, Log: quiet})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = provider.Close(context.WithoutCancel(tb.Context())) })
		c.Spans = provider
	}
	h, _, err := handler(tb.Context(), c, dbtest.Open(tb, dbtest.ReadShopURL(tb), c.metered(db.Options{})), quiet, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}
