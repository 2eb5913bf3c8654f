package resolver

import (
	"context"
	"storegraph/model"
)

// CalculateShippingOption resolves Mutation.calculateShippingOption.
func (r *mutationResolver) CalculateShippingOption(ctx context.Context, id string, input model.CalculateShippingOptionInput) (*model.ShippingOption, error) {
	return r.Shop.CalculateShippingOption(ctx, id, input)
}

// ShippingOptions resolves Query.shippingOptions.
func (r *queryResolver) ShippingOptions(ctx context.Context, cartID string, isReturn *bool) ([]*model.ShippingOption, error) {
	return list(r.Shop.ShippingOptions(ctx, cartID, isReturn != nil && *isReturn))
}
