package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model"
)

// An endpoint serves a route. Its fields are computed from the route once.
type endpoint struct {
	*Handler
	route      *route
	parameters fields
	selectable map[string]bool // the fields that may be selected
	input      *ast.Definition // the type of the argument input, which the body and the path become; nil if there is none
	named      bool            // the argument by, not id, names the thing
}

// serve returns the handler of a route.
func (h *Handler) serve(r *route) http.Handler {
	schema := h.graph.Schema()
	e := &endpoint{
		Handler: h, route: r, parameters: r.parameters(), selectable: r.selectable(),
		input: inputType(schema, r.definition(schema)), named: r.definition(schema).Arguments.ForName("by") != nil,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx := req.Context()
		parts, err := e.answer(ctx, w, req)
		if e.passOn(w, req, err) {
			return
		}
		if err != nil {
			// Without a valid publishable key a request learns nothing else.
			if keyErr := h.graph.CheckKey(ctx); keyErr != nil {
				err = keyErr
			}
			h.fail(ctx, w, err)
			return
		}
		if parts != nil {
			h.write(w, http.StatusOK, parts...)
		}
	})
}

// answer runs the operation behind a request and returns the body of the answer in parts, and how it may be kept in the header of the
// response. It returns none if the answer was in memory, or the client has it, and was given.
func (e *endpoint) answer(ctx context.Context, w http.ResponseWriter, req *http.Request) ([][]byte, error) {
	ctx, q, err := e.receive(ctx, req)
	if err != nil {
		return nil, err
	}
	c, err := e.compile(q)
	if err != nil {
		return nil, err
	}
	if err := e.beyondRoute("fields", c.unknown...); err != nil {
		return nil, err
	}
	if c.empty && !e.route.list {
		return nil, e.route.notFound(q.id)
	}
	var kept graph.Answer
	if e.route.reads() {
		if kept = e.graph.Answer(ctx, req, c.operation, q.variables, e.route.path); kept.Serve(w, req) {
			return nil, nil
		}
	}
	data, err := e.graph.Run(ctx, c.operation, q.variables)
	if err != nil {
		return nil, err
	}
	value, err := rootValue(data)
	if err != nil {
		return nil, err
	}
	if string(value) == "null" {
		if e.route.missing != "" {
			return nil, e.route.notFound(q.id)
		}
		return [][]byte{[]byte("{}")}, nil
	}
	parts, err := e.route.form(q, value)
	if err == nil {
		kept.Keep(w.Header(), mediaJSON, parts...)
	}
	return parts, err
}

func (r *route) notFound(id string) error {
	return model.NotFound.Errorf("%s", strings.Replace(r.missing, "%", id, 1))
}

// rootName is the alias of the field behind a route in its operation.
const rootName = "r"

// rootValue returns the value of the only field, rootName, of an operation's data. The executor writes the data without
// spaces; the value returned is a slice of it, so that a large one is not copied.
func rootValue(data []byte) ([]byte, error) {
	value, ok := bytes.CutPrefix(data, []byte(`{"`+rootName+`":`))
	if ok {
		value, ok = bytes.CutSuffix(value, []byte("}"))
	}
	if !ok || len(value) == 0 {
		return nil, fmt.Errorf("the data of an operation is not the value of one field: %.40q", data)
	}
	return value, nil
}

// members returns the part of a JSON object between its braces, as a slice of it. The object is written without spaces.
func members(object []byte) ([]byte, error) {
	inner, ok := bytes.CutPrefix(object, []byte("{"))
	if ok {
		inner, ok = bytes.CutSuffix(inner, []byte("}"))
	}
	if !ok {
		return nil, fmt.Errorf("a page is not a JSON object: %.40q", object)
	}
	return inner, nil
}

// A form is how the value of a route's field becomes the body of the answer.
type form uint8

const (
	enveloped           form = iota // {"cart": …}, or a page of a list
	deletedLine                     // that the line of a cart is deleted, and the cart
	deletedAddress                  // that the address of a customer is deleted, and the customer
	completedCart                   // the order, or the cart and the reason why it has not become an order
	uncalculatedOptions             // shipping options, without prices that a provider has yet to calculate
	created                         // the text Created (only below /auth)
	success                         // {"success":true} (only below /auth)
)

// form writes the body of the answer in parts, so that a large value is not copied.
func (r *route) form(q *request, value []byte) ([][]byte, error) {
	switch r.answer {
	case deletedLine:
		return deletion("line-item", q.id, value), nil
	case deletedAddress: // the reference's id is the customer's
		return deletion("address", q.caller, value), nil
	case completedCart:
		return completion(value)
	case uncalculatedOptions:
		options, err := withoutUncalculated(value)
		return envelope(r.envelope, options), err
	default:
	}
	if !r.list {
		return envelope(r.envelope, value), nil
	}
	page, err := members(value)
	first, offset := q.variables["first"].(int), q.variables["offset"].(int)
	return [][]byte{[]byte("{"), page, fmt.Appendf(nil, `,"offset":%d,"limit":%d}`, offset, first)}, err
}

// envelope writes {"key": value} in parts.
func envelope(key string, value []byte) [][]byte {
	return [][]byte{[]byte(`{"` + key + `":`), value, []byte("}")}
}

// deletion writes what the reference answers to a deletion; parent is the cart or customer that it was deleted from.
func deletion(object, id string, parent []byte) [][]byte {
	quoted, _ := json.Marshal(id) // a string always has a JSON form
	return [][]byte{[]byte(`{"id":`), quoted, []byte(`,"object":"` + object + `","deleted":true,"parent":`), parent, []byte("}")}
}

// completion writes the order of a completed cart, or the cart and the error.
func completion(value []byte) ([][]byte, error) {
	var got struct{ Order, Cart, Error json.RawMessage }
	if err := json.Unmarshal(value, &got); err != nil {
		return nil, err
	}
	if string(got.Order) != "null" {
		return [][]byte{[]byte(`{"type":"order","order":`), got.Order, []byte("}")}, nil
	}
	return [][]byte{[]byte(`{"type":"cart","cart":`), got.Cart, []byte(`,"error":`), got.Error, []byte("}")}, nil
}

// mediaJSON is the media type of answers.
const mediaJSON = "application/json; charset=utf-8"

// write responds with a JSON value given in parts.
func (h *Handler) write(w http.ResponseWriter, status int, parts ...[]byte) {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	w.Header().Set("Content-Type", mediaJSON)
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.WriteHeader(status)
	for _, p := range parts {
		_, _ = w.Write(p)
	}
}
