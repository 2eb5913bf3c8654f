package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

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
		Data struct{ CreateCart struct{ ID string } }
	}
	text := l.run(`mutation{createCart(input:{regionId:"{reg_us}"}){id}}`)
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		l.t.Fatal(err)
	}
	return a.Data.CreateCart.ID
}

func (l *live) addTee(cart string) {
	l.t.Helper()
	l.run(`mutation{addLineItem(cartId:"` + cart + `",input:{variantId:"{var_tee_m_black}",quantity:1}){id}}`)
}

// logIn returns the token of a customer of the recorded shop.
func (l *live) logIn(name string) string {
	l.t.Helper()
	h := dbtest.Handles(l.t)
	var a struct {
		Data struct{ LogIn struct{ Token string } }
	}
	text := l.run(fmt.Sprintf(`mutation{logIn(input:{email:%q,password:%q}){token}}`, h["email_"+name], h["pass_"+name]))
	if err := json.Unmarshal([]byte(text), &a); err != nil || a.Data.LogIn.Token == "" {
		l.t.Fatalf("log in = %s (%v)", text, err)
	}
	return a.Data.LogIn.Token
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

// patience is how long a test waits for what has to come.
const patience = 10 * time.Second

// wants fails unless an answer with these words comes. Others before it are passed over.
func (f *follower) wants(words string) {
	f.t.Helper()
	last, late := "", time.After(patience)
	for {
		select {
		case text, ok := <-f.next:
			if !ok {
				f.t.Fatalf("the subscription ended after %s, want %s", last, words)
			}
			if last = text; strings.Contains(text, words) {
				return
			}
		case <-late:
			f.t.Fatalf("the last answer was %s, want %s", last, words)
		}
	}
}

// ends fails unless the subscription ends in this way.
func (f *follower) ends(how string) {
	f.t.Helper()
	select {
	case got := <-f.done:
		if !strings.Contains(got, how) {
			f.t.Errorf("the subscription ended with %s, want %s", got, how)
		}
	case <-time.After(patience):
		f.t.Errorf("the subscription goes on, want it to end with %s", how)
	}
}

func watchCart(id string) string {
	return `subscription{cartUpdated(id:"` + id + `"){id email total items{quantity}}}`
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
	begun := time.Now()
	here.sql(`UPDATE cart SET email = 'raw@example.com' WHERE id = ?`, cart) // not even updated_at
	f.wants(`raw@example.com`)
	g.wants(`raw@example.com`)
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("a change by SQL was told after %s, want about a second", took)
	}
	here.sql(`UPDATE cart SET deleted_at = now() WHERE id = ?`, cart)
	f.ends("complete")
	g.ends("complete")
	if n := len(f.next) + len(g.next); n > 0 {
		t.Errorf("%d answers more than changes", n)
	}
}

// A socket is a client's end of a WebSocket.
type socket struct {
	*live
	conn *websocket.Conn
}

type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// dial connects without saying who is asking.
func (l *live) dial() *socket {
	l.t.Helper()
	conn, res, err := websocket.Dial(l.t.Context(), l.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		l.t.Fatal(err)
	}
	if res.Body != nil {
		l.t.Cleanup(func() { _ = res.Body.Close() })
	}
	l.t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{l, conn}
}

// open connects with the publishable key and more in the payload.
func (l *live) open(payload map[string]string) *socket {
	l.t.Helper()
	s := l.dial()
	said := map[string]string{"x-publishable-api-key": l.key}
	maps.Copy(said, payload)
	text, err := json.Marshal(said)
	if err != nil {
		l.t.Fatal(err)
	}
	s.say("connection_init", "", string(text))
	s.wants("connection_ack", "", "")
	return s
}

func (s *socket) say(kind, id, payload string) {
	s.t.Helper()
	text, err := json.Marshal(message{id, kind, json.RawMessage(payload)})
	if err == nil {
		err = s.conn.Write(s.t.Context(), websocket.MessageText, text)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) subscribe(id, text string) {
	s.t.Helper()
	payload, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		s.t.Fatal(err)
	}
	s.say("subscribe", id, string(payload))
}

