package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"storegraph/db"
	"storegraph/db/dbtest"
	"storegraph/graph"
	"storegraph/rest"
)

// A parcel is what these tests look at in an order.
type parcel struct {
	ID            string
	Version       int
	Total         json.Number
	Email         string
	CustomerID    string `json:"customer_id"`
	PaymentStatus string `json:"payment_status"`
	Summary       struct {
		Pending json.Number `json:"pending_difference"`
	}
	Items []struct {
		ID       string
		Quantity json.Number
		Detail   struct {
			Version   int
			Fulfilled json.Number `json:"fulfilled_quantity"`
			Requested json.Number `json:"return_requested_quantity"`
			Received  json.Number `json:"return_received_quantity"`
		}
	}
	ShippingMethods    []struct{ Name string } `json:"shipping_methods"`
	PaymentCollections []struct {
		PaymentSessions []struct{ Context, Data json.RawMessage } `json:"payment_sessions"`
		Payments        []struct{ Data json.RawMessage }
	} `json:"payment_collections"`
}

// order asks for an order, whose name among the handles is in braces.
func (s *shopper) order(path string) *parcel {
	s.t.Helper()
	status, text := s.ask("GET", "/store/orders/"+path, "")
	var got struct{ Order *parcel }
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		s.t.Fatalf("GET %s = %d %s", path, status, text)
	}
	return got.Order
}

// TestOrderRoutes expands every relation of an order: none fails unless the reference refuses it too, and compiled plans
// write all responses.
func TestOrderRoutes(t *testing.T) {
	t.Parallel()
	var fell atomic.Int32
	s := newShopper(t, func(c *graph.Config) { c.OnFallback = func(string) { fell.Add(1) } })
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	fell.Store(0)
	for _, r := range rest.OrderRoutes() {
		for _, f := range append(r.Allowed, "id,total,*"+r.Allowed[0]) {
			path := strings.Replace(r.Path, "{id}", "{order_anna2}", 1) + "?fields=*" + f
			status, text := s.ask("GET", path, "")
			if deep := strings.Count(f, ".") >= r.Relations; deep != (status == http.StatusBadRequest) || !deep && status != http.StatusOK {
				t.Errorf("GET %s = %d %s", path, status, text)
			}
		}
	}
	if n := fell.Load(); n > 0 {
		t.Errorf("the executor wrote %d answers, want every one written by a plan", n)
	}
}

// TestOrderSurfaces reads orders in GraphQL and over REST.
func TestOrderSurfaces(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for _, name := range []string{"order_anna2", "order_bob1", "order_anna3", "order_grace1", "order_ret1", "order_guest2", "order_jp1"} {
		const fields = `{ id status version total subtotal tax_total: taxTotal discount_total: discountTotal shipping_total: shippingTotal
original_total: originalTotal payment_status: paymentStatus fulfillment_status: fulfillmentStatus email
items { id title total refundable_total: refundableTotal detail { id quantity shipped_quantity: shippedQuantity } tax_lines: taxLines { code total }
 adjustments { code amount total } variant { sku product { title } } }
shipping_methods: shippingMethods { name total detail { version } } payment_collections: paymentCollections { amount status }
summary { pending_difference: pendingDifference transaction_total: transactionTotal } credit_lines: creditLines { amount total } }`
		var got struct{ Order map[string]any }
		if codes := s.graphQL(`{ order(id: "{`+name+`}") `+fields+` }`, &got); codes != "" || got.Order == nil {
			t.Fatalf("order %s: %s", name, codes)
		}
		_, text := s.ask("GET", "/store/orders/{"+name+"}", "")
		var want struct{ Order map[string]any }
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		agree(t, got.Order, want.Order, name)
	}
	var got struct {
		Order *struct {
			Version int
			Items   []struct{ Detail struct{ Version int } }
		}
		Node *struct{ ID string }
		None *struct{ ID string }
	}
	s.graphQL(`{ order(id: "{order_ret1}", version: 2) { version items { detail { version } } } node(id: "{order_ret1}") { id }
none: order(id: "{order_ret1}", version: 99) { id } }`, &got)
	if got.Order.Version != 4 || len(got.Order.Items) != 2 || got.Order.Items[0].Detail.Version != 2 || got.Node.ID != s.handles["order_ret1"] || got.None != nil {
		t.Errorf("version 2 of order_ret1: %+v", got)
	}
}

