package model

import (
	"context"
	"io"
)

// ProductStatus is how far a product is on its way to the shop. Only published products are ever shown.
type ProductStatus string

// The statuses.
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

// UnmarshalGQLContext reads a status in either case.
func (s *ProductStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, ProductStatusDraft, ProductStatusProposed, ProductStatusPublished, ProductStatusRejected)
}

// A Product is what a shopper looks at. Its relations are filled by a load that wants them and are nil
// otherwise; so it is with every type of this package.
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

	Type       *ProductType       `bun:"-"`
	Collection *Collection        `bun:"-"`
	Options    []*ProductOption   `bun:"-"`
	Tags       []*ProductTag      `bun:"-"`
	Images     []*ProductImage    `bun:"-"`
	Variants   []*ProductVariant  `bun:"-"`
	Categories []*ProductCategory `bun:"-"` // those that are active and not internal
	PriceRange *PriceRange        `bun:"-"` // nil if no variant has a price in the context
	InStock    bool               `bun:"-"` // whether any variant can be bought now

	ListedCategories []*ProductCategory `bun:"-"` // those that are not internal
	AllCategories    []*ProductCategory `bun:"-"`
}

// A ProductVariant is what a shopper buys: one choice of each of the product's options.
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
	Options           []*ProductOptionValue   `bun:"-"`
	Images            []*ProductImage         `bun:"-"`
	CalculatedPrice   *CalculatedPrice        `bun:"-"` // nil if there is no price in the context
	InventoryQuantity *int                    `bun:"-"` // nil if stock is not managed or nothing is stocked anywhere
	InStock           bool                    `bun:"-"` // Buyable, as of the load
	InventoryItems    []*VariantInventoryItem `bun:"-"`
	Prices            []*Price                `bun:"-"`
	LoadedOptions     []*ProductOptionValue   `bun:"-"` // Options, if the variant was read by itself
}

// Buyable reports whether at least one unit can be bought now.
func (v *ProductVariant) Buyable() bool {
	return !v.ManageInventory || v.AllowBackorder || v.InventoryQuantity != nil && *v.InventoryQuantity > 0
}

// A ProductOption is a dimension in which a product's variants differ, such as Size.
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

// A ProductOptionValue is one choice of an option, such as XL.
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
}

// A ProductImage is a picture of a product. Variants may pick some of them as their own.
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
	Variants []*ProductVariant `bun:"-"` // the variants that picked it
}

// A ProductTag is a word by which products are found together.
type ProductTag struct {
	ID         string
	Value      string
	ExternalID *string
	Metadata   JSON
	CreatedAt  Time
	UpdatedAt  Time
	DeletedAt  *Time

	Products []*Product `bun:"-"`
}

// A ProductType says what kind of thing a product is. Tax rates may depend on it.
type ProductType struct {
	ID         string
	Value      string
	ExternalID *string
	Metadata   JSON
	CreatedAt  Time
	UpdatedAt  Time
	DeletedAt  *Time

	Products []*Product `bun:"-"`
}

// A Collection is a hand-picked group of products. A product is in one at most.
type Collection struct {
	ID         string
	Title      string
	Handle     string
	ExternalID *string
	Metadata   JSON
	CreatedAt  Time
	UpdatedAt  Time
	DeletedAt  *Time

	Products []*Product `bun:"-"`
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

	ParentCategory   *ProductCategory   `bun:"-"` // if it is active and not internal
	CategoryChildren []*ProductCategory `bun:"-"` // those that are active and not internal
	AnyParent        *ProductCategory   `bun:"-"`
	AllChildren      []*ProductCategory `bun:"-"`
	Ancestors        []*ProductCategory `bun:"-"` // from the root to the parent

	// What the reference writes of a category above another only if it is not a root; nil if it is one.
	NestedIsActive   *bool `bun:"-"`
	NestedIsInternal *bool `bun:"-"`
	NestedDeletedAt  JSON  `bun:"-"`

	// The same below another category; nil if it has no children.
	BranchIsActive   *bool      `bun:"-"`
	BranchIsInternal *bool      `bun:"-"`
	BranchDeletedAt  JSON       `bun:"-"`
	Products         []*Product `bun:"-"`
}
