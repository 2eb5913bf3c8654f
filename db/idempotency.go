package db

import (
	"context"
	"time"

	"github.com/storegraph/storegraph/model"
)

// A Keyed is a request with an Idempotency-Key, as the database knows it.
type Keyed struct {
	RequestHash string
	RunningTo   time.Time
	Committed   bool   // what it does has been done
	Status      int    // of the answer; 0 until there is one
	Claim       int64  // of whoever runs it
	Answer      []byte // encrypted
}

// BeginKeyed stores that a request with this id is running, until runningTo at the latest, and deletes some expired requests. If one
// with the id exists, it is returned and nothing is stored. Otherwise the caller has it, with the claim.
func (d DB) BeginKeyed(ctx context.Context, id, requestHash string, now, runningTo, expires time.Time) (known *Keyed, claim int64, err error) {
	if err := d.expire(ctx, "storegraph.idempotency", "id", "expires_at", now); err != nil {
		return nil, 0, err
	}
	err = d.once(ctx, func(b *batch) {
		claim = 0
		b.read(`INSERT INTO storegraph.idempotency AS i (id, request_hash, running_to, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE
SET request_hash = excluded.request_hash, running_to = excluded.running_to, committed_at = NULL, status = NULL, answer = NULL, expires_at = excluded.expires_at,
claim = i.claim + 1 WHERE i.expires_at <= $5 RETURNING claim`, []any{id, requestHash, runningTo, expires, now}, func(c *cursor) { claim = int64(c.int()) })
	})
	if err != nil || claim != 0 {
		return nil, claim, err
	}
	known, err = d.keyedRequest(ctx, id)
	return known, 0, err
}

func (d DB) keyedRequest(ctx context.Context, id string) (*Keyed, error) {
	var out *Keyed
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT request_hash, running_to, committed_at IS NOT NULL, coalesce(status, 0), claim, answer FROM storegraph.idempotency WHERE id = $1`, []any{id},
			func(c *cursor) {
				out = &Keyed{RequestHash: c.text(), RunningTo: c.stamp().Time, Committed: c.bool(), Status: c.int(), Claim: int64(c.int()), Answer: c.bytes()}
			})
	})
	return out, err
}

// TakeOverKeyed leases a request that stopped running before it committed anything, and reports whether the caller has it now, with
// the next claim. Of several callers at once, one gets it. Whoever ran it before commits nothing any more.
func (d DB) TakeOverKeyed(ctx context.Context, id string, k *Keyed, now, runningTo time.Time) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.idempotency SET running_to = ?, claim = claim + 1
WHERE id = ? AND claim = ? AND status IS NULL AND committed_at IS NULL AND running_to <= ?`, runningTo, id, k.Claim, now)
	return n == 1, err
}

// FinishKeyed stores the answer of a request, unless another has it by now.
func (d DB) FinishKeyed(ctx context.Context, id string, claim int64, status int, answer []byte) error {
	return d.write(ctx, `UPDATE storegraph.idempotency SET status = ?, answer = ? WHERE id = ? AND claim = ?`, status, answer, id, claim)
}

// ForgetKeyed deletes a request that failed without committing anything, so that it can be sent again, unless another has it by now.
func (d DB) ForgetKeyed(ctx context.Context, id string, claim int64) error {
	return d.write(ctx, `DELETE FROM storegraph.idempotency WHERE id = ? AND claim = ? AND committed_at IS NULL`, id, claim)
}

type keyedKey struct{}

// A claimed is the request of a context.
type claimed struct {
	id    string
	claim int64
}

// WithKeyed returns a context whose transactions mark the request with this id as committed when they commit. They fail, and do nothing,
// once another has a later claim to the request.
func WithKeyed(ctx context.Context, id string, claim int64) context.Context {
	return context.WithValue(ctx, keyedKey{}, claimed{id, claim})
}

var errTakenOver = model.Conflict.Errorf("The request took so long that it is being done again under the same Idempotency-Key")

// markKeyed marks the request of ctx as committed, in the transaction, if the request has an Idempotency-Key. The row is locked until the
// transaction ends, so that nobody takes the request over meanwhile.
func (d DB) markKeyed(ctx context.Context) error {
	k, ok := ctx.Value(keyedKey{}).(claimed)
	if !ok {
		return nil
	}
	n, err := d.Exec(ctx, `UPDATE storegraph.idempotency SET committed_at = coalesce(committed_at, now()) WHERE id = ? AND claim = ?`, k.id, k.claim)
	if err == nil && n == 0 {
		err = errTakenOver
	}
	return err
}
