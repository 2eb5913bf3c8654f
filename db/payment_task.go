package db

import (
	"context"
	"encoding/json"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/model"
)

// A PaymentTask is a session that is to be voided at its payment provider, or of which something is to be refunded, as ClaimPaymentTasks leased it.
type PaymentTask struct {
	ID        string
	Hold      bool // an authorization hold that has run out: the session is voided only if it has not become a payment
	CreatedAt time.Time
	Provider  string
	SessionID string
	Amount    model.Amount
	Currency  string
	Data      model.JSON
	Refund    *model.Amount // is to be given back of the session, which is not voided; nil: it is voided
	Attempts  int           // with the present one; they never start again, so that they fence the lease

	Cause trace.SpanContext // where in a trace the task was noted; not valid if it was not traced
}

// HoldPayment notes that a provider is about to be asked to authorise a session: if no payment is recorded by the time due, nor the
// hold renewed, the session is voided. It fails with Conflict if that is happening.
func (d DB) HoldPayment(ctx context.Context, s *model.PaymentSession, due, now time.Time) error {
	data, err := json.Marshal(map[string]any{"data": s.Data, "amount": s.Amount.String(), "currency": s.CurrencyCode})
	if err != nil {
		return err
	}
	n, err := d.Exec(ctx, `INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at, trace) VALUES (?, 'release', ?, ?, ?, ?, ?, nullif(?, ''))
ON CONFLICT (session_id) WHERE kind = 'release' DO UPDATE SET due_at = excluded.due_at, trace = excluded.trace WHERE payment_task.attempts = 0`,
		model.NewID("ptask", now), s.ProviderID, s.ID, string(data), due, now, traceParent(ctx))
	if err == nil && n == 0 {
		err = errVoided
	}
	return err
}

// CancelHold deletes an authorization hold that is not needed any more.
func (d DB) CancelHold(ctx context.Context, session string) error {
	return d.write(ctx, `DELETE FROM storegraph.payment_task WHERE kind = 'release' AND session_id = ? AND attempts = 0`, session)
}

// ReleasePayment makes a hold due, unless it has run out already.
func (d DB) ReleasePayment(ctx context.Context, session string, now time.Time) error {
	return d.write(ctx, `UPDATE storegraph.payment_task SET due_at = ? WHERE kind = 'release' AND session_id = ? AND attempts = 0`, now, session)
}

// VoidSession notes that a session that has no row is to be voided at its provider.
func (d DB) VoidSession(ctx context.Context, s *model.PaymentSession, now time.Time) error {
	data, err := json.Marshal(map[string]any{"data": s.Data, "amount": s.Amount.String(), "currency": s.CurrencyCode})
	if err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at, trace) VALUES (?, 'void', ?, ?, ?, ?, ?, nullif(?, ''))
