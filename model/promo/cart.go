package promo

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/storegraph/storegraph/model"
)

// A Known is what rules may refer to that is not part of the cart.
type Known struct {
	Variants map[string]*model.CartVariant
	Options  map[string]Option // by their ids
}

// An Option is a shipping option. What it lacks is empty.
type Option struct{ TypeID, ProfileID string }

// CartOf returns a cart as promotions see it. Its totals must be filled.
func CartOf(c *model.Cart, k Known) *Cart {
	out := &Cart{CurrencyCode: c.CurrencyCode, CustomerEmail: orEmpty(c.Email)}
	a := Attributes{
		"id": c.ID, "currency_code": c.CurrencyCode, "total": c.Total, "subtotal": c.Subtotal, "item_total": c.OfItems.Total,
		"item_subtotal": c.OfItems.Subtotal, "original_item_total": c.OfItems.OriginalTotal, "original_item_subtotal": c.OfItems.OriginalSubtotal,
		"shipping_subtotal": c.OfShipping.Subtotal,
	}
	a.set("email", c.Email)
	a.set("locale", c.Locale)
	a.set("region_id", c.RegionID)
	a.set("sales_channel_id", c.SalesChannelID)
	a.json("metadata", c.Metadata)
	if r := c.Region; r != nil {
		region := Attributes{"id": r.ID, "name": r.Name, "currency_code": r.CurrencyCode, "automatic_taxes": r.AutomaticTaxes}
		region.json("metadata", r.Metadata)
		a["region"] = map[string]any(region)
	}
	if u := c.Customer; u != nil {
		out.CustomerID = u.ID
	}
	if u := c.Buyer(); u != nil {
		customer := Attributes{"has_account": u.HasAccount}
		if u.ID != "" {
			a["customer_id"], customer["id"] = u.ID, u.ID
		}
		customer.set("email", u.Email)
		customer.set("company_name", u.CompanyName)
		customer.set("first_name", u.FirstName)
		customer.set("last_name", u.LastName)
		customer.set("phone", u.Phone)
		customer.set("created_by", u.CreatedBy)
		customer.json("metadata", u.Metadata)
		customer["groups"] = idList(u.Groups, func(g *model.CartCustomerGroup) string { return g.ID })
		a["customer"] = map[string]any(customer)
	}
	if s := c.ShippingAddress; s != nil {
		address := Attributes{"id": s.ID}
		for name, v := range map[string]*string{
			"customer_id": s.CustomerID, "company": s.Company, "first_name": s.FirstName, "last_name": s.LastName, "address_1": s.Address1,
			"address_2": s.Address2, "city": s.City, "country_code": s.CountryCode, "province": s.Province, "postal_code": s.PostalCode, "phone": s.Phone,
		} {
			address.set(name, v)
		}
		address.json("metadata", s.Metadata)
		a["shipping_address"] = map[string]any(address)
	}
	for _, i := range c.Items {
		out.Items = append(out.Items, Line{
			ID: i.ID, Quantity: model.NewAmount(int64(i.Quantity)), Subtotal: i.Net, OriginalTotal: i.OriginalTotal,
			Discountable: i.IsDiscountable, Attributes: itemAttributes(i, k.Variants),
		})
	}
	for _, m := range c.ShippingMethods {
		out.Shipping = append(out.Shipping, Line{ID: m.ID, Subtotal: m.Net, Attributes: methodAttributes(m, k.Options)})
	}
	items, methods := make([]any, len(out.Items)), make([]any, len(out.Shipping))
	for i := range out.Items {
		items[i] = map[string]any(out.Items[i].Attributes)
	}
	for i := range out.Shipping {
		methods[i] = map[string]any(out.Shipping[i].Attributes)
	}
	a["items"], a["shipping_methods"] = items, methods
	out.Attributes = a
	return out
}

// totals sets the totals of a line.
func (a Attributes) totals(t *model.LineTotals) {
	for name, amount := range map[string]model.Amount{
		"total": t.Total, "subtotal": t.Subtotal, "tax_total": t.TaxTotal, "discount_total": t.DiscountTotal, "discount_subtotal": t.DiscountSubtotal,
		"discount_tax_total": t.DiscountTaxTotal, "original_total": t.OriginalTotal, "original_subtotal": t.OriginalSubtotal,
		"original_tax_total": t.OriginalTaxTotal,
	} {
		a[name] = amount
	}
}

