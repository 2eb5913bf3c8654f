package playground_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"storegraph/graph/playground"
	"storegraph/graph/playground/browsertest"
)

const key = "pk_0123456789abcdef"

var examples = []playground.Example{
	{Name: "Products", Query: "# The newest products of the shop.\n# Press Ctrl-Enter to run this.\nquery Products($first: Int) {\n  products(first: $first) {\n    id\n    title\n  }\n}\n", Variables: `{"first": 2}`},
	{Name: "One product", Query: "# One product by its id, </script> and all.\nquery OneProduct {\n  product(by: {id: \"prod_1\"}) {\n    title\n    variants { id sku }\n  }\n}\n", Headers: map[string]string{"x-medusa-locale": "de-DE"}},
}

// TestBrowser runs the page against an API of canned answers; the test of the whole server runs it against the real one.
func TestBrowser(t *testing.T) {
	t.Parallel()
	introspection, err := os.ReadFile("testdata/introspection.json")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", playground.New(playground.Options{PublishableKey: key, Examples: examples}))
	mux.HandleFunc("POST /graphql", func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			Query     string
			Variables struct{ First int }
		}
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Error(err)
		}
		if got := r.Header.Get("X-Publishable-Api-Key"); got != key {
			t.Errorf("key of %.30q = %q, want %q", req.Query, got, key)
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.Contains(req.Query, "__schema"):
			_, _ = w.Write(introspection)
		case req.Variables.First == 2:
			_, _ = io.WriteString(w, `{"data":{"products":[{"id":"prod_1","title":"Aurora Lamp"},{"id":"prod_2","title":"Oak Stool"}]}}`)
		default:
			t.Errorf("unexpected operation %q with first = %d", req.Query, req.Variables.First)
		}
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	browsertest.Check(t, srv.URL+"/", browsertest.Want{Type: "ProductVariant", Result: "Aurora Lamp"})
}

func get(t *testing.T, h http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPage(t *testing.T) {
	t.Parallel()
	h := playground.New(playground.Options{Endpoint: "/api", PublishableKey: key, Examples: examples})
	w := get(t, h, "GET", "/", "")
	html := w.Body.String()
	_, rest, _ := strings.Cut(html, `type="application/json">`)
	data, _, _ := strings.Cut(rest, "</script>")
	var got struct {
		Endpoint, Headers, Scope string
		Examples                 []struct{ Name, Query, Variables, Headers string }
	}
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("settings = %s: %v", data, err)
	}
	const keyHeader = "{\n  \"x-publishable-api-key\": \"" + key + "\"\n}"
	if got.Endpoint != "/api" || got.Headers != keyHeader || got.Scope != key || len(got.Examples) != 2 {
		t.Errorf("settings = %+v", got)
	}
	if first, want := got.Examples[0], examples[0]; first.Name != want.Name || first.Query != want.Query || first.Variables != want.Variables || first.Headers != keyHeader {
		t.Errorf("first example = %+v, want %+v", first, want)
	}
	if second := got.Examples[1]; second.Query != examples[1].Query ||
		!strings.Contains(second.Headers, key) || !strings.Contains(second.Headers, `"x-medusa-locale": "de-DE"`) {
		t.Errorf("second example = %+v", second)
	}
	if strings.Contains(html, "://") {
		t.Errorf("the page names another host:\n%s", html)
	}
	csp := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "://") {
		t.Errorf("content-security-policy = %s", csp)
	}

	// Everything the page refers to is there, and may be kept for ever.
	parts := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
	if len(parts) < 3 {
		t.Fatalf("the page refers to %d parts, want a script, a style and an icon", len(parts))
	}
	for _, p := range parts {
		w := get(t, h, "GET", p[1], "gzip")
		if cc := w.Header().Get("Cache-Control"); w.Code != 200 || !strings.Contains(cc, "immutable") {
			t.Errorf("%s: %d, cache-control %q", p[1], w.Code, cc)
		}
	}
}

func TestPageWithoutKey(t *testing.T) {
	t.Parallel()
	html := get(t, playground.New(playground.Options{}), "GET", "/", "").Body.String()
	if want := `{"endpoint":"/graphql","headers":"","scope":"","examples":[]}`; !strings.Contains(html, want) {
		t.Errorf("page = %s, want %s in it", html, want)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	h := playground.New(playground.Options{})
	script := regexp.MustCompile(`/playground/assets/index-[\w-]+\.js`).FindString(get(t, h, "GET", "/", "").Body.String())
	plain := get(t, h, "GET", script, "").Body.Bytes()
	if len(plain) < 100_000 {
		t.Fatalf("%s is %d bytes", script, len(plain))
	}
	for accept, packed := range map[string]bool{
		"gzip, deflate, br": true, "br, *;q=0.1": true, "GZIP;q=0.5": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=x": false,
	} {
		w := get(t, h, "GET", script, accept)
		var body io.Reader = w.Body
		if coding := w.Header().Get("Content-Encoding"); (coding == "gzip") != packed {
			t.Errorf("%q: content-encoding = %q, want gzip %v", accept, coding, packed)
		} else if packed {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Errorf("%q: %v", accept, err)
				continue
			}
			body = z
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != string(plain) {
			t.Errorf("%q: %d bytes, %v, want %d", accept, len(got), err, len(plain))
		}
		if ct := w.Header().Get("Content-Type"); ct != "text/javascript; charset=utf-8" {
			t.Errorf("%q: content-type = %q", accept, ct)
		}
	}
	if w := get(t, h, "HEAD", script, "gzip"); w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d bytes, content-length %q", w.Body.Len(), w.Header().Get("Content-Length"))
	}
	for path, want := range map[string]int{
		"/playground/licenses.md": 200, "/playground/": 302, "/playground/assets": 404, "/playground/index.html": 404,
		"/playground/assets/none.js": 404, "/other": 404, "/playground/%2e%2e/playground.go": 404,
	} {
		if got := get(t, h, "GET", path, "").Code; got != want {
			t.Errorf("GET %s = %d, want %d", path, got, want)
		}
	}
	if got := get(t, h, "POST", "/", "").Code; got != http.StatusMethodNotAllowed {
		t.Errorf("POST / = %d, want 405", got)
	}
}

func TestNewBadVariables(t *testing.T) {
	t.Parallel()
	defer func() {
		if got, ok := recover().(string); !ok || !strings.Contains(got, "Broken") {
			t.Errorf("New panics with %q, want the example's name", got)
		}
	}()
	playground.New(playground.Options{Examples: []playground.Example{{Name: "Broken", Variables: "{first: 2}"}}})
	t.Error("New takes variables that are not JSON")
}

func TestExamples(t *testing.T) {
	t.Parallel()
	all := playground.Examples()
	if len(all) < 10 || all[0].Name != "Products with prices" || all[0].Variables != `{ "first": 6 }` || !strings.HasPrefix(all[0].Query, "# The first products") {
		t.Errorf("%d examples, the first %+v", len(all), all[0])
	}
	names := map[string]bool{}
	for _, e := range all {
		if strings.Contains(e.Query, "#!") || names[e.Name] {
			t.Errorf("%s is not read as it should be, or twice there: %s", e.Name, e.Query)
		}
		names[e.Name] = true
		if e.Name == "Begin a cart" && !strings.Contains(e.Variables, "\n    \"regionId\":") {
			t.Errorf("variables in several lines = %s", e.Variables)
		}
		if e.Name == "My account" && e.Headers["Authorization"] == "" {
			t.Error("an example has lost its headers")
		}
	}
}
