package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop"
)

// A told is the answer to a mutation with one root field.
type told struct {
	UserErrors []struct {
		Code, Message string
		Field         []string
	}
	Warnings []struct {
		Code, PromoCode   string
		Field             []string
		AcceptedQuantity  *int
		RequestedQuantity *int
	}
	Cart *struct {
		ID                              string
		ShippingAddress, BillingAddress *struct {
			ID, Address1, City, CountryCode string
		}
		Promotions []struct{ Code string }
	}
	errors string // the codes of the errors at the top level
	text   string
}

// mutate sends a mutation in GraphQL.
func (s *shopper) mutate(mutation string) told {
	s.t.Helper()
	for name, v := range s.handles {
		mutation = strings.ReplaceAll(mutation, "{"+name+"}", v)
	}
	body, err := json.Marshal(map[string]string{"query": "mutation { r: " + mutation + " }"})
	if err != nil {
		s.t.Fatal(err)
	}
	_, text := s.ask("POST", "/graphql", string(body))
	var got struct {
		Data   struct{ R *told }
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		s.t.Fatalf("%s = %s: %v", mutation, text, err)
	}
	out := told{}
	if got.Data.R != nil {
		out = *got.Data.R
	}
	for _, e := range got.Errors {
		out.errors += e.Extensions.Code
	}
	out.text = text
	return out
}

// said is the one user error of an answer, as CODE path.to.field.
func (a told) said() string {
	if len(a.UserErrors) != 1 || a.errors != "" {
		return a.text
	}
	e := a.UserErrors[0]
	return strings.TrimSpace(e.Code + " " + strings.Join(e.Field, "."))
}

