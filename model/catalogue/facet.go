package catalogue

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/storegraph/storegraph/model"
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

// A Tally counts how many products of a set belong to things. It is for one goroutine.
type Tally struct {
	s  *Snapshot
	of Set
}

// Tally returns a tally of some products.
func (s *Snapshot) Tally(of Set) *Tally { return &Tally{s, of} }

// sets returns how many of the products are in each set of a kind, by its number.
func (t *Tally) sets(k kind) []int {
	in := make([]int, len(t.s.sets))
	classes := &t.s.classes[k]
	if t.many(k, len(classes.all)) {
		for n, key := range t.s.names.keys() {
			if key.kind == k && n < len(in) {
				in[n] = int(t.of.AndCardinality(t.s.set(uint32(n))))
			}
		}
		return in
	}
	for c, products := range classes.sort(t.of) {
		if products == 0 {
			continue
		}
		for _, set := range classes.all[c].sets {
			in[set] += products
		}
	}
	return in
}

// many reports whether the products may be of so many classes that it is better to intersect them with each set of a kind.
func (t *Tally) many(k kind, classes int) bool {
	const (
		look = 40 // how many words of sets are intersected in the time that one class takes
		word = 64
	)
	sets := 0
	for _, key := range t.s.names.keys() {
		if key.kind == k {
			sets++
		}
	}
	return look*min(classes, int(t.of.GetCardinality())) > sets*len(t.s.products)/word
}

// categories returns how many of the products are in each category or below it, by its place.
func (t *Tally) categories() []int {
	in := make([]int, len(t.s.tree))
	seen := make([]int, len(t.s.tree)) // the class that counted last, and one
	classes := &t.s.classes[inCategory]
	for c, products := range classes.sort(t.of) {
		if products == 0 {
			continue
		}
		for _, set := range classes.all[c].sets {
			if int(set) >= len(t.s.above) {
				continue
			}
			for _, place := range t.s.above[set] {
				if seen[place] != c+1 {
					seen[place] = c + 1
					in[place] += products
				}
			}
		}
	}
	return in
}

// Count returns how many of the products belong to each thing of a kind that is not deleted, the most first; categories count with what
// is below them, if they are shown.
func (t *Tally) Count(o Owner) []Count {
	var out []Count
	add := func(l Label, n int) {
		if n > 0 {
			out = append(out, Count{l, n})
		}
	}
	if o == Categories {
		for i, products := range t.categories() {
			if c := &t.s.tree[i]; c.Shown {
				add(c.Label, products)
			}
		}
	} else {
		in := t.sets(kind(o))
		for _, l := range t.s.labels[kind(o)] {
			if int(l.set) < len(in) { // it is empty still, else
				add(l.Label, in[l.set])
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Count) int { return cmp.Compare(b.Products, a.Products) }) // labels have their order already
	return out
}

// CountOptions returns how many of the products have each option value: of each option as if nothing of it were selected, while one variant
// has the value and whatever else is selected.
func (t *Tally) CountOptions(selected []*model.OptionValueFilter) []OptionCount {
	if len(selected) > 0 {
		return t.s.arrange(t.selected(selected))
	}
	return t.s.arrange(t.sets(valued))
}

// A selection is what a variant must have of an option's values to meet a filter.
type selection struct {
	values
	option *string // nil is any
}

// selected counts the values of variants that meet filters, apart from those of the value's own option, by the numbers of their sets.
func (t *Tally) selected(filters []*model.OptionValueFilter) []int {
	s := t.s
	wanted := make([]selection, len(filters))
	for i, f := range filters {
		wanted[i] = selection{s.valuesLike(f), f.Title.Value()}
	}
	keys := s.names.keys()
	in := make([]int, len(keys))
	seen := make([]int, len(keys)) // by value, the class that counted it last, and one
	classes := &s.classes[valued]
	for n, products := range classes.sort(s.nearly(t.of, wanted)) {
		if products == 0 {
			continue
		}
		c, begin := classes.all[n], 0
		for _, end := range c.ends {
			have := c.values[begin:end]
			begin = int(end)
			lacks, only := lacking(have, wanted)
			if lacks && only == nil {
				continue
			}
			for _, v := range have {
				if int(v) < len(keys) && seen[v] != n+1 && (!lacks || keys[v].id == *only) {
					seen[v] = n + 1
					in[v] += products
				}
			}
		}
	}
	return in
}

// nearly narrows products to those that have values of each selection, apart from those of one option.
func (s *Snapshot) nearly(of Set, wanted []selection) Set {
	having := make([]Set, len(wanted))
	for i, w := range wanted {
		having[i] = s.withAny(w.values)
	}
	var each []Set
	for i, without := range wanted {
		if slices.ContainsFunc(wanted[:i], without.same) {
			continue
		}
		set := of
		for j, w := range wanted {
			if without.option == nil || !w.same(without) {
				set = roaring.And(set, having[j])
			}
		}
		each = append(each, set)
	}
	return union(each)
}

// same reports whether two selections are of one option.
func (w selection) same(o selection) bool {
	return w.option == o.option || w.option != nil && o.option != nil && *w.option == *o.option
}

// lacking reports whether the values of a variant lack any of several selections, and if those are all of one option, which that is.
func lacking(have []uint32, wanted []selection) (lacks bool, only *string) {
	for i := range wanted {
		w := &wanted[i]
		found := false
		for _, n := range have { // it is done for each variant
			found = found || w.has(n)
		}
		switch {
		case found:
		case w.option == nil || lacks && *only != *w.option:
			return true, nil
		default:
			lacks, only = true, w.option
		}
	}
	return lacks, only
}

// arrange puts values that are counted by the numbers of their sets into their options, which are sorted by name.
func (s *Snapshot) arrange(counted []int) []OptionCount {
	type placed struct {
		Count

		place int
	}
	keys := s.names.keys()
	options := map[string][]placed{}
	ids := map[string]string{}
	for n, products := range counted {
		if products == 0 {
			continue
		}
		k, v := keys[n], value{place: math.MaxInt}
		if n < len(s.values) {
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
