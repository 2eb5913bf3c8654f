package model

// A Facet is a value by which a list of products can be narrowed.
type Facet struct {
	ID       string // of what it selects, whose text the label is; of an option value, one of those with this text
	Label    string
	Count    int  // of the products that the list would have with it
	Selected bool // by the list's filter
	Input    JSON // the part of a product filter that selects it
}

// An OptionFacet has the values of one option, such as Size.
type OptionFacet struct {
	ID     string // of one of the options with this name
	Name   string
	Values []*Facet
}

// ProductFacets are what a list of products can be narrowed by. PriceRange is nil if no product has a price.
type ProductFacets struct {
	Categories  []*Facet
	Collections []*Facet
	Tags        []*Facet
	Types       []*Facet
	Options     []*OptionFacet
	PriceRange  *PriceRange
}
