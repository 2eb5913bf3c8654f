package rest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// A shopper changes carts over REST.
type shopper struct {
	t       testing.TB
	h       http.Handler
	handles map[string]string
	auth    string
	link    string // the token of an order
}

func newShopper(t testing.TB, change func(c *graph.Config)) *shopper {
	t.Helper()
	return &shopper{t: t, h: newHandler(t, dbtest.Shop(t), change), handles: dbtest.Handles(t)}
}

// A basket is what these tests look at in a cart.
type basket struct {
	ID, Email         string
	CustomerID        string `json:"customer_id"`
	Total             json.Number
	ShippingAddressID string `json:"shipping_address_id"`
	ShippingAddress   *struct {
		City string
	} `json:"shipping_address"`
	CurrencyCode string `json:"currency_code"`
	Items        []struct {
		ID        string
		Quantity  int
		VariantID string       `json:"variant_id"`
		UnitPrice json.Number  `json:"unit_price"`
		CompareAt *json.Number `json:"compare_at_unit_price"`
		TaxLines  []struct {
			Code string
			Rate json.Number
		} `json:"tax_lines"`
		Adjustments []struct{ Code string }
	}
	PaymentCollection *struct {
		Amount          json.Number
		PaymentSessions []struct{ ID string } `json:"payment_sessions"`
	} `json:"payment_collection"`
}

// ask sends a request, with names of handles in braces, and returns the status and the body of the response.
func (s *shopper) ask(method, path, body string) (int, string) {
	s.t.Helper()
	for name, v := range s.handles {
		body = strings.ReplaceAll(body, "{"+name+"}", v)
		path = strings.ReplaceAll(path, "{"+name+"}", v)
	}
	res, text := send(s.t, s.h, method, path, body, "X-Publishable-Api-Key", s.handles["pk_web"], "Authorization", s.auth, "X-Order-Token", s.link)
	return res.StatusCode, text
}

// cart sends a request whose response is a cart, alone or as the parent of a deleted line.
func (s *shopper) cart(method, path, body string) *basket {
	s.t.Helper()
	status, text := s.ask(method, path, body)
	var got struct{ Cart, Parent *basket }
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		s.t.Fatalf("%s %s %s = %d %s", method, path, body, status, text)
	}
	if got.Cart == nil {
		return got.Parent
	}
	return got.Cart
}

// refused sends a request that must be refused with a message that contains some words.
func (s *shopper) refused(method, path, body string, status int, says string) {
	s.t.Helper()
	if got, text := s.ask(method, path, body); got != status || !strings.Contains(text, says) {
		s.t.Errorf("%s %s %s = %d %s, want %d with %q", method, path, body, got, text, status, says)
	}
}

// TestRefusedChange holds D22 of DEVIATIONS.md.
func TestRefusedChange(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":{"country_code":"de","city":"Berlin"},"items":[{"variant_id":"{var_mag}","quantity":1}]}`)
	s.refused("POST", "/store/carts/"+c.ID, `{"region_id":"{reg_us}","email":"x@scenarios.example","metadata":{"a":1}}`, 400, "do not have a price")
	got := s.cart("GET", "/store/carts/"+c.ID, "")
	if got.ShippingAddressID != c.ShippingAddressID || got.ShippingAddress.City != "Berlin" || got.CurrencyCode != "eur" || got.Email != "" || len(got.Items) != 1 {
		t.Errorf("after a refused change: %+v, want the cart as it was", got)
	}
}

// TestTwoTaxesStay holds D23 of DEVIATIONS.md.
func TestTwoTaxesStay(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","shipping_address":{"country_code":"us","province":"us-ny"},"items":[{"variant_id":"{var_tee_m_black}","quantity":2}]}`)
	got := s.cart("POST", "/store/carts/"+c.ID+"/line-items", `{"variant_id":"{var_tee_m_black}","quantity":1}`)
	codes := func(b *basket) string {
		out := map[string]bool{}
		for _, l := range b.Items[0].TaxLines {
			out[l.Code] = true
		}
		return fmt.Sprint(out)
	}
	if len(got.Items) != 1 || got.Items[0].Quantity != 3 || codes(got) != codes(c) || codes(c) != "map[NYA:true US0:true]" {
		t.Errorf("taxes after the line grew: %s of %d units, want %s of 3", codes(got), got.Items[0].Quantity, codes(c))
	}
}

