package plan

import (
	"reflect"
	"strconv"
	"strings"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"storegraph/model"
	"storegraph/model/field"
)

// A writer appends the JSON of the value at p to b. It reports false where a value that must not be null
// is: then gqlgen's executor has to say so.
//
// Writers read struct fields by their offset. A writer is only ever given a pointer to the Go type that it was
// compiled for, which Fast checks once at the root.
type writer func(b []byte, p unsafe.Pointer) ([]byte, bool)

// A builder compiles one selection of one operation.
type builder struct {
	op          *graphql.OperationContext
	schema      *ast.Schema
	dialect     model.Dialect
	conditional bool // the selection depends on variables through @skip or @include
}

// want returns the tree of the fields that are selected below a field.
func (b *builder) want(of graphql.CollectedField) field.Set {
	w := field.Set{}
	for _, f := range b.collect(of) {
		if known, ok := field.Named(f.Name); ok {
			w.Add(known, b.want(f))
		}
	}
	return w
}

func (b *builder) collect(field graphql.CollectedField) []graphql.CollectedField {
	b.conditional = b.conditional || conditional(field.Selections)
	return graphql.CollectFields(b.op, field.Selections, nil)
}

// conditional reports whether one of the selections carries a directive, in fragments too.
func conditional(set ast.SelectionSet) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if len(s.Directives) > 0 {
				return true
			}
		case *ast.InlineFragment:
			if len(s.Directives) > 0 || conditional(s.SelectionSet) {
				return true
			}
		case *ast.FragmentSpread:
			if len(s.Directives) > 0 || conditional(s.Definition.SelectionSet) {
				return true
			}
		}
	}
	return false
}

// compile returns a writer of the values of field, whose Go type is t, or nil.
func (b *builder) compile(field graphql.CollectedField, t reflect.Type) writer {
	return b.value(field, field.Definition.Type, t)
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
		return func(b []byte, p unsafe.Pointer) ([]byte, bool) {
			q := *(*unsafe.Pointer)(p)
			if q == nil {
				return append(b, "null"...), !nonNull
			}
			return elem(b, q)
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
	return func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		s := (*sliceHeader)(p)
		if s.data == nil && !nonNull {
			return append(b, "null"...), true
		}
		b = append(b, '[')
		for i := range s.len {
			if i > 0 {
				b = append(b, ',')
			}
			if len(b) > maxAnswer {
				panic(tooLong{})
			}
			var ok bool
			if b, ok = elem(b, unsafe.Add(s.data, uintptr(i)*size)); !ok {
				return b, false
			}
		}
		return append(b, ']'), true
	}
}

// maxAnswer is how many bytes the answer of a root field may have. Things that are loaded once may be written any number of times,
// where a selection goes there and back between them.
const maxAnswer = 32 << 20

// tooLong ends the writing of an answer from within: write recovers from it.
type tooLong struct{}

// write writes the value at p into a new text. It fails if that would be too long, and reports false where w does.
func write(w writer, p unsafe.Pointer) (out []byte, ok bool, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case tooLong:
			err = model.ErrTooExpensive
		default:
			panic(v)
		}
	}()
	out, ok = w(make([]byte, 0, 4096), p)
	return out, ok, nil
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
		return b.object(field, def, t)
	case ast.Scalar, ast.Enum:
		return leaf(t, b.dialect)
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
}

