package resolver

import (
	"context"
	"storegraph/graph/plan"
	"storegraph/model"
	"storegraph/model/field"
)

// RequestReturn resolves Mutation.requestReturn.
func (r *mutationResolver) RequestReturn(ctx context.Context, input model.RequestReturnInput) (*model.RequestReturnPayload, error) {
	ret, err := r.Shop.RequestReturn(ctx, input, plan.Want(ctx)[field.Return])
	return answer(ctx, &model.RequestReturnPayload{Return: ret}, err)
}
