package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// TestProjection asks for random selections and finds that compiled plans write the same bytes as gqlgen's executor.
func TestProjection(t *testing.T) {
	t.Parallel()
	d := dbtest.ReadShop(t)
	handles := dbtest.Handles(t)
	server := func(off bool) *graph.Server {
		g, err := graph.New(graph.Config{DB: d, NoProjection: off, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	planned, plain := server(false), server(true)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := &randomSelection{rand: rand.New(rand.NewPCG(seed, 0)), schema: planned.Schema()}
	for range 300 {
		query := r.query(handles)
		a, b := post(planned, query, handles["pk_web"]), post(plain, query, handles["pk_web"])
		if !bytes.Equal(a, b) {
			t.Fatalf("%s\nby a plan: %.600s\nby the executor: %.600s", query, a, b)
		}
		if !bytes.HasPrefix(a, []byte(`{"data":`)) {
			t.Fatalf("%s = %s", query, a)
		}
	}
}

func post(h http.Handler, query, key string) []byte {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic(err) // texts always marshal
	}
	req := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Publishable-Api-Key", key)
	w := httptest.NewRecorder()
	identified(h).ServeHTTP(w, req)
	return w.Body.Bytes()
}

func identified(h http.Handler) http.Handler {
	if s, ok := h.(*graph.Server); ok {
		return s.Identify(h)
	}
	return h
}

// callsOf are the arguments that fields below the root are called with.
var callsOf = map[string][]string{
	"products": {
		"", "(first: 2)", "(last: 2)", "(first: 0)", "(first: 3, offset: 1, sort: {key: PRICE, direction: DESC})", "(filter: {inStock: true, price: {gt: 10}})",
	},
	"related": {"", "(first: 2)"},
	"variant": {`(selectedOptions: [{name: "Size", value: "M"}])`, "(selectedOptions: [])"},
}

type randomSelection struct {
	rand   *rand.Rand
	schema *ast.Schema
	n      int
}

// query returns a query of one or two random root fields of the catalogue.
func (r *randomSelection) query(handles map[string]string) string {
	roots := []string{
		"products(first: 4, offset: 2)", "productVariants(first: 3)", "collections(first: 3)", "productTags(first: 2)", "productTypes(first: 2)",
		"productCategories(first: 4)", "productOptions(first: 3)", "regions", "currencies(first: 3)", "returnReasons",
		fmt.Sprintf("product(by: {id: %q})", handles["prod_classic_tee"]), fmt.Sprintf("product(by: {handle: %q})", "none"),
		fmt.Sprintf("paymentProviders(regionId: %q)", handles["reg_us"]),
		"products(first: 3)",
	}
	var b strings.Builder
	if r.rand.IntN(2) == 0 {
		fmt.Fprintf(&b, "query @inContext(region: %q, country: \"de\") ", handles["reg_eu"])
	}
	b.WriteString("{")
	for range 1 + r.rand.IntN(2) {
		root := roots[r.rand.IntN(len(roots))]
		name, _, _ := strings.Cut(root, "(")
		r.n++
		fmt.Fprintf(&b, " a%d: %s %s", r.n, root, r.selection(r.schema.Query.Fields.ForName(name).Type.Name(), 0))
	}
	if r.rand.IntN(4) == 0 {
		b.WriteString(" ...more } fragment more on Query { currencies(first: 1) { nodes { code __typename } } }")
		return b.String()
	}
	return b.String() + " }"
}

func (r *randomSelection) selection(typ string, depth int) string {
	def := r.schema.Types[typ]
	var picked []string
	for _, f := range def.Fields {
		if f.Directives.ForName("internal") != nil || strings.HasPrefix(f.Name, "__") {
			continue
		}
		leaf := r.schema.Types[f.Type.Name()].Kind != ast.Object
		switch {
		case leaf && r.rand.IntN(3) == 0:
			alias := ""
			if r.rand.IntN(5) == 0 {
				r.n++
				alias = fmt.Sprintf("b%d: ", r.n)
			}
			picked = append(picked, alias+f.Name)
		case !leaf && depth < 4 && r.rand.IntN(depth+2) == 0:
			calls := callsOf[f.Name]
			if len(f.Arguments) == 0 {
				calls = []string{""}
			}
			call := f.Name + calls[r.rand.IntN(len(calls))]
			picked = append(picked, call+" "+r.selection(f.Type.Name(), depth+1))
			if call != f.Name {
				r.n++
				picked = append(picked, fmt.Sprintf("c%d: %s %s", r.n, call, r.selection(f.Type.Name(), depth+1)))
			}
		}
	}
	if len(picked) == 0 || r.rand.IntN(6) == 0 {
		picked = append(picked, "__typename")
	}
	if r.rand.IntN(5) == 0 {
		picked[0] = "... on " + typ + " { " + picked[0] + " }"
	}
	if r.rand.IntN(8) == 0 {
		picked[len(picked)-1] = "... @include(if: true) { " + picked[len(picked)-1] + " }"
	}
	return "{ " + strings.Join(picked, " ") + " }"
}
