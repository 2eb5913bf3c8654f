package db

import (
	"context"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/price"
	"github.com/storegraph/storegraph/model/total"
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
	if returns.Has(field.Totals) {
		want = want.With(Want{field.ShippingMethods: {field.Totals: nil}})
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
		r.CurrencyCode = o.CurrencyCode
		total.Return(r)
		if len(r.Items) > 0 {
			r.OfItems = &model.Amount{}
		}
	}
}

// Return returns the return with this id, with the guards of the order that it is of.
func (d DB) Return(ctx context.Context, v *Viewer, id string, a OrderArgs, want Want) (*model.Return, error) {
	order := ""
	if err := d.run(ctx, func(b *batch) {
		order = ""
		b.read(`SELECT order_id FROM "return" WHERE id = $1 AND deleted_at IS NULL`, []any{id}, func(c *cursor) { order = c.text() })
	}); err != nil {
		return nil, err
	}
	return d.ReturnOf(ctx, v, order, id, a, want)
}

// ReturnOf returns a return of an order, with the order's guards.
func (d DB) ReturnOf(ctx context.Context, v *Viewer, orderID, id string, a OrderArgs, want Want) (*model.Return, error) {
	o, err := d.Order(ctx, v, orderID, a, Want{field.Returns: want})
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
		return nil, model.NotFound.Because(model.UserErrorCodeShippingOptionNotFound, "returnShipping", "optionId").Errorf("Shipping option with id: %s was not found", id)
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

// Return adds the writes of a return with its lines, how it is shipped and its parcel, and gives all of them their ids. The order
// is left as it is, but for the way of shipping that its present version gets.
func (w *Writes) Return(n *NewReturn) {
	r := n.Return
	at := w.at()
	r.ID, r.RequestedAt, r.CreatedAt, r.UpdatedAt = w.id("return"), &at, at, at
	insertInto(w, newReturnTable, r)
	for _, i := range r.Items {
		i.ID, i.ReturnID, i.CreatedAt, i.UpdatedAt = w.id("retitem"), r.ID, at, at
	}
	insertInto(w, returnItemTable, r.Items...)
	m := n.Shipping
	m.ID, m.OrderID, m.CreatedAt, m.UpdatedAt = w.id("ordsm"), r.OrderID, at, at
	m.Detail = &model.OrderShippingDetail{
		ID: w.id("ordspmv"), OrderID: r.OrderID, Version: r.OrderVersion, ReturnID: &r.ID, ShippingMethodID: m.ID, CreatedAt: at, UpdatedAt: at,
	}
	insertInto(w, orderMethodTable, m)
	insertInto(w, orderShippingTable, m.Detail)
	w.parcel(n)
	w.exec(`INSERT INTO return_fulfillment (id, return_id, fulfillment_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
		w.id("retful"), r.ID, n.Parcel.ID, w.now, w.now)
}

// A parcelItemRow is a row of fulfillment_item.
type parcelItemRow struct {
	model.FulfillmentItem
	FulfillmentID        string
	CreatedAt, UpdatedAt model.Time
}

var newParcelItemTable = tableOf[parcelItemRow]("fulfillment_item", "i")

// parcel adds the writes of the parcel that a return comes in.
func (w *Writes) parcel(n *NewReturn) {
	f, a := n.Parcel, n.Address
	address := w.id("fuladdr")
	f.ID, f.DeliveryAddressID, f.CreatedAt, f.UpdatedAt = w.id("ful"), &address, w.at(), w.at()
	if a == nil {
		a = &model.StockLocationAddress{CreatedAt: w.at(), UpdatedAt: w.at()}
	}
	w.exec(`INSERT INTO fulfillment_address (id, company, address_1, address_2, city, country_code, province, postal_code, phone, metadata,
created_at, updated_at) VALUES (?, ?, nullif(?, ''), ?, ?, nullif(?, ''), ?, ?, ?, ?::jsonb, ?, ?)`, address, a.Company, a.Address1, a.Address2, a.City,
		strings.ToLower(a.CountryCode), a.Province, a.PostalCode, a.Phone, jsonText(a.Metadata), a.CreatedAt.Time, a.UpdatedAt.Time)
	insertInto(w, parcelTable, f)
	var rows []*parcelItemRow
	for _, i := range f.Items {
		i.ID = w.id("fulit")
		rows = append(rows, &parcelItemRow{FulfillmentItem: *i, FulfillmentID: f.ID, CreatedAt: w.at(), UpdatedAt: w.at()})
	}
	insertInto(w, newParcelItemTable, rows...)
}

// ReceiveReturn adds the writes that mark a return as come back, with all of its lines.
func (w *Writes) ReceiveReturn(id string) {
	w.exec(`UPDATE return SET status = 'received', received_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, id)
	w.exec(`UPDATE return_item SET received_quantity = quantity, raw_received_quantity = raw_quantity, updated_at = ?
WHERE return_id = ? AND deleted_at IS NULL`, w.now, id)
}
