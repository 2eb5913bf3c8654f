package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

const regionCount, localeList = `query Regions($first: Int) { regions(first: $first) { totalCount } }`, `query Locales { locales { code } }`

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func byHash(text string) string {
	return fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":"%s"}}`, hash(text))
}

// A documentClient sends requests that name documents.
type documentClient struct {
	t *testing.T
	g *graph.Server
}

func (c documentClient) post(body map[string]any) (int, string) {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return postBody(c.t, c.g, string(text), dbtest.Handles(c.t)["pk_web"])
}

func (c documentClient) get(parameters ...string) (int, string) {
	c.t.Helper()
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, "/graphql?"+q.Encode(), http.NoBody)
	r.Header.Set("X-Publishable-Api-Key", dbtest.Handles(c.t)["pk_web"])
	r.Header.Set("Accept", "application/graphql-response+json")
	w := httptest.NewRecorder()
	c.g.Identify(c.g).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// is fails unless an answer has words.
func (c documentClient) is(what string, words string) func(status int, body string) {
	return func(status int, body string) {
		c.t.Helper()
		if !strings.Contains(body, words) {
			c.t.Errorf("%s = %d %s, want %s", what, status, body, words)
		}
	}
}

func TestAutomaticPersistedQueries(t *testing.T) {
	t.Parallel()
	c := documentClient{t, newServer(t, nil)}
	extensions := func(text string) json.RawMessage { return json.RawMessage(byHash(text)) }
	c.is("an unknown hash", `"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"`)(c.post(map[string]any{"extensions": extensions(regionCount)}))
	c.is("an unknown hash by GET", `"code":"PERSISTED_QUERY_NOT_FOUND"`)(c.get("extensions", byHash(regionCount)))
	c.is("the text by GET", `"totalCount":`)(c.get("extensions", byHash(regionCount), "query", regionCount))
	c.is("which does not register it", `"code":"PERSISTED_QUERY_NOT_FOUND"`)(c.get("extensions", byHash(regionCount)))
	c.is("the text by POST", `"totalCount":`)(c.post(map[string]any{"extensions": extensions(regionCount), "query": regionCount}))
	c.is("the hash", `"totalCount":`)(c.post(map[string]any{"extensions": extensions(regionCount), "variables": map[string]any{"first": 1}}))
	c.is("the hash by GET", `"totalCount":`)(c.get("extensions", byHash(regionCount), "variables", `{"first":1}`))
	c.is("its id by GET", `"totalCount":`)(c.get("documentId", "sha256:"+hash(regionCount)))
	c.is("another text", `"code":"BAD_USER_INPUT"`)(c.post(map[string]any{"extensions": extensions(regionCount), "query": localeList}))
	c.is("another version", `must have version 1`)(c.post(map[string]any{"extensions": json.RawMessage(`{"persistedQuery":{"version":2,"sha256Hash":"x"}}`)}))
	c.is("no hash", `must have version 1`)(c.post(map[string]any{"extensions": json.RawMessage(`{"persistedQuery":{"version":1}}`)}))
	c.is("neither text nor hash", `query is missing`)(c.post(map[string]any{"extensions": json.RawMessage(`{}`)}))
	const wrong = "{nonsense}"
	c.is("an invalid text", `"code":"GRAPHQL_VALIDATION_FAILED"`)(c.post(map[string]any{"extensions": extensions(wrong), "query": wrong}))
	c.is("which is not registered", `"code":"PERSISTED_QUERY_NOT_FOUND"`)(c.post(map[string]any{"extensions": extensions(wrong)}))
	mutation := `mutation { deleteCustomerAddress(input: {addressId: "none"}) { deletedAddressId } }`
	c.post(map[string]any{"extensions": extensions(mutation), "query": mutation})
	if status, body := c.get("extensions", byHash(mutation)); status != http.StatusMethodNotAllowed {
		t.Errorf("a mutation's hash by GET = %d %s", status, body)
	}
}

// What clients have sent is bounded, and the oldest is forgotten.
func TestAutomaticPersistedQueriesAreBounded(t *testing.T) {
	t.Parallel()
	c := documentClient{t, newServer(t, nil)}
	text := func(i int) string {
		return fmt.Sprintf("query Q%d { __typename } # %s", i, strings.Repeat("x", 90_000))
	}
	for i := range 200 { // 18 MB
		c.is("a text", `"Query"`)(c.post(map[string]any{"extensions": json.RawMessage(byHash(text(i))), "query": text(i)}))
	}
	c.is("the last", `"Query"`)(c.post(map[string]any{"extensions": json.RawMessage(byHash(text(199)))}))
	c.is("the first", `NOT_FOUND`)(c.post(map[string]any{"extensions": json.RawMessage(byHash(text(0)))}))
}

