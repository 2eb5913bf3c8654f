package resolver

import (
	"context"

	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// Amount resolves Money.amount.
func (r *moneyResolver) Amount(ctx context.Context, obj *model.Amount) (*model.Amount, error) {
	shown := obj.In(plan.Currency(ctx))
	return &shown, nil
}

// CurrencyCode resolves Money.currencyCode.
func (r *moneyResolver) CurrencyCode(ctx context.Context, obj *model.Amount) (string, error) {
	return plan.Currency(ctx), nil
}

// Node resolves Query.node.
func (r *queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	return orNothing(r.node(ctx, auth.Viewer(ctx), id))
}

// Nodes resolves Query.nodes.
func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	return r.nodes(ctx, auth.Viewer(ctx), ids)
}

func (r *Resolver) Money() exec.MoneyResolver { return &moneyResolver{r} }

func (r *Resolver) Query() exec.QueryResolver { return &queryResolver{r} }

type (
	moneyResolver struct{ *Resolver }
	queryResolver struct{ *Resolver }
)
