package promo_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
)

// An applyCase says what promotions take off the items of a cart, as show writes it. The cart is in euros, of the customer cus with the
// e-mail address a@example.com.
type applyCase struct {
	promotions []promo.Promotion
	items      []promo.Line
	want       string
}

func runApply(t *testing.T, cases map[string]applyCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := promo.Apply(tc.promotions, &promo.Cart{
				CurrencyCode: "eur", CustomerID: "cus", CustomerEmail: "a@example.com", Items: tc.items,
				Attributes: promo.Attributes{"currency_code": "eur"},
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

func TestApplyToOrder(t *testing.T) {
	t.Parallel()
	runApply(t, map[string]applyCase{
		"a percentage":        {given(standard("P").percent("10").on(order)), threeAndOne(), "P:a=6 P:b=4"},
		"a fixed amount":      {given(standard("P").fixed("10").on(order)), threeAndOne(), "P:a=6 P:b=4"},
		"more than it costs":  {given(standard("P").fixed("500").on(order)), threeAndOne(), "P:a=60 P:b=40"},
		"a negligible share":  {given(standard("P").fixed("0.0002").on(order)), threeAndOne(), "P:a=0.00012"},
		"allocated to each":   {given(standard("P").fixed("3").on(order).each().upTo(1)), threeAndOne(), "P:a=3 P:b=3"},
		"in its currency":     {given(standard("P").fixed("10").on(order).in("eur")), threeAndOne(), "P:a=6 P:b=4"},
		"in another currency": {given(standard("P").fixed("10").on(order).in("usd")), threeAndOne(), ""},
		"not discountable": {
			given(standard("P").fixed("10").on(order)),
			lines(notDiscountable(line("a", 3, "60")), line("b", 1, "40")), "P:b=10",
		},
		"a promotion without a method": {[]promo.Promotion{{Code: "P"}}, threeAndOne(), ""},
		"a promotion whose rule does not hold": {
			given(standard("P").fixed("10").on(order).when("currency_code", "usd"), standard("Q").fixed("5").on(order)),
			threeAndOne(), "Q:a=3 Q:b=2",
		},
	})
}

func TestApplyToItems(t *testing.T) {
	t.Parallel()
	half := func() *builder { return standard("P").percent("50").on(items) }
	fixed := func(value string) *builder { return standard("P").fixed(value).on(items) }
	oneAndThree := lines(line("b", 1, "40"), line("a", 3, "60"))
	runApply(t, map[string]applyCase{
		"each, up to one unit":          {given(half().each().upTo(1)), threeAndOne(), "P:a=10 P:b=20"},
		"each, up to two units":         {given(fixed("3").each().upTo(2)), threeAndOne(), "P:a=6 P:b=3"},
		"each, more than a unit costs":  {given(fixed("30").each().upTo(1)), threeAndOne(), "P:a=20 P:b=30"},
		"each, without a maximum":       {given(half().each()), threeAndOne(), "P:a=10 P:b=20"},
		"each, a negligible amount":     {given(fixed("0.0001").each().upTo(1)), threeAndOne(), ""},
		"each, a small amount":          {given(fixed("0.0002").each().upTo(1)), threeAndOne(), "P:a=0.0002 P:b=0.0002"},
		"each keeps the lines' order":   {given(half().each().upTo(1)), oneAndThree, "P:b=20 P:a=10"},
		"once, the cheapest units":      {given(half().once().upTo(4)), oneAndThree, "P:a=30 P:b=20"},
		"once, up to two units":         {given(half().once().upTo(2)), threeAndOne(), "P:a=20"},
		"once sorts by unit price":      {given(half().once().upTo(1)), oneAndThree, "P:a=10"},
		"once, up to no units":          {given(half().once().upTo(0)), threeAndOne(), ""},
		"across, up to one of a line":   {given(half().across().upTo(1)), threeAndOne(), "P:a=10 P:b=20"},
		"across, up to two of a line":   {given(half().across().upTo(2)), threeAndOne(), "P:a=20 P:b=20"},
		"across, a maximum of 0 counts": {given(half().across().upTo(0)), threeAndOne(), "P:a=30 P:b=20"},
		"only some items":               {given(fixed("10").across().only("b")), threeAndOne(), "P:b=10"},
		"no allocation":                 {given(fixed("3").upTo(1)), threeAndOne(), "P:a=3 P:b=3"},
		"a line that costs nothing":     {given(half().each().upTo(1)), lines(line("a", 1, "0"), line("b", 1, "40")), "P:b=20"},
		"a line without units":          {given(half().each().upTo(1)), lines(line("a", 0, "60"), line("b", 1, "40")), "P:b=20"},
	})
}

func TestApplySeveral(t *testing.T) {
	t.Parallel()
	runApply(t, map[string]applyCase{
		"the larger value goes first": {
			given(standard("P").percent("10").on(order), standard("Q").fixed("50").on(order)),
			threeAndOne(), "Q:a=30 Q:b=20 P:a=3 P:b=2",
		},
		"nothing is left for the next": {
			given(standard("P").percent("100").on(order), standard("Q").fixed("10").on(order), standard("R").fixed("1").on(items).each().upTo(1)),
			threeAndOne(), "P:a=60 P:b=40",
		},
		"equal values keep their order, whatever must be bought": {
			given(standard("P").fixed("10").on(order), standard("Q").fixed("10").on(order).buyAnything(2).get(2, "a", "b")),
			threeAndOne(), "P:a=6 P:b=4 Q:a=6 Q:b=4",
		},
		"buy-get goes before standard": {
			given(standard("Q").fixed("500").on(order), buyGet("P").buy(1, "a").get(1, "b").percent("50").upTo(1)),
			threeAndOne(), "P:b=20 Q:a=60 Q:b=20",
		},
		"buy-get goes before a larger standard": {
			given(
				buyGet("P").buy(1, "a").get(1, "b").percent("50").upTo(1), standard("Q").fixed("500").on(order),
				buyGet("R").buy(1, "a").get(1, "a").percent("40").upTo(1),
			),
			threeAndOne(), "P:b=20 R:a=8 Q:a=52 Q:b=20",
		},
	})
}

func TestApplyWithTax(t *testing.T) {
	t.Parallel()
	inclusive := func(code string) *builder { return standard(code).fixed("25").on(order).withTax() }
	a := lines(taxed("a", "100", "125"))
	runApply(t, map[string]applyCase{
		"a value with tax":            {given(inclusive("P")), a, "P:a=25"},
		"then a value without":        {given(inclusive("P"), standard("Q").percent("10").on(order)), a, "P:a=25 Q:a=8"},
		"two values with tax":         {given(inclusive("P"), inclusive("Q")), a, "P:a=25 Q:a=25"},
		"after one that takes it all": {given(inclusive("P"), standard("Q").fixed("200").on(order)), a, "Q:a=100"},
		"a line that costs nothing":   {given(inclusive("P")), lines(line("a", 1, "0"), taxed("b", "100", "125")), "P:b=25"},
	})
}

func TestApplyWithinLimits(t *testing.T) {
	t.Parallel()
	ten := func() *builder { return standard("P").fixed("10").on(order) }
	const all = "P:a=6 P:b=4" // what ten takes off
	runApply(t, map[string]applyCase{
		"the last use":                       {given(ten().used(2, 3)), threeAndOne(), all},
		"used up":                            {given(ten().used(3, 3)), threeAndOne(), ""},
		"spend, nearly gone":                 {given(ten().paidBy(spend().of("15").spent("10"))), threeAndOne(), "P:b=4"},
		"spend, never used":                  {given(ten().paidBy(spend().of("5"))), threeAndOne(), "P:b=4"},
		"usage, the last use":                {given(ten().paidBy(uses().of("3").spent("2"))), threeAndOne(), all},
		"usage, used up":                     {given(ten().paidBy(uses().of("3").spent("3"))), threeAndOne(), ""},
		"usage, without a limit":             {given(ten().paidBy(uses().spent("2"))), threeAndOne(), all},
		"usage, a limit of 0 is none":        {given(ten().paidBy(uses().of("0").spent("2"))), threeAndOne(), all},
		"a customer's first use always fits": {given(ten().paidBy(usesBy("customer_id").of("0.5"))), threeAndOne(), all},
		"a customer's last use":              {given(ten().paidBy(usesBy("customer_id").of("2").spent("1"))), threeAndOne(), all},
		"a customer has used it up":          {given(ten().paidBy(usesBy("customer_id").of("2").spent("2"))), threeAndOne(), ""},
		"an e-mail address has used it up":   {given(ten().paidBy(usesBy("customer_email").of("2").spent("2"))), threeAndOne(), ""},
	})
}

func TestApplyBuyGet(t *testing.T) {
	t.Parallel()
	p := func() *builder { return buyGet("P") }
	singles := lines(line("a", 1, "5"), line("b", 1, "4"), line("c", 1, "9"))
	runApply(t, map[string]applyCase{
		"buy none":                    {given(p().buy(0, "a").get(1, "b").percent("50").upTo(1)), threeAndOne(), ""},
		"buy anything":                {given(p().buyAnything(1).get(1, "b").percent("50").upTo(1)), threeAndOne(), ""},
		"buy one, get another":        {given(p().buy(1, "a").get(1, "b").percent("50").upTo(1)), threeAndOne(), "P:b=20"},
		"buy two, get a third":        {given(p().buy(2, "a").get(1, "a").percent("100").upTo(1)), threeAndOne(), "P:a=20"},
		"buy two, have only two":      {given(p().buy(2, "a").get(1, "a").percent("100").upTo(1)), lines(line("a", 2, "40")), ""},
		"buying keeps the gift free":  {given(p().buy(2, "a", "b", "c").get(1, "c").percent("100").upTo(1)), singles, "P:c=9"},
		"as often as the maximum":     {given(p().buy(1, "a").get(1, "a").percent("100").upTo(2)), lines(line("a", 10, "100")), "P:a=20"},
		"get one without a maximum":   {given(p().buy(1, "a").get(1, "b").percent("50")), tenAndFour(), "P:b=10"},
		"get three for one":           {given(p().buy(1, "a").get(3, "b").percent("50").upTo(3)), tenAndFour(), "P:b=30"},
		"as often as there are gifts": {given(p().buy(1, "a").get(1, "b").percent("100").upTo(9)), tenAndFour(), "P:b=80"},
		"get the dearest":             {given(p().buy(1, "a").get(1, "b", "c").percent("100").upTo(1)), singles, "P:c=9"},
		"get two of several":          {given(p().buy(1, "a").get(2, "b", "c").percent("100").upTo(2)), singles, "P:c=9 P:b=4"},
		"get three of two":            {given(p().buy(1, "a").get(3, "b", "c").percent("100").upTo(3)), singles, ""},
		"get a fixed amount off":      {given(p().buy(1, "a").get(2, "b").fixed("3").upTo(2)), tenAndFour(), "P:b=6"},
		"get the whole price off":     {given(p().buy(1, "a").get(2, "b").fixed("30").upTo(2)), tenAndFour(), "P:b=40"},
		"get what costs nothing": {
			given(p().buy(1, "a").get(1, "b").percent("100").upTo(1)), lines(line("a", 1, "5"), line("b", 1, "0")), "",
		},
		"get what exceeds the budget": {
			given(p().buy(1, "a").get(1, "b").percent("100").upTo(1).paidBy(spend().of("19"))), tenAndFour(), "",
		},
	})
}

func TestApplySeveralBuyGet(t *testing.T) {
	t.Parallel()
	two := func(a, b string) []promo.Line { return lines(line("a", 2, a), line("b", 2, b)) }
	oneAndTwo := lines(line("a", 1, "10"), line("b", 2, "20"))
	runApply(t, map[string]applyCase{
		"more to buy goes first": {
			given(buyGet("P").buy(1, "a").get(1, "b").percent("50").upTo(1), buyGet("Q").buy(2, "a").get(1, "b").percent("50").upTo(1)),
			two("20", "20"), "Q:b=5",
		},
		"more to get goes first": {
			given(buyGet("P").buy(1, "a").get(1, "b").percent("50").upTo(2), buyGet("Q").buy(1, "a").get(2, "b").percent("50").upTo(2)),
			oneAndTwo, "Q:b=10",
		},
		"the larger value goes first": {
			given(buyGet("P").buy(2, "a").get(1, "b").percent("50").upTo(1), buyGet("Q").buy(1, "a").get(1, "b").percent("60").upTo(1)),
			two("20", "20"), "Q:b=6",
		},
		"a gift serves one code only": {
			given(buyGet("P").buy(1, "a").get(1, "b").percent("60").upTo(9), buyGet("Q").buy(1, "c").get(1, "b").percent("50").upTo(9)),
			lines(line("a", 1, "10"), line("b", 1, "20"), line("c", 1, "10")), "P:b=12",
		},
		"units serve one code only": {
			given(buyGet("P").buy(1, "a").get(1, "b").percent("100").upTo(9), buyGet("Q").buy(1, "a").get(1, "b").percent("50").upTo(9)),
			oneAndTwo, "P:b=10",
		},
	})
}

// The shipping methods are x, which costs 5, and y, which costs 15.
func TestApplyToShipping(t *testing.T) {
	t.Parallel()
	fixed := func(value string) *builder { return standard("P").fixed(value).on(shipping) }
	percent := func(value string) *builder { return standard("P").percent(value).on(shipping) }
	for name, tc := range map[string]struct {
		promotions []promo.Promotion
		want       string
	}{
		"each":                    {given(fixed("8").each().upTo(1)), "P:x=5 P:y=8"},
		"each, without a maximum": {given(fixed("8").each()), "P:x=5 P:y=8"},
		"once":                    {given(percent("100").once().upTo(1)), "P:x=5"},
		"once, two of them":       {given(percent("50").once().upTo(2)), "P:x=2.5 P:y=7.5"},
		"once, without a maximum": {given(percent("100").once()), ""},
		"across":                  {given(fixed("10").across()), "P:x=2.5 P:y=7.5"},
		"across one of them":      {given(fixed("8").across().upTo(1).onlyMethod("y")), "P:y=8"},
		"no allocation":           {given(fixed("8").upTo(1)), ""},
		"over its budget":         {given(fixed("8").each().upTo(1).paidBy(spend().of("6"))), "P:x=5"},
		"after another": {
			given(fixed("9").each().upTo(1), standard("Q").fixed("3").on(shipping).across().upTo(1)), "P:x=5 P:y=9 Q:y=3",
		},
		"nothing left": {
			given(percent("100").each().upTo(1), standard("Q").fixed("3").on(shipping).across().upTo(1)), "P:x=5 P:y=15",
		},
		"two promotions": {
			given(percent("50").across(), standard("Q").fixed("6").on(shipping).each()), "P:x=2.5 P:y=7.5 Q:x=2.5 Q:y=6",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := promo.Apply(tc.promotions, &promo.Cart{Shipping: lines(line("x", 1, "5"), line("y", 1, "15"))})
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
		ps := given(standard("P").percent("100").on(shipping).allocated(allocation).upTo(1))
		got, err := promo.Apply(ps, &promo.Cart{Shipping: lines(line("y", 1, "15"), line("x", 1, "5"))})
		if err != nil {
			t.Fatal(err)
		}
		if s := show(got.Shipping); s != want {
			t.Errorf("Apply %s = %q, want %q", allocation, s, want)
		}
	}
}

func TestApplyWithoutTheBudgetsAttribute(t *testing.T) {
	t.Parallel()
	ps := given(standard("P").fixed("10").on(order).paidBy(usesBy("customer_email")))
	if _, err := promo.Apply(ps, &promo.Cart{CustomerID: "cus"}); !errors.Is(err, model.Invalid) {
		t.Errorf("Apply to a cart without an e-mail address = %v, want an error of kind %s", err, model.Invalid)
	}
}

const matchTree = `{
	"sku": "TEE", "total": 12.5, "gift": false, "open": true, "none": [], "tags": ["x", "y"], "address": {"country_code": "de"},
	"groups": [{"id": "vip"}, {"id": "new"}], "boxes": [{"in": [{"id": "p"}, {"id": "q"}]}, {"in": [{"id": "r"}]}]
}`

// rule reads a rule such as "sku eq MUG,TEE".
func rule(s string) promo.Rule {
	f := strings.Fields(s)
	r := promo.Rule{Attribute: f[0], Operator: f[1]}
	if len(f) > 2 {
		r.Values = strings.Split(f[2], ",")
	}
	return r
}

func TestMatch(t *testing.T) {
	t.Parallel()
	var a promo.Attributes
	d := json.NewDecoder(strings.NewReader(matchTree))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{
		"sku eq TEE": true, "sku eq MUG,TEE": true, "sku eq MUG": false, "sku ne MUG": true, "sku ne TEE": false, "items.sku eq TEE": true,
		"sku gt 1": false, "sku lt 1": false, "sku like T": false, "sku eq": false, "sku ne": false,
		"total gt 12.5": false, "total gt 100,12": true, "total gte 12.5": true, "total gte 13": false, "total lt 13": true,
		"total lt 12.5": false, "total lte 12": false, "total lte 12.5": true, "total gt x": false, "total like 12.5": false,
		"gift eq false": true, "open eq true": true, "tags in y": true, "none ne x": true, "none eq x": false, "none in x": false,
		"groups.id in vip": true, "groups.id eq vip": false, "groups.id eq vip,new": true, "groups.id ne vip": false, "groups.id ne old": true,
		"address.country_code in de,at": true, "address.city eq x": false, "address.city ne x": true, "address.city gt 1": false,
		"boxes.in.id in r": true, "boxes.in.id in p": true, "boxes.in.id eq p,q,r": true, "boxes.in.id eq p,q": false,
	} {
		if got := promo.Match([]promo.Rule{rule(s)}, a, promo.Items); got != want {
			t.Errorf("Match(%s) = %v, want %v", s, got, want)
		}
	}
	if promo.Match([]promo.Rule{{Operator: "ne", Values: []string{"x"}}}, a, promo.Items) {
		t.Error("Match of a rule without an attribute = true, want false")
	}
	if !promo.Match([]promo.Rule{rule("address.country_code eq de")}, a, "") {
		t.Error("Match of a path without a scope = false, want true")
	}
	if !promo.Match(nil, a, promo.Items) {
		t.Error("Match without rules = false, want true")
	}
}
