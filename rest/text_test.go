package rest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/storegraph/storegraph/db/dbtest"
)

// Texts that no database holds, as they are escaped in an address, and what the refusal of each says.
var unstorable = map[string]string{"a%00b": "NUL character", "a%ffb": "valid UTF-8"}

// ownWords fails if a refusal is none of the client's fault, or has words of Postgres.
func ownWords(t *testing.T, what string, status int, text string) {
	t.Helper()
	if status < 400 || status >= 500 {
		t.Errorf("%s = %d %.300s, want a refusal", what, status, text)
	}
	for _, words := range []string{"SQLSTATE", "invalid byte sequence", "syntax error", "unsupported Unicode", "invalid input syntax", "cannot be stored"} {
		if strings.Contains(text, words) {
			t.Errorf("%s = %.300s, want no words of the database's", what, text)
		}
	}
}

// TestUnstorablePaths sends texts that no database holds as each part of each path that a route has in braces, as a customer.
// It holds D81 of DEVIATIONS.md.
func TestUnstorablePaths(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.Shop(t), manyAttempts), dbtest.Handles(t)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	_, text := send(t, h, "GET", "/openapi.json", "")
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	auth := "Bearer " + logIn(t, h, "anna")
	tried := 0
	for path, methods := range doc.Paths {
		parts := strings.Split(path, "/")
		for at, part := range parts {
			if !strings.HasPrefix(part, "{") {
				continue
			}
			for bad, says := range unstorable {
				with := append([]string{}, parts...)
				for n := range with {
					if strings.HasPrefix(with[n], "{") {
						with[n] = "x"
					}
				}
				with[at] = bad
				for method := range methods {
					if strings.ToLower(method) != method || method == "parameters" {
						continue
					}
					tried++
					r := httptest.NewRequestWithContext(t.Context(), strings.ToUpper(method), strings.Join(with, "/"), strings.NewReader("{}"))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
					r.Header.Set("Authorization", auth)
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					what := method + " " + path + " with " + bad
					ownWords(t, what, w.Code, w.Body.String())
					if !strings.Contains(w.Body.String(), says) && !strings.Contains(w.Body.String(), "Invalid request") && w.Code != http.StatusUnauthorized {
						t.Errorf("%s = %d %.200s, want %q", what, w.Code, w.Body, says)
					}
				}
			}
		}
	}
	if tried < 50 {
		t.Errorf("%d requests, want more", tried)
	}
}

