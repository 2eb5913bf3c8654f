package db

import "storegraph/model"

// parcelsOfOrders are the parcels of the orders that are read.
const parcelsOfOrders = `(SELECT fulfillment_id FROM order_fulfillment WHERE order_id = ANY($1) AND deleted_at IS NULL)`

// readParcels queues the parcels of orders, and of which orders units are in none.
func (l *orderLoad) readParcels(b *batch) {
	want := l.want["fulfillments"]
	if !l.want.Has("fulfillments", "fulfillmentStatus") {
		return
	}
	l.rows(b, `SELECT l.order_id, f.id, f.location_id, f.packed_at, f.shipped_at, f.delivered_at, f.canceled_at, f.marked_shipped_by, f.created_by, f.data,
f.requires_shipping, f.provider_id, f.shipping_option_id, f.delivery_address_id, f.metadata, f.created_at, f.updated_at
FROM order_fulfillment l JOIN fulfillment f ON f.id = l.fulfillment_id AND f.deleted_at IS NULL
WHERE l.order_id = ANY($1) AND l.deleted_at IS NULL ORDER BY f.id`, func(o *model.Order, c *cursor) {
		f := &model.Fulfillment{
			ID: c.text(), LocationID: c.text(), PackedAt: c.maybeTime(), ShippedAt: c.maybeTime(), DeliveredAt: c.maybeTime(), CanceledAt: c.maybeTime(),
			MarkedShippedBy: c.maybeText(), CreatedBy: c.maybeText(), Data: c.json(), RequiresShipping: c.bool(), ProviderID: c.maybeText(),
			ShippingOptionID: c.maybeText(), DeliveryAddressID: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		if f.ProviderID != nil {
			f.Provider = &model.FulfillmentReference{ID: *f.ProviderID}
		}
		if f.ShippingOptionID != nil {
			f.ShippingOption = &model.FulfillmentReference{ID: *f.ShippingOptionID}
		}
		if f.DeliveryAddressID != nil {
			f.DeliveryAddress = &model.FulfillmentReference{ID: *f.DeliveryAddressID}
		}
		l.parcels[f.ID] = f
		o.Fulfillments = append(o.Fulfillments, f)
	})
	if l.want.Has("fulfillmentStatus") {
		l.versioned(b, `SELECT DISTINCT d.order_id FROM order_item d JOIN "order" o ON o.id = d.order_id
WHERE d.order_id = ANY($1) AND d.version `+atVersion+` AND d.deleted_at IS NULL AND d.fulfilled_quantity < d.quantity`,
			func(o *model.Order, _ *cursor) { l.unpacked[o.ID] = true })
	}
	if want.Has("items") {
		b.read(`SELECT i.fulfillment_id, i.id, i.line_item_id, i.title, i.sku, i.barcode, coalesce(i.raw_quantity->>'value', i.quantity::text)
FROM fulfillment_item i WHERE i.fulfillment_id IN `+parcelsOfOrders+` AND i.deleted_at IS NULL ORDER BY i.id`, []any{l.ids}, func(c *cursor) {
			if f := l.parcels[c.text()]; f != nil {
				f.Items = append(f.Items, &model.FulfillmentItem{
					ID: c.text(), LineItemID: c.maybeText(), Title: c.text(), Sku: c.text(), Barcode: c.text(), Quantity: c.amount(),
				})
			}
		})
	}
	if want.Has("labels") {
		b.read(`SELECT b.fulfillment_id, b.id, b.tracking_number, b.tracking_url, b.label_url FROM fulfillment_label b
WHERE b.fulfillment_id IN `+parcelsOfOrders+` AND b.deleted_at IS NULL ORDER BY b.id`, []any{l.ids}, func(c *cursor) {
			if f := l.parcels[c.text()]; f != nil {
				f.Labels = append(f.Labels, &model.FulfillmentLabel{ID: c.text(), TrackingNumber: c.text(), TrackingURL: c.text(), LabelURL: c.text()})
			}
		})
	}
}
