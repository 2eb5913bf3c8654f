package total_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/total"
)

func line(price string, quantity int, rate string, inclusive bool, off ...*model.Adjustment) *model.LineItem {
	i := &model.LineItem{UnitPrice: model.MustAmount(price), Quantity: quantity, IsTaxInclusive: inclusive, Adjustments: off}
	if rate != "" {
		i.TaxLines = []*model.TaxLine{{Rate: model.MustAmount(rate)}}
	}
	return i
}

func off(amount string, inclusive bool) *model.Adjustment {
	return &model.Adjustment{Amount: model.MustAmount(amount), IsTaxInclusive: inclusive}
}

func TestItem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		item                                         *model.LineItem
		subtotal, total, tax, originalTotal          string
		discountTotal, discountSubtotal, discountTax string
	}{
		"no tax":                   {line("20", 2, "", false), "40", "40", "0", "40", "0", "0", "0"},
		"exclusive":                {line("20", 2, "19", false), "40", "47.6", "7.6", "47.6", "0", "0", "0"},
		"inclusive":                {line("11.9", 1, "19", true), "10", "11.9", "1.9", "11.9", "0", "0", "0"},
		"discount":                 {line("20", 2, "10", false, off("10", false)), "40", "33", "3", "44", "11", "10", "1"},
		"discount with tax":        {line("20", 2, "10", false, off("11", true)), "40", "33", "3", "44", "11", "10", "1"},
		"discount on inclusive":    {line("11", 2, "10", true, off("10", false)), "20", "11", "1", "22", "11", "10", "1"},
		"two discounts":            {line("20", 1, "10", false, off("4", false), off("6", false)), "20", "11", "1", "22", "11", "10", "1"},
		"nothing is left":          {line("20", 1, "10", false, off("20", false)), "20", "0", "0", "22", "22", "20", "2"},
		"no units":                 {line("20", 0, "10", false, off("20", false)), "0", "0", "0", "0", "0", "0", "0"},
		"free":                     {line("0", 3, "10", true), "0", "0", "0", "0", "0", "0", "0"},
		"more than a double tells": {line("0.1", 3, "", false), "0.3", "0.3", "0", "0.3", "0", "0", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := tc.item
			total.Item(i)
			for what, pair := range map[string][2]string{
				"Subtotal": {i.Subtotal.String(), tc.subtotal}, "Total": {i.Total.String(), tc.total}, "TaxTotal": {i.TaxTotal.String(), tc.tax},
				"OriginalTotal": {i.OriginalTotal.String(), tc.originalTotal}, "DiscountTotal": {i.DiscountTotal.String(), tc.discountTotal},
				"DiscountSubtotal": {i.DiscountSubtotal.String(), tc.discountSubtotal},
				"DiscountTaxTotal": {i.DiscountTaxTotal.String(), tc.discountTax},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s = %s, want %s", what, pair[0], pair[1])
				}
			}
		})
	}
}

func TestShipping(t *testing.T) {
	t.Parallel()
	m := &model.ShippingMethod{
		Amount: model.MustAmount("5.95"), IsTaxInclusive: true, TaxLines: []*model.TaxLine{{Rate: model.MustAmount("19")}},
		Adjustments: []*model.Adjustment{off("1", false)},
	}
	total.Shipping(m)
	if a := m.Adjustments[0]; a.Subtotal.String() != "1" || a.Total.String() != "1.19" {
		t.Errorf("adjustment = %s, %s with tax, want 1 and 1.19", a.Subtotal, a.Total)
	}
	got := fmt.Sprint(m.Subtotal, m.Total, m.TaxTotal, m.OriginalTotal, m.DiscountTotal, m.DiscountTaxTotal)
	if want := "5 4.76 0.76 5.95 1.19 0.19"; got != want {
		t.Errorf("subtotal, total, tax, original total, discount, tax of the discount = %s, want %s", got, want)
	}
	if got := m.TaxLines[0]; got.Total.String() != "0.76" || got.Subtotal.String() != "0.95" {
		t.Errorf("tax line = %s after and %s before discounts, want 0.76 and 0.95", got.Total, got.Subtotal)
	}
}

