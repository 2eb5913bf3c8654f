package db

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// A Usage is what was asked of the database.
type Usage struct {
	Statements int64 // besides preparing them
	Rows       int64 // that were read or written
	RoundTrips int64 // a batch is one
}

// usage counts a Usage.
type usage struct{ statements, rows, trips atomic.Int64 }

func (u *usage) load() Usage { return Usage{u.statements.Load(), u.rows.Load(), u.trips.Load()} }

// A Meter counts what is asked of a database, of all together and for each operation that has a Budget. It is passed to Open as
// Options.Tracer. The zero value is ready, and safe for concurrent use.
type Meter struct{ all usage }

// Usage returns what was asked since the start.
func (m *Meter) Usage() Usage { return m.all.load() }

// UsageOf returns what the operation that ctx belongs to has asked of the database until now; nothing without a Budget or a Meter.
func UsageOf(ctx context.Context) Usage {
	if b := budgetOf(ctx); b != nil {
		return b.used.load()
	}
	return Usage{}
}

// begun counts statements that are sent together.
func (m *Meter) begun(ctx context.Context, statements int64) {
	m.all.statements.Add(statements)
	m.all.trips.Add(1)
	if b := budgetOf(ctx); b != nil {
		b.used.statements.Add(statements)
		b.used.trips.Add(1)
	}
}

// ended counts rows.
func (m *Meter) ended(ctx context.Context, rows int64) {
	m.all.rows.Add(rows)
	if b := budgetOf(ctx); b != nil {
		b.used.rows.Add(rows)
	}
}

// TraceQueryStart counts what is sent alone: one statement, or without arguments maybe several in one text.
func (m *Meter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	n := 1
	if len(d.Args) == 0 {
		n += strings.Count(d.SQL, separator)
	}
	m.begun(ctx, int64(n))
	return ctx
}

// TraceQueryEnd counts its rows.
func (m *Meter) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryEndData) {
	m.ended(ctx, d.CommandTag.RowsAffected())
}

// TraceBatchStart counts a batch.
func (m *Meter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	m.begun(ctx, int64(d.Batch.Len()))
	return ctx
}

// TraceBatchQuery counts the rows of a statement of a batch.
func (m *Meter) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	m.ended(ctx, d.CommandTag.RowsAffected())
}

// TraceBatchEnd does nothing.
func (m *Meter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// TraceCopyFromStart counts a COPY.
func (m *Meter) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	m.begun(ctx, 1)
	return ctx
}

// TraceCopyFromEnd counts its rows.
func (m *Meter) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceCopyFromEndData) {
	m.ended(ctx, d.CommandTag.RowsAffected())
}
