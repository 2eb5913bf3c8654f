package graph_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/graph"
)

// The committed contract is the one that the server has.
func TestContractIsFresh(t *testing.T) {
	t.Parallel()
	want, err := graph.SDL()
	if err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, "schema.graphql"); got != want {
		t.Error("schema.graphql is not the schema: run make generate")
	}
}

// Nothing that was released breaks unless CHANGES.md announces it. A draft may change as it likes.
func TestContractHolds(t *testing.T) {
	t.Parallel()
	notes := readFile(t, "CHANGES.md")
	switch status := regexp.MustCompile(`(?m)^Status: (.*)$`).FindStringSubmatch(notes); {
	case status == nil || status[1] != "draft" && status[1] != "released":
		t.Fatal("CHANGES.md does not say whether the contract is a draft or released")
	case status[1] == "draft":
		return
	}
	was, is := contract(t, readFile(t, "testdata/contract.graphql")), contract(t, readFile(t, "schema.graphql"))
	for _, change := range breaking(was, is) {
		if !strings.Contains(notes, "\n- BREAKING: "+change) {
			t.Errorf("%s: this breaks clients, and CHANGES.md does not announce it", change)
		}
	}
}

func TestBreaking(t *testing.T) {
	t.Parallel()
	const before = `
directive @context(locale: String) on QUERY | MUTATION
interface Node { id: ID! }
type Query { a(x: Int, y: Int! = 1): A b: [A!]! c: U node: Node }
type A implements Node { id: ID! name: String list: [String] e(in: I): E }
type B { id: ID! }
union U = A | B
enum E { ONE TWO }
input I { a: Int b: Int! }`
	for name, tc := range map[string]struct{ was, is, want string }{
		"nothing":                          {"", "", ""},
		"a field more":                     {"name: String", "name: String more: Int", ""},
		"a field less":                     {"name: String", "", "A.name was removed"},
		"a field that is never null":       {"name: String", "name: String!", ""},
		"elements that are never null":     {"list: [String]", "list: [String!]!", ""},
		"a field that may be null":         {"b: [A!]!", "b: [A!]", "Query.b is [A!], not [A!]!"},
		"elements that may be null":        {"b: [A!]!", "b: [A]!", "Query.b is [A]!, not [A!]!"},
		"another type":                     {"name: String", "name: Int", "A.name is Int, not String"},
		"one that was a list":              {"list: [String]", "list: String", "A.list is String, not [String]"},
		"a type more":                      {"union U", "type C { id: ID! } union U", ""},
		"a type of another kind":           {"union U = A | B", "interface U { id: ID! }", "U is of another kind"},
		"a type less":                      {"type B { id: ID! }\nunion U = A | B", "union U = A", "B was removed, B is not in U"},
		"an interface less":                {"implements Node", "", "A is not a Node"},
		"a value less":                     {"ONE TWO", "ONE", "E.TWO was removed"},
		"a value more":                     {"ONE TWO", "ONE TWO THREE", ""},
		"an argument less":                 {"x: Int,", "", "Query.a(x:) was removed"},
		"an argument more":                 {"x: Int,", "x: Int, z: Int,", ""},
		"an argument more that is needed":  {"x: Int,", "x: Int, z: Int!,", "Query.a(z:) is required"},
		"one more with a default":          {"x: Int,", "x: Int, z: Int! = 3,", ""},
		"an argument that is needed":       {"x: Int,", "x: Int!,", "Query.a(x:) is Int!, not Int"},
		"an argument that may be null":     {"y: Int! = 1", "y: Int", ""},
		"an input's field less":            {"{ a: Int", "{", "I.a was removed"},
		"an input's field that is needed":  {"{ a: Int", "{ a: Int!", "I.a is Int!, not Int"},
		"an input's field that may be not": {"b: Int!", "b: Int", ""},
		"an input's field more":            {"b: Int!", "b: Int! c: Int!", "I.c is required"},
		"a directive less":                 {"directive @context(locale: String) on QUERY | MUTATION", "", "@context was removed"},
		"a directive at fewer places":      {"QUERY | MUTATION", "QUERY", "@context is not allowed on MUTATION"},
		"a directive's argument less":      {"@context(locale: String)", "@context", "@context(locale:) was removed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := strings.Replace(before, tc.was, tc.is, 1)
			if got := strings.Join(breaking(contract(t, before), contract(t, after)), ", "); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func contract(t *testing.T, sdl string) *ast.Schema {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// breaking returns the changes from one schema to another that break a client of the first, in the order of the names.
func breaking(was, is *ast.Schema) []string {
	var out []string
	fail := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, name := range slices.Sorted(maps.Keys(was.Types)) {
		before, after := was.Types[name], is.Types[name]
		switch {
		case after == nil:
			fail("%s was removed", name)
		case before.Kind != after.Kind:
			fail("%s is of another kind", name)
		default:
			breakingOfType(before, after, fail)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was.Directives)) {
		before, after := was.Directives[name], is.Directives[name]
		if after == nil {
			fail("@%s was removed", name)
			continue
		}
		for _, at := range before.Locations {
			if !slices.Contains(after.Locations, at) {
				fail("@%s is not allowed on %s", name, at)
			}
		}
		breakingOfArguments("@"+name, before.Arguments, after.Arguments, fail)
	}
	return out
}

func breakingOfType(before, after *ast.Definition, fail func(format string, args ...any)) {
	for _, f := range before.Fields {
		name, now := before.Name+"."+f.Name, after.Fields.ForName(f.Name)
		switch {
		case now == nil:
			fail("%s was removed", name)
		case before.Kind == ast.InputObject && !narrower(f.Type, now.Type), before.Kind != ast.InputObject && !narrower(now.Type, f.Type):
			fail("%s is %s, not %s", name, now.Type, f.Type)
		default:
			breakingOfArguments(name, f.Arguments, now.Arguments, fail)
		}
	}
	for _, f := range after.Fields {
		if after.Kind == ast.InputObject && before.Fields.ForName(f.Name) == nil && f.Type.NonNull && f.DefaultValue == nil {
			fail("%s.%s is required", after.Name, f.Name)
		}
	}
	for _, v := range before.EnumValues {
		if after.EnumValues.ForName(v.Name) == nil {
			fail("%s.%s was removed", before.Name, v.Name)
		}
	}
	for _, of := range before.Interfaces {
		if !slices.Contains(after.Interfaces, of) {
			fail("%s is not a %s", before.Name, of)
		}
	}
	for _, of := range before.Types {
		if !slices.Contains(after.Types, of) {
			fail("%s is not in %s", of, before.Name)
		}
	}
}

func breakingOfArguments(name string, before, after ast.ArgumentDefinitionList, fail func(format string, args ...any)) {
	for _, a := range before {
		switch now := after.ForName(a.Name); {
		case now == nil:
			fail("%s(%s:) was removed", name, a.Name)
		case !narrower(a.Type, now.Type):
			fail("%s(%s:) is %s, not %s", name, a.Name, now.Type, a.Type)
		}
	}
	for _, a := range after {
		if before.ForName(a.Name) == nil && a.Type.NonNull && a.DefaultValue == nil {
			fail("%s(%s:) is required", name, a.Name)
		}
	}
}

// narrower reports whether every value of a type is one of another type.
func narrower(t, than *ast.Type) bool {
	switch {
	case than.NonNull && !t.NonNull:
		return false
	case t.Elem != nil && than.Elem != nil:
		return narrower(t.Elem, than.Elem)
	}
	return t.Elem == nil && than.Elem == nil && t.NamedType == than.NamedType
}
