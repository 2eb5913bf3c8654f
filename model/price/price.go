// Package price decides which price of a price set applies in a pricing context, and what it is compared
// with. It knows no tax arithmetic; that is in package tax.
package price

import (
	"slices"
	"strings"

	"storegraph/model"
)

// A Context is what prices may depend on. Attributes holds the values by which rules are matched, under
// the names rules use: region_id, customer.groups.id and so on. A rule matches if its value is among them.
type Context struct {
	CurrencyCode string
	RegionID     string
	Quantity     *model.Amount // nil: not known, which shows the price of a single unit
	Attributes   map[string][]string
	Numbers      map[string]model.Amount // attributes compared by size, such as item_total
	Preferences  []model.PricePreference
}

// Calculate returns the price of the set that applies in c, or nil if none does. Lists of prices that are
// not active now must come with a nil List.
//
// A price applies if its currency, its quantities, all its rules and all the rules of its price list match.
// Of those, a price of a list goes before a base price, more rules before fewer, and the lower amount before
// the higher. The best price of an override list replaces the base price; that of a sale list is taken where it is
// not dearer. The original price is the best one that is not of a sale.
func Calculate(set string, prices []*model.Price, c *Context) *model.CalculatedPrice {
	calculated, original := choose(prices, c)
	if calculated == nil {
		return nil
	}
	out := &model.CalculatedPrice{
		ID:                            set,
		IsCalculatedPricePriceList:    calculated.PriceListID != nil,
		IsCalculatedPriceTaxInclusive: c.taxInclusive(calculated),
		CalculatedAmount:              &calculated.Amount,
		RawCalculatedAmount:           calculated.RawAmount,
		CurrencyCode:                  &calculated.CurrencyCode,
		CalculatedPrice:               applied(calculated),
		OriginalPrice:                 applied(original),
	}
	if original != nil {
		out.IsOriginalPricePriceList = original.PriceListID != nil
		out.IsOriginalPriceTaxInclusive = c.taxInclusive(original)
		out.OriginalAmount = &original.Amount
		out.RawOriginalAmount = original.RawAmount
	}
	return out
}

func choose(prices []*model.Price, c *Context) (calculated, original *model.Price) {
	var base, list, nonSale *model.Price
	for _, p := range prices {
		if !c.applies(p) {
			continue
		}
		if p.PriceListID == nil {
			base = better(base, p)
			continue
		}
		list = better(list, p)
		if p.List.Type != model.PriceListTypeSale {
			nonSale = better(nonSale, p)
		}
	}
	original = nonSale
	if original == nil {
		original = base
	}
	switch {
	case list == nil:
		return base, original
	case list.List.Type == model.PriceListTypeOverride:
		return list, list
	case base != nil && base.Amount.Less(list.Amount):
		return base, original
	default:
		return list, original
	}
}

// better returns the one of two applicable prices of one kind that goes first; an earlier one wins a tie.
func better(a, b *model.Price) *model.Price {
	if a == nil {
		return b
	}
	if ra, rb := rules(a), rules(b); ra != rb {
		if rb > ra {
			return b
		}
		return a
	}
	if b.Amount.Less(a.Amount) {
		return b
	}
	return a
}

func rules(p *model.Price) int {
	n := p.RulesCount
	if p.List != nil {
		n += p.List.RulesCount
	}
	return n
}

func (c *Context) applies(p *model.Price) bool {
	if !strings.EqualFold(p.CurrencyCode, c.CurrencyCode) || !c.fits(p) {
		return false
	}
	if p.PriceListID != nil {
		if p.List == nil || !c.listMatches(p.List) {
			return false
		}
	}
	if p.RulesCount == 0 {
		return true
	}
	matched := 0
	for _, r := range p.Rules {
		if c.matches(r) {
			matched++
		}
	}
	return matched == p.RulesCount
}

// fits reports whether the quantity is within the price's tier. Without a quantity only the lower bound
// counts, as for one unit.
func (c *Context) fits(p *model.Price) bool {
	if c.Quantity == nil {
		return p.MinQuantity == nil || p.MinQuantity.LessThanOrEqual(one.Decimal)
	}
	return (p.MinQuantity == nil || p.MinQuantity.LessThanOrEqual(c.Quantity.Decimal)) &&
		(p.MaxQuantity == nil || p.MaxQuantity.GreaterThanOrEqual(c.Quantity.Decimal))
}

var one = model.NewAmount(1)

func (c *Context) listMatches(l *model.PriceList) bool {
	if l.RulesCount == 0 {
		return true
	}
	matched := 0
	for _, r := range l.Rules {
		values := c.Attributes[r.Attribute]
		if slices.ContainsFunc(r.Values, func(v string) bool { return slices.Contains(values, v) }) {
			matched++
		}
	}
	return matched == l.RulesCount
}

func (c *Context) matches(r model.PriceRule) bool {
	n, isNumber := c.Numbers[r.Attribute]
	if !isNumber {
		return slices.Contains(c.Attributes[r.Attribute], r.Value)
	}
	bound, err := model.ParseAmount(r.Value)
	if err != nil {
		return false
	}
	switch order := n.Cmp(bound.Decimal); r.Operator {
	case "eq":
		return order == 0
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	default:
		return false
	}
}

// taxInclusive reports whether p includes tax: by the region's preference if p has a rule for the region,
// else by the currency's.
func (c *Context) taxInclusive(p *model.Price) bool {
	ofRegion := slices.ContainsFunc(p.Rules, func(r model.PriceRule) bool {
		return r.Attribute == "region_id" && r.Value == c.RegionID
	})
	if ofRegion {
		if inclusive, ok := c.preference("region_id", c.RegionID); ok {
			return inclusive
		}
	}
	inclusive, _ := c.preference("currency_code", p.CurrencyCode)
	return inclusive
}

func (c *Context) preference(attribute, value string) (inclusive, found bool) {
	for _, p := range c.Preferences {
		if p.Attribute == attribute && p.Value == value {
			return p.IsTaxInclusive, true
		}
	}
	return false, false
}

// none is the applied price where there is no price to apply.
var none = &model.AppliedPrice{}

func applied(p *model.Price) *model.AppliedPrice {
	if p == nil {
		return none
	}
	a := &model.AppliedPrice{ID: &p.ID, PriceListID: p.PriceListID}
	if p.List != nil {
		a.PriceListType = &p.List.Type
	}
	if p.MinQuantity != nil && !p.MinQuantity.IsZero() {
		a.MinQuantity = p.MinQuantity
	}
	if p.MaxQuantity != nil && !p.MaxQuantity.IsZero() {
		a.MaxQuantity = p.MaxQuantity
	}
	return a
}

// Range returns the lowest and the highest calculated amount of variants, or nil if none has one.
func Range(variants []*model.ProductVariant) *model.PriceRange {
	var r *model.PriceRange
	for _, v := range variants {
		if v.CalculatedPrice == nil || v.CalculatedPrice.CalculatedAmount == nil {
			continue
		}
		amount := *v.CalculatedPrice.CalculatedAmount
		if r == nil {
			r = &model.PriceRange{Min: amount, Max: amount, CurrencyCode: *v.CalculatedPrice.CurrencyCode}
		}
		if amount.Less(r.Min) {
			r.Min = amount
		}
		if r.Max.Less(amount) {
			r.Max = amount
		}
	}
	return r
}