// TestStockOfOneItem holds D24 of DEVIATIONS.md.
func TestStockOfOneItem(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}"}`)
	path := "/store/carts/" + c.ID + "/line-items"
	s.cart("POST", path, `{"variant_id":"{var_vinyl}","quantity":3}`) // of five
	s.refused("POST", path, `{"variant_id":"{var_vinyl}","quantity":3,"metadata":{"gift":true}}`, 400, "insufficient_inventory")
	c = s.cart("POST", path, `{"variant_id":"{var_vinyl}","quantity":2,"metadata":{"gift":true}}`)
	if len(c.Items) != 2 {
		t.Fatalf("%d lines, want 2", len(c.Items))
	}
	for _, i := range c.Items {
		s.refused("POST", path+"/"+i.ID, `{"quantity":4}`, 400, "insufficient_inventory")
	}
}

// TestForeignLine holds D25 of DEVIATIONS.md.
func TestForeignLine(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	mine := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","items":[{"variant_id":"{var_lamp}","quantity":1}]}`)
	other := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","items":[{"variant_id":"{var_vase}","quantity":1}]}`)
	path := "/store/carts/" + mine.ID + "/line-items/" + other.Items[0].ID
	if got := s.cart("DELETE", path, ""); len(got.Items) != 1 {
		t.Errorf("the cart has %d lines after the deletion of another's, want 1", len(got.Items))
	}
	s.refused("POST", path, `{"quantity":9}`, 404, "was not found")
	if got := s.cart("GET", "/store/carts/"+other.ID, ""); len(got.Items) != 1 || got.Items[0].Quantity != 1 {
		t.Errorf("the other cart = %+v, want it untouched", got.Items)
	}
	s.refused("DELETE", "/store/carts/cart_none/line-items/"+other.Items[0].ID, "", 404, "Cart id not found: cart_none")
}

// TestForeignAddress holds D26 of DEVIATIONS.md.
func TestForeignAddress(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	mine := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":{"country_code":"de","city":"Berlin"}}`)
	other := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":{"country_code":"de","city":"Ulm"}}`)
	s.refused("POST", "/store/carts/"+mine.ID, `{"shipping_address":{"id":"`+other.ShippingAddressID+`","city":"Hof"}}`, 404, "not found")
	if got := s.cart("GET", "/store/carts/"+other.ID, ""); got.ShippingAddress.City != "Ulm" {
		t.Errorf("the other cart is shipped to %s, want Ulm", got.ShippingAddress.City)
	}
	got := s.cart("POST", "/store/carts/"+mine.ID, `{"shipping_address":{"id":"`+mine.ShippingAddressID+`","city":"Hof"}}`)
	if got.ShippingAddressID != mine.ShippingAddressID || got.ShippingAddress.City != "Hof" {
		t.Errorf("the cart's own address = %+v, want it in Hof", got.ShippingAddress)
	}
}

// TestCompareAtPrice holds D29 of DEVIATIONS.md.
func TestCompareAtPrice(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_merino_l_grey}","quantity":1}]}`)
	if c.Items[0].CompareAt == nil {
		t.Fatal("the line is not reduced, want one that is")
	}
	c = s.cart("POST", "/store/carts/"+c.ID, `{"region_id":"{reg_dk}"}`)
	if at := c.Items[0].CompareAt; at != nil {
		t.Errorf("compare_at_unit_price = %s, want null", *at)
	}
}

// TestQuantities holds D28 of DEVIATIONS.md.
func TestQuantities(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	path := "/store/carts/" + c.ID + "/line-items"
	for _, q := range []string{"0.4", "0", "-1", "1e400", "3000000000", `"1"`, "null"} {
		s.refused("POST", path, `{"variant_id":"{var_lamp}","quantity":`+q+`}`, 400, "")
	}
	c = s.cart("POST", path, `{"variant_id":"{var_lamp}","quantity":1.5}`)
	if c.Items[0].Quantity != 2 {
		t.Errorf("1.5 units became %d, want 2", c.Items[0].Quantity)
	}
	if c = s.cart("POST", path+"/"+c.Items[0].ID, `{"quantity":0.4}`); len(c.Items) != 0 {
		t.Errorf("0.4 units left %d lines, want none", len(c.Items))
	}
}

