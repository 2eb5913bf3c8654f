package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/price"
	"github.com/storegraph/storegraph/model/tax"
)

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
	values := "SELECT l.product_id, " + valueTable.list + ` FROM product_product_option l
JOIN product_option_value o ON o.option_id = l.product_option_id AND o.deleted_at IS NULL WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL`
	products, owner := "ANY($1)", "pv.product_id"
	if which == byID {
		values = "SELECT o.id, " + valueTable.list + ` FROM product_option_value o WHERE o.deleted_at IS NULL
AND o.id = ANY(ARRAY(SELECT DISTINCT vo.option_value_id FROM product_variant pv JOIN product_variant_option vo ON vo.variant_id = pv.id
WHERE ` + which + " AND pv.deleted_at IS NULL))"
		products, owner = "ANY(ARRAY(SELECT pv.product_id FROM product_variant pv WHERE "+which+" AND pv.deleted_at IS NULL))", "pv.id"
	}
	return variantQueries{
		prices: fmt.Sprintf(variantPrices, owner+", ", which),
		options: `SELECT ` + owner + `, pv.id, vo.option_value_id FROM product_variant pv JOIN product_variant_option vo ON vo.variant_id = pv.id
WHERE ` + which + ` AND pv.deleted_at IS NULL ORDER BY vo.ctid`,
		values: values + ` ORDER BY o.rank, ` + asMade("o"),
		images: `SELECT i.product_id, ` + imageTable.list + ` FROM image i WHERE i.deleted_at IS NULL AND i.product_id = ` + products + ` ORDER BY i.rank, ` + asMade("i"),
		imageVariants: `SELECT i.product_id, l.image_id, ` + variantTable.list + ` FROM image i
JOIN product_variant_product_image l ON l.image_id = i.id AND l.deleted_at IS NULL
JOIN product_variant pv ON pv.id = l.variant_id AND pv.deleted_at IS NULL
WHERE i.deleted_at IS NULL AND i.product_id = ` + products + `
ORDER BY ` + asMade("l"),
		stock: `SELECT pv.id, vi.required_quantity::text, coalesce(s.net, 0)::text, coalesce(s.available, 0)::text
FROM product_variant pv JOIN product_variant_inventory_item vi ON vi.variant_id = pv.id AND vi.deleted_at IS NULL
LEFT JOIN LATERAL (SELECT sum(il.stocked_quantity - il.reserved_quantity) AS net,
 sum(greatest(il.stocked_quantity - il.reserved_quantity, 0)) AS available FROM inventory_level il
JOIN inventory_item ii ON ii.id = il.inventory_item_id AND ii.deleted_at IS NULL
JOIN sales_channel_stock_location sl ON sl.stock_location_id = il.location_id AND sl.deleted_at IS NULL AND sl.sales_channel_id = $2
WHERE il.inventory_item_id = vi.inventory_item_id AND il.deleted_at IS NULL) s ON true
WHERE ` + which + ` AND pv.deleted_at IS NULL AND pv.manage_inventory`,
		items: `SELECT ` + variantItemTable.list + `
FROM product_variant_inventory_item l WHERE l.deleted_at IS NULL AND l.variant_id IN (` + variants + `) ORDER BY ` + asMade("l"),
		itemRows: `SELECT ` + inventoryItemTable.list + `
FROM inventory_item i WHERE i.deleted_at IS NULL AND i.id IN (SELECT l.inventory_item_id FROM product_variant_inventory_item l
WHERE l.deleted_at IS NULL AND l.variant_id IN (` + variants + `))`,
		levels: `SELECT ` + inventoryLevelTable.list + `
FROM inventory_level l WHERE l.deleted_at IS NULL AND l.inventory_item_id IN (SELECT vi.inventory_item_id FROM product_variant_inventory_item vi
WHERE vi.deleted_at IS NULL AND vi.variant_id IN (` + variants + `)) ORDER BY ` + asMade("l"),
		allPrices: `SELECT l.variant_id, ` + priceTable.list + `
FROM product_variant_price_set l JOIN price p ON p.price_set_id = l.price_set_id AND p.price_list_id IS NULL AND p.deleted_at IS NULL
WHERE l.deleted_at IS NULL AND l.variant_id IN (` + variants + `) ORDER BY ` + asMade("p"),
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
	values   index[model.ProductOptionValue]
	options  index[model.ProductOption] // by which values are told what they belong to
	images   []*model.ProductImage
	picked   map[string][]*model.ProductVariant // by image
	items    map[string][]*model.VariantInventoryItem
	itemRows map[string]*model.InventoryItem
	all      map[string][]*model.Price
}

