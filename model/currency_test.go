package model

import (
	"errors"
	"testing"
)

func TestIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ amount, currency, want string }{
		{"37.549999999999999999992", "eur", "37.55"},
		{"-0.000000000000000000012", "usd", "0"},
		{"0.005", "usd", "0.01"},
		{"-0.005", "usd", "-0.01"},
		{"1000.5", "jpy", "1001"},
		{"1.23456", "kwd", "1.235"},
		{"1.234", "KWD", "1.234"},
		{"9.999", "xxy", "10"}, // no such currency
		{"12.5", "", "12.5"},
	} {
		if got := MustAmount(c.amount).In(c.currency).String(); got != c.want {
			t.Errorf("%s in %s = %s, want %s", c.amount, c.currency, got, c.want)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for in, want := range map[any]string{"EUR": "eur", "eur": "eur", "Usd": "usd", "e": "", "euro": "", "e r": "", "": "", 12: "", "öre": ""} {
		got, err := UnmarshalCurrencyCode(t.Context(), in)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, Invalid) {
			t.Errorf("currency %v = %q, %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[any]string{"DE": "de", "gb": "gb", "deu": "", "d1": "", true: ""} {
		if got, err := UnmarshalCountryCode(t.Context(), in); got != want || (err == nil) != (want != "") {
			t.Errorf("country %v = %q, %v, want %q", in, got, err, want)
		}
	}
	if got, err := UnmarshalCountryCode(WithDialect(t.Context(), REST), "Germany"); got != "Germany" || err != nil {
		t.Errorf("over REST a country is any text: %q, %v", got, err)
	}
	if got := ShowCode("eur", GraphQL) + ShowCode("eur", REST); got != "EUReur" {
		t.Errorf("ShowCode = %s", got)
	}
}

func TestShownPrice(t *testing.T) {
	t.Parallel()
	amount := func(s string) *Amount {
		a := MustAmount(s)
		return &a
	}
	eur := "eur"
	plain := CalculatedPrice{CalculatedAmount: amount("10"), OriginalAmount: amount("10.00001"), CurrencyCode: &eur}
	if p := plain.Shown(); p.OnSale || p.CompareAt != nil || p.Amount.String() != "10" || p.CurrencyCode != "eur" {
		t.Errorf("a price without a reduction = %+v", p)
	}
	sale := CalculatedPrice{CalculatedAmount: amount("8"), OriginalAmount: amount("10"), CurrencyCode: &eur}
	if p := sale.Shown(); !p.OnSale || p.CompareAt.String() != "10" {
		t.Errorf("a reduced price = %+v", p)
	}
	// The list's price has tax in it and the base price has not: both are compared with tax.
	mixed := CalculatedPrice{
		CalculatedAmount: amount("11"), IsCalculatedPriceTaxInclusive: true, OriginalAmount: amount("10"), OriginalAmountWithTax: amount("12"), CurrencyCode: &eur,
	}
	if p := mixed.Shown(); !p.TaxIncluded || !p.OnSale || p.CompareAt.String() != "12" {
		t.Errorf("a reduced price with tax = %+v", p)
	}
	mixed.OriginalAmountWithTax = nil
	if p := mixed.Shown(); p.OnSale || p.CompareAt != nil {
		t.Errorf("a price that cannot be compared = %+v", p)
	}
	var none *CalculatedPrice
	if none.Shown() != nil || (&CalculatedPrice{}).Shown() != nil {
		t.Error("without an amount there is no price to show")
	}
}
