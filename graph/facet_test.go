package graph_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// facetFields selects all facets of a list.
const facetFields = `facets {
  categories { label count selected input } collections { label count selected input } tags { label count selected input }
  types { label count selected input } options { name values { label count selected input } }
  priceRange { min { amount } max { amount } }
}`

// A choice is a value of a facet, as a client reads it.
type choice struct {
	Label    string
	Count    int
	Selected bool
	Input    map[string]any
}

// A narrowing is what a client reads of a list of products.
type narrowing struct {
	TotalCount int
	Facets     struct {
		Categories, Collections, Tags, Types []choice
		Options                              []struct {
			Name   string
			Values []choice
		}
		PriceRange *struct {
			Min, Max struct{ Amount string }
		}
	}
}

// choices returns all values by the property that they are of.
func (n *narrowing) choices() map[string][]choice {
	out := map[string][]choice{
		"category": n.Facets.Categories, "collection": n.Facets.Collections, "tag": n.Facets.Tags, "type": n.Facets.Types,
	}
	for _, o := range n.Facets.Options {
		out["option "+o.Name] = o.Values
	}
	return out
}

// A shopServer serves the demo shop to a storefront.
type shopServer struct {
	*graph.Server
	key string
}

func newShopServer(t *testing.T) *shopServer {
	t.Helper()
	return &shopServer{newServer(t, nil), dbtest.Handles(t)["pk_web"]}
}

// ask runs an operation and reads its data into a struct.
func (s *shopServer) ask(t *testing.T, text string, variables map[string]any, into any) {
	t.Helper()
	_, body := askJSON(t, s.Server, text, variables, s.key)
	a := struct {
		Data   any
		Errors []any
	}{Data: into}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Errors) > 0 {
		t.Fatalf("%s: %.500s (%v)", text, body, err)
	}
}

// narrowed asks for the products of a filter.
func narrowed(t *testing.T, h *shopServer, filter map[string]any) *narrowing {
	t.Helper()
	var out struct{ Products narrowing }
	h.ask(t, `query ($f: ProductFilter) { products(first: 0, filter: $f) { totalCount `+facetFields+` } }`, map[string]any{"f": filter}, &out)
	return &out.Products
}

// with returns a filter with what selects a value instead of whatever else of the same property is selected.
func with(filter, input map[string]any, property string) map[string]any {
	out := maps.Clone(filter)
	if out == nil {
		out = map[string]any{}
	}
	for name, part := range input {
		if name != "options" {
			out[name] = part
			continue
		}
		name := property[len("option "):]
		var options []any
		for _, o := range list(filter["options"]) {
			if o.(map[string]any)["title"] != name {
				options = append(options, o)
			}
		}
		out["options"] = append(options, list(part)...)
	}
	return out
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// Each value counts the products that the list has if it is selected, whatever else of its property is selected already.
func TestFacets(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	root := dbtest.Handles(t)["cat_clothing"]
	for name, filter := range map[string]map[string]any{
		"all":              nil,
		"a search":         {"q": "oak"},
		"a size":           {"options": []any{map[string]any{"title": "Size", "values": []any{"M"}}}},
		"a size and more":  {"options": []any{map[string]any{"title": "Size", "values": []any{"M", "L"}}, map[string]any{"title": "Color", "values": []any{"Black"}}}},
		"a size in stock":  {"inStock": true, "options": []any{map[string]any{"title": "Size", "value": "S"}}},
		"a category":       {"categoryId": map[string]any{"eq": root}},
		"a price":          {"price": map[string]any{"lte": "30"}},
		"price and a type": {"price": map[string]any{"lte": "60"}, "categoryId": map[string]any{"in": []any{root}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := narrowed(t, h, filter)
			checked, selected := 0, 0
			for property, values := range n.choices() {
				for _, v := range values {
					if v.Selected {
						selected++
					}
					if checked++; v.Count == 0 {
						t.Errorf("%s %s counts nothing", property, v.Label)
					}
					if got := narrowed(t, h, with(filter, v.Input, property)).TotalCount; got != v.Count {
						t.Errorf("%s %s counts %d, selecting it lists %d", property, v.Label, v.Count, got)
					}
				}
			}
			_, options := filter["options"]
			_, category := filter["categoryId"]
			if checked == 0 || (selected > 0) != (options || category) {
				t.Errorf("%d values, of which %d are selected", checked, selected)
			}
			lowest := n.Facets.PriceRange.Min.Amount
			below := with(filter, map[string]any{"price": map[string]any{"lt": lowest}}, "price")
			if got := narrowed(t, h, below).TotalCount; got != 0 {
				t.Errorf("%d products below the lowest price %s", got, lowest)
			}
		})
	}
}

// Choosing a size leaves the other sizes with their counts, and takes from other options what has no such size.
func TestFacetsAreDisjunctive(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	all := narrowed(t, h, nil).choices()
	medium := narrowed(t, h, map[string]any{"options": []any{map[string]any{"title": "Size", "values": []any{"M"}}}}).choices()
	counts := func(of []choice) map[string]int {
		out := map[string]int{}
		for _, v := range of {
			out[v.Label] = v.Count
		}
		return out
	}
	if a, b := counts(all["option Size"]), counts(medium["option Size"]); !maps.Equal(a, b) || len(a) < 3 {
		t.Errorf("the sizes count %v, with one chosen %v", a, b)
	}
	if a, b := counts(all["option Color"]), counts(medium["option Color"]); maps.Equal(a, b) {
		t.Errorf("the colours count %v, with a size chosen too", a)
	}
	chosen := slices.DeleteFunc(slices.Clone(medium["option Size"]), func(c choice) bool { return !c.Selected })
	if len(chosen) != 1 || chosen[0].Label != "M" {
		t.Errorf("selected are %v, want M", chosen)
	}
}

// The lists of things below the root have facets of their own, all of them counted at once.
func TestFacetsBelowTheRoot(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	var below struct {
		Collections struct {
			Nodes []struct {
				ID       string
				Products narrowing
			}
		}
	}
	h.ask(t, `{ collections(first: 10) { nodes { id products(first: 0, filter: {inStock: true}) { totalCount `+facetFields+` } } } }`, nil, &below)
	for _, c := range below.Collections.Nodes {
		want := narrowed(t, h, map[string]any{"inStock": true, "collectionId": map[string]any{"eq": c.ID}})
		want.Facets.Collections, c.Products.Facets.Collections = nil, nil // of the list below nothing of it is selected
		a, b := asText(t, want), asText(t, &c.Products)
		if a != b {
			t.Errorf("%s: below it %s\nat the root %s", c.ID, b, a)
		}
	}
	if len(below.Collections.Nodes) < 3 {
		t.Error("too few collections to compare")
	}
}

func asText(t *testing.T, v any) string {
	t.Helper()
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(j)
}
