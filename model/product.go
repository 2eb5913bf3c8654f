package model

import (
	"context"
	"io"
)

// ProductStatus is the status of a product. Only published products are shown.
type ProductStatus string

// The statuses of products.
const (
	ProductStatusDraft     ProductStatus = "draft"
	ProductStatusProposed  ProductStatus = "proposed"
	ProductStatusPublished ProductStatus = "published"
	ProductStatusRejected  ProductStatus = "rejected"
)

// MarshalGQLContext writes the status in the dialect of ctx.
func (s ProductStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads a status, in capitals or not.
func (s *ProductStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, ProductStatusDraft, ProductStatusProposed, ProductStatusPublished, ProductStatusRejected)
}

// A Product is what a shopper looks at; what is bought is one of its variants.
type Product struct {
	ID            string
	Title         string
	Handle        string
	Subtitle      *string
	Description   *string
	IsGiftcard    bool
	Status        ProductStatus
	Thumbnail     *string
	Weight        *Measure
	Length        *Measure
	Height        *Measure
	Width         *Measure
	OriginCountry *string
	HsCode        *string
	MidCode       *string
	Material      *string
	CollectionID  *string
	TypeID        *string
	Discountable  bool
	ExternalID    *string
	CreatedAt     Time
	UpdatedAt     Time
	DeletedAt     *Time
	Metadata      JSON

	Type          *ProductType            `bun:"-"`
	Collection    *Collection             `bun:"-"`
	StoredOptions []*ProductOption        `bun:"-"`
	Tags          []*ProductTag           `bun:"-"`
	Images        []*ProductImage         `bun:"-"`
	Variants      []*ProductVariant       `bun:"-"`
	Variant       Results[ProductVariant] `bun:"-"`
	Related       Results[[]*Product]     `bun:"-"`
	Categories    []*ProductCategory      `bun:"-"` // active and not internal
	PriceRange    *PriceRange             `bun:"-"` // nil if no variant has a price in the context
	InStock       bool                    `bun:"-"` // whether any variant can be bought now

	ListedCategories []*ProductCategory `bun:"-"` // not internal
	AllCategories    []*ProductCategory `bun:"-"`
}

// A ProductVariant is what a shopper buys, with one value of each option of its product.
type ProductVariant struct {
	ID              string
	Title           string
	Sku             *string
	Barcode         *string
	Ean             *string
	Upc             *string
	AllowBackorder  bool
	ManageInventory bool
	HsCode          *string
	OriginCountry   *string
	MidCode         *string
	Material        *string
	Weight          *Measure
	Length          *Measure
	Height          *Measure
	Width           *Measure
	Metadata        JSON
	VariantRank     *int
	ProductID       *string
	Thumbnail       *string
	CreatedAt       Time
	UpdatedAt       Time
	DeletedAt       *Time

	Product           *Product                `bun:"-"`
	StoredOptions     []*ProductOptionValue   `bun:"-"`
	Images            []*ProductImage         `bun:"-"`
	Price             *VariantPrice           `bun:"-"` // nil if there is no price in the context
	CalculatedPrice   *CalculatedPrice        `bun:"-"` // likewise
	InventoryQuantity *int                    `bun:"-"` // nil if stock is not managed or no location stocks it
	InStock           bool                    `bun:"-"` // whether at least one unit could be bought when it was loaded
	InventoryItems    []*VariantInventoryItem `bun:"-"`
	Prices            []*Price                `bun:"-"`
	LoadedOptions     []*ProductOptionValue   `bun:"-"` // StoredOptions, if the variant was not read as that of an image
}

// Buyable reports whether at least one unit can be bought of a variant for which there is stock for these units. InventoryQuantity is
// not asked: it counts what a location owes against what the others have.
func (v *ProductVariant) Buyable(units int) bool {
	return !v.ManageInventory || v.AllowBackorder || units > 0
}

// A ProductOption is a property in which a product's variants differ, such as Size.
type ProductOption struct {
	ID          string
	Title       string
	IsExclusive bool
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time

	Values []*ProductOptionValue `bun:"-"`
}

// A ProductOptionValue is a value of an option, such as XL.
type ProductOptionValue struct {
	ID        string
	Value     string
	Rank      *int
	Metadata  JSON
	OptionID  *string
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time

	Option *ProductOption `bun:"-"`
	Place  int            `bun:"-"` // among the values that were read with it: by rank, and those of one rank as they were made
}

// A ProductImage is an image of a product. Some images may be chosen for particular variants.
type ProductImage struct {
	ID        string
	URL       string
	Metadata  JSON
	Rank      int
	ProductID string
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time

	Product  *Product          `bun:"-"`
	Variants []*ProductVariant `bun:"-"` // the variants that it was chosen for
}

// A ProductTag is a tag, by which products are found together.
type ProductTag struct {
	ID         string
	Value      string
	ExternalID *string
	Metadata   JSON
	CreatedAt  Time
	UpdatedAt  Time
	DeletedAt  *Time

	Products    Results[ProductConnection] `bun:"-"`
	AllProducts []*Product                 `bun:"-"`
}

// A ProductType is a type of products. Tax rates may depend on it.
type ProductType struct {
	ID         string
	Value      string
	ExternalID *string
	Metadata   JSON
	CreatedAt  Time
	UpdatedAt  Time
	DeletedAt  *Time

	Products    Results[ProductConnection] `bun:"-"`
	AllProducts []*Product                 `bun:"-"`
}

// A Collection is a hand-picked group of products. A product is in at most one.
type Collection struct {
	ID         string
	Title      string
	Handle     string
	ExternalID *string
	Metadata   JSON
	CreatedAt  Time
	UpdatedAt  Time
	DeletedAt  *Time

	Products    Results[ProductConnection] `bun:"-"`
	AllProducts []*Product                 `bun:"-"`
}

// A ProductCategory is a node of the category tree.
type ProductCategory struct {
	ID               string
	Name             string
	Description      string
	Handle           string
	Mpath            string // the ids from the root to this category, joined by dots
	IsActive         bool
	IsInternal       bool
	Rank             int // position among its siblings
	ExternalID       *string
	Metadata         JSON
	ParentCategoryID *string
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	Parent      *ProductCategory           `bun:"-"` // nil unless it is active and not internal
	Children    []*ProductCategory         `bun:"-"` // active and not internal
	AnyParent   *ProductCategory           `bun:"-"`
	AllChildren []*ProductCategory         `bun:"-"`
	Ancestors   []*ProductCategory         `bun:"-"` // from the root to the parent
	Products    Results[ProductConnection] `bun:"-"` // in it and in what is below it

	// The requested trees. Where both directions are requested, the reference says nothing of some: these are nil.
	TreeChildren []*ProductCategory `bun:"-"`
	TreeParent   *ProductCategory   `bun:"-"`
	CutParent    *ProductCategory   `bun:"-"` // TreeParent where both are requested

	// Fields of a parent category that the reference shows only if the parent is no root; nil if it is one.
	NestedIsActive   *bool `bun:"-"`
	NestedIsInternal *bool `bun:"-"`
	NestedDeletedAt  JSON  `bun:"-"`

	// Fields of a child category that the reference shows only if the child has children; nil if it has none.
	BranchIsActive   *bool `bun:"-"`
	BranchIsInternal *bool `bun:"-"`
	BranchDeletedAt  JSON  `bun:"-"`

	AllProducts    []*Product `bun:"-"` // directly in it
	LoadedProducts []*Product `bun:"-"` // nil unless the category is in the requested list or its trees
}
