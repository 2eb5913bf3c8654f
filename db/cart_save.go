package db

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"storegraph/model"
	"storegraph/model/field"
)

// wholeCart is all that decisions about a cart look at.
var wholeCart = Want{
	field.Items: {field.TaxLines: {}, field.Adjustments: {}}, field.ShippingMethods: {field.TaxLines: {}, field.Adjustments: {}}, field.CreditLines: {},
	field.Promotions: {}, field.Region: {field.Countries: {}}, field.Customer: {field.Groups: {}}, field.ShippingAddress: {}, field.BillingAddress: {},
	field.PaymentCollection: {field.PaymentSessions: {}}, field.Total: {},
}

// orderedCart is all of a cart that its order is made of.
var orderedCart = Want{
	field.Items: {field.TaxLines: {}, field.Adjustments: {}}, field.ShippingMethods: {field.TaxLines: {}, field.Adjustments: {}}, field.CreditLines: {},
	field.Promotions: {}, field.Customer: {}, field.ShippingAddress: {}, field.BillingAddress: {}, field.PaymentCollection: {field.PaymentSessions: {}}, field.Total: {},
}

// LockCart keeps others from changing a cart until the transaction ends, and returns it with everything in it, and with what else
// is wanted of it but products and variants, which FillCart fills. It checks the viewer's key, unless that has been done.
func (d DB) LockCart(ctx context.Context, v *Viewer, id string, want Want) (*model.Cart, error) {
	l := cartLoad{id: id, want: wholeCart.With(want), goodsLater: true}
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		l.lock(b)
		l.read(b)
	})
	return l.found(err)
}

// lock queues the lock on the cart. Each statement of a batch sees what was committed when it began, so those after this one see
// the cart as it is.
//
// A change finds everything by ids, for which a generic plan is as good as any. Planning each statement for the ids of each cart would
// cost Postgres a third of a checkout.
func (l *cartLoad) lock(b *batch) {
	b.read(`SELECT set_config('plan_cache_mode', 'force_generic_plan', true) FROM cart WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`,
		[]any{l.id}, func(*cursor) {})
}

// found returns the cart that was read, or fails.
func (l *cartLoad) found(err error) (*model.Cart, error) {
	if err != nil {
		return nil, err
	}
	if l.cart == nil {
		return nil, model.NotFound.Errorf("Cart id not found: %s", l.id)
	}
	l.stitch()
	return l.cart, nil
}

// A CartImage is a cart as it is in the database, by which Writes.Cart finds what has changed.
type CartImage struct {
	cart      model.Cart
	items     map[string]model.LineItem
	methods   map[string]model.ShippingMethod
	taxes     [2]map[string]model.TaxLine // of items, of shipping methods
	adjusts   [2]map[string]bool          // likewise: an adjustment never changes, a new one takes its place
	addresses map[string]model.CartAddress
	promos    map[string]bool
}

// Image remembers a cart as it is in the database. Nil is a cart that is not there yet.
func Image(c *model.Cart) *CartImage {
	m := &CartImage{
		items: map[string]model.LineItem{}, methods: map[string]model.ShippingMethod{}, addresses: map[string]model.CartAddress{}, promos: map[string]bool{},
	}
	for of := range m.taxes {
		m.taxes[of], m.adjusts[of] = map[string]model.TaxLine{}, map[string]bool{}
	}
	if c == nil {
		return m
	}
	m.cart = *c
	for _, i := range c.Items {
		m.items[i.ID] = *i
		m.lines(ofItem, i.TaxLines, i.Adjustments)
	}
	for _, s := range c.ShippingMethods {
		m.methods[s.ID] = *s
		m.lines(ofShippingMethod, s.TaxLines, s.Adjustments)
	}
	for _, a := range []*model.CartAddress{c.ShippingAddress, c.BillingAddress} {
		if a != nil {
			m.addresses[a.ID] = *a
		}
	}
	for _, p := range c.Promotions {
		m.promos[p.ID] = true
	}
	return m
}

