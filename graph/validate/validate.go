package validate

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// ErrComplex is returned for a document whose check would take much longer than its length suggests: fragments that are used by many
// operations and other fragments, values nested deeply, or selections that overlap in very many ways.
var ErrComplex = errors.New("the document is too complex")

// The bounds of what is checked and told.
const (
	maxVisits    = 200_000 // of the nodes of a document, each once for each operation and fragment that contains it
	maxVariables = 500     // of an operation
	maxErrors    = 20      // that are reported of one document
	maxMessage   = 500     // bytes of a message
)

// Document checks a document and completes it: its fields, arguments, values and fragments refer to their definitions then. It fails
// with a gqlerror.List of what is wrong, or with ErrComplex. With suggest the messages name what may have been meant; they do that
// only for a document that has few nodes.
func Document(schema *ast.Schema, doc *ast.QueryDocument, suggest bool) error {
	visits, err := measure(doc)
	if err != nil {
		return err
	}
	errs := apply(schema, doc, plainRules)
	if len(errs) > 0 && suggest && visits <= maxSuggested {
		errs = apply(schema, doc, helpfulRules)
	}
	if len(errs) > 0 {
		return errs
	}
	return overlapping(schema, doc)
}

// maxSuggested is how many nodes a document may have for suggestions to be looked for, each of which compares a name with many others.
const maxSuggested = 1000

var (
	helpfulRules = ordered(rules.NewDefaultRules())
	plainRules   = ordered(quiet(rules.NewDefaultRules()))
)

// quiet returns the rules in the variants that look for no suggestions.
func quiet(all *rules.Rules) *rules.Rules {
	for _, r := range []core.Rule{
		rules.FieldsOnCorrectTypeRule, rules.ScalarLeafsRule, rules.KnownArgumentNamesRule, rules.KnownTypeNamesRule, rules.ValuesOfCorrectTypeRule,
	} {
		all.RemoveRule(r.Name)
	}
	for _, r := range []core.Rule{
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.ScalarLeafsRuleWithoutSuggestions,
		rules.KnownArgumentNamesRuleWithoutSuggestions, rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		all.AddRule(r.Name, r.RuleFunc)
	}
	return all
}

// ordered returns the rules, in an order that is always the same, without the one that this package has its own of.
func ordered(all *rules.Rules) []core.Rule {
	var out []core.Rule
	for name, rule := range all.GetInner() {
		if name != rules.OverlappingFieldsCanBeMergedRule.Name {
			out = append(out, core.Rule{Name: name, RuleFunc: rule})
		}
	}
	slices.SortFunc(out, func(a, b core.Rule) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// enough ends a walk when as many errors as are reported have been found.
type enough struct{}

// apply walks a document with rules and returns what they find.
func apply(schema *ast.Schema, doc *ast.QueryDocument, by []core.Rule) (errs gqlerror.List) {
	defer func() {
		if p := recover(); p != nil && p != (enough{}) {
			panic(p)
		}
	}()
	observers := &core.Events{}
	for _, rule := range by {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: rule.Name}
			for _, o := range options {
				o(err)
			}
			err.Message = shortened(err.Message)
			if errs = append(errs, err); len(errs) >= maxErrors {
				panic(enough{})
			}
		})
	}
	core.Walk(schema, doc, observers)
	return errs
}

// shortened returns a message without the middle of what a document made long.
func shortened(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	cut := maxMessage
	for cut > 0 && !utf8.RuneStart(message[cut]) {
		cut--
	}
	return strings.TrimSpace(message[:cut]) + " …"
}

// A region is an operation or a fragment, without the fragments that it spreads.
type region struct {
	nodes   int
	spreads []string
}

// measure returns how many nodes a walk of a document visits. It fails if they are too many.
func measure(doc *ast.QueryDocument) (int, error) {
	fragments := make(map[string]*region, len(doc.Fragments))
	for _, f := range doc.Fragments {
		if fragments[f.Name] == nil {
			r := &region{}
			r.directives(f.Directives)
			r.selections(f.SelectionSet)
			fragments[f.Name] = r
		}
	}
	visits := 0
	for _, op := range doc.Operations {
		if len(op.VariableDefinitions) > maxVariables {
			return 0, ErrComplex
		}
		r := &region{nodes: len(op.VariableDefinitions)}
		r.directives(op.Directives)
		for _, v := range op.VariableDefinitions {
			r.directives(v.Directives)
			r.value(v.DefaultValue, 1)
		}
		r.selections(op.SelectionSet)
		if visits += r.visits(fragments, maxVisits-visits); visits > maxVisits {
			return 0, ErrComplex
		}
	}
	for _, f := range doc.Fragments {
		if visits += fragments[f.Name].visits(fragments, maxVisits-visits); visits > maxVisits {
			return 0, ErrComplex
		}
	}
	return visits, nil
}

func (r *region) selections(set ast.SelectionSet) {
	for _, s := range set {
		r.nodes++
		switch s := s.(type) {
		case *ast.Field:
			r.arguments(s.Arguments)
			r.directives(s.Directives)
			r.selections(s.SelectionSet)
		case *ast.InlineFragment:
			r.directives(s.Directives)
			r.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			r.directives(s.Directives)
			r.spreads = append(r.spreads, s.Name)
		}
	}
}

func (r *region) directives(all ast.DirectiveList) {
	for _, d := range all {
		r.nodes++
		r.arguments(d.Arguments)
	}
}

func (r *region) arguments(all ast.ArgumentList) {
	for _, a := range all {
		r.value(a.Value, 1)
	}
}

// value counts a value as often as rules look at it: once with each value that contains it.
func (r *region) value(v *ast.Value, depth int) {
	if v == nil {
		return
	}
	r.nodes += depth
	for _, c := range v.Children {
		r.value(c.Value, depth+1)
	}
}

// visits returns how many nodes a walk of a region visits that enters each fragment once. It stops counting above limit.
func (r *region) visits(fragments map[string]*region, limit int) int {
	n, seen, next := 0, map[string]bool{}, []*region{r}
	for len(next) > 0 && n <= limit {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		n += at.nodes
		for _, name := range at.spreads {
			if f := fragments[name]; f != nil && !seen[name] {
				seen[name] = true
				next = append(next, f)
			}
		}
	}
	return n
}
