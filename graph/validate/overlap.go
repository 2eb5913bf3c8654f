package validate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// maxMerged is how many fields the answers of a document may have as its text shows, lists taken to hold one thing.
const maxMerged = 100_000

// overlapping fails if two fields of a document would be written to the same place of an answer and differ: see “Field Selection
// Merging” in the specification. The document must be valid otherwise, and complete.
//
// Where the specification compares each pair of fields, and what is below each pair, this looks at all fields of one place together,
// which takes one comparison for each, and then at what is below all of them. Fields of different object types never meet in one
// answer, so that they need the same shape only; but each may meet fields of interfaces. They are looked at once by shape, all
// together, and once in full for each object type. The idea is Simon Adameit's.
func overlapping(schema *ast.Schema, doc *ast.QueryDocument) error {
	o := overlap{schema: schema, signatures: map[*ast.Field]string{}}
	for _, op := range doc.Operations {
		o.check([]ast.SelectionSet{op.SelectionSet}, false, nil)
	}
	switch {
	case o.merged > maxMerged:
		return ErrComplex
	case len(o.errs) > 0:
		return o.errs
	}
	return nil
}

type overlap struct {
	schema     *ast.Schema
	signatures map[*ast.Field]string
	merged     int
	errs       gqlerror.List
}

// A trail is the names of the places that lead to a place.
type trail struct {
	name string
	up   *trail
}

// A place is where fields of one name are written to. Its fields are in the order of the document.
type place struct {
	name   string
	fields []*ast.Field
}

// check checks the selections of one object. With shapeOnly the object is one of several that never are in one answer.
func (o *overlap) check(sets []ast.SelectionSet, shapeOnly bool, above *trail) {
	for _, p := range o.places(sets) {
		if o.merged > maxMerged || len(o.errs) >= maxErrors {
			return
		}
		o.place(p, shapeOnly, &trail{p.name, above})
	}
}

func (o *overlap) place(p place, shapeOnly bool, path *trail) {
	var meeting [][]*ast.Field
	if !shapeOnly {
		meeting = byObject(p.fields)
	}
	for _, fields := range meeting {
		if o.differ(fields, o.fieldsDiffer, path) {
			return
		}
	}
	if o.differ(p.fields, o.shapesDiffer, path) {
		return
	}
	if len(meeting) != 1 {
		o.check(below(p.fields), true, path)
	}
	for _, fields := range meeting {
		o.check(below(fields), false, path)
	}
}

// differ reports the first of some fields that differs from the first one.
func (o *overlap) differ(fields []*ast.Field, why func(a, b *ast.Field) string, path *trail) bool {
	for _, f := range fields[1:] {
		if why := why(fields[0], f); why != "" {
			o.fail(path, why, fields[0], f)
			return true
		}
	}
	return false
}

