package ship

import (
	"slices"

	"github.com/storegraph/storegraph/model"
)

// Satisfied returns an error of kind Invalid if an item of the cart must be shipped and no shipping method ships it. profiles are the
// shipping profiles of the products, by the ids of the variants, without variants that were deleted; served are the profiles of the
// shipping methods' options.
func Satisfied(cart *model.Cart, profiles map[string]string, served []string) error {
	for _, i := range cart.Items {
		if !i.RequiresShipping {
			continue
		}
		if len(cart.ShippingMethods) == 0 {
			return model.Invalid.Because(model.UserErrorCodeShippingRequired).Errorf("No shipping method selected but the cart contains items that require shipping.")
		}
		profile, known := "", false
		if i.VariantID != nil {
			profile, known = profiles[*i.VariantID]
		}
		if !known || !slices.Contains(served, profile) {
			return model.Invalid.Because(model.UserErrorCodeShippingStale).Errorf("The cart items require shipping profiles that are not satisfied by the current shipping methods")
		}
	}
	return nil
}
