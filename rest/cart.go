package rest

import (
	"slices"
	"strings"
)

var cartTotals = strings.Fields(`total subtotal tax_total discount_total discount_subtotal discount_tax_total original_total original_tax_total
item_total item_subtotal item_tax_total item_discount_total original_item_total original_item_subtotal original_item_tax_total
shipping_total shipping_subtotal shipping_tax_total shipping_discount_total original_shipping_tax_total original_shipping_subtotal
original_shipping_total credit_line_subtotal credit_line_tax_total credit_line_total`)

var lineTotals = strings.Fields(`total subtotal tax_total discount_total discount_subtotal discount_tax_total original_total original_subtotal
original_tax_total`)

var addressColumns = strings.Fields(`id first_name last_name company address_1 address_2 city postal_code country_code region_code province phone`)

var cartDefaults = slices.Concat(strings.Fields(`id currency_code email locale region_id created_at updated_at completed_at`), cartTotals,
	strings.Fields(`metadata sales_channel_id promotions.id promotions.code promotions.is_automatic promotions.is_tax_inclusive
promotions.application_method.value promotions.application_method.type promotions.application_method.currency_code`),
	below("items", strings.Fields(`id thumbnail product product.id variant_id product_id is_giftcard product.categories.id product.tags.id
product.collection_id product.type_id product_type_id product_title product_description product_subtitle product_type product_collection
product_handle variant_sku variant_barcode variant_title requires_shipping metadata created_at updated_at title quantity unit_price
compare_at_unit_price is_tax_inclusive tax_lines.id tax_lines.description tax_lines.code tax_lines.rate tax_lines.provider_id tax_lines.data
tax_lines.metadata adjustments.id adjustments.code adjustments.promotion_id adjustments.amount adjustments.is_tax_inclusive`)),
	strings.Fields(`customer.id customer.email customer.groups.id`),
	below("shipping_methods", strings.Fields(`tax_lines.id tax_lines.description tax_lines.code tax_lines.rate tax_lines.provider_id tax_lines.data
tax_lines.metadata amount is_tax_inclusive adjustments.id adjustments.code adjustments.amount shipping_option_id`)),
	[]string{"shipping_address_id"}, below("shipping_address", addressColumns),
	[]string{"billing_address_id"}, below("billing_address", addressColumns),
	strings.Fields(`region.id region.name region.currency_code region.automatic_taxes *region.countries *payment_collection
*payment_collection.payment_sessions *credit_lines`))

var cartExtra = slices.Concat(strings.Fields(`items region promotions customer shipping_methods shipping_address billing_address
original_subtotal`), below("items", lineTotals, strings.Fields(`cart_id variant is_discountable tax_lines tax_lines.item_id tax_lines.total tax_lines.subtotal
tax_lines.tax_rate_id tax_lines.created_at tax_lines.updated_at adjustments adjustments.item_id adjustments.description
adjustments.provider_id adjustments.created_at adjustments.updated_at`)),
	below("shipping_methods", lineTotals, strings.Fields(`id name cart_id description data metadata created_at updated_at tax_lines
tax_lines.shipping_method_id tax_lines.total tax_lines.subtotal tax_lines.tax_rate_id tax_lines.created_at tax_lines.updated_at adjustments
adjustments.shipping_method_id adjustments.description adjustments.provider_id adjustments.promotion_id adjustments.created_at
adjustments.updated_at`)),
	strings.Fields(`shipping_address.created_at shipping_address.updated_at billing_address.created_at billing_address.updated_at
region.countries.id payment_collection.id payment_collection.currency_code payment_collection.amount payment_collection.status
payment_collection.payment_sessions.id payment_collection.payment_sessions.amount payment_collection.payment_sessions.currency_code
payment_collection.payment_sessions.provider_id payment_collection.payment_sessions.status payment_collection.payment_sessions.data`))

