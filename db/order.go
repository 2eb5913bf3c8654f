package db

import (
	"context"
	"slices"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/total"
)

// OrderArgs says which version of an order to read, and for whom.
type OrderArgs struct {
	Version *int // nil: the latest
	Strict  bool // only the customer whose order it is may see it, and who shows a token of it
}

// Order returns the order with this id, with its totals if any are wanted. What is wanted of it is read in one batch, and
// what is wanted of its products in two more. Drafts are not found.
func (d DB) Order(ctx context.Context, v *Viewer, id string, a OrderArgs, want Want) (*model.Order, error) {
	missing := model.NotFound.Because(model.UserErrorCodeNotFound, "orderId").Errorf("Order id not found: %s", id)
	l := orderLoad{v: v, want: withReturns(want), version: a.Version, ids: []string{id}}
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		l.reset()
		b.read(`SELECT `+orderList+` FROM `+ordersWithCurrency+` WHERE o.id = $1 AND o.deleted_at IS NULL AND NOT o.is_draft_order`, []any{id},
			func(c *cursor) { l.add(scanOrder(c)) })
		l.read(b)
	})
	if err != nil {
		return nil, err
	}
	if len(l.orders) == 0 {
		return nil, missing
	}
	o := l.orders[0]
	if a.Strict && !v.Owns(o) && !v.Holds(o) {
		return nil, missing
	}
	if a.Version != nil && (*a.Version < 1 || *a.Version > o.Version) {
		return nil, missing
	}
	return o, l.finish(ctx, d)
}

// OrderByNumber returns the order with this number that was placed with this e-mail address, whose case does not matter.
// It makes the same queries whether or not there is one.
func (d DB) OrderByNumber(ctx context.Context, v *Viewer, number int, email string, want Want) (*model.Order, error) {
	var id string
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		id = ""
		b.read(`SELECT id FROM "order" WHERE display_id = $1::bigint AND lower(email) = $2 AND deleted_at IS NULL AND NOT is_draft_order
ORDER BY id LIMIT 1`, []any{number, email}, func(c *cursor) { id = c.text() })
	})
	if err != nil {
		return nil, err
	}
	return d.Order(ctx, v, id, OrderArgs{}, want)
}

var orderKeys = map[string]string{"CREATED_AT": "o.created_at", "DISPLAY_ID": "o.display_id"}

func (q *query) order(f *model.OrderFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).order)
	q.id("o.id", f.ID.Value())
	q.text("o.status::text", f.Status.Value())
	q.int("o.display_id", f.DisplayID.Value())
	q.time("o.created_at", f.CreatedAt.Value())
	q.time("o.updated_at", f.UpdatedAt.Value())
}

// checkStatuses fails if a filter names a status that orders do not have.
func checkStatuses(f *model.OrderFilter) error {
	if f == nil {
		return nil
	}
	if s := f.Status.Value(); s != nil {
		named := slices.Concat(s.In.Value(), s.Nin.Value())
		for _, one := range []*string{s.Eq.Value(), s.Ne.Value()} {
			if one != nil {
				named = append(named, *one)
			}
		}
		for _, one := range named {
			if err := new(model.OrderStatus).UnmarshalGQLContext(context.Background(), one); err != nil {
				return err
			}
		}
	}
	for _, below := range slices.Concat(f.And.Value(), f.Or.Value(), []*model.OrderFilter{f.Not.Value()}) {
		if err := checkStatuses(below); err != nil {
			return err
		}
	}
	return nil
}

// int compares as a bigint, so that a number that no column can hold is only one that no row has.
func (q *query) int(column string, f *model.IntFilter) {
	if f == nil {
		return
	}
	compare := func(operator string, n *int) {
		if n != nil {
			q.compare(column, operator, *n)
			q.add("::bigint")
		}
	}
	compare(" = ", f.Eq.Value())
	compare(" > ", f.Gt.Value())
	compare(" >= ", f.Gte.Value())
	compare(" < ", f.Lt.Value())
	compare(" <= ", f.Lte.Value())
	if in := f.In.Value(); in != nil {
		q.add(" AND " + column + " = ANY(")
		q.arg(in)
		q.add("::bigint[])")
	}
}

