package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"storegraph/model"
	"storegraph/model/price"
	"storegraph/model/tax"
)

// A loader fills products and variants with what is wanted of them: one batch of flat queries for all of
// them, however many they are, and one more for each level of products below products.
type loader struct {
	d     DB
	v     *Viewer
	asked []string // the sales channels asked for; nil for the key's
	in    *model.PricingInput

	channels []string // in which products are seen
	prices   []any    // the arguments of calculatedAmount, where the list is filtered or sorted by it
	context  *pricing // nil until prices are wanted
}

// prepare resolves the prices that a list is filtered or sorted by.
func (ld *loader) prepare(ctx context.Context, f *model.ProductFilter, byPrice bool) error {
	if filtered, _ := needs(f); !filtered && !byPrice {
		return nil
	}
	p, err := ld.d.resolvePricing(ctx, ld.v, ld.in)
	if err != nil {
		return err
	}
	ld.context = p
	ld.prices, err = p.args()
	return err
}

// errManyChannels is the reference's answer where stock is wanted in several sales channels at once.
var errManyChannels = model.Invalid.Errorf("Inventory availability cannot be calculated in the given context. " +
	"Either provide a single sales channel id or configure a single sales channel in the publishable key")

// first runs the first batch: the reads of the things themselves, with the key's check and the context of the
// prices that are wanted of their variants, which stand below the field variants ("" for the things themselves).
// If byStock, the reads themselves depend on stock.
func (ld *loader) first(ctx context.Context, want Want, variants string, byStock bool, read func(b *batch, filter productFilter)) error {
	below := want
	if variants != "" {
		below = want[variants]
	}
	priced := ld.context == nil && (below.Has("calculatedPrice") || want.Has("priceRange"))
	r := newPricingRead(ld.v, ld.in)
	var scopeErr error
	err := ld.d.keyed(ctx, ld.v.Key, true, func(b *batch) {
		ld.channels, scopeErr = ld.v.Key.scope(ld.asked)
		if scopeErr != nil {
			return
		}
		var f productFilter
		if f.channel, scopeErr = ld.channel(); scopeErr != nil && (byStock || stocked(want, below)) {
			return
		}
		scopeErr = nil
		if priced {
			r.read(b)
		}
		read(b, f)
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

// stocked reports whether the stock of things or of their variants is wanted.
func stocked(want, variants Want) bool {
	return variants.Has("inventoryQuantity", "inStock") || want.Has("inStock")
}

// channel returns the one sales channel in which stock is counted.
func (ld *loader) channel() (string, error) {
	switch {
	case len(ld.v.Key.channels) == 1:
		return ld.v.Key.channels[0], nil
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
		if ld.channels, err = ld.v.Key.scope(ld.asked); err != nil {
			return err
		}
	}
	variants := want["variants"]
	if stocked(want, variants) {
		if _, err := ld.channel(); err != nil {
			return err
		}
	}
	if ld.context == nil && (variants.Has("calculatedPrice") || want.Has("priceRange")) {
		var err error
		ld.context, err = ld.d.resolvePricing(ctx, ld.v, ld.in)
		return err
	}
	return nil
}

// pairs are the ids of two kinds of things that belong together.
type pairs [][2]string

func (p *pairs) read(b *batch, sql string, ids []string) {
	*p = nil
	b.read(sql, []any{ids}, func(c *cursor) { *p = append(*p, [2]string{c.text(), c.text()}) })
}

// table is things by id.
type table[T any] map[string]*T

func (t *table[T]) read(b *batch, sql string, ids []string, scan func(c *cursor) (string, *T)) {
	*t = table[T]{}
	b.read(sql, []any{ids}, func(c *cursor) {
		id, v := scan(c)
		(*t)[id] = v
	})
}

const (
	optionColumns = `o.id, o.title, o.is_exclusive, o.metadata, o.created_at, o.updated_at`
	valueColumns  = `o.id, o.value, o.rank, o.metadata, o.option_id, o.created_at, o.updated_at`
	imageColumns  = `i.id, i.url, i.metadata, i.rank, i.product_id, i.created_at, i.updated_at`
	wordColumns   = `o.id, o.value, o.external_id, o.metadata, o.created_at, o.updated_at`
)

func scanOption(c *cursor) (string, *model.ProductOption) {
	o := &model.ProductOption{ID: c.text(), Title: c.text(), IsExclusive: c.bool(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp()}
	return o.ID, o
}

func scanValue(c *cursor) (string, *model.ProductOptionValue) {
	o := &model.ProductOptionValue{
		ID: c.text(), Value: c.text(), Rank: c.maybeInt(), Metadata: c.json(), OptionID: c.maybeText(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	return o.ID, o
}

func scanImage(c *cursor) *model.ProductImage {
	return &model.ProductImage{
		ID: c.text(), URL: c.text(), Metadata: c.json(), Rank: c.int(), ProductID: c.text(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

func scanTag(c *cursor) *model.ProductTag {
	return &model.ProductTag{
		ID: c.text(), Value: c.text(), ExternalID: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

func scanType(c *cursor) *model.ProductType {
	return &model.ProductType{
		ID: c.text(), Value: c.text(), ExternalID: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

// The variants of products, or variants by id: the two ways in which the queries below find their variants.
const (
	ofProducts = "pv.product_id = ANY($1)"
	byID       = "pv.id = ANY($1)"
)

// A variantQueries holds the queries of variants' relations, for one way of finding the variants.
type variantQueries struct{ prices, options, values, images, imageVariants, stock, items, itemRows, levels, allPrices string }

func newVariantQueries(which string) variantQueries {
	variants := "SELECT pv.id FROM product_variant pv WHERE " + which + " AND pv.deleted_at IS NULL"
	// The values of the options of products are nearly always all that their variants have; missing reads the others.
	values := `o.option_id = ANY(ARRAY(SELECT product_option_id FROM product_product_option WHERE product_id = ANY($1) AND deleted_at IS NULL))`
	if which == byID {
		values = "o.id = ANY(ARRAY(SELECT DISTINCT vo.option_value_id FROM product_variant pv JOIN product_variant_option vo ON vo.variant_id = pv.id WHERE " +
			which + " AND pv.deleted_at IS NULL))"
	}
	products := "ANY($1)"
	if which == byID {
		products = "ANY(ARRAY(SELECT pv.product_id FROM product_variant pv WHERE " + which + " AND pv.deleted_at IS NULL))"
	}
	return variantQueries{
		prices: fmt.Sprintf(variantPrices, which),
		options: `SELECT pv.id, vo.option_value_id FROM product_variant pv JOIN product_variant_option vo ON vo.variant_id = pv.id
WHERE ` + which + ` AND pv.deleted_at IS NULL`,
		values: `SELECT ` + valueColumns + ` FROM product_option_value o WHERE o.deleted_at IS NULL AND ` + values,
		images: `SELECT ` + imageColumns + ` FROM image i WHERE i.deleted_at IS NULL AND i.product_id = ` + products + ` ORDER BY i.rank, i.id`,
		imageVariants: `SELECT l.image_id, ` + variantColumns + ` FROM product_variant_product_image l
JOIN product_variant pv ON pv.id = l.variant_id AND pv.deleted_at IS NULL
WHERE l.deleted_at IS NULL AND l.image_id IN (SELECT i.id FROM image i WHERE i.deleted_at IS NULL AND i.product_id = ` + products + `)
ORDER BY pv.variant_rank, pv.id`,
		stock: `SELECT pv.id, vi.required_quantity::text, coalesce((SELECT sum(il.stocked_quantity - il.reserved_quantity) FROM inventory_level il
JOIN inventory_item ii ON ii.id = il.inventory_item_id AND ii.deleted_at IS NULL
JOIN sales_channel_stock_location sl ON sl.stock_location_id = il.location_id AND sl.deleted_at IS NULL AND sl.sales_channel_id = $2
WHERE il.inventory_item_id = vi.inventory_item_id AND il.deleted_at IS NULL), 0)::text
FROM product_variant pv JOIN product_variant_inventory_item vi ON vi.variant_id = pv.id AND vi.deleted_at IS NULL
WHERE ` + which + ` AND pv.deleted_at IS NULL AND pv.manage_inventory`,
		items: `SELECT l.id, l.variant_id, l.inventory_item_id, l.required_quantity::text, l.created_at, l.updated_at
FROM product_variant_inventory_item l WHERE l.deleted_at IS NULL AND l.variant_id IN (` + variants + `) ORDER BY l.id`,
		itemRows: `SELECT i.id, i.sku, i.origin_country, i.hs_code, i.mid_code, i.material, i.unit_of_measure, i.weight, i.length, i.height, i.width,
i.requires_shipping, i.description, i.title, i.thumbnail, i.metadata, i.created_at, i.updated_at
FROM inventory_item i WHERE i.deleted_at IS NULL AND i.id IN (SELECT l.inventory_item_id FROM product_variant_inventory_item l
WHERE l.deleted_at IS NULL AND l.variant_id IN (` + variants + `))`,
		levels: `SELECT l.id, l.inventory_item_id, l.location_id, l.stocked_quantity::text, l.reserved_quantity::text, l.incoming_quantity::text,
l.raw_stocked_quantity, l.raw_reserved_quantity, l.raw_incoming_quantity, l.metadata, l.created_at, l.updated_at
FROM inventory_level l WHERE l.deleted_at IS NULL AND l.inventory_item_id IN (SELECT vi.inventory_item_id FROM product_variant_inventory_item vi
WHERE vi.deleted_at IS NULL AND vi.variant_id IN (` + variants + `)) ORDER BY l.id`,
		allPrices: `SELECT l.variant_id, p.id, p.title, p.currency_code, p.rules_count, p.price_set_id, p.price_list_id, p.amount::text, p.raw_amount,
p.min_quantity::text, p.raw_min_quantity, p.max_quantity::text, p.raw_max_quantity, p.created_at, p.updated_at
FROM product_variant_price_set l JOIN price p ON p.price_set_id = l.price_set_id AND p.deleted_at IS NULL
WHERE l.deleted_at IS NULL AND l.variant_id IN (` + variants + `) ORDER BY p.id`,
	}
}

var queriesOf = map[string]variantQueries{ofProducts: newVariantQueries(ofProducts), byID: newVariantQueries(byID)}

// A variantLoad is what one batch reads of variants' relations.
type variantLoad struct {
	ld    *loader
	want  Want
	which string

	untaxed bool // amounts with tax are not wanted
	offered bool // the values that products offer are wanted, whether or not a variant has them

	prices   map[string][]*model.Price
	stock    map[string]*variantStock
	choices  pairs
	values   table[model.ProductOptionValue]
	options  table[model.ProductOption] // by which values are told what they belong to
	images   []*model.ProductImage
	picked   map[string][]*model.ProductVariant // by image
	items    map[string][]*model.VariantInventoryItem
	itemRows map[string]*model.InventoryItem
	all      map[string][]*model.Price
}

type variantStock struct{ stock, required []model.Amount }

// read queues the reads. The ids are those of the products or the variants, as which says.
func (l *variantLoad) read(b *batch, ids, products []string, priced, stocked bool) {
	q, w := queriesOf[l.which], l.want
	if priced {
		l.prices = map[string][]*model.Price{}
		b.read(q.prices, []any{ids, l.ld.context.CurrencyCode}, func(c *cursor) {
			v := c.text()
			l.prices[v] = append(l.prices[v], scanPrice(c))
		})
		l.ld.context.readPreferences(b)
		if l.ld.context.taxed {
			l.ld.context.readRates(b, products)
		}
	}
	if stocked {
		channel, _ := l.ld.channel() // checked before the batch
		l.stock = map[string]*variantStock{}
		b.read(q.stock, []any{ids, channel}, func(c *cursor) {
			v := c.text()
			s := l.stock[v]
			if s == nil {
				s = &variantStock{}
				l.stock[v] = s
			}
			s.required, s.stock = append(s.required, c.amount()), append(s.stock, c.amount())
		})
	}
	if w.Has("options") {
		l.choices.read(b, q.options, ids)
	}
	if w.Has("options") || l.offered {
		l.values.read(b, q.values, ids, scanValue)
	}
	if w.Has("images") {
		l.images, l.picked = nil, map[string][]*model.ProductVariant{}
		b.read(q.images, []any{ids}, func(c *cursor) { l.images = append(l.images, scanImage(c)) })
		b.read(q.imageVariants, []any{ids}, func(c *cursor) {
			image := c.text()
			l.picked[image] = append(l.picked[image], scanVariant(c))
		})
	}
	if w.Has("inventoryItems") {
		l.readItems(b, q, ids)
	}
	if w.Has("prices") {
		l.all = map[string][]*model.Price{}
		b.read(q.allPrices, []any{ids}, func(c *cursor) {
			v := c.text()
			p := &model.Price{
				ID: c.text(), Title: c.maybeText(), CurrencyCode: c.text(), RulesCount: c.int(), PriceSetID: c.text(), PriceListID: c.maybeText(),
				Amount: c.amount(), RawAmount: c.json(), MinQuantity: c.maybeAmount(), RawMinQuantity: c.json(), MaxQuantity: c.maybeAmount(),
				RawMaxQuantity: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			}
			if p.PriceListID != nil {
				p.PriceList = &model.PriceList{ID: *p.PriceListID}
			}
			l.all[v] = append(l.all[v], p)
		})
	}
}

// missing reads, by their ids, the values that variants have and the options that values belong to which are not read yet.
// That is rare for products: their options were changed after their variants.
func (l *variantLoad) missing(ctx context.Context) error {
	var ids []string
	for _, c := range l.choices {
		if l.values[c[1]] == nil {
			ids = append(ids, c[1])
		}
	}
	if len(ids) > 0 {
		if err := l.ld.d.run(ctx, func(b *batch) {
			b.read(`SELECT `+valueColumns+` FROM product_option_value o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`, []any{ids}, func(c *cursor) {
				id, v := scanValue(c)
				l.values[id] = v
			})
		}); err != nil {
			return err
		}
	}
	if !l.want["options"].Has("option") || !l.needsOptions() {
		return nil
	}
	ids = nil
	for _, v := range l.values {
		if v.OptionID != nil && l.options[*v.OptionID] == nil {
			ids = append(ids, *v.OptionID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return l.ld.d.run(ctx, func(b *batch) {
		b.read(`SELECT `+optionColumns+` FROM product_option o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`, []any{ids}, func(c *cursor) {
			id, o := scanOption(c)
			l.options[id] = o
		})
	})
}

// needsOptions reports whether more than the id is wanted of the options that values belong to.
func (l *variantLoad) needsOptions() bool {
	return !l.want["options"]["option"].onlyID()
}

func (l *variantLoad) readItems(b *batch, q variantQueries, ids []string) {
	l.items, l.itemRows = map[string][]*model.VariantInventoryItem{}, map[string]*model.InventoryItem{}
	b.read(q.items, []any{ids}, func(c *cursor) {
		i := &model.VariantInventoryItem{
			ID: c.text(), VariantID: c.text(), InventoryItemID: c.text(), RequiredQuantity: c.amount(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		l.items[i.VariantID] = append(l.items[i.VariantID], i)
	})
	inventory := l.want["inventoryItems"]["inventory"]
	if inventory == nil {
		return
	}
	b.read(q.itemRows, []any{ids}, func(c *cursor) {
		i := &model.InventoryItem{
			ID: c.text(), Sku: c.maybeText(), OriginCountry: c.maybeText(), HsCode: c.maybeText(), MidCode: c.maybeText(), Material: c.maybeText(),
			UnitOfMeasure: c.maybeText(), Weight: c.maybeInt(), Length: c.maybeInt(), Height: c.maybeInt(), Width: c.maybeInt(),
			RequiresShipping: c.bool(), Description: c.maybeText(), Title: c.maybeText(), Thumbnail: c.maybeText(), Metadata: c.json(),
			CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		l.itemRows[i.ID] = i
	})
	if !inventory.Has("locationLevels") {
		return
	}
	b.read(q.levels, []any{ids}, func(c *cursor) {
		level := &model.InventoryLevel{
			ID: c.text(), InventoryItemID: c.text(), LocationID: c.text(), StockedQuantity: c.amount(), ReservedQuantity: c.amount(),
			IncomingQuantity: c.amount(), RawStockedQuantity: c.json(), RawReservedQuantity: c.json(), RawIncomingQuantity: c.json(),
			Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		level.AvailableQuantity = level.StockedQuantity.Minus(level.ReservedQuantity)
		if i := l.itemRows[level.InventoryItemID]; i != nil {
			i.LocationLevels = append(i.LocationLevels, level)
		}
	})
}

// stitch gives variants what was read. The type of a variant's product is typeOf(v), for taxes.
func (l *variantLoad) stitch(variants []*model.ProductVariant, typeOf func(v *model.ProductVariant) string) {
	loaded := make(table[model.ProductVariant], len(variants))
	for _, v := range variants {
		loaded[v.ID] = v
	}
	for _, v := range l.values {
		if v.OptionID == nil || !l.want["options"].Has("option") {
			continue
		}
		if v.Option = l.options[*v.OptionID]; v.Option == nil && !l.needsOptions() {
			v.Option = &model.ProductOption{ID: *v.OptionID}
		}
	}
	for _, c := range l.choices {
		if v, o := loaded[c[0]], l.values[c[1]]; v != nil && o != nil {
			v.Options = append(v.Options, o)
		}
	}
	for _, v := range variants {
		if l.which == byID {
			v.LoadedOptions = v.Options
		}
		if l.prices != nil {
			l.price(v, typeOf)
		}
		if s := l.stock[v.ID]; s != nil {
			if n, ok := model.Available(s.stock, s.required); ok {
				v.InventoryQuantity = &n
			}
		}
		if l.stock != nil {
			v.InStock = v.Buyable()
		}
		if l.picked != nil {
			l.picture(v, loaded)
		}
		v.InventoryItems, v.Prices = l.items[v.ID], l.all[v.ID]
		for _, i := range v.InventoryItems {
			i.Inventory = l.itemRows[i.InventoryItemID]
		}
	}
}

func (l *variantLoad) price(v *model.ProductVariant, typeOf func(v *model.ProductVariant) string) {
	prices, c := l.prices[v.ID], l.ld.context
	if len(prices) == 0 {
		return
	}
	v.CalculatedPrice = price.Calculate(prices[0].PriceSetID, prices, &c.Context)
	if v.CalculatedPrice != nil && c.taxed && !l.untaxed {
		tax.Apply(v.CalculatedPrice, tax.Applicable(c.rates, tax.Item{ProductID: *v.ProductID, ProductTypeID: typeOf(v)}))
	}
}

// picture gives a variant its pictures: those of its product that no variant picked, and those that it picked.
func (l *variantLoad) picture(v *model.ProductVariant, loaded table[model.ProductVariant]) {
	for _, i := range l.images {
		if v.ProductID == nil || i.ProductID != *v.ProductID {
			continue
		}
		picked := l.picked[i.ID]
		own := len(picked) == 0
		for _, p := range picked {
			own = own || p.ID == v.ID
		}
		if own {
			v.Images = append(v.Images, i)
		}
	}
	if !l.want["images"].Has("variants") {
		return
	}
	for _, i := range v.Images {
		i.Variants = []*model.ProductVariant{}
		for _, p := range l.picked[i.ID] {
			if known := loaded[p.ID]; known != nil {
				p = known
			}
			i.Variants = append(i.Variants, p)
		}
	}
}

// fillVariants fills variants that were read by themselves.
func (ld *loader) fillVariants(ctx context.Context, variants []*model.ProductVariant, want Want) error {
	if len(variants) == 0 {
		return nil
	}
	l := &variantLoad{ld: ld, want: want, which: byID}
	l.untaxed = ld.v.AsReference && !want.Has("productId") && !want["product"].Has("id")
	ids := idsOf(variants, func(v *model.ProductVariant) *string { return &v.ID })
	productIDs := idsOf(variants, func(v *model.ProductVariant) *string { return v.ProductID })
	priced := want.Has("calculatedPrice")
	var products table[model.Product]
	below := want["product"].with(want["images"]["product"])
	err := ld.d.run(ctx, func(b *batch) {
		products = nil
		if len(below) > 0 || priced && ld.context.taxed {
			products.read(b, `SELECT `+productColumns+` FROM product p WHERE p.id = ANY($1) AND p.deleted_at IS NULL`, productIDs,
				func(c *cursor) (string, *model.Product) {
					p := scanProduct(c)
					return p.ID, p
				})
		}
		l.read(b, ids, productIDs, priced, stocked(nil, want))
	})
	if err != nil {
		return err
	}
	l.options = table[model.ProductOption]{}
	if err := l.missing(ctx); err != nil {
		return err
	}
	l.stitch(variants, func(v *model.ProductVariant) string {
		if p := products[*v.ProductID]; p != nil && p.TypeID != nil && (!ld.v.AsReference || want["product"].Has("typeId")) {
			return *p.TypeID
		}
		return ""
	})
	if len(below) == 0 {
		return nil
	}
	var loaded []*model.Product
	for _, p := range products {
		loaded = append(loaded, p)
	}
	for _, v := range variants {
		v.Product = products[*v.ProductID]
		for _, i := range v.Images {
			i.Product = products[i.ProductID]
			for _, p := range i.Variants {
				p.Product = products[i.ProductID]
			}
		}
	}
	return ld.fillProducts(ctx, loaded, below)
}

// A productLoad is what one batch reads of products' relations, besides their variants'.
type productLoad struct {
	variants    []*model.ProductVariant
	options     map[string][]*model.ProductOption
	offers      pairs // product and option value
	types       table[model.ProductType]
	collections table[model.Collection]
	categories  table[model.ProductCategory]
	inCategory  pairs
	tags        table[model.ProductTag]
	tagged      pairs
	images      map[string][]*model.ProductImage
}

// fillProducts fills products with what is wanted of them.
func (ld *loader) fillProducts(ctx context.Context, products []*model.Product, want Want) error {
	if len(products) == 0 {
		return nil
	}
	// A variant's product is the product it was found by, however often the selection goes there and back.
	for of := want["variants"]["product"]; len(of) > 0; of = of["variants"]["product"] {
		want = want.with(of)
	}
	if err := ld.ensure(ctx, want); err != nil {
		return err
	}
	var p productLoad
	priced := want["variants"].Has("calculatedPrice") || want.Has("priceRange")
	stock := stocked(want, want["variants"])
	l := &variantLoad{ld: ld, want: want["variants"], which: ofProducts, offered: want["options"].Has("values")}
	ids := idsOf(products, func(p *model.Product) *string { return &p.ID })
	err := ld.d.run(ctx, func(b *batch) {
		p = productLoad{}
		p.read(b, products, ids, want)
		if want.Has("variants", "priceRange", "inStock") {
			b.read(`SELECT `+variantColumns+` FROM product_variant pv WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL
ORDER BY pv.variant_rank, pv.id`, []any{ids}, func(c *cursor) { p.variants = append(p.variants, scanVariant(c)) })
		}
		l.read(b, ids, ids, priced, stock)
	})
	if err != nil {
		return err
	}
	l.options = table[model.ProductOption]{}
	for _, options := range p.options {
		for _, o := range options {
			l.options[o.ID] = o
		}
	}
	if err := l.missing(ctx); err != nil {
		return err
	}
	p.stitch(products, l, want)
	if want.Has("priceRange", "inStock") {
		for _, p := range products {
			p.PriceRange = price.Range(p.Variants)
			for _, v := range p.Variants {
				p.InStock = p.InStock || v.InStock
			}
		}
	}
	return ld.below(ctx, &p, want)
}

func (p *productLoad) read(b *batch, products []*model.Product, ids []string, want Want) {
	if want.Has("type") && !want["type"].onlyID() {
		p.types.read(b, `SELECT `+wordColumns+` FROM product_type o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`,
			idsOf(products, func(p *model.Product) *string { return p.TypeID }), func(c *cursor) (string, *model.ProductType) {
				t := scanType(c)
				return t.ID, t
			})
	}
	if want.Has("collection") && !want["collection"].onlyID() {
		p.collections.read(b, `SELECT `+collectionColumns+` FROM product_collection o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`,
			idsOf(products, func(p *model.Product) *string { return p.CollectionID }), func(c *cursor) (string, *model.Collection) {
				o := scanCollection(c)
				return o.ID, o
			})
	}
	if want.Has("options") {
		p.options = map[string][]*model.ProductOption{}
		b.read(`SELECT l.product_id, `+optionColumns+` FROM product_product_option l
JOIN product_option o ON o.id = l.product_option_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL ORDER BY o.id`, []any{ids}, func(c *cursor) {
			product := c.text()
			_, o := scanOption(c)
			p.options[product] = append(p.options[product], o)
		})
		if want["options"].Has("values") {
			p.offers.read(b, `SELECT l.product_id, v.product_option_value_id FROM product_product_option l
JOIN product_product_option_value v ON v.product_product_option_id = l.id AND v.deleted_at IS NULL
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL`, ids)
		}
	}
	if want.Has("tags") {
		p.tagged.read(b, `SELECT product_id, product_tag_id FROM product_tags WHERE product_id = ANY($1) ORDER BY product_tag_id`, ids)
		p.tags.read(b, `SELECT `+wordColumns+` FROM product_tag o WHERE o.deleted_at IS NULL
AND o.id = ANY(ARRAY(SELECT DISTINCT product_tag_id FROM product_tags WHERE product_id = ANY($1)))`, ids, func(c *cursor) (string, *model.ProductTag) {
			t := scanTag(c)
			return t.ID, t
		})
	}
	if want.Has("categories", "listedCategories", "allCategories") {
		p.inCategory.read(b, `SELECT product_id, product_category_id FROM product_category_product WHERE product_id = ANY($1) ORDER BY product_category_id`, ids)
		p.categories.read(b, `SELECT `+categoryColumns+` FROM product_category c WHERE c.deleted_at IS NULL
AND c.id = ANY(ARRAY(SELECT DISTINCT product_category_id FROM product_category_product WHERE product_id = ANY($1)))`, ids,
			func(c *cursor) (string, *model.ProductCategory) {
				o := scanCategory(c)
				return o.ID, o
			})
	}
	if want.Has("images") {
		p.images = map[string][]*model.ProductImage{}
		b.read(`SELECT `+imageColumns+` FROM image i WHERE i.product_id = ANY($1) AND i.deleted_at IS NULL ORDER BY i.rank, i.id`, []any{ids}, func(c *cursor) {
			i := scanImage(c)
			p.images[i.ProductID] = append(p.images[i.ProductID], i)
		})
	}
}

func (p *productLoad) stitch(products []*model.Product, l *variantLoad, want Want) {
	byID := make(table[model.Product], len(products))
	for _, product := range products {
		byID[product.ID] = product
		if id := product.TypeID; id != nil {
			if product.Type = p.types[*id]; want["type"].onlyID() {
				product.Type = &model.ProductType{ID: *id}
			}
		}
		if id := product.CollectionID; id != nil {
			if product.Collection = p.collections[*id]; want["collection"].onlyID() {
				product.Collection = &model.Collection{ID: *id}
			}
		}
		product.Options, product.Images = p.options[product.ID], p.images[product.ID]
		product.Variants, product.Tags, product.Categories, product.ListedCategories, product.AllCategories = nil, nil, nil, nil, nil
	}
	l.stitch(p.variants, func(v *model.ProductVariant) string {
		if l.ld.v.AsReference && !want.Has("typeId") {
			return ""
		}
		return value(byID[*v.ProductID].TypeID)
	})
	for _, v := range p.variants {
		product := byID[*v.ProductID]
		v.Product = product
		product.Variants = append(product.Variants, v)
	}
	for _, o := range p.offers {
		v := l.values[o[1]]
		if v == nil || v.OptionID == nil {
			continue
		}
		for _, option := range byID[o[0]].Options {
			if option.ID == *v.OptionID {
				option.Values = append(option.Values, v)
			}
		}
	}
	for _, product := range products {
		for _, option := range product.Options {
			slices.SortFunc(option.Values, compareValues)
			for _, v := range option.Values {
				if v.Option == nil {
					v.Option = option
				}
			}
		}
	}
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

// compareValues sorts option values by rank, those without one last, and then by id.
func compareValues(a, b *model.ProductOptionValue) int {
	switch {
	case a.Rank != nil && b.Rank != nil && *a.Rank != *b.Rank:
		return *a.Rank - *b.Rank
	case (a.Rank == nil) != (b.Rank == nil):
		if a.Rank == nil {
			return 1
		}
		return -1
	}
	return strings.Compare(a.ID, b.ID)
}

// below fills what is wanted of the things that products refer to.
func (ld *loader) below(ctx context.Context, p *productLoad, want Want) error {
	if err := ld.fillTypes(ctx, values(p.types), want["type"]); err != nil {
		return err
	}
	if err := ld.fillCollections(ctx, values(p.collections), want["collection"]); err != nil {
		return err
	}
	if err := ld.fillTags(ctx, values(p.tags), want["tags"]); err != nil {
		return err
	}
	return ld.fillCategories(ctx, values(p.categories), want["categories"].with(want["listedCategories"]).with(want["allCategories"]))
}

func values[T any](t table[T]) []*T {
	out := make([]*T, 0, len(t))
	for _, v := range t {
		out = append(out, v)
	}
	return out
}
