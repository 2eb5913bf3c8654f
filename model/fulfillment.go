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

	Provider        *FulfillmentReference `bun:"-"`
	ShippingOption  *FulfillmentReference `bun:"-"`
	DeliveryAddress *FulfillmentReference `bun:"-"`
	Items           []*FulfillmentItem    `bun:"-"`
	Labels          []*FulfillmentLabel   `bun:"-"`
}

// A FulfillmentReference is something that a parcel names by its id.
type FulfillmentReference struct{ ID string }

// A FulfillmentItem is what of a line is in a parcel.
type FulfillmentItem struct {
	ID          string
	LineItemID  *string
	Title       string
	Sku         string
	Barcode     string
	Quantity    Amount
	RawQuantity JSON
}

// A FulfillmentLabel says how to follow a parcel.
type FulfillmentLabel struct {
	ID             string
	TrackingNumber string
	TrackingURL    string
	LabelURL       string
}
