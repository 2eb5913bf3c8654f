package promo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
)

// A drawn cart costs at least 1 a line. Its lines carry tax, which its promotions may be meant with.
func drawnCart(t *rapid.T) *promo.Cart {
	c := &promo.Cart{CurrencyCode: "eur"}
	for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
		l := line(fmt.Sprint(i), rapid.Int64Range(1, 9).Draw(t, "units"), fmt.Sprint(rapid.IntRange(1, 10000).Draw(t, "subtotal")))
		l.OriginalTotal = l.Subtotal.Times(model.MustAmount(rapid.SampledFrom([]string{"1", "1.07", "1.25"}).Draw(t, "tax")))
		c.Items = append(c.Items, l)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "methods") {
		c.Shipping = append(c.Shipping, line(fmt.Sprint("s", i), 1, fmt.Sprint(rapid.IntRange(1, 100).Draw(t, "shipping"))))
	}
	return c
}

// drawnPromotions are standard promotions with these allocations; those on the order are shared.
func drawnPromotions(t *rapid.T, allocations ...string) []promo.Promotion {
	var out []*builder
	for i := range rapid.IntRange(1, 4).Draw(t, "promotions") {
		b := standard(fmt.Sprint("P", i)).on(rapid.SampledFrom([]string{items, order, shipping}).Draw(t, "target")).across()
		if b.p.Method.Target != order {
			b.allocated(rapid.SampledFrom(allocations).Draw(t, "allocation"))
		}
		value := fmt.Sprint(rapid.IntRange(1, 100).Draw(t, "value"))
		if rapid.Bool().Draw(t, "percentage") {
			b.percent(value)
		} else if b.fixed(value); b.p.Method.Target != shipping && rapid.Bool().Draw(t, "with tax") {
			b.withTax()
		}
		if most := rapid.IntRange(0, 9).Draw(t, "most"); most > 0 {
			b.upTo(most)
		}
		out = append(out, b)
	}
	return given(out...)
}

// drawnGifts are up to two buy-get promotions.
func drawnGifts(t *rapid.T) []promo.Promotion {
	var out []*builder
	ids := rapid.SampledFrom([][]string{{"0"}, {"0", "1"}, {"1", "2", "3"}, {"4"}})
	for i := range rapid.IntRange(0, 2).Draw(t, "gifts") {
		b := buyGet(fmt.Sprint("G", i)).buy(rapid.IntRange(1, 3).Draw(t, "buys"), ids.Draw(t, "buy")...).get(1, ids.Draw(t, "get")...)
		if rapid.Bool().Draw(t, "percentage") {
			b.percent("80")
		} else {
			b.fixed("80")
		}
		if most := rapid.IntRange(0, 9).Draw(t, "most"); most > 0 {
			b.upTo(most)
		}
		out = append(out, b)
	}
	return given(out...)
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
		ps := slices.Concat(drawnPromotions(t, promo.Each, promo.Once, promo.Across), drawnGifts(t))
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
		b := standard("P").fixed(value.String()).on(rapid.SampledFrom([]string{items, order, shipping}).Draw(t, "target")).across()
		b.p.TaxInclusive = b.p.Method.Target != shipping && rapid.Bool().Draw(t, "with tax")
		lines := c.Items
		if b.p.Method.Target == shipping {
			lines = c.Shipping
		}
		var taken, worth model.Amount
		for _, l := range lines {
			if b.p.TaxInclusive {
				worth = worth.Plus(l.OriginalTotal)
			} else {
				worth = worth.Plus(l.Subtotal)
			}
		}
		got := apply(t, given(b), c)
		for _, a := range slices.Concat(got.Items, got.Shipping) {
			taken = taken.Plus(a.Amount)
		}
		want := slices.MinFunc([]model.Amount{worth, value}, func(a, b model.Amount) int { return a.Cmp(b.Decimal) })
		if !taken.Equal(want.Decimal) {
			t.Fatalf("the shares of %s add up to %s, want %s", value, taken, want)
		}
	})
}

// The order in which lines are given changes nothing that is taken off any of them but the rest that shares leave at the twelfth decimal
// place, unless a promotion stops at some units.
func TestOrderOfLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCart(t)
		ps := drawnPromotions(t, promo.Each, promo.Across)
		offs := func() map[string]model.Amount {
			got, out := apply(t, ps, c), map[string]model.Amount{}
			for _, a := range slices.Concat(got.Items, got.Shipping) {
				out[a.Code+" "+a.LineID] = a.Amount
			}
			return out
		}
		want := offs()
		c.Items = rapid.Permutation(c.Items).Draw(t, "items")
		c.Shipping = rapid.Permutation(c.Shipping).Draw(t, "shipping methods")
		got := offs()
		if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Fatalf("Apply = %v in another order, want %v", got, want)
		}
		for on, a := range got {
			if a.Sub(want[on].Decimal).Abs().GreaterThan(model.MustAmount("1e-11").Decimal) {
				t.Fatalf("Apply = %v in another order, want %v", got, want)
			}
		}
	})
}

// Apply gives the same when called again, and changes neither promotions nor cart.
func TestApplyChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawnCart(t)
		ps := append(drawnPromotions(t, promo.Each, promo.Once, promo.Across), promo.Promotion{Code: "none"},
			buyGet("G").buy(1, "0").get(1, "0", "1").percent("50").upTo(2).p)
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
