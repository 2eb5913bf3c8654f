package resolver

import (
	"context"
	"storegraph/graph/plan"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// CreatePaymentCollection resolves Mutation.createPaymentCollection.
func (r *mutationResolver) CreatePaymentCollection(ctx context.Context, input model.CreatePaymentCollectionInput) (*model.PaymentCollection, error) {
	id, err := r.Shop.CreatePaymentCollection(ctx, input)
	if err != nil {
		return nil, err
	}
	return r.DB.PaymentCollection(ctx, auth.Viewer(ctx), id, plan.Want(ctx))
}

// CreatePaymentSession resolves Mutation.createPaymentSession.
func (r *mutationResolver) CreatePaymentSession(ctx context.Context, id string, input model.CreatePaymentSessionInput) (*model.PaymentCollection, error) {
	if err := r.Shop.CreatePaymentSession(ctx, id, input); err != nil {
		return nil, err
	}
	return r.DB.PaymentCollection(ctx, auth.Viewer(ctx), id, plan.Want(ctx))
}

// PaymentMethods resolves Query.paymentMethods.
func (r *queryResolver) PaymentMethods(ctx context.Context, providerID string) ([]*model.PaymentMethod, error) {
	return list(r.Shop.PaymentMethods(ctx, providerID))
}
