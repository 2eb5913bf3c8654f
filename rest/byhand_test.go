package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// byHand serves the default product list with prices as a careful author would write it for this purpose alone: two
// pipelined round trips of flat queries, plain structs, and JSON appended to one buffer. The server is measured against
// it. It knows no price lists, price rules or taxes.
type byHand struct{ pool *pgxpool.Pool }

type (
	handProduct struct {
		id, title, handle                                           string
		subtitle, description, thumbnail, origin, hs, mid, material *string
		collection, typ                                             *string
		giftcard, discountable                                      bool
		weight, length, height, width                               *float32
		created, updated                                            time.Time
		options                                                     []*handOption
		tags                                                        []*handWord
		images                                                      []handImage
		variants                                                    []*handVariant
	}
	handOption struct {
		id, title        string
		exclusive        bool
		metadata         []byte
		created, updated time.Time
		values           []*handValue
	}
	handValue struct {
		id, value        string
		rank             *int
		metadata         []byte
		option           string
		created, updated time.Time
	}
	handWord struct {
		id, value        string
		handle           string
		external         *string
		metadata         []byte
		created, updated time.Time
	}
	handImage struct {
		id, url          string
		rank             int
		metadata         []byte
		product          string
		created, updated time.Time
	}
	handVariant struct {
		id, title                                                    string
		sku, barcode, ean, upc, hs, origin, mid, material, thumbnail *string
		backorder, managed                                           bool
		weight, length, height, width                                *float32
		metadata                                                     []byte
		rank                                                         *int
		product                                                      string
		created, updated                                             time.Time
		options                                                      []*handValue
		set, price, amount                                           string
		raw                                                          []byte
		priced                                                       bool
	}
)

