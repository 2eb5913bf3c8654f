package rest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"storegraph/db/dbtest"
	"storegraph/rest"
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
	}
	var d struct {
		Paths map[string]map[string]any
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&d); err != nil {
		t.Fatal(err)
	}
	for _, r := range rest.Routes() {
		if d.Paths[r.Path]["get"] == nil {
			t.Errorf("the document lacks GET %s", r.Path)
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