// wrong are what shoppers do wrong, by mutation: a name, what is asked for, and the code and the field that the answer has. Names of
// handles and of what TestUserErrors makes stand in braces.
var wrong = map[string][][3]string{
	"a guest": {
		{"a cart in no region", `createCart(input: {regionId: "reg_none"})`, "REGION_NOT_FOUND regionId"},
		{"a cart in another currency", `createCart(input: {regionId: "{reg_us}", currencyCode: EUR})`, "CURRENCY_MISMATCH currencyCode"},
		{"a cart by nobody", `createCart(input: {regionId: "{reg_us}", email: "nobody"})`, "EMAIL_INVALID email"},
		{"a cart of no channel", `createCart(input: {regionId: "{reg_us}", salesChannelId: "sc_none"})`, "SALES_CHANNEL_INVALID salesChannelId"},
		{"a cart of what is not sold", `createCart(input: {regionId: "{reg_us}", items: [{variantId: "{var_lamp}", quantity: 1}, {variantId: "{var_proto}", quantity: 1}]})`, "VARIANT_NOT_FOUND items.1.variantId"},
		{"a cart with an unknown code", `createCart(input: {regionId: "{reg_us}", promoCodes: ["WELCOME10", "NOPE"]})`, "PROMOTION_NOT_FOUND promoCodes.1"},
		{"a cart without a street", `createCart(input: {regionId: "{reg_us}", shippingAddress: {address1: " ", countryCode: US}})`, "ADDRESS_INCOMPLETE shippingAddress.address1"},
		{"a cart without a country", `createCart(input: {regionId: "{reg_us}", billingAddress: {address1: "1 Main St"}})`, "COUNTRY_REQUIRED billingAddress.countryCode"},
		{"a cart for an unknown address", `createCart(input: {regionId: "{reg_us}", shippingAddressId: "caaddr_none"})`, "ADDRESS_NOT_FOUND shippingAddressId"},
		{"a cart for somebody's address", `createCart(input: {regionId: "{reg_us}", billingAddressId: "{addr_anna_home}"})`, "ADDRESS_NOT_FOUND billingAddressId"},
		{"too little in stock", `addLineItems(input: {cartId: "{cart}", items: [{variantId: "{var_lamp}", quantity: 1}, {variantId: "{var_vinyl}", quantity: 9}], shortage: REFUSE})`, "OUT_OF_STOCK items.1.quantity"},
		{"none in stock", `addLineItems(input: {cartId: "{cart}", items: [{variantId: "{var_soldout}", quantity: 1}], shortage: REFUSE})`, "OUT_OF_STOCK items.0.quantity"},
		{"what has no price", `addLineItems(input: {cartId: "{cart}", items: [{variantId: "{var_sculpt}", quantity: 1}], shortage: REFUSE})`, "VARIANT_WITHOUT_PRICE items.0.variantId"},
		{"an unknown variant", `addLineItems(input: {cartId: "{cart}", items: [{variantId: "variant_none", quantity: 1}], shortage: REFUSE})`, "VARIANT_NOT_FOUND items.0.variantId"},
		{"nothing of a variant", `addLineItems(input: {cartId: "{cart}", items: [{variantId: "{var_lamp}", quantity: 0}], shortage: REFUSE})`, "QUANTITY_INVALID items.0.quantity"},
		{"an unknown cart", `addLineItems(input: {cartId: "cart_none", items: []})`, "NOT_FOUND cartId"},
		{"too many lines", `addLineItems(input: {cartId: "{cart}", items: [` + strings.Repeat(`{variantId: "x", quantity: 1} `, 101) + `]})`, "LIMIT_EXCEEDED items"},
		{"a completed cart", `addLineItems(input: {cartId: "{done}", items: []})`, "CART_COMPLETED cartId"},
		{"an unknown line", `updateLineItems(input: {cartId: "{cart}", items: [{lineId: "cali_none", quantity: 1}], shortage: REFUSE})`, "LINE_NOT_FOUND items.0.lineId"},
		{"less than nothing", `updateLineItems(input: {cartId: "{cart}", items: [{lineId: "{line}", quantity: -1}], shortage: REFUSE})`, "QUANTITY_INVALID items.0.quantity"},
		{"more than there is", `updateLineItems(input: {cartId: "{cart}", items: [{lineId: "{line}", quantity: 6}], shortage: REFUSE})`, "OUT_OF_STOCK items.0.quantity"},
		{"another region", `updateCart(input: {cartId: "{cart}", regionId: "reg_none"})`, "REGION_NOT_FOUND regionId"},
		{"a country of another region", `updateCart(input: {cartId: "{cart}", shippingAddress: {address1: "Hauptstraße 1", countryCode: DE}})`, "COUNTRY_NOT_IN_REGION shippingAddress.countryCode"},
		{"an address of another cart", `updateCart(input: {cartId: "{cart}", shippingAddress: {id: "caaddr_none", city: "X"}})`, "ADDRESS_NOT_FOUND shippingAddress.id"},
		{"somebody's address", `updateCart(input: {cartId: "{cart}", billingAddressId: "{addr_anna_home}"})`, "ADDRESS_NOT_FOUND billingAddressId"},
		{"a disabled channel", `updateCart(input: {cartId: "{cart}", salesChannelId: "{sc_disabled}"})`, "SALES_CHANNEL_INVALID salesChannelId"},
		{"an unknown code", `addPromotions(input: {cartId: "{cart}", promoCodes: ["NOPE"]})`, "PROMOTION_NOT_FOUND promoCodes.0"},
		{"an unknown way to ship", `addShippingMethods(input: {cartId: "{cart}", methods: [{optionId: "{so_us_ground}"}, {optionId: "{so_jp_std}"}]})`, "SHIPPING_OPTION_NOT_FOUND methods.1.optionId"},
		{"taxes without a country", `calculateTaxes(input: {cartId: "{nowhere}"})`, "COUNTRY_REQUIRED"},
		{"a cart merged with itself", `mergeCarts(input: {cartId: "{cart}", fromCartId: "{cart}"})`, "INVALID fromCartId"},
		{"a cart merged with none", `mergeCarts(input: {cartId: "{cart}", fromCartId: "cart_none"})`, "NOT_FOUND fromCartId"},
		{"an order of an empty cart", `completeCart(input: {cartId: "{empty}"})`, "CART_EMPTY cartId"},
		{"an order of no cart", `completeCart(input: {cartId: "cart_none"})`, "NOT_FOUND cartId"},
		{"an order without payment", `completeCart(input: {cartId: "{cart}"})`, "PAYMENT_REQUIRED"},
		{"an order without shipping", `completeCart(input: {cartId: "{unshipped}"})`, "SHIPPING_REQUIRED"},
		{"an order with a used code", `completeCart(input: {cartId: "{limited}"})`, "PROMOTION_USED_UP"},
		{"payment of no cart", `createPaymentCollection(input: {cartId: "cart_none"})`, "NOT_FOUND cartId"},
		{"payment of nothing", `createPaymentSession(input: {paymentCollectionId: "pay_col_none", providerId: "pp_system_default"})`, "NOT_FOUND paymentCollectionId"},
		{"payment with what is not offered", `createPaymentSession(input: {paymentCollectionId: "{collection}", providerId: "pp_none"})`, "PAYMENT_PROVIDER_UNAVAILABLE providerId"},
		{"a price of no option", `calculateShippingOption(input: {optionId: "so_none", cartId: "{cart}"})`, "SHIPPING_OPTION_NOT_FOUND optionId"},
		{"a price for no cart", `calculateShippingOption(input: {optionId: "{so_us_ground}", cartId: "cart_none"})`, "NOT_FOUND cartId"},
		{"no order again", `reorder(input: {orderId: "order_none"})`, "NOT_FOUND orderId"},
		{"a transfer that nobody requested", `acceptOrderTransfer(input: {orderId: "{order_gt9}", token: "x"})`, "TRANSFER_NOT_FOUND orderId"},
		{"a transfer by a wrong token", `declineOrderTransfer(input: {orderId: "{order_gt1}", token: "x"})`, "CODE_INVALID token"},
		{"a return of no order", `requestReturn(input: {orderId: "order_none", items: [], returnShipping: {optionId: "x"}})`, "NOT_FOUND orderId"},
		{"a return of another order's line", `requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_bob1_item1}", quantity: 1}], returnShipping: {optionId: "{so_us_return}"}})`, "LINE_NOT_FOUND items.0.id"},
		{"a return of nothing", `requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_ret1_item1}", quantity: 0}], returnShipping: {optionId: "{so_us_return}"}})`, "QUANTITY_INVALID items.0.quantity"},
		{"a return of too much", `requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_ret1_item1}", quantity: 99}], returnShipping: {optionId: "{so_us_return}"}})`, "RETURN_QUANTITY_EXCEEDED items.0.quantity"},
		{"a return for no reason", `requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_ret1_item1}", quantity: 1, reasonId: "rr_none"}], returnShipping: {optionId: "{so_us_return}"}})`, "RETURN_REASON_INVALID items.0.reasonId"},
		{"a return in no way", `requestReturn(input: {orderId: "{order_ret1}", items: [], returnShipping: {optionId: "so_none"}})`, "SHIPPING_OPTION_NOT_FOUND returnShipping.optionId"},
		{"a return to nowhere", `requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_ret1_item1}", quantity: 1}], returnShipping: {optionId: "{so_us_return}"}, locationId: "sloc_none"})`, "LOCATION_NOT_FOUND locationId"},
		{"a wrong password", `logIn(input: {email: "{email_anna}", password: "x"})`, "INVALID_CREDENTIALS"},
		{"an unknown address", `logIn(input: {email: "nobody@example.com", password: "x"})`, "INVALID_CREDENTIALS"},
		{"no password", `logIn(input: {email: "{email_anna}"})`, "PASSWORD_REQUIRED password"},
		{"no address", `registerIdentity(input: {password: "x"})`, "EMAIL_REQUIRED email"},
		{"an address that is taken", `registerIdentity(input: {email: "{email_anna}", password: "x"})`, "EMAIL_TAKEN email"},
		{"an unknown provider", `logIn(input: {provider: "nope"})`, "AUTH_PROVIDER_UNAVAILABLE provider"},
		{"a wrong code", `confirmVerification(input: {code: "x"})`, "CODE_INVALID code"},
	},
	"anna": {
		{"bob's address", `updateCustomerAddress(input: {addressId: "{addr_bob_home}", address: {city: "X"}})`, "ADDRESS_NOT_FOUND addressId"},
		{"bob's address away", `deleteCustomerAddress(input: {addressId: "{addr_bob_home}"})`, "ADDRESS_NOT_FOUND addressId"},
		{"no street", `addCustomerAddress(input: {address: {city: "Berlin", countryCode: DE}})`, "ADDRESS_INCOMPLETE address.address1"},
		{"no country", `addCustomerAddress(input: {address: {address1: "Hauptstraße 1"}})`, "COUNTRY_REQUIRED address.countryCode"},
		{"no street any more", `updateCustomerAddress(input: {addressId: "{addr_anna_home}", address: {address1: null}})`, "ADDRESS_INCOMPLETE address.address1"},
		{"to register again", `registerCustomer(input: {email: "x@example.com"})`, "ALREADY_REGISTERED"},
		{"bob's address for a cart", `updateCart(input: {cartId: "{cart}", shippingAddressId: "{addr_bob_home}"})`, "ADDRESS_NOT_FOUND shippingAddressId"},
		{"her address for another region", `updateCart(input: {cartId: "{cart}", shippingAddressId: "{addr_anna_paris}"})`, "COUNTRY_NOT_IN_REGION shippingAddressId"},
		{"her own order", `requestOrderTransfer(input: {orderId: "{order_anna1}"})`, "ORDER_OWNED orderId"},
		{"a transfer of somebody else", `cancelOrderTransfer(input: {orderId: "{order_gt9}"})`, "TRANSFER_NOT_FOUND orderId"},
		{"an unknown factor", `verifyAuthFactor(input: {factorId: "authmfa_none", code: "1"})`, "NOT_FOUND factorId"},
		{"a kind of factor that there is not", `createAuthFactor(input: {provider: "sms"})`, "FACTOR_UNSUPPORTED provider"},
		{"too many codes", `generateRecoveryCodes(input: {count: 99})`, "INVALID count"},
		{"codes without a factor", `generateRecoveryCodes`, "FACTOR_UNSUPPORTED"},
	},
}

