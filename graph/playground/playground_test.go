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

	"github.com/storegraph/storegraph/graph/playground"
	"github.com/storegraph/storegraph/graph/playground/browsertest"
)

const key = "pk_0123456789abcdef"

var examples = []playground.Example{
	{
		Name: "Products", Group: "Catalogue", Variables: `{"first": 2}`, Gives: map[string]string{"product": "products.id"},
		Query: "# The newest products of the shop.\n# Press Ctrl-Enter to run this.\nquery Products($first: Int) {\n  products(first: $first) {\n    id\n    title\n  }\n}\n",
	},
	{
		Name: "OneProduct", Variables: `{"id": "<product>", "review": "<review>"}`, REST: "GET /store/products/<product>",
		Query:   "# One product by its id, </script> and all.\nquery OneProduct($id: ID!, $review: Int) {\n  product(id: $id) {\n    title\n    variants { id sku }\n  }\n}\n",
		Headers: map[string]string{"x-medusa-locale": "de-DE"},
	},
	{
		Name: "Reviews", Query: "query Reviews($of: ID) {\n  reviews(of: $of) { number }\n}\n", Variables: `{"of": "<product>"}`,
		Gives: map[string]string{"review": "reviews.number"}, Spends: []string{"product"},
	},
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
			Variables struct {
				First, Review int
				ID, Of        string
			}
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
		case req.Variables.Of == "prod_1": // asked for by the page, since the product takes a review
			_, _ = io.WriteString(w, `{"data":{"reviews":[{"number":null},{"number":7}]}}`)
		case req.Variables.ID == "prod_1" && req.Variables.Review == 7 && r.Header.Get("X-Medusa-Locale") == "de-DE":
			_, _ = io.WriteString(w, `{"data":{"product":{"title":"Aurora Lamp"}}}`)
		default:
			t.Errorf("unexpected operation %q with %+v", req.Query, req.Variables)
		}
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	browsertest.Check(t, srv.URL+"/", browsertest.Want{
		Type: "ProductVariant", Result: "Aurora Lamp", Description: "A GraphQL schema provides a root type", Examples: []string{"OneProduct", "Reviews", "Products"},
	})
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
		Examples                 []struct {
			Name, Group, Query, Variables, Headers, REST string
			Gives                                        map[string]string
			Spends                                       []string
		}
	}
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("settings = %s: %v", data, err)
	}
	const keyHeader = "{\n  \"x-publishable-api-key\": \"" + key + "\"\n}"
	if got.Endpoint != "/api" || got.Headers != keyHeader || got.Scope != key || len(got.Examples) != 3 {
		t.Errorf("settings = %+v", got)
	}
	if first, want := got.Examples[0], examples[0]; first.Name != want.Name || first.Query != want.Query || first.Variables != want.Variables || first.Headers != keyHeader ||
		first.Group != want.Group || first.Gives["product"] != "products.id" {
		t.Errorf("first example = %+v, want %+v", first, want)
	}
	if second := got.Examples[1]; second.Query != examples[1].Query || second.REST != examples[1].REST || second.Gives == nil || second.Spends == nil ||
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

// What an example takes, another gives; each is there once, and says what it is.
func TestExamples(t *testing.T) {
	t.Parallel()
	all := playground.Examples()
	names, given := map[string]bool{}, map[string]bool{"email": true}
	for _, e := range all {
		for name, path := range e.Gives {
			given[name] = true
			if root, _, _ := strings.Cut(path, "."); !strings.Contains(e.Query, root) {
				t.Errorf("%s does not ask for %s", e.Name, path)
			}
		}
	}
	for _, e := range all {
		if strings.Contains(e.Query, "#:") || names[e.Name] || !strings.HasPrefix(e.Query, "# ") {
			t.Errorf("%s is not read as it should be, twice there, or does not say what it is: %s", e.Name, e.Query)
		}
		names[e.Name] = true
		takes := e.Variables + e.REST + " <" + strings.Join(e.Needs, "> <") + ">"
		for _, v := range e.Headers {
			takes += v
		}
		for _, name := range regexp.MustCompile(`<(\w+)>`).FindAllStringSubmatch(takes, -1) {
			if !given[name[1]] {
				t.Errorf("%s takes %s, which no example gives", e.Name, name[1])
			}
		}
		if e.REST != "" && !regexp.MustCompile(`^(GET|POST|DELETE) /(store|auth)/`).MatchString(e.REST) {
			t.Errorf("the request of %s is %s", e.Name, e.REST)
		}
	}
	if all[0].Group == "" || strings.Contains(all[0].Variables, "<") {
		t.Errorf("the first example is %+v, want one with a heading that takes nothing", all[0])
	}
}
