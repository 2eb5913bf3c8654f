package db

import (
	"context"
	"slices"

	"storegraph/model"
	"storegraph/model/total"
)

// OrderArgs says which version of an order to read, and for whom.
type OrderArgs struct {
	Version *int // nil: the latest
	Strict  bool // only the customer whose order it is may see it, and who shows a token of it
}

// Order returns the order with this id, with its totals if any are wanted. What is wanted of it is read in one batch, and
// what is wanted of its products in two more. Drafts are not found.
func (d DB) Order(ctx context.Context, v *Viewer, id string, a OrderArgs, want Want) (*model.Order, error) {
	missing := model.NotFound.Errorf("Order id not found: %s", id)
	l := orderLoad{v: v, want: withReturns(want), version: a.Version, ids: []string{id}}
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		l.reset()
		b.read(`SELECT `+orderColumns+` FROM `+orderTable+` WHERE o.id = $1 AND o.deleted_at IS NULL AND NOT o.is_draft_order`, []any{id},
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
		b.read(`SELECT id FROM "order" WHERE display_id = $1::bigint AND lower(email) = lower($2) AND deleted_at IS NULL AND NOT is_draft_order
ORDER BY id LIMIT 1`, []any{number, email}, func(c *cursor) { id = c.text() })
	})
	if err != nil {
		return nil, err
	}
	return d.Order(ctx, v, id, OrderArgs{}, want)
}

var orderOrder = map[model.OrderOrderField]string{
	"ID": "o.id", "DISPLAY_ID": "o.display_id", "CUSTOM_DISPLAY_ID": "o.custom_display_id", "STATUS": "o.status", "EMAIL": "o.email",
	"CURRENCY_CODE": "o.currency_code", "REGION_ID": "o.region_id", "CUSTOMER_ID": "o.customer_id", "SALES_CHANNEL_ID": "o.sales_channel_id",
	"METADATA": "o.metadata", "CREATED_AT": "o.created_at", "UPDATED_AT": "o.updated_at",
}

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

