package graph_test

import (
	"fmt"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// BenchmarkPagesBelowTheRoot asks for the first page of each of many lists, counted and with facets.
func BenchmarkPagesBelowTheRoot(b *testing.B) {
	for _, products := range []int{1000, 10_000} {
		g, err := graph.New(graph.Config{DB: dbtest.Open(b, dbtest.FillShop(b, products), db.Options{})})
		if err != nil {
			b.Fatal(err)
		}
		key := dbtest.Handles(b)["pk_web"]
		for name, text := range map[string]string{
			"page":    `{productTypes(first: 20) {nodes {products(first: 10) {nodes {title}}}}}`,
			"counted": `{productTypes(first: 20) {nodes {products(first: 10) {totalCount nodes {title}}}}}`,
			"tags":    `{productTags(first: 20) {nodes {products(first: 10) {totalCount nodes {title}}}}}`,
			"facets":  `{productCategories(first: 20) {nodes {products(first: 0) {facets {options {values {count}} tags {count}}}}}}`,
		} {
			b.Run(fmt.Sprintf("%d/%s", products, name), func(b *testing.B) {
				for range b.N {
					if body := post(g, text, key); len(body) < 200 {
						b.Fatalf("%s", body)
					}
				}
			})
		}
	}
}
