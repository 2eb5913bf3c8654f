package db

import (
	"context"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
)

// An OrderLock says what an order needs that others may want too.
type OrderLock struct {
	SalesChannelID string
	Items          []string              // the inventory items that it takes
	Limited        []string              // the codes of promotions that may be used so often and take something off it
	Budgeted       []string              // the codes of those that are part of a campaign
	CustomerID     string                // who orders
	Email          string                // and by which address
	Session        *model.PaymentSession // by which it is paid; nil if there is nothing to pay
	Held           bool                  // HoldPayment held the session
	Now            time.Time
}

// OrderLocks are what an order needs, locked until the transaction ends.
type OrderLocks struct {
	Levels   []*model.StockLevel // of the inventory items, at the locations of the sales channel
	Limited  []promo.Limited     // the promotions that may be used so often
	Spending []promo.Spending    // the budgets of the promotions' campaigns
	Payment  *PaymentState       // nil if there is nothing to pay
}

// activeOf is the condition that promotion p has one of the codes $1 and is active at $2.
const activeOf = `p.code = ANY($1) AND p.status = 'active' AND p.deleted_at IS NULL AND (p.campaign_id IS NULL OR EXISTS (
SELECT FROM promotion_campaign c WHERE c.id = p.campaign_id AND c.deleted_at IS NULL
AND (c.starts_at IS NULL OR c.starts_at <= $2) AND (c.ends_at IS NULL OR c.ends_at > $2)))`

// Rows are locked in the order of their ids, so that nobody waits in a circle.
const (
	lockLevels = `SELECT l.id, l.inventory_item_id, l.location_id,
(coalesce((l.raw_stocked_quantity->>'value')::numeric, l.stocked_quantity) - coalesce((l.raw_reserved_quantity->>'value')::numeric, l.reserved_quantity))::text
FROM inventory_level l JOIN sales_channel_stock_location c ON c.stock_location_id = l.location_id AND c.sales_channel_id = $1 AND c.deleted_at IS NULL
WHERE l.inventory_item_id = ANY($2) AND l.deleted_at IS NULL ORDER BY l.id FOR UPDATE OF l`

	lockLimited = `SELECT p.id, p."limit", p.used FROM promotion p WHERE p."limit" IS NOT NULL AND ` + activeOf + ` ORDER BY p.id FOR UPDATE`

	lockBudgets = `SELECT b.id, b.type, coalesce(b.attribute, ''), coalesce(b.raw_limit->>'value', b."limit"::text), coalesce(b.raw_used->>'value', b.used::text), p.code
FROM promotion p JOIN promotion_campaign k ON k.id = p.campaign_id AND k.deleted_at IS NULL
JOIN promotion_campaign_budget b ON b.campaign_id = k.id AND b.deleted_at IS NULL WHERE ` + activeOf + ` ORDER BY b.id FOR UPDATE OF b`

	// What the customer $3 with the e-mail address $4 has used of those budgets.
	usedOfBudgets = `SELECT u.budget_id, coalesce(u.raw_used->>'value', u.used::text)
FROM promotion p JOIN promotion_campaign_budget b ON b.campaign_id = p.campaign_id AND b.deleted_at IS NULL
JOIN promotion_campaign_budget_usage u ON u.budget_id = b.id AND u.deleted_at IS NULL
 AND u.attribute_value = CASE b.attribute WHEN 'customer_id' THEN $3 WHEN 'customer_email' THEN $4 END
WHERE ` + activeOf
)

// LockForOrder keeps others from promising the same stock, using the same promotions and paying with the same session until the
// transaction ends, and returns how all of these stand. Each statement of the batch sees what was committed before it began.
func (d DB) LockForOrder(ctx context.Context, q OrderLock) (*OrderLocks, error) {
	out := &OrderLocks{}
	err := d.run(ctx, func(b *batch) {
		d.lockMedusaStock(b, q.Items)
		if len(q.Items) > 0 {
			b.read(lockLevels, []any{q.SalesChannelID, q.Items}, func(c *cursor) {
				out.Levels = append(out.Levels, &model.StockLevel{ID: c.text(), InventoryItemID: c.text(), LocationID: c.text(), Available: c.amount()})
			})
		}
		q.promotions(b, out)
		if q.Session != nil {
			out.Payment = lockPayment(b, q.Session, q.Held)
		}
	})
	return out, err
}

func (q *OrderLock) promotions(b *batch, out *OrderLocks) {
	if len(q.Limited) > 0 {
		b.read(lockLimited, []any{q.Limited, q.Now}, func(c *cursor) {
			out.Limited = append(out.Limited, promo.Limited{ID: c.text(), Limit: c.int(), Used: c.int()})
		})
	}
	if len(q.Budgeted) == 0 {
		return
	}
	b.read(lockBudgets, []any{q.Budgeted, q.Now}, func(c *cursor) {
		next := promo.Budget{ID: c.text(), Type: c.text(), Attribute: c.text(), Limit: c.maybeAmount(), Used: c.maybeAmount()}
		if n := len(out.Spending); n == 0 || out.Spending[n-1].ID != next.ID {
			out.Spending = append(out.Spending, promo.Spending{Budget: next})
		}
		last := &out.Spending[len(out.Spending)-1]
		last.Codes = append(last.Codes, c.text())
	})
	b.read(usedOfBudgets, []any{q.Budgeted, q.Now, q.CustomerID, q.Email}, func(c *cursor) {
		id, used := c.text(), c.maybeAmount()
		for n := range out.Spending {
			if out.Spending[n].ID == id {
				out.Spending[n].UsedBy = used
			}
		}
	})
}

// Use adds that promotions and budgets have been used.
func (w *Writes) Use(u *promo.Uses) {
	for _, id := range u.Promotions {
		w.exec(`UPDATE promotion SET used = used + 1, updated_at = ? WHERE id = ?`, w.now, id)
	}
	for _, b := range u.Budgets {
		if b.By != "" {
			w.exec(`INSERT INTO promotion_campaign_budget_usage (id, attribute_value, used, raw_used, budget_id, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (attribute_value, budget_id) WHERE deleted_at IS NULL DO UPDATE SET used = excluded.used, raw_used = excluded.raw_used, updated_at = excluded.updated_at`,
				w.id("probudgus"), b.By, b.Own.Column(), string(b.Own.Raw()), b.ID, w.now, w.now)
		}
		w.exec(`UPDATE promotion_campaign_budget SET used = ?, raw_used = ?, updated_at = ? WHERE id = ?`, b.Used.Column(), string(b.Used.Raw()), w.now, b.ID)
	}
}
