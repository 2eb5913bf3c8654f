package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/total"
)

// Cart returns the cart with this id, with its totals if any are wanted. What is wanted of it is read in one batch, and
// what is wanted of its products in one more.
func (d DB) Cart(ctx context.Context, v *Viewer, id string, want Want) (*model.Cart, error) {
	l := cartLoad{id: id, want: want}
	if err := d.keyed(ctx, v.Key, false, l.read); err != nil {
		return nil, err
	}
	if l.cart == nil {
		return nil, model.NotFound.Because(model.UserErrorCodeNotFound, "cartId").Errorf("Cart with id '%s' not found", id)
	}
	l.stitch()
	if u := l.cart.Customer; u != nil && v.CustomerID == u.ID { // whoever typed the address, the customer is asking now
		u.Proof = model.ProofSignedIn
	}
	return l.cart, d.fillCartProducts(ctx, v, []*cartLoad{&l}, want[field.Items])
}

// fillCartProducts fills the products and the variants of the lines of carts with what is wanted of them.
func (d DB) fillCartProducts(ctx context.Context, v *Viewer, loads []*cartLoad, want Want) error {
	if priced(want) { // each in the context of its own cart
		for _, l := range loads {
			if err := d.fillGoods(ctx, v.In(contextOf(l.cart)), values(l.products), want[field.Product], values(l.variants), want[field.Variant]); err != nil {
				return err
			}
		}
		return nil
	}
	var products []*model.Product
	var variants []*model.ProductVariant
	for _, l := range loads {
		products = append(products, values(l.products)...)
		variants = append(variants, values(l.variants)...)
	}
	return d.fillGoods(ctx, v, products, want[field.Product], variants, want[field.Variant])
}

// priced reports whether prices in a context are wanted of the goods of lines.
func priced(lines Want) bool {
	ofProduct := func(of Want) bool { return of.Has(field.PriceRange) || of[field.Variants].Has(unitPrices...) }
	return ofProduct(lines[field.Product]) || lines[field.Variant].Has(unitPrices...) || ofProduct(lines[field.Variant][field.Product])
}

// contextOf returns the context of the prices of a cart.
func contextOf(c *model.Cart) PriceContext {
	out := PriceContext{RegionID: value(c.RegionID), CurrencyCode: c.CurrencyCode, Lasting: true}
	if c.RegionID != nil {
		out.CartID = c.ID
	}
	return out
}

// fillGoods fills products and variants of lines, which are shown whatever the key's sales channels, with what is wanted of them.
func (d DB) fillGoods(ctx context.Context, v *Viewer, products []*model.Product, ofProduct Want, variants []*model.ProductVariant, ofVariant Want) error {
	if len(ofProduct) == 0 && len(ofVariant) == 0 {
		return nil
	}
	ld := d.loader(v)
	ld.channels = append([]string{}, v.Key.channels()...)
	if err := ld.ensure(ctx, ofProduct); err != nil {
		return err
	}
	if err := ld.fillProducts(ctx, products, ofProduct); err != nil {
		return err
	}
	if err := ld.ensure(ctx, Want{field.Variants: ofVariant}); err != nil {
		return err
	}
	return ld.fillVariants(ctx, variants, ofVariant)
}

// FillCart loads what is wanted of the products and variants of a cart's lines, after the cart has been written. known are variants
// that have been loaded already, with their products.
func (d DB) FillCart(ctx context.Context, v *Viewer, cart *model.Cart, known map[string]*model.CartVariant, want Want) error {
	items := want[field.Items]
	if len(items[field.Product]) == 0 && len(items[field.Variant]) == 0 {
		return nil
	}
	l := cartLoad{id: cart.ID, cart: cart, products: index[model.Product]{}, variants: index[model.ProductVariant]{}}
	for _, k := range known {
		if l.variants[k.ID] = k.ProductVariant; k.Product != nil {
			l.products[k.Product.ID] = k.Product
		}
	}
	complete := true
	for _, i := range cart.Items {
		complete = complete && (i.ProductID == nil || l.products[*i.ProductID] != nil) && (i.VariantID == nil || l.variants[*i.VariantID] != nil)
	}
	if !complete {
		if err := d.run(ctx, l.readGoods); err != nil {
			return err
		}
	}
	for _, i := range cart.Items {
		i.Product, i.Variant = l.products[value(i.ProductID)], l.variants[value(i.VariantID)]
	}
	return d.fillCartProducts(ctx, v, []*cartLoad{&l}, items)
}

