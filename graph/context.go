package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"storegraph/db"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// inContext returns a context whose viewer sees prices, taxes and texts as the directive @inContext of an operation says.
func inContext(ctx context.Context, op *graphql.OperationContext) (context.Context, error) {
	d := op.Operation.Directives.ForName("inContext")
	if d == nil {
		return ctx, nil
	}
	given := d.ArgumentMap(op.Variables)
	text := func(name string) string {
		s, _ := given[name].(string)
		return s
	}
	viewer := *auth.Viewer(ctx)
	viewer.Prices = db.PriceContext{RegionID: text("region"), Province: text("province"), CartID: text("cart")}
	for name, code := range map[string]struct {
		into *string
		read func(ctx context.Context, v any) (string, error)
	}{
		"country":  {&viewer.Prices.CountryCode, model.UnmarshalCountryCode},
		"currency": {&viewer.Prices.CurrencyCode, model.UnmarshalCurrencyCode},
	} {
		if given[name] == nil {
			continue
		}
		var err error
		if *code.into, err = code.read(ctx, given[name]); err != nil {
			return ctx, err
		}
	}
	if locale := text("locale"); locale != "" {
		viewer.Locale = locale
	}
	for name := range given {
		if err := model.CheckText(name, text(name)); err != nil {
			return ctx, err
		}
	}
	return auth.WithViewer(ctx, &viewer), nil
}
