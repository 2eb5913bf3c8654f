package model

// A Sort says what a list is sorted by, and in which direction.
type Sort[K ~string] struct {
	Key       K
	Direction SortDirection
}

// ProductSort sorts lists of products.
type ProductSort = Sort[ProductSortKey]

// ProductVariantSort sorts lists of variants.
type ProductVariantSort = Sort[ProductVariantSortKey]

// ProductOptionSort sorts lists of options.
type ProductOptionSort = Sort[ProductOptionSortKey]

// ProductTagSort sorts lists of tags.
type ProductTagSort = Sort[ProductTagSortKey]

// ProductTypeSort sorts lists of types of products.
type ProductTypeSort = Sort[ProductTypeSortKey]

// CollectionSort sorts lists of collections.
type CollectionSort = Sort[CollectionSortKey]

// ProductCategorySort sorts lists of categories.
type ProductCategorySort = Sort[ProductCategorySortKey]

// OrderSort sorts lists of orders.
type OrderSort = Sort[OrderSortKey]
