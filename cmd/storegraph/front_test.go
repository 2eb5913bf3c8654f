package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A fronted is a server of the recorded shop in front of a Medusa that says what it was asked.
type fronted struct {
	h     http.Handler
	d     db.DB
	names map[string]string
}

// newFronted returns one whose configuration is changed.
func newFronted(t *testing.T, change func(c *Config)) *fronted {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "medusa "+r.Method+" "+r.RequestURI+" "+string(body)+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Cookie"))
	}))
	t.Cleanup(upstream.Close)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		JWTSecret: "supersecret", CookieSecret: "supersecret", Front: FrontConfig{URL: u}, AuthCORS: "*", StoreCORS: "*",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	}
	if change != nil {
		change(&c)
	}
	f := &fronted{d: dbtest.Shop(t), names: dbtest.Handles(t)}
	f.h, _, err = handler(t.Context(), c, f.d, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ask sends a request over TLS with the key pk_web and headers, names and values in turn.
func (f *fronted) ask(t *testing.T, request, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("X-Publishable-Api-Key", f.names["pk_web"])
	r.Header.Set("X-Forwarded-Proto", "https")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, r)
	return w
}

// medusaSays is what the Medusa of the tests answers to a request.
func medusaSays(request, body string) string { return "medusa " + request + " " + body + " " }

// TestFrontPaths sends what is of a route here, and what is not.
func TestFrontPaths(t *testing.T) {
	t.Parallel()
	f := newFronted(t, func(c *Config) { c.Front.Routes = "POST /store/carts/:id/complete, GET /store/regions/{x}" })
	for _, request := range []string{
		"GET /admin/products", "POST /admin/uploads", "GET /app", "GET /store/brands", "DELETE /store/products", "PUT /store/carts/x", "GET /vendor/x", "GET /static/1-a.png",
		"POST /auth/user/emailpass", "GET /auth/vendor/emailpass", "POST /auth/customer/okta", "GET /auth/customer/okta/callback?code=1", "POST /auth/emailpass/user",
		"GET /auth/customer/providers", "POST /hooks/payment/paypal_paypal", "POST /hooks/stock", "GET /store//products", "POST /health", "OPTIONS /store/brands",
		"POST /store/carts/x/complete", "GET /store/regions/x", "HEAD /store/regions/x", "GET /STORE/Regions/x/", "GET /favicon.ico",
	} {
		w := f.ask(t, request, "")
		if want := medusaSays(request, ""); w.Code != 200 || !strings.HasPrefix(w.Body.String(), want) && !strings.HasPrefix(request, "HEAD") || w.Header().Get("Content-Type") != "text/plain" {
			t.Errorf("%s = %d %.100s, want Medusa", request, w.Code, w.Body)
		}
	}
	for _, request := range []string{
		"GET /store/products", "HEAD /store/products", "GET /Store/Products/", "POST /store/carts", "GET /health", "GET /Health/", "GET /health/ready", "GET /", "GET /graphql?query=%7B__typename%7D",
		"GET /schema.graphql", "GET /openapi.json", "GET /playground/playground.js", "GET /static/jacket-pine.svg", "POST /auth/customer/emailpass", "POST /hooks/payment/system_default",
		"POST /store/search", "GET /store/locales",
	} {
		if w := f.ask(t, request, ""); w.Header().Get("Content-Type") == "text/plain" {
			t.Errorf("%s = %d %.100s, want an answer of ours", request, w.Code, w.Body)
		}
	}
	if body := f.ask(t, "GET /health/ready", "").Body.String(); !strings.Contains(body, "\nmedusa: named 4, path 20\n") {
		t.Errorf("/health/ready = %s", body)
	}
	if w := f.ask(t, "OPTIONS /store/brands", "", "Access-Control-Request-Method", "GET"); !strings.HasPrefix(w.Body.String(), "medusa OPTIONS /store/brands") {
		t.Errorf("a preflight = %d %s, want Medusa", w.Code, w.Body)
	}
}

