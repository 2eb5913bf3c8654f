package db

import (
	"context"
	"math"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
)

// Queries of what the index holds of the products $1.
const (
	indexedProducts = `SELECT id, title, created_at, updated_at, is_giftcard, collection_id, type_id FROM product
WHERE id = ANY($1) AND deleted_at IS NULL AND status = 'published'`
	indexedChannels   = `SELECT product_id, sales_channel_id FROM product_sales_channel WHERE product_id = ANY($1) AND deleted_at IS NULL`
	indexedTags       = `SELECT product_id, product_tag_id FROM product_tags WHERE product_id = ANY($1)`
	indexedCategories = `SELECT product_id, product_category_id FROM product_category_product WHERE product_id = ANY($1)`
	indexedVariants   = `SELECT id, product_id FROM product_variant WHERE product_id = ANY($1) AND deleted_at IS NULL`
	indexedValues     = `SELECT pv.id, o.title, v.value, o.id, v.id, v.rank FROM product_variant pv
JOIN product_variant_option l ON l.variant_id = pv.id
JOIN product_option_value v ON v.id = l.option_value_id AND v.deleted_at IS NULL
LEFT JOIN product_option o ON o.id = v.option_id AND o.deleted_at IS NULL
WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL`
	indexedPrices = `SELECT pv.id, p.amount::text, p.currency_code, p.rules_count, p.price_list_id, p.min_quantity::text, p.max_quantity::text,
CASE WHEN p.rules_count > 0 THEN (SELECT jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'value', r.value) ORDER BY r.attribute, r.value, r.id)
 FROM price_rule r WHERE r.price_id = p.id AND r.deleted_at IS NULL)::text END
FROM product_variant pv
JOIN product_variant_price_set l ON l.variant_id = pv.id AND l.deleted_at IS NULL
JOIN price p ON p.price_set_id = l.price_set_id AND p.deleted_at IS NULL
WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL`
)

