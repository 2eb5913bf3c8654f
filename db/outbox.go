package db

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"
	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/model"
)

// Emit notes that something has happened, in the words of the reference's events. What is noted in a transaction is delivered only
// if that commits.
func (d DB) Emit(ctx context.Context, name string, payload any, now time.Time) error {
	w := d.Writes(now)
	w.Event(name, payload)
	return w.Send(ctx)
}

// fanOutLimit is how many events get their deliveries at a time.
const fanOutLimit = 1000

// finishEvent sets what ends an event: when, and its payload without secrets. It takes one argument, the time.
var finishEvent = func() string {
	keys := model.SecretKeys()
	payload, names := "", []string{}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		names = append(names, "'"+name+"'")
		payload += " WHEN '" + name + "' THEN '{" + strings.Join(keys[name], ",") + "}'::text[]"
	}
	return `finished_at = ?, payload = payload - CASE name` + payload + ` ELSE '{}'::text[] END, redacted = name IN (` + strings.Join(names, ", ") + `)`
}()

// FanOutEvents gives each new event a delivery for each destination that it has none for yet, due now. With no destination events are
// finished.
func (d DB) FanOutEvents(ctx context.Context, destinations []string, now time.Time) error {
	const due = `SELECT id FROM storegraph.outbox WHERE due_at IS NOT NULL ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`
	if len(destinations) == 0 {
		_, err := d.repeat(ctx, `UPDATE storegraph.outbox SET due_at = NULL, `+finishEvent+` WHERE id IN (`+due+`)`, now, fanOutLimit)
		return err
	}
	_, err := d.repeat(ctx, `WITH due AS (`+due+`), fanned AS (UPDATE storegraph.outbox o SET due_at = NULL FROM due WHERE o.id = due.id)
INSERT INTO storegraph.delivery (event_id, destination, due_at) SELECT due.id, destination, ? FROM due, unnest(?::text[]) destination ON CONFLICT DO NOTHING`,
		fanOutLimit, now, pgdialect.Array(destinations))
	return err
}

// A Delivery is an event on its way to one destination, as ClaimDeliveries leased it.
type Delivery struct {
	Event       *model.Event
	Destination string
	Attempts    int               // with the present one
	Cause       trace.SpanContext // where in a trace the event happened; not valid if it was not traced
	claim       int64
}

// claimable selects for each destination up to its number of free slots of the rows that match, in the given order, and locks them.
// $1 are the destinations and $2 the numbers.
func claimable(columns, from, matching, order string) string {
	return `SELECT picked.* FROM unnest($1::text[], $2::int[]) slot(destination, free), LATERAL (
	SELECT ` + columns + ` FROM ` + from + ` WHERE ` + matching + ` ORDER BY ` + order + ` LIMIT slot.free FOR UPDATE SKIP LOCKED) picked`
}

// slots are the arguments of claimable for the free slots of destinations.
func slots(free map[string]int) (destinations []string, numbers []int) {
	destinations = slices.Sorted(maps.Keys(free))
	for _, name := range destinations {
		numbers = append(numbers, free[name])
	}
	return destinations, numbers
}

// ClaimDeliveries leases deliveries that are due: for each destination up to as many as it has free slots, new ones first. They are
// due again when the lease ends, so that a server that dies leaves them to the others then.
func (d DB) ClaimDeliveries(ctx context.Context, free map[string]int, now, until time.Time) ([]*Delivery, error) {
	destinations, numbers := slots(free)
	var out []*Delivery
	err := d.lease(ctx, func(b *batch) {
		b.read(claimDeliveries, []any{destinations, numbers, now, until}, func(c *cursor) {
			x := &Delivery{Event: &model.Event{ID: c.text()}, Destination: c.text(), Attempts: c.int(), claim: int64(c.int())}
			x.Event.Name, x.Event.Payload, x.Event.CreatedAt = c.text(), c.json(), c.stamp().Time
			x.Cause = c.cause()
			out = append(out, x)
		})
	})
	return out, err
}

var claimDeliveries = `WITH claimed AS (` + claimable(`event_id, destination`, `storegraph.delivery`,
	`destination = slot.destination AND done_at IS NULL AND dead_at IS NULL AND due_at <= $3`, `(attempts > 0), due_at, event_id`) + `)
UPDATE storegraph.delivery x SET attempts = attempts + 1, claim = claim + 1, due_at = $4 FROM claimed c JOIN storegraph.outbox o ON o.id = c.event_id
WHERE x.event_id = c.event_id AND x.destination = c.destination
RETURNING x.event_id, x.destination, x.attempts, x.claim, o.name, o.payload, o.created_at, o.trace`

