package db

import (
	"context"
	"strings"
)

// CartMarks returns a mark for each cart with one of these ids that is not deleted. It is another one after every write to the
// cart or to what belongs to it, whoever wrote, and costs one query however many carts there are.
func (d DB) CartMarks(ctx context.Context, ids []string) (map[string]string, error) {
	return d.marks(ctx, cartMarks, ids)
}

// OrderMarks returns a mark for each order with one of these ids that is not deleted, as CartMarks does for carts.
func (d DB) OrderMarks(ctx context.Context, ids []string) (map[string]string, error) {
	return d.marks(ctx, orderMarks, ids)
}

// ProductMarks returns a mark for each product with one of these ids that is not deleted, as CartMarks does for carts. To a product
// belong its variants, options, images, prices with their lists and rules, its stock, and the sales channels in which it is seen and its
// stock is counted.
func (d DB) ProductMarks(ctx context.Context, ids []string) (map[string]string, error) {
	return d.marks(ctx, productMarks, ids)
}

func (d DB) marks(ctx context.Context, sql string, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	err := d.run(ctx, func(b *batch) {
		clear(out)
		b.read(sql, []any{ids}, func(c *cursor) { out[c.text()] = c.text() })
	})
	return out, err
}

// markSQL adds up the versions of the rows that belong to each thing. A row's version is the transaction that wrote it: it
// differs after every write, also of one that leaves updated_at as it was, and one that is deleted, either way, counts no more.
// parts are the id of what a row belongs to and where rows x come from.
func markSQL(root string, parts ...[2]string) string {
	var b strings.Builder
	b.WriteString(sumOfVersions + "SELECT x.id, x.id AS part, x.xmin::text AS version FROM " + root + " x WHERE x.id = ANY($1) AND x.deleted_at IS NULL")
	for _, p := range parts {
		b.WriteString("\nUNION ALL SELECT " + p[0] + ", x.id, x.xmin::text FROM " + p[1] + " WHERE " + p[0] + " = ANY($1) AND x.deleted_at IS NULL")
	}
	return b.String() + ofRoots
}

// A sum of versions is that of rows of id, part and version, for each id whose own row is among them.
const (
	sumOfVersions = "SELECT id, sum(hashtextextended(part || ' ' || version, 0))::text FROM (\n"
	ofRoots       = "\n) rows GROUP BY id HAVING bool_or(part = id)"
)

const (
	linesOfCart    = "cart_line_item i JOIN "
	shippedOfCart  = "cart_shipping_method m JOIN "
	payingOfCart   = "cart_payment_collection l JOIN "
	linesOfOrder   = "order_item i JOIN "
	shippedOfOrder = "order_shipping m JOIN "
	payingOfOrder  = "order_payment_collection l JOIN "
	paidOfOrder    = payingOfOrder + "payment p ON p.payment_collection_id = l.payment_collection_id AND l.deleted_at IS NULL AND p.deleted_at IS NULL JOIN "
	parcelsOfOrder = "order_fulfillment l JOIN "
	returnsOfOrder = `"return" r JOIN `
	parcelsBack    = returnsOfOrder + "return_fulfillment l ON l.return_id = r.id AND r.deleted_at IS NULL AND l.deleted_at IS NULL JOIN "

	onLine       = " x ON x.item_id = i.id AND i.deleted_at IS NULL"
	onShipped    = " x ON x.shipping_method_id = m.id AND m.deleted_at IS NULL"
	onCollection = " x ON x.payment_collection_id = l.payment_collection_id AND l.deleted_at IS NULL"
)