// planAnew has the statements that follow planned for as many products as there are, instead of once for few.
const planAnew = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)`

// A productReading collects what queries say of products.
type productReading struct {
	terms    *catalogue.Terms
	products map[string]*catalogue.Product
	variants map[string]variantPlace // by id
	key      []byte
}

// A variantPlace is where a variant is: among those of a product.
type variantPlace struct {
	product *catalogue.Product
	at      int
}

// catalogueProducts returns those of products that are published, as the index holds them. Prices have the numbers of terms.
func (d DB) catalogueProducts(ctx context.Context, ids []string, terms *catalogue.Terms) (map[string]*catalogue.Product, error) {
	r := &productReading{terms: terms}
	err := d.run(ctx, func(b *batch) {
		r.products, r.variants = make(map[string]*catalogue.Product, len(ids)), make(map[string]variantPlace, 6*len(ids))
		args := []any{ids}
		b.read(planAnew, nil, func(*cursor) {})
		b.read(indexedProducts, args, r.product)
		for sql, to := range map[string]func(p *catalogue.Product) *[]string{
			indexedChannels:   func(p *catalogue.Product) *[]string { return &p.Channels },
			indexedTags:       func(p *catalogue.Product) *[]string { return &p.Tags },
			indexedCategories: func(p *catalogue.Product) *[]string { return &p.Categories },
		} {
			b.read(sql, args, func(c *cursor) {
				if p := r.products[c.text()]; p != nil {
					list := to(p)
					*list = append(*list, c.text())
				}
			})
		}
		b.read(indexedVariants, args, func(c *cursor) {
			id := c.text()
			if p := r.products[c.text()]; p != nil {
				r.variants[id] = variantPlace{p, len(p.Variants)}
				p.Variants = append(p.Variants, catalogue.Variant{})
			}
		})
		b.read(indexedValues, args, r.value)
		b.read(indexedPrices, args, r.price)
	})
	return r.products, err
}

func (r *productReading) product(c *cursor) {
	p := &catalogue.Product{ID: c.text(), Title: c.text()}
	p.CreatedAt, p.UpdatedAt = c.stamp().UnixMicro(), c.stamp().UnixMicro()
	p.IsGiftcard, p.CollectionID, p.TypeID = c.bool(), c.text(), c.text()
	r.products[p.ID] = p
}

// variant returns the variant with an id; nil if its product is not published.
func (r *productReading) variant(id []byte) *catalogue.Variant {
	at, ok := r.variants[string(id)]
	if !ok {
		return nil
	}
	return &at.product.Variants[at.at]
}

func (r *productReading) value(c *cursor) {
	v := r.variant(c.column())
	option := catalogue.NoOption
	if title := c.maybeText(); title != nil {
		option = *title
	}
	o := catalogue.OptionValue{Option: option, Text: c.text(), OptionID: c.text(), ValueID: c.text(), Place: math.MaxInt}
	if rank := c.maybeInt(); rank != nil {
		o.Place = *rank
	}
	if v != nil {
		v.Values = append(v.Values, o)
	}
}

func (r *productReading) price(c *cursor) {
	v := r.variant(c.column())
	if v == nil {
		return
	}
	amount, err := r.terms.Amount(c.column())
	if err != nil {
		c.fail(err)
		return
	}
	// What is left of the row, as it is written, is the key of the terms.
	begin := c.i
	r.key = r.key[:0]
	for range len(c.vals) - begin {
		if v := c.column(); v != nil {
			r.key = append(append(r.key, 1), v...)
		}
		r.key = append(r.key, 0)
	}
	n := r.terms.Number(r.key, func() *model.Price {
		c.i = begin
		p := &model.Price{CurrencyCode: c.text(), RulesCount: c.int(), PriceListID: c.maybeText(), MinQuantity: c.maybeAmount(), MaxQuantity: c.maybeAmount()}
		if rules := c.json(); rules != nil {
			p.Rules = rulesOf(c, rules)
		}
		return p
	})
	v.Prices = append(v.Prices, catalogue.Price{Terms: n, Amount: amount})
}

// labels reads what products are found by.
func (d DB) labels(ctx context.Context) (catalogue.Labels, error) {
	var out catalogue.Labels
	err := d.run(ctx, func(b *batch) {
		out = catalogue.Labels{}
		for sql, to := range map[string]*[]catalogue.Label{
			`SELECT id, title FROM product_collection WHERE deleted_at IS NULL ORDER BY title, id`: &out.Collections,
			`SELECT id, value FROM product_type WHERE deleted_at IS NULL ORDER BY value, id`:       &out.Types,
			`SELECT id, value FROM product_tag WHERE deleted_at IS NULL ORDER BY value, id`:        &out.Tags,
		} {
			b.read(sql, nil, func(c *cursor) { *to = append(*to, catalogue.Label{ID: c.text(), Text: c.text()}) })
		}
		b.read(`SELECT id, name, mpath, is_active AND NOT is_internal FROM product_category WHERE deleted_at IS NULL ORDER BY name, id`, nil, func(c *cursor) {
			out.Categories = append(out.Categories, catalogue.Category{Label: catalogue.Label{ID: c.text(), Text: c.text()}, Path: c.text(), Shown: c.bool()})
		})
	})
	return out, err
}

// priceLists reads all price lists that are not deleted.
func (d DB) priceLists(ctx context.Context) ([]*catalogue.List, error) {
	var out []*catalogue.List
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT pl.id, pl.type, coalesce(pl.rules_count, 0), pl.status = 'active', pl.starts_at, pl.ends_at,
 (SELECT jsonb_agg(jsonb_build_object('attribute', r.attribute, 'values', r.value)) FROM price_list_rule r WHERE r.price_list_id = pl.id AND r.deleted_at IS NULL)
FROM price_list pl WHERE pl.deleted_at IS NULL`, nil, func(c *cursor) {
			l := &catalogue.List{PriceList: model.PriceList{ID: c.text(), Type: model.PriceListType(c.text()), RulesCount: c.int()}, Active: c.bool()}
			for _, at := range []*int64{&l.Starts, &l.Ends} {
				if t := c.maybeTime(); t != nil {
					*at = t.UnixMicro()
				}
			}
			if rules := c.json(); rules != nil {
				l.Rules = listRulesOf(c, rules)
			}
			out = append(out, l)
		})
	})
	return out, err
}

