package db

import (
	"context"
	"strings"
	"time"

	"storegraph/model"
	"storegraph/model/field"
	"storegraph/model/price"
	"storegraph/model/total"
)

// withReturns is what must be read of orders for what is wanted of their returns: a return's lines and ways of shipping are
// the order's own.
func withReturns(want Want) Want {
	returns := want[field.Returns]
	if returns[field.Items].Has(field.Item) {
		want = want.With(Want{field.Items: returns[field.Items][field.Item]})
	}
	if returns.Has(field.ShippingMethods) {
		want = want.With(Want{field.ShippingMethods: returns[field.ShippingMethods]})
	}
	if returns.Has(cartTotals...) {
		want = want.With(Want{field.ShippingMethods: {field.Total: nil}})
	}
	if returns.Has(field.Transactions) {
		want = want.With(Want{field.Transactions: returns[field.Transactions]})
	}
	return want
}

// readReturns queues the returns of orders, and what is wanted of them.
func (l *orderLoad) readReturns(b *batch) {
	want := l.want[field.Returns]
	l.rows(b, `SELECT r.order_id, `+returnTable.list+` FROM return r WHERE r.order_id = ANY($1) AND r.deleted_at IS NULL ORDER BY r.id`,
		func(o *model.Order, c *cursor) {
			r := returnTable.scan(c)
			l.returns[r.ID] = r
			o.Returns = append(o.Returns, r)
		})
	if !want.Has(field.Items) {
		return
	}
	b.read(`SELECT `+returnItemTable.list+`
FROM return_item i JOIN return r ON r.id = i.return_id WHERE r.order_id = ANY($1) AND r.deleted_at IS NULL AND i.deleted_at IS NULL ORDER BY i.id`,
		[]any{l.ids}, func(c *cursor) {
			i := returnItemTable.scan(c)
			if r := l.returns[i.ReturnID]; r != nil {
				r.Items = append(r.Items, i)
			}
		})
	if want[field.Items].Has(field.Reason) {
		b.read(`SELECT `+returnReasonTable.list+` FROM return_reason WHERE deleted_at IS NULL AND id IN (SELECT i.reason_id FROM return_item i
JOIN return r ON r.id = i.return_id WHERE r.order_id = ANY($1) AND r.deleted_at IS NULL AND i.deleted_at IS NULL)`, []any{l.ids}, func(c *cursor) {
			r := returnReasonTable.scan(c)
			l.reasons[r.ID] = r
		})
	}
}

// stitchReturns puts the returns of an order together.
func (l *orderLoad) stitchReturns(o *model.Order) {
	for _, r := range o.Returns {
		for _, i := range r.Items {
			if i.ReasonID != nil {
				i.Reason = l.reasons[*i.ReasonID]
			}
			for _, line := range o.Items {
				if line.ID == i.ItemID {
					i.Item = line
				}
			}
		}
		for _, m := range o.ShippingMethods {
			if value(m.Detail.ReturnID) == r.ID {
				r.ShippingMethods = append(r.ShippingMethods, m)
			}
		}
		for _, t := range o.Transactions {
			if value(t.ReturnID) == r.ID {
				r.Transactions = append(r.Transactions, t)
			}
		}
		total.Return(r)
		if len(r.Items) > 0 {
			r.OfItems = &model.Amount{}
			r.RawOfItems = r.OfItems.Raw()
		}
	}
}

// ReturnOf returns a return of an order.
func (d DB) ReturnOf(ctx context.Context, v *Viewer, orderID, id string, want Want) (*model.Return, error) {
	o, err := d.Order(ctx, v, orderID, OrderArgs{}, Want{field.Returns: want})
	if err != nil {
		return nil, err
	}
	for _, r := range o.Returns {
		if r.ID == id {
			return r, d.fillBefore(ctx, v, r, want)
		}
	}
	return nil, model.NotFound.Errorf("Return id not found: %s", id)
}