// TestUserErrors does what shoppers do wrong, and finds that each mutation says so in its answer, with a code and the field.
func TestUserErrors(t *testing.T) {
	t.Parallel()
	s := newShopper(t, func(c *graph.Config) {
		c.Throttle = shop.Throttle{PerAccount: 1000, PerAddress: 1000}
		c.OnFallback = func(field string) { t.Errorf("%s is not written by a plan", field) }
	})
	made := func(body string) string { return s.cart("POST", "/store/carts", body).ID }
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_vinyl}","quantity":1}]}`)
	s.handles["cart"], s.handles["line"] = c.ID, c.Items[0].ID
	s.handles["empty"], s.handles["nowhere"] = made(`{"region_id":"{reg_us}"}`), made(`{"region_id":"{reg_eu}","items":[{"variant_id":"{var_lamp}","quantity":1}]}`)
	s.handles["unshipped"] = made(`{"region_id":"{reg_us}","items":[{"variant_id":"{var_lamp}","quantity":1}]}`)
	s.pay(s.handles["unshipped"])
	s.handles["collection"] = s.collection("/store/payment-collections", `{"cart_id":"{unshipped}"}`).ID
	limited := []string{"", ""}
	for n := range limited {
		limited[n] = s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, `"LIMIT1"`)
	}
	if status, order, text := s.complete(limited[0]); order == "" {
		t.Fatal(status, text)
	}
	s.handles["done"], s.handles["limited"] = limited[0], limited[1]
	for who, cases := range wrong {
		if s.auth = ""; who != "a guest" {
			s.auth = "Bearer " + logIn(t, s.h, who)
		}
		for _, c := range cases {
			if got := s.mutate(c[1] + ` { userErrors { code message field } }`).said(); got != c[2] {
				t.Errorf("%s, %s: %.300s, want %s", who, c[0], got, c[2])
			}
		}
	}
}

