package model_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
)

// TestSizes holds that what is too much may shrink and not grow. It holds D90 of DEVIATIONS.md.
func TestSizes(t *testing.T) {
	t.Parallel()
	text := func(n int) *string { s := strings.Repeat("a", n); return &s }
	lines := func(n int) *model.Cart {
		c := &model.Cart{}
		for range n {
			c.Items = append(c.Items, &model.LineItem{})
		}
		return c
	}
	for name, tc := range map[string]struct {
		before, after *model.Cart
		says          string // empty: it may become so
	}{
		"as many lines as a cart holds": {lines(999), lines(1000), ""},
		"more lines":                    {lines(1000), lines(1001), "1000 lines"},
		"too many that become fewer":    {lines(1200), lines(1100), ""},
		"too many that stay":            {lines(1200), lines(1200), ""},
		"promotions":                    {&model.Cart{}, &model.Cart{Promotions: make([]*model.Promotion, 101)}, "100 promotions"},
		"metadata":                      {&model.Cart{}, &model.Cart{Metadata: model.JSON(*text(102401))}, "102400 bytes"},
		"an address":                    {&model.Cart{}, &model.Cart{ShippingAddress: &model.CartAddress{City: text(1 << 20), Phone: text(1)}}, "1048576 bytes"},
		"shipping methods": {&model.Cart{}, func() *model.Cart {
			c := &model.Cart{}
			for range 101 {
				c.ShippingMethods = append(c.ShippingMethods, &model.ShippingMethod{})
			}
			return c
		}(), "100 shipping methods"},
		"data of shipping methods": {&model.Cart{}, &model.Cart{ShippingMethods: []*model.ShippingMethod{{Data: model.JSON(*text(200000))}}}, "102400 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.after.Size().Check(tc.before.Size())
			if tc.says == "" && err != nil || tc.says != "" && (!errors.Is(err, model.Invalid) || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("Check = %v, want %q", err, tc.says)
			}
		})
	}
	for says, s := range map[string]model.CustomerSize{"500 addresses": {Addresses: 501}, "102400 bytes": {Metadata: 102401}, "4194304 bytes": {Bytes: 5 << 20}} {
		if err := s.Check(model.CustomerSize{}); !errors.Is(err, model.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("Check of %+v = %v, want %q", s, err, says)
		}
		if err := s.Check(s); err != nil {
			t.Errorf("Check of %+v as before = %v", s, err)
		}
	}
}
