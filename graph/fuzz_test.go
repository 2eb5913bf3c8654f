package graph_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// FuzzGraphQL sends any document with any variables: the answer is data or a refusal, never an internal error.
func FuzzGraphQL(f *testing.F) {
	for _, q := range [][2]string{
		{"{products{nodes{id title variants{price{amount{amount}}}}}}", "{}"},
		{"query($f:ProductFilter){products(filter:$f){totalCount}}", `{"f":{"q":"%","or":[{"id":{"in":[]}},{"not":{"inStock":true}}]}}`},
		{"query($f:ProductFilter){products(filter:$f){totalCount}}", `{"f":{"price":{"gte":"1e64","lt":"-5"},"createdAt":{"gt":"2020-01-01"}}}`},
		{"query($a:String){products(first:2,after:$a){edges{cursor}pageInfo{hasNextPage}}}", `{"a":"eyJ2IjoiMjQ5IiwiayI6InAifQ"}`},
		{"query($a:String){products(first:2,sort:{key:CREATED_AT},after:$a){edges{cursor}}}", `{"a":"eyJ2Ijoibm9uc2Vuc2UiLCJrIjoicCJ9"}`},
		{"query($a:String){products(last:2,sort:{key:PRICE,direction:DESC},before:$a){edges{cursor}}}", `{"a":"e30"}`},
		{"{node(id:\"prod_x\"){id}}", "{}"},
		{"{nodes(ids:[\"a\",\"_\",\"\"]){id}}", "{}"},
		{"{products(filter:{title:{like:\"%\"}}){facets{categories{count}priceRange{min{amount}}}}}", "null"},
		{"{regions(first:-1){nodes{id}}}", "{}"},
		{"{regions(first:1,last:1){nodes{id}}}", "{}"},
		{"{regions(offset:99999999999){nodes{id}}}", "{}"},
		{"{product(by: {id: \"a\",handle:\"b\"}){id}}", "{}"},
		{"fragment A on Product{...A}{products{nodes{...A}}}", "{}"},
		{"{__schema{types{name}}}", "{}"},
		{"query @inContext(region:\"x\",country:\"1e9\"){products{nodes{variants{price{onSale}}}}}", "{}"},
		{"mutation{a}", "{}"},
		{"\x00", "{}"},
		{"{", "{"},
		{"{products(filter:{title:{eq:\"\\u0000\"}}){nodes{id}}}", "{}"},
	} {
		f.Add(q[0], q[1])
	}
	handles := dbtest.Handles(f)
	g, err := graph.New(graph.Config{DB: dbtest.ReadShop(f), Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, variables string) {
		body, err := json.Marshal(map[string]any{"query": query})
		if err != nil {
			t.Skip("not a text")
		}
		if json.Valid([]byte(variables)) {
			body = []byte(strings.TrimSuffix(string(body), "}") + `,"variables":` + variables + "}")
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		w := httptest.NewRecorder()
		g.Identify(g).ServeHTTP(w, r)
		if w.Code >= 500 || strings.Contains(w.Body.String(), "INTERNAL_SERVER_ERROR") {
			t.Errorf("%s %s = %d %s", query, variables, w.Code, w.Body)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s = %s, which is not JSON", query, w.Body)
		}
	})
}
