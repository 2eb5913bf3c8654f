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

	"storegraph/db"
	"storegraph/db/dbtest"
	"storegraph/graph"
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
		"too deep":         {`subscription{cartUpdated(id:"x"){items{product{collection{products{id}}}}}}`, "OPERATION_TOO_COSTLY", l.key},
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
