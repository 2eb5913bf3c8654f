package model

import (
	"context"
	"io"
	"strings"
)

// OrderStatus is how an order as a whole stands.
type OrderStatus string

// The statuses.
const (
	OrderStatusPending        OrderStatus = "pending"
	OrderStatusCompleted      OrderStatus = "completed"
	OrderStatusDraft          OrderStatus = "draft"
	OrderStatusArchived       OrderStatus = "archived"
	OrderStatusCanceled       OrderStatus = "canceled"
	OrderStatusRequiresAction OrderStatus = "requires_action"
)

// MarshalGQLContext writes the status in the dialect of ctx.
func (s OrderStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads a status in either case.
func (s *OrderStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, OrderStatusPending, OrderStatusCompleted, OrderStatusDraft, OrderStatusArchived, OrderStatusCanceled, OrderStatusRequiresAction)
}

// An Order is what was bought: a cart as it was when it was completed, and what became of it. Whatever changes what it
// consists of makes a new version of it. Its totals, and those of everything in it, are filled by package total.
type Order struct {
	ID                string
	DisplayID         int
	CustomDisplayID   *string
	RegionID          *string
	CustomerID        *string
	Version           int
	SalesChannelID    *string
	Status            OrderStatus
	IsDraftOrder      bool
	Email             *string
	CurrencyCode      string
	Locale            *string
	ShippingAddressID *string
	BillingAddressID  *string
	NoNotification    *bool
	Metadata          JSON
	CanceledAt        *Time
	CreatedAt         Time
	UpdatedAt         Time
	DeletedAt         *Time

	Items              []*OrderItem              `bun:"-"`
	ShippingMethods    []*OrderShippingMethod    `bun:"-"`
	CreditLines        []*OrderCreditLine        `bun:"-"`
	Transactions       []*OrderTransaction       `bun:"-"`
	Summary            *OrderSummary             `bun:"-"`
	FirstSummary       JSON                      `bun:"-"` // of its first version, as it is stored
	ShippingAddress    *OrderAddress             `bun:"-"`
	BillingAddress     *OrderAddress             `bun:"-"`
	Customer           *OrderCustomer            `bun:"-"`
	Cart               *OrderCart                `bun:"-"`
	Promotions         []*Promotion              `bun:"-"`
	PaymentCollections []*OrderPaymentCollection `bun:"-"`
	Fulfillments       []*Fulfillment            `bun:"-"`
	Returns            []*Return                 `bun:"-"`
	ShippingDetails    []*OrderShippingDetail    `bun:"-"` // those of ShippingMethods

	AccessToken *string `bun:"-"` // by which whoever has it may see the order; nil unless wanted

	PaymentStatus     OrderPaymentStatus     `bun:"-"`
	FulfillmentStatus OrderFulfillmentStatus `bun:"-"`

	CurrencyDigits int  `bun:"-"` // how many decimal places the currency is shown with
	Totaled        bool `bun:"-"` // the totals are filled

	Totals     `bun:"-"`
	PartTotals `bun:"-"`
}

// PlacesOfItems is a null for each item: what the reference shows of items of which nothing is selected.
func (o *Order) PlacesOfItems() JSON { return nulls(len(o.Items)) }

// PlacesOfShippingMethods is a null for each way of shipping.
func (o *Order) PlacesOfShippingMethods() JSON { return nulls(len(o.ShippingMethods)) }

func nulls(n int) JSON { return JSON("[" + strings.TrimSuffix(strings.Repeat("null,", n), ",") + "]") }

// An OrderItem is a line of an order: the variant as it was when it was bought, and in Detail what became of it.
type OrderItem struct {
	ID                    string
	Title                 string
	Subtitle              *string
	Thumbnail             *string
	VariantID             *string
	ProductID             *string
	ProductTitle          *string
	ProductDescription    *string
	ProductSubtitle       *string
	ProductType           *string
	ProductTypeID         *string
	ProductCollection     *string
	ProductHandle         *string
	VariantSku            *string
	VariantBarcode        *string
	VariantTitle          *string
	VariantOptionValues   JSON
	RequiresShipping      bool
	IsGiftcard            bool
	IsDiscountable        bool
	IsTaxInclusive        bool
	IsCustomPrice         bool
	CompareAtUnitPrice    *Amount // the version's own, if it has one
	RawCompareAtUnitPrice JSON
	UnitPrice             Amount // the version's own, if it has one
	RawUnitPrice          JSON
	Metadata              JSON // the version's own, if it has any
	CreatedAt             Time
	UpdatedAt             Time
	DeletedAt             *Time

	Quantity         Amount `bun:"-"` // of the version
	RawQuantity      JSON   `bun:"-"`
	LineItemMetadata JSON   `bun:"-"` // what the line was bought with, whatever the version says

	Detail      *OrderItemDetail `bun:"-"`
	TaxLines    []*TaxLine       `bun:"-"`
	Adjustments []*Adjustment    `bun:"-"`
	Variant     *ProductVariant  `bun:"-"`
	Product     *Product         `bun:"-"`

	LineTotals             `bun:"-"`
	PartTotals             `bun:"-"`
	RefundableTotal        Amount `bun:"-"` // what may still come back
	RefundableTotalPerUnit Amount `bun:"-"`
}