// TestFrontBodies sends bodies through that are longer than ours may be.
func TestFrontBodies(t *testing.T) {
	t.Parallel()
	f := newFronted(t, nil)
	long := strings.Repeat("x", 300<<10)
	if w := f.ask(t, "POST /admin/uploads", long); w.Code != 200 || !strings.HasPrefix(w.Body.String(), medusaSays("POST /admin/uploads", long)) {
		t.Errorf("a long body = %d", w.Code)
	}
	if w := f.ask(t, "POST /store/carts", long); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body of ours = %d %.100s", w.Code, w.Body)
	}
}

// TestFrontUnknownFields asks routes for more than they have: Medusa answers, with the body as it was sent, unless it is to be dropped.
func TestFrontUnknownFields(t *testing.T) {
	t.Parallel()
	passes, drops := newFronted(t, nil), newFronted(t, func(c *Config) { c.Front.UnknownFields = "drop" })
	cart := `{ "region_id": "` + passes.names["reg_us"] + `"}`
	more := `{"region_id": "` + passes.names["reg_us"] + `", "additional_data": {"gift": true}}`
	for _, tc := range []struct {
		request, body string
		dropped       int // the status without Medusa
	}{
		{"GET /store/products?fields=%2Bbrand.*", "", 200},
		{"GET /store/products?fields=id,*brand", "", 200},
		{"GET /store/products?fields=*variants.warehouse", "", 200},
		{"HEAD /store/products?fields=*variants.warehouse.name", "", 200},
		{"GET /store/products/" + passes.names["prod_classic_tee"] + "?fields=brand.name", "", 200},
		{"GET /store/products?brand_id=x", "", 400},
		{"GET /store/products?order=brand.name", "", 400},
		{"POST /store/carts?fields=%2Bwishlist.*", cart, 200},
	} {
		for name, f := range map[string]*fronted{"medusa": passes, "drop": drops} {
			w := f.ask(t, tc.request, tc.body)
			theirs := w.Header().Get("Content-Type") == "text/plain"
			if theirs != (name == "medusa") {
				t.Errorf("%s: %s = %d %.200s", name, tc.request, w.Code, w.Body)
			}
			if theirs && !strings.HasPrefix(tc.request, "HEAD") && !strings.HasPrefix(w.Body.String(), medusaSays(tc.request, tc.body)) {
				t.Errorf("Medusa was asked %.200s, want %s %s", w.Body, tc.request, tc.body)
			}
			if name == "drop" && w.Code != tc.dropped {
				t.Errorf("drop: %s = %d %.200s, want %d", tc.request, w.Code, w.Body, tc.dropped)
			}
		}
	}
	for name, f := range map[string]*fronted{"medusa": passes, "drop": drops} { // hooks must see it in any case
		if w := f.ask(t, "POST /store/carts", more); w.Body.String() != medusaSays("POST /store/carts", more)+" " {
			t.Errorf("%s: additional_data = %d %.200s, want Medusa", name, w.Code, w.Body)
		}
		if w := f.ask(t, "POST /store/carts", strings.ReplaceAll(more, `{"gift": true}`, "{}")); !strings.HasPrefix(w.Body.String(), `{"cart":`) {
			t.Errorf("%s: no additional_data = %d %.200s, want ours", name, w.Code, w.Body)
		}
	}
}

// TestFrontKnownFields asks for what storefronts ask for, of which Medusa is asked nothing.
func TestFrontKnownFields(t *testing.T) {
	t.Parallel()
	f := newFronted(t, nil)
	for _, request := range []string{
		"GET /store/products?fields=*variants.calculated_price,%2Bvariants.inventory_quantity,*variants.images,%2Bmetadata,%2Btags,&region_id=" + f.names["reg_us"],
		"GET /store/products?fields=id,created_at,-title,variants.prices.amount,categories.parent_category.name",
		"GET /store/product-categories?fields=*category_children,%20*products,%20*parent_category,%20*parent_category.parent_category",
		"GET /store/collections?fields=id,handle,products.title",
		"GET /store/orders/" + f.names["order_ret1"] + "?fields=*payment_collections.payments,*items,*items.metadata,*items.variant,*items.product",
		"POST /store/carts?fields=*items,%20*region,%20*items.product,%20*items.variant,%20*items.thumbnail,%20*items.metadata,%20%2Bitems.total,%20*promotions,%20%2Bshipping_methods.name",
	} {
		if w := f.ask(t, request, map[bool]string{true: "{}"}[strings.HasPrefix(request, "POST")]); w.Header().Get("Content-Type") == "text/plain" {
			t.Errorf("%s: Medusa was asked", request)
		}
	}
}

