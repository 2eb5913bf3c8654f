package plan

import (
	"reflect"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxFields is how many fields gqlgen's executor may have to write of one root field. It runs a goroutine for each element of a list.
const maxFields = 300_000

// A scale counts the fields that the executor would write of a loaded tree. Things that the tree refers to more than once are looked at
// once and counted each time, so that it takes little time for a tree however much there would be to write.
type scale struct {
	builder builder
	known   map[weighed]int
	below   map[*ast.Field][]graphql.CollectedField
}

type weighed struct {
	at    unsafe.Pointer
	field *ast.Field
}

func newScale(op *graphql.OperationContext) *scale {
	return &scale{builder: builder{op: op}, known: map[weighed]int{}, below: map[*ast.Field][]graphql.CollectedField{}}
}

// weigh returns how many fields are selected of a value, at most a little more than maxFields.
func (s *scale) weigh(field graphql.CollectedField, v reflect.Value) int {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return 1
		}
		key := weighed{v.UnsafePointer(), field.Field}
		n, ok := s.known[key]
		if !ok {
			s.known[key] = 1 // should it lead back to itself with the same selection, which none does
			n = s.weigh(field, v.Elem())
			s.known[key] = n
		}
		return n
	case reflect.Slice:
		n := 1
		for i := 0; i < v.Len() && n <= maxFields; i++ {
			n += s.weigh(field, v.Index(i))
		}
		return n
	case reflect.Map: // the results of a call
		n := 1
		for each := v.MapRange(); each.Next() && n <= maxFields; {
			n += s.weigh(field, each.Value())
		}
		return n
	case reflect.Struct:
		return s.object(field, v)
	default:
		return 1
	}
}

func (s *scale) object(field graphql.CollectedField, v reflect.Value) int {
	below, ok := s.below[field.Field]
	if !ok {
		below = s.builder.collect(field)
		s.below[field.Field] = below
	}
	n := 0
	for _, f := range below {
		n++
		if len(f.Selections) == 0 || n > maxFields || !v.CanAddr() {
			continue
		}
		if member, ok := structField(v.Type(), f.Name); ok {
			n += s.weigh(f, reflect.NewAt(member.Type, unsafe.Add(v.Addr().UnsafePointer(), member.Offset)).Elem())
		}
	}
	return n
}
