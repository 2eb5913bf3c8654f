package graph_test

import (
	"fmt"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// worded gives filled products titles of several words.
const worded = `UPDATE product p SET title = concat_ws(' ', (ARRAY['Skarn', 'Harbour', 'Drizzle', 'Cairn', 'Fjord', 'Hush', 'Moor', 'Larch', 'Tarn', 'Quarry'])[1 + n % 10],
	(ARRAY['Wool', 'Down', 'Shell', 'Cotton', 'Linen', 'Leather', 'Fleece'])[1 + n / 10 % 7], (ARRAY['Jacket', 'Jumper', 'Anorak', 'Backpack', 'Boot', 'Lantern', 'Beanie', 'Blanket',
	'Notebook', 'Kettle', 'Trousers'])[1 + n / 70 % 11], n) FROM (SELECT id, substr(id, 8)::int AS n FROM product WHERE id LIKE 'prod\_zz%') f WHERE f.id = p.id`

// BenchmarkSearch asks for what a text finds of catalogues of several sizes, and for suggestions. It reports how long it took until all
// products could be found.
func BenchmarkSearch(b *testing.B) {
	for _, products := range []int{1000, 10_000} {
		d := dbtest.Open(b, dbtest.FillShop(b, products), db.Options{})
		if _, err := d.Exec(b.Context(), worded); err != nil {
			b.Fatal(err)
		}
		if err := db.InstallTriggers(b.Context(), d); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%d/build", products), func(b *testing.B) {
			for range b.N {
				if _, err := d.Exec(b.Context(), `TRUNCATE storegraph.search_document, storegraph.search_term; UPDATE storegraph.search_state SET snapshot = '', ready = false`); err != nil {
					b.Fatal(err)
				}
				if err := d.UpdateSearch(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
		g, err := graph.New(graph.Config{DB: d})
		if err != nil {
			b.Fatal(err)
		}
		key := dbtest.Handles(b)["pk_web"]
		for name, text := range map[string]string{
			"word":       `{products(query: "jacket", first: 12) {nodes {id title}}}`,
			"words":      `{products(query: "wool jacket", first: 12) {nodes {id title}}}`,
			"typo":       `{products(query: "jakcet", first: 12) {nodes {id title}}}`,
			"typos":      `{products(query: "lether backpak", first: 12) {nodes {id title}}}`,
			"beginning":  `{products(query: "ja", first: 12) {nodes {id title}}}`,
			"counted":    `{products(query: "jacket", first: 12) {totalCount nodes {id title}}}`,
			"in stock":   `{products(query: "jacket", first: 12, filter: {inStock: true}) {nodes {id title}}}`,
			"suggest":    `{suggest(query: "wool ja") {terms {text} products {product {title}} categories {category {name}} collections {collection {title}}}}`,
			"suggest ja": `{suggest(query: "ja") {terms {text} products {product {title}} categories {category {name}} collections {collection {title}}}}`,
		} {
			b.Run(fmt.Sprintf("%d/%s", products, name), func(b *testing.B) {
				for range b.N {
					if body := post(g, text, key); len(body) < 200 {
						b.Fatalf("%s", body)
					}
				}
			})
		}
		g.Close()
	}
}
