package db

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"

	"storegraph/model"
)

// Emit notes that something has happened, in the words of the reference's events. What is noted in a transaction is
// delivered only if that commits.
func (d DB) Emit(ctx context.Context, name string, payload any, now time.Time) error {
	w := d.Writes(now)
	w.Event(name, payload)
	return w.Send(ctx)
}

// ClaimEvents takes up to limit events whose delivery is due, new ones first, counts an attempt for each, and puts the next
// one off until again, so that no other server takes them meanwhile. One that dies with its events leaves them to the others then.
func (d DB) ClaimEvents(ctx context.Context, limit int, now, again time.Time) ([]*model.Event, error) {
	var out []*model.Event
	err := d.once(ctx, func(b *batch) {
		b.read(`UPDATE storegraph.outbox SET attempts = attempts + 1, due_at = $1 WHERE id IN (
 SELECT id FROM storegraph.outbox WHERE sent_at IS NULL AND dead_at IS NULL AND due_at <= $2
 ORDER BY (attempts > 0), due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, name, payload, created_at, attempts, to_json(delivered)`, []any{again, now, limit}, func(c *cursor) {
			e := &model.Event{ID: c.text(), Name: c.text(), Payload: c.json(), CreatedAt: c.stamp().Time, Attempts: c.int()}
			c.fail(json.Unmarshal(c.json(), &e.Delivered))
			out = append(out, e)
		})
	})
	return out, err
}

// FinishEvent ends the delivery of an event as ClaimEvents gave it, and takes the secrets out of what is kept of it. With a
// reason it has been given up, else it has come everywhere. An event that another server has claimed since stays as it is.
func (d DB) FinishEvent(ctx context.Context, e *model.Event, reason string, now time.Time) error {
	at := `sent_at = ?, dead_at = NULL, error = NULL`
	args := []any{now}
	if reason != "" {
		at = `dead_at = ?, error = ?`
		args = append(args, reason)
	}
	args = append(args, pgdialect.Array(orNone(e.Delivered)))
	change := ``
	if keys := e.SecretKeys(); len(keys) > 0 {
		change = `, payload = payload - ?::text[], redacted = true`
		args = append(args, pgdialect.Array(keys))
	}
	return d.write(ctx, `UPDATE storegraph.outbox SET `+at+`, delivered = ?::text[]`+change+` WHERE id = ? AND attempts = ?`, append(args, e.ID, e.Attempts)...)
}

// PostponeEvent has the delivery of an event as ClaimEvents gave it tried again at a later time, for the reason why it
// failed. An event that another server has claimed since stays as it is.
func (d DB) PostponeEvent(ctx context.Context, e *model.Event, reason string, again time.Time) error {
	return d.write(ctx, `UPDATE storegraph.outbox SET due_at = ?, error = ?, delivered = ?::text[] WHERE id = ? AND attempts = ?`,
		again, reason, pgdialect.Array(orNone(e.Delivered)), e.ID, e.Attempts)
}

// orNone is a list that is not NULL in SQL.
func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ForgetEvents removes up to limit events that were delivered or given up before a time, and reports how many it removed.
func (d DB) ForgetEvents(ctx context.Context, before time.Time, limit int) (int64, error) {
	return d.Exec(ctx, `DELETE FROM storegraph.outbox WHERE id IN (
	SELECT id FROM storegraph.outbox WHERE coalesce(sent_at, dead_at) < ? AND (sent_at IS NOT NULL OR dead_at IS NOT NULL)
	ORDER BY coalesce(sent_at, dead_at) LIMIT ? FOR UPDATE SKIP LOCKED)`, before, limit)
}

// OpenEvents returns up to limit events that wait to be delivered or have been given up, the oldest first and without what
// they say.
func (d DB) OpenEvents(ctx context.Context, limit int) ([]*model.OpenEvent, error) {
	var out []*model.OpenEvent
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT id, name, created_at, attempts, due_at, dead_at, coalesce(error, ''), redacted FROM storegraph.outbox
WHERE sent_at IS NULL ORDER BY created_at, id LIMIT $1`, []any{limit}, func(c *cursor) {
			out = append(out, &model.OpenEvent{
				ID: c.text(), Name: c.text(), CreatedAt: c.stamp(), Attempts: c.int(), DueAt: c.stamp(), DeadAt: c.maybeTime(),
				Error: c.text(), Redacted: c.bool(),
			})
		})
	})
	return out, err
}

// ReviveEvents has events that were given up delivered again: those with the ids, or all without any. Those whose secrets
// are gone stay dead. It reports how many live.
func (d DB) ReviveEvents(ctx context.Context, ids []string, now time.Time) (int64, error) {
	which, args := ``, []any{now}
	if len(ids) > 0 {
		which = ` AND id IN (?` + strings.Repeat(`, ?`, len(ids)-1) + `)`
		for _, id := range ids {
			args = append(args, id)
		}
	}
	return d.Exec(ctx, `UPDATE storegraph.outbox SET dead_at = NULL, attempts = 0, due_at = ?
WHERE dead_at IS NOT NULL AND sent_at IS NULL AND NOT redacted`+which, args...)
}

// OrderTransfer returns what the request to give an order to another customer says, for the mail to its present owner. It
// fails with NotFound once the request has been answered.
func (d DB) OrderTransfer(ctx context.Context, change string) (*model.OrderTransfer, error) {
	var out *model.OrderTransfer
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT o.id, o.display_id, coalesce(a.details->>'original_email', o.email, ''), coalesce(a.details->>'token', '')
FROM order_change c
JOIN order_change_action a ON a.order_change_id = c.id AND a.action = 'TRANSFER_CUSTOMER' AND a.deleted_at IS NULL
JOIN "order" o ON o.id = c.order_id AND o.deleted_at IS NULL
WHERE c.id = $1 AND c.status = 'requested' AND c.deleted_at IS NULL`, []any{change}, func(c *cursor) {
			out = &model.OrderTransfer{OrderID: c.text(), DisplayID: c.int(), Email: c.text(), Token: c.text()}
		})
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("the request is not pending")
	}
	return out, err
}
