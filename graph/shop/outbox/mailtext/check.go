package mailtext

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"golang.org/x/net/html"
)

// check fails for what a tree has that is not in the language, and fills it in with the known values once.
func (t *Template) check(tree *parse.Tree) error {
	if err := t.checkNode(tree, tree.Root); err != nil {
		return err
	}
	_, err := t.Fill(tree.Name, t.known)
	return err
}

// checkNode checks a node and those in it.
func (t *Template) checkNode(tree *parse.Tree, n parse.Node) error {
	refuse := func(format string, args ...any) error {
		at, _ := tree.ErrorContext(n)
		return fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...))
	}
	switch n := n.(type) {
	case *parse.TextNode, *parse.CommentNode, *parse.IdentifierNode, *parse.DotNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		return nil
	case *parse.FieldNode:
		if _, ok := t.known[n.Ident[0]]; !ok && n.Ident[0] != "Format" {
			return refuse("there is no field .%s; there are %s", n.Ident[0], strings.Join(slices.Sorted(maps.Keys(t.known)), ", "))
		}
		return nil
	case *parse.VariableNode:
		if n.Ident[0] != "$" || len(n.Ident) < 2 || t.known[n.Ident[1]] == nil {
			return refuse("%s is no field", n)
		}
		return nil
	case *parse.TemplateNode:
		if t.parts[n.Name] == nil {
			return refuse("the template %q is not defined", n.Name)
		}
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return refuse("mails have no variables")
		}
	case *parse.ListNode, *parse.ActionNode, *parse.IfNode, *parse.WithNode, *parse.CommandNode:
	default:
		return refuse("mails have no %s", n)
	}
	for _, inner := range within(n) {
		if err := t.checkNode(tree, inner); err != nil {
			return err
		}
	}
	return nil
}

// within returns the nodes in a node.
func within(n parse.Node) []parse.Node {
	var out []parse.Node
	pipe := func(p *parse.PipeNode) {
		if p != nil {
			out = append(out, p)
		}
	}
	list := func(l *parse.ListNode) {
		if l != nil {
			out = append(out, l.Nodes...)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		list(n)
	case *parse.ActionNode:
		pipe(n.Pipe)
	case *parse.TemplateNode:
		pipe(n.Pipe)
	case *parse.IfNode:
		pipe(n.Pipe)
		list(n.List)
		list(n.ElseList)
	case *parse.WithNode:
		pipe(n.Pipe)
		list(n.List)
		list(n.ElseList)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			out = append(out, c)
		}
	case *parse.CommandNode:
		out = n.Args
	}
	return out
}

// A page is the HTML of a template with a mark for each value, and both sides of each branch.
type page struct {
	*Template
	text  strings.Builder
	marks []*parse.ActionNode
	found []bool
}

// mark stands for a value. It has a space, so that it is torn where an attribute has no quotes.
func mark(i int) string { return fmt.Sprintf("value%d- -", i) }

func (p *page) write(n parse.Node) {
	switch n := n.(type) {
	case *parse.TextNode:
		p.text.Write(n.Text)
	case *parse.ActionNode:
		p.text.WriteString(mark(len(p.marks)))
		p.marks = append(p.marks, n)
	case *parse.TemplateNode:
		p.write(p.parts[n.Name].Root)
	case *parse.PipeNode:
	default:
		for _, inner := range within(n) {
			p.write(inner)
		}
	}
}

// checkPlaces fails if a value stands where escaping it does not make it text.
func (t *Template) checkPlaces(addresses []string) error {
	p := &page{Template: t}
	p.write(t.parts[t.name].Root)
	p.found = make([]bool, len(p.marks))
	raw := false // the text is code
	z := html.NewTokenizer(strings.NewReader(p.text.String()))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		token := z.Token()
		if kind == html.TextToken && !raw {
			p.see(token.Data)
		}
		raw = kind == html.StartTagToken && slices.Contains(code, token.Data)
		for _, a := range token.Attr {
			if err := p.attribute(a, addresses); err != nil {
				return err
			}
		}
	}
	if i := slices.Index(p.found, false); i >= 0 {
		return p.refuse(i, "stands neither in text nor in a quoted attribute")
	}
	return nil
}

// code are the elements whose text is not HTML, and addressed the attributes that are addresses.
var (
	code      = []string{"script", "style", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp"}
	addressed = []string{"href", "src", "action", "formaction", "background", "cite", "data", "longdesc", "poster", "xlink:href"}
)

// see notes the values in a text.
func (p *page) see(text string) {
	for i := range p.marks {
		p.found[i] = p.found[i] || strings.Contains(text, mark(i))
	}
}

func (p *page) attribute(a html.Attribute, addresses []string) error {
	for i, n := range p.marks {
		before, _, ok := strings.Cut(a.Val, mark(i))
		switch {
		case !ok:
		case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "srcset":
			return p.refuse(i, "stands in the attribute "+a.Key)
		case !slices.Contains(addressed, a.Key):
		case strings.TrimSpace(before) == "":
			if !slices.ContainsFunc(addresses, func(name string) bool { return n.Pipe.String() == "."+name }) {
				return p.refuse(i, "begins an address; that can be ."+strings.Join(addresses, " or ."))
			}
		case !strings.ContainsAny(before, ":/?#") || last(n.Pipe) != "urlquery":
			return p.refuse(i, "is part of an address: write {{urlquery …}}")
		}
	}
	p.see(a.Val)
	return nil
}

// last is the function that a pipeline ends with.
func last(p *parse.PipeNode) string { return p.Cmds[len(p.Cmds)-1].Args[0].String() }

func (p *page) refuse(i int, why string) error {
	return errors.New(p.name + ": " + p.marks[i].String() + " " + why)
}
