package graph_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// wholeText is a page of products with everything that belongs to them, a product, and lists below collections.
const wholeText = `query($region: ID, $country: CountryCode, $handle: String!) @inContext(region: $region, country: $country) {
	products(first: 100) { nodes { ...whole } }
	product(by: {handle: $handle}) { ...whole }
	collections(first: 3) { nodes { products(first: 3) { nodes { ...whole } } } }
}
fragment whole on Product {
	id title metadata type { id value } collection { id title } tags { id value } categories { id name } images { id url }
	options { name values { value available } } priceRange { min { amount } max { amount } } inStock
	variants { id title sku metadata selectedOptions { name value } images { id } inStock inventoryQuantity
		price { amount { amount } withTax { amount } withoutTax { amount } compareAt { amount } onSale taxIncluded quantityBreaks { minQuantity } } }
}`

// further are changes of what is shown of products, but never sorted or counted by.
var further = []string{
	`UPDATE product SET metadata = '{"a": 1}' WHERE id = $X`,
	`UPDATE product_variant SET sku = 'new-' || id, metadata = '{"b": 2}' WHERE product_id = $X`,
	`UPDATE product_variant SET variant_rank = -variant_rank - 1 WHERE product_id = $X`,
	`INSERT INTO image (id, url, rank, product_id) SELECT 'img_x' || n, 'https://example.com/x' || n, n, $X FROM generate_series(1, 3) n`,
	`INSERT INTO product_variant_product_image (id, variant_id, image_id) SELECT 'pvpi_x', min(id), 'img_x2' FROM product_variant WHERE product_id = $X`,
	`DELETE FROM product_variant_product_image WHERE id = 'pvpi_x'`,
	`UPDATE image SET deleted_at = now() WHERE id = 'img_x1'`,
	`UPDATE product_option_value SET rank = -coalesce(rank, 0) WHERE option_id IN (SELECT product_option_id FROM product_product_option WHERE product_id = $X)`,
	`UPDATE product_product_option_value SET deleted_at = now() WHERE product_product_option_id IN (SELECT id FROM product_product_option WHERE product_id = $X)`,
	`UPDATE product_type SET metadata = '{"c": 3}'`,
	`UPDATE price_preference SET is_tax_inclusive = NOT is_tax_inclusive`,
	`UPDATE tax_rate SET rate = rate + 1`,
	`UPDATE tax_rate SET is_default = false`,
	`UPDATE region SET automatic_taxes = NOT automatic_taxes`,
	`UPDATE region SET automatic_taxes = NOT automatic_taxes`,
	`UPDATE price SET rules_count = 0`,
}

// soon is a price list that starts in a second.
const soon = `INSERT INTO price_list (id, title, description, status, type, rules_count, starts_at) VALUES ('plist_soon', 'x', 'x', 'active', 'override', 0, now() + interval '1 second');
	 INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count, price_list_id)
	 SELECT 'price_soon' || id, price_set_id, currency_code, 1, '{"value": "1"}', 0, 'plist_soon' FROM price WHERE price_list_id IS NULL`

// TestEntitiesFollow changes whatever is kept of products, and asks at once, and again when it is kept: answers are always the database's.
func TestEntitiesFollow(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	indexed, plain, d := indexedShop(t, 25, count)
	key := dbtest.Handles(t)["pk_web"]
	taxed, err := d.Texts(t.Context(), `SELECT unnest(ARRAY[r.id, c.iso_2]) FROM region r JOIN region_country c ON c.region_id = r.id
		JOIN tax_region t ON t.country_code = c.iso_2 JOIN tax_rate x ON x.tax_region_id = t.id AND x.is_default WHERE r.automatic_taxes LIMIT 2`)
	if err != nil {
		t.Fatal(err)
	}
	shown := askList(t, plain, map[string]any{"facets": false, "first": 100}).ids()
	some := shown[len(shown)/2]
	handles, err := d.Texts(t.Context(), `SELECT handle FROM product WHERE id = $1`, some)
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]any{"region": taxed[0], "country": taxed[1], "handle": handles[0]}
	if _, want := askJSON(t, plain, wholeText, variables, key); !strings.Contains(want, `"withTax":{`) {
		t.Fatalf("nothing is taxed: %.1000s", want)
	}
	for _, sql := range slices.Concat([]string{"SELECT"}, further, changes, []string{soon}) {
		if strings.Contains(sql, "generation") || strings.HasPrefix(sql, "DELETE FROM product WHERE id = $X") { // until it is noticed that another backup was restored, nobody can know
			continue
		}
		if _, err := d.Exec(t.Context(), strings.ReplaceAll(sql, "$X", "'"+some+"'")); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		for end, kept := time.Now().Add(20*time.Second), false; !kept; {
			count.Reset()
			_, have := askJSON(t, indexed, wholeText, variables, key)
			kept = !slices.ContainsFunc(count.Statements(), func(sql string) bool { return strings.Contains(sql, "ORDER BY pv.variant_rank") })
			if _, want := askJSON(t, plain, wholeText, variables, key); have != want || strings.Contains(want, `"products":null`) {
				same(t, indexed, plain, variables, key, sql)
			}
			if time.Now().After(end) {
				t.Fatalf("%s: nothing is kept after it", sql)
			}
		}
	}
	// A price list that starts while its prices are kept changes them, although nothing is logged.
	for started := []string{}; len(started) == 0; {
		if started, err = d.Texts(t.Context(), `SELECT id FROM price_list WHERE id = 'plist_soon' AND starts_at < now()`); err != nil {
			t.Fatal(err)
		}
		same(t, indexed, plain, variables, key, "a price list starts")
	}
	same(t, indexed, plain, variables, key, "a price list has started")
}

// same fails unless the two answer alike within a moment in which time itself changes nothing.
func same(t *testing.T, indexed, plain *graph.Server, variables map[string]any, key, after string) {
	t.Helper()
	_, before := askJSON(t, plain, wholeText, variables, key)
	_, have := askJSON(t, indexed, wholeText, variables, key)
	if _, want := askJSON(t, plain, wholeText, variables, key); have != want && want == before {
		i := 0
		for i < min(len(have), len(want)) && have[i] == want[i] {
			i++
		}
		t.Fatalf("%s:\n%.300s, want\n%.300s", after, have[max(0, i-100):], want[max(0, i-100):])
	}
}
