package docsearch

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/storegraph/storegraph/model"
)

// What one request may ask for.
const (
	maxSearches = 20   // of a request
	maxPage     = 100  // documents of a page
	maxFacets   = 50   // of a search
	maxRanges   = 100  // of a facet
	maxValues   = 1000 // of a facet
	fewValues   = 10   // of a facet that does not say how many
)

// A Search is a search that its index can serve.
type Search struct {
	Index  *Index
	Config string // the text search configuration

	Fields     []string // which documents are given with
	Query      string   // without spaces around; empty finds all
	Match      model.DocumentMatch
	Similar    bool     // similar words are found too
	Within     []*Field // the fields that are searched; nil for all that can be
	Filter     []Condition
	Order      []Order
	Distinct   *Field // nil if documents are not told apart
	MinScore   *float64
	Counted    bool
	Skip, Take int
	Facets     []Facet // nil if none is wanted

	in       *model.DocumentSearchInput
	exposure Exposure
	guard    *object // which documents there are for the viewer
	filter   *object // the viewer's
}

// An Order is a field by which documents are sorted; nil is the relevance.
type Order struct {
	Field      *Field
	Descending bool
}

// A Facet is what is to be counted of a field, of the documents that meet the conditions.
type Facet struct {
	Field   *Field
	Kind    model.DocumentFacetKind
	First   int
	ByValue bool   // the values are sorted by themselves
	Pattern string // that the values are like; empty for all
	Ranges  []Range
	Filter  []Condition
}

// A Range is one that a facet counts.
type Range struct {
	Key      string
	From, To *float64 // nil for none
}

// NotFound is the error of an index that does not exist, or that shoppers may not search: it does not tell which.
func NotFound(name string) error { return model.NotFound.Errorf("No search index named %q", name) }

// Inactive is the error of an index that cannot be searched yet.
func Inactive(name string) error {
	return model.NotFound.Errorf("Search index %q has no active version yet. It has to be migrated and seeded first.", name)
}

// CheckSize fails on a request of too many searches, or of none.
func CheckSize(searches []*model.DocumentSearchInput) error {
	if len(searches) == 0 || len(searches) > maxSearches {
		return model.Invalid.Errorf("give from 1 to %d searches", maxSearches)
	}
	return nil
}