// unitsSold reads what each product sold.
func (d DB) unitsSold(ctx context.Context) (catalogue.Units, error) {
	var out catalogue.Units
	err := d.run(ctx, func(b *batch) {
		out = catalogue.Units{}
		b.read(`SELECT sales_channel_id, product_id, units::bigint FROM storegraph.product_sales`, nil, func(c *cursor) {
			channel, product, n := c.text(), c.text(), c.int()
			if out[channel] == nil {
				out[channel] = map[string]int64{}
			}
			out[channel][product] = int64(n)
		})
	})
	return out, err
}

// allInStock are the products that can be bought in the sales channel $1: what productFilter asks of each, of all at once.
const allInStock = `WITH available AS MATERIALIZED (
	SELECT il.inventory_item_id, sum(greatest(il.stocked_quantity - il.reserved_quantity, 0)) AS units FROM inventory_level il
	JOIN inventory_item ii ON ii.id = il.inventory_item_id AND ii.deleted_at IS NULL
	JOIN sales_channel_stock_location sl ON sl.stock_location_id = il.location_id AND sl.deleted_at IS NULL AND sl.sales_channel_id = $1
	WHERE il.deleted_at IS NULL GROUP BY 1
), stocked AS MATERIALIZED (
	SELECT vi.variant_id FROM product_variant_inventory_item vi LEFT JOIN available a USING (inventory_item_id)
	WHERE vi.deleted_at IS NULL GROUP BY 1 HAVING min(floor(coalesce(a.units, 0) / nullif(vi.required_quantity, 0))) > 0
)
SELECT DISTINCT p.id FROM product p JOIN product_variant pv ON pv.product_id = p.id AND pv.deleted_at IS NULL LEFT JOIN stocked s ON s.variant_id = pv.id
WHERE p.deleted_at IS NULL AND p.status = 'published' AND (NOT pv.manage_inventory OR pv.allow_backorder OR s.variant_id IS NOT NULL)`

// inStockOf returns those of some products that can be bought in a sales channel; of all if those are nil.
func (d DB) inStockOf(ctx context.Context, channel string, some []string) ([]string, error) {
	if some == nil {
		return d.Texts(ctx, allInStock, channel)
	}
	in := true
	q := &query{}
	q.add(allProducts + " AND p.id = ANY(")
	q.arg(some)
	q.add(")")
	q.inStock(&in, channel)
	return d.Texts(ctx, string(q.sql), q.args...)
}

// behind returns how many of candidates each product stands behind, sorted as the products will be. The candidates of a product are places
// in rest, under its id, or under no id for all.
func (d DB) behind(ctx context.Context, u *catalogue.Update, kind catalogue.OrderKind, ids []string, rest []uint32, candidates map[string][]int) ([]catalogue.Placing, error) {
	var of, titles, others []string
	for id, places := range candidates {
		for _, at := range places {
			other, title := u.At(rest[at])
			of, others, titles = append(of, id), append(others, other), append(titles, title)
		}
	}
	compare, order := "c.id < p.id", "p.id"
	if kind == catalogue.ByTitle {
		compare, order = "(c.title, c.id) < (p.title, p.id)", "p.title, p.id"
	}
	var out []catalogue.Placing
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT p.id, (SELECT count(*) FROM unnest($2::text[], $3::text[], $4::text[]) c (of, id, title) WHERE (c.of = p.id OR c.of = '') AND `+compare+`)
FROM product p WHERE p.id = ANY($1) ORDER BY `+order, []any{ids, notNil(of), notNil(others), notNil(titles)}, func(c *cursor) {
			out = append(out, catalogue.Placing{ID: c.text(), Behind: c.int()})
		})
	})
	return out, err
}

// notNil returns a list that is not NULL in the database.
func notNil(list []string) []string { return append([]string{}, list...) }
