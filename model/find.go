package model

// A TextPart is a part of a text, and whether a search matches it.
type TextPart struct {
	Text    string
	Matched bool
}

// A Highlighter knows what of a text a search matches.
type Highlighter interface {
	// Highlight returns the text in parts, which joined are the text again.
	Highlight(text string) []*TextPart
}

// SearchResults are what a search finds, the most relevant first.
type SearchResults struct {
	Products    *ProductConnection
	Categories  []*ProductCategory
	Collections []*Collection
}

// Suggestions are what may be meant by the beginning of a search.
type Suggestions struct {
	Terms       []*SuggestedTerm
	Products    []*SuggestedProduct
	Categories  []*SuggestedCategory
	Collections []*SuggestedCollection
}

// A SuggestedTerm is a text to search for, which finds something.
type SuggestedTerm struct {
	Text      string
	Highlight []*TextPart
}

// A SuggestedProduct is a product whose texts match, with its title in parts.
type SuggestedProduct struct {
	Product   *Product
	Highlight []*TextPart
}

// A SuggestedCategory is a category that matches, with its name in parts.
type SuggestedCategory struct {
	Category  *ProductCategory
	Highlight []*TextPart
}

// A SuggestedCollection is a collection that matches, with its title in parts.
type SuggestedCollection struct {
	Collection *Collection
	Highlight  []*TextPart
}
