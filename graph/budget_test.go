package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// askJSON sends an operation with variables and returns the status and the answer's text.
func askJSON(t *testing.T, g *graph.Server, query string, variables map[string]any, key string) (int, string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return postBody(t, g, string(body), key)
}

func postBody(t *testing.T, g *graph.Server, body, key string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Publishable-Api-Key", key)
	w := httptest.NewRecorder()
	g.Identify(g).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestBudget asks little that would be answered by much: nested lists of a shop of 500 products in one collection. The answers are
// refused, whoever would write them, and take little memory.
func TestBudget(t *testing.T) { //nolint:paralleltest // it measures what the process allocates
	d := dbtest.Open(t, dbtest.FillShop(t, 500), db.Options{})
	if _, err := d.Exec(t.Context(), `UPDATE product SET collection_id = 'pcol_fill1' WHERE id LIKE 'prod_zz%'`); err != nil {
		t.Fatal(err)
	}
	key := dbtest.Handles(t)["pk_web"]
	nest := func(levels int) string {
		return `{ collection(by: {id: "pcol_fill1"}) { ` + strings.Repeat("products(first: 100) { nodes { collection { ", levels) + "title" + strings.Repeat(" } } }", levels) + " } }"
	}
	for name, change := range map[string]func(c *graph.Config){ //nolint:paralleltest // likewise
		"by a plan":       func(*graph.Config) {},
		"by the executor": func(c *graph.Config) { c.NoProjection = true },
		"by few rows":     func(c *graph.Config) { c.Limits.Rows = 100 },
		"by few bytes":    func(c *graph.Config) { c.Limits.Bytes = 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			g := newServerOn(t, d, func(c *graph.Config) {
				c.Limits.Cost = 1 << 40 // or it would be refused before it runs
				change(c)
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, text := askJSON(t, g, nest(3), nil, key)
			runtime.ReadMemStats(&after)
			if !strings.Contains(text, "too much work") {
				t.Errorf("the answer is %.300s, want that it is too much", text)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<30 {
				t.Errorf("it took %d MB", used>>20)
			}
			if _, text := askJSON(t, g, `{ collection(by: {id: "pcol_fill1"}) { title } }`, nil, key); !strings.Contains(text, "Filled 1") {
				t.Errorf("afterwards: %s", text)
			}
		})
	}
}

// Attacks are documents that ask little and would be answered by much: nested lists without end, each with the variables it is sent with.
func attacks() map[string]string {
	const page = "products(first: 100) { nodes { "
	alias := func(n int, of string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d: %s ", i, of)
		}
		return b.String()
	}
	in := func(levels int, of string) string {
		return `{ collection(by: {id: "pcol_fill1"}) { ` + strings.Repeat("products(first: 100) { nodes { collection { ", levels) + of + strings.Repeat(" } } }", levels) + " } }"
	}
	return map[string]string{
		"one page of nested lists":      `{ ` + page + `variants { product { variants { product { variants { id title } } } } } } } }`,
		"pages below one collection":    in(1, "title"),
		"pages of pages":                in(2, "title"),
		"pages of pages of pages":       in(3, "title"),
		"many pages of one thing":       `{ collection(by: {id: "pcol_fill1"}) { ` + alias(100, "products(first: 100) { nodes { id } }") + ` } }`,
		"many pages by different sizes": `{ collection(by: {id: "pcol_fill1"}) { ` + pagesOfSizes(60) + ` } }`,
		"many roots":                    `{ ` + alias(20, page+"id variants { id } } }") + ` }`,
		"facets of many pages":          `{ productCategories(first: 100) { nodes { ` + alias(8, "products(first: 0) { facets { options { name values { label } } categories { label } } }") + ` } } }`,
		"related of related":            `{ products(first: 20) { nodes { related(first: 20) { related(first: 20) { title } } } } }`,
		"related of a page":             `{ ` + page + `related(first: 20) { id title variants { id } } } } }`,
		"options of options":            `{ ` + page + `options { values { variants { selectedOptions { name value } product { options { values { value } } } } } } } } }`,
		"all of a page":                 `{ ` + page + `id title description metadata images { url } tags { value } categories { name ancestors { name } } variants { id title price { amount { amount } } images { url } } } } }`,
		"a tree of categories":          `{ productCategories(first: 100) { nodes { ` + strings.Repeat("children { ", 8) + "name" + strings.Repeat(" }", 8) + ` products(first: 100) { nodes { title } } } } }`,
		"the schema":                    `{ __schema { types { name fields { name type { name ofType { name ofType { name } } } args { name type { name } } } } } }`,
	}
}

func pagesOfSizes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: products(first: %d) { nodes { id title variants { id } } } ", i, i+40)
	}
	return b.String()
}

// TestAttacks sends what would be answered by much, to a shop of 500 products in one collection. Each is refused, or is answered with
// little memory.
func TestAttacks(t *testing.T) { //nolint:paralleltest // it measures what the process allocates
	d := dbtest.Open(t, dbtest.FillShop(t, 500), db.Options{})
	if _, err := d.Exec(t.Context(), `UPDATE product SET collection_id = 'pcol_fill1' WHERE id LIKE 'prod_zz%'`); err != nil {
		t.Fatal(err)
	}
	key := dbtest.Handles(t)["pk_web"]
	for _, executor := range []bool{false, true} {
		g := newServerOn(t, d, func(c *graph.Config) { c.NoProjection = executor })
		askJSON(t, g, `{ products { nodes { title } } }`, nil, key)
		for name, text := range attacks() {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			_, answer := askJSON(t, g, text, nil, key)
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			used := after.TotalAlloc - before.TotalAlloc
			t.Logf("executor %t, %-30s %6d ms %6.1f MB allocated %8d bytes %.120s", executor, name, took.Milliseconds(), float64(used)/(1<<20), len(answer), answer)
			if used > 50<<20 {
				t.Errorf("%s took %d MB", name, used>>20)
			}
		}
	}
}

