package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// TestStrictCarts holds D53 of DEVIATIONS.md.
func TestStrictCarts(t *testing.T) {
	t.Parallel()
	s := newShopper(t, func(c *graph.Config) { c.StrictCarts = true })
	anna := "Bearer " + logIn(t, s.h, "anna")
	s.auth = anna
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	s.cart("POST", "/store/carts/"+c.ID, `{"metadata":{"a":1}}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	s.pay(c.ID)
	collection := s.collectionOf(c.ID)
	for _, auth := range []string{"", "Bearer " + logIn(t, s.h, "bob")} {
		s.auth = auth
		for _, r := range []struct{ method, path, body string }{
			{"POST", "/store/carts/" + c.ID, `{"metadata":{"a":2}}`},
			{"POST", "/store/carts/" + c.ID + "/line-items", `{"variant_id":"{var_lamp}","quantity":1}`},
			{"POST", "/store/carts/" + c.ID + "/promotions", `{"promo_codes":["WELCOME10"]}`},
			{"POST", "/store/carts/" + c.ID + "/taxes", ``},
			{"POST", "/store/carts/" + c.ID + "/shipping-methods", `{"option_id":"{so_us_ground}"}`},
			{"POST", "/store/carts/" + c.ID + "/complete", ``},
			{"POST", "/store/payment-collections", `{"cart_id":"` + c.ID + `"}`},
			{"POST", "/store/payment-collections/" + collection + "/payment-sessions", `{"provider_id":"pp_system_default"}`},
		} {
			s.refused(r.method, r.path, r.body, 400, "belongs to a customer")
		}
	}
	s.refused("POST", "/store/carts/"+c.ID+"/customer", "", 400, "belongs to a customer")
	s.auth = anna
	if status, _, text := s.complete(c.ID); status != http.StatusOK {
		t.Errorf("anna's own completion = %d %s", status, text)
	}

	// An e-mail address that a guest types does not make the cart its owner's.
	s.auth = ""
	guest := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, ``)
	s.cart("POST", "/store/carts/"+guest, `{"email":"{email_anna}"}`)
	s.cart("POST", "/store/carts/"+guest+"/line-items", `{"variant_id":"{var_mug_moss}","quantity":1}`)
	s.pay(guest)
	if status, _, text := s.complete(guest); status != http.StatusOK {
		t.Errorf("completing a guest's cart with the address of an account = %d %s", status, text)
	}
}

// collectionOf returns the id of a cart's payment collection.
func (s *shopper) collectionOf(cart string) string {
	s.t.Helper()
	var got struct {
		Cart struct {
			PaymentCollection struct{ ID string } `json:"payment_collection"`
		}
	}
	if _, text := s.ask("GET", "/store/carts/"+cart+"?fields=payment_collection.id", ""); json.Unmarshal([]byte(text), &got) != nil {
		s.t.Fatal(text)
	}
	return got.Cart.PaymentCollection.ID
}

// Who types somebody's e-mail address into a cart sees nothing of them, and gets neither their prices nor their promotions; the customer
// does, also where a later request does not show who is asking.
// It holds D53 of DEVIATIONS.md.
func TestTypedAddress(t *testing.T) {
	t.Parallel()
	handles := dbtest.Handles(t)
	s, d := shopWith(t, coupon{
		code: "FORGROUP", automatic: true, method: "percentage", target: "items", allocation: "each", value: "10",
		attribute: "customer.groups.id", equals: "cusgroup_test",
	})
	for _, sql := range []string{
		`INSERT INTO customer_group (id, name) VALUES ('cusgroup_test', 'test')`,
		`INSERT INTO customer_group_customer (id, customer_id, customer_group_id) VALUES ('cgc_test', '` + handles["cus_anna"] + `', 'cusgroup_test')`,
		`UPDATE customer SET phone = '+49 30 1', metadata = '{"secret":1}' WHERE id = '` + handles["cus_anna"] + `'`,
	} {
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	const cart = `{"region_id":"{reg_us}","email":"{email_anna}","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`
	const fields = "?fields=id,*customer,*items.adjustments"
	look := func(method, path, body string, private, reduced bool) string {
		t.Helper()
		status, text := s.ask(method, path, body)
		var got struct{ Cart struct{ ID string } }
		if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
			t.Fatalf("%s %s = %d %s", method, path, status, text)
		}
		for _, mark := range []string{`"secret"`, `+49 30 1`} {
			if strings.Contains(text, mark) != private {
				t.Errorf("%s %s shows %s: %v, want %v", method, path, mark, !private, private)
			}
		}
		if off := strings.Contains(text, "FORGROUP"); off != reduced {
			t.Errorf("%s %s has the group's promotion: %v, want %v", method, path, off, reduced)
		}
		return got.Cart.ID
	}
	typed := look("POST", "/store/carts"+fields, cart, false, false)
	look("GET", "/store/carts/"+typed+fields, "", false, false)
	look("POST", "/store/carts/"+typed+fields, `{"metadata":{"a":1}}`, false, false)
	var got struct {
		Cart struct {
			Customer struct {
				ID        string
				FirstName *string
			}
		}
	}
	if codes := s.graphQL(`{ cart(id: "`+typed+`") { customer { id firstName } } }`, &got); codes != "" || got.Cart.Customer.FirstName != nil || got.Cart.Customer.ID != handles["cus_anna"] {
		t.Errorf("in GraphQL: %s %+v, want the link and no name", codes, got.Cart)
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	look("POST", "/store/carts/"+typed+fields, `{"metadata":{"a":2}}`, true, true)
	own := look("POST", "/store/carts"+fields, cart, true, true)
	s.auth = ""
	look("GET", "/store/carts/"+own+fields, "", true, true)
	look("POST", "/store/carts/"+own+fields, `{"metadata":{"a":1}}`, true, true)
	strict := &shopper{t: t, h: newHandler(t, d, func(c *graph.Config) { c.StrictCarts = true }), handles: handles}
	if _, text := strict.ask("GET", "/store/carts/"+own+fields, ""); strings.Contains(text, "secret") {
		t.Errorf("a strict shop shows a guest the profile: %s", text)
	}
}
