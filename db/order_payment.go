package db

import (
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// orderPayments are the payments of orders as they are read: by the payment collections they are part of.
type orderPayments struct {
	sessions  map[string][]*model.PaymentSession
	payments  map[string][]*model.OrderPayment
	providers map[string][]*model.PaymentProvider
}

// collectionsOfOrders are the payment collections of the orders that are read.
const collectionsOfOrders = `(SELECT payment_collection_id FROM order_payment_collection WHERE order_id = ANY($1) AND deleted_at IS NULL)`

// readPayments queues how orders are paid. What providers said and were told, which may name the customer, is left empty
// unless the customer is asking.
func (l *orderLoad) readPayments(b *batch) {
	want := l.want[field.PaymentCollections]
	if !l.want.Has(field.PaymentCollections, field.PaymentStatus) {
		return
	}
	l.rows(b, `SELECT l.order_id, `+paymentCollectionTable.list+`
FROM order_payment_collection l JOIN payment_collection p ON p.id = l.payment_collection_id AND p.deleted_at IS NULL
WHERE l.order_id = ANY($1) AND l.deleted_at IS NULL ORDER BY p.id`, func(o *model.Order, c *cursor) {
		p := &model.OrderPaymentCollection{}
		paymentCollectionTable.into(c, &p.PaymentCollection)
		o.PaymentCollections = append(o.PaymentCollections, p)
	})
	l.payments = orderPayments{
		sessions: map[string][]*model.PaymentSession{}, payments: map[string][]*model.OrderPayment{}, providers: map[string][]*model.PaymentProvider{},
	}
	if want.Has(field.PaymentSessions) {
		b.read(`SELECT `+paymentSessionTable.list+`, p.id FROM payment_session s
LEFT JOIN payment p ON p.payment_session_id = s.id AND p.deleted_at IS NULL
WHERE s.payment_collection_id IN `+collectionsOfOrders+` AND s.deleted_at IS NULL ORDER BY s.id`, []any{l.ids}, func(c *cursor) {
			s := scanPaymentSession(c)
			l.payments.sessions[s.PaymentCollectionID] = append(l.payments.sessions[s.PaymentCollectionID], s)
		})
	}
	if want.Has(field.Payments) {
		b.read(`SELECT `+paymentTable.list+` FROM payment p
WHERE p.payment_collection_id IN `+collectionsOfOrders+` AND p.deleted_at IS NULL ORDER BY p.id`, []any{l.ids}, func(c *cursor) {
			p := paymentTable.scan(c)
			p.PaymentSession = &model.OrderPaymentSession{ID: p.PaymentSessionID}
			l.payments.payments[p.PaymentCollectionID] = append(l.payments.payments[p.PaymentCollectionID], p)
		})
	}
	if want.Has(field.PaymentProviders) {
		b.read(`SELECT l.payment_collection_id, `+paymentProviderTable.list+` FROM payment_collection_payment_providers l
JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL
WHERE l.payment_collection_id IN `+collectionsOfOrders+` ORDER BY p.id`, []any{l.ids}, func(c *cursor) {
			id := c.text()
			l.payments.providers[id] = append(l.payments.providers[id], paymentProviderTable.scan(c))
		})
	}
}

// stitchPayments puts the payments of an order together.
func (l *orderLoad) stitchPayments(o *model.Order) {
	own := l.v.CustomerID != "" && value(o.CustomerID) == l.v.CustomerID
	for _, c := range o.PaymentCollections {
		c.PaymentSessions, c.Payments, c.PaymentProviders = l.payments.sessions[c.ID], l.payments.payments[c.ID], l.payments.providers[c.ID]
		if own {
			continue
		}
		for _, s := range c.PaymentSessions {
			s.Data, s.Context = model.JSON("{}"), model.JSON("{}")
		}
		for _, p := range c.Payments {
			p.Data = model.JSON("{}")
		}
	}
}