// Prepare checks searches of indexes that shoppers may search, whose index find returns, for a viewer in these sales channels. Of what is wrong it
// tells what the reference tells: first what shoppers may not see, then what the indexes do not have, then what cannot be done.
func Prepare(searches []*model.DocumentSearchInput, exposed Exposed, find func(name string) (*Index, error), channels []string) ([]*Search, error) {
	out := make([]*Search, len(searches))
	for i, in := range searches {
		e, ok := exposed[in.Index]
		if !ok {
			return nil, NotFound(in.Index)
		}
		index, err := find(in.Index)
		if err != nil {
			return nil, err
		}
		out[i] = &Search{Index: index, Config: e.Config(), in: in, exposure: e}
		if err := out[i].see(channels); err != nil {
			return nil, err
		}
	}
	for _, step := range []func(s *Search) error{(*Search).check, (*Search).compile} {
		for _, s := range out {
			if err := step(s); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// see sets which fields and documents the viewer may see.
func (s *Search) see(channels []string) error {
	all := s.Index.retrievable()
	s.Fields = all
	if wanted := s.in.Fields.Value(); wanted != nil {
		var unknown []string
		for _, name := range wanted {
			if !slices.Contains(all, name) {
				unknown = append(unknown, name)
			}
		}
		if unknown != nil {
			return model.Invalid.Errorf("Search index %q can't return the fields: %s", s.Index.Name, strings.Join(unknown, ", "))
		}
		s.Fields = wanted
	}
	s.guard = &object{}
	status, inChannels := s.Index.filterable("status"), s.Index.filterable("sales_channel_ids")
	if !s.exposure.products(s.Index.Name, status && inChannels) {
		return nil
	}
	if status {
		s.guard.set("status", "published")
	}
	if inChannels {
		if len(channels) == 0 {
			return model.Invalid.Errorf("Publishable key needs to have a sales channel configured")
		}
		of := make([]any, len(channels))
		for i, c := range channels {
			of[i] = c
		}
		s.guard.set("sales_channel_ids", of)
	}
	return nil
}

// check checks that the index has what the search names.
func (s *Search) check() error {
	in := s.in
	s.filter = &object{}
	if text := in.Filter.Value(); len(text) > 0 && string(text) != "null" {
		v, err := decode(text)
		o, ok := v.(*object)
		if err != nil || !ok {
			return model.Invalid.Errorf("filter must be an object")
		}
		s.filter = o
	}
	if err := s.checkFilters(); err != nil {
		return err
	}
	for _, o := range in.Order.Value() {
		if o.Field == "_score" {
			continue
		}
		if f, err := s.lookup(o.Field, "pagination.order"); err != nil {
			return err
		} else if f == nil || !f.sortable {
			return model.Invalid.Errorf("Field %q is not sortable on search index %q", o.Field, s.Index.Name)
		}
	}
	for _, facet := range in.Facets.Value() {
		kind := strings.ToLower(string(facet.Kind))
		if f, err := s.lookup(facet.Field, "search_options.facets"); err != nil {
			return err
		} else if f == nil || !slices.Contains(f.facets, kind) {
			return model.Invalid.Errorf("Field %q does not support %q facets on search index %q", facet.Field, kind, s.Index.Name)
		}
	}
	for _, name := range in.SearchIn.Value() {
		if f, err := s.lookup(name, "search_options.attributes_to_search_on"); err != nil {
			return err
		} else if f == nil || !f.searchable {
			return model.Invalid.Errorf("Field %q is not searchable on search index %q", name, s.Index.Name)
		}
	}
	if name := in.Distinct.Value(); name != nil && *name != "" {
		if _, err := s.lookup(*name, "search_options.distinct"); err != nil {
			return err
		}
	}
	return s.checkVector()
}

func (s *Search) checkFilters() error {
	for _, filter := range []*object{s.exposure.filters, s.filter} {
		if filter == nil {
			continue
		}
		names, err := paths(filter, nil, 0)
		if err != nil {
			return err
		}
		for _, name := range names {
			if f, err := s.lookup(name, "filters"); err != nil {
				return err
			} else if f == nil || !f.filterable {
				return model.Invalid.Errorf("Field %q is not filterable on search index %q", name, s.Index.Name)
			}
		}
	}
	return nil
}

// lookup returns a field that a part of the request names; nil for an object of fields.
func (s *Search) lookup(name, usage string) (*Field, error) {
	f, ok := s.Index.has(name)
	if !ok {
		return nil, model.Invalid.Errorf("Unknown field %q used in %s on search index %q", name, usage, s.Index.Name)
	}
	return f, nil
}

// checkVector checks the field of a search by vectors, which no index has here.
func (s *Search) checkVector() error {
	v, err := decode(s.in.Vector.Value())
	o, ok := v.(*object)
	if err != nil || !ok {
		return nil
	}
	name, _ := o.member("field")
	if text, _ := name.(string); text != "" {
		f, err := s.lookup(text, "search_options.vector.field")
		if err != nil || f != nil && f.Kind == vector {
			return err
		}
		return model.Invalid.Errorf("Field %q is not a vector field on search index %q", text, s.Index.Name)
	}
	return model.Invalid.Errorf("search_options.vector requires a vector field on search index %q", s.Index.Name)
}

// compile sets what the search means, or says why it cannot be done.
func (s *Search) compile() error {
	in := s.in
	s.Query = trim(value(in.Query.Value()))
	s.Match, s.Counted, s.MinScore = in.Match, in.Counted, in.MinScore.Value()
	s.Skip, s.Take = in.Offset, in.First
	s.Similar = in.Typos && !s.exposure.exact
	for _, check := range []func() error{s.unsupported, s.bounded, s.compileText, s.compileOrder, s.compileFilter, s.compileFacets} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// unsupported fails on what the provider does not do.
func (s *Search) unsupported() error {
	in := s.in
	switch {
	case value(in.Highlight.Value()) && s.Query != "":
		return model.NotAllowed.Errorf("The postgres search provider does not support highlighting")
	case len(in.Vector.Value()) > 0:
		return model.NotAllowed.Errorf(`Vector search requires engine: "lakebase". The native engine does not support search_options.vector.`)
	case len(in.Locales.Value()) > 0:
		return model.NotAllowed.Errorf("The postgres search provider does not support query-time locales; configure `language` on the provider options instead")
	case in.Cursor.Value() != nil:
		return model.NotAllowed.Errorf("The postgres search provider does not support cursor pagination")
	}
	return nil
}

// bounded fails on a search that asks for too much.
func (s *Search) bounded() error {
	if s.Take < 0 || s.Take > maxPage || s.Skip < 0 {
		return model.Invalid.Errorf("first must be from 0 to %d, and offset at least 0", maxPage)
	}
	if n := len(s.in.Facets.Value()); n > maxFacets {
		return model.Invalid.Errorf("facets must not have more than %d elements", maxFacets)
	}
	return model.CheckSearch("q", s.Query)
}

func (s *Search) compileText() error {
	name := s.exposure.distinct
	if d := s.in.Distinct.Value(); d != nil {
		name = *d
	}
	if name != "" {
		s.Distinct = s.Index.byPath[name]
		if s.Distinct == nil {
			return model.Invalid.Errorf("Cannot deduplicate search index %q by unknown field %q", s.Index.Name, name)
		}
		if s.Distinct.Array || s.Distinct.Kind == vector {
			return model.NotAllowed.Errorf("The postgres search provider cannot deduplicate by %q", name)
		}
	}
	if s.Query != "" && len(s.Index.searchable) == 0 {
		return model.Invalid.Errorf("Search index %q has no searchable fields, so it cannot be queried by text", s.Index.Name)
	}
	names, all := s.in.SearchIn.Value(), s.Index.searchable
	if names == nil || len(names) == len(all) && !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(all, n) }) {
		return nil
	}
	s.Within = []*Field{}
	for _, name := range names {
		s.Within = append(s.Within, s.Index.byPath[name])
	}
	return nil
}

func (s *Search) compileOrder() error {
	for _, o := range s.in.Order.Value() {
		order := Order{Descending: o.Direction == model.SortDirectionDesc}
		if o.Field != "_score" {
			order.Field = s.Index.byPath[o.Field]
			if order.Field.Array || order.Field.Kind == vector {
				return model.NotAllowed.Errorf("The postgres search provider cannot sort by %q", o.Field)
			}
		}
		s.Order = append(s.Order, order)
	}
	return nil
}

func (s *Search) compileFilter() (err error) {
	s.Filter, err = s.conditions(s.filter)
	return err
}

// conditions are those of the documents that are there for the viewer, and of a filter.
func (s *Search) conditions(filter *object) ([]Condition, error) {
	var out []Condition
	own, left := math.MaxInt, model.MaxConditions
	for _, f := range []*object{s.guard, s.exposure.filters} {
		if f == nil {
			continue
		}
		c, err := s.Index.compile(f, &own)
		if err != nil {
			return nil, err
		}
		out = append(out, c...)
	}
	c, err := s.Index.compile(filter, &left)
	return append(out, c...), err
}

func (s *Search) compileFacets() error {
	for _, in := range s.in.Facets.Value() {
		f, err := s.facet(in)
		if err != nil {
			return err
		}
		f.Filter = s.Filter
		if s.in.DisjunctiveFacets {
			if less, had := without(s.filter, in.Field); had {
				if f.Filter, err = s.conditions(less); err != nil {
					return err
				}
			}
		}
		s.Facets = append(s.Facets, f)
	}
	return nil
}

func (s *Search) facet(in *model.DocumentFacetInput) (Facet, error) {
	f := Facet{Field: s.Index.byPath[in.Field], Kind: in.Kind, First: fewValues, ByValue: in.Sort == model.DocumentFacetSortValue}
	if in.Kind != model.DocumentFacetKindValue && (f.Field.Kind != Number || f.Field.Array) {
		return f, model.NotAllowed.Errorf("%s facets require a numeric field of one value (%q)", kindNames[in.Kind], in.Field)
	}
	if first := in.First.Value(); first != nil {
		f.First = *first
	}
	if f.First < 1 || f.First > maxValues {
		return f, model.Invalid.Errorf("a facet has from 1 to %d values", maxValues)
	}
	if prefix := value(in.Prefix.Value()); prefix != "" {
		f.Pattern = prefix + "%"
		if err := checkPattern(f.Pattern); err != nil {
			return f, err
		}
	}
	ranges := in.Ranges.Value()
	if len(ranges) > maxRanges {
		return f, model.Invalid.Errorf("a facet must not have more than %d ranges", maxRanges)
	}
	for _, r := range ranges {
		key := bound(r.From.Value()) + "-" + bound(r.To.Value())
		if k := r.Key.Value(); k != nil {
			key = *k
		}
		f.Ranges = append(f.Ranges, Range{key, r.From.Value(), r.To.Value()})
	}
	return f, nil
}

var kindNames = map[model.DocumentFacetKind]string{model.DocumentFacetKindRange: "Range", model.DocumentFacetKindStats: "Stats"}

func bound(n *float64) string {
	if n == nil {
		return "*"
	}
	return FormatNumber(*n)
}

// trim returns a text without what JavaScript takes for spaces around it.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) && r != '\u0085' || r == '\ufeff' })
}

// value is the value of an optional argument, or its zero value.
func value[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}
