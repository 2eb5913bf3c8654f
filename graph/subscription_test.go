package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// A live is a server that a test reaches over HTTP.
type live struct {
	t   *testing.T
	g   *graph.Server
	d   db.DB
	url string
	key string
}

func newLive(t *testing.T, url string, change func(c *graph.Config, o *db.Options)) *live {
	t.Helper()
	c, o := graph.Config{JWTSecret: "supersecret"}, db.Options{}
	if change != nil {
		change(&c, &o)
	}
	c.DB = dbtest.Open(t, url, o)
	g, err := graph.New(c)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(g.Identify(g))
	t.Cleanup(func() {
		g.Close()
		srv.Close()
	})
	return &live{t: t, g: g, d: c.DB, url: srv.URL, key: dbtest.Handles(t)["pk_web"]}
}

// run runs an operation that has one answer, and returns its data.
func (l *live) run(text string) string {
	l.t.Helper()
	for name, v := range dbtest.Handles(l.t) {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	res := l.send(l.t.Context(), text, "Accept", "application/json")
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.HasPrefix(string(body), `{"data":`) {
		l.t.Fatalf("%s = %s (%v)", text, body, err)
	}
	return string(body)
}

func (l *live) send(ctx context.Context, text string, headers ...string) *http.Response {
	l.t.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, strings.NewReader(string(body)))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Publishable-Api-Key", l.key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// newCart makes a cart and returns its id.
func (l *live) newCart() string {
	l.t.Helper()
	var a struct {
		Data struct {
			CreateCart struct{ Cart struct{ ID string } }
		}
	}
	text := l.run(`mutation{createCart(input:{regionId:"{reg_us}"}){cart{id}}}`)
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		l.t.Fatal(err)
	}
	return a.Data.CreateCart.Cart.ID
}

func (l *live) addTee(cart string) {
	l.t.Helper()
	l.run(`mutation{addLineItems(input:{cartId:"` + cart + `",items:[{variantId:"{var_tee_m_black}",quantity:1}]}){cart{id}}}`)
}

// order orders so many of a variant, and returns the order's id.
func (l *live) order(variant string, quantity int) string {
	l.t.Helper()
	var a struct {
		Data struct {
			CreateCart              struct{ Cart struct{ ID string } }
			ShippingOptions         []struct{ ID string }
			CreatePaymentCollection struct{ PaymentCollection struct{ ID string } }
			CompleteCart            struct{ Order struct{ ID string } }
		}
	}
	run := func(text string) {
		if err := json.Unmarshal([]byte(l.run(text)), &a); err != nil {
			l.t.Fatal(err)
		}
	}
	run(`mutation{createCart(input:{regionId:"{reg_eu}",email:"ada@example.com",shippingAddress:{firstName:"Ada",address1:"1",city:"Berlin",countryCode:"de"},items:[{variantId:"` +
		variant + fmt.Sprintf(`",quantity:%d}]}){cart{id}}}`, quantity))
	cart := a.Data.CreateCart.Cart.ID
	run(`{shippingOptions(cartId:"` + cart + `"){id}}`)
	run(`mutation{addShippingMethods(input:{cartId:"` + cart + `",methods:[{optionId:"` + a.Data.ShippingOptions[0].ID + `"}]}){cart{id}}}`)
	run(`mutation{createPaymentCollection(input:{cartId:"` + cart + `"}){paymentCollection{id}}}`)
	run(`mutation{createPaymentSession(input:{paymentCollectionId:"` + a.Data.CreatePaymentCollection.PaymentCollection.ID + `",providerId:"pp_system_default"}){paymentCollection{id}}}`)
	run(`mutation{completeCart(input:{cartId:"` + cart + `"}){order{id}}}`)
	return a.Data.CompleteCart.Order.ID
}

// logIn returns the token of a customer of the recorded shop.
func (l *live) logIn(name string) string {
	l.t.Helper()
	h := dbtest.Handles(l.t)
	var a struct {
		Data struct {
			LogIn struct{ Authentication struct{ Token string } }
		}
	}
	text := l.run(fmt.Sprintf(`mutation{logIn(input:{email:%q,password:%q}){authentication{token}}}`, h["email_"+name], h["pass_"+name]))
	if err := json.Unmarshal([]byte(text), &a); err != nil || a.Data.LogIn.Authentication.Token == "" {
		l.t.Fatalf("log in = %s (%v)", text, err)
	}
	return a.Data.LogIn.Authentication.Token
}

