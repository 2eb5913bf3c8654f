package promo

import "storegraph/model"

// A Limited is a promotion that may be used so often, with how often it has been.
type Limited struct {
	ID          string
	Limit, Used int
}

// A Spending is a campaign's budget with the promotions that an order uses of the campaign.
type Spending struct {
	Budget
	Codes  []string
	UsedBy *model.Amount // how much of it whoever orders has used, where each may use it up to its limit; nil if they never have
}

// Uses are what an order counts as used.
type Uses struct {
	Promotions []string    // by their ids, each used once more
	Budgets    []BudgetUse // in the order in which they were given
}

// A BudgetUse is what has been used of a budget with an order.
type BudgetUse struct {
	ID   string
	Used model.Amount // in all
	By   string       // who has used it, where each may use it up to its limit; empty otherwise
	Own  model.Amount // and how much they have
}

// The reference's words.
var (
	errUsedUp       = model.NotAllowed.Errorf("Promotion usage exceeds the limit.")
	errBudgetUsedUp = model.NotAllowed.Errorf("Promotion usage exceeds the budget limit.")
)

// Use returns what an order counts as used of promotions that take something off it, and fails with NotAllowed if any limit would
// be exceeded. taken is what each code takes off in all; by is who orders, by the attribute that a budget may name.
func Use(limited []Limited, spending []Spending, taken map[string]model.Amount, by map[string]string) (*Uses, error) {
	out := &Uses{}
	for _, p := range limited {
		if p.Used >= p.Limit {
			return nil, errUsedUp
		}
		out.Promotions = append(out.Promotions, p.ID)
	}
	for _, b := range spending {
		var more model.Amount
		for _, code := range b.Codes {
			if b.Type == Spend {
				more = more.Plus(taken[code])
			} else {
				more = more.Plus(model.NewAmount(1))
			}
		}
		use := BudgetUse{ID: b.ID, Used: more}
		if b.Used != nil {
			use.Used = b.Used.Plus(more)
		}
		switch {
		case b.Type == UseByAttribute:
			if use.By = by[b.Attribute]; use.By == "" {
				continue
			}
			if use.Own = more; b.UsedBy != nil {
				own := Budget{Limit: b.Limit, Used: b.UsedBy}
				if use.Own = b.UsedBy.Plus(more); own.exceeded(more) {
					return nil, errBudgetUsedUp
				}
			}
		case b.exceeded(more):
			return nil, errBudgetUsedUp
		}
		out.Budgets = append(out.Budgets, use)
	}
	return out, nil
}
