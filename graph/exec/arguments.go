// Package exec is the executor that gqlgen generates from the schema. This file alone is written by hand: it reads the arguments of
// fields for those who run ahead of the executor.
package exec

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// arguments read the arguments of the fields below the root that take some, by type and field.
var arguments = map[string]func(ctx context.Context, ec *executionContext, raw map[string]any) (map[string]any, error){
	"Collection.products":      field_Collection_products_args,
	"Customer.carts":           field_Customer_carts_args,
	"Customer.orders":          field_Customer_orders_args,
	"Product.related":          field_Product_related_args,
	"Product.variant":          field_Product_variant_args,
	"ProductCategory.products": field_ProductCategory_products_args,
	"ProductTag.products":      field_ProductTag_products_args,
	"ProductType.products":     field_ProductType_products_args,
}

// Arguments returns the arguments of a field below the root, as the types of package model, from the values that an operation gives
// them. ok is false if no field of the object has this name and arguments. It fails if a value is not of the argument's type.
func Arguments(ctx context.Context, object, field string, raw map[string]any) (args map[string]any, ok bool, err error) {
	read, ok := arguments[object+"."+field]
	if !ok {
		return nil, false, nil
	}
	args, err = read(ctx, newExecutionContext(graphql.GetOperationContext(ctx), &executableSchema{}, nil), raw)
	return args, true, err
}