// FinishDelivery ends a delivery: with a reason it has been given up, else the event has come. When none of the event's deliveries is
// left to be tried, the secrets are taken out of what is kept of it. It reports false, and changes nothing, if the delivery has been
// leased again since.
func (d DB) FinishDelivery(ctx context.Context, x *Delivery, reason string, now time.Time) (bool, error) {
	return InTx(ctx, d, func(tx DB) (bool, error) {
		// The lock makes deliveries of one event end one after another, so that the last one sees that it is the last.
		if err := tx.write(ctx, `SELECT FROM storegraph.outbox WHERE id = ? FOR UPDATE`, x.Event.ID); err != nil {
			return false, err
		}
		ended, args := `done_at = ?, error = NULL`, []any{now}
		if reason != "" {
			ended, args = `dead_at = ?, error = ?`, []any{now, reason}
		}
		held, err := tx.updateDelivery(ctx, x, ended, args...)
		if err != nil || !held {
			return held, err
		}
		return true, tx.write(ctx, `UPDATE storegraph.outbox o SET `+finishEvent+` WHERE id = ?
AND NOT EXISTS (SELECT FROM storegraph.delivery x WHERE x.event_id = o.id AND x.done_at IS NULL AND x.dead_at IS NULL)`, now, x.Event.ID)
	})
}

// PostponeDelivery has a delivery tried again when due. It reports false, and changes nothing, if it has been leased again since.
func (d DB) PostponeDelivery(ctx context.Context, x *Delivery, reason string, due time.Time) (bool, error) {
	return d.updateDelivery(ctx, x, `due_at = ?, error = ?`, due, reason)
}

// updateDelivery changes a delivery unless it has been leased again, or ended, since.
func (d DB) updateDelivery(ctx context.Context, x *Delivery, set string, args ...any) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.delivery SET `+set+` WHERE event_id = ? AND destination = ? AND claim = ? AND done_at IS NULL AND dead_at IS NULL`,
		append(args, x.Event.ID, x.Destination, x.claim)...)
	return n > 0, err
}

// ForgetEvents removes up to limit events that were finished before a time, and reports how many. Deliveries that nobody has tried for
// so long, since no server has their destination any more, are given up first.
func (d DB) ForgetEvents(ctx context.Context, before, now time.Time, limit int) (n int64, err error) {
	ctx, ended := d.job(ctx, "forget events")
	defer func() { ended(err) }()
	abandoned, err := d.repeat(ctx, `UPDATE storegraph.delivery SET dead_at = ?, error = 'no server has this destination' WHERE done_at IS NULL AND dead_at IS NULL AND due_at < ?`, now, before)
	if err != nil {
		return 0, err
	}
	if abandoned > 0 {
		if _, err := d.repeat(ctx, `UPDATE storegraph.outbox o SET `+finishEvent+` WHERE finished_at IS NULL AND due_at IS NULL
AND NOT EXISTS (SELECT FROM storegraph.delivery x WHERE x.event_id = o.id AND x.done_at IS NULL AND x.dead_at IS NULL)`, now); err != nil {
			return 0, err
		}
	}
	return d.repeat(ctx, `DELETE FROM storegraph.outbox WHERE id IN (
SELECT id FROM storegraph.outbox WHERE finished_at < ? ORDER BY finished_at LIMIT ? FOR UPDATE SKIP LOCKED)`, before, limit)
}

// OpenDeliveries returns up to limit deliveries that wait or have been given up, those of the oldest events first.
func (d DB) OpenDeliveries(ctx context.Context, limit int) ([]*model.OpenDelivery, error) {
	var out []*model.OpenDelivery
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT o.id, o.name, coalesce(x.destination, ''), o.created_at, coalesce(x.attempts, 0), coalesce(x.due_at, o.due_at, o.created_at), x.dead_at, coalesce(x.error, ''), o.redacted
FROM storegraph.outbox o LEFT JOIN storegraph.delivery x ON x.event_id = o.id AND o.due_at IS NULL
WHERE o.due_at IS NOT NULL OR x.event_id IS NOT NULL AND x.done_at IS NULL ORDER BY o.created_at, o.id, x.destination LIMIT $1`, []any{limit}, func(c *cursor) {
			out = append(out, &model.OpenDelivery{
				EventID: c.text(), Name: c.text(), Destination: c.text(), CreatedAt: c.stamp(), Attempts: c.int(), DueAt: c.stamp(), DeadAt: c.maybeTime(),
				Error: c.text(), Redacted: c.bool(),
			})
		})
	})
	return out, err
}

// ReviveEvents has events delivered again where they were given up: those with the ids, or all without any. Those whose secrets are
// gone stay given up. It reports how many events there are to deliver.
func (d DB) ReviveEvents(ctx context.Context, ids []string, now time.Time) (int64, error) {
	which, args := ``, []any{}
	if len(ids) > 0 {
		which, args = ` AND id = ANY($1)`, []any{ids}
	}
	return InTx(ctx, d, func(tx DB) (int64, error) {
		dead, err := tx.Texts(ctx, `SELECT id FROM storegraph.outbox o WHERE NOT redacted`+which+`
AND EXISTS (SELECT FROM storegraph.delivery x WHERE x.event_id = o.id AND x.dead_at IS NOT NULL) ORDER BY id FOR UPDATE`, args...)
		if err != nil || len(dead) == 0 {
			return 0, err
		}
		these := pgdialect.Array(dead)
		if err := tx.write(ctx, `UPDATE storegraph.delivery SET dead_at = NULL, attempts = 0, due_at = ? WHERE dead_at IS NOT NULL AND event_id = ANY(?)`, now, these); err != nil {
			return 0, err
		}
		return tx.Exec(ctx, `UPDATE storegraph.outbox SET finished_at = NULL WHERE id = ANY(?)`, these)
	})
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