func TestCredit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		digits       int
		amount, want string
	}{
		"none":                      {2, "0", "40"},
		"pays a part":               {2, "7.5", "32.5"},
		"the smallest unit is none": {2, "0.01", "40"},
		"one yen is none":           {0, "1", "40"},
		"one fils of a thousand":    {3, "0.01", "39.99"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &model.Cart{
				CurrencyDigits: tc.digits, Items: []*model.LineItem{line("20", 2, "", false)},
				CreditLines: []*model.CreditLine{{Amount: model.MustAmount(tc.amount)}},
			}
			if total.Cart(c); c.Total.String() != tc.want {
				t.Errorf("Total = %s, want %s", c.Total, tc.want)
			}
		})
	}
}

// cents draws an amount of money.
func cents(t *rapid.T, label string, most int64) model.Amount {
	return model.Amount{Decimal: model.NewAmount(rapid.Int64Range(0, most).Draw(t, label)).Shift(-2)}
}

// taxed draws the taxes on a line and what is taken off it.
func taxed(t *rapid.T) (taxes []*model.TaxLine, off []*model.Adjustment) {
	for range rapid.IntRange(0, 2).Draw(t, "taxes") {
		taxes = append(taxes, &model.TaxLine{Rate: cents(t, "rate", 4000)})
	}
	for range rapid.IntRange(0, 2).Draw(t, "discounts") {
		off = append(off, &model.Adjustment{Amount: cents(t, "off", 1e4), IsTaxInclusive: rapid.Bool().Draw(t, "off inclusive")})
	}
	return taxes, off
}

// stale draws totals that someone left in a line.
func stale(t *rapid.T) model.LineTotals {
	a := cents(t, "stale", 1e4)
	return model.LineTotals{
		Total: a, Subtotal: a, TaxTotal: a, DiscountTotal: a, DiscountSubtotal: a, DiscountTaxTotal: a,
		OriginalTotal: a, OriginalSubtotal: a, OriginalTaxTotal: a,
	}
}

// drawn draws a cart without totals, but with whatever was in them before.
func drawn(t *rapid.T) *model.Cart {
	c := &model.Cart{CurrencyDigits: 2}
	c.Total, c.OfItems.Total, c.DiscountTaxTotal = cents(t, "stale", 100), cents(t, "stale", 100), cents(t, "stale", 100)
	for range rapid.IntRange(0, 4).Draw(t, "lines") {
		i := &model.LineItem{
			UnitPrice: cents(t, "price", 1e6), Quantity: rapid.IntRange(0, 20).Draw(t, "quantity"),
			IsTaxInclusive: rapid.Bool().Draw(t, "inclusive"), LineTotals: stale(t),
		}
		i.TaxLines, i.Adjustments = taxed(t)
		c.Items = append(c.Items, i)
	}
	for range rapid.IntRange(0, 2).Draw(t, "methods") {
		m := &model.ShippingMethod{Amount: cents(t, "shipping", 1e5), IsTaxInclusive: rapid.Bool().Draw(t, "inclusive"), LineTotals: stale(t)}
		m.TaxLines, m.Adjustments = taxed(t)
		c.ShippingMethods = append(c.ShippingMethods, m)
	}
	for range rapid.IntRange(0, 2).Draw(t, "credits") {
		c.CreditLines = append(c.CreditLines, &model.CreditLine{Amount: cents(t, "credit", 1e4)})
	}
	return c
}

