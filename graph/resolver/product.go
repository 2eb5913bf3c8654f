package resolver

import (
	"context"
	"fmt"
	"storegraph/model"
)

func (r *queryResolver) Products(ctx context.Context, filter *model.ProductFilter, order *model.ProductOrder, first *int, after *string, last *int, before *string, offset *int, pricing *model.PricingInput, salesChannelIds []string) (*model.Connection[model.Product], error) {
	panic(fmt.Errorf("not implemented: Products - products"))
}

func (r *queryResolver) Product(ctx context.Context, id *string, handle *string, pricing *model.PricingInput, salesChannelIds []string) (*model.Product, error) {
	panic(fmt.Errorf("not implemented: Product - product"))
}

func (r *queryResolver) ProductFacets(ctx context.Context, filter *model.ProductFilter, pricing *model.PricingInput, salesChannelIds []string) (*model.ProductFacets, error) {
	panic(fmt.Errorf("not implemented: ProductFacets - productFacets"))
}

func (r *queryResolver) ProductVariants(ctx context.Context, filter *model.ProductVariantFilter, order *model.ProductVariantOrder, first *int, after *string, last *int, before *string, offset *int, pricing *model.PricingInput, salesChannelIds []string) (*model.Connection[model.ProductVariant], error) {
	panic(fmt.Errorf("not implemented: ProductVariants - productVariants"))
}

func (r *queryResolver) ProductVariant(ctx context.Context, id string, pricing *model.PricingInput, salesChannelIds []string) (*model.ProductVariant, error) {
	panic(fmt.Errorf("not implemented: ProductVariant - productVariant"))
}

func (r *queryResolver) ProductOptions(ctx context.Context, filter *model.ProductOptionFilter, order *model.ProductOptionOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ProductOption], error) {
	panic(fmt.Errorf("not implemented: ProductOptions - productOptions"))
}

func (r *queryResolver) ProductOption(ctx context.Context, id string) (*model.ProductOption, error) {
	panic(fmt.Errorf("not implemented: ProductOption - productOption"))
}

func (r *queryResolver) ProductTags(ctx context.Context, filter *model.ProductTagFilter, order *model.ProductTagOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ProductTag], error) {
	panic(fmt.Errorf("not implemented: ProductTags - productTags"))
}

func (r *queryResolver) ProductTag(ctx context.Context, id string) (*model.ProductTag, error) {
	panic(fmt.Errorf("not implemented: ProductTag - productTag"))
}

func (r *queryResolver) ProductTypes(ctx context.Context, filter *model.ProductTypeFilter, order *model.ProductTypeOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.ProductType], error) {
	panic(fmt.Errorf("not implemented: ProductTypes - productTypes"))
}

func (r *queryResolver) ProductType(ctx context.Context, id string) (*model.ProductType, error) {
	panic(fmt.Errorf("not implemented: ProductType - productType"))
}

func (r *queryResolver) Collections(ctx context.Context, filter *model.CollectionFilter, order *model.CollectionOrder, first *int, after *string, last *int, before *string, offset *int) (*model.Connection[model.Collection], error) {
	panic(fmt.Errorf("not implemented: Collections - collections"))
}

func (r *queryResolver) Collection(ctx context.Context, id *string, handle *string) (*model.Collection, error) {
	panic(fmt.Errorf("not implemented: Collection - collection"))
}

func (r *queryResolver) ProductCategories(ctx context.Context, filter *model.ProductCategoryFilter, order *model.ProductCategoryOrder, first *int, after *string, last *int, before *string, offset *int, includeAncestorsTree *bool, includeDescendantsTree *bool) (*model.Connection[model.ProductCategory], error) {
	panic(fmt.Errorf("not implemented: ProductCategories - productCategories"))
}

func (r *queryResolver) ProductCategory(ctx context.Context, id *string, handle *string, includeAncestorsTree *bool, includeDescendantsTree *bool) (*model.ProductCategory, error) {
	panic(fmt.Errorf("not implemented: ProductCategory - productCategory"))
}
