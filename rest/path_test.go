package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestPaths holds that paths match in any case and with one slash at their end, and that no part of them is empty.
func TestPaths(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for _, path := range []string{
		"/STORE/Regions", "/store/regions/", "/Store/REGIONS/{reg_eu}", "/store/Customers/ME", "/AUTH/customer/PROVIDERS", "/store/products/{prod_stone_mug}/",
		"/store/regions/%72eg_none", "/store/regions/a%2Fb", "/STORE/regions/REG_none",
	} {
		status, text := s.ask("GET", path, "")
		want := http.StatusOK
		switch {
		case strings.HasSuffix(path, "ME"):
			want = http.StatusUnauthorized
		case strings.Contains(path, "%") || strings.HasSuffix(path, "none"):
			want = http.StatusNotFound
		}
		if status != want || strings.Contains(text, "Cannot GET") {
			t.Errorf("GET %s = %d %s, want %d", path, status, text, want)
		}
	}
	s.refused("GET", "/store/regions/%72eg", "", 404, "Region with id: reg was not found")
	s.refused("GET", "/store/regions/a%2Fb", "", 404, "Region with id: a/b was not found")
	s.refused("GET", "/STORE/regions/REG_x", "", 404, "Region with id: REG_x was not found")
	for _, path := range []string{"/store//regions", "/store/regions//", "/store/carts/x//line-items", "/auth//emailpass", "/Store/nope", "/store/", "/store/%72egions", "//"} {
		s.refused("GET", path, "", 404, "Cannot GET "+path)
	}
	if c := s.cart("POST", "/STORE/Carts/", `{"region_id":"{reg_eu}"}`); s.cart("GET", "/store/CARTS/"+c.ID, "").ID != c.ID {
		t.Error("a cart is not found by a path in capitals")
	}
}

// TestOrderOfRefusals holds that a body which is no JSON is told before what asks and where.
func TestOrderOfRefusals(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for _, path := range []string{
		"/store/carts", "/store/customers", "/store/customers/me", "/store/carts/x/customer", "/store/carts/x/complete", "/store/orders/x/transfer/request", "/store/nope", "/nope",
		"/auth/session", "/auth/token/refresh", "/auth/customer/emailpass", "/auth/customer/emailpass/update", "/auth/mfa/factors", "/store/search",
	} {
		s.refused("POST", path, `{"a":`, 400, "Unexpected end of JSON input")
	}
	key := s.handles["pk_web"]
	s.handles["pk_web"] = "pk_none"
	s.refused("POST", "/store/carts", `{"a":`, 400, "Unexpected end of JSON input")
	s.refused("POST", "/store/customers/me", `{"nope":1}`, 400, "A valid publishable key is required")
	s.handles["pk_web"] = key
	s.refused("POST", "/store/customers/me", `{"nope":1}`, 401, "Unauthorized")
	s.refused("POST", "/store/search", `{"entity":"product"}`, 404, `No search index named \"product\"`)
	s.refused("POST", "/store/search", `{"queries":[{"entity":"product"},{}]}`, 400, "Field 'queries, 1, entity' is required")
}

// TestAdminUser holds that the route by which an admin gets an account is none by which a customer logs in.
func TestAdminUser(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	body := `{"email":"{email_anna}","password":"{pass_anna}"}`
	s.refused("POST", "/auth/emailpass/user", body, 401, `{"message":"Unauthorized"}`)
	s.refused("POST", "/auth/nope/user", body, 400, "The actor type user is not allowed to use the auth provider nope")
	s.refused("POST", "/auth/customer/user", body, 400, "The actor type user is not allowed to use the auth provider customer")
}

// TestEmails holds that the e-mail addresses which the reference refuses are refused everywhere.
func TestEmails(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"o'brien+a@example.com"}`)
	for _, email := range []string{"a@b", "root@localhost", "😀@example.com", "a@127.0.0.1", ""} {
		s.refused("POST", "/store/carts", `{"region_id":"{reg_us}","email":"`+email+`"}`, 400, "Invalid email address")
		s.refused("POST", "/store/carts/"+c.ID, `{"email":"`+email+`"}`, 400, "Invalid email address")
		if code := s.graphQL(`mutation { updateCart(input: {cartId: "`+c.ID+`", email: "`+email+`"}) { userErrors { code } } }`, nil); code != "EMAIL_INVALID" {
			t.Errorf("updateCart(email: %q): %q, want EMAIL_INVALID", email, code)
		}
	}
}

// TestOrderOfMessages holds that several faults are told in the reference's order.
func TestOrderOfMessages(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for _, tc := range []struct{ method, path, body, want string }{
		{"POST", "/store/carts", `{"email":"x","shipping_address":4}`, "Expected type: 'object, string' for field 'shipping_address', got: '4'; Invalid email address"},
		{
			"POST", "/store/carts", `{"shipping_address":{"city":5,"first_name":6}}`,
			"Expected type: 'string, string, string' for field 'shipping_address, first_name', got: '6'",
		},
		{
			"POST", "/store/carts", `{"metadata":4,"promo_codes":[1,2]}`,
			"Field 'promo_codes, 0' is required; Field 'promo_codes, 1' is required; Expected type: 'record' for field 'metadata', got: '4'",
		},
		{
			"POST", "/store/carts/x", `{"shipping_address":{"city":4,"id":5}}`,
			"Expected type: 'string' for field 'shipping_address, city', got: '4'; Expected type: 'string' for field 'shipping_address, id', got: '5'",
		},
		{
			"POST", "/store/carts/x", `{"shipping_address":4,"billing_address":4}`,
			"Expected type: 'object' for field 'billing_address', got: '4'; Expected type: 'object' for field 'shipping_address', got: '4'",
		},
		{"POST", "/store/carts/x/shipping-methods", `{"option_id":4,"data":4}`, "Expected type: 'string, record, array' for field 'option_id', got: '4'"},
		{"POST", "/store/carts/x/shipping-methods", `{"data":4}`, "Expected type: 'record, array' for field 'option_id', got: 'undefined'"},
		{
			"GET", "/store/products?variants[sku][x]=1&title[x]=1&limit=z", "", "Expected type: 'number' for field 'limit', got: 'z'; " +
				"Expected type: 'string, array' for field 'title', got: '[object Object]'; Expected type: 'string, array' for field 'variants, sku', got: '[object Object]'",
		},
		{"GET", "/store/products?created_at[$in]=x&nope=1", "", "Expected type: 'array' for field 'created_at, $in', got: 'x'; Unrecognized fields: 'nope'"},
	} {
		s.refused(tc.method, tc.path, tc.body, 400, `"Invalid request: `+tc.want+`"`)
	}
}