ON CONFLICT (id) DO NOTHING`, "ptask_"+s.ID, s.ProviderID, s.ID, string(data), now, now, traceParent(ctx))
}

// RefundExcess notes that a provider took so much more than a session was to pay, and that it is to be given back. It is noted once for a
// session, however often it is called.
func (w *Writes) RefundExcess(s *model.PaymentSession, data model.JSON, excess model.Amount) error {
	task, err := json.Marshal(map[string]any{"data": data, "amount": s.Amount.String(), "currency": s.CurrencyCode, "refund": excess.String()})
	if err != nil {
		return err
	}
	w.exec(`WITH noted AS (INSERT INTO storegraph.payment_excess (session_id, provider_id, amount, noted_at) VALUES (?, ?, ?::numeric, ?)
ON CONFLICT (session_id) DO NOTHING RETURNING session_id)
INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at, trace)
SELECT 'ptask_' || session_id || '_excess', 'refund', ?, session_id, ?::jsonb, ?::timestamptz, ?::timestamptz, nullif(?, '') FROM noted`,
		s.ID, s.ProviderID, excess.String(), w.now, s.ProviderID, string(task), w.now, w.now, w.d.cause)
	return nil
}

// ClaimPaymentTasks leases tasks that are due: for each provider up to as many as it has free slots. They are due again when the lease
// ends.
func (d DB) ClaimPaymentTasks(ctx context.Context, free map[string]int, now, until time.Time) ([]*PaymentTask, error) {
	providers, numbers := slots(free)
	var out []*PaymentTask
	err := d.lease(ctx, func(b *batch) {
		b.read(claimPaymentTasks, []any{providers, numbers, now, until}, func(c *cursor) {
			t := &PaymentTask{ID: c.text(), Hold: c.bool(), CreatedAt: c.stamp().Time, Provider: c.text(), SessionID: c.text()}
			var session struct {
				Data     model.JSON `json:"data"`
				Amount   string     `json:"amount"`
				Currency string     `json:"currency"`
				Refund   string     `json:"refund"`
			}
			c.fail(json.Unmarshal(c.json(), &session))
			amount, err := model.ParseAmount(session.Amount)
			c.fail(err)
			if session.Refund != "" {
				refund, err := model.ParseAmount(session.Refund)
				c.fail(err)
				t.Refund = &refund
			}
			t.Attempts, t.Amount, t.Currency, t.Data = c.int(), amount, session.Currency, session.Data
			t.Cause = c.cause()
			out = append(out, t)
		})
	})
	return out, err
}

var claimPaymentTasks = `WITH claimed AS (` +
	claimable(`id`, `storegraph.payment_task`, `provider_id = slot.destination AND due_at <= $3`, `due_at`) + `)
UPDATE storegraph.payment_task t SET attempts = attempts + 1, due_at = $4 FROM claimed c WHERE t.id = c.id
RETURNING t.id, kind = 'release', created_at, provider_id, session_id, data, attempts, trace`

// SessionPaid reports whether a session has a payment that is not cancelled.
func (d DB) SessionPaid(ctx context.Context, session string) (bool, error) {
	ids, err := d.Texts(ctx, `SELECT id FROM payment WHERE payment_session_id = $1 AND canceled_at IS NULL AND deleted_at IS NULL`, session)
	return len(ids) > 0, err
}

// FinishPaymentTask removes a task. If the session was voided, that is written down where it still has rows. It reports false, and
// changes nothing, if the task has been leased again since.
func (d DB) FinishPaymentTask(ctx context.Context, t *PaymentTask, voided bool, data model.JSON, now time.Time) (bool, error) {
	return InTx(ctx, d, func(tx DB) (bool, error) {
		// A session is locked before its tasks, here as everywhere.
		if err := tx.write(ctx, `SELECT FROM payment_session WHERE id = ? FOR UPDATE`, t.SessionID); err != nil {
			return false, err
		}
		n, err := tx.Exec(ctx, `DELETE FROM storegraph.payment_task WHERE id = ? AND attempts = ?`, t.ID, t.Attempts)
		if err == nil && n > 0 && t.Refund != nil {
			return true, tx.write(ctx, `UPDATE storegraph.payment_excess SET refunded_at = ? WHERE session_id = ?`, now, t.SessionID)
		}
		if err != nil || n == 0 || !voided {
			return n > 0, err
		}
		text := string(data)
		if text == "" {
			text = string(t.Data)
		}
		s := tx.Writes(now)
		s.exec(`UPDATE payment_session SET status = 'canceled', data = ?, updated_at = ? WHERE id = ?`, text, now, t.SessionID)
		s.exec(`UPDATE payment SET canceled_at = ?, data = ?, updated_at = ? WHERE payment_session_id = ? AND canceled_at IS NULL AND captured_at IS NULL`,
			now, text, now, t.SessionID)
		return true, s.Send(ctx)
	})
}

// PostponePaymentTask has a task tried again when due. It reports false, and changes nothing, if it has been leased again since.
func (d DB) PostponePaymentTask(ctx context.Context, t *PaymentTask, reason string, due time.Time) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.payment_task SET last_error = ?, due_at = ? WHERE id = ? AND attempts = ?`, reason, due, t.ID, t.Attempts)
	return n > 0, err
}

