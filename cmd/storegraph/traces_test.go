package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	common "go.opentelemetry.io/proto/otlp/common/v1"
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

// traced is a served shop whose traces come to a collector.
type traced struct {
	*receiver
	server *program
	base   string
	key    string
}

func serveTraced(t *testing.T, env map[string]string) *traced {
	t.Helper()
	c := &receiver{}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	env["OTEL_EXPORTER_OTLP_ENDPOINT"], env["OTEL_SERVICE_NAME"] = srv.URL, "the-shop"
	p := begin(t, env, "serve")
	return &traced{receiver: c, server: p, base: "http://" + p.await(t, `address=(\S+)`), key: dbtest.Handles(t)["pk_web"]}
}

// client is the span that clients say their requests are for.
const client = "00f067aa0ba902b7"

// send sends a request that belongs to a trace.
func (s *traced) send(ctx context.Context, t *testing.T, trace, path, body string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Publishable-Api-Key", s.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", "00-"+trace+"-"+client+"-01")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// ofID is the id of a trace that a digit stands for.
func ofID(digit string) string { return strings.Repeat(digit, 32) }

// named returns the spans with a name, all of one trace if that is not empty.
func (c *receiver) named(name, trace string) (out []*otlp.Span) {
	for _, s := range c.spans {
		if s.GetName() == name && (trace == "" || hex.EncodeToString(s.GetTraceId()) == trace) {
			out = append(out, s)
		}
	}
	return out
}

// attribute returns the text of an attribute, or of its number.
func attribute(s *otlp.Span, key string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == key {
			if text, ok := a.GetValue().GetValue().(*common.AnyValue_StringValue); ok {
				return text.StringValue
			}
			return strconv.FormatInt(a.GetValue().GetIntValue(), 10)
		}
	}
	return ""
}

// A request is one trace, which continues that of its client: below it is its operation, below that the use cases, and below these what was asked
// of the database. Nothing in it is a secret, or says who somebody is.
func TestTraces(t *testing.T) {
	t.Parallel()
	s := serveTraced(t, shopEnv(dbtest.ShopURL(t)))
	for _, q := range []struct{ path, body, trace string }{
		{"/store/carts", `{"region_id": "` + dbtest.Handles(t)["reg_eu"] + `", "email": "hidden@example.com"}`, ofID("4")},
		{"/graphql", `{"query": "{ regions { nodes { id countries { iso2 } } } collections(first: 2) { nodes { title products(first: 1) { nodes { title } } } } }"}`, ofID("5")},
		{"/health", "", ofID("6")},
		{"/store/carts/cart_nowhere/line-items", `{"variant_id": "variant_nowhere", "quantity": 1}`, ofID("7")},
	} {
		_ = s.send(t.Context(), t, q.trace, q.path, q.body, "User-Agent", "somebody's").Body.Close()
	}
	s.server.stop(t) // sends the last ones
	if len(s.services) == 0 || !strings.Contains(s.services[0], "the-shop") {
		t.Errorf("the service is %v", s.services)
	}
	s.oneTree(t, ofID("4"), map[string]string{"POST /store/carts": "", "mutation createCart": "POST /store/carts", "createCart": "mutation createCart", "batch": "createCart"})
	s.oneTree(t, ofID("5"), map[string]string{"/graphql": "", "query": "/graphql", "regions": "query", "collections": "query", "batch": "regions"})
	s.oneTree(t, ofID("7"), map[string]string{"POST /store/carts/{cartId}/line-items": "", "addLineItems": "mutation addLineItems"})
	for _, x := range s.named("batch", ofID("5")) {
		if n, err := strconv.Atoi(attribute(x, "db.operation.batch.size")); err != nil || n < 1 {
			t.Errorf("a batch has %d statements", n)
		}
	}
	for _, x := range append(s.named("addLineItems", ofID("7")), s.named("mutation addLineItems", ofID("7"))...) {
		if x.GetStatus().GetCode() != otlp.Status_STATUS_CODE_ERROR || attribute(x, "error.type") != "not_found" {
			t.Errorf("%s has failed with %v, %q", x.GetName(), x.GetStatus(), attribute(x, "error.type"))
		}
	}
	if n := len(s.named("createCart", ofID("4"))); n != 1 || attribute(s.named("createCart", ofID("4"))[0], "error.type") != "" {
		t.Errorf("%d use cases, which failed", n)
	}
	for _, x := range s.spans {
		if hex.EncodeToString(x.GetTraceId()) == ofID("6") {
			t.Errorf("%s is a span of its own", x.GetName())
		}
		for _, secret := range []string{s.key, "hidden@", "cart_nowhere", "variant_nowhere", "somebody's"} {
			if text := x.String(); strings.Contains(text, secret) {
				t.Errorf("a span has %s: %s", secret, text)
			}
		}
		if a := attribute(x, "client.address") + attribute(x, "network.peer.address"); a != "" {
			t.Errorf("%s says that it is for %s", x.GetName(), a)
		}
	}
}