func (l *live) sql(text string, args ...any) {
	l.t.Helper()
	if _, err := l.d.Exec(l.t.Context(), text, args...); err != nil {
		l.t.Fatal(err)
	}
}

// A follower receives what a subscription sends.
type follower struct {
	t    *testing.T
	next chan string // data of next; closed after complete or the end of the stream
	done chan string // "complete", or why the stream ended otherwise
	stop context.CancelFunc
}

// events subscribes by an event stream.
func (l *live) events(text string, headers ...string) *follower {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	l.t.Cleanup(cancel)
	res := l.send(ctx, text, append([]string{"Accept", "text/event-stream"}, headers...)...)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		body, err := io.ReadAll(res.Body)
		l.t.Fatalf("%s = %d %s %s (%v), want an event stream", text, res.StatusCode, kind, body, err)
	}
	f := &follower{t: l.t, next: make(chan string, 100), done: make(chan string, 1), stop: cancel}
	go f.readEvents(res.Body)
	return f
}

func (f *follower) readEvents(r io.Reader) {
	defer close(f.next)
	lines, event := bufio.NewScanner(r), ""
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); {
		case name == "event":
			event = value
		case name == "data" && event == "next":
			f.next <- value
		case lines.Text() == "" && event == "complete":
			f.done <- event
			return
		}
	}
	f.done <- fmt.Sprint(lines.Err())
}

// patience is how long a test waits for what has to come before it fails.
const patience = 20 * time.Second

// wants fails unless an answer with these words comes. Others before it are passed over.
func (f *follower) wants(words string) {
	f.t.Helper()
	late, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	last := ""
	for {
		select {
		case text, ok := <-f.next:
			if !ok {
				f.t.Fatalf("the subscription ended after %s, want %s", last, words)
			}
			if last = text; strings.Contains(text, words) {
				return
			}
		case <-late.Done():
			f.t.Fatalf("the last answer was %s, want %s", last, words)
		}
	}
}

// ends fails unless the subscription ends in this way.
func (f *follower) ends(how string) {
	f.t.Helper()
	late, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	select {
	case got := <-f.done:
		if !strings.Contains(got, how) {
			f.t.Errorf("the subscription ended with %s, want %s", got, how)
		}
	case <-late.Done():
		f.t.Errorf("the subscription goes on, want it to end with %s", how)
	}
}

func watchCart(id string) string {
	return `subscription{cartUpdated(id:"` + id + `"){id email totals{total{amount}} items{quantity}}}`
}

func TestCartUpdated(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	here, there := newLive(t, url, nil), newLive(t, url, nil)
	cart := here.newCart()
	f, g := here.events(watchCart(cart)), there.events(watchCart(cart))
	f.wants(`"items":[]`)
	g.wants(`"items":[]`)
	here.addTee(cart)
	f.wants(`"items":[{"quantity":1}]`)
	g.wants(`"items":[{"quantity":1}]`)
	here.sql(`UPDATE cart SET email = 'raw@example.com' WHERE id = ?`, cart) // not even updated_at
	f.wants(`raw@example.com`)
	g.wants(`raw@example.com`)
	here.sql(`UPDATE cart SET deleted_at = now() WHERE id = ?`, cart)
	f.ends("complete")
	g.ends("complete")
	if n := len(f.next) + len(g.next); n > 0 {
		t.Errorf("%d answers more than changes", n)
	}
}

// A query over an event stream answers once; a subscription to what does not exist, or may not be asked, says so and ends.
func TestEventRefusals(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ReadShopURL(t), func(c *graph.Config, _ *db.Options) { c.Limits.Depth = 4 })
	for name, x := range map[string]struct{ text, words, key string }{
		"no cart":          {watchCart("cart_none"), "NOT_FOUND", l.key},
		"a wrong key":      {watchCart("cart_none"), "FORBIDDEN", "pk_none"},
		"no key":           {`subscription{orderUpdated(id:"` + dbtest.Handles(t)["order_anna1"] + `"){id}}`, "FORBIDDEN", ""},
		"an unknown field": {`subscription{cartUpdated(id:"x"){region{countries{region{id}}}}}`, "GRAPHQL_VALIDATION_FAILED", l.key},
		"too deep":         {`subscription{cartUpdated(id:"x"){items{product{collection{products{nodes{id}}}}}}}`, "OPERATION_TOO_COSTLY", l.key},
		"internal":         {`subscription{cartUpdated(id:"x"){deletedAt}}`, "GRAPHQL_VALIDATION_FAILED", l.key},
		"a query":          {`{regions{nodes{name}}}`, `"data":{"regions"`, l.key},
		"an order's cart":  {watchCart("order_none"), "NOT_FOUND", l.key},
	} {
		t.Log(name)
		f := l.events(x.text, "X-Publishable-Api-Key", x.key)
		f.wants(x.words)
		f.ends("complete")
	}
}