// TestFrontWhoAsks has the actor of a token, and who began a session, decide who answers.
func TestFrontWhoAsks(t *testing.T) {
	t.Parallel()
	f := newFronted(t, nil)
	user := "Bearer " + f.names["jwt_admin"]
	customer := "Bearer " + f.names["jwt_carla_valid"]
	for _, request := range []string{
		"POST /auth/session", "POST /auth/token/refresh", "GET /auth/mfa/factors", "POST /auth/mfa/factors", "POST /auth/verification/request",
	} {
		if w := f.ask(t, request, "", "Authorization", user); w.Body.String() != medusaSays(request, "")+user+" " {
			t.Errorf("%s of an admin = %d %s, want Medusa", request, w.Code, w.Body)
		}
		for who, token := range map[string]string{"a customer": customer, "nobody": "", "a forger": user + "x"} {
			if w := f.ask(t, request, "", "Authorization", token); w.Header().Get("Content-Type") == "text/plain" {
				t.Errorf("%s of %s: Medusa was asked", request, who)
			}
		}
	}
	if w := f.ask(t, "GET /store/products", "", "Authorization", user); w.Header().Get("Content-Type") == "text/plain" {
		t.Error("an admin's products: Medusa was asked")
	}

	began := f.ask(t, "POST /auth/session", "", "Authorization", customer)
	cookie, _, _ := strings.Cut(began.Header().Get("Set-Cookie"), ";")
	if began.Code != 200 || !strings.HasPrefix(cookie, "connect.sid=") {
		t.Fatalf("a session = %d %s, %v", began.Code, began.Body, began.Header())
	}
	if w := f.ask(t, "GET /store/customers/me", "", "Cookie", cookie); !strings.HasPrefix(w.Body.String(), `{"customer":`) {
		t.Errorf("with a session of ours = %d %s", w.Code, w.Body)
	}
	w := f.ask(t, "GET /store/wishlist", "", "Cookie", cookie+"; a=b") // Medusa is told who it is by a token
	sent := strings.Fields(w.Body.String())
	if len(sent) != 6 || sent[5] != "a=b" || sent[2] != "/store/wishlist" || sent[3] != "Bearer" {
		t.Fatalf("a session of ours became %s", w.Body)
	}
	if me := f.ask(t, "GET /store/customers/me", "", "Authorization", "Bearer "+sent[4]); me.Code != 200 {
		t.Errorf("the token of a session = %d %s", me.Code, me.Body)
	}

	// The reference signs its cookies with the same secret.
	foreign := "connect.sid=s%3Aqq9dBQvVQa5bCN3vPMWzOlWg1_cFDzLA.%2FuqPWEvZ0HvkKBZOhMGRCBc1yKmxvKHzoMq6B7uyRPY"
	for _, request := range []string{"DELETE /auth/session", "GET /store/products", "GET /store/customers/me", "POST /auth/token/refresh"} {
		if w := f.ask(t, request, "", "Cookie", foreign); w.Header().Get("Content-Type") == "text/plain" {
			t.Errorf("%s with a forged cookie: Medusa was asked", request)
		}
		if w := f.ask(t, request, "", "Cookie", "connect.sid="+signed("qq9dBQvVQa5bCN3vPMWzOlWg1_cFDzLA")); w.Header().Get("Content-Type") != "text/plain" {
			t.Errorf("%s with a cookie of Medusa's = %d %s, want Medusa", request, w.Code, w.Body)
		}
	}
	if w := f.ask(t, "DELETE /auth/session", "", "Cookie", cookie); w.Code != 200 || w.Body.String() != `{"success":true}` {
		t.Errorf("the end of a session of ours = %d %s", w.Code, w.Body)
	}
}