// TestUnstorableTexts sends texts that no database holds wherever else a request may have a text.
// It holds D81 of DEVIATIONS.md.
func TestUnstorableTexts(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.Shop(t), manyAttempts), dbtest.Handles(t)
	token := func(claims jwt.MapClaims) string {
		claims["exp"] = time.Now().Add(time.Hour).Unix()
		signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + signed
	}
	customer := func(actor, identity string) string {
		return token(jwt.MapClaims{"actor_id": actor, "actor_type": "customer", "auth_identity_id": identity})
	}
	json := "application/json"
	for name, tc := range map[string]struct {
		method, path, body, kind, says string
		headers                        []string
	}{
		"NUL in a body":                    {"POST", "/store/carts", `{"email":"a\u0000@b.example"}`, json, "NUL", nil},
		"NUL in a key of a body":           {"POST", "/store/carts", `{"metadata":{"a\u0000":1}}`, json, "NUL", nil},
		"NUL in nested metadata":           {"POST", "/store/carts", `{"metadata":{"a":[{"b":"\u0000"}]}}`, json, "NUL", nil},
		"NUL in a body as it is":           {"POST", "/store/carts", "{\"email\":\"a\x00\"}", json, "invalid character", nil},
		"UTF-8 in a body":                  {"POST", "/store/carts", "{\"email\":\"a\xff\"}", json, "valid UTF-8", nil},
		"half a surrogate":                 {"POST", "/store/carts", `{"email":"\ud800"}`, json, "email", nil},
		"NUL in a form":                    {"POST", "/store/carts", "email=a%00", "application/x-www-form-urlencoded", "NUL", nil},
		"UTF-8 in a form":                  {"POST", "/store/carts", "email=a%ff", "application/x-www-form-urlencoded", "valid UTF-8", nil},
		"NUL in a query":                   {"GET", "/store/products?handle=a%00", "", "", "NUL", nil},
		"UTF-8 in a query":                 {"GET", "/store/products?handle=a%ff", "", "", "valid UTF-8", nil},
		"UTF-8 in the name of a parameter": {"GET", "/store/products?a%ff=1", "", "", "valid UTF-8", nil},
		"NUL in fields":                    {"GET", "/store/products?fields=a%00", "", "", "NUL", nil},
		"UTF-8 in the locale":              {"GET", "/store/products", "", "", "valid UTF-8", []string{"X-Medusa-Locale", "d\xff"}},
		"NUL in the locale":                {"GET", "/store/products", "", "", "NUL", []string{"X-Medusa-Locale", "d\x00"}},
		"UTF-8 in the publishable key":     {"GET", "/store/products", "", "", "valid publishable key", []string{"X-Publishable-Api-Key", "pk_\xff"}},
		"NUL in the publishable key":       {"GET", "/store/products", "", "", "valid publishable key", []string{"X-Publishable-Api-Key", "pk_\x00"}},
		"UTF-8 in an Idempotency-Key":      {"POST", "/store/carts", `{}`, json, "valid UTF-8", []string{"Idempotency-Key", "k\xff"}},
		"NUL in an Idempotency-Key":        {"POST", "/store/carts", `{}`, json, "NUL", []string{"Idempotency-Key", "k\x00"}},
		"NUL in a token's actor":           {"GET", "/store/customers/me", "", "", "Unauthorized", []string{"Authorization", customer("cus_\x00", "authid_x")}},
		"NUL in a token's identity":        {"GET", "/store/customers/me", "", "", "Unauthorized", []string{"Authorization", customer(handles["cus_anna"], "authid_\x00")}},
		"NUL in a registrant's token":      {"POST", "/store/customers", `{"email":"x@scenarios.example"}`, json, "Unauthorized", []string{"Authorization", customer("", "authid_\x00")}},
		"NUL in a token that is refreshed": {"POST", "/auth/token/refresh", "", "", "Unauthorized", []string{"Authorization", customer("cus_\x00", "authid_\x00")}},
		"NUL in a token of a reset":        {"POST", "/auth/customer/emailpass/update", `{"password":"p"}`, json, "Invalid token", []string{"Authorization", token(jwt.MapClaims{"entity_id": "a\x00", "provider": "emailpass", "actor_type": "customer"})}},
		"UTF-8 in a token":                 {"GET", "/store/customers/me", "", "", "Unauthorized", []string{"Authorization", "Bearer \xff"}},
		"NUL in a session's cookie":        {"GET", "/store/customers/me", "", "", "Unauthorized", []string{"Cookie", "connect.sid=s%3A%00.x"}},
		"UTF-8 in a session's cookie":      {"GET", "/store/customers/me", "", "", "Unauthorized", []string{"Cookie", "connect.sid=s%3A%ff.x"}},
		"UTF-8 in the words of a log-in":   {"POST", "/auth/customer/emailpass", "{\"email\":\"a\xff\",\"password\":\"p\"}", json, "valid UTF-8", nil},
		"NUL in the words of a log-in":     {"POST", "/auth/customer/emailpass", `{"email":"a\u0000","password":"p"}`, json, "NUL", nil},
		"UTF-8 in GraphQL":                 {"POST", "/graphql", "{\"query\":\"{ product(by: {id: \\\"\xff\\\"}) { id } }\"}", json, "valid UTF-8", nil},
		"NUL in a GraphQL variable":        {"POST", "/graphql", `{"query":"query($id: ID!) { product(by: {id: $id}) { id } }","variables":{"id":"\u0000"}}`, json, "NUL", nil},
		"UTF-8 in a GraphQL variable":      {"POST", "/graphql", "{\"query\":\"query($id: ID!) { product(by: {id: $id}) { id } }\",\"variables\":{\"id\":\"\xff\"}}", json, "valid UTF-8", nil},
		"NUL in GraphQL by GET":            {"GET", "/graphql?query=" + url.QueryEscape(`{ product(by: {id: "a`) + "%00" + url.QueryEscape(`"}) { id } }`), "", "", "NUL", nil},
		"UTF-8 in GraphQL by GET":          {"GET", "/graphql?query=" + url.QueryEscape(`{ product(by: {id: "a`) + "%ff" + url.QueryEscape(`"}) { id } }`), "", "", "valid UTF-8", nil},
		"NUL in a variable by GET":         {"GET", "/graphql?query=" + url.QueryEscape(`query($id: ID!) { product(by: {id: $id}) { id } }`) + "&variables=" + url.QueryEscape(`{"id":"\u0000"}`), "", "", "NUL", nil},
		"UTF-8 in a variable by GET":       {"GET", "/graphql?query=" + url.QueryEscape(`query($id: ID!) { product(by: {id: $id}) { id } }`) + "&variables=" + url.QueryEscape(`{"id":"`) + "%ff" + url.QueryEscape(`"}`), "", "", "valid UTF-8", nil},
		"NUL in the name of an operation":  {"POST", "/graphql", `{"query":"query a { regions { totalCount } }","operationName":"\u0000"}`, json, "NUL", nil},
		"UTF-8 in the locale over GraphQL": {"POST", "/graphql", `{"query":"{ regions { totalCount } }"}`, json, "valid UTF-8", []string{"X-Medusa-Locale", "\xff"}},
		"NUL in a token over GraphQL":      {"POST", "/graphql", `{"query":"{ customer { id } orders { totalCount } }"}`, json, "", []string{"Authorization", customer("cus_\x00", "authid_\x00")}},
		"UTF-8 in the key over GraphQL":    {"POST", "/graphql", `{"query":"{ regions { totalCount } }"}`, json, "valid publishable key", []string{"X-Publishable-Api-Key", "\xff"}},
		"NUL in an order's token":          {"GET", "/store/orders/order_x", "", "", "not found", []string{"X-Order-Token", strings.TrimPrefix(token(jwt.MapClaims{"aud": "order", "order_id": "\x00"}), "Bearer ")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			headers := append([]string{"X-Publishable-Api-Key", handles["pk_web"], "Content-Type", tc.kind}, tc.headers...)
			res, text := send(t, h, tc.method, tc.path, tc.body, headers...)
			status := res.StatusCode
			if strings.HasPrefix(tc.path, "/graphql") && status == http.StatusOK && strings.Contains(text, `"errors"`) && !strings.Contains(text, "UNKNOWN") {
				status = http.StatusBadRequest // a refusal of an operation has the status 200
			}
			ownWords(t, tc.path, status, text)
			if !strings.Contains(text, tc.says) {
				t.Errorf("%s %s = %d %.300s, want %q", tc.method, tc.path, status, text, tc.says)
			}
		})
	}
}
