package payment_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model"
)

// mock starts Stripe's own mock of its API, which refuses whatever its specification does not allow, and returns its address.
var mock = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "stripe-mock")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "stripe-mock")
	build := exec.Command("go", "build", "-modfile", "../../../.tools/stripe-mock.mod", "-o", binary, "github.com/stripe/stripe-mock")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	run := exec.Command(binary, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	in, err := run.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := run.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	stop = func() {
		_ = in.Close()
		_ = run.Process.Kill()
		_ = run.Wait()
		_ = os.RemoveAll(dir)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "Listening for HTTP at address: "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return "http://" + at, nil
		}
	}
	return "", errors.New("stripe-mock does not say where it listens")
})

var stop = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

// seen is a request that Stripe got.
type seen struct {
	method, path, key, trace string
	form                     url.Values
}

// relay stands before Stripe's mock and keeps what it is asked.
type relay struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	address, err := mock()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	r := &relay{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		form, _ := url.ParseQuery(string(body))
		r.mu.Lock()
		r.seen = append(r.seen, seen{req.Method, req.URL.Path, req.Header.Get("Idempotency-Key"), req.Header.Get("Traceparent"), form})
		r.mu.Unlock()
		out, err := http.NewRequestWithContext(req.Context(), req.Method, address+req.URL.RequestURI(), strings.NewReader(string(body)))
		if err != nil {
			t.Error(err)
			return
		}
		out.Header = req.Header.Clone()
		answer, err := http.DefaultClient.Do(out)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *relay) last() seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[len(r.seen)-1]
}

func newStripe(address string, auto bool) *payment.Stripe {
	return payment.NewStripe(payment.StripeOptions{
		APIKey: "sk_test_123", WebhookSecret: secret, AutoCapture: auto, URL: address, Now: func() time.Time { return signedAt },
	})
}

// TestStripeMock sends everything to Stripe's own mock, which judges it by the specification of the API.
func TestStripeMock(t *testing.T) {
	t.Parallel()
	r := newRelay(t)
	s := newStripe(r.URL, false)
	ctx := t.Context()
	email, first, last, city := "ada@example.com", "Ada", "Lovelace", "London"
	holder, err := s.Holder(ctx, &model.PayingCustomer{
		ID: "cus_1", Email: &email, FirstName: &first, LastName: &last, Billing: &model.CustomerAddress{City: &city},
	})
	if err != nil || !strings.HasPrefix(holder.ID, "cus_") {
		t.Fatalf("Holder = %v, %v, want a customer", holder, err)
	}
	if got := r.last(); got.key != "cus_1" || got.form.Get("name") != "Ada Lovelace" || got.form.Get("address[city]") != city || got.form.Get("email") != email {
		t.Errorf("Holder sent %v, want the customer, once", got)
	}
	began, err := s.Begin(ctx, payment.Request{
		SessionID: "payses_1", Amount: model.MustAmount("40.755"), CurrencyCode: "usd", Holder: holder,
		Data: model.JSON(`{"setup_future_usage": "off_session", "payment_method_types": ["card"], "capture_method": "automatic", "amount": 1,
"payment_method_options": {"card": {"request_three_d_secure": "any"}}, "payment_description": "two mugs"}`),
	})
	if err != nil || !strings.Contains(string(began.Data), `"client_secret"`) {
		t.Fatalf("Begin = %s, %v, want an intent with its secret", began.Data, err)
	}
	got := r.last()
	for name, want := range map[string]string{
		"amount": "4076", "currency": "usd", "customer": holder.ID, "capture_method": "manual", "metadata[session_id]": "payses_1",
		"setup_future_usage": "off_session", "payment_method_types[0]": "card", "payment_method_options[card][request_three_d_secure]": "any",
		"description": "two mugs",
	} {
		if got.form.Get(name) != want {
			t.Errorf("Begin sent %s = %q, want %q", name, got.form.Get(name), want)
		}
	}
	if got.key != "payses_1" {
		t.Errorf("Begin sent the idempotency key %q, want the session's id", got.key)
	}
	session := payment.Session{ID: "payses_1", Amount: model.MustAmount("40.755"), CurrencyCode: "usd", Data: began.Data}
	if _, err := s.Authorize(ctx, session); err != nil {
		t.Errorf("Authorize: %v", err)
	}
	if _, err := s.Void(ctx, session); err != nil || !strings.HasSuffix(r.last().path, "/cancel") {
		t.Errorf("Void = %v, sent %v, want the intent cancelled", err, r.last())
	}
	methods, err := s.Methods(ctx, *holder)
	if err != nil || len(methods) == 0 || !strings.HasPrefix(methods[0].ID, "pm_") {
		t.Errorf("Methods = %v, %v, want some", methods, err)
	}
	if _, err := newStripe(r.URL, true).Begin(ctx, payment.Request{SessionID: "payses_2", Amount: model.NewAmount(5), CurrencyCode: "JPY"}); err != nil ||
		r.last().form.Get("capture_method") != "automatic" || r.last().form.Get("amount") != "5" || r.last().form.Has("customer") {
		t.Errorf("Begin of a guest with automatic capture = %v, sent %v", err, r.last())
	}
	if _, err := s.Begin(ctx, payment.Request{SessionID: "payses_3", Amount: model.NewAmount(5), CurrencyCode: "eur", Data: model.JSON(`{"confirm": "perhaps"}`)}); !errors.Is(err, model.Payment) {
		t.Errorf("Begin with what Stripe refuses = %v, want %v", err, model.Payment)
	}
	long := `{"payment_method_options": [` + strings.Repeat(`1,`, 500) + `1]}`
	if _, err := s.Begin(ctx, payment.Request{SessionID: "payses_4", Amount: model.NewAmount(5), CurrencyCode: "eur", Data: model.JSON(long)}); !errors.Is(err, model.Invalid) {
		t.Errorf("Begin with too much data = %v, want %v", err, model.Invalid)
	}
}

