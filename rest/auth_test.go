package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop"
)

// send sends a request with headers as alternating names and values, and returns the response and its body.
func send(t testing.TB, h http.Handler, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// logIn returns the token of a customer of the recorded shop.
func logIn(t testing.TB, h http.Handler, name string) string {
	t.Helper()
	handles := dbtest.Handles(t)
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, handles["email_"+name], handles["pass_"+name])
	_, text := send(t, h, "POST", "/auth/customer/emailpass", body)
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Token == "" {
		t.Fatalf("log in as %s: %s", name, text)
	}
	return got.Token
}

func TestOwnership(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), nil)
	handles := dbtest.Handles(t)
	key, bob := handles["pk_web"], handles["addr_bob_home"]
	anna := "Bearer " + logIn(t, h, "anna")
	path := "/store/customers/me/addresses/" + bob
	for _, tc := range []struct{ method, path, body, auth, want string }{
		{"GET", path, "", anna, "was not found"},
		{"POST", path, `{"city":"X"}`, anna, "was not found"},
		{"DELETE", path, "", anna, "was not found"},
		{"GET", "/store/customers/me/addresses?q=" + handles["email_bob"], "", anna, `"addresses":[]`},
		{"GET", "/store/customers/me", "", "", "Unauthorized"},
		{"POST", "/store/customers/me", "{}", "", "Unauthorized"},
		{"GET", "/store/customers/me/addresses", "", "", "Unauthorized"},
		{"POST", "/store/customers/me/addresses", "{}", "", "Unauthorized"},
		{"DELETE", path, "", "", "Unauthorized"},
		{"POST", "/graphql", `{"query":"{ node(id: \"` + bob + `\") { id } }"}`, anna, `{"data":{"node":null}`},
		{"POST", "/graphql", `{"query":"{ node(id: \"` + handles["cus_bob"] + `\") { id } }"}`, anna, `{"data":{"node":null}`},
		{"POST", "/graphql", `{"query":"{ node(id: \"` + handles["cus_anna"] + `\") { id } }"}`, "", `{"data":{"node":null}`},
		{"POST", "/graphql", `{"query":"{ node(id: \"` + handles["cus_anna"] + `\") { id } }"}`, anna, handles["cus_anna"]},
		{"POST", "/graphql", `{"query":"{ customerAddress(id: \"` + bob + `\") { id } }"}`, anna, `{"data":{"customerAddress":null}`},
		{"POST", "/graphql", `{"query":"{ customer { email } }"}`, "", `{"data":{"customer":null}`},
		{"POST", "/graphql", `{"query":"{ customerAddresses { totalCount } }"}`, "", "UNAUTHENTICATED"},
		{"POST", "/graphql", `{"query":"mutation { deleteCustomerAddress(input: {addressId: \"` + bob + `\"}) { userErrors { code } } }"}`, anna, `"code":"ADDRESS_NOT_FOUND"`},
		{"POST", "/graphql", `{"query":"mutation { updateCustomerAddress(input: {addressId: \"` + bob + `\", address: {city: \"X\"}}) { userErrors { code } } }"}`, anna, `"code":"ADDRESS_NOT_FOUND"`},
	} {
		res, text := send(t, h, tc.method, tc.path, tc.body, "X-Publishable-Api-Key", key, "Authorization", tc.auth)
		if !strings.Contains(text, tc.want) {
			t.Errorf("%s %s %s = %d %s, want %s", tc.method, tc.path, tc.body, res.StatusCode, text, tc.want)
		}
	}
	_, text := send(t, h, "GET", path, "", "X-Publishable-Api-Key", key, "Authorization", "Bearer "+logIn(t, h, "bob"))
	if !strings.Contains(text, bob) || strings.Contains(text, `"city":"X"`) {
		t.Errorf("Bob's address = %s, want it as it was", text)
	}
}

