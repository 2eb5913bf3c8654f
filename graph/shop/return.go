package shop

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/total"
)

// RequestReturn asks to send back something of an order, and makes the parcel it comes in. The order is locked, so that of
// several requests at once no unit comes back twice. Nothing is kept of a request that is refused. A Medusa makes a return whose carrier only it has.
func (s *Shop) RequestReturn(ctx context.Context, in model.RequestReturnInput, want db.Want) (*model.Return, error) {
	var id string
	var version int
	var changed model.Time
	err := s.changeOrder(ctx, in.OrderID, s.StrictOrders, func(tx db.DB, o *model.Order) error {
		n, err := s.newReturn(ctx, tx, o, &in)
		if err != nil {
			return err
		}
		version, changed = o.Version+1, o.UpdatedAt
		w := tx.Writes(s.Now())
		if err := s.request(w, o, n, in.Note.Value()); err != nil {
			return err
		}
		if s.foreignCarrier(n.Parcel.ProviderID) {
			return errAskFirst
		}
		id = n.Return.ID
		event := map[string]string{"order_id": o.ID, "return_id": id}
		w.Event("order.return_requested", event)
		if now := in.ReceiveNow.Value(); now != nil && *now {
			if err := s.receive(w, o, id); err != nil {
				return err
			}
			w.Event("order.return_received", event)
		}
		return w.Send(ctx)
	})
	if errors.Is(err, errAskFirst) {
		id, err = s.returnElsewhere(ctx, &in)
	}
	if err != nil {
		return nil, err
	}
	r, err := s.DB.ReturnOf(ctx, auth.Viewer(ctx), in.OrderID, id, db.OrderArgs{}, want)
	if err == nil && r.Before != nil { // the reference tells of the order as it was, but for the version
		r.Before.Version, r.Before.UpdatedAt = version, changed
	}
	return r, err
}

// newReturn checks what is asked for and returns the return that it makes.
func (s *Shop) newReturn(ctx context.Context, tx db.DB, o *model.Order, in *model.RequestReturnInput) (*db.NewReturn, error) {
	if o.Status == model.OrderStatusCanceled {
		return nil, errCanceledOrder(o)
	}
	if err := checkReturned(o, in.Items); err != nil {
		return nil, err
	}
	if err := checkReasons(ctx, tx, o, in.Items); err != nil {
		return nil, err
	}
	option, err := tx.ReturnOption(ctx, in.ReturnShipping.OptionID, o)
	if err != nil {
		return nil, err
	}
	if err := tx.Translate(ctx, value(o.Locale), option); err != nil {
		return nil, err
	}
	location := in.LocationID.Value()
	if location == nil {
		location = option.LocationID
	} else if found, err := tx.HasStockLocation(ctx, *location); err != nil || !found {
		if err == nil {
			err = model.NotFound.Because(model.UserErrorCodeLocationNotFound, "locationId").Errorf("StockLocation id not found: %s", *location)
		}
		return nil, err
	}
	if location == nil {
		return nil, model.Invalid.Because(model.UserErrorCodeLocationNotFound, "locationId").Errorf("Cannot create return without stock location, either provide a location or you should link the "+
			"shipping option %s to a stock location.", option.ID)
	}
	m, err := returnShipping(option, in.ReturnShipping.Price.Value())
	if err != nil {
		return nil, err
	}
	n := &db.NewReturn{
		Return: &model.Return{
			OrderID: o.ID, OrderVersion: o.Version, Status: model.ReturnStatusRequested, LocationID: in.LocationID.Value(),
		},
		Shipping: m,
		Parcel: &model.Fulfillment{
			LocationID: *location, ProviderID: option.ProviderID, ShippingOptionID: &option.ID, RequiresShipping: true, Data: model.JSON("{}"),
		},
		Address: option.Address,
	}
	for _, i := range in.Items {
		line := o.Item(i.ID)
		n.Return.Items = append(n.Return.Items, &model.ReturnItem{ItemID: i.ID, ReasonID: i.ReasonID.Value(), Note: i.Note.Value(), Quantity: i.Quantity})
		title := line.VariantTitle
		if title == nil {
			title = &line.Title
		}
		n.Parcel.Items = append(n.Parcel.Items, &model.FulfillmentItem{
			LineItemID: &line.ID, Title: *title, Sku: text(line.VariantSku), Barcode: text(line.VariantBarcode), Quantity: i.Quantity,
		})
	}
	return n, noActiveChange(ctx, tx, o.ID)
}

// checkReturned fails unless the order has the lines, and at least one unit of each comes back.
func checkReturned(o *model.Order, lines []*model.ReturnItemInput) error {
	var unknown refused
	for n, i := range lines {
		if o.Item(i.ID) == nil {
			unknown.note(i.ID, n)
		}
		if i.Quantity.Less(model.NewAmount(1)) {
			return model.Invalid.Because(model.UserErrorCodeQuantityInvalid, items, strconv.Itoa(n), "quantity").Errorf("the quantity of %s must be at least 1", i.ID)
		}
	}
	if unknown.ids != nil {
		return model.Invalid.Because(model.UserErrorCodeLineNotFound, items, strconv.Itoa(unknown.first), "id").
			Errorf("Items with ids %s does not exist in order with id %s.", strings.Join(unknown.ids, ", "), o.ID)
	}
	return nil
}

