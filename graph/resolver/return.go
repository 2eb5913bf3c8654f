package resolver

import (
	"context"

	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// RequestReturn resolves Mutation.requestReturn.
func (r *mutationResolver) RequestReturn(ctx context.Context, input model.RequestReturnInput) (*model.RequestReturnPayload, error) {
	ret, err := r.Shop.RequestReturn(ctx, input, plan.Want(ctx)[field.Return])
	return answer(ctx, &model.RequestReturnPayload{Return: ret}, err)
}
