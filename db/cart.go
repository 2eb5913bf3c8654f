package db

import (
	"context"

	"storegraph/model"
	"storegraph/model/total"
)

// Cart returns the cart with this id, with its totals if any are wanted. What is wanted of it is read in one batch, and
// what is wanted of its products in one more.
func (d DB) Cart(ctx context.Context, v *Viewer, id string, want Want) (*model.Cart, error) {
	l := cartLoad{id: id, want: want}
	if err := d.keyed(ctx, v.Key, false, l.read); err != nil {
		return nil, err
	}
	if l.cart == nil {
		return nil, model.NotFound.Errorf("Cart with id '%s' not found", id)
	}
	l.stitch()
	return l.cart, d.fillCartProducts(ctx, v, []*cartLoad{&l}, want["items"])
}

// fillCartProducts fills the products and the variants of the lines of carts with what is wanted of them.
func (d DB) fillCartProducts(ctx context.Context, v *Viewer, loads []*cartLoad, want Want) error {
	var products []*model.Product
	var variants []*model.ProductVariant
	for _, l := range loads {
		products = append(products, values(l.products)...)
		variants = append(variants, values(l.variants)...)
	}
	return d.fillGoods(ctx, v, products, want["product"], variants, want["variant"])
}

// fillGoods fills products and variants of lines, which are shown whatever the key's sales channels, with what is wanted of them.
func (d DB) fillGoods(ctx context.Context, v *Viewer, products []*model.Product, ofProduct Want, variants []*model.ProductVariant, ofVariant Want) error {
	if len(ofProduct) == 0 && len(ofVariant) == 0 {
		return nil
	}
	ld := d.loader(v)
	ld.channels = append([]string{}, v.Key.channels...)
	if err := ld.ensure(ctx, ofProduct); err != nil {
		return err
	}
	if err := ld.fillProducts(ctx, products, ofProduct); err != nil {
		return err
	}
	if err := ld.ensure(ctx, Want{"variants": ofVariant}); err != nil {
		return err
	}
	return ld.fillVariants(ctx, variants, ofVariant)
}

// CustomerCarts lists the carts of the customer who is asking that are no order yet, latest first. All of a page are read in one
// batch.
func (d DB) CustomerCarts(ctx context.Context, v *Viewer, p Page, want Want) (*model.CartConnection, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	if p.MaxLimit = 20; p.First == nil && p.Last == nil {
		p.First = &p.MaxLimit
	}
	l := list[model.Cart]{columns: cartColumns + ", 2", from: "cart c", scan: scanCart, sort: sorting{expr: "c.id", key: "c.id", desc: true}}
	l.where = func(q *query) {
		q.add(" AND c.deleted_at IS NULL AND c.completed_at IS NULL")
		q.compare("c.customer_id", " = ", v.CustomerID)
	}
	return connect(ctx, d, v, p, l, want, func(ctx context.Context, carts []*model.Cart, want Want) error {
		loads := make([]*cartLoad, len(carts))
		if err := d.run(ctx, func(b *batch) {
			for n, c := range carts {
				loads[n] = &cartLoad{id: c.ID, want: want}
				loads[n].read(b)
			}
		}); err != nil {
			return err
		}
		for n, l := range loads {
			if l.cart != nil { // it was not deleted meanwhile
				l.stitch()
				*carts[n] = *l.cart
			}
		}
		return d.fillCartProducts(ctx, v, loads, want["items"])
	})
}

// A cartLoad reads a cart and what is wanted of it.
type cartLoad struct {
	id   string
	want Want

	cart      *model.Cart
	customer  *model.CartCustomer
	addresses table[model.CartAddress]
	products  table[model.Product]
	variants  table[model.ProductVariant]
	taxes     map[string][]*model.TaxLine    // by the line or method they are on
	adjusts   map[string][]*model.Adjustment // likewise
}

