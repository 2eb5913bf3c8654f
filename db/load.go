package db

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/price"
)

// A loader fills products and variants with what is wanted of them: one batch of flat queries for all of
// them, however many they are, and one more for each level of products below products.
type loader struct {
	d     DB
	v     *Viewer
	asked []string // the sales channels asked for; nil for the key's

	channels []string // in which products are seen
	prices   []any    // the arguments of calculatedAmount, where the list is filtered or sorted by it
	context  *pricing // nil until prices are wanted

	// What is kept of entities may be used if nothing had changed since the index was made when the first batch was read: as of then.
	ix         *indexed // that the request is answered from; nil if there is none
	generation uint64   // of the entities, not after the index
	looked     bool     // it was asked whether anything had
	fresh      bool
	period     int64 // in which price lists neither start nor end
}

// indexed returns what the index said when the loader first asked; nil if there was none.
func (ld *loader) indexed() *indexed {
	if ld.ix == nil {
		ld.generation = ld.d.entities.now()
		ld.ix = ld.d.current()
	}
	return ld.ix
}

// look queues whether anything has changed since the index was made, after what it is to hold for. moved is told whether the catalogue has,
// or stock, and the time.
func (ld *loader) look(b *batch, moved func(catalogue, stock bool, now time.Time)) {
	ix := ld.indexed()
	ld.looked = true
	b.read(movedSince, []any{ix.position.snapshot}, func(c *cursor) {
		catalogue, stock, now := c.bool(), c.bool(), c.stamp().Time
		if b.behind() { // it would show what is older than the index
			catalogue, stock = true, true
		}
		ld.fresh, ld.period = !catalogue, ix.snapshot.Period(now)
		if moved != nil {
			moved(catalogue, stock, now)
		}
	})
}

// preparePrices resolves the prices that a list is filtered or sorted by, if it is.
func (ld *loader) preparePrices(ctx context.Context, priced bool) error {
	if !priced || ld.prices != nil {
		return nil
	}
	var err error
	if ld.context == nil {
		if ld.context, err = ld.d.resolvePricing(ctx, ld.v); err != nil {
			return err
		}
	}
	ld.prices, err = ld.context.args()
	return err
}

// errManyChannels is the reference's answer where stock is wanted in several sales channels at once.
var errManyChannels = model.Invalid.Errorf("Inventory availability cannot be calculated in the given context. " +
	"Either provide a single sales channel id or configure a single sales channel in the publishable key")

// first runs the first batch: the reads of the things themselves, with the key's check and the context of the
// prices that are wanted of their variants, or of themselves if they are variants: ofVariants is what is wanted of those.
// If byStock, the reads themselves depend on stock.
func (ld *loader) first(ctx context.Context, want, ofVariants Want, byStock bool, read func(b *batch, filter productFilter)) error {
	priced := ld.context == nil && (ofVariants.Has(unitPrices...) || want.Has(field.PriceRange))
	r := newPricingRead(ld.v)
	var scopeErr error
	err := ld.d.keyed(ctx, ld.v.Key, true, func(b *batch) {
		ld.channels, scopeErr = ld.v.Key.scope(ld.asked)
		if scopeErr != nil {
			return
		}
		var f productFilter
		if f.channel, scopeErr = ld.channel(); scopeErr != nil && (byStock || stocked(want, ofVariants)) {
			return
		}
		scopeErr = nil
		if priced {
			r.read(b)
		}
		begun := b.Len()
		ld.looked, ld.fresh = false, false
		read(b, f)
		if ld.indexed() != nil && !ld.looked && b.Len() > begun && want.Has(heldOf...) {
			ld.look(b, nil)
		}
	})
	if err != nil {
		return err
	}
	if scopeErr != nil {
		return scopeErr
	}
	if priced {
		ld.context, err = r.pricing()
	}
	return err
}

// heldOf are fields of products that entities have rows of.
var heldOf = []field.Field{
	field.Variants, field.PriceRange, field.StoredOptions, field.Images, field.Type, field.Collection, field.Tags, field.Categories,
	field.ListedCategories, field.AllCategories,
}

// unitPrices are the prices of a variant in a context.
var unitPrices = []field.Field{field.Price, field.CalculatedPrice}

// stocked reports whether the stock of things or of their variants is wanted.
func stocked(want, variants Want) bool {
	return variants.Has(field.InventoryQuantity, field.InStock) || want.Has(field.InStock)
}

