package graph

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed kept.txt
var keptText string

// A keptList has what answers may show that are kept: the elements of types and fields, and why others are not.
type keptList struct {
	of  map[string]map[string]bool // fields by types, arguments by fields
	not map[string]string          // why, by Type.field
}

var keepable = readKept(keptText)

func readKept(text string) keptList {
	out := keptList{of: map[string]map[string]bool{}, not: map[string]string{}}
	var of map[string]bool
	for line := range strings.SplitSeq(text, "\n") {
		switch name, rest, named := strings.Cut(line, ": "); {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "- "):
			out.not[strings.TrimPrefix(name, "- ")] = rest
		default:
			if named {
				of = map[string]bool{}
				out.of[name] = of
				line = rest
			}
			for element := range strings.FieldsSeq(line) {
				of[element] = true
			}
		}
	}
	return out
}

// A keeping says whether the answers of an operation may be kept, as far as its text shows.
type keeping struct {
	catalogue bool     // all that its root fields lead to is of the catalogue, found by searching too, or a setting of the shop
	public    bool     // and none is searched for
	fields    bool     // and nothing that is selected changes without being logged
	absent    []string // if these variables are not given
}

// keepingOf looks at the operations of a valid document.
func keepingOf(schema *ast.Schema, op *ast.OperationDefinition) keeping {
	if op.Operation != ast.Query {
		return keeping{}
	}
	k := keeper{schema: schema, seen: map[*ast.FragmentDefinition]bool{}}
	k.out = keeping{catalogue: true, public: true, fields: true}
	k.set(op.SelectionSet)
	return k.out
}

// shown are the root fields that show everybody the same, but are not kept: those that search the catalogue, and settings of the shop.
var shown = []string{"search", "suggest", "documents", "locales", "translatable", "returnReason", "returnReasons", "authProviders"}

// A keeper looks at selections, at each fragment once.
type keeper struct {
	schema *ast.Schema
	seen   map[*ast.FragmentDefinition]bool
	out    keeping
}

func (k *keeper) set(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			k.field(s)
		case *ast.InlineFragment:
			k.set(s.SelectionSet)
		case *ast.FragmentSpread:
			if !k.seen[s.Definition] {
				k.seen[s.Definition] = true
				k.set(s.Definition.SelectionSet)
			}
		}
	}
}

func (k *keeper) field(f *ast.Field) {
	if f.Name == "__typename" {
		return
	}
	of := f.ObjectDefinition.Name
	if !keepable.of[of][f.Name] {
		k.out.fields = false
		if of == k.schema.Query.Name {
			k.out.public = false
			k.out.catalogue = k.out.catalogue && slices.Contains(shown, f.Name)
		}
		return
	}
	for _, a := range f.Arguments {
		def := f.Definition.Arguments.ForName(a.Name)
		if !keepable.of[of+"."+f.Name][a.Name] && a.Value.Kind == ast.Variable {
			k.out.absent = append(k.out.absent, a.Value.Raw)
			continue
		}
		if !keepable.of[of+"."+f.Name][a.Name] || !k.literal(a.Value, def.Type) {
			k.out.fields = false
		}
	}
	k.set(f.SelectionSet)
}

// literal reports whether a value in the text of a document says only what may decide what a kept answer shows. Variables are looked at
// when they have values.
func (k *keeper) literal(v *ast.Value, t *ast.Type) bool {
	if def := k.schema.Types[t.Name()]; def != nil && def.Kind == ast.Enum && v.Kind == ast.EnumValue {
		return keepable.of[def.Name][v.Raw]
	}
	for _, c := range v.Children {
		switch v.Kind { //nolint:exhaustive // the others have no children
		case ast.ListValue:
			if !k.literal(c.Value, element(t)) {
				return false
			}
		case ast.ObjectValue:
			def := k.schema.Types[t.Name()]
			if def == nil || def.Kind != ast.InputObject {
				continue // free-form JSON
			}
			field := def.Fields.ForName(c.Name)
			if !keepable.of[def.Name][c.Name] || field == nil || !k.literal(c.Value, field.Type) {
				return false
			}
		}
	}
	return true
}

// keptVariables reports whether the variables of an operation say only what may decide what a kept answer shows, and none of absent anything.
func (x *surface) keptVariables(op *ast.OperationDefinition, variables map[string]any, absent []string) bool {
	for _, name := range absent {
		if variables[name] != nil {
			return false
		}
	}
	for _, d := range op.VariableDefinitions {
		if !x.keptValue(variables[d.Variable], d.Type) {
			return false
		}
	}
	return true
}

func (x *surface) keptValue(v any, t *ast.Type) bool {
	def := x.schema.Types[t.Name()]
	if def == nil || def.Kind != ast.InputObject && def.Kind != ast.Enum {
		return true
	}
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return keepable.of[def.Name][v]
	case map[string]any:
		for name, value := range v {
			field := def.Fields.ForName(name)
			if !keepable.of[def.Name][name] || field == nil || !x.keptValue(value, field.Type) {
				return false
			}
		}
		return true
	case []any:
		for _, e := range v {
			if !x.keptValue(e, element(t)) {
				return false
			}
		}
		return true
	}
	return false // a form of values that is not known here
}

// withoutCart reports whether an operation names no cart as its context.
func withoutCart(op *ast.OperationDefinition, variables map[string]any) bool {
	d := op.Directives.ForName("inContext")
	if d == nil || d.Arguments.ForName("cart") == nil {
		return true
	}
	return d.ArgumentMap(variables)["cart"] == nil
}

// complete reports whether data has a value for every root field: what is missing may soon be there.
func complete(data json.RawMessage) bool {
	var roots map[string]json.RawMessage
	if json.Unmarshal(data, &roots) != nil {
		return false
	}
	for _, v := range roots {
		if string(v) == "null" {
			return false
		}
	}
	return true
}
