package resolver

import (
	"context"

	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
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
func (r *mutationResolver) CreateCart(ctx context.Context, input model.CreateCartInput) (*model.CartPayload, error) {
	p, err := r.Shop.CreateCart(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// UpdateCart resolves Mutation.updateCart.
func (r *mutationResolver) UpdateCart(ctx context.Context, input model.UpdateCartInput) (*model.CartPayload, error) {
	p, err := r.Shop.UpdateCart(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// ClaimCart resolves Mutation.claimCart.
func (r *mutationResolver) ClaimCart(ctx context.Context, input model.ClaimCartInput) (*model.CartPayload, error) {
	p, err := r.Shop.ClaimCart(ctx, input.CartID, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// AddLineItems resolves Mutation.addLineItems.
func (r *mutationResolver) AddLineItems(ctx context.Context, input model.AddLineItemsInput) (*model.CartPayload, error) {
	p, err := r.Shop.AddLineItems(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// UpdateLineItems resolves Mutation.updateLineItems.
func (r *mutationResolver) UpdateLineItems(ctx context.Context, input model.UpdateLineItemsInput) (*model.CartPayload, error) {
	p, err := r.Shop.UpdateLineItems(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

func (r *mutationResolver) RemoveLineItems(ctx context.Context, input model.RemoveLineItemsInput) (*model.CartPayload, error) {
	p, err := r.Shop.RemoveLineItems(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// AddPromotions resolves Mutation.addPromotions.
func (r *mutationResolver) AddPromotions(ctx context.Context, input model.AddPromotionsInput) (*model.CartPayload, error) {
	p, err := r.Shop.AddPromotions(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// RemovePromotions resolves Mutation.removePromotions.
func (r *mutationResolver) RemovePromotions(ctx context.Context, input model.RemovePromotionsInput) (*model.CartPayload, error) {
	p, err := r.Shop.RemovePromotions(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// AddShippingMethods resolves Mutation.addShippingMethods.
func (r *mutationResolver) AddShippingMethods(ctx context.Context, input model.AddShippingMethodsInput) (*model.CartPayload, error) {
	p, err := r.Shop.AddShippingMethods(ctx, input, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// CalculateTaxes resolves Mutation.calculateTaxes.
func (r *mutationResolver) CalculateTaxes(ctx context.Context, input model.CalculateTaxesInput) (*model.CartPayload, error) {
	p, err := r.Shop.CalculateTaxes(ctx, input.CartID, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// MergeCarts resolves Mutation.mergeCarts.
func (r *mutationResolver) MergeCarts(ctx context.Context, input model.MergeCartsInput) (*model.CartPayload, error) {
	p, err := r.Shop.MergeCarts(ctx, input.CartID, input.FromCartID, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// Reorder resolves Mutation.reorder.
func (r *mutationResolver) Reorder(ctx context.Context, input model.ReorderInput) (*model.CartPayload, error) {
	p, err := r.Shop.Reorder(ctx, input.OrderID, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// AdoptCart resolves Mutation.adoptCart.
func (r *mutationResolver) AdoptCart(ctx context.Context, input model.AdoptCartInput) (*model.CartPayload, error) {
	p, err := r.Shop.AdoptCart(ctx, input.CartID, input.Policy, plan.Want(ctx)[field.Cart])
	return answer(ctx, p, err)
}

// Cart resolves Query.cart.
func (r *queryResolver) Cart(ctx context.Context, id string) (*model.Cart, error) {
	return orNull(r.shownCart(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

func (r *Resolver) Cart() exec.CartResolver { return &cartResolver{r} }

type cartResolver struct{ *Resolver }
