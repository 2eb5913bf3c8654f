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
	var a struct{ Data struct{ CreateCart struct{ ID string } } }
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