// TestOrdersOfCustomer tests that customers list only their own orders, whatever the filter.
func TestOrdersOfCustomer(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	var got struct {
		Orders struct {
			Nodes      []struct{ CustomerID string }
			TotalCount int
		}
		Customer struct {
			Orders struct {
				Nodes    []struct{ DisplayID int }
				PageInfo struct{ HasNextPage bool }
			}
		}
	}
	codes := s.graphQL(`{ orders(filter: {or: [{id: {eq: "{order_bob1}"}}, {not: {id: {eq: "x"}}}]}) { nodes { customerId } totalCount }
customer { orders(first: 2, order: {field: DISPLAY_ID, direction: DESC}) { nodes { displayId } pageInfo { hasNextPage } } } }`, &got)
	if codes != "" || got.Orders.TotalCount != 3 || len(got.Customer.Orders.Nodes) != 2 || !got.Customer.Orders.PageInfo.HasNextPage ||
		got.Customer.Orders.Nodes[0].DisplayID != 3 {
		t.Errorf("anna's orders: %s %+v, want her 3, the latest first", codes, got)
	}
	for _, o := range got.Orders.Nodes {
		if o.CustomerID != s.handles["cus_anna"] {
			t.Errorf("anna lists an order of %s", o.CustomerID)
		}
	}
	s.auth = ""
	if codes := s.graphQL(`{ orders { totalCount } }`, nil); codes != "UNAUTHORIZED" {
		t.Errorf("orders of nobody: %s, want UNAUTHORIZED", codes)
	}
}

