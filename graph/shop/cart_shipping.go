package shop

import (
	"context"
	"slices"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// methods is the field of inputs that has shipping methods.
const methods = "methods"

// AddShippingMethods chooses ways of shipping for a cart. Each takes the place of the one that the cart has for the same
// shipping profile. It returns the cart with what is wanted of it, like every change of a cart.
func (s *Shop) AddShippingMethods(ctx context.Context, input model.AddShippingMethodsInput, want db.Want) (*model.CartPayload, error) {
	in := input.Methods
	if err := notMore(len(in), "shipping methods", methods); err != nil {
		return nil, err
	}
	choices, options := make([]ShippingChoice, len(in)), make([]string, len(in))
	for n, one := range in {
		choices[n], options[n] = ShippingChoice{OptionID: one.OptionID, Data: one.Data.Value()}, one.OptionID
	}
	if p, done, err := s.shipElsewhere(ctx, input.CartID, choices, want); done || err != nil {
		return p, err
	}
	return s.changeCart(ctx, input.CartID, want, incoming{options: options}, nothing, func(ch *cartChange) error {
		chosen, profiles, err := ch.chooseShipping(ctx, choices)
		if err != nil {
			return err
		}
		ch.cart.ShippingMethods = slices.DeleteFunc(ch.cart.ShippingMethods, func(m *model.ShippingMethod) bool {
			profile := ch.facts.Options[value(m.ShippingOptionID)].ProfileID
			return profile == "" || slices.Contains(profiles, profile)
		})
		for _, m := range chosen {
			m.ID = model.NewID("casm", ch.now)
			ch.taxed[m.ID] = true
			ch.cart.ShippingMethods = append(ch.cart.ShippingMethods, m)
		}
		return nil
	})
}
