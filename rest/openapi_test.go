package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest"
)

// TestOpenAPI checks the document with an independent validator, and real responses against the document.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.ReadShop(t), nil)
	handles := dbtest.Handles(t)
	status, text := get(t, h, "/openapi.json", "")
	if status != http.StatusOK {
		t.Fatalf("GET /openapi.json = %d %s", status, text)
	}
	doc, err := libopenapi.NewDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		for _, f := range faults {
			t.Errorf("%s: %s", f.Message, f.Reason)
		}
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	for _, r := range rest.Routes() {
		id := handles[ids[r.Path]]
		if v, ok := strings.CutPrefix(ids[r.Path], "="); ok {
			id = v
		}
		path := strings.NewReplacer("{id}", id, "{code}", id).Replace(r.Path)
		if r.Field == "paymentProviders" {
			path += "?region_id=" + handles["reg_us"]
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		req.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		res := w.Result()
		if ok, faults := v.ValidateHttpResponse(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: req.URL.Path}, Header: req.Header}, res); !ok {
			for _, f := range faults {
				t.Errorf("GET %s: %s: %s", path, f.Message, f.Reason)
			}
		}
		_ = res.Body.Close()
		var answer any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		described(t, d, dig(d, "paths", r.Path, "get", "responses", "200", "content", "application/json", "schema"), answer, "GET "+path)
	}
}

// TestOpenAPIOfCarts checks that all of carts, orders and shipping options is described as it is answered: money as numbers.
func TestOpenAPIOfCarts(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	_, text := s.ask("GET", "/openapi.json", "")
	var d map[string]any
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","email":"a@scenarios.example","shipping_address":{"country_code":"de"},"items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	s.pay(c.ID)
	for path, route := range map[string]string{
		"/store/carts/" + c.ID: "/store/carts/{id}", "/store/carts/" + c.ID + "?fields=*items,*items.variant,*payment_collection,total": "/store/carts/{id}",
		"/store/orders/{order_ret1}": "/store/orders/{id}", "/store/orders/{order_jp1}?fields=*items,total,*fulfillments": "/store/orders/{id}",
		"/store/shipping-options?cart_id=" + c.ID: "/store/shipping-options",
		"/store/products/" + s.handles["prod_classic_tee"] + "?fields=*variants.calculated_price,*variants.prices&region_id={reg_eu}": "/store/products/{id}",
	} {
		status, text := s.ask("GET", path, "")
		var answer any
		if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
			t.Fatalf("GET %s = %d %s", path, status, text)
		}
		described(t, d, dig(d, "paths", route, "get", "responses", "200", "content", "application/json", "schema"), answer, "GET "+path)
	}
	for _, property := range [][2]string{{"Cart", "total"}, {"LineItem", "unit_price"}, {"Order", "item_total"}, {"ShippingOption", "amount"}, {"CalculatedPrice", "calculated_amount"}} {
		of, _ := dig(d, "components", "schemas", property[0], "properties", property[1]).(map[string]any)
		if !strings.Contains(fmt.Sprint(of["type"]), "number") {
			t.Errorf("%s is described as %v, want a number", property, of)
		}
	}
}

// dig returns what is at a path of keys of a JSON object, or nil.
func dig(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// described checks that an OpenAPI document describes every property of an answer by a schema.
func described(t *testing.T, doc map[string]any, schema, answer any, path string) {
	t.Helper()
	of, _ := schema.(map[string]any)
	if one, ok := of["oneOf"].([]any); ok {
		of, _ = one[0].(map[string]any)
	}
	if name, ok := of["$ref"].(string); ok {
		of, _ = dig(doc, strings.Split(strings.TrimPrefix(name, "#/"), "/")...).(map[string]any)
	}
	switch answer := answer.(type) {
	case []any:
		for _, e := range answer {
			described(t, doc, of["items"], e, path+"[]")
		}
	case map[string]any:
		properties, ok := of["properties"].(map[string]any)
		if !ok {
			if of["type"] == "object" {
				t.Errorf("%s is described without properties", path)
			}
			return // free-form
		}
		for k, v := range answer {
			if properties[k] == nil {
				t.Errorf("%s.%s is not described", path, k)
				continue
			}
			described(t, doc, properties[k], v, path+"."+k)
		}
	}
}

// TestOpenAPIOfAuth checks requests to /auth and their real responses against the document.
func TestOpenAPIOfAuth(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), withMFA(t, nil))
	_, text := get(t, h, "/openapi.json", "")
	doc, err := libopenapi.NewDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	handles := dbtest.Handles(t)
	token := logIn(t, h, "anna")
	const cred = `{"email":"ada@example.com","password":"pw"}`
	for _, tc := range []struct {
		method, path, body string
		want               int
		fits               bool // the request is as the document says
	}{
		{"POST", "/auth/customer/emailpass/register", cred, 200, true},
		{"POST", "/auth/customer/emailpass", cred, 200, true},
		{"POST", "/auth/customer/emailpass", `{"email":1}`, 401, false},
		{"POST", "/auth/customer/emailpass/reset-password", `{"identifier":"x"}`, 201, true},
		{"POST", "/auth/customer/emailpass/reset-password", `{}`, 400, false},
		{"GET", "/auth/customer/providers", "", 200, true},
		{"POST", "/auth/token/refresh", "", 200, true},
		{"POST", "/auth/session", "", 200, true},
		{"GET", "/auth/mfa/factors", "", 200, true},
		{"POST", "/auth/mfa/factors", `{"provider":"totp"}`, 200, true},
		{"POST", "/auth/mfa/factors", `{"provider":""}`, 400, false},
		{"POST", "/auth/mfa/recovery-codes", `{"count":51}`, 400, false},
		{"POST", "/auth/verification/request", `{"entity_id":"a@example.com","entity_type":"email"}`, 201, true},
		{"POST", "/auth/verification/confirm", `{"code":"x"}`, 400, true},
		{"POST", "/store/customers/me", `{"first_name":"A","metadata":{"a":1}}`, 200, true},
		{"POST", "/store/customers/me", `{"first_name":1}`, 400, false},
		{"POST", "/store/customers/me", `{"nickname":"A"}`, 400, false},
		{"POST", "/store/customers/me/addresses", `{"city":"X","is_default_shipping":true}`, 200, true},
	} {
		r := func() *http.Request {
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			if tc.body == "" {
				r = httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, http.NoBody)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
			return r
		}
		if ok, faults := v.ValidateHttpRequest(r()); ok != tc.fits {
			t.Errorf("%s %s %s: fits = %v %v, want %v", tc.method, tc.path, tc.body, ok, faults, tc.fits)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r())
		res := w.Result()
		if res.StatusCode != tc.want {
			t.Errorf("%s %s %s = %d %s, want %d", tc.method, tc.path, tc.body, res.StatusCode, w.Body, tc.want)
		}
		if ok, faults := v.ValidateHttpResponse(r(), res); !ok {
			for _, f := range faults {
				t.Errorf("%s %s: %s: %s", tc.method, tc.path, f.Message, f.Reason)
			}
		}
		_ = res.Body.Close()
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Summary     string         `json:"summary"`
			RequestBody map[string]any `json:"requestBody"`
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	auths := 0
	for path, operations := range d.Paths {
		for method, o := range operations {
			if strings.HasPrefix(path, "/auth/") {
				auths++
			}
			if o.OperationID == "" || o.Summary == "" {
				t.Errorf("%s %s has no id or no summary", method, path)
			}
		}
	}
	if auths != rest.AuthRoutes {
		t.Errorf("%d operations below /auth are described, want %d", auths, rest.AuthRoutes)
	}
}
