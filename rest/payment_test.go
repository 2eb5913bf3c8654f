package rest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/payment/paymenttest"
)

const (
	stripeID     = "pp_stripe_stripe"
	stripeSecret = "whsec_of_the_test"
)

// A stripeAPI is the part of Stripe's API that a checkout uses. Intents keep their status until the test changes it.
type stripeAPI struct {
	*httptest.Server
	mu      sync.Mutex
	intents map[string]map[string]any
	down    bool
}

func newStripeAPI(t *testing.T) *stripeAPI {
	t.Helper()
	a := &stripeAPI{intents: map[string]map[string]any{}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, id string, change func(i map[string]any)) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.down {
			w.Header().Set("Stripe-Should-Retry", "false")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error":{"type":"api_error"}}`)
			return
		}
		if a.intents[id] == nil {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`)
			return
		}
		change(a.intents[id])
		_ = json.NewEncoder(w).Encode(a.intents[id])
	}
	mux.HandleFunc("POST /v1/payment_intents", func(w http.ResponseWriter, r *http.Request) {
		id := "pi_" + r.Header.Get("Idempotency-Key")
		amount := json.Number(r.FormValue("amount"))
		a.mu.Lock()
		if a.intents[id] == nil && !a.down {
			a.intents[id] = map[string]any{
				"id": id, "object": "payment_intent", "status": "requires_payment_method", "amount": amount, "currency": r.FormValue("currency"),
				"client_secret": id + "_secret", "metadata": map[string]string{"session_id": r.FormValue("metadata[session_id]")},
			}
		}
		a.mu.Unlock()
		answer(w, id, func(map[string]any) {})
	})
	mux.HandleFunc("GET /v1/payment_intents/{id}", func(w http.ResponseWriter, r *http.Request) { answer(w, r.PathValue("id"), func(map[string]any) {}) })
	mux.HandleFunc("POST /v1/payment_intents/{id}/cancel", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r.PathValue("id"), func(i map[string]any) { i["status"], i["amount_capturable"] = "canceled", 0 })
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

// move sets the status of an intent, as the shopper or the merchant does.
func (a *stripeAPI) move(id, status string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.intents[id]
	i["status"] = status
	switch status {
	case "requires_capture":
		i["amount_capturable"] = i["amount"]
	case "succeeded":
		i["amount_received"], i["amount_capturable"] = i["amount"], 0
	}
}

func (a *stripeAPI) status(id string) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.intents[id]["status"]
}

// event is what Stripe tells of an intent, and its signature.
func (a *stripeAPI) event(t *testing.T, id, typ, intent string) (body, signature string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	text, err := json.Marshal(map[string]any{"id": id, "object": "event", "type": typ, "data": map[string]any{"object": a.intents[intent]}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Unix()
	mac := hmac.New(sha256.New, []byte(stripeSecret))
	fmt.Fprintf(mac, "%d.%s", at, text)
	return string(text), fmt.Sprintf("t=%d,v1=%s", at, hex.EncodeToString(mac.Sum(nil)))
}

func newStripeShopper(t *testing.T) (*shopper, *stripeAPI, db.DB) {
	t.Helper()
	api := newStripeAPI(t)
	d := dbtest.Shop(t)
	handles := dbtest.Handles(t)
	if err := d.EnlistPaymentProviders(t.Context(), []string{stripeID}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(t.Context(), `INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES (?, ?, 'regpp_test')`, handles["reg_us"], stripeID); err != nil {
		t.Fatal(err)
	}
	s := &shopper{t: t, handles: handles}
	s.h = newHandler(t, d, func(c *graph.Config) {
		c.Payers = map[string]payment.Provider{stripeID: payment.NewStripe(payment.StripeOptions{
			APIKey: "sk_test_1", WebhookSecret: stripeSecret, URL: api.URL, Now: time.Now,
		})}
	})
	return s, api, d
}

// payment begins to pay for a new cart by Stripe and returns its id, its collection's and the intent's.
func (s *shopper) payment(total string) (cart, collection, intent string) {
	s.t.Helper()
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","shipping_address":{"country_code":"us"},"items":[{"variant_id":"{var_mug_moss}","quantity":`+total+`}]}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	collection = s.collection("/store/payment-collections", `{"cart_id":"`+c.ID+`"}`).ID
	got := s.collection("/store/payment-collections/"+collection+"/payment-sessions", `{"provider_id":"`+stripeID+`"}`)
	if len(got.PaymentSessions) != 1 || got.PaymentSessions[0].Data["client_secret"] == nil {
		s.t.Fatalf("payment session %+v, want one with its secret", got)
	}
	return c.ID, collection, got.PaymentSessions[0].Data["id"].(string)
}

type collection struct {
	ID, Status      string
	Amount          json.Number
	PaymentSessions []struct {
		ID, Status string
		Data       map[string]any
	} `json:"payment_sessions"`
}

func (s *shopper) collection(path, body string) collection {
	s.t.Helper()
	status, text := s.ask("POST", path+"?fields=%2Bstatus", body)
	var got struct {
		PaymentCollection collection `json:"payment_collection"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		s.t.Fatalf("POST %s %s = %d %s", path, body, status, text)
	}
	return got.PaymentCollection
}