func methodAttributes(m *model.ShippingMethod, options map[string]Option) Attributes {
	a := Attributes{"id": m.ID, "name": m.Name, "amount": m.Amount, "is_tax_inclusive": m.IsTaxInclusive}
	a.totals(&m.LineTotals)
	a.set("shipping_option_id", m.ShippingOptionID)
	a.json("data", m.Data)
	a.json("metadata", m.Metadata)
	if m.ShippingOptionID != nil {
		o := options[*m.ShippingOptionID]
		option := Attributes{"id": *m.ShippingOptionID, "shipping_option_type_id": o.TypeID}
		if o.ProfileID != "" {
			option["shipping_profile_id"] = o.ProfileID
		}
		a["shipping_option"] = map[string]any(option)
	}
	return a
}

func itemAttributes(i *model.LineItem, variants map[string]*model.CartVariant) Attributes {
	a := Attributes{
		"id": i.ID, "title": i.Title, "quantity": number(i.Quantity), "requires_shipping": i.RequiresShipping, "is_discountable": i.IsDiscountable,
		"is_giftcard": i.IsGiftcard, "is_tax_inclusive": i.IsTaxInclusive, "is_custom_price": i.IsCustomPrice, "unit_price": i.UnitPrice,
	}
	a.totals(&i.LineTotals)
	for name, v := range map[string]*string{
		"subtitle": i.Subtitle, "thumbnail": i.Thumbnail, "variant_id": i.VariantID, "product_id": i.ProductID, "product_title": i.ProductTitle,
		"product_description": i.ProductDescription, "product_subtitle": i.ProductSubtitle, "product_type": i.ProductType,
		"product_type_id": i.ProductTypeID, "product_collection": i.ProductCollection, "product_handle": i.ProductHandle,
		"variant_sku": i.VariantSku, "variant_barcode": i.VariantBarcode, "variant_title": i.VariantTitle,
	} {
		a.set(name, v)
	}
	a.json("metadata", i.Metadata)
	if i.CompareAtUnitPrice != nil {
		a["compare_at_unit_price"] = *i.CompareAtUnitPrice
	}
	if i.VariantID == nil || variants[*i.VariantID] == nil {
		return a
	}
	v := variants[*i.VariantID]
	variant := Attributes{"id": v.ID}
	variant.set("material", v.Material)
	variant.set("product_id", v.ProductID)
	for name, m := range map[string]*model.Measure{"weight": v.Weight, "length": v.Length, "height": v.Height, "width": v.Width} {
		variant.measure(name, m)
	}
	if p := v.Product; p != nil {
		product := Attributes{"id": p.ID, "is_giftcard": p.IsGiftcard}
		product.set("collection_id", p.CollectionID)
		product.set("type_id", p.TypeID)
		product.measure("weight", p.Weight)
		product["categories"] = idList(p.AllCategories, func(c *model.ProductCategory) string { return c.ID })
		product["tags"] = idList(p.Tags, func(t *model.ProductTag) string { return t.ID })
		a["product"] = map[string]any(product)
		of := map[string]any{"id": p.ID}
		if v.ShippingProfileID != nil {
			of["shipping_profile"] = map[string]any{"id": *v.ShippingProfileID}
		}
		variant["product"] = of
	}
	a["variant"] = map[string]any(variant)
	return a
}

func idList[T any](list []*T, id func(*T) string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = map[string]any{"id": id(v)}
	}
	return out
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// set sets an attribute unless it has no value.
func (a Attributes) set(name string, v *string) {
	if v != nil {
		a[name] = *v
	}
}

// measure sets an attribute unless it has no value.
func (a Attributes) measure(name string, m *model.Measure) {
	if m != nil {
		a[name] = m.Amount()
	}
}

// json sets an attribute to a JSON value.
func (a Attributes) json(name string, j model.JSON) {
	d := json.NewDecoder(bytes.NewReader(j))
	d.UseNumber()
	var v any
	if d.Decode(&v) == nil && v != nil {
		a[name] = v
	}
}

// Conceivable reports whether the cart has every attribute that a rule of the promotion refers to. An automatic promotion is
// considered only then, even if its rules hold for missing attributes.
func (p *Promotion) Conceivable(c *Cart) bool {
	rules := slices.Clone(p.Rules)
	if p.Method != nil {
		rules = slices.Concat(rules, p.Method.TargetRules, p.Method.BuyRules)
	}
	for _, r := range rules {
		if !slices.ContainsFunc(c.Attributes.values(r.Attribute), func(v string) bool { return v != missing }) {
			return false
		}
	}
	return true
}
