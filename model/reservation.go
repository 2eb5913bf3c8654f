package model

import "slices"

// A StockLevel is how much of an inventory item is available at a stock location: stocked and not reserved.
type StockLevel struct {
	ID              string
	InventoryItemID string
	LocationID      string
	Available       Amount
}

// A Requirement is how much of an inventory item a line of an order takes.
type Requirement struct {
	LineID          string
	InventoryItemID string
	Quantity        Amount
	Backorder       bool // it is reserved even if there is not enough
}

// A NeedPart is an inventory item that a variant is made of; one unit takes Required of it.
type NeedPart struct {
	InventoryItemID string
	Required        Amount
	Backorder       bool
}

// Requirements returns what the lines of a cart take of inventory items, in the order of the lines. parts are the parts of the
// variants whose stock is managed, by the variants' ids; lineIDs are the ids of the order's lines by those of the cart's lines. It
// fails with Invalid if a variant whose stock is managed has no parts.
func Requirements(cart *Cart, parts map[string][]NeedPart, lineIDs map[string]string) ([]Requirement, error) {
	var out []Requirement
	for _, i := range cart.Items {
		if i.VariantID == nil {
			continue
		}
		of, counted := parts[*i.VariantID]
		if counted && len(of) == 0 {
			return nil, unlocated(cart, *i.VariantID)
		}
		for _, p := range of {
			out = append(out, Requirement{
				LineID: lineIDs[i.ID], InventoryItemID: p.InventoryItemID, Quantity: p.Required.Times(NewAmount(int64(i.Quantity))), Backorder: p.Backorder,
			})
		}
	}
	return out, nil
}

// unlocated tells that a variant whose stock is managed has none anywhere.
func unlocated(cart *Cart, variant string) error {
	if cart.SalesChannelID == nil {
		return Invalid.Because(UserErrorCodeOutOfStock).Errorf("Variant %s does not have any inventory items associated with it.", variant)
	}
	return Invalid.Because(UserErrorCodeOutOfStock).Errorf("Sales channel %s is not associated with any stock location for variant %s.", *cart.SalesChannelID, variant)
}

// A Reservation reserves some of a stock level for a line.
type Reservation struct {
	LineID          string
	LevelID         string
	InventoryItemID string
	LocationID      string
	Quantity        Amount
	Backorder       bool
}

// Allocate reserves stock for requirements, in order, and lowers Available of the levels by it. A requirement is served by the
// first level that has enough of the item; if none has, by several, or as a back-order by the first level of the item, which
// may become negative. It fails with NotFound if no level stocks the item, and with NotAllowed if all levels together do not have
// enough; Available of some levels may be lowered nevertheless.
func Allocate(levels []*StockLevel, requirements []Requirement) ([]Reservation, error) {
	var out []Reservation
	for _, r := range requirements {
		if !r.Quantity.IsPositive() {
			continue
		}
		var of []*StockLevel
		for _, l := range levels {
			if l.InventoryItemID == r.InventoryItemID {
				of = append(of, l)
			}
		}
		if len(of) == 0 {
			return nil, NotFound.Because(UserErrorCodeOutOfStock).Errorf("Item %s is not stocked at any location of the sales channel", r.InventoryItemID)
		}
		reserve := func(l *StockLevel, quantity Amount) {
			l.Available = l.Available.Minus(quantity)
			out = append(out, Reservation{r.LineID, l.ID, l.InventoryItemID, l.LocationID, quantity, r.Backorder})
		}
		if n := slices.IndexFunc(of, func(l *StockLevel) bool { return !l.Available.Less(r.Quantity) }); n >= 0 || r.Backorder {
			reserve(of[max(n, 0)], r.Quantity)
			continue
		}
		left := r.Quantity
		for _, l := range of {
			if take := Least(l.Available, left); take.IsPositive() {
				reserve(l, take)
				left = left.Minus(take)
			}
		}
		if left.IsPositive() {
			return nil, NotAllowed.Because(UserErrorCodeOutOfStock).Errorf("Not enough stock available for item %s at location %s", r.InventoryItemID, of[0].LocationID)
		}
	}
	return out, nil
}

// Least returns the smaller of two amounts.
func Least(a, b Amount) Amount {
	if b.Less(a) {
		return b
	}
	return a
}
