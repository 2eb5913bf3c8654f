package db

import (
	"context"

	"storegraph/model"
)

// CartToComplete returns a cart with everything that its order will have, without locking it.
func (d DB) CartToComplete(ctx context.Context, id string) (*model.Cart, error) {
	l := cartLoad{id: id, want: wholeCart}
	if err := d.run(ctx, l.read); err != nil {
		return nil, err
	}
	if l.cart == nil {
		return nil, model.NotFound.Errorf("Cart with id '%s' not found", id)
	}
	l.stitch()
	return l.cart, nil
}

// ShippingFacts are the shipping profiles that a cart's goods need, and those that its shipping methods serve.
type ShippingFacts struct {
	profileOf map[string]string // of variants' products
	served    map[string]bool   // by the chosen options
}

// ShippingFacts reads what the shipping of a cart must satisfy.
func (d DB) ShippingFacts(ctx context.Context, cart *model.Cart) (*ShippingFacts, error) {
	variants := idsOf(cart.Items, func(i *model.LineItem) *string { return i.VariantID })
	options := idsOf(cart.ShippingMethods, func(m *model.ShippingMethod) *string { return m.ShippingOptionID })
	out := &ShippingFacts{}
	err := d.run(ctx, func(b *batch) {
		out.profileOf, out.served = map[string]string{}, map[string]bool{}
		b.read(`SELECT v.id, (SELECT s.shipping_profile_id FROM product_shipping_profile s WHERE s.product_id = v.product_id AND s.deleted_at IS NULL LIMIT 1)
FROM product_variant v WHERE v.id = ANY($1) AND v.deleted_at IS NULL`, []any{variants}, func(c *cursor) { out.profileOf[c.text()] = c.text() })
		b.read(`SELECT shipping_profile_id FROM shipping_option WHERE id = ANY($1) AND deleted_at IS NULL`, []any{options},
			func(c *cursor) { out.served[c.text()] = true })
	})
	return out, err
}

// Satisfied fails if the cart has something to be shipped that none of its shipping methods ships.
func (f *ShippingFacts) Satisfied(cart *model.Cart) error {
	for _, i := range cart.Items {
		if !i.RequiresShipping {
			continue
		}
		if len(cart.ShippingMethods) == 0 {
			return model.Invalid.Errorf("No shipping method selected but the cart contains items that require shipping.")
		}
		profile, known := "", false
		if i.VariantID != nil {
			profile, known = f.profileOf[*i.VariantID]
		}
		if !known || !f.served[profile] {
			return model.Invalid.Errorf("The cart items require shipping profiles that are not satisfied by the current shipping methods")
		}
	}
	return nil
}

// PaymentProvidersOf returns the ids of the payment providers of a region that are enabled.
func (d DB) PaymentProvidersOf(ctx context.Context, region string) ([]string, error) {
	var out []string
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT p.id FROM region_payment_provider l JOIN payment_provider p ON p.id = l.payment_provider_id AND p.is_enabled AND p.deleted_at IS NULL
WHERE l.region_id = $1 AND l.deleted_at IS NULL`, []any{region}, func(c *cursor) { out = append(out, c.text()) })
	})
	return out, err
}

// Requirements returns what a cart's lines, which get other ids, take of which inventory items. It fails if a variant that is
// counted is made of nothing.
func (d DB) Requirements(ctx context.Context, cart *model.Cart, lineIDs map[string]string) ([]model.Requirement, error) {
	type part struct {
		item      string
		required  model.Amount
		backorder bool
	}
	parts := map[string][]part{}
	counted := map[string]bool{}
	err := d.run(ctx, func(b *batch) {
		clear(parts)
		clear(counted)
		b.read(`SELECT v.id, v.allow_backorder, l.inventory_item_id, l.required_quantity::text
FROM product_variant v LEFT JOIN product_variant_inventory_item l ON l.variant_id = v.id AND l.deleted_at IS NULL
WHERE v.id = ANY($1) AND v.manage_inventory AND v.deleted_at IS NULL ORDER BY l.id`,
			[]any{idsOf(cart.Items, func(i *model.LineItem) *string { return i.VariantID })}, func(c *cursor) {
				id := c.text()
				p := part{backorder: c.bool(), item: c.text(), required: c.amount()}
				if counted[id] = true; p.item != "" {
					parts[id] = append(parts[id], p)
				}
			})
	})
	if err != nil {
		return nil, err
	}
	var out []model.Requirement
	for _, i := range cart.Items {
		if i.VariantID == nil || !counted[*i.VariantID] {
			continue
		}
		if len(parts[*i.VariantID]) == 0 {
			return nil, model.Invalid.Errorf("Variant %s does not have any inventory items associated with it.", *i.VariantID)
		}
		for _, p := range parts[*i.VariantID] {
			out = append(out, model.Requirement{
				LineID: lineIDs[i.ID], InventoryItemID: p.item, Quantity: p.required.Times(model.NewAmount(int64(i.Quantity))), Backorder: p.backorder,
			})
		}
	}
	return out, nil
}

// CapturesOf returns what has been taken of a payment, as seen by the transaction.
func (d DB) CapturesOf(ctx context.Context, payment string) ([]model.OrderCapture, error) {
	var out []model.OrderCapture
	err := d.each(ctx, `SELECT id, coalesce(raw_amount->>'value', amount::text) FROM capture WHERE payment_id = ? AND deleted_at IS NULL ORDER BY id`,
		[]any{payment}, func(scan func(into ...any) error) error {
			var c model.OrderCapture
			amount := ""
			if err := scan(&c.ID, &amount); err != nil {
				return err
			}
			a, err := model.ParseAmount(amount)
			c.Amount = a
			out = append(out, c)
			return err
		})
	return out, err
}
