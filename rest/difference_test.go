package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestDepthOfTrees holds D9 of DEVIATIONS.md: a tree of categories ends after twelve levels.
func TestDepthOfTrees(t *testing.T) {
	t.Parallel()
	s, merchant := newMarket(t)
	merchant(`INSERT INTO product_category (id, name, handle, mpath, is_active, is_internal, rank, parent_category_id)
SELECT 'pcat_deep_' || n || '_', 'Deep ' || n, 'deep-' || n, 'pcat_deep_' || n, true, false, 0, CASE WHEN n > 0 THEN 'pcat_deep_' || n - 1 || '_' END
FROM generate_series(0, 15) n`)
	status, text := s.ask("GET", "/store/product-categories/pcat_deep_0_?include_descendants_tree=true", "")
	if status != http.StatusOK || !strings.Contains(text, `"pcat_deep_11_"`) || strings.Contains(text, `"pcat_deep_14_"`) {
		t.Errorf("a tree of 15 levels = %d %s, want 12 levels", status, text)
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
