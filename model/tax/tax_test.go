package tax_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"storegraph/model"
	"storegraph/model/tax"
)

func TestApplicable(t *testing.T) {
	t.Parallel()
	rate := func(code string, change func(r *tax.Rate)) tax.Rate {
		r := tax.Rate{ID: code, Code: code, RegionID: "us", IsDefault: true}
		change(&r)
		return r
	}
	country := rate("US", func(*tax.Rate) {})
	ofType := rate("TYPE", func(r *tax.Rate) { r.IsDefault, r.Rules = false, []tax.Rule{{"product_type", "apparel"}} })
	ofProduct := rate("PRODUCT", func(r *tax.Rate) { r.IsDefault, r.Rules = false, []tax.Rule{{"product", "mug"}} })
	province := rate("NY", func(r *tax.Rate) { r.RegionID, r.ParentRegionID, r.Province = "ny", "us", true })
	combinable := rate("NY+", func(r *tax.Rate) {
		r.RegionID, r.ParentRegionID, r.Province, r.IsCombinable = "ny", "us", true, true
	})
	provinceType := rate("NYA", func(r *tax.Rate) {
		r.RegionID, r.ParentRegionID, r.Province, r.IsCombinable, r.IsDefault = "ny", "us", true, true, false
		r.Rules = []tax.Rule{{"product_type", "apparel"}}
	})
	shipping := rate("SHIP", func(r *tax.Rate) { r.IsDefault, r.Rules = false, []tax.Rule{{"shipping_option", "so"}} })
	odd := rate("ODD", func(r *tax.Rate) {
		r.IsDefault, r.Rules = false, []tax.Rule{
			{"shipping_option", "mug"},
			{"shipping_option", "apparel"},
			{"collection", "mug"},
			{"collection", "apparel"},
			{"product", "so"},
			{"product_type", "so"},
			{"collection", "so"},
		}
	})
	mug := tax.Item{ProductID: "mug", ProductTypeID: "apparel"}
	nameless := rate("EMPTY", func(r *tax.Rate) {
		r.IsDefault, r.Rules = false, []tax.Rule{{"product", ""}, {"product_type", ""}, {"shipping_option", ""}}
	})
	provinceProduct := rate("NYP", func(r *tax.Rate) {
		r.RegionID, r.ParentRegionID, r.Province, r.IsDefault, r.Rules = "ny", "us", true, false, []tax.Rule{{"product", "shirt"}}
	})
	orphan := rate("ORPHAN", func(r *tax.Rate) { r.RegionID, r.Province, r.IsCombinable = "ny", true, true })
	rootless := rate("ROOTLESS", func(r *tax.Rate) { r.RegionID = "" })
	shirt := tax.Item{ProductID: "shirt", ProductTypeID: "apparel"}
	for name, tc := range map[string]struct {
		rates []tax.Rate
		item  tax.Item
		want  string
	}{
		"none":                          {nil, shirt, ""},
		"the default":                   {[]tax.Rate{country}, shirt, "US"},
		"a type before the default":     {[]tax.Rate{country, ofType}, shirt, "TYPE"},
		"another product's rule":        {[]tax.Rate{country, ofProduct}, shirt, "US"},
		"a product before its type":     {[]tax.Rate{country, ofType, ofProduct}, mug, "PRODUCT"},
		"a province before the country": {[]tax.Rate{country, province}, shirt, "NY"},
		"a province's default before its parent's rule": {[]tax.Rate{ofProduct, province}, tax.Item{ProductID: "mug"}, "NY"},
		"combined with the country":                     {[]tax.Rate{country, combinable}, shirt, "NY+ US"},
		"combined with the country's finest":            {[]tax.Rate{country, ofType, provinceType, combinable}, shirt, "NYA TYPE"},
		"an unknown type is no type":                    {[]tax.Rate{country, ofType}, tax.Item{ProductID: "shirt"}, "US"},
		"shipping":                                      {[]tax.Rate{country, shipping}, tax.Item{ShippingOptionID: "so"}, "SHIP"},
		"another shipping option":                       {[]tax.Rate{country, shipping}, tax.Item{ShippingOptionID: "other"}, "US"},
		"a product is no shipping option":               {[]tax.Rate{odd}, mug, ""},
		"a shipping option is no product": {[]tax.Rate{rate("ODD", func(r *tax.Rate) {
			r.IsDefault, r.Rules = false, []tax.Rule{{"product_type", "so"}, {"product", "so"}, {"collection", "so"}}
		})}, tax.Item{ShippingOptionID: "so"}, ""},
		"an unknown id fits no rule":                                {[]tax.Rate{nameless}, tax.Item{}, ""},
		"a province's default before the country's rule for a type": {[]tax.Rate{ofType, province}, shirt, "NY"},
		"a province's product before its type":                      {[]tax.Rate{country, provinceType, provinceProduct}, shirt, "NYP"},
		"combined with no country":                                  {[]tax.Rate{rootless, orphan}, shirt, "ORPHAN"},
		"the first of two alike":                                    {[]tax.Rate{country, rate("US2", func(*tax.Rate) {})}, shirt, "US"},
		"no fitting rate":                                           {[]tax.Rate{ofProduct}, shirt, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var codes []string
			for _, r := range tax.Applicable(tc.rates, tc.item) {
				codes = append(codes, r.Code)
			}
			if got := strings.Join(codes, " "); got != tc.want {
				t.Errorf("Applicable = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rates, amount, with, without string
		inclusive                    bool
	}{
		"no rates":         {"", "10", "10", "10", false},
		"exclusive":        {"19", "12.9", "15.351", "12.9", false},
		"inclusive":        {"19", "13.9", "13.9", "11.6806722689075630249999", true},
		"two rates add up": {"4 4.875", "100", "108.875", "100", false},
		"zero amount":      {"19", "0", "0", "0", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with, without := tax.Amounts(rates(tc.rates), model.MustAmount(tc.amount), tc.inclusive)
			crumb := without.Minus(model.MustAmount(tc.without))
			if !with.Equal(model.MustAmount(tc.with).Decimal) || crumb.Abs().GreaterThan(model.MustAmount("1e-18").Decimal) {
				t.Errorf("Amounts = %s with, %s without, want %s and %s", with, without, tc.with, tc.without)
			}
		})
	}
}

func rates(s string) []tax.Rate {
	var out []tax.Rate
	for r := range strings.FieldsSeq(s) {
		out = append(out, tax.Rate{Rate: model.MustAmount(r)})
	}
	return out
}

// An amount without tax, taxed again, is the amount with tax.
func TestInclusiveAndExclusiveAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r []tax.Rate
		for range rapid.IntRange(0, 3).Draw(t, "rates") {
			r = append(r, tax.Rate{Rate: model.Amount{Decimal: model.NewAmount(rapid.Int64Range(0, 4000).Draw(t, "rate")).Shift(-2)}})
		}
		amount := model.Amount{Decimal: model.NewAmount(rapid.Int64Range(0, 1e9).Draw(t, "amount")).Shift(-2)}
		_, without := tax.Amounts(r, amount, true)
		with, _ := tax.Amounts(r, without, false)
		if with.Sub(amount.Decimal).Abs().GreaterThan(model.MustAmount("1e-9").Decimal) {
			t.Fatalf("%s without tax is %s, with it again %s", amount, without, with)
		}
	})
}

