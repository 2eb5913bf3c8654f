package rest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model"
)

// A request is a checked request to a route.
type request struct {
	caller    string         // the id of the signed-in customer, on routes for customers only
	id        string         // the last argument of the path
	variables map[string]any // of the GraphQL operation

	// The selection depends on these.
	fields *string         // nil if the parameter is missing
	priced bool            // a region was given
	flags  map[string]bool // parameters that change the selection
}

// maxFields bounds the fields parameter.
const maxFields = 8000

// receive authorizes and checks a request. The context that it returns has the locale of the request.
func (e *endpoint) receive(ctx context.Context, req *http.Request) (context.Context, *request, error) {
	caller, err := e.require(ctx, e.route.who)
	if err != nil {
		return ctx, nil, err
	}
	if err := e.additionalData(bodyOf(ctx)); err != nil {
		return ctx, nil, err
	}
	q := &request{caller: caller, variables: map[string]any{}, flags: map[string]bool{}}
	input, err := e.route.input(bodyOf(ctx))
	if err != nil {
		return ctx, nil, err
	}
	ctx, err = e.bindQuery(ctx, q, req.URL.RawQuery)
	if err != nil {
		return ctx, nil, err
	}
	path := map[string]string{}
	pathParams(ctx, func(name, value string) { q.id, path[name] = value, value })
	if e.input != nil {
		q.variables["input"] = e.route.inputOf(e.input, input, path)
		return ctx, q, nil
	}
	if e.named {
		q.variables["by"] = map[string]any{"id": q.id}
		return ctx, q, nil
	}
	for name, value := range path { // the path overrides the query
		q.variables[name] = value
	}
	return ctx, q, nil
}

// input checks the body of a request to a route.
func (r *route) input(sent any) (any, error) {
	if r.body == nil {
		return nil, nil //nolint:nilnil // it has no body
	}
	if r.oneOrMany {
		return bindOneOrMany(r.body, sent)
	}
	return bindBody(r.body, sent)
}

// bindQuery checks a query string and stores its values in q.
func (e *endpoint) bindQuery(ctx context.Context, q *request, raw string) (context.Context, error) {
	o, err := parseQuery(raw)
	if err != nil {
		return ctx, err
	}
	if i := o.find("locale"); i >= 0 {
		if locale, ok := o.values[i].(string); ok {
			ctx = graph.WithLocale(ctx, locale)
		}
		o.keys, o.values = slices.Delete(o.keys, i, i+1), slices.Delete(o.values, i, i+1)
	}
	if err := e.beyondRoute("parameters", e.parameters.unknown(o.keys)...); err != nil {
		return ctx, err
	}
	var wrong issues
	parameters := checkQuery(e.parameters, o, nil, false, &wrong)
	if err := wrong.err(); err != nil {
		return ctx, err
	}
	if e.route.list {
		q.variables["first"], q.variables["offset"] = e.route.limit, 0
	}
	var filters []bound
	for _, b := range parameters {
		switch b.field.use {
		case useArgument:
			q.variables[b.field.argument] = b.value
		case usePricing:
			q.priced = q.priced || b.field.name == "region_id"
			q.variables[b.field.argument] = b.value
		case useSelect:
			q.flags[b.field.name] = b.value.(bool)
			q.variables[b.field.argument] = b.value
		case useNothing:
		case useInput:
			shared, err := e.bindShared(q, b)
			if err != nil {
				return ctx, err
			}
			if !shared {
				filters = append(filters, b)
			}
		}
	}
	if f := filter(filters); len(f) > 0 {
		q.variables["filter"] = f
	}
	return ctx, nil
}

// bindShared stores a parameter that all routes share and reports whether it is one. On a route that is not a list, those
// of paging are checked and ignored.
func (e *endpoint) bindShared(q *request, b bound) (bool, error) {
	switch b.field.name {
	case "fields":
		s := b.value.(string)
		if len(s) > maxFields {
			return true, model.Invalid.Errorf("fields is longer than %d bytes", maxFields)
		}
		q.fields = &s
	case "limit":
		if e.route.list {
			q.variables["first"] = b.value
		}
	case "offset":
		if e.route.list {
			q.variables["offset"] = b.value
		}
	case "order":
		order, err := e.order(b.value.(string))
		if err != nil {
			return true, err
		}
		if e.route.list {
			q.variables["order"] = order
		}
	default:
		return false, nil
	}
	return true, nil
}

// order returns the GraphQL order that "title" or "-type.value" means.
func (e *endpoint) order(s string) (map[string]any, error) {
	field, down := strings.CutPrefix(s, "-")
	if !e.selectable[field] && !slices.Contains(e.route.sorts, field) {
		if err := e.beyondRoute("order", field); err != nil {
			return nil, err
		}
		return nil, model.Invalid.Errorf("Order field %s is not valid", field)
	}
	direction := "ASC"
	if down {
		direction = "DESC"
	}
	return map[string]any{"path": field, "direction": direction}, nil
}
