package shop

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// CreatePaymentCollection begins to pay for a cart and returns the id of its payment collection: the one that it has, or a new
// one over the cart's total. Of several at once one makes it.
func (s *Shop) CreatePaymentCollection(ctx context.Context, in model.CreatePaymentCollectionInput) (string, error) {
	v := auth.Viewer(ctx)
	if err := s.DB.CheckKey(ctx, v.Key); err != nil {
		return "", err
	}
	if err := s.mayPay(ctx, in.CartID); err != nil {
		return "", err
	}
	id, err := s.DB.PaymentCollectionOfCart(ctx, in.CartID)
	if err != nil || id != "" {
		return id, err
	}
	err = s.changing(ctx, func(tx db.DB) error {
		cart, err := tx.LockCart(ctx, v, in.CartID, nil)
		if err != nil {
			return err
		}
		if cart.PaymentCollection == nil {
			if cart.CompletedAt != nil {
				return model.Invalid.Because(model.UserErrorCodeCartCompleted, "cartId").Errorf("Cart %s is already completed.", cart.ID)
			}
			w := tx.Writes(s.Now())
			w.PaymentCollection(cart)
			if err := w.Send(ctx); err != nil {
				return err
			}
		}
		id = cart.PaymentCollection.ID
		return nil
	}, in.CartID)
	return id, err
}

// mayPay fails if a cart, if there is one, is another customer's and the shop is strict.
func (s *Shop) mayPay(ctx context.Context, cart string) error {
	if !s.StrictCarts || cart == "" {
		return nil
	}
	c, err := s.DB.Cart(ctx, auth.Viewer(ctx), cart, db.Want{field.Customer: {}})
	if errors.Is(err, model.NotFound) {
		return nil // whoever needs the cart says so
	}
	if err != nil {
		return err
	}
	return s.mayChange(ctx, c)
}

// providerTimeout is how long a payment provider may take to answer.
const providerTimeout = 30 * time.Second

// CreatePaymentSession chooses how to pay a payment collection. The provider is asked first, with nothing locked: if it fails, the
// choice before stays. Then the new session takes the place of all others, so that of several at once the last one is left, and
// what was begun at a provider for the others is let go.
func (s *Shop) CreatePaymentSession(ctx context.Context, in model.CreatePaymentSessionInput) error {
	if err := s.DB.CheckKey(ctx, auth.Viewer(ctx).Key); err != nil {
		return err
	}
	// The cart may change while the provider answers.
	for range 3 {
		err := s.choosePayment(ctx, in.PaymentCollectionID, in)
		if !errors.Is(err, model.Conflict) || errors.Is(err, db.ErrLocked) {
			return err
		}
	}
	return model.Conflict.Because(model.UserErrorCodeConflict, "paymentCollectionId").Errorf("The payment collection %s has changed; try it again", in.PaymentCollectionID)
}

