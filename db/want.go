package db

import "maps"

// Want is what a caller wants of a thing: the names of its fields as the GraphQL schema spells them, each
// with what is wanted below it. Nil wants nothing.
type Want map[string]Want

// Has reports whether any of the fields is wanted.
func (w Want) Has(fields ...string) bool {
	for _, f := range fields {
		if _, ok := w[f]; ok {
			return true
		}
	}
	return false
}

// Add merges everything wanted below field into w. It changes no Want but w itself.
func (w Want) Add(field string, below Want) {
	w[field] = w[field].with(below)
}

// onlyID reports whether nothing but the id is wanted, which needs no look at the thing.
func (w Want) onlyID() bool {
	for f := range w {
		if f != "id" && f != "__typename" {
			return false
		}
	}
	return true
}

// with returns what w or other wants.
func (w Want) with(other Want) Want {
	switch {
	case len(w) == 0:
		return other
	case len(other) == 0:
		return w
	}
	out := maps.Clone(w)
	for f, b := range other {
		out.Add(f, b)
	}
	return out
}
