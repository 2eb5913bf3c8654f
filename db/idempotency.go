package db

import (
	"context"
	"time"
)

// A Keyed is a request with an Idempotency-Key, as the database knows it.
type Keyed struct {
	RequestHash string
	RunningTo   time.Time
	Committed   bool   // what it does has been done
	Status      int    // of the answer; 0 until there is one
	Answer      []byte // encrypted
}

// BeginKeyed stores that a request with this id is running, until runningTo at the latest, and deletes expired requests. If one with
// the id exists, it is returned and nothing is stored.
func (d DB) BeginKeyed(ctx context.Context, id, requestHash string, now, runningTo, expires time.Time) (*Keyed, error) {
	if err := d.write(ctx, `DELETE FROM storegraph.idempotency WHERE expires_at <= ?`, now); err != nil {
		return nil, err
	}
	n, err := d.Exec(ctx, `INSERT INTO storegraph.idempotency (id, request_hash, running_to, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		id, requestHash, runningTo, expires)
	if err != nil || n == 1 {
		return nil, err
	}
	var out *Keyed
	err = d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT request_hash, running_to, committed_at IS NOT NULL, coalesce(status, 0), answer FROM storegraph.idempotency WHERE id = $1`, []any{id},
			func(c *cursor) {
				out = &Keyed{RequestHash: c.text(), RunningTo: c.stamp().Time, Committed: c.bool(), Status: c.int()}
				out.Answer = append(out.Answer, c.column()...)
			})
	})
	return out, err
}

// TakeOverKeyed leases a request that stopped running before it committed anything, and reports whether the caller has it now. Of
// several callers at once, one gets it.
func (d DB) TakeOverKeyed(ctx context.Context, id string, now, runningTo time.Time) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.idempotency SET running_to = ? WHERE id = ? AND status IS NULL AND committed_at IS NULL AND running_to <= ?`,
		runningTo, id, now)
	return n == 1, err
}

// FinishKeyed stores the answer of a request.
func (d DB) FinishKeyed(ctx context.Context, id string, status int, answer []byte) error {
	return d.write(ctx, `UPDATE storegraph.idempotency SET status = ?, answer = ? WHERE id = ?`, status, answer, id)
}

// ForgetKeyed deletes a request that failed without committing anything, so that it can be sent again.
func (d DB) ForgetKeyed(ctx context.Context, id string) error {
	return d.write(ctx, `DELETE FROM storegraph.idempotency WHERE id = ? AND committed_at IS NULL`, id)
}

type keyedKey struct{}

// WithKeyed returns a context whose transactions mark the request with this id as committed when they commit.
func WithKeyed(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, keyedKey{}, id)
}

// markKeyed marks the request of ctx as committed, in the transaction, if the request has an Idempotency-Key.
func (d DB) markKeyed(ctx context.Context) error {
	id, ok := ctx.Value(keyedKey{}).(string)
	if !ok {
		return nil
	}
	return d.write(ctx, `UPDATE storegraph.idempotency SET committed_at = coalesce(committed_at, now()) WHERE id = ?`, id)
}
