package price_test

import (
	"math/rand/v2"
	"testing"

	"storegraph/model"
	"storegraph/model/price"
)

func amount(s string) model.Amount { return model.MustAmount(s) }

func tier(s string) *model.Amount {
	if s == "" {
		return nil
	}
	a := amount(s)
	return &a
}

// base is a plain price; rules are attribute, value pairs.
func base(id, sum string, rules ...string) *model.Price {
	p := &model.Price{ID: id, CurrencyCode: "eur", Amount: amount(sum)}
	for i := 0; i < len(rules); i += 2 {
		p.Rules = append(p.Rules, model.PriceRule{Attribute: rules[i], Operator: "eq", Value: rules[i+1]})
	}
	p.RulesCount = len(p.Rules)
	return p
}

func listed(id, sum string, kind model.PriceListType, rules ...model.PriceListRule) *model.Price {
	p := base(id, sum)
	p.PriceListID = new("plist_" + id)
	p.List = &model.PriceList{ID: *p.PriceListID, Type: kind, Rules: rules, RulesCount: len(rules)}
	return p
}

func tiered(id, sum, least, most string) *model.Price {
	p := base(id, sum)
	p.MinQuantity, p.MaxQuantity = tier(least), tier(most)
	return p
}

func TestCalculate(t *testing.T) {
	t.Parallel()
	vip := model.PriceListRule{Attribute: "customer.groups.id", Values: []string{"vip", "staff"}}
	in := func(c price.Context) price.Context {
		c.CurrencyCode = "eur"
		return c
	}
	guest := in(price.Context{RegionID: "reg", Attributes: map[string][]string{"region_id": {"reg"}}})
	member := in(price.Context{Attributes: map[string][]string{"customer.groups.id": {"other", "vip"}}})
	ten := in(price.Context{Quantity: tier("10")})
	weighed := in(price.Context{Numbers: map[string]model.Amount{"item_total": amount("50")}})
	inactive := listed("s", "1", model.PriceListTypeSale)
	inactive.List = nil
	atLeast := base("r", "3", "item_total", "50")
	atLeast.Rules[0].Operator = "gte"
	above := base("r", "3", "item_total", "50")
	above.Rules[0].Operator = "gt"
	for name, tc := range map[string]struct {
		prices               []*model.Price
		context              price.Context
		calculated, original string // empty: none
	}{
		"no price":                       {nil, guest, "", ""},
		"other currency":                 {[]*model.Price{{ID: "u", CurrencyCode: "usd", Amount: amount("1")}}, guest, "", ""},
		"the lower of two alike":         {[]*model.Price{base("a", "12"), base("b", "10")}, guest, "b", "b"},
		"more rules before lower":        {[]*model.Price{base("a", "10"), base("b", "12", "region_id", "reg")}, guest, "b", "b"},
		"a rule that does not match":     {[]*model.Price{base("a", "10"), base("b", "1", "region_id", "other")}, guest, "a", "a"},
		"only one of two rules matches":  {[]*model.Price{base("a", "10"), base("b", "1", "region_id", "reg", "city", "x")}, guest, "a", "a"},
		"sale below base":                {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale)}, guest, "s", "a"},
		"sale equal to base":             {[]*model.Price{base("a", "10"), listed("s", "10", model.PriceListTypeSale)}, guest, "s", "a"},
		"sale above base":                {[]*model.Price{base("a", "10"), listed("s", "11", model.PriceListTypeSale)}, guest, "a", "a"},
		"sale without base":              {[]*model.Price{listed("s", "8", model.PriceListTypeSale)}, guest, "s", ""},
		"override above base":            {[]*model.Price{base("a", "10"), listed("o", "15", model.PriceListTypeOverride)}, guest, "o", "o"},
		"sale under override":            {[]*model.Price{base("a", "10"), listed("o", "15", model.PriceListTypeOverride), listed("s", "5", model.PriceListTypeSale)}, guest, "s", "o"},
		"inactive list":                  {[]*model.Price{base("a", "10"), inactive}, guest, "a", "a"},
		"list for a group, guest":        {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale, vip)}, guest, "a", "a"},
		"list for a group, member":       {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale, vip)}, member, "s", "a"},
		"one unit takes the first tier":  {[]*model.Price{tiered("a", "10", "", ""), tiered("b", "7", "5", "")}, guest, "a", "a"},
		"ten units take the lower":       {[]*model.Price{tiered("a", "10", "1", "4"), tiered("b", "7", "5", "")}, ten, "b", "b"},
		"more than a tier holds":         {[]*model.Price{tiered("a", "10", "1", "9")}, ten, "", ""},
		"number at its bound":            {[]*model.Price{base("a", "5"), atLeast}, weighed, "r", "r"},
		"number at its bound, exclusive": {[]*model.Price{base("a", "5"), above}, weighed, "a", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := price.Calculate("pset", tc.prices, &tc.context)
			if got == nil {
				if tc.calculated != "" {
					t.Fatalf("Calculate = nil, want %s", tc.calculated)
				}
				return
			}
			if id := value(got.CalculatedPrice.ID); id != tc.calculated {
				t.Errorf("calculated = %q, want %q", id, tc.calculated)
			}
			if id := value(got.OriginalPrice.ID); id != tc.original {
				t.Errorf("original = %q, want %q", id, tc.original)
			}
			if (got.OriginalAmount == nil) != (tc.original == "") {
				t.Errorf("original amount = %v, want one only with an original price", got.OriginalAmount)
			}
		})
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestTaxInclusive(t *testing.T) {
	t.Parallel()
	region := model.PricePreference{Attribute: "region_id", Value: "reg", IsTaxInclusive: true}
	currency := model.PricePreference{Attribute: "currency_code", Value: "eur", IsTaxInclusive: true}
	exclusive := model.PricePreference{Attribute: "currency_code", Value: "eur"}
	for name, tc := range map[string]struct {
		price       *model.Price
		preferences []model.PricePreference
		want        bool
	}{
		"nothing said":                        {base("a", "1"), nil, false},
		"currency includes":                   {base("a", "1"), []model.PricePreference{currency}, true},
		"region includes, price without rule": {base("a", "1"), []model.PricePreference{region, exclusive}, false},
		"region includes, price of region":    {base("a", "1", "region_id", "reg"), []model.PricePreference{region, exclusive}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &price.Context{
				CurrencyCode: "eur", RegionID: "reg", Preferences: tc.preferences, Attributes: map[string][]string{"region_id": {"reg"}},
			}
			if got := price.Calculate("pset", []*model.Price{tc.price}, c).IsCalculatedPriceTaxInclusive; got != tc.want {
				t.Errorf("tax inclusive = %v, want %v", got, tc.want)
			}
		})
	}
}