// TestErrorsForDevelopers holds that what no shopper can put right is an error at the top level.
func TestErrorsForDevelopers(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for mutation, want := range map[string]string{
		`updateCustomer(input: {firstName: "X"}) { userErrors { code } }`:                            "UNAUTHENTICATED",
		`addCustomerAddress(input: {address: {city: "X"}}) { userErrors { code } }`:                  "UNAUTHENTICATED",
		`adoptCart(input: {cartId: "cart_none"}) { userErrors { code } }`:                            "UNAUTHENTICATED",
		`updatePassword(input: {password: "x"}) { userErrors { code } }`:                             "UNAUTHENTICATED",
		`refreshToken { userErrors { code } }`:                                                       "UNAUTHENTICATED",
		`createCart(input: {currencyCode: "x"}) { userErrors { code } }`:                             "BAD_USER_INPUT",
		`createCart(input: {email: "a\u0000b@example.com"}) { userErrors { code } }`:                 "BAD_USER_INPUT",
		`requestReturn(input: {orderId: "x", items: 1, returnShipping: {}}) { userErrors { code } }`: "GRAPHQL_VALIDATION_FAILED",
		`addLineItems(input: {cartId: "x", items: [], shortage: WHATEVER}) { userErrors { code } }`:  "GRAPHQL_VALIDATION_FAILED",
		`calculateShippingOption(input: {optionId: "x"}) { userErrors { code } }`:                    "GRAPHQL_VALIDATION_FAILED",
	} {
		if got := s.mutate(mutation); !strings.Contains(got.errors, want) || len(got.UserErrors) > 0 {
			t.Errorf("%s = %s, want the error %s", mutation, got.text, want)
		}
	}
	s.handles["pk_web"] = "pk_none"
	if got := s.mutate(`createCart(input: {}) { userErrors { code } }`); got.errors != "FORBIDDEN" {
		t.Errorf("an unknown key = %s, want FORBIDDEN", got.text)
	}
}

