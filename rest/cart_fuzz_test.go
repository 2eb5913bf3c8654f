package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/storegraph/storegraph/db/dbtest"
)

// changes are the mutating routes of carts, payments, orders and returns. {cart} is the id of a cart, {line} of its line,
// {collection} of its payment collection, {order} of an order, and {id} anything.
var changes = strings.Fields(`POST:/store/carts POST:/store/carts/{cart} POST:/store/carts/{id} POST:/store/carts/{cart}/line-items
POST:/store/carts/{cart}/line-items/{line} DELETE:/store/carts/{cart}/line-items/{id} POST:/store/carts/{cart}/line-items/{id}
POST:/store/carts/{cart}/promotions DELETE:/store/carts/{cart}/promotions POST:/store/carts/{cart}/taxes POST:/store/carts/{cart}/shipping-methods
POST:/store/carts/{id}/shipping-methods POST:/store/carts/{cart}/customer POST:/store/shipping-options/{id}/calculate POST:/store/payment-collections
POST:/store/payment-collections/{collection}/payment-sessions POST:/store/payment-collections/{id}/payment-sessions POST:/store/carts/{id}/complete
POST:/store/orders/{order}/transfer/request POST:/store/orders/{order}/transfer/accept POST:/store/orders/{order}/transfer/decline
POST:/store/orders/{order}/transfer/cancel POST:/store/orders/{id}/transfer/accept POST:/store/returns POST:/hooks/payment/{id} POST:/store/customers
POST:/store/customers/me POST:/store/customers/me/addresses`)

// FuzzChanges sends random bodies and ids to all mutating routes. No request causes an internal error, and a cart is
// unchanged by a refused one.
func FuzzChanges(f *testing.F) {
	for n, body := range []string{
		`{}`, ``, `[]`, `null`, `{"variant_id":"{variant}","quantity":1}`, `{"variant_id":"{variant}","quantity":1e9}`, `{"variant_id":"\u0000","quantity":1}`,
		`{"quantity":0.5}`, `{"quantity":-0}`, `{"quantity":1e-400}`, `{"quantity":2147483647}`, `{"promo_codes":["WELCOME10","\ud800"]}`, `{"option_id":"{option}","data":{"a":[[[]]]}}`,
		`[{"option_id":"{option}"},{"option_id":"{option}"}]`, `{"region_id":"{region}","email":"a@b.example","metadata":{"a":"","b":null,"c":{"d":1e999}}}`,
		`{"shipping_address":{"country_code":"de","province":"` + strings.Repeat("x", 3000) + `"}}`, `{"shipping_address":{"id":"{id}"},"billing_address":{"id":""}}`,
		`{"email":"Ä@ö.example"}`, `{"email":"a@b"}`, `{"locale":"xx-YY","sales_channel_id":"{id}"}`, `{"toString":1,"__proto__":{"a":1}}`, `{"items":[{"variant_id":"{variant}","quantity":3,"metadata":{"x":"y"}}]}`,
		`{"cart_id":"{cart}"}`, `{"provider_id":"pp_system_default","data":{"a":1}}`, `{"provider_id":"pp_none"}`, `{"token":"x"}`, `{"description":"x"}`,
		`{"order_id":"{order}","items":[{"id":"{id}","quantity":1}],"return_shipping":{"option_id":"{option}"}}`, `{"order_id":"{id}","items":[],"return_shipping":{"option_id":"","price":-1}}`,
		`{"metadata":{"a":` + strings.Repeat(`[`, 90) + strings.Repeat(`]`, 90) + `}}`, `{"promo_codes":[` + strings.Repeat(`"A",`, 500) + `"B"]}`, "\xff\xfe", `{"a":"` + "\xc3\x28" + `"}`,
	} {
		for at := range 4 {
			f.Add(n+at*7, "x", body)
		}
	}
	f.Add(3, "%00", `{}`)
	f.Add(9, "'; DROP TABLE cart; --", `{}`)
	h := newHandler(f, dbtest.Shop(f), manyAttempts)
	handles := dbtest.Handles(f)
	s := &shopper{t: f, h: h, handles: handles}
	cart := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":{"country_code":"de"},"items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	s.pay(cart.ID)
	placed := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, "")
	_, order, _ := s.complete(placed)
	token := "Bearer " + logIn(f, h, "anna")
	f.Fuzz(func(t *testing.T, n int, id, body string) {
		method, path, _ := strings.Cut(changes[uint(n)%uint(len(changes))], ":")
		if !utf8.ValidString(id) || id == "" || strings.ContainsAny(id, "/?#") || len(id) > 500 {
			id = "x"
		}
		names := []string{
			"{cart}", cart.ID, "{line}", cart.Items[0].ID, "{collection}", "pay_col_x", "{order}", order, "{variant}", handles["var_lamp"],
			"{option}", handles["so_eu_std"], "{region}", handles["reg_us"], "{id}", id,
		}
		r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(strings.NewReplacer(names...).Replace(body)))
		r.URL.Path = strings.NewReplacer(names...).Replace(path)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		if n%3 == 0 {
			r.Header.Set("Authorization", token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s %q = %d %s", method, r.URL.Path, body, w.Code, w.Body)
		}
		if status, text := get(t, h, "/store/carts/"+cart.ID, handles["pk_web"]); status != http.StatusOK {
			t.Fatalf("the cart after %s %s %q = %d %s", method, r.URL.Path, body, status, text)
		}
	})
}
