package shop

import (
	"context"
	"errors"
	"slices"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
	"github.com/storegraph/storegraph/model/ship"
)

// CompleteCart makes an order of a cart, exactly once: whoever asks again, or at the same time, gets the id of the same order.
//
// One transaction locks the cart, the stock and the promotions, looks whether an order can be made, and writes it. A payment whose
// provider has to be asked is authorised before, with nothing locked, since that may be slow; the transaction then looks whether
// all is still as it was. If it fails the payment is let go, even after a crash in between. A payment that its provider has not
// authorised yet fails with model.Payment; the cart stays.
//
// In a shop of strict orders somebody who asks after the order was made has to be its customer or to show a token of it, and in one
// of strict carts another customer's cart is not completed.
func (s *Shop) CompleteCart(ctx context.Context, id string) (order string, err error) {
	v := auth.Viewer(ctx)
	if s.StrictOrders {
		if err := s.mayAskAgain(ctx, id, v); err != nil {
			return "", err
		}
	}
	return s.completeCart(ctx, id, v)
}

// mayAskAgain fails if the order of a cart has been made and is not shown to the viewer.
func (s *Shop) mayAskAgain(ctx context.Context, cart string, v *db.Viewer) error {
	if err := s.DB.CheckKey(ctx, v.Key); err != nil {
		return err
	}
	order, err := s.DB.OrderOfCart(ctx, cart)
	if err != nil || order == "" {
		return err
	}
	_, err = s.DB.Order(ctx, v, order, db.OrderArgs{Strict: true}, db.Want{})
	if errors.Is(err, model.NotFound) {
		return model.NotAllowed.Because(model.UserErrorCodeCartCompleted, "cartId").Errorf("Cart %s is already completed. Its order is shown to its customer and to bearers of its token.", cart)
	}
	return err
}

// completeCart is CompleteCart for a viewer; nil is somebody whose key needs no check, such as a payment provider's webhook.
func (s *Shop) completeCart(ctx context.Context, id string, v *db.Viewer) (string, error) {
	order, err := s.completeOnce(ctx, id, v)
	if err == nil {
		return order, nil
	}
	if v != nil && s.DB.CheckKey(ctx, v.Key) != nil {
		return "", err
	}
	// What stood in the way may be that another server has made the order meanwhile.
	if order, again := s.DB.OrderOfCart(ctx, id); again == nil && order != "" {
		return order, nil
	}
	return "", err
}

// completeOnce makes the order, or returns the one that has been made.
func (s *Shop) completeOnce(ctx context.Context, id string, v *db.Viewer) (string, error) {
	// One at a time in this process: those who wait would only ask the payment's provider the same again.
	release, err := s.locks.take(ctx, "complete "+id)
	if err != nil {
		return "", err
	}
	defer release()
	defer s.Changed(id) // even without an order, how its payment stands may have
	if err := s.refreshToOrder(ctx, id); err != nil {
		return "", err
	}
	order, session, err := s.tryToOrder(ctx, id, v, nil)
	if session == nil {
		return order, err
	}
	if s.foreignPayer(session.ProviderID) {
		return s.completeElsewhere(ctx, id)
	}
	paid, err := s.authorizeSession(ctx, session)
	switch e := model.AsError(err); {
	case e != nil && e.Kind == model.Payment && e.Code == string(model.PaymentStatusPendingAuthorization):
		paid = &authorized{session: session, later: true} // such as by bank transfer
	case err != nil:
		return "", err
	}
	order, _, err = s.tryToOrder(ctx, id, v, paid)
	switch {
	case err != nil:
		s.releasePayment(ctx, paid)
	case paid.excess != nil:
		s.wakePayments()
	}
	return order, err
}

// tryToOrder makes the order of a cart, or returns the one that has been made. If a provider has to be asked to authorise a session
// first, it makes none and returns the session; paid is what came of asking.
func (s *Shop) tryToOrder(ctx context.Context, id string, v *db.Viewer, paid *authorized) (order string, ask *model.PaymentSession, err error) {
	ctx, x, err := s.exclude(ctx, id)
	if err != nil {
		return "", nil, err
	}
	defer x.end(ctx)
	before := paid
	order, err = db.InTx(ctx, s.DB, func(tx db.DB) (string, error) {
		paid := before
		c, err := tx.LockToComplete(ctx, v, id)
		if err != nil || c.OrderID != "" {
			return c.OrderID, err
		}
		if v != nil {
			if err := s.mayChange(ctx, c.Cart); err != nil {
				return "", err
			}
		}
		session, err := completable(c)
		if err != nil {
			return "", err
		}
		if session != nil && paid == nil {
			if s.foreignPayer(session.ProviderID) {
				if err := covers(c.Cart, session, &authorized{session: session}); err != nil {
					return "", err
				}
			}
			if !immediate(session) {
				ask = session
				return "", errAskFirst
			}
			if paid, err = s.authorizeSession(ctx, session); err != nil {
				return "", err
			}
		}
		if err := covers(c.Cart, session, paid); err != nil {
			return "", err
		}
		return s.placeOrder(ctx, tx, x, c, paid)
	})
	if errors.Is(err, errAskFirst) {
		return "", ask, nil
	}
	return order, nil, x.lost(ctx, err)
}

