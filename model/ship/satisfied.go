package ship

import (
	"slices"

	"storegraph/model"
)

// Satisfied fails if a cart has something to be shipped that none of its shipping methods ships. profiles are the shipping profiles of
// its variants' products, by the ids of the variants that exist; served are those of its shipping methods' options.
func Satisfied(cart *model.Cart, profiles map[string]string, served []string) error {
	for _, i := range cart.Items {
		if !i.RequiresShipping {
			continue
		}
		if len(cart.ShippingMethods) == 0 {
			return model.Invalid.Errorf("No shipping method selected but the cart contains items that require shipping.")
		}
		profile, known := "", false
		if i.VariantID != nil {
			profile, known = profiles[*i.VariantID]
		}
		if !known || !slices.Contains(served, profile) {
			return model.Invalid.Errorf("The cart items require shipping profiles that are not satisfied by the current shipping methods")
		}
	}
	return nil
}
