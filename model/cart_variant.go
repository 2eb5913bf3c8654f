package model

import "slices"

// A CartVariant is a variant with what a cart needs to know of it: the texts for a line, its prices and the inventory items
// that it is made of.
type CartVariant struct {
	*ProductVariant // with its product and the product's type, collection, tags and all categories; Product is nil if it was deleted

	ShippingProfileID *string // of the product; nil if it has none
	Parts             []StockPart
	PriceRows         []*Price // in the cart's currency
}

// A StockPart is an inventory item that a variant is made of.
type StockPart struct {
	InventoryItemID string
	Required        Amount // how much of it one unit of the variant takes
	MustBeShipped   bool
}

// ForSale reports whether the shop sells the variant: its product is published.
func (v *CartVariant) ForSale() bool {
	return v.Product != nil && v.Product.Status == ProductStatusPublished
}

// RequiresShipping reports whether the variant has to be shipped: its product has a shipping profile, or one of its parts must
// be shipped.
func (v *CartVariant) RequiresShipping() bool {
	return v.ShippingProfileID != nil || slices.ContainsFunc(v.Parts, func(p StockPart) bool { return p.MustBeShipped })
}

// Counted reports whether stock limits how many units may be sold.
func (v *CartVariant) Counted() bool { return v.ManageInventory && !v.AllowBackorder }

// Stock is how much of each inventory item is available to a cart's sales channel, by the item's id. An item without a level
// at any of the channel's locations is missing.
type Stock map[string]Amount

// Demand is how much of each inventory item is needed, by the item's id.
type Demand map[string]Amount

// Add adds what a quantity of v takes. It does nothing if v is nil or stock does not limit it.
func (d Demand) Add(v *CartVariant, quantity int) {
	if v == nil || !v.Counted() {
		return
	}
	for _, p := range v.Parts {
		d[p.InventoryItemID] = d[p.InventoryItemID].Plus(p.Required.Times(NewAmount(int64(quantity))))
	}
}

// Fits reports whether there is enough of every part of the variant for the whole demand.
func (s Stock) Fits(v *CartVariant, d Demand) bool {
	for _, p := range v.Parts {
		if s[p.InventoryItemID].Less(d[p.InventoryItemID]) {
			return false
		}
	}
	return true
}

// Most returns how many units of v there are stock for, besides the demand of others; at most what a line can hold.
func (s Stock) Most(v *CartVariant, others Demand) int {
	most := -1
	for _, p := range v.Parts {
		if !p.Required.IsPositive() {
			continue
		}
		left := s[p.InventoryItemID].Minus(others[p.InventoryItemID])
		units := 0
		if left.IsPositive() {
			units = int(min(left.Over(p.Required).Floor().IntPart(), maxUnits))
		}
		if most < 0 || units < most {
			most = units
		}
	}
	if most < 0 {
		return maxUnits
	}
	return most
}

// maxUnits is the largest quantity that a line can hold.
const maxUnits = 1<<31 - 1
