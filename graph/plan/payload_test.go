package plan

import (
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/graph/exec"
)

// What every mutation returns is known, so that a plan writes it.
func TestPayloads(t *testing.T) {
	t.Parallel()
	resolvers := reflect.TypeFor[exec.MutationResolver]()
	for _, f := range exec.NewExecutableSchema(exec.Config{}).Schema().Mutation.Fields {
		m, ok := resolvers.MethodByName(strings.ToUpper(f.Name[:1]) + f.Name[1:])
		if !ok {
			t.Fatalf("%s has no resolver", f.Name)
		}
		selected := graphql.CollectedField{Field: &ast.Field{Definition: f}}
		if got, want := resultType(selected), m.Type.Out(0); got != want {
			t.Errorf("%s: a plan writes %v, its resolver returns %v", f.Name, got, want)
		}
		if f.Type.Name() != strings.ToUpper(f.Name[:1])+f.Name[1:]+"Payload" || f.Type.NonNull || f.Directives.ForName("fast") == nil {
			t.Errorf("%s returns %s, want a payload of its own, which may be null and is written by a plan", f.Name, f.Type)
		}
		if len(f.Arguments) > 1 || len(f.Arguments) == 1 && f.Arguments[0].Name != "input" {
			t.Errorf("%s has other arguments than input", f.Name)
		}
	}
}