// A subscription is a span from its beginning to its end, with its answers.
func TestTracesOfSubscriptions(t *testing.T) {
	t.Parallel()
	s := serveTraced(t, shopEnv(dbtest.ShopURL(t)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res := s.send(ctx, t, ofID("8"), "/graphql", `{"query":"subscription($id: ID!){orderUpdated(id: $id){id}}","variables":{"id":"`+dbtest.Handles(t)["order_anna1"]+`"}}`, "Accept", "text/event-stream")
	lines := bufio.NewScanner(res.Body)
	for said := ""; !strings.HasPrefix(said, "data: ") && lines.Scan(); {
		said = lines.Text()
	}
	cancel()
	s.server.stop(t)
	s.oneTree(t, ofID("8"), map[string]string{"/graphql": "", "subscription": "/graphql", "batch": "subscription"})
	all := s.named("subscription", ofID("8"))
	if len(all) != 1 || attribute(all[0], "storegraph.answers") != "1" || len(all[0].GetEvents()) != 1 {
		t.Errorf("subscriptions: %v", all)
	}
}

// What no request waits for is a trace of its own, which is linked to the request that caused it, and which receivers continue.
func TestTracesOfWork(t *testing.T) {
	t.Parallel()
	came := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came <- r.Header.Get("Traceparent") }))
	t.Cleanup(hook.Close)
	env := shopEnv(dbtest.ShopURL(t))
	env["EVENT_WEBHOOK_URLS"], env["EVENT_WEBHOOK_SECRET"] = hook.URL+"/secret-path", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	s := serveTraced(t, env)
	_ = s.send(t.Context(), t, ofID("9"), "/store/carts", `{}`).Body.Close()
	parent := <-came
	s.server.stop(t)
	var found bool
	for _, x := range s.named("events", "") {
		links := x.GetLinks()
		if len(x.GetParentSpanId()) > 0 || attribute(x, "storegraph.outcome") != "succeeded" || attribute(x, "storegraph.attempt") != "1" {
			t.Errorf("a delivery is %v", x)
		}
		if len(links) != 1 || hex.EncodeToString(links[0].GetTraceId()) != ofID("9") {
			continue
		}
		found = true
		for _, sent := range s.named("POST webhook", hex.EncodeToString(x.GetTraceId())) {
			if want := "00-" + hex.EncodeToString(x.GetTraceId()) + "-" + hex.EncodeToString(sent.GetSpanId()) + "-01"; parent != want || string(sent.GetParentSpanId()) != string(x.GetSpanId()) {
				t.Errorf("the receiver got %q, want %q", parent, want)
			}
		}
	}
	if !found || parent == "" {
		t.Errorf("no delivery is linked to the request; the receiver got %q", parent)
	}
	if all := s.named("count sales", ""); len(all) == 0 || len(all[0].GetParentSpanId()) > 0 {
		t.Errorf("counting sales: %v", all)
	}
	for _, x := range s.spans {
		if strings.Contains(x.String(), "secret-path") {
			t.Errorf("a span has the receiver's address: %v", x)
		}
	}
}

// What a Medusa answers continues the trace there.
func TestTracesOfMedusa(t *testing.T) {
	t.Parallel()
	parent := make(chan string, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { parent <- r.Header.Get("Traceparent") }))
	t.Cleanup(upstream.Close)
	env := shopEnv(dbtest.ReadShopURL(t))
	env["MEDUSA_URL"] = upstream.URL
	s := serveTraced(t, env)
	_ = s.send(t.Context(), t, ofID("a"), "/store/brands", `{}`).Body.Close()
	got := <-parent
	s.server.stop(t)
	s.oneTree(t, ofID("a"), map[string]string{"POST other": "", "POST medusa": "POST other"})
	for _, x := range s.named("POST medusa", ofID("a")) {
		if want := "00-" + ofID("a") + "-" + hex.EncodeToString(x.GetSpanId()) + "-01"; got != want {
			t.Errorf("Medusa got %q, want %q", got, want)
		}
	}
}

// oneTree fails unless the spans of a trace are one tree below the client's span, in which there are those that are wanted, each below
// another, if that is named.
func (c *receiver) oneTree(t *testing.T, trace string, want map[string]string) {
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
