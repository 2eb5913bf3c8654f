package resolver

import (
	"context"
	"storegraph/graph/exec"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// Node resolves Query.node.
func (r *queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	return orNothing(r.node(ctx, auth.Viewer(ctx), id))
}

// Nodes resolves Query.nodes.
func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	return r.nodes(ctx, auth.Viewer(ctx), ids)
}

func (r *Resolver) Query() exec.QueryResolver { return &queryResolver{r} }

type queryResolver struct{ *Resolver }