// errAskFirst ends a transaction that has to wait for a payment provider, or for a Medusa.
var errAskFirst = errors.New("a provider has to be asked")

// completable returns the session by which a cart is paid, nil if there is nothing to pay. It fails if something is still missing
// for an order.
func completable(c *db.Completion) (*model.PaymentSession, error) {
	if c.Cart.CompletedAt != nil {
		return nil, model.Invalid.Because(model.UserErrorCodeCartCompleted, "cartId").Errorf("Cart %s is already completed.", c.Cart.ID)
	}
	if len(c.Cart.Items) == 0 {
		return nil, model.Invalid.Because(model.UserErrorCodeCartEmpty, "cartId").Errorf("Cannot complete a cart with no items")
	}
	session, err := payable(c)
	if err != nil {
		return nil, err
	}
	return session, ship.Satisfied(c.Cart, c.Profiles, c.Served)
}

// payable returns the session by which a cart is paid, nil if there is nothing to pay.
func payable(c *db.Completion) (*model.PaymentSession, error) {
	cart := c.Cart
	if !model.Nothing.Exceeds(cart.CreditLineTotal) && !cart.Total.Exceeds(model.Nothing) {
		return nil, nil //nolint:nilnil // there is nothing to pay
	}
	collection := cart.PaymentCollection
	if collection == nil {
		return nil, model.Invalid.Because(model.UserErrorCodePaymentRequired).Errorf("Payment collection has not been initiated for cart")
	}
	var sessions []*model.PaymentSession
	for _, p := range collection.PaymentSessions {
		if p.Status.Open() {
			sessions = append(sessions, p)
		}
	}
	if len(sessions) == 0 {
		return nil, model.Invalid.Because(model.UserErrorCodePaymentRequired).Errorf("Payment sessions are required to complete cart")
	}
	if cart.RegionID != nil {
		for _, p := range sessions {
			if !slices.Contains(c.Providers, p.ProviderID) {
				return nil, model.Invalid.Because(model.UserErrorCodePaymentProviderUnavailable).Errorf("Payment provider %s is not enabled in the cart's region %s.", p.ProviderID, *cart.RegionID)
			}
		}
	}
	return sessions[0], nil
}

// errMoved says that a cart is not what was paid for any more.
var errMoved = model.Conflict.Because(model.UserErrorCodeConflict, "cartId").Errorf("The cart has changed while it was being completed; look at it and try again")

// covers fails unless what was authorised pays for the cart, by the session that it has now.
func covers(cart *model.Cart, session *model.PaymentSession, paid *authorized) error {
	switch {
	case (session == nil) != (paid == nil), session != nil && session.ID != paid.session.ID:
		return errMoved
	case session != nil && cart.Total.Exceeds(paid.session.Amount):
		return model.NotAllowed.Because(model.UserErrorCodePaymentInsufficient).Errorf("The payment session does not cover the cart's total; choose again how to pay")
	}
	return nil
}

// placeOrder makes the order of a locked cart, with the cart's stock, its promotions and its payment locked, in that order.
func (s *Shop) placeOrder(ctx context.Context, tx db.DB, x *exclusion, c *db.Completion, paid *authorized) (string, error) {
	cart, now := c.Cart, s.Now()
	p := &db.OrderPlacement{Cart: cart, OrderID: model.NewID("order", now), LineIDs: map[string]string{}}
	for _, i := range cart.Items {
		p.LineIDs[i.ID] = model.NewID("ordli", now)
	}
	needs, err := model.Requirements(cart, c.Parts, p.LineIDs)
	if err != nil {
		return "", err
	}
	lock := db.OrderLock{SalesChannelID: value(cart.SalesChannelID), Email: value(cart.Email), Now: now}
	for _, n := range needs {
		if !slices.Contains(lock.Items, n.InventoryItemID) {
			lock.Items = append(lock.Items, n.InventoryItemID)
		}
	}
	if cart.Customer != nil {
		lock.CustomerID = cart.Customer.ID
	}
	off := taken(cart)
	for _, p := range cart.Promotions {
		if _, uses := off[p.Code]; !uses {
			continue
		}
		if p.Limit != nil {
			lock.Limited = append(lock.Limited, p.Code)
		}
		if p.CampaignID != nil {
			lock.Budgeted = append(lock.Budgeted, p.Code)
		}
	}
	if paid != nil && !paid.later {
		lock.Session, lock.Held = paid.session, paid.held
	}
	if err := x.stock(ctx, lock.Items); err != nil {
		return "", err
	}
	locks, err := tx.LockForOrder(ctx, lock)
	if err != nil {
		return "", err
	}
	if p.Reservations, err = model.Allocate(locks.Levels, needs); err != nil {
		return "", err
	}
	uses, err := promo.Use(locks.Limited, locks.Spending, off, map[string]string{"customer_id": lock.CustomerID, "customer_email": lock.Email})
	if err != nil {
		return "", err
	}
	w := tx.Writes(now)
	w.Use(uses)
	if lock.Session != nil {
		if p.Captured, err = w.Payment(locks.Payment, paid.data, paid.taken, paid.held); err != nil {
			return "", err
		}
		if err := paid.refundExcess(w); err != nil {
			return "", err
		}
	}
	w.Order(p)
	w.Event("order.placed", map[string]string{"id": p.OrderID})
	return p.OrderID, w.Send(ctx)
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