func (m *CartImage) lines(of int, taxes []*model.TaxLine, adjustments []*model.Adjustment) {
	for _, t := range taxes {
		m.taxes[of][t.ID] = *t
	}
	for _, a := range adjustments {
		m.adjusts[of][a.ID] = true
	}
}

// Cart adds the writes of what has changed of a cart since its image was taken: the cart itself, its addresses, items, shipping
// methods, their taxes and adjustments, and the promotions it is linked with. What is no longer in the cart is deleted as
// the reference deletes: its row stays and says when. The cart becomes what a later read of it would return.
func (w *Writes) Cart(before *CartImage, c *model.Cart) {
	w.cartAddresses(before, c)
	switch {
	case before.cart.ID == "":
		c.CreatedAt, c.UpdatedAt = w.at(), w.at()
		insertInto(w, cartTable, c)
	case cartTable.differs(&before.cart, c):
		c.UpdatedAt = w.at()
		updateIn(w, cartTable, c)
	}
	w.lineItems(before, c)
	w.shippingMethods(before, c)
	w.cartPromotions(before, c)
}

func (w *Writes) cartAddresses(before *CartImage, c *model.Cart) {
	var added, changed []*model.CartAddress
	for _, a := range []*model.CartAddress{c.ShippingAddress, c.BillingAddress} {
		if a == nil || slices.Contains(added, a) || slices.Contains(changed, a) {
			continue
		}
		old, known := before.addresses[a.ID]
		switch {
		case !known && a.CreatedAt.IsZero(): // one with a time is another cart's, which this one shares
			a.CreatedAt, a.UpdatedAt = w.at(), w.at()
			added = append(added, a)
		case known && cartAddressTable.differs(&old, a):
			a.UpdatedAt = w.at()
			changed = append(changed, a)
		}
	}
	insertInto(w, cartAddressTable, added...)
	updateIn(w, cartAddressTable, changed...)
}

func (w *Writes) lineItems(before *CartImage, c *model.Cart) {
	var added, changed []*model.LineItem
	on := newOnLines(ofItem)
	kept := map[string]bool{}
	for _, i := range c.Items {
		old, known := before.items[i.ID]
		switch kept[i.ID] = true; {
		case !known:
			i.CartID, i.CreatedAt, i.UpdatedAt = c.ID, w.at(), w.at()
			added = append(added, i)
		case lineItemTable.differs(&old, i):
			i.UpdatedAt = w.at()
			changed = append(changed, i)
		}
		on.collect(w, before, i.TaxLines, i.Adjustments)
	}
	insertInto(w, lineItemTable, added...)
	updateIn(w, lineItemTable, changed...)
	w.remove(lineItemTable.name, gone(before.items, kept))
	on.write(w, before)
	slices.SortFunc(c.Items, func(a, b *model.LineItem) int { return strings.Compare(a.ID, b.ID) })
}

func (w *Writes) shippingMethods(before *CartImage, c *model.Cart) {
	var added, changed []*model.ShippingMethod
	on := newOnLines(ofShippingMethod)
	kept := map[string]bool{}
	for _, m := range c.ShippingMethods {
		old, known := before.methods[m.ID]
		switch kept[m.ID] = true; {
		case !known:
			m.CartID, m.CreatedAt, m.UpdatedAt = c.ID, w.at(), w.at()
			added = append(added, m)
		case shippingMethodTable.differs(&old, m):
			m.UpdatedAt = w.at()
			changed = append(changed, m)
		}
		on.collect(w, before, m.TaxLines, m.Adjustments)
	}
	insertInto(w, shippingMethodTable, added...)
	updateIn(w, shippingMethodTable, changed...)
	w.remove(shippingMethodTable.name, gone(before.methods, kept))
	on.write(w, before)
	slices.SortFunc(c.ShippingMethods, func(a, b *model.ShippingMethod) int { return strings.Compare(a.ID, b.ID) })
}

