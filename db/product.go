package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// inChannels appends the guards of products: published, not deleted, and in one of the sales channels.
func (q *query) inChannels(channels []string) {
	q.add(` AND p.deleted_at IS NULL AND p.status = 'published' AND EXISTS (SELECT 1 FROM product_sales_channel sc
WHERE sc.product_id = p.id AND sc.deleted_at IS NULL AND sc.sales_channel_id = ANY(`)
	q.arg(channels)
	q.add("))")
}

const lowestAmount = "(SELECT min(" + calculatedAmount + ") FROM product_variant pv WHERE pv.product_id = p.id AND pv.deleted_at IS NULL)"

var productKeys = map[string]string{
	"TITLE": "p.title", "CREATED_AT": "p.created_at",
	"PRICE":      lowestAmount,
	"PRICE DESC": "coalesce(" + lowestAmount + ", -1)", // what has no price comes last here too
	bestSelling:  soldUnits,
}

const bestSelling = string(model.ProductSortKeyBestSelling)

var (
	productSearch = []string{"p.title", "p.subtitle", "p.description"}
	variantSearch = []string{"pv.title", "pv.sku", "pv.barcode", "pv.ean", "pv.upc"}
)

// inVariants appends that a pattern occurs in one of the searched texts of the variants of product p.
func inVariants(q *query, pattern func()) {
	q.add("EXISTS (SELECT 1 FROM product_variant pv WHERE pv.product_id = p.id AND pv.deleted_at IS NULL AND (")
	for i, column := range variantSearch {
		if i > 0 {
			q.add(" OR ")
		}
		q.add(column)
		pattern()
	}
	q.add("))")
}

// A productFilter appends the conditions of a filter on products p.
type productFilter struct {
	channel string   // the single sales channel in which stock is counted; empty if there are several
	hits    []string // only these products; nil for all
}

func (pf productFilter) add(q *query, f *model.ProductFilter) {
	if pf.hits != nil {
		q.add(" AND p.id = ANY(")
		q.arg(pf.hits)
		q.add(")")
	}
	productFilter{channel: pf.channel}.match(q, f)
}

func (pf productFilter) match(q *query, f *model.ProductFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), pf.match)
	q.search(f.Q.Value(), productSearch, inVariants)
	q.id("p.id", f.ID.Value())
	q.text("p.title", f.Title.Value())
	q.text("p.handle", f.Handle.Value())
	q.bool("p.is_giftcard", f.IsGiftcard.Value())
	q.text("p.external_id", f.ExternalID.Value())
	q.id("p.collection_id", f.CollectionID.Value())
	q.id("p.type_id", f.TypeID.Value())
	q.time("p.created_at", f.CreatedAt.Value())
	q.time("p.updated_at", f.UpdatedAt.Value())
	q.linked(`product_category_product l JOIN product_category c ON c.id = l.product_category_id`+shownCategory+`
JOIN product_category o ON (o.id = c.id OR starts_with(c.mpath, o.mpath || '.')) AND o.deleted_at IS NULL`, f.CategoryID.Value())
	q.linked("product_category_product l JOIN product_category o ON o.id = l.product_category_id AND o.deleted_at IS NULL", f.DirectCategoryID.Value())
	q.linked("product_tags l JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL", f.TagID.Value())
	q.linked("product_product_option l JOIN product_option o ON o.id = l.product_option_id AND o.deleted_at IS NULL AND l.deleted_at IS NULL", f.OptionID.Value())
	q.optionValues(f.OptionValueID.Value())
	if v := f.Variants.Value(); v != nil {
		q.add(" AND EXISTS (SELECT 1 FROM product_variant pv WHERE pv.product_id = p.id AND pv.deleted_at IS NULL")
		q.variant(v)
		q.add(")")
	}
	if options := f.Options.Value(); len(options) > 0 {
		q.add(" AND EXISTS (SELECT 1 FROM product_variant pv WHERE pv.product_id = p.id AND pv.deleted_at IS NULL")
		for _, o := range options {
			q.option(o)
		}
		q.add(")")
	}
	q.price(f.Price.Value())
	q.inStock(f.InStock.Value(), pf.channel)
}

