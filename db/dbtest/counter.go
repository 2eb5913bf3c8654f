package dbtest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Counter is a tracer that counts statements and round trips. It is passed to Open in db.Options.
//
// The first run of a statement on a connection also prepares it, which is counted too: run it once before counting.
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

// Reset sets all counts to 0.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.trips = nil, 0
}

// Statements returns the texts of the statements that were sent since Reset, in order.
func (c *Counter) Statements() []string {
	var out []string
	for _, call := range c.Calls() {
		out = append(out, call.SQL)
	}
	return out
}

// Calls returns the statements that were sent since Reset, with their arguments, in order.
func (c *Counter) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// RoundTrips returns how many round trips to the database there were since Reset. A batch is one.
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

// TraceQueryStart counts a statement that is sent alone.
func (c *Counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	calls := []Call{{d.SQL, d.Args}}
	if len(d.Args) == 0 { // without arguments, several statements may be sent as one text
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
