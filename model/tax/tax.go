// Package tax decides which tax rates apply to an item or a shipping option, and calculates amounts with and without tax.
package tax

import (
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Rate is a tax rate of a tax region, in percent.
type Rate struct {
	ID             string
	Rate           model.Amount
	Code           string
	Name           string
	IsDefault      bool
	IsCombinable   bool // adds to the parent region's rate instead of replacing it
	RegionID       string
	ParentRegionID string // empty for a country's region
	Province       bool   // the region is a province
	Rules          []Rule
}

// A Rule makes a rate apply to one product, product type or shipping option, as Reference says.
type Rule struct {
	Reference   string `json:"reference"`
	ReferenceID string `json:"reference_id"`
}

// An Item is what is taxed: a product or a shipping option. Ids that do not apply are empty.
type Item struct {
	ProductID        string
	ProductTypeID    string
	ShippingOptionID string
}

// Applicable returns those of the candidates that apply to item: the most specific rate and, if it is combinable, the most
// specific rate of its parent region too. It returns nil if no rate applies.
//
// Rates of provinces are more specific than rates of countries. Within each, a rate with a rule for the product or the shipping
// option is more specific than one with a rule for the product type, and that more than the default rate. Of equally specific
// rates the earlier one is taken.
func Applicable(candidates []Rate, item Item) []Rate {
	type ranked struct {
		rate     Rate
		priority int
	}
	var fits []ranked
	for _, r := range candidates {
		if p := priority(r, item); p > 0 {
			fits = append(fits, ranked{r, p})
		}
	}
	if len(fits) == 0 {
		return nil
	}
	slices.SortStableFunc(fits, func(a, b ranked) int { return a.priority - b.priority })
	first := fits[0].rate
	out := []Rate{first}
	if first.IsCombinable && first.ParentRegionID != "" {
		for _, f := range fits {
			if f.rate.RegionID == first.ParentRegionID {
				return append(out, f.rate)
			}
		}
	}
	return out
}

// priority returns 1 for the most specific rate to 6 for a country's default rate, and 0 for a rate that does not apply.
func priority(r Rate, item Item) int {
	exact, byType := false, false
	for _, rule := range r.Rules {
		switch {
		case rule.ReferenceID == "":
		case rule.Reference == "product" && rule.ReferenceID == item.ProductID,
			rule.Reference == "shipping_option" && rule.ReferenceID == item.ShippingOptionID:
			exact = true
		case rule.Reference == "product_type" && rule.ReferenceID == item.ProductTypeID:
			byType = true
		}
	}
	var p int
	switch {
	case exact:
		p = 1
	case byType:
		p = 2
	case r.IsDefault:
		p = 3
	default:
		return 0
	}
	if !r.Province {
		p += 3
	}
	return p
}

var hundred = model.NewAmount(100)

// Amounts returns amount with and without the taxes of rates, which are added up. inclusive says that amount includes them.
func Amounts(rates []Rate, amount model.Amount, inclusive bool) (with, without model.Amount) {
	var sum model.Amount
	for _, r := range rates {
		sum = sum.Plus(r.Rate)
	}
	taxable := amount
	if inclusive {
		taxable = amount.Over(sum.Over(hundred).Plus(model.NewAmount(1)))
	}
	var total model.Amount
	for _, r := range rates {
		total = total.Plus(taxable.Times(r.Rate.Over(hundred)))
	}
	if inclusive {
		return amount, amount.Minus(total)
	}
	return amount.Plus(total), amount
}

// Apply fills the amounts with and without tax of p. Those of an amount that is nil stay as they are.
func Apply(p *model.CalculatedPrice, rates []Rate) {
	if p.CalculatedAmount != nil {
		with, without := Amounts(rates, *p.CalculatedAmount, p.IsCalculatedPriceTaxInclusive)
		p.CalculatedAmountWithTax, p.CalculatedAmountWithoutTax = &with, &without
	}
	if p.OriginalAmount != nil {
		with, without := Amounts(rates, *p.OriginalAmount, p.IsOriginalPriceTaxInclusive)
		p.OriginalAmountWithTax, p.OriginalAmountWithoutTax = &with, &without
	}
}

// NormalCode returns a country or province code as tax regions store it: in lower case.
func NormalCode(code string) string { return strings.ToLower(code) }