// price appends that a variant of product p costs something within bounds.
func (q *query) price(bounds *model.DecimalFilter) {
	if bounds == nil {
		return
	}
	q.add(" AND EXISTS (SELECT 1 FROM product_variant pv, LATERAL (SELECT " + calculatedAmount +
		" AS amount OFFSET 0) calculated WHERE pv.product_id = p.id AND pv.deleted_at IS NULL AND calculated.amount IS NOT NULL")
	for _, bound := range []struct {
		op string
		at *model.Amount
	}{{" >= ", bounds.Gte.Value()}, {" > ", bounds.Gt.Value()}, {" <= ", bounds.Lte.Value()}, {" < ", bounds.Lt.Value()}} {
		if bound.at != nil {
			q.add(" AND calculated.amount" + bound.op)
			q.arg(bound.at.String())
			q.add("::numeric")
		}
	}
	q.add(")")
}

// inStock appends whether any variant of product p can be bought, by the stock of a sales channel.
func (q *query) inStock(in *bool, channel string) {
	if in == nil {
		return
	}
	q.add(" AND ")
	if !*in {
		q.add("NOT ")
	}
	q.add("EXISTS (SELECT 1 FROM product_variant pv WHERE pv.product_id = p.id AND pv.deleted_at IS NULL AND (NOT pv.manage_inventory OR pv.allow_backorder OR (SELECT min(floor(")
	q.stock("vi.inventory_item_id", channel)
	q.add(" / nullif(vi.required_quantity, 0))) FROM product_variant_inventory_item vi WHERE vi.variant_id = pv.id AND vi.deleted_at IS NULL) > 0))")
}

// stock appends what of the inventory item is available at the locations of the sales channel. A location that owes some has none.
func (q *query) stock(item, channel string) {
	q.add(`(SELECT coalesce(sum(greatest(il.stocked_quantity - il.reserved_quantity, 0)), 0) FROM inventory_level il
JOIN inventory_item ii ON ii.id = il.inventory_item_id AND ii.deleted_at IS NULL
JOIN sales_channel_stock_location sl ON sl.stock_location_id = il.location_id AND sl.deleted_at IS NULL AND sl.sales_channel_id = `)
	q.arg(channel)
	q.add(" WHERE il.inventory_item_id = " + item + " AND il.deleted_at IS NULL)")
}

// linked appends that a row o of the tables, joined to products by l.product_id, has an id that matches f.
func (q *query) linked(table string, f *model.IDFilter) {
	if f == nil {
		return
	}
	if none := f.IsNull.Value(); none != nil && *none {
		q.add(" AND NOT EXISTS (SELECT 1 FROM " + table + " WHERE l.product_id = p.id)")
		return
	}
	q.add(" AND EXISTS (SELECT 1 FROM " + table + " WHERE l.product_id = p.id")
	q.id("o.id", f)
	q.add(")")
}

// optionValues appends that one variant has, of each option that the values belong to, one of the values.
func (q *query) optionValues(f *model.IDFilter) {
	if f == nil {
		return
	}
	ids := f.In.Value()
	if eq := f.Eq.Value(); eq != nil {
		ids = append(ids, *eq)
	}
	if len(ids) == 0 || f.Nin.Value() != nil || f.Ne.Value() != nil || f.IsNull.Value() != nil {
		q.add(` AND EXISTS (SELECT 1 FROM product_variant pv JOIN product_variant_option l ON l.variant_id = pv.id
JOIN product_option_value o ON o.id = l.option_value_id AND o.deleted_at IS NULL WHERE pv.product_id = p.id AND pv.deleted_at IS NULL`)
		q.id("o.id", f)
		q.add(")")
		return
	}
	q.args = append(q.args, ids)
	n := string(appendInt(nil, len(q.args)))
	q.add(` AND EXISTS (SELECT 1 FROM product_variant pv JOIN product_variant_option l ON l.variant_id = pv.id
JOIN product_option_value o ON o.id = l.option_value_id AND o.deleted_at IS NULL
WHERE pv.product_id = p.id AND pv.deleted_at IS NULL AND o.id = ANY($` + n + `)
GROUP BY pv.id HAVING count(DISTINCT o.option_id) = (SELECT nullif(count(DISTINCT option_id), 0) FROM product_option_value WHERE id = ANY($` + n + `) AND deleted_at IS NULL))`)
}

