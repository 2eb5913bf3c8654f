// Package mailtext fills in the texts of mails. They are written in Go's template language as text/template/parse reads it, of which
// mails need a part: fields, {{if}}, {{with}}, {{define}}, {{template}} and a few functions. Everything that a text names is checked when
// it is read, so that no mail fails later.
//
// Package text/template itself calls methods by names that the linker cannot know, for which it would keep every exported method of
// every type in the program: that doubles the size of the binary.
package mailtext

import (
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"text/template/parse"
	"time"
)

// Values are what a text is filled in with, by the names of fields. A value is a string, an int or a time.Time.
type Values map[string]any

// A Template is a text with its {{define}}d parts. Its zero value is not usable.
type Template struct {
	name  string
	parts map[string]*parse.Tree
	known Values
	html  bool
}

// Parse reads a plain text. It fails with the line of what is not in the language, and of a field that is not in known, whose values are
// examples of the types.
func Parse(name, text string, known Values) (*Template, error) {
	t := &Template{name: name, parts: map[string]*parse.Tree{}, known: known}
	if _, err := parse.New(name).Parse(text, "", "", t.parts, functionNames()); err != nil {
		return nil, err
	}
	if t.parts[name] == nil { // the text is empty
		t.parts[name] = &parse.Tree{Name: name, Root: &parse.ListNode{}}
	}
	for _, tree := range t.parts {
		if err := t.check(tree); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// ParseHTML reads a page of HTML, in which values are escaped. Values may stand in text and in quoted attributes. Where they mean more
// than text it fails: in scripts and styles, as names, without quotes, and at the beginning of an address, unless the field is one of
// addresses.
func ParseHTML(name, text string, known Values, addresses ...string) (*Template, error) {
	t, err := Parse(name, text, known)
	if err != nil {
		return nil, err
	}
	t.html = true
	return t, t.checkPlaces(addresses)
}

// Has reports whether the text defines a part.
func (t *Template) Has(part string) bool { return t.parts[part] != nil }

// Fill returns a part, or the whole text by its own name. It fails for a part that is not defined, and for a format that does not fit.
func (t *Template) Fill(part string, v Values) (string, error) {
	tree := t.parts[part]
	if tree == nil {
		return "", fmt.Errorf("%s does not define %q", t.name, part)
	}
	f := filling{Template: t, root: v}
	if err := f.list(tree.Root, v); err != nil {
		return "", err
	}
	return f.out.String(), nil
}

// functions are those that texts can call.
var functions = map[string]func(args []any) (any, error){
	"and": func(args []any) (any, error) { return choose(args, false) },
	"or":  func(args []any) (any, error) { return choose(args, true) },
	"not": func(args []any) (any, error) { return len(args) == 1 && !truth(args[0]), count(args, 1, 1) },
	"eq": func(args []any) (any, error) {
		return len(args) > 1 && slices.ContainsFunc(args[1:], func(a any) bool { return show(a) == show(args[0]) }), count(args, 2, 0)
	},
	"ne": func(args []any) (any, error) {
		return len(args) == 2 && show(args[0]) != show(args[1]), count(args, 2, 2)
	},
	"html":     func(args []any) (any, error) { return escaped(html.EscapeString(join(args))), count(args, 1, 0) },
	"urlquery": func(args []any) (any, error) { return url.QueryEscape(join(args)), count(args, 1, 0) },
	"print":    func(args []any) (any, error) { return join(args), nil },
	"printf":   printf,
}

// escaped is HTML already.
type escaped string

func functionNames() map[string]any {
	names := map[string]any{}
	for name := range functions {
		names[name] = true
	}
	return names
}

// choose returns the first value that is as wanted, or else the last.
func choose(args []any, want bool) (any, error) {
	for _, a := range args {
		if truth(a) == want {
			return a, nil
		}
	}
	if len(args) == 0 {
		return nil, count(args, 1, 0)
	}
	return args[len(args)-1], nil
}

func printf(args []any) (any, error) {
	if len(args) == 0 {
		return nil, count(args, 1, 0)
	}
	text := fmt.Sprintf(show(args[0]), args[1:]...)
	if strings.Contains(text, "%!") {
		return nil, fmt.Errorf("the format %q does not fit its values", args[0])
	}
	return text, nil
}

// count fails unless there are from least to most arguments; most 0: any number.
func count(args []any, least, most int) error {
	if len(args) < least || most > 0 && len(args) > most {
		return fmt.Errorf("wrong number of arguments: %d", len(args))
	}
	return nil
}

func join(args []any) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(show(a))
	}
	return b.String()
}

