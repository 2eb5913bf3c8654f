package resolver

import (
	"context"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// Currencies resolves Query.currencies.
func (r *queryResolver) Currencies(ctx context.Context, filter *model.CurrencyFilter, order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Currency], error) {
	return r.DB.Currencies(ctx, auth.Viewer(ctx), db.ListArgs[model.CurrencyFilter]{
		Filter: filter, Sort: byPath(order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// Currency resolves Query.currency.
func (r *queryResolver) Currency(ctx context.Context, code string) (*model.Currency, error) {
	return orNull(r.DB.Currency(ctx, auth.Viewer(ctx), code))
}

// Regions resolves Query.regions.
func (r *queryResolver) Regions(ctx context.Context, filter *model.RegionFilter, order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Region], error) {
	return r.DB.Regions(ctx, auth.Viewer(ctx), db.ListArgs[model.RegionFilter]{
		Filter: filter, Sort: byPath(order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// Region resolves Query.region.
func (r *queryResolver) Region(ctx context.Context, id string) (*model.Region, error) {
	return orNull(r.DB.Region(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

// PaymentProviders resolves Query.paymentProviders.
func (r *queryResolver) PaymentProviders(ctx context.Context, regionID string, order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.PaymentProvider], error) {
	return r.DB.PaymentProviders(ctx, auth.Viewer(ctx), regionID, byPath(order), r.page(ctx, first, after, last, before, offset), plan.Want(ctx))
}

// ReturnReasons resolves Query.returnReasons.
func (r *queryResolver) ReturnReasons(ctx context.Context, order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ReturnReason], error) {
	return r.DB.ReturnReasons(ctx, auth.Viewer(ctx), byPath(order), r.page(ctx, first, after, last, before, offset), plan.Want(ctx))
}

// ReturnReason resolves Query.returnReason.
func (r *queryResolver) ReturnReason(ctx context.Context, id string) (*model.ReturnReason, error) {
	return orNull(r.DB.ReturnReason(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

// Locales resolves Query.locales.
func (r *queryResolver) Locales(ctx context.Context) ([]*model.Locale, error) {
	return list(r.DB.Locales(ctx, auth.Viewer(ctx)))
}

// Translatable resolves Query.translatable.
func (r *queryResolver) Translatable(ctx context.Context) (bool, error) {
	return r.DB.Translatable(ctx, auth.Viewer(ctx))
}
