package outbox_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/storegraph/storegraph/graph/shop/outbox"
)

func TestSend(t *testing.T) {
	t.Parallel()
	judge, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := standardwebhooks.NewWebhook("whsec_" + strings.Repeat("A", 32))
	if err != nil {
		t.Fatal(err)
	}
	status := http.StatusNoContent
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := judge.Verify(body, r.Header); err != nil {
			t.Errorf("the specification's own library refuses the message: %v", err)
		}
		if stranger.Verify(body, r.Header) == nil {
			t.Error("another secret verifies the message")
		}
		if judge.Verify(append(body, ' '), r.Header) == nil {
			t.Error("a changed message is verified")
		}
		if got := r.Header.Get("Webhook-Id"); got != "evt_1" {
			t.Errorf("webhook-id = %q, want evt_1", got)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer s.Close()
	e, err := outbox.NewEndpoint(s.URL+"/secret-path", secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		status   int
		ok, gone bool
	}{{204, true, false}, {200, true, false}, {302, false, false}, {400, false, false}, {500, false, false}, {410, false, true}} {
		status = tc.status
		err := e.Send(t.Context(), "evt_1", []byte(`{"type":"order.placed"}`), time.Now())
		if (err == nil) != tc.ok || errors.Is(err, outbox.ErrPermanent) != tc.gone {
			t.Errorf("Send answered with %d = %v", tc.status, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-path") {
			t.Errorf("the error tells the address: %v", err)
		}
	}
	s.Close()
	err = e.Send(t.Context(), "evt_1", []byte(`{}`), time.Now())
	if err == nil || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("Send to nobody = %v, want an error without the address", err)
	}
}

func TestNewEndpoint(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url, secret string
		ok          bool
	}{
		"good":            {"https://example.com/hook", secret, true},
		"without prefix":  {"https://example.com/hook", secret[6:], true},
		"no scheme":       {"example.com/hook", secret, false},
		"a file":          {"file:///etc/passwd", secret, false},
		"no secret":       {"https://example.com/hook", "", false},
		"a short secret":  {"https://example.com/hook", "whsec_c2hvcnQ=", false},
		"no base64":       {"https://example.com/hook", "whsec_%%%", false},
		"nothing at host": {"https:///hook", secret, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := outbox.NewEndpoint(tc.url, tc.secret); (err == nil) != tc.ok {
				t.Errorf("NewEndpoint = %v", err)
			}
		})
	}
}
