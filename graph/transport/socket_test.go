package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/storegraph/storegraph/graph/transport"
)

// A socket is a client's end of a WebSocket.
type socket struct {
	*site
	conn *websocket.Conn
}

type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// dial connects.
func (x *site) dial() *socket {
	x.t.Helper()
	conn, res, err := websocket.Dial(x.t.Context(), x.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		x.t.Fatal(err)
	}
	if res.Body != nil {
		x.t.Cleanup(func() { _ = res.Body.Close() })
	}
	x.t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{x, conn}
}

// open connects and initialises the connection with a payload.
func (x *site) open(payload string) *socket {
	x.t.Helper()
	s := x.dial()
	s.say("connection_init", "", payload)
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

func (s *socket) subscribe(id, query string) {
	s.t.Helper()
	payload, err := json.Marshal(map[string]string{"query": query})
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
	x := newSite(t, transport.Options{Limits: transport.Limits{Document: 200}})
	s := x.open("")
	s.say("ping", "", `{"n":1}`)
	s.wants("pong", "", `{"n":1}`)
	s.subscribe("a", "subscription{ticks}")
	x.ticks <- "one"
	s.wants("next", "a", `{"data":{"ticks":"one"}}`)
	s.say("complete", "a", "")
	await(t, "the end of what the client has completed", x.ended)
	s.subscribe("a", "{hello}") // the id is free
	s.wants("next", "a", `{"data":{"hello":"done"}}`)
	s.wants("complete", "a", "")
	s.say("subscribe", "b", `{"documentId":"hello"}`)
	s.wants("next", "b", `{"data":{"hello":"done"}}`)
	s.wants("complete", "b", "")
	for query, code := range map[string]string{
		"mutation{act}": "not_allowed", "subscription{nonsense}": "INTERNAL", "{": "INTERNAL", "{hello" + strings.Repeat(" ", 200) + "}": "longer than 200 bytes",
		"subscription{broken}": "panic",
	} {
		s.subscribe("b", query)
		s.wants("error", "b", code)
	}
	s.subscribe("c", "subscription{ticks}")
	x.ticks <- "two"
	s.wants("next", "c", "two")
	close(x.ticks)
	s.wants("complete", "c", "")
}

// A client that breaks the protocol is told so by the code.
func TestSocketRefusals(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{AllowOrigin: func(origin string) bool { return origin == "https://shop.example" }})
	s := x.dial()
	s.subscribe("a", "subscription{ticks}")
	s.closed(4401)
	s = x.open("")
	s.say("connection_init", "", "")
	s.closed(4429)
	s = x.open("")
	s.say("nonsense", "", "")
	s.closed(4400)
	s = x.open("")
	s.say("subscribe", "", `{"query":"{hello}"}`)
	s.closed(4400)
	s = x.dial()
	s.say("connection_init", "", `"a text"`)
	s.closed(4400)
	s = x.open("")
	for range 2 {
		s.subscribe("a", "subscription{ticks}")
	}
	s.closed(4409)

	for origin, want := range map[string]int{"": 101, "https://shop.example": 101, x.url: 101, "https://evil.example": 403, "null": 403} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		conn, res, err := websocket.Dial(t.Context(), x.url, &websocket.DialOptions{HTTPHeader: h, Subprotocols: []string{"graphql-transport-ws"}})
		if res == nil || res.StatusCode != want {
			t.Errorf("origin %q: %v, want %d", origin, err, want)
		}
		if err == nil {
			_ = conn.CloseNow()
		}
	}
	if _, res, err := websocket.Dial(t.Context(), x.url, nil); res == nil || res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a subprotocol: %v, want 400", err)
	}
}

// The payload of connection_init sets the headers that it may, and no others.
func TestSocketInitHeaders(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{InitHeaders: []string{"X-Caller"}})
	x.open(`{"x-caller":"ada","x-other":"eve"}`)
	if got := await(t, "a caller", x.callers); got != "ada" {
		t.Errorf("the caller is %q, want ada", got)
	}
	x.open(`{"x-caller":7}`)
	if got := await(t, "a caller", x.callers); got != "" {
		t.Errorf("the caller is %q, want nobody", got)
	}
}

// A connection ends with its caller's credentials, and with the server.
func TestSocketEnds(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{KeepAlive: time.Millisecond})
	s := x.open("")
	s.subscribe("a", "subscription{ticks}")
	await(t, "a subscription", x.began)
	x.expired()
	s.closed(4403)
	await(t, "the end of a subscription whose credentials have expired", x.ended)
	s = x.open("")
	s.subscribe("a", "subscription{ticks}")
	await(t, "a subscription", x.began)
	x.handler.Stop()
	s.closed(websocket.StatusGoingAway)
	x.handler.Close()
}