// TestOperationTime ends an operation that takes too long, in the database too.
func TestOperationTime(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	g := newServerOn(t, dbtest.Open(t, url, db.Options{}), func(c *graph.Config) { c.Limits.Time = 50 * time.Millisecond })
	locker := dbtest.Open(t, url, db.Options{})
	_, err := db.InTx(t.Context(), locker, func(tx db.DB) (struct{}, error) {
		if _, err := tx.Exec(t.Context(), `LOCK TABLE product`); err != nil {
			return struct{}{}, err
		}
		_, text := askJSON(t, g, `{ products { nodes { title } } }`, nil, dbtest.Handles(t)["pk_web"])
		if !strings.Contains(text, "too much work") {
			t.Errorf("the answer is %s, want that it takes too long", text)
		}
		waiting, err := tx.Texts(t.Context(), `SELECT pid::text FROM pg_locks WHERE NOT granted AND relation = 'product'::regclass`)
		for len(waiting) > 0 && err == nil { // until the database has heard of it
			waiting, err = tx.Texts(t.Context(), `SELECT pid::text FROM pg_locks WHERE NOT granted AND relation = 'product'::regclass`)
		}
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestInputIsBounded sends input of a size that would become a statement's, and texts that no database holds. This holds D80 and D81 of
// DEVIATIONS.md.
func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	g := newServerOn(t, dbtest.ReadShop(t), nil)
	key := dbtest.Handles(t)["pk_web"]
	words := make([]string, 21)
	for i := range words {
		words[i] = "w" + strconv.Itoa(i)
	}
	ids := make([]string, 1001)
	for i := range ids {
		ids[i] = "prod_" + strconv.Itoa(i)
	}
	nested := func(levels int) map[string]any {
		f := map[string]any{"q": "a"}
		for range levels {
			f = map[string]any{"not": f}
		}
		return f
	}
	many := make([]any, 201)
	for i := range many {
		many[i] = map[string]any{"q": "a"}
	}
	const list, one = `query($f: ProductFilter) { products(filter: $f) { totalCount } }`, `query($id: ID!) { product(by: {id: $id}) { id } }`
	for name, tc := range map[string]struct {
		query     string
		variables map[string]any
		says      string // empty: it is answered
	}{
		"words":                    {list, map[string]any{"f": map[string]any{"q": strings.Join(words, " ")}}, "20 different words"},
		"the same words":           {list, map[string]any{"f": map[string]any{"q": strings.Repeat("w ", 400)}}, ""},
		"a long search":            {list, map[string]any{"f": map[string]any{"q": strings.Repeat("w", 1001)}}, "1000 bytes"},
		"ids":                      {list, map[string]any{"f": map[string]any{"id": map[string]any{"in": ids}}}, "1000 elements"},
		"fewer ids":                {list, map[string]any{"f": map[string]any{"id": map[string]any{"in": ids[1:]}}}, ""},
		"a long text":              {list, map[string]any{"f": map[string]any{"title": map[string]any{"like": strings.Repeat("%a", 6000)}}}, "10000 bytes"},
		"nesting":                  {list, map[string]any{"f": nested(10)}, "8 levels"},
		"less nesting":             {list, map[string]any{"f": nested(5)}, ""},
		"conditions":               {list, map[string]any{"f": map[string]any{"or": many}}, "200 conditions"},
		"NUL":                      {one, map[string]any{"id": "a\x00b"}, "NUL"},
		"words in the text":        {`{ products(filter: {q: "` + strings.Join(words, " ") + `"}) { totalCount } }`, nil, "20 different words"},
		"NUL in the text":          {`{ product(by: {id: "a\u0000b"}) { id } }`, nil, "NUL"},
		"an enum in another case":  {`query($o: ProductSortKey!) { products(sort: {key: $o}) { totalCount } }`, map[string]any{"o": "title"}, `"title" is not a value of ProductSortKey`},
		"an enum as it is":         {`query($o: ProductSortKey!) { products(sort: {key: $o}) { totalCount } }`, map[string]any{"o": "TITLE"}, ""},
		"a backslash before u0000": {one, map[string]any{"id": `a\u0000b`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, text := askJSON(t, g, tc.query, tc.variables, key)
			if tc.says == "" && strings.Contains(text, `"errors"`) || !strings.Contains(text, strings.ReplaceAll(tc.says, `"`, `\"`)) || strings.Contains(text, "UNKNOWN") {
				t.Errorf("the answer is %.300s, want %q", text, tc.says)
			}
		})
	}
	for name, body := range map[string]string{
		"the body":  "{\"query\":\"{ products { totalCount } }\",\"operationName\":\"\xff\"}",
		"variables": "{\"query\":\"query($id: ID!) { product(by: {id: $id}) { id } }\",\"variables\":{\"id\":\"\xff\"}}",
	} {
		if status, text := postBody(t, g, body, key); status != http.StatusBadRequest || !strings.Contains(text, "valid UTF-8") {
			t.Errorf("invalid UTF-8 in %s = %d %s", name, status, text)
		}
	}
	if _, text := postBody(t, g, `{"query":"{ products { totalCount } }"}`, "pk_\xff"); !strings.Contains(text, "A valid publishable key is required") {
		t.Errorf("invalid UTF-8 in the key = %s", text)
	}
}

func newServerOn(t *testing.T, d db.DB, change func(c *graph.Config)) *graph.Server {
	t.Helper()
	c := graph.Config{DB: d, JWTSecret: "secret"}
	if change != nil {
		change(&c)
	}
	g, err := graph.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}