// readGoods queues the products and the variants of the lines of the cart.
func (l *cartLoad) readGoods(b *batch) {
	b.read(cartQueries.products, []any{l.id}, func(c *cursor) {
		p := productTable.scan(c)
		l.products[p.ID] = p
	})
	b.read(cartQueries.variants, []any{l.id}, func(c *cursor) {
		v := variantTable.scan(c)
		l.variants[v.ID] = v
	})
}

// CustomerCarts lists the open carts of the signed-in customer, latest first. The carts of a page are read in one batch.
func (d DB) CustomerCarts(ctx context.Context, v *Viewer, p Page, want Want) (*model.CartConnection, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	p.MaxLimit = 20
	l := list[model.Cart]{columns: cartTable.list, from: "cart c", scan: cartTable.scan, sort: sorting{expr: "c.id", key: "c.id", desc: true}}
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
		return d.fillCartProducts(ctx, v, loads, want[field.Items])
	})
}

// A cartLoad reads a cart and what is wanted of it.
type cartLoad struct {
	id         string
	want       Want
	goodsLater bool // the products and variants of lines are not read

	cart      *model.Cart
	addresses index[model.CartAddress]
	products  index[model.Product]
	variants  index[model.ProductVariant]
	taxes     map[string][]*model.TaxLine    // by the line or method they are on
	adjusts   map[string][]*model.Adjustment // likewise
}

// cartQueries are the queries of what belongs to the cart with the id $1.
var cartQueries = newCartQueries()

type cartStatements struct {
	items, methods, credit, promotions, countries, providers, addresses, payment, products, variants string

	// By what else is wanted: of the cart itself, withRegion and withCustomer; of taxes and adjustments, those of items and of
	// shipping methods.
	cart           [4]string
	taxes, adjusts [4]string
}

const (
	withRegion   = 1 << iota // beside the cart itself
	withCustomer             // with the ids of their groups
)

func newCartQueries() *cartStatements {
	q := &cartStatements{
		items:   `SELECT ` + lineItemTable.list + ` FROM cart_line_item i WHERE i.cart_id = $1 AND i.deleted_at IS NULL ORDER BY i.id`,
		methods: `SELECT ` + shippingMethodTable.list + ` FROM cart_shipping_method m WHERE m.cart_id = $1 AND m.deleted_at IS NULL ORDER BY m.id`,
		credit:  `SELECT ` + creditLineTable.list + ` FROM credit_line l WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY l.id`,
		promotions: `SELECT ` + promotionList + `
FROM cart_promotion l JOIN promotion p ON p.id = l.promotion_id AND p.deleted_at IS NULL
LEFT JOIN promotion_application_method m ON m.promotion_id = p.id AND m.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY p.id`,
		countries: `SELECT ` + countryTable.list + ` FROM region_country WHERE region_id = ` + regionOfOneCart + ` AND deleted_at IS NULL ` + countriesAsMade,
		providers: `SELECT ` + paymentProviderTable.list + ` FROM region_payment_provider l JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL
WHERE l.region_id = ` + regionOfOneCart + ` AND l.deleted_at IS NULL ORDER BY p.id`,
		addresses: `SELECT ` + cartAddressTable.list + `
FROM cart c JOIN cart_address a ON a.id IN (c.shipping_address_id, c.billing_address_id) AND a.deleted_at IS NULL
WHERE c.id = $1 AND c.deleted_at IS NULL`,
		payment: `SELECT ` + paymentCollectionTable.list + `, ` + paymentSessionTable.list + `, y.id
FROM cart_payment_collection l JOIN payment_collection p ON p.id = l.payment_collection_id AND p.deleted_at IS NULL
LEFT JOIN payment_session s ON s.payment_collection_id = p.id AND s.deleted_at IS NULL
LEFT JOIN payment y ON y.payment_session_id = s.id AND y.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY l.created_at DESC, p.id, s.id`,
		products: `SELECT ` + productTable.list + ` FROM product p WHERE p.deleted_at IS NULL
AND p.id IN (SELECT product_id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`,
		variants: `SELECT ` + variantTable.list + ` FROM product_variant pv WHERE pv.deleted_at IS NULL
AND pv.id IN (SELECT variant_id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`,
	}
	for with := range q.cart {
		columns, joins := cartTable.list+`, coalesce(k.decimal_digits, 2)`, ` LEFT JOIN currency k ON k.code = c.currency_code AND k.deleted_at IS NULL`
		if with&withRegion != 0 {
			columns += `, ` + regionTable.as("r")
			joins += ` LEFT JOIN region r ON r.id = c.region_id AND r.deleted_at IS NULL`
		}
		if with&withCustomer != 0 {
			columns += `, ` + cartCustomerList + `, (SELECT o.signed_in FROM storegraph.cart_owner o WHERE o.cart_id = c.id AND o.customer_id = c.customer_id)::text`
			joins += ` LEFT JOIN customer u ON u.id = c.customer_id AND u.deleted_at IS NULL`
		}
		q.cart[with] = `SELECT ` + columns + ` FROM cart c` + joins + ` WHERE c.id = $1 AND c.deleted_at IS NULL`
	}
	onLines := `.deleted_at IS NULL AND %[1]s.item_id IN (SELECT id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL)`
	onMethods := `.deleted_at IS NULL AND %[1]s.shipping_method_id IN (SELECT id FROM cart_shipping_method WHERE cart_id = $1 AND deleted_at IS NULL)`
	for of := 1; of < 4; of++ {
		var taxes, adjusts []string
		if of&(1<<ofItem) != 0 {
			taxes = append(taxes, cartTaxTable.from("cart_line_item_tax_line", "shipping_method_id")+` WHERE t`+fmt.Sprintf(onLines, "t"))
			adjusts = append(adjusts, cartAdjustmentTable.from("cart_line_item_adjustment", "shipping_method_id")+` WHERE a`+fmt.Sprintf(onLines, "a"))
		}
		if of&(1<<ofShippingMethod) != 0 {
			taxes = append(taxes, cartTaxTable.from("cart_shipping_method_tax_line", "item_id")+` WHERE t`+fmt.Sprintf(onMethods, "t"))
			adjusts = append(adjusts, cartAdjustmentTable.from("cart_shipping_method_adjustment", "item_id", "is_tax_inclusive")+` WHERE a`+fmt.Sprintf(onMethods, "a"))
		}
		q.taxes[of] = strings.Join(taxes, ` UNION ALL `) + ` ORDER BY 1`
		q.adjusts[of] = strings.Join(adjusts, ` UNION ALL `) + ` ORDER BY 1`
	}
	return q
}

