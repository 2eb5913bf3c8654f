package db

import (
	"context"
	"slices"
	"strings"

	"storegraph/model"
	"storegraph/model/field"
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

var collectionOrder = map[model.CollectionOrderField]string{
	"ID": "o.id", "TITLE": "o.title", "HANDLE": "o.handle", "EXTERNAL_ID": "o.external_id", "CREATED_AT": "o.created_at", "UPDATED_AT": "o.updated_at",
}

// Collections lists the collections, the newest first unless an order is given.
func (d DB) Collections(ctx context.Context, v *Viewer, a ListArgs[model.CollectionFilter, model.CollectionOrder], want Want) (*model.CollectionConnection, error) {
	l := list[model.Collection]{
		columns: collectionTable.list, from: "product_collection o", scan: collectionTable.scan,
		sort: sorting{expr: "o.created_at", desc: true, key: "o.id"},
	}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.collection(a.Filter)
	}
	if err := l.order(a.Order != nil, func() (sorting, error) {
		return sortBy(collectionOrder, a.Order.Field, a.Order.Direction, "o.id")
	}); err != nil {
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
		if id == "" {
			q.compare(alias+".handle", " = ", handle)
			return
		}
		q.compare(alias+".id", " = ", id)
	}
}

// productsOf reads the products that belong to the things with ids, guarded, and fills them. The query link
// selects from a table joined to products p the id of the thing they belong to.
func (ld *loader) productsOf(ctx context.Context, link, from string, ids []string, want Want, give func(id string, p *model.Product)) error {
	if len(ids) == 0 {
		return nil
	}
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
		q.add(" ORDER BY p.id")
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
	if !want.Has(field.Products) {
		return nil
	}
	byID := make(index[model.Collection], len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return ld.productsOf(ctx, "p.collection_id", "product p", idsOf(rows, func(r *model.Collection) *string { return &r.ID }), want[field.Products],
		func(id string, p *model.Product) { byID[id].Products = append(byID[id].Products, p) })
}

func (ld *loader) fillTypes(ctx context.Context, rows []*model.ProductType, want Want) error {
	if !want.Has(field.Products) {
		return nil
	}
	byID := make(index[model.ProductType], len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return ld.productsOf(ctx, "p.type_id", "product p", idsOf(rows, func(r *model.ProductType) *string { return &r.ID }), want[field.Products],
		func(id string, p *model.Product) { byID[id].Products = append(byID[id].Products, p) })
}

func (ld *loader) fillTags(ctx context.Context, rows []*model.ProductTag, want Want) error {
	if !want.Has(field.Products) {
		return nil
	}
	byID := make(index[model.ProductTag], len(rows))
	for _, r := range rows {
		byID[r.ID] = r
	}
	return ld.productsOf(ctx, "l.product_tag_id", "product_tags l JOIN product p ON p.id = l.product_id",
		idsOf(rows, func(r *model.ProductTag) *string { return &r.ID }), want[field.Products],
		func(id string, p *model.Product) { byID[id].Products = append(byID[id].Products, p) })
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

var wordOrder = map[string]string{
	"ID": "o.id", "VALUE": "o.value", "EXTERNAL_ID": "o.external_id", "CREATED_AT": "o.created_at", "UPDATED_AT": "o.updated_at",
}

// ProductTags lists the tags that products carry.
func (d DB) ProductTags(ctx context.Context, v *Viewer, a ListArgs[model.ProductTagFilter, model.ProductTagOrder], want Want) (*model.ProductTagConnection, error) {
	l := list[model.ProductTag]{columns: tagTable.list, from: "product_tag o", scan: tagTable.scan, sort: sorting{expr: "o.id", key: "o.id"}}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.productTag(a.Filter)
	}
	if err := l.order(a.Order != nil, func() (sorting, error) {
		return sortBy(wordOrder, string(a.Order.Field), a.Order.Direction, "o.id")
	}); err != nil {
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
func (d DB) ProductTypes(ctx context.Context, v *Viewer, a ListArgs[model.ProductTypeFilter, model.ProductTypeOrder], want Want) (*model.ProductTypeConnection, error) {
	l := list[model.ProductType]{columns: typeTable.list, from: "product_type o", scan: typeTable.scan, sort: sorting{expr: "o.id", key: "o.id"}}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.productType(a.Filter)
	}
	if err := l.order(a.Order != nil, func() (sorting, error) {
		return sortBy(wordOrder, string(a.Order.Field), a.Order.Direction, "o.id")
	}); err != nil {
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

var productOptionOrder = map[model.ProductOptionOrderField]string{
	"ID": "o.id", "TITLE": "o.title", "IS_EXCLUSIVE": "o.is_exclusive", "CREATED_AT": "o.created_at", "UPDATED_AT": "o.updated_at",
}

// ProductOptions lists the options that products have.
func (d DB) ProductOptions(ctx context.Context, v *Viewer, a ListArgs[model.ProductOptionFilter, model.ProductOptionOrder], want Want) (*model.ProductOptionConnection, error) {
	l := list[model.ProductOption]{columns: optionTable.list, from: "product_option o", scan: optionTable.scan, sort: sorting{expr: "o.id", key: "o.id"}}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL")
		q.productOption(a.Filter)
	}
	if err := l.order(a.Order != nil, func() (sorting, error) {
		return sortBy(productOptionOrder, a.Order.Field, a.Order.Direction, "o.id")
	}); err != nil {
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
		b.read(`SELECT `+valueTable.list+` FROM product_option_value o WHERE o.option_id = ANY($1) AND o.deleted_at IS NULL ORDER BY o.rank, o.id`,
			[]any{idsOf(options, func(o *model.ProductOption) *string { return &o.ID })}, func(c *cursor) {
				v := valueTable.scan(c)
				v.Option = byID[*v.OptionID]
				v.Option.Values = append(v.Option.Values, v)
			})
	})
}

func (q *query) category(f *model.ProductCategoryFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).category)
	q.search(f.Q.Value(), []string{"c.name", "c.description", "c.handle"}, nil)
	q.id("c.id", f.ID.Value())
	q.text("c.name", f.Name.Value())
	q.text("c.description", f.Description.Value())
	q.text("c.handle", f.Handle.Value())
	q.id("c.parent_category_id", f.ParentCategoryID.Value())
	q.text("c.external_id", f.ExternalID.Value())
	q.time("c.created_at", f.CreatedAt.Value())
	q.time("c.updated_at", f.UpdatedAt.Value())
}

var categoryOrder = map[model.ProductCategoryOrderField]string{
	"ID": "c.id", "NAME": "c.name", "DESCRIPTION": "c.description", "HANDLE": "c.handle", "RANK": "c.rank", "EXTERNAL_ID": "c.external_id",
	"PARENT_CATEGORY_ID": "c.parent_category_id", "CREATED_AT": "c.created_at", "UPDATED_AT": "c.updated_at",
}

// presentNull is a null that is there, unlike a nil value; see plan.Omit.
var presentNull = model.JSON("null ")

const shownCategory = " AND c.deleted_at IS NULL AND c.is_active AND NOT c.is_internal"

// ProductCategories lists the categories that are active and not internal.
func (d DB) ProductCategories(ctx context.Context, v *Viewer, a ListArgs[model.ProductCategoryFilter, model.ProductCategoryOrder], want Want) (*model.ProductCategoryConnection, error) {
	l := list[model.ProductCategory]{columns: categoryTable.list, from: "product_category c", scan: categoryTable.scan, sort: sorting{expr: "c.id", key: "c.id"}}
	l.where = func(q *query) {
		q.add(shownCategory)
		q.category(a.Filter)
	}
	if err := l.order(a.Order != nil, func() (sorting, error) {
		return sortBy(categoryOrder, a.Order.Field, a.Order.Direction, "c.id")
	}); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.loader(v).fillCategories)
}

