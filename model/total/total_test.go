package total_test

import (
	"testing"

	"pgregory.net/rapid"

	"storegraph/model"
	"storegraph/model/total"
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
				"DiscountSubtotal": {i.DiscountSubtotal.String(), tc.discountSubtotal}, "DiscountTaxTotal": {i.DiscountTaxTotal.String(), tc.discountTax},
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
	got := []string{m.Subtotal.String(), m.Total.String(), m.TaxTotal.String(), m.OriginalTotal.String(), m.DiscountTotal.String(), m.DiscountTaxTotal.String()}
	for i, want := range []string{"5", "4.76", "0.76", "5.95", "1.19", "0.19"} {
		if got[i] != want {
			t.Errorf("total %d = %s, want %s", i, got[i], want)
		}
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

// The totals of a cart are the sums of its parts, whatever is in it and however often they are computed.
func TestCartIsTheSumOfItsParts(t *testing.T) {
	t.Parallel()
	cents := func(t *rapid.T, label string, most int64) model.Amount {
		return model.Amount{Decimal: model.NewAmount(rapid.Int64Range(0, most).Draw(t, label)).Shift(-2)}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &model.Cart{CurrencyDigits: 2}
		for range rapid.IntRange(0, 4).Draw(t, "lines") {
			i := line("0", rapid.IntRange(1, 20).Draw(t, "quantity"), "0", rapid.Bool().Draw(t, "inclusive"))
			i.UnitPrice = cents(t, "price", 1e6)
			i.TaxLines[0].Rate = cents(t, "rate", 4000)
			i.Adjustments = []*model.Adjustment{{Amount: cents(t, "off", 1e4), IsTaxInclusive: rapid.Bool().Draw(t, "off inclusive")}}
			c.Items = append(c.Items, i)
		}
		for range rapid.IntRange(0, 2).Draw(t, "methods") {
			c.ShippingMethods = append(c.ShippingMethods, &model.ShippingMethod{
				Amount: cents(t, "shipping", 1e5), TaxLines: []*model.TaxLine{{Rate: cents(t, "shipping rate", 4000)}},
			})
		}
		total.Cart(c)
		before := c.Total
		total.Cart(c)
		if !c.Total.Equal(before.Decimal) {
			t.Fatalf("Total = %s the second time, want %s", c.Total, before)
		}
		var sum, tax, discount, original model.Amount
		for _, i := range c.Items {
			sum, tax, discount, original = sum.Plus(i.Total), tax.Plus(i.TaxTotal), discount.Plus(i.DiscountTotal), original.Plus(i.OriginalTotal)
		}
		for _, m := range c.ShippingMethods {
			sum, tax, discount, original = sum.Plus(m.Total), tax.Plus(m.TaxTotal), discount.Plus(m.DiscountTotal), original.Plus(m.OriginalTotal)
		}
		for what, pair := range map[string][2]model.Amount{
			"Total": {c.Total, sum}, "TaxTotal": {c.TaxTotal, tax}, "DiscountTotal": {c.DiscountTotal, discount},
			"OriginalTotal": {c.OriginalTotal, original}, "OriginalTotal - DiscountTotal": {original.Minus(discount), sum},
		} {
			if pair[0].Sub(pair[1].Decimal).Abs().GreaterThan(model.MustAmount("1e-12").Decimal) {
				t.Fatalf("%s = %s, want %s", what, pair[0], pair[1])
			}
		}
	})
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

// TestOrderIsCart finds that an order of which nothing came back costs what the cart did.
func TestOrderIsCart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, o := &model.Cart{CurrencyDigits: 2}, &model.Order{CurrencyDigits: 2}
		for range rapid.IntRange(0, 4).Draw(t, "lines") {
			price := rapid.SampledFrom([]string{"0", "1", "19.99", "0.3333333333", "1000000"}).Draw(t, "price")
			rate := rapid.SampledFrom([]string{"", "7.25", "19", "0"}).Draw(t, "rate")
			i := line(price, rapid.IntRange(0, 5).Draw(t, "quantity"), rate, rapid.Bool().Draw(t, "inclusive"), off("0.7", rapid.Bool().Draw(t, "taxed")))
			c.Items = append(c.Items, i)
			copied := *i.Adjustments[0]
			o.Items = append(o.Items, &model.OrderItem{
				UnitPrice: i.UnitPrice, Quantity: model.NewAmount(int64(i.Quantity)), IsTaxInclusive: i.IsTaxInclusive, TaxLines: i.TaxLines,
				Adjustments: []*model.Adjustment{&copied}, Detail: &model.OrderItemDetail{},
			})
		}
		total.Cart(c)
		total.Order(o)
		if c.Total.String() != o.Total.String() || c.TaxTotal.String() != o.TaxTotal.String() || c.DiscountTotal.String() != o.DiscountTotal.String() {
			t.Fatalf("order %s, %s, %s, cart %s, %s, %s", o.Total, o.TaxTotal, o.DiscountTotal, c.Total, c.TaxTotal, c.DiscountTotal)
		}
	})
}