// graphQL runs an operation and returns its data, decoded into into, and the codes of its errors.
func (s *shopper) graphQL(query string, into any) string {
	s.t.Helper()
	for name, v := range s.handles {
		query = strings.ReplaceAll(query, "{"+name+"}", v)
	}
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		s.t.Fatal(err)
	}
	_, text := send(s.t, s.h, "POST", "/graphql", string(body), "X-Publishable-Api-Key", s.handles["pk_web"], "Authorization", s.auth, "X-Order-Token", s.link)
	var got struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		s.t.Fatalf("%s: %s", query, text)
	}
	codes := ""
	for _, e := range got.Errors {
		codes += e.Extensions.Code
	}
	var payloads map[string]struct{ UserErrors []struct{ Code string } }
	if json.Unmarshal(got.Data, &payloads) == nil { // of a mutation
		for _, p := range payloads {
			for _, e := range p.UserErrors {
				codes += e.Code
			}
		}
	}
	if into != nil {
		if err := json.Unmarshal(got.Data, into); err != nil {
			s.t.Fatalf("%s: %s", query, text)
		}
	}
	return codes
}

func TestSeveralLines(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}"}`)
	type warning struct {
		Field                               []string
		RequestedQuantity, AcceptedQuantity int
		Code                                string
	}
	var got struct {
		AddLineItems struct {
			Cart     struct{ Items []struct{ Quantity int } }
			Warnings []warning
		}
	}
	s.graphQL(`mutation { addLineItems(input: {cartId: "`+c.ID+`", items: [{variantId: "{var_lamp}", quantity: 2}, {variantId: "{var_vinyl}", quantity: 9},
{variantId: "{var_proto}", quantity: 1}, {variantId: "{var_sculpt}", quantity: 1}, {variantId: "{var_vinyl}", quantity: 1}, {variantId: "{var_lamp}", quantity: 1}]}) {
cart { items { quantity } } warnings { field code requestedQuantity acceptedQuantity } } }`, &got)
	slices.SortFunc(got.AddLineItems.Cart.Items, func(a, b struct{ Quantity int }) int { return a.Quantity - b.Quantity }) // they sort by their ids
	item := func(n string) []string { return []string{"items", n} }
	want := []warning{
		{item("1"), 9, 5, "QUANTITY_CUT"}, {item("2"), 1, 0, "NOT_FOR_SALE"}, {item("3"), 1, 0, "NO_PRICE"}, {item("4"), 1, 0, "OUT_OF_STOCK"},
	}
	if fmt.Sprint(got.AddLineItems.Warnings) != fmt.Sprint(want) || fmt.Sprint(got.AddLineItems.Cart.Items) != "[{3} {5}]" {
		t.Errorf("addLineItems = %+v, want warnings %v and lines of 3 and 5", got.AddLineItems, want)
	}
	c = s.cart("GET", "/store/carts/"+c.ID, "")
	lamp, vinyl := c.Items[0].ID, c.Items[1].ID
	if c.Items[0].VariantID != s.handles["var_lamp"] {
		lamp, vinyl = vinyl, lamp
	}
	var after struct {
		UpdateLineItems struct {
			Cart     struct{ Items []struct{ Quantity int } }
			Warnings []warning
		}
	}
	s.graphQL(`mutation { updateLineItems(input: {cartId: "`+c.ID+`", items: [{lineId: "`+lamp+`", quantity: 0}, {lineId: "`+vinyl+`", quantity: 7},
{lineId: "cali_none", quantity: 1}]}) { cart { items { quantity } } warnings { field code requestedQuantity acceptedQuantity } } }`, &after)
	want = []warning{{item("1"), 7, 5, "QUANTITY_CUT"}, {item("2"), 1, 0, "LINE_NOT_FOUND"}}
	if fmt.Sprint(after.UpdateLineItems.Warnings) != fmt.Sprint(want) || fmt.Sprint(after.UpdateLineItems.Cart.Items) != "[{5}]" {
		t.Errorf("updateLineItems = %+v, want warnings %v and a line of 5", after.UpdateLineItems, want)
	}
}

