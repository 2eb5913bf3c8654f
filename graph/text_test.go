package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestUnstorableArguments sends a text that no database holds as each text in the arguments of each query and mutation. No statement is
// sent, with it or without. It holds D81 of DEVIATIONS.md.
func TestUnstorableArguments(t *testing.T) {
	t.Parallel()
	counter := &dbtest.Counter{}
	g := newServerOn(t, dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{Tracer: counter}), nil)
	in, tried := inputs{g.Schema()}, 0
	for operation, root := range map[string]*ast.Definition{"query": g.Schema().Query, "mutation": g.Schema().Mutation} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") || f.Directives.ForName("internal") != nil {
				continue
			}
			for _, a := range f.Arguments {
				if a.Directives.ForName("internal") != nil {
					continue
				}
				for _, bad := range in.unstorable(a.Type, 0) {
					tried++
					text := fmt.Sprintf("%s($v: %s) { %s(%s: $v%s)%s }", operation, a.Type, f.Name, a.Name, in.others(f, a), in.selection(f.Type))
					if _, got := askJSON(t, g, text, map[string]any{"v": bad}, dbtest.Handles(t)["pk_web"]); !strings.Contains(got, "NUL character") {
						t.Errorf("%s with %v: %.300s", text, bad, got)
					}
				}
			}
		}
	}
	if n := len(counter.Statements()); n != 0 || tried < 300 {
		t.Errorf("%d statements of %d requests, want none", n, tried)
	}
}

// inputs makes values of the input types of a schema.
type inputs struct{ schema *ast.Schema }

const unstorable = "a\x00b"

// unstorable returns values of a type, each with a text that no database holds in another place.
func (in inputs) unstorable(t *ast.Type, depth int) []any {
	if t.Elem != nil {
		var out []any
		for _, v := range in.unstorable(t.Elem, depth) {
			out = append(out, []any{v})
		}
		return out
	}
	switch def := in.schema.Types[t.NamedType]; {
	case t.NamedType == "String" || t.NamedType == "ID":
		return []any{unstorable}
	case t.NamedType == "JSON":
		return []any{map[string]any{"a": unstorable}, map[string]any{unstorable: 1}, map[string]any{"a": []any{map[string]any{"b": unstorable}}}}
	case def.Kind == ast.InputObject && depth < 2:
		var out []any
		for _, f := range def.Fields {
			if f.Directives.ForName("internal") != nil {
				continue
			}
			for _, v := range in.unstorable(f.Type, depth+1) {
				object := in.object(def)
				object[f.Name] = v
				out = append(out, object)
			}
		}
		return out
	}
	return nil
}

// object returns an input object with what it must have.
func (in inputs) object(def *ast.Definition) map[string]any {
	out := map[string]any{}
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil {
			out[f.Name] = in.value(f.Type)
		}
	}
	return out
}

// value returns a value of a type.
func (in inputs) value(t *ast.Type) any {
	if t.Elem != nil {
		return []any{in.value(t.Elem)}
	}
	def := in.schema.Types[t.NamedType]
	switch {
	case t.NamedType == "Int" || t.NamedType == "Float":
		return 1
	case t.NamedType == "Boolean":
		return true
	case t.NamedType == "JSON":
		return map[string]any{}
	case t.NamedType == "DateTime" || t.NamedType == "Time":
		return "2026-01-01T00:00:00Z"
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		return in.object(def)
	default:
		return "1"
	}
}

// others are the arguments that a field needs besides one, as literals.
func (in inputs) others(f *ast.FieldDefinition, but *ast.ArgumentDefinition) string {
	var b strings.Builder
	for _, a := range f.Arguments {
		if a != but && a.Type.NonNull && a.DefaultValue == nil {
			b.WriteString(", " + a.Name + ": " + in.literal(a.Type))
		}
	}
	return b.String()
}

// literal returns a value of a type as it stands in a document.
func (in inputs) literal(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + in.literal(t.Elem) + "]"
	}
	def := in.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return def.EnumValues[0].Name
	case ast.InputObject:
		var parts []string
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				parts = append(parts, f.Name+": "+in.literal(f.Type))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		text, err := json.Marshal(in.value(t))
		if err != nil {
			return "null"
		}
		return string(text)
	}
}

func (in inputs) selection(t *ast.Type) string {
	if def := in.schema.Types[t.Name()]; def.Kind == ast.Object || def.Kind == ast.Interface || def.Kind == ast.Union {
		return " { __typename }"
	}
	return ""
}
