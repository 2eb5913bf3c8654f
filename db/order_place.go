package db

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"storegraph/model"
	"storegraph/model/promo"
)

// OrderOfCart returns the id of the order that a cart has become, or an empty text.
func (d DB) OrderOfCart(ctx context.Context, cart string) (string, error) {
	ids, err := d.Texts(ctx, `SELECT order_id FROM order_cart WHERE cart_id = ? AND deleted_at IS NULL LIMIT 1`, cart)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// each runs a query with ? for its arguments within the transaction and calls row for each row of its result.
func (d DB) each(ctx context.Context, sql string, args []any, row func(scan func(into ...any) error) error) (err error) {
	rows, err := d.bun.QueryContext(ctx, sql, args...)
	if err != nil {
		return toModel(err)
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = toModel(closing)
		}
	}()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return toModel(rows.Err())
}

// LockStock keeps others from promising stock of inventory items until the transaction ends, and returns what the locations of
// a sales channel have of them. Levels are locked in the order of their ids, so that nobody waits in a circle.
func (d DB) LockStock(ctx context.Context, channel string, items []string) ([]*model.StockLevel, error) {
	if len(items) == 0 {
		return nil, nil
	}
	var out []*model.StockLevel
	err := d.each(ctx, `SELECT l.id, l.inventory_item_id, l.location_id,
(coalesce((l.raw_stocked_quantity->>'value')::numeric, l.stocked_quantity) - coalesce((l.raw_reserved_quantity->>'value')::numeric, l.reserved_quantity))::text
FROM inventory_level l JOIN sales_channel_stock_location c ON c.stock_location_id = l.location_id AND c.sales_channel_id = ? AND c.deleted_at IS NULL
WHERE l.inventory_item_id IN (?) AND l.deleted_at IS NULL ORDER BY l.id FOR UPDATE OF l`, []any{channel, bun.List(items)},
		func(scan func(into ...any) error) error {
			l := &model.StockLevel{}
			available := ""
			if err := scan(&l.ID, &l.InventoryItemID, &l.LocationID, &available); err != nil {
				return err
			}
			a, err := model.ParseAmount(available)
			l.Available = a
			out = append(out, l)
			return err
		})
	return out, err
}

// errPromotionUsedUp are the reference's words.
var (
	errPromotionUsedUp = model.NotAllowed.Errorf("Promotion usage exceeds the limit.")
	errBudgetUsedUp    = model.NotAllowed.Errorf("Promotion usage exceeds the budget limit.")
)

