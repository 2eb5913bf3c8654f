package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/graph"
)

// TestKeptIsWhole fails while a part of the schema that kept answers could show, or be decided by, is not in kept.txt, and if something
// that is there is not in the schema.
func TestKeptIsWhole(t *testing.T) {
	t.Parallel()
	schema := newServer(t, nil).Schema()
	of, not := graph.Kept()
	known := func(element, name, path string) {
		why, refused := not[path]
		switch kept := of[element][name]; {
		case kept && refused:
			t.Errorf("%s is kept, and is not: %s", path, why)
		case !kept && !refused:
			t.Errorf("%s is in neither list of kept.txt: does it change only by what the catalogue's log has?", path)
		}
	}
	seen, given := map[string]bool{}, map[string]bool{} // given are the types of arguments
	var reach func(name string)
	reach = func(name string) {
		d := schema.Types[name]
		if d == nil || d.BuiltIn || seen[name] {
			return
		}
		if d.Kind == ast.Enum && given[name] {
			seen[name] = true
			for _, v := range d.EnumValues {
				known(name, v.Name, name+"."+v.Name)
			}
		}
		if len(d.Fields) == 0 {
			return
		}
		seen[name] = true
		if d.Kind == ast.Union || d.Kind == ast.Interface {
			t.Errorf("%s can be of several types", name)
		}
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			known(name, f.Name, name+"."+f.Name)
			given[f.Type.Name()] = given[f.Type.Name()] || d.Kind == ast.InputObject
			if !of[name][f.Name] {
				continue
			}
			seen[name+"."+f.Name] = true
			for _, a := range f.Arguments {
				known(name+"."+f.Name, a.Name, fmt.Sprintf("%s.%s.%s", name, f.Name, a.Name))
				given[a.Type.Name()] = true
				reach(a.Type.Name())
			}
			reach(f.Type.Name())
		}
	}
	reach("Query")
	for element, names := range of {
		if !seen[element] {
			t.Errorf("kept.txt has %s, which nothing leads to", element)
		}
		for name := range names {
			d, field, _ := strings.Cut(element, ".")
			if schema.Types[d].EnumValues.ForName(name) != nil {
				continue
			}
			f := schema.Types[d].Fields.ForName(name)
			if field != "" {
				f = schema.Types[d].Fields.ForName(field)
				if f.Arguments.ForName(name) != nil {
					continue
				}
			}
			if f == nil || field != "" {
				t.Errorf("kept.txt has %s of %s, which the schema has not", name, element)
			}
		}
	}
	for path := range not {
		d, name, _ := strings.Cut(path, ".")
		name, argument, _ := strings.Cut(name, ".")
		of := schema.Types[d]
		if of != nil && argument != "" && of.Fields.ForName(name) != nil && of.Fields.ForName(name).Arguments.ForName(argument) != nil {
			continue
		}
		if of == nil || argument != "" || of.Fields.ForName(name) == nil && of.EnumValues.ForName(name) == nil {
			t.Errorf("kept.txt has %s, which the schema has not", path)
		}
	}
}
