package rest

import (
	"context"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"
)

// definition returns the field of the schema that a route asks for.
func (r *route) definition(s *ast.Schema) *ast.FieldDefinition {
	if r.method == http.MethodGet {
		return s.Query.Fields.ForName(r.field)
	}
	return s.Mutation.Fields.ForName(r.field)
}

// operation is the kind of operation that a route asks for.
func (r *route) operation() string {
	if r.method == http.MethodGet {
		return "query"
	}
	return "mutation"
}

// receive checks who asks for a route and what they send. It returns the customer's id, if it must be one, and the input.
func (h *Handler) receive(ctx context.Context, req *http.Request, r *route) (caller string, input map[string]any, err error) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		// Before anything changes: what a read checks on its way would be too late.
		if err := h.graph.CheckKey(ctx); err != nil {
			return "", nil, err
		}
	}
	switch r.who {
	case customer:
		caller, err = h.graph.RequireCustomer(ctx)
	case registrant:
		err = h.graph.RequireRegistrant(ctx)
	case anybody:
	}
	if err != nil || r.body == nil && r.read == nil {
		return caller, nil, err
	}
	sent, err := readBody(req)
	if err != nil {
		return "", nil, err
	}
	if r.read != nil {
		input, err = r.read(sent)
		return caller, input, err
	}
	input, err = bindBody(r.body, sent)
	return caller, input, err
}
