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
	b.WriteString("SELECT id, sum(hashtextextended(part || ' ' || version, 0))::text FROM (\nSELECT x.id, x.id AS part, x.xmin::text AS version FROM " +
		root + " x WHERE x.id = ANY($1) AND x.deleted_at IS NULL")
	for _, p := range parts {
		b.WriteString("\nUNION ALL SELECT " + p[0] + ", x.id, x.xmin::text FROM " + p[1] + " WHERE " + p[0] + " = ANY($1) AND x.deleted_at IS NULL")
	}
	b.WriteString("\n) rows GROUP BY id HAVING bool_or(part = id)")
	return b.String()
}

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
