package model_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/storegraph/storegraph/model"
)

// part is how many units of an inventory item a variant takes.
func part(item, required string) model.NeedPart {
	return model.NeedPart{InventoryItemID: item, Required: model.MustAmount(required)}
}

// backordered is a part that may be sold though there is not enough of it.
func backordered(p model.NeedPart) model.NeedPart { p.Backorder = true; return p }

func TestRequirements(t *testing.T) {
	t.Parallel()
	parts := map[string][]model.NeedPart{
		"shirt": {part("cotton", "1")},
		"kit":   {part("cotton", "2"), part("button", "0.5")},
		"order": {backordered(part("wool", "1"))},
		"empty": {},
	}
	line := func(id, variant string, quantity int) *model.LineItem {
		return &model.LineItem{ID: id, VariantID: &variant, Quantity: quantity}
	}
	type items = []*model.LineItem
	for name, tc := range map[string]struct {
		items items
		want  string // line: quantity of item, + if it may be back-ordered
		fails bool
	}{
		"nothing":      {nil, "", false},
		"one line":     {items{line("1", "shirt", 3)}, "order_1: 3 cotton", false},
		"a kit":        {items{line("1", "kit", 3)}, "order_1: 6 cotton, order_1: 1.5 button", false},
		"a back-order": {items{line("1", "order", 2)}, "order_1: 2 wool +", false},
		"two lines of one item": {
			items{line("1", "shirt", 1), line("2", "kit", 1)}, "order_1: 1 cotton, order_2: 2 cotton, order_2: 0.5 button", false,
		},
		"a variant without stock":  {items{line("1", "download", 1), line("2", "shirt", 1)}, "order_2: 1 cotton", false},
		"a line without a variant": {items{{ID: "1", Quantity: 4}, line("2", "shirt", 1)}, "order_2: 1 cotton", false},
		"a counted variant of nothing": {
			items{line("1", "shirt", 1), line("2", "empty", 1)}, "Variant empty does not have any inventory items associated with it.", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := model.Requirements(&model.Cart{Items: tc.items}, parts, map[string]string{"1": "order_1", "2": "order_2"})
			if tc.fails {
				if !errors.Is(err, model.Invalid) || err.Error() != tc.want {
					t.Errorf("Requirements = %v, want %q of kind %s", err, tc.want, model.Invalid)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, r := range got {
				s := fmt.Sprintf("%s: %s %s", r.LineID, r.Quantity, r.InventoryItemID)
				if r.Backorder {
					s += " +"
				}
				out = append(out, s)
			}
			if s := strings.Join(out, ", "); s != tc.want {
				t.Errorf("Requirements = %q, want %q", s, tc.want)
			}
		})
	}
}

// shelf is how much cotton is available at a location.
func shelf(location, available string) *model.StockLevel {
	return &model.StockLevel{
		ID: "level_" + location, InventoryItemID: "cotton", LocationID: location, Available: model.MustAmount(available),
	}
}

// need is how many units of an item a line takes.
func need(line, item, quantity string) model.Requirement {
	return model.Requirement{LineID: line, InventoryItemID: item, Quantity: model.MustAmount(quantity)}
}

// backorder is a requirement that is promised even if there is not enough.
func backorder(r model.Requirement) model.Requirement { r.Backorder = true; return r }

type (
	levels = []*model.StockLevel
	needs  = []model.Requirement
)

// berlin is how much cotton is available in Berlin.
func berlin(available string) *model.StockLevel { return shelf("Berlin", available) }

// paris is how much cotton is available in Paris.
func paris(available string) *model.StockLevel { return shelf("Paris", available) }

func TestAllocate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		levels levels
		needs  needs
		want   string // as promised spells it
		left   string // what is available at each level afterwards
	}{
		"nothing":                   {levels{berlin("5")}, nil, "", "5"},
		"enough":                    {levels{berlin("5")}, needs{need("A", "cotton", "3")}, "A: 3 cotton at Berlin", "2"},
		"just enough":               {levels{berlin("3")}, needs{need("A", "cotton", "3")}, "A: 3 cotton at Berlin", "0"},
		"the first that has enough": {levels{berlin("1"), paris("4")}, needs{need("A", "cotton", "3")}, "A: 3 cotton at Paris", "1 1"},
		"the first of two":          {levels{berlin("9"), paris("9")}, needs{need("A", "cotton", "3")}, "A: 3 cotton at Berlin", "6 9"},
		"from several": {
			levels{berlin("2"), paris("4")}, needs{need("A", "cotton", "5")}, "A: 2 cotton at Berlin, A: 3 cotton at Paris", "0 1",
		},
		"from several, not where more is reserved than stocked": {
			levels{shelf("Rome", "-1"), berlin("2"), paris("4")},
			needs{need("A", "cotton", "6")},
			"A: 2 cotton at Berlin, A: 4 cotton at Paris", "-1 0 0",
		},
		"from several, not where there is nothing": {
			levels{shelf("Rome", "0"), berlin("2"), paris("4")},
			needs{need("A", "cotton", "6")},
			"A: 2 cotton at Berlin, A: 4 cotton at Paris", "0 0 0",
		},
		"two lines share a level": {
			levels{berlin("5")}, needs{need("A", "cotton", "3"), need("B", "cotton", "2")}, "A: 3 cotton at Berlin, B: 2 cotton at Berlin", "0",
		},
		"a back-order goes to the first": {
			levels{berlin("1"), paris("1")}, needs{backorder(need("A", "cotton", "3"))}, "A: 3 cotton at Berlin +", "-2 1",
		},
		"a back-order, enough elsewhere": {
			levels{berlin("1"), paris("3")}, needs{backorder(need("A", "cotton", "3"))}, "A: 3 cotton at Paris +", "1 0",
		},
		"no units need no stock": {
			levels{berlin("1")}, needs{need("A", "silk", "0"), need("B", "cotton", "1")}, "B: 1 cotton at Berlin", "0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := model.Allocate(tc.levels, tc.needs)
			if err != nil {
				t.Fatal(err)
			}
			if s := promised(got); s != tc.want {
				t.Errorf("Allocate = %q, want %q", s, tc.want)
			}
			if s := available(tc.levels); s != tc.left {
				t.Errorf("available afterwards = %q, want %q", s, tc.left)
			}
		})
	}
}