// ProductCategory returns the category with this id or, if that is empty, with this handle, if it is active and
// not internal.
func (d DB) ProductCategory(ctx context.Context, v *Viewer, id, handle string, want Want) (*model.ProductCategory, error) {
	where := named("c", id, handle)
	return get(ctx, d, v, list[model.ProductCategory]{
		columns: categoryTable.list, from: "product_category c", scan: categoryTable.scan,
		where: func(q *query) {
			where(q)
			q.add(shownCategory)
		},
	}, want, d.loader(v).fillCategories)
}

// fillCategories fills the tree above and below categories, however deep it is wanted, with one query, and the products
// of all of them with another.
func (ld *loader) fillCategories(ctx context.Context, rows []*model.ProductCategory, want Want) error {
	up, down := want.Has(field.ParentCategory, field.AnyParent, field.Ancestors), want.Has(field.CategoryChildren, field.AllChildren)
	if len(rows) == 0 || !up && !down && !want.Has(field.Products) {
		return nil
	}
	family := make(index[model.ProductCategory], len(rows))
	if up || down {
		if err := ld.readFamily(ctx, rows, want, up, down, family); err != nil {
			return err
		}
	}
	for _, r := range rows {
		family[r.ID] = r
	}
	children := map[string][]*model.ProductCategory{}
	for _, c := range family {
		if c.ParentCategoryID != nil {
			children[*c.ParentCategoryID] = append(children[*c.ParentCategoryID], c)
		}
	}
	for _, siblings := range children {
		slices.SortFunc(siblings, func(a, b *model.ProductCategory) int {
			if a.Rank != b.Rank {
				return a.Rank - b.Rank
			}
			return strings.Compare(a.ID, b.ID)
		})
	}
	for _, c := range family {
		c.AllChildren, c.CategoryChildren, c.Ancestors = []*model.ProductCategory{}, nil, nil
		for _, child := range children[c.ID] {
			c.AllChildren = append(c.AllChildren, child)
			if child.IsActive && !child.IsInternal {
				c.CategoryChildren = append(c.CategoryChildren, child)
			}
		}
		if len(c.CategoryChildren) > 0 {
			c.BranchIsActive, c.BranchIsInternal, c.BranchDeletedAt = &c.IsActive, &c.IsInternal, presentNull
		}
		if c.ParentCategoryID != nil {
			c.NestedIsActive, c.NestedIsInternal, c.NestedDeletedAt = &c.IsActive, &c.IsInternal, presentNull
			c.AnyParent = family[*c.ParentCategoryID]
			if p := c.AnyParent; p != nil && p.IsActive && !p.IsInternal {
				c.ParentCategory = p
			}
		}
		for id := range strings.SplitSeq(c.Mpath, ".") {
			if a := family[id]; a != nil && a != c && a.IsActive && !a.IsInternal {
				c.Ancestors = append(c.Ancestors, a)
			}
		}
	}
	products := anywhere(want, field.Products)
	if len(products) == 0 {
		return nil
	}
	return ld.productsOf(ctx, "l.product_category_id", "product_category_product l JOIN product p ON p.id = l.product_id",
		idsOf(values(family), func(c *model.ProductCategory) *string { return &c.ID }), products,
		func(id string, p *model.Product) { family[id].Products = append(family[id].Products, p) })
}

