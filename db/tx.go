package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/storegraph/storegraph/model"
)

// commitTime is how long it may take to commit or roll back. Neither is given up when the request is, so that its outcome is known.
const commitTime = 10 * time.Second

// InTx runs fn in a transaction and commits if it succeeds. Nested calls are savepoints. A request with an Idempotency-Key is
// noted as done by the transaction itself, so that it cannot be done twice.
//
// Nor is it done while a Medusa beside this server has locked what it locks: it is undone and runs again, and fails with ErrLocked in the end.
//
// A database that goes away costs waiting: a transaction that died before it was committed runs again, so fn must set anew whatever
// it changes outside. If the connection is lost while it is committed, the database is asked what became of it: a transaction is never
// done twice. InTx fails with Unavailable when the database stays away, and with Unavailable and the code UnknownOutcome if it cannot
// be asked.
func InTx[T any](ctx context.Context, d DB, fn func(tx DB) (T, error)) (T, error) {
	var out T
	if d.conn != nil {
		err := d.savepoint(ctx, func() (err error) {
			out, err = fn(d)
			return err
		})
		return out, err
	}
	stay(ctx)
	err := d.outwait(ctx, func() error {
		return d.persist(ctx, func() error {
			return d.transact(ctx, func(tx DB) (err error) {
				out, err = fn(tx)
				return err
			})
		})
	})
	return out, err
}

// savepoint runs fn, and undoes what it wrote in this transaction if it fails.
func (d DB) savepoint(ctx context.Context, fn func() error) error {
	if err := d.write(ctx, "SAVEPOINT nested"); err != nil {
		return err
	}
	if err := fn(); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
		defer cancel()
		return errors.Join(err, d.write(ctx, "ROLLBACK TO SAVEPOINT nested"))
	}
	return d.write(ctx, "RELEASE SAVEPOINT nested")
}