func (s *socket) read() (message, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	var m message
	_, text, err := s.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	return m, err
}

// wants fails unless the next message is of this kind for this id, with these words.
func (s *socket) wants(kind, id, words string) {
	s.t.Helper()
	if m, err := s.read(); err != nil || m.Type != kind || m.ID != id || !strings.Contains(string(m.Payload), words) {
		s.t.Fatalf("got %s for %q with %s (%v), want %s for %q with %s", m.Type, m.ID, m.Payload, err, kind, id, words)
	}
}

// closed fails unless the server closes the connection with a code.
func (s *socket) closed(code websocket.StatusCode) {
	s.t.Helper()
	for {
		if _, err := s.read(); err != nil {
			if got := websocket.CloseStatus(err); got != code {
				s.t.Errorf("closed with %d (%v), want %d", got, err, code)
			}
			return
		}
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	here, there := newLive(t, url, nil), newLive(t, url, nil)
	one, two := here.newCart(), here.newCart()
	s := there.open(nil)
	s.say("ping", "", `{"n":1}`)
	s.wants("pong", "", `{"n":1}`)
	s.subscribe("a", watchCart(one))
	s.wants("next", "a", `"items":[]`)
	s.subscribe("b", watchCart(two))
	s.wants("next", "b", `"items":[]`)
	here.addTee(one)
	s.wants("next", "a", `"items":[{"quantity":1}]`)
	s.say("complete", "a", "")
	here.addTee(one)
	s.subscribe("a", `{cart(id:"`+one+`"){items{quantity}}}`)
	s.wants("next", "a", `"items":[{"quantity":2}]`)
	s.wants("complete", "a", "")
	there.addTee(two)
	s.wants("next", "b", `"items":[{"quantity":1}]`)
	there.sql(`UPDATE cart SET deleted_at = now() WHERE id = ?`, two)
	s.wants("complete", "b", "")
	s.subscribe("c", watchCart("cart_none"))
	s.wants("next", "c", "NOT_FOUND")
	s.wants("complete", "c", "")
	for text, code := range map[string]string{
		`mutation{createCart(input:{}){id}}`:          "NOT_ALLOWED",
		`subscription{cartUpdated(id:"x"){nonsense}}`: "INVALID_DATA", `{`: "INVALID_DATA",
		`subscription{cartUpdated(id:"x"){id} orderUpdated(id:"x"){id}}`: "INVALID_DATA",
	} {
		s.subscribe("d", text)
		s.wants("error", "d", code)
	}
	s.subscribe("b", watchCart(one))
	s.wants("next", "b", "")
	s.subscribe("b", watchCart(one))
	s.closed(4409)
}

// Who breaks the protocol, or does not say who they are, is told so by the code.
func TestSocketRefusals(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ReadShopURL(t), func(c *graph.Config, _ *db.Options) {
		c.AllowOrigin = func(origin string) bool { return origin == "https://shop.example" }
	})
	s := l.dial()
	s.subscribe("a", watchCart("x"))
	s.closed(4401)
	s = l.open(nil)
	s.say("connection_init", "", "")
	s.closed(4429)
	s = l.open(nil)
	s.say("nonsense", "", "")
	s.closed(4400)
	s = l.open(nil)
	s.say("subscribe", "", `{"query":"{regions{nodes{id}}}"}`)
	s.closed(4400)
	s = l.open(map[string]string{"X-Publishable-Api-Key": "pk_none", "x-publishable-api-key": "pk_none"})
	s.subscribe("a", watchCart("x"))
	s.wants("next", "a", "NOT_ALLOWED")

	for origin, want := range map[string]int{"": 101, "https://shop.example": 101, l.url: 101, "https://evil.example": 403, "null": 403} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		conn, res, err := websocket.Dial(t.Context(), l.url, &websocket.DialOptions{HTTPHeader: h, Subprotocols: []string{"graphql-transport-ws"}})
		if res == nil || res.StatusCode != want {
			t.Errorf("origin %q: %v, want %d", origin, err, want)
		}
		if err == nil {
			_ = conn.CloseNow()
		}
	}
	if _, res, err := websocket.Dial(t.Context(), l.url, nil); res == nil || res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a subprotocol: %v, want 400", err)
	}
}