// TestPaymentsOfOrder tests that the id of an order does not reveal the customer's data in its payments.
// It holds D30 of DEVIATIONS.md.
func TestPaymentsOfOrder(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	const path = "{order_anna1}?fields=*payment_collections.payment_sessions,*payment_collections.payments"
	for _, who := range []string{"", "bob"} {
		if s.auth = ""; who != "" {
			s.auth = "Bearer " + logIn(t, s.h, who)
		}
		c := s.order(path).PaymentCollections[0]
		if got := string(c.PaymentSessions[0].Context) + string(c.PaymentSessions[0].Data) + string(c.Payments[0].Data); got != "{}{}{}" {
			t.Errorf("%q sees %s of the payment, want nothing", who, got)
		}
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	if got := string(s.order(path).PaymentCollections[0].PaymentSessions[0].Context); !strings.Contains(got, "Kastanienallee") {
		t.Errorf("anna sees %s, want what was told of her", got)
	}
}

// TestStrictOrders holds D39 of DEVIATIONS.md.
func TestStrictOrders(t *testing.T) {
	t.Parallel()
	s := newShopper(t, func(c *graph.Config) { c.StrictOrders = true })
	request := `{"order_id":"{order_ret1}","items":[],"return_shipping":{"option_id":"{so_us_return}"}}`
	for _, who := range []string{"", "bob"} {
		if s.auth = ""; who != "" {
			s.auth = "Bearer " + logIn(t, s.h, who)
		}
		s.refused("GET", "/store/orders/{order_anna1}", "", 404, "Order id not found")
		s.refused("POST", "/store/returns", request, 404, "Order id not found")
		if who != "" {
			s.refused("POST", "/store/orders/{order_gt7}/transfer/request", "{}", 404, "Order id not found")
		}
		if codes := s.graphQL(`mutation { reorder(orderId: "{order_anna1}") { cart { id } } }`, nil); codes != "NOT_FOUND" {
			t.Errorf("%q orders again what anna did: %s, want NOT_FOUND", who, codes)
		}
		var got struct{ Order, Node *struct{ ID string } }
		if s.graphQL(`{ order(id: "{order_anna1}") { id } node(id: "{order_anna1}") { id } }`, &got); got.Order != nil || got.Node != nil {
			t.Errorf("%q sees the order of anna in GraphQL", who)
		}
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	if got := s.order("{order_anna1}"); got.ID != s.handles["order_anna1"] {
		t.Errorf("anna's order: %+v", got)
	}
}

// A linked is an order in GraphQL with its access token.
type linked struct {
	ID, Email   string
	DisplayID   int
	AccessToken string
}

// strict returns a shopper of a strict shop, and one of the same shop while it is not strict. Their clock can be moved on.
func strict(t *testing.T) (s, open *shopper, d db.DB, pass func(time.Duration)) {
	t.Helper()
	var passed atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	d = dbtest.Shop(t)
	s = &shopper{t: t, handles: dbtest.Handles(t), h: newHandler(t, d, func(c *graph.Config) { c.Now, c.StrictOrders = now, true })}
	open = &shopper{t: t, handles: s.handles, h: newHandler(t, d, func(c *graph.Config) { c.Now = now })}
	return s, open, d, func(d time.Duration) { passed.Add(int64(d)) }
}

// linked returns an order with its access token from GraphQL; empty if it is not visible.
func (s *shopper) linked(name string) linked {
	s.t.Helper()
	var got struct{ Order *linked }
	if s.graphQL(`{ order(id: "{`+name+`}") { id email displayId accessToken } }`, &got); got.Order == nil {
		return linked{}
	}
	return *got.Order
}

// TestOrderLinks tests that a guest of a strict shop sees an order with the access token from its completion.
// It holds D39 of DEVIATIONS.md.
func TestOrderLinks(t *testing.T) {
	t.Parallel()
	s, _, d, _ := strict(t)
	cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, ``)
	var placed linked
	for range 2 {
		var got struct{ CompleteCart struct{ Order linked } }
		codes := s.graphQL(`mutation { completeCart(cartId: "`+cart+`") { order { id email displayId accessToken } } }`, &got)
		placed = got.CompleteCart.Order
		if codes != "" || placed.ID == "" || placed.AccessToken == "" {
			t.Fatalf("completeCart = %s %+v, want an order with its token", codes, placed)
		}
	}
	s.handles["order_new"], s.handles["token_new"] = placed.ID, placed.AccessToken
	if status, id, text := s.complete(cart); status != http.StatusOK || id != placed.ID || strings.Contains(text, "token") {
		t.Errorf("completing the cart over REST = %d %s, want its order and no token", status, text)
	}

	s.refused("GET", "/store/orders/{order_new}", "", 404, "Order id not found: "+placed.ID)
	var seen struct{ None, Shown, Other *linked }
	if codes := s.graphQL(`{ none: order(id: "{order_new}") { id } shown: order(id: "{order_new}", token: "{token_new}") { id accessToken }
other: order(id: "{order_anna1}", token: "{token_new}") { id } }`, &seen); codes != "" || seen.None != nil || seen.Other != nil ||
		seen.Shown == nil || seen.Shown.ID != placed.ID || seen.Shown.AccessToken == "" {
		t.Errorf("by the argument: %s %+v, want the one order", codes, seen)
	}
	var found struct{ OrderByNumber linked }
	if s.graphQL(fmt.Sprintf(`{ orderByNumber(displayId: %d, email: %q) { id accessToken } }`, placed.DisplayID, placed.Email), &found); found.OrderByNumber.AccessToken == "" {
		t.Errorf("orderByNumber = %+v, want a token", found)
	}
	if n, err := d.Texts(t.Context(), `SELECT payload::text FROM storegraph.outbox WHERE payload::text LIKE '%' || $1 || '%'`, placed.AccessToken[len(placed.AccessToken)-20:]); err != nil || len(n) > 0 {
		t.Errorf("events %v tell a token (%v)", n, err)
	}

	s.link = placed.AccessToken
	if got := s.order("{order_new}"); got.ID != placed.ID || got.Email != placed.Email {
		t.Errorf("by the header: %+v", got)
	}
	for _, fields := range []string{"access_token", "%2Baccess_token", "*", "id,accessToken", "%2B*access_token"} {
		if _, text := s.ask("GET", "/store/orders/{order_new}?fields="+fields, ""); strings.Contains(text, `"access`) {
			t.Errorf("fields=%s shows the token: %s", fields, text)
		}
	}
	var again struct {
		Node    *linked
		Nodes   []*linked
		Reorder struct{ Cart struct{ ID string } }
	}
	if codes := s.graphQL(`{ node(id: "{order_new}") { ... on Order { id accessToken } } nodes(ids: ["{order_new}", "{order_anna1}"]) { id } }`, &again); codes != "" ||
		again.Node == nil || again.Node.AccessToken == "" || again.Nodes[0] == nil || again.Nodes[1] != nil {
		t.Errorf("node = %s %+v", codes, again)
	}
	if codes := s.graphQL(`mutation { reorder(orderId: "{order_new}") { cart { id } } }`, &again); codes != "" || again.Reorder.Cart.ID == "" {
		t.Errorf("reorder = %s %+v, want a cart", codes, again)
	}
	s.refused("POST", "/store/returns", `{"order_id":"{order_new}","items":[{"id":"x","quantity":1}],"return_shipping":{"option_id":"{so_us_return}"}}`, 400, "does not exist in order")
}

// TestOrdersWithTokens tests that customers get the access tokens of their orders wherever they read them.
func TestOrdersWithTokens(t *testing.T) {
	t.Parallel()
	s, _, _, _ := strict(t)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	var got struct {
		Orders struct {
			Nodes []linked
			Edges []struct{ Node linked }
		}
		Customer struct{ Orders struct{ Nodes []linked } }
	}
	codes := s.graphQL(`{ orders { nodes { id } edges { node { accessToken } } } customer { orders { nodes { id accessToken } } } }`, &got)
	if codes != "" || len(got.Orders.Edges) != 3 || len(got.Customer.Orders.Nodes) != 3 {
		t.Fatalf("orders = %s %+v", codes, got)
	}
	s.auth = ""
	for i, o := range got.Customer.Orders.Nodes {
		for _, token := range []string{o.AccessToken, got.Orders.Edges[i].Node.AccessToken} {
			s.link = token
			if status, text := s.ask("GET", "/store/orders/"+o.ID, ""); status != http.StatusOK {
				t.Errorf("by the token of order %d: %d %s", i, status, text)
			}
		}
	}
}

// TestReturnByLink requests a return with the access token of an order.
// It holds D39 of DEVIATIONS.md.
func TestReturnByLink(t *testing.T) {
	t.Parallel()
	s, open, _, _ := strict(t)
	request := `{"order_id":"{order_ret1}","items":[{"id":"{order_ret1_item1}","quantity":1}],"return_shipping":{"option_id":"{so_us_return}","price":1}}`
	keyed := func() (int, bool) {
		body := request
		for name, v := range s.handles {
			body = strings.ReplaceAll(body, "{"+name+"}", v)
		}
		res, _ := send(t, s.h, "POST", "/store/returns", body, "X-Publishable-Api-Key", s.handles["pk_web"], "X-Order-Token", s.link, "Idempotency-Key", "k")
		return res.StatusCode, res.Header.Get("Idempotency-Replayed") != ""
	}
	if status, replayed := keyed(); status != http.StatusNotFound || replayed {
		t.Errorf("a return without the token = %d, want 404", status)
	}
	s.link = open.linked("order_ret1").AccessToken
	for _, want := range []bool{false, true} {
		if status, replayed := keyed(); status != http.StatusOK || replayed != want {
			t.Errorf("a return by the token = %d, replayed %v, want 200 and %v", status, replayed, want)
		}
	}
	if got := s.order("{order_ret1}?fields=id,*items,*items.detail").Items[0]; got.Detail.Requested.String() != "1" {
		t.Errorf("line %+v, want one unit on its way back", got)
	}
}

// TestTransferByLink requests a transfer with the access token of an order. The token ends with the transfer.
// It holds D39 of DEVIATIONS.md.
func TestTransferByLink(t *testing.T) {
	t.Parallel()
	s, open, d, _ := strict(t)
	guest := open.linked("order_gt7")
	s.auth = "Bearer " + logIn(t, s.h, "bob")
	s.refused("POST", "/store/orders/{order_gt7}/transfer/request", "{}", 404, "Order id not found")
	s.link = guest.AccessToken
	if status, text := s.ask("POST", "/store/orders/{order_gt7}/transfer/request", "{}"); status != http.StatusOK {
		t.Fatalf("transfer/request = %d %s", status, text)
	}
	token, err := d.Texts(t.Context(), `SELECT a.details->>'token' FROM order_change_action a JOIN order_change c ON c.id = a.order_change_id
WHERE c.order_id = $1 AND c.status = 'requested'`, s.handles["order_gt7"])
	if err != nil || len(token) != 1 {
		t.Fatalf("tokens = %v, %v", token, err)
	}
	s.auth = ""
	var got struct {
		AcceptOrderTransfer struct{ ID, AccessToken string }
	}
	if codes := s.graphQL(`mutation { acceptOrderTransfer(id: "{order_gt7}", input: {token: "`+token[0]+`"}) { id accessToken } }`, &got); codes != "" ||
		got.AcceptOrderTransfer.ID != guest.ID || got.AcceptOrderTransfer.AccessToken != "" {
		t.Errorf("acceptOrderTransfer = %s %+v, want the order without a token", codes, got)
	}
	s.refused("GET", "/store/orders/{order_gt7}", "", 404, "Order id not found")
	s.auth = "Bearer " + logIn(t, s.h, "bob")
	s.link = s.linked("order_gt7").AccessToken
	s.auth = ""
	if got := s.order("{order_gt7}?fields=id,customer_id"); got.CustomerID != s.handles["cus_bob"] {
		t.Errorf("by bob's token: %+v", got)
	}
}

// TestOrderLinkExpires tests that an access token expires, and that one issued for another access token expires with it.
// It holds D39 of DEVIATIONS.md.
func TestOrderLinkExpires(t *testing.T) {
	t.Parallel()
	s, open, _, pass := strict(t)
	s.link = open.linked("order_gt7").AccessToken
	pass(29 * 24 * time.Hour)
	renewed := s.linked("order_gt7").AccessToken
	if renewed == "" {
		t.Fatal("the token is over after 29 days, want 30")
	}
	pass(25 * time.Hour)
	for _, s.link = range []string{s.link, renewed} {
		s.refused("GET", "/store/orders/{order_gt7}", "", 404, "Order id not found")
	}
}

// TestForgedOrderLinks tests that an invalid access token is ignored, that none can be used as a log-in, and that the response
// is that for an order that does not exist.
// It holds D39 of DEVIATIONS.md.
func TestForgedOrderLinks(t *testing.T) {
	t.Parallel()
	s, open, _, _ := strict(t)
	signed := func(key string, claims jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	own := open.linked("order_gt7").AccessToken
	said := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(own, said, func(*jwt.Token) (any, error) { return []byte(secret), nil }, jwt.WithoutClaimsValidation()); err != nil {
		t.Fatal(err)
	}
	but := func(claim string, v any) jwt.MapClaims {
		out := maps.Clone(said)
		if out[claim] = v; v == nil {
			delete(out, claim)
		}
		return out
	}
	head, rest, _ := strings.Cut(own, ".")
	body, _, _ := strings.Cut(rest, ".")
	_, none := s.ask("GET", "/store/orders/order_none", "")
	none = strings.ReplaceAll(none, "order_none", s.handles["order_gt7"])
	if s.link = signed(secret, said); s.order("{order_gt7}").ID == "" {
		t.Error("the same claims signed again are not believed")
	}
	for name, token := range map[string]string{
		"none":             "",
		"nonsense":         "a.b.c",
		"of another order": open.linked("order_anna1").AccessToken,
		"a log-in":         logIn(t, s.h, "anna"),
		"a log-in with it": signed(secret, jwt.MapClaims{"actor_id": s.handles["cus_anna"], "actor_type": "customer", "sub": s.handles["order_gt7"], "exp": said["exp"]}),
		"another secret":   signed("another", said),
		"no signature":     head + "." + body + ".",
		"another body":     head + "." + strings.Replace(body, body[10:12], "xx", 1) + own[strings.LastIndexByte(own, '.'):],
		"no audience":      signed(secret, but("aud", nil)),
		"another audience": signed(secret, but("aud", "storefront")),
		"no end":           signed(secret, but("exp", nil)),
		"over":             signed(secret, but("exp", time.Now().Add(-time.Minute).Unix())),
		"no order":         signed(secret, but("sub", "")),
		"another customer": signed(secret, but("customer_id", s.handles["cus_bob"])),
	} {
		s.link = token
		if status, text := s.ask("GET", "/store/orders/{order_gt7}", ""); status != http.StatusNotFound || text != none {
			t.Errorf("%s: GET = %d %s, want 404 %s", name, status, text, none)
		}
		s.refused("POST", "/store/returns", `{"order_id":"{order_gt7}","items":[],"return_shipping":{"option_id":"{so_us_return}"}}`, 404, "Order id not found")
		var got struct{ Header, Argument, Node *linked }
		if codes := s.graphQL(fmt.Sprintf(`{ header: order(id: "{order_gt7}") { id } argument: order(id: "{order_gt7}", token: %q) { id } node(id: "{order_gt7}") { id } }`, token), &got); codes != "" ||
			got.Header != nil || got.Argument != nil || got.Node != nil {
			t.Errorf("%s: GraphQL = %s %+v, want nothing", name, codes, got)
		}
	}

	s.link, s.auth = "", "Bearer "+own
	s.refused("GET", "/store/customers/me", "", 401, "")
	for _, path := range []string{"/auth/token/refresh", "/auth/session", "/auth/customer/emailpass/update"} {
		s.refused("POST", path, `{"password":"another"}`, 401, "")
	}
	s.refused("GET", "/store/orders/{order_gt7}", "", 404, "Order id not found")
	if codes := s.graphQL(`{ orders { totalCount } }`, nil); codes != "UNAUTHORIZED" {
		t.Errorf("orders by the token of one: %s, want UNAUTHORIZED", codes)
	}
}

// TestOrderByNumber holds D39 of DEVIATIONS.md.
func TestOrderByNumber(t *testing.T) {
	t.Parallel()
	s := newShopper(t, func(c *graph.Config) { c.Throttle.PerAccount = 3 })
	find := func(number int, email string) (string, string) {
		var got struct{ OrderByNumber *struct{ ID string } }
		codes := s.graphQL(fmt.Sprintf(`{ orderByNumber(displayId: %d, email: %q) { id } }`, number, email), &got)
		if got.OrderByNumber == nil {
			return "", codes
		}
		return got.OrderByNumber.ID, codes
	}
	if id, codes := find(1, "ANNA@customers.example"); id != s.handles["order_anna1"] || codes != "" {
		t.Errorf("order 1 of anna = %q %s", id, codes)
	}
	for _, email := range []string{"bob@customers.example", "%"} {
		if id, codes := find(1, email); id != "" || codes != "" {
			t.Errorf("order 1 of %s = %q %s, want none", email, id, codes)
		}
	}
	if id, codes := find(1, "anna@customers.example"); id != "" || codes != "THROTTLED" {
		t.Errorf("the fourth attempt = %q %s, want it refused", id, codes)
	}
	if id, _ := find(2, "anna@customers.example"); id != s.handles["order_anna2"] {
		t.Errorf("an attempt at another order = %q, want it", id)
	}
}

// TestOrderStatements tests that a list of orders takes the same number of statements whatever its length.
func TestOrderStatements(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, dbtest.ShopURL(t), db.Options{Tracer: count}), nil), handles: dbtest.Handles(t)}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	cost := func(path string) (statements, trips int) {
		for range 2 { // the first request prepares statements
			count.Reset()
			if status, text := s.ask("GET", path, ""); status != http.StatusOK {
				t.Fatalf("GET %s = %d %s", path, status, text)
			}
		}
		return len(count.Statements()), count.RoundTrips()
	}
	const full = "&fields=id,total,summary,*shipping_methods,*payment_collections,*fulfillments,*shipping_address,*promotions,customer.email"
	one, _ := cost("/store/orders?limit=1" + full)
	three, trips := cost("/store/orders?limit=3" + full)
	if one != three || trips > 2 {
		t.Errorf("%d statements for 1 order and %d for 3, in %d trips, want the same in 2", one, three, trips)
	}
	if n, trips := cost("/store/orders/{order_anna1}?fields=id,total,summary,*items"); trips != 1 {
		t.Errorf("an order costs %d statements in %d trips, want one trip", n, trips)
	}
}

