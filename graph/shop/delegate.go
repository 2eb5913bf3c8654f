package shop

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/medusa"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// A step that needs a provider which only a Medusa on the same database has is delegated to it: the use case looks whether the step may be
// taken, ends its transaction, so that it holds nothing that the Medusa may want, has the Medusa take the step under the locks of its own, and
// reads from the database what came of it. One request of this process asks at a time for one cart. Without an answer cart and payment stay
// as they are, or as the Medusa has left them; the same request may be sent again.

// caller is for whom a Medusa is asked: with their publishable key, and as the customer who they are here.
func (s *Shop) caller(ctx context.Context) (medusa.Caller, error) {
	v, c := auth.Viewer(ctx), auth.CallerOf(ctx)
	who := medusa.Caller{Key: v.Key.Token(), Token: c.Token, Locale: v.Locale, Address: s.ClientAddr(ctx)}
	session := c.ForOthers()
	if session == nil {
		return who, nil
	}
	var err error
	who.Token, err = s.Tokens.Sign(*session) // the Medusa does not know the sessions of this server
	return who, err
}

// delegate has a Medusa take a step for a cart, or for another thing with an id.
func (s *Shop) delegate(ctx context.Context, id string, step func(who medusa.Caller) error) error {
	release, err := s.locks.take(ctx, "delegate "+id)
	if err != nil {
		return err
	}
	defer release()
	who, err := s.caller(ctx)
	if err != nil {
		return err
	}
	defer s.Changed(id)
	return step(who)
}

// foreignPayer reports whether only a Medusa has a payment provider.
func (s *Shop) foreignPayer(id string) bool { return s.Medusa != nil && s.Payers.For(id) == nil }

// foreignCarrier reports whether only a Medusa has the fulfilment provider of a shipping option.
func (s *Shop) foreignCarrier(provider *string) bool {
	return s.Medusa != nil && value(provider) != "" && s.Carriers.For(*provider) == nil
}

// foreignTax reports whether only a Medusa has a tax provider; empty is none.
func (s *Shop) foreignTax(provider string) bool {
	return s.Medusa != nil && provider != "" && s.TaxProviders[provider] == nil
}

// foreign reports whether a Medusa has to find anew what its providers say about a cart that is being changed.
func (s *Shop) foreign(ch *cartChange) bool {
	if s.Medusa == nil {
		return false
	}
	if s.foreignTax(ch.facts.TaxProvider) || ch.paidElsewhere() {
		return true
	}
	options := ch.facts.Shipping.Options()
	return slices.ContainsFunc(ch.cart.ShippingMethods, func(m *model.ShippingMethod) bool {
		return slices.ContainsFunc(options, func(o *model.ShippingOption) bool {
			return m.ShippingOptionID != nil && o.ID == *m.ShippingOptionID && s.foreignCarrier(o.ProviderID)
		})
	})
}

// paidElsewhere reports whether a payment has been begun at a provider that only a Medusa has.
func (ch *cartChange) paidElsewhere() bool {
	return ch.shop.paidElsewhere(ch.cart.PaymentCollection)
}

func (s *Shop) paidElsewhere(p *model.PaymentCollection) bool {
	return p != nil && slices.ContainsFunc(p.PaymentSessions, func(p *model.PaymentSession) bool { return p.Status.Open() && s.foreignPayer(p.ProviderID) })
}

// refresh has a Medusa find anew what its providers say about a changed cart, and reads the cart again. Without an answer the change stays:
// the shopper is warned, and the cart is not completed before it has been found.
func (s *Shop) refresh(ctx context.Context, ch *cartChange, want db.Want) error {
	cart := ch.cart
	err := s.delegate(ctx, cart.ID, func(who medusa.Caller) error {
		if ch.forceTax {
			return s.Medusa.Taxes(ctx, who, cart.ID)
		}
		return s.Medusa.Refresh(ctx, who, cart.ID, value(cart.RegionID))
	})
	switch {
	case model.AsError(err) != nil:
		ch.warn(model.CartWarning{Code: model.CartWarningCodeNotCalculated, Message: "Shipping and taxes could not be calculated; they are before the order is placed"})
	case err != nil:
		return err
	}
	ch.cart, err = s.DB.Cart(ctx, auth.Viewer(ctx), cart.ID, want)
	return err
}

