package graph_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// newSearchServer serves a copy of the demo shop whose words are known.
func newSearchServer(t *testing.T) (*shopServer, db.DB) {
	t.Helper()
	d := dbtest.Shop(t)
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := d.UpdateSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &shopServer{newServerOn(t, d, nil), dbtest.Handles(t)["pk_web"]}, d
}

// A part is a part of a text.
type part struct {
	Text    string
	Matched bool
}

// marked writes the matched parts in brackets.
func marked(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Matched {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// A foundPage is a page of products that a search finds.
type foundPage struct {
	TotalCount int
	Nodes      []struct{ Title string }
	Edges      []struct {
		Cursor    string
		Node      struct{ Title string }
		Highlight []part
	}
	Facets struct{ Types []choice }
}

func (p foundPage) marked() []string {
	var out []string
	for _, e := range p.Edges {
		out = append(out, marked(e.Highlight))
	}
	return out
}

const foundFields = `{ totalCount nodes { title } edges { cursor node { title } highlight { text matched } } facets { types { label count } } }`

func TestSearch(t *testing.T) {
	t.Parallel()
	h, _ := newSearchServer(t)
	var out struct {
		Search struct {
			Products    foundPage
			Categories  []struct{ Name string }
			Collections []struct{ Title string }
		}
		Products, Filtered, Sorted, Plain foundPage
	}
	h.ask(t, `query ($q: String!) {
  search(query: $q, first: 2) { products `+foundFields+` categories { name } collections { title } }
  products(query: $q) `+foundFields+`
  filtered: products(query: $q, filter: {title: {like: "%Boot%"}}) `+foundFields+`
  sorted: products(query: $q, sort: {key: TITLE, direction: DESC}) `+foundFields+`
  plain: products(first: 1) `+foundFields+`
}`, map[string]any{"q": "lether boo"}, &out)
	if got := out.Products.marked(); !slices.Equal(got, []string{"[Leather] [Boo]t"}) || out.Products.TotalCount != 1 || len(out.Products.Facets.Types) != 1 {
		t.Errorf("products: %q, %+v", got, out.Products)
	}
	if got := out.Search.Products.marked(); !slices.Equal(got, []string{"[Leather] [Boo]t"}) {
		t.Errorf("search: %q", got)
	}
	if out.Filtered.TotalCount != 1 || out.Sorted.TotalCount != 1 {
		t.Errorf("filtered %+v, sorted %+v", out.Filtered, out.Sorted)
	}
	if e := out.Plain.Edges[0]; marked(e.Highlight) != e.Node.Title {
		t.Errorf("without a query %q is highlighted as %q", e.Node.Title, marked(e.Highlight))
	}
	h.ask(t, `query ($q: String!) { search(query: $q) { products { nodes { title } } categories { name } collections { title } } }`, map[string]any{"q": "winter"}, &out)
	if s := out.Search; len(s.Products.Nodes) < 2 || s.Products.Nodes[0].Title != "Winter Parka" || len(s.Categories) > 0 || len(s.Collections) != 1 {
		t.Errorf("winter: %+v", s)
	}
	h.ask(t, `{ search(query: "clothes") { categories { name products(query: "parka", first: 1) { nodes { title } edges { highlight { text matched } } } } } }`, nil, &out)
	if _, text := askJSON(t, h.Server, `{ products(sort: {key: RELEVANCE}) { totalCount } }`, nil, h.key); !strings.Contains(text, "give a query") || !strings.Contains(text, "BAD_USER_INPUT") {
		t.Errorf("relevance to nothing: %s", text)
	}
	if _, text := askJSON(t, h.Server, `{ search(query: "x", first: 101) { products { totalCount } } }`, nil, h.key); !strings.Contains(text, "from 0 to 100") {
		t.Errorf("too many: %s", text)
	}
	if _, text := askJSON(t, h.Server, `{ search(query: "x") { __typename } suggest(query: "x") { __typename } }`, nil, "pk_none"); !strings.Contains(text, "A valid publishable key is required") {
		t.Errorf("without a key: %s", text)
	}
}

// Lists of products below something are searched like the list of all, each with its own query.
func TestSearchBelow(t *testing.T) {
	t.Parallel()
	h, _ := newSearchServer(t)
	const lists = `{ parka: products(query: "prka") ` + foundFields + ` wool: products(query: "wool", first: 1) ` + foundFields + ` all: products { totalCount } }`
	type below struct{ Parka, Wool, All foundPage }
	var out struct {
		Categories  struct{ Nodes []below }
		Collections struct{ Nodes []below }
		Tags        struct{ Nodes []below }
		Types       struct{ Nodes []below }
	}
	h.ask(t, `{ categories: productCategories(filter: {name: {eq: "Clothing"}}) { nodes `+lists+` } collections(filter: {title: {eq: "Winter Warmers"}}) { nodes `+lists+` }
tags: productTags(filter: {value: {eq: "winter"}}) { nodes `+lists+` } types: productTypes(filter: {value: {eq: "Apparel"}}) { nodes `+lists+` } }`, nil, &out)
	for name, nodes := range map[string][]below{"categories": out.Categories.Nodes, "collections": out.Collections.Nodes, "tags": out.Tags.Nodes, "types": out.Types.Nodes} {
		if len(nodes) != 1 {
			t.Fatalf("%s: %+v", name, nodes)
		}
		n := nodes[0]
		if n.Wool.TotalCount == 0 || n.Wool.TotalCount >= n.All.TotalCount || len(n.Wool.Edges) != 1 || len(n.Wool.Facets.Types) != 1 {
			t.Errorf("%s: wool %+v of %d", name, n.Wool, n.All.TotalCount)
		}
		if name == "categories" {
			continue // the parka is in none
		}
		if got := n.Parka.marked(); !slices.Equal(got, []string{"Winter [Parka]"}) || n.Parka.TotalCount != 1 {
			t.Errorf("%s: %q, %+v", name, got, n.Parka)
		}
	}
}

// What is suggested can be seen with the key: products, and terms that find some.
func TestSuggest(t *testing.T) {
	t.Parallel()
	h, d := newSearchServer(t)
	type suggestions struct {
		Terms []struct {
			Text      string
			Highlight []part
		}
		Products []struct {
			Product   struct{ Title string }
			Highlight []part
		}
		Categories []struct {
			Category  struct{ Name string }
			Highlight []part
		}
		Collections []struct {
			Collection struct{ Title string }
			Highlight  []part
		}
	}
	suggest := func(text, key string) (out suggestions) {
		t.Helper()
		var data struct{ Suggest suggestions }
		(&shopServer{h.Server, key}).ask(t, `query ($q: String!) { suggest(query: $q) { terms { text highlight { text matched } } products { product { title } highlight { text matched } }
categories { category { name } highlight { text matched } } collections { collection { title } highlight { text matched } } } }`, map[string]any{"q": text}, &data)
		return data.Suggest
	}
	terms := func(s suggestions) (out []string) {
		for _, term := range s.Terms {
			out = append(out, marked(term.Highlight))
		}
		return out
	}
	if got := terms(suggest("Wi", h.key)); !slices.Equal(got, []string{"[wi]nter", "[wi]thout", "[wi]reless"}) {
		t.Errorf("terms: %q", got)
	}
	s := suggest("winter pa", h.key)
	if got := terms(s); !slices.Equal(got, []string{"[winter pa]rka"}) || s.Terms[0].Text != "winter parka" {
		t.Errorf("terms: %q", got)
	}
	if len(s.Products) != 1 || marked(s.Products[0].Highlight) != "[Winter] [Pa]rka" || s.Products[0].Product.Title != "Winter Parka" {
		t.Errorf("products: %+v", s.Products)
	}
	if got := terms(suggest("parca", h.key)); !slices.Equal(got, []string{"parka"}) {
		t.Errorf("a typo: %q", got)
	}
	if s := suggest("clo", h.key); len(s.Categories) != 1 || marked(s.Categories[0].Highlight) != "[Clo]thing" || s.Categories[0].Category.Name != "Clothing" {
		t.Errorf("categories: %+v", s.Categories)
	}
	if s := suggest("limited", h.key); len(s.Collections) != 1 || marked(s.Collections[0].Highlight) != "[Limited] Edition" {
		t.Errorf("collections: %+v", s.Collections)
	}
	if s := suggest("ret", h.key); len(s.Categories) > 0 || len(s.Terms) > 0 {
		t.Errorf("a hidden category is suggested: %+v", s)
	}
	if s := suggest("crèm", h.key); !slices.Equal(terms(s), []string{"[crèm]e"}) {
		t.Errorf("accents: %q", terms(s))
	}
	if _, err := d.Exec(t.Context(), `DELETE FROM product_sales_channel WHERE product_id IN (SELECT id FROM product WHERE title = 'Winter Parka')`); err != nil {
		t.Fatal(err)
	}
	if s := suggest("parka", h.key); len(s.Terms) > 0 || len(s.Products) > 0 { // also before the documents follow
		t.Errorf("what is not sold is suggested: %+v", s)
	}
}

// The compiled plans write what the executor writes.
func TestSearchProjection(t *testing.T) {
	t.Parallel()
	h, d := newSearchServer(t)
	slow := newServerOn(t, d, func(c *graph.Config) { c.NoProjection = true })
	for _, text := range []string{
		`{ search(query: "winter") { __typename products ` + foundFields + ` categories { name } collections { title handle } } }`,
		`{ suggest(query: "wi", first: 3) { terms { text highlight { text matched } } products { product { id title variants { id } } highlight { matched } } categories { category { id } } } }`,
		`{ products(query: "organic", first: 2) { edges { highlight { __typename text } node { id } } pageInfo { hasNextPage endCursor } } }`,
	} {
		code, fast := askJSON(t, h.Server, text, nil, h.key)
		if _, want := askJSON(t, slow, text, nil, h.key); fast != want || code != http.StatusOK {
			t.Errorf("%s: %s, want %s", text, fast, want)
		}
	}
}
