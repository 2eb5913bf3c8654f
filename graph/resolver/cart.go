package resolver

import (
	"context"
	"storegraph/graph/auth"
	"storegraph/graph/plan"
	"storegraph/model"
)

// Cart resolves Query.cart.
func (r *queryResolver) Cart(ctx context.Context, id string) (*model.Cart, error) {
	return orNull(r.DB.Cart(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}