// TestOrderRefusals sends invalid requests for orders.
// It holds D37, D38 of DEVIATIONS.md.
func TestOrderRefusals(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	s.refused("GET", "/store/orders?status=nonsense", "", 400, "nonsense")
	s.refused("GET", "/store/orders?$or[0][status]=nonsense", "", 400, "nonsense")
	s.refused("GET", "/store/orders?order=total", "", 400, "Order field total is not valid")
	s.refused("GET", "/store/orders?order=customer.email", "", 400, "Order field customer.email is not valid")
	s.refused("GET", "/store/orders/{order_anna1}?fields=*items.variant.product.options", "", 400, "more than the maximum of 3 allowed relations")
}

// TestOddNumbers sends impossible order numbers and texts with NUL characters in GraphQL.
func TestOddNumbers(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	var got struct {
		OrderByNumber, Order *struct{ ID string }
		Above, Below, In     struct{ TotalCount int }
	}
	codes := s.graphQL(`{ orderByNumber(displayId: 99999999999, email: "x") { id } order(id: "{order_anna1}", version: 99999999999) { id }
above: orders(filter: {displayId: {gt: 99999999999}}) { totalCount } below: orders(filter: {displayId: {lt: 99999999999, gte: 2}}) { totalCount }
in: orders(filter: {displayId: {in: [99999999999, 1]}}) { totalCount } }`, &got)
	if codes != "" || got.OrderByNumber != nil || got.Order != nil || got.Above.TotalCount != 0 || got.Below.TotalCount != 2 || got.In.TotalCount != 1 {
		t.Errorf("odd numbers: %s %+v", codes, got)
	}
	for _, q := range []string{
		`mutation { requestReturn(input: {orderId: "\u0000", items: [], returnShipping: {optionId: "x"}}) { id } }`,
		`mutation { requestOrderTransfer(id: "{order_gt7}", input: {description: "a\u0000b"}) { id } }`,
		`mutation { updateCustomer(input: {firstName: "a\u0000b"}) { id } }`,
	} {
		if codes := s.graphQL(q, nil); codes != "INVALID_DATA" {
			t.Errorf("%s = %s, want it refused", q, codes)
		}
	}
}

