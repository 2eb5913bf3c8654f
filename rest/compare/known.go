package compare

import (
	_ "embed"
	"encoding/json"
)

//go:embed known.json
var knownText []byte

// A Deviation is where answers may differ on purpose; see DEVIATIONS.md, which has the reasons by the ids.
type Deviation struct {
	ID    string
	Route pattern // of the request, such as GET /store/products/{id}
	Query pattern // of the request; missing: any
	Path  pattern // of the difference, its indices left out
	Kind  Kind    // of the difference; missing: any
}

// Known are the deviations that answers to reads may show. Of those that match a difference the first is the one.
var Known = func() (all []Deviation) {
	if err := json.Unmarshal(knownText, &all); err != nil {
		panic(err) // it is compiled in
	}
	return all
}()

// KnownAs returns the id of the deviation that a difference in the answer to a request is; empty if it is none.
func KnownAs(route, query string, d Difference) string {
	path := WithoutIndices(d.Path)
	for i := range Known {
		k := &Known[i]
		if (k.Kind == "" || k.Kind == d.Kind) && k.Route.MatchString(route) && k.Path.MatchString(path) && (k.Query.Regexp == nil || k.Query.MatchString(query)) {
			return k.ID
		}
	}
	return ""
}

// WithoutIndices returns a path without the indices of lists: $.products[].title.
func WithoutIndices(path string) string { return index.ReplaceAllString(path, "[]") }
