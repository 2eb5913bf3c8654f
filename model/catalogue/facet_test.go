package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
)

// paths are those of the categories of a shop whose facets are counted. One of them is not shown.
var paths = []string{"a", "a.a1", "a.a1.a11", "a.a2", "b", "b.b1"}

const hidden = "a2"

// random returns a product with a few of all labels and option values; such as have distinct are of a class of their own by values.
func random(r *rand.Rand, id string, distinct bool) *catalogue.Product {
	some := func(of ...string) (out []string) {
		for _, s := range of {
			if r.IntN(3) == 0 {
				out = append(out, s)
			}
		}
		return out
	}
	p := &catalogue.Product{ID: id, Title: id, Channels: []string{"web"}, Tags: some("t1", "t2", "t3"), CollectionID: fmt.Sprint("c", r.IntN(3))}
	for _, path := range some(paths...) {
		p.Categories = append(p.Categories, path[strings.LastIndex(path, ".")+1:])
	}
	for range r.IntN(4) {
		v := catalogue.Variant{}
		for option, values := range map[string]int{"Size": 3, "Colour": 4, "Fit": 2} {
			if r.IntN(5) > 0 {
				v.Values = append(v.Values, catalogue.OptionValue{Option: option, Text: fmt.Sprint(option, r.IntN(values))})
			}
		}
		if distinct {
			v.Values = append(v.Values, catalogue.OptionValue{Option: "Name", Text: id})
		}
		p.Variants = append(p.Variants, v)
	}
	return p
}

// has reports whether a variant meets filters but those of an option.
func has(v catalogue.Variant, filters []*model.OptionValueFilter, but string) bool {
	for _, f := range filters {
		if title := f.Title.Value(); title != nil && *title == but {
			continue
		}
		if !slices.ContainsFunc(v.Values, func(o catalogue.OptionValue) bool {
			title, one, several := f.Title.Value(), f.Value.Value(), f.Values.Value()
			return (title == nil || *title == o.Option) && (one == nil || *one == o.Text) && (several == nil || slices.Contains(several, o.Text))
		}) {
			return false
		}
	}
	return true
}

// counts are how many products of a set have something, by what it is.
type counts map[string]int

// expected counts products one by one.
func expected(products []*catalogue.Product, filters []*model.OptionValueFilter) counts {
	out := counts{}
	for _, p := range products {
		of := map[string]bool{"collection " + p.CollectionID: true}
		for _, t := range p.Tags {
			of["tag "+t] = true
		}
		for _, path := range paths {
			parts := strings.Split(path, ".")
			if own := parts[len(parts)-1]; own == hidden || !slices.Contains(p.Categories, own) {
				continue
			}
			for _, part := range parts {
				of["category "+part] = true
			}
		}
		for _, v := range p.Variants {
			for _, o := range v.Values {
				of[o.Option+" "+o.Text] = of[o.Option+" "+o.Text] || has(v, filters, o.Option)
			}
		}
		for what, is := range of {
			if is {
				out[what]++
			}
		}
	}
	return out
}

// tallied counts by a tally.
func tallied(t *catalogue.Tally, filters []*model.OptionValueFilter) counts {
	out := counts{}
	for name, owner := range map[string]catalogue.Owner{"collection ": catalogue.Collections, "tag ": catalogue.Tags, "category ": catalogue.Categories} {
		for _, c := range t.Count(owner) {
			out[name+c.ID] = c.Products
		}
	}
	for _, o := range t.CountOptions(filters) {
		for _, v := range o.Values {
			out[o.Text+" "+v.Text] = v.Products
		}
	}
	return out
}

// labels are all labels that random products have.
func labels() (out catalogue.Labels) {
	for _, path := range paths {
		id := path[strings.LastIndex(path, ".")+1:]
		out.Categories = append(out.Categories, catalogue.Category{Label: catalogue.Label{ID: id}, Path: path, Shown: id != hidden})
	}
	for i := range 4 {
		out.Tags = append(out.Tags, catalogue.Label{ID: fmt.Sprint("t", i)})
		out.Collections = append(out.Collections, catalogue.Label{ID: fmt.Sprint("c", i)})
	}
	return out
}

// TestTally counts what all products and some have, with options selected and without, of few classes and of many, while products change.
func TestTally(t *testing.T) {
	t.Parallel()
	for name, distinct := range map[string]bool{"few classes": false, "many classes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := newShop(t), rand.New(rand.NewPCG(5, 6))
			u := s.now.Update()
			u.Label(labels())
			s.now = u.Snapshot()
			have := map[string]*catalogue.Product{}
			for round := range 6 {
				var changed []*catalogue.Product
				for range 200 >> round {
					p := random(r, fmt.Sprintf("p%03d", r.IntN(300)), distinct)
					have[p.ID] = p
					changed = append(changed, p)
				}
				s.put(changed...)
				tallySome(t, s.now, r, have)
			}
		})
	}
}

// tallySome compares tallies of sets of all sizes.
func tallySome(t *testing.T, s *catalogue.Snapshot, r *rand.Rand, have map[string]*catalogue.Product) {
	t.Helper()
	size := func(values ...string) *model.OptionValueFilter {
		return &model.OptionValueFilter{Title: model.Some(new("Size")), Values: model.Some(values)}
	}
	colour := &model.OptionValueFilter{Title: model.Some(new("Colour")), Value: model.Some(new("Colour1"))}
	fit := &model.OptionValueFilter{Value: model.Some(new("Fit1"))}
	for _, filters := range [][]*model.OptionValueFilter{nil, {size("Size1")}, {size("Size0", "Size2"), colour}, {fit}, {fit, colour}, {size("Size1"), size("Size1", "Size2"), fit}} {
		for _, part := range []int{1, 2, 40} {
			var some []*catalogue.Product
			var ids []string
			for id, p := range have {
				if r.IntN(part) == 0 {
					some, ids = append(some, p), append(ids, id)
				}
			}
			got, want := tallied(s.Tally(s.Of(ids)), filters), expected(some, filters)
			for what := range want {
				if got[what] != want[what] {
					t.Errorf("%d products, %d filters: %d have %s, want %d", len(some), len(filters), got[what], what, want[what])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d products, %d filters: %d counts, want %d", len(some), len(filters), len(got), len(want))
			}
		}
	}
}
