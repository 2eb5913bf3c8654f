package promo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
)

// limit is a promotion that was used a number of times, of at most limit.
func limit(id string, used, limit int) promo.Limited {
	return promo.Limited{ID: id, Used: used, Limit: limit}
}

// A spending makes a promo.Spending for a test: campaign(spend().of("15").spent("10"), "SUMMER") is a campaign whose code SUMMER the
// order uses, with 5 left of its budget.
type spending struct{ s promo.Spending }

// campaign begins the budget of a campaign whose codes an order uses. The budget's id is "budget_" and the first code.
func campaign(b *budget, codes ...string) *spending {
	s := promo.Spending{Budget: b.b, Codes: codes}
	s.ID = "budget_" + codes[0]
	return &spending{s}
}

// usedByBuyer sets how much of the budget the customer who orders has used. Without it the customer has used nothing yet.
func (s *spending) usedByBuyer(used string) *spending { s.s.UsedBy = amount(used); return s }

// A useCase says what an order uses. The codes P, Q and R take 10, 2.5 and 1 off it.
type useCase struct {
	limited  []promo.Limited
	budgets  []*spending
	buyer    map[string]string // customer_id and customer_email of the order
	want     string            // as used spells it
	exceeded string            // the message of the error; empty if there is none
}

// used spells uses: P budget_P=12.5 budget_Q=3 cus=1 says that promotion P was used, and what the budgets and customer cus have
// used in all.
func used(u *promo.Uses) string {
	out := strings.Join(u.Promotions, " ")
	for _, b := range u.Budgets {
		out += fmt.Sprintf(" %s=%s", b.ID, b.Used)
		if b.By != "" || !b.Own.IsZero() {
			out += fmt.Sprintf(" %s=%s", b.By, b.Own)
		}
	}
	return strings.TrimSpace(out)
}

func runUse(t *testing.T, cases map[string]useCase) {
	t.Helper()
	off := map[string]model.Amount{"P": *amount("10"), "Q": *amount("2.5"), "R": *amount("1")}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var budgets []promo.Spending
			for _, b := range tc.budgets {
				budgets = append(budgets, b.s)
			}
			got, err := promo.Use(tc.limited, budgets, off, tc.buyer)
			if tc.exceeded != "" {
				if !errors.Is(err, model.NotAllowed) || err.Error() != tc.exceeded || got != nil {
					t.Errorf("Use = %v, %v, want nil and %q of kind %s", got, err, tc.exceeded, model.NotAllowed)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s := used(got); s != tc.want {
				t.Errorf("Use = %q, want %q", s, tc.want)
			}
		})
	}
}

const (
	overLimit  = "Promotion usage exceeds the limit."
	overBudget = "Promotion usage exceeds the budget limit."
)

func TestUseLimits(t *testing.T) {
	t.Parallel()
	runUse(t, map[string]useCase{
		"nothing":                  {},
		"the first use":            {limited: []promo.Limited{limit("P", 0, 3)}, want: "P"},
		"the last use":             {limited: []promo.Limited{limit("P", 2, 3)}, want: "P"},
		"one too many":             {limited: []promo.Limited{limit("P", 3, 3)}, exceeded: overLimit},
		"far too many":             {limited: []promo.Limited{limit("P", 5, 3)}, exceeded: overLimit},
		"a limit of 0":             {limited: []promo.Limited{limit("P", 0, 0)}, exceeded: overLimit},
		"two promotions, in order": {limited: []promo.Limited{limit("Q", 0, 1), limit("P", 0, 1)}, want: "Q P"},
		"the second is used up":    {limited: []promo.Limited{limit("P", 0, 1), limit("Q", 1, 1)}, exceeded: overLimit},
		"a promotion with a budget": {
			limited: []promo.Limited{limit("P", 0, 1)}, budgets: []*spending{campaign(spend(), "P")}, want: "P budget_P=10",
		},
	})
}

