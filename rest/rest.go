package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"storegraph/graph"
	"storegraph/model"
)

// Config is what the dialect needs besides the graph.
type Config struct {
	Log *slog.Logger // nil logs nothing
}

// A Handler serves the Store API.
type Handler struct {
	graph *graph.Server
	log   *slog.Logger
	cache *lru.Cache[string, *compiled]
	mux   chi.Router
}

// New returns a handler of every route of the Store API on g.
func New(g *graph.Server, c Config) (*Handler, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	cache, err := lru.New[string, *compiled](2000)
	if err != nil {
		return nil, err
	}
	h := &Handler{graph: g, log: c.Log, cache: cache, mux: chi.NewRouter()}
	h.mux.NotFound(h.notFound)
	h.mux.MethodNotAllowed(h.notFound)
	for i := range routes {
		r := &routes[i]
		serve := h.serve(r, routeFields(r))
		h.mux.Method(r.method, r.path, serve)
		if r.method == http.MethodGet {
			h.mux.Method(http.MethodHead, r.path, serve)
		}
	}
	h.mux.Get("/openapi.json", h.openAPI)
	if err := h.routeAuth(); err != nil {
		return nil, err
	}
	h.mux.Get("/store/locales", h.locales)
	h.mux.Post("/store/search", h.search)
	h.mux.Post("/hooks/payment/{provider}", h.paymentHook)
	return h, nil
}

// ServeHTTP answers a request. A trailing slash makes no difference.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; len(p) > 1 && strings.HasSuffix(p, "/") {
		u := *r.URL
		u.Path, u.RawPath = strings.TrimSuffix(p, "/"), strings.TrimSuffix(u.RawPath, "/")
		r = r.Clone(r.Context())
		r.URL = &u
	}
	h.mux.ServeHTTP(w, r)
}

// orders returns the values of the GraphQL order of a route's list; none for a single thing.
func (h *Handler) orders(r *route) map[string]bool {
	out := map[string]bool{}
	schema := h.graph.Schema()
	order := r.definition(schema).Arguments.ForName("order")
	if order == nil {
		return out
	}
	field := schema.Types[order.Type.Name()].Fields.ForName("field")
	for _, v := range schema.Types[field.Type.Name()].EnumValues {
		out[v.Name] = true
	}
	return out
}

// routeFields returns the fields that may be selected on a route.
func routeFields(r *route) map[string]bool {
	out := map[string]bool{}
	for _, f := range slices.Concat(r.defaults, r.extra) {
		out[strings.TrimSuffix(strings.TrimPrefix(f, "*"), ".*")] = true
	}
	return out
}

// A request is what a request to a route asks for, checked.
type request struct {
	fields *string
	region bool            // a region was given
	flags  map[string]bool // booleans that change the selection
	plain  []string
	stars  []string
}

// key identifies the selection of a request among those of its route.
func (q *request) key() string {
	var b strings.Builder
	if q.fields != nil {
		b.WriteString("f" + *q.fields)
	}
	if q.region {
		b.WriteString("\x00r")
	}
	for _, f := range []string{"include_ancestors_tree", "include_descendants_tree"} {
		if q.flags[f] {
			b.WriteString("\x00" + f)
		}
	}
	return b.String()
}

// A compiled is an operation for one selection of a route.
type compiled struct {
	operation *graph.Operation
	empty     bool // nothing that may be selected is
}

// maxFields bounds the fields parameter.
const maxFields = 8000

func (h *Handler) serve(r *route, allowed map[string]bool) http.Handler {
	accepted := retrieve
	if r.list {
		accepted = find
	}
	accepted = slices.Concat(accepted, r.params)
	orders := h.orders(r)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx := req.Context()
		if err := h.answer(ctx, w, req, r, accepted, allowed, orders); err != nil {
			// The key comes first: a request without a valid one learns nothing else.
			if keyErr := h.graph.CheckKey(ctx); keyErr != nil {
				err = keyErr
			}
			h.fail(ctx, w, err)
		}
	})
}

