package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// loader returns a loader for what stands below a list that takes no pricing and no channels of its own.
func (d DB) loader(v *Viewer) *loader { return &loader{d: d, v: v} }

func (q *query) collection(f *model.CollectionFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).collection)
	q.search(f.Q.Value(), []string{"o.title"}, nil)
	q.id("o.id", f.ID.Value())
	q.text("o.title", f.Title.Value())
	q.text("o.handle", f.Handle.Value())
	q.text("o.external_id", f.ExternalID.Value())
	q.time("o.created_at", f.CreatedAt.Value())
	q.time("o.updated_at", f.UpdatedAt.Value())
}

var collectionKeys = map[string]string{"TITLE": "o.title", "CREATED_AT": "o.created_at"}

// Collections lists the collections, the newest first unless an order is given.
func (d DB) Collections(ctx context.Context, v *Viewer, a ListArgs[model.CollectionFilter], want Want) (*model.CollectionConnection, error) {
	l := list[model.Collection]{
		columns: collectionTable.list, from: "product_collection o", scan: collectionTable.scan,
		sort: sorting{expr: "o.created_at", desc: true, key: "o.id"},
	}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.collection(a.Filter)
	}
	if err := l.order(collectionKeys, a.Sort, shapes.collection, "o.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.loader(v).fillCollections)
}

// Collection returns the collection with this id or, if that is empty, with this handle.
func (d DB) Collection(ctx context.Context, v *Viewer, id, handle string, want Want) (*model.Collection, error) {
	return get(ctx, d, v, list[model.Collection]{
		columns: collectionTable.list, from: "product_collection o", scan: collectionTable.scan, where: named("o", id, handle),
	}, want, d.loader(v).fillCollections)
}

// named is the condition that a row has this id or, if that is empty, this handle, and is not deleted.
func named(alias, id, handle string) func(q *query) {
	return func(q *query) {
		q.add(" AND " + alias + ".deleted_at IS NULL")
		if id == "" && handle != "" {
			q.compare(alias+".handle", " = ", handle)
			return
		}
		q.compare(alias+".id", " = ", id)
	}
}

// productsOf reads the products that belong to the things with ids, guarded and sorted, and fills them. The query link
// selects from a table joined to products p the id of the thing they belong to.
func (ld *loader) productsOf(ctx context.Context, link, from, sort string, ids []string, want Want, give func(id string, p *model.Product)) error {
	if len(ids) == 0 {
		return nil
	}
	want = ofProduct(ctx, want)
	if err := ld.ensure(ctx, want); err != nil {
		return err
	}
	products := index[model.Product]{}
	var owned pairs
	err := ld.d.run(ctx, func(b *batch) {
		products, owned = index[model.Product]{}, nil
		q := &query{}
		q.add("SELECT " + link + ", " + productTable.list + " FROM " + from + " WHERE " + link + " = ANY(")
		q.arg(ids)
		q.add(")")
		q.inChannels(ld.channels)
		q.add(" ORDER BY " + sort)
		b.query(q, func(c *cursor) {
			owner := c.text()
			p := productTable.scan(c)
			products[p.ID] = p
			owned = append(owned, [2]string{owner, p.ID})
		})
	})
	if err != nil {
		return err
	}
	for _, o := range owned {
		give(o[0], products[o[1]])
	}
	return ld.fillProducts(ctx, values(products), want)
}

