package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// serveShop serves a shop that is only read, and returns the server's address.
func serveShop(t *testing.T, settings ...string) string {
	t.Helper()
	env := shopEnv(dbtest.ReadShopURL(t))
	for i := 0; i < len(settings); i += 2 {
		env[settings[i]] = settings[i+1]
	}
	base := "http://" + begin(t, env, "serve").await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", http.StatusOK)
	return base
}

// The specification's own audit passes as a whole.
func TestHTTPAudit(t *testing.T) {
	t.Parallel()
	dir := installed(t, "protocol")
	cmd := exec.CommandContext(t.Context(), "node", "audit.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BASE_URL="+serveShop(t))
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "61 of 61" {
		t.Errorf("the audit: %v\n%s", err, out)
	}
}

// A browser that opens the address of GraphQL is led to the playground; other clients are not.
func TestGraphQLInABrowser(t *testing.T) {
	t.Parallel()
	base := serveShop(t)
	for name, tc := range map[string]struct {
		path, accept string
		status       int
	}{
		"a browser":            {"/graphql", "text/html,application/xhtml+xml,*/*;q=0.8", http.StatusSeeOther},
		"a browser with query": {"/graphql?query=%7B__typename%7D", "text/html,*/*;q=0.8", http.StatusOK},
		"a client":             {"/graphql", "application/json", http.StatusBadRequest},
		"anybody":              {"/graphql", "*/*", http.StatusBadRequest},
		"the schema":           {"/schema.graphql", "text/html,*/*;q=0.8", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+tc.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", tc.accept)
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != tc.status || tc.status == http.StatusSeeOther && res.Header.Get("Location") != "/" {
				t.Errorf("GET %s = %d to %q, want %d", tc.path, res.StatusCode, res.Header.Get("Location"), tc.status)
			}
		})
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "documents.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	base := serveShop(t, "DOCUMENTS", file(`{"type": "query Type { __typename }"}`), "DOCUMENTS_ONLY", "on")
	for query, want := range map[string]string{"documentId=type": `{"data":{"__typename":"Query"}`, "query={__schema{types{name}}}": `"code":"FORBIDDEN"`} {
		if _, body := get(t, base+"/graphql?"+query); !strings.Contains(body, want) {
			t.Errorf("GET %s = %s, want %s", query, body, want)
		}
	}
	for text, want := range map[string]string{`{"type": "{nonsense}"}`: `document type : input:1:2: Cannot query field "nonsense"`, `[]`: "neither"} {
		name := file(text)
		env := shopEnv(dbtest.ReadShopURL(t))
		env["DOCUMENTS"] = name
		if err := begin(t, env, "serve").end(); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), want) {
			t.Errorf("serve with %s = %v, want %s and %s", text, err, name, want)
		}
	}
	env := shopEnv(dbtest.ReadShopURL(t))
	env["DOCUMENTS_ONLY"] = "on"
	if err := begin(t, env, "serve").end(); err == nil || !strings.Contains(err.Error(), "needs DOCUMENTS") {
		t.Errorf("serve without documents = %v", err)
	}
}

func TestPrintSchema(t *testing.T) {
	t.Parallel()
	p := begin(t, map[string]string{}, "schema")
	if err := p.end(); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../graph/schema.graphql")
	if err != nil || p.out.String() != string(want) {
		t.Errorf("schema prints something else than graph/schema.graphql (%v)", err)
	}
}
