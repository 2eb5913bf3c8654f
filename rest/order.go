package rest

import (
	"slices"
	"strings"
)

// orderTotals are the fields any of which makes the reference compute totals of an order and its lines.
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

// orderRoutes are the endpoints of orders.
var orderRoutes = []route{
	{
		method: "POST", path: "/store/carts/{cartId}/complete", field: "completeCart", within: "order", answer: completedCart,
		defaults: orderDefaults, extra: orderRetrieveExtra,
		steps: []step{widenOrderPaths, selectFields, addOrderColumns, withoutOrderState, addCartAndError},
	},
	{
		method: "GET", path: "/store/orders", field: "orders", envelope: "orders", who: customer, list: true, limit: 50,
		query: grouped(texts("id"), texts("status")), defaults: orderListDefaults, extra: orderListExtra,
		steps: []step{widenOrderPaths, selectFields, addLinesAndStateOfParts, addOrderColumns},
	},
	order(route{method: "GET", path: "/store/orders/{id}", field: "order"}),
	order(route{
		method: "POST", path: "/store/orders/{id}/transfer/request", field: "requestOrderTransfer", who: customer,
		body: fields{text("description"), flag("update_order_email")},
	}),
	order(route{method: "POST", path: "/store/orders/{id}/transfer/accept", field: "acceptOrderTransfer", body: transferToken}),
	order(route{method: "POST", path: "/store/orders/{id}/transfer/decline", field: "declineOrderTransfer", body: transferToken}),
	order(route{method: "POST", path: "/store/orders/{id}/transfer/cancel", field: "cancelOrderTransfer", who: customer}),
}

var transferToken = fields{text("token").Required().NotEmpty()}

// order fills in what all routes that respond with an order have in common.
func order(r route) route {
	r.envelope, r.defaults, r.extra, r.missing = "order", orderDefaults, orderRetrieveExtra, missingOrder
	r.steps = []step{widenOrderPaths, selectFields, addPaymentAndFulfillment, addOrderColumns}
	return r
}

// Relations of an order that the reference expands even without a star; those of wholeIfTotaled only if the order has
// totals.
var (
	wholeOfOrder = strings.Fields(`items.tax_lines items.adjustments items.detail items.variant.product.options items.variant.product.images
shipping_methods shipping_methods.tax_lines shipping_methods.adjustments`)
	wholeIfTotaled = strings.Fields("items credit_lines")
)

// widenOrderPaths treats requested paths without a star as the reference does: it expands some of them and narrows others.
func widenOrderPaths(sel *selection) {
	totaled := sel.totaled()
	sel.bare = map[string]bool{"shipping_methods": slices.Contains(sel.plain, "shipping_methods") && !slices.Contains(sel.stars, "shipping_methods")}
	var plain []string
	for _, p := range sel.plain {
		relation, _, nested := strings.Cut(p, ".")
		sel.partsOf[relation] = sel.partsOf[relation] || nested
		switch {
		case slices.Contains(wholeOfOrder, p), totaled && slices.Contains(wholeIfTotaled, p):
			sel.stars = append(sel.stars, p)
		case p == "items.variant", p == "items.product":
		case p == "items.variant.options", p == "items.variant.product.variants":
			plain = append(plain, p[:strings.LastIndex(p, ".")]+".id")
		default:
			plain = append(plain, p)
		}
	}
	sel.plain = plain
}

// totaled reports whether the reference computes totals of the order.
func (sel *selection) totaled() bool {
	return slices.ContainsFunc(sel.plain, func(f string) bool { return slices.Contains(orderTotals, f) })
}

// addPaymentAndFulfillment adds the payment collections and fulfillments, which a single order always includes.
func addPaymentAndFulfillment(sel *selection) {
	sel.expand(sel.root, "payment_collections", nil)
	sel.expand(sel.root, "fulfillments", nil)
}

// addLinesAndStateOfParts adds the lines of each order in a list, and, if any field of payment collections or fulfillments
// is requested, the columns from which their status is derived.
func addLinesAndStateOfParts(sel *selection) {
	sel.expand(sel.root, "items", nil)
	sel.stars = append(sel.stars, "items")
	for relation, names := range map[string]string{
		"payment_collections": "id status amount captured_amount refunded_amount",
		"fulfillments":        "id packed_at shipped_at delivered_at canceled_at",
	} {
		if !slices.ContainsFunc(slices.Concat(sel.plain, sel.stars), func(f string) bool { return strings.Contains(f, relation) }) {
			continue
		}
		n := sel.add(sel.root, relation).below
		for c := range strings.FieldsSeq(names) {
			sel.add(n, c)
		}
	}
}