func (s *Shop) choosePayment(ctx context.Context, collection string, in model.CreatePaymentSessionInput) error {
	basis, err := s.DB.PaymentBasis(ctx, collection, in.ProviderID, auth.Viewer(ctx).CustomerID)
	if err != nil {
		return err
	}
	if !basis.Offered {
		return model.Invalid.Because(model.UserErrorCodePaymentProviderUnavailable, "providerId").Errorf("Payment provider %s is not enabled in the cart's region %s.", in.ProviderID, basis.RegionID)
	}
	if err := s.mayPay(ctx, basis.CartID); err != nil {
		return err
	}
	if basis.Paid {
		return db.ErrPaid
	}
	if s.foreignPayer(in.ProviderID) || slices.ContainsFunc(basis.Begun, s.foreignPayer) {
		return s.beginPaymentElsewhere(ctx, basis, in)
	}
	p := s.Payers.For(in.ProviderID)
	if p == nil {
		return errNoPayer(in.ProviderID)
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	now := s.Now()
	if basis.Customer != nil && basis.Holder == nil {
		if basis.Holder, err = s.makeKnown(asking, p, in.ProviderID, basis.Customer, now); err != nil {
			return err
		}
	}
	sent := in.Data.Value()
	if len(sent) == 0 {
		sent = model.JSON("{}")
	}
	session := &model.PaymentSession{
		ID: model.NewID("payses", now), CurrencyCode: basis.Collection.CurrencyCode, Amount: basis.Collection.Amount, ProviderID: in.ProviderID,
		PaymentCollectionID: collection,
	}
	if session.Context, err = sessionContext(basis); err != nil {
		return err
	}
	request := payment.Request{SessionID: session.ID, Amount: session.Amount, CurrencyCode: session.CurrencyCode, Data: sent}
	if h := basis.Holder; h != nil {
		request.Holder = &payment.Holder{ID: h.ExternalID, Data: h.Data}
	}
	outcome, err := p.Begin(asking, request)
	if err != nil {
		return s.providerFailed(ctx, in.ProviderID, err)
	}
	session.Status = outcome.Status
	if session.Data, err = merged(sent, outcome.Data); err == nil {
		err = s.changing(ctx, func(tx db.DB) error { return tx.ReplacePaymentSession(ctx, basis.CartID, session, now) }, basis.CartID)
	}
	if err != nil {
		return errors.Join(err, s.letGo(context.WithoutCancel(ctx), session))
	}
	s.wakePayments()
	return nil
}

// providerFailed returns the error of a payment provider. It is logged here, since the shopper is told only that it failed.
func (s *Shop) providerFailed(ctx context.Context, provider string, err error) error {
	s.Log.WarnContext(ctx, "a payment provider failed", slog.String("provider", provider), slog.Any("error", err))
	return err
}

// letGo has a session voided that was begun at its provider and has no row.
func (s *Shop) letGo(ctx context.Context, session *model.PaymentSession) error {
	if payment.IsSystem(session.ProviderID) || session.Data == nil {
		return nil
	}
	defer s.wakePayments()
	return s.DB.VoidSession(ctx, session, s.Now())
}

// makeKnown makes a customer known at a payment provider. Not every provider knows customers.
func (s *Shop) makeKnown(ctx context.Context, p payment.Provider, provider string, c *model.PayingCustomer, now time.Time) (*db.AccountHolder, error) {
	h, err := p.Holder(ctx, c)
	if err != nil {
		return nil, s.providerFailed(ctx, provider, err)
	}
	if h == nil {
		return nil, nil //nolint:nilnil // a provider that keeps no customers
	}
	return s.DB.SaveAccountHolder(ctx, c, provider, h.ID, h.Data, now)
}

// sessionContext is what a session keeps of who pays.
func sessionContext(b *db.PaymentBasis) (model.JSON, error) {
	out := map[string]model.JSON{}
	if b.Customer != nil {
		out["customer"] = b.Customer.JSON
	}
	if b.Holder != nil {
		out["account_holder"] = b.Holder.JSON
	}
	return json.Marshal(out)
}

// merged puts the keys of b into a; both are JSON objects.
func merged(a, b model.JSON) (model.JSON, error) {
	out := map[string]model.JSON{}
	for _, j := range []model.JSON{a, b} {
		if len(j) == 0 {
			continue
		}
		if err := json.Unmarshal(j, &out); err != nil {
			return nil, model.Invalid.Because(model.UserErrorCodeInvalid, "data").Errorf("The data of a payment session must be an object")
		}
	}
	return json.Marshal(out)
}

func errNoPayer(provider string) error {
	return model.Invalid.Because(model.UserErrorCodePaymentProviderUnavailable, "providerId").Errorf("The payment provider %s is not available", provider)
}

// PaymentMethods lists what the customer who is asking has saved to pay with at a provider.
func (s *Shop) PaymentMethods(ctx context.Context, provider string) ([]*model.PaymentMethod, error) {
	claims, err := s.customer(ctx)
	if err != nil {
		return nil, err
	}
	p := s.Payers.For(provider)
	if p == nil && !s.foreignPayer(provider) {
		return nil, errNoPayer(provider)
	}
	h, err := s.DB.AccountHolder(ctx, claims.ActorID, provider)
	if err != nil || h == nil {
		return nil, err
	}
	if p == nil {
		return s.methodsElsewhere(ctx, provider, h)
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	return p.Methods(asking, payment.Holder{ID: h.ExternalID, Data: h.Data})
}

// holdTime is how long a completion may take after its payment was authorised. Then the payment is let go.
const holdTime = 10 * time.Minute

// An authorized is a session that its provider has authorised, and that no order pays with yet.
type authorized struct {
	session *model.PaymentSession
	data    model.JSON
	taken   *model.Amount // what the provider has taken already
	excess  *model.Amount // what it has taken beyond that, which is refunded
	held    bool
	later   bool // its provider will tell later whether it is paid: nothing is recorded yet
}

// immediate reports whether a session's provider authorises at once and asks nobody for it, so that it may be asked while
// something is locked.
func immediate(session *model.PaymentSession) bool { return payment.IsSystem(session.ProviderID) }

// authorizeSession has a session's provider authorise it. It is called with nothing locked, unless the provider is
// immediate. What it returns is to be recorded by db.Writes.Payment in the transaction that makes the order, or given back by releasePayment. If neither happens, as after a
// crash, the payment is let go in the end.
//
// A session that its provider has not authorised fails with model.Payment and the code requires_more if the shopper has
// something to do first, with model.Payment and pending_authorization if the provider will tell later, and with
// model.NotAllowed if it was refused; how it stands is written down.
func (s *Shop) authorizeSession(ctx context.Context, session *model.PaymentSession) (*authorized, error) {
	p := s.Payers.For(session.ProviderID)
	if p == nil {
		return nil, model.Invalid.Because(model.UserErrorCodePaymentProviderUnavailable).Errorf("The payment provider %s is not available", session.ProviderID)
	}
	out := &authorized{session: session, held: !immediate(session)}
	now := s.Now()
	if out.held {
		if err := s.DB.HoldPayment(ctx, session, now.Add(holdTime), now); err != nil {
			return nil, err
		}
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	o, err := p.Authorize(asking, providerSession(session))
	if err != nil { // whether it is authorised is not known: the hold stays
		return nil, s.providerFailed(ctx, session.ProviderID, err)
	}
	out.data = o.Data
	if len(out.data) == 0 {
		out.data = session.Data
	}
	if !o.Status.Paid() {
		return nil, s.notAuthorized(ctx, out, o.Status)
	}
	if o.Amount != nil && session.Amount.Exceeds(*o.Amount) {
		s.releasePayment(ctx, out)
		return nil, model.NotAllowed.Because(model.UserErrorCodePaymentInsufficient).Errorf("Session: %s was authorized for less than what it has to pay.", session.ID)
	}
	if o.Status == model.PaymentStatusCaptured {
		taken := session.Amount
		if o.Amount != nil {
			taken = *o.Amount
		}
		out.taken, out.excess = &taken, o.Excess
	}
	return out, nil
}

func (s *Shop) notAuthorized(ctx context.Context, a *authorized, status model.PaymentStatus) error {
	if a.held {
		if err := s.DB.CancelHold(ctx, a.session.ID); err != nil {
			return err
		}
	}
	if err := s.DB.UpdatePaymentSession(ctx, a.session.ID, status, a.data, s.Now()); err != nil {
		return err
	}
	switch status {
	case model.PaymentStatusRequiresMore:
		return &model.Error{Kind: model.Payment, Code: string(status), Reason: model.UserErrorCodePaymentRequiresAction, Message: "More information is required for payment"}
	case model.PaymentStatusPendingAuthorization:
		return &model.Error{Kind: model.Payment, Code: string(status), Reason: model.UserErrorCodePaymentPending, Message: "The payment provider will tell later whether it is paid"}
	default:
		return model.NotAllowed.Because(model.UserErrorCodePaymentFailed).Errorf("Session: %s was not authorized with the provider.", a.session.ID)
	}
}

// recordPayment writes down what authorizeSession returned, where no order is made with it.
func (s *Shop) recordPayment(ctx context.Context, tx db.DB, a *authorized) error {
	state, err := tx.LockPayment(ctx, a.session, a.held)
	if err != nil {
		return err
	}
	w := tx.Writes(s.Now())
	if _, err := w.Payment(state, a.data, nil, a.held); err != nil {
		return err
	}
	if err := a.refundExcess(w); err != nil {
		return err
	}
	if err := w.Send(ctx); err != nil || a.taken == nil {
		return err
	}
	return tx.RecordCapture(ctx, a.session, *a.taken, s.Now())
}

// refundExcess adds that what the provider took beyond what was due is refunded.
func (a *authorized) refundExcess(w *db.Writes) error {
	if a.excess == nil {
		return nil
	}
	return w.RefundExcess(a.session, a.data, *a.excess)
}

// releasePayment gives back what authorizeSession returned, after no order came of it. It is called after that transaction has
// ended. The provider is told later, and again until it has heard.
func (s *Shop) releasePayment(ctx context.Context, a *authorized) {
	if !a.held {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.DB.ReleasePayment(ctx, a.session.ID, s.Now()); err != nil {
		s.Log.ErrorContext(ctx, "a payment is let go only after its hold has ended", "session", a.session.ID, "error", err)
		return
	}
	s.wakePayments()
}

func providerSession(p *model.PaymentSession) payment.Session {
	return payment.Session{ID: p.ID, Amount: p.Amount, CurrencyCode: p.CurrencyCode, Data: p.Data}
}
