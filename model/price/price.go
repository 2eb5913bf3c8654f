// Package price decides which price of a price set applies in a pricing context, and what the original price is. Package tax adds
// taxes to it.
package price

import (
	"slices"
	"strings"

	"storegraph/model"
)

// A Context is what prices may depend on. Attributes holds the values that rules are compared with, by the names that rules
// use: region_id, customer.groups.id and so on. A rule matches if its value is among them.
type Context struct {
	CurrencyCode string
	RegionID     string
	Quantity     *model.Amount // nil for the price of a single unit
	Attributes   map[string][]string
	Numbers      map[string]model.Amount // attributes that are compared as numbers, such as item_total; they take precedence
	Preferences  []model.PricePreference
}

// Calculate returns the price of set, a price set with these prices, that applies in c, or nil if none does. The List of a price
// must be nil if it is not active now.
//
// A price applies if its currency and quantities, all its rules and all rules of its price list match. Among base prices, and
// among prices of lists, more rules take precedence over fewer, then the lower amount over the higher, then the earlier price
// over the later. If the best price of a list is of an override list, it is the calculated and the original price. If it is of a
// sale list, the calculated price is the lower of it and the base price, and the original price is the best price of an override
// list, or else the base price.
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
		CurrencyCode:                  &calculated.CurrencyCode,
		CalculatedPrice:               applied(calculated),
		OriginalPrice:                 applied(original),
	}
	if original != nil {
		out.IsOriginalPricePriceList = original.PriceListID != nil
		out.IsOriginalPriceTaxInclusive = c.taxInclusive(original)
		out.OriginalAmount = &original.Amount
	}
	return out
}

// Breaks returns the quantities from which on one unit of a price set with these prices costs something else in c than it does before,
// smallest first. Prices for one unit are no break. The quantity of c does not count.
func Breaks(prices []*model.Price, c *Context) []*model.QuantityBreak {
	var bounds []model.Amount
	for _, p := range prices {
		if p.MinQuantity != nil && one.Less(*p.MinQuantity) && strings.EqualFold(p.CurrencyCode, c.CurrencyCode) {
			bounds = append(bounds, *p.MinQuantity)
		}
		if p.MaxQuantity != nil && !p.MaxQuantity.Less(one) && strings.EqualFold(p.CurrencyCode, c.CurrencyCode) {
			bounds = append(bounds, p.MaxQuantity.Plus(one))
		}
	}
	slices.SortFunc(bounds, func(a, b model.Amount) int { return a.Cmp(b.Decimal) })
	at := func(quantity model.Amount) *model.Price {
		of := *c
		of.Quantity = &quantity
		p, _ := choose(prices, &of)
		return p
	}
	var out []*model.QuantityBreak
	before := at(one)
	for _, b := range bounds {
		p := at(b)
		if p != nil && (before == nil || !p.Amount.Same(before.Amount)) {
			out = append(out, &model.QuantityBreak{MinQuantity: b, Price: p.Amount})
		}
		before = p
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

// better returns the one of two applicable prices that takes precedence: more rules, then the lower amount, then a. a may be nil.
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

// rules returns how many rules a price and its list have.
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

// fits reports whether the quantity is within the price's bounds. Without a quantity, only the lower bound is compared, with one
// unit.
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

// taxInclusive reports whether p includes tax: by the region's preference if p has a rule for the region and there is one, else by
// the currency's. Without a preference it does not.
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

// none is the original price where there is none.
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

// Range returns the lowest and the highest calculated amount of variants, or nil if no variant has one.
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
