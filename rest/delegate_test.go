package rest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/medusa"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/payment/paymenttest"
	"github.com/storegraph/storegraph/model"
)

// A fakeMedusa is a Medusa on the shop's database that has providers which the shop has not: pp_far_far, the carrier far_far, the tax service
// tp_far_far and the log-in far. It can be made to fail in each way in which a Medusa fails.
type fakeMedusa struct {
	t       *testing.T
	far     *paymenttest.Provider
	store   http.Handler // a shop that has pp_far_far
	run     func(sql string, args ...any)
	entered chan string // the paths of requests that hang

	patient, hurried http.Handler // shops that wait for it long, and hardly

	mu    sync.Mutex
	mode  string // "", fail, hang, die, lost or refuse
	price int    // that the carrier calculates
	rate  int    // that the tax service finds
	asked []string
}

// fails makes the Medusa fail in each way in turn, and calls test with the shop that asks it.
func (m *fakeMedusa) fails(s *shopper, test func(mode string)) {
	for _, mode := range []string{"fail", "hang", "die"} {
		m.set(mode)
		if mode == "hang" {
			s.h = m.hurried
		}
		test(mode)
		s.h = m.patient
	}
	m.set("")
}

// set makes the Medusa work, or fail, in a way.
func (m *fakeMedusa) set(mode string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mode = mode
}

func (m *fakeMedusa) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // all of it, so that the server notices when the client goes
	m.mu.Lock()
	mode := m.mode
	m.asked = append(m.asked, r.URL.Path)
	m.mu.Unlock()
	switch mode {
	case "fail":
		http.Error(w, `{"code":"unknown_error","type":"unknown_error","message":"An unknown error occurred."}`, http.StatusInternalServerError)
	case "hang":
		select {
		case m.entered <- r.URL.Path:
		default:
		}
		<-r.Context().Done()
	case "die":
		panic(http.ErrAbortHandler)
	case "refuse":
		http.Error(w, `{"type":"invalid_data","message":"The provider says no"}`, http.StatusBadRequest)
	case "lost":
		m.answer(httptest.NewRecorder(), r, body)
		panic(http.ErrAbortHandler)
	default:
		m.answer(w, r, body)
	}
}

func (m *fakeMedusa) answer(w http.ResponseWriter, r *http.Request, body []byte) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	cart := parts[min(2, len(parts)-1)]
	m.mu.Lock()
	price, rate := m.price, m.rate
	m.mu.Unlock()
	switch last := parts[len(parts)-1]; {
	case r.Method == http.MethodGet && parts[1] == "payment-methods" && r.Header.Get("Authorization") != "":
		if last == "no-route" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, `{"payment_methods":[{"id":"card of %s","data":{"last4":"4242"}}]}`, last)
	case last == "payment-sessions" || last == "complete" || last == "returns":
		r.Body = io.NopCloser(bytes.NewReader(body))
		m.store.ServeHTTP(w, r)
	case last == "calculate":
		fmt.Fprintf(w, `{"shipping_option":{"calculated_price":{"calculated_amount":%d,"is_calculated_price_tax_inclusive":false}}}`, price)
	case last == "shipping-methods":
		m.run(`UPDATE cart_shipping_method SET deleted_at = now() WHERE cart_id = $1`, cart)
		m.run(`INSERT INTO cart_shipping_method (id, cart_id, name, amount, raw_amount, shipping_option_id, data)
VALUES ('casm_' || md5(random()::text), $1, 'so_test_far', $2::int, jsonb_build_object('value', $2::int::text, 'precision', 20), 'so_test_far', '{}')`, cart, price)
		fmt.Fprint(w, `{}`)
	case parts[0] == "auth":
		r.URL.Path, r.Body = strings.Replace(r.URL.Path, "/far", "/emailpass", 1), io.NopCloser(bytes.NewReader(body))
		m.store.ServeHTTP(w, r)
	default: // what it finds anew of a cart
		m.run(`UPDATE cart_shipping_method SET amount = $2::int, raw_amount = jsonb_build_object('value', $2::int::text, 'precision', 20)
WHERE cart_id = $1 AND shipping_option_id = 'so_test_far' AND deleted_at IS NULL`, cart, price)
		if rate > 0 {
			m.run(`DELETE FROM cart_line_item_tax_line WHERE item_id IN (SELECT id FROM cart_line_item WHERE cart_id = $1)`, cart)
			m.run(`INSERT INTO cart_line_item_tax_line (id, code, rate, provider_id, item_id)
SELECT 'calitxl_' || md5(random()::text), 'far', $2::int, 'tp_far_far', id FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL`, cart, rate)
		}
		fmt.Fprint(w, `{}`)
	}
}

