package shop

import (
	"context"
	"slices"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/total"
)

// asMerchant is a context in which the shop is worked on itself: all orders are shown and can be changed.
func asMerchant(ctx context.Context) context.Context {
	return auth.WithViewer(ctx, &db.Viewer{Key: db.MerchantKey()})
}

// listedOrder is what OrderList shows, and shownOrder what MerchantOrder shows.
var (
	listedOrder = db.Want{field.Totals: nil, field.PaymentStatus: nil, field.FulfillmentStatus: nil, field.Items: nil}
	shownOrder  = db.Want{
		field.Totals: nil, field.PaymentStatus: nil, field.FulfillmentStatus: nil, field.Items: {field.Totals: nil}, field.ShippingMethods: {field.Totals: nil},
		field.ShippingAddress: nil, field.PaymentCollections: {field.Payments: nil}, field.Fulfillments: {field.Items: nil, field.Labels: nil}, field.Transactions: nil, field.StoredSummary: nil,
	}
)

// A MerchantOrder is an order as a merchant sees it.
type MerchantOrder struct {
	*model.Order

	Begun []db.BegunRefund // refunds that run, or were interrupted and are ended by what has begun them
}

// OrderList returns the youngest orders, the youngest first, as a merchant sees them.
func (s *Shop) OrderList(ctx context.Context, q db.OrderQuery) ([]*MerchantOrder, error) {
	ctx = asMerchant(ctx)
	ids, err := s.DB.OrderIDs(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.merchantOrders(ctx, ids, listedOrder)
}

func (s *Shop) merchantOrders(ctx context.Context, ids []string, want db.Want) ([]*MerchantOrder, error) {
	begun, err := s.DB.BegunRefunds(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*MerchantOrder, len(ids))
	for n, id := range ids {
		o, err := s.DB.Order(ctx, auth.Viewer(ctx), id, db.OrderArgs{}, want)
		if err != nil {
			return nil, err
		}
		out[n] = &MerchantOrder{Order: o}
		for _, r := range begun {
			if r.OrderID == id {
				out[n].Begun = append(out[n].Begun, r)
			}
		}
	}
	return out, nil
}

// MerchantOrder returns the order with an id or a number, as a merchant sees it.
func (s *Shop) MerchantOrder(ctx context.Context, name string) (*MerchantOrder, error) {
	ctx = asMerchant(ctx)
	id, err := s.DB.OrderNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	found, err := s.merchantOrders(ctx, []string{id}, shownOrder)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// changeNamed runs fn with the order that has an id or a number, locked, if it is not cancelled.
func (s *Shop) changeNamed(ctx context.Context, name string, fn func(tx db.DB, o *model.Order, w *db.Writes) error) error {
	return s.changeAny(ctx, name, func(tx db.DB, o *model.Order, w *db.Writes) error {
		if o.Status == model.OrderStatusCanceled {
			return errCanceledOrder(o)
		}
		return fn(tx, o, w)
	})
}

// changeAny runs fn with the order that has an id or a number, locked.
func (s *Shop) changeAny(ctx context.Context, name string, fn func(tx db.DB, o *model.Order, w *db.Writes) error) error {
	ctx = asMerchant(ctx)
	id, err := s.DB.OrderNamed(ctx, name)
	if err != nil {
		return err
	}
	return s.changeOrder(ctx, id, false, func(tx db.DB, o *model.Order) error {
		w := tx.Writes(s.Now())
		if err := fn(tx, o, w); err != nil {
			return err
		}
		return w.Send(ctx)
	})
}

// A FulfilLine is units of a line that go into a parcel. Line is the line's id or its SKU.
type FulfilLine struct {
	Line     string
	Quantity model.Amount
}

// A Parcel is what of an order goes into a parcel.
type Parcel struct {
	Order      string       // its id or number
	Lines      []FulfilLine // none: all that is left of the order
	LocationID string       // from where; empty: from where it is reserved
}

// FulfilOrder puts units of an order into a parcel, and takes them out of the stock, as the reference's admin does. It returns the parcel's
// id.
func (s *Shop) FulfilOrder(ctx context.Context, in Parcel) (id string, err error) {
	err = s.changeNamed(ctx, in.Order, func(tx db.DB, o *model.Order, w *db.Writes) error {
		if err := noActiveChange(ctx, tx, o.ID); err != nil {
			return err
		}
		lines, err := fulfilledLines(o, in.Lines)
		if err != nil {
			return err
		}
		f, err := s.parcelOf(ctx, tx, o, in.LocationID)
		if err != nil {
			return err
		}
		f.RequiresShipping = o.Item(lines[0].Line).RequiresShipping
		now := model.Time{Time: s.Now()}
		f.PackedAt = &now
		if err := s.pack(ctx, tx, o, w, f, lines, in.LocationID); err != nil {
			return err
		}
		id = f.ID
		return unitsMoved(o, w, model.ActionFulfillItem, f.ID, lines, now)
	})
	return id, err
}

// fulfilledLines returns the lines that go into a parcel, by their ids. All of them require shipping, or none does.
func fulfilledLines(o *model.Order, asked []FulfilLine) ([]FulfilLine, error) {
	var out []FulfilLine
	if len(asked) == 0 {
		for _, i := range o.Items {
			if left := i.Quantity.Minus(i.Detail.FulfilledQuantity); left.IsPositive() {
				out = append(out, FulfilLine{i.ID, left})
			}
		}
	}
	for _, l := range asked {
		at := slices.IndexFunc(o.Items, func(i *model.OrderItem) bool { return i.ID == l.Line || text(i.VariantSku) == l.Line })
		if at < 0 {
			return nil, model.Invalid.Because(model.UserErrorCodeLineNotFound).Errorf("Items with ids %s does not exist in order with id %s.", l.Line, o.ID)
		}
		id := o.Items[at].ID
		if slices.ContainsFunc(out, func(x FulfilLine) bool { return x.Line == id }) {
			return nil, model.Invalid.Because(model.UserErrorCodeQuantityInvalid).Errorf("%s is named twice", l.Line)
		}
		out = append(out, FulfilLine{id, l.Quantity})
	}
	if len(out) == 0 {
		return nil, model.Invalid.Because(model.UserErrorCodeQuantityInvalid).Errorf("nothing of the order is left to be fulfilled")
	}
	for _, l := range out {
		if o.Item(l.Line).RequiresShipping != o.Item(out[0].Line).RequiresShipping {
			return nil, model.Invalid.Because(model.UserErrorCodeQuantityInvalid).
				Errorf("Fulfillment can only be created entirely with items with shipping or items without shipping. Split this request into 2 fulfillments.")
		}
		if err := o.Fulfil(l.Line, l.Quantity); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// parcelOf returns the parcel of an order, by its first way of shipping. A carrier that only a Medusa has is asked by that Medusa's admin.
func (s *Shop) parcelOf(ctx context.Context, tx db.DB, o *model.Order, location string) (*model.Fulfillment, error) {
	if len(o.ShippingMethods) == 0 || o.ShippingMethods[0].ShippingOptionID == nil {
		return nil, model.Invalid.Because(model.UserErrorCodeShippingOptionNotFound).Errorf("the order has no way of shipping")
	}
	option, err := tx.ReturnOption(ctx, *o.ShippingMethods[0].ShippingOptionID, o)
	if err != nil {
		return nil, err
	}
	if s.Carriers.For(text(option.ProviderID)) == nil {
		return nil, model.NotAllowed.Because(model.UserErrorCodeShippingOptionNotFound).
			Errorf("the carrier %s is known to Medusa only: fulfil the order in Medusa's admin", text(option.ProviderID))
	}
	if location == "" {
		location = text(option.LocationID)
	}
	if location == "" {
		return nil, model.Invalid.Because(model.UserErrorCodeLocationNotFound).
			Errorf("Cannot create fulfillment without stock location, either provide a location or you should link the shipping option %s to a stock location.", option.ID)
	}
	return &model.Fulfillment{LocationID: location, ProviderID: option.ProviderID, ShippingOptionID: &option.ID, Data: model.JSON("{}")}, nil
}

// pack adds the writes of a parcel with its lines, and takes what they are made of out of the stock.
func (s *Shop) pack(ctx context.Context, tx db.DB, o *model.Order, w *db.Writes, f *model.Fulfillment, lines []FulfilLine, location string) error {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.Line
	}
	stock, err := tx.LockOrderStock(ctx, ids, *f.ShippingOptionID)
	if err != nil {
		return err
	}
	var items []db.PackedItem
	var changed, deleted, levels []string
	for _, l := range lines {
		line := o.Item(l.Line)
		if p := stock.Profiles[line.ID]; line.RequiresShipping && p != "" && p != stock.Profile {
			return model.Invalid.Because(model.UserErrorCodeShippingOptionNotFound).
				Errorf("Shipping profile %s does not match the shipping profile of the order item %s", stock.Profile, line.ID)
		}
		packed, err := packLine(w, line, l.Quantity, stock, location)
		if err != nil {
			return err
		}
		items = append(items, packed.items...)
		changed, deleted, levels = append(changed, packed.changed...), append(deleted, packed.deleted...), append(levels, packed.levels...)
	}
	w.OrderParcel(o.ID, f, items)
	w.Event("order.fulfillment_created", map[string]string{"order_id": o.ID, "fulfillment_id": f.ID})
	for name, ids := range map[string][]string{"inventory-level.updated": levels, "reservation-item.updated": changed, "reservation-item.deleted": deleted} {
		for _, id := range ids {
			w.Event(name, map[string]string{"id": id, "order_id": o.ID})
		}
	}
	return nil
}

// A packedLine is a line in a parcel, with the reservations that became less or went, and the stock levels that changed.
type packedLine struct {
	items                    []db.PackedItem
	changed, deleted, levels []string
}

// packLine puts units of a line into a parcel: what they are made of, if that is reserved.
func packLine(w *db.Writes, line *model.OrderItem, quantity model.Amount, stock *db.OrderStock, location string) (packedLine, error) {
	var out packedLine
	title, sku := line.Title, text(line.VariantSku)
	if line.VariantTitle != nil {
		title = *line.VariantTitle
	}
	item := func(title, sku string, n model.Amount, inventory *string) {
		out.items = append(out.items, db.PackedItem{
			FulfillmentItem: model.FulfillmentItem{LineItemID: &line.ID, Title: title, Sku: sku, Barcode: text(line.VariantBarcode), Quantity: n}, InventoryItemID: inventory,
		})
	}
	for _, r := range stock.Reserved {
		if r.LineID != line.ID {
			continue
		}
		need := quantity.Times(r.Required)
		if r.Quantity.Less(need) {
			return out, model.Invalid.Because(model.UserErrorCodeOutOfStock).Errorf("Quantity to fulfill exceeds the reserved quantity for the item: %s", line.ID)
		}
		at := location
		if at == "" {
			at = r.LocationID
		}
		w.TakeReserved(r, need, at)
		if level := stock.Levels[[2]string{r.ItemID, at}]; level != "" {
			out.levels = append(out.levels, level)
		}
		if need.Less(r.Quantity) {
			out.changed = append(out.changed, r.ID)
		} else {
			out.deleted = append(out.deleted, r.ID)
		}
		partTitle, partSku := title, sku
		if t := text(r.Title); t != "" {
			partTitle = t
		}
		if k := text(r.Sku); k != "" {
			partSku = k
		}
		item(partTitle, partSku, need, &r.ItemID)
	}
	if len(out.items) == 0 {
		if stock.Managed[line.ID] {
			return out, model.Invalid.Because(model.UserErrorCodeOutOfStock).
				Errorf("No stock reservation found for item %s - %s (%s)", line.ID, line.Title, text(line.VariantTitle))
		}
		item(title, sku, quantity, nil)
	}
	return out, nil
}

// unitsMoved adds the writes of the order's next version, in which units of lines are in another state because of a parcel.
func unitsMoved(o *model.Order, w *db.Writes, action, parcel string, lines []FulfilLine, now model.Time) error {
	o.NextVersion()
	total.Order(o)
	o.Summarize(o.Total)
	change := &model.OrderChange{OrderID: o.ID, Version: o.Version, Status: model.OrderChangeStatusConfirmed, ConfirmedAt: &now}
	for _, l := range lines {
		a, err := unitsAction(action, l.Line, l.Quantity)
		if err != nil {
			return err
		}
		a.Reference, a.ReferenceID = new("fulfillment"), &parcel
		change.Actions = append(change.Actions, a)
	}
	w.OrderChange(change)
	w.OrderVersion(o)
	return nil
}
