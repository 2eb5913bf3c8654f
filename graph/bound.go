package graph

import (
	"encoding/json"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/model"
)

// A bound checks input values against what one request may bring, guided by their types.
type bound struct {
	schema     *ast.Schema
	conditions int // of filters, so far
}

// bounded fails if the variables of an operation are too much, or hold what no database can. Literals in the document's text are
// checked when its cost is measured.
func (x *surface) bounded(op *graphql.OperationContext) error {
	b := bound{schema: x.schema}
	for _, v := range op.Operation.VariableDefinitions {
		if err := b.check(v.Variable, op.Variables[v.Variable], v.Type, 0, false); err != nil {
			return err
		}
	}
	return nil
}

// check checks a value of a type. filter says whether it belongs to a filter.
func (b *bound) check(name string, v any, t *ast.Type, depth int, filter bool) error {
	if depth > model.MaxNesting {
		return model.Invalid.Errorf("%s is nested more than %d levels deep", name, model.MaxNesting)
	}
	switch v := v.(type) {
	case string:
		return b.text(name, v, t, filter)
	case json.RawMessage:
		return model.CheckJSON(name, v)
	case model.JSON:
		return model.CheckJSON(name, v)
	case []string:
		if err := listed(name, len(v)); err != nil {
			return err
		}
		for _, e := range v {
			if err := b.text(name, e, element(t), filter); err != nil {
				return err
			}
		}
	case []any:
		return b.list(name, v, t, depth, filter)
	case []map[string]any:
		for _, e := range v {
			if err := b.object(name, e, element(t), depth); err != nil {
				return err
			}
		}
		return listed(name, len(v))
	case map[string]any:
		return b.object(name, v, t, depth)
	}
	return nil
}

func element(t *ast.Type) *ast.Type {
	if t != nil && t.Elem != nil {
		return t.Elem
	}
	return t
}

func listed(name string, n int) error {
	if n > model.MaxListed {
		return model.Invalid.Errorf("%s must not have more than %d elements", name, model.MaxListed)
	}
	return nil
}

func (b *bound) list(name string, list []any, t *ast.Type, depth int, filter bool) error {
	if def := b.definition(t); def != nil && def.Kind != ast.Scalar {
		if err := listed(name, len(list)); err != nil {
			return err
		}
	} else if t != nil && t.Elem != nil {
		if err := listed(name, len(list)); err != nil {
			return err
		}
	}
	for _, e := range list {
		if err := b.check(name, e, element(t), depth, filter); err != nil {
			return err
		}
	}
	return nil
}

// object checks an input object, or a JSON object, which may be nested as deep as it likes.
func (b *bound) object(name string, object map[string]any, t *ast.Type, depth int) error {
	def := b.definition(t)
	if def == nil || def.Kind != ast.InputObject {
		return jsonTexts(name, object)
	}
	filter := strings.HasSuffix(def.Name, "Filter")
	if filter {
		if b.conditions++; b.conditions > model.MaxConditions {
			return model.Invalid.Errorf("a filter must not have more than %d conditions", model.MaxConditions)
		}
	}
	for key, v := range object {
		f := def.Fields.ForName(key)
		if f == nil {
			continue
		}
		if search, ok := v.(string); ok && filter && key == "q" {
			if err := model.CheckSearch(key, search); err != nil {
				return err
			}
		}
		if err := b.check(key, v, f.Type, depth+1, filter); err != nil {
			return err
		}
	}
	return nil
}

func (b *bound) definition(t *ast.Type) *ast.Definition {
	if t == nil {
		return nil
	}
	return b.schema.Types[t.Name()]
}

func (b *bound) text(name, text string, t *ast.Type, filter bool) error {
	if filter && len(text) > model.MaxFilterText {
		return model.Invalid.Errorf("%s must not be longer than %d bytes", name, model.MaxFilterText)
	}
	// gqlparser accepts the value of an enum in any case, and the schema does not.
	if def := b.definition(t); def != nil && def.Kind == ast.Enum && def.EnumValues.ForName(text) == nil {
		return model.Invalid.Errorf("%q is not a value of %s", text, def.Name)
	}
	return model.CheckText(name, text)
}

// jsonTexts fails if a text anywhere in a JSON value is none that a database can hold.
func jsonTexts(name string, v any) error {
	switch v := v.(type) {
	case string:
		return model.CheckText(name, v)
	case []any:
		for _, e := range v {
			if err := jsonTexts(name, e); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, e := range v {
			if err := model.CheckText(name, key); err != nil {
				return err
			}
			if err := jsonTexts(name, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// literals fails if the literal arguments of a field are too much.
func (b *bound) literals(f *ast.Field) error {
	if f.Definition == nil {
		return nil
	}
	for _, a := range f.Arguments {
		def := f.Definition.Arguments.ForName(a.Name)
		v, err := a.Value.Value(nil)
		if def == nil || err != nil {
			continue
		}
		if err := b.check(a.Name, v, def.Type, 0, false); err != nil {
			return err
		}
	}
	return nil
}