// newDelegating returns a shopper in a shop beside such a Medusa.
func newDelegating(t *testing.T) (*shopper, *fakeMedusa, string) {
	t.Helper()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	s := &shopper{t: t, handles: dbtest.Handles(t)}
	m := &fakeMedusa{t: t, far: &paymenttest.Provider{}, price: 7, entered: make(chan string, 1)}
	var one sync.Mutex
	conn := connectTo(t, url)
	m.run = func(sql string, args ...any) {
		one.Lock()
		defer one.Unlock()
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{
		`INSERT INTO payment_provider (id) VALUES ('pp_far_far')`,
		`INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES ('{reg_us}', 'pp_far_far', 'regpp_test')`,
		`INSERT INTO fulfillment_provider (id) VALUES ('far_far')`,
		strings.ReplaceAll(likeGround, "$values", `('so_test_far', 'calculated', NULL, 'far_far', '{}')`),
	} {
		for name, v := range s.handles {
			sql = strings.ReplaceAll(sql, "{"+name+"}", v)
		}
		m.run(sql)
	}
	m.store = newHandler(t, d, func(c *graph.Config) { c.Payers = map[string]payment.Provider{"pp_far_far": m.far} })
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	waits := func(timeout time.Duration) http.Handler {
		return newHandler(t, d, func(c *graph.Config) { c.Medusa = medusa.New(medusa.Options{URL: server.URL, Timeout: timeout}) })
	}
	m.patient, m.hurried = waits(time.Minute), waits(100*time.Millisecond)
	s.h = m.patient
	return s, m, url
}

// begin returns a cart that lacks only the payment.
func (s *shopper) begin() (cart, collection string) {
	s.t.Helper()
	cart = s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","items":[{"variant_id":"{var_mug_moss}","quantity":2}]}`).ID
	s.cart("POST", "/store/carts/"+cart+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	return cart, s.collection("/store/payment-collections", `{"cart_id":"`+cart+`"}`).ID
}

// A payment provider that only the Medusa has is begun and completed there, once, whatever becomes of its answers; until then the cart and
// its payment can be used.
// It holds D107 of DEVIATIONS.md.
func TestDelegatedPayment(t *testing.T) {
	t.Parallel()
	s, m, url := newDelegating(t)
	cart, collection := s.begin()
	sessions := "/store/payment-collections/" + collection + "/payment-sessions"
	far := `{"provider_id":"pp_far_far","data":{"a":1}}`
	m.fails(s, func(mode string) {
		s.refused("POST", sessions, far, http.StatusServiceUnavailable, "The provider does not answer at the moment")
		s.refused("POST", "/graphql", `{"query":"mutation { createPaymentSession(input: {paymentCollectionId: \"`+collection+`\", providerId: \"pp_far_far\"}) { paymentCollection { id } userErrors { code } } }"}`, http.StatusOK, "does not answer")
		if got := s.collection(sessions, `{"provider_id":"pp_system_default"}`); len(got.PaymentSessions) != 1 {
			t.Errorf("%s: %d sessions with another provider, want 1", mode, len(got.PaymentSessions))
		}
	})
	m.set("refuse")
	s.refused("POST", sessions, far, http.StatusBadRequest, "The provider says no")
	m.set("")
	got := s.collection(sessions, far)
	if len(got.PaymentSessions) != 1 || len(m.far.Sessions()) == 0 {
		t.Fatalf("the sessions are %+v, want one with pp_far_far", got.PaymentSessions)
	}
	session := got.PaymentSessions[0].ID
	if status, _, text := s.complete(cart); status != http.StatusBadRequest || !strings.Contains(text, "was not authorized with the provider") {
		t.Errorf("complete before it is authorised = %d %s, want 400", status, text)
	}
	m.far.Set(session, model.PaymentStatusAuthorized)
	m.fails(s, func(string) {
		s.refused("POST", "/store/carts/"+cart+"/complete", "", http.StatusServiceUnavailable, "The provider does not answer at the moment")
	})
	m.set("lost") // the order is made, but the answer never comes
	status, order, text := s.complete(cart)
	if status != http.StatusOK || order == "" {
		t.Fatalf("complete = %d %s, want the order", status, text)
	}
	m.set("die") // the Medusa is asked no more
	if _, again, text := s.complete(cart); again != order {
		t.Errorf("again = %s %s, want %s", again, text, order)
	}
	placedOnce(t, url, cart, 2, 0)
}

// While the Medusa takes a step nothing of the cart is locked.
func TestDelegatedHoldsNothing(t *testing.T) {
	t.Parallel()
	s, m, url := newDelegating(t)
	cart, collection := s.begin()
	m.set("hang")
	done := make(chan int)
	go func() {
		status, _ := s.ask("POST", "/store/payment-collections/"+collection+"/payment-sessions", `{"provider_id":"pp_far_far"}`)
		done <- status
	}()
	<-m.entered
	if _, err := connectTo(t, url).Exec(t.Context(), `SELECT FROM cart WHERE id = $1 FOR UPDATE NOWAIT`, cart); err != nil {
		t.Errorf("the cart is locked: %v", err)
	}
	s.cart("POST", "/store/carts/"+cart+"/line-items", `{"variant_id":"{var_lamp}","quantity":1}`)
	s.collection("/store/payment-collections/"+collection+"/payment-sessions", `{"provider_id":"pp_system_default"}`)
	select {
	case status := <-done:
		t.Errorf("the request that hangs was answered with %d", status)
	default:
	}
}

// A carrier that only the Medusa has calculates there: when a price is asked for, when it is chosen, and after each change of the cart. Without
// an answer a change stays, with a warning, and the cart is not ordered at an old price.
// It holds D108 of DEVIATIONS.md.
func TestDelegatedCarrier(t *testing.T) {
	t.Parallel()
	s, m, _ := newDelegating(t)
	cart := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","items":[{"variant_id":"{var_mug_moss}","quantity":2}]}`).ID
	calculate := func() (int, string) {
		return s.ask("POST", "/store/shipping-options/so_test_far/calculate", `{"cart_id":"`+cart+`","data":{}}`)
	}
	if status, text := calculate(); status != http.StatusOK || !strings.Contains(text, `"amount":7`) {
		t.Errorf("calculate = %d %s, want 7", status, text)
	}
	choose := `{"option_id":"so_test_far"}`
	m.fails(s, func(mode string) {
		if status, text := calculate(); status != http.StatusServiceUnavailable {
			t.Errorf("%s: calculate = %d %s, want 503", mode, status, text)
		}
		s.refused("POST", "/store/carts/"+cart+"/shipping-methods", choose, http.StatusServiceUnavailable, "does not answer")
	})
	shipping := func(text string) string { return between(text, `"shipping_total":`, ",") }
	if _, text := s.ask("POST", "/store/carts/"+cart+"/shipping-methods", choose); shipping(text) != "7" {
		t.Errorf("shipping costs %s, want 7: %s", shipping(text), text)
	}
	m.price = 9
	if _, text := s.ask("POST", "/store/carts/"+cart+"/line-items", `{"variant_id":"{var_lamp}","quantity":1}`); shipping(text) != "9" {
		t.Errorf("after a change shipping costs %s, want 9: %s", shipping(text), text)
	}
	m.price = 11
	m.set("die")
	_, text := s.ask("POST", "/graphql", `{"query":"mutation { addLineItems(input: {cartId: \"`+cart+`\", items: [{variantId: \"{var_lamp}\", quantity: 1}]}) { cart { id } userErrors { code } warnings { code } } }"}`)
	if !strings.Contains(text, `"userErrors":[]`) || !strings.Contains(text, "NOT_CALCULATED") {
		t.Errorf("a change without an answer = %s, want the change and a warning", text)
	}
	s.pay(cart)
	s.refused("POST", "/store/carts/"+cart+"/complete", "", http.StatusServiceUnavailable, "does not answer")
	m.set("")
	s.refused("POST", "/store/carts/"+cart+"/complete", "", http.StatusConflict, "The cart has changed while it was being completed")
	s.collection("/store/payment-collections/"+s.collectionOf(cart)+"/payment-sessions", `{"provider_id":"pp_system_default"}`)
	if status, text := s.ask("GET", "/store/carts/"+cart, ""); status != http.StatusOK || shipping(text) != "11" {
		t.Errorf("in the end shipping costs %s, want 11", shipping(text))
	}
}

// Taxes of a service that only the Medusa has are found there after each change.
func TestDelegatedTaxes(t *testing.T) {
	t.Parallel()
	s, m, _ := newDelegating(t)
	m.rate = 13
	m.run(`INSERT INTO tax_provider (id) VALUES ('tp_far_far')`)
	m.run(`UPDATE tax_region SET provider_id = 'tp_far_far' WHERE country_code = 'us' AND parent_id IS NULL`)
	at := `"shipping_address":{"country_code":"us","province":"us-ca"}`
	created := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}",`+at+`,"items":[{"variant_id":"{var_mug_moss}","quantity":2}]}`)
	changed := s.cart("POST", "/store/carts/"+created.ID+"/line-items", `{"variant_id":"{var_lamp}","quantity":1}`)
	for name, c := range map[string]*basket{"created": created, "changed": changed} {
		for _, i := range c.Items {
			if len(i.TaxLines) != 1 || i.TaxLines[0].Rate != "13" {
				t.Errorf("%s: a line has the taxes %v, want 13 %%", name, i.TaxLines)
			}
		}
	}
	if n := len(changed.Items); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
}

// A provider of log-ins that only the Medusa has logs in there, and its token is good here. It holds D107 of DEVIATIONS.md.
func TestDelegatedLogIn(t *testing.T) {
	t.Parallel()
	s, m, _ := newDelegating(t)
	credentials := `{"email":"anna@shop.test","password":"anna-pass-1"}`
	m.fails(s, func(string) {
		s.refused("POST", "/auth/customer/far", credentials, http.StatusServiceUnavailable, "does not answer")
	})
	register := `{"email":"far@scenarios.example","password":"Sup3r-secret"}`
	for _, path := range []string{"/auth/customer/far/register", "/auth/customer/far"} {
		if status, text := s.ask("POST", path, register); status != http.StatusOK || !strings.Contains(text, `"token":"ey`) {
			t.Errorf("POST %s = %d %s, want a token", path, status, text)
		}
	}
	m.set("refuse")
	s.refused("POST", "/auth/customer/far", register, http.StatusBadRequest, "The provider says no")
}

// A return whose carrier only the Medusa has is made there, once, and nothing is kept of one that it does not make. What is refused here it
// is not asked for. It holds D107 of DEVIATIONS.md.
func TestDelegatedReturn(t *testing.T) {
	t.Parallel()
	s, m, url := newDelegating(t)
	d := dbtest.Open(t, url, db.Options{})
	m.run(`UPDATE shipping_option SET provider_id = 'far_far' WHERE id = $1`, s.handles["so_us_return"])
	body := func(quantity int) string {
		return fmt.Sprintf(`{"order_id":"{order_ret1}","items":[{"id":"{order_ret1_item1}","quantity":%d,"note":"too blue"}],"return_shipping":{"option_id":"{so_us_return}","price":1.5},"note":"sorry"}`, quantity)
	}
	before := rows(t, d)
	m.set("die")
	s.refused("POST", "/store/returns", body(30), http.StatusBadRequest, "more items than what was fulfilled")
	m.fails(s, func(mode string) {
		s.refused("POST", "/store/returns", body(1), http.StatusServiceUnavailable, "The provider does not answer at the moment")
		s.refused("POST", "/graphql", `{"query":"mutation { requestReturn(input: {orderId: \"{order_ret1}\", items: [{id: \"{order_ret1_item1}\", quantity: \"1\"}], returnShipping: {optionId: \"{so_us_return}\"}}) { return { id } userErrors { code } } }"}`, http.StatusOK, "does not answer")
		if after := rows(t, d); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: %v, want %v", mode, after, before)
		}
	})
	m.set("refuse")
	s.refused("POST", "/store/returns", body(1), http.StatusBadRequest, "The provider says no")
	m.set("")
	version := s.order("{order_ret1}").Version
	for n, mode := range []string{"", "lost"} { // its answer is lost: the return is made
		m.set(mode)
		status, text := s.ask("POST", "/store/returns", body(1))
		if status != http.StatusOK || !strings.Contains(text, `"id":"return_`) || !strings.Contains(text, `"note":"too blue"`) {
			t.Fatalf("%q: POST /store/returns = %d %s, want the return", mode, status, text)
		}
		if got := s.order("{order_ret1}"); got.Version != version+n+1 || got.Items[0].Detail.Requested.String() != fmt.Sprint(n+1) {
			t.Errorf("%q: the order is %+v, want one return more", mode, got)
		}
	}
	m.set("")
	var got struct {
		RequestReturn struct{ Return *struct{ ID string } }
	}
	if codes := s.graphQL(`mutation { requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_ret1_item1}", quantity: "1"}], returnShipping: {optionId: "{so_us_return}"}}) { return { id } userErrors { code } } }`, &got); codes != "" || got.RequestReturn.Return == nil {
		t.Errorf("in GraphQL: %s %+v, want a return", codes, got)
	}
}

