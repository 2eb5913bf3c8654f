package catalogue

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"storegraph/model"
)

// A Count is how many products of a list belong to a thing.
type Count struct {
	Label

	Products int
}

// An OptionCount has the counts of an option's values, in their places.
type OptionCount struct {
	Label // the id is that of one of the options with this name

	Values []Count
}

// Count returns how many of some products belong to each thing of a kind that is not deleted, the most first; categories count with what
// is below them, if they are shown.
func (s *Snapshot) Count(of Set, o Owner) []Count {
	var out []Count
	add := func(l Label, set Set) {
		if n := int(of.AndCardinality(set)); n > 0 {
			out = append(out, Count{l, n})
		}
	}
	if o == Categories {
		for i := range s.tree {
			if c := &s.tree[i]; c.Shown {
				add(c.Label, c.below)
			}
		}
	} else {
		for _, l := range s.labels[kind(o)] {
			add(l.Label, s.set(l.set))
		}
	}
	slices.SortStableFunc(out, func(a, b Count) int { return cmp.Compare(b.Products, a.Products) }) // labels have their order already
	return out
}

// CountOptions returns how many products of a query with a filter by options have each option value: of each option as if nothing of it were
// selected, while one variant has the value and whatever else is selected.
func (s *Snapshot) CountOptions(q *Query, selected []*model.OptionValueFilter) []OptionCount {
	base := s.Select(q)
	var names []string
	for _, o := range selected {
		if name := o.Title.Value(); name != nil && !slices.Contains(names, *name) {
			names = append(names, *name)
		}
	}
	counted := map[uint32]int{}
	s.countValues(base, selected, func(option string) bool { return !slices.Contains(names, option) }, counted)
	for _, name := range names {
		var others []*model.OptionValueFilter
		for _, o := range selected {
			if title := o.Title.Value(); title == nil || *title != name {
				others = append(others, o)
			}
		}
		s.countValues(base, others, func(option string) bool { return option == name }, counted)
	}
	return s.arrange(counted)
}

// countValues counts of each value of the options that counts names how many of some products have a variant with it that meets filters.
func (s *Snapshot) countValues(of Set, filters []*model.OptionValueFilter, counts func(option string) bool, into map[uint32]int) {
	keys := s.names.keys()
	if len(filters) == 0 {
		for n, k := range keys {
			if k.kind == valued && counts(k.id) {
				if found := int(of.AndCardinality(s.set(uint32(n)))); found > 0 {
					into[uint32(n)] = found
				}
			}
		}
		return
	}
	wanted := make([]values, len(filters))
	for i, f := range filters {
		wanted[i] = s.valuesLike(f)
		of = roaring.And(of, s.withAny(wanted[i]))
	}
	counted := make([]bool, len(keys))
	for n, k := range keys {
		counted[n] = k.kind == valued && counts(k.id)
	}
	seen := make([]uint32, len(keys)) // by value, the product that it was last seen of, and one
	of.Iterate(func(n uint32) bool {
		p := s.products[n]
		begin := 0
		for _, end := range p.valueEnds {
			have := p.values[begin:end]
			if begin = int(end); !hasEach(have, wanted) {
				continue
			}
			for _, v := range have {
				if int(v) < len(seen) && seen[v] != n+1 && counted[v] {
					seen[v] = n + 1
					into[v]++
				}
			}
		}
		return true
	})
}

// arrange puts counted values into their options, which are sorted by name.
func (s *Snapshot) arrange(counted map[uint32]int) []OptionCount {
	type placed struct {
		Count

		place int
	}
	keys := s.names.keys()
	options := map[string][]placed{}
	ids := map[string]string{}
	for n, products := range counted {
		k, v := keys[n], value{place: math.MaxInt}
		if int(n) < len(s.values) {
			v = s.values[n]
		}
		options[k.id] = append(options[k.id], placed{Count{Label{v.valueID, k.text}, products}, v.place})
		if id, ok := ids[k.id]; !ok || v.optionID < id {
			ids[k.id] = v.optionID
		}
	}
	out := make([]OptionCount, 0, len(options))
	delete(options, NoOption)
	for name, have := range options {
		slices.SortFunc(have, func(a, b placed) int { return cmp.Or(cmp.Compare(a.place, b.place), strings.Compare(a.Text, b.Text)) })
		o := OptionCount{Label: Label{ids[name], name}}
		for _, v := range have {
			o.Values = append(o.Values, v.Count)
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b OptionCount) int { return strings.Compare(a.Text, b.Text) })
	return out
}
