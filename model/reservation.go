package model

import "slices"

// A StockLevel is how much of an inventory item one stock location can still promise.
type StockLevel struct {
	ID              string
	InventoryItemID string
	LocationID      string
	Available       Amount
}

// A Requirement is how much of an inventory item one line of an order takes.
type Requirement struct {
	LineID          string
	InventoryItemID string
	Quantity        Amount
	Backorder       bool // it is promised even if there is not enough
}

// A NeedPart is an inventory item that a unit of a variant takes some of.
type NeedPart struct {
	InventoryItemID string
	Required        Amount
	Backorder       bool
}

// Requirements returns what the lines of a cart take of which inventory items. parts are those of the variants that are counted, by
// the variants' ids; lineIDs are the ids of the order's lines by those of the cart's. It fails if a variant that is counted is made
// of nothing.
func Requirements(cart *Cart, parts map[string][]NeedPart, lineIDs map[string]string) ([]Requirement, error) {
	var out []Requirement
	for _, i := range cart.Items {
		if i.VariantID == nil {
			continue
		}
		of, counted := parts[*i.VariantID]
		if counted && len(of) == 0 {
			return nil, Invalid.Errorf("Variant %s does not have any inventory items associated with it.", *i.VariantID)
		}
		for _, p := range of {
			out = append(out, Requirement{
				LineID: lineIDs[i.ID], InventoryItemID: p.InventoryItemID, Quantity: p.Required.Times(NewAmount(int64(i.Quantity))), Backorder: p.Backorder,
			})
		}
	}
	return out, nil
}

// A Reservation promises some of a stock level to a line.
type Reservation struct {
	LineID          string
	LevelID         string
	InventoryItemID string
	LocationID      string
	Quantity        Amount
	Backorder       bool
}

// Allocate promises stock to requirements, in order. A requirement is served from the first location that has enough of the
// item; if none has, from several. It fails with NotAllowed if all of them together have not enough, and with NotFound if
// nobody stocks the item. The levels' availability is lowered by what is promised.
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
			return nil, NotFound.Errorf("Item %s is not stocked at any location of the sales channel", r.InventoryItemID)
		}
		promise := func(l *StockLevel, quantity Amount) {
			l.Available = l.Available.Minus(quantity)
			out = append(out, Reservation{r.LineID, l.ID, l.InventoryItemID, l.LocationID, quantity, r.Backorder})
		}
		if n := slices.IndexFunc(of, func(l *StockLevel) bool { return !l.Available.Less(r.Quantity) }); n >= 0 || r.Backorder {
			promise(of[max(n, 0)], r.Quantity)
			continue
		}
		left := r.Quantity
		for _, l := range of {
			if take := Least(l.Available, left); take.IsPositive() {
				promise(l, take)
				left = left.Minus(take)
			}
		}
		if left.IsPositive() {
			return nil, NotAllowed.Errorf("Not enough stock available for item %s at location %s", r.InventoryItemID, of[0].LocationID)
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
