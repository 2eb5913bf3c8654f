package db

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
	"github.com/storegraph/storegraph/model/field"
)

// A facetRead counts the products of a list by what it can be narrowed by: of one list, or of those of several owners. A nil facetRead
// counts nothing.
type facetRead struct {
	ld         *loader
	want       Want
	filter     *model.ProductFilter
	conditions productFilter
	owner      *owner // nil for the one list of all products
	ids        []string

	facets map[string]*model.ProductFacets // by owner; that of all products has no id
	places map[[2]string]int               // of option values, by the option's name and their text
}

// of returns the facets of an owner's list; nil if none are wanted.
func (r *facetRead) of(id string) *model.ProductFacets {
	if r == nil {
		return nil
	}
	f := r.at(id)
	for _, o := range f.Options {
		slices.SortFunc(o.Values, func(a, b *model.Facet) int {
			return cmp.Or(cmp.Compare(r.places[[2]string{o.Name, a.Label}], r.places[[2]string{o.Name, b.Label}]), strings.Compare(a.Label, b.Label))
		})
	}
	return f
}

// at returns the facets of an owner's list, as far as they have been read.
func (r *facetRead) at(id string) *model.ProductFacets {
	f := r.facets[id]
	if f == nil {
		f = &model.ProductFacets{}
		r.facets[id] = f
	}
	return f
}

// read queues the counts.
func (r *facetRead) read(b *batch) {
	if r == nil {
		return
	}
	r.facets = map[string]*model.ProductFacets{}
	f := model.ProductFilter{}
	if r.filter != nil {
		f = *r.filter
	}
	r.readThings(b, f)
	if r.want.Has(field.Options) {
		r.readOptions(b, f)
	}
	if r.want.Has(field.PriceRange) {
		f.Price = model.Optional[*model.DecimalFilter]{}
		r.count(b, &f, "min(calculated.amount)::text, max(calculated.amount)::text", `JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL
CROSS JOIN LATERAL (SELECT `+calculatedAmount+` AS amount OFFSET 0) calculated`, nil, "", func(into *model.ProductFacets, c *cursor) {
			if low, high := c.maybeAmount(), c.maybeAmount(); low != nil && high != nil {
				into.PriceRange = &model.PriceRange{Min: *low, Max: *high, CurrencyCode: r.ld.context.CurrencyCode}
			}
		})
	}
}

// A thingFacet is how products are counted by one kind of thing that they belong to.
type thingFacet struct {
	of           field.Field
	owner        catalogue.Owner
	label, joins string
	name         string // in a product filter
	selects      func(f *model.ProductFilter) *model.Optional[*model.IDFilter]
	into         func(f *model.ProductFacets) *[]*model.Facet
}

var thingFacets = []thingFacet{
	{
		field.Categories, catalogue.Categories, "o.name", `JOIN product_category_product l ON l.product_id = p.id
JOIN product_category c ON c.id = l.product_category_id` + shownCategory + `
JOIN product_category o ON (o.id = c.id OR starts_with(c.mpath, o.mpath || '.')) AND o.deleted_at IS NULL AND o.is_active AND NOT o.is_internal`, "categoryId",
		func(f *model.ProductFilter) *model.Optional[*model.IDFilter] { return &f.CategoryID },
		func(f *model.ProductFacets) *[]*model.Facet { return &f.Categories },
	},
	{
		field.Collections, catalogue.Collections, "o.title", "JOIN product_collection o ON o.id = p.collection_id AND o.deleted_at IS NULL", "collectionId",
		func(f *model.ProductFilter) *model.Optional[*model.IDFilter] { return &f.CollectionID },
		func(f *model.ProductFacets) *[]*model.Facet { return &f.Collections },
	},
	{
		field.Tags, catalogue.Tags, "o.value", `JOIN product_tags l ON l.product_id = p.id
JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL`, "tagId",
		func(f *model.ProductFilter) *model.Optional[*model.IDFilter] { return &f.TagID },
		func(f *model.ProductFacets) *[]*model.Facet { return &f.Tags },
	},
	{
		field.Types, catalogue.Types, "o.value", "JOIN product_type o ON o.id = p.type_id AND o.deleted_at IS NULL", "typeId",
		func(f *model.ProductFilter) *model.Optional[*model.IDFilter] { return &f.TypeID },
		func(f *model.ProductFacets) *[]*model.Facet { return &f.Types },
	},
}

// value returns the count of one thing.
func (t thingFacet) value(id, text string, products int, selected []string) *model.Facet {
	return &model.Facet{
		ID: id, Label: text, Count: products, Selected: slices.Contains(selected, id),
		Input: inputOf(map[string]any{t.name: map[string]any{"in": []string{id}}}),
	}
}

// optionValueFacet returns the count of one value of an option.
func optionValueFacet(option, id, text string, products int, selected []*model.OptionValueFilter) *model.Facet {
	return &model.Facet{
		ID: id, Label: text, Count: products, Selected: selects(selected, option, text),
		Input: inputOf(map[string]any{"options": []any{map[string]any{"title": option, "values": []string{text}}}}),
	}
}

