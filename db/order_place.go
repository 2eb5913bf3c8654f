package db

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/storegraph/storegraph/model"
)

// An OrderPlacement is a cart that becomes an order.
type OrderPlacement struct {
	Cart         *model.Cart // with everything in it and its totals
	OrderID      string
	LineIDs      map[string]string // of the order's lines, by the ids of the cart's
	Reservations []model.Reservation
	Captured     []model.OrderCapture // what has been paid already
}

// Order adds the writes of an order, as the reference writes it: with its lines, addresses, taxes, discounts, shipping, payments and
// reservations, and its cart completed. The stock levels of the reservations must be locked.
func (w *Writes) Order(p *OrderPlacement) {
	c := p.Cart
	o := &model.Order{
		ID: p.OrderID, RegionID: c.RegionID, CustomerID: c.CustomerID, Version: 1, SalesChannelID: c.SalesChannelID, Status: model.OrderStatusPending,
		Email: c.Email, CurrencyCode: c.CurrencyCode, Locale: c.Locale, NoNotification: new(bool), Metadata: c.Metadata, CreatedAt: w.at(), UpdatedAt: w.at(),
	}
	var addresses []*model.OrderAddress
	for _, a := range []struct {
		of   *model.CartAddress
		into **string
	}{{c.ShippingAddress, &o.ShippingAddressID}, {c.BillingAddress, &o.BillingAddressID}} {
		if a.of != nil {
			address := model.OrderAddress(*a.of)
			address.ID = w.id("ordaddr")
			addresses = append(addresses, &address)
			*a.into = &address.ID
		}
	}
	insertInto(w, orderAddressTable, addresses...)
	insertInto(w, newOrderTable, o)
	w.orderSummary(p)
	w.orderLines(p)
	w.orderShipping(p)
	w.orderMoney(p)
	w.reserve(p)
	w.orderLinks(p)
	w.exec(`UPDATE cart SET completed_at = ?, updated_at = ? WHERE id = ?`, w.now, w.now, c.ID)
}

// orderSummary writes what the order costs and how much of it is still to be paid.
func (w *Writes) orderSummary(p *OrderPlacement) {
	var paid, credit model.Amount
	for _, t := range p.Captured {
		paid = paid.Plus(t.Amount)
	}
	for _, l := range p.Cart.CreditLines {
		credit = credit.Plus(l.Amount)
	}
	total := p.Cart.Total
	totals := map[string]json.RawMessage{}
	for name, a := range map[string]model.Amount{
		"paid_total": paid, "refunded_total": {}, "accounting_total": total, "credit_line_total": credit, "transaction_total": paid,
		"pending_difference": total.Minus(paid), "current_order_total": total, "original_order_total": total,
	} {
		totals[name] = json.RawMessage(a.Column())
		totals["raw_"+name] = json.RawMessage(a.Raw())
	}
	text, err := json.Marshal(totals)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.exec(`INSERT INTO order_summary (id, order_id, version, totals, created_at, updated_at) VALUES (?, ?, 1, ?, ?, ?)`,
		w.id("ordsum"), p.OrderID, string(text), w.now, w.now)
}