func (h *byHand) products(w http.ResponseWriter, key, region string, limit, offset int, counted bool) {
	ctx := context.Background()
	var (
		products []*handProduct
		channel  string
		currency string
		count    int
	)
	byID := map[string]*handProduct{}
	var ids, types, collections []string
	var b pgx.Batch
	b.Queue(`SELECT l.sales_channel_id FROM api_key k JOIN publishable_api_key_sales_channel l ON l.publishable_key_id = k.id AND l.deleted_at IS NULL
WHERE k.token = $1 AND k.type = 'publishable' AND k.deleted_at IS NULL AND (k.revoked_at IS NULL OR k.revoked_at > now())`, key).
		QueryRow(func(r pgx.Row) error { return r.Scan(&channel) })
	b.Queue(`SELECT currency_code FROM region WHERE id = $1 AND deleted_at IS NULL`, region).QueryRow(func(r pgx.Row) error { return r.Scan(&currency) })
	const from = ` FROM product p WHERE p.deleted_at IS NULL AND p.status = 'published' AND EXISTS (SELECT 1 FROM product_sales_channel s
JOIN publishable_api_key_sales_channel l ON l.sales_channel_id = s.sales_channel_id AND l.deleted_at IS NULL JOIN api_key k ON k.id = l.publishable_key_id
WHERE s.product_id = p.id AND s.deleted_at IS NULL AND k.token = $1)`
	b.Queue(`SELECT p.id, p.title, p.subtitle, p.description, p.handle, p.is_giftcard, p.discountable, p.thumbnail, p.collection_id, p.type_id, p.weight, p.length,
p.height, p.width, p.hs_code, p.origin_country, p.mid_code, p.material, p.created_at, p.updated_at`+from+` ORDER BY p.id LIMIT $2 OFFSET $3`, key, limit, offset).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				p := &handProduct{}
				if err := rows.Scan(&p.id, &p.title, &p.subtitle, &p.description, &p.handle, &p.giftcard, &p.discountable, &p.thumbnail, &p.collection, &p.typ,
					&p.weight, &p.length, &p.height, &p.width, &p.hs, &p.origin, &p.mid, &p.material, &p.created, &p.updated); err != nil {
					return err
				}
				products, byID[p.id], ids = append(products, p), p, append(ids, p.id)
				if p.typ != nil {
					types = append(types, *p.typ)
				}
				if p.collection != nil {
					collections = append(collections, *p.collection)
				}
			}
			return rows.Err()
		})
	if counted {
		b.Queue(`SELECT count(*)`+from, key).QueryRow(func(r pgx.Row) error { return r.Scan(&count) })
	}
	if err := h.pool.SendBatch(ctx, &b).Close(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	typeOf, collectionOf, tagOf := map[string]*handWord{}, map[string]*handWord{}, map[string]*handWord{}
	values, options, variants := map[string]*handValue{}, map[string]*handOption{}, map[string]*handVariant{}
	var order []*handVariant
	var second pgx.Batch
	each := func(sql string, arg any, row func(rows pgx.Rows) error) {
		second.Queue(sql, arg).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := row(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	each(`SELECT id, value, external_id, metadata, created_at, updated_at FROM product_type WHERE id = ANY($1) AND deleted_at IS NULL`, types, func(rows pgx.Rows) error {
		t := &handWord{}
		err := rows.Scan(&t.id, &t.value, &t.external, &t.metadata, &t.created, &t.updated)
		typeOf[t.id] = t
		return err
	})
	each(`SELECT id, title, handle, external_id, metadata, created_at, updated_at FROM product_collection WHERE id = ANY($1) AND deleted_at IS NULL`, collections, func(rows pgx.Rows) error {
		t := &handWord{}
		err := rows.Scan(&t.id, &t.value, &t.handle, &t.external, &t.metadata, &t.created, &t.updated)
		collectionOf[t.id] = t
		return err
	})
	each(`SELECT po.product_id, o.id, o.title, o.is_exclusive, o.metadata, o.created_at, o.updated_at FROM product_product_option po
JOIN product_option o ON o.id = po.product_option_id AND o.deleted_at IS NULL WHERE po.product_id = ANY($1) AND po.deleted_at IS NULL ORDER BY po.created_at, po.ctid`, ids, func(rows pgx.Rows) error {
		o := &handOption{}
		var product string
		err := rows.Scan(&product, &o.id, &o.title, &o.exclusive, &o.metadata, &o.created, &o.updated)
		options[o.id] = o
		byID[product].options = append(byID[product].options, o)
		return err
	})
	each(`SELECT v.id, v.value, v.rank, v.metadata, v.option_id, v.created_at, v.updated_at FROM product_product_option po
JOIN product_product_option_value pv ON pv.product_product_option_id = po.id AND pv.deleted_at IS NULL
JOIN product_option_value v ON v.id = pv.product_option_value_id AND v.deleted_at IS NULL
WHERE po.product_id = ANY($1) AND po.deleted_at IS NULL ORDER BY v.rank, v.created_at, v.ctid`, ids, func(rows pgx.Rows) error {
		v := &handValue{}
		err := rows.Scan(&v.id, &v.value, &v.rank, &v.metadata, &v.option, &v.created, &v.updated)
		values[v.id] = v
		options[v.option].values = append(options[v.option].values, v)
		return err
	})
	each(`SELECT t.product_id, g.id, g.value, g.external_id, g.metadata, g.created_at, g.updated_at FROM product_tags t
JOIN product_tag g ON g.id = t.product_tag_id AND g.deleted_at IS NULL WHERE t.product_id = ANY($1) ORDER BY t.ctid`, ids, func(rows pgx.Rows) error {
		g := &handWord{}
		var product string
		err := rows.Scan(&product, &g.id, &g.value, &g.external, &g.metadata, &g.created, &g.updated)
		if known := tagOf[g.id]; known != nil {
			g = known
		}
		tagOf[g.id] = g
		byID[product].tags = append(byID[product].tags, g)
		return err
	})
	each(`SELECT id, url, metadata, rank, product_id, created_at, updated_at FROM image WHERE product_id = ANY($1) AND deleted_at IS NULL ORDER BY rank, created_at, ctid`, ids, func(rows pgx.Rows) error {
		var i handImage
		err := rows.Scan(&i.id, &i.url, &i.metadata, &i.rank, &i.product, &i.created, &i.updated)
		byID[i.product].images = append(byID[i.product].images, i)
		return err
	})
	each(`SELECT id, title, sku, barcode, ean, upc, allow_backorder, manage_inventory, hs_code, origin_country, mid_code, material, weight, length, height, width,
metadata, variant_rank, product_id, thumbnail, created_at, updated_at FROM product_variant WHERE product_id = ANY($1) AND deleted_at IS NULL
ORDER BY variant_rank, created_at, ctid`, ids, func(rows pgx.Rows) error {
		v := &handVariant{}
		err := rows.Scan(&v.id, &v.title, &v.sku, &v.barcode, &v.ean, &v.upc, &v.backorder, &v.managed, &v.hs, &v.origin, &v.mid, &v.material, &v.weight, &v.length,
			&v.height, &v.width, &v.metadata, &v.rank, &v.product, &v.thumbnail, &v.created, &v.updated)
		variants[v.id], order = v, append(order, v)
		return err
	})
	each(`SELECT pv.id, vo.option_value_id FROM product_variant pv JOIN product_variant_option vo ON vo.variant_id = pv.id
WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL ORDER BY vo.ctid`, ids, func(rows pgx.Rows) error {
		var variant, value string
		err := rows.Scan(&variant, &value)
		variants[variant].options = append(variants[variant].options, values[value])
		return err
	})
	second.Queue(`SELECT pv.id, p.price_set_id, p.id, p.amount::text, p.raw_amount FROM product_variant pv
JOIN product_variant_price_set l ON l.variant_id = pv.id AND l.deleted_at IS NULL
JOIN price p ON p.price_set_id = l.price_set_id AND p.currency_code = $2 AND p.deleted_at IS NULL AND p.rules_count = 0 AND p.price_list_id IS NULL
WHERE pv.product_id = ANY($1) AND pv.deleted_at IS NULL AND (p.min_quantity IS NULL OR p.min_quantity <= 1) ORDER BY p.amount DESC`, ids, currency).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id string
			var v handVariant
			if err := rows.Scan(&id, &v.set, &v.price, &v.amount, &v.raw); err != nil {
				return err
			}
			t := variants[id]
			t.set, t.price, t.amount, t.raw, t.priced = v.set, v.price, v.amount, v.raw, true
		}
		return rows.Err()
	})
	if err := h.pool.SendBatch(ctx, &second).Close(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for _, v := range order {
		byID[v.product].variants = append(byID[v.product].variants, v)
	}

	j := &handJSON{b: make([]byte, 0, 1<<18)}
	j.raw(`{"products":[`)
	for i, p := range products {
		if i > 0 {
			j.raw(",")
		}
		j.product(p, typeOf, collectionOf, options, currency)
	}
	j.raw(`],"count":` + strconv.Itoa(count) + `,"offset":` + strconv.Itoa(offset) + `,"limit":` + strconv.Itoa(limit) + `}`)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(j.b)
}

