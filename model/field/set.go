package field

import "maps"

// A Field is a field's name. Things of different types that have a field of one name share it.
type Field uint16

// String returns the name as the schema spells it.
func (f Field) String() string { return names[f] }

// numbers are the fields by their names.
var numbers = func() map[string]Field {
	out := make(map[string]Field, len(names))
	for f, name := range names {
		out[name] = Field(f)
	}
	return out
}()

// Named returns the field with a name as the schema spells it, and whether there is one.
func Named(name string) (Field, bool) {
	f, ok := numbers[name]
	return f, ok
}

// A Set is what is wanted of a thing: its fields, each with what is wanted below it. Nil wants nothing.
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

// Add merges everything wanted below a field into s. It changes no Set but s itself.
func (s Set) Add(f Field, below Set) { s[f] = s[f].With(below) }

// OnlyID reports whether nothing but the id is wanted, which needs no look at the thing.
func (s Set) OnlyID() bool {
	for f := range s {
		if f != ID && f != Typename {
			return false
		}
	}
	return true
}

// With returns what s or other wants. It changes neither.
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

// Nodes returns what is wanted of the nodes of a connection.
func (s Set) Nodes() Set { return s[Nodes].With(s[Edges][Node]) }
