package db

import (
	"context"
	"reflect"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"

	"storegraph/model"
)

// wholeCart is all that decisions about a cart look at.
var wholeCart = Want{
	"items": {"taxLines": {}, "adjustments": {}}, "shippingMethods": {"taxLines": {}, "adjustments": {}}, "creditLines": {},
	"promotions": {}, "region": {"countries": {}}, "customer": {"groups": {}}, "shippingAddress": {}, "billingAddress": {},
	"paymentCollection": {"paymentSessions": {}}, "total": {},
}

// LockCart keeps others from changing a cart until the transaction ends, and returns it with everything in it.
func (d DB) LockCart(ctx context.Context, id string) (*model.Cart, error) {
	found, err := d.Texts(ctx, `SELECT id FROM cart WHERE id = ? AND deleted_at IS NULL FOR UPDATE`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, model.NotFound.Errorf("Cart id not found: %s", id)
	}
	// With the lock nobody else writes, so that what another connection reads is the cart as it is.
	l := cartLoad{id: id, want: wholeCart}
	if err := d.run(ctx, l.read); err != nil {
		return nil, err
	}
	if l.cart == nil {
		return nil, model.NotFound.Errorf("Cart id not found: %s", id)
	}
	l.stitch()
	return l.cart, nil
}

// A CartImage is a cart as it is in the database, by which SaveCart finds what has changed.
type CartImage struct {
	cart      model.Cart
	items     map[string]model.LineItem
	methods   map[string]model.ShippingMethod
	taxes     map[string]model.TaxLine
	adjusts   map[string]model.Adjustment
	addresses map[string]model.CartAddress
	promos    map[string]bool
}

// Image remembers a cart as it is in the database. Nil is a cart that is not there yet.
func Image(c *model.Cart) *CartImage {
	m := &CartImage{
		items: map[string]model.LineItem{}, methods: map[string]model.ShippingMethod{}, taxes: map[string]model.TaxLine{},
		adjusts: map[string]model.Adjustment{}, addresses: map[string]model.CartAddress{}, promos: map[string]bool{},
	}
	if c == nil {
		return m
	}
	m.cart = *c
	for _, i := range c.Items {
		m.items[i.ID] = *i
		m.lines(i.TaxLines, i.Adjustments)
	}
	for _, s := range c.ShippingMethods {
		m.methods[s.ID] = *s
		m.lines(s.TaxLines, s.Adjustments)
	}
	for _, a := range []*model.CartAddress{c.ShippingAddress, c.BillingAddress} {
		if a != nil {
			m.addresses[a.ID] = *a
		}
	}
	for _, p := range c.Promotions {
		m.promos[p.ID] = true
	}
	return m
}

func (m *CartImage) lines(taxes []*model.TaxLine, adjustments []*model.Adjustment) {
	for _, t := range taxes {
		m.taxes[t.ID] = *t
	}
	for _, a := range adjustments {
		m.adjusts[a.ID] = *a
	}
}

// A cartWriter collects the statements that make a cart in the database what it has become.
type cartWriter struct {
	*script
	before *CartImage
	now    time.Time

	taxes, adjusts [2][][]any // to insert: of items, of shipping methods
	kept           map[string]bool
}

// SaveCart writes what has changed of a cart since its image was taken: the cart itself, its addresses, items, shipping
// methods, their taxes and adjustments, and the promotions it is linked with. What is no longer in the cart is deleted as
// the reference deletes: its row stays and says when.
func (d DB) SaveCart(ctx context.Context, before *CartImage, c *model.Cart, now time.Time) error {
	w := &cartWriter{script: d.script(), before: before, now: now, kept: map[string]bool{}}
	for _, a := range []*model.CartAddress{c.ShippingAddress, c.BillingAddress} {
		w.address(a)
	}
	w.cart(c)
	w.items(c)
	w.methods(c)
	w.insert("cart_line_item_tax_line", taxLineInsert+", item_id", w.taxes[0])
	w.insert("cart_shipping_method_tax_line", taxLineInsert+", shipping_method_id", w.taxes[1])
	w.insert("cart_line_item_adjustment", adjustmentInsert+", is_tax_inclusive, item_id", w.adjusts[0])
	w.insert("cart_shipping_method_adjustment", adjustmentInsert+", shipping_method_id", w.adjusts[1])
	w.promotions(c)
	return w.run(ctx)
}

const (
	taxLineInsert    = "id, description, tax_rate_id, code, rate, provider_id, metadata, data, created_at, updated_at"
	adjustmentInsert = "id, description, promotion_id, code, amount, raw_amount, provider_id, metadata, created_at, updated_at"
)

