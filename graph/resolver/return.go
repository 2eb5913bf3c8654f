package resolver

import (
	"context"
	"storegraph/graph/plan"
	"storegraph/model"
)

// RequestReturn resolves Mutation.requestReturn.
func (r *mutationResolver) RequestReturn(ctx context.Context, input model.RequestReturnInput) (*model.Return, error) {
	return r.Shop.RequestReturn(ctx, input, plan.Want(ctx))
}
