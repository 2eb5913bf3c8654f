package shop

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/total"
)

// A payment provider is asked while the order is locked, so that nothing else is done with the order meanwhile, and before anything is written:
// what it refuses is not written, and what it has done is asked of it again under the same key if the program dies before that is written. To take
// money, and to let go what is held, are done once however often they are asked for. A refund is not, so that it is noted before by a transaction of
// its own, with the key.

// payer returns the provider of a payment; nil if it is the system's own, at which nobody needs to be asked.
func (s *Shop) payer(p *db.OrderPaid) (payment.Provider, error) {
	if payment.IsSystem(p.ProviderID) {
		return nil, nil //nolint:nilnil // nobody is asked
	}
	if found := s.Payers.For(p.ProviderID); found != nil {
		return found, nil
	}
	return nil, model.NotAllowed.Because(model.UserErrorCodePaymentFailed).
		Errorf("the money is with %s, which is not set up here: move it in its dashboard or in Medusa's admin. For Stripe set STRIPE_API_KEY", p.ProviderID)
}

func paidSession(p *db.OrderPaid) payment.Session {
	return payment.Session{ID: p.SessionID, Amount: p.Amount, CurrencyCode: p.CurrencyCode, Data: p.Data}
}

// CapturePayment takes what an order has to pay: all that is left of its payments that are authorised. It returns how much that was.
func (s *Shop) CapturePayment(ctx context.Context, name string) (taken model.Amount, err error) {
	err = s.changeNamed(ctx, name, func(tx db.DB, o *model.Order, w *db.Writes) error {
		taken = model.Nothing
		payments, err := tx.LockOrderPayments(ctx, o.ID)
		if err != nil {
			return err
		}
		for _, p := range payments {
			if p.Canceled || !p.Amount.Minus(p.Captured).Exceeds(model.Nothing) {
				continue
			}
			left, err := s.take(ctx, w, p)
			if err != nil {
				return err
			}
			session := &model.PaymentSession{ID: p.SessionID, PaymentCollectionID: p.CollectionID, Amount: p.Amount, CurrencyCode: p.CurrencyCode}
			if err := tx.RecordCapture(ctx, session, left, s.Now()); err != nil {
				return err
			}
			taken = taken.Plus(left)
		}
		if !taken.Exceeds(model.Nothing) {
			return model.Invalid.Because(model.UserErrorCodePaymentFailed).Errorf("nothing of the order's payments is left to be captured")
		}
		return nil
	})
	return taken, err
}

