package rest_test

import (
	"encoding/json"
	"testing"
)

// TestDepthOfTrees holds D9 of DEVIATIONS.md: a tree of categories ends twelve levels below the category, and as many above it.
func TestDepthOfTrees(t *testing.T) {
	t.Parallel()
	s, merchant := newMarket(t)
	merchant(`INSERT INTO product_category (id, name, handle, mpath, is_active, is_internal, rank, parent_category_id)
SELECT 'pcat_deep_' || n, 'Deep ' || n, 'deep-' || n, (SELECT string_agg('pcat_deep_' || a, '.' ORDER BY a) FROM generate_series(0, n) a),
	true, false, 0, CASE WHEN n > 0 THEN 'pcat_deep_' || n - 1 END
FROM generate_series(0, 15) n`)
	for _, tc := range []struct{ path, relation string }{
		{"pcat_deep_0?include_descendants_tree=true", "category_children"},
		{"pcat_deep_15?include_ancestors_tree=true&fields=-category_children", "parent_category"},
	} {
		_, text := s.ask("GET", "/store/product-categories/"+tc.path, "")
		var answer struct {
			Category map[string]any `json:"product_category"`
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatalf("GET %s = %s", tc.path, text)
		}
		levels := -1 // the category itself is none
		for at := answer.Category; at["id"] != nil; levels++ {
			next := at[tc.relation]
			if children, ok := next.([]any); ok && len(children) > 0 {
				next = children[0]
			}
			at, _ = next.(map[string]any)
		}
		if levels != 12 {
			t.Errorf("GET %s = %s: %d levels, want 12", tc.path, text, levels)
		}
	}
}

// TestNullOfVariants holds D71 of DEVIATIONS.md: a filter for variants without something finds no product that has no variants.
func TestNullOfVariants(t *testing.T) {
	t.Parallel()
	s, merchant := newMarket(t)
	before := s.count("/store/products?limit=0&variants[upc]=null")
	merchant(`UPDATE product_variant SET upc = NULL WHERE product_id = '{prod_stone_mug}'`)
	with := s.count("/store/products?limit=0&variants[upc]=null")
	merchant(`UPDATE product_variant SET deleted_at = now() WHERE product_id = '{prod_stone_mug}'`)
	if after := s.count("/store/products?limit=0&variants[upc]=null"); after != with-1 || with < before {
		t.Errorf("%d products have a variant without UPC, %d when one has lost all its variants, want one less", with, after)
	}
}
