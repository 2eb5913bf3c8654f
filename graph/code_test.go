package graph_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// Answers tell what they cost, and refusals have the codes that clients know.
func TestCodes(t *testing.T) {
	t.Parallel()
	g, key := newServer(t, func(c *graph.Config) { c.Limits.Cost = 100 }), dbtest.Handles(t)["pk_web"]
	for name, tc := range map[string]struct {
		query     string
		variables map[string]any
		want      string
	}{
		"an answer":              {`{regions(first: 7) {totalCount nodes {id name}}}`, nil, `"extensions":{"cost":{"requested":17,"limit":100}}}`},
		"a page of a variable":   {`query($n: Int) {regions(first: $n) {nodes {id name}}}`, map[string]any{"n": 3}, `"extensions":{"cost":{"requested":8,"limit":100}}}`},
		"what is too costly":     {`{regions(first: 60) {nodes {id name}}}`, nil, `"code":"OPERATION_TOO_COSTLY","cost":{"requested":122,"limit":100}`},
		"a null":                 {`{product(by: {id: "prod_none"}) {id}}`, nil, `{"data":{"product":null},"extensions":{"cost":`},
		"no GraphQL":             {`{regions`, nil, `"code":"GRAPHQL_PARSE_FAILED"`},
		"only a fragment":        {`fragment f on Region {id}`, nil, `"code":"GRAPHQL_VALIDATION_FAILED"`},
		"an unknown field":       {`{nonsense}`, nil, `"code":"GRAPHQL_VALIDATION_FAILED"`},
		"a missing variable":     {`query($id: ID!) {product(by: {id: $id}) {id}}`, nil, `"code":"BAD_USER_INPUT"`},
		"a variable of no use":   {`query($n: Int) {regions(first: $n) {totalCount}}`, map[string]any{"n": "x"}, `"code":"BAD_USER_INPUT"`},
		"several operations":     {`query A {__typename} query B {__typename}`, nil, `2 operations: say which by operationName","extensions":{"code":"BAD_USER_INPUT"`},
		"a guest":                {`{customer {id}}`, nil, `{"data":{"customer":null}`},
		"orders of nobody":       {`{orders {totalCount}}`, nil, `"code":"UNAUTHENTICATED"`},
		"what does not exist":    {`{shippingOptions(cartId: "cart_none") {id}}`, nil, `"code":"NOT_FOUND"`},
		"passwords by the dozen": {`mutation {a: logIn(input: {email: "a@b.example", password: "x"}) {userErrors {code}} b: logIn(input: {email: "a@b.example", password: "y"}) {userErrors {code}}}`, nil, `"code":"BAD_USER_INPUT"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, body := askJSON(t, g, tc.query, tc.variables, key); !strings.Contains(body, tc.want) {
				t.Errorf("%s = %s, want %s", tc.query, body, tc.want)
			}
		})
	}
}

// Whatever is wrong with the input, the answer says so: it is never an internal error.
func TestBadInput(t *testing.T) {
	t.Parallel()
	g := newServerOn(t, dbtest.Open(t, dbtest.ShopURL(t), db.Options{}), func(c *graph.Config) { c.Log = slog.New(slog.NewTextHandler(t.Output(), nil)) })
	key := dbtest.Handles(t)["pk_web"]
	wrong := []any{nil, "", -1, 1.5, json.Number("99999999999999999999"), true, []any{nil}, map[string]any{"x": 1}}
	asked := 0
	for _, root := range []*ast.Definition{g.Schema().Query, g.Schema().Mutation} {
		for _, f := range root.Fields {
			for _, a := range f.Arguments {
				if a.Directives.ForName("internal") != nil || f.Directives.ForName("internal") != nil {
					continue
				}
				text := operationWith(g.Schema(), root, f, a)
				for _, value := range wrongValues(g.Schema(), a.Type, wrong) {
					_, body := askJSON(t, g, text, map[string]any{"v": value}, key)
					if strings.Contains(body, "INTERNAL_SERVER_ERROR") || !strings.Contains(body, `"cost"`) && !strings.Contains(body, `"code"`) {
						t.Errorf("%s with %v = %s", text, value, body)
					}
					asked++
				}
			}
		}
	}
	if asked < 500 {
		t.Errorf("only %d operations", asked)
	}
}

// operationWith returns an operation of a root field with one argument from a variable, and sample values for others that it needs.
func operationWith(s *ast.Schema, root *ast.Definition, f *ast.FieldDefinition, of *ast.ArgumentDefinition) string {
	arguments := of.Name + ": $v"
	for _, a := range f.Arguments {
		if a != of && a.Type.NonNull && a.DefaultValue == nil {
			arguments += ", " + a.Name + ": " + sample(s, a.Type)
		}
	}
	below := ""
	if s.Types[f.Type.Name()].IsCompositeType() {
		below = " { __typename }"
	}
	return fmt.Sprintf("%s($v: %s) { %s(%s)%s }", strings.ToLower(root.Name), of.Type, f.Name, arguments, below)
}

// sample returns a literal of a type.
func sample(s *ast.Schema, t *ast.Type) string {
	if t.Elem != nil {
		return "[" + sample(s, t.Elem) + "]"
	}
	switch d := s.Types[t.NamedType]; {
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	case d.Kind == ast.InputObject:
		var fields []string
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+sample(s, f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case d.Name == "Boolean":
		return "true"
	case d.Name == "ID" || d.Name == "String":
		return `"none"`
	}
	return "1"
}

// wrongValues returns values for a type, and for each field of an input.
func wrongValues(s *ast.Schema, t *ast.Type, wrong []any) []any {
	out := slices.Clone(wrong)
	d := s.Types[t.Name()]
	for _, f := range d.Fields {
		if f.Directives.ForName("internal") == nil {
			for _, v := range wrong {
				out = append(out, map[string]any{f.Name: v})
			}
		}
	}
	return out
}