// TestFrontForeignSession asks Medusa once whose a session of its own is, and then serves the customer, or a guest if it is nobody's or an
// admin's. What ends such a session, and all of it while Medusa does not say, is Medusa's.
func TestFrontForeignSession(t *testing.T) {
	t.Parallel()
	var asked, down atomic.Int64
	f := new(fronted)
	medusa := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch cookie := r.Header.Get("Cookie"); {
		case r.URL.RequestURI() != "/store/customers/me?fields=id":
			if r.Method == http.MethodDelete { // another request of the shopper comes before the session has ended
				f.ask(t, "GET /store/customers/me", "", "Cookie", cookie)
			}
			w.Header().Set("Content-Type", "text/plain")
		case down.Load() != 0:
			w.WriteHeader(http.StatusInternalServerError)
		case cookie == "connect.sid="+signed("of-anna") && r.Header.Get("X-Publishable-Api-Key") == f.names["pk_web"]:
			asked.Add(1)
			_, _ = io.WriteString(w, `{"customer":{"id":"`+f.names["cus_anna"]+`"}}`)
		default:
			asked.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(medusa.Close)
	*f = *newFronted(t, func(c *Config) {
		var err error
		if c.Front.URL, err = url.Parse(medusa.URL); err != nil {
			t.Fatal(err)
		}
	})
	bodies := map[string]string{"POST /graphql": `{"query":"{ customer { id } }"}`, "POST /store/carts": `{"region_id":"` + f.names["reg_us"] + `"}`}
	ours := func(request, id string) *httptest.ResponseRecorder {
		t.Helper()
		w := f.ask(t, request, bodies[request], "Cookie", "connect.sid="+signed(id))
		if w.Header().Get("Content-Type") == "text/plain" {
			t.Errorf("%s with the session %s: Medusa was asked", request, id)
		}
		return w
	}
	theirs := func(request, id string) {
		t.Helper()
		if w := f.ask(t, request, "", "Cookie", "connect.sid="+signed(id)); w.Header().Get("Content-Type") != "text/plain" {
			t.Errorf("%s with the session %s = %d %s, want Medusa", request, id, w.Code, w.Body)
		}
	}

	down.Store(1)
	theirs("GET /store/products", "of-anna")
	down.Store(0)
	anna := `"id":"` + f.names["cus_anna"] + `"`
	for request, says := range map[string]string{
		"GET /store/customers/me": anna, "GET /store/products?limit=1": `"count"`, "POST /store/carts": `"customer_id":"` + f.names["cus_anna"] + `"`, "POST /graphql": anna,
	} {
		if w := ours(request, "of-anna"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s = %d %s, want %s", request, w.Code, w.Body, says)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("Medusa was asked %d times whose the session is, want once", n)
	}
	theirs("POST /store/customers", "of-anna")
	theirs("DELETE /auth/session", "of-anna")
	ours("GET /store/customers/me", "of-anna")
	if n := asked.Load(); n != 3 {
		t.Errorf("after a log-out, and while it ran, Medusa was asked %d times in all, want 3", n)
	}

	if w := ours("GET /store/customers/me", "of-an-admin"); w.Code != http.StatusUnauthorized {
		t.Errorf("an admin as a customer = %d %s, want 401", w.Code, w.Body)
	}
	if w := ours("GET /store/products?limit=1", "of-an-admin"); w.Code != http.StatusOK {
		t.Errorf("an admin's products = %d %s", w.Code, w.Body)
	}
	theirs("GET /admin/products", "of-an-admin")
}

// signed is the value of a cookie for the id of a session, as both servers sign it.
func signed(id string) string {
	mac := hmac.New(sha256.New, []byte("supersecret"))
	mac.Write([]byte(id))
	return url.QueryEscape("s:" + id + "." + base64.RawStdEncoding.EncodeToString(mac.Sum(nil)))
}

// TestFrontRoutesAreNamed fails at the start on a route that is none.
func TestFrontRoutesAreNamed(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.ReadShopURL(t))
	env["FRONT_ROUTES"], env["MEDUSA_URL"] = "POST /store/cart/{id}/complete", "http://localhost:1"
	if err := begin(t, env, "serve").end(); err == nil || !strings.Contains(err.Error(), `FRONT_ROUTES: "POST /store/cart/{id}/complete"`) {
		t.Errorf("serve = %v", err)
	}
	env["FRONT_ROUTES"], env["MEDUSA_URL"] = "", "localhost:9001"
	if err := begin(t, env, "serve").end(); err == nil || !strings.Contains(err.Error(), "MEDUSA_URL") {
		t.Errorf("serve = %v", err)
	}
}

// TestNoFront answers as before what it does not know.
func TestNoFront(t *testing.T) {
	t.Parallel()
	f := newFronted(t, func(c *Config) { c.Front.URL = nil })
	for _, request := range []string{"GET /admin/products", "GET /store/brands", "GET /static/1-a.png"} {
		if w := f.ask(t, request, ""); w.Code != 404 {
			t.Errorf("%s = %d %.100s", request, w.Code, w.Body)
		}
	}
	if w := f.ask(t, "GET /store/products?fields=%2Bbrand.*&limit=1", ""); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"products":`) {
		t.Errorf("unknown fields = %d %.100s", w.Code, w.Body)
	}
}

// TestCheckFront lists who answers what in a shop with a provider, a link, a table and a column of its own.
func TestCheckFront(t *testing.T) {
	t.Parallel()
	address := dbtest.ShopURL(t)
	d := dbtest.Open(t, address, db.Options{})
	if _, err := d.Exec(t.Context(), `
		CREATE TABLE brand (id text PRIMARY KEY);
		CREATE TABLE product_product_brand_brand (product_id text, brand_id text);
		INSERT INTO link_module_migrations (table_name, link_descriptor) VALUES ('product_product_brand_brand', '{"fromModel": "product", "toModel": "brand"}');
		ALTER TABLE product ADD COLUMN erp_id text;
		INSERT INTO payment_provider (id) VALUES ('pp_paypal_paypal'), ('pp_system_second');
		INSERT INTO fulfillment_provider (id) VALUES ('ups_ups'), ('manual_express')`); err != nil {
		t.Fatal(err)
	}
	for url, other := range map[string]string{"": "nobody: set MEDUSA_URL", "http://localhost:9001": "Medusa"} {
		env := shopEnv(address)
		env["MEDUSA_URL"], env["FRONT_ROUTES"] = url, "POST /store/carts/:id/complete"
		p := begin(t, env, "check", "--front")
		if err := p.end(); err != nil {
			t.Fatal(err)
		}
		lines := regexp.MustCompile(` {2,}`).ReplaceAllString(p.out.String(), " | ")
		complete := map[string]string{"": "storegraph", "http://localhost:9001": "Medusa, by FRONT_ROUTES"}[url]
		for _, want := range []string{
			"GET /store/products | storegraph", "POST /store/carts/{cartId}/complete | " + complete, "/admin, /app and all other paths | " + other,
			"payment pp_paypal_paypal | " + other, "payment pp_system_second | storegraph", "fulfillment ups_ups | " + other, "fulfillment manual_express | storegraph",
			"tax tp_system | storegraph", "auth emailpass | storegraph", "link product_product_brand_brand (product to brand) | " + other, "table brand | " + other,
			"column product.erp_id | " + other,
		} {
			if !strings.Contains(lines, "\n"+want+"\n") {
				t.Errorf("with MEDUSA_URL=%s check --front lacks %s:\n%s", url, want, lines)
			}
		}
	}
	if err := begin(t, shopEnv(address), "check", "--fornt").end(); err == nil {
		t.Error("check --fornt succeeded")
	}
}

// TestShadowKeepsDifferences compares what the server answers with a Medusa that says something else of products and agrees on regions.
func TestShadowKeepsDifferences(t *testing.T) {
	t.Parallel()
	d, names := dbtest.Shop(t), dbtest.Handles(t)
	quiet := slog.New(slog.DiscardHandler)
	own, _, err := handler(t.Context(), Config{JWTSecret: "supersecret", CookieSecret: "supersecret"}, d, quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/store/collections" {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, `{"collections":[],"count":0,"offset":0,"limit":10}`)
			return
		}
		own.ServeHTTP(w, r)
	}))
	t.Cleanup(upstream.Close)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	h, work, err := handler(t.Context(), Config{JWTSecret: "supersecret", CookieSecret: "supersecret", Front: FrontConfig{URL: u, ShadowRate: 1}}, d, quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(background(t.Context(), work))
	f := &fronted{h: h, d: d, names: names}
	reads := []string{"GET /store/regions", "GET /store/collections?limit=10&q=", "GET /store/products?limit=2&fields=id,title,*variants"}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n, request := range reads { // one after another, so that none is skipped
		if w := f.ask(t, request, ""); w.Code != http.StatusOK {
			t.Fatalf("%s = %d %s", request, w.Code, w.Body)
		}
		for ends := time.After(30 * time.Second); ; {
			var equal, known, different, failed, skipped int
			_, after, _ := strings.Cut(f.ask(t, "GET /health/ready", "").Body.String(), "shadow: ")
			_, err := fmt.Sscanf(after, "equal %d, known %d, different %d, failed %d, skipped %d", &equal, &known, &different, &failed, &skipped)
			if err == nil && equal+known+different+failed+skipped == n+1 {
				break
			}
			select {
			case <-tick.C:
			case <-ends:
				t.Fatalf("%s is not compared: %s", request, after)
			}
		}
	}
	found, err := d.ShadowDifferences(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for _, c := range found {
		paths[c.Route+" "+c.Path+" "+c.Kind] = c.Example
	}
	const example = "GET /store/collections?limit=10&q=…"
	if paths["GET /store/collections $.collections length"] != example || paths["GET /store/collections $.count value"] != example || len(paths) != 2 {
		t.Errorf("kept %v", found)
	}
}

// TestShadowReplay replays an access log and a HAR file against a Medusa that agrees, and one that does not.
func TestShadowReplay(t *testing.T) {
	t.Parallel()
	address := dbtest.ReadShopURL(t)
	d, names := dbtest.Open(t, address, db.Options{}), dbtest.Handles(t)
	own, _, err := handler(t.Context(), Config{JWTSecret: "supersecret", CookieSecret: "supersecret"}, d, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	var lies atomic.Bool
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lies.Load() && strings.HasPrefix(r.URL.Path, "/store/regions/") {
			http.NotFound(w, r)
			return
		}
		own.ServeHTTP(w, r)
	}))
	t.Cleanup(upstream.Close)
	dir := t.TempDir()
	log, har := filepath.Join(dir, "access.log"), filepath.Join(dir, "shop.har")
	region := "/store/regions/" + names["reg_us"]
	text := `1.2.3.4 - - [27/Nov/2026:10:00:00 +0000] "GET /store/products?limit=2&region_id=` + names["reg_us"] + `&fields=*variants.calculated_price HTTP/1.1" 200 12 "-" "curl"
1.2.3.4 - - [27/Nov/2026:10:00:00 +0000] "POST /store/carts HTTP/1.1" 200 12
time=2026-11-27T10:00:00Z level=INFO msg=request method=GET path=` + region + ` status=200
{"level":"info","message":"GET ` + region + `?fields=id,name <- (-) - 200 12 ms"}
"GET /store/custom HTTP/1.1" 200
"GET /admin/products HTTP/1.1" 200
`
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	text = `{"log":{"entries":[{"request":{"method":"GET","url":"https://shop.example` + region + `","headers":[{"name":"x-publishable-api-key","value":"` + names["pk_web"] + `"}]}}]}}`
	if err := os.WriteFile(har, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	replay := func(file string, more ...string) (string, error) {
		p := begin(t, shopEnv(address), append([]string{"shadow", "--against", upstream.URL, "--from", file, "--key", names["pk_web"]}, more...)...)
		err := p.end()
		return p.out.String(), err
	}
	for file, reads := range map[string]string{log: "3 reads compared, 0 different for no known reason; 1 of no route", har: "1 reads compared, 0 different"} {
		if out, err := replay(file); err != nil || !strings.Contains(out, reads) {
			t.Errorf("%s: %v, printed %s", file, err, out)
		}
	}
	lies.Store(true)
	if out, err := replay(log); err == nil || !strings.Contains(out, "GET /store/regions/{id}: value at status (unknown)\n  GET "+region+"\n") {
		t.Errorf("a Medusa that differs: %v, printed %s", err, out)
	}
	if _, err := replay(log, "--threshold", "0.9"); err != nil {
		t.Errorf("below the threshold: %v", err)
	}
	if _, err := replay(filepath.Join(dir, "none.log")); err == nil {
		t.Error("no file is no error")
	}
}