func TestEventRefusals(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ReadShopURL(t), func(c *graph.Config, _ *db.Options) { c.Limits.Depth = 3 })
	for name, x := range map[string]struct{ text, words, header, value string }{
		"no cart":         {watchCart("cart_none"), "NOT_FOUND", "", ""},
		"a wrong key":     {watchCart("cart_none"), "NOT_ALLOWED", "X-Publishable-Api-Key", "pk_none"},
		"no key":          {`subscription{orderUpdated(id:"{order_anna1}"){id}}`, "NOT_ALLOWED", "X-Publishable-Api-Key", ""},
		"too deep":        {`subscription{cartUpdated(id:"x"){region{countries{region{id}}}}}`, "INVALID_DATA", "", ""},
		"internal":        {`subscription{cartUpdated(id:"x"){deletedAt}}`, "INVALID_DATA", "", ""},
		"idempotent":      {watchCart("cart_none"), "INVALID_DATA", "Idempotency-Key", "k"},
		"a query":         {`{regions{nodes{name}}}`, `"data":{"regions"`, "", ""},
		"an order's cart": {watchCart("order_none"), "NOT_FOUND", "", ""},
	} {
		text := strings.ReplaceAll(x.text, "{order_anna1}", dbtest.Handles(t)["order_anna1"])
		t.Log(name)
		header, value := "X-Test", ""
		if x.header != "" {
			header, value = x.header, x.value
		}
		f := l.events(text, header, value)
		f.wants(x.words)
		f.ends("complete")
	}
	res := l.send(t.Context(), watchCart("x"), "Accept", "application/json")
	if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), "event-stream") {
		t.Errorf("a subscription without a stream = %s (%v), want it refused", body, err)
	}
}

func TestSubscriptionLimits(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), func(c *graph.Config, _ *db.Options) {
		c.Limits.Streams, c.Limits.Subscriptions, c.Limits.PerSocket = 3, 4, 2
	})
	cart := l.newCart()
	s := l.open(nil)
	for _, id := range []string{"a", "b"} {
		s.subscribe(id, watchCart(cart))
		s.wants("next", id, cart)
	}
	s.subscribe("c", watchCart(cart))
	s.wants("error", "c", "THROTTLED")
	f, g := l.events(watchCart(cart)), l.events(watchCart(cart))
	f.wants(cart)
	g.wants(cart)
	if res := l.send(t.Context(), watchCart(cart), "Accept", "text/event-stream"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one stream too many = %d, want 503", res.StatusCode)
	}
	f.stop()
	s.say("complete", "a", "")
	eventually(t, "a place for another stream", func() bool {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		return l.send(ctx, watchCart(cart), "Accept", "text/event-stream").StatusCode == http.StatusOK
	})
}

// eventually fails unless something becomes so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("no %s after %s", what, patience)
		}
	}
}

// The guards are those of order(id), each time.
func TestOrderUpdated(t *testing.T) {
	t.Parallel()
	url, handles := dbtest.ShopURL(t), dbtest.Handles(t)
	open, strict := newLive(t, url, nil), newLive(t, url, func(c *graph.Config, _ *db.Options) { c.StrictOrders = true })
	order := handles["order_anna1"]
	text := `subscription{orderUpdated(id:"` + order + `"){id email status fulfillments{id shippedAt}}}`
	anybody, hers := open.events(text), strict.open(map[string]string{"authorization": "Bearer " + open.logIn("anna")})
	anybody.wants(order)
	hers.subscribe("a", text)
	hers.wants("next", "a", order)
	refused := strict.events(text)
	refused.wants("NOT_FOUND")
	refused.ends("complete")

	open.sql(`UPDATE "order" SET email = 'new@example.com' WHERE id = ?`, order)
	anybody.wants("new@example.com")
	hers.wants("next", "a", "new@example.com")
	open.sql(`INSERT INTO fulfillment (id, location_id, provider_id, shipped_at) VALUES ('ful_live', 'sloc_live', 'manual_manual', now())`)
	open.sql(`INSERT INTO order_fulfillment (id, order_id, fulfillment_id) VALUES ('ordful_live', ?, 'ful_live')`, order)
	anybody.wants("ful_live")
	hers.wants("next", "a", "ful_live")
	open.sql(`UPDATE "order" SET customer_id = ? WHERE id = ?`, handles["cus_bob"], order)
	hers.wants("complete", "a", "")
	anybody.wants(order)
}