// TestStripeIsTraced has what is asked of Stripe be a span of the request that it is asked for, and its client pass that on.
func TestStripeIsTraced(t *testing.T) {
	t.Parallel()
	r, spans := newRelay(t), tracetest.NewSpanRecorder()
	s := newStripe(r.URL, false)
	begin := func(ctx context.Context, session string) {
		t.Helper()
		if _, err := s.Begin(ctx, payment.Request{SessionID: session, Amount: model.NewAmount(5), CurrencyCode: "usd"}); err != nil {
			t.Fatal(err)
		}
	}
	begin(t.Context(), "payses_1")
	if got := r.last().trace; got != "" || len(spans.Ended()) > 0 {
		t.Errorf("without a trace Stripe got %q, and there are %d spans", got, len(spans.Ended()))
	}
	ctx, request := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test").Start(t.Context(), "request")
	begin(ctx, "payses_2")
	asked := spans.Ended()
	if len(asked) != 1 || asked[0].Name() != "POST stripe" || asked[0].Parent().SpanID() != request.SpanContext().SpanID() {
		t.Fatalf("the spans are %v", asked)
	}
	if want := fmt.Sprintf("00-%s-%s-01", request.SpanContext().TraceID(), asked[0].SpanContext().SpanID()); r.last().trace != want {
		t.Errorf("Stripe got %q, want %q", r.last().trace, want)
	}
}

// answers are a Stripe that answers each path with a status and a body, and counts.
func answers(t *testing.T, by map[string]string) (*payment.Stripe, *sync.Map) {
	t.Helper()
	asked := &sync.Map{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method+" "+r.URL.Path, true)
		answer, ok := by[r.Method+" "+r.URL.Path]
		if !ok {
			answer = `404 {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such thing"}}`
		}
		status, body, _ := strings.Cut(answer, " ")
		code := 0
		_, _ = fmt.Sscan(status, &code)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Stripe-Should-Retry", "false")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return newStripe(srv.URL, false), asked
}

func TestStripeStatuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		intent string
		want   model.PaymentStatus
		amount string // empty: the session's
	}{
		"nothing yet":        {`"status": "requires_payment_method"`, model.PaymentStatusPending, ""},
		"a card was refused": {`"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}`, model.PaymentStatusError, ""},
		"to confirm":         {`"status": "requires_confirmation"`, model.PaymentStatusPending, ""},
		"3-D Secure":         {`"status": "requires_action"`, model.PaymentStatusRequiresMore, ""},
		"processing":         {`"status": "processing"`, model.PaymentStatusPending, ""},
		"cancelled":          {`"status": "canceled"`, model.PaymentStatusCanceled, ""},
		"unheard of":         {`"status": "dreaming"`, model.PaymentStatusPending, ""},
		"authorised":         {`"status": "requires_capture", "amount_capturable": 1250`, model.PaymentStatusAuthorized, ""},
		"more than enough":   {`"status": "requires_capture", "amount_capturable": 1300`, model.PaymentStatusAuthorized, ""},
		"too little":         {`"status": "requires_capture", "amount_capturable": 1249`, model.PaymentStatusAuthorized, "12.49"},
		"taken":              {`"status": "succeeded", "amount_received": 1250, "amount_capturable": 0`, model.PaymentStatusCaptured, ""},
		"too little taken":   {`"status": "succeeded", "amount_received": 1, "amount_capturable": 5000`, model.PaymentStatusCaptured, "0.01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"id": "pi_1", "object": "payment_intent", "currency": "eur", ` + tc.intent + `}`
			s, _ := answers(t, map[string]string{"GET /v1/payment_intents/pi_1": "200 " + body})
			got, err := s.Authorize(t.Context(), payment.Session{ID: "payses_1", Amount: model.MustAmount("12.495"), CurrencyCode: "EUR", Data: model.JSON(`{"id": "pi_1"}`)})
			amount := ""
			if got.Amount != nil {
				amount = got.Amount.String()
			}
			if err != nil || got.Status != tc.want || amount != tc.amount || string(got.Data) != body {
				t.Errorf("Authorize = %+v, %v, want %s of %q", got, err, tc.want, tc.amount)
			}
		})
	}
	s, _ := answers(t, map[string]string{"GET /v1/payment_intents/pi_1": `200 {"id": "pi_1", "currency": "usd", "status": "succeeded", "amount_received": 9999}`})
	got, err := s.Authorize(t.Context(), payment.Session{Amount: model.NewAmount(1), CurrencyCode: "eur", Data: model.JSON(`{"id": "pi_1"}`)})
	if err != nil || got.Amount == nil || !got.Amount.IsZero() {
		t.Errorf("Authorize of money in another currency = %+v, %v, want nothing paid", got, err)
	}
	if got, err := s.Authorize(t.Context(), payment.Session{Data: model.JSON(`{"id": "../customers"}`)}); err != nil || got.Status != model.PaymentStatusError {
		t.Errorf("Authorize without an intent = %+v, %v, want %s", got, err, model.PaymentStatusError)
	}
}