// TestOneRefusalKeepsTheRest holds that of two mutations in one operation the second one's refusal leaves the first one's answer.
func TestOneRefusalKeepsTheRest(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	var got struct {
		A, B struct {
			Cart       *struct{ ID string }
			UserErrors []struct{ Code string }
		}
	}
	codes := s.graphQL(`mutation { a: createCart(input: {regionId: "{reg_us}"}) { cart { id } userErrors { code } }
b: addPromotions(input: {cartId: "cart_none", promoCodes: []}) { cart { id } userErrors { code } } }`, &got)
	if codes != "NOT_FOUND" || got.A.Cart == nil || len(got.A.UserErrors) != 0 || got.B.Cart != nil {
		t.Errorf("%s %+v", codes, got)
	}
}

// TestPromotionWarnings adds codes in any case: those that take nothing off, and those that the cart has, are told of, whether a plan
// writes the answer or gqlgen's executor.
func TestPromotionWarnings(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		t.Run(fmt.Sprintf("projection=%v", !off), func(t *testing.T) {
			t.Parallel()
			newShopper(t, func(c *graph.Config) { c.NoProjection = off }).promotionWarnings()
		})
	}
}

func (s *shopper) promotionWarnings() {
	s.t.Helper()
	s.handles["cart"] = s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":2}]}`).ID
	const below = ` { cart { promotions { code } } userErrors { code field } warnings { code field promoCode } }`
	for _, tc := range []struct{ mutation, promotions, warnings string }{
		{`addPromotions(input: {cartId: "{cart}", promoCodes: ["welcome10"]})`, "[{WELCOME10}]", ""},
		{`addPromotions(input: {cartId: "{cart}", promoCodes: ["EUONLY", "WELCOME10"]})`, "[{WELCOME10}]", "PROMOTION_NOT_APPLIED promoCodes.0 EUONLY, PROMOTION_ALREADY_APPLIED promoCodes.1 WELCOME10"},
		{`addPromotions(input: {cartId: "{cart}", promoCodes: ["MIXCASE5"]})`, "[{WELCOME10} {MixCase5}]", ""},
		{`removePromotions(input: {cartId: "{cart}", promoCodes: ["welcome10"]})`, "[{MixCase5}]", ""},
		{`updateCart(input: {cartId: "{cart}", promoCodes: ["Welcome10"]})`, "[{WELCOME10}]", ""},
		{`removeLineItems(input: {cartId: "{cart}", lineIds: ["{line}"]})`, "[]", "PROMOTION_REMOVED  WELCOME10"},
		{`createCart(input: {regionId: "{reg_us}", promoCodes: ["Welcome10"]})`, "[]", "PROMOTION_NOT_APPLIED promoCodes.0 Welcome10"},
	} {
		s.handles["line"] = s.cart("GET", "/store/carts/"+s.handles["cart"], "").Items[0].ID
		got := s.mutate(tc.mutation + below)
		var warnings []string
		for _, w := range got.Warnings {
			warnings = append(warnings, w.Code+" "+strings.Join(w.Field, ".")+" "+w.PromoCode)
		}
		if got.Cart == nil || !strings.Contains(got.text, `"userErrors":[]`) || fmt.Sprint(got.Cart.Promotions) != tc.promotions || strings.Join(warnings, ", ") != tc.warnings {
			s.t.Errorf("%s = %s, want %s and %s", tc.mutation, got.text, tc.promotions, tc.warnings)
		}
		if strings.HasPrefix(tc.mutation, "removeLine") {
			s.cart("POST", "/store/carts/"+s.handles["cart"]+"/line-items", `{"variant_id":"{var_mug_moss}","quantity":2}`)
		}
	}
}