func TestNothingChangesWithoutKey(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), nil)
	anna := "Bearer " + logIn(t, h, "anna")
	key := dbtest.Handles(t)["pk_web"]
	for path, body := range map[string]string{
		"/store/customers/me": `{"first_name":"Changed"}`,
		"/graphql":            `{"query":"mutation { updateCustomer(input: {firstName: \"Changed\"}) { userErrors { code } } }"}`,
	} {
		_, text := send(t, h, "POST", path, body, "Authorization", anna)
		if !strings.Contains(strings.ToLower(text), "not_allowed") {
			t.Errorf("POST %s without a key = %s", path, text)
		}
	}
	_, text := send(t, h, "GET", "/store/customers/me", "", "Authorization", anna, "X-Publishable-Api-Key", key)
	if !strings.Contains(text, `"first_name":"Anna"`) {
		t.Errorf("the customer was changed: %s", text)
	}
}

// TestDeletedIdentity holds D13 of DEVIATIONS.md.
func TestDeletedIdentity(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	h := newHandler(t, dbtest.Open(t, url, db.Options{}), nil)
	handles := dbtest.Handles(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	anna := "Bearer " + logIn(t, h, "anna")
	me := func() int {
		res, _ := send(t, h, "GET", "/store/customers/me", "", "Authorization", anna, "X-Publishable-Api-Key", handles["pk_web"])
		return res.StatusCode
	}
	if got := me(); got != http.StatusOK {
		t.Fatalf("me = %d, want 200", got)
	}
	if _, err := conn.Exec(t.Context(), "UPDATE auth_identity SET deleted_at = now() WHERE app_metadata->>'customer_id' = $1", handles["cus_anna"]); err != nil {
		t.Fatal(err)
	}
	if got := me(); got != http.StatusUnauthorized {
		t.Errorf("me with a deleted identity = %d, want 401", got)
	}
	if res, text := send(t, h, "POST", "/auth/token/refresh", "", "Authorization", anna); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("refresh with a deleted identity = %d %s, want 401", res.StatusCode, text)
	}
	if _, err := conn.Exec(t.Context(), "UPDATE customer SET deleted_at = now() WHERE id = $1", handles["cus_anna"]); err != nil {
		t.Fatal(err)
	}
	if got := me(); got != http.StatusNotFound {
		t.Errorf("me of a deleted customer = %d, want 404", got)
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), func(c *graph.Config) {
		c.CookieSecret = secret
		c.Secure = func(context.Context) bool { return true }
	})
	key := dbtest.Handles(t)["pk_web"]
	token := "Bearer " + logIn(t, h, "anna")
	begin := func(headers ...string) string {
		res, text := send(t, h, "POST", "/auth/session", "", append(headers, "Authorization", token)...)
		c := res.Cookies()
		if len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode {
			t.Fatalf("begin a session = %v %s, want one secure cookie", c, text)
		}
		return c[0].Name + "=" + c[0].Value
	}
	me := func(cookie string) int {
		res, _ := send(t, h, "GET", "/store/customers/me", "", "Cookie", cookie, "X-Publishable-Api-Key", key)
		return res.StatusCode
	}
	first := begin()
	second := begin("Cookie", first)
	if first == second {
		t.Error("a log-in keeps the id of the session before it")
	}
	for name, tc := range map[string]struct {
		cookie string
		want   int
	}{
		"replaced": {first, 401}, "valid": {second, 200}, "cut": {second[:len(second)-3], 401}, "signed by nobody": {"connect.sid=s%3Aforged.sig", 401},
	} {
		if got := me(tc.cookie); got != tc.want {
			t.Errorf("me with a %s cookie = %d, want %d", name, got, tc.want)
		}
	}
	if res, text := send(t, h, "DELETE", "/auth/session", "", "Cookie", second); res.StatusCode != http.StatusOK {
		t.Errorf("end the session = %d %s", res.StatusCode, text)
	}
	if got := me(second); got != http.StatusUnauthorized {
		t.Errorf("me after the end = %d, want 401", got)
	}
}