// channel returns the one sales channel in which stock is counted.
func (ld *loader) channel() (string, error) {
	switch channels := ld.v.Key.channels(); {
	case len(channels) == 1:
		return channels[0], nil
	case len(ld.channels) == 1:
		return ld.channels[0], nil
	default:
		return "", errManyChannels
	}
}

// ensure makes the loader ready for products that stand below something else than a list of products.
func (ld *loader) ensure(ctx context.Context, want Want) error {
	if ld.channels == nil {
		err := ld.d.keyed(ctx, ld.v.Key, false, func(*batch) {})
		if err != nil {
			return err
		}
		ld.channels, err = ld.v.Key.scope(ld.asked)
		if errors.Is(err, errNoChannel) { // what is listed shows, without products
			ld.channels, err = []string{}, nil
		}
		if err != nil {
			return err
		}
	}
	variants := want[field.Variants]
	if stocked(want, variants) && len(ld.channels) > 0 {
		if _, err := ld.channel(); err != nil {
			return err
		}
	}
	if ld.context == nil && (variants.Has(unitPrices...) || want.Has(field.PriceRange)) {
		var err error
		ld.context, err = ld.d.resolvePricing(ctx, ld.v)
		return err
	}
	return nil
}

// asMade is how rows of a table sort as the merchant made them. Those of one request have one created_at and ids in random order,
// but lie in the table as they were sent. Links without a time of their own sort by ctid alone: they are never updated.
func asMade(alias string) string { return alias + ".created_at, " + alias + ".ctid" }

// pairs are the ids of two kinds of things that belong together.
type pairs [][2]string

// of queues a query of entities, which are the first of the pairs.
func (p *pairs) of(ld *loader, b *batch, sql string, ids []string) {
	*p = nil
	ld.rows(b, sql, ids, nil, func(id string, c *cursor) { *p = append(*p, [2]string{id, c.text()}) })
}

// index is things by id.
type index[T any] map[string]*T

// read queues a query of rows of a table by ids.
func (x *index[T]) read(b *batch, sql string, ids []string, of *table[T], id func(*T) string) {
	*x = index[T]{}
	b.read(sql, []any{ids}, func(c *cursor) {
		row := of.scan(c)
		(*x)[id(row)] = row
	})
}

// of queues a query of rows that belong to entities, whose ids stand before them.
func (x *index[T]) of(ld *loader, b *batch, sql string, ids []string, of *table[T], id func(*T) string) {
	*x = index[T]{}
	ld.rows(b, sql, ids, nil, func(_ string, c *cursor) {
		row := of.scan(c)
		if have := (*x)[id(row)]; have == nil { // several may have it
			(*x)[id(row)] = row
		}
	})
}

// A productLoad is what one batch reads of products' relations, besides their variants'.
type productLoad struct {
	variants    []*model.ProductVariant
	options     map[string][]*model.ProductOption
	offers      pairs // product and option value
	types       index[model.ProductType]
	collections index[model.Collection]
	categories  index[model.ProductCategory]
	inCategory  pairs
	tags        index[model.ProductTag]
	tagged      pairs
	images      map[string][]*model.ProductImage
}

// fillProducts fills products with what is wanted of them.
func (ld *loader) fillProducts(ctx context.Context, products []*model.Product, want Want) error {
	if len(products) == 0 {
		return nil
	}
	// A variant's product is the product it was found by, however often the selection goes there and back.
	want = ofProduct(ctx, want)
	for of := want[field.Variants][field.Product]; len(of) > 0; of = of[field.Variants][field.Product] {
		want = ofProduct(ctx, want.With(of))
	}
	if err := ld.ensure(ctx, want); err != nil {
		return err
	}
	var p productLoad
	priced := want[field.Variants].Has(unitPrices...) || want.Has(field.PriceRange)
	stock := stocked(want, want[field.Variants])
	l := &variantLoad{ld: ld, want: want[field.Variants], which: ofProducts, offered: want[field.StoredOptions].Has(field.Values)}
	ids := idsOf(products, func(p *model.Product) *string { return &p.ID })
	err := ld.d.run(ctx, func(b *batch) {
		p = productLoad{}
		p.read(ld, b, products, ids, want)
		if want.Has(field.Variants, field.PriceRange, field.InStock) {
			ld.rows(b, variantsOfProducts, ids, nil, func(_ string, c *cursor) { p.variants = append(p.variants, variantTable.scan(c)) })
		}
		l.read(b, ids, ids, priced, stock)
	})
	if err != nil {
		return err
	}
	l.options = index[model.ProductOption]{}
	for _, options := range p.options {
		for _, o := range options {
			l.options[o.ID] = o
		}
	}
	if err := l.missing(ctx); err != nil {
		return err
	}
	p.stitch(products, l, want)
	if want.Has(field.PriceRange, field.InStock) {
		for _, p := range products {
			p.PriceRange = price.Range(p.Variants)
			for _, v := range p.Variants {
				p.InStock = p.InStock || v.InStock
			}
		}
	}
	if err := ld.below(ctx, &p, want); err != nil {
		return err
	}
	if err := ld.relate(ctx, products, ids, want); err != nil {
		return err
	}
	return ld.chooseVariants(ctx, products, want)
}

