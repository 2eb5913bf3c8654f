package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	otel "go.opentelemetry.io/otel/codes"
)

// traced begins the span of an operation that ends, and has each mutation in it, which is a use case of the shop, be one below it. ended
// completes it. Without a tracer both do nothing.
func (s *Server) traced(ctx context.Context, m Measurement, op *graphql.OperationContext) (_ context.Context, ended func(*graphql.Response)) {
	if s.tracer == nil {
		return ctx, func(*graphql.Response) {}
	}
	name := string(op.Operation.Operation)
	if m.Name != "" {
		name += " " + m.Name
	}
	ctx, span := s.tracer.Start(ctx, name)
	if op.Operation.Operation == ast.Mutation {
		next := op.RootResolverMiddleware
		op.RootResolverMiddleware = func(ctx context.Context, root graphql.RootResolver) graphql.Marshaler {
			ctx, span := s.tracer.Start(ctx, graphql.GetRootFieldContext(ctx).Field.Name)
			defer span.End()
			return next(ctx, root)
		}
	}
	return ctx, func(answer *graphql.Response) {
		if answer == nil || len(answer.Errors) > 0 {
			span.SetStatus(otel.Error, "")
		}
		span.End()
	}
}
