package shop

import (
	"context"
	"slices"

	"storegraph/db"
	"storegraph/model"
)

// AddShippingMethods chooses ways of shipping for a cart. Each takes the place of the one that the cart has for the same
// shipping profile. It returns the cart with what is wanted of it, like every change of a cart.
func (s *Shop) AddShippingMethods(ctx context.Context, cartID string, in []*model.AddShippingMethodInput, want db.Want) (*model.Cart, error) {
	if len(in) > maxBatch {
		return nil, model.Invalid.Errorf("input must have at most %d shipping methods", maxBatch)
	}
	choices, options := make([]ShippingChoice, len(in)), make([]string, len(in))
	for n, one := range in {
		choices[n], options[n] = ShippingChoice{OptionID: one.OptionID, Data: one.Data.Value()}, one.OptionID
	}
	return s.changeCart(ctx, cartID, want, incoming{options: options}, nothing, func(ch *cartChange) error {
		methods, profiles, err := ch.chooseShipping(ctx, choices)
		if err != nil {
			return err
		}
		ch.cart.ShippingMethods = slices.DeleteFunc(ch.cart.ShippingMethods, func(m *model.ShippingMethod) bool {
			profile := ch.facts.Options[value(m.ShippingOptionID)].ProfileID
			return profile == "" || slices.Contains(profiles, profile)
		})
		for _, m := range methods {
			m.ID = model.NewID("casm", ch.now)
			ch.taxed[m.ID] = true
			ch.cart.ShippingMethods = append(ch.cart.ShippingMethods, m)
		}
		return nil
	})
}