func TestUseSpendAndUsage(t *testing.T) {
	t.Parallel()
	one := func(b *budget, codes ...string) []*spending { return []*spending{campaign(b, codes...)} }
	runUse(t, map[string]useCase{
		"spend, never used":               {budgets: one(spend().of("10"), "P"), want: "budget_P=10"},
		"spend, the rest":                 {budgets: one(spend().of("15").spent("5"), "P"), want: "budget_P=15"},
		"spend, too little is left":       {budgets: one(spend().of("15").spent("5.01"), "P"), exceeded: overBudget},
		"spend, never used but too small": {budgets: one(spend().of("9"), "P"), exceeded: overBudget},
		"spend, no limit":                 {budgets: one(spend().spent("5"), "P"), want: "budget_P=15"},
		"spend, a limit of 0 is none":     {budgets: one(spend().of("0").spent("5"), "P"), want: "budget_P=15"},
		"spend, two codes of a campaign":  {budgets: one(spend().of("12.5"), "P", "Q"), want: "budget_P=12.5"},
		"spend, two codes are too much":   {budgets: one(spend().of("12"), "P", "Q"), exceeded: overBudget},
		"usage, never used":               {budgets: one(uses().of("1"), "P"), want: "budget_P=1"},
		"usage, the last use":             {budgets: one(uses().of("3").spent("2"), "P"), want: "budget_P=3"},
		"usage, used up":                  {budgets: one(uses().of("3").spent("3"), "P"), exceeded: overBudget},
		"usage, no limit":                 {budgets: one(uses().spent("7"), "P"), want: "budget_P=8"},
		"usage, two codes count two uses": {budgets: one(uses().of("5").spent("2"), "P", "Q"), want: "budget_P=4"},
		"usage, one left for two codes":   {budgets: one(uses().of("3").spent("2"), "P", "Q"), exceeded: overBudget},
		"usage, of all customers together": {
			budgets: one(uses().of("3"), "P"), buyer: map[string]string{"customer_id": "cus", "": "x"}, want: "budget_P=1",
		},
		"two campaigns, in order": {
			budgets: []*spending{campaign(uses(), "Q"), campaign(spend().of("11"), "P"), campaign(spend().spent("4"), "R")},
			want:    "budget_Q=1 budget_P=10 budget_R=5",
		},
		"the second campaign is used up": {
			budgets: []*spending{campaign(uses(), "Q"), campaign(spend().of("9"), "P")}, exceeded: overBudget,
		},
	})
}

func TestUseByAttribute(t *testing.T) {
	t.Parallel()
	cus := map[string]string{"customer_id": "cus", "customer_email": "a@example.com"}
	each := func(limit string) *budget { return usesBy("customer_id").of(limit).spent("7") }
	one := func(s *spending) []*spending { return []*spending{s} }
	runUse(t, map[string]useCase{
		"a first use": {budgets: one(campaign(each("2"), "P")), buyer: cus, want: "budget_P=8 cus=1"},
		"a first use, whatever the limit is": {
			budgets: one(campaign(each("1"), "P", "Q")), buyer: cus, want: "budget_P=9 cus=2",
		},
		"the last use":         {budgets: one(campaign(each("2"), "P").usedByBuyer("1")), buyer: cus, want: "budget_P=8 cus=2"},
		"used up":              {budgets: one(campaign(each("2"), "P").usedByBuyer("2")), buyer: cus, exceeded: overBudget},
		"one left for two":     {budgets: one(campaign(each("2"), "P", "Q").usedByBuyer("1")), buyer: cus, exceeded: overBudget},
		"no limit":             {budgets: one(campaign(usesBy("customer_id"), "P").usedByBuyer("4")), buyer: cus, want: "budget_P=1 cus=5"},
		"by e-mail address":    {budgets: one(campaign(usesBy("customer_email").of("2"), "P")), buyer: cus, want: "budget_P=1 a@example.com=1"},
		"nobody is known":      {budgets: one(campaign(each("2"), "P")), want: ""},
		"only the e-mail is":   {budgets: one(campaign(each("2"), "P")), buyer: map[string]string{"customer_email": "a@example.com"}, want: ""},
		"an unknown attribute": {budgets: one(campaign(usesBy("colour").of("2"), "P")), buyer: cus, want: ""},
		"nobody is known, but the next budget counts": {
			budgets: []*spending{campaign(each("2"), "P"), campaign(uses(), "Q")}, want: "budget_Q=1",
		},
	})
}