// The totals of a cart are the sums of its parts, whatever is in it and however often they are computed.
func TestCartIsTheSumOfItsParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		total.Cart(c)
		once := fmt.Sprint(c.Totals)
		total.Cart(c)
		if twice := fmt.Sprint(c.Totals); twice != once {
			t.Fatalf("Totals = %s the second time, want %s", twice, once)
		}
		var items, methods model.LineTotals
		for _, i := range c.Items {
			add(&items, i.LineTotals)
		}
		for _, m := range c.ShippingMethods {
			add(&methods, m.LineTotals)
		}
		all := items
		add(&all, methods)
		var credit model.Amount
		for _, l := range c.CreditLines {
			credit = credit.Plus(l.Amount)
			if !l.Total.Equal(l.Amount.Decimal) || !l.Subtotal.Equal(l.Amount.Decimal) {
				t.Fatalf("credit of %s is %s, %s without tax", l.Amount, l.Total, l.Subtotal)
			}
		}
		if credit.LessThanOrEqual(model.MustAmount("0.01").Decimal) {
			credit = model.Amount{}
		}
		for what, pair := range map[string][2]model.Amount{
			"Total": {c.Total, all.Total.Minus(credit)}, "Subtotal": {c.Subtotal, all.Subtotal}, "TaxTotal": {c.TaxTotal, all.TaxTotal},
			"DiscountTotal": {c.DiscountTotal, all.DiscountTotal}, "DiscountSubtotal": {c.DiscountSubtotal, all.DiscountSubtotal},
			"DiscountTaxTotal": {c.DiscountTaxTotal, all.DiscountTaxTotal}, "OriginalTotal": {c.OriginalTotal, all.OriginalTotal},
			"OriginalSubtotal": {c.OriginalSubtotal, all.OriginalSubtotal}, "OriginalTaxTotal": {c.OriginalTaxTotal, all.OriginalTaxTotal},

			"ItemTotal": {c.OfItems.Total, items.Total}, "ItemSubtotal": {c.OfItems.Subtotal, items.Subtotal},
			"ItemTaxTotal":      {c.OfItems.TaxTotal, items.TaxTotal},
			"ItemDiscountTotal": {c.OfItems.DiscountTotal, items.DiscountTotal}, "OriginalItemTotal": {c.OfItems.OriginalTotal, items.OriginalTotal},
			"OriginalItemSubtotal": {c.OfItems.OriginalSubtotal, items.OriginalSubtotal},
			"OriginalItemTaxTotal": {c.OfItems.OriginalTaxTotal, items.OriginalTaxTotal},

			"ShippingTotal": {c.OfShipping.Total, methods.Total}, "ShippingSubtotal": {c.OfShipping.Subtotal, methods.Subtotal},
			"ShippingTaxTotal": {c.OfShipping.TaxTotal, methods.TaxTotal}, "ShippingDiscountTotal": {c.OfShipping.DiscountTotal, methods.DiscountTotal},
			"OriginalShippingTotal":    {c.OfShipping.OriginalTotal, methods.OriginalTotal},
			"OriginalShippingSubtotal": {c.OfShipping.OriginalSubtotal, methods.OriginalSubtotal},
			"OriginalShippingTaxTotal": {c.OfShipping.OriginalTaxTotal, methods.OriginalTaxTotal},

			"CreditLineTotal": {c.CreditLineTotal, credit}, "CreditLineSubtotal": {c.CreditLineSubtotal, credit},
			"CreditLineTaxTotal": {c.CreditLineTaxTotal, model.Amount{}},

			"OriginalTotal - DiscountTotal": {all.OriginalTotal.Minus(all.DiscountTotal), all.Total},
		} {
			if !pair[0].Equal(pair[1].Decimal) {
				t.Fatalf("%s = %s, want %s", what, pair[0], pair[1])
			}
		}
	})
}

func add(sum *model.LineTotals, l model.LineTotals) {
	sum.Total, sum.Subtotal, sum.TaxTotal = sum.Total.Plus(l.Total), sum.Subtotal.Plus(l.Subtotal), sum.TaxTotal.Plus(l.TaxTotal)
	sum.DiscountTotal, sum.DiscountSubtotal = sum.DiscountTotal.Plus(l.DiscountTotal), sum.DiscountSubtotal.Plus(l.DiscountSubtotal)
	sum.DiscountTaxTotal, sum.OriginalTotal = sum.DiscountTaxTotal.Plus(l.DiscountTaxTotal), sum.OriginalTotal.Plus(l.OriginalTotal)
	sum.OriginalSubtotal, sum.OriginalTaxTotal = sum.OriginalSubtotal.Plus(l.OriginalSubtotal), sum.OriginalTaxTotal.Plus(l.OriginalTaxTotal)
}