type handJSON struct{ b []byte }

func (j *handJSON) raw(s string) { j.b = append(j.b, s...) }

func (j *handJSON) text(key, s string) {
	j.raw(key)
	j.quote(s)
}

func (j *handJSON) quote(s string) {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			q, err := json.Marshal(s)
			if err == nil {
				j.b = append(j.b, q...)
			}
			return
		}
	}
	j.b = append(append(append(j.b, '"'), s...), '"')
}

func (j *handJSON) maybe(key string, s *string) {
	j.raw(key)
	if s == nil {
		j.raw("null")
		return
	}
	j.quote(*s)
}

func (j *handJSON) number(key string, f *float32) {
	j.raw(key)
	if f == nil {
		j.raw("null")
		return
	}
	j.b = strconv.AppendFloat(j.b, float64(*f), 'f', -1, 32)
}

func (j *handJSON) flag(key string, v bool) {
	j.raw(key)
	j.b = strconv.AppendBool(j.b, v)
}

func (j *handJSON) rank(key string, n *int) {
	j.raw(key)
	if n == nil {
		j.raw("null")
		return
	}
	j.b = strconv.AppendInt(j.b, int64(*n), 10)
}

func (j *handJSON) free(key string, v []byte) {
	j.raw(key)
	if v == nil {
		j.raw("null")
		return
	}
	j.b = append(j.b, v...)
}

func (j *handJSON) stamps(created, updated time.Time) {
	j.raw(`,"created_at":"`)
	j.b = created.UTC().AppendFormat(j.b, "2006-01-02T15:04:05.000Z")
	j.raw(`","updated_at":"`)
	j.b = updated.UTC().AppendFormat(j.b, "2006-01-02T15:04:05.000Z")
	j.raw(`"`)
}

func (j *handJSON) word(key, name string, t *handWord) {
	j.raw(key)
	if t == nil {
		j.raw("null")
		return
	}
	j.text(`{"id":`, t.id)
	j.text(`,"`+name+`":`, t.value)
	if name == "title" {
		j.text(`,"handle":`, t.handle)
	}
	j.maybe(`,"external_id":`, t.external)
	j.free(`,"metadata":`, t.metadata)
	j.stamps(t.created, t.updated)
	j.raw(`,"deleted_at":null}`)
}

func (j *handJSON) option(o *handOption) {
	j.text(`{"id":`, o.id)
	j.text(`,"title":`, o.title)
	j.flag(`,"is_exclusive":`, o.exclusive)
	j.free(`,"metadata":`, o.metadata)
	j.stamps(o.created, o.updated)
	j.raw(`,"deleted_at":null`)
}

func (j *handJSON) value(v *handValue) {
	j.text(`{"id":`, v.id)
	j.text(`,"value":`, v.value)
	j.rank(`,"rank":`, v.rank)
	j.free(`,"metadata":`, v.metadata)
	j.text(`,"option_id":`, v.option)
	j.stamps(v.created, v.updated)
	j.raw(`,"deleted_at":null`)
}

