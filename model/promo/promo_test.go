package promo_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"storegraph/model"
	"storegraph/model/promo"
)

// line is a discountable line of quantity units that cost subtotal together, without tax.
func line(id, subtotal string, quantity int64) promo.Line {
	return promo.Line{
		ID: id, Subtotal: model.MustAmount(subtotal), OriginalTotal: model.MustAmount(subtotal), Quantity: model.NewAmount(quantity),
		Discountable: true, Attributes: promo.Attributes{"id": id},
	}
}

func standard(code, typ, target, allocation, value string, most int) promo.Promotion {
	m := &promo.Method{Type: typ, Target: target, Allocation: allocation, Value: model.MustAmount(value)}
	if most > 0 {
		m.MaxQuantity = &most
	}
	return promo.Promotion{ID: code, Code: code, Type: promo.Standard, Method: m}
}

func only(p promo.Promotion, ids ...string) promo.Promotion {
	p.Method.TargetRules = []promo.Rule{{Attribute: "items.id", Operator: "in", Values: ids}}
	return p
}

func limited(p promo.Promotion, b promo.Budget) promo.Promotion {
	p.Budget = &b
	return p
}

func buyGet(code string, buys int, buy, get, value string, most int) promo.Promotion {
	p := only(standard(code, promo.Percentage, promo.Items, promo.Each, value, most), strings.Split(get, " ")...)
	p.Type = promo.BuyGet
	p.Method.BuyRules = []promo.Rule{{Attribute: "items.id", Operator: "in", Values: strings.Split(buy, " ")}}
	p.Method.BuyMinQuantity, p.Method.ApplyQuantity = buys, 1
	return p
}

func amount(s string) *model.Amount {
	a := model.MustAmount(s)
	return &a
}