// variant appends the conditions of a filter on variants pv.
func (q *query) variant(f *model.ProductVariantFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).variant)
	q.search(f.Q.Value(), variantSearch, func(q *query, pattern func()) {
		q.add("EXISTS (SELECT 1 FROM product sp WHERE sp.id = pv.product_id AND sp.deleted_at IS NULL AND (sp.title")
		pattern()
		q.add(" OR sp.subtitle")
		pattern()
		q.add(" OR sp.description")
		pattern()
		q.add("))")
	})
	q.id("pv.id", f.ID.Value())
	q.text("pv.sku", f.Sku.Value())
	q.text("pv.ean", f.Ean.Value())
	q.text("pv.upc", f.Upc.Value())
	q.text("pv.barcode", f.Barcode.Value())
	q.id("pv.product_id", f.ProductID.Value())
	q.bool("pv.allow_backorder", f.AllowBackorder.Value())
	q.bool("pv.manage_inventory", f.ManageInventory.Value())
	q.time("pv.created_at", f.CreatedAt.Value())
	q.time("pv.updated_at", f.UpdatedAt.Value())
	q.option(f.Options.Value())
}

// option appends that variant pv has an option value that matches f.
func (q *query) option(f *model.OptionValueFilter) {
	if f == nil {
		return
	}
	q.add(` AND EXISTS (SELECT 1 FROM product_variant_option vo
JOIN product_option_value ov ON ov.id = vo.option_value_id AND ov.deleted_at IS NULL
LEFT JOIN product_option oo ON oo.id = ov.option_id AND oo.deleted_at IS NULL WHERE vo.variant_id = pv.id`)
	compareIf(q, "ov.value", " = ", f.Value.Value())
	compareIn(q, "ov.value", f.Values.Value(), nil)
	compareIf(q, "ov.option_id", " = ", f.OptionID.Value())
	compareIf(q, "oo.title", " = ", f.Title.Value())
	q.add(")")
}

// needs reports what a filter depends on besides the tables: prices in context, and stock in a channel.
func needs(f *model.ProductFilter) (prices, stock bool) {
	if f == nil {
		return false, false
	}
	prices, stock = f.Price.Value() != nil, f.InStock.Value() != nil
	for _, sub := range append(append([]*model.ProductFilter{f.Not.Value()}, f.And.Value()...), f.Or.Value()...) {
		p, s := needs(sub)
		prices, stock = prices || p, stock || s
	}
	return prices, stock
}

// ProductArgs are the arguments of a list of products.
type ProductArgs struct {
	ListArgs[model.ProductFilter]
	Channels []string // only these sales channels, all of which must be the key's; nil for all of the key's
	// Search is what is searched for; nil, or a blank one, lists without a search. Its hits are found once, before the list is read, unless
	// Hits has them.
	Search *string
	// Hits are the only products that are listed, the most relevant first; nil for all.
	Hits []string
}

// Products lists the published products of the viewer's sales channels.
func (d DB) Products(ctx context.Context, v *Viewer, a ProductArgs, want Want) (*model.ProductConnection, error) {
	find, err := d.search(ctx, v, &a)
	if err != nil {
		return nil, err
	}
	return d.products(ctx, v, a, find, want)
}

// products lists products, the hits of a search if that is not nil.
func (d DB) products(ctx context.Context, v *Viewer, a ProductArgs, find *Search, want Want) (*model.ProductConnection, error) {
	s, err := a.Page.span()
	if err != nil {
		return nil, err
	}
	l, err := productList(a)
	if err != nil {
		return nil, err
	}
	nodes := ofProduct(ctx, want.Nodes())
	ld := &loader{d: d, v: v, asked: a.Channels}
	proposed, err := ld.propose(ctx, a, want)
	if err != nil {
		return nil, err
	}
	priced, byStock := needs(a.Filter)
	priced = priced || a.Sort != nil && a.Sort.Key == string(model.ProductSortKeyPrice) || want[field.Facets].Has(field.PriceRange)
	if err := ld.preparePrices(ctx, priced); err != nil {
		return nil, err
	}
	r := result[model.Product]{span: s}
	var facets *model.ProductFacets
	var counted *facetRead
	err = ld.first(ctx, nodes, nodes[field.Variants], byStock, func(b *batch, filter productFilter) {
		l.prices, l.seen = ld.prices, ld.channels
		l.where = func(q *query) {
			q.inChannels(ld.channels)
			filter.add(q, a.Filter)
		}
		of, counts := want[field.Facets]
		if facets, counted = nil, nil; !proposed.choose(filter) {
			l.read(b, &r, want)
			if counts {
				filter.hits = a.Hits
				counted = &facetRead{ld: ld, want: of, filter: a.Filter, conditions: filter}
				counted.read(b)
			}
			return
		}
		if counts {
			facets = proposed.facets(nil, "", of)
		}
		if proposed.list(&r, nil, "", want) {
			proposed.read(b)
		} else {
			l.readRows(b, &r, want)
		}
	})
	if err != nil {
		return nil, err
	}
	if err := proposed.settle(ctx); err != nil {
		return nil, err
	}
	if counted != nil {
		facets = counted.of("")
	}
	out := &model.ProductConnection{Connection: *r.page(), Facets: facets}
	find.mark(out)
	if err := ld.fillProducts(ctx, out.Nodes, nodes); err != nil {
		return nil, err
	}
	return out, d.translate(ctx, v, out)
}

