package promo_test

import (
	"fmt"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
)

// What a promotion takes something off.
const (
	items    = promo.Items
	order    = promo.Order
	shipping = promo.Shipping
)

// A builder makes a promotion for a test; standard("P").fixed("10").on(order) takes 10 off the order. Each method changes the
// promotion and returns the builder. Begin with a new builder for each case.
type builder struct{ p promo.Promotion }

// standard begins a standard promotion with a code and, made from it, an id.
func standard(code string) *builder {
	return &builder{promo.Promotion{ID: "promo_" + code, Code: code, Type: promo.Standard, Method: &promo.Method{}}}
}

// buyGet begins a buy-get promotion: buyGet("P").buy(2, "a").get(1, "b").percent("50") makes one b cheaper for two a.
func buyGet(code string) *builder {
	b := standard(code).on(items).each()
	b.p.Type = promo.BuyGet
	return b
}

// fixed takes off an amount of the currency.
func (b *builder) fixed(value string) *builder {
	b.p.Method.Type, b.p.Method.Value = promo.Fixed, model.MustAmount(value)
	return b
}

// percent takes off a percentage.
func (b *builder) percent(value string) *builder {
	b.p.Method.Type, b.p.Method.Value = promo.Percentage, model.MustAmount(value)
	return b
}

// in names the only currency that the promotion is for.
func (b *builder) in(currency string) *builder { b.p.Method.CurrencyCode = currency; return b }

// withTax says that a fixed value includes tax.
func (b *builder) withTax() *builder { b.p.TaxInclusive = true; return b }

// on names the target: items, order or shipping.
func (b *builder) on(target string) *builder { b.p.Method.Target = target; return b }

// each takes the value off every line.
func (b *builder) each() *builder { return b.allocated(promo.Each) }

// across shares the value among the lines.
func (b *builder) across() *builder { return b.allocated(promo.Across) }

// once takes the value off the cheapest lines first.
func (b *builder) once() *builder { return b.allocated(promo.Once) }

func (b *builder) allocated(allocation string) *builder { b.p.Method.Allocation = allocation; return b }

// upTo sets the maximum quantity.
func (b *builder) upTo(units int) *builder { b.p.Method.MaxQuantity = &units; return b }

// only limits the promotion to the items with these ids.
func (b *builder) only(ids ...string) *builder {
	b.p.Method.TargetRules = []promo.Rule{anyOf("items.id", ids...)}
	return b
}

// onlyMethod limits the promotion to the shipping method with this id.
func (b *builder) onlyMethod(id string) *builder {
	b.p.Method.TargetRules = []promo.Rule{anyOf("shipping_methods.id", id)}
	return b
}

// buy says how many units of the items with these ids must be bought.
func (b *builder) buy(units int, ids ...string) *builder {
	b.p.Method.BuyMinQuantity, b.p.Method.BuyRules = units, []promo.Rule{anyOf("items.id", ids...)}
	return b
}

// buyAnything says that units must be bought, but of no particular items.
func (b *builder) buyAnything(units int) *builder { b.p.Method.BuyMinQuantity = units; return b }

// get says how many units of the items with these ids become cheaper for that.
func (b *builder) get(units int, ids ...string) *builder {
	b.p.Method.ApplyQuantity = units
	return b.only(ids...)
}

// when adds a rule that the cart must fulfil.
func (b *builder) when(attribute, value string) *builder {
	b.p.Rules = append(b.p.Rules, promo.Rule{Attribute: attribute, Operator: "eq", Values: []string{value}})
	return b
}

// used sets the limit of uses, and how many of them are gone.
func (b *builder) used(uses, limit int) *builder { b.p.Used, b.p.Limit = uses, &limit; return b }

// paidBy sets the budget of the promotion's campaign.
func (b *builder) paidBy(budget *budget) *builder { b.p.Budget = &budget.b; return b }

func anyOf(attribute string, values ...string) promo.Rule {
	return promo.Rule{Attribute: attribute, Operator: "in", Values: values}
}

// given returns the promotions of builders, in order.
func given(builders ...*builder) []promo.Promotion {
	out := make([]promo.Promotion, len(builders))
	for i, b := range builders {
		out[i] = b.p
	}
	return out
}

// A budget makes a campaign's budget for a test: spend().of("15").spent("10") has 5 left.
type budget struct{ b promo.Budget }

// spend begins a budget of money.
func spend() *budget { return &budget{promo.Budget{Type: promo.Spend}} }

// uses begins a budget of uses.
func uses() *budget { return &budget{promo.Budget{Type: promo.Usage}} }

// usesBy begins a budget of uses for each value of an attribute: customer_id or customer_email.
func usesBy(attribute string) *budget {
	return &budget{promo.Budget{Type: promo.UseByAttribute, Attribute: attribute}}
}

// of sets the limit. A budget without one has none.
func (b *budget) of(limit string) *budget { b.b.Limit = amount(limit); return b }

// spent sets what of the budget is used. A budget for which it is not called was never used.
func (b *budget) spent(used string) *budget { b.b.Used = amount(used); return b }

// line is a discountable line whose units cost subtotal together, without tax.
func line(id string, units int64, subtotal string) promo.Line {
	return promo.Line{
		ID: id, Subtotal: model.MustAmount(subtotal), OriginalTotal: model.MustAmount(subtotal), Quantity: model.NewAmount(units),
		Discountable: true, Attributes: promo.Attributes{"id": id},
	}
}

// taxed is a line of one unit that costs subtotal without tax and total with it.
func taxed(id, subtotal, total string) promo.Line {
	l := line(id, 1, subtotal)
	l.OriginalTotal = model.MustAmount(total)
	return l
}

// notDiscountable is a line that no promotion may take anything off.
func notDiscountable(l promo.Line) promo.Line { l.Discountable = false; return l }

// lines returns its arguments.
func lines(l ...promo.Line) []promo.Line { return l }

// threeAndOne are three units of a, which cost 20 each, and one unit of b, which costs 40.
func threeAndOne() []promo.Line { return lines(line("a", 3, "60"), line("b", 1, "40")) }

// tenAndFour are ten units of a, which cost 10 each, and four units of b, which cost 20 each.
func tenAndFour() []promo.Line { return lines(line("a", 10, "100"), line("b", 4, "80")) }

func amount(s string) *model.Amount {
	a := model.MustAmount(s)
	return &a
}

// show writes adjustments as code:line=amount, in order.
func show(adjustments []promo.Adjustment) string {
	var out []string
	for _, a := range adjustments {
		if a.PromotionID != "promo_"+a.Code {
			out = append(out, "not of "+a.PromotionID)
		}
		out = append(out, fmt.Sprintf("%s:%s=%s", a.Code, a.LineID, a.Amount))
	}
	return strings.Join(out, " ")
}