// Orders lists the orders of the customer who is asking. What is wanted of them takes a constant number of queries.
func (d DB) Orders(ctx context.Context, v *Viewer, a ListArgs[model.OrderFilter, model.OrderOrder], want Want) (*model.OrderConnection, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	l := list[model.Order]{columns: orderColumns, from: orderTable, scan: scanOrder, sort: sorting{expr: "o.id", key: "o.id"}}
	if !v.AsReference {
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
	if err := l.order(a.Order != nil, func() (sorting, error) {
		return sortBy(orderOrder, a.Order.Field, a.Order.Direction, "o.id")
	}); err != nil {
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

// ordersOf returns all orders of the customer who is asking.
func (d DB) ordersOf(ctx context.Context, v *Viewer, want Want) ([]*model.Order, error) {
	out := []*model.Order{}
	err := d.run(ctx, func(b *batch) {
		out = out[:0]
		b.read(`SELECT `+orderColumns+` FROM `+orderTable+` WHERE o.customer_id = $1 AND o.deleted_at IS NULL AND NOT o.is_draft_order ORDER BY o.id`,
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
	byID      table[model.Order]
	addresses table[model.OrderAddress]
	taxes     map[string][]*model.TaxLine    // by the line or method they are on
	adjusts   map[string][]*model.Adjustment // likewise
	products  table[model.Product]
	variants  table[model.ProductVariant]
	unpacked  map[string]bool // the orders of which units are in no parcel
	payments  orderPayments
	parcels   table[model.Fulfillment]

	returns table[model.Return]
	reasons table[model.ReturnReason]
}

func (l *orderLoad) reset() {
	*l = orderLoad{
		v: l.v, want: l.want, ids: l.ids, version: l.version,
		byID: table[model.Order]{}, addresses: table[model.OrderAddress]{}, products: table[model.Product]{}, variants: table[model.ProductVariant]{},
		taxes: map[string][]*model.TaxLine{}, adjusts: map[string][]*model.Adjustment{}, unpacked: map[string]bool{},
		parcels: table[model.Fulfillment]{}, returns: table[model.Return]{}, reasons: table[model.ReturnReason]{},
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

const (
	orderTable = `"order" o LEFT JOIN currency r ON r.code = o.currency_code AND r.deleted_at IS NULL`

	orderColumns = `o.id, o.display_id, o.custom_display_id, o.region_id, o.customer_id, o.version, o.sales_channel_id, o.status::text, o.is_draft_order,
o.email, o.currency_code, o.locale, o.shipping_address_id, o.billing_address_id, o.no_notification, o.metadata, o.canceled_at, o.created_at,
o.updated_at, coalesce(r.decimal_digits, 2)`

	orderItemColumns = `i.id, i.title, i.subtitle, i.thumbnail, i.variant_id, i.product_id, i.product_title, i.product_description, i.product_subtitle,
i.product_type, i.product_type_id, i.product_collection, i.product_handle, i.variant_sku, i.variant_barcode, i.variant_title,
i.variant_option_values, i.requires_shipping, i.is_giftcard, i.is_discountable, i.is_tax_inclusive, i.is_custom_price,
coalesce(i.raw_compare_at_unit_price->>'value', i.compare_at_unit_price::text), i.raw_compare_at_unit_price,
coalesce(i.raw_unit_price->>'value', i.unit_price::text), i.raw_unit_price, i.metadata, i.created_at, i.updated_at`

	orderItemDetailColumns = `d.id, d.order_id, d.version, d.item_id, d.metadata, coalesce(d.raw_unit_price->>'value', d.unit_price::text), d.raw_unit_price,
coalesce(d.raw_compare_at_unit_price->>'value', d.compare_at_unit_price::text), d.raw_compare_at_unit_price,
coalesce(d.raw_quantity->>'value', d.quantity::text), d.raw_quantity,
coalesce(d.raw_fulfilled_quantity->>'value', d.fulfilled_quantity::text), d.raw_fulfilled_quantity,
coalesce(d.raw_shipped_quantity->>'value', d.shipped_quantity::text), d.raw_shipped_quantity,
coalesce(d.raw_delivered_quantity->>'value', d.delivered_quantity::text), d.raw_delivered_quantity,
coalesce(d.raw_return_requested_quantity->>'value', d.return_requested_quantity::text), d.raw_return_requested_quantity,
coalesce(d.raw_return_received_quantity->>'value', d.return_received_quantity::text), d.raw_return_received_quantity,
coalesce(d.raw_return_dismissed_quantity->>'value', d.return_dismissed_quantity::text), d.raw_return_dismissed_quantity,
coalesce(d.raw_written_off_quantity->>'value', d.written_off_quantity::text), d.raw_written_off_quantity, d.created_at, d.updated_at`

	orderShippingColumns = `m.id, m.name, m.description, m.is_tax_inclusive, m.is_custom_amount, m.shipping_option_id, m.data, m.metadata,
coalesce(m.raw_amount->>'value', m.amount::text), m.raw_amount, m.created_at, m.updated_at`

	orderShippingDetailColumns = `d.id, d.order_id, d.version, d.return_id, d.exchange_id, d.claim_id, d.shipping_method_id, d.created_at, d.updated_at`

	orderTransactionColumns = `t.id, t.order_id, t.version, coalesce(t.raw_amount->>'value', t.amount::text), t.raw_amount, t.currency_code, t.reference,
t.reference_id, t.return_id, t.exchange_id, t.claim_id, t.created_at, t.updated_at`
)

func scanOrder(c *cursor) *model.Order {
	return &model.Order{
		ID: c.text(), DisplayID: c.int(), CustomDisplayID: c.maybeText(), RegionID: c.maybeText(), CustomerID: c.maybeText(), Version: c.int(),
		SalesChannelID: c.maybeText(), Status: model.OrderStatus(c.text()), IsDraftOrder: c.bool(), Email: c.maybeText(), CurrencyCode: c.text(),
		Locale: c.maybeText(), ShippingAddressID: c.maybeText(), BillingAddressID: c.maybeText(), NoNotification: c.maybeBool(), Metadata: c.json(),
		CanceledAt: c.maybeTime(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(), CurrencyDigits: c.int(),
	}
}

func scanOrderItem(c *cursor) *model.OrderItem {
	return &model.OrderItem{
		ID: c.text(), Title: c.text(), Subtitle: c.maybeText(), Thumbnail: c.maybeText(), VariantID: c.maybeText(), ProductID: c.maybeText(),
		ProductTitle: c.maybeText(), ProductDescription: c.maybeText(), ProductSubtitle: c.maybeText(), ProductType: c.maybeText(),
		ProductTypeID: c.maybeText(), ProductCollection: c.maybeText(), ProductHandle: c.maybeText(), VariantSku: c.maybeText(),
		VariantBarcode: c.maybeText(), VariantTitle: c.maybeText(), VariantOptionValues: c.json(), RequiresShipping: c.bool(), IsGiftcard: c.bool(),
		IsDiscountable: c.bool(), IsTaxInclusive: c.bool(), IsCustomPrice: c.bool(), CompareAtUnitPrice: c.maybeAmount(),
		RawCompareAtUnitPrice: c.json(), UnitPrice: c.amount(), RawUnitPrice: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

func scanOrderItemDetail(c *cursor) *model.OrderItemDetail {
	return &model.OrderItemDetail{
		ID: c.text(), OrderID: c.text(), Version: c.int(), ItemID: c.text(), Metadata: c.json(), UnitPrice: c.maybeAmount(), RawUnitPrice: c.json(),
		CompareAtUnitPrice: c.maybeAmount(), RawCompareAtUnitPrice: c.json(), Quantity: c.amount(), RawQuantity: c.json(),
		FulfilledQuantity: c.amount(), RawFulfilledQuantity: c.json(), ShippedQuantity: c.amount(), RawShippedQuantity: c.json(),
		DeliveredQuantity: c.amount(), RawDeliveredQuantity: c.json(), ReturnRequestedQuantity: c.amount(), RawReturnRequestedQuantity: c.json(),
		ReturnReceivedQuantity: c.amount(), RawReturnReceivedQuantity: c.json(), ReturnDismissedQuantity: c.amount(),
		RawReturnDismissedQuantity: c.json(), WrittenOffQuantity: c.amount(), RawWrittenOffQuantity: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
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

func scanOrderShipping(c *cursor) *model.OrderShippingMethod {
	return &model.OrderShippingMethod{
		ID: c.text(), Name: c.text(), Description: c.json(), IsTaxInclusive: c.bool(), IsCustomAmount: c.bool(), ShippingOptionID: c.maybeText(),
		Data: c.json(), Metadata: c.json(), Amount: c.amount(), RawAmount: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

func scanOrderShippingDetail(c *cursor) *model.OrderShippingDetail {
	return &model.OrderShippingDetail{
		ID: c.text(), OrderID: c.text(), Version: c.int(), ReturnID: c.maybeText(), ExchangeID: c.maybeText(), ClaimID: c.maybeText(),
		ShippingMethodID: c.text(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

func scanOrderTransaction(c *cursor) *model.OrderTransaction {
	return &model.OrderTransaction{
		ID: c.text(), OrderID: c.text(), Version: c.int(), Amount: c.amount(), RawAmount: c.json(), CurrencyCode: c.text(), Reference: c.maybeText(),
		ReferenceID: c.maybeText(), ReturnID: c.maybeText(), ExchangeID: c.maybeText(), ClaimID: c.maybeText(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

// totaled reports whether totals of the orders themselves are wanted. What is pending is one of them.
func (l *orderLoad) totaled() bool { return l.want.Has(cartTotals...) || l.want.Has("summary") }

func (l *orderLoad) read(b *batch) {
	totals := l.totaled()
	if totals || l.want.Has("items", "placesOfItems") {
		l.readItems(b, totals)
	}
	if totals || l.want.Has("shippingMethods", "placesOfShippingMethods", "shippingDetails") {
		l.readShipping(b, totals)
	}
	if totals || l.want.Has("creditLines") {
		l.versioned(b, `SELECT l.order_id, l.id, l.order_id, l.version, l.reference, l.reference_id, coalesce(l.raw_amount->>'value', l.amount::text), l.raw_amount,
l.metadata, l.created_at, l.updated_at FROM order_credit_line l JOIN "order" o ON o.id = l.order_id
WHERE l.order_id = ANY($1) AND l.version `+atVersion+` AND l.deleted_at IS NULL ORDER BY l.id`, func(o *model.Order, c *cursor) {
			o.CreditLines = append(o.CreditLines, &model.OrderCreditLine{
				ID: c.text(), OrderID: c.text(), Version: c.int(), Reference: c.maybeText(), ReferenceID: c.maybeText(), Amount: c.amount(),
				RawAmount: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			})
		})
	}
	if l.want.Has("transactions") {
		l.rows(b, `SELECT t.order_id, `+orderTransactionColumns+` FROM order_transaction t WHERE t.order_id = ANY($1) AND t.deleted_at IS NULL ORDER BY t.id`,
			func(o *model.Order, c *cursor) { o.Transactions = append(o.Transactions, scanOrderTransaction(c)) })
	}
	if l.want.Has("summary", "storedSummary") {
		l.versioned(b, `SELECT s.order_id, s.totals FROM order_summary s JOIN "order" o ON o.id = s.order_id
WHERE s.order_id = ANY($1) AND s.version `+atVersion+` AND s.deleted_at IS NULL`, func(o *model.Order, c *cursor) {
			s, err := model.ParseOrderSummary(c.json())
			c.fail(err)
			o.Summary = s
		})
	}
	if l.want.Has("firstSummary") {
		l.rows(b, `SELECT DISTINCT ON (s.order_id) s.order_id, s.totals FROM order_summary s WHERE s.order_id = ANY($1) AND s.deleted_at IS NULL
ORDER BY s.order_id, s.version`, func(o *model.Order, c *cursor) { o.FirstSummary = c.json() })
	}
	l.readParties(b)
	l.readPayments(b)
	l.readParcels(b)
	if l.want.Has("promotions") {
		l.readPromotions(b)
	}
	if l.want.Has("returns") {
		l.readReturns(b)
	}
}

func (l *orderLoad) readItems(b *batch, totals bool) {
	want := l.want["items"]
	l.versioned(b, `SELECT d.order_id, `+orderItemDetailColumns+`, `+orderItemColumns+` FROM order_item d JOIN "order" o ON o.id = d.order_id
JOIN order_line_item i ON i.id = d.item_id AND i.deleted_at IS NULL
WHERE d.order_id = ANY($1) AND d.version `+atVersion+` AND d.deleted_at IS NULL ORDER BY i.id`, func(o *model.Order, c *cursor) {
		d := scanOrderItemDetail(c)
		o.Items = append(o.Items, detailed(scanOrderItem(c), d))
	})
	of := `JOIN "order" o ON o.id = d.order_id WHERE d.order_id = ANY($1) AND d.version ` + atVersion + ` AND d.deleted_at IS NULL`
	if totals || wantsTotals(want) || want.Has(itemTotals...) {
		l.readTaxes(b, "item_id", "order_line_item_tax_line", "order_item d ON d.item_id = t.item_id "+of)
		l.readAdjustments(b, "item_id", "a.is_tax_inclusive", "order_line_item_adjustment", "order_item d ON d.item_id = a.item_id AND d.version = a.version "+of)
	}
	if want.Has("product") {
		b.read(`SELECT `+productColumns+` FROM product p WHERE p.deleted_at IS NULL AND p.id IN (SELECT i.product_id FROM order_item d
JOIN order_line_item i ON i.id = d.item_id WHERE d.order_id = ANY($1) AND d.deleted_at IS NULL)`, []any{l.ids}, func(c *cursor) {
			p := scanProduct(c)
			l.products[p.ID] = p
		})
	}
	if want.Has("variant") {
		b.read(`SELECT `+variantColumns+` FROM product_variant pv WHERE pv.deleted_at IS NULL AND pv.id IN (SELECT i.variant_id FROM order_item d
JOIN order_line_item i ON i.id = d.item_id WHERE d.order_id = ANY($1) AND d.deleted_at IS NULL)`, []any{l.ids}, func(c *cursor) {
			v := scanVariant(c)
			l.variants[v.ID] = v
		})
	}
}

// itemTotals are the fields of an order's line, besides those that every line has, that package total fills.
var itemTotals = []string{
	"refundableTotal", "refundableTotalPerUnit", "fulfilledTotal", "shippedTotal", "returnRequestedTotal", "returnReceivedTotal",
	"returnDismissedTotal", "writeOffTotal",
}

// readTaxes queues the tax lines of lines or of shipping methods, which join finds.
func (l *orderLoad) readTaxes(b *batch, on, from, join string) {
	l.versioned(b, `SELECT d.order_id, t.`+on+`, t.raw_rate, `+orderTaxLineColumns+` FROM `+from+` t JOIN `+join+` AND t.deleted_at IS NULL ORDER BY t.id`,
		func(_ *model.Order, c *cursor) {
			id := c.text()
			t := &model.TaxLine{
				RawRate: c.json(), ID: c.text(), Description: c.maybeText(), TaxRateID: c.maybeText(), Code: c.text(), Rate: c.amount(),
				ProviderID: c.maybeText(), Data: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			}
			if t.ItemID = &id; on == "shipping_method_id" {
				t.ItemID, t.ShippingMethodID = nil, &id
			}
			l.taxes[id] = append(l.taxes[id], t)
		})
}

const orderTaxLineColumns = `t.id, t.description, t.tax_rate_id, t.code, coalesce(t.raw_rate->>'value', t.rate::text), t.provider_id, t.data, t.metadata,
t.created_at, t.updated_at`

func (l *orderLoad) readAdjustments(b *batch, on, inclusive, from, join string) {
	l.versioned(b, `SELECT d.order_id, a.`+on+`, `+inclusive+`, a.version, a.id, a.description, a.promotion_id, a.code, coalesce(a.raw_amount->>'value', a.amount::text),
a.raw_amount, a.provider_id, a.created_at, a.updated_at FROM `+from+` a JOIN `+join+` AND a.deleted_at IS NULL ORDER BY a.id`,
		func(_ *model.Order, c *cursor) {
			id := c.text()
			a := &model.Adjustment{
				IsTaxInclusive: c.bool(), Version: c.maybeInt(), ID: c.text(), Description: c.maybeText(), PromotionID: c.maybeText(), Code: c.maybeText(),
				Amount: c.amount(), RawAmount: c.json(), ProviderID: c.maybeText(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			}
			if a.ItemID = &id; on == "shipping_method_id" {
				a.ItemID, a.ShippingMethodID = nil, &id
			}
			l.adjusts[id] = append(l.adjusts[id], a)
		})
}

func (l *orderLoad) readShipping(b *batch, totals bool) {
	of := `JOIN "order" o ON o.id = d.order_id WHERE d.order_id = ANY($1) AND d.version ` + atVersion + ` AND d.deleted_at IS NULL`
	l.versioned(b, `SELECT d.order_id, `+orderShippingDetailColumns+`, `+orderShippingColumns+` FROM order_shipping_method m JOIN order_shipping d ON d.shipping_method_id = m.id `+of+`
AND m.deleted_at IS NULL ORDER BY m.id`, func(o *model.Order, c *cursor) {
		d := scanOrderShippingDetail(c)
		m := scanOrderShipping(c)
		m.Detail, m.OrderID = d, o.ID
		o.ShippingMethods = append(o.ShippingMethods, m)
	})
	if totals || wantsTotals(l.want["shippingMethods"]) || wantsTotals(l.want["shippingDetails"]["shippingMethod"]) {
		l.readTaxes(b, "shipping_method_id", "order_shipping_method_tax_line", "order_shipping d ON d.shipping_method_id = t.shipping_method_id "+of)
		l.readAdjustments(b, "shipping_method_id", "false", "order_shipping_method_adjustment",
			"order_shipping d ON d.shipping_method_id = a.shipping_method_id AND d.version = a.version "+of)
	}
}

// readParties queues who ordered, from which cart, and where to.
func (l *orderLoad) readParties(b *batch) {
	if l.want.Has("customer") {
		l.rows(b, `SELECT o.id, u.id, u.email FROM "order" o JOIN customer u ON u.id = o.customer_id AND u.deleted_at IS NULL WHERE o.id = ANY($1)`,
			func(o *model.Order, c *cursor) { o.Customer = &model.OrderCustomer{ID: c.text(), Email: c.maybeText()} })
	}
	if l.want.Has("cart") {
		l.rows(b, `SELECT l.order_id, c.id FROM order_cart l JOIN cart c ON c.id = l.cart_id AND c.deleted_at IS NULL
WHERE l.order_id = ANY($1) AND l.deleted_at IS NULL`, func(o *model.Order, c *cursor) { o.Cart = &model.OrderCart{ID: c.text()} })
	}
	if !l.want.Has("shippingAddress", "billingAddress") {
		return
	}
	l.rows(b, `SELECT o.id, a.id, a.customer_id, a.company, a.first_name, a.last_name, a.address_1, a.address_2, a.city, a.country_code, a.province,
a.postal_code, a.phone, a.metadata, a.created_at, a.updated_at
FROM "order" o JOIN order_address a ON a.id IN (o.shipping_address_id, o.billing_address_id) AND a.deleted_at IS NULL WHERE o.id = ANY($1)`,
		func(_ *model.Order, c *cursor) {
			a := &model.OrderAddress{
				ID: c.text(), CustomerID: c.maybeText(), Company: c.maybeText(), FirstName: c.maybeText(), LastName: c.maybeText(),
				Address1: c.maybeText(), Address2: c.maybeText(), City: c.maybeText(), CountryCode: c.maybeText(), Province: c.maybeText(),
				PostalCode: c.maybeText(), Phone: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			}
			l.addresses[a.ID] = a
		})
}

func (l *orderLoad) readPromotions(b *batch) {
	l.rows(b, `SELECT l.order_id, `+promotionColumns+`
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
	return d.fillGoods(ctx, l.v, values(l.products), l.want["items"]["product"], values(l.variants), l.want["items"]["variant"])
}
