package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// sorted are the ids of the rows of a list, read in pages of size rows, and their count.
func sorted(t *testing.T, s *shopper, path, key string, size int) (ids []string, count int) {
	t.Helper()
	for count = 1; len(ids) < count; {
		status, text := s.ask("GET", fmt.Sprintf("%s&fields=id&limit=%d&offset=%d", path, size, len(ids)), "")
		var page map[string]json.RawMessage
		var rows []struct{ ID string }
		if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
			t.Fatalf("GET %s = %d %s", path, status, text)
		}
		if json.Unmarshal(page[key], &rows) != nil || json.Unmarshal(page["count"], &count) != nil || len(rows) == 0 {
			t.Fatalf("GET %s = %s", path, text)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
	}
	return ids, count
}

// Lists are sorted by what relations of many lead to, up by the first value and down by the last, and pages show each row once.
// It holds D83 of DEVIATIONS.md.
func TestSortedByPath(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	const shown = `p.deleted_at IS NULL AND p.status = 'published' AND EXISTS (SELECT 1 FROM product_sales_channel c
WHERE c.product_id = p.id AND c.deleted_at IS NULL AND c.sales_channel_id = '{sc_web}')`
	for _, tc := range []struct{ list, key, path, rows, values string }{
		{"products", "products", "variants.title", `product r WHERE ` + strings.ReplaceAll(shown, "p.", "r."), `v.title FROM product_variant v WHERE v.product_id = r.id AND v.deleted_at IS NULL`},
		{
			"products", "products", "variants.manage_inventory", `product r WHERE ` + strings.ReplaceAll(shown, "p.", "r."),
			`v.manage_inventory FROM product_variant v WHERE v.product_id = r.id AND v.deleted_at IS NULL`,
		},
		{
			"products", "products", "tags.value", `product r WHERE ` + strings.ReplaceAll(shown, "p.", "r."),
			`v.value FROM product_tags l JOIN product_tag v ON v.id = l.product_tag_id WHERE l.product_id = r.id AND v.deleted_at IS NULL`,
		},
		{"products", "products", "metadata", `product r WHERE ` + strings.ReplaceAll(shown, "p.", "r."), `r.metadata FROM (VALUES (1)) x`},
		{"collections", "collections", "products.title", `product_collection r WHERE deleted_at IS NULL`, `p.title FROM product p WHERE p.collection_id = r.id AND ` + shown},
		{
			"product-tags", "product_tags", "products.variants.sku", `product_tag r WHERE deleted_at IS NULL`,
			`v.sku FROM product_tags l JOIN product p ON p.id = l.product_id LEFT JOIN product_variant v ON v.product_id = p.id AND v.deleted_at IS NULL
WHERE l.product_tag_id = r.id AND ` + shown,
		},
		{"regions", "regions", "countries.name", `region r WHERE deleted_at IS NULL`, `c.name FROM region_country c WHERE c.region_id = r.id`},
		{"product-options", "product_options", "values.value", `product_option r WHERE deleted_at IS NULL`, `v.value FROM product_option_value v WHERE v.option_id = r.id AND v.deleted_at IS NULL`},
		{
			"product-categories", "product_categories", "category_children.name", `product_category r WHERE deleted_at IS NULL AND is_active AND NOT is_internal`,
			`c.name FROM product_category c WHERE c.parent_category_id = r.id AND c.deleted_at IS NULL AND c.is_active AND NOT c.is_internal`,
		},
		{"return-reasons", "return_reasons", "return_reason_children", `return_reason r WHERE deleted_at IS NULL`, `c.id FROM return_reason c WHERE c.parent_return_reason_id = r.id AND c.deleted_at IS NULL`},
		{"orders", "orders", "customer.email", `"order" r WHERE deleted_at IS NULL AND customer_id = '{cus_anna}'`, `1 FROM (VALUES (1)) x`},
	} {
		for sign, direction := range map[string]string{"": "ASC", "-": "DESC"} {
			sql := fmt.Sprintf(`SELECT id FROM (SELECT r.id, (SELECT %s ORDER BY 1 %s LIMIT 1) AS v FROM %s) x ORDER BY v %[2]s, id`,
				tc.values, direction, tc.rows)
			for name, v := range s.handles {
				sql = strings.ReplaceAll(sql, "{"+name+"}", v)
			}
			rows, err := conn.Query(t.Context(), sql)
			if err != nil {
				t.Fatal(tc.path, err)
			}
			want, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(tc.path, err)
			}
			got, count := sorted(t, s, "/store/"+tc.list+"?order="+sign+tc.path, tc.key, 3)
			if !slices.Equal(got, want) || count != len(want) {
				t.Errorf("%s sorted by %s%s are %v, %d in all, want %v", tc.list, sign, tc.path, got, count, want)
			}
		}
	}
}

// TestPathsOfOrder holds which paths lists can be sorted by: those of the reference, but for what makes it fail.
func TestPathsOfOrder(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	for path, want := range map[string]int{
		"products?order=variants": 200, "products?order=-variants.options.option": 200, "products?order=deleted_at": 200, "products?order=collection.metadata": 200,
		"products?order=variants.inventory_items.inventory.location_levels": 200, "products?order=variants.inventory_items": 400, "products?order=variants.prices": 400,
		"products?order=variants.inventory_quantity": 400, "products?order=variants.metadata": 400, "products?order=variants.product.title": 400, "products?order=.": 400,
		"product-types?order=metadata": 400, "product-types?order=products.options.values.value": 200, "product-tags?order=-products.tags.value": 200,
		"regions?order=countries": 200, "regions?order=countries.id": 400, "regions?order=payment_providers.id": 200, "regions?order=payment_providers": 400,
		"product-categories?order=parent_category.parent_category.parent_category.name": 200, "product-categories?order=category_children.products.title": 200,
		"orders?order=items": 200, "orders?order=-summary": 200, "orders?order=promotions.code": 200, "orders?order=promotions": 400, "orders?order=shipping_address": 200,
		"orders?order=cart.id": 200, "orders?order=payment_collections.payments": 200, "orders?order=promotions.application_method.value": 200, "orders?order=fulfillments": 400,
		"currencies?order=deleted_at": 200, "return-reasons?order=-parent_return_reason": 200, "product-variants?order=images.rank": 200, "product-variants?order=product.type_id": 200,
	} {
		status, text := s.ask("GET", "/store/"+path, "")
		if status != want || want == 400 && !strings.Contains(text, "Order field") {
			t.Errorf("GET %s = %d %.300s, want %d", path, status, text, want)
		}
	}
}
