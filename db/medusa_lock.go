package db

import (
	"context"
	mathrand "math/rand/v2"
	"slices"
	"time"
	"unicode/utf16"

	"github.com/storegraph/storegraph/model"
)

// A Medusa that runs on the same database excludes itself by its locking module. Its Postgres provider keeps a row of the table
// "locking" while a workflow changes a cart or an order, and takes advisory locks on inventory items while it changes their stock.
//
// A transaction here inserts the same row, and deletes it at once. Nobody ever sees the row, but whoever wants to insert it waits until the
// transaction ends, since the database cannot know before whether it will have been there. So a crash leaves nothing.

// HasMedusaLocks reports whether the tables have that of Medusa's Postgres provider for locks.
func (d DB) HasMedusaLocks(ctx context.Context) (bool, error) {
	found, err := d.Texts(ctx, `SELECT string_agg(attname, ',' ORDER BY attname) FROM pg_attribute
WHERE attrelid = to_regclass('locking') AND attname IN ('id', 'owner_id', 'expiration') HAVING count(*) = 3`)
	return len(found) > 0, err
}

// ShareMedusaLocks has transactions that begin from now on exclude a Medusa that has its Postgres provider for locks.
func (d DB) ShareMedusaLocks() { d.medusaLocks.Store(true) }

// medusaOwner is the owner of the rows that are inserted here. One without an owner could be taken for Medusa's own.
const medusaOwner = "storegraph"

// takeMedusaLock has the row of a Medusa's lock whose time is over deleted, and inserts it if there is none.
const takeMedusaLock = `WITH expired AS (DELETE FROM locking WHERE id = $1 AND expiration <= clock_timestamp() RETURNING id)
INSERT INTO locking (id, owner_id) SELECT $1, '` + medusaOwner + `' FROM (SELECT count(*) FROM expired) once ON CONFLICT (id) DO NOTHING RETURNING true`

// A medusaLock is the lock on a cart or an order by which a transaction excludes a Medusa.
type medusaLock struct{ taken bool }

// lockMedusa queues the lock on a cart or an order, if the database has such.
func (d DB) lockMedusa(b *batch, id string) *medusaLock {
	if !d.medusaLocks.Load() {
		return &medusaLock{taken: true}
	}
	l := &medusaLock{}
	b.read(takeMedusaLock, []any{id}, func(c *cursor) { l.taken = c.bool() })
	b.read(`DELETE FROM locking WHERE id = $1 AND owner_id = '`+medusaOwner+`'`, []any{id}, func(*cursor) {})
	return l
}

// err returns err, or that a Medusa has the lock.
func (l *medusaLock) err(err error) error {
	if err == nil && l != nil && !l.taken {
		return ErrLocked
	}
	return err
}

// lockMedusaStock queues the locks on inventory items, in the order of their numbers, if the database has such.
func (d DB) lockMedusaStock(b *batch, items []string) {
	if !d.medusaLocks.Load() || len(items) == 0 {
		return
	}
	keys := make([]int64, len(items))
	for n, id := range items {
		keys[n] = AdvisoryKey(id)
	}
	slices.Sort(keys)
	b.read(`SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) key`, []any{slices.Compact(keys)}, func(*cursor) {})
}

// AdvisoryKey is the number of the advisory lock of Medusa's Postgres provider on what a text names: a hash of its UTF-16 code units, from
// the last to the first.
func AdvisoryKey(text string) int64 {
	hash := uint32(5381)
	for _, unit := range slices.Backward(utf16.Encode([]rune(text))) {
		hash = hash*33 ^ uint32(unit)
	}
	return int64(hash)
}

// ErrLocked is the error of a transaction that found a lock held by a Medusa for too long. Each attempt ends before the next one waits,
// since Medusa may want what it has locked.
var ErrLocked error = &model.Error{
	Kind: model.Conflict, Reason: model.UserErrorCodeConflict, Message: "It is being changed by another request; try again", RetryAfter: time.Second,
}

const (
	firstHeldPause = 10 * time.Millisecond
	lastHeldPause  = 300 * time.Millisecond // as Medusa waits
)

// outwait calls try again while it fails because a Medusa has a lock, or because it waited in a circle with one, which locks stock in any
// order. It gives up after as long as a statement waits for a row.
func (d DB) outwait(ctx context.Context, try func() error) error {
	ends := time.Now().Add(d.lockPatience)
	for pause := firstHeldPause; ; pause = min(2*pause, lastHeldPause) {
		err := try()
		if err != ErrLocked && (err != errDeadlock || !d.medusaLocks.Load()) || !time.Now().Before(ends) { //nolint:errorlint // these two alone
			return err
		}
		select {
		case <-ctx.Done():
			return expensive(ctx, ctx.Err())
		case <-time.After(pause/2 + mathrand.N(pause)):
		}
	}
}