func (w *cartWriter) address(a *model.CartAddress) {
	if a == nil || w.kept[a.ID] {
		return
	}
	w.kept[a.ID] = true
	values := addressValues(a)
	old, known := w.before.addresses[a.ID]
	switch {
	case !known && a.CreatedAt.IsZero(): // one with a time is another cart's, which this one shares
		w.insert("cart_address", `customer_id, company, first_name, last_name, address_1, address_2, city, country_code, province, postal_code, phone,
metadata, updated_at, id, created_at`, [][]any{append(values, w.now, a.ID, w.now)})
	case known && changed(addressValues(&old), values):
		w.add(`UPDATE cart_address SET customer_id = ?, company = ?, first_name = ?, last_name = ?, address_1 = ?, address_2 = ?, city = ?,
country_code = ?, province = ?, postal_code = ?, phone = ?, metadata = ?::jsonb, updated_at = ? WHERE id = ?`, append(values, w.now, a.ID)...)
	}
}

func addressValues(a *model.CartAddress) []any {
	return []any{
		a.CustomerID, a.Company, a.FirstName, a.LastName, a.Address1, a.Address2, a.City, a.CountryCode, a.Province, a.PostalCode, a.Phone,
		jsonText(a.Metadata),
	}
}

func cartValues(c *model.Cart) []any {
	return []any{
		c.RegionID, c.CustomerID, c.SalesChannelID, c.Email, c.CurrencyCode, c.Locale, c.ShippingAddressID, c.BillingAddressID, jsonText(c.Metadata),
	}
}

func (w *cartWriter) cart(c *model.Cart) {
	values := cartValues(c)
	b := &w.before.cart
	switch {
	case b.ID == "":
		w.insert("cart", `region_id, customer_id, sales_channel_id, email, currency_code, locale, shipping_address_id, billing_address_id, metadata,
updated_at, id, created_at`, [][]any{append(values, w.now, c.ID, w.now)})
	case changed(cartValues(b), values):
		w.add(`UPDATE cart SET region_id = ?, customer_id = ?, sales_channel_id = ?, email = ?, currency_code = ?, locale = ?,
shipping_address_id = ?, billing_address_id = ?, metadata = ?::jsonb, updated_at = ? WHERE id = ?`, append(values, w.now, c.ID)...)
	}
}

const lineItemInsert = `title, subtitle, thumbnail, quantity, variant_id, product_id, product_title, product_description, product_subtitle,
product_type, product_type_id, product_collection, product_handle, variant_sku, variant_barcode, variant_title, variant_option_values,
requires_shipping, is_discountable, is_giftcard, is_tax_inclusive, is_custom_price, compare_at_unit_price, raw_compare_at_unit_price, unit_price,
raw_unit_price, metadata, updated_at, id, cart_id, created_at`

func (w *cartWriter) items(c *model.Cart) {
	var rows [][]any
	var gone []string
	for _, i := range c.Items {
		old, known := w.before.items[i.ID]
		w.kept[i.ID] = true
		if !known {
			rows = append(rows, append(itemValues(i), w.now, i.ID, c.ID, w.now))
		} else if changed(itemValues(&old), itemValues(i)) {
			w.add(`UPDATE cart_line_item SET title = ?, subtitle = ?, thumbnail = ?, quantity = ?, variant_id = ?, product_id = ?, product_title = ?,
product_description = ?, product_subtitle = ?, product_type = ?, product_type_id = ?, product_collection = ?, product_handle = ?, variant_sku = ?,
variant_barcode = ?, variant_title = ?, variant_option_values = ?::jsonb, requires_shipping = ?, is_discountable = ?, is_giftcard = ?,
is_tax_inclusive = ?, is_custom_price = ?, compare_at_unit_price = ?, raw_compare_at_unit_price = ?::jsonb, unit_price = ?, raw_unit_price = ?::jsonb,
metadata = ?::jsonb, updated_at = ? WHERE id = ?`, append(itemValues(i), w.now, i.ID)...)
		}
		w.sub(0, i.ID, i.TaxLines, i.Adjustments)
	}
	w.insert("cart_line_item", lineItemInsert, rows)
	for id := range w.before.items {
		if !w.kept[id] {
			gone = append(gone, id)
		}
	}
	w.remove("cart_line_item", gone)
	var taxes, adjustments []string
	for id, t := range w.before.taxes {
		if t.ItemID != nil && !w.kept[id] {
			taxes = append(taxes, id)
		}
	}
	for id, a := range w.before.adjusts {
		if a.ItemID != nil && !w.kept[id] {
			adjustments = append(adjustments, id)
		}
	}
	w.remove("cart_line_item_tax_line", taxes)
	w.remove("cart_line_item_adjustment", adjustments)
}

func itemValues(i *model.LineItem) []any {
	var compare, rawCompare any
	if i.CompareAtUnitPrice != nil {
		compare, rawCompare = i.CompareAtUnitPrice.Column(), string(i.CompareAtUnitPrice.Raw())
	}
	return []any{
		i.Title, i.Subtitle, i.Thumbnail, i.Quantity, i.VariantID, i.ProductID, i.ProductTitle, i.ProductDescription, i.ProductSubtitle,
		i.ProductType, i.ProductTypeID, i.ProductCollection, i.ProductHandle, i.VariantSku, i.VariantBarcode, i.VariantTitle,
		jsonText(i.VariantOptionValues), i.RequiresShipping, i.IsDiscountable, i.IsGiftcard, i.IsTaxInclusive, i.IsCustomPrice, compare, rawCompare,
		i.UnitPrice.Column(), string(i.UnitPrice.Raw()), jsonText(i.Metadata),
	}
}