// TestPartlyFulfilled tests that an order with units in no parcel is not fulfilled, whatever is selected of it.
// It holds D36 of DEVIATIONS.md.
func TestPartlyFulfilled(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	const path = "/store/orders/{order_guest3}?fields=id"
	if _, text := s.ask("GET", path, ""); !strings.Contains(text, `"fulfillment_status":"fulfilled"`) {
		t.Fatalf("GET %s = %s", path, text)
	}
	n, err := d.Exec(t.Context(), `UPDATE order_item SET fulfilled_quantity = 0, raw_fulfilled_quantity = '{"value": "0", "precision": 20}'
WHERE id = (SELECT max(d.id) FROM order_item d JOIN "order" o ON o.id = d.order_id AND o.version = d.version WHERE o.id = ?)`, s.handles["order_guest3"])
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if _, text := s.ask("GET", path, ""); !strings.Contains(text, `"fulfillment_status":"partially_fulfilled"`) {
		t.Errorf("GET %s = %s, want it partially fulfilled", path, text)
	}
}

// rows counts the rows of the tables that orders and returns are in.
func rows(t *testing.T, d db.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{
		`"order"`, "order_item", "order_summary", "order_shipping", "order_shipping_method", "order_change", "order_change_action", `return`, "return_item",
		"return_fulfillment", "fulfillment", "fulfillment_item", "fulfillment_address", "storegraph.outbox",
	} {
		n, err := d.Texts(t.Context(), `SELECT count(*)::text || coalesce(max(x::text), '') FROM (SELECT * FROM `+table+` ORDER BY 1) x`)
		if err != nil {
			t.Fatal(err)
		}
		out[table] = n[0]
	}
	return out
}

