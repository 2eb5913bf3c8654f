package graph

import (
	"context"
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// An Operation is a parsed and validated GraphQL document that REST runs.
type Operation struct {
	Text string
	doc  *document
	op   *ast.OperationDefinition
}

// Field returns the operation's first root field.
func (o *Operation) Field() *ast.Field { return o.op.SelectionSet[0].(*ast.Field) }

// Compile parses and validates the text of a query or mutation of the full schema.
func (s *Server) Compile(text string) (*Operation, error) {
	doc, errs := s.full.documents.compile(text)
	if len(errs) > 0 {
		return nil, errs
	}
	return &Operation{Text: text, doc: doc, op: doc.doc.Operations[0]}, nil
}

// Schema returns the schema with everything that REST may use. It must not be changed.
func (s *Server) Schema() *ast.Schema { return s.full.schema }

// asReference reads as the reference does where that shows.
var asReference = db.ReadOptions{TaxTypesIfWanted: true, OldestOrdersFirst: true}

// Run runs an operation in the REST dialect and returns its data. It fails as a whole if any part of it does.
func (s *Server) Run(ctx context.Context, o *Operation, variables map[string]any) (json.RawMessage, error) {
	op, err := s.full.prepare(o.doc, o.op, variables)
	if err != nil {
		return nil, err
	}
	cost, err := s.full.admit(ctx, s.limits, op, o.doc.costs[o.op], s.limits.RESTCost)
	if err != nil {
		return nil, err
	}
	viewer := *auth.Viewer(ctx)
	viewer.Reads = asReference
	ctx = plan.Watch(model.WithDialect(auth.WithViewer(ctx, &viewer), model.REST))
	ctx, err = inContext(ctx, op)
	if err != nil {
		return nil, err
	}
	ctx, _, end := s.budgeted(s.reading(ctx, o.doc, o.op, op.Variables), op)
	defer end()
	begun, m := s.begin(), Measurement{Surface: "rest", Name: o.Field().Name, Cost: cost.Requested}
	ctx, ended := s.traced(ctx, m, op)
	handler, ctx := s.full.exec.DispatchOperation(ctx, op)
	resp := handler(ctx)
	ended(resp)
	s.measured(ctx, begun, m, op, resp)
	if len(resp.Errors) > 0 {
		return nil, resp.Errors[0].Err
	}
	return plan.Omit(ctx, op, resp.Data), nil
}
