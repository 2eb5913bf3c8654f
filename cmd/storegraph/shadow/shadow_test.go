package shadow_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/shadow"
)

// TestCompare plants differences, and things that are none.
func TestCompare(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		route, target, theirs, ours string
		want                        []string // kind, path and deviation
	}{
		"equal":           {"GET /store/products", "/store/products", `{"a":1,"b":[1,2]}`, `{"b":[1,2],"a":1.0}`, nil},
		"a value":         {"GET /store/products", "/store/products", `{"products":[{"title":"a"},{"title":"b"}]}`, `{"products":[{"title":"x"},{"title":"y"}]}`, []string{"value $.products[].title "}},
		"missing, extra":  {"GET /store/products", "/store/products", `{"a":1}`, `{"b":1}`, []string{"missing $.a ", "extra $.b "}},
		"a type":          {"GET /store/products", "/store/products", `{"a":1}`, `{"a":"1"}`, []string{"type $.a "}},
		"null":            {"GET /store/products", "/store/products", `{"a":null}`, `{"a":[]}`, []string{"type $.a "}},
		"a length":        {"GET /store/products", "/store/products", `{"products":[1]}`, `{"products":[]}`, []string{"length $.products "}},
		"an order":        {"GET /store/products", "/store/products", `{"products":[{"id":"a"},{"id":"b"}]}`, `{"products":[{"id":"b"},{"id":"a"}]}`, []string{"order $.products "}},
		"a known order":   {"GET /store/products", "/store/products?order=title", `{"products":[{"id":"a"},{"id":"b"}]}`, `{"products":[{"id":"b"},{"id":"a"}]}`, []string{"order $.products D52"}},
		"a free order":    {"GET /store/orders/{id}", "/store/orders/x", `{"order":{"tax_lines":[{"id":"a"},{"id":"b"}]}}`, `{"order":{"tax_lines":[{"id":"b"},{"id":"a"}]}}`, nil},
		"an id":           {"GET /store/carts/{id}", "/store/carts/x", `{"cart":{"id":"cart_01M84YGJYT8R3XHN3X4MJTRRPJ"}}`, `{"cart":{"id":"cart_01M84YGJYT8R3XHN3X4MJTRRPK"}}`, []string{"value $.cart.id "}},
		"a known zone":    {"GET /store/shipping-options", "/store/shipping-options", `{"service_zone":{"geo_zones":[]}}`, `{"service_zone":{}}`, []string{"missing $.service_zone.geo_zones D42"}},
		"other channels":  {"GET /store/product-types", "/store/product-types", `{"product_types":[{"products":[1,2]}]}`, `{"product_types":[{"products":[1]}]}`, []string{"length $.product_types[].products D5"}},
		"below metadata":  {"GET /store/carts/{id}", "/store/carts/x", `{"cart":{"metadata":{"ada@example.com":1}}}`, `{"cart":{"metadata":{}}}`, []string{"missing $.cart.metadata.… "}},
		"digits of money": {"GET /store/carts/{id}", "/store/carts/x", `{"raw_total":{"value":"88.0600000000000003","precision":20}}`, `{"raw_total":{"value":"88.06","precision":20}}`, nil},
	} {
		u, err := url.Parse(tc.target)
		if err != nil {
			t.Fatal(err)
		}
		answer := func(body string) shadow.Answer {
			return shadow.Answer{Status: 200, Type: "application/json; charset=utf-8", Body: []byte(body)}
		}
		var got []string
		for _, d := range shadow.Compare(tc.route, u, answer(tc.theirs), answer(tc.ours)) {
			got = append(got, d.Kind+" "+d.Path+" "+d.Deviation)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	u := &url.URL{Path: "/store/products"}
	if got := shadow.Compare("GET /store/products", u, shadow.Answer{Status: 200}, shadow.Answer{Status: 404}); len(got) != 1 || got[0].Path != "status" {
		t.Errorf("a status: %v", got)
	}
	if got := shadow.Compare("GET /store/products", u, shadow.Answer{Status: 500}, shadow.Answer{Status: 400}); got != nil {
		t.Errorf("a refusal in the place of a failure: %v", got)
	}
}

func TestExample(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"GET /store/products/{id} /store/products/prod_1?fields=a,%2Bb&limit=3&q=ada&id[0]=x": "GET /store/products/prod_1?fields=a,%2Bb&limit=3&q=…&id[0]=x",
		"GET /store/carts/{id} /store/carts/cart_secret?fields=id&email=ada%40example.com":    "GET /store/carts/{id}?fields=id&email=…",
		"GET /store/shipping-options /store/shipping-options?cart_id=cart_secret":             "GET /store/shipping-options?cart_id=…",
	} {
		i := strings.LastIndex(target, " ")
		u, err := url.Parse(target[i+1:])
		if err != nil {
			t.Fatal(err)
		}
		if got := shadow.Example(target[:i], u); got != want {
			t.Errorf("%s = %s, want %s", target, got, want)
		}
	}
}

// A pair is a server and its shadow, which compares all reads with what another answers.
type pair struct {
	shadow *shadow.Shadow
	h      http.Handler

	mu   sync.Mutex
	kept []shadow.Difference
}

func newPair(t *testing.T, ours, theirs http.HandlerFunc) *pair {
	t.Helper()
	return newPairFor(t, func(next http.Handler) http.Handler { return next }, ours, theirs)
}

