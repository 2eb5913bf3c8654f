package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/storegraph/storegraph/model"
)

// OrderQuery says which orders OrderIDs returns.
type OrderQuery struct {
	Status        string // empty: all
	Email         string // with which they were placed, in any case; empty: all
	Limit, Offset int
}

// OrderIDs returns the ids of the youngest orders, the youngest first. Drafts are none.
func (d DB) OrderIDs(ctx context.Context, q OrderQuery) ([]string, error) {
	return d.Texts(ctx, `SELECT id FROM "order" WHERE deleted_at IS NULL AND NOT is_draft_order AND ($1 = '' OR status::text = $1) AND ($2 = '' OR lower(email) = lower($2))
ORDER BY display_id DESC LIMIT $3 OFFSET $4`, q.Status, q.Email, q.Limit, q.Offset)
}

// OrderNamed returns the id of the order with an id or a number, or NotFound.
func (d DB) OrderNamed(ctx context.Context, name string) (string, error) {
	ids, err := d.Texts(ctx, `SELECT id FROM "order" WHERE (id = $1 OR display_id::text = $1) AND deleted_at IS NULL AND NOT is_draft_order`, name)
	if err == nil && len(ids) == 0 {
		err = model.NotFound.Because(model.UserErrorCodeNotFound).Errorf("there is no order %s", name)
	}
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// A Reserved is stock that is reserved for a line of an order.
type Reserved struct {
	ID, LineID, ItemID, LocationID string
	Quantity                       model.Amount
	Required                       model.Amount // of the item, for one unit
	Title, Sku                     *string      // of the item
}

// An OrderStock is what is to be known of lines of an order to put them into a parcel.
type OrderStock struct {
	Reserved []*Reserved
	Managed  map[string]bool      // by ids of lines: their stock is managed
	Profiles map[string]string    // by ids of lines: the shipping profiles of their products
	Profile  string               // that of the shipping option
	Levels   map[[2]string]string // ids of stock levels, by inventory items and locations
}

// LockOrderStock keeps others from changing what is reserved for lines, and the stock of it, until the transaction ends.
func (d DB) LockOrderStock(ctx context.Context, lines []string, option string) (*OrderStock, error) {
	items, err := d.Texts(ctx, `SELECT DISTINCT inventory_item_id FROM reservation_item WHERE line_item_id = ANY($1) AND deleted_at IS NULL ORDER BY 1`, lines)
	if err != nil {
		return nil, err
	}
	out := &OrderStock{Managed: map[string]bool{}, Profiles: map[string]string{}, Levels: map[[2]string]string{}}
	err = d.run(ctx, func(b *batch) {
		d.lockMedusaStock(b, items)
		b.read(`SELECT id, inventory_item_id, location_id FROM inventory_level WHERE inventory_item_id = ANY($1) AND deleted_at IS NULL ORDER BY id FOR UPDATE`, []any{items},
			func(c *cursor) {
				id := c.text()
				out.Levels[[2]string{c.text(), c.text()}] = id
			})
		b.read(`SELECT r.id, r.line_item_id, r.inventory_item_id, r.location_id, coalesce(r.raw_quantity->>'value', r.quantity::text), coalesce(k.required_quantity, 1)::text, i.title, i.sku
FROM reservation_item r LEFT JOIN inventory_item i ON i.id = r.inventory_item_id LEFT JOIN order_line_item n ON n.id = r.line_item_id
LEFT JOIN product_variant_inventory_item k ON k.variant_id = n.variant_id AND k.inventory_item_id = r.inventory_item_id AND k.deleted_at IS NULL
WHERE r.line_item_id = ANY($1) AND r.deleted_at IS NULL ORDER BY r.id FOR UPDATE OF r`, []any{lines}, func(c *cursor) {
			out.Reserved = append(out.Reserved, &Reserved{
				ID: c.text(), LineID: c.text(), ItemID: c.text(), LocationID: c.text(), Quantity: c.amount(), Required: c.amount(), Title: c.maybeText(), Sku: c.maybeText(),
			})
		})
		b.read(`SELECT n.id, coalesce(v.manage_inventory, false), coalesce(s.shipping_profile_id, '') FROM order_line_item n
LEFT JOIN product_variant v ON v.id = n.variant_id AND v.deleted_at IS NULL
LEFT JOIN product_shipping_profile s ON s.product_id = v.product_id AND s.deleted_at IS NULL WHERE n.id = ANY($1)`, []any{lines}, func(c *cursor) {
			id := c.text()
			out.Managed[id] = c.bool()
			out.Profiles[id] = c.text()
		})
		b.read(`SELECT shipping_profile_id FROM shipping_option WHERE id = $1`, []any{option}, func(c *cursor) { out.Profile = value(c.maybeText()) })
	})
	return out, err
}

// A PackedItem is a line in a parcel, or an item that it is made of.
type PackedItem struct {
	model.FulfillmentItem
	InventoryItemID *string
}

// A packedItemRow is a row of fulfillment_item of an order's parcel.
type packedItemRow struct {
	PackedItem
	FulfillmentID        string
	CreatedAt, UpdatedAt model.Time
}

var packedItemTable = tableOf[packedItemRow]("fulfillment_item", "i")

// OrderParcel adds the writes of a parcel of an order, which goes to the order's shipping address, and gives it its id.
func (w *Writes) OrderParcel(orderID string, f *model.Fulfillment, items []PackedItem) {
	address := w.id("fuladdr")
	w.exec(`INSERT INTO fulfillment_address (id, company, first_name, last_name, address_1, address_2, city, country_code, province, postal_code, phone, metadata, created_at, updated_at)
SELECT ?, a.company, a.first_name, a.last_name, a.address_1, a.address_2, a.city, a.country_code, a.province, a.postal_code, a.phone, a.metadata, a.created_at, a.updated_at
FROM "order" o LEFT JOIN order_address a ON a.id = o.shipping_address_id WHERE o.id = ? AND a.id IS NOT NULL
UNION ALL SELECT ?, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ?, ? FROM "order" o WHERE o.id = ? AND o.shipping_address_id IS NULL`,
		address, orderID, address, w.now, w.now, orderID)
	f.ID, f.DeliveryAddressID, f.CreatedAt, f.UpdatedAt = w.id("ful"), &address, w.at(), w.at()
	insertInto(w, parcelTable, f)
	var rows []*packedItemRow
	for _, i := range items {
		i.ID = w.id("fulit")
		rows = append(rows, &packedItemRow{PackedItem: i, FulfillmentID: f.ID, CreatedAt: w.at(), UpdatedAt: w.at()})
	}
	insertInto(w, packedItemTable, rows...)
	w.exec(`INSERT INTO order_fulfillment (id, order_id, fulfillment_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`, w.id("ordful"), orderID, f.ID, w.now, w.now)
}

// addTo is the update of an amount of a level, and of its exact twin, by a number.
func addTo(column string) string {
	return column + ` = ` + column + ` + ?::numeric, raw_` + column + ` = jsonb_build_object('value', trim_scale(coalesce((raw_` + column + `->>'value')::numeric, ` + column + `) + ?::numeric)::text, 'precision', 20)`
}

// TakeReserved adds the writes that take some of what is reserved out of a location's stock; it must be locked.
func (w *Writes) TakeReserved(r *Reserved, quantity model.Amount, location string) {
	w.level(r.ItemID, location, model.Nothing.Minus(quantity), model.Nothing)
	left := r.Quantity.Minus(quantity)
	if !left.IsPositive() {
		w.FreeReserved(r)
		return
	}
	w.level(r.ItemID, r.LocationID, model.Nothing, model.Nothing.Minus(r.Quantity))
	w.level(r.ItemID, location, model.Nothing, left)
	w.exec(`UPDATE reservation_item SET quantity = ?, raw_quantity = ?::jsonb, location_id = ?, updated_at = ? WHERE id = ?`, left.Column(), string(left.Raw()), location, w.now, r.ID)
}

// FreeReserved adds the writes by which nothing is reserved any more.
func (w *Writes) FreeReserved(r *Reserved) {
	w.level(r.ItemID, r.LocationID, model.Nothing, model.Nothing.Minus(r.Quantity))
	w.exec(`UPDATE reservation_item SET deleted_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, r.ID)
}

func (w *Writes) level(item, location string, stocked, reserved model.Amount) {
	w.exec(`UPDATE inventory_level SET `+addTo("stocked_quantity")+`, `+addTo("reserved_quantity")+`, updated_at = ? WHERE inventory_item_id = ? AND location_id = ? AND deleted_at IS NULL`,
		stocked.String(), stocked.String(), reserved.String(), reserved.String(), w.now, item, location)
}

// An OrderPaid is a payment of an order, with what was captured and refunded of it.
type OrderPaid struct {
	ID, SessionID, CollectionID, ProviderID, CurrencyCode string
	Amount, Captured, Refunded                            model.Amount
	Captures                                              int
	Digits                                                int // of the currency
	Canceled                                              bool
	Data                                                  model.JSON // what the provider returned last
	// RefundID is that of a refund that was noted by IntendRefund and is not written yet, of the amount Intended; empty: there is none.
	RefundID string
	Intended model.Amount
}

// LockOrderPayments returns the payments of an order, and keeps others from changing their collections until the transaction ends.
func (d DB) LockOrderPayments(ctx context.Context, orderID string) ([]*OrderPaid, error) {
	var out []*OrderPaid
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT FROM payment_collection WHERE id IN (SELECT payment_collection_id FROM order_payment_collection WHERE order_id = $1 AND deleted_at IS NULL) ORDER BY id FOR UPDATE`,
			[]any{orderID}, func(*cursor) {})
		b.read(`SELECT p.id, p.payment_session_id, p.payment_collection_id, p.provider_id, p.currency_code, coalesce(p.raw_amount->>'value', p.amount::text),
(SELECT coalesce(sum(coalesce((c.raw_amount->>'value')::numeric, c.amount)), 0)::text FROM capture c WHERE c.payment_id = p.id AND c.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((r.raw_amount->>'value')::numeric, r.amount)), 0)::text FROM refund r WHERE r.payment_id = p.id AND r.deleted_at IS NULL),
(SELECT count(*) FROM capture c WHERE c.payment_id = p.id AND c.deleted_at IS NULL),
coalesce((SELECT decimal_digits FROM currency WHERE code = p.currency_code AND deleted_at IS NULL), 2), p.canceled_at IS NOT NULL,
coalesce(p.data, '{}'), coalesce(m.id, ''), coalesce(m.amount, 0)::text
FROM order_payment_collection l JOIN payment p ON p.payment_collection_id = l.payment_collection_id AND p.deleted_at IS NULL
LEFT JOIN storegraph.merchant_refund m ON m.payment_id = p.id WHERE l.order_id = $1 AND l.deleted_at IS NULL ORDER BY p.id`, []any{orderID}, func(c *cursor) {
			out = append(out, &OrderPaid{
				ID: c.text(), SessionID: c.text(), CollectionID: c.text(), ProviderID: c.text(), CurrencyCode: c.text(), Amount: c.amount(), Captured: c.amount(),
				Refunded: c.amount(), Captures: c.int(), Digits: c.int(), Canceled: c.bool(), Data: c.json(), RefundID: c.text(), Intended: c.amount(),
			})
		})
	})
	return out, err
}

