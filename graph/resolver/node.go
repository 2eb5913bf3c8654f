package resolver

import (
	"context"
	"errors"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/model"
)

// A nodeReader reads the thing with an id, with the guards of its own root field.
type nodeReader func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error)

// nodeReaders are the things that have an id, by its prefix.
var nodeReaders = map[string]nodeReader{
	"prod": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.Product(ctx, v, id, "", db.ProductArgs{}, want)
	},
	"variant": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.ProductVariant(ctx, v, id, db.VariantArgs{}, want)
	},
	"opt": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.ProductOption(ctx, v, id, want)
	},
	"ptag": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.ProductTag(ctx, v, id, want)
	},
	"ptyp": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.ProductType(ctx, v, id, want)
	},
	"pcol": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.Collection(ctx, v, id, "", want)
	},
	"pcat": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.ProductCategory(ctx, v, id, "", db.CategoryTrees{}, want)
	},
	"reg": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.Region(ctx, v, id, want)
	},
	"cus": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		if id != v.CustomerID {
			return nil, model.NotFound.Errorf("nothing has the id %s", id)
		}
		return r.customer(ctx, v, want)
	},
	"cuaddr": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, _ db.Want) (model.Node, error) {
		if v.CustomerID == "" {
			return nil, model.NotFound.Errorf("nothing has the id %s", id)
		}
		return r.DB.CustomerAddress(ctx, v, id)
	},
	"cart": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.shownCart(ctx, v, id, want)
	},
	"order": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		o, err := r.DB.Order(ctx, v, id, db.OrderArgs{Strict: r.Shop.StrictOrders}, want)
		return r.signed(v, want, o, err)
	},
	"return": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.Return(ctx, v, id, db.OrderArgs{Strict: r.Shop.StrictOrders}, want)
	},
	"rr": func(ctx context.Context, r *Resolver, v *db.Viewer, id string, want db.Want) (model.Node, error) {
		return r.DB.ReturnReason(ctx, v, id, want)
	},
}

func (r *Resolver) node(ctx context.Context, v *db.Viewer, id string) (model.Node, error) {
	read, ok := nodeReaders[model.IDPrefix(id)]
	if !ok {
		return nil, model.NotFound.Errorf("nothing has an id like %s", id)
	}
	ctx, want, err := plan.Selected(ctx, exec.Arguments)
	if err != nil {
		return nil, err
	}
	return read(ctx, r, v, id, want)
}

func (r *Resolver) nodes(ctx context.Context, v *db.Viewer, ids []string) ([]model.Node, error) {
	if len(ids) > 100 {
		return nil, model.Invalid.Errorf("ids must be at most 100")
	}
	out := make([]model.Node, len(ids))
	for i, id := range ids {
		n, err := orNothing(r.node(ctx, v, id))
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func orNothing(n model.Node, err error) (model.Node, error) {
	if errors.Is(err, model.NotFound) {
		return nil, nil //nolint:nilnil // a nullable root field: null is the answer
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}
