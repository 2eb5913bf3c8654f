package field

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Field is the name of a field. Fields of the same name in different types are one Field.
type Field uint16

// String returns the name as the schema spells it.
func (f Field) String() string { return names[f] }

// numbers has the fields by their names.
var numbers = func() map[string]Field {
	out := make(map[string]Field, len(names))
	for f, name := range names {
		out[name] = Field(f)
	}
	return out
}()

// Named returns the field with this name, as the schema spells it, and whether there is one.
func Named(name string) (Field, bool) {
	f, ok := numbers[name]
	return f, ok
}

// A Set is what is wanted of an object: fields, each with what is wanted of the object below it. Nil wants nothing.
type Set map[Field]Set

// Has reports whether any of the fields is wanted.
func (s Set) Has(fields ...Field) bool {
	for _, f := range fields {
		if _, ok := s[f]; ok {
			return true
		}
	}
	return false
}

// Add adds a field to s, with what is wanted below it. It changes no Set but s, which must not be nil.
func (s Set) Add(f Field, below Set) { s[f] = s[f].With(below) }

// OnlyID reports whether nothing but the id is wanted, so that the object need not be loaded.
func (s Set) OnlyID() bool {
	for f := range s {
		if f != ID && f != Typename {
			return false
		}
	}
	return true
}

// With returns the union of s and other. It changes neither, but may return one of them.
func (s Set) With(other Set) Set {
	switch {
	case len(s) == 0:
		return other
	case len(other) == 0:
		return s
	}
	out := maps.Clone(s)
	for f, below := range other {
		out.Add(f, below)
	}
	return out
}

// Nodes returns what is wanted of the nodes of a connection, by nodes or by edges.
func (s Set) Nodes() Set { return s[Nodes].With(s[Edges][Node]) }

// Text returns a text that is the same for equal Sets, and another for others. ctx must be that of the reads, whose calls are told.
func (s Set) Text(ctx context.Context) string {
	all, _ := ctx.Value(callsKey{}).([]Call)
	var b strings.Builder
	s.write(&b, all)
	return b.String()
}

func (s Set) write(b *strings.Builder, calls []Call) {
	for _, f := range slices.Sorted(maps.Keys(s)) {
		if f >= firstCall {
			c := calls[f-firstCall]
			fmt.Fprintf(b, "%d%q{", c.Field, c.Key)
		} else {
			fmt.Fprintf(b, "%d{", f)
		}
		s[f].write(b, calls)
		b.WriteByte('}')
	}
}
