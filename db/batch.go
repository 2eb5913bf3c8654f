package db

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// A batch is a list of reads that are sent together and cost one round trip.
type batch struct {
	pgx.Batch

	budget  *Budget  // of the operation that reads; nil is unlimited
	err     error    // of what was replayed
	replica *replica // that it is sent to; nil: the primary
}

// read queues a query and calls row for each row of its result.
func (b *batch) read(sql string, args []any, row func(c *cursor)) {
	b.readAll(sql, args, row, func() {})
}

// readAll is read that calls end when all rows have been read.
func (b *batch) readAll(sql string, args []any, row func(c *cursor), end func()) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
		defer func() { // a panic here would keep the connection for ever
			if p := recover(); p != nil {
				err = fmt.Errorf("reading a row: %v\n%s", p, debug.Stack())
			}
		}()
		c := newCursor(rows)
		for c.next() {
			if err := b.budget.take(c.size()); err != nil {
				return err
			}
			row(c)
		}
		if c.err != nil {
			return c.err
		}
		if err := rows.Err(); err != nil {
			return err
		}
		end()
		return nil
	})
}

// replay calls row for each of some rows that were read before, at once.
func (b *batch) replay(held *heldRows, row func(c *cursor)) {
	c := &cursor{fields: held.fields, lasting: true}
	held.each(func(vals [][]byte) {
		if c.vals, c.i = vals, 0; b.err == nil {
			b.err = b.budget.take(c.size())
		}
		if b.err == nil {
			row(c)
			b.err = c.err
		}
	})
}

// A query builds the text of a query and its arguments.
type query struct {
	sql  []byte
	args []any
}

func (q *query) add(s string) { q.sql = append(q.sql, s...) }

// arg adds an argument and writes its placeholder.
func (q *query) arg(v any) {
	q.args = append(q.args, v)
	q.sql = append(q.sql, '$')
	q.sql = appendInt(q.sql, len(q.args))
}

func appendInt(b []byte, n int) []byte {
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

func (b *batch) query(q *query, row func(c *cursor)) { b.read(string(q.sql), q.args, row) }

// run sends what fill queues where d is: on the transaction's connection, or on one of the pool's. On the pool it sends it again,
// refilled, if the database was going down or coming up: reads may be repeated. It fails with Unavailable when that lasts too long.
// The reads of a context of ReadElsewhere are sent to a replica first, and again while the primary is away.
func (d DB) run(ctx context.Context, fill func(b *batch)) error {
	if d.conn != nil {
		return toModel(d.sendTo(ctx, fill))
	}
	to, r := replicaOf(ctx)
	if r != nil {
		if done, err := d.readFrom(ctx, to, r, fill); done {
			return err
		}
	}
	return d.persist(ctx, func() error { return d.instead(ctx, to, lost(ctx, d.sendTo(ctx, fill)), fill) })
}

// once is run for what must not be done twice, such as a write that returns something. On the pool it is a transaction of its own.
func (d DB) once(ctx context.Context, fill func(b *batch)) error {
	if d.conn != nil {
		return toModel(d.sendTo(ctx, fill))
	}
	stay(ctx)
	return d.persist(ctx, func() error {
		m := newMark()
		return d.ended(ctx, m, d.sendTo(ctx, func(b *batch) {
			b.Queue(m.text())
			fill(b)
		}))
	})
}

// lease is run for a lease of work that nobody waits for: if the connection is lost, the lease is left to end.
func (d DB) lease(ctx context.Context, fill func(b *batch)) error {
	return toModel(d.sendTo(ctx, fill))
}

// sendTo sends what fill queues and reads all of its results.
func (d DB) sendTo(ctx context.Context, fill func(b *batch)) error {
	if d.conn == nil {
		return d.sendOn(ctx, d.pool, nil, fill)
	}
	b := batch{budget: budgetOf(ctx)}
	if fill(&b); b.Len() == 0 || b.err != nil {
		return b.err
	}
	return d.conn.Raw(func(driver any) error {
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, &b.Batch).Close()
	})
}

// sendOn is sendTo a pool: that of a replica, or the primary's.
func (d DB) sendOn(ctx context.Context, pool *pgxpool.Pool, r *replica, fill func(b *batch)) error {
	b := batch{budget: budgetOf(ctx), replica: r}
	d.limits.read(&b)
	bounds := b.Len()
	if fill(&b); b.Len() == bounds || b.err != nil {
		return b.err
	}
	return pool.SendBatch(ctx, &b.Batch).Close()
}
