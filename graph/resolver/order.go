package resolver

import (
	"context"
	"storegraph/db"
	"storegraph/graph/plan"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// Orders resolves Customer.orders.
func (r *customerResolver) Orders(ctx context.Context, obj *model.Customer, filter *model.OrderFilter, sort *model.Sort[model.OrderSortKey], first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Order], error) {
	return plan.Result(ctx, obj.Orders), nil
}

// RequestOrderTransfer resolves Mutation.requestOrderTransfer.
func (r *mutationResolver) RequestOrderTransfer(ctx context.Context, id string, input *model.RequestOrderTransferInput) (*model.Order, error) {
	return r.changedOrder(ctx, id, r.Shop.RequestOrderTransfer(ctx, id, input))
}

// AcceptOrderTransfer resolves Mutation.acceptOrderTransfer.
func (r *mutationResolver) AcceptOrderTransfer(ctx context.Context, id string, input model.OrderTransferTokenInput) (*model.Order, error) {
	return r.changedOrder(ctx, id, r.Shop.AcceptOrderTransfer(ctx, id, input.Token))
}

// DeclineOrderTransfer resolves Mutation.declineOrderTransfer.
func (r *mutationResolver) DeclineOrderTransfer(ctx context.Context, id string, input model.OrderTransferTokenInput) (*model.Order, error) {
	return r.changedOrder(ctx, id, r.Shop.DeclineOrderTransfer(ctx, id, input.Token))
}

// CancelOrderTransfer resolves Mutation.cancelOrderTransfer.
func (r *mutationResolver) CancelOrderTransfer(ctx context.Context, id string) (*model.Order, error) {
	return r.changedOrder(ctx, id, r.Shop.CancelOrderTransfer(ctx, id))
}

// CompleteCart resolves Mutation.completeCart.
func (r *mutationResolver) CompleteCart(ctx context.Context, cartID string) (*model.CartCompletion, error) {
	order, err := r.Shop.CompleteCart(ctx, cartID)
	return r.completion(ctx, cartID, order, err)
}

// Order resolves Query.order.
func (r *queryResolver) Order(ctx context.Context, id string, version *int, token *string) (*model.Order, error) {
	v, want := r.Shop.Tokens.WithOrderToken(auth.Viewer(ctx), valueOrZero(token)), plan.Want(ctx)
	o, err := r.DB.Order(ctx, v, id, db.OrderArgs{Version: version, Strict: r.Shop.StrictOrders}, want)
	return orNull(r.signed(v, want, o, err))
}

// Orders resolves Query.orders.
func (r *queryResolver) Orders(ctx context.Context, filter *model.OrderFilter, sort *model.Sort[model.OrderSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Order], error) {
	v, want := auth.Viewer(ctx), plan.Want(ctx)
	c, err := r.DB.Orders(ctx, v, db.ListArgs[model.OrderFilter]{
		Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
	}, want)
	return r.signedOrders(v, want, c, err)
}

// OrderByNumber resolves Query.orderByNumber.
func (r *queryResolver) OrderByNumber(ctx context.Context, displayID int, email string) (*model.Order, error) {
	o, err := r.Shop.OrderByNumber(ctx, displayID, email, plan.Want(ctx))
	return orNull(r.signed(auth.Viewer(ctx), plan.Want(ctx), o, err))
}
