package model

// A VariantInventoryItem says how many units of an inventory item one unit of a variant takes. A kit has several.
type VariantInventoryItem struct {
	ID               string
	VariantID        string
	InventoryItemID  string
	RequiredQuantity Amount
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	Inventory *InventoryItem `bun:"-"`
}

// An InventoryItem is what stock is counted of. One or more variants are made of it.
type InventoryItem struct {
	ID               string
	Sku              *string
	OriginCountry    *string
	HsCode           *string
	MidCode          *string
	Material         *string
	UnitOfMeasure    *string
	Weight           *int
	Length           *int
	Height           *int
	Width            *int
	RequiresShipping bool
	Description      *string
	Title            *string
	Thumbnail        *string
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	ReservedQuantity *Amount           `bun:"-"` // over all locations; nil if no location stocks it
	StockedQuantity  *Amount           `bun:"-"`
	LocationLevels   []*InventoryLevel `bun:"-"`
}

// An InventoryLevel is how much of an item one stock location has.
type InventoryLevel struct {
	ID                  string
	InventoryItemID     string
	LocationID          string
	StockedQuantity     Amount
	ReservedQuantity    Amount
	IncomingQuantity    Amount
	RawStockedQuantity  JSON
	RawReservedQuantity JSON
	RawIncomingQuantity JSON
	Metadata            JSON
	CreatedAt           Time
	UpdatedAt           Time
	DeletedAt           *Time

	AvailableQuantity Amount `bun:"-"` // stocked minus reserved
}

// Available returns how many whole units can be made of stock if one unit takes required of each item: the
// least of the items' quotients, rounded down. It reports false if no item is required.
func Available(stock, required []Amount) (int, bool) {
	least, found := 0, false
	for i := range stock {
		if required[i].Sign() <= 0 {
			continue
		}
		n := int(stock[i].Div(required[i].Decimal).Floor().IntPart())
		if !found || n < least {
			least, found = n, true
		}
	}
	return least, found
}
