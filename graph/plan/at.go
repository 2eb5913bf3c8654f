package plan

import (
	"context"
	"reflect"
	"strings"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/model"
)

// pathOf returns the keys of the @at directive of a selected field; nil if it has none.
func pathOf(f graphql.CollectedField) []string {
	d := f.Directives.ForName("at")
	if d == nil {
		return nil
	}
	return strings.Split(d.Arguments.ForName("path").Value.Raw, ".")
}

// at returns a writer of what is at a path of keys below a value of field, whose types are gql and t; nil if it cannot be compiled.
// The path may be empty. Where something on the way is null, null is written.
func (b *builder) at(field graphql.CollectedField, path []string, gql *ast.Type, t reflect.Type) writer {
	if len(path) == 0 {
		return b.value(field, gql, t)
	}
	if t.Kind() == reflect.Pointer {
		below := b.at(field, path, gql, t.Elem())
		if below == nil {
			return nil
		}
		return func(o *out, p unsafe.Pointer) bool {
			q := *(*unsafe.Pointer)(p)
			if q == nil {
				return o.null(true)
			}
			return below(o, q)
		}
	}
	if gql.Elem != nil || t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range b.collect(field) {
		if f.Alias != path[0] {
			continue
		}
		if t == reflect.TypeFor[model.Amount]() {
			return b.ofMoney(f)
		}
		member, ok := structField(t, f.Name)
		if !ok || len(f.Definition.Arguments) > 0 || f.Definition.Directives.ForName("goField") != nil {
			return nil
		}
		below := b.at(f, path[1:], f.Definition.Type, member.Type)
		if below == nil {
			return nil
		}
		return inCurrency(t, func(o *out, p unsafe.Pointer) bool { return below(o, unsafe.Add(p, member.Offset)) })
	}
	return nil
}

// inCurrency returns w with the currency of the struct t, if it has one, for all money in it.
func inCurrency(t reflect.Type, w writer) writer {
	f, ok := structField(t, "currencyCode")
	if !ok {
		return w
	}
	optional := f.Type.Kind() == reflect.Pointer
	return func(o *out, p unsafe.Pointer) bool {
		outer := o.currency
		at := unsafe.Add(p, f.Offset)
		if optional {
			at = *(*unsafe.Pointer)(at)
		}
		if at != nil {
			o.currency = *(*string)(at)
		}
		ok := w(o, p)
		o.currency = outer
		return ok
	}
}

// money returns a writer of an amount as an object of type Money.
func (b *builder) money(field graphql.CollectedField) writer {
	type member struct {
		key   []byte
		write writer
	}
	var members []member
	for i, f := range b.collect(field) {
		w := b.ofMoney(f)
		if w == nil {
			return nil
		}
		key := []byte{'{'}
		if i > 0 {
			key[0] = ','
		}
		members = append(members, member{append(appendString(key, f.Alias), ':'), w})
	}
	return func(o *out, p unsafe.Pointer) bool {
		for _, m := range members {
			o.b = append(o.b, m.key...)
			if !m.write(o, p) {
				return false
			}
		}
		o.b = append(o.b, '}')
		return true
	}
}

// ofMoney returns a writer of a field of Money.
func (b *builder) ofMoney(f graphql.CollectedField) writer {
	d := b.dialect
	switch f.Name {
	case "__typename":
		return typename("Money")
	case "amount":
		return func(o *out, p unsafe.Pointer) bool {
			o.b = (*model.Amount)(p).In(o.currency).AppendJSON(o.b, model.GraphQL)
			return true
		}
	case "currencyCode":
		return func(o *out, _ unsafe.Pointer) bool {
			o.b = appendString(o.b, model.ShowCode(o.currency, d))
			return true
		}
	case "number":
		return func(o *out, p unsafe.Pointer) bool {
			o.b = (*model.Amount)(p).AppendJSON(o.b, d)
			return true
		}
	case "raw":
		return func(o *out, p unsafe.Pointer) bool {
			o.b = append(o.b, (*model.Amount)(p).Raw()...)
			return true
		}
	}
	return nil
}

// Currency returns the currency of the money that gqlgen's executor is writing: that of the innermost object around it which has one.
func Currency(ctx context.Context) string {
	for c := graphql.GetFieldContext(ctx); c != nil; c = c.Parent {
		v := reflect.ValueOf(c.Result)
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || !v.CanAddr() {
			continue
		}
		f, ok := structField(v.Type(), "currencyCode")
		if !ok {
			continue
		}
		code := reflect.NewAt(f.Type, unsafe.Add(v.Addr().UnsafePointer(), f.Offset)).Elem()
		if code.Kind() == reflect.Pointer {
			if code.IsNil() {
				continue
			}
			code = code.Elem()
		}
		return code.String()
	}
	return ""
}
