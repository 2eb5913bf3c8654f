package ship_test

import (
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/ship"
)

func TestFits(t *testing.T) {
	t.Parallel()
	attributes := map[string]string{"is_return": "false", "enabled_in_store": "true", "weight": "12.5", "day": "2026-03-01"}
	for rule, want := range map[[3]string]bool{
		{"is_return", "eq", `"false"`}:            true,
		{"is_return", "eq", `"true"`}:             false,
		{"is_return", "eq", `false`}:              false,
		{"is_return", "ne", `"true"`}:             true,
		{"is_return", "ne", `false`}:              true,
		{"is_return", "ne", `"false"`}:            false,
		{"is_return", "in", `["false", "x"]`}:     true,
		{"is_return", "in", `["x"]`}:              false,
		{"is_return", "in", `"a false friend"`}:   true,
		{"is_return", "in", `7`}:                  false,
		{"is_return", "nin", `["true"]`}:          true,
		{"is_return", "nin", `["false"]`}:         false,
		{"weight", "gt", `"12.4"`}:                true,
		{"weight", "gt", `"12.50"`}:               false,
		{"weight", "gte", `"12.50"`}:              true,
		{"weight", "gte", `12.6`}:                 false,
		{"weight", "lt", `13`}:                    true,
		{"weight", "lt", `"12.5"`}:                false,
		{"weight", "lte", `"12.5"`}:               true,
		{"weight", "lte", `"2"`}:                  false,
		{"weight", "lte", `"2026-01-01"`}:         false,
		{"day", "gt", `"2026-02-28T23:59:59Z"`}:   true,
		{"day", "lt", `"2026-02-28"`}:             false,
		{"is_return", "gt", `"1"`}:                false,
		{"is_return", "lte", `"1"`}:               false,
		{"is_return", "like", `"false"`}:          false,
		{"unheard_of", "eq", `"undefined"`}:       true,
		{"unheard_of", "ne", `"x"`}:               true,
		{"unheard_of", "gt", `"0"`}:               false,
		{"unheard_of", "in", `["false", "true"]`}: false,
	} {
		r := model.ShippingOptionRule{Attribute: rule[0], Operator: rule[1], Value: model.JSON(rule[2])}
		if got := ship.Fits([]model.ShippingOptionRule{r}, attributes); got != want {
			t.Errorf("Fits(%v) = %v, want %v", rule, got, want)
		}
	}
	both := []model.ShippingOptionRule{
		{Attribute: "is_return", Operator: "eq", Value: model.JSON(`"false"`)}, {Attribute: "weight", Operator: "gt", Value: model.JSON(`"20"`)},
	}
	if ship.Fits(both, attributes) {
		t.Error("Fits = true although one of two rules does not hold")
	}
	if !ship.Fits(nil, nil) {
		t.Error("Fits = false without rules")
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	price := model.NewAmount(5)
	text := func(s string) *string { return &s }
	options := map[string]*model.ShippingOption{
		"priced":   {ID: "priced", ShippingProfileID: text("parcels"), Amount: &price},
		"bulky":    {ID: "bulky", ShippingProfileID: text("bulky"), Amount: &price},
		"unpriced": {ID: "unpriced", ShippingProfileID: text("parcels")},
		"any":      {ID: "any", Amount: &price},
	}
	for name, tc := range map[string]struct {
		methods []string // their options; empty is none
		needed  map[string]bool
		kept    []bool
	}{
		"fits":                            {[]string{"priced"}, map[string]bool{"parcels": true}, []bool{true}},
		"a single one need not be needed": {[]string{"bulky"}, nil, []bool{true}},
		"of several, only what is needed": {[]string{"priced", "bulky"}, map[string]bool{"parcels": true}, []bool{true, false}},
		"no profile is always good":       {[]string{"priced", "any"}, map[string]bool{"parcels": true}, []bool{true, true}},
		"not to be had any more":          {[]string{"gone"}, nil, []bool{false}},
		"without a price":                 {[]string{"unpriced"}, map[string]bool{"parcels": true}, []bool{false}},
		"of no option":                    {[]string{""}, nil, []bool{false}},
		"nothing to decide":               {nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var methods []*model.ShippingMethod
			for _, id := range tc.methods {
				m := &model.ShippingMethod{}
				if id != "" {
					m.ShippingOptionID = &id
				}
				methods = append(methods, m)
			}
			fates := ship.Refresh(methods, options, tc.needed)
			if len(fates) != len(tc.kept) {
				t.Fatalf("Refresh decided about %d methods, want %d", len(fates), len(tc.kept))
			}
			for i, f := range fates {
				if f.Method != methods[i] || (f.Option != nil) != tc.kept[i] || f.Option != nil && f.Option.ID != tc.methods[i] {
					t.Errorf("Refresh: method %d has option %v, want kept = %v", i, f.Option, tc.kept[i])
				}
			}
		})
	}
}