// TestChangesAtOnce lets many shoppers change one cart at once, over both surfaces of two servers, while others use carts of
// their own. No accepted change is lost or counted twice.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	workers, each := 8, 40
	if testing.Short() {
		each = 8
	}
	url := dbtest.ShopURL(t)
	var servers []*shopper
	for range 2 {
		servers = append(servers, &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)})
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	shared := servers[0].cart("POST", "/store/carts", `{"region_id":"{reg_us}","shipping_address":{"country_code":"us","province":"us-ca"}}`)
	added := make([]map[string]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		added[w] = map[string]int{}
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			s := servers[w%2]
			id := shared.ID
			if w >= 6 { // two keep to themselves, and must not wait for the others for ever
				id = s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`).ID
			}
			for range each {
				variant := []string{"var_tee_m_white", "var_mug_moss", "var_note_a5"}[r.IntN(3)]
				quantity := 1 + r.IntN(3)
				switch r.IntN(5) {
				case 0:
					s.cart("POST", "/store/carts/"+id+"/promotions", `{"promo_codes":["WELCOME10"]}`)
				case 1:
					s.cart("POST", "/store/carts/"+id, fmt.Sprintf(`{"metadata":{"w%d":%d}}`, w, quantity))
				case 2:
					if codes := s.graphQL(fmt.Sprintf(`mutation { addLineItems(input: {cartId: %q, items: [{variantId: "{%s}", quantity: %d}], shortage: REFUSE}) { userErrors { code } } }`, id, variant, quantity), nil); codes != "" {
						t.Errorf("addLineItems: %s", codes)
					}
					added[w][variant] += quantity
				default:
					s.cart("POST", "/store/carts/"+id+"/line-items", fmt.Sprintf(`{"variant_id":"{%s}","quantity":%d}`, variant, quantity))
					added[w][variant] += quantity
				}
			}
		})
	}
	wg.Wait()
	want := map[string]int{}
	for w := range 6 {
		for v, n := range added[w] {
			want[servers[0].handles[v]] += n
		}
	}
	got, lines := map[string]int{}, map[string]int{}
	for _, i := range servers[1].cart("POST", "/store/carts/"+shared.ID+"/promotions", `{"promo_codes":["WELCOME10"]}`).Items {
		got[i.VariantID] += i.Quantity
		lines[i.VariantID]++
		codes := map[string]int{}
		for _, a := range i.Adjustments {
			codes[a.Code]++
		}
		if len(codes) != len(i.Adjustments) || codes["WELCOME10"] != 1 || len(i.TaxLines) != 1 {
			t.Errorf("a line has the adjustments %v and %d taxes, want one of each", codes, len(i.TaxLines))
		}
		if lines[i.VariantID] != 1 {
			t.Errorf("%d lines of one variant, want 1", lines[i.VariantID])
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the cart holds %v, want %v", got, want)
	}
}

// TestCartStatements tests that a change of a cart takes the same number of statements whatever its number of lines.
func TestCartStatements(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, dbtest.ShopURL(t), db.Options{Tracer: count}), nil), handles: dbtest.Handles(t)}
	fill := func(n int) *basket {
		var items []string
		for i := range n {
			items = append(items, fmt.Sprintf(`{"variant_id":"{var_mug_moss}","quantity":1,"metadata":{"n":%d}}`, i))
		}
		return s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","shipping_address":{"country_code":"us","province":"us-ca"},"promo_codes":["WELCOME10"],"items":[`+
			strings.Join(items, ",")+`]}`)
	}
	for name, tc := range map[string]struct{ method, path, body string }{
		"add a line":        {"POST", "/line-items", `{"variant_id":"{var_lamp}","quantity":1}`},
		"change a quantity": {"POST", "/line-items/{line}", `{"quantity":2}`},
		"apply a code":      {"POST", "/promotions", `{"promo_codes":["WELCOME10"]}`},
		"read":              {"GET", "", ""},
	} {
		cost := func(c *basket) int {
			n := 0
			for range 2 { // the first request prepares statements
				count.Reset()
				s.cart(tc.method, strings.Replace("/store/carts/"+c.ID+tc.path, "{line}", c.Items[0].ID, 1), tc.body)
				n = len(count.Statements())
			}
			return n
		}
		if a, b := cost(fill(1)), cost(fill(40)); a != b {
			t.Errorf("%s: %d statements with one line, %d with 40, want the same", name, a, b)
		}
	}
}

