package plan

import (
	"bytes"
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

type fellBackKey struct{}

// Watch returns a context in which Omit knows whether gqlgen's executor wrote anything.
func Watch(ctx context.Context) context.Context {
	return context.WithValue(ctx, fellBackKey{}, new(bool))
}

func fellBack(ctx context.Context) *bool {
	b, _ := ctx.Value(fellBackKey{}).(*bool)
	return b
}

// Omit leaves the keys of @omitNull fields that are null out of an operation's data, and puts what is at the path of an @at in its
// place, which a plan does by itself and gqlgen's executor cannot. The data must be as the executor wrote it.
func Omit(ctx context.Context, op *graphql.OperationContext, data []byte) []byte {
	if b := fellBack(ctx); b == nil || !*b {
		return data
	}
	o := omitter{op: op, in: data, out: make([]byte, 0, len(data))}
	o.value(op.Operation.SelectionSet)
	return o.out
}

type omitter struct {
	op      *graphql.OperationContext
	in, out []byte
	at      int
}

// value copies the value at the reader; set is what is selected of it.
func (o *omitter) value(set ast.SelectionSet) {
	switch o.in[o.at] {
	case '{':
		o.object(set)
	case '[':
		o.copy(1)
		for o.in[o.at] != ']' {
			if o.in[o.at] == ',' {
				o.copy(1)
			}
			o.value(set)
		}
		o.copy(1)
	default:
		o.copy(o.leaf())
	}
}

func (o *omitter) object(set ast.SelectionSet) {
	if len(set) == 0 { // free-form JSON
		o.copy(o.leaf())
		return
	}
	fields := graphql.CollectFields(o.op, set, nil)
	o.copy(1)
	first := true
	for o.in[o.at] != '}' {
		if o.in[o.at] == ',' {
			o.at++
		}
		start := o.at
		field := o.key(fields)
		before := len(o.out)
		if !first {
			o.out = append(o.out, ',')
		}
		o.out = append(o.out, o.in[start:o.at]...)
		if o.member(field) {
			first = false
		} else {
			o.out = o.out[:before]
		}
	}
	o.copy(1)
}

// key moves the reader behind a key and its colon, and returns the field that it is of.
func (o *omitter) key(fields []graphql.CollectedField) graphql.CollectedField {
	start := o.at + 1
	end := start + bytes.IndexByte(o.in[start:], '"')
	name := string(o.in[start:end])
	o.at = end + 2 // the quote and the colon
	for _, f := range fields {
		if f.Alias == name {
			return f
		}
	}
	return graphql.CollectedField{Field: &ast.Field{}}
}

// member copies the value of a field at the reader, or what is at its path, and reports false for one that has to be left out.
func (o *omitter) member(field graphql.CollectedField) bool {
	omits := field.Definition != nil && field.Definition.Directives.ForName("omitNull") != nil
	path := pathOf(field)
	if path == nil {
		if omits && o.null() {
			o.at += len("null")
			return false
		}
		o.value(field.Selections)
		return true
	}
	start := len(o.out)
	o.unwrap(field.Selections, path)
	return !omits || string(o.out[start:]) != "null"
}

// unwrap copies what is at a path of keys below the value at the reader, and moves the reader behind that value.
func (o *omitter) unwrap(set ast.SelectionSet, path []string) {
	if len(path) == 0 {
		o.value(set)
		return
	}
	if o.in[o.at] != '{' {
		o.copy(o.leaf()) // null
		return
	}
	fields := graphql.CollectFields(o.op, set, nil)
	o.at++
	for o.in[o.at] != '}' {
		if o.in[o.at] == ',' {
			o.at++
		}
		if field := o.key(fields); field.Alias == path[0] {
			o.unwrap(field.Selections, path[1:])
		} else {
			o.at += o.leaf()
		}
	}
	o.at++
}

// null reports whether the value at the reader is null. A JSON value that is null itself, not missing, is written with a
// space behind it.
func (o *omitter) null() bool {
	rest, ok := bytes.CutPrefix(o.in[o.at:], []byte("null"))
	return ok && (rest[0] == ',' || rest[0] == '}')
}

func (o *omitter) copy(n int) {
	o.out = append(o.out, o.in[o.at:o.at+n]...)
	o.at += n
}

// leaf returns the length of the value at the reader, whatever it is.
func (o *omitter) leaf() int {
	depth, quoted := 0, false
	for i := o.at; i < len(o.in); i++ {
		switch c := o.in[i]; {
		case quoted:
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
				if depth == 0 {
					return i + 1 - o.at
				}
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i - o.at
			}
			depth--
			if depth == 0 {
				return i + 1 - o.at
			}
		case c == ',' && depth == 0:
			return i - o.at
		}
	}
	return len(o.in) - o.at
}
