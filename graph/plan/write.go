package plan

import (
	"reflect"
	"strconv"
	"strings"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// A writer appends the JSON of the value at p to o. It reports false where a value that must not be null
// is: then gqlgen's executor has to say so.
//
// Writers read struct fields by their offset. A writer is only ever given a pointer to the Go type that it was
// compiled for, which Fast checks once at the root.
type writer func(o *out, p unsafe.Pointer) bool

// An out is an answer that is being written.
type out struct {
	b        []byte
	currency string       // of the money in the object that is being written
	calls    []field.Call // of the plan
}

// null appends null and returns whether that may be.
func (o *out) null(nullable bool) bool {
	o.b = append(o.b, "null"...)
	return nullable
}

// A builder compiles one selection of one operation.
type builder struct {
	op          *graphql.OperationContext
	schema      *ast.Schema
	dialect     model.Dialect
	conditional bool // the selection depends on variables through @skip or @include
	calls       []call
}

// want returns the tree of the fields that are selected below a field.
func (b *builder) want(of graphql.CollectedField) field.Set {
	w := field.Set{}
	for _, f := range b.collect(of) {
		known, ok := field.Named(f.Name)
		switch {
		case !ok:
		case called(f):
			w.Add(field.CallAt(b.call(f)), b.want(f))
		default:
			w.Add(known, b.want(f))
		}
	}
	return w
}

func (b *builder) collect(field graphql.CollectedField) []graphql.CollectedField {
	b.conditional = b.conditional || conditional(field.Selections)
	return graphql.CollectFields(b.op, field.Selections, nil)
}

// conditional reports whether one of the selections is skipped or included by a variable, in fragments too.
func conditional(set ast.SelectionSet) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if chosen(s.Directives) {
				return true
			}
		case *ast.InlineFragment:
			if chosen(s.Directives) || conditional(s.SelectionSet) {
				return true
			}
		case *ast.FragmentSpread:
			if chosen(s.Directives) || conditional(s.Definition.SelectionSet) {
				return true
			}
		}
	}
	return false
}

func chosen(ds ast.DirectiveList) bool {
	return ds.ForName("skip") != nil || ds.ForName("include") != nil
}

func (b *builder) value(field graphql.CollectedField, gql *ast.Type, t reflect.Type) writer {
	if gql.Elem != nil {
		return b.list(field, gql, t)
	}
	def := b.schema.Types[gql.NamedType]
	if def == nil {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		elem := b.named(field, def, t.Elem())
		if elem == nil {
			return nil
		}
		nonNull := gql.NonNull
		return func(o *out, p unsafe.Pointer) bool {
			q := *(*unsafe.Pointer)(p)
			if q == nil {
				return o.null(!nonNull)
			}
			return elem(o, q)
		}
	}
	return b.named(field, def, t)
}

func (b *builder) list(field graphql.CollectedField, gql *ast.Type, t reflect.Type) writer {
	if t.Kind() != reflect.Slice {
		return nil
	}
	elem := b.value(field, gql.Elem, t.Elem())
	if elem == nil {
		return nil
	}
	size, nonNull := t.Elem().Size(), gql.NonNull
	return func(o *out, p unsafe.Pointer) bool {
		s := (*sliceHeader)(p)
		if s.data == nil && !nonNull {
			return o.null(true)
		}
		o.b = append(o.b, '[')
		for i := range s.len {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			if len(o.b) > maxAnswer {
				panic(tooLong{})
			}
			if !elem(o, unsafe.Add(s.data, uintptr(i)*size)) {
				return false
			}
		}
		o.b = append(o.b, ']')
		return true
	}
}

// maxAnswer is how many bytes the answer of a root field may have. Things that are loaded once may be written any number of times,
// where a selection goes there and back between them.
const maxAnswer = 32 << 20

// tooLong ends the writing of an answer from within: write recovers from it.
type tooLong struct{}

// write writes the value at p into a new text. It fails if that would be too long, and reports false where w does.
func write(w writer, p unsafe.Pointer, calls []field.Call) (data []byte, ok bool, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case tooLong:
			err = model.ErrTooExpensive
		default:
			panic(v)
		}
	}()
	o := out{b: make([]byte, 0, 4096), calls: calls}
	ok = w(&o, p)
	return o.b, ok, nil
}

