package dbtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// fill adds products to a recorded shop: each with 6 variants, 3 options of 2 or 3 values, 4 images,
// 3 tags, a type, a collection, a price per variant in two currencies and stock in one location, all in one sales channel.
var fill = []string{
	`CREATE TEMP TABLE n AS SELECT i, lpad(i::text, 8, '0') AS k FROM generate_series(1, @n::int) i`,
	`INSERT INTO product_type (id, value) SELECT 'ptyp_fill' || i, 'Filled ' || i FROM generate_series(1, 20) i`,
	`INSERT INTO product_collection (id, title, handle) SELECT 'pcol_fill' || i, 'Filled ' || i, 'filled-' || i FROM generate_series(1, 50) i`,
	`INSERT INTO product_tag (id, value) SELECT 'ptag_fill' || i, 'filled ' || i FROM generate_series(1, 40) i`,
	`INSERT INTO product (id, title, handle, subtitle, description, status, thumbnail, weight, collection_id, type_id, created_at)
		SELECT 'prod_zz' || k, 'Product ' || i, 'product-' || i, 'A filled product', repeat('A product among many others. ', 6), 'published',
		'https://cdn.example/' || i || '.jpg', 100 + i % 900, 'pcol_fill' || 1 + i % 50, 'ptyp_fill' || 1 + i % 20, now() - i * interval '1 minute' FROM n`,
	`INSERT INTO product_sales_channel (id, product_id, sales_channel_id) SELECT 'prodsc_zz' || k, 'prod_zz' || k, @channel::text FROM n`,
	`INSERT INTO product_tags (product_id, product_tag_id) SELECT 'prod_zz' || k, 'ptag_fill' || 1 + (i + t * 7) % 40 FROM n, generate_series(0, 2) t`,
	`INSERT INTO image (id, url, rank, product_id) SELECT 'img_zz' || k || r, 'https://cdn.example/' || i || '-' || r || '.jpg', r, 'prod_zz' || k
		FROM n, generate_series(0, 3) r`,
	`INSERT INTO product_option (id, title, is_exclusive) SELECT 'opt_zz' || k || o, (ARRAY['Size', 'Color', 'Fabric'])[o], true FROM n, generate_series(1, 3) o`,
	`INSERT INTO product_option_value (id, value, option_id) SELECT 'optval_zz' || k || o || v, 'Value ' || v, 'opt_zz' || k || o
		FROM n, generate_series(1, 3) o, generate_series(1, CASE o WHEN 1 THEN 3 WHEN 2 THEN 2 ELSE 1 END) v`,
	`INSERT INTO product_product_option (id, product_id, product_option_id) SELECT 'prodopt_zz' || k || o, 'prod_zz' || k, 'opt_zz' || k || o
		FROM n, generate_series(1, 3) o`,
	`INSERT INTO product_product_option_value (id, product_product_option_id, product_option_value_id)
		SELECT 'prodoptval_zz' || k || o || v, 'prodopt_zz' || k || o, 'optval_zz' || k || o || v
		FROM n, generate_series(1, 3) o, generate_series(1, CASE o WHEN 1 THEN 3 WHEN 2 THEN 2 ELSE 1 END) v`,
	`INSERT INTO product_variant (id, title, sku, product_id, weight, manage_inventory) SELECT 'variant_zz' || k || v, 'Variant ' || v, 'SKU-' || k || '-' || v, 'prod_zz' || k,
		100 + v, true FROM n, generate_series(0, 5) v`,
	`INSERT INTO product_variant_option (variant_id, option_value_id)
		SELECT 'variant_zz' || k || v, 'optval_zz' || k || o || CASE o WHEN 1 THEN 1 + v % 3 WHEN 2 THEN 1 + v / 3 ELSE 1 END
		FROM n, generate_series(0, 5) v, generate_series(1, 3) o`,
	`INSERT INTO price_set (id) SELECT 'pset_zz' || k || v FROM n, generate_series(0, 5) v`,
	`INSERT INTO product_variant_price_set (id, variant_id, price_set_id) SELECT 'pvps_zz' || k || v, 'variant_zz' || k || v, 'pset_zz' || k || v
		FROM n, generate_series(0, 5) v`,
	`INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount) SELECT 'price_zz' || k || v || c, 'pset_zz' || k || v, c, 10 + i % 90 + v,
		jsonb_build_object('value', (10 + i % 90 + v)::text, 'precision', 20) FROM n, generate_series(0, 5) v, unnest(ARRAY['usd', 'eur']) c`,
	`INSERT INTO inventory_item (id, sku) SELECT 'iitem_zz' || k || v, 'SKU-' || k || '-' || v FROM n, generate_series(0, 5) v`,
	`INSERT INTO product_variant_inventory_item (id, variant_id, inventory_item_id) SELECT 'pvitem_zz' || k || v, 'variant_zz' || k || v, 'iitem_zz' || k || v
		FROM n, generate_series(0, 5) v`,
	`INSERT INTO inventory_level (id, inventory_item_id, location_id, stocked_quantity) SELECT 'ilev_zz' || k || v, 'iitem_zz' || k || v, @location::text, 5 + v
		FROM n, generate_series(0, 5) v`,
	`ANALYZE`,
}

// FillShop clones the recorded shop, adds n products to it and returns its address.
func FillShop(t testing.TB, n int) string {
	t.Helper()
	url := ShopURL(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	h := Handles(t)
	args := pgx.NamedArgs{"n": n, "channel": h["sc_web"], "location": h["loc_nl"]}
	for _, sql := range fill {
		if _, err := conn.Exec(ctx, sql, args); err != nil {
			t.Fatalf("%.60s: %v", sql, err)
		}
	}
	return url
}