// refreshToOrder has a Medusa find anew what its providers say about a cart that is to become an order, if any of them has a say. It fails if
// the cart costs something else then.
func (s *Shop) refreshToOrder(ctx context.Context, id string) error {
	if s.Medusa == nil {
		return nil
	}
	p, err := s.DB.CartProviders(ctx, id)
	if err != nil || p == nil || !s.foreignTax(p.Tax) && !slices.ContainsFunc(p.Carriers, func(id string) bool { return s.foreignCarrier(&id) }) {
		return err
	}
	err = s.delegate(ctx, id, func(who medusa.Caller) error { return s.Medusa.Refresh(ctx, who, id, p.Region) })
	if err != nil {
		return err
	}
	now, err := s.DB.Cart(ctx, auth.Viewer(ctx), id, db.Want{field.Totals: nil})
	if err != nil {
		return err
	}
	if !now.Total.Same(p.Total) {
		return errMoved
	}
	return nil
}

// beginPaymentElsewhere has a Medusa begin a payment with a provider of its own, or in the place of one.
func (s *Shop) beginPaymentElsewhere(ctx context.Context, basis *db.PaymentBasis, in model.CreatePaymentSessionInput) error {
	collection := in.PaymentCollectionID
	err := s.delegate(ctx, collection, func(who medusa.Caller) error {
		return s.Medusa.BeginPayment(ctx, who, collection, in.ProviderID, in.Data.Value())
	})
	s.Changed(basis.CartID)
	if err != nil {
		return err
	}
	after, err := s.DB.PaymentBasis(ctx, collection, in.ProviderID, "")
	if err != nil {
		return err
	}
	if !after.Collection.Amount.Same(basis.Collection.Amount) || after.Collection.CurrencyCode != basis.Collection.CurrencyCode {
		return model.Conflict.Because(model.UserErrorCodeConflict, "paymentCollectionId").Errorf("The payment collection %s has changed", collection)
	}
	if !slices.Contains(after.Begun, in.ProviderID) {
		return model.Conflict.Because(model.UserErrorCodeConflict, "paymentCollectionId").Errorf("The payment collection %s has another session", collection)
	}
	return nil
}

// completeElsewhere has a Medusa make the order of a cart whose payment only it can authorise. Several that ask get the same order.
func (s *Shop) completeElsewhere(ctx context.Context, id string) (order string, err error) {
	err = s.delegate(ctx, id, func(who medusa.Caller) error { return s.Medusa.Complete(ctx, who, id) })
	if err != nil {
		return "", err
	}
	order, err = s.DB.OrderOfCart(context.WithoutCancel(ctx), id)
	if err == nil && order == "" {
		err = errors.New("a completed cart has no order")
	}
	return order, err
}