type sliceHeader struct {
	data unsafe.Pointer
	len  int
	cap  int
}

// named returns a writer of a value of Go type t and GraphQL type def.
func (b *builder) named(field graphql.CollectedField, def *ast.Definition, t reflect.Type) writer {
	switch def.Kind {
	case ast.Object:
		if t == reflect.TypeFor[model.Amount]() {
			return b.money(field)
		}
		return b.object(field, def, t)
	case ast.Scalar:
		return leaf(def.Name, t, b.dialect)
	case ast.Enum:
		return enum(t, b.dialect)
	case ast.Interface, ast.Union, ast.InputObject:
		return nil
	default:
		return nil
	}
}

type step struct {
	key   []byte // "key":
	off   uintptr
	write writer
	omit  bool // leave the key out if the pointer or slice at off is nil
	drop  bool // leave the key out if null is written
}

func (b *builder) object(field graphql.CollectedField, def *ast.Definition, t reflect.Type) writer {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var steps []step
	for _, f := range b.collect(field) {
		s, ok := b.step(f, def, t)
		if !ok {
			return nil
		}
		steps = append(steps, s)
	}
	return inCurrency(t, func(o *out, p unsafe.Pointer) bool {
		o.b = append(o.b, '{')
		first := true
		for i := range steps {
			s := &steps[i]
			at := unsafe.Add(p, s.off)
			if s.omit && *(*unsafe.Pointer)(at) == nil {
				continue
			}
			start := len(o.b)
			if !first {
				o.b = append(o.b, ',')
			}
			o.b = append(o.b, s.key...)
			value := len(o.b)
			if !s.write(o, at) {
				return false
			}
			if s.drop && string(o.b[value:]) == "null" {
				o.b = o.b[:start]
				continue
			}
			first = false
		}
		o.b = append(o.b, '}')
		return true
	})
}

// step compiles one selected field of an object.
func (b *builder) step(f graphql.CollectedField, def *ast.Definition, t reflect.Type) (step, bool) {
	s := step{key: append(appendString(nil, f.Alias), ':')}
	if f.Name == "__typename" {
		s.write = typename(def.Name)
		return s, true
	}
	if called(f) {
		s.off, s.write = b.result(f, t)
		return s, s.write != nil
	}
	if f.Definition.Directives.ForName("goField") != nil {
		return s, false
	}
	member, ok := structField(t, f.Name)
	if !ok {
		s.write = b.method(f, t)
		return s, s.write != nil
	}
	s.off = member.Offset
	omits := b.dialect == model.REST && f.Definition.Directives.ForName("omitNull") != nil
	if path := pathOf(f); path != nil {
		s.write, s.drop = b.at(f, path, f.Definition.Type, member.Type), omits
		return s, s.write != nil
	}
	s.write = b.value(f, f.Definition.Type, member.Type)
	s.omit = omits && (member.Type.Kind() == reflect.Pointer || member.Type.Kind() == reflect.Slice)
	return s, s.write != nil
}

func typename(name string) writer {
	quoted := appendString(nil, name)
	return func(o *out, _ unsafe.Pointer) bool {
		o.b = append(o.b, quoted...)
		return true
	}
}

// structField finds the field of t that gqlgen binds a GraphQL field to: by tag, else by name without
// regard to case.
func structField(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if tag := f.Tag.Get("gql"); tag == name || tag == "" && f.IsExported() && strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	for f := range t.Fields() { // the outer field hides one of an embedded struct
		if !f.Anonymous || f.Type.Kind() != reflect.Struct {
			continue
		}
		if inner, ok := structField(f.Type, name); ok {
			inner.Offset += f.Offset
			return inner, true
		}
	}
	return reflect.StructField{}, false
}

// method returns a writer of what a method of *t without arguments returns, which gqlgen binds by its name; nil if there is none, or it
// cannot be compiled.
func (b *builder) method(f graphql.CollectedField, t reflect.Type) writer {
	for _, m := range methods {
		if m.of != t || m.field != f.Name {
			continue
		}
		below := b.value(f, f.Definition.Type, m.result)
		if below == nil {
			return nil
		}
		return func(o *out, p unsafe.Pointer) bool { return below(o, m.call(p)) }
	}
	return nil
}