// A variantStock is what of each of a variant's items one unit takes, what all locations have together, where debts count, and what
// those have that have any.
type variantStock struct{ required, net, available []model.Amount }

// read queues the reads. The ids are those of the products or the variants, as which says.
func (l *variantLoad) read(b *batch, ids, products []string, priced, stocked bool) {
	q, w := queriesOf[l.which], l.want
	if priced {
		l.prices = map[string][]*model.Price{}
		l.rows(b, q.prices, ids, []any{l.ld.context.CurrencyCode}, func(c *cursor) {
			v := c.text()
			l.prices[v] = append(l.prices[v], scanPrice(c))
		})
		l.ld.context.readPreferences(l.ld.whole(b))
		if l.ld.context.taxed {
			l.ld.context.readRates(l.ld.whole(b), taxRates, products)
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
			s.required, s.net, s.available = append(s.required, c.amount()), append(s.net, c.amount()), append(s.available, c.amount())
		})
	}
	if w.Has(field.StoredOptions) {
		l.choices = nil
		l.rows(b, q.options, ids, nil, func(c *cursor) { l.choices = append(l.choices, [2]string{c.text(), c.text()}) })
	}
	if w.Has(field.StoredOptions) || l.offered {
		l.values = index[model.ProductOptionValue]{}
		l.rows(b, q.values, ids, nil, func(c *cursor) {
			v := valueTable.scan(c)
			if v.Place = len(l.values); l.values[v.ID] == nil { // several products may offer it
				l.values[v.ID] = v
			}
		})
	}
	if w.Has(field.Images) {
		l.images, l.picked = nil, map[string][]*model.ProductVariant{}
		l.rows(b, q.images, ids, nil, func(c *cursor) { l.images = append(l.images, imageTable.scan(c)) })
		l.rows(b, q.imageVariants, ids, nil, func(c *cursor) {
			image := c.text()
			l.picked[image] = append(l.picked[image], variantTable.scan(c))
		})
	}
	if w.Has(field.InventoryItems) {
		l.readItems(b, q, ids)
	}
	if w.Has(field.Prices) {
		l.all = map[string][]*model.Price{}
		b.read(q.allPrices, []any{ids}, func(c *cursor) {
			v := c.text()
			p := priceTable.scan(c)
			if p.PriceListID != nil {
				p.PriceList = &model.PriceList{ID: *p.PriceListID}
			}
			l.all[v] = append(l.all[v], p)
		})
	}
}

// rows queues a query that has the id of a product, or of the variant or value if variants are found by their ids, in its first column. What
// is kept of products need not be read.
func (l *variantLoad) rows(b *batch, sql string, ids []string, further []any, row func(c *cursor)) {
	if l.which == ofProducts {
		l.ld.rows(b, sql, ids, further, func(_ string, c *cursor) { row(c) })
		return
	}
	b.read(sql, append([]any{ids}, further...), func(c *cursor) {
		c.column()
		row(c)
	})
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
			b.read(`SELECT `+valueTable.list+` FROM product_option_value o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`, []any{ids}, func(c *cursor) {
				v := valueTable.scan(c)
				l.values[v.ID] = v
			})
		}); err != nil {
			return err
		}
	}
	if !l.want[field.StoredOptions].Has(field.Option) || !l.needsOptions() {
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
		b.read(`SELECT `+optionTable.list+` FROM product_option o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`, []any{ids}, func(c *cursor) {
			o := optionTable.scan(c)
			l.options[o.ID] = o
		})
	})
}

// needsOptions reports whether more than the id is wanted of the options that values belong to.
func (l *variantLoad) needsOptions() bool {
	return !l.want[field.StoredOptions][field.Option].OnlyID()
}

