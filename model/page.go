package model

// A Connection is one page of a list, after the Relay cursor connection specification.
type Connection[T any] struct {
	Nodes      []*T
	Edges      []Edge[T]
	PageInfo   PageInfo
	TotalCount int // counted only if wanted
}

// An Edge is a node and the cursor that stands for its place in the list.
type Edge[T any] struct {
	Node   *T
	Cursor string
}

// PageInfo says whether there is more of a list on either side of a page.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// A Facet counts the products of a list by the values of one property.
type Facet struct {
	ID    string // of the category, collection, …; of an option value, its text
	Label string
	Count int
}

// An OptionFacet counts the products of a list by the values of one option, such as Size.
type OptionFacet struct {
	Title  string
	Values []*Facet
}

// ProductFacets are the counts by which a shopper can narrow a list of products.
type ProductFacets struct {
	Categories  []*Facet
	Collections []*Facet
	Tags        []*Facet
	Types       []*Facet
	Options     []*OptionFacet
	PriceRange  *PriceRange
}

// The pages of the lists a store has.
type (
	ProductConnection         = Connection[Product]
	ProductEdge               = Edge[Product]
	ProductVariantConnection  = Connection[ProductVariant]
	ProductVariantEdge        = Edge[ProductVariant]
	ProductOptionConnection   = Connection[ProductOption]
	ProductOptionEdge         = Edge[ProductOption]
	ProductTagConnection      = Connection[ProductTag]
	ProductTagEdge            = Edge[ProductTag]
	ProductTypeConnection     = Connection[ProductType]
	ProductTypeEdge           = Edge[ProductType]
	CollectionConnection      = Connection[Collection]
	CollectionEdge            = Edge[Collection]
	ProductCategoryConnection = Connection[ProductCategory]
	ProductCategoryEdge       = Edge[ProductCategory]
	CurrencyConnection        = Connection[Currency]
	CurrencyEdge              = Edge[Currency]
	RegionConnection          = Connection[Region]
	RegionEdge                = Edge[Region]
	PaymentProviderConnection = Connection[PaymentProvider]
	PaymentProviderEdge       = Edge[PaymentProvider]
	ReturnReasonConnection    = Connection[ReturnReason]
	ReturnReasonEdge          = Edge[ReturnReason]
)