// The totals of a line add up exactly, also to those of its taxes, and show at most 12 decimal places.
func TestLineAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		total.Cart(c)
		for n, i := range c.Items {
			l := i.LineTotals
			var tax, originalTax model.Amount
			for _, x := range i.TaxLines {
				tax, originalTax = tax.Plus(x.Total), originalTax.Plus(x.Subtotal)
			}
			for what, pair := range map[string][2]model.Amount{
				"Total":         {l.Total, l.Subtotal.Minus(l.DiscountSubtotal).Plus(l.TaxTotal)},
				"OriginalTotal": {l.OriginalTotal, l.OriginalSubtotal.Plus(l.OriginalTaxTotal)},
				"DiscountTotal": {l.DiscountTotal, l.DiscountSubtotal.Plus(l.DiscountTaxTotal)},
				"less discount": {l.Total, l.OriginalTotal.Minus(l.DiscountTotal)},
				"tax":           {l.TaxTotal, tax}, "tax before discounts": {l.OriginalTaxTotal, originalTax},
			} {
				if !pair[0].Equal(pair[1].Decimal) || !pair[0].Equal(pair[0].Round(12)) {
					t.Fatalf("line %d: %s = %s, its parts %s", n, what, pair[0], pair[1])
				}
			}
		}
	})
}

// What is taken off whole is free, and no total shows what a division leaves, also when the amounts have been stored.
func TestNoRemainders(t *testing.T) {
	t.Parallel()
	stored := func(a model.Amount) model.Amount {
		var raw struct{ Value string }
		if err := json.Unmarshal(a.Raw(), &raw); err != nil {
			t.Fatal(err)
		}
		return model.MustAmount(raw.Value)
	}
	for _, tc := range []struct{ prices, rate, percent, want string }{
		{"24.99 24.99 1.2 4.99", "20", "100", "0"},
		{"49.99 12.49 0.01", "19", "100", "0"},
		{"1000000001 999999999.99", "10", "100", "0"},
		{"37.55 12.35", "7", "0", "49.9"},
		{"37.55 12.35 0.1", "19", "50", "25"},
		{"658 0.03", "8.875", "0", "658.03"},
	} {
		c := &model.Cart{CurrencyDigits: 2}
		tax := func() []*model.TaxLine { return []*model.TaxLine{{Rate: model.MustAmount(tc.rate)}} }
		for price := range strings.FieldsSeq(tc.prices) {
			c.Items = append(c.Items, &model.LineItem{UnitPrice: model.MustAmount(price), Quantity: 1, IsTaxInclusive: true, TaxLines: tax()})
		}
		total.Cart(c)
		off := model.MustAmount(tc.percent).Over(model.NewAmount(100))
		for _, i := range c.Items {
			i.Adjustments = []*model.Adjustment{{Amount: stored(i.Net.Times(off))}}
		}
		if total.Cart(c); c.Total.String() != tc.want {
			t.Errorf("%s with %s %% of tax, less %s %% = %s, want %s", tc.prices, tc.rate, tc.percent, c.Total, tc.want)
		}
	}
}

// The order in which lines, shipping methods and credit lines are given changes no total.
func TestOrderOfLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		total.Cart(c)
		want := fmt.Sprint(c.Totals)
		c.Items = rapid.Permutation(c.Items).Draw(t, "items")
		c.ShippingMethods = rapid.Permutation(c.ShippingMethods).Draw(t, "shipping methods")
		c.CreditLines = rapid.Permutation(c.CreditLines).Draw(t, "credit lines")
		total.Cart(c)
		if got := fmt.Sprint(c.Totals); got != want {
			t.Fatalf("Totals = %s in another order, want %s", got, want)
		}
	})
}

