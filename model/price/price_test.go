package price_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/price"
)

type prices = []*model.Price

func amount(s string) model.Amount { return model.MustAmount(s) }

func tier(s string) *model.Amount {
	if s == "" {
		return nil
	}
	a := amount(s)
	return &a
}

// base is a price of no list, in euros; rules are attribute, value pairs.
func base(id, sum string, rules ...string) *model.Price {
	p := &model.Price{ID: id, CurrencyCode: "eur", Amount: amount(sum)}
	for i := 0; i < len(rules); i += 2 {
		p.Rules = append(p.Rules, model.PriceRule{Attribute: rules[i], Operator: "eq", Value: rules[i+1]})
	}
	p.RulesCount = len(p.Rules)
	return p
}

// ofRegion is a base price with a rule for the region reg.
func ofRegion(id, sum string) *model.Price { return base(id, sum, "region_id", "reg") }

// ofTotal is a base price with rules for item_total; rules are operator, value pairs.
func ofTotal(id, sum string, rules ...string) *model.Price {
	p := base(id, sum)
	for i := 0; i < len(rules); i += 2 {
		p.Rules = append(p.Rules, model.PriceRule{Attribute: "item_total", Operator: rules[i], Value: rules[i+1]})
	}
	p.RulesCount = len(p.Rules)
	return p
}

// sale is a price of a sale list with rules.
func sale(id, sum string, rules ...model.PriceListRule) *model.Price {
	p := base(id, sum)
	p.PriceListID = new("plist_" + id)
	p.List = &model.PriceList{ID: *p.PriceListID, Type: model.PriceListTypeSale, Rules: rules, RulesCount: len(rules)}
	return p
}

// override is the price o, of an override list without rules.
func override(sum string) *model.Price {
	p := sale("o", sum)
	p.List.Type = model.PriceListTypeOverride
	return p
}

// tiered is a base price for a quantity of at least least and at most most; an empty bound is none.
func tiered(id, sum, least, most string) *model.Price {
	p := base(id, sum)
	p.MinQuantity, p.MaxQuantity = tier(least), tier(most)
	return p
}

// changed is a price to which change was done.
func changed(p *model.Price, change func(p *model.Price)) *model.Price {
	change(p)
	return p
}

// The contexts of the cases, all in euros.
func guest() *price.Context {
	return &price.Context{CurrencyCode: "eur", RegionID: "reg", Attributes: map[string][]string{"region_id": {"reg"}}}
}

func member() *price.Context {
	return &price.Context{CurrencyCode: "eur", Attributes: map[string][]string{"customer.groups.id": {"other", "vip"}}}
}

func tenUnits() *price.Context { return &price.Context{CurrencyCode: "eur", Quantity: tier("10")} }

func totalOf50() *price.Context {
	return &price.Context{CurrencyCode: "eur", Numbers: map[string]model.Amount{"item_total": amount("50")}}
}

// A calculateCase names the prices that are to be the calculated and the original one; an empty id is none.
type calculateCase struct {
	prices               prices
	context              *price.Context
	calculated, original string
}