// IntendRefund adds the write that notes that a payment's provider is about to be asked to give an amount back. A payment has one such note at a
// time.
func (w *Writes) IntendRefund(orderID string, p *OrderPaid, amount model.Amount) {
	w.exec(`INSERT INTO storegraph.merchant_refund (id, order_id, payment_id, amount, created_at) VALUES (?, ?, ?, ?::numeric, ?)`,
		w.id("ref"), orderID, p.ID, amount.String(), w.now)
}

// A BegunRefund is one that IntendRefund has noted and that is not written yet: it runs, or was interrupted.
type BegunRefund struct {
	OrderID, PaymentID string
	Amount             model.Amount
	At                 model.Time
}

// BegunRefunds returns those of orders, the oldest first.
func (d DB) BegunRefunds(ctx context.Context, orders []string) ([]BegunRefund, error) {
	var out []BegunRefund
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT order_id, payment_id, amount::text, created_at FROM storegraph.merchant_refund WHERE order_id = ANY($1) ORDER BY created_at, id`, []any{orders}, func(c *cursor) {
			out = append(out, BegunRefund{OrderID: c.text(), PaymentID: c.text(), Amount: c.amount(), At: c.stamp()})
		})
	})
	return out, err
}

// ForgetRefund deletes what IntendRefund has noted, since the provider has refused it.
func (d DB) ForgetRefund(ctx context.Context, id string) error {
	return d.write(ctx, `DELETE FROM storegraph.merchant_refund WHERE id = ?`, id)
}

// PaymentData adds the write of what a payment's provider has returned.
func (w *Writes) PaymentData(id string, data model.JSON) {
	w.exec(`UPDATE payment SET data = ?, updated_at = ? WHERE id = ?`, string(data), w.now, id)
}

// Refund adds the writes of a refund of a payment, which ends one that IntendRefund has noted: its row, and that its collection and the summary of its order's present version follow. It
// returns the transaction of the order, which refers to the refund, or, as the reference has it of an order that is cancelled, to the payment.
func (d DB) Refund(ctx context.Context, w *Writes, p *OrderPaid, o *model.Order, amount model.Amount, canceling bool) (*model.OrderTransaction, error) {
	id := p.RefundID
	if id == "" {
		id = w.id("ref")
	}
	w.exec(`DELETE FROM storegraph.merchant_refund WHERE id = ?`, id)
	refersTo := id
	if canceling {
		refersTo = p.ID
	}
	w.exec(`INSERT INTO refund (id, amount, raw_amount, payment_id, created_at, updated_at) VALUES (?, ?, ?::jsonb, ?, ?, ?)`,
		id, amount.Column(), string(amount.Raw()), p.ID, w.now, w.now)
	// The reference completes a collection that is paid anew.
	w.exec(`UPDATE payment_collection SET `+addTo("refunded_amount")+`, completed_at = CASE WHEN status = 'completed' THEN ? ELSE completed_at END, updated_at = ? WHERE id = ?`,
		amount.String(), amount.String(), w.now, w.now, p.CollectionID)
	reference := "refund"
	t := &model.OrderTransaction{
		ID: w.id("ordtrx"), OrderID: o.ID, Version: o.Version, Amount: model.Nothing.Minus(amount), CurrencyCode: p.CurrencyCode, Reference: &reference, ReferenceID: &refersTo,
		CreatedAt: w.at(), UpdatedAt: w.at(),
	}
	insertInto(w, orderTransactionTable, t)
	return t, d.summarize(ctx, w, o, map[string]model.Amount{"refunded_total": amount, "transaction_total": model.Nothing.Minus(amount), "pending_difference": amount})
}

// summarize adds the write that adds amounts to the summary of an order's present version.
func (d DB) summarize(ctx context.Context, w *Writes, o *model.Order, more map[string]model.Amount) error {
	totals := map[string]json.RawMessage{}
	id := ""
	err := d.run(ctx, func(b *batch) {
		b.read(`SELECT id, totals FROM order_summary WHERE order_id = $1 AND version = $2 AND deleted_at IS NULL FOR UPDATE`, []any{o.ID, o.Version}, func(c *cursor) {
			id = c.text()
			c.fail(json.Unmarshal(c.json(), &totals))
		})
	})
	if err != nil || id == "" {
		return err
	}
	for name, amount := range more {
		sum, err := amountOf(totals, name)
		if err != nil {
			return err
		}
		sum = sum.Plus(amount)
		totals[name], totals["raw_"+name] = json.RawMessage(sum.Column()), json.RawMessage(sum.Raw())
	}
	text, err := json.Marshal(totals)
	w.exec(`UPDATE order_summary SET totals = ?::jsonb, updated_at = ? WHERE id = ?`, string(text), w.now, id)
	return err
}

// CancelOrder adds the writes that mark an order as cancelled, with its payment collections and the payments of which nothing was captured.
func (w *Writes) CancelOrder(o *model.Order, payments []*OrderPaid, now time.Time) {
	for _, p := range payments {
		if p.Captures == 0 && !p.Canceled {
			w.exec(`UPDATE payment SET canceled_at = ?, updated_at = ? WHERE id = ?`, now, now, p.ID)
		}
	}
	w.exec(`UPDATE payment_collection SET status = 'canceled', updated_at = ? WHERE id IN (SELECT payment_collection_id FROM order_payment_collection WHERE order_id = ? AND deleted_at IS NULL)`,
		now, o.ID)
	w.exec(`UPDATE "order" SET status = 'canceled', canceled_at = ?, updated_at = ? WHERE id = ?`, now, now, o.ID)
}
