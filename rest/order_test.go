package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/rest"
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
		const fields = `{ id status version payment_status: paymentStatus fulfillment_status: fulfillmentStatus email
items { id title refundable_total: refundableTotal { amount } detail { quantity shipped_quantity: shippedQuantity } tax_lines: taxLines { code total { amount } }
 adjustments { code amount { amount } total { amount } } variant { sku product { title } } }
shipping_methods: shippingMethods { name amount { amount } } payment_collections: paymentCollections { amount { amount } status }
summary { pending_difference: pendingDifference { amount } transaction_total: transactionTotal { amount } } credit_lines: creditLines { amount { amount } } }`
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
			Nodes      []struct{ Customer struct{ ID string } }
			TotalCount int
		}
		Customer struct {
			Orders struct {
				Nodes    []struct{ DisplayID int }
				PageInfo struct{ HasNextPage bool }
			}
		}
	}
	codes := s.graphQL(`{ orders(filter: {or: [{id: {eq: "{order_bob1}"}}, {not: {id: {eq: "x"}}}]}) { nodes { customer { id } } totalCount }
customer { orders(first: 2, sort: {key: DISPLAY_ID, direction: DESC}) { nodes { displayId } pageInfo { hasNextPage } } } }`, &got)
	if codes != "" || got.Orders.TotalCount != 3 || len(got.Customer.Orders.Nodes) != 2 || !got.Customer.Orders.PageInfo.HasNextPage ||
		got.Customer.Orders.Nodes[0].DisplayID != 3 {
		t.Errorf("anna's orders: %s %+v, want her 3, the latest first", codes, got)
	}
	for _, o := range got.Orders.Nodes {
		if o.Customer.ID != s.handles["cus_anna"] {
			t.Errorf("anna lists an order of %s", o.Customer.ID)
		}
	}
	s.auth = ""
	if codes := s.graphQL(`{ orders { totalCount } }`, nil); codes != "UNAUTHENTICATED" {
		t.Errorf("orders of nobody: %s, want UNAUTHENTICATED", codes)
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
	s.refused("GET", "/store/orders?order=items.metadata", "", 400, "Order field items.metadata is not valid")
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
		`mutation { requestReturn(input: {orderId: "\u0000", items: [], returnShipping: {optionId: "x"}}) { userErrors { code } } }`,
		`mutation { requestOrderTransfer(input: {orderId: "{order_gt7}", description: "a\u0000b"}) { userErrors { code } } }`,
		`mutation { updateCustomer(input: {firstName: "a\u0000b"}) { userErrors { code } } }`,
	} {
		if codes := s.graphQL(q, nil); codes != "BAD_USER_INPUT" {
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