func runCalculate(t *testing.T, cases map[string]calculateCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := price.Calculate("pset", tc.prices, tc.context)
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

func TestCalculateBasePrice(t *testing.T) {
	t.Parallel()
	unloaded := func(p *model.Price) { p.Rules = nil }
	uncounted := func(p *model.Price) { p.RulesCount = 0 }
	runCalculate(t, map[string]calculateCase{
		"no price":                            {nil, guest(), "", ""},
		"another currency":                    {prices{{ID: "u", CurrencyCode: "usd", Amount: amount("1")}}, guest(), "", ""},
		"the lower of two":                    {prices{base("a", "12"), base("b", "10")}, guest(), "b", "b"},
		"the first of two equal ones":         {prices{base("a", "10"), base("b", "10")}, guest(), "a", "a"},
		"more rules go before a lower amount": {prices{base("a", "10"), ofRegion("b", "12")}, guest(), "b", "b"},
		"more rules go first, in any order":   {prices{ofRegion("b", "12"), base("a", "10")}, guest(), "b", "b"},
		"the lower of two with a rule":        {prices{ofRegion("a", "12"), ofRegion("b", "10")}, guest(), "b", "b"},
		"the lower is the first":              {prices{ofRegion("a", "10"), ofRegion("b", "12")}, guest(), "a", "a"},
		"a rule that does not match":          {prices{base("a", "10"), base("b", "1", "region_id", "other")}, guest(), "a", "a"},
		"one of two rules matches":            {prices{base("a", "10"), base("b", "1", "region_id", "reg", "city", "x")}, guest(), "a", "a"},
		"a rule that was not loaded":          {prices{base("a", "10"), changed(base("b", "1", "city", "x"), unloaded)}, guest(), "a", "a"},
		"a rule that is not counted":          {prices{base("a", "10"), changed(ofRegion("b", "1"), uncounted)}, guest(), "b", "b"},
	})
}

func TestCalculateListPrice(t *testing.T) {
	t.Parallel()
	vip := model.PriceListRule{Attribute: "customer.groups.id", Values: []string{"vip", "staff"}}
	city := model.PriceListRule{Attribute: "city", Values: []string{"x"}}
	reg := model.PriceListRule{Attribute: "region_id", Values: []string{"reg"}}
	inactive := func(p *model.Price) { p.List = nil }
	uncounted := func(p *model.Price) { p.List.RulesCount = 0 }
	runCalculate(t, map[string]calculateCase{
		"a sale below the base price":       {prices{base("a", "10"), sale("s", "8")}, guest(), "s", "a"},
		"a sale equal to the base price":    {prices{base("a", "10"), sale("s", "10")}, guest(), "s", "a"},
		"a sale above the base price":       {prices{base("a", "10"), sale("s", "11")}, guest(), "a", "a"},
		"a sale without a base price":       {prices{sale("s", "8")}, guest(), "s", ""},
		"an override above the base price":  {prices{base("a", "10"), override("15")}, guest(), "o", "o"},
		"a sale below an override":          {prices{base("a", "10"), override("15"), sale("s", "5")}, guest(), "s", "o"},
		"an inactive list":                  {prices{base("a", "10"), changed(sale("s", "1"), inactive)}, guest(), "a", "a"},
		"a list for a group, for a guest":   {prices{base("a", "10"), sale("s", "8", vip)}, guest(), "a", "a"},
		"a list for a group, for a member":  {prices{base("a", "10"), sale("s", "8", vip)}, member(), "s", "a"},
		"a list's rules count":              {prices{sale("s", "8"), sale("t", "9", reg)}, guest(), "t", ""},
		"one of a list's two rules matches": {prices{base("a", "10"), sale("s", "8", reg, city)}, guest(), "a", "a"},
		"a list's rule is not counted":      {prices{base("a", "10"), changed(sale("s", "1", reg), uncounted)}, guest(), "s", "a"},
	})
}

func TestCalculateTier(t *testing.T) {
	t.Parallel()
	runCalculate(t, map[string]calculateCase{
		"one unit takes the first tier":         {prices{tiered("a", "10", "", ""), tiered("b", "7", "5", "")}, guest(), "a", "a"},
		"one unit, a tier that starts at 1":     {prices{tiered("a", "10", "1", "")}, guest(), "a", "a"},
		"one unit, a tier that starts at 2":     {prices{tiered("a", "10", "2", "")}, guest(), "", ""},
		"one unit, a tier that starts at half":  {prices{tiered("a", "10", "0.5", "")}, guest(), "a", "a"},
		"no quantity is not compared with most": {prices{tiered("a", "10", "", "0.5")}, guest(), "a", "a"},
		"ten units take the second tier":        {prices{tiered("a", "10", "1", "4"), tiered("b", "7", "5", "")}, tenUnits(), "b", "b"},
		"ten units, a tier up to 9":             {prices{tiered("a", "10", "1", "9")}, tenUnits(), "", ""},
		"ten units, a tier up to 10":            {prices{tiered("a", "10", "", "10")}, tenUnits(), "a", "a"},
		"ten units, a tier up to 11":            {prices{tiered("a", "10", "", "11")}, tenUnits(), "a", "a"},
		"ten units, a tier from 10":             {prices{tiered("a", "10", "10", "")}, tenUnits(), "a", "a"},
		"ten units, a tier from 11":             {prices{tiered("a", "10", "11", "")}, tenUnits(), "", ""},
	})
}

// The item total is 50. The plain price a costs 5, the one with rules, r, 3.
func TestCalculateByNumber(t *testing.T) {
	t.Parallel()
	cases := map[string]calculateCase{}
	for rules, holds := range map[[4]string]bool{
		{"eq", "50.0"}:            true,
		{"eq", "49"}:              false,
		{"eq", "51"}:              false,
		{"gt", "49", "gte", "49"}: true,
		{"gt", "50"}:              false,
		{"gte", "50"}:             true,
		{"gte", "51"}:             false,
		{"lt", "51", "lte", "51"}: true,
		{"lt", "50"}:              false,
		{"lt", "49"}:              false,
		{"lte", "50"}:             true,
		{"lte", "49"}:             false,
		{"gte", "x"}:              false,
		{"ne", "49"}:              false, // no operator of prices
	} {
		want := "a"
		if holds {
			want = "r"
		}
		var pairs []string
		for _, s := range rules {
			if s != "" {
				pairs = append(pairs, s)
			}
		}
		cases[strings.Join(pairs, " ")] = calculateCase{prices{base("a", "5"), ofTotal("r", "3", pairs...)}, totalOf50(), want, want}
	}
	runCalculate(t, cases)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestTaxInclusive(t *testing.T) {
	t.Parallel()
	says := func(attribute, value string, inclusive bool) model.PricePreference {
		return model.PricePreference{Attribute: attribute, Value: value, IsTaxInclusive: inclusive}
	}
	region, currency := says("region_id", "reg", true), says("currency_code", "eur", true)
	exclusive := says("currency_code", "eur", false)
	type preferences = []model.PricePreference
	for name, tc := range map[string]struct {
		price       *model.Price
		preferences preferences
		want        bool
	}{
		"no preference":                       {base("a", "1"), nil, false},
		"the currency's":                      {base("a", "1"), preferences{currency}, true},
		"the region's, price without a rule":  {base("a", "1"), preferences{region, exclusive}, false},
		"the region's, price of the region":   {ofRegion("a", "1"), preferences{region, exclusive}, true},
		"the currency's, price of a region":   {ofRegion("a", "1"), preferences{currency}, true},
		"the region's, price of a city":       {base("a", "1", "city", "reg"), preferences{region, exclusive}, false},
		"another currency's":                  {base("a", "1"), preferences{says("currency_code", "usd", true)}, false},
		"of a region named like the currency": {base("a", "1"), preferences{says("region_id", "eur", true)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &price.Context{
				CurrencyCode: "eur", RegionID: "reg", Preferences: tc.preferences,
				Attributes: map[string][]string{"region_id": {"reg"}, "city": {"reg"}},
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
		base("a", "10"), ofRegion("b", "9"), ofRegion("c", "11"),
		sale("s", "8.5"), override("8.75"), tiered("t", "3", "2", ""),
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

// calculated is a calculated price whose fields JSON spells.
func calculated(t *testing.T, p *model.CalculatedPrice) string {
	t.Helper()
	j, err := json.Marshal(map[string]any{
		"ID": p.ID, "CurrencyCode": p.CurrencyCode,
		"CalculatedAmount":           p.CalculatedAmount,
		"IsCalculatedPricePriceList": p.IsCalculatedPricePriceList, "IsCalculatedPriceTaxInclusive": p.IsCalculatedPriceTaxInclusive,
		"CalculatedPrice": p.CalculatedPrice, "OriginalPrice": p.OriginalPrice,
		"OriginalAmount":           p.OriginalAmount,
		"IsOriginalPricePriceList": p.IsOriginalPricePriceList, "IsOriginalPriceTaxInclusive": p.IsOriginalPriceTaxInclusive,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(j)
}

// All fields of a calculated price: of a sale in a region whose prices include tax, where the base price does not; and of a
// base price alone.
func TestCalculated(t *testing.T) {
	t.Parallel()
	sale := tiered("s", "8", "1", "0")
	sale.PriceListID, sale.List = new("plist"), &model.PriceList{Type: model.PriceListTypeSale}
	sale.Rules, sale.RulesCount = []model.PriceRule{{Attribute: "region_id", Operator: "eq", Value: "reg"}}, 1
	plain := tiered("a", "10", "0", "9")
	byRegion := []model.PricePreference{
		{Attribute: "region_id", Value: "reg", IsTaxInclusive: true}, {Attribute: "currency_code", Value: "eur"},
	}
	byCurrency := []model.PricePreference{{Attribute: "currency_code", Value: "eur", IsTaxInclusive: true}}
	in := func(preferences []model.PricePreference) *price.Context {
		c := guest()
		c.CurrencyCode, c.Preferences = "EUR", preferences
		return c
	}
	for name, tc := range map[string]struct {
		context *price.Context
		prices  prices
		want    string
	}{
		"sale": {in(byRegion), prices{plain, sale}, `{
			"ID": "pset", "CurrencyCode": "eur",
			"CalculatedAmount": "8",
			"IsCalculatedPricePriceList": true, "IsCalculatedPriceTaxInclusive": true,
			"CalculatedPrice": {"ID": "s", "PriceListID": "plist", "PriceListType": "sale", "MinQuantity": "1", "MaxQuantity": null},
			"OriginalAmount": "10",
			"IsOriginalPricePriceList": false, "IsOriginalPriceTaxInclusive": false,
			"OriginalPrice": {"ID": "a", "PriceListID": null, "PriceListType": null, "MinQuantity": null, "MaxQuantity": "9"}
		}`},
		"no sale": {in(byCurrency), prices{plain}, `{
			"ID": "pset", "CurrencyCode": "eur",
			"CalculatedAmount": "10",
			"IsCalculatedPricePriceList": false, "IsCalculatedPriceTaxInclusive": true,
			"CalculatedPrice": {"ID": "a", "PriceListID": null, "PriceListType": null, "MinQuantity": null, "MaxQuantity": "9"},
			"OriginalAmount": "10",
			"IsOriginalPricePriceList": false, "IsOriginalPriceTaxInclusive": true,
			"OriginalPrice": {"ID": "a", "PriceListID": null, "PriceListType": null, "MinQuantity": null, "MaxQuantity": "9"}
		}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := calculated(t, price.Calculate("pset", tc.prices, tc.context))
			if !reflect.DeepEqual(decoded(t, []byte(got)), decoded(t, []byte(tc.want))) {
				t.Errorf("Calculate = %s, want %s", got, tc.want)
			}
		})
	}
	if got := price.Calculate("pset", prices{plain, override("15")}, in(byRegion)); !got.IsOriginalPricePriceList {
		t.Error("IsOriginalPricePriceList = false of a price that a list overrides, want true")
	}
}

func decoded(t *testing.T, j []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(j, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRange(t *testing.T) {
	t.Parallel()
	variant := func(sum string) *model.ProductVariant {
		return &model.ProductVariant{CalculatedPrice: &model.CalculatedPrice{CalculatedAmount: tier(sum), CurrencyCode: new("eur")}}
	}
	if got := price.Range([]*model.ProductVariant{{}}); got != nil {
		t.Errorf("Range without prices = %v, want nil", got)
	}
	if got := price.Range([]*model.ProductVariant{variant("12"), variant("7.5")}); got.Min.String() != "7.5" || got.Max.String() != "12" {
		t.Errorf("Range from the dearest = %s to %s, want 7.5 to 12", got.Min, got.Max)
	}
	unpriced := &model.ProductVariant{CalculatedPrice: &model.CalculatedPrice{}}
	got := price.Range([]*model.ProductVariant{variant("12"), {}, unpriced, variant("7.5"), variant("9"), variant("13")})
	if got.Min.String() != "7.5" || got.Max.String() != "13" || got.CurrencyCode != "eur" {
		t.Errorf("Range = %s to %s %s, want 7.5 to 13 eur", got.Min, got.Max, got.CurrencyCode)
	}
}

// From some quantities on one unit costs something else.
func TestBreaks(t *testing.T) {
	t.Parallel()
	c := guest()
	c.CurrencyCode = "eur"
	dollars := tiered("d", "1", "2", "")
	dollars.CurrencyCode = "usd"
	for name, tc := range map[string]struct {
		prices prices
		want   string
	}{
		"one price":         {prices{base("a", "10")}, ""},
		"tiers":             {prices{tiered("b", "8", "10", ""), base("a", "10"), tiered("c", "9", "3", "9")}, "3:9 10:8"},
		"a tier that ends":  {prices{base("a", "10"), tiered("c", "9", "3", "9")}, "3:9 10:10"},
		"no lower":          {prices{base("a", "10"), tiered("c", "12", "3", "")}, ""},
		"only from two":     {prices{tiered("c", "9", "2", "")}, "2:9"},
		"another currency":  {prices{base("a", "10"), dollars}, ""},
		"the same from one": {prices{tiered("a", "10", "1", "4"), tiered("b", "10", "5", "")}, ""},
		"other people's sale": {prices{base("a", "10"), func() *model.Price {
			p := sale("s", "5", model.PriceListRule{Attribute: "customer.groups.id", Values: []string{"vip"}})
			p.MinQuantity = tier("4")
			return p
		}()}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, b := range price.Breaks(tc.prices, c) {
				got = append(got, b.MinQuantity.String()+":"+b.Price.String())
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("breaks = %v, want %s", got, tc.want)
			}
		})
	}
}
