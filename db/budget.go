package db

import (
	"context"
	"sync/atomic"

	"github.com/storegraph/storegraph/model"
)

// A Budget is what one operation may read. It is safe for concurrent use.
type Budget struct {
	rows, bytes atomic.Int64 // that are left
	spent       context.CancelCauseFunc
	used        usage // counted by a Meter, if there is one
}

type budgetKey struct{}

// WithBudget returns a context whose reads may take so many rows and bytes together. One that takes more ends the context, in the
// database too, with the cause model.ErrTooExpensive. cancel must be called when the operation has ended.
func WithBudget(ctx context.Context, rows, bytes int64) (_ context.Context, b *Budget, cancel func()) {
	ctx, spent := context.WithCancelCause(ctx)
	b = &Budget{spent: spent}
	b.Renew(rows, bytes)
	return context.WithValue(ctx, budgetKey{}, b), b, func() { spent(nil) }
}

// Renew has the budget begin anew, for the next answer of an operation that has several.
func (b *Budget) Renew(rows, bytes int64) {
	b.rows.Store(rows)
	b.bytes.Store(bytes)
}

// take takes a row of a size, and fails if that was too much. Without a budget nothing is.
func (b *Budget) take(size int) error {
	if b == nil || b.rows.Add(-1) >= 0 && b.bytes.Add(-int64(size)) >= 0 {
		return nil
	}
	b.spent(model.ErrTooExpensive)
	return model.ErrTooExpensive
}

// budgetOf returns the budget of the operation that ctx belongs to, or nil.
func budgetOf(ctx context.Context) *Budget {
	b, _ := ctx.Value(budgetKey{}).(*Budget)
	return b
}

// unbudgeted returns ctx for reads that no budget counts.
func unbudgeted(ctx context.Context) context.Context {
	return context.WithValue(ctx, budgetKey{}, (*Budget)(nil))
}