func TestStripeVoids(t *testing.T) {
	t.Parallel()
	session := payment.Session{ID: "payses_1", Amount: model.MustAmount("12.50"), CurrencyCode: "eur", Data: model.JSON(`{"id": "pi_1"}`)}
	for name, tc := range map[string]struct {
		by    map[string]string
		asked string // empty: nothing changes
		fails bool
	}{
		"authorised": {map[string]string{
			"GET /v1/payment_intents/pi_1":         `200 {"id": "pi_1", "status": "requires_capture"}`,
			"POST /v1/payment_intents/pi_1/cancel": `200 {"id": "pi_1", "status": "canceled"}`,
		}, "POST /v1/payment_intents/pi_1/cancel", false},
		"taken": {map[string]string{
			"GET /v1/payment_intents/pi_1": `200 {"id": "pi_1", "status": "succeeded", "amount_received": 1250}`,
			"GET /v1/refunds":              `200 {"object": "list", "data": [{"id": "re_0", "status": "succeeded", "metadata": {}}]}`,
			"POST /v1/refunds":             `200 {"id": "re_1"}`,
		}, "POST /v1/refunds", false},
		"given back already": {map[string]string{
			"GET /v1/payment_intents/pi_1": `200 {"id": "pi_1", "status": "succeeded", "amount_received": 1250}`,
			"GET /v1/refunds":              `200 {"object": "list", "data": [{"id": "re_0", "status": "succeeded", "metadata": {}}]}`,
			"POST /v1/refunds":             `400 {"error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "again"}}`,
		}, "POST /v1/refunds", false},
		"cancelled already": {map[string]string{"GET /v1/payment_intents/pi_1": `200 {"id": "pi_1", "status": "canceled"}`}, "", false},
		"unknown":           {nil, "", false},
		"taken meanwhile": {map[string]string{
			"GET /v1/payment_intents/pi_1":         `200 {"id": "pi_1", "status": "requires_capture"}`,
			"POST /v1/payment_intents/pi_1/cancel": `400 {"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state", "message": "taken"}}`,
		}, "POST /v1/payment_intents/pi_1/cancel", true},
		"down": {map[string]string{"GET /v1/payment_intents/pi_1": `500 {"error": {"type": "api_error", "message": "secret trouble"}}`}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, asked := answers(t, tc.by)
			_, err := s.Void(t.Context(), session)
			if (err != nil) != tc.fails || err != nil && !errors.Is(err, model.Payment) {
				t.Errorf("Void = %v, want failure = %v", err, tc.fails)
			}
			if e := model.AsError(err); e != nil && strings.Contains(e.Message, "secret") {
				t.Errorf("Void tells a shopper %q", e.Message)
			}
			asked.Range(func(path, _ any) bool {
				if !strings.HasPrefix(path.(string), "GET ") && path != tc.asked {
					t.Errorf("Void asked %s, want %q", path, tc.asked)
				}
				return true
			})
			if _, ok := asked.Load(tc.asked); tc.asked != "" && !ok {
				t.Errorf("Void did not ask %s", tc.asked)
			}
		})
	}
}

func TestStripeDeclines(t *testing.T) {
	t.Parallel()
	s, _ := answers(t, map[string]string{
		"POST /v1/payment_intents":     `402 {"error": {"type": "card_error", "code": "card_declined", "message": "Your card was declined.", "payment_intent": {"id": "pi_1", "object": "payment_intent"}}}`,
		"GET /v1/payment_intents/pi_1": `200 {"id": "pi_1", "status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}}`,
	})
	got, err := s.Begin(t.Context(), payment.Request{SessionID: "payses_1", Amount: model.NewAmount(1), CurrencyCode: "eur"})
	if err != nil || got.Status != model.PaymentStatusError {
		t.Errorf("Begin with a card that is declined = %+v, %v, want %s", got, err, model.PaymentStatusError)
	}
	s, _ = answers(t, map[string]string{"POST /v1/payment_intents": `402 {"error": {"type": "card_error", "message": "Your card was declined."}}`})
	if _, err := s.Begin(t.Context(), payment.Request{Amount: model.NewAmount(1), CurrencyCode: "eur"}); err == nil || err.Error() != "Your card was declined." {
		t.Errorf("Begin with a card that is declined = %v, want Stripe's words", err)
	}
}

func TestStripeUnits(t *testing.T) {
	t.Parallel()
	var got string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.FormValue("amount")
		_, _ = io.WriteString(w, `{"id": "pi_1", "status": "requires_payment_method"}`)
	}))
	t.Cleanup(srv.Close)
	s := newStripe(srv.URL, false)
	for _, tc := range [][3]string{
		{"10", "usd", "1000"},
		{"10.005", "usd", "1001"},
		{"10.0049", "eur", "1000"},
		{"6960.4", "JPY", "6960"},
		{"6960.5", "jpy", "6961"},
		{"1.234", "kwd", "1240"},
		{"1.23", "KWD", "1230"},
		{"0.0001", "bhd", "0"},
		{"99999999.99", "usd", "9999999999"},
	} {
		_, err := s.Begin(t.Context(), payment.Request{Amount: model.MustAmount(tc[0]), CurrencyCode: tc[1]})
		if err != nil || got != tc[2] {
			t.Errorf("%s %s is sent as %s, %v, want %s", tc[0], tc[1], got, err, tc[2])
		}
	}
}

// secret and signedAt are of the recorded events.
const secret = "whsec_of_the_recorded_events"

var signedAt = time.Unix(1_774_000_000, 0)

