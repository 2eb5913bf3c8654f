package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), nil)
	key, token := dbtest.Handles(t)["pk_web"], "Bearer "+logIn(t, h, "anna")
	const json = "application/json"
	for _, tc := range []struct {
		kind, body string
		status     int
		want       string
	}{
		{json, ``, 200, `"first_name":"Anna"`},
		{json, `{}`, 200, `"first_name":"Anna"`},
		{json, `{"first_name": `, 400, "Unexpected end of JSON input"},
		{json, `"text"`, 400, "is not valid JSON"},
		{json, `null`, 400, "is not valid JSON"},
		{json, `{} {}`, 400, "unexpected text"},
		{json, `[1]`, 400, "Invalid request: Field '' is required"},
		{json, strings.Repeat("[", 5000), 400, "nested too deep"},
		{json, `{"phone":"a\u0000b"}`, 400, "NUL"},
		{json, `{"phone":{"toString":1}}`, 400, "Expected type: 'string' for field 'phone', got: '[object Object]'"},
		{json, `{"phone":[1,null,true]}`, 400, "got: '1,,true'"},
		{json, `{"metadata":[1]}`, 400, "Expected type: 'record' for field 'metadata', got: '1'"},
		{json, `{"a":1,"b":2}`, 400, "Unrecognized fields: 'a, b'"},
		{
			json, `{"phone":1,"first_name":2,"last_name":3,"company_name":4}`, 400,
			"for field 'company_name', got: '4'; Expected type: 'string' for field 'first_name', got: '2'; Expected type: 'string' for field 'last_name', got: '3'\"}",
		},
		{json, `{"metadata":{"a":1.50,"b":{"c":[null]}}}`, 200, `"b": {"c": [null]}`},
		{"text/plain", `hello`, 400, "Invalid request: Field '' is required"},
		{"application/x-www-form-urlencoded", `first_name=Ann%20A`, 200, `"first_name":"Ann A"`},
	} {
		res, text := send(t, h, http.MethodPost, "/store/customers/me", tc.body,
			"Authorization", token, "X-Publishable-Api-Key", key, "Content-Type", tc.kind)
		if res.StatusCode != tc.status || !strings.Contains(text, tc.want) {
			t.Errorf("%s %.60s = %d %s, want %d %s", tc.kind, tc.body, res.StatusCode, text, tc.status, tc.want)
		}
	}
}
