package db

import (
	"context"
	"encoding/json"
	"time"

	"storegraph/model"
)

// A PaymentTask is something that is still to be done at a payment provider.
type PaymentTask struct {
	ID        string
	Release   bool // void the session unless it has become a payment; otherwise void it in any case
	Provider  string
	SessionID string
	Amount    model.Amount
	Currency  string
	Data      model.JSON
	Attempts  int // with this one
}

// HoldPayment notes that a provider is about to be asked to authorise a session: if no payment is recorded by the time due, nor the
// hold renewed, the session is voided. It fails with Conflict if that is happening.
func (d DB) HoldPayment(ctx context.Context, s *model.PaymentSession, due, now time.Time) error {
	data, err := json.Marshal(map[string]any{"data": s.Data, "amount": s.Amount.String(), "currency": s.CurrencyCode})
	if err != nil {
		return err
	}
	n, err := d.Exec(ctx, `INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at) VALUES (?, 'release', ?, ?, ?, ?, ?)
ON CONFLICT (session_id) WHERE kind = 'release' DO UPDATE SET due_at = excluded.due_at WHERE payment_task.attempts = 0`,
		model.NewID("ptask", now), s.ProviderID, s.ID, string(data), due, now)
	if err == nil && n == 0 {
		err = errLetGo
	}
	return err
}

// UnholdPayment forgets a hold of which nothing came.
func (d DB) UnholdPayment(ctx context.Context, session string) error {
	return d.write(ctx, `DELETE FROM storegraph.payment_task WHERE kind = 'release' AND session_id = ? AND attempts = 0`, session)
}

// ReleasePayment makes a hold due.
func (d DB) ReleasePayment(ctx context.Context, session string, now time.Time) error {
	return d.write(ctx, `UPDATE storegraph.payment_task SET due_at = ? WHERE kind = 'release' AND session_id = ?`, now, session)
}

