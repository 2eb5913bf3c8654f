package resolver

import (
	"context"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/watch"
	"github.com/storegraph/storegraph/model"
)

// CartUpdated resolves Subscription.cartUpdated.
func (r *subscriptionResolver) CartUpdated(ctx context.Context, id string) (<-chan *model.Cart, error) {
	want := plan.Want(ctx)
	return watch.Follow(ctx, r.Carts, id, func(ctx context.Context) (*model.Cart, error) {
		return r.shownCart(ctx, currentViewer(ctx), id, want)
	})
}

// OrderUpdated resolves Subscription.orderUpdated.
func (r *subscriptionResolver) OrderUpdated(ctx context.Context, id string) (<-chan *model.Order, error) {
	want := plan.Want(ctx)
	return watch.Follow(ctx, r.Orders, id, func(ctx context.Context) (*model.Order, error) {
		return r.DB.Order(ctx, currentViewer(ctx), id, db.OrderArgs{Strict: r.Shop.StrictOrders}, want)
	})
}

// ProductUpdated resolves Subscription.productUpdated.
func (r *subscriptionResolver) ProductUpdated(ctx context.Context, ids []string) (<-chan *model.Product, error) {
	return r.followProducts(ctx, ids, plan.Want(ctx))
}

func (r *Resolver) Subscription() exec.SubscriptionResolver { return &subscriptionResolver{r} }

type subscriptionResolver struct{ *Resolver }