// show returns a value as text.
func show(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.RFC3339)
	case escaped:
		return string(v)
	}
	return fmt.Sprint(v)
}

// truth reports whether a value is not the zero value of its type.
func truth(v any) bool {
	switch v := v.(type) {
	case string:
		return v != ""
	case escaped:
		return v != ""
	case int:
		return v != 0
	case bool:
		return v
	case time.Time:
		return !v.IsZero()
	}
	return v != nil
}

// A filling is one text that is being filled in.
type filling struct {
	*Template
	root  Values
	out   strings.Builder
	depth int // of the templates that call each other
}

// deepest is how many templates may be within one another.
const deepest = 50

// list fills in nodes; dot is what {{.}} is.
func (f *filling) list(nodes *parse.ListNode, dot any) error {
	if nodes == nil {
		return nil
	}
	for _, n := range nodes.Nodes {
		if err := f.node(n, dot); err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) node(n parse.Node, dot any) error {
	switch n := n.(type) {
	case *parse.TextNode:
		f.out.Write(n.Text)
	case *parse.ActionNode:
		v, err := f.pipe(n.Pipe, dot)
		if err != nil {
			return err
		}
		f.print(v)
	case *parse.IfNode:
		return f.branch(&n.BranchNode, dot, false)
	case *parse.WithNode:
		return f.branch(&n.BranchNode, dot, true)
	case *parse.TemplateNode:
		return f.template(n, dot)
	}
	return nil
}

// template fills in a part.
func (f *filling) template(n *parse.TemplateNode, dot any) (err error) {
	var inner any
	if n.Pipe != nil {
		if inner, err = f.pipe(n.Pipe, dot); err != nil {
			return err
		}
	}
	if f.depth++; f.depth > deepest {
		return fmt.Errorf("%s: the template %q is within itself", f.name, n.Name)
	}
	defer func() { f.depth-- }()
	return f.list(f.parts[n.Name].Root, inner)
}

func (f *filling) print(v any) {
	if _, done := v.(escaped); f.html && !done {
		v = html.EscapeString(show(v))
	}
	f.out.WriteString(show(v))
}

// branch fills in one side of an {{if}} or {{with}}.
func (f *filling) branch(n *parse.BranchNode, dot any, with bool) error {
	v, err := f.pipe(n.Pipe, dot)
	switch {
	case err != nil:
		return err
	case !truth(v):
		return f.list(n.ElseList, dot)
	case with:
		dot = v
	}
	return f.list(n.List, dot)
}

// pipe returns the value of a pipeline: that of each command is the last argument of the next.
func (f *filling) pipe(p *parse.PipeNode, dot any) (value any, err error) {
	for i, c := range p.Cmds {
		var args []any
		for _, n := range c.Args[1:] {
			a, err := f.value(n, dot, nil)
			if err != nil {
				return nil, err
			}
			args = append(args, a)
		}
		if i > 0 {
			args = append(args, value)
		}
		if value, err = f.value(c.Args[0], dot, args); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return value, nil
}

// value returns the value of a node; args are those of a function or of a time's Format.
func (f *filling) value(n parse.Node, dot any, args []any) (any, error) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		return functions[n.Ident](args)
	case *parse.FieldNode:
		return f.field(n, dot, args)
	case *parse.VariableNode: // $, and $.Field
		if len(n.Ident) == 1 {
			return f.root, nil
		}
		return f.field(&parse.FieldNode{Ident: n.Ident[1:]}, f.root, args)
	case *parse.DotNode:
		return dot, nil
	case *parse.PipeNode:
		return f.pipe(n, dot)
	case *parse.StringNode:
		return n.Text, nil
	case *parse.NumberNode:
		return int(n.Int64), nil
	case *parse.BoolNode:
		return n.True, nil
	}
	return nil, errors.New(n.String() + " has no value")
}

// field returns the field of a dot, or a time by its Format.
func (f *filling) field(n *parse.FieldNode, dot any, args []any) (any, error) {
	at, isTime := dot.(time.Time)
	names := n.Ident
	if values, ok := dot.(Values); ok {
		v, ok := values[names[0]]
		if !ok {
			return nil, fmt.Errorf("there is no field .%s", names[0])
		}
		if len(names) == 1 {
			return v, nil
		}
		at, isTime = v.(time.Time)
		names = names[1:]
	}
	if !isTime || len(names) != 1 || names[0] != "Format" {
		return nil, fmt.Errorf("there is no %s", n)
	}
	if err := count(args, 1, 1); err != nil {
		return nil, err
	}
	return at.Format(show(args[0])), nil
}
