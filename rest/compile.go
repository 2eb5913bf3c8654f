package rest

import (
	"slices"
	"strings"

	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model"
)

// A compiled is the GraphQL operation of one selection of a route.
type compiled struct {
	operation *graph.Operation
	empty     bool     // no selectable field was requested
	unknown   []string // requested paths of which neither the route nor the schema knows
}

// A selection is the GraphQL selection of a request while the steps of its route build it.
type selection struct {
	*selector
	route     *route
	operation *node // what is selected of what the route answers
	root      *node // the node in it that the requested fields belong to
	priced    bool
	flags     map[string]bool

	plain, stars []string        // the requested paths, and the requested relations
	dropped      []string        // requested of either that the route does not allow
	partsOf      map[string]bool // the relations of which nested paths are requested
	bare         map[string]bool // relations of an order that are named by themselves, without a star
}

// A step builds a part of a selection.
type step func(sel *selection)

// key is the cache key of a request's selection within its route.
func (q *request) key() string {
	var b strings.Builder
	if q.fields != nil {
		b.WriteString("f" + *q.fields)
	}
	if q.priced {
		b.WriteString("\x00r")
	}
	for _, f := range treeParameters {
		if q.flags[f.name] {
			b.WriteString("\x00" + f.name)
		}
	}
	return b.String()
}

// compile returns the operation of a request's selection, from the cache if it is there.
func (e *endpoint) compile(q *request) (*compiled, error) {
	key := e.route.method + e.route.path + "\x00" + q.key()
	if c, ok := e.cache.Get(key); ok {
		return c, nil
	}
	sel := newSelection(&selector{schema: e.graph.Schema(), rename: renamed}, e.route, q)
	if err := sel.tooDeep(); err != nil {
		return nil, err
	}
	unknown := sel.unknownPaths(sel.dropped)
	sel.build()
	c := &compiled{empty: sel.root.empty(), unknown: unknown}
	if c.empty {
		sel.add(sel.root, sel.schema.Types[sel.root.typ].Fields[0].Name)
	}
	var err error
	if c.operation, err = e.graph.Compile(sel.document()); err != nil {
		return nil, err
	}
	e.cache.Add(key, c)
	return c, nil
}

// newSelection returns the empty selection of a request.
func newSelection(s *selector, r *route, q *request) *selection {
	sel := &selection{
		selector: s, route: r, priced: q.priced, flags: q.flags, partsOf: map[string]bool{},
		operation: &node{typ: r.answered(s.schema).Name()},
	}
	sel.plain, sel.stars, sel.dropped = selectPaths(q.fields, r.defaults, r.selectable())
	sel.root = sel.operation
	switch {
	case r.list:
		sel.root = s.addAs(sel.operation, r.envelope, "nodes").below
		sel.operation.fields = append(sel.operation.fields, &selected{name: "count", field: "totalCount"})
	case r.within != "":
		sel.root = s.add(sel.operation, r.within).below
	}
	return sel
}

// tooDeep fails if a requested path has more relations than the route allows.
func (sel *selection) tooDeep() error {
	most := sel.route.relations
	if most == 0 {
		most = 3
	}
	var deep []string
	for _, p := range sel.plain {
		if strings.Count(p, ".") > most {
			deep = append(deep, p)
		}
	}
	for _, p := range sel.stars {
		if strings.Count(p, ".") >= most {
			deep = append(deep, p+".*")
		}
	}
	if len(deep) == 0 {
		return nil
	}
	return model.Invalid.Errorf("The following fields expand more than the maximum of %d allowed relations: %s", most, strings.Join(deep, ", "))
}

// build runs the steps of the route.
func (sel *selection) build() {
	if len(sel.route.steps) == 0 {
		selectFields(sel)
	}
	for _, step := range sel.route.steps {
		step(sel)
	}
}

// selectFields selects the requested fields. It is a step of every route.
func selectFields(sel *selection) {
	r := sel.route
	if i := slices.Index(sel.plain, r.prices); i >= 0 && r.prices != "" {
		sel.plain = slices.Delete(sel.plain, i, i+1)
		sel.stars = append(sel.stars, r.prices)
	}
	if sel.priced && r.prices != "" && !slices.Contains(sel.stars, r.prices) {
		sel.stars = append(sel.stars, r.prices)
	}
	loaded := map[string][]string{}
	if slices.Contains(sel.stars, "options") && sel.root.typ == "Product" {
		loaded["ProductOption"] = columns["ProductOption"]
	}
	for _, p := range sel.plain {
		sel.addPath(sel.root, p)
		if p == r.stock && r.stock != "" {
			prefix := strings.TrimSuffix(p, "inventory_quantity")
			sel.addPath(sel.root, prefix+"id")
			sel.addPath(sel.root, prefix+"manage_inventory")
		}
	}
	for _, p := range sel.stars {
		if !sel.starOfScalar(p) {
			sel.expand(sel.root, p, loaded)
		}
	}
}

// jsonRelations are relations of the reference that are JSON here, by type and name. A wildcard selects the whole of one.
var jsonRelations = map[string]bool{"Order.summary": true}

// starOfScalar deals with a wildcard on what is no relation, and reports whether p is one. The reference looks for a relation of that
// name instead of the scalar, so the scalar is not selected, even if it is requested by itself; but it comes with a relation of
// which nothing else is requested.
func (sel *selection) starOfScalar(p string) bool {
	names := strings.Split(p, ".")
	if !sel.endsAtOne(sel.root.typ, names) || sel.endsAtRelation(sel.root.typ, names) {
		return false
	}
	at := strings.LastIndexByte(p, '.')
	if jsonRelations[sel.root.typ+"."+p] {
		sel.addPath(sel.root, p)
		return true
	}
	if at < 0 {
		sel.root.fields = slices.DeleteFunc(sel.root.fields, func(f *selected) bool { return f.name == p })
		return true
	}
	others := func(q string) bool { return q != p && (q == p[:at] || strings.HasPrefix(q, p[:at+1])) }
	if !slices.ContainsFunc(sel.plain, others) && !slices.ContainsFunc(sel.stars, others) {
		sel.addPath(sel.root, p)
	}
	return true
}

// document returns the GraphQL document of a selection. All arguments of the field are variables. Of a mutation's answer only the thing that the route answers is written.
func (sel *selection) document() string {
	var b strings.Builder
	var declared, passed []string
	for _, a := range sel.route.definition(sel.schema).Arguments {
		declared = append(declared, "$"+a.Name+": "+a.Type.String())
		passed = append(passed, a.Name+": $"+a.Name)
	}
	arguments, in := "", ""
	if len(passed) > 0 {
		arguments = "(" + strings.Join(passed, ", ") + ")"
	}
	if sel.route.inContext() {
		passed = passed[:0]
		for _, a := range sel.schema.Directives["inContext"].Arguments {
			if a.Name != "locale" { // the viewer has it
				declared = append(declared, "$"+a.Name+": "+a.Type.String())
				passed = append(passed, a.Name+": $"+a.Name)
			}
		}
		in = " @inContext(" + strings.Join(passed, ", ") + ")"
	}
	variables := ""
	if len(declared) > 0 {
		variables = " (" + strings.Join(declared, ", ") + ")"
	}
	b.WriteString(sel.route.operation() + variables + in + " { " + rootName + ": " + sel.route.field + arguments + " ")
	thing := sel.route.thing()
	if thing != "" {
		b.WriteString(`@at(path: "` + thing + `") { ` + thing + " ")
	}
	sel.operation.write(&b)
	if thing != "" {
		b.WriteString(" }")
	}
	b.WriteString(" }")
	return b.String()
}
