package ship_test

import (
	"errors"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/ship"
)

// The variants shirt and mug are shipped as parcels, the variant sofa is bulky.
func TestSatisfied(t *testing.T) {
	t.Parallel()
	profiles := map[string]string{"shirt": "parcels", "mug": "parcels", "sofa": "bulky", "voucher": ""}
	shipped := func(variant string) *model.LineItem {
		return &model.LineItem{VariantID: &variant, RequiresShipping: true}
	}
	digital := func(variant string) *model.LineItem { return &model.LineItem{VariantID: &variant} }
	const (
		noMethod   = "No shipping method selected but the cart contains items that require shipping."
		noneServes = "The cart items require shipping profiles that are not satisfied by the current shipping methods"
	)
	type items = []*model.LineItem
	type profile = []string
	for name, tc := range map[string]struct {
		items   items
		methods int     // how many shipping methods the cart has
		served  profile // by those methods
		want    string  // the message of the error; empty if there is none
	}{
		"nothing to ship":               {nil, 0, nil, ""},
		"only what needs no shipping":   {items{digital("shirt")}, 0, nil, ""},
		"served":                        {items{shipped("shirt")}, 1, profile{"parcels"}, ""},
		"two lines of one profile":      {items{shipped("shirt"), shipped("mug")}, 1, profile{"parcels"}, ""},
		"two profiles, two methods":     {items{shipped("shirt"), shipped("sofa")}, 2, profile{"parcels", "bulky"}, ""},
		"no shipping method":            {items{shipped("shirt")}, 0, profile{"parcels"}, noMethod},
		"no shipping method, of two":    {items{digital("mug"), shipped("shirt")}, 0, nil, noMethod},
		"another profile is served":     {items{shipped("sofa")}, 1, profile{"parcels"}, noneServes},
		"one of two profiles is served": {items{shipped("shirt"), shipped("sofa")}, 1, profile{"parcels"}, noneServes},
		"nothing is served":             {items{shipped("shirt")}, 1, nil, noneServes},
		"a deleted variant":             {items{shipped("gone")}, 1, profile{"parcels", ""}, noneServes},
		"a line without a variant":      {items{{RequiresShipping: true}}, 1, profile{"parcels", ""}, noneServes},
		"no profile, none served":       {items{shipped("voucher")}, 1, profile{"parcels"}, noneServes},
		"no profile, served as such":    {items{shipped("voucher")}, 1, profile{""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cart := &model.Cart{Items: tc.items}
			for range tc.methods {
				cart.ShippingMethods = append(cart.ShippingMethods, &model.ShippingMethod{})
			}
			err := ship.Satisfied(cart, profiles, tc.served)
			switch {
			case tc.want == "":
				if err != nil {
					t.Errorf("Satisfied = %v, want nil", err)
				}
			case !errors.Is(err, model.Invalid) || err.Error() != tc.want:
				t.Errorf("Satisfied = %v, want %q of kind %s", err, tc.want, model.Invalid)
			}
		})
	}
}