const regionOfOneCart = `(SELECT region_id FROM cart WHERE id = $1 AND deleted_at IS NULL)`

// read queues everything that is wanted. It finds all of it by the cart's id, so that one round trip is enough.
func (l *cartLoad) read(b *batch) {
	l.cart, l.addresses = nil, index[model.CartAddress]{}
	l.taxes, l.adjusts = map[string][]*model.TaxLine{}, map[string][]*model.Adjustment{}
	l.products, l.variants = index[model.Product]{}, index[model.ProductVariant]{}
	l.readCart(b)
	totals := l.want.Has(field.Totals)
	l.readLines(b, totals)
	if totals || l.want.Has(field.CreditLines) {
		l.rows(b, cartQueries.credit, func(c *cursor) { l.cart.CreditLines = append(l.cart.CreditLines, creditLineTable.scan(c)) })
	}
	if l.want.Has(field.Promotions) {
		l.rows(b, cartQueries.promotions, func(c *cursor) { l.cart.Promotions = append(l.cart.Promotions, scanShownPromotion(c)) })
	}
	if l.want[field.Region].Has(field.Countries) {
		l.ofRegion(b, cartQueries.countries, func(r *model.Region, c *cursor) { r.Countries = append(r.Countries, countryTable.scan(c)) })
	}
	if l.want[field.Region].Has(field.PaymentProviders) {
		l.ofRegion(b, cartQueries.providers, func(r *model.Region, c *cursor) {
			r.PaymentProviders = append(r.PaymentProviders, paymentProviderTable.scan(c))
		})
	}
	if l.want.Has(field.ShippingAddress, field.BillingAddress) {
		l.rows(b, cartQueries.addresses, func(c *cursor) {
			a := cartAddressTable.scan(c)
			l.addresses[a.ID] = a
		})
	}
	if l.want.Has(field.PaymentCollection) {
		l.readPayment(b)
	}
}

