package resolver

import (
	"context"

	"github.com/storegraph/storegraph/model"
)

// CreatePaymentCollection resolves Mutation.createPaymentCollection.
func (r *mutationResolver) CreatePaymentCollection(ctx context.Context, input model.CreatePaymentCollectionInput) (*model.PaymentPayload, error) {
	id, err := r.Shop.CreatePaymentCollection(ctx, input)
	return r.changedPayment(ctx, id, err)
}

// CreatePaymentSession resolves Mutation.createPaymentSession.
func (r *mutationResolver) CreatePaymentSession(ctx context.Context, input model.CreatePaymentSessionInput) (*model.PaymentPayload, error) {
	return r.changedPayment(ctx, input.PaymentCollectionID, r.Shop.CreatePaymentSession(ctx, input))
}

// PaymentMethods resolves Query.paymentMethods.
func (r *queryResolver) PaymentMethods(ctx context.Context, providerID string) ([]*model.PaymentMethod, error) {
	return list(r.Shop.PaymentMethods(ctx, providerID))
}