// A rate is a tax line of the same name, code and rate.
func TestSystemTaxLines(t *testing.T) {
	t.Parallel()
	got := tax.System{}.TaxLines([]tax.Rate{
		{ID: "txr_1", Name: "VAT", Code: "vat", Rate: model.MustAmount("19")},
		{ID: "txr_2", Name: "City", Code: "city", Rate: model.MustAmount("1.5")},
	})
	var lines []string
	for _, l := range got {
		lines = append(lines, strings.Join([]string{*l.TaxRateID, *l.Description, l.Code, l.Rate.String(), *l.ProviderID}, " "))
	}
	if got, want := strings.Join(lines, ", "), "txr_1 VAT vat 19 system, txr_2 City city 1.5 system"; got != want {
		t.Errorf("TaxLines = %s, want %s", got, want)
	}
}

// TestApply finds the amounts of a price with and without 25 percent tax.
func TestApply(t *testing.T) {
	t.Parallel()
	ten, eight := model.NewAmount(10), model.NewAmount(8)
	type price = model.CalculatedPrice
	for name, tc := range map[string]struct {
		price price
		want  string // calculated with and without, original with and without
	}{
		"exclusive":            {price{CalculatedAmount: &eight, OriginalAmount: &ten}, "10 8 12.5 10"},
		"calculated inclusive": {price{CalculatedAmount: &ten, OriginalAmount: &ten, IsCalculatedPriceTaxInclusive: true}, "10 8 12.5 10"},
		"original inclusive":   {price{CalculatedAmount: &eight, OriginalAmount: &ten, IsOriginalPriceTaxInclusive: true}, "10 8 10 8"},
		"no original price":    {price{CalculatedAmount: &eight}, "10 8 - -"},
		"no price":             {price{}, "- - - -"},
		"only an original":     {price{OriginalAmount: &eight}, "- - 10 8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tc.price
			tax.Apply(&p, rates("25"))
			var got []string
			for _, a := range []*model.Amount{
				p.CalculatedAmountWithTax, p.CalculatedAmountWithoutTax, p.OriginalAmountWithTax, p.OriginalAmountWithoutTax,
			} {
				if a == nil {
					got = append(got, "-")
				} else {
					got = append(got, a.String())
				}
			}
			if got := strings.Join(got, " "); got != tc.want {
				t.Errorf("Apply = %s, want %s", got, tc.want)
			}
		})
	}
}
