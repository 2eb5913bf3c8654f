package promo

import "github.com/storegraph/storegraph/model"

// A Limited is a promotion with a limit of uses, and how often it has been used.
type Limited struct {
	ID          string
	Limit, Used int
}

// A Spending is a campaign's budget and the codes of the campaign that an order uses.
type Spending struct {
	Budget
	Codes  []string
	UsedBy *model.Amount // of a budget of type UseByAttribute, what the customer who orders has used; nil if nothing
}

// Uses are what an order counts as used.
type Uses struct {
	Promotions []string    // the ids of limited promotions, each used once more
	Budgets    []BudgetUse // in the order in which the budgets were given
}

// A BudgetUse is what is used of a budget, with an order included.
type BudgetUse struct {
	ID   string
	Used model.Amount // in all
	By   string       // the customer or e-mail address that has used it; empty unless the budget is of type UseByAttribute
	Own  model.Amount // what By has used
}

// The texts are the reference's.
var (
	errUsedUp       = model.NotAllowed.Because(model.UserErrorCodePromotionUsedUp).Errorf("Promotion usage exceeds the limit.")
	errBudgetUsedUp = model.NotAllowed.Because(model.UserErrorCodePromotionUsedUp).Errorf("Promotion usage exceeds the budget limit.")
)

// Use returns what an order counts as used of the limits and budgets of the promotions that take something off it. It fails with
// NotAllowed if a limit or a budget would be exceeded. taken is what each code takes off in all; by holds the customer's values of
// the attributes that a budget may name, customer_id and customer_email. A budget by an attribute that is not known is not used, and
// the first use by a customer is allowed whatever the limit is, both as in the reference. A budget of type SpendByAttribute is not used
// either.
func Use(limited []Limited, spending []Spending, taken map[string]model.Amount, by map[string]string) (*Uses, error) {
	out := &Uses{}
	for _, p := range limited {
		if p.Used >= p.Limit {
			return nil, errUsedUp
		}
		out.Promotions = append(out.Promotions, p.ID)
	}
	for _, b := range spending {
		if b.Type == SpendByAttribute {
			continue
		}
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
