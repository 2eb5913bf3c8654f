package graph

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// budgeted returns the context in which an operation runs within its limits, and ends it. Everything that runs in the context ends
// with it: also in the database.
func (s *Server) budgeted(ctx context.Context, op *graphql.OperationContext) (_ context.Context, renew func(), end context.CancelFunc) {
	l := s.limits
	ctx, budget, endReads := db.WithBudget(ctx, int64(l.Rows), int64(l.Bytes))
	fields := countFields(op, int64(l.Fields))
	renew = func() {
		budget.Renew(int64(l.Rows), int64(l.Bytes))
		fields.Store(int64(l.Fields))
	}
	if op.Operation.Operation == ast.Subscription { // it lasts as long as its client wants it to
		return ctx, renew, endReads
	}
	longest := l.Time
	if op.Operation.Operation == ast.Mutation {
		longest = l.MutationTime
	}
	ctx, endTime := context.WithTimeoutCause(ctx, longest, model.ErrTooExpensive)
	return ctx, renew, func() {
		endTime()
		endReads()
	}
}

// alone returns the context of a reading that several operations wait for, within the limits of one.
func (s *Server) alone(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, _, endReads := db.WithBudget(ctx, int64(s.limits.Rows), int64(s.limits.Bytes))
	ctx, endTime := context.WithTimeoutCause(ctx, s.limits.Time, model.ErrTooExpensive)
	return ctx, func() {
		endTime()
		endReads()
	}
}

// countFields bounds the fields that gqlgen's executor resolves one by one, where a compiled plan does not write the answer. It
// returns how many are left.
func countFields(op *graphql.OperationContext, limit int64) *atomic.Int64 {
	left := &atomic.Int64{}
	left.Store(limit)
	resolve := op.ResolverMiddleware
	op.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		if left.Add(-1) < 0 {
			return nil, model.ErrTooExpensive
		}
		return resolve(ctx, next)
	}
	return left
}