// shipElsewhere has a Medusa put shipping options into a cart if it has to be asked about one of them. done is false if it has not.
func (s *Shop) shipElsewhere(ctx context.Context, cart string, choices []ShippingChoice, want db.Want) (p *model.CartPayload, done bool, err error) {
	if s.Medusa == nil {
		return nil, false, nil
	}
	ids := make([]string, len(choices))
	for n, c := range choices {
		ids[n] = c.OptionID
	}
	carriers, err := s.DB.CarriersOf(ctx, ids)
	if err != nil || !slices.ContainsFunc(carriers, func(id string) bool { return s.foreignCarrier(&id) }) {
		return nil, false, err
	}
	v := auth.Viewer(ctx)
	before, err := s.DB.Cart(ctx, v, cart, db.Want{field.Customer: {}, field.CompletedAt: nil})
	if err == nil {
		err = s.changeable(ctx, before)
	}
	if err != nil {
		return nil, true, err
	}
	err = s.delegate(ctx, cart, func(who medusa.Caller) error {
		for _, c := range choices {
			if err := s.Medusa.ChooseShipping(ctx, who, cart, c.OptionID, c.Data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, true, err
	}
	after, err := s.DB.Cart(ctx, v, cart, want)
	return &model.CartPayload{Cart: after}, true, err
}

// priceElsewhere has a Medusa calculate what a shipping option costs for a cart.
func (s *Shop) priceElsewhere(ctx context.Context, cart *model.Cart, o *model.ShippingOption, data model.JSON) error {
	who, err := s.caller(ctx)
	if err != nil {
		return err
	}
	p, err := s.Medusa.ShippingPrice(ctx, who, o.ID, cart.ID, data)
	if err != nil {
		return err
	}
	o.SetPrice(&model.CalculatedPrice{ID: o.ID, CalculatedAmount: &p.Amount, IsCalculatedPriceTaxInclusive: p.TaxInclusive, CurrencyCode: &cart.CurrencyCode})
	return nil
}

// returnElsewhere has a Medusa make a return whose carrier only it has. If it does not answer, a return of the same units that the order has since
// is the one.
func (s *Shop) returnElsewhere(ctx context.Context, in *model.RequestReturnInput) (id string, err error) {
	r := &medusa.Return{
		Order: in.OrderID, Note: in.Note.Value(), Location: in.LocationID.Value(), Shipping: medusa.ReturnVia{Option: in.ReturnShipping.OptionID},
	}
	for _, i := range in.Items {
		r.Items = append(r.Items, medusa.ReturnItem{Line: i.ID, Quantity: i.Quantity.AppendJSON(nil, model.REST), Reason: i.ReasonID.Value(), Note: i.Note.Value()})
	}
	if price := in.ReturnShipping.Price.Value(); price != nil {
		r.Shipping.Price = price.AppendJSON(nil, model.REST)
	}
	if now := in.ReceiveNow.Value(); now != nil {
		r.Received = *now
	}
	err = s.delegate(ctx, in.OrderID, func(who medusa.Caller) error {
		before, err := s.returnsOf(ctx, in)
		if err != nil {
			return err
		}
		id, err = s.Medusa.RequestReturn(ctx, who, r)
		if e := model.AsError(err); e == nil || e.Code != medusa.NoAnswer {
			return err
		}
		after, look := s.returnsOf(context.WithoutCancel(ctx), in)
		made := slices.DeleteFunc(after, func(id string) bool { return slices.Contains(before, id) })
		if look != nil || len(made) == 0 {
			return err
		}
		id = made[0]
		return nil
	})
	return id, err
}

// returnsOf returns the ids of the returns of an order that have the same units as one that is asked for, and no others.
func (s *Shop) returnsOf(ctx context.Context, in *model.RequestReturnInput) ([]string, error) {
	o, err := s.DB.Order(ctx, auth.Viewer(ctx), in.OrderID, db.OrderArgs{}, db.Want{field.Returns: {field.Items: {field.Quantity: nil}}})
	if err != nil {
		return nil, err
	}
	wanted := map[string]model.Amount{}
	for _, i := range in.Items {
		wanted[i.ID] = wanted[i.ID].Plus(i.Quantity)
	}
	var ids []string
	for _, r := range o.Returns {
		units := map[string]model.Amount{}
		for _, i := range r.Items {
			units[i.ItemID] = units[i.ItemID].Plus(i.Quantity)
		}
		if maps.EqualFunc(units, wanted, model.Amount.Same) {
			ids = append(ids, r.ID)
		}
	}
	return ids, nil
}

// methodsElsewhere asks a Medusa what a customer has saved to pay with at a provider which only it has.
func (s *Shop) methodsElsewhere(ctx context.Context, provider string, h *db.AccountHolder) ([]*model.PaymentMethod, error) {
	who, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	methods, err := s.Medusa.PaymentMethods(ctx, who, h.ID)
	if errors.Is(err, medusa.ErrNoRoute) {
		return nil, errNoPayer(provider)
	}
	return methods, err
}

// logInElsewhere has a Medusa take a step of a log-in by a provider of its own. Tries are limited as here.
func (s *Shop) logInElsewhere(ctx context.Context, actor, provider, step string, in map[string]any) (*model.Authentication, error) {
	if err := s.attempt(ctx, s.perNetwork(ctx)); err != nil {
		return nil, err
	}
	who, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.Medusa.LogIn(ctx, who, actor, provider, step, in)
	if err != nil {
		return nil, err
	}
	return &model.Authentication{Token: out.Token, Location: out.Location}, s.succeeded(ctx, s.perNetwork(ctx), 1)
}