// places returns the fields of selections by where they are written to, also those of fragments, each of which is entered once.
func (o *overlap) places(sets []ast.SelectionSet) []place {
	var out []place
	at := map[string]int{}
	entered := map[*ast.FragmentDefinition]bool{}
	var collect func(set ast.SelectionSet)
	collect = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				o.merged++
				i, ok := at[s.Alias]
				if !ok {
					i = len(out)
					at[s.Alias] = i
					out = append(out, place{name: s.Alias})
				}
				out[i].fields = append(out[i].fields, s)
			case *ast.InlineFragment:
				collect(s.SelectionSet)
			case *ast.FragmentSpread:
				if s.Definition != nil && !entered[s.Definition] {
					entered[s.Definition] = true
					collect(s.Definition.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		collect(set)
	}
	return out
}

func below(fields []*ast.Field) []ast.SelectionSet {
	var out []ast.SelectionSet
	for _, f := range fields {
		if len(f.SelectionSet) > 0 {
			out = append(out, f.SelectionSet)
		}
	}
	return out
}

// byObject returns the fields that meet in the answer of one object, for each object type: its own fields and those of interfaces.
func byObject(fields []*ast.Field) [][]*ast.Field {
	var objects []string
	for _, f := range fields {
		if t := f.ObjectDefinition; t != nil && t.Kind == ast.Object && !slices.Contains(objects, t.Name) {
			objects = append(objects, t.Name)
		}
	}
	if len(objects) <= 1 {
		return [][]*ast.Field{fields}
	}
	out := make([][]*ast.Field, len(objects))
	for i, name := range objects {
		for _, f := range fields {
			if t := f.ObjectDefinition; t == nil || t.Kind != ast.Object || t.Name == name {
				out[i] = append(out[i], f)
			}
		}
	}
	return out
}

// shapesDiffer says why the answers of two fields differ in shape. It is empty if they do not.
func (o *overlap) shapesDiffer(a, b *ast.Field) string {
	if a.Definition == nil || b.Definition == nil || o.sameShape(a.Definition.Type, b.Definition.Type) {
		return ""
	}
	return fmt.Sprintf("they return conflicting types %q and %q", a.Definition.Type, b.Definition.Type)
}

func (o *overlap) sameShape(a, b *ast.Type) bool {
	for ; a.Elem != nil && b.Elem != nil; a, b = a.Elem, b.Elem {
		if a.NonNull != b.NonNull {
			return false
		}
	}
	if a.NonNull != b.NonNull || a.Elem != nil || b.Elem != nil {
		return false
	}
	if ta, tb := o.schema.Types[a.NamedType], o.schema.Types[b.NamedType]; ta != nil && ta.IsLeafType() || tb != nil && tb.IsLeafType() {
		return a.NamedType == b.NamedType
	}
	return true
}

// fieldsDiffer says why two fields are not the same. It is empty if they are.
func (o *overlap) fieldsDiffer(a, b *ast.Field) string {
	switch {
	case a.Name != b.Name:
		return fmt.Sprintf("%q and %q are different fields", a.Name, b.Name)
	case o.signature(a) != o.signature(b):
		return "they have differing arguments"
	}
	return ""
}

// signature returns a text that is the same for the same arguments, in whatever order.
func (o *overlap) signature(f *ast.Field) string {
	if len(f.Arguments) == 0 {
		return ""
	}
	text, ok := o.signatures[f]
	if !ok {
		all := make([]string, len(f.Arguments))
		for i, a := range f.Arguments {
			all[i] = a.Name + ":" + valueText(a.Value)
		}
		slices.Sort(all)
		text = strings.Join(all, ",")
		o.signatures[f] = text
	}
	return text
}

// valueText returns a text that is the same for the same value, with the fields of objects in whatever order.
func valueText(v *ast.Value) string {
	var b strings.Builder
	writeValue(&b, v)
	return b.String()
}

func writeValue(b *strings.Builder, v *ast.Value) {
	b.WriteString(strconv.Itoa(int(v.Kind)))
	switch v.Kind {
	case ast.ListValue:
		b.WriteByte('[')
		for _, c := range v.Children {
			writeValue(b, c.Value)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case ast.ObjectValue:
		all := slices.Clone(v.Children)
		slices.SortStableFunc(all, func(x, y *ast.ChildValue) int { return strings.Compare(x.Name, y.Name) })
		b.WriteByte('{')
		for _, c := range all {
			b.WriteString(c.Name + ":")
			writeValue(b, c.Value)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	default:
		b.WriteString(strconv.Quote(v.Raw))
	}
}

// fail reports two fields of one place that differ.
func (o *overlap) fail(path *trail, why string, a, b *ast.Field) {
	for ; path.up != nil; path = path.up {
		why = shortened(fmt.Sprintf("subfields %q conflict because %s", path.name, why))
	}
	err := &gqlerror.Error{Rule: rules.OverlappingFieldsCanBeMergedRule.Name}
	for _, option := range []core.ErrorOption{
		core.Message("%s", shortened(fmt.Sprintf("Fields %q conflict because %s. Use different aliases on the fields to fetch both if this was intentional.", path.name, why))),
		core.At(a.Position), core.At(b.Position),
	} {
		option(err)
	}
	o.errs = append(o.errs, err)
}
