package graph

import (
	"cmp"
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// inContext returns a context whose viewer sees prices, taxes and texts as the directive @inContext of an operation says.
func inContext(ctx context.Context, op *graphql.OperationContext) (context.Context, error) {
	d := op.Operation.Directives.ForName("inContext")
	if d == nil {
		return ctx, nil
	}
	given := map[string]string{}
	for name, v := range d.ArgumentMap(op.Variables) {
		text, ok := v.(string)
		if !ok {
			continue // null
		}
		if err := model.CheckText(name, text); err != nil {
			return ctx, err
		}
		given[name] = text
	}
	viewer := *auth.Viewer(ctx)
	viewer.Locale = cmp.Or(given["locale"], viewer.Locale)
	viewer.Prices = db.PriceContext{RegionID: given["region"], Province: given["province"], CartID: given["cart"]}
	var err error
	if code, ok := given["country"]; ok {
		if viewer.Prices.CountryCode, err = model.UnmarshalCountryCode(ctx, code); err != nil {
			return ctx, err
		}
	}
	if code, ok := given["currency"]; ok {
		if viewer.Prices.CurrencyCode, err = model.UnmarshalCurrencyCode(ctx, code); err != nil {
			return ctx, err
		}
	}
	return auth.WithViewer(ctx, &viewer), nil
}
