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

// BeginKeyed notes that the request with an id runs until some time, and forgets requests that have expired. If there is one with
// the id already, it is returned and nothing is noted.
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

// TakeOverKeyed lets a request run again that has died before it did anything, and reports whether it may. Of several at once,
// one may.
func (d DB) TakeOverKeyed(ctx context.Context, id string, now, runningTo time.Time) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.idempotency SET running_to = ? WHERE id = ? AND status IS NULL AND committed_at IS NULL AND running_to <= ?`,
		runningTo, id, now)
	return n == 1, err
}

// FinishKeyed keeps the answer of a request.
func (d DB) FinishKeyed(ctx context.Context, id string, status int, answer []byte) error {
	return d.write(ctx, `UPDATE storegraph.idempotency SET status = ?, answer = ? WHERE id = ?`, status, answer, id)
}

// ForgetKeyed lets a request be sent again that has failed and done nothing.
func (d DB) ForgetKeyed(ctx context.Context, id string) error {
	return d.write(ctx, `DELETE FROM storegraph.idempotency WHERE id = ? AND committed_at IS NULL`, id)
}

type keyedKey struct{}

// WithKeyed returns a context whose transactions note, if they commit, that what the request with an id does has been done.
func WithKeyed(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, keyedKey{}, id)
}

// markKeyed notes in a transaction that what a request does has been done, if the request has an Idempotency-Key.
func (d DB) markKeyed(ctx context.Context) error {
	id, ok := ctx.Value(keyedKey{}).(string)
	if !ok {
		return nil
	}
	return d.write(ctx, `UPDATE storegraph.idempotency SET committed_at = coalesce(committed_at, now()) WHERE id = ?`, id)
}