func (l *variantLoad) readItems(b *batch, q variantQueries, ids []string) {
	l.items, l.itemRows = map[string][]*model.VariantInventoryItem{}, map[string]*model.InventoryItem{}
	b.read(q.items, []any{ids}, func(c *cursor) {
		i := variantItemTable.scan(c)
		l.items[i.VariantID] = append(l.items[i.VariantID], i)
	})
	inventory := l.want[field.InventoryItems][field.Inventory]
	if inventory == nil {
		return
	}
	b.read(q.itemRows, []any{ids}, func(c *cursor) {
		i := inventoryItemTable.scan(c)
		l.itemRows[i.ID] = i
	})
	if !inventory.Has(field.LocationLevels) {
		return
	}
	b.read(q.levels, []any{ids}, func(c *cursor) {
		level := inventoryLevelTable.scan(c)
		level.AvailableQuantity = level.StockedQuantity.Minus(level.ReservedQuantity)
		if i := l.itemRows[level.InventoryItemID]; i != nil {
			i.LocationLevels = append(i.LocationLevels, level)
		}
	})
}

// stitch gives variants what was read. The type of a variant's product is typeOf(v), for taxes.
func (l *variantLoad) stitch(variants []*model.ProductVariant, typeOf func(v *model.ProductVariant) string) {
	loaded := make(index[model.ProductVariant], len(variants))
	for _, v := range variants {
		loaded[v.ID] = v
	}
	for _, v := range l.values {
		if v.OptionID == nil || !l.want[field.StoredOptions].Has(field.Option) {
			continue
		}
		if v.Option = l.options[*v.OptionID]; v.Option == nil && !l.needsOptions() {
			v.Option = &model.ProductOption{ID: *v.OptionID}
		}
	}
	for _, c := range l.choices {
		if v, o := loaded[c[0]], l.values[c[1]]; v != nil && o != nil {
			v.StoredOptions = append(v.StoredOptions, o)
		}
	}
	for _, v := range variants {
		if l.which == byID {
			v.LoadedOptions = v.StoredOptions
		}
		if l.prices != nil {
			l.price(v, typeOf)
		}
		units := 0
		if s := l.stock[v.ID]; s != nil {
			if n, ok := model.Available(s.net, s.required); ok {
				v.InventoryQuantity = &n
			}
			units, _ = model.Available(s.available, s.required)
		}
		if l.stock != nil {
			v.InStock = v.Buyable(units)
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
	if v.Price = v.CalculatedPrice.Shown(); v.Price != nil && l.want[field.Price].Has(field.QuantityBreaks) {
		v.Price.QuantityBreaks = price.Breaks(prices, &c.Context)
	}
}

// picture gives a variant its images: those of its product that are assigned to no variant, and then those assigned to it.
func (l *variantLoad) picture(v *model.ProductVariant, loaded index[model.ProductVariant]) {
	var own []*model.ProductImage
	for _, i := range l.images {
		if v.ProductID == nil || i.ProductID != *v.ProductID {
			continue
		}
		picked := l.picked[i.ID]
		if len(picked) == 0 {
			v.Images = append(v.Images, i)
		}
		if slices.ContainsFunc(picked, func(p *model.ProductVariant) bool { return p.ID == v.ID }) {
			own = append(own, i)
		}
	}
	v.Images = append(v.Images, own...)
	if !l.want[field.Images].Has(field.Variants) {
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
	want = ofVariant(want)
	l := &variantLoad{ld: ld, want: want, which: byID}
	l.untaxed = ld.v.Reads.TaxTypesIfWanted && !want.Has(field.ProductID) && !want[field.Product].Has(field.ID)
	ids := idsOf(variants, func(v *model.ProductVariant) *string { return &v.ID })
	productIDs := idsOf(variants, func(v *model.ProductVariant) *string { return v.ProductID })
	priced := want.Has(unitPrices...)
	var products index[model.Product]
	below := want[field.Product].With(want[field.Images][field.Product])
	err := ld.d.run(ctx, func(b *batch) {
		products = nil
		if len(below) > 0 || priced && ld.context.taxed {
			products.read(b, `SELECT `+productTable.list+` FROM product p WHERE p.id = ANY($1) AND p.deleted_at IS NULL`, productIDs, productTable,
				func(p *model.Product) string { return p.ID })
		}
		l.read(b, ids, productIDs, priced, stocked(nil, want))
	})
	if err != nil {
		return err
	}
	l.options = index[model.ProductOption]{}
	if err := l.missing(ctx); err != nil {
		return err
	}
	l.stitch(variants, func(v *model.ProductVariant) string {
		if p := products[*v.ProductID]; p != nil && p.TypeID != nil && (!ld.v.Reads.TaxTypesIfWanted || want[field.Product].Has(field.TypeID)) {
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
