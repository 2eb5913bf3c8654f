package shop

import (
	"context"
	"errors"
	"slices"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// MergeCarts moves what is in one cart to another. A line that the other cannot take, or not all of, stays where it is, and the
// warnings say so: no unit is lost, and none counts twice.
func (s *Shop) MergeCarts(ctx context.Context, id, from string, want db.Want) (*model.CartPayload, error) {
	if id == from {
		return nil, model.Invalid.Because(model.UserErrorCodeInvalid, fromCartID).Errorf("A cart cannot be merged with itself")
	}
	// Both are taken in the order of their ids, here and in the database, so that two mergers never wait for each other.
	first, second := min(id, from), max(id, from)
	v := auth.Viewer(ctx)
	var into, source *cartChange
	err := s.changing(ctx, func(tx db.DB) error {
		locked := map[string]*model.Cart{}
		for _, name := range []string{first, second} {
			cart, err := tx.LockCart(ctx, v, name, want)
			if err == nil {
				err = s.mergeable(ctx, cart)
			}
			if err != nil && name == from && !errors.Is(err, model.Conflict) { // which is about the moment, not about an input
				err = in(err, fromCartID)
			}
			if err != nil {
				return err
			}
			locked[name] = cart
		}
		into = s.change(tx, locked[id])
		into.recognize(auth.Viewer(ctx).CustomerID)
		source = s.change(tx, locked[from])
		return s.merge(ctx, into, source)
	}, id, from)
	if err != nil {
		return nil, err
	}
	if s.foreign(source) {
		if err := s.refresh(ctx, source, nil); err != nil {
			return nil, err
		}
	}
	return s.answer(ctx, into, want)
}

// mergeable fails if what is in a cart may not be moved: it has become an order, or it is another customer's.
func (s *Shop) mergeable(ctx context.Context, c *model.Cart) error {
	if err := s.changeable(ctx, c); err != nil {
		return err
	}
	if c.Owned(auth.Viewer(ctx).CustomerID) {
		return errOwned(c.ID)
	}
	return nil
}

// merge moves the lines of one locked cart to another.
func (s *Shop) merge(ctx context.Context, into, from *cartChange) error {
	var variants []string
	for _, i := range from.cart.Items {
		if i.VariantID != nil {
			variants = append(variants, *i.VariantID)
		}
	}
	if err := into.learn(ctx, incoming{variants: variants}); err != nil {
		return err
	}
	if err := from.learn(ctx, incoming{}); err != nil {
		return err
	}
	for _, i := range slices.Clone(from.cart.Items) {
		moved, reason := into.take(i)
		if moved < i.Quantity {
			asked := i.Quantity
			reason.LineID, reason.VariantID, reason.RequestedQuantity, reason.AcceptedQuantity = &i.ID, i.VariantID, &asked, &moved
			into.warn(reason)
		}
		switch {
		case moved == i.Quantity:
			from.remove(i.ID)
		case moved > 0:
			i.Quantity -= moved
			from.setPrice(i)
		}
	}
	for _, code := range from.codes {
		if !slices.Contains(into.codes, code) {
			into.codes = append(into.codes, code)
		}
	}
	if err := into.learn(ctx, incoming{variants: variants}); err != nil { // with the promotions of both
		return err
	}
	for _, ch := range []*cartChange{into, from} {
		if err := s.settle(ctx, ch); err != nil {
			return err
		}
		ch.writes.Event("cart.updated", map[string]string{"id": ch.cart.ID})
		if err := ch.writes.Send(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fromCartID is the field of the input that names the cart whose lines are moved.
const fromCartID = "fromCartId"

// in returns err as one of another field of the input.
func in(err error, field string) error {
	e := model.AsError(err)
	if e == nil {
		return err
	}
	out := *e
	out.Field = []string{field}
	return &out
}

// take puts as many units of another cart's line into this one as it can, and returns how many, and why not all.
func (ch *cartChange) take(i *model.LineItem) (int, model.CartWarning) {
	notTaken := func(code model.CartWarningCode, message string) (int, model.CartWarning) {
		return 0, model.CartWarning{Code: code, Message: message}
	}
	if i.IsCustomPrice || i.VariantID == nil {
		return notTaken(model.CartWarningCodeLineNotMoved, "Line item with id: "+i.ID+" has a price that was set for its cart")
	}
	v := ch.facts.Variants[*i.VariantID]
	if v == nil || !v.ForSale() {
		return notTaken(model.CartWarningCodeNotForSale, notForSale([]string{*i.VariantID}).Error())
	}
	units := min(i.Quantity, ch.most(v, nil))
	if units <= 0 {
		return notTaken(short(0), errShortOfStock.Message)
	}
	before := make([]model.LineItem, len(ch.cart.Items))
	for n, have := range ch.cart.Items {
		before[n] = *have
	}
	line, err := ch.put(v, &model.LineItemInput{VariantID: v.ID, Quantity: units, Metadata: model.Some(i.Metadata)}, true)
	if err != nil {
		return notTaken(model.CartWarningCodeQuantityInvalid, err.Error())
	}
	if !ch.setPrice(line) {
		ch.cart.Items = ch.cart.Items[:len(before)]
		for n := range before {
			*ch.cart.Items[n] = before[n]
		}
		return notTaken(model.CartWarningCodeNoPrice, noPrice([]string{v.ID}).Error())
	}
	return units, model.CartWarning{Code: model.CartWarningCodeQuantityCut, Message: errShortOfStock.Message}
}

// AdoptCart gives the cart that a shopper filled as a guest to the customer who is asking, and returns the cart to go on
// with, with what is wanted of it.
func (s *Shop) AdoptCart(ctx context.Context, id string, policy model.CartPolicy, want db.Want) (*model.CartPayload, error) {
	claims, err := s.customer(ctx)
	if err != nil {
		return nil, err
	}
	cart, err := s.DB.WholeCart(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mergeable(ctx, cart); err != nil {
		return nil, err
	}
	if policy == model.CartPolicyMerge {
		own, err := s.DB.LatestCart(ctx, claims.ActorID, value(cart.RegionID), id)
		if err != nil {
			return nil, err
		}
		if own != "" {
			merged, err := s.MergeCarts(ctx, own, id, want)
			if e := model.AsError(err); e == nil || !errors.Is(err, model.Invalid) { // it may have become an order meanwhile: claim instead
				return merged, err
			}
		}
	}
	return s.ClaimCart(ctx, id, want)
}

// CartProblems finds what stands in the way of ordering a cart as it is. It changes nothing.
func (s *Shop) CartProblems(ctx context.Context, id string) ([]*model.CartProblem, error) {
	cart, err := s.DB.WholeCart(ctx, id)
	if err != nil {
		return nil, err
	}
	ch := s.change(s.DB, cart)
	if err := ch.learn(ctx, incoming{}); err != nil {
		return nil, err
	}
	out := ch.lineProblems()
	fates, err := ch.shippingFates(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range fates {
		p := &model.CartProblem{Kind: model.CartProblemKindShippingStale, ShippingMethodID: &f.Method.ID}
		switch {
		case f.Option == nil:
			p.Message = f.Method.Name + " does not ship this cart any more"
		case !f.Option.Amount.Same(f.Method.Amount):
			p.Message, p.CurrentPrice = f.Method.Name+" costs something else now", f.Option.Amount
		default:
			continue
		}
		out = append(out, p)
	}
	had := cart.Promotions
	if err := ch.applyPromotions(); err != nil {
		return nil, err
	}
	for _, p := range had {
		if !slices.ContainsFunc(cart.Promotions, func(now *model.Promotion) bool { return now.ID == p.ID }) {
			out = append(out, &model.CartProblem{
				Kind: model.CartProblemKindPromotionGone, PromoCode: &p.Code, Message: "The promotion " + p.Code + " does not apply any more",
			})
		}
	}
	return out, nil
}

func (ch *cartChange) lineProblems() []*model.CartProblem {
	out := []*model.CartProblem{}
	demand := ch.demand()
	for _, i := range ch.cart.Items {
		if i.VariantID == nil {
			continue
		}
		v, now := ch.variant(i), *i
		switch {
		case v == nil || !v.ForSale():
			out = append(out, &model.CartProblem{Kind: model.CartProblemKindNotForSale, LineID: &i.ID, Message: i.Title + " is not sold any more"})
			continue
		case !ch.setPrice(&now):
			out = append(out, &model.CartProblem{Kind: model.CartProblemKindNotForSale, LineID: &i.ID, Message: i.Title + " has no price here any more"})
			continue
		case !now.UnitPrice.Equal(i.UnitPrice.Decimal):
			out = append(out, &model.CartProblem{
				Kind: model.CartProblemKindPriceChanged, LineID: &i.ID, Message: i.Title + " costs something else now", CurrentPrice: &now.UnitPrice,
			})
		}
		if v.Counted() && (!ch.facts.Located[v.ID] || !ch.facts.Stock.Fits(v, demand)) {
			most := ch.most(v, i)
			out = append(out, &model.CartProblem{
				Kind: model.CartProblemKindStockShort, LineID: &i.ID, Message: "There is not enough of " + i.Title, Available: &most,
			})
		}
	}
	return out
}