// TestRefusedReturn tests that a refused return changes nothing.
// It holds D31, D33 of DEVIATIONS.md.
func TestRefusedReturn(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	before := rows(t, d)
	for _, tc := range []struct {
		items, more, says string
		status            int
	}{
		{`[{"id":"{order_ret1_item1}","quantity":30}]`, ``, "more items than what was fulfilled", 400},
		{`[{"id":"{order_ret1_item1}","quantity":1},{"id":"{order_ret1_item1}","quantity":3}]`, ``, "more items than what was fulfilled", 400},
		{`[{"id":"{order_ret1_item1}","quantity":1}]`, `,"receive_now":true`, "Cannot receive more items", 400},
		{`[{"id":"{order_ret1_item1}","quantity":1}]`, `,"location_id":"sloc_none"`, "StockLocation id not found: sloc_none", 404},
		{`[{"id":"{order_ret1_item1}","quantity":1,"reason_id":"rr_none"}]`, ``, "Return reason with id rr_none does not exists.", 400},
		{`[{"id":"{order_bob1_item1}","quantity":1}]`, ``, "does not exist in order", 400},
		{`[{"id":"{order_ret1_item1}","quantity":1e70}]`, ``, "", 400},
	} {
		s.refused("POST", "/store/returns", `{"order_id":"{order_ret1}","items":`+tc.items+`,"return_shipping":{"option_id":"{so_us_return}"}`+tc.more+`}`, tc.status, tc.says)
	}
	for option, status := range map[string]int{"so_none": 404, "{so_jp_std}": 400} {
		s.refused("POST", "/store/returns", `{"order_id":"{order_ret1}","items":[],"return_shipping":{"option_id":"`+option+`"}}`, status, "option")
	}
	if codes := s.graphQL(`mutation { requestReturn(input: {orderId: "{order_ret1}", items: [{id: "{order_ret1_item1}", quantity: "-1"}],
returnShipping: {optionId: "{so_us_return}"}}) { id } }`, nil); codes != "INVALID_DATA" {
		t.Errorf("a return of -1 units: %s, want it refused", codes)
	}
	if after := rows(t, d); !reflect.DeepEqual(before, after) {
		t.Errorf("after refused returns: %v, want %v", after, before)
	}
}

