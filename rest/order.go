package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// orderTotals are the fields by which the reference decides that an order has totals, and with it its lines.
var orderTotals = strings.Fields(`total subtotal tax_total discount_total discount_tax_total original_total original_subtotal original_tax_total
item_total item_subtotal item_tax_total original_item_total original_item_subtotal original_item_tax_total shipping_total shipping_subtotal
shipping_tax_total original_shipping_tax_total original_shipping_subtotal original_shipping_total credit_line_total credit_line_subtotal
credit_line_tax_total`)

var orderItemTotals = slices.Concat(lineTotals, strings.Fields(`refundable_total_per_unit refundable_total fulfilled_total shipped_total
return_requested_total return_received_total return_dismissed_total write_off_total`))

var (
	orderListDefaults = strings.Fields(`id status summary display_id custom_display_id total currency_code metadata created_at updated_at`)
	orderDefaults     = slices.Concat(strings.Fields(`id status summary currency_code display_id custom_display_id region_id email discount_subtotal`),
		orderTotals, strings.Fields(`created_at updated_at *credit_lines *items *items.tax_lines *items.adjustments *items.detail *items.variant
*items.variant.product *shipping_address *billing_address *shipping_methods *shipping_methods.tax_lines *shipping_methods.adjustments
*payment_collections`))

	orderExtra = strings.Fields(`customer_id sales_channel_id payment_status fulfillment_status item_discount_total shipping_discount_total customer.id
customer.email cart.id items.metadata items.product payment_collections.payments payment_collections.payment_sessions
payment_collections.payment_providers fulfillments promotions promotions.id promotions.code promotions.is_automatic
promotions.is_tax_inclusive promotions.application_method.value promotions.application_method.type
promotions.application_method.currency_code`)

	orderListExtra = slices.Concat(orderExtra, strings.Fields(`email region_id subtotal shipping_total discount_total tax_total item_subtotal items
items.variant items.detail shipping_address billing_address shipping_methods payment_collections discount_tax_total original_total
original_subtotal original_tax_total item_total item_tax_total original_item_total original_item_subtotal original_item_tax_total
shipping_subtotal shipping_tax_total original_shipping_total original_shipping_subtotal original_shipping_tax_total credit_line_total`))

	orderRetrieveExtra = slices.Concat(orderExtra,
		below("items", strings.Fields(`id title subtitle thumbnail variant_id product_id product_title product_description product_subtitle
product_type_id product_type product_collection product_handle variant_sku variant_barcode variant_title variant_option_values
requires_shipping is_discountable is_tax_inclusive unit_price quantity created_at updated_at original_total original_subtotal
original_tax_total total subtotal tax_total discount_total discount_tax_total refundable_total refundable_total_per_unit`)),
		below("items.detail", strings.Fields(`id item_id quantity fulfilled_quantity delivered_quantity shipped_quantity return_requested_quantity
return_received_quantity return_dismissed_quantity written_off_quantity metadata created_at updated_at`)),
		below("items.tax_lines", strings.Fields("id code rate created_at updated_at item_id total subtotal")),
		below("items.adjustments", strings.Fields("id amount created_at updated_at item_id")),
		below("items.variant", strings.Fields(`id title sku barcode ean upc thumbnail allow_backorder manage_inventory hs_code origin_country mid_code
material weight length height width created_at updated_at deleted_at options`)),
		below("items.variant.product", strings.Fields(`id title handle subtitle description is_giftcard status thumbnail width weight length height
origin_country hs_code mid_code material collection_id type_id discountable external_id created_at updated_at deleted_at variants options
images`)),
		strings.Fields(`shipping_address.id shipping_address.metadata shipping_address.created_at shipping_address.updated_at billing_address.id
billing_address.metadata billing_address.created_at billing_address.updated_at`),
		below("shipping_methods", strings.Fields(`id order_id name amount is_tax_inclusive shipping_option_id data metadata original_total
original_subtotal original_tax_total total subtotal tax_total discount_total discount_tax_total created_at updated_at`)),
		below("shipping_methods.tax_lines", strings.Fields("id code rate created_at updated_at shipping_method_id total subtotal")),
		below("shipping_methods.adjustments", strings.Fields("id amount created_at updated_at shipping_method_id")),
		below("payment_collections", strings.Fields("id currency_code amount status")))
)

const missingOrder = "Order id not found: %"

