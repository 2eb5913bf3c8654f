package graph

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"go.opentelemetry.io/otel/attribute"
	otel "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/model"
)

// errorType is the attribute of a span that says what went wrong, by a code that has no bound of its own: no text, which may be somebody's.
const errorType = attribute.Key("error.type")

// noEnd ends a span that there is not.
func noEnd(*graphql.Response) {}

// traced begins the span of an operation that ends, and has each of its root fields, which are use cases of the shop, be one below it. ended
// completes it. Without a tracer both do nothing.
func (s *Server) traced(ctx context.Context, m Measurement, op *graphql.OperationContext) (_ context.Context, ended func(*graphql.Response)) {
	if s.tracer == nil {
		return ctx, noEnd
	}
	ctx, span := s.operationSpan(ctx, m, op)
	root := rootName(op)
	next := op.ResolverMiddleware
	op.ResolverMiddleware = func(ctx context.Context, resolve graphql.Resolver) (any, error) {
		if f := graphql.GetFieldContext(ctx); f != nil && f.Object == root {
			return s.useCase(ctx, f.Field.Name, func(ctx context.Context) (any, error) { return next(ctx, resolve) })
		}
		return next(ctx, resolve)
	}
	return ctx, func(answer *graphql.Response) {
		fail(span, answer)
		span.End()
	}
}

// operationSpan begins the span of an operation.
func (s *Server) operationSpan(ctx context.Context, m Measurement, op *graphql.OperationContext) (context.Context, trace.Span) {
	name := string(op.Operation.Operation)
	if m.Name != "" {
		name += " " + m.Name
	}
	return s.tracer.Start(ctx, name, trace.WithAttributes(
		attribute.String("graphql.operation.type", string(op.Operation.Operation)), attribute.Int("storegraph.cost", m.Cost)))
}

// rootName is the name of the type of an operation's root.
func rootName(op *graphql.OperationContext) string {
	if op.Operation.Operation == ast.Mutation {
		return "Mutation"
	}
	return "Query"
}

// useCase runs one use case as a span.
func (s *Server) useCase(ctx context.Context, name string, run func(ctx context.Context) (any, error)) (out any, err error) {
	ctx, span := s.tracer.Start(ctx, name)
	defer span.End()
	out, err = run(ctx)
	if err != nil {
		span.SetStatus(otel.Error, "")
		span.SetAttributes(errorType.String(reasonOf(err)))
	}
	return out, err
}

// reasonOf returns the code of an error, or its kind if it has none.
func reasonOf(err error) string {
	switch e := model.AsError(err); {
	case e == nil:
		return string(model.Internal)
	case e.Code != "":
		return e.Code
	default:
		return string(e.Kind)
	}
}

// fail notes in a span what an answer says went wrong, if anything did.
func fail(span trace.Span, answer *graphql.Response) {
	if answer == nil || len(answer.Errors) == 0 {
		return
	}
	span.SetStatus(otel.Error, "")
	for _, key := range []string{"reason", "kind"} {
		if code, ok := answer.Errors[0].Extensions[key].(string); ok {
			span.SetAttributes(errorType.String(code))
			return
		}
	}
}

// tracedStream begins the span of a subscription, which ends with ctx. sent counts an answer in it. Without a tracer both do nothing.
func (s *Server) tracedStream(ctx context.Context, m Measurement, op *graphql.OperationContext) (_ context.Context, sent func(*graphql.Response)) {
	if s.tracer == nil {
		return ctx, noEnd
	}
	within, span := s.operationSpan(ctx, m, op)
	var answers atomic.Int64
	context.AfterFunc(ctx, func() {
		span.SetAttributes(attribute.Int64("storegraph.answers", answers.Load()))
		span.End()
	})
	return within, func(answer *graphql.Response) {
		if answer == nil {
			return
		}
		answers.Add(1)
		fail(span, answer)
		span.AddEvent("answer")
	}
}