// TestSavedAddresses ships a cart to addresses by their ids: to one that the customer has saved, whose copy is the cart's own, and bills it to
// the same. It holds D92 of DEVIATIONS.md.
func TestSavedAddresses(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	const below = ` { cart { id shippingAddress { id address1 city countryCode } billingAddress { id address1 city countryCode } } userErrors { code field } }`
	begun := s.mutate(`createCart(input: {regionId: "{reg_eu}", shippingAddressId: "{addr_anna_home}"})` + below)
	if begun.Cart == nil || begun.Cart.ShippingAddress == nil ||
		!strings.HasPrefix(begun.Cart.ShippingAddress.ID, "caaddr_") || begun.Cart.ShippingAddress.Address1 == "" {
		t.Fatalf("createCart = %s, want a copy of the saved address", begun.text)
	}
	if _, text := s.ask("GET", "/store/carts/"+begun.Cart.ID+"?fields=*shipping_address", ""); !strings.Contains(text, s.handles["cus_anna"]) {
		t.Errorf("the copy is %s, want it known whose it is", text)
	}
	s.handles["cart"], s.handles["ships"] = begun.Cart.ID, begun.Cart.ShippingAddress.ID
	changed := s.mutate(`updateCart(input: {cartId: "{cart}", shippingAddressId: "{addr_anna_paris}", billingAddressId: "{ships}"})` + below)
	if changed.Cart != nil { // the address before is the cart's no more
		t.Errorf("updateCart = %s, want the address of before refused", changed.text)
	}
	changed = s.mutate(`updateCart(input: {cartId: "{cart}", billingAddressId: "{ships}"})` + below)
	if changed.Cart == nil || changed.Cart.BillingAddress == nil || changed.Cart.BillingAddress.ID == s.handles["ships"] ||
		changed.Cart.BillingAddress.Address1 != begun.Cart.ShippingAddress.Address1 {
		t.Errorf("updateCart = %s, want it billed to a copy of where it is shipped", changed.text)
	}
	changed = s.mutate(`updateCart(input: {cartId: "{cart}", shippingAddressId: "{addr_anna_paris}"})` + below)
	if changed.Cart == nil || changed.Cart.ShippingAddress == nil || changed.Cart.ShippingAddress.CountryCode != "FR" ||
		changed.Cart.BillingAddress.Address1 != begun.Cart.ShippingAddress.Address1 {
		t.Errorf("updateCart = %s, want it shipped to Paris and billed as before", changed.text)
	}
	if c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":"{addr_anna_home}"}`); c.ShippingAddress == nil || c.ShippingAddressID == s.handles["addr_anna_home"] {
		t.Errorf("over REST = %+v, want a copy of the saved address", c)
	}
	s.auth = "Bearer " + logIn(t, s.h, "bob")
	s.refused("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":"{addr_anna_home}"}`, 404, "such entity does not exist")
}

// TestMoveWarnings moves a cart to another region and finds what it has lost there.
func TestMoveWarnings(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.handles["cart"] = s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":1}],"shipping_address":{"address_1":"1 Main St","country_code":"us"}}`).ID
	s.cart("POST", "/store/carts/"+s.handles["cart"]+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	got := s.mutate(`updateCart(input: {cartId: "{cart}", regionId: "{reg_eu}"}) { cart { id } userErrors { code } warnings { code field } }`)
	if !strings.Contains(got.text, `"warnings":[{"code":"SHIPPING_ADDRESS_REMOVED","field":null},{"code":"SHIPPING_METHOD_REMOVED","field":null}]`) {
		t.Errorf("updateCart = %s", got.text)
	}
}
