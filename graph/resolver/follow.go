package resolver

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/watch"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// A productSight is what decides what a subscription to products shows: who looks, and what at. Those with the same share what is read.
type productSight struct {
	of   db.Sight
	want string
}

// followProducts follows the products with these ids that the viewer may see.
func (r *Resolver) followProducts(ctx context.Context, ids []string, want db.Want) (<-chan *model.Product, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 || len(ids) > 100 {
		return nil, model.Invalid.Errorf("ids must be 1 to 100 ids")
	}
	seen, together := productSight{auth.Viewer(ctx).Sight(), want.Text(ctx)}, context.WithoutCancel(ctx)
	return watch.FollowAll(ctx, r.Products, ids, func(ctx context.Context, ids []string) (map[string]*model.Product, error) {
		return r.seenProducts.Read(ctx, seen, ids, func(ids []string) (map[string]*model.Product, error) {
			ctx, end := r.Alone(together)
			defer end()
			return r.productsByID(ctx, currentViewer(ctx), ids, want)
		})
	}, func(id string) { watch.Sending(ctx, id) })
}

// productsByID returns those of at most 100 products that the viewer may see.
func (r *Resolver) productsByID(ctx context.Context, v *db.Viewer, ids []string, want db.Want) (map[string]*model.Product, error) {
	most := len(ids)
	c, err := r.DB.Products(ctx, v, db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{
		Filter: &model.ProductFilter{ID: graphql.OmittableOf(&model.IDFilter{In: graphql.OmittableOf(ids)})}, Page: db.Page{First: &most},
	}}, db.Want{field.Nodes: want})
	if err != nil {
		return nil, err
	}
	out := make(map[string]*model.Product, len(c.Nodes))
	for _, p := range c.Nodes {
		out[p.ID] = p
	}
	return out, nil
}
