package model

// A Connection is one page of a list, after the Relay cursor connection specification.
type Connection[T any] struct {
	Nodes      []*T
	Edges      []Edge[T]
	PageInfo   PageInfo
	TotalCount int // 0 unless it is wanted
}

// An Edge is a node with the cursor of its position in the list.
type Edge[T any] struct {
	Node    *T
	Cursor  string
	Matches Highlighter // the search that found the node, where it is a product; nil if there was none
}

// Highlight returns the title of a product in parts: those that the search matches by which it was found, and those between them.
func (e *Edge[T]) Highlight() []*TextPart {
	p, ok := any(e.Node).(*Product)
	switch {
	case !ok:
		return []*TextPart{}
	case e.Matches == nil:
		return []*TextPart{{Text: p.Title}}
	}
	return e.Matches.Highlight(p.Title)
}

// Results are the values of a field that takes arguments, by the keys of its calls; see package field. A call without a value has none.
type Results[T any] map[string]*T

// PageInfo says whether there are pages before and after a page. The cursors are nil if it is empty.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// ProductConnection is a page of products, with what the whole list can be narrowed by; nil unless it is wanted.
type ProductConnection struct {
	Connection[Product]
	Facets *ProductFacets
}

// ProductEdge is a Product of such a page, with its cursor.
type ProductEdge = Edge[Product]

// ProductVariantConnection is a page of a list of ProductVariant values.
type ProductVariantConnection = Connection[ProductVariant]

// ProductVariantEdge is a ProductVariant of such a page, with its cursor.
type ProductVariantEdge = Edge[ProductVariant]

// ProductOptionConnection is a page of a list of ProductOption values.
type ProductOptionConnection = Connection[ProductOption]

// ProductOptionEdge is a ProductOption of such a page, with its cursor.
type ProductOptionEdge = Edge[ProductOption]

// ProductTagConnection is a page of a list of ProductTag values.
type ProductTagConnection = Connection[ProductTag]

// ProductTagEdge is a ProductTag of such a page, with its cursor.
type ProductTagEdge = Edge[ProductTag]

// ProductTypeConnection is a page of a list of ProductType values.
type ProductTypeConnection = Connection[ProductType]

// ProductTypeEdge is a ProductType of such a page, with its cursor.
type ProductTypeEdge = Edge[ProductType]

// CollectionConnection is a page of a list of Collection values.
type CollectionConnection = Connection[Collection]

// CollectionEdge is a Collection of such a page, with its cursor.
type CollectionEdge = Edge[Collection]

// ProductCategoryConnection is a page of a list of ProductCategory values.
type ProductCategoryConnection = Connection[ProductCategory]

// ProductCategoryEdge is a ProductCategory of such a page, with its cursor.
type ProductCategoryEdge = Edge[ProductCategory]

// CurrencyConnection is a page of a list of Currency values.
type CurrencyConnection = Connection[Currency]

// CurrencyEdge is a Currency of such a page, with its cursor.
type CurrencyEdge = Edge[Currency]

// RegionConnection is a page of a list of Region values.
type RegionConnection = Connection[Region]

// RegionEdge is a Region of such a page, with its cursor.
type RegionEdge = Edge[Region]

// PaymentProviderConnection is a page of a list of PaymentProvider values.
type PaymentProviderConnection = Connection[PaymentProvider]

// PaymentProviderEdge is a PaymentProvider of such a page, with its cursor.
type PaymentProviderEdge = Edge[PaymentProvider]

// ReturnReasonConnection is a page of a list of ReturnReason values.
type ReturnReasonConnection = Connection[ReturnReason]

// ReturnReasonEdge is a ReturnReason of such a page, with its cursor.
type ReturnReasonEdge = Edge[ReturnReason]