// What takes arguments below the root is read with every update.
func TestUpdatesOfLists(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), nil)
	id := dbtest.Handles(t)["prod_classic_tee"]
	f := l.events(`subscription{productUpdated(ids:["` + id + `"]){title type{products(first:1){totalCount nodes{id}}} related(first:2){id} variant(selectedOptions:[]){id}}}`)
	f.wants(`"nodes":[{"id":"prod_`)
	if _, err := l.d.Exec(t.Context(), `UPDATE product SET title = 'Renamed', updated_at = now() WHERE id = ?`, id); err != nil {
		t.Fatal(err)
	}
	f.wants(`"title":"Renamed","type":{"products":{"totalCount":`)
}

// The guards are those of order(id), each time.
func TestOrderUpdated(t *testing.T) {
	t.Parallel()
	url, handles := dbtest.ShopURL(t), dbtest.Handles(t)
	open, strict := newLive(t, url, nil), newLive(t, url, func(c *graph.Config, _ *db.Options) { c.StrictOrders = true })
	order := handles["order_anna1"]
	text := `subscription{orderUpdated(id:"` + order + `"){id email status fulfillments{id shippedAt}}}`
	anybody, hers := open.events(text), strict.events(text, "Authorization", "Bearer "+open.logIn("anna"))
	anybody.wants(order)
	hers.wants(order)
	refused := strict.events(text)
	refused.wants("NOT_FOUND")
	refused.ends("complete")

	open.sql(`UPDATE "order" SET email = 'new@example.com' WHERE id = ?`, order)
	anybody.wants("new@example.com")
	hers.wants("new@example.com")
	open.sql(`INSERT INTO fulfillment (id, location_id, provider_id, shipped_at) VALUES ('ful_live', 'sloc_live', 'manual_manual', now())`)
	open.sql(`INSERT INTO order_fulfillment (id, order_id, fulfillment_id) VALUES ('ordful_live', ?, 'ful_live')`, order)
	anybody.wants("ful_live")
	hers.wants("ful_live")
	open.sql(`UPDATE "order" SET customer_id = ? WHERE id = ?`, handles["cus_bob"], order)
	hers.ends("complete")
	anybody.wants(order)
}

// However many watch, what they watch is looked at together.
func TestWatchingIsOneQuery(t *testing.T) {
	t.Parallel()
	var count dbtest.Counter
	l := newLive(t, dbtest.ShopURL(t), func(_ *graph.Config, o *db.Options) { o.Tracer = &count })
	carts := []string{l.newCart(), l.newCart(), l.newCart()}
	var followers []*follower
	for n := range 30 {
		f := l.events(watchCart(carts[n%3]))
		f.wants(carts[n%3])
		followers = append(followers, f)
	}
	count.Reset()
	l.sql(`UPDATE cart SET email = 'raw@example.com' WHERE id IN (?, ?, ?)`, carts[0], carts[1], carts[2])
	for _, f := range followers {
		f.wants("raw@example.com")
	}
	looks := 0
	for _, text := range count.Statements() {
		if strings.Contains(text, "hashtextextended") {
			looks++
		}
	}
	if looks == 0 || looks >= len(followers) {
		t.Errorf("%d looks at 3 carts that %d watch, want one for all of them", looks, len(followers))
	}
}

// Nobody is told more than their key would show them now.
func TestSubscriptionsEndWithTheirKey(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), nil)
	cart := l.newCart()
	f := l.events(watchCart(cart))
	f.wants(cart)
	l.sql(`UPDATE api_key SET revoked_at = now() - interval '1 minute' WHERE token = ?`, l.key)
	l.sql(`UPDATE cart SET email = 'secret@example.com' WHERE id = ?`, cart)
	f.ends("complete")
	for text := range f.next {
		t.Errorf("after its key was revoked a subscription says %s", text)
	}
}