// TestReturnsAtOnce requests many returns of one line at once: as many units are returned as were fulfilled.
// It holds D32 of DEVIATIONS.md.
func TestReturnsAtOnce(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	before := s.order("{order_ret1}")
	line := before.Items[0]
	fulfilled, err := line.Detail.Fulfilled.Int64()
	if err != nil || fulfilled < 2 {
		t.Fatalf("order_ret1: %+v", line)
	}
	var group sync.WaitGroup
	var taken atomic.Int64
	for range 10 {
		group.Go(func() {
			status, text := s.ask("POST", "/store/returns", `{"order_id":"{order_ret1}","items":[{"id":"`+line.ID+`","quantity":1}],"return_shipping":{"option_id":"{so_us_return}","price":1.5}}`)
			switch {
			case status == http.StatusOK:
				taken.Add(1)
			case status != http.StatusBadRequest || !strings.Contains(text, "than what was fulfilled"):
				t.Errorf("POST /store/returns = %d %s", status, text)
			}
		})
	}
	group.Wait()
	after := s.order("{order_ret1}")
	if taken.Load() != fulfilled || after.Items[0].Detail.Requested.String() != fmt.Sprint(fulfilled) || after.Version != before.Version+int(fulfilled) ||
		len(after.ShippingMethods) != len(before.ShippingMethods)+int(fulfilled) {
		t.Errorf("%d of %d units came back, order %+v", taken.Load(), fulfilled, after)
	}
}