// readCart queues the cart itself, its region and its customer.
func (l *cartLoad) readCart(b *batch) {
	with := 0
	if l.want.Has(field.Region) {
		with |= withRegion
	}
	if l.want.Has(field.Customer) {
		with |= withCustomer
	}
	b.read(cartQueries.cart[with], []any{l.id}, func(c *cursor) {
		l.cart = cartTable.scan(c)
		l.cart.CurrencyDigits = c.int()
		if with&withRegion != 0 {
			if r := regionTable.scan(c); r.ID != "" {
				l.cart.Region = r
			}
		}
		if with&withCustomer != 0 {
			u, signedIn := scanCartCustomer(c), c.text()
			switch signedIn {
			case "true":
				u.Proof = model.ProofSignedIn
			case "false":
				u.Proof = model.ProofTyped
			}
			if u.ID != "" {
				l.cart.Customer = u
			}
		}
	})
}

// rows queues a query whose argument is the cart's id. Its rows count only if there is the cart.
func (l *cartLoad) rows(b *batch, sql string, row func(c *cursor)) {
	b.read(sql, []any{l.id}, func(c *cursor) {
		if l.cart != nil {
			row(c)
		}
	})
}

// ofRegion is rows for what belongs to the cart's region.
func (l *cartLoad) ofRegion(b *batch, sql string, row func(r *model.Region, c *cursor)) {
	b.read(sql, []any{l.id}, func(c *cursor) {
		if l.cart != nil && l.cart.Region != nil {
			row(l.cart.Region, c)
		}
	})
}

// readLines queues the lines of the cart, its shipping methods, and what is on them.
func (l *cartLoad) readLines(b *batch, totals bool) {
	items, methods := l.want[field.Items], l.want[field.ShippingMethods]
	on := 0
	if totals || l.want.Has(field.Items, field.PlacesOfItems) {
		l.rows(b, cartQueries.items, func(c *cursor) { l.cart.Items = append(l.cart.Items, lineItemTable.scan(c)) })
		if totals || wantsTotals(items) {
			on |= 1 << ofItem
		}
		if items.Has(field.Product) && !l.goodsLater {
			l.rows(b, cartQueries.products, func(c *cursor) {
				p := productTable.scan(c)
				l.products[p.ID] = p
			})
		}
		if items.Has(field.Variant) && !l.goodsLater {
			l.rows(b, cartQueries.variants, func(c *cursor) {
				v := variantTable.scan(c)
				l.variants[v.ID] = v
			})
		}
	}
	if totals || l.want.Has(field.ShippingMethods) {
		l.rows(b, cartQueries.methods, func(c *cursor) { l.cart.ShippingMethods = append(l.cart.ShippingMethods, shippingMethodTable.scan(c)) })
		if totals || wantsTotals(methods) {
			on |= 1 << ofShippingMethod
		}
	}
	if on == 0 {
		return
	}
	l.rows(b, cartQueries.taxes[on], func(c *cursor) {
		t := cartTaxTable.scan(c)
		l.taxes[t.On()] = append(l.taxes[t.On()], t)
	})
	l.rows(b, cartQueries.adjusts[on], func(c *cursor) {
		a := cartAdjustmentTable.scan(c)
		l.adjusts[a.On()] = append(l.adjusts[a.On()], a)
	})
}

// wantsTotals reports whether a line or a shipping method needs its tax lines and adjustments: for themselves, or for its
// totals, which is nearly always.
func wantsTotals(want Want) bool {
	return want.Has(field.TaxLines, field.Adjustments, field.Totals, field.Parts, field.RefundableTotal, field.RefundableTotalPerUnit)
}

var promotionList = promotionTable.list + `, ` + promotionMethodTable.list

// scanShownPromotion reads a promotion as carts and orders show it.
func scanShownPromotion(c *cursor) *model.Promotion {
	p := promotionTable.scan(c)
	if p.CampaignID != nil {
		p.Campaign = &model.Campaign{ID: *p.CampaignID}
	}
	if m := promotionMethodTable.scan(c); m.ID != "" {
		p.ApplicationMethod = m
	}
	return p
}

// readPayment queues the latest payment collection of the cart, with its sessions.
func (l *cartLoad) readPayment(b *batch) {
	l.rows(b, cartQueries.payment, func(c *cursor) {
		p := paymentCollectionTable.scan(c)
		switch of := l.cart.PaymentCollection; {
		case of == nil:
			l.cart.PaymentCollection = p
		case of.ID != p.ID: // an older one
			return
		default:
			p = of
		}
		if s := scanPaymentSession(c); s.ID != "" {
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
	total.Cart(c)
}