// take has the provider of a payment take what is left of it, and returns how much that is.
func (s *Shop) take(ctx context.Context, w *db.Writes, p *db.OrderPaid) (model.Amount, error) {
	left := p.Amount.Minus(p.Captured)
	provider, err := s.payer(p)
	if err != nil || provider == nil {
		return left, err
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	o, err := provider.Capture(asking, paidSession(p))
	if err != nil {
		return left, s.providerFailed(ctx, p.ProviderID, err)
	}
	if o.Status != model.PaymentStatusCaptured {
		return left, model.Payment.Because(model.UserErrorCodePaymentFailed).Errorf("the payment is %s at %s, and nothing was captured", o.Status, p.ProviderID)
	}
	w.PaymentData(p.ID, o.Data)
	if o.Amount != nil {
		left = model.Least(left, o.Amount.Minus(p.Captured))
	}
	return left, nil
}

// RefundOrder gives money back that was taken for an order. What the order costs becomes less by what was not owed to the customer, as in the
// reference. If an earlier call was interrupted, the same amount ends it, and is given back once.
func (s *Shop) RefundOrder(ctx context.Context, name string, amount model.Amount) error {
	if !amount.Exceeds(model.Nothing) {
		return model.Invalid.Because(model.UserErrorCodePaymentFailed).Errorf("a refund is more than 0")
	}
	check := func(ctx context.Context, tx db.DB, o *model.Order, payments []*db.OrderPaid) (refunds, error) {
		if err := noActiveChange(ctx, tx, o.ID); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(payments, func(p *db.OrderPaid) bool { return p.RefundID != "" })
		if at < 0 {
			at = slices.IndexFunc(payments, func(p *db.OrderPaid) bool { return !amount.Exceeds(p.Captured.Minus(p.Refunded)) })
		}
		if at < 0 {
			return nil, model.Invalid.Because(model.UserErrorCodePaymentFailed).Errorf("You are not allowed to refund more than the captured amount")
		}
		return refunds{{payments[at], amount}}, nil
	}
	return s.givingBack(ctx, name, check, func(tx db.DB, o *model.Order, w *db.Writes, _ []*db.OrderPaid, due refunds) error {
		return s.refund(ctx, tx, w, o, due[0].of, amount)
	})
}

// refunds are amounts of payments that are to be given back.
type refunds []struct {
	of     *db.OrderPaid
	amount model.Amount
}

// A refusedRefund is that a provider does not give back what was noted.
type refusedRefund struct {
	error

	id string
}

func (e refusedRefund) Unwrap() error { return e.error }

// givingBack gives money of an order back and runs fn, which writes that down. check says how much of which payments, or that it cannot be.
func (s *Shop) givingBack(ctx context.Context, name string, check func(context.Context, db.DB, *model.Order, []*db.OrderPaid) (refunds, error),
	fn func(tx db.DB, o *model.Order, w *db.Writes, payments []*db.OrderPaid, due refunds) error,
) error {
	checked := func(tx db.DB, o *model.Order) ([]*db.OrderPaid, refunds, error) {
		payments, err := tx.LockOrderPayments(ctx, o.ID)
		if err != nil {
			return nil, nil, err
		}
		due, err := check(ctx, tx, o, payments)
		return payments, due, err
	}
	err := s.changeNamed(ctx, name, func(tx db.DB, o *model.Order, w *db.Writes) error {
		_, due, err := checked(tx, o)
		if err != nil {
			return err
		}
		return s.intend(w, o, due)
	})
	if err != nil {
		return err
	}
	err = s.changeNamed(ctx, name, func(tx db.DB, o *model.Order, w *db.Writes) error {
		payments, due, err := checked(tx, o)
		if err != nil {
			return err
		}
		for _, r := range due {
			if err := s.giveBack(ctx, r.of, r.amount); err != nil {
				return err
			}
		}
		return fn(tx, o, w, payments, due)
	})
	if refused, ok := errors.AsType[refusedRefund](err); ok {
		return errors.Join(refused.error, s.DB.ForgetRefund(context.WithoutCancel(ctx), refused.id))
	}
	return err
}

// intend notes what providers are about to be asked to give back. What was noted before and has not been written must be ended first.
func (s *Shop) intend(w *db.Writes, o *model.Order, due refunds) error {
	for _, r := range due {
		provider, err := s.payer(r.of)
		switch {
		case err != nil:
			return err
		case provider == nil:
		case r.of.RefundID == "":
			w.IntendRefund(o.ID, r.of, r.amount)
		case !r.of.Intended.Same(r.amount):
			return model.NotAllowed.Because(model.UserErrorCodePaymentFailed).
				Errorf("a refund of %s was begun and not ended: refund that amount of order %d first, it is given back once", r.of.Intended, o.DisplayID)
		}
	}
	return nil
}

// giveBack has the provider of a payment give an amount back that was noted.
func (s *Shop) giveBack(ctx context.Context, p *db.OrderPaid, amount model.Amount) error {
	provider, err := s.payer(p)
	if err != nil || provider == nil {
		return err
	}
	if p.RefundID == "" || !p.Intended.Same(amount) {
		return model.Conflict.Because(model.UserErrorCodeConflict).Errorf("the order has changed meanwhile; try again")
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	err = provider.Refund(asking, paidSession(p), amount, p.RefundID)
	if err == nil {
		return nil
	}
	err = s.providerFailed(ctx, p.ProviderID, err)
	if e := model.AsError(err); e != nil && e.Reason == model.UserErrorCodePaymentFailed { // it has answered, and refuses
		return refusedRefund{err, p.RefundID}
	}
	return err
}

// refund adds the writes of a refund, and of the credit line by which the order costs less.
func (s *Shop) refund(ctx context.Context, tx db.DB, w *db.Writes, o *model.Order, p *db.OrderPaid, amount model.Amount) error {
	var paid model.Amount
	for _, t := range o.Transactions {
		paid = paid.Plus(t.Amount)
	}
	credit := amount
	if owed := paid.Minus(o.Total); owed.Exceeds(model.Nothing) { // to the customer
		credit = amount.Minus(owed)
	}
	t, err := tx.Refund(ctx, w, p, o, amount, false)
	if err != nil {
		return err
	}
	o.Transactions = append(o.Transactions, t)
	if credit.Exceeds(model.Nothing) {
		if err := s.credit(w, o, p, credit); err != nil {
			return err
		}
	}
	w.Event("payment.refunded", map[string]string{"id": p.ID})
	return nil
}

// credit adds the writes of a version of the order that costs less.
func (s *Shop) credit(w *db.Writes, o *model.Order, p *db.OrderPaid, amount model.Amount) error {
	original := o.Total
	o.NextVersion()
	reference := "payment_collection"
	metadata := model.JSON(`{"created_in_version": ` + strconv.Itoa(o.Version) + `}`)
	o.CreditLines = append(o.CreditLines, &model.OrderCreditLine{
		OrderID: o.ID, Version: o.Version, Reference: &reference, ReferenceID: &p.CollectionID, Amount: amount, RawAmount: amount.Raw(), Metadata: metadata,
	})
	total.Order(o)
	o.Summarize(original)
	kind, now := model.OrderChangeCreditLine, model.Time{Time: s.Now()}
	change := &model.OrderChange{OrderID: o.ID, Version: o.Version, ChangeType: &kind, Status: model.OrderChangeStatusConfirmed, ConfirmedAt: &now}
	change.Actions = []*model.OrderChangeAction{{
		Action: model.ActionCreditLineAdd, Reference: &reference, ReferenceID: &p.CollectionID, Amount: &amount, RawAmount: amount.Raw(), Details: model.JSON("{}"), Applied: true,
	}}
	w.OrderChange(change)
	w.OrderVersion(o)
	return nil
}

// CancelOrder cancels an order of which nothing is fulfilled: what was captured is given back, what is authorised is let go, and what is
// reserved is free again.
func (s *Shop) CancelOrder(ctx context.Context, name string) error {
	check := func(ctx context.Context, tx db.DB, o *model.Order, payments []*db.OrderPaid) (refunds, error) {
		if err := s.cancellable(ctx, tx, o); err != nil {
			return nil, err
		}
		var due refunds
		for _, p := range payments {
			if left := p.Captured.Minus(p.Refunded); left.Exceeds(model.Nothing) {
				due = append(due, refunds{{p, left}}...)
			} else if _, err := s.payer(p); err != nil && !p.Canceled && p.Captures == 0 {
				return nil, err
			}
		}
		return due, nil
	}
	return s.givingBack(ctx, name, check, func(tx db.DB, o *model.Order, w *db.Writes, payments []*db.OrderPaid, due refunds) error {
		ids := make([]string, len(o.Items))
		for i, line := range o.Items {
			ids[i] = line.ID
		}
		stock, err := tx.LockOrderStock(ctx, ids, "")
		if err != nil {
			return err
		}
		for _, r := range stock.Reserved {
			w.FreeReserved(r)
			w.Event("reservation-item.deleted", map[string]string{"id": r.ID, "order_id": o.ID})
		}
		if err := s.undoPayments(ctx, tx, w, o, payments, due); err != nil {
			return err
		}
		w.CancelOrder(o, payments, s.Now())
		w.Event("order.canceled", map[string]string{"id": o.ID})
		return nil
	})
}

// cancellable fails unless an order can be cancelled.
func (s *Shop) cancellable(ctx context.Context, tx db.DB, o *model.Order) error {
	if o.Status == model.OrderStatusCompleted {
		return model.NotAllowed.Because(model.UserErrorCodeOrderChanging).
			Errorf("Cannot cancel a completed order. Please use the return process to handle refunds or exchanges.")
	}
	if err := noActiveChange(ctx, tx, o.ID); err != nil {
		return err
	}
	parcels, err := tx.Order(ctx, &db.Viewer{Key: db.MerchantKey()}, o.ID, db.OrderArgs{}, db.Want{field.Fulfillments: nil})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(parcels.Fulfillments, func(f *model.Fulfillment) bool { return f.CanceledAt == nil }) {
		return model.NotAllowed.Because(model.UserErrorCodeOrderChanging).Errorf("All fulfillments must be canceled before canceling an order")
	}
	return nil
}

// undoPayments adds the writes of what was given back of an order's payments, and lets go what is held. As in the reference the order gets a
// credit line of it, be it of nothing.
func (s *Shop) undoPayments(ctx context.Context, tx db.DB, w *db.Writes, o *model.Order, payments []*db.OrderPaid, due refunds) error {
	var refunded model.Amount
	for _, r := range due {
		t, err := tx.Refund(ctx, w, r.of, o, r.amount, true)
		if err != nil {
			return err
		}
		o.Transactions = append(o.Transactions, t)
		refunded = refunded.Plus(r.amount)
	}
	for _, p := range payments {
		if p.Captures > 0 || p.Canceled {
			continue
		}
		if err := s.void(ctx, w, p); err != nil {
			return err
		}
	}
	if len(payments) == 0 {
		return nil
	}
	return s.credit(w, o, payments[0], refunded)
}

// void has the provider of a payment let go what it holds.
func (s *Shop) void(ctx context.Context, w *db.Writes, p *db.OrderPaid) error {
	provider, err := s.payer(p)
	if err != nil || provider == nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	data, err := provider.Void(asking, paidSession(p))
	if err != nil {
		return s.providerFailed(ctx, p.ProviderID, err)
	}
	w.PaymentData(p.ID, data)
	return nil
}
