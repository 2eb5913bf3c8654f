package price_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
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
	priced := func(rules ...string) *model.Price {
		p := base("r", "3")
		for i := 0; i < len(rules); i += 2 {
			p.Rules = append(p.Rules, model.PriceRule{Attribute: "item_total", Operator: rules[i], Value: rules[i+1]})
		}
		p.RulesCount = len(p.Rules)
		return p
	}
	plain := base("a", "5")
	city := model.PriceListRule{Attribute: "city", Values: []string{"x"}}
	reg := model.PriceListRule{Attribute: "region_id", Values: []string{"reg"}}
	unknown := base("b", "1", "city", "x") // its rule was not loaded
	unknown.Rules = nil
	uncounted := base("b", "1", "region_id", "reg")
	uncounted.RulesCount = 0
	open := listed("s", "1", model.PriceListTypeSale, reg)
	open.List.RulesCount = 0
	for name, tc := range map[string]struct {
		prices               []*model.Price
		context              price.Context
		calculated, original string // empty: none
	}{
		"no price":                                {nil, guest, "", ""},
		"other currency":                          {[]*model.Price{{ID: "u", CurrencyCode: "usd", Amount: amount("1")}}, guest, "", ""},
		"the lower of two alike":                  {[]*model.Price{base("a", "12"), base("b", "10")}, guest, "b", "b"},
		"more rules before lower":                 {[]*model.Price{base("a", "10"), base("b", "12", "region_id", "reg")}, guest, "b", "b"},
		"a rule that does not match":              {[]*model.Price{base("a", "10"), base("b", "1", "region_id", "other")}, guest, "a", "a"},
		"only one of two rules matches":           {[]*model.Price{base("a", "10"), base("b", "1", "region_id", "reg", "city", "x")}, guest, "a", "a"},
		"sale below base":                         {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale)}, guest, "s", "a"},
		"sale equal to base":                      {[]*model.Price{base("a", "10"), listed("s", "10", model.PriceListTypeSale)}, guest, "s", "a"},
		"sale above base":                         {[]*model.Price{base("a", "10"), listed("s", "11", model.PriceListTypeSale)}, guest, "a", "a"},
		"sale without base":                       {[]*model.Price{listed("s", "8", model.PriceListTypeSale)}, guest, "s", ""},
		"override above base":                     {[]*model.Price{base("a", "10"), listed("o", "15", model.PriceListTypeOverride)}, guest, "o", "o"},
		"sale under override":                     {[]*model.Price{base("a", "10"), listed("o", "15", model.PriceListTypeOverride), listed("s", "5", model.PriceListTypeSale)}, guest, "s", "o"},
		"inactive list":                           {[]*model.Price{base("a", "10"), inactive}, guest, "a", "a"},
		"list for a group, guest":                 {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale, vip)}, guest, "a", "a"},
		"list for a group, member":                {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale, vip)}, member, "s", "a"},
		"one unit takes the first tier":           {[]*model.Price{tiered("a", "10", "", ""), tiered("b", "7", "5", "")}, guest, "a", "a"},
		"ten units take the lower":                {[]*model.Price{tiered("a", "10", "1", "4"), tiered("b", "7", "5", "")}, ten, "b", "b"},
		"more than a tier holds":                  {[]*model.Price{tiered("a", "10", "1", "9")}, ten, "", ""},
		"a unit from a tier that starts at 1":     {[]*model.Price{tiered("a", "10", "1", "")}, guest, "a", "a"},
		"a unit from a tier that starts at 2":     {[]*model.Price{tiered("a", "10", "2", "")}, guest, "", ""},
		"a unit from a tier that starts at half":  {[]*model.Price{tiered("a", "10", "0.5", "")}, guest, "a", "a"},
		"a unit asks for no most":                 {[]*model.Price{tiered("a", "10", "", "0.5")}, guest, "a", "a"},
		"fewer than a tier starts at":             {[]*model.Price{tiered("a", "10", "11", "")}, ten, "", ""},
		"as few as a tier starts at":              {[]*model.Price{tiered("a", "10", "10", "")}, ten, "a", "a"},
		"as many as a tier holds":                 {[]*model.Price{tiered("a", "10", "", "10")}, ten, "a", "a"},
		"fewer than a tier holds":                 {[]*model.Price{tiered("a", "10", "", "11")}, ten, "a", "a"},
		"fewer rules after more":                  {[]*model.Price{base("b", "12", "region_id", "reg"), base("a", "10")}, guest, "b", "b"},
		"the first of two alike":                  {[]*model.Price{base("a", "10"), base("b", "10")}, guest, "a", "a"},
		"the lower of two with a rule":            {[]*model.Price{base("a", "12", "region_id", "reg"), base("b", "10", "region_id", "reg")}, guest, "b", "b"},
		"the first of two with a rule":            {[]*model.Price{base("a", "10", "region_id", "reg"), base("b", "12", "region_id", "reg")}, guest, "a", "a"},
		"a list's rules count":                    {[]*model.Price{listed("s", "8", model.PriceListTypeSale), listed("t", "9", model.PriceListTypeSale, reg)}, guest, "t", ""},
		"only one of a list's rules":              {[]*model.Price{base("a", "10"), listed("s", "8", model.PriceListTypeSale, reg, city)}, guest, "a", "a"},
		"a rule that is not there":                {[]*model.Price{base("a", "10"), unknown}, guest, "a", "a"},
		"a price for all, whatever its rules":     {[]*model.Price{base("a", "10"), uncounted}, guest, "b", "b"},
		"a list for all, whatever its rules":      {[]*model.Price{base("a", "10"), open}, guest, "s", "a"},
		"number equal":                            {[]*model.Price{plain, priced("eq", "50.0")}, weighed, "r", "r"},
		"number not equal, more":                  {[]*model.Price{plain, priced("eq", "49")}, weighed, "a", "a"},
		"number not equal, less":                  {[]*model.Price{plain, priced("eq", "51")}, weighed, "a", "a"},
		"number above":                            {[]*model.Price{plain, priced("gt", "49", "gte", "49")}, weighed, "r", "r"},
		"number not below":                        {[]*model.Price{plain, priced("lt", "49")}, weighed, "a", "a"},
		"number not at most":                      {[]*model.Price{plain, priced("lte", "49")}, weighed, "a", "a"},
		"number not at least":                     {[]*model.Price{plain, priced("gte", "51")}, weighed, "a", "a"},
		"number below":                            {[]*model.Price{plain, priced("lt", "51", "lte", "51")}, weighed, "r", "r"},
		"number at its bound from below":          {[]*model.Price{plain, priced("lte", "50")}, weighed, "r", "r"},
		"number at its bound from below, without": {[]*model.Price{plain, priced("lt", "50")}, weighed, "a", "a"},
		"number and no number":                    {[]*model.Price{plain, priced("gte", "x")}, weighed, "a", "a"},
		"number and no operator":                  {[]*model.Price{plain, priced("ne", "49")}, weighed, "a", "a"},
		"number at its bound":                     {[]*model.Price{base("a", "5"), atLeast}, weighed, "r", "r"},
		"number at its bound, exclusive":          {[]*model.Price{base("a", "5"), above}, weighed, "a", "a"},
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
		"nothing said of the price's region":  {base("a", "1", "region_id", "reg"), []model.PricePreference{currency}, true},
		"region includes, price of a city":    {base("a", "1", "city", "reg"), []model.PricePreference{region, exclusive}, false},
		"another currency includes":           {base("a", "1"), []model.PricePreference{{Attribute: "currency_code", Value: "usd", IsTaxInclusive: true}}, false},
		"a region of the currency's name":     {base("a", "1"), []model.PricePreference{{Attribute: "region_id", Value: "eur", IsTaxInclusive: true}}, false},
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

