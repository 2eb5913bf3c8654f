package graph

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
)

// A Cost is what clients are told of the cost of an operation, in extensions.cost: the fields that it may write, as estimated before it
// runs, and how many are allowed. A field counts once for each thing that it is selected of. A list counts as long as its page can be
// (first or last, or what they are by default), and as five things if it has no pages.
type Cost struct {
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
}

// listLength is how many things a list without pages is taken to hold.
const listLength = 5

// unbounded is more than any limit, and far from overflowing.
const unbounded = 1 << 40

// A cost is what an operation may write, as far as its text shows.
type cost struct {
	depth   int
	roots   []*ast.Field // as many as could be allowed
	refused error        // what is wrong with the literals in its text; nil if nothing is
	all     amount
	sums    []amount // the parts of all, each of which has parts that are before it
}

// An amount is a number of fields, some of which depends on the variables.
type amount struct {
	fixed int
	parts []part
}

// A part is a sum that is counted several times: as often as said, and for each thing of a page whose size a variable says.
type part struct {
	sum   int // its index
	times int
	page  *ast.Field // nil if there is none
}

// total returns the cost with the sizes that the variables give to the pages.
func (c *cost) total(variables map[string]any) int {
	if len(c.all.parts) == 0 {
		return c.all.fixed
	}
	known := make([]int, len(c.sums))
	for i, s := range c.sums {
		known[i] = s.total(known, variables)
	}
	return c.all.total(known, variables)
}

func (a amount) total(known []int, variables map[string]any) int {
	n := a.fixed
	for _, p := range a.parts {
		each := times(known[p.sum], p.times)
		if p.page != nil {
			each = times(each, pageSize(p.page, variables))
		}
		n = plus(n, each)
	}
	return n
}

func plus(a, b int) int { return min(unbounded, a+b) }

func times(a, b int) int {
	if a != 0 && b > unbounded/a {
		return unbounded
	}
	return a * b
}

// measured returns the cost of an operation of a valid document.
func measured(schema *ast.Schema, op *ast.OperationDefinition) *cost {
	m := measure{schema: schema, seen: map[*ast.FragmentDefinition]weight{}, literals: bound{schema: schema}}
	w := m.weigh(op.SelectionSet)
	m.cost.all, m.cost.depth = m.plus(w.rest, w.page.times(listLength)), w.depth
	m.roots(op.SelectionSet)
	return &m.cost
}

// A measure adds up the selections of an operation, each fragment once.
type measure struct {
	schema   *ast.Schema
	cost     cost
	seen     map[*ast.FragmentDefinition]weight
	literals bound
}

// A weight is what a selection may write, and how deep it is.
type weight struct {
	rest  amount
	page  amount // of one of its nodes or edges, if the selection is one of a field with pages
	depth int
}

// weigh returns the weight of a selection.
func (m *measure) weigh(set ast.SelectionSet) weight {
	var out weight
	for _, s := range set {
		var w weight
		switch s := s.(type) {
		case *ast.Field:
			w = m.field(s)
		case *ast.InlineFragment:
			w = m.weigh(s.SelectionSet)
		case *ast.FragmentSpread:
			known, ok := m.seen[s.Definition]
			if !ok {
				known = m.weigh(s.Definition.SelectionSet)
				m.seen[s.Definition] = known
			}
			w = known
		}
		out = weight{m.plus(out.rest, w.rest), m.plus(out.page, w.page), max(out.depth, w.depth)}
	}
	return out
}