// Work ends with its context, and ends the subscriptions in a way that has clients come again.
func TestSubscriptionsEndWithTheServer(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), nil)
	cart := l.newCart()
	f := l.events(watchCart(cart))
	f.wants(cart)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	l.g.Work(ctx)
	f.ends("nil")
}

// A productPage has what the tests of productUpdated look at.
const productPage = `{ id title variants { sku inStock inventoryQuantity price { amount { amount } } } }`

func watchProducts(ids ...string) string {
	return `subscription @inContext(region: "REGION") { productUpdated(ids: ["` + strings.Join(ids, `", "`) + `"]) ` + productPage + ` }`
}

// quiet fails if anything is waiting to be read.
func (f *follower) quiet() {
	f.t.Helper()
	select {
	case text := <-f.next:
		f.t.Errorf("the subscription says %s where nothing has changed that it shows", text)
	default:
	}
}

// A product is sent again after each change that shows, whoever made it, and after no other.
func TestProductUpdated(t *testing.T) {
	t.Parallel()
	l, h := newLive(t, dbtest.ShopURL(t), nil), dbtest.Handles(t)
	tee, mug := h["prod_classic_tee"], h["prod_stone_mug"]
	in := func(text, region string) string { return strings.Replace(text, "REGION", h[region], 1) }
	f := l.events(in(watchProducts(tee, mug, tee, "prod_none"), "reg_eu"))
	american := l.events(in(watchProducts(tee), "reg_us"))
	f.wants(tee)
	f.wants(mug)
	american.wants(tee)

	euros := `(SELECT p.id FROM price p JOIN product_variant_price_set s ON s.price_set_id = p.price_set_id WHERE s.variant_id = '` + h["var_tee_m_black"] +
		`' AND p.currency_code = 'eur' AND p.price_list_id IS NULL)`
	item := `(SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = '` + h["var_tee_m_black"] + `' AND deleted_at IS NULL)`
	location := `(SELECT l.stock_location_id FROM sales_channel_stock_location l JOIN publishable_api_key_sales_channel k ON k.sales_channel_id = l.sales_channel_id
JOIN api_key a ON a.id = k.publishable_key_id WHERE a.token = '` + l.key + `')`
	l.sql(`UPDATE product SET title = 'Plain Tee' WHERE id = ?`, tee)
	f.wants(`Plain Tee`)
	american.wants(`Plain Tee`)
	l.sql(`UPDATE price SET amount = 77.25, raw_amount = '{"value":"77.25","precision":20}' WHERE id IN ` + euros)
	f.wants(`"77.25"`)
	l.sql(`UPDATE inventory_level SET stocked_quantity = 7654, reserved_quantity = 0 WHERE inventory_item_id IN ` + item + ` AND location_id IN ` + location)
	f.wants(`30616`)
	american.wants(`30616`) // and not for what changed in euros

	order := l.order(h["var_tee_m_black"], 3)
	f.wants(`30613`)
	american.wants(`30613`)
	l.sql(`UPDATE product SET metadata = '{"seen": "not"}', updated_at = now() WHERE id = ?`, tee)
	l.sql(`UPDATE "order" SET email = 'other@example.com' WHERE id = ?`, order)
	l.sql(`UPDATE product SET title = 'Another Mug' WHERE id = ?`, mug)
	f.wants(`Another Mug`)
	american.quiet()

	l.sql(`UPDATE product SET status = 'draft' WHERE id = ?`, tee)
	american.ends("complete")
	l.sql(`UPDATE product SET title = 'Back Again', status = 'published' WHERE id = ?`, tee)
	f.wants(`Back Again`)
	l.sql(`UPDATE product_sales_channel SET deleted_at = now() WHERE product_id = ?`, tee)
	l.sql(`UPDATE product SET deleted_at = now() WHERE id = ?`, mug)
	f.ends("complete")
}

// A price list that begins or ends changes prices though nothing is written.
func TestProductUpdatedByTime(t *testing.T) {
	t.Parallel()
	l, h := newLive(t, dbtest.ShopURL(t), nil), dbtest.Handles(t)
	f := l.events(strings.Replace(watchProducts(h["prod_classic_tee"]), "REGION", h["reg_eu"], 1))
	f.wants(h["prod_classic_tee"])
	l.sql(`INSERT INTO price_list (id, title, description, type, status, starts_at) VALUES ('plist_soon', 'Soon', '', 'sale', 'active', now() + interval '3 seconds')`)
	l.sql(`INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, price_list_id)
SELECT 'price_soon', price_set_id, 'eur', 0.75, '{"value":"0.75","precision":20}', 'plist_soon' FROM product_variant_price_set WHERE variant_id = ?`, h["var_tee_m_black"])
	f.wants(`"0.75"`)
	l.sql(`UPDATE price_list SET ends_at = now() + interval '1 second' WHERE id = 'plist_soon'`)
	late, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for text := `"0.75"`; strings.Contains(text, `"0.75"`); {
		select {
		case text = <-f.next:
		case <-late.Done():
			t.Fatal("the subscription is not told of the end of a price list")
		}
	}
}