// onLines are the taxes and adjustments on all items of a cart, or on all its shipping methods.
type onLines struct {
	of            int
	added         []*model.TaxLine
	changed       []*model.TaxLine
	adjusted      []*model.Adjustment
	keptTaxes     map[string]bool
	keptAdjusting map[string]bool
}

func newOnLines(of int) *onLines {
	return &onLines{of: of, keptTaxes: map[string]bool{}, keptAdjusting: map[string]bool{}}
}

func (x *onLines) collect(w *Writes, before *CartImage, taxes []*model.TaxLine, adjustments []*model.Adjustment) {
	for _, t := range taxes {
		old, known := before.taxes[x.of][t.ID]
		switch x.keptTaxes[t.ID] = true; {
		case !known:
			t.CreatedAt, t.UpdatedAt = w.at(), w.at()
			x.added = append(x.added, t)
		case cartTaxTables[x.of].differs(&old, t):
			t.UpdatedAt = w.at()
			x.changed = append(x.changed, t)
		}
	}
	for _, a := range adjustments {
		if x.keptAdjusting[a.ID] = true; !before.adjusts[x.of][a.ID] {
			a.CreatedAt, a.UpdatedAt = w.at(), w.at()
			x.adjusted = append(x.adjusted, a)
		}
	}
	slices.SortFunc(taxes, func(a, b *model.TaxLine) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(adjustments, func(a, b *model.Adjustment) int { return strings.Compare(a.ID, b.ID) })
}

func (x *onLines) write(w *Writes, before *CartImage) {
	insertInto(w, cartTaxTables[x.of], x.added...)
	updateIn(w, cartTaxTables[x.of], x.changed...)
	insertInto(w, cartAdjustmentTables[x.of], x.adjusted...)
	w.remove(cartTaxTables[x.of].name, gone(before.taxes[x.of], x.keptTaxes))
	w.remove(cartAdjustmentTables[x.of].name, gone(before.adjusts[x.of], x.keptAdjusting))
}

// gone returns the ids of what was there and is not kept, in order.
func gone[V any](was map[string]V, kept map[string]bool) []string {
	var out []string
	for id := range was {
		if !kept[id] {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// remove marks rows as deleted, if there are any.
func (w *Writes) remove(table string, ids []string) {
	if len(ids) > 0 {
		w.build(w.d.bun.NewUpdate().TableExpr("?", bun.Ident(table)).Set("deleted_at = ?", w.now).Set("updated_at = ?", w.now).
			Where("id = ANY(?)", pgdialect.Array(ids)))
	}
}

// A promotionLink says that a cart has a promotion.
type promotionLink struct {
	CartID, PromotionID, ID string
	CreatedAt, UpdatedAt    model.Time
}

var promotionLinkTable = tableOf[promotionLink]("cart_promotion", "l")

// cartPromotions links the cart with the promotions that it has now, and with no others.
func (w *Writes) cartPromotions(before *CartImage, c *model.Cart) {
	kept := map[string]bool{}
	var links []*promotionLink
	for _, p := range c.Promotions {
		if kept[p.ID] = true; !before.promos[p.ID] {
			links = append(links, &promotionLink{CartID: c.ID, PromotionID: p.ID, ID: w.id("cartpromo"), CreatedAt: w.at(), UpdatedAt: w.at()})
		}
	}
	if len(links) > 0 {
		w.build(promotionLinkTable.insert(w.d, links).On("CONFLICT (cart_id, promotion_id) DO UPDATE").
			Set("deleted_at = NULL").Set("updated_at = excluded.updated_at"))
	}
	if ids := gone(before.promos, kept); len(ids) > 0 {
		w.build(w.d.bun.NewUpdate().TableExpr("cart_promotion").Set("deleted_at = ?", w.now).Set("updated_at = ?", w.now).
			Where("cart_id = ?", c.ID).Where("promotion_id = ANY(?)", pgdialect.Array(ids)))
	}
	slices.SortFunc(c.Promotions, func(a, b *model.Promotion) int { return strings.Compare(a.ID, b.ID) })
}