func (m *measure) field(f *ast.Field) weight {
	if m.cost.refused == nil && len(f.Arguments) > 0 {
		m.cost.refused = m.literals.literals(f)
	}
	below := m.weigh(f.SelectionSet)
	self := amount{fixed: 1}
	if f.Definition == nil { // __typename
		return weight{rest: self, depth: 1}
	}
	list, paged := f.Definition.Type.Elem != nil && len(f.SelectionSet) > 0, f.Definition.Arguments.ForName("first") != nil
	if paged && !list {
		return weight{rest: m.plus(self, below.rest, m.paged(below.page, f)), depth: below.depth + 1}
	}
	each := m.plus(below.rest, below.page.times(listLength))
	switch {
	case paged:
		each = m.paged(each, f)
	case list && (f.Name == "nodes" || f.Name == "edges" || slices.Contains(pagesOfKinds, f.ObjectDefinition.Name)):
		return weight{rest: self, page: each, depth: below.depth + 1}
	case slices.Contains(pagesOfKinds, f.ObjectDefinition.Name): // a connection whose size the field above says
		return weight{rest: m.plus(self, below.rest), page: below.page, depth: below.depth + 1}
	case list && f.Definition.Type.Name() != f.ObjectDefinition.Name: // a list of its own kind is a tree, which has as many nodes however deep it is asked for
		each = each.times(m.length(f))
	}
	return weight{rest: m.plus(self, each), depth: below.depth + 1}
}

// pagesOfKinds are the types of which each list is a page, whose size is an argument of the field above.
var pagesOfKinds = []string{"SearchResults", "Suggestions"}

// length returns how many things a list without pages is taken to hold.
func (m *measure) length(f *ast.Field) int {
	of := f.ObjectDefinition.Name
	switch {
	case of == "__Schema" && f.Name == "types":
		return len(m.schema.Types)
	case of == "__Schema":
		return len(m.schema.Directives)
	case of == "__Type" && f.Name == "fields":
		return 8
	case strings.HasPrefix(of, "__"): // most types and fields have none of the others
		return 1
	}
	return listLength
}

// plus adds amounts up. The sum has few parts.
func (m *measure) plus(all ...amount) amount {
	var out amount
	for _, a := range all {
		out.fixed = plus(out.fixed, a.fixed)
		out.parts = slices.Concat(out.parts, a.parts)
	}
	if len(out.parts) > 4 {
		m.cost.sums = append(m.cost.sums, out)
		return amount{parts: []part{{sum: len(m.cost.sums) - 1, times: 1}}}
	}
	return out
}

func (a amount) times(n int) amount {
	out := amount{fixed: times(a.fixed, n)}
	for _, p := range a.parts {
		p.times = times(p.times, n)
		out.parts = append(out.parts, p)
	}
	return out
}

// paged returns an amount for each thing of the page of a field, whose size may depend on a variable.
func (m *measure) paged(a amount, f *ast.Field) amount {
	for _, name := range pageSizes {
		if arg := f.Arguments.ForName(name); arg != nil && arg.Value.Kind == ast.Variable {
			m.cost.sums = append(m.cost.sums, a)
			return amount{parts: []part{{sum: len(m.cost.sums) - 1, times: 1, page: f}}}
		}
	}
	return a.times(pageSize(f, nil))
}

// roots notes the root fields, but not more than could ever be allowed: spreads of spreads could name more than there is memory.
func (m *measure) roots(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			m.cost.roots = append(m.cost.roots, s)
		case *ast.InlineFragment:
			m.roots(s.SelectionSet)
		case *ast.FragmentSpread:
			if len(m.cost.roots) <= 1000 {
				m.roots(s.Definition.SelectionSet)
			}
		}
	}
}

// pageSizes are the arguments that say how much a page holds.
var pageSizes = []string{"first", "last"}

// pageSize returns how many things a page of a field may hold.
func pageSize(f *ast.Field, variables map[string]any) int {
	size := db.DefaultLimit
	if f.ObjectDefinition.Name != "Query" {
		size = db.NestedLimit
	}
	if d := f.Definition.Arguments.ForName("first").DefaultValue; d != nil {
		if n, err := strconv.Atoi(d.Raw); err == nil {
			size = n
		}
	}
	for _, name := range pageSizes {
		a := f.Arguments.ForName(name)
		if a == nil {
			continue
		}
		v, err := a.Value.Value(variables)
		if err != nil {
			continue
		}
		switch v := v.(type) {
		case int64:
			size = int(v)
		case int:
			size = v
		case json.Number:
			if i, err := v.Int64(); err == nil {
				size = int(i)
			}
		}
	}
	return max(0, min(size, 1<<20))
}
