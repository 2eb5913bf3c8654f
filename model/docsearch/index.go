package docsearch

import (
	"encoding/json"
	"slices"
	"strings"
)

// An Index is what an index holds.
type Index struct {
	Name string

	fields     []*Field // its leaves, in the order in which they were defined
	byPath     map[string]*Field
	searchable []string
}

// A Kind is how the values of a field are compared.
type Kind string

// The kinds of fields. Whatever else there is cannot be compared.
const (
	Text    Kind = "text"
	Keyword Kind = "keyword"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	vector  Kind = "vector"
)

// A Field is a leaf of an index.
type Field struct {
	Name  string   // its path, with dots
	Path  []string // the same in parts
	Kind  Kind
	Array bool // a document has any number of values

	filterable, sortable, searchable, retrievable bool

	facets []string // the kinds of facets that it has, in the reference's words
	weight float64
}

// Weight is the label that Postgres ranks the field's words by.
func (f *Field) Weight() string {
	switch {
	case f.weight >= 3:
		return "A"
	case f.weight >= 2:
		return "B"
	case f.weight > 1:
		return "C"
	default:
		return "D"
	}
}

// plan is what the provider keeps of an index.
type plan struct {
	Searchable []string `json:"searchable"`
	Fields     []struct {
		Path  string `json:"path"`
		Kind  Kind   `json:"kind"`
		Array bool   `json:"is_array"`
		Field struct {
			Type        string          `json:"type"`
			Searchable  json.RawMessage `json:"searchable"`
			Filterable  bool            `json:"filterable"`
			Sortable    bool            `json:"sortable"`
			Facetable   json.RawMessage `json:"facetable"`
			Retrievable *bool           `json:"retrievable"`
		} `json:"field"`
	} `json:"fields"`
}

// ReadPlan returns the index of a name whose provider keeps this plan of it.
func ReadPlan(name string, text []byte) (*Index, error) {
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, err
	}
	x := &Index{Name: name, byPath: map[string]*Field{}, searchable: p.Searchable}
	for _, of := range p.Fields {
		f := &Field{
			Name: of.Path, Path: strings.Split(of.Path, "."), Kind: of.Kind, Array: of.Array, weight: 1,
			filterable: of.Field.Filterable, sortable: of.Field.Sortable, searchable: said(of.Field.Searchable),
			retrievable: of.Kind != vector, facets: facetsOf(of.Field.Type, of.Field.Facetable),
		}
		if r := of.Field.Retrievable; r != nil {
			f.retrievable = *r
		}
		var options struct{ Weight *float64 }
		if json.Unmarshal(of.Field.Searchable, &options) == nil && options.Weight != nil {
			f.weight = *options.Weight
		}
		x.fields, x.byPath[f.Name] = append(x.fields, f), f
	}
	return x, nil
}

// said reports whether an option that is true or an object of further options is given.
func said(option json.RawMessage) bool {
	return string(option) == "true" || strings.HasPrefix(string(option), "{")
}

// facetsOf are the kinds of facets of a field: those that its definition names, or the usual ones of its type.
func facetsOf(of string, option json.RawMessage) []string {
	if !said(option) {
		return nil
	}
	var options struct{ Types []string }
	if json.Unmarshal(option, &options) == nil && options.Types != nil {
		return options.Types
	}
	if slices.Contains([]string{"integer", "float", "date"}, of) {
		return []string{"range"}
	}
	return []string{"value"}
}

// retrievable are the paths of the fields that a document may be given with.
func (x *Index) retrievable() []string {
	out := []string{}
	for _, f := range x.fields {
		if f.retrievable {
			out = append(out, f.Name)
		}
	}
	return out
}

// has reports whether the index has a field, or an object of fields, at a path. The field of an object is nil.
func (x *Index) has(path string) (*Field, bool) {
	if f := x.byPath[path]; f != nil {
		return f, true
	}
	return nil, slices.ContainsFunc(x.fields, func(f *Field) bool { return strings.HasPrefix(f.Name, path+".") })
}

// filterable reports whether documents can be filtered by a field.
func (x *Index) filterable(name string) bool {
	f := x.byPath[name]
	return f != nil && f.filterable
}