// Orders lists the orders of the signed-in customer. What is wanted of them takes a constant number of queries.
func (d DB) Orders(ctx context.Context, v *Viewer, a ListArgs[model.OrderFilter], want Want) (*model.OrderConnection, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	l := list[model.Order]{columns: orderList, from: ordersWithCurrency, scan: scanOrder, sort: sorting{expr: "o.id", key: "o.id"}}
	if !v.Reads.OldestOrdersFirst {
		l.sort.desc = true
	}
	l.where = func(q *query) {
		q.add(" AND o.deleted_at IS NULL AND NOT o.is_draft_order")
		q.compare("o.customer_id", " = ", v.CustomerID)
		q.order(a.Filter)
	}
	if err := checkStatuses(a.Filter); err != nil {
		return nil, err
	}
	if err := l.order(orderKeys, a.Sort, orderShape, "o.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, func(ctx context.Context, orders []*model.Order, want Want) error {
		return d.fillOrders(ctx, v, orders, want)
	})
}

// fillOrders fills orders with what is wanted of them.
func (d DB) fillOrders(ctx context.Context, v *Viewer, orders []*model.Order, want Want) error {
	if len(orders) == 0 {
		return nil
	}
	l := orderLoad{v: v, want: withReturns(want)}
	for _, o := range orders {
		l.ids = append(l.ids, o.ID)
	}
	if err := d.run(ctx, func(b *batch) {
		l.reset()
		for _, o := range orders {
			l.add(o)
		}
		l.read(b)
	}); err != nil {
		return err
	}
	return l.finish(ctx, d)
}

// ordersOf returns all orders of the signed-in customer.
func (d DB) ordersOf(ctx context.Context, v *Viewer, want Want) ([]*model.Order, error) {
	out := []*model.Order{}
	err := d.run(ctx, func(b *batch) {
		out = out[:0]
		b.read(`SELECT `+orderList+` FROM `+ordersWithCurrency+` WHERE o.customer_id = $1 AND o.deleted_at IS NULL AND NOT o.is_draft_order ORDER BY o.id`,
			[]any{v.CustomerID}, func(c *cursor) { out = append(out, scanOrder(c)) })
	})
	if err != nil {
		return nil, err
	}
	return out, d.fillOrders(ctx, v, out, want)
}

// An orderLoad reads what is wanted of orders. It finds all of it by the orders' ids, so that one round trip is enough.
type orderLoad struct {
	v       *Viewer
	want    Want
	ids     []string
	version *int // nil: the latest of each

	orders    []*model.Order
	byID      index[model.Order]
	addresses index[model.OrderAddress]
	taxes     map[string][]*model.TaxLine    // by the line or method they are on
	adjusts   map[string][]*model.Adjustment // likewise
	products  index[model.Product]
	variants  index[model.ProductVariant]
	unpacked  map[string]bool // the orders of which units are in no parcel
	payments  orderPayments
	parcels   index[model.Fulfillment]

	returns index[model.Return]
	reasons index[model.ReturnReason]
}

func (l *orderLoad) reset() {
	*l = orderLoad{
		v: l.v, want: l.want, ids: l.ids, version: l.version,
		byID: index[model.Order]{}, addresses: index[model.OrderAddress]{}, products: index[model.Product]{}, variants: index[model.ProductVariant]{},
		taxes: map[string][]*model.TaxLine{}, adjusts: map[string][]*model.Adjustment{}, unpacked: map[string]bool{},
		parcels: index[model.Fulfillment]{}, returns: index[model.Return]{}, reasons: index[model.ReturnReason]{},
	}
}

func (l *orderLoad) add(o *model.Order) {
	o.Items, o.ShippingMethods, o.CreditLines, o.Transactions, o.PaymentCollections, o.Fulfillments, o.Promotions, o.Returns, o.ShippingDetails = nil, nil, nil, nil, nil, nil, nil, nil, nil
	l.orders, l.byID[o.ID] = append(l.orders, o), o
}

// rows queues a query whose argument is the orders' ids, and which gives the order's id first. Its rows count only if there
// is the order.
func (l *orderLoad) rows(b *batch, sql string, row func(o *model.Order, c *cursor)) {
	b.read(sql, []any{l.ids}, func(c *cursor) {
		if o := l.byID[c.text()]; o != nil {
			row(o, c)
		}
	})
}

// versioned is rows for what belongs to a version. The query joins the order as o and compares with atVersion.
func (l *orderLoad) versioned(b *batch, sql string, row func(o *model.Order, c *cursor)) {
	b.read(sql, []any{l.ids, l.version}, func(c *cursor) {
		if o := l.byID[c.text()]; o != nil {
			row(o, c)
		}
	})
}

// atVersion is the condition that a version is the one that is read.
const atVersion = `= coalesce($2::bigint, o.version)`