// An OrderItemDetail is what a version of an order says of a line: how many units of it there are and how far they are.
type OrderItemDetail struct {
	ID                         string
	OrderID                    string
	Version                    int
	ItemID                     string
	Metadata                   JSON
	UnitPrice                  *Amount // nil: the line's
	RawUnitPrice               JSON
	CompareAtUnitPrice         *Amount
	RawCompareAtUnitPrice      JSON
	Quantity                   Amount
	RawQuantity                JSON
	FulfilledQuantity          Amount
	RawFulfilledQuantity       JSON
	ShippedQuantity            Amount
	RawShippedQuantity         JSON
	DeliveredQuantity          Amount
	RawDeliveredQuantity       JSON
	ReturnRequestedQuantity    Amount
	RawReturnRequestedQuantity JSON
	ReturnReceivedQuantity     Amount
	RawReturnReceivedQuantity  JSON
	ReturnDismissedQuantity    Amount
	RawReturnDismissedQuantity JSON
	WrittenOffQuantity         Amount
	RawWrittenOffQuantity      JSON
	CreatedAt                  Time
	UpdatedAt                  Time
	DeletedAt                  *Time
}

// An OrderShippingMethod is a way of shipping of an order: of what was bought, or of what comes back.
type OrderShippingMethod struct {
	ID               string
	Name             string
	Description      JSON
	IsTaxInclusive   bool
	IsCustomAmount   bool
	ShippingOptionID *string
	Data             JSON
	Metadata         JSON
	Amount           Amount
	RawAmount        JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	OrderID     string               `bun:"-"`
	Detail      *OrderShippingDetail `bun:"-"`
	TaxLines    []*TaxLine           `bun:"-"`
	Adjustments []*Adjustment        `bun:"-"`

	LineTotals `bun:"-"`
}

// An OrderShippingDetail says that a version of an order has a way of shipping, and which return, exchange or claim it
// belongs to, if any.
type OrderShippingDetail struct {
	ID               string
	OrderID          string
	Version          int
	ReturnID         *string
	ExchangeID       *string
	ClaimID          *string
	ShippingMethodID string
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	ShippingMethod *OrderShippingMethod `bun:"-"`
}

// Exchange is the exchange that a way of shipping belongs to, as a thing with an id.
func (d *OrderShippingDetail) Exchange() JSON { return named(d.ExchangeID) }

// Claim is the claim that a way of shipping belongs to.
func (d *OrderShippingDetail) Claim() JSON { return named(d.ClaimID) }

// Exchange is the exchange that money was moved for, as a thing with an id.
func (t *OrderTransaction) Exchange() JSON { return named(t.ExchangeID) }

// Claim is the claim that money was moved for.
func (t *OrderTransaction) Claim() JSON { return named(t.ClaimID) }

// An OrderCreditLine pays part of an order with credit.
type OrderCreditLine struct {
	ID          string
	OrderID     string
	Version     int
	Reference   *string
	ReferenceID *string
	Amount      Amount
	RawAmount   JSON
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time

	Total    Amount `bun:"-"`
	Subtotal Amount `bun:"-"`
}

// An OrderTransaction is money that came in for an order, or, if negative, went back.
type OrderTransaction struct {
	ID           string
	OrderID      string
	Version      int
	Amount       Amount
	RawAmount    JSON
	CurrencyCode string
	Reference    *string // what kind of thing moved it: capture, refund, …
	ReferenceID  *string
	ReturnID     *string
	ExchangeID   *string
	ClaimID      *string
	CreatedAt    Time
	UpdatedAt    Time
	DeletedAt    *Time
}

// An OrderAddress is where an order is shipped or billed to.
type OrderAddress CartAddress

// An OrderCustomer is who ordered. Whoever has the order's id can see it.
type OrderCustomer struct {
	ID    string
	Email *string
}

// An OrderCart is the cart that an order was.
type OrderCart struct{ ID string }

// A Promotion is one that a cart or an order shows.
type Promotion struct {
	ID                string
	Code              string
	IsAutomatic       bool
	IsTaxInclusive    bool
	Limit             *int
	Used              int
	Type              string
	Status            string
	CampaignID        *string
	Metadata          JSON
	CreatedAt         Time
	UpdatedAt         Time
	DeletedAt         *Time
	Campaign          *Campaign        `bun:"-"`
	ApplicationMethod *PromotionMethod `bun:"-"`
}

// A Campaign is what a promotion belongs to.
type Campaign struct{ ID string }

// OrderConnection is a page of a list of Order values.
type OrderConnection = Connection[Order]

// OrderEdge is an Order of such a page, with its cursor.
type OrderEdge = Edge[Order]

// An OrderPaymentCollection is what has to be paid for an order, and how that goes.
type OrderPaymentCollection struct {
	PaymentCollection

	Payments         []*OrderPayment    `bun:"-"`
	PaymentProviders []*PaymentProvider `bun:"-"`
}

// An OrderPayment is what was paid with one session.
type OrderPayment struct {
	ID                  string
	CurrencyCode        string
	Amount              Amount
	RawAmount           JSON
	ProviderID          string
	Data                JSON
	PaymentCollectionID string
	PaymentSessionID    string
	CapturedAt          *Time
	CanceledAt          *Time
	Metadata            JSON
	CreatedAt           Time
	UpdatedAt           Time
	DeletedAt           *Time

	PaymentSession *OrderPaymentSession `bun:"-"`
}

// An OrderPaymentSession is the session that something was paid with.
type OrderPaymentSession struct{ ID string }