// A price with tax gives the same totals as the same price without tax, and so do discounts.
func TestInclusiveAndExclusiveAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		taxes, off := taxed(t)
		factor := model.NewAmount(1)
		for _, l := range taxes {
			factor = factor.Plus(l.Rate.Over(model.NewAmount(100)))
		}
		with := func(offs []*model.Adjustment) (out []*model.Adjustment) {
			for _, a := range offs {
				b := &model.Adjustment{Amount: a.Amount.Times(factor), IsTaxInclusive: true}
				if a.IsTaxInclusive {
					b = &model.Adjustment{Amount: a.Amount.Over(factor)}
				}
				out = append(out, b)
			}
			return out
		}
		price, quantity := cents(t, "price", 1e6), rapid.IntRange(0, 20).Draw(t, "quantity")
		without := &model.LineItem{UnitPrice: price, Quantity: quantity, TaxLines: taxes, Adjustments: off}
		inclusive := &model.LineItem{
			UnitPrice: price.Times(factor), Quantity: quantity, IsTaxInclusive: true, TaxLines: taxes, Adjustments: with(off),
		}
		total.Item(without)
		total.Item(inclusive)
		agree(t, inclusive.LineTotals, without.LineTotals)
		plain := &model.ShippingMethod{Amount: price, TaxLines: taxes, Adjustments: off}
		gross := &model.ShippingMethod{Amount: price.Times(factor), IsTaxInclusive: true, TaxLines: taxes, Adjustments: with(off)}
		total.Shipping(plain)
		total.Shipping(gross)
		agree(t, gross.LineTotals, plain.LineTotals)
		for n, a := range inclusive.Adjustments {
			if a.Total.Sub(off[n].Total.Decimal).Abs().GreaterThan(model.MustAmount("1e-9").Decimal) {
				t.Fatalf("discount = %s, want %s", a.Total, off[n].Total)
			}
		}
	})
}

// agree fails unless the totals are the same but for what divisions leave.
func agree(t *rapid.T, got, want model.LineTotals) {
	for what, pair := range map[string][2]model.Amount{
		"Total": {got.Total, want.Total}, "Subtotal": {got.Subtotal, want.Subtotal}, "TaxTotal": {got.TaxTotal, want.TaxTotal},
		"DiscountTotal": {got.DiscountTotal, want.DiscountTotal}, "DiscountSubtotal": {got.DiscountSubtotal, want.DiscountSubtotal},
		"DiscountTaxTotal": {got.DiscountTaxTotal, want.DiscountTaxTotal}, "OriginalTotal": {got.OriginalTotal, want.OriginalTotal},
		"OriginalSubtotal": {got.OriginalSubtotal, want.OriginalSubtotal}, "OriginalTaxTotal": {got.OriginalTaxTotal, want.OriginalTaxTotal},
	} {
		most := pair[1].Abs().Add(decimal.New(1, 0)).Shift(-9)
		if pair[0].Sub(pair[1].Decimal).Abs().GreaterThan(most) {
			t.Fatalf("%s = %s with tax, want %s as without", what, pair[0], pair[1])
		}
	}
}

// A price that includes tax is its own original total, also where it cannot be divided exactly, as 10 / 1.07.
func TestInclusivePriceStays(t *testing.T) {
	t.Parallel()
	i := line("10", 1, "7", true)
	if total.Item(i); i.OriginalTotal.String() != "10" {
		t.Errorf("OriginalTotal = %s, want 10", i.OriginalTotal)
	}
}

// parts are the totals of what was fulfilled, shipped, requested to be returned, received, dismissed and written off.
func parts(p model.PartTotals) string {
	return fmt.Sprint(p.FulfilledTotal, p.ShippedTotal, p.ReturnRequestedTotal, p.ReturnReceivedTotal, p.ReturnDismissedTotal, p.WriteOffTotal)
}