func TestAllocateTooMuch(t *testing.T) {
	t.Parallel()
	const (
		short     = "Not enough stock available for item cotton at location Berlin"
		unstocked = "Item silk is not stocked at any location of the sales channel"
	)
	for name, tc := range map[string]struct {
		levels levels
		needs  needs
		want   string // the message of the error
		kind   model.Kind
	}{
		"too little for the second line": {
			levels{berlin("5")}, needs{need("A", "cotton", "3"), need("B", "cotton", "3")}, short, model.NotAllowed,
		},
		"too little everywhere":         {levels{berlin("2"), paris("2")}, needs{need("A", "cotton", "5")}, short, model.NotAllowed},
		"stocked nowhere":               {levels{berlin("5")}, needs{need("A", "silk", "1")}, unstocked, model.NotFound},
		"a back-order, stocked nowhere": {levels{berlin("5")}, needs{backorder(need("A", "silk", "1"))}, unstocked, model.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := model.Allocate(tc.levels, tc.needs); !errors.Is(err, tc.kind) || err.Error() != tc.want {
				t.Errorf("Allocate = %v, %v, want %q of kind %s", got, err, tc.want, tc.kind)
			}
		})
	}
}

// promised spells reservations: A: 3 cotton at Berlin, with + if it may be back-ordered.
func promised(reservations []model.Reservation) string {
	out := make([]string, len(reservations))
	for n, r := range reservations {
		out[n] = fmt.Sprintf("%s: %s %s at %s", r.LineID, r.Quantity, r.InventoryItemID, r.LocationID)
		if r.Backorder {
			out[n] += " +"
		}
		if r.LevelID != "level_"+r.LocationID {
			out[n] += ", but of " + r.LevelID
		}
	}
	return strings.Join(out, ", ")
}

func available(levels []*model.StockLevel) string {
	out := make([]string, len(levels))
	for n, l := range levels {
		out[n] = l.Available.String()
	}
	return strings.Join(out, " ")
}

// Without back-orders no level is promised away below 0, each line gets what it needs, and Allocate fails only if there is too
// little in all.
func TestAllocateNeverOversells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var levels []*model.StockLevel
		var needs []model.Requirement
		var stocked, needed int64
		for n := range rapid.IntRange(1, 4).Draw(t, "locations") {
			units := rapid.Int64Range(0, 9).Draw(t, "stocked")
			levels = append(levels, shelf(fmt.Sprint(n), fmt.Sprint(units)))
			stocked += units
		}
		for n := range rapid.IntRange(0, 4).Draw(t, "lines") {
			units := rapid.Int64Range(0, 9).Draw(t, "needed")
			needs = append(needs, need(fmt.Sprint(n), "cotton", fmt.Sprint(units)))
			needed += units
		}
		got, err := model.Allocate(levels, needs)
		if (err == nil) != (needed <= stocked) {
			t.Fatalf("Allocate = %v with %d of %d units needed", err, needed, stocked)
		}
		for _, l := range levels {
			if l.Available.IsNegative() {
				t.Fatalf("%s units are left at location %s", l.Available, l.LocationID)
			}
		}
		if err != nil {
			return
		}
		of := map[string]model.Amount{}
		for _, r := range got {
			of[r.LineID] = of[r.LineID].Plus(r.Quantity)
		}
		for _, n := range needs {
			if got := of[n.LineID]; got.Cmp(n.Quantity.Decimal) != 0 {
				t.Fatalf("line %s is promised %s units, want %s", n.LineID, got, n.Quantity)
			}
		}
	})
}
