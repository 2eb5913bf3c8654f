package plan

import (
	"context"
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// A call is a selected field below the root that takes arguments. Reads find its arguments as a field.Call; what they read for it is in
// the model.Results of the struct that the field is one of.
type call struct{ field *ast.Field }

// called reports whether a selected field below the root takes arguments.
func called(f graphql.CollectedField) bool {
	return f.Definition != nil && len(f.Definition.Arguments) > 0 && f.Name != "__type"
}

// call returns the index of the call of a field.
func (b *builder) call(f graphql.CollectedField) int {
	for i, c := range b.calls {
		if c.field == f.Field {
			return i
		}
	}
	b.calls = append(b.calls, call{f.Field})
	return len(b.calls) - 1
}

// An ArgumentReader returns the arguments of a field of an object as the types of package model. ok is false if it knows no such field.
type ArgumentReader func(ctx context.Context, object, field string, raw map[string]any) (args map[string]any, ok bool, err error)

// evaluate returns calls with the values that an operation gives their arguments.
func evaluate(ctx context.Context, calls []call, read ArgumentReader) ([]field.Call, error) {
	if len(calls) == 0 {
		return nil, nil
	}
	if len(calls) > field.MostCalls {
		return nil, model.ErrTooExpensive
	}
	out := make([]field.Call, len(calls))
	for i, c := range calls {
		raw := c.field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
		args, ok, err := read(ctx, c.field.ObjectDefinition.Name, c.field.Name, raw)
		if err != nil {
			return nil, model.Invalid.Errorf("%s: %v", c.field.Name, err)
		}
		if of, known := field.Named(c.field.Name); ok && known {
			out[i] = field.Call{Field: of, Key: keyOf(raw), Args: args}
		}
	}
	return out, nil
}

// keyOf returns the key of calls with these arguments.
func keyOf(raw map[string]any) string {
	key, err := json.Marshal(raw)
	if err != nil {
		panic(err) // they were read from JSON, or are literals of a document
	}
	return string(key)
}

// Result returns the value of the field being resolved, which takes arguments; nil if there is none.
func Result[T any](ctx context.Context, of model.Results[T]) *T {
	return of[keyOf(graphql.GetFieldContext(ctx).Field.ArgumentMap(graphql.GetOperationContext(ctx).Variables))]
}

// result returns where the results of a call are in a struct t, and a writer of the call's own; the writer is nil if it cannot be compiled.
func (b *builder) result(f graphql.CollectedField, t reflect.Type) (uintptr, writer) {
	member, ok := structField(t, f.Name)
	if !ok || member.Type.Kind() != reflect.Map {
		return 0, nil
	}
	below := b.at(f, pathOf(f), f.Definition.Type, member.Type.Elem().Elem())
	if below == nil {
		return 0, nil
	}
	index, nullable := b.call(f), !f.Definition.Type.NonNull
	return member.Offset, func(o *out, p unsafe.Pointer) bool {
		v := reflect.NewAt(member.Type, p).Elem().MapIndex(reflect.ValueOf(o.calls[index].Key))
		if !v.IsValid() || v.IsNil() {
			return o.null(nullable)
		}
		return below(o, v.UnsafePointer())
	}
}
