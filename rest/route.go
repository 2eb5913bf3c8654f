package rest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// routes are the endpoints of the store, but for those of signing in.
var routes = slices.Concat(catalogueRoutes, customerRoutes, cartRoutes, shippingRoutes, paymentRoutes, orderRoutes, returnRoutes)

// A route is one endpoint: where it is, the GraphQL field behind it, and what may be asked of it.
type route struct {
	method, path string // the parts of the path in braces have the names of the GraphQL arguments, or of what inputOf makes of them
	field        string // of the GraphQL query type, or of the mutation type unless the method is GET
	envelope     string // the key of the answer
	who          who
	missing      string // what a 404 says; % is the path's last argument. Empty answers an empty object

	list  bool // the field is a connection, and the answer a page of it
	limit int  // of a list, unless the request says another

	query     fields         // query parameters, besides "fields" and, of a list, those of page
	body      fields         // nil if no body is read
	into      string         // the field of the mutation's input that the body becomes, or the only element of; empty if it becomes the input itself
	with      map[string]any // what the input has besides
	oneOrMany bool           // the body may also be a list of such objects

	defaults  []string // the fields selected if the request names none
	extra     []string // further fields that may be selected
	sorts     []string // further fields that the list may be sorted by
	relations int      // how many relations a path of fields may pass; 0 means 3
	within    string   // the part of the GraphQL field that the fields are selected of; empty for the field itself
	prices    string   // the path of prices, which a region_id selects implicitly
	stock     string   // the path of stock quantities
	steps     []step   // how the selection is built, in order; none means that selectFields does it alone

	answer form
}

// who may ask for a route.
type who uint8

const (
	anybody    who = iota
	identified     // the holder of a token or a session
	proven         // one who has completed the second factor, if one is required
	registrant     // a customer, or the holder of a token to become one
	customer
)

// require fails unless the viewer is allowed, and returns the id of a signed-in customer if w is customer.
func (h *Handler) require(ctx context.Context, w who) (caller string, err error) {
	switch w {
	case identified:
		err = h.graph.RequireIdentity(ctx)
	case proven:
		err = h.graph.RequireProven(ctx)
	case registrant:
		err = h.graph.RequireRegistrant(ctx)
	case customer:
		caller, err = h.graph.RequireCustomer(ctx)
	case anybody:
	}
	return caller, err
}

// inputType returns the type of the argument input of a GraphQL field; nil if it has none.
func inputType(s *ast.Schema, field *ast.FieldDefinition) *ast.Definition {
	if a := field.Arguments.ForName("input"); a != nil {
		return s.Types[a.Type.Name()]
	}
	return nil
}

// inputOf returns the input of a mutation: the body, or what the route puts it into, with the values of the path. Of the path, id is the
// input's first field, which names the thing itself; any other part is the field of the same name, or the only element of the list
// of such, or a field of what the body is put into.
func (r *route) inputOf(def *ast.Definition, body any, path map[string]string) map[string]any {
	out, inner := maps.Clone(r.with), map[string]any{}
	if out == nil {
		out = map[string]any{}
	}
	switch sent := body.(type) {
	case map[string]any:
		inner = sent
		switch {
		case r.into == "":
			maps.Copy(out, sent)
		case def.Fields.ForName(r.into).Type.Elem != nil:
			out[r.into] = []any{sent}
		default:
			out[r.into] = sent
		}
	case []any:
		out[r.into] = sent
	}
	for name, value := range path {
		switch {
		case name == "id":
			out[def.Fields[0].Name] = value
		case def.Fields.ForName(name) != nil:
			out[name] = value
		case def.Fields.ForName(name+"s") != nil:
			out[name+"s"] = []any{value}
		default:
			inner[name] = value
		}
	}
	return out
}

// parameters are the query parameters of a route.
func (r *route) parameters() fields {
	shared := fields{text("fields")}
	if r.list {
		shared = slices.Concat(shared, page)
	}
	return slices.Concat(shared, r.query)
}

// inContext reports whether a request may say in which context prices are decided.
func (r *route) inContext() bool {
	return slices.ContainsFunc(r.query, func(f field) bool { return f.use == usePricing })
}

// selectable are the fields that may be selected on a route.
func (r *route) selectable() map[string]bool {
	out := map[string]bool{}
	for _, f := range slices.Concat(r.defaults, r.extra) {
		out[withoutStar(f)] = true
	}
	return out
}

// definition returns the field of the schema behind a route.
func (r *route) definition(s *ast.Schema) *ast.FieldDefinition {
	if r.method == http.MethodGet {
		return s.Query.Fields.ForName(r.field)
	}
	return s.Mutation.Fields.ForName(r.field)
}

// thing is the field of a mutation's answer that the route answers; empty if it answers several of them, or is no mutation.
func (r *route) thing() string {
	if r.method == http.MethodGet {
		return ""
	}
	return camel(r.envelope)
}

// answered returns the type of what the route answers.
func (r *route) answered(s *ast.Schema) *ast.Type {
	t := r.definition(s).Type
	if thing := r.thing(); thing != "" {
		t = s.Types[t.Name()].Fields.ForName(thing).Type
	}
	return t
}

// reads reports whether the route changes nothing.
func (r *route) reads() bool { return r.method == http.MethodGet }

// operation is the kind of GraphQL operation behind a route.
func (r *route) operation() string {
	if r.method == http.MethodGet {
		return "query"
	}
	return "mutation"
}

// below returns paths, without their stars, below a relation.
func below(relation string, lists ...[]string) []string {
	var out []string
	for _, l := range lists {
		for _, f := range l {
			out = append(out, relation+"."+withoutStar(f))
		}
	}
	return out
}

// withoutStar is the path of a field that may be expanded: "*a" and "a.*" are the path a.
func withoutStar(field string) string {
	return strings.TrimSuffix(strings.TrimPrefix(field, "*"), ".*")
}