// Product returns the published product with this id or, if that is empty, with this handle.
func (d DB) Product(ctx context.Context, v *Viewer, id, handle string, a ProductArgs, want Want) (*model.Product, error) {
	column, is := "p.id", id
	if id == "" {
		column, is = "p.handle", handle
	}
	l := list[model.Product]{columns: productTable.list, from: "product p", scan: productTable.scan}
	ld := &loader{d: d, v: v, asked: a.Channels}
	want = ofProduct(ctx, want)
	var out *model.Product
	err := ld.first(ctx, want, want[field.Variants], false, func(b *batch, filter productFilter) {
		l.where = func(q *query) {
			q.inChannels(ld.channels)
			q.compare(column, " = ", is)
			filter.add(q, a.Filter)
		}
		l.one(b, &out)
	})
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, model.NotFound.Errorf("Product with %s: %s was not found", column[2:], is)
	}
	if err := ld.fillProducts(ctx, []*model.Product{out}, want); err != nil {
		return nil, err
	}
	return out, d.translate(ctx, v, out)
}

var variantKeys = map[string]string{"TITLE": "pv.title", "SKU": "pv.sku", "RANK": "pv.variant_rank", "CREATED_AT": "pv.created_at"}

// variantInChannels appends the guards of variants: their own and those of their product.
func (q *query) variantInChannels(channels []string) {
	q.add(" AND pv.deleted_at IS NULL AND EXISTS (SELECT 1 FROM product p WHERE p.id = pv.product_id")
	q.inChannels(channels)
	q.add(")")
}

// VariantArgs are the arguments of a list of variants.
type VariantArgs struct {
	ListArgs[model.ProductVariantFilter]
	Channels []string // as in ProductArgs
}

// ProductVariants lists the variants of the published products of the viewer's sales channels.
func (d DB) ProductVariants(ctx context.Context, v *Viewer, a VariantArgs, want Want) (*model.ProductVariantConnection, error) {
	s, err := a.Page.span()
	if err != nil {
		return nil, err
	}
	l := list[model.ProductVariant]{columns: variantTable.list, from: "product_variant pv", scan: variantTable.scan, sort: sorting{expr: "pv.id", key: "pv.id"}}
	if err := l.order(variantKeys, a.Sort, shapes.variant, "pv.id"); err != nil {
		return nil, err
	}
	nodes := want.Nodes()
	ld := &loader{d: d, v: v, asked: a.Channels}
	r := result[model.ProductVariant]{span: s}
	err = ld.first(ctx, nodes, nodes, false, func(b *batch, _ productFilter) {
		l.where = func(q *query) {
			q.variantInChannels(ld.channels)
			q.variant(a.Filter)
		}
		l.read(b, &r, want)
	})
	if err != nil {
		return nil, err
	}
	out := r.page()
	if err := ld.fillVariants(ctx, out.Nodes, nodes); err != nil {
		return nil, err
	}
	return out, d.translate(ctx, v, out.Nodes)
}

// ProductVariant returns the variant with this id, if its product is published in the viewer's sales channels.
func (d DB) ProductVariant(ctx context.Context, v *Viewer, id string, a VariantArgs, want Want) (*model.ProductVariant, error) {
	l := list[model.ProductVariant]{columns: variantTable.list, from: "product_variant pv", scan: variantTable.scan}
	ld := &loader{d: d, v: v, asked: a.Channels}
	var out *model.ProductVariant
	err := ld.first(ctx, want, want, false, func(b *batch, _ productFilter) {
		l.where = func(q *query) {
			q.variantInChannels(ld.channels)
			q.compare("pv.id", " = ", id)
		}
		l.one(b, &out)
	})
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, model.NotFound.Errorf("Product variant with id: %s was not found", id)
	}
	if err := ld.fillVariants(ctx, []*model.ProductVariant{out}, want); err != nil {
		return nil, err
	}
	return out, d.translate(ctx, v, out)
}
