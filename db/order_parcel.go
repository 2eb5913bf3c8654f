package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
)

// An OrderParcel is a parcel of an order, with what is in it.
type OrderParcel struct {
	*model.Fulfillment

	Items []*ParcelItem
}

// A ParcelItem is a line in a parcel, or an item that it is made of, in so many units of its own.
type ParcelItem struct {
	LineItemID, InventoryItemID *string
	Quantity                    model.Amount
	Required                    *model.Amount // of the item, for one unit of the line; nil if the variant is not made of it any more
	Backorder                   bool          // the variant may be sold beyond its stock
}

// Units returns how many units of the line there are.
func (i *ParcelItem) Units() model.Amount {
	if i.Required == nil || !i.Required.IsPositive() {
		return i.Quantity
	}
	return model.Amount{Decimal: i.Quantity.Div(i.Required.Decimal)}
}

// LockOrderParcels returns the parcels of an order, the oldest first, and keeps others from changing them until the transaction ends.
func (d DB) LockOrderParcels(ctx context.Context, orderID string) ([]*OrderParcel, error) {
	var out []*OrderParcel
	err := d.run(ctx, func(b *batch) {
		byID := map[string]*OrderParcel{}
		out = nil
		b.read(`SELECT `+parcelTable.list+` FROM fulfillment f WHERE f.deleted_at IS NULL
AND f.id IN (SELECT fulfillment_id FROM order_fulfillment WHERE order_id = $1 AND deleted_at IS NULL) ORDER BY f.id FOR UPDATE`, []any{orderID}, func(c *cursor) {
			p := &OrderParcel{Fulfillment: parcelTable.scan(c)}
			byID[p.ID] = p
			out = append(out, p)
		})
		b.read(`SELECT i.fulfillment_id, i.line_item_id, i.inventory_item_id, coalesce(i.raw_quantity->>'value', i.quantity::text), k.required_quantity::text, coalesce(v.allow_backorder, false)
FROM fulfillment_item i LEFT JOIN order_line_item n ON n.id = i.line_item_id LEFT JOIN product_variant v ON v.id = n.variant_id AND v.deleted_at IS NULL
LEFT JOIN product_variant_inventory_item k ON k.variant_id = v.id AND k.inventory_item_id = i.inventory_item_id AND k.deleted_at IS NULL
WHERE i.deleted_at IS NULL AND i.fulfillment_id IN (SELECT fulfillment_id FROM order_fulfillment WHERE order_id = $1 AND deleted_at IS NULL) ORDER BY i.id`,
			[]any{orderID}, func(c *cursor) {
				p := byID[c.text()]
				i := &ParcelItem{LineItemID: c.maybeText(), InventoryItemID: c.maybeText(), Quantity: c.amount(), Required: c.maybeAmount(), Backorder: c.bool()}
				if p != nil {
					p.Items = append(p.Items, i)
				}
			})
	})
	return out, err
}

// A ParcelStock is the stock that what is in a parcel came out of.
type ParcelStock struct {
	Reserved []*Reserved
	Levels   map[string]string // ids of stock levels at the parcel's location, by inventory items
}

// LockParcelStock keeps others from changing the stock of what is in a parcel, and what is reserved for lines, until the transaction ends.
func (d DB) LockParcelStock(ctx context.Context, p *OrderParcel, lines []string) (*ParcelStock, error) {
	var items []string
	for _, i := range p.Items {
		if i.InventoryItemID != nil {
			items = append(items, *i.InventoryItemID)
		}
	}
	var out *ParcelStock
	err := d.run(ctx, func(b *batch) {
		out = &ParcelStock{Levels: map[string]string{}}
		d.lockMedusaStock(b, items)
		b.read(`SELECT id, inventory_item_id, location_id = $2 FROM inventory_level WHERE inventory_item_id = ANY($1) AND deleted_at IS NULL ORDER BY id FOR UPDATE`,
			[]any{items, p.LocationID}, func(c *cursor) {
				if id, item, here := c.text(), c.text(), c.bool(); here {
					out.Levels[item] = id
				}
			})
		b.read(`SELECT id, coalesce(line_item_id, ''), inventory_item_id, location_id, coalesce(raw_quantity->>'value', quantity::text) FROM reservation_item
WHERE line_item_id = ANY($1) AND deleted_at IS NULL ORDER BY id FOR UPDATE`, []any{lines}, func(c *cursor) {
			out.Reserved = append(out.Reserved, &Reserved{ID: c.text(), LineID: c.text(), ItemID: c.text(), LocationID: c.text(), Quantity: c.amount()})
		})
	})
	return out, err
}

// PutBack adds the writes by which an item of a parcel is in the stock again, and is reserved: by what is reserved of it for its line, or else by a
// new reservation, whose id it returns. The stock must be locked.
func (w *Writes) PutBack(p *OrderParcel, i *ParcelItem, reserved *Reserved) (id string) {
	w.level(*i.InventoryItemID, p.LocationID, i.Quantity, model.Nothing)
	if reserved != nil {
		reserved.Quantity = reserved.Quantity.Plus(i.Quantity)
		w.level(reserved.ItemID, reserved.LocationID, model.Nothing, i.Quantity)
		w.exec(`UPDATE reservation_item SET quantity = ?, raw_quantity = ?::jsonb, updated_at = ? WHERE id = ?`,
			reserved.Quantity.Column(), string(reserved.Quantity.Raw()), w.now, reserved.ID)
		return reserved.ID
	}
	w.level(*i.InventoryItemID, p.LocationID, model.Nothing, i.Quantity)
	r := &reservationRow{
		ID: w.id("resitem"), LineItemID: value(i.LineItemID), LocationID: p.LocationID, Quantity: i.Quantity, InventoryItemID: *i.InventoryItemID,
		AllowBackorder: i.Backorder, CreatedAt: w.at(), UpdatedAt: w.at(),
	}
	insertInto(w, reservationTable, r)
	return r.ID
}

// ShipParcel adds the writes by which a parcel is on its way, and has further labels.
func (w *Writes) ShipParcel(id string, labels []model.FulfillmentLabel) {
	w.exec(`UPDATE fulfillment SET shipped_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
	for _, l := range labels {
		w.exec(`INSERT INTO fulfillment_label (id, tracking_number, tracking_url, label_url, fulfillment_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			w.id("fulla"), l.TrackingNumber, l.TrackingURL, l.LabelURL, id, w.now, w.now)
	}
}

// DeliverParcel adds the write by which a parcel has arrived.
func (w *Writes) DeliverParcel(id string) {
	w.exec(`UPDATE fulfillment SET delivered_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
}

// CancelParcel adds the write by which a parcel is cancelled.
func (w *Writes) CancelParcel(id string) {
	w.exec(`UPDATE fulfillment SET canceled_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
}

// OrderStatus adds the write that sets the status of an order.
func (w *Writes) OrderStatus(id string, status model.OrderStatus) {
	w.exec(`UPDATE "order" SET status = ?, updated_at = ? WHERE id = ?`, string(status), w.now, id)
}
