package main

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/storegraph/storegraph/db/dbtest"
)

// Subscriptions pass through all middleware around the API, without delay and unchanged.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	handles := dbtest.Handles(t)
	h, work, err := handler(t.Context(), Config{StoreCORS: "https://shop.example"}, dbtest.Shop(t), slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	stop := background(t.Context(), work)
	t.Cleanup(func() {
		stop()
		s.Close()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	const query = `{"query":"subscription($id: ID!){orderUpdated(id: $id){id}}","variables":{"id":"ORDER"}}`
	text := strings.Replace(query, "ORDER", handles["order_anna1"], 1)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/graphql", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Accept": "text/event-stream", "X-Publishable-Api-Key": handles["pk_web"],
		"Accept-Encoding": "gzip", "Origin": "https://shop.example",
	} {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got := res.Header.Get("Content-Encoding") + res.Header.Get("Access-Control-Allow-Origin"); got != "https://shop.example" {
		t.Errorf("headers of the event stream = %v, want it plain and for the shop", res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	said := ""
	for !strings.HasPrefix(said, "data: ") && lines.Scan() {
		said = lines.Text()
	}
	if !strings.Contains(said, handles["order_anna1"]) {
		t.Errorf("the event stream says %q (%v), want the order", said, lines.Err())
	}

	for origin, allowed := range map[string]bool{"https://shop.example": true, s.URL: true, "https://evil.example": false} {
		conn, res, err := websocket.Dial(ctx, s.URL+"/graphql", &websocket.DialOptions{
			Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Origin": {origin}},
		})
		if !allowed {
			if err == nil || res.StatusCode != http.StatusForbidden {
				t.Errorf("a WebSocket from %s: %v, want it refused", origin, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("a WebSocket from %s: %v", origin, err)
		}
		for _, m := range []string{`{"type":"connection_init","payload":{"x-publishable-api-key":"` + handles["pk_web"] + `"}}`, `{"type":"subscribe","id":"a","payload":` + text + `}`} {
			if err := conn.Write(ctx, websocket.MessageText, []byte(m)); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []string{"connection_ack", handles["order_anna1"]} {
			if _, got, err := conn.Read(ctx); err != nil || !strings.Contains(string(got), want) {
				t.Errorf("the WebSocket says %s (%v), want %s", got, err, want)
			}
		}
		_ = conn.CloseNow()
	}
}