// changed reports whether values of columns differ.
func changed(a, b []any) bool { return !reflect.DeepEqual(a, b) }

func taxValues(t *model.TaxLine) []any {
	return []any{t.Description, t.TaxRateID, t.Code, t.Rate.Column(), t.ProviderID, jsonText(t.Metadata), jsonText(t.Data)}
}

func methodValues(m *model.ShippingMethod) []any {
	return []any{
		m.Name, jsonText(m.Description), m.Amount.Column(), string(m.Amount.Raw()), m.IsTaxInclusive, m.ShippingOptionID, jsonText(m.Data),
		jsonText(m.Metadata),
	}
}

// sub collects the taxes and adjustments of an item (of 0) or of a shipping method (of 1).
func (w *cartWriter) sub(of int, id string, taxes []*model.TaxLine, adjustments []*model.Adjustment) {
	for _, t := range taxes {
		w.kept[t.ID] = true
		old, known := w.before.taxes[t.ID]
		values := taxValues(t)
		switch {
		case !known:
			w.taxes[of] = append(w.taxes[of], append(append([]any{t.ID}, values...), w.now, w.now, id))
		case changed(taxValues(&old), values):
			w.add(`UPDATE `+[]string{"cart_line_item_tax_line", "cart_shipping_method_tax_line"}[of]+` SET description = ?, tax_rate_id = ?, code = ?,
rate = ?, provider_id = ?, metadata = ?::jsonb, data = ?::jsonb, updated_at = ? WHERE id = ?`, append(values, w.now, t.ID)...)
		}
	}
	for _, a := range adjustments {
		w.kept[a.ID] = true
		if _, known := w.before.adjusts[a.ID]; known { // an adjustment never changes: a new one takes its place
			continue
		}
		row := []any{
			a.ID, a.Description, a.PromotionID, a.Code, a.Amount.Column(), string(a.Amount.Raw()), a.ProviderID, jsonText(a.Metadata), w.now, w.now,
		}
		if of == 0 {
			row = append(row, a.IsTaxInclusive)
		}
		w.adjusts[of] = append(w.adjusts[of], append(row, id))
	}
}

func (w *cartWriter) methods(c *model.Cart) {
	var rows [][]any
	for _, m := range c.ShippingMethods {
		w.kept[m.ID] = true
		old, known := w.before.methods[m.ID]
		values := methodValues(m)
		switch {
		case !known:
			rows = append(rows, append(values, w.now, m.ID, c.ID, w.now))
		case changed(methodValues(&old), values):
			w.add(`UPDATE cart_shipping_method SET name = ?, description = ?::jsonb, amount = ?, raw_amount = ?::jsonb, is_tax_inclusive = ?,
shipping_option_id = ?, data = ?::jsonb, metadata = ?::jsonb, updated_at = ? WHERE id = ?`, append(values, w.now, m.ID)...)
		}
		w.sub(1, m.ID, m.TaxLines, m.Adjustments)
	}
	w.insert("cart_shipping_method", `name, description, amount, raw_amount, is_tax_inclusive, shipping_option_id, data, metadata, updated_at, id,
cart_id, created_at`, rows)
	var gone, taxes, adjustments []string
	for id := range w.before.methods {
		if !w.kept[id] {
			gone = append(gone, id)
		}
	}
	for id, t := range w.before.taxes {
		if t.ShippingMethodID != nil && !w.kept[id] {
			taxes = append(taxes, id)
		}
	}
	for id, a := range w.before.adjusts {
		if a.ShippingMethodID != nil && !w.kept[id] {
			adjustments = append(adjustments, id)
		}
	}
	w.remove("cart_shipping_method", gone)
	w.remove("cart_shipping_method_tax_line", taxes)
	w.remove("cart_shipping_method_adjustment", adjustments)
}

// remove marks rows as deleted.
func (w *cartWriter) remove(table string, ids []string) {
	if len(ids) > 0 {
		w.add(`UPDATE `+table+` SET deleted_at = ?, updated_at = ? WHERE id = ANY(?)`, w.now, w.now, pgdialect.Array(ids))
	}
}

// promotions links the cart with the promotions that it has now, and with no others.
func (w *cartWriter) promotions(c *model.Cart) {
	var gone []string
	now := map[string]bool{}
	for _, p := range c.Promotions {
		now[p.ID] = true
		if !w.before.promos[p.ID] {
			w.add(`INSERT INTO cart_promotion (cart_id, promotion_id, id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (cart_id, promotion_id) DO UPDATE SET deleted_at = NULL, updated_at = excluded.updated_at`,
				c.ID, p.ID, model.NewID("cartpromo", w.now), w.now, w.now)
		}
	}
	for id := range w.before.promos {
		if !now[id] {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		w.add(`UPDATE cart_promotion SET deleted_at = ?, updated_at = ? WHERE cart_id = ? AND promotion_id = ANY(?)`, w.now, w.now, c.ID, pgdialect.Array(gone))
	}
}
