package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// Walking a list page by page shows each row once, whatever it is sorted by.
// It holds D52 of DEVIATIONS.md.
func TestTiesEndByID(t *testing.T) {
	t.Parallel()
	s, d := shopWith(t)
	for _, table := range []string{"product_collection", "product_tag", "product_type", "product_category", "product", "customer_address"} {
		if _, err := d.Exec(t.Context(), `UPDATE `+table+` SET created_at = '2026-01-01', updated_at = '2026-01-01'`); err != nil {
			t.Fatal(err)
		}
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	for _, list := range []struct{ path, key string }{
		{"/store/products?order=weight&", "products"},
		{"/store/products?order=-material&", "products"},
		{"/store/products?", "products"},
		{"/store/products?order=collection.title&", "products"},
		{"/store/product-variants?order=created_at&", "variants"},
		{"/store/collections?", "collections"},
		{"/store/collections?order=-updated_at&", "collections"},
		{"/store/product-tags?", "product_tags"},
		{"/store/product-types?order=created_at&", "product_types"},
		{"/store/product-categories?order=created_at&", "product_categories"},
		{"/store/customers/me/addresses?order=created_at&", "addresses"},
		{"/store/orders?order=status&", "orders"},
	} {
		seen := map[string]int{}
		for offset, count := 0, 1; offset < count; offset += 3 {
			status, text := s.ask("GET", fmt.Sprintf("%sfields=id&limit=3&offset=%d", list.path, offset), "")
			var page map[string]json.RawMessage
			var rows []struct{ ID string }
			if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
				t.Fatalf("GET %s = %d %s", list.path, status, text)
			}
			if err := json.Unmarshal(page[list.key], &rows); err != nil {
				t.Fatalf("GET %s: %s", list.path, text)
			}
			if err := json.Unmarshal(page["count"], &count); err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				seen[r.ID]++
			}
			if offset+3 >= count && len(seen) != count {
				t.Errorf("GET %s shows %d of %d rows", list.path, len(seen), count)
			}
		}
	}
}
