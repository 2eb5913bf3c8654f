package resolver

import (
	"context"
	"fmt"
	"storegraph/model"
)

func (r *queryResolver) Currencies(ctx context.Context, filter *model.CurrencyFilter, order *model.CurrencyOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Currency], error) {
	panic(fmt.Errorf("not implemented: Currencies - currencies"))
}

func (r *queryResolver) Currency(ctx context.Context, code string) (*model.Currency, error) {
	panic(fmt.Errorf("not implemented: Currency - currency"))
}

func (r *queryResolver) Regions(ctx context.Context, filter *model.RegionFilter, order *model.RegionOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Region], error) {
	panic(fmt.Errorf("not implemented: Regions - regions"))
}

func (r *queryResolver) Region(ctx context.Context, id string) (*model.Region, error) {
	panic(fmt.Errorf("not implemented: Region - region"))
}

func (r *queryResolver) PaymentProviders(ctx context.Context, regionID string, order *model.PaymentProviderOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.PaymentProvider], error) {
	panic(fmt.Errorf("not implemented: PaymentProviders - paymentProviders"))
}

func (r *queryResolver) ReturnReasons(ctx context.Context, order *model.ReturnReasonOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ReturnReason], error) {
	panic(fmt.Errorf("not implemented: ReturnReasons - returnReasons"))
}

func (r *queryResolver) ReturnReason(ctx context.Context, id string) (*model.ReturnReason, error) {
	panic(fmt.Errorf("not implemented: ReturnReason - returnReason"))
}

func (r *queryResolver) Locales(ctx context.Context) ([]*model.Locale, error) {
	panic(fmt.Errorf("not implemented: Locales - locales"))
}