// checkReasons fails unless there are the reasons and none is divided further.
func checkReasons(ctx context.Context, tx db.DB, o *model.Order, lines []*model.ReturnItemInput) error {
	var ids []string
	for _, i := range lines {
		if id := text(i.ReasonID.Value()); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, divided, err := tx.ReturnReasonsOf(ctx, ids)
	if err != nil {
		return err
	}
	because := func(id string) model.Cause {
		at := slices.IndexFunc(lines, func(i *model.ReturnItemInput) bool { return text(i.ReasonID.Value()) == id })
		return model.Invalid.Because(model.UserErrorCodeReturnReasonInvalid, items, strconv.Itoa(at), "reasonId")
	}
	unknown := slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(known, id) })
	switch {
	case len(unknown) > 0:
		return because(unknown[0]).Errorf("Return reason with id %s does not exists.", strings.Join(unknown, ", "))
	case len(divided) > 0:
		return because(divided[0]).Errorf("Cannot apply return reason with id %s to order with id %s. Return reason has nested reasons.",
			strings.Join(divided, ", "), o.ID)
	}
	return nil
}

// returnShipping is how something comes back, at the price given or at the option's own. What a provider would calculate costs
// nothing.
func returnShipping(option *model.ReturnOption, price *model.Amount) (*model.OrderShippingMethod, error) {
	m := &model.OrderShippingMethod{Name: option.Name, ShippingOptionID: &option.ID, Data: model.JSON("{}")}
	switch {
	case price != nil && !price.IsNegative():
		m.Amount = *price
	case option.PriceType == model.ShippingPriceTypeCalculated:
	case option.Price == nil || option.Price.CalculatedAmount == nil:
		return nil, model.Invalid.Because(model.UserErrorCodeShippingOptionWithoutPrice, "returnShipping", "optionId").Errorf("Shipping option %s has no price for the order", option.ID)
	default:
		m.Amount, m.IsTaxInclusive = *option.Price.CalculatedAmount, option.Price.IsCalculatedPriceTaxInclusive
	}
	return m, nil
}

// request adds the writes of a return and of the order's next version, which it makes of it.
func (s *Shop) request(w *db.Writes, o *model.Order, n *db.NewReturn, note *string) error {
	for at, i := range n.Return.Items {
		if err := o.RequestReturn(i.ItemID, i.Quantity); err != nil {
			return model.At(err, items, strconv.Itoa(at), "quantity")
		}
	}
	w.Return(n)
	o.ShippingMethods = append(o.ShippingMethods, n.Shipping)
	o.NextVersion()
	total.Order(o)
	o.Summarize(o.Total)
	change := confirmedChange(o, n.Return.ID, model.OrderChangeReturnRequest, s.Now())
	change.Description = note
	for _, i := range n.Return.Items {
		a, err := unitsAction(model.ActionReturnItem, i.ItemID, i.Quantity)
		if err != nil {
			return err
		}
		a.Reference, a.ReferenceID = new("return"), &n.Return.ID
		change.Actions = append(change.Actions, a)
	}
	details, err := json.Marshal(map[string]string{"order_id": o.ID, "return_id": n.Return.ID})
	if err != nil {
		return err
	}
	change.Actions = append(change.Actions, &model.OrderChangeAction{
		Action: model.ActionShippingAdd, Reference: new("order_shipping_method"), ReferenceID: &n.Shipping.ID, Amount: &n.Shipping.Total,
		Details: details, Applied: true,
	})
	w.OrderChange(change)
	w.OrderVersion(o)
	return nil
}

// receive adds the writes of everything that was ordered having come back with a return: as in the reference, all of it or nothing.
func (s *Shop) receive(w *db.Writes, o *model.Order, returnID string) error {
	original := o.Total
	o.NextVersion()
	change := confirmedChange(o, returnID, model.OrderChangeReturnReceive, s.Now())
	for _, i := range o.Items {
		if err := o.ReceiveReturn(i.ID, i.Quantity); err != nil {
			return err
		}
		a, err := unitsAction(model.ActionReceiveReturnItem, i.ID, i.Quantity)
		if err != nil {
			return err
		}
		change.Actions = append(change.Actions, a)
	}
	total.Order(o)
	o.Summarize(original)
	w.OrderChange(change)
	w.OrderVersion(o)
	w.ReceiveReturn(returnID)
	return nil
}

// confirmedChange is the change that has made the version that an order is.
func confirmedChange(o *model.Order, returnID, kind string, now time.Time) *model.OrderChange {
	return &model.OrderChange{
		OrderID: o.ID, Version: o.Version, ChangeType: &kind, Status: model.OrderChangeStatusConfirmed, ReturnID: &returnID,
		ConfirmedAt: &model.Time{Time: now},
	}
}

// unitsAction is what is done with units of a line.
func unitsAction(action, itemID string, quantity model.Amount) (*model.OrderChangeAction, error) {
	details, err := json.Marshal(map[string]any{"reference_id": itemID, "quantity": json.RawMessage(quantity.AppendJSON(nil, model.REST))})
	return &model.OrderChangeAction{Action: action, Details: details, Applied: true}, err
}