// A PaymentEvent is what a payment provider has told by a webhook.
type PaymentEvent struct {
	Provider, ID string
	SessionID    string
	Action       string
	Amount       *model.Amount
	Data         model.JSON // of the session, as the provider told it
	ReceivedAt   time.Time
	Attempts     int // to act on it, with the present one; they never start again, so that they fence the lease

	Cause trace.SpanContext // where in a trace the event was told; not valid if it was not traced
}

// SavePaymentEvent stores an event, and reports whether it has come for the first time.
func (d DB) SavePaymentEvent(ctx context.Context, e *PaymentEvent, now time.Time) (bool, error) {
	var amount *string
	if e.Amount != nil {
		text := e.Amount.String()
		amount = &text
	}
	n, err := d.Exec(ctx, `INSERT INTO storegraph.payment_event (provider_id, event_id, session_id, action, amount, data, received_at, due_at, trace)
VALUES (?, ?, ?, ?, ?::numeric, ?, ?, ?, nullif(?, '')) ON CONFLICT (provider_id, event_id) DO NOTHING`,
		e.Provider, e.ID, e.SessionID, e.Action, amount, string(e.Data), now, now, traceParent(ctx))
	return n > 0, err
}

// ClaimPaymentEvents leases events that are to be acted on: for each provider up to as many as it has free slots. They are due again
// when the lease ends.
func (d DB) ClaimPaymentEvents(ctx context.Context, free map[string]int, now, until time.Time) ([]*PaymentEvent, error) {
	providers, numbers := slots(free)
	var out []*PaymentEvent
	err := d.lease(ctx, func(b *batch) {
		b.read(claimPaymentEvents, []any{providers, numbers, now, until}, func(c *cursor) {
			out = append(out, &PaymentEvent{
				Provider: c.text(), ID: c.text(), SessionID: c.text(), Action: c.text(), Amount: c.maybeAmount(), Data: c.json(), ReceivedAt: c.stamp().Time,
				Attempts: c.int(), Cause: c.cause(),
			})
		})
	})
	return out, err
}

var claimPaymentEvents = `WITH claimed AS (` +
	claimable(`provider_id, event_id`, `storegraph.payment_event`, `provider_id = slot.destination AND done_at IS NULL AND due_at <= $3`, `due_at`) + `)
UPDATE storegraph.payment_event e SET attempts = attempts + 1, due_at = $4 FROM claimed c WHERE e.provider_id = c.provider_id AND e.event_id = c.event_id
RETURNING e.provider_id, e.event_id, session_id, action, amount::text, data, received_at, attempts, trace`

// FinishPaymentEvent notes that an event has been acted on, or why nothing came of it. It reports false, and changes nothing, if the
// event has been leased again since.
func (d DB) FinishPaymentEvent(ctx context.Context, e *PaymentEvent, reason string, now time.Time) (bool, error) {
	return d.updatePaymentEvent(ctx, e, `done_at = ?, last_error = nullif(?, '')`, now, reason)
}

// PostponePaymentEvent has an event acted on again when due. It reports false, and changes nothing, if the event has been leased again
// since.
func (d DB) PostponePaymentEvent(ctx context.Context, e *PaymentEvent, reason string, due time.Time) (bool, error) {
	return d.updatePaymentEvent(ctx, e, `last_error = ?, due_at = ?`, reason, due)
}

func (d DB) updatePaymentEvent(ctx context.Context, e *PaymentEvent, set string, args ...any) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.payment_event SET `+set+` WHERE provider_id = ? AND event_id = ? AND attempts = ? AND done_at IS NULL`,
		append(args, e.Provider, e.ID, e.Attempts)...)
	return n > 0, err
}

// ForgetPaymentEvents deletes the events that were acted on before then.
func (d DB) ForgetPaymentEvents(ctx context.Context, before time.Time) error {
	_, err := d.repeat(ctx, `DELETE FROM storegraph.payment_event WHERE done_at < ?`, before)
	return err
}
