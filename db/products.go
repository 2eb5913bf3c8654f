package db

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/productfile"
)

// importLock is the advisory lock that lets one import run at a time: "import" in letters.
const importLock = 0x696d706f7274

// BeginImport makes the transaction that d is one that imports products: no other one imports meanwhile, and it may take long.
func (d DB) BeginImport(ctx context.Context) error {
	return d.write(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock(?)`, importLock)
}

// BeginExport makes the transaction that d is, before it has done anything, one that sees the shop as it is now throughout, and may take
// long.
func (d DB) BeginExport(ctx context.Context) error {
	return d.write(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`)
}

// ProductShop returns what products of a file may refer to.
func (d DB) ProductShop(ctx context.Context) (*productfile.Shop, error) {
	translations, err := d.hasTranslations(ctx)
	if err != nil {
		return nil, err
	}
	var s *productfile.Shop
	err = d.run(ctx, func(b *batch) {
		s = productfile.NewShop()
		s.Translations = translations
		for _, q := range []struct {
			of  *productfile.Names
			sql string
		}{
			{s.Collections, `SELECT id, handle, title FROM product_collection`},
			{s.Types, `SELECT id, value, value FROM product_type`},
			{s.Tags, `SELECT id, value, value FROM product_tag`},
			{s.Categories, `SELECT id, handle, name FROM product_category`},
			{s.Channels, `SELECT id, name, name FROM sales_channel`},
			{s.Profiles, `SELECT id, name, name FROM shipping_profile`},
			{s.Locations, `SELECT id, name, name FROM stock_location`},
		} {
			b.read(q.sql+` WHERE deleted_at IS NULL`, nil, func(c *cursor) { q.of.Add(c.text(), c.text(), c.text()) })
		}
		b.read(`SELECT currency_code FROM store_currency WHERE deleted_at IS NULL UNION SELECT currency_code FROM region WHERE deleted_at IS NULL`, nil,
			func(c *cursor) { s.Currencies[strings.ToLower(c.text())] = true })
		b.read(`SELECT currency_code, lower(name), id FROM region WHERE deleted_at IS NULL`, nil, func(c *cursor) {
			currency := c.text()
			if s.Regions[currency] == nil {
				s.Regions[currency] = map[string]string{}
			}
			s.Regions[currency][c.text()] = c.text()
		})
	})
	return s, err
}

// ProductKeys are by what products are found: by ids, or by handles.
type ProductKeys = productfile.Keys

// ProductStock returns what the shop has of the products with these keys. In a transaction that writes, they are locked.
func (d DB) ProductStock(ctx context.Context, k ProductKeys) (*productfile.Stock, error) {
	l := stockLoad{stock: &productfile.Stock{
		Variants: map[string]productfile.Owner{}, Taken: map[string]map[string]productfile.Owner{}, Items: map[string]string{},
		Options: map[string]*model.ProductOption{}, Gone: map[string]bool{}, OptionOwners: map[string]string{}, Texts: map[[2]string]*productfile.Translation{},
	}}
	var ids []string
	err := d.run(ctx, func(b *batch) {
		ids = nil
		b.read(`SELECT id FROM product WHERE deleted_at IS NULL AND (id = ANY($1) OR handle = ANY($2)) ORDER BY id FOR UPDATE`, []any{k.IDs, k.Handles},
			func(c *cursor) { ids = append(ids, c.text()) })
	})
	if err != nil {
		return nil, err
	}
	return l.stock, l.load(ctx, d, ids, k)
}

// ProductsAfter returns the next products in the order of their ids, at most n, as an export has them, with what is said of them in other
// languages.
func (d DB) ProductsAfter(ctx context.Context, last string, n int) (*productfile.Stock, error) {
	l := stockLoad{stock: &productfile.Stock{Texts: map[[2]string]*productfile.Translation{}}}
	ids, err := d.Texts(ctx, `SELECT id FROM product WHERE deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2`, last, n)
	if err != nil || len(ids) == 0 {
		return l.stock, err
	}
	return l.stock, l.load(ctx, d, ids, ProductKeys{})
}

