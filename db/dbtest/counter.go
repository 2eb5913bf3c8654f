package dbtest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Counter is a tracer that counts what goes to the database. Give it to Open by db.Options.
//
// The first run of a statement on a connection also prepares it; count after a run that warms up.
type Counter struct {
	mu    sync.Mutex
	calls []Call
	trips int
}

// A Call is a statement that was run, with its arguments.
type Call struct {
	SQL  string
	Args []any
}

// Reset forgets what was counted.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.trips = nil, 0
}

// Statements are the texts of what was run since Reset, in the order of sending.
func (c *Counter) Statements() []string {
	var out []string
	for _, call := range c.Calls() {
		out = append(out, call.SQL)
	}
	return out
}

// Calls are what was run since Reset, in the order of sending.
func (c *Counter) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// RoundTrips is how often the database was asked and waited for since Reset. A batch counts once.
func (c *Counter) RoundTrips() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trips
}

func (c *Counter) add(trips int, calls ...Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trips += trips
	c.calls = append(c.calls, calls...)
}

// TraceQueryStart counts a statement that is sent by itself.
func (c *Counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	calls := []Call{{d.SQL, d.Args}}
	if len(d.Args) == 0 { // what is written together is sent as one text
		calls = nil
		for sql := range strings.SplitSeq(d.SQL, ";\n") {
			calls = append(calls, Call{SQL: sql})
		}
	}
	c.add(1, calls...)
	return ctx
}

// TraceQueryEnd does nothing.
func (c *Counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts a batch.
func (c *Counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.add(1)
	return ctx
}

// TraceBatchQuery counts a statement of a batch.
func (c *Counter) TraceBatchQuery(_ context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	c.add(0, Call{d.SQL, d.Args})
}

// TraceBatchEnd does nothing.
func (c *Counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// TraceCopyFromStart counts a COPY.
func (c *Counter) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceCopyFromStartData) context.Context {
	c.add(1, Call{SQL: "COPY " + d.TableName.Sanitize()})
	return ctx
}

// TraceCopyFromEnd does nothing.
func (c *Counter) TraceCopyFromEnd(context.Context, *pgx.Conn, pgx.TraceCopyFromEndData) {}