// TestStripeEvents reads recorded events with the signatures that Stripe's scheme gives them.
func TestStripeEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/stripe_*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("recorded events: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var recorded struct {
				Signature string
				Body      string
				Want      struct{ ID, Action, Session, Amount string }
			}
			if err := json.Unmarshal(text, &recorded); err != nil {
				t.Fatal(err)
			}
			header := http.Header{"Stripe-Signature": {recorded.Signature}}
			s := newStripe("", false)
			got, err := s.Event(t.Context(), payment.Webhook{Header: header.Get, Body: []byte(recorded.Body)})
			if err != nil {
				t.Fatal(err)
			}
			amount := ""
			if got.Amount != nil {
				amount = got.Amount.String()
			}
			if w := recorded.Want; got.ID != w.ID || string(got.Action) != w.Action || got.SessionID != w.Session || amount != w.Amount {
				t.Errorf("Event = %+v of %s, want %+v", got, amount, w)
			}
			event := func(s *payment.Stripe, header http.Header, body string) error {
				_, err := s.Event(t.Context(), payment.Webhook{Header: header.Get, Body: []byte(body)})
				return err
			}
			for name, err := range map[string]error{
				"changed":       event(s, header, recorded.Body+" "),
				"unsigned":      event(s, http.Header{}, recorded.Body),
				"late":          event(payment.NewStripe(payment.StripeOptions{WebhookSecret: secret, Now: func() time.Time { return signedAt.Add(6 * time.Minute) }}), header, recorded.Body),
				"without a key": event(payment.NewStripe(payment.StripeOptions{Now: func() time.Time { return signedAt }}), header, recorded.Body),
			} {
				if !errors.Is(err, model.Unauthorized) {
					t.Errorf("Event, %s: %v, want %v", name, err, model.Unauthorized)
				}
			}
		})
	}
}

// TestStripeMerchant takes and gives back money, each once: what has been done already is not done again, also when Stripe has forgotten the key.
func TestStripeMerchant(t *testing.T) {
	t.Parallel()
	session := payment.Session{ID: "payses_1", Amount: model.MustAmount("12.5"), CurrencyCode: "usd", Data: model.JSON(`{"id":"pi_1"}`)}
	const got = `{"id": "pi_1", "status": "succeeded", "currency": "usd", "amount_received": 1250}`
	for name, by := range map[string]map[string]string{
		"authorised": {"POST /v1/payment_intents/pi_1/capture": "200 " + got},
		"taken already": {
			"POST /v1/payment_intents/pi_1/capture": `400 {"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state", "message": "taken"}}`,
			"GET /v1/payment_intents/pi_1":          "200 " + got,
		},
	} {
		s, _ := answers(t, by)
		if o, err := s.Capture(t.Context(), session); err != nil || o.Status != model.PaymentStatusCaptured || o.Amount != nil {
			t.Errorf("%s: Capture = %+v, %v", name, o, err)
		}
	}
	made := func(key, status string) string {
		return `200 {"object": "list", "data": [{"id": "re_1", "status": "` + status + `", "metadata": {"refund_key": "` + key + `"}}]}`
	}
	const refused = `400 {"error": {"type": "invalid_request_error", "code": "amount_too_large", "message": "too much"}}`
	for name, tc := range map[string]struct {
		list, create  string
		asked, failed bool
	}{
		"the first time":   {made("ref_0", "succeeded"), `200 {"id": "re_2"}`, true, false},
		"made already":     {made("ref_1", "pending"), refused, false, false},
		"has failed":       {made("ref_1", "failed"), `200 {"id": "re_2"}`, true, false},
		"more than is had": {made("ref_0", "succeeded"), refused, true, true},
		"the list is down": {`500 {"error": {"type": "api_error", "message": "no"}}`, `200 {"id": "re_2"}`, false, true},
	} {
		s, asked := answers(t, map[string]string{"GET /v1/refunds": tc.list, "POST /v1/refunds": tc.create})
		err := s.Refund(t.Context(), session, model.MustAmount("2.5"), "ref_1")
		if _, posted := asked.Load("POST /v1/refunds"); (err != nil) != tc.failed || posted != tc.asked {
			t.Errorf("%s: Refund = %v, asked %v", name, err, posted)
		}
	}
}
