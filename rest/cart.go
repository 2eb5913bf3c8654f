package rest

import (
	"encoding/json"
	"net/http"
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
	additional     = "additional_data{}0~"
	addressFields  = "first_name0 last_name0 phone0 company0 address_10 address_20 city0 country_code0 province0 postal_code0 metadata{}0"
	newLine        = body("variant_id! quantity!%> metadata{}0")
	createCartBody = append(body("region_id0 email@0 currency_code0 sales_channel_id0 promo_codes[] metadata{}0 locale0 "+additional),
		field{name: "shipping_address", kind: bodyRef, of: body(addressFields)}, field{name: "billing_address", kind: bodyRef, of: body(addressFields)},
		field{name: "items", kind: bodyList, of: newLine, loose: true})
	updateCartBody = append(body("region_id email@0 sales_channel_id0 metadata{}0 promo_codes[] locale0 "+additional),
		field{name: "shipping_address", kind: bodyObject, of: body("id " + addressFields), loose: true},
		field{name: "billing_address", kind: bodyObject, of: body("id " + addressFields), loose: true})
	codesBody = body("promo_codes![]")
)

// cartRoutes are what can be done with carts.
var cartRoutes = []route{
	cartRoute(http.MethodPost, "/store/carts", "createCart", createCartBody),
	cartRoute(http.MethodGet, "/store/carts/{id}", "cart", nil),
	cartRoute(http.MethodPost, "/store/carts/{id}", "updateCart", updateCartBody),
	of(customer, cartRoute(http.MethodPost, "/store/carts/{id}/customer", "claimCart", body(""))),
	cartRoute(http.MethodPost, "/store/carts/{cartId}/line-items", "addLineItem", newLine),
	cartRoute(http.MethodPost, "/store/carts/{cartId}/line-items/{lineId}", "updateLineItem", body("quantity!% metadata{}0")),
	shaped(deletedLine, cartRoute(http.MethodDelete, "/store/carts/{cartId}/line-items/{lineId}", "removeLineItem", nil)),
	cartRoute(http.MethodPost, "/store/carts/{cartId}/promotions", "addPromotions", codesBody),
	cartRoute(http.MethodDelete, "/store/carts/{cartId}/promotions", "removePromotions", codesBody),
	choosing(cartRoute(http.MethodPost, "/store/carts/{cartId}/shipping-methods", "addShippingMethods", nil)),
	cartRoute(http.MethodPost, "/store/carts/{cartId}/taxes", "calculateTaxes", body("fields~")),
}

// cartRoute is a route that answers with a cart.
func cartRoute(method, path, field string, sent []field) route {
	return route{
		method: method, path: path, field: field, envelope: "cart", body: sent, defaults: cartDefaults, extra: cartExtra,
		missing: "Cart with id '%' not found", finish: finishCart,
	}
}

// of is a route that only somebody may ask for.
func of(w who, r route) route {
	r.who = w
	return r
}

func shaped(shape func(caller, id string, data []byte) []byte, r route) route {
	r.shape = shape
	return r
}

var shippingChoice = body("option_id! data{}")

// choosing is a route to which one shipping option or a list of them is sent.
func choosing(r route) route {
	r.read = func(sent any) (map[string]any, error) {
		var wrong issues
		switch sent := sent.(type) {
		case *object:
			// The reference tells what is wrong as of a union with a list.
			of := sent.find("option_id")
			if of < 0 {
				wrong.add("Expected type: 'array' for field 'option_id', got: 'undefined'")
				return nil, wrong.err()
			}
			for n := range shippingChoice {
				f := &shippingChoice[n]
				if at := sent.find(f.name); at >= 0 {
					var one issues
					if _, ok := f.bind(sent.values[at], []string{f.name}, &one); !ok {
						wrong.add("Expected type: '%, array' for field '%', got: '%'", kindNames[f.kind], f.name, shown(sent.values[at]))
					}
				}
			}
			input := bindObject(shippingChoice, sent, nil, true, &issues{})
			return map[string]any{"input": []any{input}}, wrong.err()
		case []any:
			input := []any{}
			for _, one := range sent {
				o, ok := one.(*object)
				if !ok {
					wrong.required(nil)
					return nil, wrong.err()
				}
				var within issues
				input = append(input, bindObject(shippingChoice, o, nil, true, &within))
				if within.err() != nil {
					wrong.required(nil)
					return nil, wrong.err()
				}
			}
			return map[string]any{"input": input}, nil
		default:
			wrong.required(nil)
			return nil, wrong.err()
		}
	}
	return r
}

// deletedLine answers the deletion of a line.
func deletedLine(_, id string, data []byte) []byte {
	out := append([]byte(`{"id":`), quoted(id)...)
	out = append(out, `,"object":"line-item","deleted":true,"parent":`...)
	return append(out, data[len(`{"cart":`):]...)
}

// quoted is a text as JSON.
func quoted(s string) []byte {
	out, _ := json.Marshal(s) // a text is always JSON
	return out
}

// finishCart adds what a cart carries besides what is asked for: the ids of its customer and its region with these, and,
// where the cart has totals, the totals of what is expanded.
func finishCart(s *selector, root *node, q *request) {
	for _, relation := range []string{"customer", "region"} {
		if root.child(relation) != nil {
			s.add(root, relation+"_id")
		}
	}
	if items := root.child("items"); items != nil {
		if items.below.child("variant") != nil {
			if slices.ContainsFunc(q.stars, func(path string) bool { return strings.HasPrefix(path+".", "items.variant.") }) {
				s.add(items.below, "variant_id")
			} else { // named without a star it selects nothing
				items.below.fields = slices.DeleteFunc(items.below.fields, func(f *selected) bool { return f.name == "variant" })
			}
		}
		if product := items.below.child("product"); product != nil {
			s.add(items.below, "product_id")
			if categories := product.below.child("categories"); categories != nil {
				categories.field = "allCategories"
			}
		}
	}
	if collection := root.child("payment_collection"); collection != nil {
		s.add(collection.below, "id")
	}
	if promotions := root.child("promotions"); promotions != nil {
		if method := promotions.below.child("application_method"); method != nil {
			s.add(method.below, "id")
		}
	}
	if !slices.ContainsFunc(q.plain, func(f string) bool { return slices.Contains(cartTotals, f) }) {
		// Without totals of its own the reference computes none of its items, and writes null for one of which nothing else is asked.
		if items := root.child("items"); items != nil && (len(items.below.fields) == 0 || items.below.onlyTotals()) {
			items.field, items.below = "placesOfItems", nil
		}
		return
	}
	stars := slices.Clone(q.stars)
	for _, path := range q.stars {
		if path == "items" || path == "shipping_methods" {
			stars = append(stars, s.loaded(root.child(path).below, path)...)
		}
	}
	for _, path := range stars {
		if n := root.at(path); n != nil {
			s.totals(n)
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

// loaded expands what totals are computed from, where an expanded line does not select it itself, and returns its paths.
func (s *selector) loaded(lines *node, path string) []string {
	var out []string
	for _, relation := range []string{"tax_lines", "adjustments"} {
		if lines.child(relation) == nil {
			s.columns(s.add(lines, relation).below, lines.typ, nil)
			out = append(out, path+"."+relation)
		}
	}
	return out
}

// totals adds the totals, and their exact twins, of an expanded line or of what stands on one.
func (s *selector) totals(n *node) {
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