// A stockLoad reads products with all that belongs to them.
type stockLoad struct {
	stock    *productfile.Stock
	products map[string]*productfile.Current
	variants map[string]*model.ProductVariant
	options  map[string]*model.ProductOption
	values   map[string]*model.ProductOptionValue
	items    map[string][]*model.InventoryItem // several variants may be made of one
	prices   map[string]*model.Price
	images   map[string]*model.ProductImage
}

func (l *stockLoad) load(ctx context.Context, d DB, ids []string, k ProductKeys) error {
	translations, err := d.hasTranslations(ctx)
	if err != nil {
		return err
	}
	return d.run(ctx, func(b *batch) {
		l.products, l.variants, l.options = map[string]*productfile.Current{}, map[string]*model.ProductVariant{}, map[string]*model.ProductOption{}
		l.values, l.items = map[string]*model.ProductOptionValue{}, map[string][]*model.InventoryItem{}
		l.prices, l.images = map[string]*model.Price{}, map[string]*model.ProductImage{}
		l.stock.Products = nil
		l.own(b, ids)
		l.links(b, ids)
		l.ofVariants(b, ids)
		if translations {
			l.texts(b, ids)
		}
		if len(k.IDs)+len(k.Handles) > 0 {
			l.keys(b, k)
		}
	})
}

// own reads the products, their variants, images and options.
func (l *stockLoad) own(b *batch, ids []string) {
	b.read(`SELECT `+productTable.list+` FROM product p WHERE p.id = ANY($1) AND p.deleted_at IS NULL ORDER BY p.id`, []any{ids}, func(c *cursor) {
		p := &productfile.Current{
			Product: productTable.scan(c), OptionLinks: map[string]string{}, Offered: map[string]bool{}, PriceSets: map[string]string{},
		}
		l.products[p.ID] = p
		l.stock.Products = append(l.stock.Products, p)
	})
	b.read(`SELECT `+variantTable.list+` FROM product_variant pv WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL ORDER BY pv.product_id, pv.variant_rank, `+asMade("pv"),
		[]any{ids}, func(c *cursor) {
			v := variantTable.scan(c)
			l.variants[v.ID] = v
			l.products[*v.ProductID].Variants = append(l.products[*v.ProductID].Variants, v)
		})
	b.read(`SELECT `+imageTable.list+` FROM image i WHERE i.product_id = ANY($1) AND i.deleted_at IS NULL ORDER BY i.product_id, i.rank, `+asMade("i"), []any{ids}, func(c *cursor) {
		i := imageTable.scan(c)
		l.images[i.ID] = i
		l.products[i.ProductID].Images = append(l.products[i.ProductID].Images, i)
	})
	b.read(`SELECT l.product_id, l.id, `+optionTable.list+` FROM product_product_option l JOIN product_option o ON o.id = l.product_option_id
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL AND o.deleted_at IS NULL ORDER BY l.product_id, `+asMade("l"), []any{ids}, func(c *cursor) {
		p, link := l.products[c.text()], c.text()
		o := optionTable.scan(c)
		if known := l.options[o.ID]; known != nil {
			o = known // several products have it
		}
		l.options[o.ID] = o
		p.OptionLinks[o.ID] = link
		p.StoredOptions = append(p.StoredOptions, o)
	})
	b.read(`SELECT `+valueTable.list+` FROM product_option_value o WHERE o.deleted_at IS NULL
AND o.option_id IN (SELECT product_option_id FROM product_product_option WHERE product_id = ANY($1) AND deleted_at IS NULL) ORDER BY o.option_id, o.rank, `+asMade("o"),
		[]any{ids}, func(c *cursor) {
			v := valueTable.scan(c)
			l.values[v.ID] = v
			if o := l.options[*v.OptionID]; o != nil {
				o.Values = append(o.Values, v)
			}
		})
	b.read(`SELECT l.product_id, v.product_option_value_id FROM product_product_option l JOIN product_product_option_value v ON v.product_product_option_id = l.id
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL AND v.deleted_at IS NULL`, []any{ids}, func(c *cursor) { l.products[c.text()].Offered[c.text()] = true })
}