func (b *builder) object(field graphql.CollectedField, def *ast.Definition, t reflect.Type) writer {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var steps []step
	for _, f := range b.collect(field) {
		s := step{key: append(appendString(nil, f.Alias), ':')}
		if f.Name == "__typename" {
			name := appendString(nil, def.Name)
			s.write = func(b []byte, _ unsafe.Pointer) ([]byte, bool) { return append(b, name...), true }
			steps = append(steps, s)
			continue
		}
		member, ok := structField(t, f.Name)
		if len(f.Definition.Arguments) > 0 || f.Definition.Directives.ForName("goField") != nil {
			return nil
		}
		if !ok {
			if s.write = method(t, f.Name); s.write == nil {
				return nil
			}
			steps = append(steps, s)
			continue
		}
		s.off = member.Offset
		s.write = b.value(f, f.Definition.Type, member.Type)
		if s.write == nil {
			return nil
		}
		s.omit = b.dialect == model.REST && (member.Type.Kind() == reflect.Pointer || member.Type.Kind() == reflect.Slice) &&
			f.Definition.Directives.ForName("omitNull") != nil
		steps = append(steps, s)
	}
	return func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		b = append(b, '{')
		first := true
		for i := range steps {
			s := &steps[i]
			at := unsafe.Add(p, s.off)
			if s.omit && *(*unsafe.Pointer)(at) == nil {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			var ok bool
			if b, ok = s.write(append(b, s.key...), at); !ok {
				return b, false
			}
		}
		return append(b, '}'), true
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

// method returns a writer of what a method of *t without arguments, which gqlgen binds by its name, returns as JSON; nil if
// there is none.
func method(t reflect.Type, name string) writer {
	ptr := reflect.PointerTo(t)
	for i := range ptr.NumMethod() {
		m := ptr.Method(i)
		if strings.EqualFold(m.Name, name) && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 && m.Type.Out(0) == reflect.TypeFor[model.JSON]() {
			return func(b []byte, p unsafe.Pointer) ([]byte, bool) {
				return append(b, reflect.NewAt(t, p).Method(i).Call(nil)[0].Bytes()...), true
			}
		}
	}
	return nil
}

// leaf returns a writer of a scalar or enum of Go type t, or nil for a type that it does not know.
func leaf(t reflect.Type, d model.Dialect) writer {
	if w, ok := leaves[t]; ok {
		return w
	}
	switch t {
	case reflect.TypeFor[model.Amount]():
		return func(b []byte, p unsafe.Pointer) ([]byte, bool) { return (*model.Amount)(p).AppendJSON(b, d), true }
	case reflect.TypeFor[model.ProductStatus]():
		return enum[model.ProductStatus](d)
	case reflect.TypeFor[model.PriceListType]():
		return enum[model.PriceListType](d)
	case reflect.TypeFor[model.ShippingPriceType]():
		return enum[model.ShippingPriceType](d)
	case reflect.TypeFor[model.OrderStatus]():
		return enum[model.OrderStatus](d)
	case reflect.TypeFor[model.OrderPaymentStatus]():
		return enum[model.OrderPaymentStatus](d)
	case reflect.TypeFor[model.OrderFulfillmentStatus]():
		return enum[model.OrderFulfillmentStatus](d)
	case reflect.TypeFor[model.ReturnStatus]():
		return enum[model.ReturnStatus](d)
	}
	return nil
}

func enum[E model.Enum](d model.Dialect) writer {
	return func(b []byte, p unsafe.Pointer) ([]byte, bool) { return model.AppendEnum(b, *(*E)(p), d), true }
}

var leaves = map[reflect.Type]writer{
	reflect.TypeFor[string](): func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		return appendString(b, *(*string)(p)), true
	},
	reflect.TypeFor[bool](): func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		return strconv.AppendBool(b, *(*bool)(p)), true
	},
	reflect.TypeFor[int](): func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		return strconv.AppendInt(b, int64(*(*int)(p)), 10), true
	},
	reflect.TypeFor[model.Time](): func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		return (*model.Time)(p).AppendJSON(b), true
	},
	reflect.TypeFor[model.Measure](): func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		return (*model.Measure)(p).AppendJSON(b), true
	},
	reflect.TypeFor[model.JSON](): func(b []byte, p unsafe.Pointer) ([]byte, bool) {
		j := *(*model.JSON)(p)
		if len(j) == 0 {
			return append(b, "null"...), true
		}
		return append(b, j...), true
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