func TestMergeCarts(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	into := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","items":[{"variant_id":"{var_vinyl}","quantity":3},{"variant_id":"{var_lamp}","quantity":1}]}`)
	from := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","items":[{"variant_id":"{var_vinyl}","quantity":4},{"variant_id":"{var_lamp}","quantity":2},{"variant_id":"{var_vase}","quantity":1}]}`)
	units := func(c *basket) map[string]int {
		out := map[string]int{}
		for _, i := range c.Items {
			out[i.VariantID] += i.Quantity
		}
		return out
	}
	var got struct {
		MergeCarts struct {
			Warnings []struct{ RequestedQuantity, AcceptedQuantity int }
		}
	}
	if codes := s.graphQL(`mutation { mergeCarts(input: {cartId: "`+into.ID+`", fromCartId: "`+from.ID+`"}) { cart { id } userErrors { code } warnings { requestedQuantity acceptedQuantity } } }`, &got); codes != "" {
		t.Fatal(codes)
	}
	if fmt.Sprint(got.MergeCarts.Warnings) != "[{4 2}]" {
		t.Errorf("warnings = %v, want one of 2 of 4 units", got.MergeCarts.Warnings)
	}
	after, left := units(s.cart("GET", "/store/carts/"+into.ID, "")), units(s.cart("GET", "/store/carts/"+from.ID, ""))
	for name, want := range map[string][2]int{"var_vinyl": {5, 2}, "var_lamp": {3, 0}, "var_vase": {1, 0}} {
		if id := s.handles[name]; after[id] != want[0] || left[id] != want[1] {
			t.Errorf("%s: %d and %d units, want %d moved and %d left", name, after[id], left[id], want[0], want[1])
		}
	}
}

func TestAdoptCart(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	guest := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_lamp}","quantity":2}]}`)
	second := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_lamp}","quantity":1}]}`)
	adopt := func(id string) string {
		var got struct {
			AdoptCart struct {
				Cart struct {
					ID    string
					Items []struct{ Quantity int }
				}
			}
		}
		codes := s.graphQL(`mutation { adoptCart(input: {cartId: "`+id+`"}) { cart { id items { quantity } } userErrors { code } warnings { code } } }`, &got)
		return fmt.Sprint(got.AdoptCart.Cart, codes)
	}
	if got := adopt(guest.ID); !strings.Contains(got, "UNAUTHENTICATED") {
		t.Errorf("a guest adopts: %s, want UNAUTHENTICATED", got)
	}
	s.auth = "Bearer " + logIn(t, s.h, "carla")
	if got, want := adopt(guest.ID), "{"+guest.ID+" [{2}]}"; got != want {
		t.Errorf("the first cart = %s, want it claimed: %s", got, want)
	}
	if got, want := adopt(second.ID), "{"+guest.ID+" [{3}]}"; got != want {
		t.Errorf("the second cart = %s, want it merged: %s", got, want)
	}
	var list struct {
		Customer struct {
			Carts struct {
				TotalCount int
				Nodes      []struct {
					ID    string
					Items []struct{ Quantity int }
				}
			}
		}
	}
	if codes := s.graphQL(`{ customer { carts(first: 5) { totalCount nodes { id totals { total { amount } } items { quantity product { title } } } } } }`, &list); codes != "" || len(list.Customer.Carts.Nodes) == 0 ||
		list.Customer.Carts.Nodes[0].ID != guest.ID || fmt.Sprint(list.Customer.Carts.Nodes[0].Items) != "[{3}]" {
		t.Errorf("customer.carts = %+v %s, want the one cart first", list.Customer.Carts, codes)
	}
	s.auth = "Bearer " + logIn(t, s.h, "bob")
	if got := adopt(guest.ID); !strings.Contains(got, "CART_OF_CUSTOMER") {
		t.Errorf("another customer adopts: %s, want CART_OF_CUSTOMER", got)
	}
}

