package rest_test

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/total"
)

// A handCart is a cart read by hand. It uses the model's structs for totals, since the arithmetic is the same.
type handCart struct {
	model.Cart
	completed         *time.Time
	shipping, billing *handPlace
	customer          string
	mail              *string
	groups            []string
	region            string
	name, currency    string
	automatic         bool
	countries         []handCountry
	promotions        []handPromotion
	payment           *handPayment
	products          map[string]*handLineProduct
}

type (
	handPlace struct {
		id                                                                         string
		first, last, company, line1, line2, city, postal, country, province, phone *string
	}
	handCountry struct {
		iso2, iso3, num, name, display string
		region                         *string
		metadata                       []byte
		created, updated               time.Time
	}
	handPromotion struct {
		id, code                     string
		automatic, inclusive         bool
		method, value, typ, currency *string
	}
	handPayment struct {
		id, currency, status                               string
		amount, authorized, captured, refunded             *string
		rawAmount, rawAuthorized, rawCaptured, rawRefunded []byte
		metadata                                           []byte
		completed                                          *time.Time
		created, updated                                   time.Time
		sessions                                           []handSession
	}
	handSession struct {
		id, currency, provider, status, collection string
		amount                                     *string
		raw, data, context, metadata               []byte
		authorized                                 *time.Time
		created, updated                           time.Time
		payment                                    *string
	}
	handLineProduct struct {
		id               string
		collection, typ  *string
		categories, tags []string
	}
)