var (
	addressBody = fields{
		text("first_name").Null(), text("last_name").Null(), text("phone").Null(), text("company").Null(), text("address_1").Null(),
		text("address_2").Null(), text("city").Null(), text("country_code").Null(), text("province").Null(), text("postal_code").Null(),
		record("metadata").Null(),
	}
	changedAddress = append(slices.Clip(addressBody), text("id").Absent("")) // the id is that of one of the cart's addresses

	// The order of the fields is that in which the reference tells what is wrong.
	newLine    = fields{text("variant_id").Required(), units("quantity").Required().AboveZero(), record("metadata").Null()}
	createCart = fields{
		text("region_id").Null().Absent(""), objectOrID("shipping_address", addressBody...), objectOrID("billing_address", addressBody...), email("email").Null(),
		text("currency_code").Null().Absent(""), objects("items", newLine...).Lenient(), text("sales_channel_id").Null().Absent(""), texts("promo_codes"),
		record("metadata").Null(), text("locale").Null(), record("additional_data").Null().Dropped(),
	}
	updateCart = fields{
		text("region_id").Absent(""), email("email").Null(), object("billing_address", changedAddress...).Lenient(),
		object("shipping_address", changedAddress...).Lenient(), text("sales_channel_id").Null(), record("metadata").Null(), texts("promo_codes"),
		text("locale").Null(), record("additional_data").Null().Dropped(),
	}
	promoCodes     = fields{texts("promo_codes").Required()}
	shippingChoice = fields{text("option_id").Required(), record("data")}
)

// cartRoutes are the endpoints of carts.
var cartRoutes = []route{
	cart(route{method: "POST", path: "/store/carts", field: "createCart", body: createCart}),
	cart(route{method: "GET", path: "/store/carts/{id}", field: "cart"}),
	cart(route{method: "POST", path: "/store/carts/{id}", field: "updateCart", body: updateCart}),
	cart(route{method: "POST", path: "/store/carts/{id}/customer", field: "claimCart", who: customer, body: fields{}}),
	cart(route{method: "POST", path: "/store/carts/{cartId}/line-items", field: "addLineItems", body: newLine, into: "items", with: refusing}),
	cart(route{
		method: "POST", path: "/store/carts/{cartId}/line-items/{lineId}", field: "updateLineItems",
		body: fields{units("quantity").Required(), record("metadata").Null()}, into: "items", with: refusing,
	}),
	cart(route{method: "DELETE", path: "/store/carts/{cartId}/line-items/{lineId}", field: "removeLineItems", answer: deletedLine}),
	cart(route{method: "POST", path: "/store/carts/{cartId}/promotions", field: "addPromotions", body: promoCodes}),
	cart(route{method: "DELETE", path: "/store/carts/{cartId}/promotions", field: "removePromotions", body: promoCodes}),
	cart(route{
		method: "POST", path: "/store/carts/{cartId}/shipping-methods", field: "addShippingMethods",
		body: shippingChoice, oneOrMany: true, into: "methods",
	}),
	cart(route{method: "POST", path: "/store/carts/{cartId}/taxes", field: "calculateTaxes", body: fields{text("fields").Dropped()}}),
}

// refusing has a change refused where stock is short, as the reference does.
var refusing = map[string]any{"shortage": "REFUSE"}

// cart fills in what all routes that respond with a cart have in common.
func cart(r route) route {
	r.envelope, r.defaults, r.extra, r.missing = "cart", cartDefaults, cartExtra, "Cart with id '%' not found"
	r.steps = []step{selectFields, addCartKeys, addCartTotals}
	return r
}