// VoidSession notes that a session that has no row is to be voided at its provider.
func (d DB) VoidSession(ctx context.Context, s *model.PaymentSession, now time.Time) error {
	data, err := json.Marshal(map[string]any{"data": s.Data, "amount": s.Amount.String(), "currency": s.CurrencyCode})
	if err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at) VALUES (?, 'void', ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING`, "ptask_"+s.ID, s.ProviderID, s.ID, string(data), now, now)
}

// ClaimPaymentTasks returns some of the tasks that are due at one of the providers. They are this caller's until then.
func (d DB) ClaimPaymentTasks(ctx context.Context, providers []string, now, until time.Time) ([]*PaymentTask, error) {
	var out []*PaymentTask
	err := d.once(ctx, func(b *batch) {
		b.read(`UPDATE storegraph.payment_task SET attempts = attempts + 1, due_at = $1 WHERE id IN (
SELECT id FROM storegraph.payment_task WHERE due_at <= $2 AND provider_id = ANY($3) ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED)
RETURNING id, kind = 'release', provider_id, session_id, data, attempts`, []any{until, now, providers}, func(c *cursor) {
			t := &PaymentTask{ID: c.text(), Release: c.bool(), Provider: c.text(), SessionID: c.text()}
			var session struct {
				Data     model.JSON `json:"data"`
				Amount   string     `json:"amount"`
				Currency string     `json:"currency"`
			}
			c.fail(json.Unmarshal(c.json(), &session))
			amount, err := model.ParseAmount(session.Amount)
			c.fail(err)
			t.Attempts, t.Amount, t.Currency, t.Data = c.int(), amount, session.Currency, session.Data
			out = append(out, t)
		})
	})
	return out, err
}

// SessionPaid reports whether a session has a payment that is not cancelled.
func (d DB) SessionPaid(ctx context.Context, session string) (bool, error) {
	ids, err := d.Texts(ctx, `SELECT id FROM payment WHERE payment_session_id = $1 AND canceled_at IS NULL AND deleted_at IS NULL`, session)
	return len(ids) > 0, err
}

// FinishPaymentTask forgets a task. If the session was voided, that is written down where it still has rows.
func (d DB) FinishPaymentTask(ctx context.Context, t *PaymentTask, voided bool, data model.JSON, now time.Time) error {
	s := d.Writes(now)
	s.exec(`DELETE FROM storegraph.payment_task WHERE id = ?`, t.ID)
	if voided {
		text := string(data)
		if text == "" {
			text = string(t.Data)
		}
		s.exec(`UPDATE payment_session SET status = 'canceled', data = ?, updated_at = ? WHERE id = ?`, text, now, t.SessionID)
		s.exec(`UPDATE payment SET canceled_at = ?, data = ?, updated_at = ? WHERE payment_session_id = ? AND canceled_at IS NULL AND captured_at IS NULL`,
			now, text, now, t.SessionID)
	}
	return s.Send(ctx)
}

// DelayPaymentTask notes why a task could not be done, and when to try again.
func (d DB) DelayPaymentTask(ctx context.Context, id, reason string, due time.Time) error {
	return d.write(ctx, `UPDATE storegraph.payment_task SET last_error = ?, due_at = ? WHERE id = ?`, reason, due, id)
}

// A PaymentEvent is what a payment provider told.
type PaymentEvent struct {
	Provider, ID string
	SessionID    string
	Action       string
	Amount       *model.Amount
	Data         model.JSON // of the session, as the provider told it
	Attempts     int        // to act on it, with this one
}

// SavePaymentEvent keeps what a provider told, and reports whether it is told for the first time.
func (d DB) SavePaymentEvent(ctx context.Context, e *PaymentEvent, now time.Time) (bool, error) {
	var amount *string
	if e.Amount != nil {
		text := e.Amount.String()
		amount = &text
	}
	n, err := d.Exec(ctx, `INSERT INTO storegraph.payment_event (provider_id, event_id, session_id, action, amount, data, received_at, due_at)
VALUES (?, ?, ?, ?, ?::numeric, ?, ?, ?) ON CONFLICT (provider_id, event_id) DO NOTHING`, e.Provider, e.ID, e.SessionID, e.Action, amount, string(e.Data), now, now)
	return n > 0, err
}

// ClaimPaymentEvents returns some of the events that are to be acted on. They are this caller's until then.
func (d DB) ClaimPaymentEvents(ctx context.Context, now, until time.Time) ([]*PaymentEvent, error) {
	var out []*PaymentEvent
	err := d.once(ctx, func(b *batch) {
		b.read(`UPDATE storegraph.payment_event SET attempts = attempts + 1, due_at = $1 WHERE (provider_id, event_id) IN (
SELECT provider_id, event_id FROM storegraph.payment_event WHERE done_at IS NULL AND due_at <= $2 ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED)
RETURNING provider_id, event_id, session_id, action, amount::text, data, attempts`, []any{until, now}, func(c *cursor) {
			out = append(out, &PaymentEvent{
				Provider: c.text(), ID: c.text(), SessionID: c.text(), Action: c.text(), Amount: c.maybeAmount(), Data: c.json(), Attempts: c.int(),
			})
		})
	})
	return out, err
}

// FinishPaymentEvent notes that an event has been acted on, or why nothing came of it.
func (d DB) FinishPaymentEvent(ctx context.Context, e *PaymentEvent, reason string, now time.Time) error {
	return d.write(ctx, `UPDATE storegraph.payment_event SET done_at = ?, last_error = nullif(?, '') WHERE provider_id = ? AND event_id = ?`,
		now, reason, e.Provider, e.ID)
}

// DelayPaymentEvent notes why an event could not be acted on yet, and when to try again.
func (d DB) DelayPaymentEvent(ctx context.Context, e *PaymentEvent, reason string, due time.Time) error {
	return d.write(ctx, `UPDATE storegraph.payment_event SET last_error = ?, due_at = ? WHERE provider_id = ? AND event_id = ?`, reason, due, e.Provider, e.ID)
}

// ForgetPaymentEvents deletes the events that were acted on before then.
func (d DB) ForgetPaymentEvents(ctx context.Context, before time.Time) error {
	return d.write(ctx, `DELETE FROM storegraph.payment_event WHERE done_at < ?`, before)
}