// cart serves the default GET of a cart as a careful author would write it for this purpose alone: one round trip of flat
// queries by the cart's id, another for the categories and tags of its products, and JSON appended to one buffer.
func (h *byHand) cart(w http.ResponseWriter, key, id string) {
	ctx := context.Background()
	c := &handCart{products: map[string]*handLineProduct{}}
	found, known := false, false
	items, methods := map[string]*model.LineItem{}, map[string]*model.ShippingMethod{}
	var ids []string
	var b pgx.Batch
	each := func(sql string, arg any, row func(rows pgx.Rows) error) {
		b.Queue(sql, arg).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := row(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	each(`SELECT 1 FROM api_key WHERE token = $1 AND type = 'publishable' AND deleted_at IS NULL AND (revoked_at IS NULL OR revoked_at > now())`, key,
		func(pgx.Rows) error { known = true; return nil })
	each(`SELECT c.id, c.region_id, c.customer_id, c.sales_channel_id, c.email, c.currency_code, c.locale, c.shipping_address_id, c.billing_address_id,
c.metadata, c.created_at, c.updated_at, c.completed_at, coalesce(u.decimal_digits, 2)
FROM cart c LEFT JOIN currency u ON u.code = c.currency_code AND u.deleted_at IS NULL WHERE c.id = $1 AND c.deleted_at IS NULL`, id, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&c.ID, &c.RegionID, &c.CustomerID, &c.SalesChannelID, &c.Email, &c.CurrencyCode, &c.Locale, &c.ShippingAddressID, &c.BillingAddressID,
			(*[]byte)(&c.Metadata), &c.CreatedAt.Time, &c.UpdatedAt.Time, &c.completed, &c.CurrencyDigits)
	})
	each(`SELECT id, title, thumbnail, quantity, variant_id, product_id, product_title, product_description, product_subtitle, product_type, product_type_id,
product_collection, product_handle, variant_sku, variant_barcode, variant_title, requires_shipping, is_giftcard, is_tax_inclusive,
coalesce(raw_compare_at_unit_price->>'value', compare_at_unit_price::text), coalesce(raw_unit_price->>'value', unit_price::text), metadata, created_at, updated_at
FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL ORDER BY id`, id, func(rows pgx.Rows) error {
		i := &model.LineItem{}
		var before, price *string
		if err := rows.Scan(&i.ID, &i.Title, &i.Thumbnail, &i.Quantity, &i.VariantID, &i.ProductID, &i.ProductTitle, &i.ProductDescription, &i.ProductSubtitle,
			&i.ProductType, &i.ProductTypeID, &i.ProductCollection, &i.ProductHandle, &i.VariantSku, &i.VariantBarcode, &i.VariantTitle, &i.RequiresShipping,
			&i.IsGiftcard, &i.IsTaxInclusive, &before, &price, (*[]byte)(&i.Metadata), &i.CreatedAt.Time, &i.UpdatedAt.Time); err != nil {
			return err
		}
		c.Items, items[i.ID] = append(c.Items, i), i
		if before != nil {
			i.CompareAtUnitPrice = &model.Amount{}
			if err := exact(before, i.CompareAtUnitPrice); err != nil {
				return err
			}
		}
		return exact(price, &i.UnitPrice)
	})
	taxes := func(sql string, of func(id string) *[]*model.TaxLine) {
		each(sql, id, func(rows pgx.Rows) error {
			t := &model.TaxLine{}
			var on string
			var rate *string
			if err := rows.Scan(&on, &t.ID, &t.Description, &t.Code, &rate, &t.ProviderID, (*[]byte)(&t.Data), (*[]byte)(&t.Metadata)); err != nil {
				return err
			}
			lines := of(on)
			*lines = append(*lines, t)
			return exact(rate, &t.Rate)
		})
	}
	adjustments := func(sql string, of func(id string) *[]*model.Adjustment) {
		each(sql, id, func(rows pgx.Rows) error {
			a := &model.Adjustment{}
			var on string
			var amount *string
			if err := rows.Scan(&on, &a.ID, &a.Code, &a.PromotionID, &amount, &a.IsTaxInclusive); err != nil {
				return err
			}
			all := of(on)
			*all = append(*all, a)
			return exact(amount, &a.Amount)
		})
	}
	taxes(`SELECT i.id, t.id, t.description, t.code, t.rate::text, t.provider_id, t.data, t.metadata FROM cart_line_item i
JOIN cart_line_item_tax_line t ON t.item_id = i.id AND t.deleted_at IS NULL WHERE i.cart_id = $1 AND i.deleted_at IS NULL ORDER BY t.id`,
		func(id string) *[]*model.TaxLine { return &items[id].TaxLines })
	adjustments(`SELECT i.id, a.id, a.code, a.promotion_id, coalesce(a.raw_amount->>'value', a.amount::text), a.is_tax_inclusive FROM cart_line_item i
JOIN cart_line_item_adjustment a ON a.item_id = i.id AND a.deleted_at IS NULL WHERE i.cart_id = $1 AND i.deleted_at IS NULL ORDER BY a.id`,
		func(id string) *[]*model.Adjustment { return &items[id].Adjustments })
	each(`SELECT id, coalesce(raw_amount->>'value', amount::text), is_tax_inclusive, shipping_option_id FROM cart_shipping_method
WHERE cart_id = $1 AND deleted_at IS NULL ORDER BY id`, id, func(rows pgx.Rows) error {
		m := &model.ShippingMethod{}
		var amount *string
		if err := rows.Scan(&m.ID, &amount, &m.IsTaxInclusive, &m.ShippingOptionID); err != nil {
			return err
		}
		c.ShippingMethods, methods[m.ID] = append(c.ShippingMethods, m), m
		return exact(amount, &m.Amount)
	})
	taxes(`SELECT m.id, t.id, t.description, t.code, t.rate::text, t.provider_id, t.data, t.metadata FROM cart_shipping_method m
JOIN cart_shipping_method_tax_line t ON t.shipping_method_id = m.id AND t.deleted_at IS NULL WHERE m.cart_id = $1 AND m.deleted_at IS NULL ORDER BY t.id`,
		func(id string) *[]*model.TaxLine { return &methods[id].TaxLines })
	adjustments(`SELECT m.id, a.id, a.code, a.promotion_id, coalesce(a.raw_amount->>'value', a.amount::text), false FROM cart_shipping_method m
JOIN cart_shipping_method_adjustment a ON a.shipping_method_id = m.id AND a.deleted_at IS NULL WHERE m.cart_id = $1 AND m.deleted_at IS NULL ORDER BY a.id`,
		func(id string) *[]*model.Adjustment { return &methods[id].Adjustments })
	each(`SELECT id, cart_id, reference, reference_id, coalesce(raw_amount->>'value', amount::text), raw_amount, metadata, created_at, updated_at FROM credit_line
WHERE cart_id = $1 AND deleted_at IS NULL ORDER BY id`, id, func(rows pgx.Rows) error {
		l := &model.CreditLine{}
		var amount *string
		if err := rows.Scan(&l.ID, &l.CartID, &l.Reference, &l.ReferenceID, &amount, (*[]byte)(&l.RawAmount), (*[]byte)(&l.Metadata), &l.CreatedAt.Time,
			&l.UpdatedAt.Time); err != nil {
			return err
		}
		c.CreditLines = append(c.CreditLines, l)
		return exact(amount, &l.Amount)
	})
	each(`SELECT p.id, p.code, p.is_automatic, p.is_tax_inclusive, m.id, coalesce(m.raw_value->>'value', m.value::text), m.type, m.currency_code
FROM cart_promotion l JOIN promotion p ON p.id = l.promotion_id AND p.deleted_at IS NULL
LEFT JOIN promotion_application_method m ON m.promotion_id = p.id AND m.deleted_at IS NULL WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY p.id`, id,
		func(rows pgx.Rows) error {
			var p handPromotion
			err := rows.Scan(&p.id, &p.code, &p.automatic, &p.inclusive, &p.method, &p.value, &p.typ, &p.currency)
			c.promotions = append(c.promotions, p)
			return err
		})
	each(`SELECT r.id, r.name, r.currency_code, r.automatic_taxes FROM cart c JOIN region r ON r.id = c.region_id AND r.deleted_at IS NULL WHERE c.id = $1`, id,
		func(rows pgx.Rows) error { return rows.Scan(&c.region, &c.name, &c.currency, &c.automatic) })
	each(`SELECT o.iso_2, o.iso_3, o.num_code, o.name, o.display_name, o.region_id, o.metadata, o.created_at, o.updated_at FROM cart c
JOIN region_country o ON o.region_id = c.region_id AND o.deleted_at IS NULL WHERE c.id = $1 ORDER BY o.created_at, o.name COLLATE "C"`, id, func(rows pgx.Rows) error {
		var o handCountry
		err := rows.Scan(&o.iso2, &o.iso3, &o.num, &o.name, &o.display, &o.region, &o.metadata, &o.created, &o.updated)
		c.countries = append(c.countries, o)
		return err
	})
	each(`SELECT u.id, u.email FROM cart c JOIN customer u ON u.id = c.customer_id AND u.deleted_at IS NULL WHERE c.id = $1`, id,
		func(rows pgx.Rows) error { return rows.Scan(&c.customer, &c.mail) })
	each(`SELECT g.id FROM cart c JOIN customer_group_customer l ON l.customer_id = c.customer_id AND l.deleted_at IS NULL
JOIN customer_group g ON g.id = l.customer_group_id AND g.deleted_at IS NULL WHERE c.id = $1 ORDER BY g.id`, id, func(rows pgx.Rows) error {
		var g string
		err := rows.Scan(&g)
		c.groups = append(c.groups, g)
		return err
	})
	each(`SELECT a.id, a.first_name, a.last_name, a.company, a.address_1, a.address_2, a.city, a.postal_code, a.country_code, a.province, a.phone FROM cart c
JOIN cart_address a ON a.id IN (c.shipping_address_id, c.billing_address_id) AND a.deleted_at IS NULL WHERE c.id = $1`, id, func(rows pgx.Rows) error {
		a := &handPlace{}
		err := rows.Scan(&a.id, &a.first, &a.last, &a.company, &a.line1, &a.line2, &a.city, &a.postal, &a.country, &a.province, &a.phone)
		if c.ShippingAddressID != nil && *c.ShippingAddressID == a.id {
			c.shipping = a
		}
		if c.BillingAddressID != nil && *c.BillingAddressID == a.id {
			c.billing = a
		}
		return err
	})
	each(`SELECT p.id, p.currency_code, coalesce(p.raw_amount->>'value', p.amount::text), p.raw_amount,
coalesce(p.raw_authorized_amount->>'value', p.authorized_amount::text), p.raw_authorized_amount,
coalesce(p.raw_captured_amount->>'value', p.captured_amount::text), p.raw_captured_amount,
coalesce(p.raw_refunded_amount->>'value', p.refunded_amount::text), p.raw_refunded_amount, p.status, p.completed_at, p.metadata, p.created_at, p.updated_at
FROM cart_payment_collection l JOIN payment_collection p ON p.id = l.payment_collection_id AND p.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY l.created_at DESC LIMIT 1`, id, func(rows pgx.Rows) error {
		p := &handPayment{}
		c.payment = p
		return rows.Scan(&p.id, &p.currency, &p.amount, &p.rawAmount, &p.authorized, &p.rawAuthorized, &p.captured, &p.rawCaptured, &p.refunded, &p.rawRefunded,
			&p.status, &p.completed, &p.metadata, &p.created, &p.updated)
	})
	each(`SELECT s.id, s.currency_code, coalesce(s.raw_amount->>'value', s.amount::text), s.raw_amount, s.provider_id, s.data, s.context, s.status, s.authorized_at,
s.payment_collection_id, s.metadata, s.created_at, s.updated_at, p.id FROM cart_payment_collection l
JOIN payment_session s ON s.payment_collection_id = l.payment_collection_id AND s.deleted_at IS NULL
LEFT JOIN payment p ON p.payment_session_id = s.id AND p.deleted_at IS NULL WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY s.id`, id, func(rows pgx.Rows) error {
		var s handSession
		err := rows.Scan(&s.id, &s.currency, &s.amount, &s.raw, &s.provider, &s.data, &s.context, &s.status, &s.authorized, &s.collection, &s.metadata, &s.created,
			&s.updated, &s.payment)
		if c.payment != nil && c.payment.id == s.collection {
			c.payment.sessions = append(c.payment.sessions, s)
		}
		return err
	})
	each(`SELECT p.id, p.collection_id, p.type_id FROM product p WHERE p.deleted_at IS NULL
AND p.id IN (SELECT product_id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`, id, func(rows pgx.Rows) error {
		p := &handLineProduct{}
		err := rows.Scan(&p.id, &p.collection, &p.typ)
		c.products[p.id], ids = p, append(ids, p.id)
		return err
	})
	if err := h.pool.SendBatch(ctx, &b).Close(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if !known || !found {
		http.Error(w, "no such key or cart", http.StatusNotFound)
		return
	}

	b = pgx.Batch{}
	each(`SELECT l.product_id, o.id FROM product_category_product l JOIN product_category o ON o.id = l.product_category_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) ORDER BY o.id`, ids, func(rows pgx.Rows) error {
		var product, category string
		err := rows.Scan(&product, &category)
		p := c.products[product]
		p.categories = append(p.categories, category)
		return err
	})
	each(`SELECT l.product_id, o.id FROM product_tags l JOIN product_tag o ON o.id = l.product_tag_id AND o.deleted_at IS NULL
WHERE l.product_id = ANY($1) ORDER BY o.id`, ids, func(rows pgx.Rows) error {
		var product, tag string
		err := rows.Scan(&product, &tag)
		p := c.products[product]
		p.tags = append(p.tags, tag)
		return err
	})
	if err := h.pool.SendBatch(ctx, &b).Close(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	total.Cart(&c.Cart)
	j := &handJSON{b: make([]byte, 0, 1<<16)}
	j.cart(c)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(j.b)
}

// exact reads a decimal; none is 0.
func exact(s *string, into *model.Amount) (err error) {
	if s != nil {
		*into, err = model.ParseAmount(*s)
	}
	return err
}

func (j *handJSON) amount(key string, a model.Amount) {
	j.raw(key)
	j.b = a.AppendJSON(j.b, model.REST)
}

func (j *handJSON) maybeAmount(key string, s *string) {
	var a model.Amount
	if s == nil || exact(s, &a) != nil {
		j.raw(key + "null")
		return
	}
	j.amount(key, a)
}

func (j *handJSON) moment(key string, t *time.Time) {
	j.raw(key)
	if t == nil {
		j.raw("null")
		return
	}
	j.b = t.UTC().AppendFormat(j.b, `"2006-01-02T15:04:05.000Z"`)
}

func (j *handJSON) ids(key string, ids []string) {
	j.raw(key + "[")
	for n, id := range ids {
		if n > 0 {
			j.raw(",")
		}
		j.text(`{"id":`, id)
		j.raw("}")
	}
	j.raw("]")
}

func (j *handJSON) cart(c *handCart) {
	j.text(`{"cart":{"id":`, c.ID)
	j.text(`,"currency_code":`, c.CurrencyCode)
	j.maybe(`,"email":`, c.Email)
	j.maybe(`,"locale":`, c.Locale)
	j.maybe(`,"region_id":`, c.RegionID)
	j.maybe(`,"customer_id":`, c.CustomerID)
	j.maybe(`,"sales_channel_id":`, c.SalesChannelID)
	j.free(`,"metadata":`, c.Metadata)
	j.stamps(c.CreatedAt.Time, c.UpdatedAt.Time)
	j.moment(`,"completed_at":`, c.completed)
	j.cartTotals(&c.Totals)
	j.raw(`,"promotions":[`)
	for n := range c.promotions {
		if n > 0 {
			j.raw(",")
		}
		j.promotion(&c.promotions[n])
	}
	j.raw(`],"items":[`)
	for n, i := range c.Items {
		if n > 0 {
			j.raw(",")
		}
		j.line(i, c.products)
	}
	j.raw(`],"shipping_methods":[`)
	for n, m := range c.ShippingMethods {
		if n > 0 {
			j.raw(",")
		}
		j.text(`{"id":`, m.ID)
		j.amount(`,"amount":`, m.Amount)
		j.flag(`,"is_tax_inclusive":`, m.IsTaxInclusive)
		j.maybe(`,"shipping_option_id":`, m.ShippingOptionID)
		j.taxLines(m.TaxLines)
		j.raw(`,"adjustments":[`)
		for k, a := range m.Adjustments {
			if k > 0 {
				j.raw(",")
			}
			j.text(`{"id":`, a.ID)
			j.maybe(`,"code":`, a.Code)
			j.amount(`,"amount":`, a.Amount)
			j.raw("}")
		}
		j.raw("]}")
	}
	j.raw(`],"credit_lines":[`)
	for n, l := range c.CreditLines {
		if n > 0 {
			j.raw(",")
		}
		j.text(`{"id":`, l.ID)
		j.text(`,"cart_id":`, l.CartID)
		j.maybe(`,"reference":`, l.Reference)
		j.maybe(`,"reference_id":`, l.ReferenceID)
		j.amount(`,"amount":`, l.Amount)
		j.free(`,"raw_amount":`, l.RawAmount)
		j.free(`,"metadata":`, l.Metadata)
		j.stamps(l.CreatedAt.Time, l.UpdatedAt.Time)
		j.amount(`,"deleted_at":null,"total":`, l.Total)
		j.free(`,"raw_total":`, l.Total.Raw())
		j.amount(`,"subtotal":`, l.Subtotal)
		j.free(`,"raw_subtotal":`, l.Subtotal.Raw())
		j.raw("}")
	}
	j.raw("]")
	if c.customer != "" {
		j.text(`,"customer":{"id":`, c.customer)
		j.maybe(`,"email":`, c.mail)
		j.ids(`,"groups":`, c.groups)
		j.raw("}")
	}
	if c.ShippingAddressID != nil {
		j.text(`,"shipping_address_id":`, *c.ShippingAddressID)
	}
	j.address(`,"shipping_address":`, c.shipping)
	if c.BillingAddressID != nil {
		j.text(`,"billing_address_id":`, *c.BillingAddressID)
	}
	j.address(`,"billing_address":`, c.billing)
	if c.region != "" {
		j.cartRegion(c)
	}
	if c.payment != nil {
		j.payment(c.payment)
	}
	j.raw("}}")
}

func (j *handJSON) cartTotals(t *model.Totals) {
	j.amount(`,"total":`, t.Total)
	j.amount(`,"subtotal":`, t.Subtotal)
	j.amount(`,"tax_total":`, t.TaxTotal)
	j.amount(`,"discount_total":`, t.DiscountTotal)
	j.amount(`,"discount_subtotal":`, t.DiscountSubtotal)
	j.amount(`,"discount_tax_total":`, t.DiscountTaxTotal)
	j.amount(`,"original_total":`, t.OriginalTotal)
	j.amount(`,"original_tax_total":`, t.OriginalTaxTotal)
	j.amount(`,"item_total":`, t.OfItems.Total)
	j.amount(`,"item_subtotal":`, t.OfItems.Subtotal)
	j.amount(`,"item_tax_total":`, t.OfItems.TaxTotal)
	j.amount(`,"item_discount_total":`, t.OfItems.DiscountTotal)
	j.amount(`,"original_item_total":`, t.OfItems.OriginalTotal)
	j.amount(`,"original_item_subtotal":`, t.OfItems.OriginalSubtotal)
	j.amount(`,"original_item_tax_total":`, t.OfItems.OriginalTaxTotal)
	j.amount(`,"shipping_total":`, t.OfShipping.Total)
	j.amount(`,"shipping_subtotal":`, t.OfShipping.Subtotal)
	j.amount(`,"shipping_tax_total":`, t.OfShipping.TaxTotal)
	j.amount(`,"shipping_discount_total":`, t.OfShipping.DiscountTotal)
	j.amount(`,"original_shipping_tax_total":`, t.OfShipping.OriginalTaxTotal)
	j.amount(`,"original_shipping_subtotal":`, t.OfShipping.OriginalSubtotal)
	j.amount(`,"original_shipping_total":`, t.OfShipping.OriginalTotal)
	j.amount(`,"credit_line_subtotal":`, t.CreditLineSubtotal)
	j.amount(`,"credit_line_tax_total":`, t.CreditLineTaxTotal)
	j.amount(`,"credit_line_total":`, t.CreditLineTotal)
}

func (j *handJSON) promotion(p *handPromotion) {
	j.text(`{"id":`, p.id)
	j.text(`,"code":`, p.code)
	j.flag(`,"is_automatic":`, p.automatic)
	j.flag(`,"is_tax_inclusive":`, p.inclusive)
	j.raw(`,"application_method":`)
	if p.method == nil {
		j.raw("null}")
		return
	}
	j.text(`{"id":`, *p.method)
	j.maybeAmount(`,"value":`, p.value)
	j.maybe(`,"type":`, p.typ)
	j.maybe(`,"currency_code":`, p.currency)
	j.raw("}}")
}

func (j *handJSON) line(i *model.LineItem, products map[string]*handLineProduct) {
	j.text(`{"id":`, i.ID)
	j.text(`,"title":`, i.Title)
	j.maybe(`,"thumbnail":`, i.Thumbnail)
	j.rank(`,"quantity":`, &i.Quantity)
	j.maybe(`,"variant_id":`, i.VariantID)
	j.maybe(`,"product_id":`, i.ProductID)
	j.maybe(`,"product_title":`, i.ProductTitle)
	j.maybe(`,"product_description":`, i.ProductDescription)
	j.maybe(`,"product_subtitle":`, i.ProductSubtitle)
	j.maybe(`,"product_type":`, i.ProductType)
	j.maybe(`,"product_type_id":`, i.ProductTypeID)
	j.maybe(`,"product_collection":`, i.ProductCollection)
	j.maybe(`,"product_handle":`, i.ProductHandle)
	j.maybe(`,"variant_sku":`, i.VariantSku)
	j.maybe(`,"variant_barcode":`, i.VariantBarcode)
	j.maybe(`,"variant_title":`, i.VariantTitle)
	j.flag(`,"requires_shipping":`, i.RequiresShipping)
	j.flag(`,"is_giftcard":`, i.IsGiftcard)
	j.flag(`,"is_tax_inclusive":`, i.IsTaxInclusive)
	j.amount(`,"unit_price":`, i.UnitPrice)
	if i.CompareAtUnitPrice == nil {
		j.raw(`,"compare_at_unit_price":null`)
	} else {
		j.amount(`,"compare_at_unit_price":`, *i.CompareAtUnitPrice)
	}
	j.free(`,"metadata":`, i.Metadata)
	j.stamps(i.CreatedAt.Time, i.UpdatedAt.Time)
	j.taxLines(i.TaxLines)
	j.raw(`,"adjustments":[`)
	for k, a := range i.Adjustments {
		if k > 0 {
			j.raw(",")
		}
		j.text(`{"id":`, a.ID)
		j.maybe(`,"code":`, a.Code)
		j.maybe(`,"promotion_id":`, a.PromotionID)
		j.amount(`,"amount":`, a.Amount)
		j.flag(`,"is_tax_inclusive":`, a.IsTaxInclusive)
		j.raw("}")
	}
	j.raw(`],"product":`)
	var p *handLineProduct
	if i.ProductID != nil {
		p = products[*i.ProductID]
	}
	if p == nil {
		j.raw("null}")
		return
	}
	j.text(`{"id":`, p.id)
	j.maybe(`,"collection_id":`, p.collection)
	j.maybe(`,"type_id":`, p.typ)
	j.ids(`,"categories":`, p.categories)
	j.ids(`,"tags":`, p.tags)
	j.raw("}}")
}

func (j *handJSON) taxLines(lines []*model.TaxLine) {
	j.raw(`,"tax_lines":[`)
	for k, t := range lines {
		if k > 0 {
			j.raw(",")
		}
		j.text(`{"id":`, t.ID)
		j.maybe(`,"description":`, t.Description)
		j.text(`,"code":`, t.Code)
		j.amount(`,"rate":`, t.Rate)
		j.maybe(`,"provider_id":`, t.ProviderID)
		j.free(`,"data":`, t.Data)
		j.free(`,"metadata":`, t.Metadata)
		j.raw("}")
	}
	j.raw("]")
}

func (j *handJSON) address(key string, a *handPlace) {
	j.raw(key)
	if a == nil {
		j.raw("null")
		return
	}
	j.text(`{"id":`, a.id)
	j.maybe(`,"first_name":`, a.first)
	j.maybe(`,"last_name":`, a.last)
	j.maybe(`,"company":`, a.company)
	j.maybe(`,"address_1":`, a.line1)
	j.maybe(`,"address_2":`, a.line2)
	j.maybe(`,"city":`, a.city)
	j.maybe(`,"postal_code":`, a.postal)
	j.maybe(`,"country_code":`, a.country)
	j.maybe(`,"province":`, a.province)
	j.maybe(`,"phone":`, a.phone)
	j.raw("}")
}

func (j *handJSON) cartRegion(c *handCart) {
	j.text(`,"region":{"id":`, c.region)
	j.text(`,"name":`, c.name)
	j.text(`,"currency_code":`, c.currency)
	j.raw(`,"automatic_taxes":` + strconv.FormatBool(c.automatic) + `,"countries":[`)
	for n := range c.countries {
		if n > 0 {
			j.raw(",")
		}
		o := &c.countries[n]
		j.text(`{"iso_2":`, o.iso2)
		j.text(`,"iso_3":`, o.iso3)
		j.text(`,"num_code":`, o.num)
		j.text(`,"name":`, o.name)
		j.text(`,"display_name":`, o.display)
		j.maybe(`,"region_id":`, o.region)
		j.free(`,"metadata":`, o.metadata)
		j.stamps(o.created, o.updated)
		j.raw(`,"deleted_at":null}`)
	}
	j.raw("]}")
}

func (j *handJSON) payment(p *handPayment) {
	j.text(`,"payment_collection":{"id":`, p.id)
	j.text(`,"currency_code":`, p.currency)
	j.text(`,"status":`, p.status)
	j.maybeAmount(`,"amount":`, p.amount)
	j.free(`,"raw_amount":`, p.rawAmount)
	j.maybeAmount(`,"authorized_amount":`, p.authorized)
	j.free(`,"raw_authorized_amount":`, p.rawAuthorized)
	j.maybeAmount(`,"captured_amount":`, p.captured)
	j.free(`,"raw_captured_amount":`, p.rawCaptured)
	j.maybeAmount(`,"refunded_amount":`, p.refunded)
	j.free(`,"raw_refunded_amount":`, p.rawRefunded)
	j.moment(`,"completed_at":`, p.completed)
	j.free(`,"metadata":`, p.metadata)
	j.stamps(p.created, p.updated)
	j.raw(`,"deleted_at":null,"payment_sessions":[`)
	for n := range p.sessions {
		if n > 0 {
			j.raw(",")
		}
		s := &p.sessions[n]
		j.text(`{"id":`, s.id)
		j.text(`,"currency_code":`, s.currency)
		j.maybeAmount(`,"amount":`, s.amount)
		j.free(`,"raw_amount":`, s.raw)
		j.text(`,"provider_id":`, s.provider)
		j.free(`,"data":`, s.data)
		j.free(`,"context":`, s.context)
		j.text(`,"status":`, s.status)
		j.moment(`,"authorized_at":`, s.authorized)
		j.text(`,"payment_collection_id":`, s.collection)
		j.free(`,"metadata":`, s.metadata)
		j.stamps(s.created, s.updated)
		j.raw(`,"deleted_at":null,"payment":`)
		if s.payment == nil {
			j.raw("null}")
		} else {
			j.text(`{"id":`, *s.payment)
			j.raw("}}")
		}
	}
	j.raw("]}")
}
