package shop

import (
	"context"
	"slices"

	"storegraph/db"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// CompleteCart makes an order of a cart, exactly once: whoever asks again, or at the same time, gets the id of the same order.
//
// The payment is authorised first, with nothing locked, since its provider may be slow. Then one transaction locks the cart,
// the stock and the promotions, looks whether all is still as it was, and writes the order. If it fails the payment is let go,
// even after a crash in between. A payment that its provider has not authorised yet fails with model.Payment; the cart stays.
func (s *Shop) CompleteCart(ctx context.Context, id string) (order string, err error) {
	if err := s.DB.CheckKey(ctx, auth.Viewer(ctx).Key); err != nil {
		return "", err
	}
	return s.completeCart(ctx, id)
}

// completeCart is CompleteCart for whom the publishable key has been checked, such as a payment provider's webhook.
func (s *Shop) completeCart(ctx context.Context, id string) (string, error) {
	order, err := s.completeOnce(ctx, id)
	if err == nil {
		return order, nil
	}
	// What stood in the way may be that another server has made the order meanwhile.
	if order, again := s.DB.OrderOfCart(ctx, id); again == nil && order != "" {
		return order, nil
	}
	return "", err
}

// completeOnce makes the order, or returns the one that has been made.
func (s *Shop) completeOnce(ctx context.Context, id string) (string, error) {
	// One at a time in this process: those who wait would only ask the payment's provider the same again.
	release, err := s.locks.take(ctx, "complete "+id)
	if err != nil {
		return "", err
	}
	defer release()
	defer s.Changed(id) // even without an order, how its payment stands may have
	if order, err := s.DB.OrderOfCart(ctx, id); err != nil || order != "" {
		return order, err
	}
	cart, err := s.DB.CartToComplete(ctx, id)
	if err != nil {
		return "", err
	}
	session, err := s.completable(ctx, s.DB, cart)
	if err != nil {
		return "", err
	}
	var paid *authorized
	if session != nil {
		paid, err = s.authorizeSession(ctx, session)
		if e := model.AsError(err); e != nil && e.Kind == model.Payment && e.Code == string(model.PaymentStatusPendingAuthorization) {
			err = nil // it will be paid later, such as by bank transfer
		}
		if err != nil {
			return "", err
		}
	}
	unlock, err := s.locks.take(ctx, id)
	if err != nil {
		s.release(ctx, paid)
		return "", err
	}
	defer unlock()
	order, err := db.InTx(ctx, s.DB, func(tx db.DB) (string, error) { return s.placeOrder(ctx, tx, id, session, paid) })
	if err != nil {
		s.release(ctx, paid)
		return "", err
	}
	return order, nil
}

// release lets go of a payment of which no order came, if there is one.
func (s *Shop) release(ctx context.Context, paid *authorized) {
	if paid != nil {
		s.releasePayment(ctx, paid)
	}
}

// completable returns the session by which a cart is paid, nil if there is nothing to pay. It fails if something is still missing
// for an order.
func (s *Shop) completable(ctx context.Context, d db.DB, cart *model.Cart) (*model.PaymentSession, error) {
	if cart.CompletedAt != nil {
		return nil, model.Invalid.Errorf("Cart %s is already completed.", cart.ID)
	}
	if len(cart.Items) == 0 {
		return nil, model.Invalid.Errorf("Cannot complete a cart with no items")
	}
	session, err := s.payable(ctx, d, cart)
	if err != nil {
		return nil, err
	}
	facts, err := d.ShippingFacts(ctx, cart)
	if err != nil {
		return nil, err
	}
	return session, facts.Satisfied(cart)
}

// payable returns the session by which a cart is paid, nil if there is nothing to pay.
func (s *Shop) payable(ctx context.Context, d db.DB, cart *model.Cart) (*model.PaymentSession, error) {
	if !cart.CreditLineTotal.IsNegative() && !cart.Total.IsPositive() {
		return nil, nil //nolint:nilnil // there is nothing to pay
	}
	collection := cart.PaymentCollection
	if collection == nil {
		return nil, model.Invalid.Errorf("Payment collection has not been initiated for cart")
	}
	var sessions []*model.PaymentSession
	for _, p := range collection.PaymentSessions {
		if model.PaymentStatus(p.Status).Open() {
			sessions = append(sessions, p)
		}
	}
	if len(sessions) == 0 {
		return nil, model.Invalid.Errorf("Payment sessions are required to complete cart")
	}
	if cart.RegionID != nil {
		offered, err := d.PaymentProvidersOf(ctx, *cart.RegionID)
		if err != nil {
			return nil, err
		}
		for _, p := range sessions {
			if !slices.Contains(offered, p.ProviderID) {
				return nil, model.Invalid.Errorf("Payment provider %s is not enabled in the cart's region %s.", p.ProviderID, *cart.RegionID)
			}
		}
	}
	return sessions[0], nil
}

// errMoved says that a cart is not what was paid for any more.
var errMoved = model.Conflict.Errorf("The cart has changed while it was being completed; look at it and try again")

// placeOrder makes the order, with the cart, its stock and its promotions locked, in that order.
func (s *Shop) placeOrder(ctx context.Context, tx db.DB, id string, session *model.PaymentSession, paid *authorized) (string, error) {
	cart, err := tx.LockCart(ctx, id)
	if err != nil {
		return "", err
	}
	if order, err := tx.OrderOfCart(ctx, id); err != nil || order != "" {
		return order, err
	}
	now, err := s.completable(ctx, tx, cart)
	if err != nil {
		return "", err
	}
	switch {
	case (now == nil) != (session == nil), now != nil && now.ID != session.ID:
		return "", errMoved
	case session != nil && model.MustAmount("0.0001").Less(cart.Total.Minus(session.Amount)):
		return "", model.NotAllowed.Errorf("The payment session does not cover the cart's total; choose again how to pay")
	}
	p := &db.OrderPlacement{Cart: cart, OrderID: model.NewID("order", s.Now()), LineIDs: map[string]string{}, Now: s.Now()}
	for _, i := range cart.Items {
		p.LineIDs[i.ID] = model.NewID("ordli", p.Now)
	}
	needs, err := tx.Requirements(ctx, cart, p.LineIDs)
	if err != nil {
		return "", err
	}
	items := make([]string, 0, len(needs))
	for _, n := range needs {
		items = append(items, n.InventoryItemID)
	}
	levels, err := tx.LockStock(ctx, value(cart.SalesChannelID), items)
	if err != nil {
		return "", err
	}
	if p.Reservations, err = model.Allocate(levels, needs); err != nil {
		return "", err
	}
	customer := ""
	if cart.Customer != nil {
		customer = cart.Customer.ID
	}
	if err := tx.UsePromotions(ctx, taken(cart), customer, value(cart.Email), p.Now); err != nil {
		return "", err
	}
	if paid != nil {
		record, err := s.recordPayment(ctx, tx, paid)
		if err != nil {
			return "", err
		}
		if p.Captured, err = tx.CapturesOf(ctx, record.ID); err != nil {
			return "", err
		}
	}
	if err := tx.PlaceOrder(ctx, p); err != nil {
		return "", err
	}
	return p.OrderID, tx.Emit(ctx, "order.placed", map[string]string{"id": p.OrderID}, p.Now)
}

// taken is what each promotion's code takes off a cart.
func taken(cart *model.Cart) map[string]model.Amount {
	out := map[string]model.Amount{}
	add := func(adjustments []*model.Adjustment) {
		for _, a := range adjustments {
			if a.Code != nil {
				out[*a.Code] = out[*a.Code].Plus(a.Amount)
			}
		}
	}
	for _, i := range cart.Items {
		add(i.Adjustments)
	}
	for _, m := range cart.ShippingMethods {
		add(m.Adjustments)
	}
	return out
}
