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
		if d.Position != nil && !d.Position.Src.BuiltIn && d.Name != "internal" && d.Name != "fast" && d.Name != "omitNull" && d.Name != "goField" {
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
	out.PossibleTypes, out.Implements = map[string][]*ast.Definition{}, map[string][]*ast.Definition{}
	for name, of := range full.PossibleTypes {
		for _, d := range of {
			out.PossibleTypes[name] = append(out.PossibleTypes[name], out.Types[d.Name])
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