var cartMarks = markSQL("cart",
	[2]string{"x.cart_id", "cart_line_item x"},
	[2]string{"i.cart_id", linesOfCart + "cart_line_item_tax_line" + onLine},
	[2]string{"i.cart_id", linesOfCart + "cart_line_item_adjustment" + onLine},
	[2]string{"x.cart_id", "cart_shipping_method x"},
	[2]string{"m.cart_id", shippedOfCart + "cart_shipping_method_tax_line" + onShipped},
	[2]string{"m.cart_id", shippedOfCart + "cart_shipping_method_adjustment" + onShipped},
	[2]string{"x.cart_id", "cart_promotion x"},
	[2]string{"x.cart_id", "credit_line x"},
	[2]string{"c.id", "cart c JOIN cart_address x ON x.id IN (c.shipping_address_id, c.billing_address_id) AND c.deleted_at IS NULL"},
	[2]string{"x.cart_id", "cart_payment_collection x"},
	[2]string{"l.cart_id", payingOfCart + "payment_collection x ON x.id = l.payment_collection_id AND l.deleted_at IS NULL"},
	[2]string{"l.cart_id", payingOfCart + "payment_session" + onCollection},
	[2]string{"l.cart_id", payingOfCart + "payment" + onCollection},
)

var orderMarks = markSQL(`"order"`,
	[2]string{"x.order_id", "order_item x"},
	[2]string{"i.order_id", linesOfOrder + "order_line_item x ON x.id = i.item_id AND i.deleted_at IS NULL"},
	[2]string{"i.order_id", linesOfOrder + "order_line_item_tax_line x ON x.item_id = i.item_id AND i.deleted_at IS NULL"},
	[2]string{"i.order_id", linesOfOrder + "order_line_item_adjustment x ON x.item_id = i.item_id AND i.deleted_at IS NULL"},
	[2]string{"x.order_id", "order_shipping x"},
	[2]string{"m.order_id", shippedOfOrder + "order_shipping_method x ON x.id = m.shipping_method_id AND m.deleted_at IS NULL"},
	[2]string{"m.order_id", shippedOfOrder + "order_shipping_method_tax_line x ON x.shipping_method_id = m.shipping_method_id AND m.deleted_at IS NULL"},
	[2]string{"m.order_id", shippedOfOrder + "order_shipping_method_adjustment x ON x.shipping_method_id = m.shipping_method_id AND m.deleted_at IS NULL"},
	[2]string{"x.order_id", "order_summary x"},
	[2]string{"x.order_id", "order_change x"},
	[2]string{"x.order_id", "order_transaction x"},
	[2]string{"x.order_id", "order_credit_line x"},
	[2]string{"o.id", `"order" o JOIN order_address x ON x.id IN (o.shipping_address_id, o.billing_address_id) AND o.deleted_at IS NULL`},
	[2]string{"x.order_id", "order_payment_collection x"},
	[2]string{"l.order_id", payingOfOrder + "payment_collection x ON x.id = l.payment_collection_id AND l.deleted_at IS NULL"},
	[2]string{"l.order_id", payingOfOrder + "payment_session" + onCollection},
	[2]string{"l.order_id", payingOfOrder + "payment" + onCollection},
	[2]string{"l.order_id", paidOfOrder + "capture x ON x.payment_id = p.id"},
	[2]string{"l.order_id", paidOfOrder + "refund x ON x.payment_id = p.id"},
	[2]string{"x.order_id", "order_fulfillment x"},
	[2]string{"l.order_id", parcelsOfOrder + "fulfillment x ON x.id = l.fulfillment_id AND l.deleted_at IS NULL"},
	[2]string{"l.order_id", parcelsOfOrder + "fulfillment_label x ON x.fulfillment_id = l.fulfillment_id AND l.deleted_at IS NULL"},
	[2]string{"x.order_id", `"return" x`},
	[2]string{"r.order_id", returnsOfOrder + "return_item x ON x.return_id = r.id AND r.deleted_at IS NULL"},
	[2]string{"r.order_id", parcelsBack + "fulfillment x ON x.id = l.fulfillment_id"},
)

