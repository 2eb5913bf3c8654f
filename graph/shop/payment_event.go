package shop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/work"
	"github.com/storegraph/storegraph/model"
)

// ReceivePaymentEvent stores the event of a payment provider's webhook, if the provider signed it, and has it acted on soon. The same
// event may come any number of times. provider may lack its pp_.
func (s *Shop) ReceivePaymentEvent(ctx context.Context, provider string, w payment.Webhook) error {
	provider = withPrefix(provider)
	p := s.Payers.For(provider)
	if p == nil {
		return model.NotFound.Errorf("There is no payment provider %s", provider)
	}
	e, err := p.Event(ctx, w)
	if err != nil || e.Action == payment.Ignored || e.SessionID == "" {
		return err
	}
	if err := model.CheckJSON("the event", w.Body); err != nil {
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

// TakesPaymentEvents reports whether the shop has the payment provider whose webhooks these are. provider may lack its pp_.
func (s *Shop) TakesPaymentEvents(provider string) bool {
	return s.Payers.For(withPrefix(provider)) != nil
}

// withPrefix returns the whole id of a payment provider, which the paths of webhooks leave the beginning out of.
func withPrefix(provider string) string {
	if strings.HasPrefix(provider, "pp_") {
		return provider
	}
	return "pp_" + provider
}

// paymentEvents is the queue of the stored events of payment providers.
type paymentEvents struct{ shop *Shop }

// Claim leases events that are to be acted on.
func (q paymentEvents) Claim(ctx context.Context, free map[string]int, now, until time.Time) ([]work.Task, error) {
	claimed, err := q.shop.DB.ClaimPaymentEvents(ctx, free, now, until)
	if err != nil {
		return nil, err
	}
	tasks := make([]work.Task, len(claimed))
	for i, e := range claimed {
		tasks[i] = &paymentEvent{e, q.shop}
	}
	return tasks, nil
}

// A paymentEvent is the task to act on one event.
type paymentEvent struct {
	*db.PaymentEvent
	shop *Shop
}

func (e *paymentEvent) String() string      { return e.Action + " " + e.ID + " " + e.SessionID }
func (e *paymentEvent) Destination() string { return e.Provider }
func (e *paymentEvent) Attempt() int        { return e.Attempts }
func (e *paymentEvent) Since() time.Time    { return e.ReceivedAt }

// Cause is the request that told of the event.
func (e *paymentEvent) Cause() trace.SpanContext { return e.PaymentEvent.Cause }

func (e *paymentEvent) Do(ctx context.Context) error {
	err := e.shop.actOn(ctx, e.PaymentEvent)
	switch known := model.AsError(err); {
	case known == nil:
		return err
	case known.Kind == model.Invalid, known.Kind == model.NotAllowed, known.Kind == model.NotFound:
		// Trying again makes no order of a cart that cannot become one; the shopper can change it and complete it themselves.
		return fmt.Errorf("%w: %w", work.ErrPermanent, err)
	default:
		return err
	}
}

func (e *paymentEvent) Finish(ctx context.Context, now time.Time) (bool, error) {
	return e.shop.DB.FinishPaymentEvent(ctx, e.PaymentEvent, "", now)
}

func (e *paymentEvent) Retry(ctx context.Context, reason string, due time.Time) (bool, error) {
	return e.shop.DB.PostponePaymentEvent(ctx, e.PaymentEvent, reason, due)
}

func (e *paymentEvent) Bury(ctx context.Context, reason string, now time.Time) (bool, error) {
	return e.shop.DB.FinishPaymentEvent(ctx, e.PaymentEvent, reason, now)
}

// actOn makes the shop agree with an event: a cart that is paid becomes an order, and a capture is written down. It changes nothing that
// agrees already, so that events may come in any order.
func (s *Shop) actOn(ctx context.Context, e *db.PaymentEvent) error {
	session, err := s.DB.PaymentSession(ctx, e.SessionID)
	if errors.Is(err, model.NotFound) {
		return s.voidStray(ctx, e)
	}
	if err != nil {
		return err
	}
	defer s.touchPaid(ctx, session.PaymentCollectionID)
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
	if e.Amount.Exceeds(session.Amount) {
		if err := s.refundExcess(ctx, session); err != nil {
			return err
		}
	}
	return s.inTx(ctx, func(tx db.DB) error { return tx.RecordCapture(ctx, session, *e.Amount, s.Now()) })
}

// refundExcess has a provider give back what it took beyond what a session was to pay, if that is so: it may only have rounded.
func (s *Shop) refundExcess(ctx context.Context, session *model.PaymentSession) error {
	p := s.Payers.For(session.ProviderID)
	if p == nil {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	o, err := p.Authorize(asking, providerSession(session))
	if err != nil || o.Excess == nil {
		return err
	}
	s.Log.WarnContext(ctx, "a payment provider took more than was due, which is refunded", "session", session.ID, "excess", o.Excess)
	defer s.wakePayments()
	return s.inTx(ctx, func(tx db.DB) error {
		w := tx.Writes(s.Now())
		if err := w.RefundExcess(session, o.Data, *o.Excess); err != nil {
			return err
		}
		return w.Send(ctx)
	})
}

// strayAttempts is how often the session of an event is looked up, since it may be about to be written. That is two and a half minutes.
const strayAttempts = 5

// voidStray has a session voided that has no row: another session has replaced it, or the server that began it died before writing
// it.
func (s *Shop) voidStray(ctx context.Context, e *db.PaymentEvent) error {
	if payment.Action(e.Action) == payment.Canceled {
		return nil
	}
	if e.Attempts < strayAttempts {
		return model.Conflict.Errorf("the payment session %s is not there", e.SessionID)
	}
	return s.DB.VoidSession(ctx, &model.PaymentSession{ID: e.SessionID, ProviderID: e.Provider, Data: e.Data}, s.Now())
}

// touchPaid has the cart and the order of a payment collection looked at, for subscriptions to them.
func (s *Shop) touchPaid(ctx context.Context, collection string) {
	if cart, order, err := s.DB.PaidBy(ctx, collection); err == nil { // otherwise they find out a little later
		s.Changed(cart, order)
	}
}

// noteCanceled writes down that a session was cancelled at its provider, if that is still so: its event may be late.
func (s *Shop) noteCanceled(ctx context.Context, session *model.PaymentSession) error {
	p := s.Payers.For(session.ProviderID)
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

// recordPaid makes an order of the cart that a session pays for. A payment for something else, such as the difference of a changed
// order, is only written down.
func (s *Shop) recordPaid(ctx context.Context, session *model.PaymentSession) error {
	cart, order, err := s.DB.PaidBy(ctx, session.PaymentCollectionID)
	if err != nil {
		return err
	}
	if cart != "" && order == "" {
		_, err := s.completeCart(ctx, cart, nil)
		return err
	}
	a, err := s.authorizeSession(ctx, session)
	if err != nil {
		return err
	}
	err = s.inTx(ctx, func(tx db.DB) error { return s.recordPayment(ctx, tx, a) })
	if err != nil {
		s.releasePayment(ctx, a)
	}
	return err
}
