package graph_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A page below the root is the page that the root's list has with the same arguments, for each of the things it belongs to.
func TestPagesBelowTheRoot(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	const fields = `{ totalCount nodes { id } edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
	for list, filter := range map[string]string{
		"collections": "collectionId", "productTags": "tagId", "productTypes": "typeId", "productCategories": "categoryId",
	} {
		for _, args := range []string{
			"first: 10", "first: 2", "first: 2, offset: 1", "last: 3", "first: 0", "first: 3, sort: {key: PRICE, direction: DESC}", "last: 2, sort: {key: TITLE}",
			`filter: {inStock: true, q: "a"}, first: 10, sort: {key: CREATED_AT, direction: DESC}`,
		} {
			t.Run(list+" "+args, func(t *testing.T) {
				t.Parallel()
				var all map[string]struct {
					Nodes []struct {
						ID       string
						Products map[string]any
					}
				}
				h.ask(t, fmt.Sprintf(`{ %s(first: 30) { nodes { id products(%s) %s } } }`, list, args, fields), nil, &all)
				filled := 0
				for _, of := range all[list].Nodes {
					own := filter + ": {eq: \"" + of.ID + "\"}"
					root := `filter: {` + own + `}, ` + args
					if others, filtered := strings.CutPrefix(args, "filter: {"); filtered {
						root = `filter: {` + own + ", " + others
					}
					var one map[string]map[string]any
					h.ask(t, `{ products(`+root+`) `+fields+` }`, nil, &one)
					if !reflect.DeepEqual(one["products"], of.Products) {
						t.Errorf("%s: %v\nat the root: %v", of.ID, of.Products, one["products"])
					}
					if of.Products["totalCount"] != 0.0 {
						filled++
					}
				}
				if filled < 2 {
					t.Errorf("%d of %d have products", filled, len(all[list].Nodes))
				}
			})
		}
	}
}

// Lists of one thing with several arguments do not mix, by variables neither.
func TestPagesOfSeveralArguments(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	var out struct {
		Collections struct {
			Nodes []struct {
				A, B, C, D struct{ Nodes []struct{ ID string } }
			}
		}
	}
	const text = `query ($n: Int, $m: Int) { collections(first: 5) { nodes { a: products(first: 1) { nodes { id } } b: products(first: $n) { nodes { id } }
c: products(first: $m, sort: {key: TITLE, direction: DESC}) { nodes { id } } ...d } } } fragment d on Collection { d: products(last: $n) { nodes { id } } }`
	for n := range 4 { // the plan is the same, the arguments are not
		h.ask(t, text, map[string]any{"n": n, "m": 2}, &out)
		for _, c := range out.Collections.Nodes {
			if len(c.A.Nodes) > 1 || len(c.B.Nodes) > n || len(c.D.Nodes) > n || len(c.C.Nodes) > 2 {
				t.Errorf("first 1, %d, 2 and last %d are %v", n, n, c)
			}
		}
	}
	if len(out.Collections.Nodes[0].B.Nodes) == 0 {
		t.Error("nothing was listed")
	}
}

// However many things have lists, and however many are on them, they are read by the same number of statements.
func TestPagesBelowTheRootAreReadAtOnce(t *testing.T) {
	t.Parallel()
	count := func(n int) int {
		counter := &dbtest.Counter{}
		h := &shopServer{newServerOn(t, dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{Tracer: counter}), nil), dbtest.Handles(t)["pk_web"]}
		text := fmt.Sprintf(`{ productCategories(first: %d) { nodes { products(first: %d, sort: {key: BEST_SELLING}) { totalCount nodes { variants { price { amount { amount } } } related(first: %d) { id } } } } } }`, n, n, n)
		var into any
		h.ask(t, text, nil, &into)
		counter.Reset()
		h.ask(t, text, nil, &into)
		return len(counter.Statements())
	}
	if few, many := count(2), count(15); few != many || few == 0 {
		t.Errorf("2 lists of 2 take %d statements, 15 of 15 %d", few, many)
	}
}

// The lists of a customer are theirs, whatever is asked for.
func TestCustomersLists(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), nil)
	const text = `{ customer { a: orders(first: 1) { totalCount nodes { id } } b: orders(sort: {key: DISPLAY_ID}) { nodes { id totals { total { amount } } } } carts(first: 2) { totalCount nodes { id } } } }`
	if guest := l.run(text); !strings.HasPrefix(guest, `{"data":{"customer":null}`) {
		t.Errorf("a guest is %s", guest)
	}
	res := l.send(t.Context(), text, "Accept", "application/json", "Authorization", "Bearer "+l.logIn("anna"))
	var answer struct {
		Data struct {
			Customer struct {
				A, B struct {
					TotalCount int
					Nodes      []struct{ ID string }
				}
			}
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if c := answer.Data.Customer; len(c.A.Nodes) != 1 || c.A.TotalCount != len(c.B.Nodes) || len(c.B.Nodes) < 2 {
		t.Errorf("her orders are %+v", c)
	}
}
