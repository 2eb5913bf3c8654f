package graph

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// internalDirectives are those that are no part of the contract: clients neither see them nor can use them.
var internalDirectives = []string{"internal", "fast", "omitNull", "goField", "at", "defer"} // gqlparser declares @defer, which is not honoured

// withoutInternal returns a schema without what is marked @internal, and without the types that only that leads to.
func withoutInternal(full *ast.Schema) (*ast.Schema, error) {
	prelude, err := gqlparser.LoadSchema()
	if err != nil {
		return nil, err
	}
	out := *prelude
	out.Description, out.SchemaDirectives = full.Description, full.SchemaDirectives
	out.Types = maps.Clone(prelude.Types)
	for name, d := range full.Types {
		if !d.BuiltIn {
			c := *d
			c.Fields = visible(d.Fields)
			out.Types[name] = &c
		}
	}
	out.Directives = maps.Clone(full.Directives)
	for _, name := range internalDirectives {
		delete(out.Directives, name)
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
	prune(&out)
	return &out, nil
}

// prune removes the types that nothing leads to.
func prune(s *ast.Schema) {
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		d := s.Types[name]
		if d == nil || reached[name] {
			return
		}
		reached[name] = true
		for _, f := range d.Fields {
			reach(f.Type.Name())
			for _, a := range f.Arguments {
				reach(a.Type.Name())
			}
		}
		for _, of := range slices.Concat(d.Interfaces, d.Types) {
			reach(of)
		}
		for _, of := range s.PossibleTypes[name] {
			reach(of.Name)
		}
	}
	for name, d := range s.Types {
		if d.BuiltIn {
			reach(name)
		}
	}
	for _, d := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		if d != nil {
			reach(d.Name)
		}
	}
	for _, d := range s.Directives {
		for _, a := range d.Arguments {
			reach(a.Type.Name())
		}
	}
	unreached := func(name string, _ []*ast.Definition) bool { return !reached[name] }
	maps.DeleteFunc(s.Types, func(name string, _ *ast.Definition) bool { return !reached[name] })
	maps.DeleteFunc(s.PossibleTypes, unreached)
	maps.DeleteFunc(s.Implements, unreached)
}

func typeOf(s *ast.Schema, d *ast.Definition) *ast.Definition {
	if d == nil {
		return nil
	}
	return s.Types[d.Name]
}

// visible returns the fields and arguments that are not internal. What else is marked for the server stays: no client sees it.
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
