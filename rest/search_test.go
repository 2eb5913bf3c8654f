package rest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model/docsearch"
)

// exposed are the indexes that shoppers may search in cmd/interop/testdata/search.
const exposed = `{"product": true, "number": true, "missing": true,
	"guide": {"filters": {"public": true}, "distinct_attribute": "topic", "typo_tolerance": {"enabled": false}}}`

// newSearch returns the recorded shop with the reference's search indexes, after further changes, of which shoppers may search those of a setting.
func newSearch(t *testing.T, setting string, change func(c *graph.Config), changes ...string) http.Handler {
	t.Helper()
	url := dbtest.ShopURL(t)
	tables, err := os.ReadFile("testdata/search.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, sql := range append([]string{string(tables)}, changes...) {
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	documents, err := docsearch.ParseExposed(setting)
	if err != nil {
		t.Fatal(err)
	}
	return newHandler(t, dbtest.Open(t, url, db.Options{Documents: documents}), change)
}

// searched sends a body to POST /store/search, and returns the answer without what takes time.
func searched(t *testing.T, h http.Handler, key, body string) (int, any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/store/search", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("X-Publishable-Api-Key", key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var answer any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %v: %s", body, err, w.Body)
	}
	if o, ok := answer.(map[string]any); ok {
		results, _ := o["results"].([]any)
		for _, r := range results {
			if m, ok := r.(map[string]any)["metadata"].(map[string]any); ok {
				delete(m, "processing_time_ms")
			}
		}
	}
	return w.Code, answer
}

// recordedSearch is a request and the reference's answer, as cmd/interop/testdata/search.mjs records them.
type recordedSearch struct {
	Key      *string
	Body     json.RawMessage
	Status   int
	Answer   any
	Deviates string
}

