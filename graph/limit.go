package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"storegraph/db"
	"storegraph/graph/shop/auth"
	"storegraph/graph/transport"
	"storegraph/model"
)

// Limits bound what clients may ask. The zero value of each is its default.
type Limits struct {
	transport.Limits

	Tokens int // tokens of a document; 0 means 15,000
	Depth  int // levels of nesting; 0 means 20
	Roots  int // root fields, aliases counted; 0 means 30
	Cost   int // fields that could be written, as estimated before running; 0 means 5,000,000

	Rows   int // rows that an operation reads; 0 means 200,000
	Bytes  int // and how many bytes they have; 0 means 64 MB
	Fields int // fields that gqlgen's executor resolves one by one; 0 means 300,000

	Time         time.Duration // that a query may take; 0 means 30 seconds
	MutationTime time.Duration // and a mutation, which may wait for a payment provider several times; 0 means 2 minutes
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		limit *int
		value int
	}{
		{&l.Tokens, 15_000}, {&l.Depth, 20}, {&l.Roots, 30}, {&l.Cost, 5_000_000}, {&l.Rows, 200_000}, {&l.Bytes, 64 << 20}, {&l.Fields, 300_000},
	} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
	l.Time, l.MutationTime = cmp.Or(l.Time, 30*time.Second), cmp.Or(l.MutationTime, 2*time.Minute)
	return l
}

// A cost is the most that an operation may write, as far as its text shows.
type cost struct {
	depth   int
	roots   []rootCost
	refused error // what is wrong with the literals in its text; nil if nothing is
}

type rootCost struct {
	field *ast.Field
	each  int // of one node of the list, or of the single thing
}

// nested is how many things a list below the root is taken to hold.
const nested = 5

// unbounded is more than any limit, and far from overflowing.
const unbounded = 1 << 40

// admit fails if the operation exceeds the limits.
func (x *surface) admit(ctx context.Context, l Limits, op *graphql.OperationContext) error {
	c, ok := x.costs.Get(op.Operation)
	if !ok {
		m := measure{seen: map[*ast.FragmentDefinition][2]int{}, literals: bound{schema: x.schema}}
		c.roots = m.roots(op.Operation.SelectionSet, nil)
		c.depth, c.refused = m.deepest, m.refused
		x.costs.Add(op.Operation, c)
	}
	if c.refused != nil {
		return c.refused
	}
	if c.depth > l.Depth {
		return model.Invalid.Errorf("the operation is %d levels deep; at most %d are allowed", c.depth, l.Depth)
	}
	if len(c.roots) > l.Roots {
		return model.Invalid.Errorf("the operation has %d root fields; at most %d are allowed", len(c.roots), l.Roots)
	}
	if n := c.guesses(); n > 1 {
		return model.Invalid.Errorf("the operation checks passwords or codes %d times; once is allowed", n)
	}
	if n := c.total(op.Variables); n > l.Cost {
		return model.Invalid.Errorf("the operation may write %d fields; at most %d are allowed", n, l.Cost)
	}
	if err := model.CheckText(auth.LocaleHeader, auth.Viewer(ctx).Locale); err != nil {
		return err
	}
	return x.bounded(op)
}

// guessable are the mutations by which passwords and codes could be guessed.
var guessable = []string{
	"registerIdentity", "logIn", "completeLogIn", "requestPasswordReset", "updatePassword", "requestVerification", "confirmVerification",
	"verifyAuthFactor", "disableAuthFactor", "verifyAuthChallenge", "generateRecoveryCodes",
}

// guesses returns the number of root fields that are guessable.
func (c cost) guesses() int {
	n := 0
	for _, r := range c.roots {
		if slices.Contains(guessable, r.field.Name) {
			n++
		}
	}
	return n
}

// total returns the cost with the sizes that the variables give to the pages.
func (c cost) total(variables map[string]any) int {
	n := 0
	for _, r := range c.roots {
		n = min(unbounded, n+r.each*pageSize(r.field, variables))
	}
	return n
}

func pageSize(f *ast.Field, variables map[string]any) int {
	if f.Definition == nil || f.Definition.Arguments.ForName("first") == nil {
		return 1
	}
	size := db.DefaultLimit
	for _, name := range []string{"first", "last"} {
		a := f.Arguments.ForName(name)
		if a == nil {
			continue
		}
		v, err := a.Value.Value(variables)
		if err != nil {
			continue
		}
		switch v := v.(type) {
		case int64:
			size = int(v)
		case int:
			size = v
		case json.Number:
			if i, err := v.Int64(); err == nil {
				size = int(i)
			}
		}
	}
	return max(0, min(size, 1<<20))
}

// A measure adds up the selections of an operation, each fragment once.
type measure struct {
	seen     map[*ast.FragmentDefinition][2]int // cost and depth
	deepest  int
	literals bound
	refused  error
}

// check notes what is wrong with the literal arguments of a field, unless something was with those before.
func (m *measure) check(f *ast.Field) {
	if m.refused == nil && len(f.Arguments) > 0 {
		m.refused = m.literals.literals(f)
	}
}

func (m *measure) roots(set ast.SelectionSet, out []rootCost) []rootCost {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			m.check(s)
			n, depth := m.sum(s.SelectionSet, true)
			m.deepest = max(m.deepest, depth+1)
			out = append(out, rootCost{s, n + 1})
		case *ast.InlineFragment:
			out = m.roots(s.SelectionSet, out)
		case *ast.FragmentSpread:
			if len(out) <= 1000 { // spreads of spreads could name more roots than there is memory
				out = m.roots(s.Definition.SelectionSet, out)
			}
		}
	}
	return out
}

// sum returns the cost and the depth of a selection. The lists right below a root are the root's page, whose size is
// counted there.
func (m *measure) sum(set ast.SelectionSet, ofRoot bool) (cost, depth int) {
	for _, s := range set {
		n, d := 0, 0
		switch s := s.(type) {
		case *ast.Field:
			m.check(s)
			n, d = m.sum(s.SelectionSet, false)
			if d := s.Definition; d != nil && d.Type.Elem != nil && len(s.SelectionSet) > 0 && !ofRoot && d.Type.Name() != s.ObjectDefinition.Name {
				n *= nested // a list of its own kind is a tree, which has as many nodes however deep it is asked for
			}
			n, d = n+1, d+1
		case *ast.InlineFragment:
			n, d = m.sum(s.SelectionSet, ofRoot)
		case *ast.FragmentSpread:
			known, ok := m.seen[s.Definition]
			if !ok {
				known[0], known[1] = m.sum(s.Definition.SelectionSet, ofRoot)
				m.seen[s.Definition] = known
			}
			n, d = known[0], known[1]
		}
		cost, depth = min(unbounded, cost+n), max(depth, d)
	}
	return cost, depth
}
