package graph

import (
	"maps"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// withoutInternal returns a schema without what is marked @internal.
func withoutInternal(full *ast.Schema) (*ast.Schema, error) {
	var doc ast.SchemaDocument
	for _, d := range full.Types {
		if d.BuiltIn {
			continue
		}
		c := *d
		c.Fields = visible(d.Fields)
		doc.Definitions = append(doc.Definitions, &c)
	}
	for _, d := range full.Directives {
		if d.Position != nil && !d.Position.Src.BuiltIn && d.Name != "internal" && d.Name != "fast" && d.Name != "omitNull" && d.Name != "at" && d.Name != "goField" {
			doc.Directives = append(doc.Directives, d)
		}
	}
	prelude, err := gqlparser.LoadSchema()
	if err != nil {
		return nil, err
	}
	out := *prelude
	out.Types = map[string]*ast.Definition{}
	maps.Copy(out.Types, prelude.Types)
	for _, d := range doc.Definitions {
		out.Types[d.Name] = d
	}
	out.Directives = map[string]*ast.DirectiveDefinition{}
	maps.Copy(out.Directives, prelude.Directives)
	for _, d := range doc.Directives {
		out.Directives[d.Name] = d
	}
	out.Query, out.Mutation, out.Subscription = typeOf(&out, full.Query), typeOf(&out, full.Mutation), typeOf(&out, full.Subscription)
	dropUnreachable(&out, full)
	out.PossibleTypes, out.Implements = map[string][]*ast.Definition{}, map[string][]*ast.Definition{}
	for name, of := range full.PossibleTypes {
		for _, d := range of {
			if shown := out.Types[d.Name]; shown != nil {
				out.PossibleTypes[name] = append(out.PossibleTypes[name], shown)
			}
		}
	}
	for name, of := range full.Implements {
		for _, d := range of {
			out.Implements[name] = append(out.Implements[name], out.Types[d.Name])
		}
	}
	return &out, nil
}

func typeOf(s *ast.Schema, d *ast.Definition) *ast.Definition {
	if d == nil {
		return nil
	}
	return s.Types[d.Name]
}

// visible returns the fields and arguments that are not internal. @fast and @omitNull stay: they are directives
// for the server that no client sees.
func visible(fields ast.FieldList) ast.FieldList {
	var out ast.FieldList
	for _, f := range fields {
		if f.Directives.ForName("internal") != nil {
			continue
		}
		c := *f
		c.Arguments = nil
		for _, a := range f.Arguments {
			if a.Directives.ForName("internal") == nil {
				c.Arguments = append(c.Arguments, a)
			}
		}
		out = append(out, &c)
	}
	return out
}

// dropUnreachable removes the types that nothing of the operations of s leads to. Which types an interface has, full says.
func dropUnreachable(s, full *ast.Schema) {
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		def := s.Types[name]
		if def == nil || reached[name] {
			return
		}
		reached[name] = true
		for _, f := range def.Fields {
			reach(f.Type.Name())
			for _, a := range f.Arguments {
				reach(a.Type.Name())
			}
		}
		for _, d := range full.PossibleTypes[name] {
			reach(d.Name)
		}
		for _, i := range def.Interfaces {
			reach(i)
		}
	}
	for _, root := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		if root != nil {
			reach(root.Name)
		}
	}
	for _, d := range s.Directives {
		for _, a := range d.Arguments {
			reach(a.Type.Name())
		}
	}
	for name, def := range s.Types {
		if !def.BuiltIn && !reached[name] {
			delete(s.Types, name)
		}
	}
}