// Queries of what belongs to the products $1, or of the types and collections $1.
var (
	typesByID       = `SELECT o.id, ` + typeTable.list + ` FROM product_type o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`
	collectionsByID = `SELECT o.id, ` + collectionTable.list + ` FROM product_collection o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`
	optionsOf       = `SELECT l.product_id, ` + optionTable.list + ` FROM product_product_option l
JOIN product_option o ON o.id = l.product_option_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL ORDER BY ` + asMade("l")
	offersOf = `SELECT l.product_id, v.product_option_value_id FROM product_product_option l
JOIN product_product_option_value v ON v.product_product_option_id = l.id AND v.deleted_at IS NULL
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL`
	imagesOf           = `SELECT i.product_id, ` + imageTable.list + ` FROM image i WHERE i.product_id = ANY($1) AND i.deleted_at IS NULL ORDER BY i.rank, ` + asMade("i")
	variantsOfProducts = `SELECT pv.product_id, ` + variantTable.list + ` FROM product_variant pv WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL
ORDER BY pv.variant_rank, ` + asMade("pv")
	tagIDsOf = `SELECT l.product_id, o.id FROM product_tags l JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) ORDER BY l.ctid`
	tagsOf = `SELECT l.product_id, ` + tagTable.list + ` FROM product_tags l JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) ORDER BY l.ctid`
	categoryIDsOf = `SELECT l.product_id, c.id, c.is_active, c.is_internal FROM product_category_product l
JOIN product_category c ON c.id = l.product_category_id AND c.deleted_at IS NULL WHERE l.product_id = ANY($1) ORDER BY l.ctid`
	categoriesOf = `SELECT l.product_id, ` + categoryTable.list + ` FROM product_category_product l
JOIN product_category c ON c.id = l.product_category_id AND c.deleted_at IS NULL WHERE l.product_id = ANY($1) ORDER BY l.ctid`
)

func (p *productLoad) read(ld *loader, b *batch, products []*model.Product, ids []string, want Want) {
	if want.Has(field.Type) && !want[field.Type].OnlyID() {
		p.types.of(ld, b, typesByID, idsOf(products, func(p *model.Product) *string { return p.TypeID }), typeTable, func(t *model.ProductType) string { return t.ID })
	}
	if want.Has(field.Collection) && !want[field.Collection].OnlyID() {
		p.collections.of(ld, b, collectionsByID, idsOf(products, func(p *model.Product) *string { return p.CollectionID }), collectionTable,
			func(o *model.Collection) string { return o.ID })
	}
	if want.Has(field.StoredOptions) {
		p.options = map[string][]*model.ProductOption{}
		ld.rows(b, optionsOf, ids, nil, func(product string, c *cursor) { p.options[product] = append(p.options[product], optionTable.scan(c)) })
		if want[field.StoredOptions].Has(field.Values) {
			p.offers.of(ld, b, offersOf, ids)
		}
	}
	p.readLabels(ld, b, ids, want)
	if want.Has(field.Images) {
		p.images = map[string][]*model.ProductImage{}
		ld.rows(b, imagesOf, ids, nil, func(product string, c *cursor) { p.images[product] = append(p.images[product], imageTable.scan(c)) })
	}
}

