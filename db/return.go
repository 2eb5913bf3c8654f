package db

import "storegraph/model"

// withReturns is what must be read of orders for what is wanted of their returns: a return's lines and ways of shipping are
// the order's own.
func withReturns(want Want) Want {
	returns := want["returns"]
	if returns["items"].Has("item") {
		want = want.with(Want{"items": returns["items"]["item"]})
	}
	if returns.Has("shippingMethods") {
		want = want.with(Want{"shippingMethods": returns["shippingMethods"]})
	}
	return want
}

const returnColumns = `r.id, r.display_id, r.order_id, r.order_version, r.exchange_id, r.claim_id, r.status::text, r.location_id, r.no_notification,
coalesce(r.raw_refund_amount->>'value', r.refund_amount::text), r.raw_refund_amount, r.created_by, r.metadata, r.requested_at, r.received_at,
r.canceled_at, r.created_at, r.updated_at`

func scanReturn(c *cursor) *model.Return {
	return &model.Return{
		ID: c.text(), DisplayID: c.int(), OrderID: c.text(), OrderVersion: c.int(), ExchangeID: c.maybeText(), ClaimID: c.maybeText(),
		Status: model.ReturnStatus(c.text()), LocationID: c.maybeText(), NoNotification: c.maybeBool(), RefundAmount: c.maybeAmount(),
		RawRefundAmount: c.json(), CreatedBy: c.maybeText(), Metadata: c.json(), RequestedAt: c.maybeTime(), ReceivedAt: c.maybeTime(),
		CanceledAt: c.maybeTime(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

// readReturns queues the returns of orders, and what is wanted of them.
func (l *orderLoad) readReturns(b *batch) {
	want := l.want["returns"]
	l.rows(b, `SELECT r.order_id, `+returnColumns+` FROM return r WHERE r.order_id = ANY($1) AND r.deleted_at IS NULL ORDER BY r.id`,
		func(o *model.Order, c *cursor) {
			r := scanReturn(c)
			l.returns[r.ID] = r
			o.Returns = append(o.Returns, r)
		})
	if !want.Has("items") {
		return
	}
	b.read(`SELECT i.id, i.return_id, i.item_id, i.reason_id, i.note, coalesce(i.raw_quantity->>'value', i.quantity::text), i.raw_quantity,
coalesce(i.raw_received_quantity->>'value', i.received_quantity::text), i.raw_received_quantity,
coalesce(i.raw_damaged_quantity->>'value', i.damaged_quantity::text), i.raw_damaged_quantity, i.metadata, i.created_at, i.updated_at
FROM return_item i JOIN return r ON r.id = i.return_id WHERE r.order_id = ANY($1) AND r.deleted_at IS NULL AND i.deleted_at IS NULL ORDER BY i.id`,
		[]any{l.ids}, func(c *cursor) {
			i := &model.ReturnItem{
				ID: c.text(), ReturnID: c.text(), ItemID: c.text(), ReasonID: c.maybeText(), Note: c.maybeText(), Quantity: c.amount(), RawQuantity: c.json(),
				ReceivedQuantity: c.amount(), RawReceivedQuantity: c.json(), DamagedQuantity: c.amount(), RawDamagedQuantity: c.json(),
				Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			}
			if r := l.returns[i.ReturnID]; r != nil {
				r.Items = append(r.Items, i)
			}
		})
	if want["items"].Has("reason") {
		b.read(`SELECT `+returnReasonColumns+` FROM return_reason WHERE deleted_at IS NULL AND id IN (SELECT i.reason_id FROM return_item i
JOIN return r ON r.id = i.return_id WHERE r.order_id = ANY($1) AND r.deleted_at IS NULL AND i.deleted_at IS NULL)`, []any{l.ids}, func(c *cursor) {
			r := scanReturnReason(c)
			l.reasons[r.ID] = r
		})
	}
}

// stitchReturns puts the returns of an order together.
func (l *orderLoad) stitchReturns(o *model.Order) {
	for _, r := range o.Returns {
		for _, i := range r.Items {
			if i.ReasonID != nil {
				i.Reason = l.reasons[*i.ReasonID]
			}
			for _, line := range o.Items {
				if line.ID == i.ItemID {
					i.Item = line
				}
			}
		}
		for _, m := range o.ShippingMethods {
			if value(m.Detail.ReturnID) == r.ID {
				r.ShippingMethods = append(r.ShippingMethods, m)
			}
		}
	}
}
