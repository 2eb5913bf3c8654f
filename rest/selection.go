package rest

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A paths is an ordered set of field paths.
type paths struct {
	list []string
	has  map[string]bool
}

func newPaths(list []string) *paths {
	p := &paths{has: make(map[string]bool, len(list))}
	for _, f := range list {
		p.add(f)
	}
	return p
}

func (p *paths) add(f string) {
	if !p.has[f] {
		p.has[f] = true
		p.list = append(p.list, f)
	}
}

func (p *paths) remove(gone func(f string) bool) {
	kept := p.list[:0]
	for _, f := range p.list {
		if gone(f) {
			delete(p.has, f)
			continue
		}
		kept = append(kept, f)
	}
	p.list = kept
}

// selectPaths applies the fields parameter to a route's defaults: "a,b" replaces them, "+a" adds, "-a" removes, and
// "*a" or "a.*" expands a relation. Nil is the defaults. What is not allowed is dropped. It returns the plain paths, the
// expanded relations and what is dropped.
func selectPaths(fields *string, defaults []string, allowed map[string]bool) (plain, stars, dropped []string) {
	all := newPaths(defaults)
	if fields != nil {
		var custom []string
		for f := range strings.SplitSeq(*fields, ",") {
			if f != "" {
				custom = append(custom, f)
			}
		}
		if replaces(custom) {
			all = newPaths(nil)
			for _, f := range custom {
				all.add(bare(f))
			}
		} else {
			for _, f := range custom {
				all.modify(f)
			}
		}
		all.add("id")
	}
	for _, f := range all.list {
		star := strings.HasPrefix(f, "*") || strings.HasSuffix(f, ".*")
		if strings.HasPrefix(f, "*") {
			f = f[1:]
		} else {
			f = strings.TrimSuffix(f, ".*")
		}
		switch {
		case !allowed[f]:
			dropped = append(dropped, f)
		case star:
			stars = append(stars, f)
		default:
			plain = append(plain, f)
		}
	}
	return plain, stars, dropped
}

// bare strips the modifier of a field.
func bare(f string) string { return strings.TrimSpace(strings.TrimLeft(f, "+ \t-")) }

// replaces reports whether one of the fields stands without a modifier, so that they replace the defaults.
func replaces(custom []string) bool {
	for _, f := range custom {
		if !strings.HasSuffix(f, ".*") && !strings.ContainsAny(f[:1], "-+ *") {
			return true
		}
	}
	return len(custom) == 0
}

func (p *paths) modify(f string) {
	switch f[0] {
	case '+', ' ':
		p.add(bare(f))
	case '-':
		name := bare(f)
		p.remove(func(f string) bool {
			f = strings.TrimPrefix(f, "*")
			return f == name || strings.HasPrefix(f, name+".")
		})
	default:
		p.add(f)
	}
}

// A node is the selection on a GraphQL type: the selected fields in order.
type node struct {
	typ    string
	fields []*selected
}

type selected struct {
	name  string   // the REST name, and the alias
	field string   // the GraphQL name
	path  []string // where the value is below the field; nil for the field itself
	below *node    // nil for a leaf
}

func (n *node) child(name string) *selected {
	for _, s := range n.fields {
		if s.name == name {
			return s
		}
	}
	return nil
}

// A selector builds selections on the types of a schema.
type selector struct {
	schema *ast.Schema
	rename map[string]string // GraphQL fields of REST names, by type and name
}

// add selects the field of n that has a REST name, unless it is selected already, and returns it; nil if there is none.
func (s *selector) add(n *node, name string) *selected {
	if have := n.child(name); have != nil {
		return have
	}
	if strings.ToLower(name) != name {
		return nil // camelCase is no REST name
	}
	to := s.lookUp(n.typ, name)
	if to == nil {
		return nil
	}
	sel := &selected{name: name, field: to.field, path: to.path}
	if to.relation {
		sel.below = &node{typ: to.typ.Name()}
	}
	n.fields = append(n.fields, sel)
	return sel
}

// addAs selects a GraphQL field of n under a name, replacing the field that has that name.
func (s *selector) addAs(n *node, name, field string) *selected {
	sel := n.child(name)
	if sel == nil {
		sel = &selected{name: name, below: &node{typ: s.schema.Types[n.typ].Fields.ForName(field).Type.Name()}}
		n.fields = append(n.fields, sel)
	}
	sel.field = field
	return sel
}

// descend selects a path of relations below n, with the keys that the reference includes on the way, and returns its node;
// nil if there is no such path.
func (s *selector) descend(n *node, path []string) *node {
	for _, name := range path {
		sel := s.add(n, name)
		if sel == nil || sel.below == nil {
			return nil
		}
		if n.typ == "ProductVariant" && name == "product" {
			s.add(n, "product_id")
		}
		n = sel.below
		for _, key := range alwaysSelected[n.typ] {
			s.add(n, key)
		}
	}
	return n
}