// TestSearchAsRecorded compares answers of POST /store/search with the reference's, with compiled plans and with gqlgen's executor. It holds D93
// and D94 of DEVIATIONS.md.
func TestSearchAsRecorded(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/search.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recordedSearch
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	handles := dbtest.Handles(t)
	for _, plans := range []bool{true, false} {
		t.Run(fmt.Sprintf("plans %v", plans), func(t *testing.T) {
			t.Parallel()
			h := newSearch(t, exposed, func(c *graph.Config) { c.NoProjection = !plans })
			for _, r := range all {
				key := handles["pk_web"]
				if r.Key != nil {
					key = handles[*r.Key]
				}
				body := string(r.Body)
				if unquoted := ""; json.Unmarshal(r.Body, &unquoted) == nil {
					body = unquoted
				}
				status, answer := searched(t, h, key, body)
				switch {
				case r.Status == http.StatusInternalServerError, r.Deviates == "D93":
					if status != http.StatusBadRequest {
						t.Errorf("%s = %d %v, want 400", body, status, answer)
					}
				case r.Deviates == "D94":
					if got := fmt.Sprint(answer); status != http.StatusOK || strings.Contains(got, "draft") {
						t.Errorf("%s = %d %s, want no drafts", body, status, got)
					}
				case status != r.Status || !near(answer, r.Answer):
					t.Errorf("%s = %d %s, want %d %s", body, status, asJSON(answer), r.Status, asJSON(r.Answer))
				}
			}
		})
	}
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// near reports whether two values of JSON are equal, but for what versions of Postgres do not agree on: the last digits of numbers.
func near(a, b any) bool {
	switch a := a.(type) {
	case float64:
		n, ok := b.(float64)
		return ok && math.Abs(a-n) <= 1e-6*max(1, math.Abs(a))
	case []any:
		list, ok := b.([]any)
		if !ok || len(a) != len(list) {
			return false
		}
		for i := range a {
			if !near(a[i], list[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		o, ok := b.(map[string]any)
		if !ok || len(a) != len(o) {
			return false
		}
		for k := range a {
			if v, ok := o[k]; !ok || !near(a[k], v) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}

// TestSearchWithoutIndex tests what is answered of indexes that cannot be searched: it does not tell which there are.
func TestSearchWithoutIndex(t *testing.T) {
	t.Parallel()
	key := dbtest.Handles(t)["pk_web"]
	const product = `{"entity":"product"}`
	const none = `No search index named "product"`
	for name, tc := range map[string]struct{ setting, change, want string }{
		"none is exposed":      {"", "", none},
		"another is exposed":   {"guide", "", none},
		"it is not defined":    {"product", `DELETE FROM search_index_version; DELETE FROM search_index`, none},
		"it was deleted":       {"product", `UPDATE search_index SET deleted_at = now()`, none},
		"it is not active yet": {"product", `UPDATE search_index SET active_version = NULL`, `Search index "product" has no active version yet. It has to be migrated and seeded first.`},
		"of another provider":  {"product", `UPDATE search_index_version SET provider = 'search-medusa'`, none},
		"without a table":      {"product", `DROP TABLE search_pg_product_v2`, none},
		"of another table":     {"product", `UPDATE search_postgres_index SET table_name = 'customer' WHERE name = 'product_v2'`, none},
		"of no provider":       {"product", `DROP TABLE search_postgres_index`, none},
		"no module":            {"product", `DROP TABLE search_index CASCADE`, none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newSearch(t, tc.setting, nil, tc.change)
			status, answer := searched(t, h, key, product)
			if o, ok := answer.(map[string]any); !ok || status != http.StatusNotFound || o["message"] != tc.want {
				t.Errorf("%s = %d %v, want %s", product, status, answer, tc.want)
			}
		})
	}
}

// TestSearchPages tests that pages of what is equal by all that it is sorted by follow each other. It holds D95 of DEVIATIONS.md.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	key := dbtest.Handles(t)["pk_web"]
	h := newSearch(t, exposed, nil)
	var got []string
	for skip := range 11 {
		_, answer := searched(t, h, key, fmt.Sprintf(`{"entity":"product","fields":["id"],"pagination":{"order":{"on_sale":"DESC"},"take":1,"skip":%d}}`, skip))
		got = append(got, column(t, asJSON(answer), "results.0.hits", "id"))
	}
	const want = "doc_02 doc_03 doc_11 doc_01 doc_04 doc_08 doc_05 doc_09 doc_10 doc_12 doc_13"
	if g := strings.Join(got, " "); g != want {
		t.Errorf("pages = %s, want %s", g, want)
	}
}

// TestSearchIsBounded tests how much a search may ask for. It holds D96 of DEVIATIONS.md.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	key := dbtest.Handles(t)["pk_web"]
	h := newSearch(t, exposed, nil)
	deep := `{"id":"x"}`
	for range 9 {
		deep = `{"$not":` + deep + `}`
	}
	for _, body := range []string{
		`{"entity":"product","search_options":{"facets":[` + strings.TrimSuffix(strings.Repeat(`"brand",`, 51), ",") + `]}}`,
		`{"entity":"product","search_options":{"facets":[{"field":"brand","limit":1001}]}}`,
		`{"entity":"product","search_options":{"facets":[{"field":"price","type":"range","ranges":[` + strings.TrimSuffix(strings.Repeat(`{"from":1},`, 101), ",") + `]}]}}`,
		`{"entity":"product","filters":{"id":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 1001), ",") + `]}}`,
		`{"entity":"product","filters":{"$or":[` + strings.TrimSuffix(strings.Repeat(`{"id":"x"},`, 201), ",") + `]}}`,
		`{"entity":"product","filters":` + deep + `}`,
		`{"entity":"product","filters":{"id":"` + strings.Repeat("x", 10_001) + `"}}`,
		`{"entity":"product","filters":{"q":"` + strings.Repeat("x", 1001) + `"}}`,
	} {
		if status, answer := searched(t, h, key, body); status != http.StatusBadRequest {
			t.Errorf("%.100s = %d %.200s, want 400", body, status, asJSON(answer))
		}
	}
}

// TestSearchGuards tests that an index whose setting does not say what it holds hides what products are hidden by, and that one of a known
// entity does as the setting says.
func TestSearchGuards(t *testing.T) {
	t.Parallel()
	key := dbtest.Handles(t)["pk_web"]
	const renamed = `UPDATE search_index SET name = 'catalogue' WHERE name = 'product'`
	for setting, want := range map[string]float64{`catalogue`: 11, `{"catalogue":{"entity":"product"}}`: 11, `{"catalogue":{"entity":"thing"}}`: 13, `{"catalogue":{"filters":{"tags":"sport"}}}`: 3} {
		h := newSearch(t, setting, nil, renamed)
		_, answer := searched(t, h, key, `{"entity":"catalogue","filters":{"$or":[{"status":"draft"},{"status":{"$exists":true}}]}}`)
		if got := at(answer, "results.0.metadata.count"); got != want {
			t.Errorf("%s: %v documents, want %v", setting, got, want)
		}
	}
}

// Documents are found in GraphQL as over REST.
func TestSearchInGraphQL(t *testing.T) {
	t.Parallel()
	key := dbtest.Handles(t)["pk_web"]
	h := newSearch(t, exposed, nil)
	query := `{"query":"{ documents(searches: [{index: \"product\", query: \"jacket\", filter: {price: {$gt: 100}}, fields: [\"id\"], first: 2, facets: [{field: \"brand\"}, {field: \"price\", kind: STATS}]}]) { hits { id score document } totalCount facets { field values { value count } ranges { key } stats { min max count } } } }"}`
	query = strings.Replace(query, "{price: {$gt: 100}}", `$filter`, 1)
	query = strings.Replace(query, `{"query":"{`, `{"variables":{"filter":{"price":{"$gt":100}}},"query":"query($filter: JSON) {`, 1)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(query))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Publishable-Api-Key", key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	const want = `{"data":{"documents":[{"hits":[{"id":"doc_10","score":3.3,"document":{"id":"doc_10"}},{"id":"doc_01","score":1.1,"document":{"id":"doc_01"}}],"totalCount":3,"facets":[` +
		`{"field":"brand","values":[{"value":"Nordlys","count":2}],"ranges":null,"stats":null},{"field":"price","values":null,"ranges":null,"stats":{"min":129.5,"max":1e+06,"count":3}}]}]}`
	if got := w.Body.String(); !strings.HasPrefix(got, want) {
		t.Errorf("documents = %s, want %s", got, want)
	}
}
