package resolver

import (
	"context"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// RegisterCustomer resolves Mutation.registerCustomer.
func (r *mutationResolver) RegisterCustomer(ctx context.Context, input model.RegisterCustomerInput) (*model.CustomerPayload, error) {
	id, err := r.Shop.RegisterCustomer(ctx, input)
	return r.changedCustomer(ctx, auth.Viewer(ctx).As(id), "", err)
}

// UpdateCustomer resolves Mutation.updateCustomer.
func (r *mutationResolver) UpdateCustomer(ctx context.Context, input model.UpdateCustomerInput) (*model.CustomerPayload, error) {
	return r.changedCustomer(ctx, auth.Viewer(ctx), "", r.Shop.UpdateCustomer(ctx, input))
}

// AddCustomerAddress resolves Mutation.addCustomerAddress.
func (r *mutationResolver) AddCustomerAddress(ctx context.Context, input model.AddCustomerAddressInput) (*model.CustomerPayload, error) {
	id, err := r.Shop.AddCustomerAddress(ctx, *input.Address)
	return r.changedCustomer(ctx, auth.Viewer(ctx), id, err)
}

// UpdateCustomerAddress resolves Mutation.updateCustomerAddress.
func (r *mutationResolver) UpdateCustomerAddress(ctx context.Context, input model.UpdateCustomerAddressInput) (*model.CustomerPayload, error) {
	err := r.Shop.UpdateCustomerAddress(ctx, input.AddressID, *input.Address)
	return r.changedCustomer(ctx, auth.Viewer(ctx), input.AddressID, err)
}

// DeleteCustomerAddress resolves Mutation.deleteCustomerAddress.
func (r *mutationResolver) DeleteCustomerAddress(ctx context.Context, input model.DeleteCustomerAddressInput) (*model.CustomerPayload, error) {
	p, err := r.changedCustomer(ctx, auth.Viewer(ctx), "", r.Shop.DeleteCustomerAddress(ctx, input.AddressID))
	if p != nil && p.Customer != nil {
		p.DeletedAddressID = &input.AddressID
	}
	return p, err
}

// Customer resolves Query.customer.
func (r *queryResolver) Customer(ctx context.Context) (*model.Customer, error) {
	if auth.Viewer(ctx).CustomerID == "" {
		return nil, nil //nolint:nilnil // a guest
	}
	return r.customer(ctx, auth.Viewer(ctx), plan.Want(ctx))
}

// CustomerAddresses resolves Query.customerAddresses.
func (r *queryResolver) CustomerAddresses(ctx context.Context, filter *model.CustomerAddressFilter, order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.CustomerAddress], error) {
	return r.DB.CustomerAddresses(ctx, auth.Viewer(ctx), db.ListArgs[model.CustomerAddressFilter]{
		Filter: filter, Sort: byPath(order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// CustomerAddress resolves Query.customerAddress.
func (r *queryResolver) CustomerAddress(ctx context.Context, id string) (*model.CustomerAddress, error) {
	return orNull(r.DB.CustomerAddress(ctx, auth.Viewer(ctx), id))
}

func (r *Resolver) Customer() exec.CustomerResolver { return &customerResolver{r} }

type customerResolver struct{ *Resolver }
