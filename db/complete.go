package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// WholeCart returns a cart with everything that its order will have, without locking it.
func (d DB) WholeCart(ctx context.Context, id string) (*model.Cart, error) {
	l := cartLoad{id: id, want: wholeCart}
	if err := d.run(ctx, l.read); err != nil {
		return nil, err
	}
	if l.cart == nil {
		return nil, model.NotFound.Because(model.UserErrorCodeNotFound, "cartId").Errorf("Cart with id '%s' not found", id)
	}
	l.stitch()
	return l.cart, nil
}

// OrderOfCart returns the id of the order that a cart has become, or an empty text.
func (d DB) OrderOfCart(ctx context.Context, cart string) (string, error) {
	id := ""
	err := d.run(ctx, func(b *batch) { orderOfCart(b, cart, &id) })
	return id, err
}

func orderOfCart(b *batch, cart string, into *string) {
	*into = ""
	b.read(`SELECT order_id FROM order_cart WHERE cart_id = $1 AND deleted_at IS NULL LIMIT 1`, []any{cart}, func(c *cursor) { *into = c.text() })
}

// A Completion is what making an order of a cart looks at.
type Completion struct {
	OrderID string      // of the order that it has become already; empty if it has not
	Cart    *model.Cart // with everything in it

	Providers []string                    // the payment providers of its region that are enabled
	Profiles  map[string]string           // the shipping profiles of its variants' products, by the variants' ids
	Served    []string                    // the shipping profiles of its shipping methods' options
	Parts     map[string][]model.NeedPart // what its variants are made of, by the ids of those that are counted
}

// LockToComplete keeps others from changing a cart until the transaction ends, and returns what making an order of it looks at, in one
// round trip. It checks the viewer's key, unless that has been done or the viewer is nil.
func (d DB) LockToComplete(ctx context.Context, v *Viewer, id string) (*Completion, error) {
	out := &Completion{}
	l := cartLoad{id: id, want: orderedCart}
	var m *medusaLock
	fill := func(b *batch) {
		*out = Completion{Profiles: map[string]string{}, Parts: map[string][]model.NeedPart{}}
		m = d.lockMedusa(b, id)
		l.lock(b)
		orderOfCart(b, id, &out.OrderID)
		l.read(b)
		out.read(b, id)
	}
	var err error
	if v == nil {
		err = d.run(ctx, fill)
	} else {
		err = d.keyed(ctx, v.Key, false, fill)
	}
	if err := m.err(err); err != nil {
		return &Completion{}, err
	}
	if out.OrderID != "" {
		return out, nil
	}
	if l.cart == nil {
		return out, model.NotFound.Because(model.UserErrorCodeNotFound, "cartId").Errorf("Cart with id '%s' not found", id)
	}
	l.stitch()
	out.Cart = l.cart
	return out, nil
}

const (
	variantsOfCart = `(SELECT variant_id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`
	optionsOfCart  = `(SELECT shipping_option_id FROM cart_shipping_method WHERE cart_id = $1 AND deleted_at IS NULL)`
)

func (x *Completion) read(b *batch, id string) {
	args := []any{id}
	b.read(`SELECT p.id FROM region_payment_provider l JOIN payment_provider p ON p.id = l.payment_provider_id AND p.is_enabled AND p.deleted_at IS NULL
JOIN region r ON r.id = l.region_id AND r.deleted_at IS NULL
WHERE l.region_id = `+regionOfOneCart+` AND l.deleted_at IS NULL`, args, func(c *cursor) { x.Providers = append(x.Providers, c.text()) })
	b.read(`SELECT shipping_profile_id FROM shipping_option WHERE id IN `+optionsOfCart+` AND deleted_at IS NULL`, args,
		func(c *cursor) { x.Served = append(x.Served, c.text()) })
	b.read(`SELECT v.id, (SELECT s.shipping_profile_id FROM product_shipping_profile s WHERE s.product_id = v.product_id AND s.deleted_at IS NULL LIMIT 1),
v.manage_inventory, v.allow_backorder, l.inventory_item_id, l.required_quantity::text
FROM product_variant v JOIN product p ON p.id = v.product_id AND p.deleted_at IS NULL LEFT JOIN product_variant_inventory_item l ON l.variant_id = v.id AND l.deleted_at IS NULL
WHERE v.id IN `+variantsOfCart+` AND v.deleted_at IS NULL ORDER BY l.id`, args, func(c *cursor) {
		variant := c.text()
		x.Profiles[variant] = c.text()
		counted, backorder := c.bool(), c.bool()
		part := model.NeedPart{InventoryItemID: c.text(), Required: c.amount(), Backorder: backorder}
		switch {
		case !counted:
		case part.InventoryItemID == "":
			x.Parts[variant] = []model.NeedPart{}
		default:
			x.Parts[variant] = append(x.Parts[variant], part)
		}
	})
}

// CartProviders are the providers that have a say in what a cart costs.
type CartProviders struct {
	Region   string
	Tax      string       // of its country; empty if nothing is taxed there
	Carriers []string     // of its shipping methods
	Total    model.Amount // what the cart costs now
}

// CartProviders returns the providers that have a say in what a cart costs; nil if there is no such cart, or if it has become an order.
func (d DB) CartProviders(ctx context.Context, id string) (*CartProviders, error) {
	out, l := CartProviders{}, cartLoad{id: id, want: Want{field.Totals: nil}}
	err := d.run(ctx, func(b *batch) {
		out = CartProviders{}
		l.read(b)
		b.read(`SELECT t.provider_id FROM cart c JOIN cart_address a ON a.id = c.shipping_address_id
JOIN tax_region t ON t.country_code = a.country_code AND t.parent_id IS NULL AND t.deleted_at IS NULL WHERE c.id = $1`, []any{id},
			func(c *cursor) { out.Tax = c.text() })
		b.read(carriersSQL+` IN `+optionsOfCart, []any{id}, func(c *cursor) { out.Carriers = append(out.Carriers, c.text()) })
	})
	if err != nil || l.cart == nil || l.cart.CompletedAt != nil {
		return nil, err
	}
	l.stitch()
	out.Total = l.cart.Total
	if l.cart.RegionID != nil {
		out.Region = *l.cart.RegionID
	}
	return &out, nil
}

const carriersSQL = `SELECT DISTINCT provider_id FROM shipping_option WHERE provider_id IS NOT NULL AND deleted_at IS NULL AND id`

// CarriersOf returns the fulfilment providers of shipping options.
func (d DB) CarriersOf(ctx context.Context, options []string) ([]string, error) {
	return d.Texts(ctx, carriersSQL+` = ANY($1)`, options)
}