// What is watched costs one query a second for carts and one for orders, whoever watches and how many they are.
func TestWatchingIsOneQuery(t *testing.T) {
	t.Parallel()
	var count dbtest.Counter
	l := newLive(t, dbtest.ShopURL(t), func(_ *graph.Config, o *db.Options) { o.Tracer = &count })
	looks := func() (n int) {
		for _, text := range count.Statements() {
			if strings.Contains(text, "hashtextextended") {
				n++
			}
		}
		return n
	}
	carts := []string{l.newCart(), l.newCart(), l.newCart()}
	var all []*follower
	for n := range 30 {
		f := l.events(watchCart(carts[n%3]))
		f.wants(carts[n%3])
		all = append(all, f)
	}
	count.Reset()
	begun := time.Now()
	eventually(t, "third look", func() bool { return looks() >= 3 })
	if took, n := time.Since(begun), len(count.Statements()); took < 1500*time.Millisecond || n > 5 {
		t.Errorf("%d statements in %s for 30 watchers, want one a second", n, took)
	}
	for _, f := range all {
		f.stop()
	}
	eventually(t, "end of the looks", func() bool {
		count.Reset()
		time.Sleep(1200 * time.Millisecond)
		return len(count.Statements()) == 0
	})
}

// A server that stops ends what is open in a way that has clients come again.
func TestSubscriptionsEndWithTheServer(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), func(c *graph.Config, _ *db.Options) { c.KeepAlive = 10 * time.Millisecond })
	cart := l.newCart()
	f, s := l.events(watchCart(cart)), l.open(nil)
	f.wants(cart)
	s.subscribe("a", watchCart(cart))
	s.wants("next", "a", cart)
	closed := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		l.g.Work(ctx)
		close(closed)
	}()
	stop()
	s.closed(websocket.StatusGoingAway)
	f.ends("nil")
	select {
	case <-closed:
	case <-time.After(patience):
		t.Error("Work goes on after its context ended")
	}
	if res := l.send(t.Context(), watchCart(cart), "Accept", "text/event-stream"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a subscription after the end = %d, want 503", res.StatusCode)
	}
}

// Nobody is told more than the key and the token would show them now.
func TestSubscriptionsEndWithTheirCredentials(t *testing.T) {
	t.Parallel()
	l := newLive(t, dbtest.ShopURL(t), func(c *graph.Config, _ *db.Options) { c.Tokens.Lifetime = 5 * time.Second })
	cart := l.newCart()
	token := "Bearer " + l.logIn("anna")
	f, s := l.events(watchCart(cart), "Authorization", token), l.open(map[string]string{"Authorization": token})
	f.wants(cart)
	s.subscribe("a", watchCart(cart))
	s.wants("next", "a", cart)
	f.ends("nil")
	s.closed(4403)

	f = l.events(watchCart(cart))
	f.wants(cart)
	l.sql(`UPDATE api_key SET revoked_at = now() - interval '1 minute' WHERE token = ?`, l.key)
	l.sql(`UPDATE cart SET email = 'secret@example.com' WHERE id = ?`, cart)
	f.ends("complete")
	for text := range f.next {
		t.Errorf("after its key was revoked a subscription says %s", text)
	}
}
