package graph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"storegraph/db/dbtest"
	"storegraph/graph"
	"storegraph/graph/playground"
)

// ids are the ids that later examples take from the answers to earlier ones.
var ids = map[string]*regexp.Regexp{
	"CART": regexp.MustCompile(`\bcart_\w+`), "OPTION": regexp.MustCompile(`\bso_\w+`), "COLLECTION": regexp.MustCompile(`\bpay_col_\w+`),
	"ORDER": regexp.MustCompile(`\border_\w+`),
}

// The examples run one after another as somebody would who tries them, each with the latest token.
func TestExamples(t *testing.T) {
	t.Parallel()
	g, err := graph.New(graph.Config{DB: dbtest.Shop(t), JWTSecret: "supersecret"})
	if err != nil {
		t.Fatal(err)
	}
	h, token := g.Identify(g), ""
	handles := dbtest.Handles(t)
	paste := map[string]string{"REGION": handles["reg_eu"], "VARIANT": handles["var_mug_moss"]}
	for _, e := range playground.Examples() {
		if e.Name == "A second factor" {
			continue // this shop has no key; TestMFAInGraphQL in rest does it
		}
		if e.Name == "Follow a cart" {
			continue // it has no end; TestCartUpdated does it
		}
		body := map[string]any{"query": e.Query}
		if variables := e.Variables; variables != "" {
			for name, id := range paste {
				for _, article := range []string{"A", "AN", "THE"} {
					variables = strings.ReplaceAll(variables, "PASTE-"+article+"-"+name, id)
				}
			}
			body["variables"] = json.RawMessage(variables)
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(text)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		for name, value := range e.Headers {
			r.Header.Set(name, strings.Replace(value, "PASTE-THE-TOKEN", token, 1))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var a struct {
			Data   map[string]json.RawMessage
			Errors []any
		}
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || len(a.Errors) > 0 || len(a.Data) == 0 {
			t.Errorf("%s = %s (%v)", e.Name, w.Body, err)
		}
		for name, id := range ids {
			if found := id.FindString(w.Body.String()); found != "" {
				paste[name] = found
			}
		}
		for _, field := range a.Data {
			var of struct {
				Authentication struct{ Token string }
				UserErrors     []any
			}
			if json.Unmarshal(field, &of) == nil && of.Authentication.Token != "" {
				token = of.Authentication.Token
			}
			if len(of.UserErrors) > 0 {
				t.Errorf("%s = %s", e.Name, w.Body)
			}
		}
	}
	if token == "" || paste["ORDER"] == "" {
		t.Errorf("no example gave a token, or none an order: %v", paste)
	}
}
