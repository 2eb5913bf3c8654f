package db

import (
	"slices"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
	"github.com/storegraph/storegraph/model/field"
)

// facets counts what the list of an owner can be narrowed by; of all products if it is nil.
func (p *proposal) facets(o *owner, id string, want Want) *model.ProductFacets {
	out := &model.ProductFacets{}
	f := model.ProductFilter{}
	if p.filter != nil {
		f = *p.filter
	}
	ask := func(f *model.ProductFilter) *catalogue.Query {
		q := p.query
		q.Filter = f
		if found, ok := q.Found[p.filter]; ok {
			q.Within = append(slices.Clone(q.Within), found)
		}
		if o != nil {
			q.Within = append(slices.Clone(q.Within), p.ix.snapshot.Owned(o.kind, id))
		}
		return &q
	}
	all := p.of(o, id)
	tally := p.ix.snapshot.Tally(all)
	for _, facet := range thingFacets {
		if !want.Has(facet.of) {
			continue
		}
		counts, selected := tally, idsIn(facet.selects(&f).Value())
		if facet.selects(&f).Value() != nil { // as if nothing of this property were selected
			others := f
			*facet.selects(&others) = model.Optional[*model.IDFilter]{}
			counts = p.ix.snapshot.Tally(p.ix.snapshot.Select(ask(&others)))
		}
		list := facet.into(out)
		for _, c := range counts.Count(facet.owner) {
			*list = append(*list, facet.value(c.ID, c.Text, c.Products, selected))
		}
	}
	if want.Has(field.Options) {
		counts, selected := tally, f.Options.Value()
		if len(selected) > 0 {
			others := f
			others.Options = model.Optional[[]*model.OptionValueFilter]{}
			counts = p.ix.snapshot.Tally(p.ix.snapshot.Select(ask(&others)))
		}
		for _, c := range counts.CountOptions(selected) {
			option := &model.OptionFacet{ID: c.ID, Name: c.Text}
			for _, v := range c.Values {
				option.Values = append(option.Values, optionValueFacet(c.Text, v.ID, v.Text, v.Products, selected))
			}
			out.Options = append(out.Options, option)
		}
	}
	if want.Has(field.PriceRange) {
		set := all
		if f.Price.Value() != nil {
			others := f
			others.Price = model.Optional[*model.DecimalFilter]{}
			set = p.ix.snapshot.Select(ask(&others))
		}
		out.PriceRange = p.query.Prices.Range(set)
	}
	return out
}
