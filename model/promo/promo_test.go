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
	return promo.Promotion{ID: "promo_" + code, Code: code, Type: promo.Standard, Method: m}
}

func only(p promo.Promotion, ids ...string) promo.Promotion {
	p.Method.TargetRules = []promo.Rule{{Attribute: "items.id", Operator: "in", Values: ids}}
	return p
}

func limited(p promo.Promotion, b promo.Budget) promo.Promotion {
	p.Budget = &b
	return p
}

func change(p promo.Promotion, f func(m *promo.Method)) promo.Promotion {
	f(p.Method)
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
	twice := inclusive
	twice.ID, twice.Code = "promo_Q", "Q"
	free, other := line("a", "0", 1), taxed
	other.ID = "b"
	none := line("a", "60", 0)
	ruled := standard("P", promo.Fixed, promo.Order, "", "10", 0)
	ruled.Rules = []promo.Rule{{Attribute: "currency_code", Operator: "eq", Values: []string{"usd"}}}
	unused := used
	unused.Used = 2
	zero := standard("P", promo.Percentage, promo.Items, promo.Across, "50", 1)
	*zero.Method.MaxQuantity = 0
	onceZero := standard("P", promo.Percentage, promo.Items, promo.Once, "50", 1)
	*onceZero.Method.MaxQuantity = 0
	fixedGift := func(value string, most, gets int) promo.Promotion {
		p := buyGet("P", 1, "a", "b", value, most)
		p.Method.Type, p.Method.ApplyQuantity = promo.Fixed, gets
		return p
	}
	pair := func() []promo.Line { return []promo.Line{line("a", "100", 10), line("b", "80", 4)} }
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
		"with tax, twice":                   {[]promo.Promotion{inclusive, twice}, []promo.Line{taxed}, "P:a=25 Q:a=25"},
		"with tax, all of it twice":         {[]promo.Promotion{inclusive, standard("Q", promo.Fixed, promo.Order, "", "200", 0)}, []promo.Line{taxed}, "Q:a=100"},
		"its own rules do not hold":         {[]promo.Promotion{ruled, standard("Q", promo.Fixed, promo.Order, "", "5", 0)}, two(), "Q:a=3 Q:b=2"},
		"not yet used up":                   {[]promo.Promotion{unused}, two(), "P:a=6 P:b=4"},
		"a free line":                       {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Each, "50", 1)}, []promo.Line{free, line("b", "40", 1)}, "P:b=20"},
		"a line of no units":                {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Each, "50", 1)}, []promo.Line{none, line("b", "40", 1)}, "P:b=20"},
		"items without an allocation":       {[]promo.Promotion{standard("P", promo.Fixed, promo.Items, "", "3", 1)}, two(), "P:a=3 P:b=3"},
		"an order, but each":                {[]promo.Promotion{standard("P", promo.Fixed, promo.Order, promo.Each, "3", 1)}, two(), "P:a=3 P:b=3"},
		"with tax, a free line":             {[]promo.Promotion{inclusive}, []promo.Line{free, other}, "P:b=25"},
		"alike, with what only gifts have":  {[]promo.Promotion{standard("P", promo.Fixed, promo.Order, "", "10", 0), change(standard("Q", promo.Fixed, promo.Order, "", "10", 0), func(m *promo.Method) { m.BuyMinQuantity, m.ApplyQuantity = 2, 2 })}, two(), "P:a=6 P:b=4 Q:a=6 Q:b=4"},
		"each keeps the order":              {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Each, "50", 1)}, []promo.Line{line("b", "40", 1), line("a", "60", 3)}, "P:b=20 P:a=10"},
		"once sorts by the unit":            {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Once, "50", 1)}, []promo.Line{line("b", "40", 1), line("a", "60", 3)}, "P:a=10"},
		"once of none":                      {[]promo.Promotion{onceZero}, two(), ""},
		"across, two units of a line":       {[]promo.Promotion{standard("P", promo.Percentage, promo.Items, promo.Across, "50", 2)}, two(), "P:a=20 P:b=20"},
		"across, a maximum of none is none": {[]promo.Promotion{zero}, two(), "P:a=30 P:b=20"},
		"negligible, each":                  {[]promo.Promotion{standard("P", promo.Fixed, promo.Items, promo.Each, "0.0001", 1)}, two(), ""},
		"little, each":                      {[]promo.Promotion{standard("P", promo.Fixed, promo.Items, promo.Each, "0.0002", 1)}, two(), "P:a=0.0002 P:b=0.0002"},
		"negligible, across":                {[]promo.Promotion{standard("P", promo.Fixed, promo.Order, "", "0.0002", 0)}, two(), "P:a=0.00012"},
		"nothing left for the next":         {[]promo.Promotion{standard("P", promo.Percentage, promo.Order, "", "100", 0), standard("Q", promo.Fixed, promo.Order, "", "10", 0), standard("R", promo.Fixed, promo.Items, promo.Each, "1", 1)}, two(), "P:a=60 P:b=40"},
		"a usage budget's last use": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.Usage, Limit: amount("3"), Used: amount("2")})},
			two(), "P:a=6 P:b=4",
		},
		"a usage budget without a limit": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.Usage, Used: amount("2")})},
			two(), "P:a=6 P:b=4",
		},
		"a usage budget with a limit of 0": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.Usage, Limit: amount("0"), Used: amount("2")})},
			two(), "P:a=6 P:b=4",
		},
		"a spend budget never used": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.Spend, Limit: amount("5")})},
			two(), "P:b=4",
		},
		"a customer's first use is never too much": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.UseByAttribute, Attribute: "customer_id", Limit: amount("0.5")})},
			two(), "P:a=6 P:b=4",
		},
		"a mail address's uses are gone": {
			[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Order, "", "10", 0), promo.Budget{Type: promo.UseByAttribute, Attribute: "customer_email", Limit: amount("2"), Used: amount("2")})},
			two(), "",
		},
		"buy nothing":               {[]promo.Promotion{buyGet("P", 0, "a", "b", "50", 1)}, two(), ""},
		"buy anything":              {[]promo.Promotion{change(buyGet("P", 1, "a", "b", "50", 1), func(m *promo.Method) { m.BuyRules = nil })}, two(), ""},
		"get one without a maximum": {[]promo.Promotion{buyGet("P", 1, "a", "b", "50", 0)}, pair(), "P:b=10"},
		"get three for one":         {[]promo.Promotion{change(buyGet("P", 1, "a", "b", "50", 3), func(m *promo.Method) { m.ApplyQuantity = 3 })}, pair(), "P:b=30"},
		"get from the dearest":      {[]promo.Promotion{buyGet("P", 1, "a", "b c", "100", 1)}, []promo.Line{line("a", "5", 1), line("b", "4", 1), line("c", "9", 1)}, "P:c=9"},
		"get from several":          {[]promo.Promotion{change(buyGet("P", 1, "a", "b c", "100", 2), func(m *promo.Method) { m.ApplyQuantity = 2 })}, []promo.Line{line("a", "5", 1), line("b", "4", 1), line("c", "9", 1)}, "P:c=9 P:b=4"},
		"get from several, too few": {[]promo.Promotion{change(buyGet("P", 1, "a", "b c", "100", 3), func(m *promo.Method) { m.ApplyQuantity = 3 })}, []promo.Line{line("a", "5", 1), line("b", "4", 1), line("c", "9", 1)}, ""},
		"get a fixed value off":     {[]promo.Promotion{fixedGift("3", 2, 2)}, pair(), "P:b=6"},
		"get all of it off":         {[]promo.Promotion{fixedGift("30", 2, 2)}, pair(), "P:b=40"},
		"get what is worth nothing": {[]promo.Promotion{buyGet("P", 1, "a", "b", "100", 1)}, []promo.Line{line("a", "5", 1), line("b", "0", 1)}, ""},
		"get what the budget has not": {
			[]promo.Promotion{limited(buyGet("P", 1, "a", "b", "100", 1), promo.Budget{Type: promo.Spend, Limit: amount("19")})}, pair(), "",
		},
		"more to buy first": {[]promo.Promotion{buyGet("P", 1, "a", "b", "50", 1), buyGet("Q", 2, "a", "b", "50", 1)}, []promo.Line{line("a", "20", 2), line("b", "20", 2)}, "Q:b=5"},
		"more to get first": {[]promo.Promotion{
			buyGet("P", 1, "a", "b", "50", 2), change(buyGet("Q", 1, "a", "b", "50", 2), func(m *promo.Method) { m.ApplyQuantity = 2 }),
		}, []promo.Line{line("a", "10", 1), line("b", "20", 2)}, "Q:b=10"},
		"the larger gift first":        {[]promo.Promotion{buyGet("P", 2, "a", "b", "50", 1), buyGet("Q", 1, "a", "b", "60", 1)}, []promo.Line{line("a", "20", 2), line("b", "20", 2)}, "Q:b=6"},
		"buy-get before a larger one":  {[]promo.Promotion{buyGet("P", 1, "a", "b", "50", 1), standard("Q", promo.Fixed, promo.Order, "", "500", 0), buyGet("R", 1, "a", "a", "40", 1)}, two(), "P:b=20 R:a=8 Q:a=52 Q:b=20"},
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
			got, err := promo.Apply(tc.promotions, &promo.Cart{
				CurrencyCode: "eur", CustomerID: "cus", CustomerEmail: "a@example.com", Items: tc.items, Attributes: promo.Attributes{"currency_code": "eur"},
			})
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
		if a.PromotionID != "promo_"+a.Code {
			out = append(out, "not of "+a.PromotionID)
		}
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
		"each":                    {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, promo.Each, "8", 1)}, "P:x=5 P:y=8"},
		"once":                    {[]promo.Promotion{standard("P", promo.Percentage, promo.Shipping, promo.Once, "100", 1)}, "P:x=5"},
		"once, no number":         {[]promo.Promotion{standard("P", promo.Percentage, promo.Shipping, promo.Once, "100", 0)}, ""},
		"across":                  {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, promo.Across, "10", 0)}, "P:x=2.5 P:y=7.5"},
		"each, without a maximum": {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, promo.Each, "8", 0)}, "P:x=5 P:y=8"},
		"no allocation":           {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, "", "8", 1)}, ""},
		"only one of them": {[]promo.Promotion{change(standard("P", promo.Fixed, promo.Shipping, promo.Across, "8", 1), func(m *promo.Method) {
			m.TargetRules = []promo.Rule{{Attribute: "shipping_methods.id", Operator: "eq", Values: []string{"y"}}}
		})}, "P:y=8"},
		"once, two":       {[]promo.Promotion{standard("P", promo.Percentage, promo.Shipping, promo.Once, "50", 2)}, "P:x=2.5 P:y=7.5"},
		"after another":   {[]promo.Promotion{standard("P", promo.Fixed, promo.Shipping, promo.Each, "9", 1), standard("Q", promo.Fixed, promo.Shipping, promo.Across, "3", 1)}, "P:x=5 P:y=9 Q:y=3"},
		"nothing left":    {[]promo.Promotion{standard("P", promo.Percentage, promo.Shipping, promo.Each, "100", 1), standard("Q", promo.Fixed, promo.Shipping, promo.Across, "3", 1)}, "P:x=5 P:y=15"},
		"over its budget": {[]promo.Promotion{limited(standard("P", promo.Fixed, promo.Shipping, promo.Each, "8", 1), promo.Budget{Type: promo.Spend, Limit: amount("6")})}, "P:x=5"},
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