func TestProductUpdatedRefusals(t *testing.T) {
	t.Parallel()
	l, h := newLive(t, dbtest.ReadShopURL(t), nil), dbtest.Handles(t)
	many := strings.Repeat(`"prod_x", `, 40)
	for i := range 101 {
		many += fmt.Sprintf(`"prod_%d", `, i)
	}
	for name, x := range map[string]struct{ ids, words string }{
		"unpublished": {`"` + h["prod_draft_jacket"] + `"`, "NOT_FOUND"},
		"none":        {`"prod_none"`, "NOT_FOUND"},
		"no ids":      {``, "BAD_USER_INPUT"},
		"too many":    {many, "BAD_USER_INPUT"},
	} {
		t.Log(name)
		f := l.events(`subscription { productUpdated(ids: [` + x.ids + `]) { id } }`)
		f.wants(x.words)
		f.ends("complete")
	}
}

// However many watch the same, a change costs the same: one look at the marks of all, and few readings of what changed.
func TestWatchingProductsIsShared(t *testing.T) {
	t.Parallel()
	var count dbtest.Counter
	l, h := newLive(t, dbtest.ShopURL(t), func(_ *graph.Config, o *db.Options) { o.Tracer = &count }), dbtest.Handles(t)
	products := []string{h["prod_classic_tee"], h["prod_stone_mug"]}
	var followers []*follower
	for n := range 40 {
		f := l.events(strings.Replace(watchProducts(products...), "REGION", h["reg_eu"], 1))
		f.wants(products[n%2])
		followers = append(followers, f)
	}
	count.Reset()
	l.sql(`UPDATE product SET title = 'Sold by the dozen' WHERE id IN (?, ?)`, products[0], products[1])
	for _, f := range followers {
		f.wants("Sold by the dozen")
		f.wants("Sold by the dozen")
	}
	readings := 0
	for _, text := range count.Statements() {
		if strings.Contains(text, "FROM product p WHERE") && !strings.Contains(text, "hashtextextended") {
			readings++
		}
	}
	if readings == 0 || readings > 10 {
		t.Errorf("%d readings of 2 products for 40 subscriptions, want a few that are shared", readings)
	}
}

// A plan writes what subscriptions send: gqlgen's executor writes nothing of it.
func TestSubscriptionsAreFast(t *testing.T) {
	t.Parallel()
	fell := make(chan string, 100)
	url := dbtest.ReadShopURL(t)
	l := newLive(t, url, func(c *graph.Config, _ *db.Options) { c.OnFallback = func(field string) { fell <- field } })
	plain := newLive(t, url, func(c *graph.Config, _ *db.Options) { c.NoProjection = true })
	h := dbtest.Handles(t)
	for _, text := range []string{
		`subscription A { alias: cartUpdated(id: "` + h["ordercart_anna1"] + `") { __typename id totals { total { amount currencyCode } } items { quantity variant { sku } } } }`,
		`subscription B { orderUpdated(id: "` + h["order_anna1"] + `") { ...O } } fragment O on Order { id status totals { total { amount } } items { title } }`,
		`subscription C($more: Boolean = true) { productUpdated(ids: ["` + h["prod_classic_tee"] + `"]) { id title @include(if: $more) variants { sku price { amount { amount currencyCode } } } } }`,
	} {
		if a, b := <-l.events(text).next, <-plain.events(text).next; a != b || !strings.HasPrefix(a, `{"data":{"`) {
			t.Errorf("%s\nby a plan       %s\nby the executor %s", text, a, b)
		}
	}
	select {
	case field := <-fell:
		t.Errorf("gqlgen's executor writes %s", field)
	default:
	}
	// What a plan cannot write has its currency all the same.
	l.events(`subscription { cartUpdated(id: "` + h["ordercart_anna1"] + `") { problems { kind } totals { total { currencyCode } } } }`).wants(`"total":{"currencyCode":"EUR"}`)
}