// The totals of an order of which some units were shipped, some were returned and some are to be returned. A unit of A costs 12 a unit with
// tax, one of B 5.
func TestOrder(t *testing.T) {
	t.Parallel()
	a := &model.OrderItem{
		UnitPrice: model.NewAmount(10), Quantity: model.NewAmount(10), TaxLines: []*model.TaxLine{{Rate: model.NewAmount(20)}},
		Detail: &model.OrderItemDetail{
			FulfilledQuantity: model.NewAmount(7), ShippedQuantity: model.NewAmount(6), ReturnRequestedQuantity: model.NewAmount(2),
			ReturnReceivedQuantity: model.NewAmount(3), ReturnDismissedQuantity: model.NewAmount(1), WrittenOffQuantity: model.NewAmount(4),
		},
	}
	b := &model.OrderItem{
		UnitPrice: model.NewAmount(5), Quantity: model.NewAmount(3), Detail: &model.OrderItemDetail{
			FulfilledQuantity: model.NewAmount(2), ShippedQuantity: model.NewAmount(1), ReturnRequestedQuantity: model.NewAmount(1),
			ReturnDismissedQuantity: model.NewAmount(2), WrittenOffQuantity: model.NewAmount(1),
		},
	}
	o := &model.Order{
		CurrencyDigits: 2, Totaled: true, Items: []*model.OrderItem{a, b},
		ShippingMethods: []*model.OrderShippingMethod{{Amount: model.NewAmount(4)}},
		CreditLines:     []*model.OrderCreditLine{{Amount: model.NewAmount(6)}},
		Summary:         &model.OrderSummary{TransactionTotal: model.NewAmount(30)},
	}
	for range 2 { // what was in the totals does not matter
		total.Order(o)
		for what, pair := range map[string][2]any{
			"A":           {fmt.Sprint(a.Total, a.RefundableTotal, a.RefundableTotalPerUnit), "72 48 12"},
			"parts of A":  {parts(a.PartTotals), "84 72 24 36 12 48"},
			"B":           {fmt.Sprint(b.Total, b.RefundableTotal, b.RefundableTotalPerUnit), "5 0 0"},
			"parts of B":  {parts(b.PartTotals), "10 5 5 0 10 5"},
			"all":         {fmt.Sprint(o.Total, o.OfItems.Total, o.OfShipping.Total, o.CreditLineTotal), "75 77 4 6"},
			"parts":       {parts(o.PartTotals), "94 77 29 36 22 53"},
			"to be paid":  {o.Summary.PendingDifference.String(), "16"}, // 75 - 29 - 30
			"credit line": {fmt.Sprint(o.CreditLines[0].Total, o.CreditLines[0].Subtotal), "6 6"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s = %s, want %s", what, pair[0], pair[1])
			}
		}
		a.RefundableTotal, a.RefundableTotalPerUnit, b.RefundableTotalPerUnit = model.NewAmount(1), model.NewAmount(1), model.NewAmount(1)
	}
	o.Totaled, o.Summary.TransactionTotal = false, model.NewAmount(0)
	if total.Order(o); o.Summary.PendingDifference.String() != "16" {
		t.Errorf("PendingDifference = %s of totals that are not shown, want it untouched", o.Summary.PendingDifference)
	}
	o.Totaled, o.Summary = true, nil
	total.Order(o)
}

// TestReturn finds what it costs to send things back.
func TestReturn(t *testing.T) {
	t.Parallel()
	r := &model.Return{ShippingMethods: []*model.OrderShippingMethod{
		{Amount: model.NewAmount(10), TaxLines: []*model.TaxLine{{Rate: model.NewAmount(20)}}, Adjustments: []*model.Adjustment{off("2", false)}},
		{Amount: model.NewAmount(1)},
	}}
	for range 2 {
		total.Return(r)
		if got, want := fmt.Sprint(r.Total, r.OfShipping.Total, r.Subtotal, r.TaxTotal, r.OriginalTotal), "10.6 10.6 11 1.6 13"; got != want {
			t.Errorf("Return = %s, want %s", got, want)
		}
	}
}