// fillBefore fills what is wanted of the order as it was when a return of it was requested.
func (d DB) fillBefore(ctx context.Context, v *Viewer, r *model.Return, want Want) error {
	items := want[field.Items]
	if !want.Has(field.Before, field.ShippingBefore) && !items.Has(field.Before, field.DetailBefore) {
		return nil
	}
	below := want[field.Before]
	if want.Has(field.ShippingBefore) {
		below = below.With(Want{field.ShippingMethods: want[field.ShippingBefore]})
	}
	if items.Has(field.Before, field.DetailBefore) {
		below = below.With(Want{field.Items: items[field.Before]})
	}
	o, err := d.Order(ctx, v, r.OrderID, OrderArgs{Version: &r.OrderVersion}, below)
	if err != nil {
		return err
	}
	r.Before = o
	for _, m := range o.ShippingMethods {
		if value(m.Detail.ReturnID) == r.ID {
			r.ShippingBefore = append(r.ShippingBefore, m)
		}
	}
	for _, i := range r.Items {
		if line := o.Item(i.ItemID); line != nil {
			i.Before, i.DetailBefore = line, line.Detail
		}
	}
	return nil
}

// ReturnReasonsOf returns the reasons with these ids, and which of them are divided further.
func (d DB) ReturnReasonsOf(ctx context.Context, ids []string) (known, divided []string, err error) {
	err = d.run(ctx, func(b *batch) {
		known, divided = nil, nil
		b.read(`SELECT r.id, EXISTS (SELECT FROM return_reason c WHERE c.parent_return_reason_id = r.id AND c.deleted_at IS NULL)
FROM return_reason r WHERE r.id = ANY($1) AND r.deleted_at IS NULL ORDER BY r.id`, []any{ids}, func(c *cursor) {
			id := c.text()
			known = append(known, id)
			if c.bool() {
				divided = append(divided, id)
			}
		})
	})
	return known, divided, err
}

// HasStockLocation reports whether there is a stock location with this id.
func (d DB) HasStockLocation(ctx context.Context, id string) (bool, error) {
	found := false
	err := d.run(ctx, func(b *batch) {
		found = false
		b.read(`SELECT FROM stock_location WHERE id = $1 AND deleted_at IS NULL`, []any{id}, func(*cursor) { found = true })
	})
	return found, err
}

// ReturnOption returns a shipping option with where it goes to, and with its price for an order, if it has one.
func (d DB) ReturnOption(ctx context.Context, id string, o *model.Order) (*model.ReturnOption, error) {
	var out *model.ReturnOption
	var set *string
	var prices []*model.Price
	p := pricing{Context: price.Context{CurrencyCode: o.CurrencyCode, RegionID: value(o.RegionID), Attributes: map[string][]string{}}}
	if o.RegionID != nil {
		p.Attributes["region_id"] = []string{*o.RegionID}
	}
	err := d.run(ctx, func(b *batch) {
		out, set, prices = nil, nil, nil
		b.read(`SELECT o.id, o.name, o.price_type, o.provider_id, s.price_set_id, l.id, `+stockLocationAddressTable.list+`
FROM shipping_option o JOIN service_zone z ON z.id = o.service_zone_id AND z.deleted_at IS NULL
LEFT JOIN location_fulfillment_set f ON f.fulfillment_set_id = z.fulfillment_set_id AND f.deleted_at IS NULL
LEFT JOIN stock_location l ON l.id = f.stock_location_id AND l.deleted_at IS NULL
LEFT JOIN stock_location_address a ON a.id = l.address_id AND a.deleted_at IS NULL
LEFT JOIN shipping_option_price_set s ON s.shipping_option_id = o.id AND s.deleted_at IS NULL
WHERE o.id = $1 AND o.deleted_at IS NULL LIMIT 1`, []any{id}, func(c *cursor) {
			out = &model.ReturnOption{ID: c.text(), Name: c.text(), PriceType: model.ShippingPriceType(c.text()), ProviderID: c.maybeText()}
			set = c.maybeText()
			out.LocationID = c.maybeText()
			if a := stockLocationAddressTable.scan(c); a.ID != "" {
				out.Address = a
			}
		})
		b.read(shippingPrices, []any{[]string{id}, o.CurrencyCode}, func(c *cursor) {
			_ = c.text()
			p := priceTable.scan(c)
			priceConditions(c, p)
			prices = append(prices, p)
		})
		p.readPreferences(b)
	})
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, model.NotFound.Errorf("Shipping option with id: %s was not found", id)
	}
	if set != nil {
		out.Price = price.Calculate(*set, prices, &p.Context)
	}
	return out, nil
}

// A NewReturn is a return as it is requested, with how it comes back.
type NewReturn struct {
	Return   *model.Return
	Shipping *model.OrderShippingMethod
	Parcel   *model.Fulfillment
	Address  *model.StockLocationAddress // where the parcel goes to; nil: it is not known
}