// transact runs fn in one transaction, once. It fails with a lostError if the transaction has certainly not been committed and can
// run again.
func (d DB) transact(ctx context.Context, fn func(tx DB) error) (err error) {
	conn, err := d.bunPool.Conn(ctx)
	if err != nil {
		return lost(ctx, err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool, which drops it if it is dead or in a transaction
	tx := DB{bun: conn, conn: conn.Conn, cause: traceParent(ctx), shared: d.shared}
	done := false
	defer func() {
		if !done { // also after a panic
			tx.rollBack(ctx)
		}
	}()
	_, err = tx.direct(ctx, d.limits.begin())
	if err == nil {
		err = fn(tx)
	}
	if err == nil {
		err = tx.markKeyed(ctx)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if tx.dead() && ctx.Err() == nil {
			return &lostError{err}
		}
		return err
	}
	done = true
	return tx.commit(ctx, d)
}

// commit commits the transaction that d is. pool is, where it is looked up if its connection is lost meanwhile.
func (d DB) commit(ctx context.Context, pool DB) error {
	if d.dead() { // before anything is sent
		return &lostError{pgconn.ErrConnClosed}
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	mark := newMark()
	tag, err := d.direct(ending, mark.text()+separator+"COMMIT")
	switch {
	case err == nil && tag.String() == "COMMIT":
		return nil
	case err == nil:
		return errors.New("the transaction was rolled back: one of its statements had failed")
	case !d.dead():
		d.rollBack(ctx)
		return toModel(err)
	}
	return pool.settle(ctx, mark, err)
}

// rollBack ends the transaction that d is. If that fails the pool drops its connection.
func (d DB) rollBack(ctx context.Context) {
	if d.dead() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	_, _ = d.direct(ctx, "ROLLBACK")
}

// direct runs a text without arguments on the transaction's connection and returns the tag of its last statement.
func (d DB) direct(ctx context.Context, text string) (tag pgconn.CommandTag, err error) {
	err = d.conn.Raw(func(driver any) (err error) {
		tag, err = driver.(*stdlib.Conn).Conn().Exec(ctx, text)
		return err
	})
	return tag, err
}

// dead reports whether the transaction's connection is closed.
func (d DB) dead() bool {
	dead := true
	err := d.conn.Raw(func(driver any) error {
		dead = driver.(*stdlib.Conn).Conn().IsClosed()
		return nil
	})
	return dead || errors.Is(err, sql.ErrConnDone)
}

// A lostError says that the database was not there, and that nothing has been done.
type lostError struct{ cause error }

func (e *lostError) Error() string { return e.cause.Error() }
func (e *lostError) Unwrap() error { return e.cause }

// lost makes a lostError of an error that says that the database is not there, unless the request has ended.
func lost(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && goingDown(err) {
		return &lostError{err}
	}
	return toModel(err)
}

const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

type hastyKey struct{}

// hasty returns a context whose reads do not wait for a database that is not there.
func hasty(ctx context.Context) context.Context { return context.WithValue(ctx, hastyKey{}, true) }

// persist calls try until it fails with another error than a lostError, but no longer than the database's patience.
func (d DB) persist(ctx context.Context, try func() error) error {
	ends := time.Now()
	if ctx.Value(hastyKey{}) == nil {
		ends = ends.Add(d.patience)
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try()
		away, ok := errors.AsType[*lostError](err)
		if !ok {
			return expensive(ctx, err)
		}
		if !time.Now().Before(ends) {
			return fmt.Errorf("%w: %w", errAway, away.cause)
		}
		select {
		case <-ctx.Done():
			return expensive(ctx, ctx.Err())
		case <-time.After(pause/2 + mathrand.N(pause)): // not all at once when the database comes back
		}
	}
}

// expensive is the error of a request, or that it was too expensive if that is why it has ended.
func expensive(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && errors.Is(context.Cause(ctx), model.ErrTooExpensive) {
		return model.ErrTooExpensive
	}
	return err
}

// UnknownOutcome is the code of the error of a write that may have been done or not.
const UnknownOutcome = "unknown_outcome"

var (
	errAway    error = &model.Error{Kind: model.Unavailable, Message: "The database cannot be reached at the moment; try again later", RetryAfter: time.Second}
	errUnknown error = &model.Error{
		Kind: model.Unavailable, Code: UnknownOutcome, Message: "The database was lost while the request was being saved; look whether it has been before you send it again",
	}
)

// A mark is the id of a row that a transaction writes last. Whoever lost the connection finds out by it what became of the
// transaction.
type mark string

func newMark() mark { return mark(rand.Text()) }

// text is the statement that writes the mark.
func (m mark) text() string {
	return "INSERT INTO storegraph.commit_mark (id, committed) VALUES ('" + string(m) + "', true)"
}

// settle finds out what became of a transaction whose connection was lost, with an error, while it was committed. It returns nil
// if it was committed and a lostError if it was not. If it was not it never will be: the row that settle leaves in the mark's place
// keeps it from that, should it still be under way.
func (d DB) settle(ctx context.Context, m mark, cause error) error {
	committed := false
	err := d.persist(ctx, func() error {
		return lost(ctx, d.sendTo(ctx, func(b *batch) {
			b.Queue(`INSERT INTO storegraph.commit_mark (id, committed) VALUES ($1, false) ON CONFLICT (id) DO NOTHING`, string(m))
			b.read(`SELECT committed FROM storegraph.commit_mark WHERE id = $1`, []any{string(m)}, func(c *cursor) { committed = c.bool() })
		}))
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errUnknown, errors.Join(cause, err))
	case !committed:
		return &lostError{cause}
	}
	return nil
}

// alone runs statements, as one text without arguments, as a transaction of their own on the pool, in one round trip. It returns the
// tag of the last one.
func (d DB) alone(ctx context.Context, text string) (tag pgconn.CommandTag, err error) {
	stay(ctx)
	err = d.persist(ctx, func() (err error) {
		m := newMark()
		tag, err = d.pool.Exec(ctx, m.text()+separator+text)
		return d.ended(ctx, m, err)
	})
	return tag, err
}

// ended returns what the error of a transaction of its own on the pool means: that it has failed, that it can run again as if it
// had not been there, or nil if it was committed but what it returned was lost.
func (d DB) ended(ctx context.Context, m mark, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || !goingDown(err):
		return toModel(err)
	case neverSent(err):
		return &lostError{err}
	}
	if err := d.settle(ctx, m, err); err != nil {
		return err
	}
	return errResultLost
}

// errResultLost is the error of a write that has been done, but whose result is lost.
var errResultLost = fmt.Errorf("%w", errUnknown)

// exceptResult is the error of a write whose result nobody wants.
func exceptResult(err error) error {
	if err == errResultLost { //nolint:errorlint // what wraps errUnknown otherwise has another meaning
		return nil
	}
	return err
}

// neverSent reports whether an error says that nothing was sent. pgconn.SafeToRetry says so of connections that were lost while the
// answer was read, too.
func neverSent(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

// repeat runs a statement on the pool that may be run again without harm, with ? for its arguments, and reports how many rows it
// touched. It is for what nobody waits for, and leaves no mark.
func (d DB) repeat(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := d.pool.Exec(ctx, d.text(sql, args))
	return tag.RowsAffected(), toModel(err)
}

// ForgetCommits removes the marks of transactions that are long over.
func (d DB) ForgetCommits(ctx context.Context) error {
	_, err := d.repeat(ctx, `DELETE FROM storegraph.commit_mark WHERE created_at < now() - interval '10 minutes'`)
	return err
}
