package rest_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

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
returnShipping: {optionId: "{so_us_return}"}}) { userErrors { code } } }`, nil); codes != "QUANTITY_INVALID" {
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