const ordersWithCurrency = `"order" o LEFT JOIN currency r ON r.code = o.currency_code AND r.deleted_at IS NULL`

var orderList = orderTable.list + `, coalesce(r.decimal_digits, 2)`

func scanOrder(c *cursor) *model.Order {
	o := orderTable.scan(c)
	o.CurrencyDigits = c.int()
	return o
}

// A version's own price and metadata go before those the line was bought with.
func detailed(i *model.OrderItem, d *model.OrderItemDetail) *model.OrderItem {
	i.Detail, i.Quantity, i.RawQuantity, i.LineItemMetadata = d, d.Quantity, d.RawQuantity, i.Metadata
	if d.UnitPrice != nil {
		i.UnitPrice, i.RawUnitPrice = *d.UnitPrice, d.RawUnitPrice
	}
	if d.CompareAtUnitPrice != nil {
		i.CompareAtUnitPrice, i.RawCompareAtUnitPrice = d.CompareAtUnitPrice, d.RawCompareAtUnitPrice
	}
	if d.Metadata != nil {
		i.Metadata = d.Metadata
	}
	return i
}

// totaled reports whether totals of the orders themselves are wanted. What is pending is one of them.
func (l *orderLoad) totaled() bool { return l.want.Has(field.Totals, field.Parts, field.Summary) }

func (l *orderLoad) read(b *batch) {
	totals := l.totaled()
	if totals || l.want.Has(field.Items, field.PlacesOfItems) {
		l.readItems(b, totals)
	}
	if totals || l.want.Has(field.ShippingMethods, field.PlacesOfShippingMethods, field.ShippingDetails) {
		l.readShipping(b, totals)
	}
	if totals || l.want.Has(field.CreditLines) {
		l.versioned(b, `SELECT l.order_id, `+orderCreditTable.list+` FROM order_credit_line l JOIN "order" o ON o.id = l.order_id
WHERE l.order_id = ANY($1) AND l.version `+atVersion+` AND l.deleted_at IS NULL ORDER BY l.id`, func(o *model.Order, c *cursor) {
			o.CreditLines = append(o.CreditLines, orderCreditTable.scan(c))
		})
	}
	if l.want.Has(field.Transactions) {
		l.rows(b, `SELECT t.order_id, `+orderTransactionTable.list+` FROM order_transaction t WHERE t.order_id = ANY($1) AND t.deleted_at IS NULL ORDER BY t.id`,
			func(o *model.Order, c *cursor) {
				o.Transactions = append(o.Transactions, orderTransactionTable.scan(c))
			})
	}
	if l.want.Has(field.Summary, field.StoredSummary) {
		l.versioned(b, `SELECT s.order_id, s.totals FROM order_summary s JOIN "order" o ON o.id = s.order_id
WHERE s.order_id = ANY($1) AND s.version `+atVersion+` AND s.deleted_at IS NULL`, func(o *model.Order, c *cursor) {
			s, err := model.ParseOrderSummary(c.json())
			c.fail(err)
			o.Summary = s
		})
	}
	if l.want.Has(field.FirstSummary) {
		l.rows(b, `SELECT DISTINCT ON (s.order_id) s.order_id, s.totals FROM order_summary s WHERE s.order_id = ANY($1) AND s.deleted_at IS NULL
ORDER BY s.order_id, s.version`, func(o *model.Order, c *cursor) { o.FirstSummary = c.json() })
	}
	l.readParties(b)
	l.readPayments(b)
	l.readParcels(b)
	if l.want.Has(field.Promotions) {
		l.readPromotions(b)
	}
	if l.want.Has(field.Returns) {
		l.readReturns(b)
	}
}