// The order in which prices come does not matter, unless two are alike in everything that counts.
func TestCalculateIgnoresOrder(t *testing.T) {
	t.Parallel()
	prices := []*model.Price{
		base("a", "10"), base("b", "9", "region_id", "reg"), base("c", "11", "region_id", "reg"),
		listed("s", "8.5", model.PriceListTypeSale), listed("o", "8.75", model.PriceListTypeOverride), tiered("t", "3", "2", ""),
	}
	c := &price.Context{CurrencyCode: "eur", RegionID: "reg", Attributes: map[string][]string{"region_id": {"reg"}}}
	want := *price.Calculate("pset", prices, c).CalculatedPrice.ID
	for range 200 {
		rand.Shuffle(len(prices), func(i, j int) { prices[i], prices[j] = prices[j], prices[i] })
		if got := *price.Calculate("pset", prices, c).CalculatedPrice.ID; got != want {
			t.Fatalf("calculated = %s in another order, want %s", got, want)
		}
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	variant := func(sum string) *model.ProductVariant {
		return &model.ProductVariant{CalculatedPrice: &model.CalculatedPrice{CalculatedAmount: tier(sum), CurrencyCode: new("eur")}}
	}
	if got := price.Range([]*model.ProductVariant{{}}); got != nil {
		t.Errorf("Range without prices = %v, want nil", got)
	}
	got := price.Range([]*model.ProductVariant{variant("12"), {}, variant("7.5"), variant("9")})
	if got.Min.String() != "7.5" || got.Max.String() != "12" {
		t.Errorf("Range = %s to %s, want 7.5 to 12", got.Min, got.Max)
	}
}
