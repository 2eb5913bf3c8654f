package db

import (
	"context"

	"storegraph/model"
	"storegraph/model/field"
)

// ProductFacets counts the products that match a filter by the properties they can be narrowed by.
func (d DB) ProductFacets(ctx context.Context, v *Viewer, a ProductArgs, want Want) (*model.ProductFacets, error) {
	ld := &loader{d: d, v: v, asked: a.Channels}
	if priced, _ := needs(a.Filter); priced || want.Has(field.PriceRange) {
		var err error
		if ld.context, err = d.resolvePricing(ctx, v); err != nil {
			return nil, err
		}
		if ld.prices, err = ld.context.args(); err != nil {
			return nil, err
		}
	}
	var out *model.ProductFacets
	options := map[string]*model.OptionFacet{}
	_, stock := needs(a.Filter)
	err := ld.first(ctx, nil, nil, stock, func(b *batch, filter productFilter) {
		out = &model.ProductFacets{}
		clear(options)
		count := func(columns, joins, group string, row func(c *cursor)) {
			q := list[model.Product]{prices: ld.prices}.begin()
			q.add("SELECT " + columns + " FROM product p " + joins + " WHERE true")
			q.inChannels(ld.channels)
			filter.add(q, a.Filter)
			q.add(group)
			b.query(q, row)
		}
		facet := func(of field.Field, id, label, joins string, into *[]*model.Facet) {
			if !want.Has(of) {
				return
			}
			count(id+", "+label+", count(DISTINCT p.id) AS n", joins, " GROUP BY "+id+", "+label+" ORDER BY n DESC, "+label+", "+id,
				func(c *cursor) { *into = append(*into, &model.Facet{ID: c.text(), Label: c.text(), Count: c.int()}) })
		}
		facet(field.Categories, "o.id", "o.name", `JOIN product_category_product l ON l.product_id = p.id
JOIN product_category o ON o.id = l.product_category_id AND o.deleted_at IS NULL AND o.is_active AND NOT o.is_internal`, &out.Categories)
		facet(field.Collections, "o.id", "o.title", "JOIN product_collection o ON o.id = p.collection_id AND o.deleted_at IS NULL", &out.Collections)
		facet(field.Tags, "o.id", "o.value", `JOIN product_tags l ON l.product_id = p.id
JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL`, &out.Tags)
		facet(field.Types, "o.id", "o.value", "JOIN product_type o ON o.id = p.type_id AND o.deleted_at IS NULL", &out.Types)
		if want.Has(field.Options) {
			count("o.title, v.value, count(DISTINCT p.id) AS n", `JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL
JOIN product_variant_option l ON l.variant_id = pv.id
JOIN product_option_value v ON v.id = l.option_value_id AND v.deleted_at IS NULL
JOIN product_option o ON o.id = v.option_id AND o.deleted_at IS NULL`, " GROUP BY o.title, v.value ORDER BY o.title, n DESC, v.value", func(c *cursor) {
				title, value := c.text(), c.text()
				f := options[title]
				if f == nil {
					f = &model.OptionFacet{Title: title}
					options[title] = f
					out.Options = append(out.Options, f)
				}
				f.Values = append(f.Values, &model.Facet{ID: value, Label: value, Count: c.int()})
			})
		}
		if want.Has(field.PriceRange) {
			count("min(calculated.amount)::text, max(calculated.amount)::text", `JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL
CROSS JOIN LATERAL (SELECT `+calculatedAmount+` AS amount) calculated`, "", func(c *cursor) {
				if low, high := c.maybeAmount(), c.maybeAmount(); low != nil && high != nil {
					out.PriceRange = &model.PriceRange{Min: *low, Max: *high, CurrencyCode: ld.context.CurrencyCode}
				}
			})
		}
	})
	return out, err
}