// TestStripeCheckout pays by Stripe in all ways in which the shopper and Stripe can come first.
// It holds D51 of DEVIATIONS.md.
func TestStripeCheckout(t *testing.T) {
	t.Parallel()
	s, api, d := newStripeShopper(t)
	ctx, cancel := context.WithCancel(t.Context())
	g, err := graph.New(graph.Config{DB: d, Payers: map[string]payment.Provider{stripeID: payment.NewStripe(payment.StripeOptions{
		APIKey: "sk_test_1", WebhookSecret: stripeSecret, URL: api.URL, Now: time.Now,
	})}})
	if err != nil {
		t.Fatal(err)
	}
	var working sync.WaitGroup
	working.Go(func() { g.Work(ctx) })
	defer working.Wait()
	defer cancel()
	tell := func(id, typ, intent string, want int) {
		t.Helper()
		body, signature := api.event(t, id, typ, intent)
		res, text := send(t, s.h, "POST", "/hooks/payment/stripe_stripe", body, "Stripe-Signature", signature)
		if res.StatusCode != want {
			t.Errorf("%s = %d %s, want %d", typ, res.StatusCode, text, want)
		}
	}
	ordered := func(cart string) bool {
		order, err := d.OrderOfCart(t.Context(), cart)
		if err != nil {
			t.Fatal(err)
		}
		return order != ""
	}

	// Not paid yet: nothing happens, and the shopper is told what to do.
	cart, _, intent := s.payment("1")
	api.move(intent, "requires_action")
	if status, order, text := s.complete(cart); order != "" || status != http.StatusOK && status != http.StatusBadRequest || !strings.Contains(text, "More information is required") {
		t.Errorf("complete what needs 3-D Secure = %d %s", status, text)
	}
	// Then the shopper completes.
	api.move(intent, "requires_capture")
	status, order, text := s.complete(cart)
	if status != http.StatusOK || order == "" {
		t.Fatalf("complete = %d %s, want an order", status, text)
	}
	tell("evt_1", "payment_intent.amount_capturable_updated", intent, http.StatusOK)
	// The merchant captures at Stripe.
	api.move(intent, "succeeded")
	tell("evt_2", "payment_intent.succeeded", intent, http.StatusOK)
	tell("evt_2", "payment_intent.succeeded", intent, http.StatusOK)
	// Here Stripe comes first, and the shopper never comes back.
	second, _, paid := s.payment("2")
	api.move(paid, "requires_capture")
	tell("evt_3", "payment_intent.amount_capturable_updated", paid, http.StatusOK)
	// The cart of this one changes after it was paid: the money is let go.
	third, _, gone := s.payment("3")
	api.move(gone, "requires_capture")
	s.cart("POST", "/store/carts/"+third+"/line-items", `{"variant_id":"{var_note_a6}","quantity":1}`)
	if err := eventually(t, func() bool { return ordered(second) && api.status(gone) == "canceled" && captured(t, d, order) }); err != nil {
		t.Errorf("ordered by the event: %v, let go: %v, captured: %v", ordered(second), api.status(gone), captured(t, d, order))
	}
	tell("evt_4", "payment_intent.amount_capturable_updated", gone, http.StatusOK)
	if ordered(third) {
		t.Error("a cart that was paid too little is an order")
	}
	body, _ := api.event(t, "evt_5", "payment_intent.succeeded", intent)
	if res, _ := send(t, s.h, "POST", "/hooks/payment/stripe_stripe", body, "Stripe-Signature", "t=1,v1=00"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a forged event = %d, want 401", res.StatusCode)
	}
	if res, _ := send(t, s.h, "POST", "/hooks/payment/nobody", body); res.StatusCode != http.StatusNotFound {
		t.Errorf("an event of nobody = %d, want 404", res.StatusCode)
	}
}

// captured reports whether an order's money was taken, once.
func captured(t *testing.T, d db.DB, order string) bool {
	t.Helper()
	n, err := d.Texts(t.Context(), `SELECT reference FROM order_transaction WHERE order_id = $1`, order)
	if err != nil {
		t.Fatal(err)
	}
	return len(n) == 1 && n[0] == "capture"
}