func (ld *loader) fillCollections(ctx context.Context, rows []*model.Collection, want Want) error {
	byID := make(index[model.Collection], len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	ids := idsOf(rows, func(r *model.Collection) *string { return &r.ID })
	if err := ld.pagesOf(ctx, ofCollections, ids, want, func(id string) *model.Results[model.ProductConnection] { return &byID[id].Products }); err != nil {
		return err
	}
	if !want.Has(field.AllProducts) {
		return nil
	}
	return ld.productsOf(ctx, "p.collection_id", "product p", asMade("p"), ids, want[field.AllProducts],
		func(id string, p *model.Product) { byID[id].AllProducts = append(byID[id].AllProducts, p) })
}

func (ld *loader) fillTypes(ctx context.Context, rows []*model.ProductType, want Want) error {
	byID := make(index[model.ProductType], len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	ids := idsOf(rows, func(r *model.ProductType) *string { return &r.ID })
	if err := ld.pagesOf(ctx, ofTypes, ids, want, func(id string) *model.Results[model.ProductConnection] { return &byID[id].Products }); err != nil {
		return err
	}
	if !want.Has(field.AllProducts) {
		return nil
	}
	return ld.productsOf(ctx, "p.type_id", "product p", asMade("p"), ids, want[field.AllProducts],
		func(id string, p *model.Product) { byID[id].AllProducts = append(byID[id].AllProducts, p) })
}

func (ld *loader) fillTags(ctx context.Context, rows []*model.ProductTag, want Want) error {
	byID := make(index[model.ProductTag], len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	ids := idsOf(rows, func(r *model.ProductTag) *string { return &r.ID })
	if err := ld.pagesOf(ctx, ofTags, ids, want, func(id string) *model.Results[model.ProductConnection] { return &byID[id].Products }); err != nil {
		return err
	}
	if !want.Has(field.AllProducts) {
		return nil
	}
	return ld.productsOf(ctx, "l.product_tag_id", "product_tags l JOIN product p ON p.id = l.product_id", "l.ctid",
		ids, want[field.AllProducts],
		func(id string, p *model.Product) { byID[id].AllProducts = append(byID[id].AllProducts, p) })
}

func (q *query) productTag(f *model.ProductTagFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).productTag)
	q.search(f.Q.Value(), []string{"o.value"}, nil)
	q.id("o.id", f.ID.Value())
	q.text("o.value", f.Value.Value())
	q.text("o.external_id", f.ExternalID.Value())
	q.time("o.created_at", f.CreatedAt.Value())
	q.time("o.updated_at", f.UpdatedAt.Value())
}

var wordKeys = map[string]string{"VALUE": "o.value", "CREATED_AT": "o.created_at"}

// ProductTags lists the tags that products carry.
func (d DB) ProductTags(ctx context.Context, v *Viewer, a ListArgs[model.ProductTagFilter], want Want) (*model.ProductTagConnection, error) {
	l := list[model.ProductTag]{columns: tagTable.list, from: "product_tag o", scan: tagTable.scan, sort: sorting{expr: "o.id", key: "o.id"}}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.productTag(a.Filter)
	}
	if err := l.order(wordKeys, a.Sort, shapes.tag, "o.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.loader(v).fillTags)
}

// ProductTag returns the tag with this id.
func (d DB) ProductTag(ctx context.Context, v *Viewer, id string, want Want) (*model.ProductTag, error) {
	return get(ctx, d, v, list[model.ProductTag]{columns: tagTable.list, from: "product_tag o", scan: tagTable.scan, where: named("o", id, "")},
		want, d.loader(v).fillTags)
}

func (q *query) productType(f *model.ProductTypeFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).productType)
	q.search(f.Q.Value(), []string{"o.value"}, nil)
	q.id("o.id", f.ID.Value())
	q.text("o.value", f.Value.Value())
	q.text("o.external_id", f.ExternalID.Value())
	q.time("o.created_at", f.CreatedAt.Value())
	q.time("o.updated_at", f.UpdatedAt.Value())
}

// ProductTypes lists the types of products.
func (d DB) ProductTypes(ctx context.Context, v *Viewer, a ListArgs[model.ProductTypeFilter], want Want) (*model.ProductTypeConnection, error) {
	l := list[model.ProductType]{columns: typeTable.list, from: "product_type o", scan: typeTable.scan, sort: sorting{expr: "o.id", key: "o.id"}}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.productType(a.Filter)
	}
	if err := l.order(wordKeys, a.Sort, shapes.typ, "o.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.loader(v).fillTypes)
}

// ProductType returns the type with this id.
func (d DB) ProductType(ctx context.Context, v *Viewer, id string, want Want) (*model.ProductType, error) {
	return get(ctx, d, v, list[model.ProductType]{columns: typeTable.list, from: "product_type o", scan: typeTable.scan, where: named("o", id, "")},
		want, d.loader(v).fillTypes)
}

func (q *query) productOption(f *model.ProductOptionFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).productOption)
	q.search(f.Q.Value(), []string{"o.title"}, nil)
	q.id("o.id", f.ID.Value())
	q.text("o.title", f.Title.Value())
	q.bool("o.is_exclusive", f.IsExclusive.Value())
	q.time("o.created_at", f.CreatedAt.Value())
	q.time("o.updated_at", f.UpdatedAt.Value())
}

var optionKeys = map[string]string{"TITLE": "o.title", "CREATED_AT": "o.created_at"}

// ProductOptions lists the options that products have.
func (d DB) ProductOptions(ctx context.Context, v *Viewer, a ListArgs[model.ProductOptionFilter], want Want) (*model.ProductOptionConnection, error) {
	l := list[model.ProductOption]{columns: optionTable.list, from: "product_option o", scan: optionTable.scan, sort: sorting{expr: "o.id", key: "o.id"}}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.productOption(a.Filter)
	}
	if err := l.order(optionKeys, a.Sort, shapes.option, "o.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.fillOptions)
}

// ProductOption returns the option with this id.
func (d DB) ProductOption(ctx context.Context, v *Viewer, id string, want Want) (*model.ProductOption, error) {
	return get(ctx, d, v, list[model.ProductOption]{columns: optionTable.list, from: "product_option o", scan: optionTable.scan, where: named("o", id, "")},
		want, d.fillOptions)
}

func (d DB) fillOptions(ctx context.Context, options []*model.ProductOption, want Want) error {
	if len(options) == 0 || !want.Has(field.Values) {
		return nil
	}
	byID := make(index[model.ProductOption], len(options))
	for _, o := range options {
		byID[o.ID] = o
	}
	return d.run(ctx, func(b *batch) {
		for _, o := range options {
			o.Values = nil
		}
		b.read(`SELECT `+valueTable.list+` FROM product_option_value o WHERE o.option_id = ANY($1) AND o.deleted_at IS NULL ORDER BY o.rank, `+asMade("o"),
			[]any{idsOf(options, func(o *model.ProductOption) *string { return &o.ID })}, func(c *cursor) {
				v := valueTable.scan(c)
				v.Option = byID[*v.OptionID]
				v.Option.Values = append(v.Option.Values, v)
			})
	})
}
