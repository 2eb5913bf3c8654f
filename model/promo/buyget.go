package promo

import (
	"slices"

	"github.com/storegraph/storegraph/model"
)

// A portion is a number of units of a line.
type portion struct {
	line  *Line
	units model.Amount
}

// maxRounds bounds how often one promotion applies to one cart.
const maxRounds = 1000

// buyGet applies a buy-get promotion as often as the cart and the promotion's maximum quantity allow. Each round sets aside the units
// that must be bought, then the units that become cheaper. No unit is used twice, and none that another code has used.
func (e *engine) buyGet(p *Promotion) {
	m := p.Method
	if len(m.BuyRules) == 0 {
		return
	}
	buy, target := e.matching(m.BuyRules), e.matching(m.TargetRules)
	buyLeft, targetLeft := unused(buy, e.bought, p.Code), unused(target, e.given, p.Code)
	buyFirst := preferred(buy, target)
	most := model.NewAmount(1)
	if m.MaxQuantity != nil {
		most = model.NewAmount(int64(*m.MaxQuantity))
	}
	bought, given, off := map[string]model.Amount{}, map[string]model.Amount{}, map[string]model.Amount{}
	var done model.Amount
	for range maxRounds {
		needs := model.NewAmount(int64(m.BuyMinQuantity))
		needed := reserve(buyFirst, buyLeft, nil, needs, needs)
		if needed == nil {
			break
		}
		wanted := model.NewAmount(int64(m.ApplyQuantity))
		gifts := reserve(target, targetLeft, sum(needed), wanted, most.Minus(done))
		if gifts == nil && positive(wanted) {
			break
		}
		for _, g := range gifts {
			if amount := p.gift(g); positive(amount) && !p.overBudget(amount) {
				e.applied[g.line.ID] = e.applied[g.line.ID].Plus(amount)
				off[g.line.ID] = off[g.line.ID].Plus(amount)
				done = done.Plus(g.units)
			}
		}
		use(needed, bought, buyLeft, targetLeft)
		use(gifts, given, buyLeft, targetLeft)
	}
	for _, l := range target {
		if amount := off[l.ID]; positive(amount) {
			e.out.Items = append(e.out.Items, Adjustment{LineID: l.ID, PromotionID: p.ID, Code: p.Code, Amount: amount})
		}
	}
	e.bought[p.Code], e.given[p.Code] = bought, given
}

// matching returns the line items that fulfil the rules, the most expensive first.
func (e *engine) matching(rules []Rule) []*Line {
	var out []*Line
	for i := range e.cart.Items {
		if l := &e.cart.Items[i]; Match(rules, l.Attributes, Items) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b *Line) int { return b.Subtotal.Cmp(a.Subtotal.Decimal) })
	return out
}

// unused returns how many units of each line no other code has used.
func unused(lines []*Line, used map[string]map[string]model.Amount, code string) map[string]model.Amount {
	out := make(map[string]model.Amount, len(lines))
	for _, l := range lines {
		left := l.Quantity
		for c, units := range used {
			if c != code {
				left = left.Minus(units[l.ID])
			}
		}
		out[l.ID] = left
	}
	return out
}

// preferred returns the lines of buy in the order in which they are used: first those that cannot become cheaper themselves, so that
// the others stay available as gifts.
func preferred(buy, target []*Line) []*Line {
	out := make([]*Line, 0, len(buy))
	for _, both := range []bool{false, true} {
		for _, l := range buy {
			if slices.Contains(target, l) == both {
				out = append(out, l)
			}
		}
	}
	return out
}

// reserve returns wanted units of lines, in order and at most most of each line. left is what is left of each line, of which taken is
// taken already. It returns nil if there are not enough.
func reserve(lines []*Line, left, taken map[string]model.Amount, wanted, most model.Amount) []portion {
	var out []portion
	for _, l := range lines {
		units := lesser(lesser(left[l.ID].Minus(taken[l.ID]), wanted), most)
		if positive(units) {
			out = append(out, portion{l, units})
			wanted = wanted.Minus(units)
		}
	}
	if positive(wanted) {
		return nil
	}
	return out
}

func sum(portions []portion) map[string]model.Amount {
	out := map[string]model.Amount{}
	for _, p := range portions {
		out[p.line.ID] = out[p.line.ID].Plus(p.units)
	}
	return out
}

// use adds portions to used and takes them from each of left that has their line.
func use(portions []portion, used map[string]model.Amount, left ...map[string]model.Amount) {
	for _, p := range portions {
		used[p.line.ID] = used[p.line.ID].Plus(p.units)
		for _, l := range left {
			if have, ok := l[p.line.ID]; ok {
				l[p.line.ID] = have.Minus(p.units)
			}
		}
	}
}

// gift is what the promotion takes off units of a line.
func (p *Promotion) gift(g portion) model.Amount {
	price := g.line.Subtotal.Over(g.line.Quantity).Times(g.units)
	if p.Method.Type == Percentage {
		return price.Times(p.Method.Value).Over(hundred)
	}
	return lesser(p.Method.Value.Times(g.units), price)
}
