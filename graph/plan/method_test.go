package plan

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/model"
)

// Every method of a struct that plans can reach and gqlgen binds a field to is listed, and nothing else.
func TestMethods(t *testing.T) {
	t.Parallel()
	w := bound{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), seen: map[reflect.Type]bool{}, found: map[string]bool{}}
	for name, of := range types {
		w.visit(w.schema.Types[name], of)
	}
	for name, of := range payloads {
		w.visit(w.schema.Types[name], of)
	}
	for _, m := range methods {
		key := m.of.String() + "." + m.field
		if !w.found[key] {
			t.Errorf("%s is listed, and no field is bound to it", key)
		}
		delete(w.found, key)
	}
	for key := range w.found {
		t.Errorf("%s is not listed: a selection of it is written without a plan", key)
	}
}

// A bound finds the methods that fields are bound to.
type bound struct {
	schema *ast.Schema
	seen   map[reflect.Type]bool
	found  map[string]bool
}

func (w bound) visit(def *ast.Definition, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if def == nil || def.Kind != ast.Object || t.Kind() != reflect.Struct || t == reflect.TypeFor[model.Amount]() || w.seen[t] {
		return
	}
	w.seen[t] = true
	for _, f := range def.Fields {
		if member, ok := structField(t, f.Name); ok {
			w.visit(w.schema.Types[f.Type.Name()], member.Type)
			continue
		}
		if f.Directives.ForName("goField") != nil || len(f.Arguments) > 0 {
			continue
		}
		for m := range reflect.PointerTo(t).Methods() {
			if strings.EqualFold(m.Name, f.Name) && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
				w.found[t.String()+"."+f.Name] = true
				w.visit(w.schema.Types[f.Type.Name()], m.Type.Out(0))
			}
		}
	}
}
