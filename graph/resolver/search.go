package resolver

import (
	"context"

	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// Search resolves Query.search.
func (r *queryResolver) Search(ctx context.Context, query string, first int) (*model.SearchResults, error) {
	return r.DB.Search(ctx, auth.Viewer(ctx), query, first, plan.Want(ctx))
}

// Suggest resolves Query.suggest.
func (r *queryResolver) Suggest(ctx context.Context, query string, first int) (*model.Suggestions, error) {
	return r.DB.Suggest(ctx, auth.Viewer(ctx), query, first, plan.Want(ctx))
}

// Documents resolves Query.documents.
func (r *queryResolver) Documents(ctx context.Context, searches []*model.DocumentSearchInput) ([]*model.DocumentResults, error) {
	return r.DB.Documents(ctx, auth.Viewer(ctx), searches)
}
