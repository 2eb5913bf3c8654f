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

// A FulfillmentReference is an object of which a parcel shows the id alone.
type FulfillmentReference struct{ ID string }

// A FulfillmentItem is the units of a line that are in a parcel.
type FulfillmentItem struct {
	ID          string
	LineItemID  *string
	Title       string
	Sku         string
	Barcode     string
	Quantity    Amount
	RawQuantity JSON
}

// A FulfillmentLabel is a shipping label of a parcel, for tracking.
type FulfillmentLabel struct {
	ID             string
	TrackingNumber string
	TrackingURL    string
	LabelURL       string
}
