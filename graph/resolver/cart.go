package resolver

import (
	"context"
	"storegraph/graph/exec"
	"storegraph/graph/plan"
	"storegraph/graph/shop/auth"
	"storegraph/model"
	"storegraph/model/field"
)

// Problems resolves Cart.problems.
func (r *cartResolver) Problems(ctx context.Context, obj *model.Cart) ([]*model.CartProblem, error) {
	return r.Shop.CartProblems(ctx, obj.ID)
}

// Carts resolves Customer.carts.
func (r *customerResolver) Carts(ctx context.Context, obj *model.Customer, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Cart], error) {
	return plan.Result(ctx, obj.Carts), nil
}

// CreateCart resolves Mutation.createCart.
func (r *mutationResolver) CreateCart(ctx context.Context, input model.CreateCartInput) (*model.Cart, error) {
	return r.Shop.CreateCart(ctx, input, plan.Want(ctx))
}

// UpdateCart resolves Mutation.updateCart.
func (r *mutationResolver) UpdateCart(ctx context.Context, id string, input model.UpdateCartInput) (*model.Cart, error) {
	return r.Shop.UpdateCart(ctx, id, input, plan.Want(ctx))
}

// ClaimCart resolves Mutation.claimCart.
func (r *mutationResolver) ClaimCart(ctx context.Context, id string) (*model.Cart, error) {
	return r.Shop.ClaimCart(ctx, id, plan.Want(ctx))
}

// AddLineItem resolves Mutation.addLineItem.
func (r *mutationResolver) AddLineItem(ctx context.Context, cartID string, input model.AddLineItemInput) (*model.Cart, error) {
	return r.Shop.AddLineItem(ctx, cartID, input, plan.Want(ctx))
}

// AddLineItems resolves Mutation.addLineItems.
func (r *mutationResolver) AddLineItems(ctx context.Context, cartID string, input []*model.AddLineItemInput) (*model.CartLinesResult, error) {
	return changedLines(r.Shop.AddLineItems(ctx, cartID, input, plan.Want(ctx)[field.Cart]))
}

// UpdateLineItem resolves Mutation.updateLineItem.
func (r *mutationResolver) UpdateLineItem(ctx context.Context, cartID string, lineID string, input model.UpdateLineItemInput) (*model.Cart, error) {
	return r.Shop.UpdateLineItem(ctx, cartID, lineID, input, plan.Want(ctx))
}

// UpdateLineItems resolves Mutation.updateLineItems.
func (r *mutationResolver) UpdateLineItems(ctx context.Context, cartID string, input []*model.UpdateLineItemsInput) (*model.CartLinesResult, error) {
	return changedLines(r.Shop.UpdateLineItems(ctx, cartID, input, plan.Want(ctx)[field.Cart]))
}

// RemoveLineItem resolves Mutation.removeLineItem.
func (r *mutationResolver) RemoveLineItem(ctx context.Context, cartID string, lineID string) (*model.Cart, error) {
	return r.Shop.RemoveLineItem(ctx, cartID, lineID, plan.Want(ctx))
}

// AddPromotions resolves Mutation.addPromotions.
func (r *mutationResolver) AddPromotions(ctx context.Context, cartID string, promoCodes []string) (*model.Cart, error) {
	return r.Shop.AddPromotions(ctx, cartID, promoCodes, plan.Want(ctx))
}

// RemovePromotions resolves Mutation.removePromotions.
func (r *mutationResolver) RemovePromotions(ctx context.Context, cartID string, promoCodes []string) (*model.Cart, error) {
	return r.Shop.RemovePromotions(ctx, cartID, promoCodes, plan.Want(ctx))
}

// AddShippingMethods resolves Mutation.addShippingMethods.
func (r *mutationResolver) AddShippingMethods(ctx context.Context, cartID string, input []*model.AddShippingMethodInput) (*model.Cart, error) {
	return r.Shop.AddShippingMethods(ctx, cartID, input, plan.Want(ctx))
}

// CalculateTaxes resolves Mutation.calculateTaxes.
func (r *mutationResolver) CalculateTaxes(ctx context.Context, cartID string) (*model.Cart, error) {
	return r.Shop.CalculateTaxes(ctx, cartID, plan.Want(ctx))
}

// MergeCarts resolves Mutation.mergeCarts.
func (r *mutationResolver) MergeCarts(ctx context.Context, cartID string, fromCartID string) (*model.CartLinesResult, error) {
	return changedLines(r.Shop.MergeCarts(ctx, cartID, fromCartID, plan.Want(ctx)[field.Cart]))
}

// Reorder resolves Mutation.reorder.
func (r *mutationResolver) Reorder(ctx context.Context, orderID string) (*model.CartLinesResult, error) {
	return changedLines(r.Shop.Reorder(ctx, orderID, plan.Want(ctx)[field.Cart]))
}

// AdoptCart resolves Mutation.adoptCart.
func (r *mutationResolver) AdoptCart(ctx context.Context, cartID string, policy model.CartPolicy) (*model.CartLinesResult, error) {
	return changedLines(r.Shop.AdoptCart(ctx, cartID, policy, plan.Want(ctx)[field.Cart]))
}

// Cart resolves Query.cart.
func (r *queryResolver) Cart(ctx context.Context, id string) (*model.Cart, error) {
	return orNull(r.shownCart(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

func (r *Resolver) Cart() exec.CartResolver { return &cartResolver{r} }

type cartResolver struct{ *Resolver }
