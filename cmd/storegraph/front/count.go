package front

import (
	"cmp"
	"slices"
	"sync"
)

// A Count is how often Medusa has answered what is alike.
type Count struct {
	Kind  string // path, named, fields …
	Route string // empty for paths that are of no route
	Name  string // of the field, the parameter …; empty if there is none
	N     int64
}

// maxCounts bounds how much is counted apart: clients choose the names.
const maxCounts = 1000

type counts struct {
	mu sync.Mutex
	n  map[Count]*int64 // by counts without their N
}

// add counts a request, and returns what is counted for the first time.
func (c *counts) add(kind, route string, names []string) (first []Count) {
	if len(names) == 0 {
		names = []string{""}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[Count]*int64{}
	}
	for _, name := range names {
		key := Count{Kind: kind, Route: route, Name: shortened(name)}
		if c.n[key] == nil && len(c.n) >= maxCounts {
			key = Count{Kind: kind, Route: "others"}
		}
		if c.n[key] == nil {
			c.n[key] = new(int64)
			first = append(first, key)
		}
		*c.n[key]++
	}
	return first
}

// shortened bounds a name that a client has chosen.
func shortened(name string) string {
	const most = 100
	if len(name) > most {
		return name[:most] + "…"
	}
	return name
}

// Counts returns how often Medusa has answered since the start, by kind, route and name, what is most frequent first.
func (f *Front) Counts() []Count {
	c := &f.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Count, 0, len(c.n))
	for key, n := range c.n {
		key.N = *n
		out = append(out, key)
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Name, b.Name))
	})
	return out
}
