package resolver

import (
	"context"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// Orders resolves Customer.orders.
func (r *customerResolver) Orders(ctx context.Context, obj *model.Customer, filter *model.OrderFilter, sort *model.Sort[model.OrderSortKey], first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Order], error) {
	return plan.Result(ctx, obj.Orders), nil
}

// RequestOrderTransfer resolves Mutation.requestOrderTransfer.
func (r *mutationResolver) RequestOrderTransfer(ctx context.Context, input model.RequestOrderTransferInput) (*model.OrderPayload, error) {
	return r.changedOrder(ctx, input.OrderID, r.Shop.RequestOrderTransfer(ctx, input))
}

// AcceptOrderTransfer resolves Mutation.acceptOrderTransfer.
func (r *mutationResolver) AcceptOrderTransfer(ctx context.Context, input model.AcceptOrderTransferInput) (*model.OrderPayload, error) {
	return r.changedOrder(ctx, input.OrderID, r.Shop.AcceptOrderTransfer(ctx, input.OrderID, input.Token))
}

// DeclineOrderTransfer resolves Mutation.declineOrderTransfer.
func (r *mutationResolver) DeclineOrderTransfer(ctx context.Context, input model.DeclineOrderTransferInput) (*model.OrderPayload, error) {
	return r.changedOrder(ctx, input.OrderID, r.Shop.DeclineOrderTransfer(ctx, input.OrderID, input.Token))
}

// CancelOrderTransfer resolves Mutation.cancelOrderTransfer.
func (r *mutationResolver) CancelOrderTransfer(ctx context.Context, input model.CancelOrderTransferInput) (*model.OrderPayload, error) {
	return r.changedOrder(ctx, input.OrderID, r.Shop.CancelOrderTransfer(ctx, input.OrderID))
}

// CompleteCart resolves Mutation.completeCart.
func (r *mutationResolver) CompleteCart(ctx context.Context, input model.CompleteCartInput) (*model.CompleteCartPayload, error) {
	order, err := r.Shop.CompleteCart(ctx, input.CartID)
	return r.completion(ctx, input.CartID, order, err)
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