// Once takes the cheapest shipping method first; each keeps their order.
func TestShippingMethodsInOrder(t *testing.T) {
	t.Parallel()
	for allocation, want := range map[string]string{promo.Once: "P:x=5", promo.Each: "P:y=15 P:x=5"} {
		p := standard("P", promo.Percentage, promo.Shipping, allocation, "100", 1)
		got, err := promo.Apply([]promo.Promotion{p}, &promo.Cart{Shipping: []promo.Line{line("y", "15", 1), line("x", "5", 1)}})
		if err != nil {
			t.Fatal(err)
		}
		if s := show(got.Shipping); s != want {
			t.Errorf("Apply %s = %q, want %q", allocation, s, want)
		}
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
	d := json.NewDecoder(strings.NewReader(`{"sku":"TEE","total":12.5,"gift":false,"none":[],"address":{"country_code":"de"},"groups":[{"id":"vip"},{"id":"new"}],"tags":["x","y"],"open":true,"boxes":[{"in":[{"id":"p"},{"id":"q"}]},{"in":[{"id":"r"}]}]}`))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		t.Fatal(err)
	}
	for rule, want := range map[string]bool{
		"sku eq TEE": true, "sku eq MUG,TEE": true, "sku eq MUG": false, "items.sku eq TEE": true, "sku ne MUG": true, "sku ne TEE": false,
		"groups.id in vip": true, "groups.id eq vip": false, "groups.id eq vip,new": true, "groups.id ne vip": false, "groups.id ne old": true, "tags in y": true,
		"total gt 12.5": false, "total gte 12.5": true, "total lt 13": true, "total lte 12": false, "total gt 100,12": true,
		"gift eq false": true, "address.country_code in de,at": true, "address.city eq x": false, "address.city ne x": true, "address.city gt 1": false,
		"none ne x": true, "none eq x": false, "none in x": false, "sku gt 1": false, "sku like T": false, "total lt 12.5": false, "total lte 12.5": true, "total gte 13": false,
		"total like 12.5": false, "sku lt 1": false, "total gt x": false, "open eq true": true, "sku ne": false, "boxes.in.id in r": true, "boxes.in.id in p": true,
		"boxes.in.id eq p,q,r": true, "boxes.in.id eq p,q": false, "sku eq": false,
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
	if promo.Match([]promo.Rule{{Operator: "ne", Values: []string{"x"}}}, a, promo.Items) {
		t.Error("Match of a rule for nothing = true, want false")
	}
	if !promo.Match([]promo.Rule{{Attribute: "address.country_code", Operator: "eq", Values: []string{"de"}}}, a, "") {
		t.Error("Match of a path without a scope = false, want true")
	}
	if !promo.Match(nil, a, promo.Items) {
		t.Error("Match without rules = false, want true")
	}
}

// A drawn cart costs at least 1 a line. Its lines carry tax, which its promotions may be meant with.
func drawnCart(t *rapid.T) *promo.Cart {
	c := &promo.Cart{CurrencyCode: "eur"}
	for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
		l := line(fmt.Sprint(i), fmt.Sprint(rapid.IntRange(1, 10000).Draw(t, "subtotal")), rapid.Int64Range(1, 9).Draw(t, "quantity"))
		l.OriginalTotal = l.Subtotal.Times(model.MustAmount(rapid.SampledFrom([]string{"1", "1.07", "1.25"}).Draw(t, "tax")))
		c.Items = append(c.Items, l)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "methods") {
		c.Shipping = append(c.Shipping, line(fmt.Sprint("s", i), fmt.Sprint(rapid.IntRange(1, 100).Draw(t, "shipping")), 1))
	}
	return c
}

