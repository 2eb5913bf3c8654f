package graph_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph"
)

// What clients can read of the schema is the contract, and nothing else.
func TestSDL(t *testing.T) {
	t.Parallel()
	text, err := graph.SDL()
	if err != nil {
		t.Fatal(err)
	}
	g := newServer(t, nil)
	public, full := contract(t, text), g.Schema()
	for _, internal := range []string{"@internal", "@fast", "@omitNull", "@goField", "@at", "directive @defer"} {
		if strings.Contains(text, internal) {
			t.Errorf("the contract has %s", internal)
		}
	}
	for name, d := range public.Types {
		of := full.Types[name]
		if of == nil {
			t.Errorf("the server has no %s", name)
			continue
		}
		if of.Description != d.Description {
			t.Errorf("%s is described as %q, want %q", name, d.Description, of.Description)
		}
		for _, f := range d.Fields {
			was := of.Fields.ForName(f.Name)
			if was == nil || was.Description != f.Description || was.Directives.ForName("internal") != nil {
				t.Errorf("%s.%s is not as in the server", name, f.Name)
			}
		}
	}
	a := query(t, g, "{__schema{types{name} directives{name}}}", "")
	told := a.Data["__schema"].(map[string]any)
	if got := len(told["types"].([]any)); got != len(public.Types) {
		t.Errorf("introspection shows %d types, the contract has %d", got, len(public.Types))
	}
	for _, d := range told["directives"].([]any) {
		if name := d.(map[string]any)["name"].(string); public.Directives[name] == nil || name == "defer" {
			t.Errorf("introspection shows @%s", name)
		}
	}
}

func TestServeSDL(t *testing.T) {
	t.Parallel()
	g := newServer(t, nil)
	get := func(g *graph.Server, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/schema.graphql", http.NoBody)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		g.ServeSDL(w, r)
		return w
	}
	first := get(g, "")
	if first.Code != http.StatusOK || !strings.Contains(first.Body.String(), "type Query {") || !strings.HasPrefix(first.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("GET = %d %v %.100s", first.Code, first.Header(), first.Body)
	}
	if again := get(g, first.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("GET again = %d with %d bytes", again.Code, again.Body.Len())
	}
	if hidden := get(newServer(t, func(c *graph.Config) { c.NoIntrospection = true }), ""); hidden.Code != http.StatusNotFound {
		t.Errorf("GET of a hidden schema = %d", hidden.Code)
	}
}

// The schema is either shown or not, and what it does not have is refused in words.
func TestWhatTheSchemaHasNot(t *testing.T) {
	t.Parallel()
	g := newServer(t, nil)
	a := query(t, g, "{... @defer {__typename}}", "")
	refused(t, a, "GRAPHQL_VALIDATION_FAILED")
	if a.Errors[0].Message != `Unknown directive "@defer".` {
		t.Errorf("@defer: %v", a.Errors)
	}
	if a := query(t, g, "{prodcts{totalCount}}", ""); !strings.Contains(a.Errors[0].Message, `Did you mean "product`) {
		t.Errorf("a typing error: %v", a.Errors)
	}
	hidden := newServer(t, func(c *graph.Config) { c.NoIntrospection = true })
	refused(t, query(t, hidden, "{__schema{types{name}}}", ""), "FORBIDDEN")
	for _, q := range []string{"{prodcts{totalCount}}", "{products{nodes{id} totalCout}}", "{product(idd:1){id}}", "fragment f on Prodct{id}{...f}"} {
		if a := query(t, hidden, q, ""); len(a.Errors) == 0 || strings.Contains(a.Errors[0].Message, "Did you mean") {
			t.Errorf("%s with a hidden schema: %v", q, a.Errors)
		}
	}
}

// Every type leads somewhere: a client can be given it by a field or give it by an argument.
func TestNoTypeIsUnreachable(t *testing.T) {
	t.Parallel()
	text, err := graph.SDL()
	if err != nil {
		t.Fatal(err)
	}
	schema := contract(t, text)
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, f := range schema.Types[name].Fields {
			reach(f.Type.Name())
			for _, a := range f.Arguments {
				reach(a.Type.Name())
			}
		}
	}
	for _, root := range []string{"Query", "Mutation", "Subscription"} {
		reach(root)
	}
	for _, a := range schema.Directives["inContext"].Arguments {
		reach(a.Type.Name())
	}
	for name, d := range schema.Types {
		if !d.BuiltIn && !reached[name] {
			t.Errorf("nothing leads to %s", name)
		}
	}
}