// anywhere merges what is wanted below field, here or in the category tree above and below.
func anywhere(want Want, f field.Field) Want {
	if len(want) == 0 {
		return nil
	}
	out := want[f]
	for _, kin := range []field.Field{field.ParentCategory, field.AnyParent, field.CategoryChildren, field.AllChildren, field.Ancestors} {
		out = out.With(anywhere(want[kin], f))
	}
	return out
}

// readFamily reads the categories above and below rows: those directly so, or all of them where the tree is wanted.
func (ld *loader) readFamily(ctx context.Context, rows []*model.ProductCategory, want Want, up, down bool, family index[model.ProductCategory]) error {
	var above, below []string
	for _, r := range rows {
		if up {
			above = append(above, strings.Split(r.Mpath, ".")...)
		}
		if down {
			below = append(below, r.ID)
		}
	}
	deep := want[field.CategoryChildren].Has(field.CategoryChildren, field.AllChildren) || want[field.AllChildren].Has(field.CategoryChildren, field.AllChildren)
	sideways := want[field.ParentCategory].Has(field.CategoryChildren, field.AllChildren) || want[field.AnyParent].Has(field.CategoryChildren, field.AllChildren)
	return ld.d.run(ctx, func(b *batch) {
		clear(family)
		keep := func(c *cursor) {
			o := categoryTable.scan(c)
			family[o.ID] = o
		}
		if up {
			b.read(`SELECT `+categoryTable.list+` FROM product_category c WHERE c.id = ANY($1) AND c.deleted_at IS NULL`, []any{above}, keep)
		}
		if sideways {
			b.read(`SELECT `+categoryTable.list+` FROM product_category c WHERE c.parent_category_id = ANY($1) AND c.deleted_at IS NULL`, []any{above}, keep)
		}
		switch {
		case down && deep:
			b.read(`SELECT `+categoryTable.list+` FROM product_category c JOIN (SELECT mpath FROM product_category WHERE id = ANY($1)) r
ON c.mpath LIKE r.mpath || '.%' WHERE c.deleted_at IS NULL`, []any{below}, keep)
		case down:
			b.read(`SELECT `+categoryTable.list+` FROM product_category c WHERE c.parent_category_id = ANY($1) AND c.deleted_at IS NULL`, []any{below}, keep)
		}
	})
}
