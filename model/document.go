package model

// DocumentResults are the documents of a search index that a search finds.
type DocumentResults struct {
	Hits       []*DocumentHit
	Facets     []*DocumentFacet // nil if none was wanted
	TotalCount *int             // nil if they are not counted
}

// A DocumentHit is a document that a search finds.
type DocumentHit struct {
	ID       string
	Score    float64 // how relevant it is; 0 without a query
	Document JSON
}

// A DocumentFacet is what was counted of a field of documents: one of its three kinds.
type DocumentFacet struct {
	Field  string
	Values []*DocumentFacetValue
	Ranges []*DocumentFacetRange
	Stats  *DocumentFacetStats
}

// A DocumentFacetValue is a value, and the number of documents that have it.
type DocumentFacetValue struct {
	Value string
	Count int
}

// A DocumentFacetRange is a range of numbers, and the number of documents within it. A bound that is nil is none.
type DocumentFacetRange struct {
	Key      string
	From, To *float64
	Count    int
}

// DocumentFacetStats are what the numbers in a field have in common; nil where there are none.
type DocumentFacetStats struct {
	Min, Max, Avg, Sum *float64
	Count              int
}