// readThings queues the counts by category, collection, tag and type.
func (r *facetRead) readThings(b *batch, f model.ProductFilter) {
	for _, facet := range thingFacets {
		if !r.want.Has(facet.of) {
			continue
		}
		others := f // as if nothing of this property were selected
		selected := idsIn(facet.selects(&others).Value())
		*facet.selects(&others) = model.Optional[*model.IDFilter]{}
		r.count(b, &others, "o.id, "+facet.label+", count(DISTINCT p.id) AS n", facet.joins, nil, "o.id, "+facet.label+" ORDER BY n DESC, "+facet.label+", o.id",
			func(into *model.ProductFacets, c *cursor) {
				list := facet.into(into)
				*list = append(*list, facet.value(c.text(), c.text(), c.int(), selected))
			})
	}
}

// idsIn returns the ids that a filter finds by name.
func idsIn(f *model.IDFilter) []string {
	if f == nil {
		return nil
	}
	ids := f.In.Value()
	if eq := f.Eq.Value(); eq != nil {
		ids = append(slices.Clip(ids), *eq)
	}
	return ids
}

// inputOf returns a part of a product filter as JSON.
func inputOf(part map[string]any) model.JSON {
	j, err := json.Marshal(part)
	if err != nil {
		panic(err) // texts always marshal
	}
	return j
}

// valuePlaces are the places of the values of options: of those with one name and text, the first in any published product.
const valuePlaces = `SELECT o.title, v.value, min(v.rank) FROM product p
JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL
JOIN product_variant_option l ON l.variant_id = pv.id
JOIN product_option_value v ON v.id = l.option_value_id AND v.deleted_at IS NULL
JOIN product_option o ON o.id = v.option_id AND o.deleted_at IS NULL
WHERE p.deleted_at IS NULL AND p.status = 'published' GROUP BY 1, 2`

// readOptions queues the counts by option value: of the options of which nothing is selected at once, and of each other one as if nothing
// of it were. One variant has the value and whatever else is selected.
func (r *facetRead) readOptions(b *batch, f model.ProductFilter) {
	selected := f.Options.Value()
	f.Options = model.Optional[[]*model.OptionValueFilter]{}
	var names []string
	for _, o := range selected {
		if name := o.Title.Value(); name != nil && !slices.Contains(names, *name) {
			names = append(names, *name)
		}
	}
	r.places = map[[2]string]int{}
	b.read(valuePlaces, nil, func(c *cursor) {
		of, place := [2]string{c.text(), c.text()}, math.MaxInt
		if rank := c.maybeInt(); rank != nil {
			place = *rank
		}
		r.places[of] = place
	})
	read := func(also func(q *query)) {
		r.count(b, &f, "o.title, v.value, min(o.id), min(v.id), count(DISTINCT p.id)", `JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL
JOIN product_variant_option l ON l.variant_id = pv.id
JOIN product_option_value v ON v.id = l.option_value_id AND v.deleted_at IS NULL
JOIN product_option o ON o.id = v.option_id AND o.deleted_at IS NULL`, also, "o.title, v.value",
			func(into *model.ProductFacets, c *cursor) {
				name, value, optionID := c.text(), c.text(), c.text()
				at, found := slices.BinarySearchFunc(into.Options, name, func(o *model.OptionFacet, name string) int {
					return strings.Compare(o.Name, name)
				})
				if !found {
					into.Options = slices.Insert(into.Options, at, &model.OptionFacet{ID: optionID, Name: name})
				}
				into.Options[at].Values = append(into.Options[at].Values, optionValueFacet(name, c.text(), value, c.int(), selected))
			})
	}
	read(func(q *query) {
		q.add(" AND o.title <> ALL(")
		q.arg(append([]string{}, names...))
		q.add(")")
		for _, o := range selected {
			q.option(o)
		}
	})
	for _, name := range names {
		read(func(q *query) {
			q.compare("o.title", " = ", name)
			for _, o := range selected {
				if title := o.Title.Value(); title == nil || *title != name {
					q.option(o)
				}
			}
		})
	}
}

// selects reports whether a value of the option with a name is among those that a filter selects by the option's name.
func selects(selected []*model.OptionValueFilter, name, value string) bool {
	return slices.ContainsFunc(selected, func(o *model.OptionValueFilter) bool {
		title, one := o.Title.Value(), o.Value.Value()
		return title != nil && *title == name && (one != nil && *one == value || slices.Contains(o.Values.Value(), value))
	})
}

// count queues a query over the products that match a filter: columns of them, joined to others, by group, which may be empty.
func (r *facetRead) count(b *batch, f *model.ProductFilter, columns, joins string, also func(q *query), group string, row func(into *model.ProductFacets, c *cursor)) {
	q := list[model.Product]{prices: r.ld.prices}.begin()
	if r.owner != nil {
		q.add("SELECT owner.id, counted.* FROM ")
		r.owner.from(q, r.ids)
		q.add(" CROSS JOIN LATERAL (")
	}
	// OFFSET 0 keeps the conditions from being checked again for each row that is joined.
	q.add("SELECT " + columns + " FROM (SELECT p.id, p.collection_id, p.type_id FROM product p WHERE true")
	if r.owner != nil {
		q.add(" AND " + r.owner.has)
	}
	q.inChannels(r.ld.channels)
	r.conditions.add(q, f)
	q.add(" OFFSET 0) p " + joins + " WHERE true")
	if also != nil {
		also(q)
	}
	if group != "" {
		q.add(" GROUP BY " + group)
	}
	if r.owner == nil {
		b.query(q, func(c *cursor) { row(r.at(""), c) })
		return
	}
	q.add(") counted")
	b.query(q, func(c *cursor) { row(r.at(c.text()), c) })
}