// CreateReturn stores a return with its lines, how it is shipped and its parcel, and gives all of them their ids. The order is
// left as it is, but for the way of shipping that its present version gets.
func (d DB) CreateReturn(ctx context.Context, n *NewReturn, now time.Time) error {
	at := model.Time{Time: now}
	r := n.Return
	r.ID, r.RequestedAt, r.CreatedAt, r.UpdatedAt = model.NewID("return", now), &at, at, at
	err := d.write(ctx, `INSERT INTO return (id, order_id, order_version, status, location_id, requested_at, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, r.OrderID, r.OrderVersion, string(r.Status), r.LocationID, now, now, now)
	if err != nil {
		return err
	}
	items := make([]model.ReturnItem, len(r.Items))
	for i, item := range r.Items {
		item.ID, item.ReturnID, item.CreatedAt, item.UpdatedAt = model.NewID("retitem", now), r.ID, at, at
		item.RawQuantity, item.RawReceivedQuantity, item.RawDamagedQuantity = item.Quantity.Raw(), model.Amount{}.Raw(), model.Amount{}.Raw()
		items[i] = *item
	}
	if err := Insert(ctx, d, "return_item", items); err != nil {
		return err
	}
	m := n.Shipping
	m.ID, m.OrderID, m.RawAmount, m.CreatedAt, m.UpdatedAt = model.NewID("ordsm", now), r.OrderID, m.Amount.Raw(), at, at
	m.Detail = &model.OrderShippingDetail{
		ID: model.NewID("ordspmv", now), OrderID: r.OrderID, Version: r.OrderVersion, ReturnID: &r.ID, ShippingMethodID: m.ID, CreatedAt: at, UpdatedAt: at,
	}
	if err := Insert(ctx, d, "order_shipping_method", []model.OrderShippingMethod{*m}); err != nil {
		return err
	}
	if err := Insert(ctx, d, "order_shipping", []model.OrderShippingDetail{*m.Detail}); err != nil {
		return err
	}
	if err := d.createParcel(ctx, n, at); err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO return_fulfillment (id, return_id, fulfillment_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
		model.NewID("retful", now), r.ID, n.Parcel.ID, now, now)
}

func (d DB) createParcel(ctx context.Context, n *NewReturn, at model.Time) error {
	f, a := n.Parcel, n.Address
	f.ID, f.CreatedAt, f.UpdatedAt = model.NewID("ful", at.Time), at, at
	id := model.NewID("fuladdr", at.Time)
	f.DeliveryAddressID = &id
	if a == nil {
		a = &model.StockLocationAddress{CreatedAt: at, UpdatedAt: at}
	}
	country := strings.ToLower(a.CountryCode)
	err := d.write(ctx, `INSERT INTO fulfillment_address (id, company, address_1, address_2, city, country_code, province, postal_code, phone, metadata,
created_at, updated_at) VALUES (?, ?, nullif(?, ''), ?, ?, nullif(?, ''), ?, ?, ?, ?::jsonb, ?, ?)`, id, a.Company, a.Address1, a.Address2, a.City,
		country, a.Province, a.PostalCode, a.Phone, jsonText(a.Metadata), a.CreatedAt.Time, a.UpdatedAt.Time)
	if err != nil {
		return err
	}
	if err := Insert(ctx, d, "fulfillment", []model.Fulfillment{*f}); err != nil {
		return err
	}
	type row struct {
		model.FulfillmentItem
		RawQuantity   model.JSON
		FulfillmentID string
		CreatedAt     model.Time
		UpdatedAt     model.Time
	}
	var rows []row
	for _, i := range f.Items {
		i.ID = model.NewID("fulit", at.Time)
		rows = append(rows, row{*i, i.Quantity.Raw(), f.ID, at, at})
	}
	return Insert(ctx, d, "fulfillment_item", rows)
}

// ReceiveReturn marks a return as come back, with all of its lines.
func (d DB) ReceiveReturn(ctx context.Context, id string, now time.Time) error {
	err := d.write(ctx, `UPDATE return SET status = 'received', received_at = ?, updated_at = ? WHERE id = ?`, now, now, id)
	if err != nil {
		return err
	}
	return d.write(ctx, `UPDATE return_item SET received_quantity = quantity, raw_received_quantity = raw_quantity, updated_at = ?
WHERE return_id = ? AND deleted_at IS NULL`, now, id)
}