func drawnPromotions(t *rapid.T, allocations ...string) []promo.Promotion {
	var out []promo.Promotion
	for i := range rapid.IntRange(1, 4).Draw(t, "promotions") {
		p := standard(fmt.Sprint("P", i), rapid.SampledFrom([]string{promo.Fixed, promo.Percentage}).Draw(t, "type"),
			rapid.SampledFrom([]string{promo.Items, promo.Order, promo.Shipping}).Draw(t, "target"), promo.Across,
			fmt.Sprint(rapid.IntRange(1, 100).Draw(t, "value")), rapid.IntRange(0, 9).Draw(t, "most"))
		if p.Method.Target != promo.Order {
			p.Method.Allocation = rapid.SampledFrom(allocations).Draw(t, "allocation")
		}
		p.TaxInclusive = p.Method.Type == promo.Fixed && p.Method.Target != promo.Shipping && rapid.Bool().Draw(t, "with tax")
		out = append(out, p)
	}
	return out
}

func apply(t *rapid.T, ps []promo.Promotion, c *promo.Cart) *promo.Result {
	got, err := promo.Apply(ps, c)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// No promotions take more off a line than it costs, or less than nothing.
func TestAdjustmentsNeverExceedTheLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCart(t)
		ps := drawnPromotions(t, promo.Each, promo.Once, promo.Across)
		for i := range rapid.IntRange(0, 2).Draw(t, "gifts") {
			ids := rapid.SampledFrom([]string{"0", "0 1", "1 2 3", "4"})
			p := buyGet(fmt.Sprint("G", i), rapid.IntRange(1, 3).Draw(t, "buys"), ids.Draw(t, "buy"), ids.Draw(t, "get"), "80", rapid.IntRange(0, 9).Draw(t, "most"))
			p.Method.Type = rapid.SampledFrom([]string{promo.Fixed, promo.Percentage}).Draw(t, "type")
			ps = append(ps, p)
		}
		got := apply(t, ps, c)
		left, lines := map[string]model.Amount{}, map[string]promo.Line{}
		for _, l := range slices.Concat(c.Items, c.Shipping) {
			left[l.ID], lines[l.ID] = l.Subtotal, l
		}
		for _, a := range slices.Concat(got.Items, got.Shipping) {
			amount := a.Amount
			if a.TaxInclusive {
				amount = amount.Times(lines[a.LineID].Subtotal).Over(lines[a.LineID].OriginalTotal)
			}
			left[a.LineID] = left[a.LineID].Minus(amount)
			if left[a.LineID].Less(model.MustAmount("-1e-12")) || !a.Amount.IsPositive() {
				t.Fatalf("line %s is %s after %s", a.LineID, left[a.LineID], show(slices.Concat(got.Items, got.Shipping)))
			}
		}
	})
}

