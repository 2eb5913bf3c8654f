package resolver

import (
	"context"

	"storegraph/graph/auth"
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