// cartTotals are the fields of a cart that package total fills.
var cartTotals = []string{
	"total", "subtotal", "taxTotal", "discountTotal", "discountSubtotal", "discountTaxTotal", "originalTotal", "originalSubtotal",
	"originalTaxTotal", "itemTotal", "itemSubtotal", "itemTaxTotal", "itemDiscountTotal", "originalItemTotal", "originalItemSubtotal",
	"originalItemTaxTotal", "shippingTotal", "shippingSubtotal", "shippingTaxTotal", "shippingDiscountTotal", "originalShippingTotal",
	"originalShippingSubtotal", "originalShippingTaxTotal", "creditLineTotal", "creditLineSubtotal", "creditLineTaxTotal",
}

const (
	cartColumns = `c.id, c.region_id, c.customer_id, c.sales_channel_id, c.email, c.currency_code, c.locale, c.shipping_address_id,
c.billing_address_id, c.metadata, c.created_at, c.updated_at, c.completed_at`
	lineItemColumns = `i.id, i.cart_id, i.title, i.subtitle, i.thumbnail, i.quantity, i.variant_id, i.product_id, i.product_title, i.product_description,
i.product_subtitle, i.product_type, i.product_type_id, i.product_collection, i.product_handle, i.variant_sku, i.variant_barcode, i.variant_title,
i.variant_option_values, i.requires_shipping, i.is_discountable, i.is_giftcard, i.is_tax_inclusive, i.is_custom_price,
coalesce(i.raw_compare_at_unit_price->>'value', i.compare_at_unit_price::text), i.raw_compare_at_unit_price,
coalesce(i.raw_unit_price->>'value', i.unit_price::text), i.raw_unit_price, i.metadata, i.created_at, i.updated_at`
	shippingMethodColumns = `m.id, m.cart_id, m.name, m.description, coalesce(m.raw_amount->>'value', m.amount::text), m.raw_amount, m.is_tax_inclusive,
m.shipping_option_id, m.data, m.metadata, m.created_at, m.updated_at`
	taxLineColumns    = `t.id, t.description, t.tax_rate_id, t.code, t.rate::text, t.provider_id, t.data, t.metadata, t.created_at, t.updated_at`
	adjustmentColumns = `a.id, a.description, a.promotion_id, a.code, coalesce(a.raw_amount->>'value', a.amount::text), a.raw_amount, a.provider_id,
a.metadata, a.created_at, a.updated_at`
	itemsOfCart   = `IN (SELECT id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`
	methodsOfCart = `IN (SELECT id FROM cart_shipping_method WHERE cart_id = $1 AND deleted_at IS NULL)`
)

// read queues everything that is wanted. It finds all of it by the cart's id, so that one round trip is enough.
func (l *cartLoad) read(b *batch) {
	l.cart, l.customer, l.addresses = nil, nil, table[model.CartAddress]{}
	l.taxes, l.adjusts = map[string][]*model.TaxLine{}, map[string][]*model.Adjustment{}
	l.products, l.variants = table[model.Product]{}, table[model.ProductVariant]{}
	b.read(`SELECT `+cartColumns+`, coalesce((SELECT decimal_digits FROM currency WHERE code = c.currency_code AND deleted_at IS NULL), 2)
FROM cart c WHERE c.id = $1 AND c.deleted_at IS NULL`, []any{l.id}, func(c *cursor) { l.cart = scanCart(c) })
	totals := l.want.Has(cartTotals...)
	if totals || l.want.Has("items", "placesOfItems") {
		l.readItems(b, totals)
	}
	if totals || l.want.Has("shippingMethods") {
		l.readShipping(b, totals)
	}
	if totals || l.want.Has("creditLines") {
		l.rows(b, `SELECT id, cart_id, reference, reference_id, coalesce(raw_amount->>'value', amount::text), raw_amount, metadata, created_at, updated_at
FROM credit_line WHERE cart_id = $1 AND deleted_at IS NULL ORDER BY id`, func(c *cursor) {
			l.cart.CreditLines = append(l.cart.CreditLines, &model.CreditLine{
				ID: c.text(), CartID: c.text(), Reference: c.maybeText(), ReferenceID: c.maybeText(), Amount: c.amount(), RawAmount: c.json(),
				Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			})
		})
	}
	if l.want.Has("promotions") {
		l.readPromotions(b)
	}
	if l.want.Has("region") {
		l.readRegion(b)
	}
	if l.want.Has("customer") {
		l.readCustomer(b)
	}
	if l.want.Has("shippingAddress", "billingAddress") {
		l.rows(b, `SELECT `+cartAddressColumns+`
FROM cart c JOIN cart_address a ON a.id IN (c.shipping_address_id, c.billing_address_id) AND a.deleted_at IS NULL
WHERE c.id = $1 AND c.deleted_at IS NULL`, func(c *cursor) {
			a := scanCartAddress(c)
			l.addresses[a.ID] = a
		})
	}
	if l.want.Has("paymentCollection") {
		l.readPayment(b)
	}
}