// orderState are the status fields of an order.
var orderState = strings.Fields("version payment_status fulfillment_status")

// withoutOrderState removes the status fields, unless requested: an order that has just been placed does not include them.
func withoutOrderState(sel *selection) {
	sel.root.fields = slices.DeleteFunc(sel.root.fields, func(f *selected) bool {
		return slices.Contains(orderState, f.name) && !slices.Contains(sel.plain, f.name)
	})
}

// addCartAndError adds the default fields of the cart and the error, for a cart that does not become an order.
func addCartAndError(sel *selection) {
	shown := cart(route{method: "GET", field: "cart"})
	of := newSelection(sel.selector, &shown, &request{})
	of.build()
	sel.add(sel.operation, "cart").below = of.root
	err := sel.add(sel.operation, "error").below
	for _, c := range columns[err.typ] {
		sel.add(err, c)
	}
}

// addOrderColumns adds the status fields and the ids of related objects, and adds or removes totals as the reference does.
func addOrderColumns(sel *selection) {
	root := sel.root
	for _, c := range slices.Concat([]string{"id", "status"}, orderState) {
		sel.add(root, c)
	}
	if root.child("customer") != nil {
		sel.add(root, "customer_id")
	}
	addMethodIDs(sel)
	if items := root.child("items"); items != nil {
		for _, relation := range []string{"variant", "product"} {
			if items.below.child(relation) != nil {
				sel.add(items.below, relation+"_id")
			}
		}
	}
	totaled := sel.totaled()
	if totaled {
		sel.addTotalsBelow(root, sel.stars)
	}
	sel.writeNulls("items", "placesOfItems", totaled)
	sel.writeNulls("shipping_methods", "placesOfShippingMethods", totaled)
	if !totaled {
		root.fields = slices.DeleteFunc(root.fields, func(f *selected) bool {
			return f.name == "discount_subtotal" || f.name == "item_discount_total" || f.name == "shipping_discount_total"
		})
		sel.reduceDetails()
		sel.reduceMethods()
	}
}

// reduceMethods reduces what tells of which version of an order its shipping methods are, if they are named without a star.
func (sel *selection) reduceMethods() {
	methods := sel.root.child("shipping_methods")
	if methods == nil || methods.below == nil || !sel.bare["shipping_methods"] || !sel.route.list {
		return
	}
	if detail := methods.below.child("detail"); detail != nil {
		detail.below.fields = nil
		for _, c := range []string{"id", "version", "order_id", "shipping_method_id"} {
			sel.add(detail.below, c)
		}
	}
}

// writeNulls removes the totals of a relation's lines unless the order has totals. If nothing else is selected of the lines,
// each is written as null.
func (sel *selection) writeNulls(relation, places string, totaled bool) {
	root := sel.root
	lines := root.child(relation)
	if lines != nil && !totaled {
		lines.below.withoutTotals()
	}
	if sel.partsOf[relation] && (lines == nil || len(lines.below.fields) == 0) {
		root.fields = slices.DeleteFunc(root.fields, func(f *selected) bool { return f.name == relation })
		root.fields = append(root.fields, &selected{name: relation, field: places})
	}
}

// reduceDetails reduces the expanded details of lines to their ids if columns of the lines themselves are requested too.
func (sel *selection) reduceDetails() {
	items := sel.root.child("items")
	if items == nil || items.below == nil {
		return
	}
	detail := items.below.child("detail")
	if detail != nil && slices.Contains(sel.stars, "items.detail") && !slices.Contains(sel.stars, "items") && sel.selectsLines() {
		detail.below.fields = nil
		sel.add(detail.below, "id")
		sel.add(detail.below, "item_id")
	}
}

// selectsLines reports whether columns of the lines themselves are requested.
func (sel *selection) selectsLines() bool {
	for _, f := range sel.plain {
		name, ok := strings.CutPrefix(f, "items.")
		if !ok {
			continue
		}
		first, _, nested := strings.Cut(name, ".")
		if nested && first != "detail" || !nested && name != "quantity" && !slices.Contains(orderItemTotals, name) {
			return true
		}
	}
	return slices.ContainsFunc(sel.stars, func(f string) bool {
		return strings.HasPrefix(f, "items.variant") || strings.HasPrefix(f, "items.product")
	})
}

// withoutTotals removes the totals of lines and of their tax lines and adjustments.
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

// partTotals are the totals of the parts of an order's lines that are fulfilled, returned and so on.
var partTotals = strings.Fields(`fulfilled_total shipped_total return_requested_total return_received_total return_dismissed_total write_off_total`)
