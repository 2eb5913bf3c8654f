package graph

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/graph/exec"
)

var shopSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
type Query { products(first: Int, last: Int): Products product: Product categories(first: Int = 3): Categories nodes(ids: [ID!]!): [Product] related(first: Int): [Product!] search(first: Int = 4): SearchResults }
type SearchResults { products: Products! categories: [Category!]! }
type Products { nodes: [Product!]! edges: [Edge!]! totalCount: Int! facets: [Facet!]! }
type Edge { node: Product! cursor: String! }
type Facet { name: String! }
type Product { id: ID! variants: [Variant!]! related(first: Int): Products! }
type Variant { id: ID! product: Product! }
type Categories { nodes: [Category!]! }
type Category { name: String! children: [Category!]! products(first: Int): Products! }
`})

// Fields count once for each thing of the pages and the lists that they are in, at every depth.
func TestCost(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text      string
		variables map[string]any
		want      int
	}{
		"one thing":                     {`{product{id}}`, nil, 2},
		"a list":                        {`{product{variants{id}}}`, nil, 1 + 1 + 5},
		"a list in a list":              {`{product{variants{id product{variants{id}}}}}`, nil, 1 + 1 + 5*(1+1+1+5)},
		"a page":                        {`{products(first:7){totalCount nodes{id}}}`, nil, 1 + 1 + 1 + 7},
		"a page by edges":               {`{products(first:7){edges{cursor node{id}}}}`, nil, 1 + 1 + 7*3},
		"a page from the end":           {`{products(last:7){nodes{id}}}`, nil, 1 + 1 + 7},
		"the default page":              {`{products{nodes{id}}}`, nil, 1 + 1 + 50},
		"the default of the schema":     {`{categories{nodes{name}}}`, nil, 1 + 1 + 3},
		"an empty page":                 {`{products(first:0){nodes{id}}}`, nil, 2},
		"what is beside a page":         {`{products(first:7){facets{name}}}`, nil, 1 + 1 + 5},
		"the default below the root":    {`{categories(first:2){nodes{products{nodes{id}}}}}`, nil, 1 + 1 + 2*(1+1+10)},
		"a page of a variable":          {`query($n:Int){products(first:$n){totalCount nodes{id}}}`, map[string]any{"n": int64(4)}, 1 + 1 + 1 + 4},
		"one that is not given":         {`query($n:Int){products(first:$n){nodes{id}}}`, map[string]any{}, 1 + 1 + 50},
		"a page in a page":              {`{categories(first:3){nodes{products(first:4){nodes{id variants{id}}}}}}`, nil, 1 + 1 + 3*(1+1+4*(1+1+5))},
		"both of variables":             {`query($a:Int,$b:Int){categories(first:$a){nodes{products(first:$b){nodes{id}}}}}`, map[string]any{"a": int64(3), "b": int64(4)}, 1 + 1 + 3*(1+1+4)},
		"a literal in a variable":       {`query($a:Int){categories(first:$a){nodes{products(first:4){nodes{id}}}}}`, map[string]any{"a": int64(3)}, 1 + 1 + 3*(1+1+4)},
		"a variable in a list":          {`query($a:Int){product{variants{product{related(first:$a){nodes{id}}}}}}`, map[string]any{"a": int64(3)}, 1 + 1 + 5*(1+1+1+3)},
		"a tree":                        {`{categories(first:1){nodes{children{children{name}}}}}`, nil, 1 + 1 + 3},
		"a plain list with pages":       {`{related(first:7){id variants{id}}}`, nil, 1 + 7*(1+1+5)},
		"nodes that are no page":        {`{nodes(ids:["a"]){id}}`, nil, 1 + 5},
		"a page of each kind":           {`{search{products{totalCount nodes{id}} categories{name products(first:2){nodes{id}}}}}`, nil, 1 + 3 + 4*1 + 1 + 4*(1+1+1+2)},
		"fragments":                     {`{products(first:7){...f ...f}} fragment f on Products{nodes{...g}} fragment g on Product{id}`, nil, 1 + 2*(1+7)},
		"a fragment of different pages": {`query($n:Int){a:products(first:7){...f} b:products(first:$n){...f}} fragment f on Products{nodes{id}}`, map[string]any{"n": int64(2)}, 2 + 1 + 7 + 1 + 2},
		"inline fragments":              {`{products(first:7){... {nodes{... on Product{id}}}}}`, nil, 1 + 1 + 7},
		"many pages of variables":       {`query($n:Int){` + strings.Repeat(`products(first:$n){nodes{id}} `, 20) + `}`, map[string]any{"n": int64(2)}, 20 * (1 + 1 + 2)},
		"more than numbers can hold":    {`{` + strings.Repeat(`products(first:1000000){nodes{related(first:1000000){nodes{related(first:1000000){nodes{id}}}}}}`, 1) + `}`, nil, unbounded},
		"the same of variables":         {`query($n:Int){products(first:$n){nodes{related(first:$n){nodes{related(first:$n){nodes{id}}}}}}}`, map[string]any{"n": int64(1000000)}, unbounded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, errs := newDocuments(shopSchema).load(tc.text)
			if errs != nil {
				t.Fatal(errs)
			}
			op := doc.doc.Operations[0]
			if got := doc.costs[op].total(tc.variables); got != tc.want {
				t.Errorf("%s costs %d, want %d", tc.text, got, tc.want)
			}
		})
	}
}

// The query by which tools learn the schema is allowed.
func TestCostOfIntrospection(t *testing.T) {
	t.Parallel()
	public, err := withoutInternal(exec.NewExecutableSchema(exec.Config{}).Schema())
	if err != nil {
		t.Fatal(err)
	}
	doc, errs := newDocuments(public).load(`query { __schema { description queryType { name } mutationType { name } subscriptionType { name } types { ...FullType }
		directives { name description isRepeatable locations args { ...InputValue } } } }
	fragment FullType on __Type { kind name description specifiedByURL isOneOf
		fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
		inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
	fragment TypeRef on __Type { ` + strings.Repeat("kind name ofType { ", 9) + "kind name" + strings.Repeat(" }", 10))
	if errs != nil {
		t.Fatal(errs)
	}
	c := doc.costs[doc.doc.Operations[0]]
	if err := c.within(Limits{}.withDefaults()); err != nil {
		t.Error(err)
	}
	if n, most := c.total(nil), (Limits{}).withDefaults().Cost; n > most {
		t.Errorf("it costs %d, and %d are allowed", n, most)
	}
}

// Fragments of fragments are counted without being written out.
func TestCostOfFragments(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("query($n:Int){product{...f0}}")
	for i := range 12 {
		fmt.Fprintf(&b, "fragment f%d on Product{a:related(first:$n){nodes{...f%d}} b:related(first:$n){nodes{...f%d}}}", i, i+1, i+1)
	}
	b.WriteString("fragment f12 on Product{id}")
	doc, errs := newDocuments(shopSchema).load(b.String())
	if errs != nil {
		t.Fatal(errs)
	}
	if n := len(doc.costs[doc.doc.Operations[0]].sums); n > 100 {
		t.Errorf("it is the sum of %d sums", n)
	}
	if got := doc.costs[doc.doc.Operations[0]].total(map[string]any{"n": int64(100)}); got != unbounded {
		t.Errorf("it costs %d", got)
	}
}
