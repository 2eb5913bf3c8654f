package rest_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

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
		if codes := s.graphQL(`mutation { reorder(input: {orderId: "{order_anna1}"}) { cart { id } userErrors { code } } }`, nil); codes != "NOT_FOUND" {
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
	for _, again := range []bool{false, true} {
		var got struct{ CompleteCart struct{ Order linked } }
		codes := s.graphQL(`mutation { completeCart(input: {cartId: "`+cart+`"}) { order { id email displayId accessToken } } }`, &got)
		if codes != "" || got.CompleteCart.Order.ID == "" || got.CompleteCart.Order.AccessToken == "" || again && got.CompleteCart.Order.ID != placed.ID {
			t.Fatalf("completeCart = %s %+v, want an order with its token", codes, got.CompleteCart.Order)
		}
		placed = got.CompleteCart.Order
		s.link = placed.AccessToken
	}
	s.handles["order_new"], s.handles["token_new"] = placed.ID, placed.AccessToken
	s.link = ""
	if status, id, text := s.complete(cart); status != http.StatusBadRequest || id != "" || strings.Contains(text, "order_") {
		t.Errorf("completing the cart again without the token = %d %s, want nothing of the order", status, text)
	}
	s.link = placed.AccessToken
	if status, id, text := s.complete(cart); status != http.StatusOK || id != placed.ID || strings.Contains(text, "token") {
		t.Errorf("completing the cart over REST = %d %s, want its order and no token", status, text)
	}

	s.link = ""
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
	if codes := s.graphQL(`mutation { reorder(input: {orderId: "{order_new}"}) { cart { id } userErrors { code } } }`, &again); codes != "" || again.Reorder.Cart.ID == "" {
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
		AcceptOrderTransfer struct {
			Order struct{ ID, AccessToken string }
		}
	}
	if codes := s.graphQL(`mutation { acceptOrderTransfer(input: {orderId: "{order_gt7}", token: "`+token[0]+`"}) { order { id accessToken } userErrors { code } } }`, &got); codes != "" ||
		got.AcceptOrderTransfer.Order.ID != guest.ID || got.AcceptOrderTransfer.Order.AccessToken != "" {
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
	if codes := s.graphQL(`{ orders { totalCount } }`, nil); codes != "UNAUTHENTICATED" {
		t.Errorf("orders by the token of one: %s, want UNAUTHENTICATED", codes)
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
	find(1, "carla@customers.example") // the third failure: the first attempt was none
	if id, codes := find(1, "anna@customers.example"); id != "" || codes != "THROTTLED" {
		t.Errorf("the fourth attempt = %q %s, want it refused", id, codes)
	}
	if id, _ := find(2, "anna@customers.example"); id != s.handles["order_anna2"] {
		t.Errorf("an attempt at another order = %q, want it", id)
	}
}
