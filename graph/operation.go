package graph

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"storegraph/db"
	"storegraph/graph/plan"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// An Operation is a parsed and validated GraphQL document that REST runs.
type Operation struct {
	Text string
	doc  *ast.QueryDocument
	op   *ast.OperationDefinition
}

// Field returns the operation's first root field.
func (o *Operation) Field() *ast.Field { return o.op.SelectionSet[0].(*ast.Field) }

// Compile parses and validates the text of a query or mutation of the full schema.
func (s *Server) Compile(text string) (*Operation, error) {
	doc, errs := gqlparser.LoadQueryWithRules(s.full.schema, text, nil)
	if len(errs) > 0 {
		return nil, errs
	}
	return &Operation{Text: text, doc: doc, op: doc.Operations[0]}, nil
}

// Schema returns the schema with everything that REST may use. It must not be changed.
func (s *Server) Schema() *ast.Schema { return s.full.schema }

// asReference reads as the reference does where that shows.
var asReference = db.ReadOptions{TaxTypesIfWanted: true, OldestOrdersFirst: true}

// Run runs an operation in the REST dialect and returns its data. It fails as a whole if any part of it does.
func (s *Server) Run(ctx context.Context, o *Operation, variables map[string]any) (json.RawMessage, error) {
	vars, err := validator.VariableValues(s.full.schema, o.op, variables)
	if err != nil {
		return nil, model.Invalid.Errorf("%s", requestMessage(err))
	}
	op := &graphql.OperationContext{
		RawQuery: o.Text, Doc: o.doc, Operation: o.op, Variables: vars, DisableIntrospection: true,
		RecoverFunc:            graphql.DefaultRecover,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}
	if err := s.full.admit(ctx, s.limits, op); err != nil {
		return nil, err
	}
	viewer := *auth.Viewer(ctx)
	viewer.Reads = asReference
	ctx = plan.Watch(model.WithDialect(auth.WithViewer(ctx, &viewer), model.REST))
	ctx, err = inContext(ctx, op)
	if err != nil {
		return nil, err
	}
	ctx, _, end := s.budgeted(ctx, op)
	defer end()
	handler, ctx := s.full.exec.DispatchOperation(ctx, op)
	resp := handler(ctx)
	if len(resp.Errors) > 0 {
		return nil, resp.Errors[0].Err
	}
	return plan.Omit(ctx, op, resp.Data), nil
}

func requestMessage(err error) string {
	if e, ok := errors.AsType[*gqlerror.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
