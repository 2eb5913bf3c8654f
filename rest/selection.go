package rest

import (
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
// "*a" or "a.*" expands a relation. Nil is the defaults. What is not allowed is dropped. It returns the plain paths and
// the expanded relations.
func selectPaths(fields *string, defaults []string, allowed map[string]bool) (plain, stars []string) {
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
		case star:
			stars = append(stars, f)
		default:
			plain = append(plain, f)
		}
	}
	return plain, stars
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
	name  string // the REST name, and the alias
	field string // the GraphQL name
	below *node  // nil for a leaf
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
	field := s.fieldOf(n.typ, name)
	def := s.schema.Types[n.typ].Fields.ForName(field)
	if def == nil {
		return nil
	}
	sel := &selected{name: name, field: field}
	if t := s.schema.Types[def.Type.Name()]; t.Kind == ast.Object {
		sel.below = &node{typ: t.Name}
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
		def := s.schema.Types[typ].Fields.ForName(s.fieldOf(typ, name))
		if def == nil {
			return false
		}
		t := s.schema.Types[def.Type.Name()]
		if i == len(names)-1 {
			return t.Kind != ast.Object || def.Type.Elem == nil
		}
		if t.Kind != ast.Object {
			return false
		}
		typ = t.Name
	}
	return false
}

// endsAtRelation reports whether a path from a type exists and ends at a relation.
func (s *selector) endsAtRelation(typ string, names []string) bool {
	for _, name := range names {
		def := s.schema.Types[typ].Fields.ForName(s.fieldOf(typ, name))
		if def == nil || s.schema.Types[def.Type.Name()].Kind != ast.Object {
			return false
		}
		typ = def.Type.Name()
	}
	return true
}

// fieldOf returns the name of the GraphQL field behind a REST name.
func (s *selector) fieldOf(typ, name string) string {
	if field := s.rename[typ+"."+name]; field != "" {
		return field
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
		target := s.schema.Types[n.typ].Fields.ForName(s.fieldOf(n.typ, stub)).Type.Name()
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
		if f.below != nil {
			b.WriteByte(' ')
			f.below.write(b)
		}
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