// eventually asks until something is so: what a worker does, nobody is told of.
func eventually(t *testing.T, so func() bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if so() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// TestStripeIsDown holds D48 of DEVIATIONS.md.
func TestStripeIsDown(t *testing.T) {
	t.Parallel()
	s, api, _ := newStripeShopper(t)
	cart, collection, intent := s.payment("1")
	api.mu.Lock()
	api.down = true
	api.mu.Unlock()
	s.refused("POST", "/store/payment-collections/"+collection+"/payment-sessions", `{"provider_id":"`+stripeID+`"}`, 422, "not available at the moment")
	if status, order, text := s.complete(cart); order != "" || status >= 500 {
		t.Errorf("complete while Stripe is down = %d %s", status, text)
	}
	api.mu.Lock()
	api.down = false
	api.mu.Unlock()
	api.move(intent, "requires_capture")
	if status, order, text := s.complete(cart); status != http.StatusOK || order == "" {
		t.Errorf("complete after Stripe is up again = %d %s, want an order by the same session", status, text)
	}
}

func TestPaymentMethods(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	s := &shopper{t: t, handles: dbtest.Handles(t)}
	s.h = newHandler(t, d, func(c *graph.Config) { c.Payers = map[string]payment.Provider{"pp_test_test": &paymenttest.Provider{}} })
	const query = `{ paymentMethods(providerId: "pp_test_test") { id data } }`
	if codes := s.graphQL(query, nil); codes != "UNAUTHENTICATED" {
		t.Errorf("a guest's payment methods: %q, want UNAUTHENTICATED", codes)
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	var got struct {
		PaymentMethods []struct {
			ID   string
			Data map[string]string
		}
	}
	if codes := s.graphQL(query, &got); codes != "" || len(got.PaymentMethods) != 0 {
		t.Errorf("the payment methods of who is not known to the provider: %q %v, want none", codes, got)
	}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	for _, sql := range []string{
		`INSERT INTO payment_provider (id) VALUES ('pp_test_test')`,
		`INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES ('` + s.handles["reg_us"] + `', 'pp_test_test', 'regpp_test')`,
	} {
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	id := s.collection("/store/payment-collections", `{"cart_id":"`+c.ID+`"}`).ID
	s.collection("/store/payment-collections/"+id+"/payment-sessions", `{"provider_id":"pp_test_test"}`)
	if codes := s.graphQL(query, &got); codes != "" || len(got.PaymentMethods) != 1 || got.PaymentMethods[0].ID != "card of holder_"+s.handles["cus_anna"] ||
		got.PaymentMethods[0].Data["last4"] != "4242" {
		t.Errorf("payment methods: %q %v, want the customer's", codes, got)
	}
	if codes := s.graphQL(`{ paymentMethods(providerId: "pp_none") { id } }`, nil); codes != "BAD_USER_INPUT" {
		t.Errorf("payment methods at nobody: %q, want BAD_USER_INPUT", codes)
	}
}

// TestPaymentRefusals holds D45, D46 of DEVIATIONS.md.
func TestPaymentRefusals(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, "")
	id := s.collection("/store/payment-collections", `{"cart_id":"`+cart+`"}`).ID
	sessions := "/store/payment-collections/" + id + "/payment-sessions"
	s.refused("POST", "/store/payment-collections/pay_col_none/payment-sessions", `{"provider_id":"pp_system_default"}`, 404, "Payment collection with id: pay_col_none was not found")
	s.refused("POST", sessions, `{"provider_id":"pp_none"}`, 400, "Payment provider pp_none is not enabled in the cart's region")
	s.refused("POST", sessions, `{"provider_id":"pp_system_default","data":[]}`, 400, "Expected type: 'record' for field 'data'")
	if status, order, text := s.complete(cart); status != http.StatusOK || order == "" {
		t.Fatalf("complete = %d %s", status, text)
	}
	s.refused("POST", sessions, `{"provider_id":"pp_system_default"}`, 400, "It has been paid already")
	if got := s.collection("/store/payment-collections", `{"cart_id":"`+cart+`"}`); got.ID != id || got.Status != "authorized" || len(got.PaymentSessions) != 1 {
		t.Errorf("the collection of a completed cart = %+v, want it as it is", got)
	}
	fresh := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	if codes := s.graphQL(`mutation { createPaymentSession(input: {paymentCollectionId: "pay_col_none", providerId: "pp_system_default"}) { userErrors { code } } }`, nil); codes != "NOT_FOUND" {
		t.Errorf("GraphQL: %q, want NOT_FOUND", codes)
	}
	var got struct {
		CreatePaymentCollection struct {
			PaymentCollection struct {
				Amount struct{ Amount string }
				Status string
			}
		}
	}
	if codes := s.graphQL(`mutation { createPaymentCollection(input: {cartId: "`+fresh.ID+`"}) { paymentCollection { amount { amount } status paymentSessions { id } } } }`, &got); codes != "" ||
		got.CreatePaymentCollection.PaymentCollection.Amount.Amount != "0" || got.CreatePaymentCollection.PaymentCollection.Status != "NOT_PAID" {
		t.Errorf("GraphQL: %q %+v, want a collection of nothing", codes, got)
	}
}
