package edge_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

// serveEdge serves h behind an edge that gives bodies little time, and returns its address.
func serveEdge(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	e, err := edge.New(edge.Options{Log: slog.New(slog.DiscardHandler), BodyTime: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(e.Wrap(h))
	s.Listener = edge.RefuseTLS(s.Listener)
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestSlowBody sends the beginning of a body and nothing more.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]string{"with a length": "Content-Length: 100", "in chunks": "Transfer-Encoding: chunked"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serveEdge(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.ReadAll(r.Body); err == nil {
					t.Error("the handler read a whole body")
				}
				w.WriteHeader(http.StatusBadRequest)
			})
			c := dial(t, address)
			if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\n"+length+"\r\n\r\n5\r\n{"); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(c) // until the server ends the connection
			if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
				t.Errorf("the answer is %q, %v", answer, err)
			}
		})
	}
}

// TestBodyTimeEndsWithTheBody answers a request after its body's time: the deadline is not the answer's.
func TestBodyTimeEndsWithTheBody(t *testing.T) {
	t.Parallel()
	address := serveEdge(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
			t.Error("the request ended with its body's time")
		case <-time.After(100 * time.Millisecond): // longer than a body may take
		}
		w.WriteHeader(http.StatusNoContent)
	})
	c := dial(t, address)
	in := bufio.NewReader(c)
	for range 2 { // on the same connection
		if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil || res.StatusCode != http.StatusNoContent {
			t.Fatalf("the answer is %v, %v", res, err)
		}
		_ = res.Body.Close()
	}
}

// TestTLSOnPlainPort begins TLS where it is not spoken, and is told so at once.
func TestTLSOnPlainPort(t *testing.T) {
	t.Parallel()
	address := serveEdge(t, func(http.ResponseWriter, *http.Request) { t.Error("it became a request") })
	c := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // there is no certificate
	if err := c.HandshakeContext(t.Context()); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("the handshake = %v, want an alert", err)
	}
}