func TestCartProblems(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","shipping_address":{"country_code":"us","province":"us-ca"},"promo_codes":["WELCOME10"],
"items":[{"variant_id":"{var_lamp}","quantity":2},{"variant_id":"{var_mug_moss}","quantity":1},{"variant_id":"{var_tee_m_white}","quantity":1}]}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	problems := func() string {
		var got struct {
			Cart struct {
				Problems []struct {
					Kind         string
					CurrentPrice *struct{ Amount, CurrencyCode string }
					Available    *int
				}
			}
		}
		if codes := s.graphQL(`{ cart(id: "`+c.ID+`") { problems { kind currentPrice { amount currencyCode } available } } }`, &got); codes != "" {
			t.Fatal(codes)
		}
		out := ""
		for _, p := range got.Cart.Problems {
			out += p.Kind
			if p.CurrentPrice != nil {
				out += "=" + p.CurrentPrice.Amount + p.CurrentPrice.CurrencyCode
			}
			if p.Available != nil {
				out += fmt.Sprint("<", *p.Available)
			}
			out += " "
		}
		return out
	}
	if got := problems(); got != "" {
		t.Errorf("problems of a sound cart = %s", got)
	}
	for _, sql := range []string{
		`UPDATE price SET amount = 77, raw_amount = '{"value":"77","precision":20}' WHERE price_set_id = (SELECT price_set_id FROM product_variant_price_set WHERE variant_id = $1) AND currency_code = 'usd'`,
		`UPDATE inventory_level SET stocked_quantity = 0, raw_stocked_quantity = '{"value":"0","precision":20}', reserved_quantity = 0, raw_reserved_quantity = '{"value":"0","precision":20}'
WHERE inventory_item_id IN (SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = $1)`,
	} {
		number(t, url, `WITH u AS (`+sql+` RETURNING 1) SELECT count(*) FROM u`, s.handles["var_lamp"])
	}
	number(t, url, `WITH u AS (UPDATE product SET status = 'draft' WHERE id = (SELECT product_id FROM product_variant WHERE id = $1) RETURNING 1) SELECT count(*) FROM u`, s.handles["var_mug_moss"])
	number(t, url, `WITH u AS (UPDATE promotion SET status = 'inactive' WHERE code = $1 RETURNING 1) SELECT count(*) FROM u`, "WELCOME10")
	number(t, url, `WITH u AS (UPDATE shipping_option SET deleted_at = now() WHERE id = $1 RETURNING 1) SELECT count(*) FROM u`, s.handles["so_us_ground"])
	got := problems()
	for _, want := range []string{"PRICE_CHANGED=77USD ", "STOCK_SHORT<", "NOT_FOR_SALE ", "PROMOTION_GONE ", "SHIPPING_STALE "} {
		if strings.Count(got, want) != 1 {
			t.Errorf("problems = %s, want one %s", got, want)
		}
	}
}

// TestTaxesMovePayment holds D27 of DEVIATIONS.md.
func TestTaxesMovePayment(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","shipping_address":{"country_code":"us","province":"us-ca"},
"items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	s.pay(c.ID)
	paid := s.cart("GET", "/store/carts/"+c.ID, "")
	if len(paid.PaymentCollection.PaymentSessions) != 1 || paid.PaymentCollection.Amount != paid.Total {
		t.Fatalf("before: %+v, want a session for %s", paid.PaymentCollection, paid.Total)
	}
	if _, err := d.Exec(t.Context(), `UPDATE tax_rate SET rate = rate + 1`); err != nil {
		t.Fatal(err)
	}
	got := s.cart("POST", "/store/carts/"+c.ID+"/taxes", "")
	if got.Total == paid.Total {
		t.Fatalf("the total is still %s at another rate", got.Total)
	}
	if got.PaymentCollection.Amount != got.Total || len(got.PaymentCollection.PaymentSessions) != 0 {
		t.Errorf("payment after the taxes: %+v, want no session and the total %s", got.PaymentCollection, got.Total)
	}
}

func TestExpandedPromotions(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","promo_codes":["WELCOME10"],"items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	_, text := s.ask("GET", "/store/carts/"+c.ID+"?fields=id,*promotions", "")
	var got struct {
		Cart struct{ Promotions []map[string]any }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.Cart.Promotions) != 1 {
		t.Fatalf("promotions: %s", text)
	}
	p := got.Cart.Promotions[0]
	if p["code"] != "WELCOME10" || p["type"] != "standard" || p["status"] != "active" || p["is_automatic"] != false || p["application_method"] == nil {
		t.Errorf("an expanded promotion is %v", p)
	}
	if _, ok := p["campaign"]; !ok {
		t.Errorf("an expanded promotion has no campaign, not even null: %v", p)
	}
}

// A storefront of Medusa's starter asks for the variants of lines, to show their options.
func TestVariantsOfLines(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":1},{"variant_id":"{var_tee_m_white}","quantity":1}]}`)
	_, text := s.ask("GET", "/store/carts/"+c.ID+"?fields=*items,*region,*items.product,*items.variant,*items.thumbnail,*items.metadata,%2Bitems.total,*promotions", "")
	var got struct {
		Cart struct{ Items []map[string]any }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.Cart.Items) != 2 {
		t.Fatalf("a starter's cart: %s", text)
	}
	for _, item := range got.Cart.Items {
		variant, _ := item["variant"].(map[string]any)
		if variant["id"] != item["variant_id"] || variant["sku"] != item["variant_sku"] || variant["sku"] == nil {
			t.Errorf("a line is %v", item)
		}
	}
	if _, text := s.ask("GET", "/store/carts/"+c.ID+"?fields=id,items.variant", ""); !strings.Contains(text, `"items":[null,null]`) {
		t.Errorf("a variant that is named without a star: %s", text)
	}
}