func (j *handJSON) product(p *handProduct, types, collections map[string]*handWord, options map[string]*handOption, currency string) {
	j.text(`{"id":`, p.id)
	j.text(`,"title":`, p.title)
	j.maybe(`,"subtitle":`, p.subtitle)
	j.maybe(`,"description":`, p.description)
	j.text(`,"handle":`, p.handle)
	j.flag(`,"is_giftcard":`, p.giftcard)
	j.flag(`,"discountable":`, p.discountable)
	j.maybe(`,"thumbnail":`, p.thumbnail)
	j.maybe(`,"collection_id":`, p.collection)
	j.maybe(`,"type_id":`, p.typ)
	j.number(`,"weight":`, p.weight)
	j.number(`,"length":`, p.length)
	j.number(`,"height":`, p.height)
	j.number(`,"width":`, p.width)
	j.maybe(`,"hs_code":`, p.hs)
	j.maybe(`,"origin_country":`, p.origin)
	j.maybe(`,"mid_code":`, p.mid)
	j.maybe(`,"material":`, p.material)
	j.stamps(p.created, p.updated)
	var t, c *handWord
	if p.typ != nil {
		t = types[*p.typ]
	}
	if p.collection != nil {
		c = collections[*p.collection]
	}
	j.word(`,"type":`, "value", t)
	j.word(`,"collection":`, "title", c)
	j.raw(`,"options":[`)
	for i, o := range p.options {
		if i > 0 {
			j.raw(",")
		}
		j.option(o)
		j.raw(`,"values":[`)
		for k, v := range o.values {
			if k > 0 {
				j.raw(",")
			}
			j.value(v)
			j.raw("}")
		}
		j.raw("]}")
	}
	j.raw(`],"tags":[`)
	for i, g := range p.tags {
		if i > 0 {
			j.raw(",")
		}
		j.word("", "value", g)
	}
	j.raw(`],"images":[`)
	for i := range p.images {
		if i > 0 {
			j.raw(",")
		}
		m := &p.images[i]
		j.text(`{"id":`, m.id)
		j.text(`,"url":`, m.url)
		j.free(`,"metadata":`, m.metadata)
		j.rank(`,"rank":`, &m.rank)
		j.text(`,"product_id":`, m.product)
		j.stamps(m.created, m.updated)
		j.raw(`,"deleted_at":null}`)
	}
	j.raw(`],"variants":[`)
	for i, v := range p.variants {
		if i > 0 {
			j.raw(",")
		}
		j.variant(v, options, currency)
	}
	j.raw("]}")
}

func (j *handJSON) variant(v *handVariant, options map[string]*handOption, currency string) {
	j.text(`{"id":`, v.id)
	j.text(`,"title":`, v.title)
	j.maybe(`,"sku":`, v.sku)
	j.maybe(`,"barcode":`, v.barcode)
	j.maybe(`,"ean":`, v.ean)
	j.maybe(`,"upc":`, v.upc)
	j.flag(`,"allow_backorder":`, v.backorder)
	j.flag(`,"manage_inventory":`, v.managed)
	j.maybe(`,"hs_code":`, v.hs)
	j.maybe(`,"origin_country":`, v.origin)
	j.maybe(`,"mid_code":`, v.mid)
	j.maybe(`,"material":`, v.material)
	j.number(`,"weight":`, v.weight)
	j.number(`,"length":`, v.length)
	j.number(`,"height":`, v.height)
	j.number(`,"width":`, v.width)
	j.free(`,"metadata":`, v.metadata)
	j.rank(`,"variant_rank":`, v.rank)
	j.maybe(`,"thumbnail":`, v.thumbnail)
	j.text(`,"product_id":`, v.product)
	j.stamps(v.created, v.updated)
	j.raw(`,"deleted_at":null,"options":[`)
	for i, o := range v.options {
		if i > 0 {
			j.raw(",")
		}
		j.value(o)
		j.raw(`,"option":`)
		j.option(options[o.option])
		j.raw("}}")
	}
	j.raw(`],"calculated_price":`)
	if !v.priced {
		j.raw("null}")
		return
	}
	applied := func(key string) {
		j.text(key+`{"id":`, v.price)
		j.raw(`,"price_list_id":null,"price_list_type":null,"min_quantity":null,"max_quantity":null}`)
	}
	j.text(`{"id":`, v.set)
	j.raw(`,"is_calculated_price_price_list":false,"is_calculated_price_tax_inclusive":false,"calculated_amount":` + v.amount)
	j.free(`,"raw_calculated_amount":`, v.raw)
	j.raw(`,"is_original_price_price_list":false,"is_original_price_tax_inclusive":false,"original_amount":` + v.amount)
	j.free(`,"raw_original_amount":`, v.raw)
	j.text(`,"currency_code":`, currency)
	applied(`,"calculated_price":`)
	applied(`,"original_price":`)
	j.raw("}}")
}