func TestApply(t *testing.T) {
	t.Parallel()
	two := func() []promo.Line { return []promo.Line{line("a", "60", 3), line("b", "40", 1)} }
	unsold := line("a", "60", 3)
	unsold.Discountable = false
	taxed := line("a", "100", 1)
	taxed.OriginalTotal = model.MustAmount("125")
	euro := standard("P", promo.Fixed, promo.Order, "", "10", 0)
	euro.Method.CurrencyCode = "eur"
	dollar := standard("P", promo.Fixed, promo.Order, "", "10", 0)
	dollar.Method.CurrencyCode = "usd"
	inclusive := standard("P", promo.Fixed, promo.Order, "", "25", 0)
	inclusive.TaxInclusive = true
	used := standard("P", promo.Fixed, promo.Order, "", "10", 0)
	used.Limit, used.Used = new(int), 3
	*used.Limit = 3
	for name, tc := range map[string]struct {
		promotions []promo.Promotion
		items      []promo.Line
		want       string // code:line=amount …
	}{
		"percentage of the order":       {[]promo.Promotion{standard("P", promo.Percentage, promo.Order, "", "10", 0)}, two(), "P:a=6 P:b=4"},
		"fixed on the order":            {[]promo.Promotion{standard("P", promo.Fixed, promo.Order, "", "10", 0)}, two(), "P:a=6 P:b=4"},
		"more than the order":           {[]promo.Promotion{standard("P", promo.Fixed, promo.Order, "", "500", 0)}, two(), "P:a=60 P:b=40"},
		"each, one unit":                {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Each, "50", 1)}, two(), "P:a=10 P:b=20"},
		"each, two units":               {[]promo.Promotion{standard("P", promo.Fixed, promo.Items, promo.Each, "3", 2)}, two(), "P:a=6 P:b=3"},
		"each, dearer than a unit":      {[]promo.Promotion{standard("P", promo.Fixed, promo.Items, promo.Each, "30", 1)}, two(), "P:a=20 P:b=30"},
		"each, without a maximum":       {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Each, "50", 0)}, two(), "P:a=10 P:b=20"},
		"once takes the cheapest units": {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Once, "50", 4)}, []promo.Line{line("b", "40", 1), line("a", "60", 3)}, "P:a=30 P:b=20"},
		"once stops at its quota":       {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Once, "50", 2)}, two(), "P:a=20"},
		"across with a maximum":         {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Across, "50", 1)}, two(), "P:a=10 P:b=20"},
		"a target rule":                 {[]promo.Promotion{only(standard("P", promo.Fixed, promo.Items, promo.Across, "10", 0), "b")}, two(), "P:b=10"},
		"not discountable":              {[]promo.Promotion{standard("P", promo.Fixed, promo.Order, "", "10", 0)}, []promo.Line{unsold, line("b", "40", 1)}, "P:b=10"},
		"the larger goes first": {[]promo.Promotion{
			standard("P", promo.Percentage, promo.Order, "", "10", 0), standard("Q", promo.Fixed, promo.Order, "", "50", 0),
		}, two(), "Q:a=30 Q:b=20 P:a=3 P:b=2"},
		"with tax":               {[]promo.Promotion{inclusive}, []promo.Line{taxed}, "P:a=25"},
		"with tax, then without": {[]promo.Promotion{inclusive, standard("Q", promo.Percentage, promo.Order, "", "10", 0)}, []promo.Line{taxed}, "P:a=25 Q:a=8"},
		"its currency":           {[]promo.Promotion{euro}, two(), "P:a=6 P:b=4"},
		"another currency":       {[]promo.Promotion{dollar}, two(), ""},
		"used up":                {[]promo.Promotion{used}, two(), ""},
		"no method":              {[]promo.Promotion{{Code: "P"}}, two(), ""},
		"a spend budget that is nearly gone": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.Spend, Limit: amount("15"), Used: amount("10")})},
			two(), "P:b=4",
		},
		"a usage budget at its limit": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.Usage, Limit: amount("3"), Used: amount("3")})},
			two(), "",
		},
		"a customer's last use": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.UseByAttribute, Attribute: "customer_id", Limit: amount("2"), Used: amount("1")})},
			two(), "P:a=6 P:b=4",
		},
		"a customer's uses are gone": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.UseByAttribute, Attribute: "customer_id", Limit: amount("2"), Used: amount("2")})},
			two(), "",
		},
		"buy two, get one free":        {[]promo.Promotion{buyGet("P", 2, "a", "a", "100", 1)}, two(), "P:a=20"},
		"buy two, have only two":       {[]promo.Promotion{buyGet("P", 2, "a", "a", "100", 1)}, []promo.Line{line("a", "40", 2)}, ""},
		"buy one, get another":         {[]promo.Promotion{buyGet("P", 1, "a", "b", "50", 1)}, two(), "P:b=20"},
		"buying keeps the gift free":   {[]promo.Promotion{buyGet("P", 2, "a b c", "c", "100", 1)}, []promo.Line{line("a", "5", 1), line("b", "4", 1), line("c", "9", 1)}, "P:c=9"},
		"as often as it may":           {[]promo.Promotion{buyGet("P", 1, "a", "a", "100", 2)}, []promo.Line{line("a", "100", 10)}, "P:a=20"},
		"units serve one code only":    {[]promo.Promotion{buyGet("P", 1, "a", "b", "100", 9), buyGet("Q", 1, "a", "b", "50", 9)}, []promo.Line{line("a", "10", 1), line("b", "20", 2)}, "P:b=10"},
		"buy-get goes before standard": {[]promo.Promotion{standard("Q", promo.Fixed, promo.Order, "", "500", 0), buyGet("P", 1, "a", "b", "50", 1)}, two(), "P:b=20 Q:a=60 Q:b=20"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := promo.Apply(tc.promotions, &promo.Cart{CurrencyCode: "eur", CustomerID: "cus", Items: tc.items})
			if err != nil {
				t.Fatal(err)
			}
			if s := show(got.Items); s != tc.want {
				t.Errorf("Apply = %q, want %q", s, tc.want)
			}
		})
	}
}

func show(adjustments []promo.Adjustment) string {
	var out []string
	for _, a := range adjustments {
		out = append(out, fmt.Sprintf("%s:%s=%s", a.Code, a.LineID, a.Amount))
	}
	return strings.Join(out, " ")
}

func TestApplyToShipping(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		promotions []promo.Promotion
		want       string
	}{
		"each":            {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, promo.Each, "8", 1)}, "P:x=5 P:y=8"},
		"once":            {[]promo.Promotion{standard("P", promo.Percentage, promo.Shipping, promo.Once, "100", 1)}, "P:x=5"},
		"once, no number": {[]promo.Promotion{standard("P", promo.Percentage, promo.Shipping, promo.Once, "100", 0)}, ""},
		"across":          {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, promo.Across, "10", 0)}, "P:x=2.5 P:y=7.5"},
		"two of them": {[]promo.Promotion{
			standard("P", promo.Percentage, promo.Shipping, promo.Across, "50", 0), standard("Q", promo.Fixed, promo.Shipping, promo.Each, "6", 0),
		}, "P:x=2.5 P:y=7.5 Q:x=2.5 Q:y=6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := promo.Apply(tc.promotions, &promo.Cart{Shipping: []promo.Line{line("x", "5", 1), line("y", "15", 1)}})
			if err != nil {
				t.Fatal(err)
			}
			if s := show(got.Shipping); s != tc.want || len(got.Items) > 0 {
				t.Errorf("Apply = %q and %d on items, want %q and none", s, len(got.Items), tc.want)
			}
		})
	}
}

