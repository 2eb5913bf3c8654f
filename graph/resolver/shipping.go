package resolver

import (
	"context"

	"github.com/storegraph/storegraph/model"
)

// CalculateShippingOption resolves Mutation.calculateShippingOption.
func (r *mutationResolver) CalculateShippingOption(ctx context.Context, input model.CalculateShippingOptionInput) (*model.CalculateShippingOptionPayload, error) {
	option, err := r.Shop.CalculateShippingOption(ctx, input)
	return answer(ctx, &model.CalculateShippingOptionPayload{ShippingOption: option}, err)
}

// ShippingOptions resolves Query.shippingOptions.
func (r *queryResolver) ShippingOptions(ctx context.Context, cartID string, isReturn *bool) ([]*model.ShippingOption, error) {
	return list(r.Shop.ShippingOptions(ctx, cartID, isReturn != nil && *isReturn))
}
