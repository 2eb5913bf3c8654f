package interop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Both servers pay by one Stripe account: what one begins the other completes; see testdata/stripe.mjs.
func TestInteropStripe(t *testing.T) { //nolint:paralleltest // it prints as it goes
	const secret = "STRIPE_WEBHOOK_SECRET=whsec_of_the_test"
	p := prepare(t, "INTEROP")
	stripe := newStripe(t)
	dir := project(t, p.dir)
	payWithStripe(t, dir)
	env := []string{"STRIPE_URL=" + stripe.url, secret}
	migrateReference(t, dir, p.database, env)
	theirs := reference(t, dir, p.database, env...)
	ours := p.serve(t, "storegraph", "STRIPE_API_KEY=sk_test_1", secret, "HTTPS_PROXY="+stripe.proxy, "SSL_CERT_FILE="+stripe.certificate)
	p.compare(t, ours, theirs, "stripe.mjs", env...)
}

// payWithStripe has a project of the reference pay by Stripe, too.
func payWithStripe(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(dir, "src"), os.DirFS("testdata/stripe/src")); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile("testdata/stripe/medusa-config.js")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "medusa-config.js"), config, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A stripeAccount is what a checkout uses of Stripe's API: intents, which keep their status until PUT /intents/{id}/{status} changes it, and
// customers. A request with an idempotency key that has been is answered as before.
type stripeAccount struct {
	url, proxy  string // of the API without TLS, and of a proxy to it as api.stripe.com, which has the certificate
	certificate string

	mu      sync.Mutex
	objects map[string]map[string]any
	made    map[string]string // ids by idempotency keys
}

func newStripe(t *testing.T) *stripeAccount {
	t.Helper()
	a := &stripeAccount{objects: map[string]map[string]any{}, made: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/customers", a.create("cus_", nil))
	mux.HandleFunc("POST /v1/payment_intents", a.create("pi_", map[string]any{
		"object": "payment_intent", "status": "requires_payment_method", "amount_capturable": 0, "amount_received": 0, "last_payment_error": nil, "payment_method": nil,
	}))
	mux.HandleFunc("POST /v1/refunds", a.create("re_", map[string]any{"status": "succeeded"}))
	mux.HandleFunc("GET /v1/refunds", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"object":"list","data":[]}`) })
	mux.HandleFunc("GET /v1/payment_intents/{id}", a.change(nil))
	mux.HandleFunc("POST /v1/payment_intents/{id}", a.change(nil))
	mux.HandleFunc("POST /v1/payment_intents/{id}/cancel", a.change(func(*http.Request) string { return "canceled" }))
	mux.HandleFunc("POST /v1/payment_intents/{id}/capture", a.change(func(*http.Request) string { return "succeeded" }, "requires_capture"))
	mux.HandleFunc("PUT /intents/{id}/{status}", a.change(func(r *http.Request) string { return r.PathValue("status") }))
	mux.HandleFunc("GET /objects", func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		_ = json.NewEncoder(w).Encode(a.objects)
	})
	plain := httptest.NewServer(mux)
	t.Cleanup(plain.Close)
	a.url = plain.URL
	a.intercept(t, mux)
	return a
}

// list returns what the account has, as text without ids that are counted and the keys that only we give a refund.
func (a *stripeAccount) list() (out []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.objects {
		o = maps.Clone(o)
		if id, _ := o["id"].(string); strings.HasPrefix(id, "re_") {
			delete(o, "id")
			delete(o, "client_secret")
			delete(o, "metadata")
		}
		text, _ := json.Marshal(o)
		out = append(out, string(text))
	}
	return out
}

// fields are the parameters of a request's form, of which Stripe's are objects at two levels at most here.
func fields(r *http.Request, o map[string]any) {
	_ = r.ParseForm() // a body that is none has no fields
	for name, v := range r.PostForm {
		outer, inner, nested := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		var value any = v[0]
		if n, err := strconv.Atoi(v[0]); err == nil {
			value = n
		}
		switch of, _ := o[outer].(map[string]any); {
		case outer == "expand", v[0] == "": // what is empty is unset
		case nested && of != nil:
			of[inner] = value
		case nested:
			o[outer] = map[string]any{inner: value}
		default:
			o[outer] = value
		}
	}
}

func (a *stripeAccount) create(prefix string, of map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		key := prefix + r.Header.Get("Idempotency-Key")
		id, again := a.made[key]
		if !again || key == prefix {
			id = prefix + strconv.Itoa(len(a.objects)+1)
			a.made[key] = id
			o := map[string]any{"id": id, "client_secret": id + "_secret", "metadata": map[string]any{}}
			maps.Copy(o, of)
			fields(r, o)
			a.objects[id] = o
		}
		_ = json.NewEncoder(w).Encode(a.objects[id])
	}
}

// change answers with an intent, after it has got the fields of the request and a status. It is refused if the intent has none of the statuses
// from, if there are any.
func (a *stripeAccount) change(status func(r *http.Request) string, from ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		o := a.objects[r.PathValue("id")]
		if o == nil {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`)
			return
		}
		if len(from) > 0 && !slices.Contains(from, o["status"]) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"type": "invalid_request_error", "code": "payment_intent_unexpected_state", "payment_intent": o}})
			return
		}
		fields(r, o)
		if status != nil {
			o["status"] = status(r)
			o["amount_capturable"], o["amount_received"] = 0, 0
			switch o["status"] {
			case "requires_capture":
				o["amount_capturable"] = o["amount"]
			case "succeeded":
				o["amount_received"] = o["amount"]
			}
		}
		_ = json.NewEncoder(w).Encode(o)
	}
}

// intercept has a proxy lead to the API all that would go to Stripe's own.
func (a *stripeAccount) intercept(t *testing.T, api http.Handler) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"api.stripe.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a.certificate = filepath.Join(t.TempDir(), "stripe.pem")
	if err := os.WriteFile(a.certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(api)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "api.stripe.com:443" {
			t.Errorf("%s %s goes to a proxy that is for Stripe's API", r.Method, r.Host)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		tunnel(w, r, secure.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	a.proxy = proxy.URL
}

// tunnel connects a client with an address.
func tunnel(w http.ResponseWriter, r *http.Request, address string) {
	far, err := new(net.Dialer).DialContext(r.Context(), "tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = far.Close()
		return
	}
	_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}
