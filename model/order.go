package model

import (
	"context"
	"io"
	"strings"
)

// OrderStatus is the status of an order as a whole.
type OrderStatus string

// The statuses of orders.
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

// UnmarshalGQLContext reads a status, in capitals or not.
func (s *OrderStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, OrderStatusPending, OrderStatusCompleted, OrderStatusDraft, OrderStatusArchived, OrderStatusCanceled, OrderStatusRequiresAction)
}

// An Order is what was bought: a cart as it was when it was completed, with its payments, parcels and returns. Each change of
// what it consists of makes a new version of it. Package total fills its totals and those of everything in it.
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
	FirstSummary       JSON                      `bun:"-"` // the summary of its first version, as it is stored
	ShippingAddress    *OrderAddress             `bun:"-"`
	BillingAddress     *OrderAddress             `bun:"-"`
	Customer           *OrderCustomer            `bun:"-"`
	Cart               *OrderCart                `bun:"-"`
	Promotions         []*Promotion              `bun:"-"`
	PaymentCollections []*OrderPaymentCollection `bun:"-"`
	Fulfillments       []*Fulfillment            `bun:"-"`
	Returns            []*Return                 `bun:"-"`
	ShippingDetails    []*OrderShippingDetail    `bun:"-"` // the details of ShippingMethods

	AccessToken *string `bun:"-"` // grants access to the order; nil unless it is wanted

	PaymentStatus     OrderPaymentStatus     `bun:"-"`
	FulfillmentStatus OrderFulfillmentStatus `bun:"-"`

	CurrencyDigits int  `bun:"-"` // decimal places of the currency
	Totaled        bool `bun:"-"` // the totals are filled

	Totals     `bun:"-"`
	PartTotals `bun:"-" gql:"parts"`
}

// PlacesOfItems returns an array with a null for each item, which the reference answers where nothing of items is selected.
func (o *Order) PlacesOfItems() JSON { return nulls(len(o.Items)) }

// PlacesOfShippingMethods returns an array with a null for each shipping method.
func (o *Order) PlacesOfShippingMethods() JSON { return nulls(len(o.ShippingMethods)) }

func nulls(n int) JSON { return JSON("[" + strings.TrimSuffix(strings.Repeat("null,", n), ",") + "]") }

// An OrderItem is a line of an order: the variant, with its texts as of when it was bought, and in Detail how many units of it
// are fulfilled and returned.
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
	CompareAtUnitPrice    *Amount // of the version, if it has its own
	RawCompareAtUnitPrice JSON
	UnitPrice             Amount // of the version, if it has its own
	RawUnitPrice          JSON
	Metadata              JSON // of the version, if it has its own
	CreatedAt             Time
	UpdatedAt             Time
	DeletedAt             *Time

	Quantity         Amount `bun:"-"` // of the version
	RawQuantity      JSON   `bun:"-"`
	LineItemMetadata JSON   `bun:"-"` // as it was bought, whatever the version says

	Detail      *OrderItemDetail `bun:"-"`
	TaxLines    []*TaxLine       `bun:"-"`
	Adjustments []*Adjustment    `bun:"-"`
	Variant     *ProductVariant  `bun:"-"`
	Product     *Product         `bun:"-"`

	LineTotals             `bun:"-" gql:"totals"`
	PartTotals             `bun:"-" gql:"parts"`
	RefundableTotal        Amount `bun:"-"` // what may still be refunded
	RefundableTotalPerUnit Amount `bun:"-"`
}

// An OrderItemDetail is the state of a line in a version of an order: how many units there are, and how many of them are
// fulfilled, shipped, delivered and returned.
type OrderItemDetail struct {
	ID                         string
	OrderID                    string
	Version                    int
	ItemID                     string
	Metadata                   JSON
	UnitPrice                  *Amount // nil if it is the line's
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

// An OrderShippingMethod is a shipping method of an order: of what was bought, or of a return.
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

	LineTotals `bun:"-" gql:"totals"`
}

// An OrderShippingDetail says to which version of an order a shipping method belongs, and to which return, exchange or claim,
// if any.
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

// Exchange returns the exchange that the shipping method belongs to, as an object with an id, or null.
func (d *OrderShippingDetail) Exchange() JSON { return named(d.ExchangeID) }

// Claim returns the claim that the shipping method belongs to, as an object with an id, or null.
func (d *OrderShippingDetail) Claim() JSON { return named(d.ClaimID) }

// Exchange returns the exchange that the transaction is for, as an object with an id, or null.
func (t *OrderTransaction) Exchange() JSON { return named(t.ExchangeID) }

// Claim returns the claim that the transaction is for, as an object with an id, or null.
func (t *OrderTransaction) Claim() JSON { return named(t.ClaimID) }

// An OrderCreditLine pays part of an order with credit, such as a gift card's.
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

// An OrderTransaction is a payment for an order or, if its amount is negative, a refund.
type OrderTransaction struct {
	ID           string
	OrderID      string
	Version      int
	Amount       Amount
	RawAmount    JSON
	CurrencyCode string
	Reference    *string // the kind of its source: capture, refund, …
	ReferenceID  *string
	ReturnID     *string
	ExchangeID   *string
	ClaimID      *string
	CreatedAt    Time
	UpdatedAt    Time
	DeletedAt    *Time
}

// An OrderAddress is an address that an order is shipped or billed to.
type OrderAddress CartAddress

// An OrderCustomer is the customer of an order, with the fields that anyone who may see the order may see.
type OrderCustomer struct {
	ID    string
	Email *string
}

// An OrderCart is the cart that an order was made from.
type OrderCart struct{ ID string }

// A Promotion is a promotion of a cart or an order.
type Promotion struct {
	ID                string
	Code              string
	IsAutomatic       bool
	IsTaxInclusive    bool
	Limit             *int // of uses; nil without one
	Used              int
	Type              PromotionType
	Status            string
	CampaignID        *string
	Metadata          JSON
	CreatedAt         Time
	UpdatedAt         Time
	DeletedAt         *Time
	Campaign          *Campaign        `bun:"-"`
	ApplicationMethod *PromotionMethod `bun:"-"`
}

// A Campaign is the campaign that a promotion belongs to.
type Campaign struct{ ID string }

// OrderConnection is a page of a list of Order values.
type OrderConnection = Connection[Order]

// OrderEdge is an Order of such a page, with its cursor.
type OrderEdge = Edge[Order]

// An OrderPaymentCollection is a payment collection of an order: the amount due, and how much of it is paid.
type OrderPaymentCollection struct {
	PaymentCollection

	Payments         []*OrderPayment    `bun:"-"`
	PaymentProviders []*PaymentProvider `bun:"-"`
}

// An OrderPayment is a payment of an order, made with one payment session.
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

// An OrderPaymentSession is the payment session of a payment.
type OrderPaymentSession struct{ ID string }