// TestThrottle holds D14 of DEVIATIONS.md.
func TestThrottle(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), func(c *graph.Config) { c.Throttle.PerAccount = 3 })
	handles := dbtest.Handles(t)
	wrong := fmt.Sprintf(`{"email":%q,"password":"wrong"}`, handles["email_anna"])
	for range 3 {
		if res, text := send(t, h, "POST", "/auth/customer/emailpass", wrong); res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("a wrong password = %d %s, want 401", res.StatusCode, text)
		}
	}
	res, text := send(t, h, "POST", "/auth/customer/emailpass", wrong)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many = %d %s (Retry-After %q), want 429", res.StatusCode, text, res.Header.Get("Retry-After"))
	}
	query := fmt.Sprintf(`{"query":"mutation { logIn(input: {email: \"%s\", password: \"x\"}) { userErrors { code } } }"}`, handles["email_anna"])
	if _, text := send(t, h, "POST", "/graphql", query); !strings.Contains(text, `"THROTTLED"`) {
		t.Errorf("the other surface = %s, want THROTTLED", text)
	}
	logIn(t, h, "bob")
	twice := `{"query":"mutation { a: logIn(input: {}) { userErrors { code } } b: logIn(input: {}) { userErrors { code } } }"}`
	if _, text := send(t, h, "POST", "/graphql", twice); !strings.Contains(text, "once is allowed") {
		t.Errorf("two log-ins in one operation = %s, want a refusal", text)
	}
}

// Only failures count, by network: guesses from one do not keep the owner out in another, and a network is an IPv4 address or a /64.
// It holds D14 of DEVIATIONS.md.
func TestThrottleByNetwork(t *testing.T) {
	t.Parallel()
	from := "192.0.2.1"
	h := newHandler(t, dbtest.Shop(t), func(c *graph.Config) {
		c.Throttle = shop.Throttle{PerAccount: 3, PerAddress: 1000}
		c.ClientAddr = func(context.Context) string { return from }
	})
	handles := dbtest.Handles(t)
	try := func(password string) int {
		res, _ := send(t, h, "POST", "/auth/customer/emailpass", fmt.Sprintf(`{"email":%q,"password":%q}`, handles["email_anna"], password))
		return res.StatusCode
	}
	for range 10 {
		if got := try(handles["pass_anna"]); got != http.StatusOK {
			t.Fatalf("a right password = %d, want 200 however often", got)
		}
	}
	for _, network := range [][]string{{"192.0.2.1"}, {"2001:db8:1:2::1", "2001:db8:1:2:aaaa::2", "2001:db8:1:2:bbbb::3", "2001:db8:1:2:cccc::4"}} {
		for i := range 3 {
			if from = network[i%len(network)]; try("wrong") != http.StatusUnauthorized {
				t.Fatalf("wrong password %d from %s is not 401", i, from)
			}
		}
		if from = network[len(network)-1]; try(handles["pass_anna"]) != http.StatusTooManyRequests {
			t.Errorf("the network of %s is not shut out", from)
		}
	}
	if from = "198.51.100.7"; try(handles["pass_anna"]) != http.StatusOK {
		t.Errorf("the owner is shut out by guesses from elsewhere")
	}
}

// TestDefaultsAtOnce holds D20 of DEVIATIONS.md.
func TestDefaultsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), nil)
	key, token := dbtest.Handles(t)["pk_web"], "Bearer "+logIn(t, h, "anna")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			res, text := send(t, h, "POST", "/store/customers/me/addresses", `{"is_default_shipping":true}`, "Authorization", token, "X-Publishable-Api-Key", key)
			if res.StatusCode != http.StatusOK {
				t.Errorf("add a default = %d %s, want 200", res.StatusCode, text)
			}
		})
	}
	wg.Wait()
	_, text := send(t, h, "GET", "/store/customers/me/addresses?fields=is_default_shipping", "", "Authorization", token, "X-Publishable-Api-Key", key)
	if n := strings.Count(text, `"is_default_shipping":true`); n != 1 {
		t.Errorf("%d defaults, want 1: %s", n, text)
	}
}