// TestOrderItem finds what is left of the totals of a line when units of it come back, or are to.
func TestOrderItem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		item                          *model.LineItem
		requested, received           string
		total, tax, refundable, unit  string
		requestedTotal, receivedTotal string
	}{
		"nothing comes back":         {line("22", 3, "7.25", false), "0", "0", "70.785", "4.785", "70.785", "23.595", "0", "0"},
		"one is to come back":        {line("22", 3, "7.25", false), "1", "0", "70.785", "4.785", "47.19", "23.595", "23.595", "0"},
		"one came back":              {line("22", 3, "7.25", false), "0", "1", "47.19", "3.19", "47.19", "23.595", "0", "23.595"},
		"all came back":              {line("22", 3, "7.25", false), "0", "3", "0", "0", "0", "0", "0", "70.785"},
		"with a discount":            {line("22", 2, "10", false, off("4", false)), "1", "0", "44", "4", "22", "22", "22", "0"},
		"half of a discount is back": {line("22", 2, "10", false, off("4", false)), "0", "1", "22", "2", "22", "22", "0", "22"},
		"inclusive":                  {line("11", 2, "10", true), "1", "0", "22", "2", "11", "11", "11", "0"},
		"inclusive with a discount":  {line("11", 2, "10", true, off("2", false)), "0", "1", "9.9", "0.9", "9.9", "9.9", "0", "9.9"},
		"no units":                   {line("11", 0, "10", false), "0", "0", "0", "0", "0", "0", "0", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &model.OrderItem{
				UnitPrice: tc.item.UnitPrice, Quantity: model.NewAmount(int64(tc.item.Quantity)), IsTaxInclusive: tc.item.IsTaxInclusive,
				TaxLines: tc.item.TaxLines, Adjustments: tc.item.Adjustments, Detail: &model.OrderItemDetail{
					ReturnRequestedQuantity: model.MustAmount(tc.requested), ReturnReceivedQuantity: model.MustAmount(tc.received),
				},
			}
			total.OrderItem(i)
			for what, pair := range map[string][2]string{
				"total": {i.Total.String(), tc.total}, "tax": {i.TaxTotal.String(), tc.tax}, "refundable": {i.RefundableTotal.String(), tc.refundable},
				"refundable per unit": {i.RefundableTotalPerUnit.String(), tc.unit}, "requested": {i.ReturnRequestedTotal.String(), tc.requestedTotal},
				"received": {i.ReturnReceivedTotal.String(), tc.receivedTotal},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s = %s, want %s", what, pair[0], pair[1])
				}
			}
		})
	}
}

// An order of which nothing was returned has the totals of its cart.
func TestOrderIsCart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		o := &model.Order{CurrencyDigits: c.CurrencyDigits}
		copied := func(offs []*model.Adjustment) (out []*model.Adjustment) {
			for _, a := range offs {
				b := *a
				out = append(out, &b)
			}
			return out
		}
		for _, i := range c.Items {
			o.Items = append(o.Items, &model.OrderItem{
				UnitPrice: i.UnitPrice, Quantity: model.NewAmount(int64(i.Quantity)), IsTaxInclusive: i.IsTaxInclusive, TaxLines: i.TaxLines,
				Adjustments: copied(i.Adjustments), Detail: &model.OrderItemDetail{}, LineTotals: stale(t),
			})
		}
		for _, m := range c.ShippingMethods {
			o.ShippingMethods = append(o.ShippingMethods, &model.OrderShippingMethod{
				Amount: m.Amount, IsTaxInclusive: m.IsTaxInclusive, TaxLines: m.TaxLines, Adjustments: copied(m.Adjustments), LineTotals: stale(t),
			})
		}
		for _, l := range c.CreditLines {
			o.CreditLines = append(o.CreditLines, &model.OrderCreditLine{Amount: l.Amount})
		}
		total.Cart(c)
		total.Order(o)
		if got, want := fmt.Sprint(o.Totals), fmt.Sprint(c.Totals); got != want {
			t.Fatalf("Order = %s, want %s as the cart", got, want)
		}
	})
}
