package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// orderState is all that the next version of an order is made of.
var orderState = Want{
	field.Totals: nil, field.Items: {field.Totals: nil}, field.ShippingMethods: {field.Totals: nil}, field.CreditLines: nil, field.Transactions: nil, field.StoredSummary: nil,
}

// LockOrder keeps others from changing an order until the transaction ends, and returns it with its totals, and all that its
// next version is made of, as it is then. Drafts are not found, and if it is strict neither is what Order would not show.
func (d DB) LockOrder(ctx context.Context, v *Viewer, id string, strict bool) (*model.Order, error) {
	var m *medusaLock
	found := false
	err := d.run(ctx, func(b *batch) {
		m = d.lockMedusa(b, id)
		b.read(`SELECT FROM "order" WHERE id = $1 AND deleted_at IS NULL AND NOT is_draft_order FOR UPDATE`, []any{id}, func(*cursor) { found = true })
	})
	if err := m.err(err); err != nil {
		return nil, err
	}
	if !found {
		return nil, model.NotFound.Because(model.UserErrorCodeNotFound, "orderId").Errorf("Order id not found: %s", id)
	}
	return d.Order(ctx, v, id, OrderArgs{Strict: strict}, orderState)
}

// ActiveOrderChange returns the change of an order that is pending or requested. It fails with NotFound if there is none.
func (d DB) ActiveOrderChange(ctx context.Context, orderID string) (*model.OrderChange, error) {
	var out *model.OrderChange
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT id, order_id, version, change_type, status, return_id FROM order_change
WHERE order_id = $1 AND status IN ('pending', 'requested') AND deleted_at IS NULL ORDER BY id LIMIT 1`, []any{orderID}, func(c *cursor) {
			out = &model.OrderChange{
				ID: c.text(), OrderID: c.text(), Version: c.int(), ChangeType: c.maybeText(), Status: model.OrderChangeStatus(c.text()), ReturnID: c.maybeText(),
			}
		})
		b.read(`SELECT a.id, a.action, a.reference, a.reference_id, a.details FROM order_change_action a JOIN order_change c ON c.id = a.order_change_id
WHERE c.order_id = $1 AND c.status IN ('pending', 'requested') AND c.deleted_at IS NULL AND a.deleted_at IS NULL ORDER BY a.ordering`, []any{orderID},
			func(c *cursor) {
				if out != nil {
					out.Actions = append(out.Actions, &model.OrderChangeAction{
						ID: c.text(), Action: c.text(), Reference: c.maybeText(), ReferenceID: c.maybeText(), Details: c.json(),
					})
				}
			})
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("order %s has no active change", orderID)
	}
	return out, err
}

// OrderChange adds the writes of a change of an order with its actions, and gives all of them their ids.
func (w *Writes) OrderChange(c *model.OrderChange) {
	c.ID, c.CreatedAt, c.UpdatedAt = w.id("ordch"), w.at(), w.at()
	for _, a := range c.Actions {
		a.ID, a.OrderID, a.OrderChangeID, a.Version = w.id("ordchact"), c.OrderID, c.ID, c.Version
		a.ReturnID, a.CreatedAt, a.UpdatedAt = c.ReturnID, c.CreatedAt, c.UpdatedAt
	}
	insertInto(w, orderChangeTable, c)
	insertInto(w, orderChangeActionTable, c.Actions...)
}

// ConfirmOrderChange adds the writes that mark a change of an order as made.
func (w *Writes) ConfirmOrderChange(id string) {
	w.exec(`UPDATE order_change SET status = 'confirmed', confirmed_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
	w.exec(`UPDATE order_change_action SET applied = true, updated_at = ? WHERE order_change_id = ? AND deleted_at IS NULL`, w.now, id)
}

// DeclineOrderChange adds the write that marks a change of an order as refused.
func (w *Writes) DeclineOrderChange(id string) {
	w.exec(`UPDATE order_change SET status = 'declined', declined_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
}

// DeleteOrderChange adds the writes that take a change of an order back.
func (w *Writes) DeleteOrderChange(id string) {
	w.exec(`UPDATE order_change SET deleted_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
	w.exec(`UPDATE order_change_action SET deleted_at = ?, updated_at = ? WHERE order_change_id = ? AND deleted_at IS NULL`, w.now, w.now, id)
}

// OrderVersion adds the writes of an order as its next version, which it must have become: what it consists of, its summary,
// and whose it is.
func (w *Writes) OrderVersion(o *model.Order) {
	var details []*model.OrderItemDetail
	var shippings []*model.OrderShippingDetail
	var credits []*model.OrderCreditLine
	var onItems, onShipping []*model.Adjustment
	for _, i := range o.Items {
		if !i.Quantity.IsPositive() {
			continue
		}
		row := *i.Detail
		row.ID, row.CreatedAt, row.UpdatedAt = w.id("orditem"), w.at(), w.at()
		details = append(details, &row)
		for _, a := range i.Adjustments {
			onItems = append(onItems, w.versionAdjustment("ordliadj", a, o.Version))
		}
	}
	for _, m := range o.ShippingMethods {
		row := *m.Detail
		row.ID = w.id("ordspmv")
		shippings = append(shippings, &row)
		for _, a := range m.Adjustments {
			onShipping = append(onShipping, w.versionAdjustment("ordsmadj", a, o.Version))
		}
	}
	for _, l := range o.CreditLines {
		row := *l
		row.ID, row.Version, row.CreatedAt, row.UpdatedAt = w.id("ordcl"), o.Version, w.at(), w.at()
		credits = append(credits, &row)
	}
	insertInto(w, orderDetailTable, details...)
	insertInto(w, orderShippingTable, shippings...)
	insertInto(w, orderCreditTable, credits...)
	insertInto(w, orderAdjustmentTables[ofItem], onItems...)
	insertInto(w, orderAdjustmentTables[ofShippingMethod], onShipping...)
	w.exec(`INSERT INTO order_summary (id, order_id, version, totals, created_at, updated_at) VALUES (?, ?, ?, ?::jsonb, ?, ?)`,
		w.id("ordsum"), o.ID, o.Version, string(o.Summary.Stored), w.now, w.now)
	w.exec(`UPDATE "order" SET version = ?, customer_id = ?, email = ?, updated_at = ? WHERE id = ?`, o.Version, o.CustomerID, o.Email, w.now, o.ID)
}

// versionAdjustment is an adjustment of an order as a version has it. As in the reference it does not say who provided it.
func (w *Writes) versionAdjustment(prefix string, a *model.Adjustment, version int) *model.Adjustment {
	return &model.Adjustment{
		ID: w.id(prefix), ItemID: a.ItemID, ShippingMethodID: a.ShippingMethodID, Description: a.Description, PromotionID: a.PromotionID, Code: a.Code,
		Amount: a.Amount, IsTaxInclusive: a.IsTaxInclusive, Version: &version, CreatedAt: w.at(), UpdatedAt: w.at(),
	}
}
