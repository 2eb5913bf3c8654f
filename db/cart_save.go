package db

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// orderedCart is all of a cart that its order is made of.
var orderedCart = Want{
	field.Items: {field.TaxLines: {}, field.Adjustments: {}}, field.ShippingMethods: {field.TaxLines: {}, field.Adjustments: {}}, field.CreditLines: {},
	field.Promotions: {}, field.Customer: {}, field.ShippingAddress: {}, field.BillingAddress: {}, field.PaymentCollection: {field.PaymentSessions: {}}, field.Totals: {},
}

// wholeCart is all that decisions about a cart look at.
var wholeCart = orderedCart.With(Want{field.Region: {field.Countries: {}}, field.Customer: {field.Groups: {}}})

// LockCart keeps others from changing a cart until the transaction ends, and returns it with everything in it, and with what else
// is wanted of it but products and variants, which FillCart fills. It checks the viewer's key, unless that has been done.
func (d DB) LockCart(ctx context.Context, v *Viewer, id string, want Want) (*model.Cart, error) {
	l := cartLoad{id: id, want: wholeCart.With(want), goodsLater: true}
	var m *medusaLock
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		m = d.lockMedusa(b, id)
		l.lock(b)
		l.read(b)
	})
	return l.found(m.err(err))
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
		return nil, model.NotFound.Because(model.UserErrorCodeNotFound, "cartId").Errorf("Cart id not found: %s", l.id)
	}
	l.stitch()
	return l.cart, nil
}

// A CartImage is a cart as it is in the database, by which Writes.Cart finds what has changed.
type CartImage struct {
	cart        model.Cart
	items       map[string]model.LineItem
	methods     map[string]model.ShippingMethod
	taxes       [2]map[string]model.TaxLine // of items, of shipping methods
	adjustments [2]map[string]model.Adjustment
	addresses   map[string]model.CartAddress
	promos      map[string]bool
}

// Image remembers a cart as it is in the database. Nil is a cart that is not there yet.
func Image(c *model.Cart) *CartImage {
	m := &CartImage{
		items: map[string]model.LineItem{}, methods: map[string]model.ShippingMethod{}, addresses: map[string]model.CartAddress{}, promos: map[string]bool{},
	}
	for of := range m.taxes {
		m.taxes[of], m.adjustments[of] = map[string]model.TaxLine{}, map[string]model.Adjustment{}
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
		m.adjustments[of][a.ID] = *a
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
	items := changesOf(w, lineItemTable, before.items)
	taxes := changesOf(w, cartTaxTables[ofItem], before.taxes[ofItem])
	adjustments := changesOf(w, cartAdjustmentTables[ofItem], before.adjustments[ofItem])
	for _, i := range c.Items {
		i.CartID = c.ID
		taxes.have(i.TaxLines)
		adjustments.have(i.Adjustments)
	}
	items.have(c.Items)
	items.write()
	taxes.write()
	adjustments.write()
}

func (w *Writes) shippingMethods(before *CartImage, c *model.Cart) {
	methods := changesOf(w, shippingMethodTable, before.methods)
	taxes := changesOf(w, cartTaxTables[ofShippingMethod], before.taxes[ofShippingMethod])
	adjustments := changesOf(w, cartAdjustmentTables[ofShippingMethod], before.adjustments[ofShippingMethod])
	for _, m := range c.ShippingMethods {
		m.CartID = c.ID
		taxes.have(m.TaxLines)
		adjustments.have(m.Adjustments)
	}
	methods.have(c.ShippingMethods)
	methods.write()
	taxes.write()
	adjustments.write()
}

// changes are how rows of a table differ from what they were.
type changes[T any] struct {
	w              *Writes
	table          *table[T]
	was            map[string]T // by id
	kept           map[string]bool
	added, changed []*T
}

func changesOf[T any](w *Writes, t *table[T], was map[string]T) *changes[T] {
	return &changes[T]{w: w, table: t, was: was, kept: map[string]bool{}}
}

// have says that there are these rows now, and sorts them by their ids. Those that are new or differ get their times.
func (x *changes[T]) have(rows []*T) {
	for _, row := range rows {
		id := x.table.id(row)
		old, known := x.was[id]
		switch x.kept[id] = true; {
		case !known:
			x.table.stamp(row, "created_at", x.w.at())
			x.added = append(x.added, row)
		case x.table.differs(&old, row):
			x.changed = append(x.changed, row)
		default:
			continue
		}
		x.table.stamp(row, "updated_at", x.w.at())
	}
	slices.SortFunc(rows, func(a, b *T) int { return strings.Compare(x.table.id(a), x.table.id(b)) })
}

// write adds the writes of what has changed. The rows that are no longer there are marked as deleted.
func (x *changes[T]) write() {
	insertInto(x.w, x.table, x.added...)
	updateIn(x.w, x.table, x.changed...)
	x.w.remove(x.table.name, gone(x.was, x.kept))
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
