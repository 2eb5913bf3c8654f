package shop

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"storegraph/db"
	"storegraph/graph/shop/payment"
	"storegraph/model"
)

// ReceivePaymentEvent keeps what a payment provider tells, if the provider signed it, and has it acted on soon. The same event
// may come any number of times. provider may lack its pp_.
func (s *Shop) ReceivePaymentEvent(ctx context.Context, provider string, w payment.Webhook) error {
	if !strings.HasPrefix(provider, "pp_") {
		provider = "pp_" + provider
	}
	p := s.Payers[provider]
	if p == nil {
		return model.NotFound.Errorf("There is no payment provider %s", provider)
	}
	e, err := p.Event(ctx, w)
	if err != nil || e.Action == payment.Ignored || e.SessionID == "" {
		return err
	}
	first, err := s.DB.SavePaymentEvent(ctx, &db.PaymentEvent{
		Provider: provider, ID: e.ID, SessionID: e.SessionID, Action: string(e.Action), Amount: e.Amount, Data: e.Data,
	}, s.Now())
	if first {
		s.wakePayments()
	}
	return err
}

// eventsKept is how long it is remembered what providers have told. They do not tell it again so late.
const eventsKept = 90 * 24 * time.Hour

// eventAttempts is how often it is tried to act on an event.
const eventAttempts = 30

// doPaymentEvents acts on the events that are due now.
func (s *Shop) doPaymentEvents(ctx context.Context) error {
	for {
		now := s.Now()
		events, err := s.DB.ClaimPaymentEvents(ctx, now, now.Add(4*providerTimeout))
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			if err := s.settleEvent(ctx, e); err != nil {
				return err
			}
		}
	}
}

// settleEvent acts on an event and notes what came of it. It fails only if the database does.
func (s *Shop) settleEvent(ctx context.Context, e *db.PaymentEvent) error {
	err := s.actOn(ctx, e)
	known := model.AsError(err)
	switch {
	case err == nil:
		return s.DB.FinishPaymentEvent(ctx, e, "", s.Now())
	case ctx.Err() != nil:
		return err
	case known != nil && (known.Kind == model.Invalid || known.Kind == model.NotAllowed || known.Kind == model.NotFound) || e.Attempts >= eventAttempts:
		// Trying again makes no order of a cart that cannot become one; the shopper can change it and complete it themselves.
		s.Log.WarnContext(ctx, "nothing came of a payment event", slog.String("event", e.ID), slog.String("session", e.SessionID), slog.Any("error", err))
		return s.DB.FinishPaymentEvent(ctx, e, err.Error(), s.Now())
	default:
		s.Log.WarnContext(ctx, "a payment event has to wait", slog.String("event", e.ID), slog.Int("attempt", e.Attempts), slog.Any("error", err))
		return s.DB.DelayPaymentEvent(ctx, e, err.Error(), s.Now().Add(backOff(e.Attempts)))
	}
}

// actOn makes the shop what an event says: a cart that is paid becomes an order, and what was captured is written down. What is so
// already stays, so that events may come in any order.
func (s *Shop) actOn(ctx context.Context, e *db.PaymentEvent) error {
	session, err := s.DB.PaymentSession(ctx, e.SessionID)
	if errors.Is(err, model.NotFound) {
		return s.paidInVain(ctx, e)
	}
	if err != nil {
		return err
	}
	defer s.tellPaid(ctx, session.PaymentCollectionID)
	switch payment.Action(e.Action) {
	case payment.Authorized, payment.Captured:
	case payment.Canceled:
		return s.noteCanceled(ctx, session)
	default:
		return nil
	}
	if session.Payment == nil {
		if err := s.recordPaid(ctx, session); err != nil {
			return err
		}
	}
	if payment.Action(e.Action) != payment.Captured || e.Amount == nil {
		return nil
	}
	p, err := s.DB.PaymentOfSession(ctx, session.ID)
	if err != nil || p == nil || p.CapturedAt != nil || p.CanceledAt != nil {
		return err
	}
	return s.inTx(ctx, func(tx db.DB) error {
		if err := tx.RecordCapture(ctx, p, *e.Amount, s.Now()); err != nil {
			return err
		}
		return tx.Emit(ctx, "payment.captured", map[string]string{"id": p.ID}, s.Now())
	})
}

// strayAttempts is how often it is looked for the session of an event: it may be about to be written. That is two and a half minutes.
const strayAttempts = 5

// paidInVain lets go of what was paid by a session that has no row: another choice has taken its place, or the server that began it
// died before it was written.
func (s *Shop) paidInVain(ctx context.Context, e *db.PaymentEvent) error {
	if payment.Action(e.Action) == payment.Canceled {
		return nil
	}
	if e.Attempts < strayAttempts {
		return model.Conflict.Errorf("the payment session %s is not there", e.SessionID)
	}
	return s.DB.VoidSession(ctx, &model.PaymentSession{ID: e.SessionID, ProviderID: e.Provider, Data: e.Data}, s.Now())
}

// tellPaid tells of the cart and the order that are paid by a payment collection, of which more is known now.
func (s *Shop) tellPaid(ctx context.Context, collection string) {
	if cart, order, err := s.DB.PaidBy(ctx, collection); err == nil { // otherwise whoever watches them finds out a little later
		s.Changed(cart, order)
	}
}

// noteCanceled writes down that a session was cancelled at its provider, if that is still so: its event may be late.
func (s *Shop) noteCanceled(ctx context.Context, session *model.PaymentSession) error {
	p := s.Payers[session.ProviderID]
	if session.Payment != nil || p == nil {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	o, err := p.Authorize(asking, providerSession(session))
	if err != nil || o.Status != model.PaymentStatusCanceled {
		return err
	}
	return s.DB.UpdatePaymentSession(ctx, session.ID, o.Status, o.Data, s.Now())
}

// recordPaid makes an order of the cart that a session pays for. What a session pays for otherwise, such as an order's
// difference, is only written down.
func (s *Shop) recordPaid(ctx context.Context, session *model.PaymentSession) error {
	cart, order, err := s.DB.PaidBy(ctx, session.PaymentCollectionID)
	if err != nil {
		return err
	}
	if cart != "" && order == "" {
		_, err := s.completeCart(ctx, cart)
		return err
	}
	a, err := s.authorizeSession(ctx, session)
	if err != nil {
		return err
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		_, err := s.recordPayment(ctx, tx, a)
		return err
	})
	if err != nil {
		s.releasePayment(ctx, a)
	}
	return err
}

// WorkPayments does what is to be done at payment providers, and acts on what they have told, until ctx ends. Any number of
// servers may do so at once.
func (s *Shop) WorkPayments(ctx context.Context) {
	if err := s.DB.EnlistPaymentProviders(ctx, s.payers(), s.Now()); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "enlisting payment providers", "error", err)
	}
	tick, tidy := time.NewTicker(paymentPause), time.NewTicker(time.Hour)
	defer tick.Stop()
	defer tidy.Stop()
	for {
		if err := s.DoPayments(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "working on payments", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.paymentWake:
		case <-tick.C:
		case <-tidy.C:
			if err := s.DB.ForgetPaymentEvents(ctx, s.Now().Add(-eventsKept)); err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "forgetting payment events", "error", err)
			}
		}
	}
}

// DoPayments does what is due at payment providers, and acts on what they have told, until nothing is left to do now.
func (s *Shop) DoPayments(ctx context.Context) error {
	return errors.Join(s.doPaymentEvents(ctx), s.doPaymentTasks(ctx))
}