const cartAddressColumns = `a.id, a.customer_id, a.company, a.first_name, a.last_name, a.address_1, a.address_2, a.city, a.country_code, a.province,
a.postal_code, a.phone, a.metadata, a.created_at, a.updated_at`

func scanCartAddress(c *cursor) *model.CartAddress {
	return &model.CartAddress{
		ID: c.text(), CustomerID: c.maybeText(), Company: c.maybeText(), FirstName: c.maybeText(), LastName: c.maybeText(),
		Address1: c.maybeText(), Address2: c.maybeText(), City: c.maybeText(), CountryCode: c.maybeText(), Province: c.maybeText(),
		PostalCode: c.maybeText(), Phone: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

// rows queues a query whose argument is the cart's id. Its rows count only if there is the cart.
func (l *cartLoad) rows(b *batch, sql string, row func(c *cursor)) {
	b.read(sql, []any{l.id}, func(c *cursor) {
		if l.cart != nil {
			row(c)
		}
	})
}

func scanCart(c *cursor) *model.Cart {
	return &model.Cart{
		ID: c.text(), RegionID: c.maybeText(), CustomerID: c.maybeText(), SalesChannelID: c.maybeText(), Email: c.maybeText(),
		CurrencyCode: c.text(), Locale: c.maybeText(), ShippingAddressID: c.maybeText(), BillingAddressID: c.maybeText(), Metadata: c.json(),
		CreatedAt: c.stamp(), UpdatedAt: c.stamp(), CompletedAt: c.maybeTime(), CurrencyDigits: c.int(),
	}
}

func (l *cartLoad) readItems(b *batch, totals bool) {
	want := l.want["items"]
	l.rows(b, `SELECT `+lineItemColumns+` FROM cart_line_item i WHERE i.cart_id = $1 AND i.deleted_at IS NULL ORDER BY i.id`, func(c *cursor) {
		l.cart.Items = append(l.cart.Items, scanLineItem(c))
	})
	if totals || wantsTotals(want) {
		l.readTaxes(b, "t.item_id", "cart_line_item_tax_line", itemsOfCart)
		l.readAdjustments(b, "a.item_id", "a.is_tax_inclusive", "cart_line_item_adjustment", itemsOfCart)
	}
	if want.Has("product") {
		l.rows(b, `SELECT `+productColumns+` FROM product p WHERE p.deleted_at IS NULL
AND p.id IN (SELECT product_id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`, func(c *cursor) {
			p := scanProduct(c)
			l.products[p.ID] = p
		})
	}
	if want.Has("variant") {
		l.rows(b, `SELECT `+variantColumns+` FROM product_variant pv WHERE pv.deleted_at IS NULL
AND pv.id IN (SELECT variant_id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`, func(c *cursor) {
			v := scanVariant(c)
			l.variants[v.ID] = v
		})
	}
}

// wantsTotals reports whether a line or a shipping method needs its tax lines and adjustments: for themselves, or for its
// totals, which is nearly always.
func wantsTotals(want Want) bool {
	for field := range want {
		switch field {
		case "taxLines", "adjustments", "total", "subtotal", "taxTotal", "discountTotal", "discountSubtotal", "discountTaxTotal", "originalTotal",
			"originalSubtotal", "originalTaxTotal":
			return true
		}
	}
	return false
}

func scanLineItem(c *cursor) *model.LineItem {
	return &model.LineItem{
		ID: c.text(), CartID: c.text(), Title: c.text(), Subtitle: c.maybeText(), Thumbnail: c.maybeText(), Quantity: c.int(),
		VariantID: c.maybeText(), ProductID: c.maybeText(), ProductTitle: c.maybeText(), ProductDescription: c.maybeText(),
		ProductSubtitle: c.maybeText(), ProductType: c.maybeText(), ProductTypeID: c.maybeText(), ProductCollection: c.maybeText(),
		ProductHandle: c.maybeText(), VariantSku: c.maybeText(), VariantBarcode: c.maybeText(), VariantTitle: c.maybeText(),
		VariantOptionValues: c.json(), RequiresShipping: c.bool(), IsDiscountable: c.bool(), IsGiftcard: c.bool(), IsTaxInclusive: c.bool(),
		IsCustomPrice: c.bool(), CompareAtUnitPrice: c.maybeAmount(), RawCompareAtUnitPrice: c.json(), UnitPrice: c.amount(),
		RawUnitPrice: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

func (l *cartLoad) readTaxes(b *batch, on, from, of string) {
	l.rows(b, `SELECT `+on+`, `+taxLineColumns+` FROM `+from+` t WHERE t.deleted_at IS NULL AND `+on+` `+of+` ORDER BY t.id`, func(c *cursor) {
		id := c.text()
		t := &model.TaxLine{
			ID: c.text(), Description: c.maybeText(), TaxRateID: c.maybeText(), Code: c.text(), Rate: c.amount(), ProviderID: c.maybeText(),
			Data: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		if t.ItemID = &id; from == "cart_shipping_method_tax_line" {
			t.ItemID, t.ShippingMethodID = nil, &id
		}
		l.taxes[id] = append(l.taxes[id], t)
	})
}

func (l *cartLoad) readAdjustments(b *batch, on, inclusive, from, of string) {
	l.rows(b, `SELECT `+on+`, `+inclusive+`, `+adjustmentColumns+` FROM `+from+` a WHERE a.deleted_at IS NULL AND `+on+` `+of+` ORDER BY a.id`, func(c *cursor) {
		id := c.text()
		a := &model.Adjustment{
			IsTaxInclusive: c.bool(), ID: c.text(), Description: c.maybeText(), PromotionID: c.maybeText(), Code: c.maybeText(), Amount: c.amount(),
			RawAmount: c.json(), ProviderID: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		if a.ItemID = &id; from == "cart_shipping_method_adjustment" {
			a.ItemID, a.ShippingMethodID = nil, &id
		}
		l.adjusts[id] = append(l.adjusts[id], a)
	})
}

func (l *cartLoad) readShipping(b *batch, totals bool) {
	l.rows(b, `SELECT `+shippingMethodColumns+` FROM cart_shipping_method m WHERE m.cart_id = $1 AND m.deleted_at IS NULL ORDER BY m.id`, func(c *cursor) {
		l.cart.ShippingMethods = append(l.cart.ShippingMethods, &model.ShippingMethod{
			ID: c.text(), CartID: c.text(), Name: c.text(), Description: c.json(), Amount: c.amount(), RawAmount: c.json(), IsTaxInclusive: c.bool(),
			ShippingOptionID: c.maybeText(), Data: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		})
	})
	if totals || wantsTotals(l.want["shippingMethods"]) {
		l.readTaxes(b, "t.shipping_method_id", "cart_shipping_method_tax_line", methodsOfCart)
		l.readAdjustments(b, "a.shipping_method_id", "false", "cart_shipping_method_adjustment", methodsOfCart)
	}
}

func (l *cartLoad) readPromotions(b *batch) {
	l.rows(b, `SELECT `+promotionColumns+`
FROM cart_promotion l JOIN promotion p ON p.id = l.promotion_id AND p.deleted_at IS NULL
LEFT JOIN promotion_application_method m ON m.promotion_id = p.id AND m.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY p.id`, func(c *cursor) { l.cart.Promotions = append(l.cart.Promotions, scanShownPromotion(c)) })
}

const promotionColumns = `p.id, p.code, p.is_automatic, p.is_tax_inclusive, p."limit", p.used, p.type, p.status, p.campaign_id, p.metadata, p.created_at,
p.updated_at, m.id, coalesce(m.raw_value->>'value', m.value::text), m.type, m.currency_code`

func scanShownPromotion(c *cursor) *model.Promotion {
	p := &model.Promotion{
		ID: c.text(), Code: c.text(), IsAutomatic: c.bool(), IsTaxInclusive: c.bool(), Limit: c.maybeInt(), Used: c.int(), Type: c.text(),
		Status: c.text(), CampaignID: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	if p.CampaignID != nil {
		p.Campaign = &model.Campaign{ID: *p.CampaignID}
	}
	m := &model.PromotionMethod{ID: c.text(), Value: c.maybeAmount(), Type: c.text(), CurrencyCode: c.maybeText()}
	if m.ID != "" {
		p.ApplicationMethod = m
	}
	return p
}

const regionOfOneCart = `(SELECT region_id FROM cart WHERE id = $1 AND deleted_at IS NULL)`

func (l *cartLoad) readRegion(b *batch) {
	l.rows(b, `SELECT `+regionColumns+` FROM region WHERE id = `+regionOfOneCart+` AND deleted_at IS NULL`, func(c *cursor) { l.cart.Region = scanRegion(c) })
	want := l.want["region"]
	if want.Has("countries") {
		l.rows(b, `SELECT iso_2, iso_3, num_code, name, display_name, region_id, metadata, created_at, updated_at
FROM region_country WHERE region_id = `+regionOfOneCart+` AND deleted_at IS NULL ORDER BY iso_2`, func(c *cursor) {
			country := scanCountry(c)
			if l.cart.Region != nil {
				l.cart.Region.Countries = append(l.cart.Region.Countries, country)
			}
		})
	}
	if want.Has("paymentProviders") {
		l.rows(b, `SELECT `+paymentProviderColumns+` FROM region_payment_provider l JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL
WHERE l.region_id = `+regionOfOneCart+` AND l.deleted_at IS NULL ORDER BY p.id`, func(c *cursor) {
			provider := scanPaymentProvider(c)
			if l.cart.Region != nil {
				l.cart.Region.PaymentProviders = append(l.cart.Region.PaymentProviders, provider)
			}
		})
	}
}

func (l *cartLoad) readCustomer(b *batch) {
	l.rows(b, `SELECT u.id, u.company_name, u.first_name, u.last_name, u.email, u.phone, u.has_account, u.metadata, u.created_by, u.created_at, u.updated_at
FROM cart c JOIN customer u ON u.id = c.customer_id AND u.deleted_at IS NULL WHERE c.id = $1 AND c.deleted_at IS NULL`, func(c *cursor) {
		l.customer = &model.CartCustomer{
			ID: c.text(), CompanyName: c.maybeText(), FirstName: c.maybeText(), LastName: c.maybeText(), Email: c.maybeText(), Phone: c.maybeText(),
			HasAccount: c.bool(), Metadata: c.json(), CreatedBy: c.maybeText(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
	})
	if !l.want["customer"].Has("groups") {
		return
	}
	l.rows(b, `SELECT g.id FROM cart c JOIN customer_group_customer l ON l.customer_id = c.customer_id AND l.deleted_at IS NULL
JOIN customer_group g ON g.id = l.customer_group_id AND g.deleted_at IS NULL WHERE c.id = $1 AND c.deleted_at IS NULL ORDER BY g.id`, func(c *cursor) {
		g := &model.CartCustomerGroup{ID: c.text()}
		if l.customer != nil {
			l.customer.Groups = append(l.customer.Groups, g)
		}
	})
}

func (l *cartLoad) readPayment(b *batch) {
	l.rows(b, `SELECT p.id, p.currency_code, coalesce(p.raw_amount->>'value', p.amount::text), p.raw_amount,
coalesce(p.raw_authorized_amount->>'value', p.authorized_amount::text), p.raw_authorized_amount,
coalesce(p.raw_captured_amount->>'value', p.captured_amount::text), p.raw_captured_amount,
coalesce(p.raw_refunded_amount->>'value', p.refunded_amount::text), p.raw_refunded_amount,
p.status, p.completed_at, p.metadata, p.created_at, p.updated_at
FROM cart_payment_collection l JOIN payment_collection p ON p.id = l.payment_collection_id AND p.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY l.created_at DESC LIMIT 1`, func(c *cursor) {
		l.cart.PaymentCollection = &model.PaymentCollection{
			ID: c.text(), CurrencyCode: c.text(), Amount: c.amount(), RawAmount: c.json(), AuthorizedAmount: c.maybeAmount(), RawAuthorizedAmount: c.json(),
			CapturedAmount: c.maybeAmount(), RawCapturedAmount: c.json(), RefundedAmount: c.maybeAmount(), RawRefundedAmount: c.json(),
			Status: c.text(), CompletedAt: c.maybeTime(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
	})
	if !l.want["paymentCollection"].Has("paymentSessions") {
		return
	}
	l.rows(b, `SELECT s.id, s.currency_code, coalesce(s.raw_amount->>'value', s.amount::text), s.raw_amount, s.provider_id, s.data, s.context, s.status,
s.authorized_at, s.payment_collection_id, s.metadata, s.created_at, s.updated_at, p.id
FROM cart_payment_collection l JOIN payment_session s ON s.payment_collection_id = l.payment_collection_id AND s.deleted_at IS NULL
LEFT JOIN payment p ON p.payment_session_id = s.id AND p.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY s.id`, func(c *cursor) {
		s := &model.PaymentSession{
			ID: c.text(), CurrencyCode: c.text(), Amount: c.amount(), RawAmount: c.json(), ProviderID: c.text(), Data: c.json(), Context: c.json(),
			Status: c.text(), AuthorizedAt: c.maybeTime(), PaymentCollectionID: c.text(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		if id := c.maybeText(); id != nil {
			s.Payment = &model.SessionPayment{ID: *id}
		}
		if p := l.cart.PaymentCollection; p != nil && p.ID == s.PaymentCollectionID {
			p.PaymentSessions = append(p.PaymentSessions, s)
		}
	})
}

// stitch puts together what was read and adds it up.
func (l *cartLoad) stitch() {
	c := l.cart
	for _, i := range c.Items {
		i.TaxLines, i.Adjustments = l.taxes[i.ID], l.adjusts[i.ID]
		if i.ProductID != nil {
			i.Product = l.products[*i.ProductID]
		}
		if i.VariantID != nil {
			i.Variant = l.variants[*i.VariantID]
		}
	}
	for _, m := range c.ShippingMethods {
		m.TaxLines, m.Adjustments = l.taxes[m.ID], l.adjusts[m.ID]
	}
	if c.ShippingAddressID != nil {
		c.ShippingAddress = l.addresses[*c.ShippingAddressID]
	}
	if c.BillingAddressID != nil {
		c.BillingAddress = l.addresses[*c.BillingAddressID]
	}
	c.Customer = l.customer
	total.Cart(c)
}