// orderRoutes are what customers can see of their orders and do with them.
var orderRoutes = []route{
	{
		method: "POST", path: "/store/carts/{cartId}/complete", field: "completeCart", envelope: "completion", within: "order", beside: completion,
		defaults: orderDefaults, extra: orderRetrieveExtra, prepare: prepareOrder, finish: finishCompleted, shape: completed,
	},
	{
		method: "GET", path: "/store/orders", field: "orders", envelope: "orders", who: customer, list: true, limit: 50,
		params: grouped(params("id* status*")), defaults: orderListDefaults, extra: orderListExtra,
		prepare: prepareOrder, finish: finishOrders,
	},
	{
		method: "GET", path: "/store/orders/{id}", field: "order", envelope: "order",
		defaults: orderDefaults, extra: orderRetrieveExtra, missing: missingOrder,
		prepare: prepareOrder, finish: finishOrder,
	},
	transferRoute("request", "requestOrderTransfer", customer, body("description update_order_email?")),
	transferRoute("accept", "acceptOrderTransfer", anybody, body("token!+")),
	transferRoute("decline", "declineOrderTransfer", anybody, body("token!+")),
	transferRoute("cancel", "cancelOrderTransfer", customer, nil),
}

// transferRoute is a step of giving an order to another customer.
func transferRoute(step, mutation string, who who, body []field) route {
	return route{
		method: "POST", path: "/store/orders/{id}/transfer/" + step, field: mutation, envelope: "order", who: who, body: body,
		defaults: orderDefaults, extra: orderRetrieveExtra, missing: missingOrder, prepare: prepareOrder, finish: finishOrder,
	}
}

// completion is what is selected of a cart that has not become an order: what a cart shows by itself, and why.
func completion(s *selector) string {
	cart := cartRoute(http.MethodGet, "", "cart", nil)
	q := &request{flags: map[string]bool{}}
	q.plain, q.stars = selectFields(nil, cart.defaults, routeFields(&cart))
	root := &node{typ: "Cart"}
	cart.fill(s, root, q)
	var b strings.Builder
	b.WriteString("cart ")
	root.write(&b)
	b.WriteString(" error { message name type }")
	return b.String()
}

// completed answers with the order, or with the cart and the error.
func completed(_, _ string, data []byte) []byte {
	var got struct {
		Completion map[string]json.RawMessage
	}
	if json.Unmarshal(data, &got) != nil {
		return data // the operation's data is always JSON
	}
	if order := got.Completion["order"]; string(order) != "null" {
		return slices.Concat([]byte(`{"type":"order","order":`), order, []byte("}"))
	}
	return slices.Concat([]byte(`{"type":"cart","cart":`), got.Completion["cart"], []byte(`,"error":`), got.Completion["error"], []byte("}"))
}

// Paths of an order that the reference expands without a star; if the order has totals, also those of wholeIfTotaled.
var (
	wholeOfOrder = strings.Fields(`items.tax_lines items.adjustments items.detail items.variant.product.options items.variant.product.images
shipping_methods shipping_methods.tax_lines shipping_methods.adjustments`)
	wholeIfTotaled = strings.Fields("items credit_lines")
)

// prepareOrder makes of the paths without a star what the reference makes of them.
func prepareOrder(q *request) {
	totaled := q.totaled()
	var plain []string
	for _, p := range q.plain {
		q.flags["items"] = q.flags["items"] || strings.HasPrefix(p, "items.")
		q.flags["shipping_methods"] = q.flags["shipping_methods"] || strings.HasPrefix(p, "shipping_methods.")
		switch {
		case slices.Contains(wholeOfOrder, p), totaled && slices.Contains(wholeIfTotaled, p):
			q.stars = append(q.stars, p)
		case p == "items.variant", p == "items.product":
		case p == "items.variant.options", p == "items.variant.product.variants":
			plain = append(plain, p[:strings.LastIndex(p, ".")]+".id")
		default:
			plain = append(plain, p)
		}
	}
	q.plain = plain
}

// totaled reports whether the reference gives an order totals.
func (q *request) totaled() bool {
	return slices.ContainsFunc(q.plain, func(f string) bool { return slices.Contains(orderTotals, f) })
}

// finishOrder adds what an order carries besides what is asked for: how it stands, how it is paid and how it is sent.
func finishOrder(s *selector, root *node, q *request) {
	s.star(root, "payment_collections", nil)
	s.star(root, "fulfillments", nil)
	s.finishOrder(root, q)
}

// finishCompleted adds nothing of how an order stands that has just been placed.
func finishCompleted(s *selector, root *node, q *request) {
	asked := slices.Clone(root.fields)
	s.finishOrder(root, q)
	for name := range strings.FieldsSeq("version payment_status fulfillment_status") {
		if !slices.ContainsFunc(asked, func(f *selected) bool { return f.name == name }) {
			root.fields = slices.DeleteFunc(root.fields, func(f *selected) bool { return f.name == name })
		}
	}
}