// methods are the methods of the types of package model to which gqlgen binds fields. They are listed, not found by reflection: in a
// program that looks methods up by names which the linker does not know, it keeps every exported method of every type.
var methods = []method{
	bind("exchange", (*model.OrderShippingDetail).Exchange),
	bind("claim", (*model.OrderShippingDetail).Claim),
	bind("exchange", (*model.OrderTransaction).Exchange),
	bind("claim", (*model.OrderTransaction).Claim),
	bind("exchange", (*model.Return).Exchange),
	bind("claim", (*model.Return).Claim),
	bind("defaultVariant", (*model.Product).DefaultVariant),
	bind("highlight", (*model.Edge[model.Product]).Highlight),
	bind("options", (*model.Product).Options),
	bind("seo", (*model.Product).Seo),
	bind("seo", (*model.Collection).Seo),
	bind("seo", (*model.ProductCategory).Seo),
	bind("selectedOptions", (*model.ProductVariant).SelectedOptions),
	bind("placesOfItems", (*model.Cart).PlacesOfItems),
	bind("placesOfItems", (*model.Order).PlacesOfItems),
	bind("placesOfShippingMethods", (*model.Order).PlacesOfShippingMethods),
	bind("storedSummary", (*model.Order).StoredSummary),
}

// A method of a type is what a field of it shows.
type method struct {
	of, result reflect.Type
	field      string
	call       func(p unsafe.Pointer) unsafe.Pointer // from an of to a result
}

func bind[T, R any](field string, call func(*T) R) method {
	return method{of: reflect.TypeFor[T](), result: reflect.TypeFor[R](), field: field, call: func(p unsafe.Pointer) unsafe.Pointer {
		result := call((*T)(p))
		return unsafe.Pointer(&result)
	}}
}

// leaf returns a writer of a scalar with a name and of Go type t, or nil for a type that it does not know.
func leaf(name string, t reflect.Type, d model.Dialect) writer {
	if (name == "CurrencyCode" || name == "CountryCode") && t.Kind() == reflect.String {
		return func(o *out, p unsafe.Pointer) bool {
			o.b = appendString(o.b, model.ShowCode(*(*string)(p), d))
			return true
		}
	}
	if w, ok := leaves[t]; ok {
		return func(o *out, p unsafe.Pointer) bool {
			o.b = w(o.b, p)
			return true
		}
	}
	if t == reflect.TypeFor[model.Amount]() {
		return func(o *out, p unsafe.Pointer) bool {
			o.b = (*model.Amount)(p).AppendJSON(o.b, d)
			return true
		}
	}
	return nil
}

// enum returns a writer of an enum, which is a type of strings in Go; nil for another type.
func enum(t reflect.Type, d model.Dialect) writer {
	if t.Kind() != reflect.String {
		return nil
	}
	return func(o *out, p unsafe.Pointer) bool {
		o.b = model.AppendEnum(o.b, *(*string)(p), d)
		return true
	}
}

var leaves = map[reflect.Type]func(b []byte, p unsafe.Pointer) []byte{
	reflect.TypeFor[string](): func(b []byte, p unsafe.Pointer) []byte { return appendString(b, *(*string)(p)) },
	reflect.TypeFor[bool]():   func(b []byte, p unsafe.Pointer) []byte { return strconv.AppendBool(b, *(*bool)(p)) },
	reflect.TypeFor[int]():    func(b []byte, p unsafe.Pointer) []byte { return strconv.AppendInt(b, int64(*(*int)(p)), 10) },
	reflect.TypeFor[model.Time](): func(b []byte, p unsafe.Pointer) []byte {
		return (*model.Time)(p).AppendJSON(b)
	},
	reflect.TypeFor[model.Measure](): func(b []byte, p unsafe.Pointer) []byte {
		return (*model.Measure)(p).AppendJSON(b)
	},
	reflect.TypeFor[model.JSON](): func(b []byte, p unsafe.Pointer) []byte {
		j := *(*model.JSON)(p)
		if len(j) == 0 {
			return append(b, "null"...)
		}
		return append(b, j...)
	},
}

const hex = "0123456789ABCDEF"

// appendString appends s quoted, escaped as gqlgen does.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '\\', '"':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	return append(append(b, s[start:]...), '"')
}