// links reads what products are joined to.
func (l *stockLoad) links(b *batch, ids []string) {
	for _, q := range []struct {
		sql string
		add func(p *productfile.Current, id string)
	}{
		{`SELECT l.product_id, l.product_category_id FROM product_category_product l JOIN product_category o ON o.id = l.product_category_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) ORDER BY 1, 2`, func(p *productfile.Current, id string) { p.Categories = append(p.Categories, id) }},
		{`SELECT l.product_id, l.product_tag_id FROM product_tags l JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) ORDER BY 1, 2`, func(p *productfile.Current, id string) { p.Tags = append(p.Tags, id) }},
		{`SELECT l.product_id, l.sales_channel_id FROM product_sales_channel l JOIN sales_channel o ON o.id = l.sales_channel_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) AND l.deleted_at IS NULL ORDER BY 1, 2`, func(p *productfile.Current, id string) { p.Channels = append(p.Channels, id) }},
		{
			`SELECT product_id, shipping_profile_id FROM product_shipping_profile WHERE product_id = ANY($1) AND deleted_at IS NULL`,
			func(p *productfile.Current, id string) { p.Profile = id },
		},
	} {
		b.read(q.sql, []any{ids}, func(c *cursor) { q.add(l.products[c.text()], c.text()) })
	}
}

// variantsOf selects the variants of the products $1.
const variantsOf = `SELECT id FROM product_variant WHERE product_id = ANY($1) AND deleted_at IS NULL`

// ofVariants reads the values, images, prices and stock of variants.
func (l *stockLoad) ofVariants(b *batch, ids []string) {
	b.read(`SELECT variant_id, option_value_id FROM product_variant_option WHERE variant_id IN (`+variantsOf+`)`, []any{ids}, func(c *cursor) {
		v, value := l.variants[c.text()], l.values[c.text()]
		if value != nil { // it and its option are not deleted
			v.StoredOptions = append(v.StoredOptions, value)
		}
	})
	b.read(`SELECT l.variant_id, l.image_id FROM product_variant_product_image l WHERE l.variant_id IN (`+variantsOf+`) AND l.deleted_at IS NULL ORDER BY `+asMade("l"),
		[]any{ids}, func(c *cursor) {
			v, image := l.variants[c.text()], l.images[c.text()]
			if image != nil {
				v.Images = append(v.Images, image)
			}
		})
	const priced = `FROM product_variant_price_set l JOIN price p ON p.price_set_id = l.price_set_id AND p.deleted_at IS NULL AND p.price_list_id IS NULL`
	b.read(`SELECT variant_id, price_set_id FROM product_variant_price_set WHERE variant_id IN (`+variantsOf+`) AND deleted_at IS NULL`, []any{ids}, func(c *cursor) {
		v, set := l.variants[c.text()], c.text()
		l.products[*v.ProductID].PriceSets[v.ID] = set
	})
	b.read(`SELECT l.variant_id, `+priceTable.list+` `+priced+` WHERE l.variant_id IN (`+variantsOf+`) AND l.deleted_at IS NULL ORDER BY `+asMade("p"), []any{ids}, func(c *cursor) {
		v := l.variants[c.text()]
		p := priceTable.scan(c)
		l.prices[p.ID] = p
		v.Prices = append(v.Prices, p)
	})
	b.read(`SELECT r.price_id, r.attribute, r.operator, r.value `+priced+` JOIN price_rule r ON r.price_id = p.id AND r.deleted_at IS NULL
WHERE l.variant_id IN (`+variantsOf+`) AND l.deleted_at IS NULL`, []any{ids}, func(c *cursor) {
		p := l.prices[c.text()]
		p.Rules = append(p.Rules, model.PriceRule{Attribute: c.text(), Operator: c.text(), Value: c.text()})
	})
	b.read(`SELECT `+variantItemTable.list+`, `+inventoryItemTable.list+` FROM product_variant_inventory_item l JOIN inventory_item i ON i.id = l.inventory_item_id AND i.deleted_at IS NULL
WHERE l.variant_id IN (`+variantsOf+`) AND l.deleted_at IS NULL ORDER BY `+asMade("l"), []any{ids}, func(c *cursor) {
		part := variantItemTable.scan(c)
		part.Inventory = inventoryItemTable.scan(c)
		l.items[part.InventoryItemID] = append(l.items[part.InventoryItemID], part.Inventory)
		l.variants[part.VariantID].InventoryItems = append(l.variants[part.VariantID].InventoryItems, part)
	})
	b.read(`SELECT `+inventoryLevelTable.list+` FROM inventory_level l WHERE l.deleted_at IS NULL AND l.inventory_item_id IN (
SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id IN (`+variantsOf+`) AND deleted_at IS NULL)`, []any{ids}, func(c *cursor) {
		level := inventoryLevelTable.scan(c)
		for _, item := range l.items[level.InventoryItemID] {
			item.LocationLevels = append(item.LocationLevels, level)
		}
	})
}

