package db

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

// Add merges everything wanted below field into w.
func (w Want) Add(field string, below Want) {
	at, ok := w[field]
	if !ok || at == nil {
		w[field] = below
		return
	}
	for f, b := range below {
		at.Add(f, b)
	}
}
