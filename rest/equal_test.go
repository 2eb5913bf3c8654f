package rest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/rest"
)

// ids are the handles of the recorded shop that the tests use for routes with an id, by path.
var ids = map[string]string{
	"/store/currencies/{code}": "=jpy", "/store/regions/{id}": "reg_eu", "/store/return-reasons/{id}": "reason_size",
	"/store/collections/{id}": "col_spring", "/store/product-tags/{id}": "tag_vegan", "/store/product-types/{id}": "type_furniture",
	"/store/product-categories/{id}": "cat_clothing", "/store/products/{id}": "prod_classic_tee",
	"/store/product-variants/{id}": "var_tee_s_black", "/store/product-options/{id}": "opt_material",
	"/store/carts/{id}": "=cart_01M84YH64NEFBSR29QA888VC7Y",
}

// TestSurfacesAgree requests from every catalogue route all fields that GraphQL has too, over both APIs, and compares.
func TestSurfacesAgree(t *testing.T) {
	t.Parallel()
	d := dbtest.ReadShop(t)
	h := newHandler(t, d, nil)
	handles := dbtest.Handles(t)
	g, err := graph.New(graph.Config{DB: d})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rest.Routes() {
		t.Run(r.Path, func(t *testing.T) {
			t.Parallel()
			typ := g.Schema().Query.Fields.ForName(r.Field).Type.Name()
			if r.List {
				typ = g.Schema().Types[typ].Fields.ForName("nodes").Type.Name()
			}
			tree := map[string]any{}
			var asked []string
			for _, path := range r.Allowed {
				if addPath(g.Schema(), typ, strings.Split(path, "."), tree) {
					asked = append(asked, path)
				}
			}
			if len(asked) == 0 {
				t.Fatal("nothing to compare")
			}
			id := handles[ids[r.Path]]
			if v, ok := strings.CutPrefix(ids[r.Path], "="); ok {
				id = v
			}
			query := url.Values{"fields": {strings.Join(asked, ",")}}
			args := ""
			switch {
			case !r.List:
				args = fmt.Sprintf("(%s: %q)", r.Argument, id)
				if g.Schema().Query.Fields.ForName(r.Field).Arguments.ForName("by") != nil {
					args = fmt.Sprintf("(by: {id: %q})", id)
				}
			case r.Field == "paymentProviders":
				query.Set("region_id", handles["reg_us"])
				args = fmt.Sprintf("(first: 20, regionId: %q)", handles["reg_us"])
			default:
				query.Set("limit", "20")
				args = "(first: 20)"
			}
			path := strings.NewReplacer("{id}", id, "{code}", id).Replace(r.Path)
			status, body := get(t, h, path+"?"+query.Encode(), handles["pk_web"])
			if status != http.StatusOK {
				t.Fatalf("GET %s = %d %s", path, status, body)
			}
			selection := selectionOf(tree)
			doc := "{" + r.Envelope + ": " + r.Field + args + selection + "}"
			if r.List {
				doc = "{r: " + r.Field + args + "{" + r.Envelope + ": nodes" + selection + " count: totalCount}}"
			}
			fromGraph := ask(t, h, doc, handles["pk_web"])
			var fromREST map[string]any
			if err := json.Unmarshal([]byte(body), &fromREST); err != nil {
				t.Fatal(err)
			}
			if r.List {
				fromGraph = fromGraph["r"].(map[string]any)
			}
			agree(t, fromGraph, fromREST, "$")
		})
	}
}

// addPath adds a path of public fields that ends at a scalar to a tree, and reports whether there is such a path. It skips
// categories, where the two APIs differ on purpose.
func addPath(s *ast.Schema, typ string, names []string, tree map[string]any) bool {
	f := s.Types[typ].Fields.ForName(rest.Camel(names[0]))
	if f == nil || f.Directives.ForName("internal") != nil || names[0] == "categories" || names[0] == "category_children" || names[0] == "parent_category" {
		return false
	}
	if f.Type.Name() == "Money" { // a number in one, an object in the other
		tree[names[0]] = map[string]any{"amount": nil}
		return true
	}
	leaf := s.Types[f.Type.Name()].Kind != ast.Object
	if len(names) == 1 {
		if leaf {
			tree[names[0]] = nil
		}
		return leaf
	}
	below, ok := tree[names[0]].(map[string]any)
	if !ok {
		below = map[string]any{}
	}
	if leaf || !addPath(s, f.Type.Name(), names[1:], below) {
		return false
	}
	tree[names[0]] = below
	return true
}