func (w *Writes) orderLines(p *OrderPlacement) {
	var lines []*model.OrderItem
	var details []*model.OrderItemDetail
	var taxes []*model.TaxLine
	var adjustments []*model.Adjustment
	for _, i := range p.Cart.Items {
		id := p.LineIDs[i.ID]
		lines = append(lines, &model.OrderItem{
			ID: id, Title: i.Title, Subtitle: i.Subtitle, Thumbnail: i.Thumbnail, VariantID: i.VariantID, ProductID: i.ProductID,
			ProductTitle: i.ProductTitle, ProductDescription: i.ProductDescription, ProductSubtitle: i.ProductSubtitle, ProductType: i.ProductType,
			ProductTypeID: i.ProductTypeID, ProductCollection: i.ProductCollection, ProductHandle: i.ProductHandle, VariantSku: i.VariantSku,
			VariantBarcode: i.VariantBarcode, VariantTitle: i.VariantTitle, VariantOptionValues: i.VariantOptionValues,
			RequiresShipping: i.RequiresShipping, IsGiftcard: i.IsGiftcard, IsDiscountable: i.IsDiscountable, IsTaxInclusive: i.IsTaxInclusive,
			IsCustomPrice: i.IsCustomPrice, CompareAtUnitPrice: i.CompareAtUnitPrice, UnitPrice: i.UnitPrice, Metadata: i.Metadata,
			CreatedAt: w.at(), UpdatedAt: w.at(),
		})
		details = append(details, &model.OrderItemDetail{
			ID: w.id("orditem"), OrderID: p.OrderID, Version: 1, ItemID: id, Quantity: model.NewAmount(int64(i.Quantity)), Metadata: i.Metadata,
			CreatedAt: w.at(), UpdatedAt: w.at(),
		})
		for _, t := range i.TaxLines {
			tax := w.orderTax("ordlitxl", t)
			tax.ItemID = &id
			taxes = append(taxes, tax)
		}
		for _, a := range i.Adjustments {
			adjustment := w.orderAdjustment("ordliadj", a)
			adjustment.ItemID = &id
			adjustments = append(adjustments, adjustment)
		}
	}
	insertInto(w, orderItemTable, lines...)
	insertInto(w, orderDetailTable, details...)
	insertInto(w, orderTaxTables[ofItem], taxes...)
	insertInto(w, orderAdjustmentTables[ofItem], adjustments...)
}

// orderTax is a tax of the cart as the order has it.
func (w *Writes) orderTax(prefix string, t *model.TaxLine) *model.TaxLine {
	return &model.TaxLine{
		ID: w.id(prefix), Description: t.Description, TaxRateID: t.TaxRateID, Code: t.Code, Rate: t.Rate, ProviderID: t.ProviderID,
		CreatedAt: w.at(), UpdatedAt: w.at(),
	}
}

// orderAdjustment is what is taken off the cart as the order has it. The reference copies the double, so the order's exact twin
// has its digits, not the cart's.
func (w *Writes) orderAdjustment(prefix string, a *model.Adjustment) *model.Adjustment {
	version := 1
	return &model.Adjustment{
		ID: w.id(prefix), Description: a.Description, PromotionID: a.PromotionID, Code: a.Code, Amount: model.MustAmount(a.Amount.Column()),
		ProviderID: a.ProviderID, IsTaxInclusive: a.IsTaxInclusive, Version: &version, CreatedAt: w.at(), UpdatedAt: w.at(),
	}
}

func (w *Writes) orderShipping(p *OrderPlacement) {
	var methods []*model.OrderShippingMethod
	var details []*model.OrderShippingDetail
	var taxes []*model.TaxLine
	var adjustments []*model.Adjustment
	for _, m := range p.Cart.ShippingMethods {
		id := w.id("ordsm")
		methods = append(methods, &model.OrderShippingMethod{
			ID: id, Name: m.Name, Description: m.Description, Amount: m.Amount, IsTaxInclusive: m.IsTaxInclusive, ShippingOptionID: m.ShippingOptionID,
			Data: m.Data, Metadata: m.Metadata, CreatedAt: w.at(), UpdatedAt: w.at(),
		})
		details = append(details, &model.OrderShippingDetail{
			ID: w.id("ordspmv"), OrderID: p.OrderID, Version: 1, ShippingMethodID: id, CreatedAt: w.at(), UpdatedAt: w.at(),
		})
		for _, t := range m.TaxLines {
			tax := w.orderTax("ordsmtxl", t)
			tax.ShippingMethodID = &id
			taxes = append(taxes, tax)
		}
		for _, a := range m.Adjustments {
			adjustment := w.orderAdjustment("ordsmadj", a)
			adjustment.ShippingMethodID = &id
			adjustments = append(adjustments, adjustment)
		}
	}
	insertInto(w, orderMethodTable, methods...)
	insertInto(w, orderShippingTable, details...)
	insertInto(w, orderTaxTables[ofShippingMethod], taxes...)
	insertInto(w, orderAdjustmentTables[ofShippingMethod], adjustments...)
}