// TestCalculated finds what is told of the prices that apply, here a sale in a region whose prices are with tax, where the
// original price is without it.
func TestCalculated(t *testing.T) {
	t.Parallel()
	sale := tiered("s", "8", "1", "0")
	sale.PriceListID, sale.List = new("plist"), &model.PriceList{Type: model.PriceListTypeSale}
	sale.Rules, sale.RulesCount = []model.PriceRule{{Attribute: "region_id", Operator: "eq", Value: "reg"}}, 1
	sale.RawAmount = model.JSON(`{"value":"8"}`)
	plain := tiered("a", "10", "0", "9")
	plain.RawAmount = model.JSON(`{"value":"10"}`)
	c := &price.Context{
		CurrencyCode: "EUR", RegionID: "reg", Attributes: map[string][]string{"region_id": {"reg"}},
		Preferences: []model.PricePreference{{Attribute: "region_id", Value: "reg", IsTaxInclusive: true}, {Attribute: "currency_code", Value: "eur"}},
	}
	for name, tc := range map[string]struct {
		preferences []model.PricePreference
		prices      []*model.Price
		want        string
	}{
		"sale": {c.Preferences, []*model.Price{plain, sale}, `{
			"ID": "pset", "CurrencyCode": "eur",
			"CalculatedAmount": "8", "RawCalculatedAmount": {"value": "8"}, "IsCalculatedPricePriceList": true, "IsCalculatedPriceTaxInclusive": true,
			"CalculatedPrice": {"ID": "s", "PriceListID": "plist", "PriceListType": "sale", "MinQuantity": "1", "MaxQuantity": null},
			"OriginalAmount": "10", "RawOriginalAmount": {"value": "10"}, "IsOriginalPricePriceList": false, "IsOriginalPriceTaxInclusive": false,
			"OriginalPrice": {"ID": "a", "PriceListID": null, "PriceListType": null, "MinQuantity": null, "MaxQuantity": "9"}
		}`},
		"no sale": {[]model.PricePreference{{Attribute: "currency_code", Value: "eur", IsTaxInclusive: true}}, []*model.Price{plain}, `{
			"ID": "pset", "CurrencyCode": "eur",
			"CalculatedAmount": "10", "RawCalculatedAmount": {"value": "10"}, "IsCalculatedPricePriceList": false, "IsCalculatedPriceTaxInclusive": true,
			"CalculatedPrice": {"ID": "a", "PriceListID": null, "PriceListType": null, "MinQuantity": null, "MaxQuantity": "9"},
			"OriginalAmount": "10", "RawOriginalAmount": {"value": "10"}, "IsOriginalPricePriceList": false, "IsOriginalPriceTaxInclusive": true,
			"OriginalPrice": {"ID": "a", "PriceListID": null, "PriceListType": null, "MinQuantity": null, "MaxQuantity": "9"}
		}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := *c
			c.Preferences = tc.preferences
			got := price.Calculate("pset", tc.prices, &c)
			told, err := json.Marshal(map[string]any{
				"ID": got.ID, "CurrencyCode": got.CurrencyCode,
				"CalculatedAmount": got.CalculatedAmount, "RawCalculatedAmount": json.RawMessage(got.RawCalculatedAmount),
				"IsCalculatedPricePriceList": got.IsCalculatedPricePriceList, "IsCalculatedPriceTaxInclusive": got.IsCalculatedPriceTaxInclusive,
				"CalculatedPrice": got.CalculatedPrice, "OriginalPrice": got.OriginalPrice,
				"OriginalAmount": got.OriginalAmount, "RawOriginalAmount": json.RawMessage(got.RawOriginalAmount),
				"IsOriginalPricePriceList": got.IsOriginalPricePriceList, "IsOriginalPriceTaxInclusive": got.IsOriginalPriceTaxInclusive,
			})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(decoded(t, told), decoded(t, []byte(tc.want))) {
				t.Errorf("Calculate = %s, want %s", told, tc.want)
			}
		})
	}
	override := listed("o", "15", model.PriceListTypeOverride)
	if got := price.Calculate("pset", []*model.Price{plain, override}, c); !got.IsOriginalPricePriceList {
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