// texts reads what is said of products and variants in other languages.
func (l *stockLoad) texts(b *batch, ids []string) {
	b.read(`SELECT id, reference_id, reference, locale_code, translations, created_at FROM translation WHERE deleted_at IS NULL
AND (reference_id = ANY($1) OR reference_id IN (`+variantsOf+`))`, []any{ids}, func(c *cursor) {
		t := &productfile.Translation{ID: c.text(), ReferenceID: c.text(), Reference: c.text(), LocaleCode: c.text(), Translations: c.json(), CreatedAt: c.stamp()}
		l.stock.Texts[[2]string{t.ReferenceID, t.LocaleCode}] = t
	})
}

// keys reads who else has what a file says of variants and options.
func (l *stockLoad) keys(b *batch, k ProductKeys) {
	s := l.stock
	b.read(`SELECT id, coalesce(product_id, ''), deleted_at IS NOT NULL FROM product_variant WHERE id = ANY($1)`, []any{k.Variants}, func(c *cursor) {
		o := productfile.Owner{Variant: c.text(), Product: c.text(), Deleted: c.bool()}
		s.Variants[o.Variant] = o
	})
	for _, q := range []struct {
		column string
		texts  []string
	}{{"sku", k.Skus}, {"barcode", k.Barcodes}, {"ean", k.Eans}, {"upc", k.Upcs}} {
		taken := map[string]productfile.Owner{}
		s.Taken[q.column] = taken
		b.read(`SELECT `+q.column+`, id, coalesce(product_id, '') FROM product_variant WHERE deleted_at IS NULL AND `+q.column+` = ANY($1)`, []any{q.texts}, func(c *cursor) {
			taken[c.text()] = productfile.Owner{Variant: c.text(), Product: c.text()}
		})
	}
	b.read(`SELECT sku, id FROM inventory_item WHERE deleted_at IS NULL AND sku = ANY($1)`, []any{k.Skus}, func(c *cursor) { s.Items[c.text()] = c.text() })
	b.read(`SELECT `+optionTable.list+`, coalesce((SELECT l.product_id FROM product_product_option l WHERE l.product_option_id = o.id AND l.deleted_at IS NULL LIMIT 1), '')
FROM product_option o WHERE o.id = ANY($1) AND o.deleted_at IS NULL`, []any{k.Options}, func(c *cursor) {
		o := optionTable.scan(c)
		if known := l.options[o.ID]; known != nil {
			o = known
		}
		s.Options[o.ID] = o
		if owner := c.text(); owner != "" {
			s.OptionOwners[o.ID] = owner
		}
	})
	b.read(`SELECT `+valueTable.list+` FROM product_option_value o WHERE o.deleted_at IS NULL AND o.option_id = ANY($1) ORDER BY o.option_id, o.rank, `+asMade("o"),
		[]any{k.Options}, func(c *cursor) {
			v := valueTable.scan(c)
			o := s.Options[*v.OptionID]
			if o != nil && !slices.ContainsFunc(o.Values, func(x *model.ProductOptionValue) bool { return x.ID == v.ID }) {
				o.Values = append(o.Values, v)
			}
		})
	b.read(`SELECT id FROM product WHERE id = ANY($1) AND deleted_at IS NOT NULL UNION ALL SELECT id FROM product_option WHERE id = ANY($2) AND deleted_at IS NOT NULL`,
		[]any{k.IDs, k.Options}, func(c *cursor) { s.Gone[c.text()] = true })
}