// orderMoney writes the credit that pays for the order, and what has been captured.
func (w *Writes) orderMoney(p *OrderPlacement) {
	var credit []*model.OrderCreditLine
	for _, l := range p.Cart.CreditLines {
		credit = append(credit, &model.OrderCreditLine{
			ID: w.id("ordcl"), OrderID: p.OrderID, Version: 1, Reference: l.Reference, ReferenceID: l.ReferenceID, Amount: l.Amount, Metadata: l.Metadata,
			CreatedAt: w.at(), UpdatedAt: w.at(),
		})
	}
	insertInto(w, orderCreditTable, credit...)
	var transactions []*model.OrderTransaction
	reference := "capture"
	for _, t := range p.Captured {
		transactions = append(transactions, &model.OrderTransaction{
			ID: w.id("ordtrx"), OrderID: p.OrderID, Version: 1, Amount: t.Amount, CurrencyCode: p.Cart.CurrencyCode, Reference: &reference, ReferenceID: &t.ID,
			CreatedAt: w.at(), UpdatedAt: w.at(),
		})
	}
	insertInto(w, orderTransactionTable, transactions...)
}

// A reservationRow is a row of reservation_item.
type reservationRow struct {
	ID, LineItemID, LocationID string
	Quantity                   model.Amount
	RawQuantity                model.JSON
	InventoryItemID            string
	AllowBackorder             bool
	CreatedAt, UpdatedAt       model.Time
}

var reservationTable = tableOf[reservationRow]("reservation_item", "r")

// reserve promises stock. The levels are locked.
func (w *Writes) reserve(p *OrderPlacement) {
	var rows []*reservationRow
	var events []any
	for _, r := range p.Reservations {
		id := w.id("resitem")
		events = append(events, map[string]string{"id": id, "order_id": p.OrderID})
		rows = append(rows, &reservationRow{
			ID: id, LineItemID: r.LineID, LocationID: r.LocationID, Quantity: r.Quantity, InventoryItemID: r.InventoryItemID,
			AllowBackorder: r.Backorder, CreatedAt: w.at(), UpdatedAt: w.at(),
		})
	}
	insertInto(w, reservationTable, rows...)
	w.Event("reservation-item.created", events...)
	w.reserved(p.Reservations)
}

// A reservedRow is how much more of a stock level is promised.
type reservedRow struct {
	ID       string
	Quantity string `bun:",type:numeric"`
}

// reserved raises what is promised of the stock levels. Several lines may take of one level, which an update sees once.
func (w *Writes) reserved(promised []model.Reservation) {
	sums := map[string]model.Amount{}
	for _, r := range promised {
		sums[r.LevelID] = sums[r.LevelID].Plus(r.Quantity)
	}
	if len(sums) == 0 {
		return
	}
	var rows []*reservedRow
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		rows = append(rows, &reservedRow{ID: id, Quantity: sums[id].String()})
	}
	fieldsOf(reflect.TypeFor[reservedRow]())
	w.build(w.d.bun.NewUpdate().With("v", w.d.bun.NewValues(&rows)).TableExpr("inventory_level AS l").TableExpr("v").
		Set("reserved_quantity = l.reserved_quantity + v.quantity").Set("updated_at = ?", w.now).
		Set(`raw_reserved_quantity = jsonb_build_object('value',
trim_scale(coalesce((l.raw_reserved_quantity->>'value')::numeric, l.reserved_quantity) + v.quantity)::text, 'precision', 20)`).
		Where("l.id = v.id"))
}

// orderLinks links the order with its cart, its promotions and its payment collection.
func (w *Writes) orderLinks(p *OrderPlacement) {
	w.exec(`INSERT INTO order_cart (order_id, cart_id, id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`, p.OrderID, p.Cart.ID, w.id("ordercart"), w.now, w.now)
	var promotions []*orderPromotionLink
	for _, l := range p.Cart.Promotions {
		promotions = append(promotions, &orderPromotionLink{OrderID: p.OrderID, PromotionID: l.ID, ID: w.id("orderpromo"), CreatedAt: w.at(), UpdatedAt: w.at()})
	}
	insertInto(w, orderPromotionTable, promotions...)
	if c := p.Cart.PaymentCollection; c != nil {
		w.exec(`INSERT INTO order_payment_collection (order_id, payment_collection_id, id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
			p.OrderID, c.ID, w.id("ordpay"), w.now, w.now)
	}
}

// An orderPromotionLink says that an order used a promotion.
type orderPromotionLink struct {
	OrderID, PromotionID, ID string
	CreatedAt, UpdatedAt     model.Time
}

var orderPromotionTable = tableOf[orderPromotionLink]("order_promotion", "l")
