package tax_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/tax"
)

// rate is a default rate of the country us, to which change was done.
func rate(code string, change func(r *tax.Rate)) tax.Rate {
	r := tax.Rate{ID: code, Code: code, RegionID: "us", IsDefault: true}
	change(&r)
	return r
}

// ruled is a rate of the country us with rules.
func ruled(code string, rules ...tax.Rule) tax.Rate {
	return rate(code, func(r *tax.Rate) { r.IsDefault, r.Rules = false, rules })
}

// inProvince is r as a rate of the province ny of us.
func inProvince(r tax.Rate) tax.Rate {
	r.RegionID, r.ParentRegionID, r.Province = "ny", "us", true
	return r
}

// combinable is r as a rate that adds to the rate of the parent region.
func combinable(r tax.Rate) tax.Rate {
	r.IsCombinable = true
	return r
}

// as is r with another code.
func as(code string, r tax.Rate) tax.Rate {
	r.Code = code
	return r
}

func country() tax.Rate   { return rate("US", func(*tax.Rate) {}) }
func ofApparel() tax.Rate { return ruled("TYPE", tax.Rule{"product_type", "apparel"}) }
func ofMug() tax.Rate     { return ruled("PRODUCT", tax.Rule{"product", "mug"}) }
func ofOption() tax.Rate  { return ruled("SHIP", tax.Rule{"shipping_option", "so"}) }

func shirt() tax.Item { return tax.Item{ProductID: "shirt", ProductTypeID: "apparel"} }
func mug() tax.Item   { return tax.Item{ProductID: "mug", ProductTypeID: "apparel"} }

// An applicableCase says which rates apply to an item, by their codes.
type applicableCase struct {
	rates []tax.Rate
	item  tax.Item
	want  string
}

func runApplicable(t *testing.T, cases map[string]applicableCase) {
	t.Helper()
	for name, tc := range cases {
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

func TestApplicable(t *testing.T) {
	t.Parallel()
	mixedUp := ruled("ODD",
		tax.Rule{"shipping_option", "mug"}, tax.Rule{"shipping_option", "apparel"}, tax.Rule{"collection", "mug"},
		tax.Rule{"collection", "apparel"},
		tax.Rule{"product", "so"}, tax.Rule{"product_type", "so"}, tax.Rule{"collection", "so"})
	mixedUpShipping := ruled("ODD", tax.Rule{"product_type", "so"}, tax.Rule{"product", "so"}, tax.Rule{"collection", "so"})
	nameless := ruled("EMPTY", tax.Rule{"product", ""}, tax.Rule{"product_type", ""}, tax.Rule{"shipping_option", ""})
	runApplicable(t, map[string]applicableCase{
		"no rates":                         {nil, shirt(), ""},
		"no rate that fits":                {[]tax.Rate{ofMug()}, shirt(), ""},
		"the default":                      {[]tax.Rate{country()}, shirt(), "US"},
		"the first of two defaults":        {[]tax.Rate{country(), as("US2", country())}, shirt(), "US"},
		"a type's before the default":      {[]tax.Rate{country(), ofApparel()}, shirt(), "TYPE"},
		"another product's rule":           {[]tax.Rate{country(), ofMug()}, shirt(), "US"},
		"a product's before its type's":    {[]tax.Rate{country(), ofApparel(), ofMug()}, mug(), "PRODUCT"},
		"an unknown type has no rule":      {[]tax.Rate{country(), ofApparel()}, tax.Item{ProductID: "shirt"}, "US"},
		"a shipping option's":              {[]tax.Rate{country(), ofOption()}, tax.Item{ShippingOptionID: "so"}, "SHIP"},
		"another shipping option's":        {[]tax.Rate{country(), ofOption()}, tax.Item{ShippingOptionID: "other"}, "US"},
		"a product is no shipping option":  {[]tax.Rate{mixedUp}, mug(), ""},
		"a shipping option is no product":  {[]tax.Rate{mixedUpShipping}, tax.Item{ShippingOptionID: "so"}, ""},
		"an unknown id fits no empty rule": {[]tax.Rate{nameless}, tax.Item{}, ""},
	})
}

func TestApplicableInProvince(t *testing.T) {
	t.Parallel()
	province := inProvince(as("NY", country()))
	added := combinable(as("NY+", province))
	addedApparel := combinable(inProvince(as("NYA", ofApparel())))
	ofShirt := inProvince(ruled("NYP", tax.Rule{"product", "shirt"}))
	orphan := as("ORPHAN", added)
	orphan.ParentRegionID = ""
	rootless := rate("ROOTLESS", func(r *tax.Rate) { r.RegionID = "" })
	runApplicable(t, map[string]applicableCase{
		"a province's before the country's":         {[]tax.Rate{country(), province}, shirt(), "NY"},
		"its default before the country's product":  {[]tax.Rate{ofMug(), province}, tax.Item{ProductID: "mug"}, "NY"},
		"its default before the country's type":     {[]tax.Rate{ofApparel(), province}, shirt(), "NY"},
		"its product's before its type's":           {[]tax.Rate{country(), addedApparel, ofShirt}, shirt(), "NYP"},
		"combined with the country's":               {[]tax.Rate{country(), added}, shirt(), "NY+ US"},
		"combined with the country's most specific": {[]tax.Rate{country(), ofApparel(), addedApparel, added}, shirt(), "NYA TYPE"},
		"combined with no country's":                {[]tax.Rate{rootless, orphan}, shirt(), "ORPHAN"},
	})
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
