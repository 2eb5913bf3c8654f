package rest

import (
	"slices"
	"strings"
)

var (
	customerDefaults = strings.Fields(`id email company_name first_name last_name phone metadata has_account deleted_at created_at updated_at *addresses`)
	addressDefaults  = strings.Fields(`id address_name company customer_id first_name last_name address_1 address_2 city province postal_code
country_code phone metadata is_default_shipping is_default_billing created_at updated_at`)
	customerExtra = append(below("addresses", addressDefaults), "orders")

	updateCustomer = fields{
		text("company_name").Null(), text("first_name").Null(), text("last_name").Null(), text("phone").Null(), record("metadata").Null(),
	}
	customerAddress = slices.Concat(addressBody, fields{text("address_name").Null(), flag("is_default_shipping"), flag("is_default_billing")})
)

// missingAddress is the message of a 404 for an address.
const missingAddress = "Address with id: % was not found"

// customerRoutes are the endpoints of accounts.
var customerRoutes = []route{
	account(route{
		method: "POST", path: "/store/customers", field: "registerCustomer", who: registrant,
		body: append(fields{email("email").Null()}, updateCustomer...),
	}),
	account(route{method: "GET", path: "/store/customers/me", field: "customer", who: customer}),
	account(route{method: "POST", path: "/store/customers/me", field: "updateCustomer", who: customer, body: updateCustomer}),
	{
		method: "GET", path: "/store/customers/me/addresses", field: "customerAddresses", envelope: "addresses", who: customer, list: true, limit: 50,
		query: fields{text("q"), texts("city"), texts("country_code"), texts("postal_code")}, defaults: addressDefaults,
	},
	account(route{
		method: "POST", path: "/store/customers/me/addresses", field: "addCustomerAddress", who: customer, body: customerAddress, into: "address",
	}),
	{
		method: "GET", path: "/store/customers/me/addresses/{id}", field: "customerAddress", envelope: "address", who: customer,
		defaults: addressDefaults, missing: missingAddress,
	},
	account(route{
		method: "POST", path: "/store/customers/me/addresses/{id}", field: "updateCustomerAddress", who: customer, body: customerAddress, into: "address",
		missing: missingAddress,
	}),
	account(route{
		method: "DELETE", path: "/store/customers/me/addresses/{id}", field: "deleteCustomerAddress", who: customer,
		missing: missingAddress, answer: deletedAddress,
	}),
}

// account fills in what all routes that respond with a customer have in common.
func account(r route) route {
	r.envelope, r.defaults, r.extra = "customer", customerDefaults, customerExtra
	r.steps = []step{selectFields, addTotalsOfOrders}
	return r
}

// addTotalsOfOrders adds all totals to the orders of a customer, if they are expanded, and the lines that they are computed
// from.
func addTotalsOfOrders(sel *selection) {
	orders := sel.root.child("orders")
	if orders == nil {
		return
	}
	relations := []string{"items", "shipping_methods", "credit_lines"}
	for _, relation := range relations {
		sel.expand(orders.below, relation, nil)
	}
	sel.addTotalsBelow(orders.below, relations)
	for _, t := range slices.Concat(cartTotals, []string{"original_subtotal"}, partTotals) {
		sel.add(orders.below, t)
		sel.add(orders.below, "raw_"+t)
	}
}