// addCartKeys adds the ids of related objects that the reference includes whenever any field of them is selected.
func addCartKeys(sel *selection) {
	root := sel.root
	for _, relation := range []string{"customer", "region"} {
		if root.child(relation) != nil {
			sel.add(root, relation+"_id")
		}
	}
	if items := root.child("items"); items != nil {
		if items.below.child("variant") != nil {
			if slices.ContainsFunc(sel.stars, func(path string) bool { return strings.HasPrefix(path+".", "items.variant.") }) {
				sel.add(items.below, "variant_id")
			} else { // without a star the reference selects nothing of it
				items.below.fields = slices.DeleteFunc(items.below.fields, func(f *selected) bool { return f.name == "variant" })
			}
		}
		if product := items.below.child("product"); product != nil {
			sel.add(items.below, "product_id")
			if categories := product.below.child("categories"); categories != nil {
				categories.field = "allCategories"
			}
		}
	}
	if collection := root.child("payment_collection"); collection != nil {
		sel.add(collection.below, "id")
	}
	addMethodIDs(sel)
}

// addMethodIDs adds the id of the application method of each promotion, if any field of it is selected.
func addMethodIDs(sel *selection) {
	if promotions := sel.root.child("promotions"); promotions != nil {
		if method := promotions.below.child("application_method"); method != nil {
			sel.add(method.below, "id")
		}
	}
}

// addCartTotals adds the totals of expanded lines, tax lines and so on, if totals of the cart are selected. Otherwise the
// reference computes no totals of lines either, and writes null for a line of which nothing else is selected.
func addCartTotals(sel *selection) {
	root := sel.root
	if slices.ContainsFunc(sel.plain, func(f string) bool { return slices.Contains(cartTotals, f) }) {
		sel.addTotalsBelow(root, sel.stars)
		return
	}
	if items := root.child("items"); items != nil && (len(items.below.fields) == 0 || items.below.onlyTotals()) {
		items.field, items.below = "placesOfItems", nil
	}
}

// addTotalsBelow adds the totals of the expanded relations of a cart or an order, and the tax lines and adjustments that
// they are computed from.
func (s *selector) addTotalsBelow(root *node, expanded []string) {
	paths := slices.Clone(expanded)
	for _, path := range expanded {
		if path == "items" || path == "shipping_methods" {
			paths = append(paths, s.expandTaxes(root.child(path).below, path)...)
		}
	}
	for _, path := range paths {
		if n := root.at(path); n != nil {
			s.addTotals(n)
		}
	}
}

// onlyTotals reports whether nothing but totals of a line is selected.
func (n *node) onlyTotals() bool {
	return len(n.fields) > 0 && !slices.ContainsFunc(n.fields, func(f *selected) bool { return !slices.Contains(lineTotals, f.name) })
}

// at returns what is selected at a path of relations, or nil.
func (n *node) at(path string) *node {
	for name := range strings.SplitSeq(path, ".") {
		sel := n.child(name)
		if sel == nil || sel.below == nil {
			return nil
		}
		n = sel.below
	}
	return n
}

// expandTaxes expands the tax lines and adjustments of lines unless they are selected already, and returns the paths of
// those that it expanded.
func (s *selector) expandTaxes(lines *node, path string) []string {
	var out []string
	for _, relation := range []string{"tax_lines", "adjustments"} {
		if lines.child(relation) == nil {
			s.addColumns(s.add(lines, relation).below, lines.typ, nil)
			out = append(out, path+"."+relation)
		}
	}
	return out
}

// addTotals adds the totals, and their exact raw_ twins, of a line, a tax line or an adjustment.
func (s *selector) addTotals(n *node) {
	switch n.typ {
	case "LineItem", "ShippingMethod", "OrderShippingMethod":
		for _, t := range lineTotals {
			s.add(n, t)
			s.add(n, "raw_"+t)
		}
	case "OrderItem":
		for _, t := range orderItemTotals {
			s.add(n, t)
			s.add(n, "raw_"+t)
		}
	case "TaxLine", "Adjustment", "CreditLine", "OrderCreditLine":
		for _, t := range []string{"total", "subtotal"} {
			s.add(n, t)
			s.add(n, "raw_"+t)
		}
	}
}