// UsePromotions counts the promotions that took something off a cart as used, by the limits of the promotions and the budgets of
// their campaigns. It fails with NotAllowed if any of these would be exceeded; of several orders at once, those within the limit
// succeed. taken is what each code took off in all.
func (d DB) UsePromotions(ctx context.Context, taken map[string]model.Amount, customer, email string, now time.Time) error {
	if len(taken) == 0 {
		return nil
	}
	codes := make([]string, 0, len(taken))
	for code := range taken {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	const active = `p.code IN (?) AND p.status = 'active' AND p.deleted_at IS NULL AND (p.campaign_id IS NULL OR EXISTS (
SELECT FROM promotion_campaign c WHERE c.id = p.campaign_id AND c.deleted_at IS NULL
AND (c.starts_at IS NULL OR c.starts_at <= ?) AND (c.ends_at IS NULL OR c.ends_at > ?)))`
	args := []any{bun.List(codes), now, now}
	s := d.script()
	err := d.each(ctx, `SELECT p.id, p."limit", p.used FROM promotion p WHERE p."limit" IS NOT NULL AND `+active+` ORDER BY p.id FOR UPDATE`, args,
		func(scan func(into ...any) error) error {
			var id string
			var limit, used int
			if err := scan(&id, &limit, &used); err != nil {
				return err
			}
			if used >= limit {
				return errPromotionUsedUp
			}
			s.add(`UPDATE promotion SET used = used + 1, updated_at = ? WHERE id = ?`, now, id)
			return nil
		})
	if err != nil {
		return err
	}
	budgets := map[string]*usedBudget{}
	var order []string
	err = d.each(ctx, `SELECT b.id, b.type, coalesce(b.attribute, ''), coalesce(b.raw_limit->>'value', b."limit"::text, ''),
coalesce(b.raw_used->>'value', b.used::text), p.code
FROM promotion p JOIN promotion_campaign k ON k.id = p.campaign_id AND k.deleted_at IS NULL
JOIN promotion_campaign_budget b ON b.campaign_id = k.id AND b.deleted_at IS NULL WHERE `+active+` ORDER BY b.id FOR UPDATE OF b`, args,
		func(scan func(into ...any) error) error {
			var id, typ, attribute, limit, used, code string
			if err := scan(&id, &typ, &attribute, &limit, &used, &code); err != nil {
				return err
			}
			b := budgets[id]
			if b == nil {
				b = &usedBudget{typ: typ, attribute: attribute}
				var err error
				if b.used, err = model.ParseAmount(used); err != nil {
					return err
				}
				if limit != "" {
					if b.limit, err = model.ParseAmount(limit); err != nil {
						return err
					}
				}
				budgets[id], order = b, append(order, id)
			}
			if typ == promo.Spend {
				b.more = b.more.Plus(taken[code])
			} else {
				b.more = b.more.Plus(model.NewAmount(1))
			}
			return nil
		})
	if err != nil {
		return err
	}
	for _, id := range order {
		if err := d.useBudget(ctx, s, id, budgets[id], map[string]string{"customer_id": customer, "customer_email": email}, now); err != nil {
			return err
		}
	}
	return s.run(ctx)
}

type usedBudget struct {
	typ, attribute    string
	limit, used, more model.Amount
}

func (b *usedBudget) exceeds(used model.Amount) bool { return !b.limit.IsZero() && b.limit.Less(used) }

// useBudget counts a use of a budget whose row is locked.
func (d DB) useBudget(ctx context.Context, s *script, id string, b *usedBudget, by map[string]string, now time.Time) error {
	total := b.used.Plus(b.more)
	if b.typ == promo.UseByAttribute {
		who := by[b.attribute]
		if who == "" {
			return nil
		}
		used, err := d.Texts(ctx, `SELECT coalesce(raw_used->>'value', used::text) FROM promotion_campaign_budget_usage
WHERE budget_id = ? AND attribute_value = ? AND deleted_at IS NULL`, id, who)
		if err != nil {
			return err
		}
		theirs := b.more
		if len(used) > 0 {
			before, err := model.ParseAmount(used[0])
			if err != nil {
				return err
			}
			if theirs = theirs.Plus(before); b.exceeds(theirs) {
				return errBudgetUsedUp
			}
		}
		s.add(`INSERT INTO promotion_campaign_budget_usage (id, attribute_value, used, raw_used, budget_id, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (attribute_value, budget_id) WHERE deleted_at IS NULL DO UPDATE SET used = excluded.used, raw_used = excluded.raw_used, updated_at = excluded.updated_at`,
			model.NewID("probudgus", now), who, theirs.Column(), string(theirs.Raw()), id, now, now)
	} else if b.exceeds(total) {
		return errBudgetUsedUp
	}
	s.add(`UPDATE promotion_campaign_budget SET used = ?, raw_used = ?, updated_at = ? WHERE id = ?`, total.Column(), string(total.Raw()), now, id)
	return nil
}

// An OrderPlacement is a cart that becomes an order.
type OrderPlacement struct {
	Cart         *model.Cart // with everything in it and its totals
	OrderID      string
	LineIDs      map[string]string // of the order's lines, by the ids of the cart's
	Reservations []model.Reservation
	Captured     []model.OrderCapture // what has been paid already
	Now          time.Time
}

// PlaceOrder makes an order of a cart, as the reference does: with copies of its addresses, lines and shipping methods, with what
// stock promises to it and with links to what it came from, and marks the cart as completed.
func (d DB) PlaceOrder(ctx context.Context, p *OrderPlacement) error {
	w := &orderWriter{script: d.script(), p: p, c: p.Cart, now: p.Now}
	shipping, billing := w.address(p.Cart.ShippingAddress), w.address(p.Cart.BillingAddress)
	c := p.Cart
	w.insert(`"order"`, `id, region_id, customer_id, version, sales_channel_id, status, is_draft_order, email, currency_code, locale, shipping_address_id,
billing_address_id, no_notification, metadata, created_at, updated_at`, [][]any{{
		p.OrderID, c.RegionID, c.CustomerID, 1, c.SalesChannelID, "pending", false, c.Email, c.CurrencyCode, c.Locale, shipping, billing, false,
		jsonText(c.Metadata), w.now, w.now,
	}})
	if err := w.summary(); err != nil {
		return err
	}
	w.lines()
	w.shipping()
	w.credit()
	w.captures()
	w.reserve()
	w.links()
	w.add(`UPDATE cart SET completed_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, c.ID)
	return w.run(ctx)
}

type orderWriter struct {
	*script
	p   *OrderPlacement
	c   *model.Cart
	now time.Time
}

// id returns a new id.
func (w *orderWriter) id(prefix string) string { return model.NewID(prefix, w.now) }

func (w *orderWriter) address(a *model.CartAddress) *string {
	if a == nil {
		return nil
	}
	id := w.id("ordaddr")
	w.insert("order_address", `customer_id, company, first_name, last_name, address_1, address_2, city, country_code, province, postal_code, phone,
metadata, id, created_at, updated_at`, [][]any{append(addressValues(a), id, a.CreatedAt.Time, a.UpdatedAt.Time)})
	return &id
}

// summary writes what the order costs and how much of it is still to be paid.
func (w *orderWriter) summary() error {
	var paid, credit model.Amount
	for _, t := range w.p.Captured {
		paid = paid.Plus(t.Amount)
	}
	for _, l := range w.c.CreditLines {
		credit = credit.Plus(l.Amount)
	}
	total := w.c.Total
	totals := map[string]json.RawMessage{}
	for name, a := range map[string]model.Amount{
		"paid_total": paid, "refunded_total": {}, "accounting_total": total, "credit_line_total": credit, "transaction_total": paid,
		"pending_difference": total.Minus(paid), "current_order_total": total, "original_order_total": total,
	} {
		totals[name] = json.RawMessage(a.Column())
		totals["raw_"+name] = json.RawMessage(a.Raw())
	}
	text, err := json.Marshal(totals)
	if err != nil {
		return err
	}
	w.insert("order_summary", "id, order_id, version, totals, created_at, updated_at", [][]any{{
		w.id("ordsum"), w.p.OrderID, 1, string(text), w.now, w.now,
	}})
	return nil
}

var zeroRaw = string(model.Amount{}.Raw())

func (w *orderWriter) lines() {
	var lines, items, taxes, adjustments [][]any
	for _, i := range w.c.Items {
		id := w.p.LineIDs[i.ID]
		var compare, rawCompare any
		if i.CompareAtUnitPrice != nil {
			compare, rawCompare = i.CompareAtUnitPrice.Column(), string(i.CompareAtUnitPrice.Raw())
		}
		lines = append(lines, []any{
			id, i.Title, i.Subtitle, i.Thumbnail, i.VariantID, i.ProductID, i.ProductTitle, i.ProductDescription, i.ProductSubtitle, i.ProductType,
			i.ProductTypeID, i.ProductCollection, i.ProductHandle, i.VariantSku, i.VariantBarcode, i.VariantTitle, jsonText(i.VariantOptionValues),
			i.RequiresShipping, i.IsGiftcard, i.IsDiscountable, i.IsTaxInclusive, i.IsCustomPrice, compare, rawCompare, i.UnitPrice.Column(),
			string(i.UnitPrice.Raw()), jsonText(i.Metadata), w.now, w.now,
		})
		quantity := model.NewAmount(int64(i.Quantity))
		item := []any{w.id("orditem"), w.p.OrderID, 1, id, quantity.Column(), string(quantity.Raw()), jsonText(i.Metadata), w.now, w.now}
		for range progress {
			item = append(item, "0", zeroRaw)
		}
		items = append(items, item)
		for _, t := range i.TaxLines {
			taxes = append(taxes, w.tax("ordlitxl", id, t))
		}
		for _, a := range i.Adjustments {
			adjustments = append(adjustments, append(w.adjustment("ordliadj", id, a), a.IsTaxInclusive, 1))
		}
	}
	w.insert("order_line_item", `id, title, subtitle, thumbnail, variant_id, product_id, product_title, product_description, product_subtitle, product_type,
product_type_id, product_collection, product_handle, variant_sku, variant_barcode, variant_title, variant_option_values, requires_shipping, is_giftcard,
is_discountable, is_tax_inclusive, is_custom_price, compare_at_unit_price, raw_compare_at_unit_price, unit_price, raw_unit_price, metadata,
created_at, updated_at`, lines)
	columns := strings.Split("id order_id version item_id quantity raw_quantity metadata created_at updated_at", " ")
	for _, p := range progress {
		columns = append(columns, p+"_quantity", "raw_"+p+"_quantity")
	}
	w.insert("order_item", strings.Join(columns, ", "), items)
	w.insert("order_line_item_tax_line", orderTaxInsert+", item_id", taxes)
	w.insert("order_line_item_adjustment", orderAdjustmentInsert+", item_id, is_tax_inclusive, version", adjustments)
}

// progress is what can happen to units of an order's line.
var progress = strings.Fields("fulfilled shipped delivered return_requested return_received return_dismissed written_off")

const (
	orderTaxInsert        = "id, description, tax_rate_id, code, rate, raw_rate, provider_id, created_at, updated_at"
	orderAdjustmentInsert = "id, description, promotion_id, code, amount, raw_amount, provider_id, created_at, updated_at"
)

func (w *orderWriter) tax(prefix, of string, t *model.TaxLine) []any {
	return []any{w.id(prefix), t.Description, t.TaxRateID, t.Code, t.Rate.Column(), string(t.Rate.Raw()), t.ProviderID, w.now, w.now, of}
}

// adjustment is the row of what is taken off. The reference copies the double, so the order's exact twin has its digits, not the cart's.
func (w *orderWriter) adjustment(prefix, of string, a *model.Adjustment) []any {
	amount := a.Amount.Column()
	return []any{w.id(prefix), a.Description, a.PromotionID, a.Code, amount, string(model.MustAmount(amount).Raw()), a.ProviderID, w.now, w.now, of}
}

func (w *orderWriter) shipping() {
	var methods, links, taxes, adjustments [][]any
	for _, m := range w.c.ShippingMethods {
		id := w.id("ordsm")
		methods = append(methods, []any{
			id, m.Name, jsonText(m.Description), m.Amount.Column(), string(m.Amount.Raw()), m.IsTaxInclusive, false, m.ShippingOptionID, jsonText(m.Data),
			jsonText(m.Metadata), w.now, w.now,
		})
		links = append(links, []any{w.id("ordspmv"), w.p.OrderID, 1, id, w.now, w.now})
		for _, t := range m.TaxLines {
			taxes = append(taxes, w.tax("ordsmtxl", id, t))
		}
		for _, a := range m.Adjustments {
			adjustments = append(adjustments, append(w.adjustment("ordsmadj", id, a), 1))
		}
	}
	w.insert("order_shipping_method", `id, name, description, amount, raw_amount, is_tax_inclusive, is_custom_amount, shipping_option_id, data, metadata,
created_at, updated_at`, methods)
	w.insert("order_shipping", "id, order_id, version, shipping_method_id, created_at, updated_at", links)
	w.insert("order_shipping_method_tax_line", orderTaxInsert+", shipping_method_id", taxes)
	w.insert("order_shipping_method_adjustment", orderAdjustmentInsert+", shipping_method_id, version", adjustments)
}

func (w *orderWriter) credit() {
	var rows [][]any
	for _, l := range w.c.CreditLines {
		rows = append(rows, []any{
			w.id("ordcl"), w.p.OrderID, l.Reference, l.ReferenceID, l.Amount.Column(), string(l.Amount.Raw()), jsonText(l.Metadata), w.now, w.now,
		})
	}
	w.insert("order_credit_line", "id, order_id, reference, reference_id, amount, raw_amount, metadata, created_at, updated_at", rows)
}

func (w *orderWriter) captures() {
	var rows [][]any
	for _, t := range w.p.Captured {
		rows = append(rows, []any{
			w.id("ordtrx"), w.p.OrderID, 1, t.Amount.Column(), string(t.Amount.Raw()), w.c.CurrencyCode, "capture", t.ID, w.now, w.now,
		})
	}
	w.insert("order_transaction", "id, order_id, version, amount, raw_amount, currency_code, reference, reference_id, created_at, updated_at", rows)
}

// reserve promises stock. The levels are locked.
func (w *orderWriter) reserve() {
	var rows [][]any
	for _, r := range w.p.Reservations {
		rows = append(rows, []any{
			w.id("resitem"), r.LineID, r.LocationID, r.Quantity.Column(), string(r.Quantity.Raw()), r.InventoryItemID, r.Backorder, w.now, w.now,
		})
		w.add(`UPDATE inventory_level SET reserved_quantity = reserved_quantity + ?::numeric, updated_at = ?, raw_reserved_quantity = jsonb_build_object(
'value', trim_scale(coalesce((raw_reserved_quantity->>'value')::numeric, reserved_quantity) + ?::numeric)::text, 'precision', 20) WHERE id = ?`,
			r.Quantity.String(), w.now, r.Quantity.String(), r.LevelID)
	}
	w.insert("reservation_item", `id, line_item_id, location_id, quantity, raw_quantity, inventory_item_id, allow_backorder, created_at, updated_at`, rows)
}

func (w *orderWriter) links() {
	w.insert("order_cart", "order_id, cart_id, id, created_at, updated_at", [][]any{{w.p.OrderID, w.c.ID, w.id("ordercart"), w.now, w.now}})
	var promotions [][]any
	for _, p := range w.c.Promotions {
		promotions = append(promotions, []any{w.p.OrderID, p.ID, w.id("orderpromo"), w.now, w.now})
	}
	w.insert("order_promotion", "order_id, promotion_id, id, created_at, updated_at", promotions)
	if p := w.c.PaymentCollection; p != nil {
		w.insert("order_payment_collection", "order_id, payment_collection_id, id, created_at, updated_at", [][]any{{
			w.p.OrderID, p.ID, w.id("ordpay"), w.now, w.now,
		}})
	}
}