// A product has many more rows than a cart, most of them prices: they are found once. Whether a list is active changes without a write.
const productMarks = `WITH variants AS MATERIALIZED (
 SELECT v.id, v.product_id, v.xmin FROM product_variant v WHERE v.product_id = ANY($1) AND v.deleted_at IS NULL
), prices AS MATERIALIZED (
 SELECT v.product_id, l.xmin AS linked, p.id, p.xmin, p.price_list_id, p.rules_count FROM variants v
 JOIN product_variant_price_set l ON l.variant_id = v.id AND l.deleted_at IS NULL
 JOIN price p ON p.price_set_id = l.price_set_id AND p.deleted_at IS NULL
), lists AS MATERIALIZED (
 SELECT DISTINCT product_id, price_list_id FROM prices WHERE price_list_id IS NOT NULL
), items AS MATERIALIZED (
 SELECT v.product_id, l.id, l.xmin, l.inventory_item_id FROM variants v
 JOIN product_variant_inventory_item l ON l.variant_id = v.id AND l.deleted_at IS NULL
), levels AS MATERIALIZED (
 SELECT i.product_id, x.id, x.xmin, x.location_id FROM items i JOIN inventory_level x ON x.inventory_item_id = i.inventory_item_id AND x.deleted_at IS NULL
), offers AS MATERIALIZED (
 SELECT l.product_id, l.id, l.xmin, l.product_option_id FROM product_product_option l WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL
)
` + sumOfVersions + `SELECT x.id, x.id AS part, x.xmin::text AS version FROM product x WHERE x.id = ANY($1) AND x.deleted_at IS NULL
UNION ALL SELECT x.product_id, x.id, x.xmin::text FROM product_sales_channel x WHERE x.product_id = ANY($1) AND x.deleted_at IS NULL
UNION ALL SELECT x.product_id, x.id, x.xmin::text FROM image x WHERE x.product_id = ANY($1) AND x.deleted_at IS NULL
UNION ALL SELECT product_id, id, xmin::text FROM variants
UNION ALL SELECT v.product_id, v.id || ' ' || x.option_value_id, x.xmin::text FROM variants v JOIN product_variant_option x ON x.variant_id = v.id
UNION ALL SELECT v.product_id, x.id, x.xmin::text FROM variants v JOIN product_variant_product_image x ON x.variant_id = v.id AND x.deleted_at IS NULL
UNION ALL SELECT product_id, id, xmin::text FROM offers
UNION ALL SELECT o.product_id, x.id, x.xmin::text FROM offers o JOIN product_option x ON x.id = o.product_option_id AND x.deleted_at IS NULL
UNION ALL SELECT o.product_id, x.id, x.xmin::text FROM offers o JOIN product_option_value x ON x.option_id = o.product_option_id AND x.deleted_at IS NULL
UNION ALL SELECT o.product_id, x.id, x.xmin::text FROM offers o JOIN product_product_option_value x ON x.product_product_option_id = o.id AND x.deleted_at IS NULL
UNION ALL SELECT product_id, id, xmin::text || ' ' || linked::text FROM prices
UNION ALL SELECT p.product_id, x.id, x.xmin::text FROM prices p JOIN price_rule x ON x.price_id = p.id AND x.deleted_at IS NULL WHERE p.rules_count > 0
UNION ALL SELECT l.product_id, pl.id, pl.xmin::text || ' ' || (` + listActive + `)::text FROM lists l JOIN price_list pl ON pl.id = l.price_list_id
UNION ALL SELECT l.product_id, x.id, x.xmin::text FROM lists l JOIN price_list_rule x ON x.price_list_id = l.price_list_id AND x.deleted_at IS NULL
UNION ALL SELECT product_id, id, xmin::text FROM items
UNION ALL SELECT i.product_id, x.id, x.xmin::text FROM items i JOIN inventory_item x ON x.id = i.inventory_item_id AND x.deleted_at IS NULL
UNION ALL SELECT product_id, id, xmin::text FROM levels
UNION ALL SELECT l.product_id, x.id, x.xmin::text FROM (SELECT DISTINCT product_id, location_id FROM levels) l JOIN sales_channel_stock_location x ON x.stock_location_id = l.location_id AND x.deleted_at IS NULL` +
	ofRoots
