package rest

import (
	"slices"
	"strconv"
	"strings"
)

var (
	customerDefaults = strings.Fields(`id email company_name first_name last_name phone metadata has_account deleted_at created_at updated_at *addresses`)
	addressDefaults  = strings.Fields(`id address_name company customer_id first_name last_name address_1 address_2 city province postal_code
country_code phone metadata is_default_shipping is_default_billing created_at updated_at`)
	customerExtra = append(below("addresses", addressDefaults), "orders")

	customerBody = body("company_name0 first_name0 last_name0 phone0 metadata{}0")
	addressBody  = body(`first_name0 last_name0 phone0 company0 address_10 address_20 city0 country_code0 province0 postal_code0 metadata{}0
address_name0 is_default_shipping? is_default_billing?`)
)

// missingAddress is what a 404 on an address says.
const missingAddress = "Address with id: % was not found"

// customerRoutes are what customers can do with their accounts.
var customerRoutes = []route{
	{
		method: "POST", path: "/store/customers", field: "registerCustomer", envelope: "customer", who: registrant,
		body: slices.Concat(body("email@0"), customerBody), defaults: customerDefaults, extra: customerExtra, finish: finishCustomer,
	},
	{
		method: "GET", path: "/store/customers/me", field: "customer", envelope: "customer", who: customer,
		defaults: customerDefaults, extra: customerExtra, finish: finishCustomer,
	},
	{
		method: "POST", path: "/store/customers/me", field: "updateCustomer", envelope: "customer", who: customer,
		body: customerBody, defaults: customerDefaults, extra: customerExtra, finish: finishCustomer,
	},
	{
		method: "GET", path: "/store/customers/me/addresses", field: "customerAddresses", envelope: "addresses", who: customer, list: true, limit: 50,
		params: params("q city* country_code* postal_code*"), defaults: addressDefaults,
	},
	{
		method: "POST", path: "/store/customers/me/addresses", field: "addCustomerAddress", envelope: "customer", who: customer,
		body: addressBody, defaults: customerDefaults, extra: customerExtra, finish: finishCustomer,
	},
	{
		method: "GET", path: "/store/customers/me/addresses/{id}", field: "customerAddress", envelope: "address", who: customer,
		defaults: addressDefaults, missing: missingAddress,
	},
	{
		method: "POST", path: "/store/customers/me/addresses/{id}", field: "updateCustomerAddress", envelope: "customer",
		who: customer, body: addressBody, defaults: customerDefaults, extra: customerExtra, finish: finishCustomer, missing: missingAddress,
	},
	{
		method: "DELETE", path: "/store/customers/me/addresses/{id}", field: "deleteCustomerAddress", envelope: "customer",
		who: customer, defaults: customerDefaults, extra: customerExtra, finish: finishCustomer, missing: missingAddress, shape: deletedAddress,
	},
}

// deletedAddress answers a deletion as the reference does: the id is the customer's.
func deletedAddress(customer, _ string, data []byte) []byte {
	out := append([]byte(`{"id":`), strconv.Quote(customer)...)
	out = append(out, `,"object":"address","deleted":true,"parent":`...)
	return append(out, data[len(`{"customer":`):]...)
}
