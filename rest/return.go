package rest

import (
	"slices"
	"strings"
)

var requestReturn = fields{
	text("order_id").Required().NotEmpty(),
	objects("items",
		text("id").Required(), number("quantity").Required().AtLeast("1"), text("reason_id").Null(), text("note").Null(),
	).Required().Lenient(),
	object("return_shipping", text("option_id").Required(), number("price")).Required().Lenient(),
	text("note").Null(), flag("receive_now"), text("location_id").Null(),
}

// returnRoutes are the endpoints of returns.
var returnRoutes = []route{{
	method: "POST", path: "/store/returns", field: "requestReturn", envelope: "return", body: requestReturn,
	query:    slices.Concat(page, grouped(texts("id"), texts("order_id"))),
	defaults: strings.Fields("id order_id created_at updated_at deleted_at metadata"),
	extra:    strings.Fields("display_id items received_at created_by canceled_at requested_at"),
	missing:  missingOrder, steps: []step{selectFields, selectWholeReturn},
}}

var (
	returnColumns = strings.Fields(`id order_version display_id status location_id no_notification created_by metadata requested_at received_at
canceled_at order_id exchange claim raw_refund_amount created_at updated_at deleted_at exchange_id claim_id refund_amount`)
	returnItemColumns = strings.Fields(`id note metadata reason_id return_id item_id raw_quantity raw_received_quantity raw_damaged_quantity created_at
updated_at deleted_at quantity received_quantity damaged_quantity`)
	returnShippingColumns = strings.Fields(`id version order_id return_id exchange_id exchange claim_id claim created_at updated_at deleted_at
shipping_method_id`)
	transactionColumns = strings.Fields(`id version currency_code reference reference_id order_id return_id exchange_id exchange claim_id claim raw_amount
created_at updated_at deleted_at amount`)
)

// selectWholeReturn replaces the selection: the reference responds to a return request with all fields, with the order and
// its lines as they were before, and each total as 0.
func selectWholeReturn(sel *selection) {
	s, root := sel.selector, sel.root
	root.fields = nil
	add := func(n *node, names []string) {
		for _, c := range names {
			s.add(n, c)
		}
	}
	add(root, returnColumns)
	s.returnedOrder(s.addAs(root, "order", "before").below)

	items := s.add(root, "items").below
	add(items, returnItemColumns)
	s.add(s.add(items, "reason").below, "id")
	line := s.addAs(items, "item", "before").below
	s.addColumns(line, items.typ, nil)
	line.fields = slices.DeleteFunc(line.fields, func(f *selected) bool {
		return f.name == "detail" || f.name == "quantity" || f.name == "raw_quantity" || f.name == "line_item_metadata"
	})
	s.expandTaxes(line, "")
	s.addColumns(s.addAs(items, "detail", "detailBefore").below, "", nil)
	for _, t := range orderItemTotals {
		items.fields = append(items.fields, exactly(t, "nothing")...)
	}

	methods := s.addAs(root, "shipping_methods", "shippingBefore").below
	s.addColumns(methods, "", nil)
	s.expandTaxes(methods, "")
	s.addTotals(methods)
	add(s.add(root, "transactions").below, transactionColumns)
	for _, t := range slices.Concat(cartTotals, []string{"original_subtotal"}) {
		s.add(root, t)
		s.add(root, "raw_"+t)
	}
	for _, t := range partTotals {
		root.fields = append(root.fields, exactly(t, "ofItems")...)
	}
}

// returnedOrder selects what the reference includes of the order of a return.
func (s *selector) returnedOrder(order *node) {
	s.addColumns(order, "", nil)
	order.fields = append(order.fields, &selected{name: "summary", field: "firstSummary"}) // the reference takes the first one it finds
	s.expand(order, "items", nil)
	s.expandTaxes(order.child("items").below, "")
	details := s.addAs(order, "shipping_methods", "shippingDetails").below
	for _, c := range returnShippingColumns {
		s.add(details, c)
	}
	method := s.add(details, "shipping_method").below
	for _, c := range columns[method.typ] {
		if c != "order_id" {
			s.add(method, c)
		}
	}
	s.expandTaxes(method, "")
	transactions := s.add(order, "transactions").below
	for _, c := range transactionColumns {
		s.add(transactions, c)
	}
	s.expand(order, "credit_lines", nil)
}

// exactly selects an amount of money under a name, and its exact twin.
func exactly(name, field string) []*selected {
	return []*selected{{name: name, field: field, path: []string{"number"}}, {name: "raw_" + name, field: field, path: []string{"raw"}}}
}