// newPairFor is newPair with middleware that identifies the caller.
func newPairFor(t *testing.T, identify func(next http.Handler) http.Handler, ours, theirs http.HandlerFunc) *pair {
	t.Helper()
	upstream := httptest.NewServer(theirs)
	t.Cleanup(upstream.Close)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{}
	p.shadow = shadow.New(shadow.Options{
		URL: u, Rate: 1, Log: slog.New(slog.DiscardHandler),
		Route: func(method string, u *url.URL) (string, bool) {
			return method + " " + u.Path, u.Path != "/store/foreign"
		},
		Token:    func(*http.Request) string { return "token" },
		Identify: identify,
		Keep: func(_ context.Context, found []shadow.Difference) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.kept = append(p.kept, found...)
			return nil
		},
	})
	p.h = identify(p.shadow.Wrap(ours))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.shadow.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

func (p *pair) ask(t *testing.T, method, target string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	r.Header.Set("X-Publishable-Api-Key", "pk")
	r.Header.Set("Cookie", "connect.sid=x")
	p.h.ServeHTTP(w, r)
}

// until waits until the stats are as they are wanted.
func (p *pair) until(t *testing.T, want shadow.Stats) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ends := time.After(30 * time.Second); p.shadow.Stats() != want; {
		select {
		case <-tick.C:
		case <-ends:
			t.Fatalf("stats %+v, want %+v", p.shadow.Stats(), want)
		}
	}
}

// TestShadow compares reads, and only them, once their answers have gone out.
func TestShadow(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
	var asked atomic.Int64
	p := newPair(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, `{"path":"`+r.URL.Path+`"}`)
	}, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method != http.MethodGet || r.Header.Get("X-Publishable-Api-Key") != "pk" || r.Header.Get("Authorization") != "Bearer token" || r.Header.Get("Cookie") != "" {
			t.Errorf("Medusa was asked %s %v", r.Method, r.Header)
		}
		if r.URL.Path == "/store/planted" {
			answer(w, `{"path":"other"}`)
			return
		}
		answer(w, `{"path":"`+r.URL.Path+`"}`)
	})
	p.ask(t, "GET", "/store/equal")
	p.until(t, shadow.Stats{Equal: 1})
	p.ask(t, "GET", "/store/planted?email=ada@example.com")
	p.until(t, shadow.Stats{Equal: 1, Different: 1})
	for _, request := range []string{"POST /store/equal", "DELETE /store/equal", "HEAD /store/equal", "GET /auth/customer/google", "GET /store/foreign"} {
		method, path, _ := strings.Cut(request, " ")
		p.ask(t, method, path)
	}
	p.ask(t, "GET", "/store/equal")
	p.until(t, shadow.Stats{Equal: 2, Different: 1})
	if n := asked.Load(); n != 5 { // the difference was looked at three times
		t.Errorf("Medusa was asked %d times", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if want := []shadow.Difference{{Route: "GET /store/planted", Kind: "value", Path: "$.path", Example: "GET /store/planted?email=…"}}; !slices.Equal(p.kept, want) {
		t.Errorf("kept %+v, want %+v", p.kept, want)
	}
}

// TestShadowOfChanges finds no difference where something changes between the two answers.
func TestShadowOfChanges(t *testing.T) {
	t.Parallel()
	var version atomic.Int64
	show := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, strings.Repeat("x", int(version.Load())+1))
	}
	p := newPair(t, func(w http.ResponseWriter, _ *http.Request) { show(w) }, func(w http.ResponseWriter, _ *http.Request) {
		version.CompareAndSwap(0, 1) // somebody writes once
		show(w)
	})
	p.ask(t, "GET", "/store/changing")
	p.until(t, shadow.Stats{Equal: 1})
}

// TestShadowOfLogOut finds no difference where a session ends between the two answers.
func TestShadowOfLogOut(t *testing.T) {
	t.Parallel()
	type caller struct{}
	var out atomic.Bool
	me := func(w http.ResponseWriter, out bool) {
		w.Header().Set("Content-Type", "text/plain")
		if out {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
	p := newPairFor(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), caller{}, out.Load())))
		})
	}, func(w http.ResponseWriter, r *http.Request) {
		was, _ := r.Context().Value(caller{}).(bool)
		me(w, was)
	}, func(w http.ResponseWriter, _ *http.Request) {
		out.Store(true)
		me(w, true)
	})
	p.ask(t, "GET", "/store/customers/me")
	p.until(t, shadow.Stats{Equal: 1})
}

// TestShadowOfNobody takes a Medusa that is down, and more reads than are compared, for what they are.
func TestShadowOfNobody(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	p := newPair(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ours") }, func(http.ResponseWriter, *http.Request) {
		<-held
		panic(http.ErrAbortHandler)
	})
	const reads = 100
	for range reads {
		p.ask(t, "GET", "/store/x")
	}
	skipped := p.shadow.Stats().Skipped
	if skipped < reads/2 {
		t.Errorf("%d of %d reads were skipped", skipped, reads)
	}
	close(held)
	p.until(t, shadow.Stats{Skipped: skipped, Failed: reads - skipped})
}

// TestAskAs has the other server told of a session by a token, or by its cookie if that server began it, and of no other cookie.
func TestAskAs(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+"|"+r.Header.Get("Cookie"))
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/store/customers/me", http.NoBody)
	r.Header.Set("Cookie", "a=b; connect.sid=s%3Ax.y")
	for token, want := range map[string]string{"mine": "Bearer mine|", "": "|connect.sid=s%3Ax.y"} {
		if got, err := shadow.Ask(t.Context(), server.Client(), u, r, token); err != nil || string(got.Body) != want {
			t.Errorf("with the token %q it is told %s (%v), want %s", token, got.Body, err, want)
		}
	}
}
