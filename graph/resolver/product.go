package resolver

import (
	"context"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// Products resolves Collection.products.
func (r *collectionResolver) Products(ctx context.Context, obj *model.Collection, query *string, filter *model.ProductFilter, sort *model.Sort[model.ProductSortKey], first *int, after *string, last *int, before *string, offset *int) (*model.ProductConnection, error) {
	return plan.Result(ctx, obj.Products), nil
}

// Variant resolves Product.variant.
func (r *productResolver) Variant(ctx context.Context, obj *model.Product, selectedOptions []*model.SelectedOptionInput) (*model.ProductVariant, error) {
	return plan.Result(ctx, obj.Variant), nil
}

// Related resolves Product.related.
func (r *productResolver) Related(ctx context.Context, obj *model.Product, first int) ([]*model.Product, error) {
	return *plan.Result(ctx, obj.Related), nil
}

// Products resolves ProductCategory.products.
func (r *productCategoryResolver) Products(ctx context.Context, obj *model.ProductCategory, query *string, filter *model.ProductFilter, sort *model.Sort[model.ProductSortKey], first *int, after *string, last *int, before *string, offset *int) (*model.ProductConnection, error) {
	return plan.Result(ctx, obj.Products), nil
}

// Products resolves ProductTag.products.
func (r *productTagResolver) Products(ctx context.Context, obj *model.ProductTag, query *string, filter *model.ProductFilter, sort *model.Sort[model.ProductSortKey], first *int, after *string, last *int, before *string, offset *int) (*model.ProductConnection, error) {
	return plan.Result(ctx, obj.Products), nil
}

// Products resolves ProductType.products.
func (r *productTypeResolver) Products(ctx context.Context, obj *model.ProductType, query *string, filter *model.ProductFilter, sort *model.Sort[model.ProductSortKey], first *int, after *string, last *int, before *string, offset *int) (*model.ProductConnection, error) {
	return plan.Result(ctx, obj.Products), nil
}

// Products resolves Query.products.
func (r *queryResolver) Products(ctx context.Context, query *string, filter *model.ProductFilter, sort *model.Sort[model.ProductSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int, salesChannelIds []string) (*model.ProductConnection, error) {
	return r.DB.Products(ctx, auth.Viewer(ctx), db.ProductArgs{
		ListArgs: db.ListArgs[model.ProductFilter]{
			Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
		},
		Channels: salesChannelIds, Search: query,
	}, plan.Want(ctx))
}

// Product resolves Query.product.
func (r *queryResolver) Product(ctx context.Context, by model.IDOrHandle, salesChannelIds []string, filter *model.ProductFilter) (*model.Product, error) {
	id, handle, err := name(by)
	if err != nil {
		return nil, err
	}
	return orNull(r.DB.Product(ctx, auth.Viewer(ctx), id, handle, db.ProductArgs{
		ListArgs: db.ListArgs[model.ProductFilter]{Filter: filter}, Channels: salesChannelIds,
	}, plan.Want(ctx)))
}

// ProductVariants resolves Query.productVariants.
func (r *queryResolver) ProductVariants(ctx context.Context, filter *model.ProductVariantFilter, sort *model.Sort[model.ProductVariantSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int, salesChannelIds []string) (*model.Connection[model.ProductVariant], error) {
	return r.DB.ProductVariants(ctx, auth.Viewer(ctx), db.VariantArgs{
		ListArgs: db.ListArgs[model.ProductVariantFilter]{
			Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
		},
		Channels: salesChannelIds,
	}, plan.Want(ctx))
}

// ProductVariant resolves Query.productVariant.
func (r *queryResolver) ProductVariant(ctx context.Context, id string, salesChannelIds []string) (*model.ProductVariant, error) {
	return orNull(r.DB.ProductVariant(ctx, auth.Viewer(ctx), id, db.VariantArgs{Channels: salesChannelIds}, plan.Want(ctx)))
}

// ProductOptions resolves Query.productOptions.
func (r *queryResolver) ProductOptions(ctx context.Context, filter *model.ProductOptionFilter, sort *model.Sort[model.ProductOptionSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ProductOption], error) {
	return r.DB.ProductOptions(ctx, auth.Viewer(ctx), db.ListArgs[model.ProductOptionFilter]{
		Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// ProductOption resolves Query.productOption.
func (r *queryResolver) ProductOption(ctx context.Context, id string) (*model.ProductOption, error) {
	return orNull(r.DB.ProductOption(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

// ProductTags resolves Query.productTags.
func (r *queryResolver) ProductTags(ctx context.Context, filter *model.ProductTagFilter, sort *model.Sort[model.ProductTagSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ProductTag], error) {
	return r.DB.ProductTags(ctx, auth.Viewer(ctx), db.ListArgs[model.ProductTagFilter]{
		Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// ProductTag resolves Query.productTag.
func (r *queryResolver) ProductTag(ctx context.Context, id string) (*model.ProductTag, error) {
	return orNull(r.DB.ProductTag(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

// ProductTypes resolves Query.productTypes.
func (r *queryResolver) ProductTypes(ctx context.Context, filter *model.ProductTypeFilter, sort *model.Sort[model.ProductTypeSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ProductType], error) {
	return r.DB.ProductTypes(ctx, auth.Viewer(ctx), db.ListArgs[model.ProductTypeFilter]{
		Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// ProductType resolves Query.productType.
func (r *queryResolver) ProductType(ctx context.Context, id string) (*model.ProductType, error) {
	return orNull(r.DB.ProductType(ctx, auth.Viewer(ctx), id, plan.Want(ctx)))
}

// Collections resolves Query.collections.
func (r *queryResolver) Collections(ctx context.Context, filter *model.CollectionFilter, sort *model.Sort[model.CollectionSortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Collection], error) {
	return r.DB.Collections(ctx, auth.Viewer(ctx), db.ListArgs[model.CollectionFilter]{
		Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
	}, plan.Want(ctx))
}

// Collection resolves Query.collection.
func (r *queryResolver) Collection(ctx context.Context, by model.IDOrHandle) (*model.Collection, error) {
	id, handle, err := name(by)
	if err != nil {
		return nil, err
	}
	return orNull(r.DB.Collection(ctx, auth.Viewer(ctx), id, handle, plan.Want(ctx)))
}

// ProductCategories resolves Query.productCategories.
func (r *queryResolver) ProductCategories(ctx context.Context, filter *model.ProductCategoryFilter, sort *model.Sort[model.ProductCategorySortKey], order *model.PathSort, first *int, after *string, last *int, before *string, offset *int, descendants *bool, ancestors *bool) (*model.Connection[model.ProductCategory], error) {
	return r.DB.ProductCategories(ctx, auth.Viewer(ctx), db.ListArgs[model.ProductCategoryFilter]{
		Filter: filter, Sort: sorted(sort, order), Page: r.page(ctx, first, after, last, before, offset),
	}, trees(descendants, ancestors), plan.Want(ctx))
}

// ProductCategory resolves Query.productCategory.
func (r *queryResolver) ProductCategory(ctx context.Context, by model.IDOrHandle, descendants *bool, ancestors *bool) (*model.ProductCategory, error) {
	id, handle, err := name(by)
	if err != nil {
		return nil, err
	}
	return orNull(r.DB.ProductCategory(ctx, auth.Viewer(ctx), id, handle, trees(descendants, ancestors), plan.Want(ctx)))
}

func (r *Resolver) Collection() exec.CollectionResolver { return &collectionResolver{r} }

func (r *Resolver) Product() exec.ProductResolver { return &productResolver{r} }

func (r *Resolver) ProductCategory() exec.ProductCategoryResolver { return &productCategoryResolver{r} }

func (r *Resolver) ProductTag() exec.ProductTagResolver { return &productTagResolver{r} }

func (r *Resolver) ProductType() exec.ProductTypeResolver { return &productTypeResolver{r} }

type (
	collectionResolver      struct{ *Resolver }
	productResolver         struct{ *Resolver }
	productCategoryResolver struct{ *Resolver }
	productTagResolver      struct{ *Resolver }
	productTypeResolver     struct{ *Resolver }
)