func TestUsesByWhatTheCartLacks(t *testing.T) {
	t.Parallel()
	p := limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.UseByAttribute, Attribute: "customer_email"})
	if _, err := promo.Apply([]promo.Promotion{p}, &promo.Cart{CustomerID: "cus"}); err == nil {
		t.Error("Apply to a cart without an e-mail address = nil, want an error")
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	var a promo.Attributes
	d := json.NewDecoder(strings.NewReader(`{"sku":"TEE","total":12.5,"gift":false,"none":[],"address":{"country_code":"de"},"groups":[{"id":"vip"},{"id":"new"}],"tags":["x","y"]}`))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		t.Fatal(err)
	}
	for rule, want := range map[string]bool{
		"sku eq TEE": true, "sku eq MUG,TEE": true, "sku eq MUG": false, "items.sku eq TEE": true, "sku ne MUG": true, "sku ne TEE": false,
		"groups.id in vip": true, "groups.id eq vip": false, "groups.id eq vip,new": true, "groups.id ne vip": false, "groups.id ne old": true, "tags in y": true,
		"total gt 12.5": false, "total gte 12.5": true, "total lt 13": true, "total lte 12": false, "total gt 100,12": true,
		"gift eq false": true, "address.country_code in de,at": true, "address.city eq x": false, "address.city ne x": true, "address.city gt 1": false,
		"none ne x": true, "none eq x": false, "none in x": false, "sku gt 1": false, "sku like T": false, "sku eq": false,
	} {
		f := strings.Fields(rule)
		r := promo.Rule{Attribute: f[0], Operator: f[1]}
		if len(f) > 2 {
			r.Values = strings.Split(f[2], ",")
		}
		if got := promo.Match([]promo.Rule{r}, a, promo.Items); got != want {
			t.Errorf("Match(%s) = %v, want %v", rule, got, want)
		}
	}
	if !promo.Match(nil, a, promo.Items) {
		t.Error("Match without rules = false, want true")
	}
}

// No promotions take more off a line than it costs, and a fixed value is taken off whole where the cart is worth it.
func TestAdjustmentsNeverExceedTheLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var items []promo.Line
		var worth model.Amount
		for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
			l := line(fmt.Sprint(i), fmt.Sprint(rapid.IntRange(1, 10000).Draw(t, "subtotal")), rapid.Int64Range(1, 9).Draw(t, "quantity"))
			worth = worth.Plus(l.Subtotal)
			items = append(items, l)
		}
		var ps []promo.Promotion
		for i := range rapid.IntRange(1, 4).Draw(t, "promotions") {
			target := rapid.SampledFrom([]string{promo.Items, promo.Order}).Draw(t, "target")
			allocation := promo.Across
			if target == promo.Items {
				allocation = rapid.SampledFrom([]string{promo.Each, promo.Once, promo.Across}).Draw(t, "allocation")
			}
			typ := rapid.SampledFrom([]string{promo.Fixed, promo.Percentage}).Draw(t, "type")
			value := rapid.IntRange(1, 100).Draw(t, "value")
			ps = append(ps, standard(fmt.Sprint("P", i), typ, target, allocation, fmt.Sprint(value), rapid.IntRange(0, 9).Draw(t, "most")))
		}
		got, err := promo.Apply(ps, &promo.Cart{Items: items})
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]model.Amount{}
		for _, l := range items {
			left[l.ID] = l.Subtotal
		}
		for _, a := range got.Items {
			left[a.LineID] = left[a.LineID].Minus(a.Amount)
			if left[a.LineID].Less(model.MustAmount("-1e-12")) {
				t.Fatalf("line %s is %s after %s", a.LineID, left[a.LineID], show(got.Items))
			}
		}
		fixed := standard("F", promo.Fixed, promo.Order, "", "100", 0)
		got, err = promo.Apply([]promo.Promotion{fixed}, &promo.Cart{Items: items})
		if err != nil {
			t.Fatal(err)
		}
		var taken model.Amount
		for _, a := range got.Items {
			taken = taken.Plus(a.Amount)
		}
		want := slices.MinFunc([]model.Amount{worth, model.NewAmount(100)}, func(a, b model.Amount) int { return a.Cmp(b.Decimal) })
		if taken.Sub(want.Decimal).Abs().GreaterThan(model.MustAmount("1e-12").Decimal) {
			t.Fatalf("the shares of 100 add up to %s, want %s", taken, want)
		}
	})
}
