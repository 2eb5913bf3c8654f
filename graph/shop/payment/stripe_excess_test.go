package payment_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model"
)

// TestStripeExcess reads from an intent what was taken beyond the amount, to the smallest unit of the currency, and gives it back.
// It holds D91 of DEVIATIONS.md.
func TestStripeExcess(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ amount, currency, intent, excess string }{
		"as much as is due":    {"10", "usd", `{"id":"pi_1","status":"succeeded","currency":"usd","amount_received":1000}`, ""},
		"more":                 {"10", "usd", `{"id":"pi_1","status":"succeeded","currency":"usd","amount_received":1250}`, "2.5"},
		"rounded to a cent":    {"10.004", "usd", `{"id":"pi_1","status":"succeeded","currency":"usd","amount_received":1000}`, ""},
		"rounded to ten mils":  {"1.001", "kwd", `{"id":"pi_1","status":"succeeded","currency":"kwd","amount_received":1010}`, ""},
		"no cents":             {"100", "jpy", `{"id":"pi_1","status":"succeeded","currency":"jpy","amount_received":150}`, "50"},
		"less":                 {"10", "usd", `{"id":"pi_1","status":"succeeded","currency":"usd","amount_received":900}`, ""},
		"of another currency":  {"10", "usd", `{"id":"pi_1","status":"succeeded","currency":"jpy","amount_received":5000}`, ""},
		"held and not yet had": {"10", "usd", `{"id":"pi_1","status":"requires_capture","currency":"usd","amount_capturable":1250}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := answers(t, map[string]string{"GET /v1/payment_intents/pi_1": "200 " + tc.intent})
			o, err := s.Authorize(t.Context(), payment.Session{
				ID: "payses_1", Amount: model.MustAmount(tc.amount), CurrencyCode: tc.currency, Data: model.JSON(`{"id":"pi_1"}`),
			})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if o.Excess != nil {
				got = o.Excess.String()
			}
			if got != tc.excess {
				t.Errorf("the excess is %q, want %q", got, tc.excess)
			}
		})
	}
	var form url.Values
	key := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form, key = r.PostForm, r.Header.Get("Idempotency-Key")
		_, _ = io.WriteString(w, `{"id":"re_1"}`)
	}))
	t.Cleanup(srv.Close)
	session := payment.Session{ID: "payses_1", Amount: model.NewAmount(10), CurrencyCode: "usd", Data: model.JSON(`{"id":"pi_1"}`)}
	if err := newStripe(srv.URL, false).Refund(t.Context(), session, model.MustAmount("2.5"), "payses_1_excess"); err != nil {
		t.Fatal(err)
	}
	if form.Get("amount") != "250" || form.Get("payment_intent") != "pi_1" || key != "payses_1_excess" {
		t.Errorf("asked for %v under the key %q, want a refund of 250 of pi_1", form, key)
	}
}
