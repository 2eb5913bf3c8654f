package model

import "slices"

// A CartVariant is what a cart needs to know of a variant: what a line of it says, what it costs and whether there is
// enough of it.
type CartVariant struct {
	*ProductVariant // with its product, and of that type, collection, tags and all categories; no product if it was deleted

	ShippingProfileID *string // of the product
	Parts             []StockPart
	PriceRows         []*Price // in the cart's currency
}

// A StockPart is an inventory item that a unit of a variant is made of.
type StockPart struct {
	InventoryItemID string
	Required        Amount // how much of it a unit takes
	MustBeShipped   bool
}

// ForSale reports whether the shop sells the variant: its product is published.
func (v *CartVariant) ForSale() bool {
	return v.Product != nil && v.Product.Status == ProductStatusPublished
}

// RequiresShipping reports whether a unit has to be shipped: its product has a shipping profile, or a part of it must be.
func (v *CartVariant) RequiresShipping() bool {
	return v.ShippingProfileID != nil || slices.ContainsFunc(v.Parts, func(p StockPart) bool { return p.MustBeShipped })
}

// Counted reports whether stock limits how many units may be sold.
func (v *CartVariant) Counted() bool { return v.ManageInventory && !v.AllowBackorder }

// Stock is how much of each inventory item can still be sold through a cart's sales channel, by the item's id. An item
// without a level at any of the channel's locations is not in it.
type Stock map[string]Amount

// Demand is how much of each inventory item is asked for, by the item's id.
type Demand map[string]Amount

// Add adds what a quantity of a variant takes, if stock limits it.
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

// Most is how many units of the variant there are beside the demand of everything else.
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