// ProductShape returns which columns a file of all products has, and how many products there are.
func (d DB) ProductShape(ctx context.Context, full bool) (s productfile.Shape, products int, err error) {
	translations, err := d.hasTranslations(ctx)
	if err != nil {
		return s, 0, err
	}
	most := func(from, by string) string {
		return `(SELECT coalesce(max(n), 0) FROM (SELECT count(*) n FROM ` + from + ` GROUP BY ` + by + `) x)`
	}
	err = d.run(ctx, func(b *batch) {
		s.Currencies = nil
		b.read(`SELECT `+strings.Join([]string{
			most(`product_category_product`, `product_id`), most(`image WHERE deleted_at IS NULL`, `product_id`), most(`product_tags`, `product_id`),
			most(`product_sales_channel WHERE deleted_at IS NULL`, `product_id`), most(`product_product_option WHERE deleted_at IS NULL`, `product_id`),
			`(SELECT count(*) FROM product WHERE deleted_at IS NULL)`,
		}, `, `), nil, func(c *cursor) {
			s.Categories, s.Images, s.Tags, s.Channels, s.Options, products = c.int(), c.int(), c.int(), c.int(), c.int(), c.int()
			s.VariantImages = s.Images
		})
		b.read(`SELECT DISTINCT lower(p.currency_code) FROM price p JOIN product_variant_price_set l ON l.price_set_id = p.price_set_id AND l.deleted_at IS NULL
WHERE p.deleted_at IS NULL AND p.price_list_id IS NULL ORDER BY 1`, nil, func(c *cursor) { s.Currencies = append(s.Currencies, c.text()) })
		if full {
			s.Full = fullShape(b, translations)
		}
	})
	return s, products, err
}

// fullShape reads which further columns a file has.
func fullShape(b *batch, translations bool) *productfile.Full {
	f := &productfile.Full{}
	b.read(`SELECT id, name, currency_code FROM region WHERE deleted_at IS NULL AND id IN (SELECT value FROM price_rule WHERE attribute = 'region_id' AND deleted_at IS NULL)
ORDER BY created_at, id`, nil, func(c *cursor) {
		f.Regions = append(f.Regions, productfile.PricedRegion{ID: c.text(), Name: c.text(), Currency: c.text()})
	})
	b.read(`SELECT id, name FROM stock_location WHERE deleted_at IS NULL ORDER BY created_at, id`, nil, func(c *cursor) {
		f.Locations = append(f.Locations, productfile.Place{ID: c.text(), Name: c.text()})
	})
	if translations {
		b.read(`SELECT DISTINCT locale_code FROM translation WHERE deleted_at IS NULL AND reference IN ('product', 'product_variant') ORDER BY 1`, nil,
			func(c *cursor) { f.Languages = append(f.Languages, c.text()) })
	}
	return f
}

// payloadOf is the payload of an event of one thing.
func payloadOf(id string) model.JSON {
	j, _ := json.Marshal(map[string]string{"id": id}) // texts
	return j
}
