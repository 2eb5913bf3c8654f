package db

import (
	"context"
	"log/slog"
)

// LoggedTables are the tables whose changes are logged.
func LoggedTables() []string {
	var out []string
	for _, l := range loggedTables {
		out = append(out, l.table)
	}
	return out
}

// Ahead returns a position that the database has yet to come to.
func (p Position) Ahead() Position {
	p.snapshot = "9000000000:9000000000:"
	return p
}

// PositionAt returns the position of a snapshot, in which this is the youngest change.
func PositionAt(snapshot, last string) Position { return Position{snapshot: snapshot, last: last} }

// Last returns the youngest transaction with a change of something else than stock.
func (p Position) Last() string { return p.last }

// IndexOnce loads the index and does not follow.
func (d DB) IndexOnce(ctx context.Context, memory int) {
	(&keeper{d: d, IndexOptions: IndexOptions{Memory: memory, Log: slog.New(slog.DiscardHandler)}}).look(ctx)
}

// SalesLock is the lock that CountSales takes.
const SalesLock = salesLock

// SearchLock is the advisory lock of those who write documents.
const SearchLock = searchLock

// Job begins and ends a job.
func Job(ctx context.Context, d DB) {
	_, ended := d.job(ctx, "job")
	ended(nil)
}

// TraceParent is traceParent.
func TraceParent(ctx context.Context) string { return traceParent(ctx) }

// Traces reports whether anything sees the statements of a database with these options.
func Traces(o Options) bool { return o.tracing() != nil }