func (l *orderLoad) readItems(b *batch, totals bool) {
	want := l.want[field.Items]
	l.versioned(b, `SELECT d.order_id, `+orderDetailTable.list+`, `+orderItemTable.list+` FROM order_item d JOIN "order" o ON o.id = d.order_id
JOIN order_line_item i ON i.id = d.item_id AND i.deleted_at IS NULL
WHERE d.order_id = ANY($1) AND d.version `+atVersion+` AND d.deleted_at IS NULL ORDER BY i.id`, func(o *model.Order, c *cursor) {
		d := orderDetailTable.scan(c)
		o.Items = append(o.Items, detailed(orderItemTable.scan(c), d))
	})
	of := `JOIN "order" o ON o.id = d.order_id WHERE d.order_id = ANY($1) AND d.version ` + atVersion + ` AND d.deleted_at IS NULL`
	if totals || wantsTotals(want) || want.Has(itemTotals...) {
		l.readTaxes(b, orderTaxTables[ofItem], "order_item d ON d.item_id = t.item_id "+of)
		l.readAdjustments(b, orderAdjustmentTables[ofItem], "order_item d ON d.item_id = a.item_id AND d.version = a.version "+of)
	}
	if want.Has(field.Product) {
		b.read(`SELECT `+productTable.list+` FROM product p WHERE p.deleted_at IS NULL AND p.id IN (SELECT i.product_id FROM order_item d
JOIN order_line_item i ON i.id = d.item_id WHERE d.order_id = ANY($1) AND d.deleted_at IS NULL)`, []any{l.ids}, func(c *cursor) {
			p := productTable.scan(c)
			l.products[p.ID] = p
		})
	}
	if want.Has(field.Variant) {
		b.read(`SELECT `+variantTable.list+` FROM product_variant pv WHERE pv.deleted_at IS NULL AND pv.id IN (SELECT i.variant_id FROM order_item d
JOIN order_line_item i ON i.id = d.item_id WHERE d.order_id = ANY($1) AND d.deleted_at IS NULL)`, []any{l.ids}, func(c *cursor) {
			v := variantTable.scan(c)
			l.variants[v.ID] = v
		})
	}
}

// itemTotals are the fields of an order's line, besides those that every line has, that package total fills.
var itemTotals = []field.Field{
	field.RefundableTotal, field.RefundableTotalPerUnit, field.FulfilledTotal, field.ShippedTotal, field.ReturnRequestedTotal, field.ReturnReceivedTotal,
	field.ReturnDismissedTotal, field.WriteOffTotal,
}

// readTaxes queues the tax lines of lines or of shipping methods, which join finds.
func (l *orderLoad) readTaxes(b *batch, of *table[model.TaxLine], join string) {
	l.versioned(b, `SELECT d.order_id, `+of.list+` FROM `+of.name+` t JOIN `+join+` AND t.deleted_at IS NULL ORDER BY t.id`,
		func(_ *model.Order, c *cursor) {
			t := of.scan(c)
			l.taxes[t.On()] = append(l.taxes[t.On()], t)
		})
}

func (l *orderLoad) readAdjustments(b *batch, of *table[model.Adjustment], join string) {
	l.versioned(b, `SELECT d.order_id, `+of.list+` FROM `+of.name+` a JOIN `+join+` AND a.deleted_at IS NULL ORDER BY a.id`,
		func(_ *model.Order, c *cursor) {
			a := of.scan(c)
			l.adjusts[a.On()] = append(l.adjusts[a.On()], a)
		})
}

func (l *orderLoad) readShipping(b *batch, totals bool) {
	of := `JOIN "order" o ON o.id = d.order_id WHERE d.order_id = ANY($1) AND d.version ` + atVersion + ` AND d.deleted_at IS NULL`
	l.versioned(b, `SELECT d.order_id, `+orderShippingTable.list+`, `+orderMethodTable.list+` FROM order_shipping_method m JOIN order_shipping d ON d.shipping_method_id = m.id `+of+`
AND m.deleted_at IS NULL ORDER BY m.id`, func(o *model.Order, c *cursor) {
		d := orderShippingTable.scan(c)
		m := orderMethodTable.scan(c)
		m.Detail, m.OrderID = d, o.ID
		o.ShippingMethods = append(o.ShippingMethods, m)
	})
	if totals || wantsTotals(l.want[field.ShippingMethods]) || wantsTotals(l.want[field.ShippingDetails][field.ShippingMethod]) {
		l.readTaxes(b, orderTaxTables[ofShippingMethod], "order_shipping d ON d.shipping_method_id = t.shipping_method_id "+of)
		l.readAdjustments(b, orderAdjustmentTables[ofShippingMethod],
			"order_shipping d ON d.shipping_method_id = a.shipping_method_id AND d.version = a.version "+of)
	}
}

