package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A receiver is a collector of traces.
type receiver struct {
	mu       sync.Mutex
	spans    []*otlp.Span
	services []string
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent otlp.TracesData
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range sent.GetResourceSpans() {
		c.services = append(c.services, of.GetResource().String())
		for _, scope := range of.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// A request is one trace, which continues that of its client: below it is its operation, below that the use case, and below these what was asked
// of the database. Nothing in it is a secret.
func TestTraces(t *testing.T) {
	t.Parallel()
	c := &receiver{}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	env := shopEnv(dbtest.ShopURL(t))
	env["OTEL_EXPORTER_OTLP_ENDPOINT"], env["OTEL_SERVICE_NAME"] = srv.URL, "the-shop"
	p := begin(t, env, "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	key := dbtest.Handles(t)["pk_web"]
	const trace, client = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for _, q := range []struct{ path, body, trace string }{
		{"/store/carts", `{"region_id": "` + dbtest.Handles(t)["reg_eur"] + `", "email": "hidden@example.com"}`, trace},
		{"/graphql", `{"query": "{ regions { nodes { id } } }"}`, strings.Repeat("5", 32)},
		{"/health", "", strings.Repeat("6", 32)},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+q.path, bytes.NewReader([]byte(q.body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Publishable-Api-Key", key)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Traceparent", "00-"+q.trace+"-"+client+"-01")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	p.stop(t) // sends the last ones
	if len(c.services) == 0 || !strings.Contains(c.services[0], "the-shop") {
		t.Errorf("the service is %v", c.services)
	}
	c.oneTree(t, trace, client, map[string]string{"POST /store/carts": "", "mutation createCart": "POST /store/carts", "createCart": "mutation createCart", "batch": "createCart"})
	c.oneTree(t, strings.Repeat("5", 32), client, map[string]string{"/graphql": "", "query": "/graphql", "batch": "query"})
	for _, s := range c.spans {
		if hex.EncodeToString(s.GetTraceId()) == strings.Repeat("6", 32) || len(s.GetParentSpanId()) == 0 {
			t.Errorf("%s is a span of its own", s.GetName())
		}
		if text := s.String(); strings.Contains(text, key) || strings.Contains(text, "hidden@") {
			t.Errorf("a span has a secret: %s", text)
		}
	}
}

// oneTree fails unless the spans of a trace are one tree below the client's span, in which there are those that are wanted, each below
// another, if that is named.
func (c *receiver) oneTree(t *testing.T, trace, client string, want map[string]string) {
	t.Helper()
	names := map[string]string{client: ""}
	var spans []*otlp.Span
	for _, s := range c.spans {
		if hex.EncodeToString(s.GetTraceId()) == trace {
			spans = append(spans, s)
			names[hex.EncodeToString(s.GetSpanId())] = s.GetName()
		}
	}
	found := map[string][]string{}
	for _, s := range spans {
		parent, ok := names[hex.EncodeToString(s.GetParentSpanId())]
		if !ok {
			t.Errorf("%s is below no span of its trace", s.GetName())
		}
		found[s.GetName()] = append(found[s.GetName()], parent)
		if s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
			t.Errorf("%s has no end", s.GetName())
		}
	}
	for name, parent := range want {
		if !slices.Contains(found[name], parent) {
			t.Errorf("%s is below %q, want %q; all are %v", name, found[name], parent, found)
		}
		if parent == "" && len(found[name]) != 1 {
			t.Errorf("%d roots", len(found[name]))
		}
	}
}

// Traces are made only if they are asked for.
func TestTracesAreOff(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"OTEL_SERVICE_NAME": "shop"}, false},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, true},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/x"}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "console"}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, false},
		{map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false},
	} {
		c, err := readConfig(func(name string) string {
			if name == "HOME" {
				return "/h"
			}
			return tc.env[name]
		})
		if err != nil || c.traced() != tc.want {
			t.Errorf("%v: traced %v (%v), want %v", tc.env, c.traced(), err, tc.want)
		}
	}
	_, err := readConfig(func(name string) string {
		return map[string]string{"HOME": "/h", "OTEL_TRACES_EXPORTER": "zipkin", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}[name]
	})
	if err == nil || !strings.Contains(err.Error(), "otlp, console or none") || !strings.Contains(err.Error(), `OTEL_EXPORTER_OTLP_PROTOCOL="grpc": want http/protobuf`) {
		t.Errorf("another exporter and protocol: %v", err)
	}
}

// What is not asked for makes nothing.
func TestTracesWrapNothingWhenOff(t *testing.T) { //nolint:paralleltest // it counts allocations
	var off Config
	h := http.NotFoundHandler()
	if n := testing.AllocsPerRun(10, func() { _ = off.trace(h, nil) }); n != 0 || off.tracer() != nil || off.metered(db.Options{}).Spans != nil {
		t.Errorf("without traces %v allocations, tracer %v", n, off.tracer())
	}
}