func manifest(t *testing.T, text string) []graph.TrustedDocument {
	t.Helper()
	documents, err := graph.ReadManifest([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

const apolloManifest = `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
	{"id": "3f5c1b0a", "name": "Regions", "type": "query", "body": "query Regions($first: Int) { regions(first: $first) { totalCount } }"},
	{"id": "tick", "name": "Tick", "type": "subscription", "body": "subscription Tick { cartUpdated(id: \"x\") { id } }"}
]}`

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Apollo's": apolloManifest, "Relay's": `{"3f5c1b0a": "query Regions($first: Int) { regions(first: $first) { totalCount } }"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := documentClient{t, newServer(t, func(c *graph.Config) { c.Documents = manifest(t, text) })}
			c.is("its id", `"totalCount":`)(c.post(map[string]any{"documentId": "3f5c1b0a", "operationName": "Regions"}))
			c.is("its id by GET", `"totalCount":`)(c.get("documentId", "3f5c1b0a", "variables", `{"first":1}`))
			c.is("its hash", `"totalCount":`)(c.post(map[string]any{"documentId": "sha256:" + hash(regionCount)}))
			c.is("its id as Apollo's client sends it", `"totalCount":`)(c.post(map[string]any{"extensions": json.RawMessage(`{"persistedQuery":{"version":1,"sha256Hash":"3f5c1b0a"}}`)}))
			c.is("another text", `"locales"`)(c.post(map[string]any{"query": localeList}))
			c.is("another id", `"code":"PERSISTED_QUERY_NOT_FOUND"`)(c.post(map[string]any{"documentId": "none"}))
			c.is("an id and a text", `"code":"BAD_USER_INPUT"`)(c.post(map[string]any{"documentId": "3f5c1b0a", "query": localeList}))
			c.is("an id that is no text", `is not a JSON object`)(c.post(map[string]any{"documentId": 3}))
		})
	}
}

func TestOnlyTrustedDocuments(t *testing.T) {
	t.Parallel()
	c := documentClient{t, newServer(t, func(c *graph.Config) { c.Documents, c.DocumentsOnly = manifest(t, apolloManifest), true })}
	c.is("its id", `"totalCount":`)(c.post(map[string]any{"documentId": "3f5c1b0a"}))
	c.is("its text", `"totalCount":`)(c.post(map[string]any{"query": regionCount}))
	c.is("its hash", `"totalCount":`)(c.post(map[string]any{"extensions": json.RawMessage(byHash(regionCount))}))
	c.is("another text", `"code":"FORBIDDEN"`)(c.post(map[string]any{"query": localeList}))
	c.is("introspection", `"code":"FORBIDDEN"`)(c.post(map[string]any{"query": "{__schema{types{name}}}"}))
	c.is("another hash", `"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"`)(c.post(map[string]any{"extensions": json.RawMessage(byHash(localeList))}))
	c.is("another text with its hash", `"code":"PERSISTED_QUERY_NOT_SUPPORTED"`)(c.post(map[string]any{"extensions": json.RawMessage(byHash(localeList)), "query": localeList}))
	c.is("another id", `"code":"PERSISTED_QUERY_NOT_FOUND"`)(c.post(map[string]any{"documentId": "sha256:" + hash(localeList)}))
}

// A server does not start with a document that it could not run.
func TestWrongManifests(t *testing.T) {
	t.Parallel()
	operation := func(id, name, kind, body string) string {
		return fmt.Sprintf(`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": %q, "name": %q, "type": %q, "body": %q}]}`, id, name, kind, body)
	}
	for name, tc := range map[string]struct{ manifest, says string }{
		"not JSON":          {`{`, "neither Apollo's manifest nor"},
		"a list":            {`[]`, "neither Apollo's manifest nor"},
		"another format":    {`{"format": "other", "version": 1, "operations": []}`, `its format is "other"`},
		"another version":   {`{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`, "version 2"},
		"an unknown field":  {operation("id1", "Q", "query", "query Q { nonsense }"), `document id1 Q: input:1:11: Cannot query field "nonsense"`},
		"no GraphQL":        {`{"id1": "{"}`, `document id1 : input:1:2: `},
		"another operation": {operation("id1", "Q", "query", "query P { locales { code } }"), `document id1 Q: it has no query Q`},
		"another type":      {operation("id1", "Q", "mutation", "query Q { locales { code } }"), `it has no mutation Q`},
		"no id":             {operation("", "Q", "query", "query Q { locales { code } }"), `it has no id`},
		"too deep":          {`{"id1": "{` + "products{nodes{" + strings.Repeat("variants{product{", 10) + "id" + strings.Repeat("}}", 11) + `}"}`, "levels deep"},
		"two with an id": {`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
			{"id": "id1", "name": "A", "type": "query", "body": "query A { locales { code } }"},
			{"id": "id1", "name": "B", "type": "query", "body": "query B { locales { code } }"}]}`, "document id1 B: another document has the same id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			documents, err := graph.ReadManifest([]byte(tc.manifest))
			if err == nil {
				_, err = graph.New(graph.Config{DB: dbtest.ReadShop(t), Documents: documents})
			}
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error = %v, want %q", err, tc.says)
			}
		})
	}
}
