// Package price decides which price of a price set applies in a pricing context, and what the original price is. Package tax adds
// taxes to it.
package price

import (
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
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
	choice := Choice[*model.Price]{Less: func(a, b *model.Price) bool { return a.Amount.Less(b.Amount) }}
	for _, p := range prices {
		if t, ok := c.Terms(p); ok {
			choice.Add(t, p)
		}
	}
	return choice.Calculated().Price, choice.original().Price
}

// Terms are what decides between prices that apply, besides their amounts.
type Terms struct {
	List  model.PriceListType // of the list that the price belongs to; empty for a base price
	Rules int                 // how many rules the price and its list have
}

// Terms returns the terms of a price, and whether it applies in c. Its amount does not count.
func (c *Context) Terms(p *model.Price) (t Terms, applies bool) {
	if !c.applies(p) {
		return Terms{}, false
	}
	t.Rules = p.RulesCount
	if p.PriceListID != nil {
		t.List = p.List.Type
		t.Rules += p.List.RulesCount
	}
	return t, true
}

// An Offer is a price that applies, with its terms. Without one, Found is false and Price is zero.
type Offer[P any] struct {
	Price P
	Terms Terms
	Found bool
}

// A Choice decides between the prices of a set that apply, as Calculate documents. They are added one after the other, the earlier price
// first, and may be of any kind of which Less says whether the amount of a is lower than that of b. With its Less set it is ready for use.
type Choice[P any] struct {
	Less func(a, b P) bool

	base, list, nonSale Offer[P]
}

// Add adds a price that applies.
func (ch *Choice[P]) Add(t Terms, p P) {
	o := Offer[P]{p, t, true}
	switch t.List {
	case "":
		ch.better(&ch.base, o)
		return
	case model.PriceListTypeSale:
	default:
		ch.better(&ch.nonSale, o)
	}
	ch.better(&ch.list, o)
}

// better puts o in the place of best if it takes precedence: more rules, then the lower amount.
func (ch *Choice[P]) better(best *Offer[P], o Offer[P]) {
	switch {
	case !best.Found, o.Terms.Rules > best.Terms.Rules:
		*best = o
	case o.Terms.Rules == best.Terms.Rules && ch.Less(o.Price, best.Price):
		*best = o
	}
}

// Calculated returns the price to be paid.
func (ch *Choice[P]) Calculated() Offer[P] {
	switch {
	case !ch.list.Found:
		return ch.base
	case ch.list.Terms.List == model.PriceListTypeOverride:
		return ch.list
	case ch.base.Found && ch.Less(ch.base.Price, ch.list.Price):
		return ch.base
	default:
		return ch.list
	}
}

// original returns the price that the calculated one is compared with.
func (ch *Choice[P]) original() Offer[P] {
	switch {
	case ch.list.Found && ch.list.Terms.List == model.PriceListTypeOverride:
		return ch.list
	case ch.nonSale.Found:
		return ch.nonSale
	default:
		return ch.base
	}
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
