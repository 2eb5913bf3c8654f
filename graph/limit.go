package graph

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/transport"
	"github.com/storegraph/storegraph/model"
)

// Limits bound what clients may ask. The zero value of each is its default.
type Limits struct {
	transport.Limits

	Tokens int // tokens of a document; 0 means 15,000
	Depth  int // levels of nesting; 0 means 20
	Roots  int // root fields, aliases counted; 0 means 30
	Cost   int // fields that could be written, as estimated before running; 0 means 250,000

	RESTCost int // the same for a request to the Store API, whose pages may be larger; 0 means 5,000,000

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
		{&l.Tokens, 15_000}, {&l.Depth, 20}, {&l.Roots, 30}, {&l.Cost, 250_000}, {&l.RESTCost, 5_000_000}, {&l.Rows, 200_000}, {&l.Bytes, 64 << 20}, {&l.Fields, 300_000},
	} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
	l.Time, l.MutationTime = cmp.Or(l.Time, 30*time.Second), cmp.Or(l.MutationTime, 2*time.Minute)
	return l
}

// admit fails if the operation exceeds the limits, of which ceiling is that of its cost.
func (x *surface) admit(ctx context.Context, l Limits, op *graphql.OperationContext, c *cost, ceiling int) (Cost, error) {
	told := Cost{Requested: c.total(op.Variables), Limit: ceiling}
	if err := c.within(l); err != nil {
		return told, err
	}
	if told.Requested > ceiling {
		err := tooCostly("the operation may write %d fields; at most %d are allowed", told.Requested, ceiling)
		err.cost = &told
		return told, err
	}
	if err := model.CheckText(auth.LocaleHeader, auth.Viewer(ctx).Locale); err != nil {
		return told, err
	}
	return told, x.bounded(op)
}

// within fails if an operation exceeds the limits whatever its variables are.
func (c *cost) within(l Limits) error {
	switch {
	case c.refused != nil:
		return c.refused
	case c.depth > l.Depth:
		return tooCostly("the operation is %d levels deep; at most %d are allowed", c.depth, l.Depth)
	case len(c.roots) > l.Roots:
		return tooCostly("the operation has %d root fields; at most %d are allowed", len(c.roots), l.Roots)
	}
	if n := c.guesses(); n > 1 {
		return model.NotAllowed.Errorf("the operation checks passwords or codes %d times; once is allowed", n)
	}
	return nil
}

// guessable are the mutations by which passwords and codes could be guessed.
var guessable = []string{
	"registerIdentity", "logIn", "completeLogIn", "requestPasswordReset", "updatePassword", "requestVerification", "confirmVerification",
	"verifyAuthFactor", "disableAuthFactor", "verifyAuthChallenge", "generateRecoveryCodes",
}

// guesses returns the number of root fields that are guessable.
func (c *cost) guesses() int {
	n := 0
	for _, f := range c.roots {
		if slices.Contains(guessable, f.Name) {
			n++
		}
	}
	return n
}