// addPath selects a path that ends at a scalar field. Of one that ends at a relation it selects the id; nothing if the
// relation is a list.
func (s *selector) addPath(root *node, path string) {
	names := strings.Split(path, ".")
	last := len(names) - 1
	field := names[last]
	if !s.endsAtOne(root.typ, names) {
		return
	}
	n := s.descend(root, names[:last])
	if n == nil {
		return
	}
	sel := s.add(n, field)
	if sel != nil && sel.below != nil {
		s.add(sel.below, "id")
	}
}

// endsAtOne reports whether a path from a type exists and ends at a scalar field or at a relation that is not a list.
func (s *selector) endsAtOne(typ string, names []string) bool {
	for i, name := range names {
		to := s.lookUp(typ, name)
		switch {
		case to == nil:
			return false
		case i == len(names)-1:
			return !to.relation || to.typ.Elem == nil
		case !to.relation:
			return false
		}
		typ = to.typ.Name()
	}
	return false
}

// endsAtRelation reports whether a path from a type exists and ends at a relation.
func (s *selector) endsAtRelation(typ string, names []string) bool {
	for _, name := range names {
		to := s.lookUp(typ, name)
		if to == nil || !to.relation {
			return false
		}
		typ = to.typ.Name()
	}
	return true
}

// A target is what a REST name stands for in the schema.
type target struct {
	field    string
	path     []string
	typ      *ast.Type // of the value, at the end of the path
	relation bool      // it is an object or a list of objects, of which fields are selected
}

// lookUp returns what is behind a REST name; nil if nothing is. An amount of money is its number, and the exact twin of x is raw_x.
func (s *selector) lookUp(typ, name string) *target {
	at := s.renamed(typ, name)
	exact := strings.HasPrefix(name, "raw_") && s.schema.Types[typ].Fields.ForName(at) == nil
	if exact {
		at = s.renamed(typ, name[len("raw_"):])
	}
	var to target
	for part := range strings.SplitSeq(at, ".") {
		def := s.schema.Types[typ].Fields.ForName(part)
		if def == nil {
			return nil
		}
		to.typ, typ = def.Type, def.Type.Name()
		to.path = append(to.path, part)
	}
	to.relation = s.schema.Types[typ].Kind == ast.Object
	switch {
	case typ == "Money" && exact:
		to.path, to.relation = append(to.path, "raw"), false
	case typ == "Money":
		to.path, to.relation = append(to.path, "number"), false
	case exact:
		return nil
	}
	to.field, to.path = to.path[0], to.path[1:]
	return &to
}

// renamed returns the GraphQL field behind a REST name, or the path to it.
func (s *selector) renamed(typ, name string) string {
	if field := s.rename[typ+"."+name]; field != "" {
		return field
	}
	if path := totals[name]; path != "" && s.schema.Types[typ].Fields.ForName("totals") != nil {
		return "totals." + path
	}
	if slices.Contains(partTotals, name) && s.schema.Types[typ].Fields.ForName("parts") != nil {
		return "parts." + camel(name)
	}
	return camel(name)
}

// expand selects all columns of a relation, and the ids of the single relations of its type. loaded are further columns of
// these, by type.
func (s *selector) expand(root *node, path string, loaded map[string][]string) {
	names := strings.Split(path, ".")
	if !s.endsAtRelation(root.typ, names) {
		return
	}
	above := s.descend(root, names[:len(names)-1])
	if above == nil {
		return
	}
	n := s.descend(above, names[len(names)-1:])
	if n == nil {
		return
	}
	s.addColumns(n, above.typ, loaded)
}

// addColumns selects all columns of n, whose parent is of type above.
func (s *selector) addColumns(n *node, above string, loaded map[string][]string) {
	own, ok := columns[above+"."+n.typ]
	if !ok {
		own = columns[n.typ]
	}
	for _, c := range own {
		s.add(n, c)
	}
	for _, w := range whole[n.typ] {
		if sel := s.add(n, w); sel != nil {
			s.addColumns(sel.below, n.typ, loaded)
		}
	}
	for _, stub := range stubs[n.typ] {
		target := s.lookUp(n.typ, stub).typ.Name()
		if target == above {
			continue
		}
		sel := s.add(n, stub)
		for _, c := range append([]string{"id"}, loaded[target]...) {
			s.add(sel.below, c)
		}
	}
}

// write writes the selection in GraphQL, with REST names as aliases.
func (n *node) write(b *strings.Builder) {
	b.WriteString("{")
	for i, f := range n.fields {
		if f.below != nil && len(f.below.fields) == 0 {
			continue
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		if f.name != f.field {
			b.WriteString(f.name)
			b.WriteString(": ")
		}
		b.WriteString(f.field)
		if len(f.path) > 0 {
			b.WriteString(` @at(path: "` + strings.Join(f.path, ".") + `")`)
		}
		for _, p := range f.path {
			b.WriteString(" {" + p)
		}
		if f.below != nil {
			b.WriteByte(' ')
			f.below.write(b)
		}
		b.WriteString(strings.Repeat("}", len(f.path)))
	}
	b.WriteString("}")
}

// empty reports whether nothing is selected.
func (n *node) empty() bool {
	for _, f := range n.fields {
		if f.below == nil || !f.below.empty() {
			return false
		}
	}
	return true
}