// The shares of a fixed value add up to it, or to all that there is if that is less.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCart(t)
		value := model.NewAmount(rapid.Int64Range(20, 20000).Draw(t, "value"))
		p := standard("P", promo.Fixed, rapid.SampledFrom([]string{promo.Items, promo.Order, promo.Shipping}).Draw(t, "target"), promo.Across, value.String(), 0)
		p.TaxInclusive = p.Method.Target != promo.Shipping && rapid.Bool().Draw(t, "with tax")
		lines := c.Items
		if p.Method.Target == promo.Shipping {
			lines = c.Shipping
		}
		var taken, worth model.Amount
		for _, l := range lines {
			if p.TaxInclusive {
				worth = worth.Plus(l.OriginalTotal)
			} else {
				worth = worth.Plus(l.Subtotal)
			}
		}
		got := apply(t, []promo.Promotion{p}, c)
		for _, a := range slices.Concat(got.Items, got.Shipping) {
			taken = taken.Plus(a.Amount)
		}
		want := slices.MinFunc([]model.Amount{worth, value}, func(a, b model.Amount) int { return a.Cmp(b.Decimal) })
		if taken.Sub(want.Decimal).Abs().GreaterThan(model.MustAmount("1e-12").Decimal) {
			t.Fatalf("the shares of %s add up to %s, want %s", value, taken, want)
		}
	})
}

