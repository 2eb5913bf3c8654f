package db

import (
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// parcelsOfOrders are the parcels of the orders that are read.
const parcelsOfOrders = `(SELECT fulfillment_id FROM order_fulfillment WHERE order_id = ANY($1) AND deleted_at IS NULL)`

// readParcels queues the fulfilments of orders, and which orders have units that no fulfilment holds.
func (l *orderLoad) readParcels(b *batch) {
	want := l.want[field.Fulfillments]
	if !l.want.Has(field.Fulfillments, field.FulfillmentStatus) {
		return
	}
	l.rows(b, `SELECT l.order_id, `+parcelTable.list+`
FROM order_fulfillment l JOIN fulfillment f ON f.id = l.fulfillment_id AND f.deleted_at IS NULL
WHERE l.order_id = ANY($1) AND l.deleted_at IS NULL ORDER BY f.id`, func(o *model.Order, c *cursor) {
		f := parcelTable.scan(c)
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
	if l.want.Has(field.FulfillmentStatus) {
		l.versioned(b, `SELECT DISTINCT d.order_id FROM order_item d JOIN "order" o ON o.id = d.order_id
WHERE d.order_id = ANY($1) AND d.version `+atVersion+` AND d.deleted_at IS NULL AND d.fulfilled_quantity < d.quantity`,
			func(o *model.Order, _ *cursor) { l.unpacked[o.ID] = true })
	}
	if want.Has(field.Items) {
		b.read(`SELECT i.fulfillment_id, `+parcelItemTable.list+`
FROM fulfillment_item i WHERE i.fulfillment_id IN `+parcelsOfOrders+` AND i.deleted_at IS NULL ORDER BY i.id`, []any{l.ids}, func(c *cursor) {
			if f := l.parcels[c.text()]; f != nil {
				f.Items = append(f.Items, parcelItemTable.scan(c))
			}
		})
	}
	if want.Has(field.Labels) {
		b.read(`SELECT b.fulfillment_id, `+labelTable.list+` FROM fulfillment_label b
WHERE b.fulfillment_id IN `+parcelsOfOrders+` AND b.deleted_at IS NULL ORDER BY b.id`, []any{l.ids}, func(c *cursor) {
			if f := l.parcels[c.text()]; f != nil {
				f.Labels = append(f.Labels, labelTable.scan(c))
			}
		})
	}
}