func (h *Handler) answer(ctx context.Context, w http.ResponseWriter, req *http.Request, r *route, accepted []param, allowed, orders map[string]bool) error {
	caller, input, err := h.receive(ctx, req, r)
	if err != nil {
		return err
	}
	o, err := parseQuery(req.URL.RawQuery)
	if err != nil {
		return err
	}
	if i := o.find("locale"); i >= 0 {
		if locale, ok := o.values[i].(string); ok {
			ctx = graph.WithLocale(ctx, locale)
		}
		o.keys, o.values = slices.Delete(o.keys, i, i+1), slices.Delete(o.values, i, i+1)
	}
	var wrong issues
	bs := check(accepted, o, nil, false, &wrong)
	if err := wrong.err(); err != nil {
		return err
	}
	q, vars, err := r.bind(bs, allowed, orders)
	if err != nil {
		return err
	}
	c, err := h.compile(r, q, allowed)
	if err != nil {
		return err
	}
	if r.read == nil && r.definition(h.graph.Schema()).Arguments.ForName("input") != nil {
		vars["input"] = input
	} else {
		maps.Copy(vars, input)
	}
	id := ""
	path := chi.RouteContext(ctx).URLParams
	for i, key := range path.Keys {
		id = path.Values[i]
		vars[key] = id
	}
	if c.empty && !r.list {
		return notFound(r, id)
	}
	data, err := h.graph.Run(ctx, c.operation, vars)
	if err != nil {
		return err
	}
	if !r.list {
		body := bytes.TrimPrefix(data, []byte(`{"`+r.envelope+`":`))
		if string(body) == "null}" {
			if r.missing == "" {
				data = json.RawMessage("{}")
			} else {
				return notFound(r, id)
			}
		}
		if r.shape != nil {
			data = r.shape(caller, id, data)
		}
		h.write(w, http.StatusOK, data)
		return nil
	}
	// {"r":{"products":[…],"count":1}} becomes {"products":[…],"count":1,"offset":0,"limit":50}
	page := append([]byte(`,"offset":`), strconv.Itoa(vars["offset"].(int))...)
	page = append(page, `,"limit":`...)
	page = append(strconv.AppendInt(page, int64(vars["first"].(int)), 10), '}')
	h.write(w, http.StatusOK, data[len(`{"r":`):len(data)-2], page)
	return nil
}

func notFound(r *route, id string) error {
	return model.NotFound.Errorf("%s", strings.Replace(r.missing, "%", id, 1))
}

// bind turns checked parameters into the request and the variables of its operation.
func (r *route) bind(bs []bound, allowed, orders map[string]bool) (*request, map[string]any, error) {
	q := &request{flags: map[string]bool{}}
	vars := map[string]any{}
	pricing := map[string]any{}
	if r.list {
		vars["first"], vars["offset"] = r.limit, 0
	}
	var filters []bound
	for _, b := range bs {
		if b.param.argument {
			vars[camel(b.param.name)] = b.value
			continue
		}
		switch b.param.name {
		case "fields":
			s := b.value.(string)
			if len(s) > maxFields {
				return nil, nil, model.Invalid.Errorf("fields is longer than %d bytes", maxFields)
			}
			q.fields = &s
		case "limit":
			if r.list {
				vars["first"] = b.value
			}
		case "offset":
			if r.list {
				vars["offset"] = b.value
			}
		case "order":
			order, err := orderOf(b.value.(string), allowed, orders)
			if err != nil {
				return nil, nil, err
			}
			if r.list {
				vars["order"] = order
			}
		case "with_deleted":
		case "region_id":
			if r.field == "paymentProviders" {
				vars["regionId"] = b.value
				break
			}
			q.region = true
			pricing["regionId"] = b.value
		case "country_code", "province", "cart_id":
			if r.prices == "" {
				filters = append(filters, b)
				break
			}
			pricing[camel(b.param.name)] = b.value
		case "sales_channel_id":
			vars["salesChannelIds"] = b.value
		case "include_ancestors_tree", "include_descendants_tree":
			q.flags[b.param.name] = b.value.(bool)
		default:
			filters = append(filters, b)
		}
	}
	if len(pricing) > 0 {
		vars["pricing"] = pricing
	}
	if f := filter(filters); len(f) > 0 {
		vars["filter"] = f
	}
	return q, vars, nil
}

// orderOf returns the GraphQL order that "title" or "-type.value" means.
func orderOf(s string, allowed, orders map[string]bool) (map[string]any, error) {
	field, down := strings.CutPrefix(s, "-")
	value := strings.ToUpper(strings.ReplaceAll(field, ".", "_"))
	if !allowed[field] || len(orders) > 0 && !orders[value] {
		return nil, model.Invalid.Errorf("Order field %s is not valid", field)
	}
	direction := "ASC"
	if down {
		direction = "DESC"
	}
	return map[string]any{"field": value, "direction": direction}, nil
}