// The order in which lines are given changes nothing that is taken off any of them, unless a promotion stops at some units.
func TestOrderOfLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCart(t)
		ps := drawnPromotions(t, promo.Each, promo.Across)
		sorted := func() string {
			got := apply(t, ps, c)
			all := strings.Fields(show(slices.Concat(got.Items, got.Shipping)))
			slices.Sort(all)
			return strings.Join(all, " ")
		}
		want := sorted()
		c.Items = rapid.Permutation(c.Items).Draw(t, "items")
		c.Shipping = rapid.Permutation(c.Shipping).Draw(t, "shipping methods")
		if got := sorted(); got != want {
			t.Fatalf("Apply = %s in another order, want %s", got, want)
		}
	})
}

// Apply gives the same when called again, and changes neither promotions nor cart.
func TestApplyChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCart(t)
		ps := append(drawnPromotions(t, promo.Each, promo.Once, promo.Across), promo.Promotion{Code: "none"}, buyGet("G", 1, "0", "0 1", "50", 2))
		text := func(v any) string {
			j, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return string(j)
		}
		before := text([]any{ps, c})
		want := text(apply(t, ps, c))
		if got := text(apply(t, ps, c)); got != want {
			t.Fatalf("Apply = %s the second time, want %s", got, want)
		}
		if after := text([]any{ps, c}); after != before {
			t.Fatalf("Apply left %s, want %s as before", after, before)
		}
	})
}