// TestReceivedAtOnce requests a return of everything with receive_now, and tests that it is received.
// It holds D34, D35 of DEVIATIONS.md.
func TestReceivedAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	var items []string
	for _, i := range s.order("{order_ret6}").Items {
		items = append(items, fmt.Sprintf(`{"id":%q,"quantity":%s}`, i.ID, i.Quantity))
	}
	status, text := s.ask("POST", "/store/returns", `{"order_id":"{order_ret6}","items":[`+strings.Join(items, ",")+`],"return_shipping":{"option_id":"{so_us_return}","price":3},"receive_now":true,"note":"all of it"}`)
	if status != http.StatusOK || !strings.Contains(text, `"status":"received"`) {
		t.Fatalf("POST /store/returns = %d %.300s", status, text)
	}
	got := s.order("{order_ret6}")
	if got.Total.String() != "3" || got.Version != 6 || got.Summary.Pending.String() != "-88.8895" {
		t.Errorf("order_ret6 after all came back: %+v, want nothing left but 3 of shipping", got)
	}
	for _, i := range got.Items {
		if i.Detail.Received != i.Quantity || i.Detail.Requested.String() != "0" {
			t.Errorf("line %+v, want all units received", i)
		}
	}
	note, err := d.Texts(t.Context(), `SELECT description FROM order_change WHERE order_id = $1 AND change_type = 'return_request'`, s.handles["order_ret6"])
	if err != nil || len(note) != 1 || note[0] != "all of it" {
		t.Errorf("note = %v, %v", note, err)
	}
	events, err := d.Texts(t.Context(), `SELECT name FROM storegraph.outbox ORDER BY id`)
	if err != nil || strings.Join(events, " ") != "order.return_requested order.return_received" {
		t.Errorf("events = %v, %v", events, err)
	}
	var of struct {
		Order struct {
			Returns []struct {
				Status          string
				Items           []struct{ Item struct{ Title string } }
				ShippingMethods []struct{ Name string }
			}
		}
	}
	s.graphQL(`{ order(id: "{order_ret6}") { returns { status items { item { title } } shippingMethods { name } } } }`, &of)
	if len(of.Order.Returns) != 1 || of.Order.Returns[0].Status != "RECEIVED" || len(of.Order.Returns[0].Items) != len(items) ||
		of.Order.Returns[0].Items[0].Item.Title == "" || len(of.Order.Returns[0].ShippingMethods) != 1 {
		t.Errorf("returns = %+v", of.Order.Returns)
	}
}

// TestTransfersAtOnce requests and accepts the transfer of one order many times at once: one of each succeeds.
func TestTransfersAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	s.auth = "Bearer " + logIn(t, s.h, "bob")
	atOnce := func(path, body string) int64 {
		var group sync.WaitGroup
		var done atomic.Int64
		for range 8 {
			group.Go(func() {
				switch status, text := s.ask("POST", "/store/orders/{order_gt7}/transfer/"+path, body); status {
				case http.StatusOK:
					done.Add(1)
				case http.StatusBadRequest:
				default:
					t.Errorf("transfer/%s = %d %s", path, status, text)
				}
			})
		}
		group.Wait()
		return done.Load()
	}
	if n := atOnce("request", `{"update_order_email":true}`); n != 1 {
		t.Errorf("%d requests succeeded, want 1", n)
	}
	token, err := d.Texts(t.Context(), `SELECT a.details->>'token' FROM order_change_action a JOIN order_change c ON c.id = a.order_change_id
WHERE c.order_id = $1 AND c.status = 'requested'`, s.handles["order_gt7"])
	if err != nil || len(token) != 1 {
		t.Fatalf("tokens = %v, %v", token, err)
	}
	events, err := d.Texts(t.Context(), `SELECT o.name || ' ' || (o.payload->>'id') FROM storegraph.outbox o JOIN order_change c ON c.id = o.payload->>'order_change_id'`)
	if err != nil || len(events) != 1 || events[0] != "order.transfer_requested "+s.handles["order_gt7"] {
		t.Errorf("events = %v, %v", events, err)
	}
	if n := atOnce("accept", `{"token":"`+token[0]+`"}`); n != 1 {
		t.Errorf("%d of those who accepted succeeded, want 1", n)
	}
	if got := s.order("{order_gt7}?fields=id,email,customer_id"); got.CustomerID != s.handles["cus_bob"] || got.Email != s.handles["email_bob"] || got.Version != 2 {
		t.Errorf("order_gt7 = %+v, want it bob's", got)
	}
}