// readParties queues who ordered, from which cart, and where to.
func (l *orderLoad) readParties(b *batch) {
	if l.want.Has(field.Customer) {
		l.rows(b, `SELECT o.id, u.id, u.email FROM "order" o JOIN customer u ON u.id = o.customer_id AND u.deleted_at IS NULL WHERE o.id = ANY($1)`,
			func(o *model.Order, c *cursor) { o.Customer = &model.OrderCustomer{ID: c.text(), Email: c.maybeText()} })
	}
	if l.want.Has(field.Cart) {
		l.rows(b, `SELECT l.order_id, c.id FROM order_cart l JOIN cart c ON c.id = l.cart_id AND c.deleted_at IS NULL
WHERE l.order_id = ANY($1) AND l.deleted_at IS NULL`, func(o *model.Order, c *cursor) { o.Cart = &model.OrderCart{ID: c.text()} })
	}
	if !l.want.Has(field.ShippingAddress, field.BillingAddress) && !priced(l.want[field.Items]) {
		return
	}
	l.rows(b, `SELECT o.id, `+orderAddressTable.list+`
FROM "order" o JOIN order_address a ON a.id IN (o.shipping_address_id, o.billing_address_id) AND a.deleted_at IS NULL WHERE o.id = ANY($1)`,
		func(_ *model.Order, c *cursor) {
			a := orderAddressTable.scan(c)
			l.addresses[a.ID] = a
		})
}

func (l *orderLoad) readPromotions(b *batch) {
	l.rows(b, `SELECT l.order_id, `+promotionList+`
FROM order_promotion l JOIN promotion p ON p.id = l.promotion_id AND p.deleted_at IS NULL
LEFT JOIN promotion_application_method m ON m.promotion_id = p.id AND m.deleted_at IS NULL
WHERE l.order_id = ANY($1) AND l.deleted_at IS NULL ORDER BY p.id`, func(o *model.Order, c *cursor) { o.Promotions = append(o.Promotions, scanShownPromotion(c)) })
}

// finish puts together what was read, adds it up, and reads what is wanted of products.
func (l *orderLoad) finish(ctx context.Context, d DB) error {
	totaled := l.totaled()
	for _, o := range l.orders {
		for _, i := range o.Items {
			i.TaxLines, i.Adjustments = l.taxes[i.ID], l.adjusts[i.ID]
			if i.ProductID != nil {
				i.Product = l.products[*i.ProductID]
			}
			if i.VariantID != nil {
				i.Variant = l.variants[*i.VariantID]
			}
		}
		for _, m := range o.ShippingMethods {
			m.TaxLines, m.Adjustments = l.taxes[m.ID], l.adjusts[m.ID]
			m.Detail.ShippingMethod = m
			o.ShippingDetails = append(o.ShippingDetails, m.Detail)
		}
		if o.ShippingAddressID != nil {
			o.ShippingAddress = l.addresses[*o.ShippingAddressID]
		}
		if o.BillingAddressID != nil {
			o.BillingAddress = l.addresses[*o.BillingAddressID]
		}
		l.stitchPayments(o)
		l.stitchReturns(o)
		o.Totaled = totaled
		o.PaymentStatus = model.PaymentStatusOf(o.PaymentCollections, o.CurrencyDigits)
		o.FulfillmentStatus = model.FulfillmentStatusOf(o.Fulfillments, !l.unpacked[o.ID])
		total.Order(o)
	}
	want := l.want[field.Items]
	if priced(want) {
		return l.fillInContext(ctx, d, want)
	}
	return d.fillGoods(ctx, l.v, values(l.products), want[field.Product], values(l.variants), want[field.Variant])
}

// goods are the products and variants of lines.
type goods struct {
	products index[model.Product]
	variants index[model.ProductVariant]
}

// fillInContext fills the goods of orders with what is wanted of them in the context of each order. In different contexts the same
// things have different prices, so that each context has things of its own; orders in the same one share them.
func (l *orderLoad) fillInContext(ctx context.Context, d DB, want Want) error {
	all := map[PriceContext]goods{}
	for _, o := range l.orders {
		in := PriceContext{RegionID: value(o.RegionID), CurrencyCode: o.CurrencyCode, Lasting: true}
		if a := o.ShippingAddress; a != nil {
			in.CountryCode, in.Province = value(a.CountryCode), value(a.Province)
		}
		of, ok := all[in]
		if !ok {
			of = goods{index[model.Product]{}, index[model.ProductVariant]{}}
			all[in] = of
		}
		for _, i := range o.Items {
			if i.Product != nil {
				i.Product = of.products.own(i.Product, i.Product.ID)
			}
			if i.Variant != nil {
				i.Variant = of.variants.own(i.Variant, i.Variant.ID)
			}
		}
	}
	for in, of := range all {
		if err := d.fillGoods(ctx, l.v.In(in), values(of.products), want[field.Product], values(of.variants), want[field.Variant]); err != nil {
			return err
		}
	}
	return nil
}

// own returns the index's copy of a thing, which it makes the first time.
func (x index[T]) own(thing *T, id string) *T {
	if x[id] == nil {
		own := *thing
		x[id] = &own
	}
	return x[id]
}