// compile returns the operation of a request's selection, from the cache if it was asked for before.
func (h *Handler) compile(r *route, q *request, allowed map[string]bool) (*compiled, error) {
	key := r.method + r.path + "\x00" + q.key()
	if c, ok := h.cache.Get(key); ok {
		return c, nil
	}
	schema := h.graph.Schema()
	s := &selector{schema: schema, rename: renamed}
	field := r.definition(schema)
	typ := field.Type.Name()
	if r.list {
		typ = schema.Types[typ].Fields.ForName("nodes").Type.Name()
	}
	if r.within != "" {
		typ = schema.Types[typ].Fields.ForName(r.within).Type.Name()
	}
	root := &node{typ: typ}
	q.plain, q.stars = selectFields(q.fields, r.defaults, allowed)
	if err := r.tooDeep(q); err != nil {
		return nil, err
	}
	r.fill(s, root, q)
	c := &compiled{empty: root.empty()}
	if c.empty {
		s.add(root, schema.Types[typ].Fields[0].Name)
	}
	var err error
	if c.operation, err = h.graph.Compile(document(r, field, root, s)); err != nil {
		return nil, err
	}
	h.cache.Add(key, c)
	return c, nil
}

// tooDeep fails if a path of fields passes more relations than the route allows.
func (r *route) tooDeep(q *request) error {
	most := r.relations
	if most == 0 {
		most = 3
	}
	var deep []string
	for _, p := range q.plain {
		if strings.Count(p, ".") > most {
			deep = append(deep, p)
		}
	}
	for _, p := range q.stars {
		if strings.Count(p, ".") >= most {
			deep = append(deep, p+".*")
		}
	}
	if len(deep) == 0 {
		return nil
	}
	return model.Invalid.Errorf("The following fields expand more than the maximum of %d allowed relations: %s", most, strings.Join(deep, ", "))
}

// fill selects on root what a request asks for.
func (r *route) fill(s *selector, root *node, q *request) {
	if r.prepare != nil {
		r.prepare(q)
	}
	if i := slices.Index(q.plain, r.prices); i >= 0 && r.prices != "" {
		q.plain = slices.Delete(q.plain, i, i+1)
		q.stars = append(q.stars, r.prices)
	}
	if q.region && r.prices != "" && !slices.Contains(q.stars, r.prices) {
		q.stars = append(q.stars, r.prices)
	}
	loaded := map[string][]string{}
	if slices.Contains(q.stars, "options") && root.typ == "Product" {
		loaded["ProductOption"] = columns["ProductOption"]
	}
	for _, p := range q.plain {
		s.plain(root, p)
		if p == r.stock && r.stock != "" {
			prefix := strings.TrimSuffix(p, "inventory_quantity")
			s.plain(root, prefix+"id")
			s.plain(root, prefix+"manage_inventory")
		}
	}
	for _, p := range q.stars {
		s.star(root, p, loaded)
	}
	if r.finish != nil {
		r.finish(s, root, q)
	}
}

// document returns the GraphQL document of a selection. All arguments of the field are variables.
func document(r *route, field *ast.FieldDefinition, root *node, s *selector) string {
	var b strings.Builder
	b.WriteString(r.operation())
	var declared, passed []string
	for _, a := range field.Arguments {
		declared = append(declared, "$"+a.Name+": "+a.Type.String())
		passed = append(passed, a.Name+": $"+a.Name)
	}
	if len(declared) > 0 {
		b.WriteString(" (" + strings.Join(declared, ", ") + ")")
	}
	arguments := ""
	if len(passed) > 0 {
		arguments = "(" + strings.Join(passed, ", ") + ")"
	}
	if r.list {
		b.WriteString(" { r: " + r.field + arguments + " { " + r.envelope + ": nodes ")
		root.write(&b)
		b.WriteString(" count: totalCount } }")
		return b.String()
	}
	b.WriteString(" { " + r.envelope + ": " + r.field + arguments + " ")
	if r.within != "" {
		b.WriteString("{ " + r.within + " ")
		root.write(&b)
		b.WriteString(" " + r.beside(s) + " }")
	} else {
		root.write(&b)
	}
	b.WriteString(" }")
	return b.String()
}

// write answers with a JSON value that is given in parts, so that no large one is copied to add to it.
func (h *Handler) write(w http.ResponseWriter, status int, parts ...[]byte) {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.WriteHeader(status)
	for _, p := range parts {
		_, _ = w.Write(p)
	}
}
