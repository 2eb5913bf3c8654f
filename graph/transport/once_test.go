package transport_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph/transport"
	"github.com/storegraph/storegraph/model"
)

func TestOnce(t *testing.T) {
	t.Parallel()
	h := transport.New(newToy(), transport.Options{Limits: transport.Limits{Document: 200}})
	get := func(query string) string { return "/graphql?query=" + url.QueryEscape(query) }
	for name, tc := range map[string]struct {
		method, path, kind, body, accept string
		status                           int
		want                             string
	}{
		"GET":                   {http.MethodGet, get("{hello}"), "", "", "", 200, `{"data":{"hello":"done"}}`},
		"POST":                  {http.MethodPost, "/", "application/json; charset=utf-8", `{"query":"{hello}"}`, "", 200, `{"data":{"hello":"done"}}`},
		"variables":             {http.MethodPost, "/", "application/json", `{"query":"query($n:String){hello(name:$n)}","variables":{"n":"Ada"}}`, "", 200, `{"data":{"hello":"Ada"}}`},
		"variables by GET":      {http.MethodGet, get("query($n:String){hello(name:$n)}") + "&variables=%7B%22n%22:%22Ada%22%7D", "", "", "", 200, `{"data":{"hello":"Ada"}}`},
		"mutation":              {http.MethodPost, "/", "application/json", `{"query":"mutation{act}"}`, "", 200, `{"data":{"act":"done"}}`},
		"mutation by GET":       {http.MethodGet, get("mutation{act}"), "", "", "", 405, `send a mutation by POST`},
		"mutation by HEAD":      {http.MethodHead, get("mutation{act}"), "", "", "", 405, `send a mutation by POST`},
		"subscription":          {http.MethodPost, "/", "application/json", `{"query":"subscription{ticks}"}`, "", 200, `text/event-stream`},
		"no query":              {http.MethodPost, "/", "application/json", `{}`, "", 400, `query is missing`},
		"not JSON":              {http.MethodPost, "/", "application/json", `{"query":`, "", 400, `invalid_data`},
		"two values":            {http.MethodPost, "/", "application/json", `{"query":"{hello}"}{}`, "", 400, `invalid_data`},
		"NUL":                   {http.MethodPost, "/", "application/json", `{"query":"{hello}","variables":{"n":"\u0000"}}`, "", 400, `NUL`},
		"too long":              {http.MethodPost, "/", "application/json", `{"query":"{hello` + strings.Repeat(" ", 200) + `}"}`, "", 413, `longer than 200 bytes`},
		"another kind":          {http.MethodPost, "/", "text/plain", "{hello}", "", 415, `application/json`},
		"another method":        {http.MethodPut, "/", "", "", "", 405, `use GET or POST`},
		"invalid, as JSON":      {http.MethodPost, "/", "application/json", `{"query":"{nope}"}`, "application/json", 200, `"errors":`},
		"invalid, as GraphQL":   {http.MethodPost, "/", "application/json", `{"query":"{nope}"}`, "application/graphql-response+json", 400, `"errors":`},
		"variables not JSON":    {http.MethodGet, get("{hello}") + "&variables=x", "", "", "", 400, `variables is not a JSON object`},
		"an operation by name":  {http.MethodPost, "/", "application/json", `{"query":"query A{hello} query B{hello(name:\"B\")}","operationName":"B"}`, "", 200, `"B"`},
		"an unknown operation":  {http.MethodPost, "/", "application/json", `{"query":"query A{hello}","operationName":"B"}`, "", 200, `"errors":`},
		"a document by its id":  {http.MethodPost, "/", "application/json", `{"documentId":"hello"}`, "", 200, `{"data":{"hello":"done"}}`},
		"one by GET":            {http.MethodGet, "/?documentId=hello", "", "", "", 200, `{"data":{"hello":"done"}}`},
		"a mutation's by GET":   {http.MethodGet, "/?documentId=act", "", "", "", 405, `send a mutation by POST`},
		"a stream that is none": {http.MethodPut, "/", "", "", "text/event-stream", 405, `use GET or POST`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.kind)
			r.Header.Set("Accept", tc.accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("%s %s = %d %s, want %d with %s", tc.method, tc.path, w.Code, w.Body, tc.status, tc.want)
			}
		})
	}
}

// A client that takes JSON and streams, such as urql, gets a stream of subscriptions only.
func TestBothMediaTypes(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{})
	const both = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
	for query, want := range map[string]string{"{hello}": "application/graphql-response+json", "{nope}": "application/graphql-response+json"} {
		if kind := x.send(t.Context(), query, "Accept", both).Header.Get("Content-Type"); !strings.HasPrefix(kind, want) {
			t.Errorf("%s is answered as %s, want %s", query, kind, want)
		}
	}
	e := x.events("subscription{ticks}", "Accept", both)
	x.ticks <- "one"
	e.wants("event: next", `data: {"data":{"ticks":"one"}}`)
	if res := x.send(t.Context(), "subscription{ticks}", "Accept", both, "Idempotency-Key", "k"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a subscription with an Idempotency-Key = %d, want 400", res.StatusCode)
	}
}

func TestFail(t *testing.T) {
	t.Parallel()
	h := transport.New(newToy(), transport.Options{})
	for err, status := range map[error]int{
		model.Conflict.Errorf("taken"): http.StatusConflict, model.Unavailable.Errorf("lost"): http.StatusServiceUnavailable, model.Invalid.Errorf("wrong"): http.StatusBadRequest, http.ErrBodyNotAllowed: http.StatusInternalServerError,
	} {
		w := httptest.NewRecorder()
		h.Fail(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody), err)
		if w.Code != status || !strings.Contains(w.Body.String(), err.Error()) {
			t.Errorf("Fail with %v = %d %s, want %d", err, w.Code, w.Body, status)
		}
	}
}