// readLabels queues the tags and categories of products. Where only ids are wanted, only ids are read.
func (p *productLoad) readLabels(ld *loader, b *batch, ids []string, want Want) {
	p.tags, p.categories = index[model.ProductTag]{}, index[model.ProductCategory]{}
	tag := func(product string, t *model.ProductTag) {
		if p.tags[t.ID] == nil {
			p.tags[t.ID] = t
		}
		p.tagged = append(p.tagged, [2]string{product, t.ID})
	}
	switch {
	case !want.Has(field.Tags):
	case want[field.Tags].OnlyID():
		ld.rows(b, tagIDsOf, ids, nil, func(product string, c *cursor) { tag(product, &model.ProductTag{ID: c.text()}) })
	default:
		ld.rows(b, tagsOf, ids, nil, func(product string, c *cursor) { tag(product, tagTable.scan(c)) })
	}
	category := func(product string, o *model.ProductCategory) {
		if p.categories[o.ID] == nil {
			p.categories[o.ID] = o
		}
		p.inCategory = append(p.inCategory, [2]string{product, o.ID})
	}
	switch below := want[field.Categories].With(want[field.ListedCategories]).With(want[field.AllCategories]); {
	case !want.Has(field.Categories, field.ListedCategories, field.AllCategories):
	case below.OnlyID():
		ld.rows(b, categoryIDsOf, ids, nil, func(product string, c *cursor) {
			category(product, &model.ProductCategory{ID: c.text(), IsActive: c.bool(), IsInternal: c.bool()})
		})
	default:
		ld.rows(b, categoriesOf, ids, nil, func(product string, c *cursor) { category(product, categoryTable.scan(c)) })
	}
}

func (p *productLoad) stitch(products []*model.Product, l *variantLoad, want Want) {
	byID := make(index[model.Product], len(products))
	for _, product := range products {
		byID[product.ID] = product
		if id := product.TypeID; id != nil {
			if product.Type = p.types[*id]; want[field.Type].OnlyID() {
				product.Type = &model.ProductType{ID: *id}
			}
		}
		if id := product.CollectionID; id != nil {
			if product.Collection = p.collections[*id]; want[field.Collection].OnlyID() {
				product.Collection = &model.Collection{ID: *id}
			}
		}
		product.StoredOptions, product.Images = p.options[product.ID], p.images[product.ID]
		product.Variants, product.Tags, product.Categories, product.ListedCategories, product.AllCategories = nil, nil, nil, nil, nil
	}
	l.stitch(p.variants, func(v *model.ProductVariant) string {
		if l.ld.v.Reads.TaxTypesIfWanted && !want.Has(field.TypeID) {
			return ""
		}
		return value(byID[*v.ProductID].TypeID)
	})
	for _, v := range p.variants {
		product := byID[*v.ProductID]
		v.Product = product
		product.Variants = append(product.Variants, v)
	}
	p.offer(products, byID, l)
	p.label(byID)
}

// offer gives the options of products the values that the products offer.
func (p *productLoad) offer(products []*model.Product, byID index[model.Product], l *variantLoad) {
	for _, o := range p.offers {
		v := l.values[o[1]]
		if v == nil || v.OptionID == nil {
			continue
		}
		for _, option := range byID[o[0]].StoredOptions {
			if option.ID == *v.OptionID {
				option.Values = append(option.Values, v)
			}
		}
	}
	for _, product := range products {
		for _, option := range product.StoredOptions {
			slices.SortFunc(option.Values, func(a, b *model.ProductOptionValue) int { return a.Place - b.Place })
			for _, v := range option.Values {
				if v.Option == nil {
					v.Option = option
				}
			}
		}
	}
}

// label gives products their tags and categories.
func (p *productLoad) label(byID index[model.Product]) {
	for _, t := range p.tagged {
		if tag := p.tags[t[1]]; tag != nil {
			byID[t[0]].Tags = append(byID[t[0]].Tags, tag)
		}
	}
	for _, t := range p.inCategory {
		category, product := p.categories[t[1]], byID[t[0]]
		if category == nil {
			continue
		}
		product.AllCategories = append(product.AllCategories, category)
		if !category.IsInternal {
			product.ListedCategories = append(product.ListedCategories, category)
			if category.IsActive {
				product.Categories = append(product.Categories, category)
			}
		}
	}
}

// below fills what is wanted of the things that products refer to.
func (ld *loader) below(ctx context.Context, p *productLoad, want Want) error {
	if err := ld.fillTypes(ctx, values(p.types), want[field.Type]); err != nil {
		return err
	}
	if err := ld.fillCollections(ctx, values(p.collections), want[field.Collection]); err != nil {
		return err
	}
	if err := ld.fillTags(ctx, values(p.tags), want[field.Tags]); err != nil {
		return err
	}
	return ld.fillCategories(ctx, values(p.categories), want[field.Categories].With(want[field.ListedCategories]).With(want[field.AllCategories]))
}

func values[T any](t index[T]) []*T {
	out := make([]*T, 0, len(t))
	for _, v := range t {
		out = append(out, v)
	}
	return out
}
