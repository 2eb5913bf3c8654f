package db

import (
	"context"
	"time"

	"storegraph/model"
	"storegraph/model/field"
)

// orderState is all that the next version of an order is made of.
var orderState = Want{
	field.Total: nil, field.Items: {field.Total: nil}, field.ShippingMethods: {field.Total: nil}, field.CreditLines: nil, field.Transactions: nil, field.StoredSummary: nil,
}

// LockOrder keeps others from changing an order until the transaction ends, and returns it with its totals, and all that its
// next version is made of, as it is then. Drafts are not found, and if it is strict neither is what Order would not show.
func (d DB) LockOrder(ctx context.Context, v *Viewer, id string, strict bool) (*model.Order, error) {
	found, err := d.Texts(ctx, `SELECT id FROM "order" WHERE id = $1 AND deleted_at IS NULL AND NOT is_draft_order FOR UPDATE`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, model.NotFound.Errorf("Order id not found: %s", id)
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

// CreateOrderChange stores a change of an order with its actions, and gives all of them their ids.
func (d DB) CreateOrderChange(ctx context.Context, c *model.OrderChange, now time.Time) error {
	c.ID, c.CreatedAt, c.UpdatedAt = model.NewID("ordch", now), model.Time{Time: now}, model.Time{Time: now}
	if err := Insert(ctx, d, "order_change", []model.OrderChange{*c}); err != nil {
		return err
	}
	actions := make([]model.OrderChangeAction, len(c.Actions))
	for i, a := range c.Actions {
		a.ID, a.OrderID, a.OrderChangeID, a.Version = model.NewID("ordchact", now), c.OrderID, c.ID, c.Version
		a.ReturnID, a.CreatedAt, a.UpdatedAt = c.ReturnID, c.CreatedAt, c.UpdatedAt
		if a.Amount != nil {
			a.RawAmount = a.Amount.Raw()
		}
		actions[i] = *a
	}
	return Insert(ctx, d, "order_change_action", actions)
}

// ConfirmOrderChange marks a change of an order as made.
func (d DB) ConfirmOrderChange(ctx context.Context, id string, now time.Time) error {
	err := d.write(ctx, `UPDATE order_change SET status = 'confirmed', confirmed_at = ?, updated_at = ? WHERE id = ?`, now, now, id)
	if err != nil {
		return err
	}
	return d.write(ctx, `UPDATE order_change_action SET applied = true, updated_at = ? WHERE order_change_id = ? AND deleted_at IS NULL`, now, id)
}

// DeclineOrderChange marks a change of an order as refused.
func (d DB) DeclineOrderChange(ctx context.Context, id string, now time.Time) error {
	return d.write(ctx, `UPDATE order_change SET status = 'declined', declined_at = ?, updated_at = ? WHERE id = ?`, now, now, id)
}

// DeleteOrderChange takes a change of an order back.
func (d DB) DeleteOrderChange(ctx context.Context, id string, now time.Time) error {
	err := d.write(ctx, `UPDATE order_change SET deleted_at = ?, updated_at = ? WHERE id = ?`, now, now, id)
	if err != nil {
		return err
	}
	return d.write(ctx, `UPDATE order_change_action SET deleted_at = ?, updated_at = ? WHERE order_change_id = ? AND deleted_at IS NULL`, now, now, id)
}

// SaveOrderVersion stores an order as its next version, which it must have become: what it consists of, its summary, and whose
// it is.
func (d DB) SaveOrderVersion(ctx context.Context, o *model.Order, now time.Time) error {
	at := model.Time{Time: now}
	var details []model.OrderItemDetail
	var shippings []model.OrderShippingDetail
	var credits []model.OrderCreditLine
	var onItems, onShipping []adjustmentRow
	for _, i := range o.Items {
		if !i.Quantity.IsPositive() {
			continue
		}
		row := *i.Detail
		row.ID, row.CreatedAt, row.UpdatedAt = model.NewID("orditem", now), at, at
		details = append(details, row)
		for _, a := range i.Adjustments {
			onItems = append(onItems, newAdjustmentRow(model.NewID("ordliadj", now), a, o.Version, at))
		}
	}
	for _, m := range o.ShippingMethods {
		row := *m.Detail
		row.ID = model.NewID("ordspmv", now)
		shippings = append(shippings, row)
		for _, a := range m.Adjustments {
			onShipping = append(onShipping, newAdjustmentRow(model.NewID("ordsmadj", now), a, o.Version, at))
		}
	}
	for _, l := range o.CreditLines {
		row := *l
		row.ID, row.Version, row.CreatedAt, row.UpdatedAt = model.NewID("ordcl", now), o.Version, at, at
		credits = append(credits, row)
	}
	if err := Insert(ctx, d, "order_item", details); err != nil {
		return err
	}
	if err := Insert(ctx, d, "order_shipping", shippings); err != nil {
		return err
	}
	if err := Insert(ctx, d, "order_credit_line", credits); err != nil {
		return err
	}
	if err := d.insertAdjustments(ctx, onItems, onShipping); err != nil {
		return err
	}
	err := d.write(ctx, `INSERT INTO order_summary (id, order_id, version, totals, created_at, updated_at) VALUES (?, ?, ?, ?::jsonb, ?, ?)`,
		model.NewID("ordsum", now), o.ID, o.Version, string(o.Summary.Stored), now, now)
	if err != nil {
		return err
	}
	return d.write(ctx, `UPDATE "order" SET version = ?, customer_id = ?, email = ?, updated_at = ? WHERE id = ?`, o.Version, o.CustomerID, o.Email, now, o.ID)
}

// An adjustmentRow is an adjustment of a version of an order, as it is stored.
type adjustmentRow struct {
	ID          string
	Description *string
	PromotionID *string
	Code        *string
	Amount      model.Amount
	RawAmount   model.JSON
	Version     int
	CreatedAt   model.Time
	UpdatedAt   model.Time

	on           string
	taxInclusive bool
}

func newAdjustmentRow(id string, a *model.Adjustment, version int, at model.Time) adjustmentRow {
	row := adjustmentRow{
		ID: id, Description: a.Description, PromotionID: a.PromotionID, Code: a.Code, Amount: a.Amount, RawAmount: a.RawAmount, Version: version,
		CreatedAt: at, UpdatedAt: at, taxInclusive: a.IsTaxInclusive,
	}
	if row.on = value(a.ItemID); a.ItemID == nil {
		row.on = value(a.ShippingMethodID)
	}
	return row
}

func (d DB) insertAdjustments(ctx context.Context, onItems, onShipping []adjustmentRow) error {
	type itemRow struct {
		adjustmentRow
		ItemID         string
		IsTaxInclusive bool
	}
	type shippingRow struct {
		adjustmentRow
		ShippingMethodID string
	}
	var items []itemRow
	for _, a := range onItems {
		items = append(items, itemRow{a, a.on, a.taxInclusive})
	}
	var shipping []shippingRow
	for _, a := range onShipping {
		shipping = append(shipping, shippingRow{a, a.on})
	}
	if err := Insert(ctx, d, "order_line_item_adjustment", items); err != nil {
		return err
	}
	return Insert(ctx, d, "order_shipping_method_adjustment", shipping)
}