func selectionOf(tree map[string]any) string {
	var b strings.Builder
	b.WriteString("{")
	for name, below := range tree {
		fmt.Fprintf(&b, "%s: %s", name, rest.Camel(name))
		if m, ok := below.(map[string]any); ok {
			b.WriteString(selectionOf(m))
		}
		b.WriteString(" ")
	}
	return b.String() + "}"
}

// ask runs a GraphQL query and returns its data.
func ask(t *testing.T, h http.Handler, query, key string) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Publishable-Api-Key", key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var out struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Errors) > 0 {
		t.Fatalf("%s = %s", query, w.Body)
	}
	return out.Data
}

// agree checks that every value of g is in r, decimals as numbers and enum values in lower case.
func agree(t *testing.T, g, r any, path string) {
	t.Helper()
	switch g := g.(type) {
	case map[string]any:
		if n, ok := r.(float64); ok && g["amount"] != nil { // money, which GraphQL rounds to its currency
			if f, err := strconv.ParseFloat(g["amount"].(string), 64); err != nil || math.Abs(f-n) > 0.00501 {
				t.Errorf("%s: REST says %v, GraphQL %v", path, r, g)
			}
			return
		}
		m, ok := r.(map[string]any)
		if !ok {
			t.Errorf("%s: REST says %.100v, GraphQL %.100v", path, r, g)
			return
		}
		for k, v := range g {
			agree(t, v, m[k], path+"."+k)
		}
	case []any:
		l, ok := r.([]any)
		if !ok || len(l) != len(g) {
			t.Errorf("%s: REST says %.100v, GraphQL %.100v", path, r, g)
			return
		}
		for i := range g {
			agree(t, g[i], l[i], fmt.Sprintf("%s[%d]", path, i))
		}
	case string:
		if n, ok := r.(float64); ok {
			var f float64
			if _, err := fmt.Sscan(g, &f); err != nil || math.Abs(f-n) > 1e-9 {
				t.Errorf("%s: REST says %v, GraphQL %v", path, r, g)
			}
			return
		}
		if s, ok := r.(string); !ok || s != g && s != strings.ToLower(g) {
			t.Errorf("%s: REST says %v, GraphQL %v", path, r, g)
		}
	default:
		if g != r {
			t.Errorf("%s: REST says %v, GraphQL %v", path, r, g)
		}
	}
}

// TestRoutes tests that the schema accepts the operation of every route.
func TestRoutes(t *testing.T) {
	t.Parallel()
	d := dbtest.ReadShop(t)
	fell := 0
	h := newHandler(t, d, func(c *graph.Config) { c.OnFallback = func(string) { fell++ } })
	handles := dbtest.Handles(t)
	for _, r := range rest.Routes() {
		id := handles[ids[r.Path]]
		if v, ok := strings.CutPrefix(ids[r.Path], "="); ok {
			id = v
		}
		path := strings.NewReplacer("{id}", id, "{code}", id).Replace(r.Path)
		if r.Field == "paymentProviders" {
			path += "?region_id=" + handles["reg_us"]
		}
		if status, body := get(t, h, path, handles["pk_web"]); status != http.StatusOK {
			t.Errorf("GET %s = %d %s", path, status, body)
		}
		for _, f := range r.Allowed {
			star := path + "?fields=*" + f
			if strings.Contains(path, "?") {
				star = path + "&fields=*" + f
			}
			status, body := get(t, h, star, handles["pk_web"])
			deep := strings.Count(f, ".") >= r.Relations
			if deep != (status == http.StatusBadRequest) || !deep && status != http.StatusOK && status != http.StatusNotFound {
				t.Errorf("GET %s = %d %s", star, status, body)
			}
		}
	}
	if fell > 0 {
		t.Errorf("the executor wrote %d answers, want every one written by a plan", fell)
	}
}