// What a customer has saved at a payment provider that only the Medusa has is listed there, if its project has the route.
// It holds D107 of DEVIATIONS.md.
func TestDelegatedPaymentMethods(t *testing.T) {
	t.Parallel()
	s, m, _ := newDelegating(t)
	const query = `{ paymentMethods(providerId: "pp_far_far") { id data } }`
	methods := func(want string) {
		t.Helper()
		var got struct{ PaymentMethods []struct{ ID string } }
		codes := s.graphQL(query, &got)
		if codes == "" {
			codes = fmt.Sprint(got.PaymentMethods)
		}
		if codes != want {
			t.Errorf("payment methods = %s, want %s", codes, want)
		}
	}
	methods("UNAUTHENTICATED")
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	methods("[]")
	m.run(`INSERT INTO account_holder (id, provider_id, external_id, data) VALUES ('acchld_test', 'pp_far_far', 'far_anna', '{}')`)
	m.run(`INSERT INTO customer_account_holder (customer_id, account_holder_id, id) VALUES ($1, 'acchld_test', 'cusacc_test')`, s.handles["cus_anna"])
	methods("[{card of acchld_test}]")
	m.fails(s, func(string) {
		s.refused("POST", "/graphql", `{"query":"{ paymentMethods(providerId: \"pp_far_far\") { id } }"}`, http.StatusOK, "does not answer")
	})
	m.run(`UPDATE account_holder SET id = 'no-route' WHERE id = 'acchld_test'`)
	m.run(`UPDATE customer_account_holder SET account_holder_id = 'no-route' WHERE account_holder_id = 'acchld_test'`)
	methods("BAD_USER_INPUT")
}

// between returns what a text has after one text and before the next other.
func between(text, after, before string) string {
	_, rest, _ := strings.Cut(text, after)
	out, _, _ := strings.Cut(rest, before)
	return strings.TrimRight(out, "}")
}
