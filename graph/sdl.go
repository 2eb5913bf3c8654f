package graph

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/storegraph/storegraph/graph/exec"
)

// SDL returns the contract: the schema as GraphQL clients see it, in the schema definition language.
func SDL() (string, error) {
	public, err := withoutInternal(exec.NewExecutableSchema(exec.Config{}).Schema())
	if err != nil {
		return "", err
	}
	return sdl(public), nil
}

// sdl writes a public schema: the root types first, and the others in the order of the schema's files.
func sdl(s *ast.Schema) string {
	var b strings.Builder
	if s.Description != "" {
		definition := ast.SchemaDefinition{Description: s.Description}
		for operation, d := range map[ast.Operation]*ast.Definition{ast.Query: s.Query, ast.Mutation: s.Mutation, ast.Subscription: s.Subscription} {
			if d != nil {
				definition.OperationTypes = append(definition.OperationTypes, &ast.OperationTypeDefinition{Operation: operation, Type: d.Name})
			}
		}
		slices.SortFunc(definition.OperationTypes, func(x, y *ast.OperationTypeDefinition) int {
			return cmp.Compare(rank(s, s.Types[x.Type]), rank(s, s.Types[y.Type]))
		})
		chunk(&b, &ast.SchemaDocument{Schema: ast.SchemaDefinitionList{&definition}})
	}
	for _, d := range inOrder(slices.Collect(maps.Values(s.Directives)), func(d *ast.DirectiveDefinition) string { return d.Name }, func(*ast.DirectiveDefinition) int { return 0 }) {
		if d.Position == nil || !d.Position.Src.BuiltIn {
			chunk(&b, &ast.SchemaDocument{Directives: ast.DirectiveDefinitionList{d}})
		}
	}
	for _, d := range inOrder(slices.Collect(maps.Values(s.Types)), place, func(d *ast.Definition) int { return rank(s, d) }) {
		if !d.BuiltIn {
			chunk(&b, &ast.SchemaDocument{Definitions: ast.DefinitionList{bare(d)}})
		}
	}
	return shortDescription.ReplaceAllString(strings.TrimPrefix(b.String(), "\n"), `$1"""$2"""`)
}

// shortDescription is a description of one line, which the formatter writes as three.
var shortDescription = regexp.MustCompile(`(?m)^( *)"""\n *(.*[^"\\\n])\n *"""$`)

// chunk writes a part of a schema, set off by an empty line.
func chunk(b *strings.Builder, doc *ast.SchemaDocument) {
	b.WriteByte('\n')
	formatter.NewFormatter(b, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
}

// inOrder sorts by rank, and then by name.
func inOrder[T any](all []T, name func(T) string, rank func(T) int) []T {
	slices.SortFunc(all, func(x, y T) int { return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(name(x), name(y))) })
	return all
}

// rank is the place of a root type before all others.
func rank(s *ast.Schema, d *ast.Definition) int {
	if i := slices.Index([]*ast.Definition{s.Query, s.Mutation, s.Subscription}, d); i >= 0 {
		return i
	}
	return 3
}

// place is where a type is defined, as a text that sorts by it.
func place(d *ast.Definition) string {
	if d.Position == nil {
		return d.Name
	}
	line := []byte{byte(d.Position.Line >> 16), byte(d.Position.Line >> 8), byte(d.Position.Line)}
	return d.Position.Src.Name + "\x00" + string(line) + d.Name
}

// bare returns a type without the directives that are for the server.
func bare(d *ast.Definition) *ast.Definition {
	c := *d
	c.Directives = forClients(d.Directives)
	c.Fields = make(ast.FieldList, len(d.Fields))
	for i, f := range d.Fields {
		field := *f
		field.Directives = forClients(f.Directives)
		field.Arguments = make(ast.ArgumentDefinitionList, len(f.Arguments))
		for j, a := range f.Arguments {
			argument := *a
			argument.Directives = forClients(a.Directives)
			field.Arguments[j] = &argument
		}
		c.Fields[i] = &field
	}
	return &c
}

func forClients(all ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(slices.Clone(all), func(d *ast.Directive) bool { return slices.Contains(internalDirectives, d.Name) })
}

// ServeSDL answers with the contract, unless the schema is hidden.
func (s *Server) ServeSDL(w http.ResponseWriter, r *http.Request) {
	if s.public.hidden {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache") // it is asked for again, which costs little by its ETag
	w.Header().Set("ETag", s.sdlTag)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(s.sdl))
}

// tagOf returns the ETag of a text.
func tagOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
