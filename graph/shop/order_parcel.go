package shop

import (
	"context"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// changeParcel runs fn with a parcel of an order, and the lines in it, both locked: the parcel with an id, or without one the only parcel that is
// open for what is to be done.
func (s *Shop) changeParcel(ctx context.Context, order, id string, open func(*db.OrderParcel) bool,
	fn func(tx db.DB, o *model.Order, w *db.Writes, p *db.OrderParcel, lines []FulfilLine) error,
) error {
	return s.changeNamed(ctx, order, func(tx db.DB, o *model.Order, w *db.Writes) error {
		if err := noActiveChange(ctx, tx, o.ID); err != nil {
			return err
		}
		all, err := tx.LockOrderParcels(ctx, o.ID)
		if err != nil {
			return err
		}
		p, err := chosenParcel(o, all, id, open)
		if err != nil {
			return err
		}
		lines := parcelLines(p)
		for _, l := range lines {
			if o.Item(l.Line) == nil {
				return model.Invalid.Because(model.UserErrorCodeLineNotFound).Errorf("Items with ids %s does not exist in order with id %s.", l.Line, o.ID)
			}
		}
		return fn(tx, o, w, p, lines)
	})
}

// chosenParcel returns the parcel with an id, or without one the only one that is open.
func chosenParcel(o *model.Order, all []*db.OrderParcel, id string, open func(*db.OrderParcel) bool) (*db.OrderParcel, error) {
	if id != "" {
		at := slices.IndexFunc(all, func(p *db.OrderParcel) bool { return p.ID == id })
		if at < 0 {
			return nil, model.Invalid.Because(model.UserErrorCodeNotFound).Errorf("Fulfillment with id %s not found in the order", id)
		}
		return all[at], nil
	}
	all = slices.DeleteFunc(all, func(p *db.OrderParcel) bool { return !open(p) })
	switch len(all) {
	case 0:
		return nil, model.NotAllowed.Because(model.UserErrorCodeNotFound).Errorf("order %d has no parcel with which this is still to be done", o.DisplayID)
	case 1:
		return all[0], nil
	}
	ids := make([]string, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return nil, model.Invalid.Because(model.UserErrorCodeNotFound).Errorf("order %d has several such parcels: name one of %s", o.DisplayID, strings.Join(ids, ", "))
}

// parcelLines returns the units of lines that are in a parcel. Of a line that is made of several things, the first says how many units there are.
func parcelLines(p *db.OrderParcel) []FulfilLine {
	var out []FulfilLine
	for _, i := range p.Items {
		if id := text(i.LineItemID); !slices.ContainsFunc(out, func(l FulfilLine) bool { return l.Line == id }) {
			out = append(out, FulfilLine{id, i.Units()})
		}
	}
	return out
}

// A Shipment says which parcel of an order is on its way.
type Shipment struct {
	Order  string // its id or number
	Parcel string // empty: the only one that is not on its way
	Labels []model.FulfillmentLabel
}

// ShipParcel notes that a parcel is on its way, as the reference's admin does, and adds labels to those that it has. It returns the parcel's id.
func (s *Shop) ShipParcel(ctx context.Context, in Shipment) (id string, err error) {
	open := func(p *db.OrderParcel) bool { return p.ShippedAt == nil && p.CanceledAt == nil }
	err = s.changeParcel(ctx, in.Order, in.Parcel, open, func(_ db.DB, o *model.Order, w *db.Writes, p *db.OrderParcel, lines []FulfilLine) error {
		switch {
		case p.ShippedAt != nil:
			return errParcel("Shipment has already been created")
		case p.CanceledAt != nil:
			return errParcel("Cannot create shipment for a canceled fulfillment")
		case p.ShippingOptionID == nil:
			return errParcel("Cannot create shipment without a Shipping Option")
		}
		for _, l := range lines {
			if err := o.Ship(l.Line, l.Quantity); err != nil {
				return err
			}
		}
		id = p.ID
		w.ShipParcel(id, in.Labels)
		w.Event("shipment.created", map[string]string{"id": id})
		return unitsMoved(o, w, model.ActionShipItem, id, lines, model.Time{Time: s.Now()})
	})
	return id, err
}

func errParcel(message string) error {
	return model.NotAllowed.Because(model.UserErrorCodeOrderChanging).Errorf("%s", message)
}

// DeliverParcel notes that a parcel of an order has arrived, as the reference's admin does: the one with an id, or without one the only one that has
// not. It returns the parcel's id.
func (s *Shop) DeliverParcel(ctx context.Context, order, parcel string) (id string, err error) {
	open := func(p *db.OrderParcel) bool { return p.DeliveredAt == nil && p.CanceledAt == nil }
	err = s.changeParcel(ctx, order, parcel, open, func(_ db.DB, o *model.Order, w *db.Writes, p *db.OrderParcel, lines []FulfilLine) error {
		switch {
		case p.CanceledAt != nil:
			return errParcel("Cannot deliver an already canceled fulfillment")
		case p.DeliveredAt != nil:
			return errParcel("Fulfillment has already been marked delivered")
		}
		for _, l := range lines {
			if err := o.Deliver(l.Line, l.Quantity); err != nil {
				return err
			}
		}
		id = p.ID
		w.DeliverParcel(id)
		w.Event("delivery.created", map[string]string{"id": id})
		return unitsMoved(o, w, model.ActionDeliverItem, id, lines, model.Time{Time: s.Now()})
	})
	return id, err
}

// CancelParcel cancels a parcel of an order that is not on its way, as the reference's admin does: the one with an id, or without one the only one
// that is not. What is in it goes back into the stock, and is reserved for the order again. It returns the parcel's id.
func (s *Shop) CancelParcel(ctx context.Context, order, parcel string) (id string, err error) {
	open := func(p *db.OrderParcel) bool { return p.ShippedAt == nil && p.DeliveredAt == nil && p.CanceledAt == nil }
	err = s.changeParcel(ctx, order, parcel, open, func(tx db.DB, o *model.Order, w *db.Writes, p *db.OrderParcel, lines []FulfilLine) error {
		if err := s.cancellableParcel(p); err != nil {
			return err
		}
		for _, l := range lines {
			if err := o.Unpack(l.Line, l.Quantity); err != nil {
				return err
			}
		}
		id = p.ID
		if err := unpack(ctx, tx, w, o, p, lines); err != nil {
			return err
		}
		w.Event("order.fulfillment_canceled", map[string]string{"order_id": o.ID, "fulfillment_id": id})
		return unitsMoved(o, w, model.ActionCancelFulfillment, id, lines, model.Time{Time: s.Now()})
	})
	return id, err
}

func (s *Shop) cancellableParcel(p *db.OrderParcel) error {
	switch {
	case p.CanceledAt != nil:
		return errParcel("The fulfillment is already canceled")
	case p.ShippedAt != nil:
		return errParcel("The fulfillment has already been shipped. Shipped fulfillments cannot be canceled")
	case p.DeliveredAt != nil:
		return errParcel("Fulfillment with id " + p.ID + " already delivered")
	case s.Carriers.For(text(p.ProviderID)) == nil:
		return errParcel("the carrier " + text(p.ProviderID) + " is known to Medusa only: cancel the parcel in Medusa's admin")
	}
	return nil
}

// unpack adds the writes by which what is in a parcel is in the stock again, and reserved.
func unpack(ctx context.Context, tx db.DB, w *db.Writes, o *model.Order, p *db.OrderParcel, lines []FulfilLine) error {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.Line
	}
	stock, err := tx.LockParcelStock(ctx, p, ids)
	if err != nil {
		return err
	}
	for _, i := range p.Items {
		if i.InventoryItemID == nil || i.Required == nil { // it is not managed, or not any more
			continue
		}
		level := stock.Levels[*i.InventoryItemID]
		if level == "" {
			return model.NotFound.Because(model.UserErrorCodeLocationNotFound).
				Errorf("Inventory level for item %s and location %s not found", *i.InventoryItemID, p.LocationID)
		}
		w.Event("inventory-level.updated", map[string]string{"id": level, "order_id": o.ID})
		at := slices.IndexFunc(stock.Reserved, func(r *db.Reserved) bool { return r.ItemID == *i.InventoryItemID && r.LineID == text(i.LineItemID) })
		if at >= 0 {
			w.PutBack(p, i, stock.Reserved[at])
			w.Event("reservation-item.updated", map[string]string{"id": stock.Reserved[at].ID, "order_id": o.ID})
			continue
		}
		w.Event("reservation-item.created", map[string]string{"id": w.PutBack(p, i, nil), "order_id": o.ID})
	}
	w.CancelParcel(p.ID)
	return nil
}

// CompleteOrder notes that nothing is left to be done for an order, as the reference's admin does.
func (s *Shop) CompleteOrder(ctx context.Context, name string) error {
	return s.changeNamed(ctx, name, func(_ db.DB, o *model.Order, w *db.Writes) error {
		w.OrderStatus(o.ID, model.OrderStatusCompleted)
		w.Event("order.completed", map[string]string{"id": o.ID})
		return nil
	})
}

// ArchiveOrder puts an order away that is completed or cancelled, as the reference's admin does.
func (s *Shop) ArchiveOrder(ctx context.Context, name string) error {
	return s.changeAny(ctx, name, func(_ db.DB, o *model.Order, w *db.Writes) error {
		if o.Status != model.OrderStatusCompleted && o.Status != model.OrderStatusCanceled {
			return model.Invalid.Because(model.UserErrorCodeOrderChanging).Errorf("Order %s is neither completed nor canceled and cannot be archived", o.ID)
		}
		w.OrderStatus(o.ID, model.OrderStatusArchived)
		w.Event("order.archived", map[string]string{"id": o.ID})
		return nil
	})
}