// finishOrders does so for a list: it always has the lines, and only how the payment stands.
func finishOrders(s *selector, root *node, q *request) {
	s.star(root, "items", nil)
	q.stars = append(q.stars, "items")
	mentions := func(relation string) bool {
		return slices.ContainsFunc(slices.Concat(q.plain, q.stars), func(f string) bool { return strings.Contains(f, relation) })
	}
	if mentions("payment_collections") {
		n := s.add(root, "payment_collections").below
		for c := range strings.FieldsSeq("id status amount captured_amount refunded_amount") {
			s.add(n, c)
		}
	}
	if mentions("fulfillments") {
		n := s.add(root, "fulfillments").below
		for c := range strings.FieldsSeq("id packed_at shipped_at delivered_at canceled_at") {
			s.add(n, c)
		}
	}
	s.finishOrder(root, q)
}

func (s *selector) finishOrder(root *node, q *request) {
	for c := range strings.FieldsSeq("id status version payment_status fulfillment_status") {
		s.add(root, c)
	}
	if root.child("customer") != nil {
		s.add(root, "customer_id")
	}
	if promotions := root.child("promotions"); promotions != nil {
		if method := promotions.below.child("application_method"); method != nil {
			s.add(method.below, "id")
		}
	}
	items := root.child("items")
	if items != nil {
		if items.below.child("variant") != nil {
			s.add(items.below, "variant_id")
		}
		if items.below.child("product") != nil {
			s.add(items.below, "product_id")
		}
	}
	totaled := q.totaled()
	if totaled {
		s.orderTotals(root, q)
	}
	for _, pair := range [][2]string{{"items", "placesOfItems"}, {"shipping_methods", "placesOfShippingMethods"}} {
		relation, places := pair[0], pair[1]
		lines := root.child(relation)
		if lines != nil && !totaled {
			lines.below.withoutTotals()
		}
		if q.flags[relation] && (lines == nil || len(lines.below.fields) == 0) {
			root.fields = slices.DeleteFunc(root.fields, func(f *selected) bool { return f.name == relation })
			root.fields = append(root.fields, &selected{name: relation, field: places})
		}
	}
	if totaled {
		return
	}
	root.fields = slices.DeleteFunc(root.fields, func(f *selected) bool {
		return f.name == "discount_subtotal" || f.name == "item_discount_total" || f.name == "shipping_discount_total"
	})
	if items == nil {
		return
	}
	detail := items.below.child("detail")
	if detail != nil && slices.Contains(q.stars, "items.detail") && !slices.Contains(q.stars, "items") && selectsLines(q) {
		detail.below.fields = nil
		s.add(detail.below, "id")
		s.add(detail.below, "item_id")
	}
}

// selectsLines reports whether columns of the lines themselves are asked for: then the reference has no more than the ids
// of what a version says of them.
func selectsLines(q *request) bool {
	for _, f := range q.plain {
		name, ok := strings.CutPrefix(f, "items.")
		if !ok {
			continue
		}
		first, _, nested := strings.Cut(name, ".")
		if nested && first != "detail" || !nested && name != "quantity" && !slices.Contains(orderItemTotals, name) {
			return true
		}
	}
	return slices.ContainsFunc(q.stars, func(f string) bool {
		return strings.HasPrefix(f, "items.variant") || strings.HasPrefix(f, "items.product")
	})
}

// orderTotals adds the totals of what is expanded, and what they are computed from.
func (s *selector) orderTotals(root *node, q *request) {
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

// withoutTotals removes the totals of lines and of what stands on them: they are only there where the order's are.
func (n *node) withoutTotals() {
	n.fields = slices.DeleteFunc(n.fields, func(f *selected) bool {
		switch n.typ {
		case "OrderItem", "OrderShippingMethod":
			if slices.Contains(orderItemTotals, f.name) {
				return true
			}
		case "TaxLine", "Adjustment":
			return f.name == "total" || f.name == "subtotal"
		}
		if f.below != nil && (f.name == "tax_lines" || f.name == "adjustments") {
			f.below.withoutTotals()
			return len(f.below.fields) == 0
		}
		return false
	})
}

// partTotals are what parts of an order's lines are worth.
var partTotals = strings.Fields(`fulfilled_total shipped_total return_requested_total return_received_total return_dismissed_total write_off_total`)

// finishCustomer adds to the orders of a customer, if they are expanded, all that they cost and what that is computed from.
func finishCustomer(s *selector, root *node, _ *request) {
	orders := root.child("orders")
	if orders == nil {
		return
	}
	for _, relation := range []string{"items", "shipping_methods", "credit_lines"} {
		s.star(orders.below, relation, nil)
	}
	s.orderTotals(orders.below, &request{stars: []string{"items", "shipping_methods", "credit_lines"}})
	for _, t := range slices.Concat(cartTotals, []string{"original_subtotal"}, partTotals) {
		s.add(orders.below, t)
		s.add(orders.below, "raw_"+t)
	}
}
