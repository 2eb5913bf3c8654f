package model

// A Fulfillment is a parcel of an order, or of a return.
type Fulfillment struct {
	ID                string
	LocationID        string
	PackedAt          *Time
	ShippedAt         *Time
	DeliveredAt       *Time
	CanceledAt        *Time
	MarkedShippedBy   *string
	CreatedBy         *string
	Data              JSON
	RequiresShipping  bool
	ProviderID        *string
	ShippingOptionID  *string
	DeliveryAddressID *string
	Metadata          JSON
	CreatedAt         Time
	UpdatedAt         Time
	DeletedAt         *Time

	Provider        *FulfillmentProviderReference `bun:"-"`
	ShippingOption  *FulfillmentShippingOption    `bun:"-"`
	DeliveryAddress *FulfillmentAddress           `bun:"-"`
	Items           []*FulfillmentItem            `bun:"-"`
	Labels          []*FulfillmentLabel           `bun:"-"`
}

// A FulfillmentProviderReference names who carries a parcel.
type FulfillmentProviderReference struct{ ID string }

// A FulfillmentShippingOption is the shipping option that a parcel goes by.
type FulfillmentShippingOption struct{ ID string }

// A FulfillmentAddress is where a parcel goes to.
type FulfillmentAddress struct{ ID string }

// A FulfillmentItem is what of a line is in a parcel.
type FulfillmentItem struct {
	ID         string
	LineItemID *string
	Title      string
	Sku        string
	Barcode    string
	Quantity   Amount
}

// A FulfillmentLabel says how to follow a parcel.
type FulfillmentLabel struct {
	ID             string
	TrackingNumber string
	TrackingURL    string
	LabelURL       string
}
