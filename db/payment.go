package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

const paymentOfSession = `LEFT JOIN payment p ON p.payment_session_id = s.id AND p.deleted_at IS NULL`

// scanPaymentSession reads a session and the id of its payment.
func scanPaymentSession(c *cursor) *model.PaymentSession {
	s := paymentSessionTable.scan(c)
	if id := c.maybeText(); id != nil {
		s.Payment = &model.SessionPayment{ID: *id}
	}
	return s
}

// PaymentCollection returns the payment collection with this id. Whoever has the id can see it.
func (d DB) PaymentCollection(ctx context.Context, v *Viewer, id string, want Want) (*model.PaymentCollection, error) {
	var out *model.PaymentCollection
	var sessions []*model.PaymentSession
	var providers []*model.PaymentProvider
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		out, sessions, providers = nil, nil, nil
		b.read(`SELECT `+paymentCollectionTable.list+` FROM payment_collection p WHERE p.id = $1 AND p.deleted_at IS NULL`, []any{id},
			func(c *cursor) { out = paymentCollectionTable.scan(c) })
		if want.Has(field.PaymentSessions) {
			b.read(`SELECT `+paymentSessionTable.list+`, p.id FROM payment_session s `+paymentOfSession+`
WHERE s.payment_collection_id = $1 AND s.deleted_at IS NULL ORDER BY s.id`, []any{id}, func(c *cursor) { sessions = append(sessions, scanPaymentSession(c)) })
		}
		if want.Has(field.PaymentProviders) {
			b.read(`SELECT `+paymentProviderTable.list+` FROM payment_collection_payment_providers l
JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL WHERE l.payment_collection_id = $1 ORDER BY p.id`, []any{id},
				func(c *cursor) { providers = append(providers, paymentProviderTable.scan(c)) })
		}
	})
	switch {
	case err != nil:
		return nil, err
	case out == nil:
		return nil, errNoCollection(id)
	}
	out.PaymentSessions, out.PaymentProviders = sessions, providers
	return out, nil
}

func errNoCollection(id string) error {
	return model.NotFound.Because(model.UserErrorCodeNotFound, "paymentCollectionId").Errorf("Payment collection with id: %s was not found", id)
}

// PaymentCollectionOfCart returns the id of the payment collection of a cart, or an empty text.
func (d DB) PaymentCollectionOfCart(ctx context.Context, cart string) (string, error) {
	ids, err := d.Texts(ctx, `SELECT p.id FROM cart_payment_collection l
JOIN payment_collection p ON p.id = l.payment_collection_id AND p.deleted_at IS NULL
WHERE l.cart_id = $1 AND l.deleted_at IS NULL ORDER BY l.created_at DESC LIMIT 1`, cart)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// PaymentCollection adds the writes of a new payment collection over the total of a cart, which must be locked and have none. The
// cart has it then.
func (w *Writes) PaymentCollection(cart *model.Cart) {
	p := &model.PaymentCollection{
		ID: w.id("pay_col"), CurrencyCode: cart.CurrencyCode, Amount: cart.Total, Status: "not_paid", CreatedAt: w.at(), UpdatedAt: w.at(),
	}
	insertInto(w, paymentCollectionTable, p)
	w.exec(`INSERT INTO cart_payment_collection (cart_id, payment_collection_id, id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
		cart.ID, p.ID, w.id("capaycol"), w.now, w.now)
	cart.PaymentCollection = p
}

// FollowTotal adds what makes the payment collection of a cart, which must be locked, follow the cart's total and currency. If
// these have changed its sessions are void: their rows are deleted, and what their providers have to be told is noted.
func (w *Writes) FollowTotal(cart *model.Cart) {
	p := cart.PaymentCollection
	if p == nil || p.Amount.Same(cart.Total) && p.CurrencyCode == cart.CurrencyCode {
		return
	}
	p.Amount, p.RawAmount, p.CurrencyCode, p.UpdatedAt, p.PaymentSessions = cart.Total, cart.Total.Raw(), cart.CurrencyCode, w.at(), nil
	w.exec(`UPDATE payment_collection SET amount = ?, raw_amount = ?, currency_code = ?, updated_at = ? WHERE id = ?`,
		p.Amount.Column(), string(p.RawAmount), p.CurrencyCode, w.now, p.ID)
	w.voidSessions(p.ID) // after the collection, as everywhere: a collection is locked before its sessions, and these before their tasks
}

// voidSessions adds that all sessions of a payment collection are deleted, and voided at their providers, but at the system's,
// which keeps nothing.
func (w *Writes) voidSessions(collection string) {
	w.exec(`WITH gone AS (DELETE FROM payment_session WHERE payment_collection_id = ? RETURNING *)
INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at, trace)
SELECT 'ptask_' || id, 'void', provider_id, id, jsonb_build_object('data', data, 'amount', coalesce(raw_amount->>'value', amount::text), 'currency', currency_code),
?::timestamptz, ?::timestamptz, nullif(?, '') FROM gone WHERE NOT starts_with(provider_id, ?) AND status <> 'canceled' ON CONFLICT (id) DO NOTHING`,
		collection, w.now, w.now, w.d.cause, model.SystemPaymentPrefix)
}

// A PaymentBasis is what a new session of a payment collection is made of.
type PaymentBasis struct {
	Collection *model.PaymentCollection
	Offered    bool // by the cart's region, where there is a cart that is not completed
	RegionID   string
	CartID     string
	Begun      []string // the providers of its sessions
	Paid       bool     // there is a payment that is not cancelled

	Customer *model.PayingCustomer // who pays; nil for a guest
	Holder   *AccountHolder        // the customer at the provider; nil if they are not known there
}

// An AccountHolder is a customer at a payment provider.
type AccountHolder struct {
	ID         string
	ExternalID string     // at the provider
	Data       model.JSON // what the provider told of them
	JSON       model.JSON // the row, as payment sessions keep it
}

// shownTime is the SQL of a time as JavaScript writes it.
func shownTime(column string) string {
	return `to_char(` + column + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

var (
	holderJSON = `jsonb_build_object('id', h.id, 'provider_id', h.provider_id, 'external_id', h.external_id, 'email', h.email, 'data', h.data,
'metadata', h.metadata, 'created_at', ` + shownTime("h.created_at") + `, 'updated_at', ` + shownTime("h.updated_at") + `, 'deleted_at', NULL)`
	addressJSON = `jsonb_build_object('id', a.id, 'address_name', a.address_name, 'is_default_shipping', a.is_default_shipping,
'is_default_billing', a.is_default_billing, 'company', a.company, 'first_name', a.first_name, 'last_name', a.last_name, 'address_1', a.address_1,
'address_2', a.address_2, 'city', a.city, 'country_code', a.country_code, 'province', a.province, 'postal_code', a.postal_code, 'phone', a.phone,
'metadata', a.metadata, 'customer_id', a.customer_id, 'created_at', ` + shownTime("a.created_at") + `, 'updated_at', ` + shownTime("a.updated_at") + `,
'deleted_at', NULL)`
	payingCustomer = `SELECT c.id, c.email, c.company_name, c.first_name, c.last_name, c.phone,
jsonb_build_object('id', c.id, 'email', c.email, 'company_name', c.company_name, 'first_name', c.first_name, 'last_name', c.last_name,
'phone', c.phone, 'metadata', c.metadata,
'addresses', coalesce((SELECT jsonb_agg(` + addressJSON + ` ORDER BY a.id) FROM customer_address a WHERE a.customer_id = c.id AND a.deleted_at IS NULL), '[]'),
'account_holders', coalesce((SELECT jsonb_agg(` + holderJSON + ` ORDER BY h.id) FROM customer_account_holder l
 JOIN account_holder h ON h.id = l.account_holder_id AND h.deleted_at IS NULL WHERE l.customer_id = c.id AND l.deleted_at IS NULL), '[]'))
|| coalesce((SELECT jsonb_build_object('billing_address', ` + addressJSON + `) FROM customer_address a
 WHERE a.customer_id = c.id AND a.deleted_at IS NULL ORDER BY a.is_default_billing DESC, a.id LIMIT 1), '{}')
FROM customer c WHERE c.id = $1 AND c.deleted_at IS NULL`
	holderOfCustomer = `SELECT h.id, h.external_id, h.data, ` + holderJSON + ` FROM customer_account_holder l
JOIN account_holder h ON h.id = l.account_holder_id AND h.provider_id = $2 AND h.deleted_at IS NULL
WHERE l.customer_id = $1 AND l.deleted_at IS NULL ORDER BY h.id LIMIT 1`
)

// PaymentBasis reads what a new session of a collection is made of, by a provider and for a customer, or for a guest without
// an id.
func (d DB) PaymentBasis(ctx context.Context, collection, provider, customer string) (*PaymentBasis, error) {
	var out PaymentBasis
	var billing *model.CustomerAddress
	err := d.run(ctx, func(b *batch) {
		out, billing = PaymentBasis{Offered: true}, nil
		b.read(`SELECT `+paymentCollectionTable.list+`, EXISTS (SELECT FROM payment y WHERE y.payment_collection_id = p.id AND y.canceled_at IS NULL AND y.deleted_at IS NULL)
FROM payment_collection p WHERE p.id = $1 AND p.deleted_at IS NULL`, []any{collection},
			func(c *cursor) { out.Collection, out.Paid = paymentCollectionTable.scan(c), c.bool() })
		b.read(`SELECT c.id, c.region_id, EXISTS (SELECT FROM region_payment_provider r JOIN payment_provider p ON p.id = r.payment_provider_id AND p.deleted_at IS NULL
 JOIN region g ON g.id = r.region_id AND g.deleted_at IS NULL WHERE r.region_id = c.region_id AND r.payment_provider_id = $2 AND r.deleted_at IS NULL)
FROM cart_payment_collection l JOIN cart c ON c.id = l.cart_id AND c.region_id IS NOT NULL AND c.completed_at IS NULL AND c.deleted_at IS NULL
WHERE l.payment_collection_id = $1 AND l.deleted_at IS NULL`, []any{collection, provider}, func(c *cursor) { out.CartID, out.RegionID, out.Offered = c.text(), c.text(), c.bool() })
		b.read(`SELECT provider_id FROM payment_session WHERE payment_collection_id = $1 AND deleted_at IS NULL`, []any{collection},
			func(c *cursor) { out.Begun = append(out.Begun, c.text()) })
		if customer == "" {
			return
		}
		b.read(payingCustomer, []any{customer}, func(c *cursor) {
			out.Customer = &model.PayingCustomer{
				ID: c.text(), Email: c.maybeText(), CompanyName: c.maybeText(), FirstName: c.maybeText(), LastName: c.maybeText(), Phone: c.maybeText(),
				JSON: c.json(),
			}
		})
		b.read(`SELECT `+customerAddressTable.list+` FROM customer_address WHERE customer_id = $1 AND deleted_at IS NULL ORDER BY is_default_billing DESC, id LIMIT 1`,
			[]any{customer}, func(c *cursor) { billing = customerAddressTable.scan(c) })
		b.read(holderOfCustomer, []any{customer, provider}, func(c *cursor) { out.Holder = scanHolder(c) })
	})
	switch {
	case err != nil:
		return nil, err
	case out.Collection == nil:
		return nil, errNoCollection(collection)
	}
	if out.Customer != nil {
		out.Customer.Billing = billing
	}
	return &out, nil
}

func scanHolder(c *cursor) *AccountHolder {
	return &AccountHolder{ID: c.text(), ExternalID: c.text(), Data: c.json(), JSON: c.json()}
}

// AccountHolder returns who a customer is at a payment provider; nil if they are not known there.
func (d DB) AccountHolder(ctx context.Context, customer, provider string) (*AccountHolder, error) {
	var out *AccountHolder
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(holderOfCustomer, []any{customer, provider}, func(c *cursor) { out = scanHolder(c) })
	})
	return out, err
}

// SaveAccountHolder notes who a customer is at a payment provider, and returns that. Of several at once one is kept.
func (d DB) SaveAccountHolder(ctx context.Context, c *model.PayingCustomer, provider, externalID string, data model.JSON, now time.Time) (*AccountHolder, error) {
	if len(data) == 0 {
		data = model.JSON("{}")
	}
	w := d.Writes(now)
	w.exec(`INSERT INTO account_holder (id, provider_id, external_id, email, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (provider_id, external_id) WHERE deleted_at IS NULL DO NOTHING`, model.NewID("acchld", now), provider, externalID, c.Email, string(data), now, now)
	w.exec(`INSERT INTO customer_account_holder (customer_id, account_holder_id, id, created_at, updated_at)
SELECT ?, id, ?, ?::timestamptz, ?::timestamptz FROM account_holder WHERE provider_id = ? AND external_id = ? AND deleted_at IS NULL
ON CONFLICT (customer_id, account_holder_id) DO UPDATE SET deleted_at = NULL`, c.ID, model.NewID("custacchldr", now), now, now, provider, externalID)
	if err := w.Send(ctx); err != nil {
		return nil, err
	}
	out, err := d.AccountHolder(ctx, c.ID, provider)
	if err == nil && out == nil {
		err = model.NotFound.Errorf("Customer with id: %s was not found", c.ID)
	}
	return out, err
}

// ReplacePaymentSession makes s the only session of its collection, which may be a cart's. The others are deleted, and voided at their providers. It
// fails with Conflict, and changes nothing, if the collection has another amount or currency by now, and with NotAllowed if
// it has been paid.
func (d DB) ReplacePaymentSession(ctx context.Context, cart string, s *model.PaymentSession, now time.Time) error {
	var due *model.Amount
	var currency string
	paid := false
	var m *medusaLock
	err := d.run(ctx, func(b *batch) {
		if cart != "" {
			m = d.lockMedusa(b, cart)
		}
		b.read(`SELECT coalesce(raw_amount->>'value', amount::text), currency_code FROM payment_collection
WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`, []any{s.PaymentCollectionID}, func(c *cursor) { due, currency = c.maybeAmount(), c.text() })
		b.read(`SELECT FROM payment WHERE payment_collection_id = $1 AND canceled_at IS NULL AND deleted_at IS NULL LIMIT 1`,
			[]any{s.PaymentCollectionID}, func(*cursor) { paid = true })
	})
	switch err := m.err(err); {
	case err != nil:
		return err
	case due == nil:
		return errNoCollection(s.PaymentCollectionID)
	case !due.Same(s.Amount) || currency != s.CurrencyCode:
		return model.Conflict.Errorf("The payment collection %s has changed", s.PaymentCollectionID)
	case paid:
		return ErrPaid
	}
	w := d.Writes(now)
	w.voidSessions(s.PaymentCollectionID)
	s.Metadata, s.CreatedAt, s.UpdatedAt = model.JSON("{}"), w.at(), w.at()
	insertInto(w, paymentSessionTable, s)
	return w.Send(ctx)
}

// ErrPaid says that a payment collection has been paid, so that there is nothing more to choose.
var ErrPaid error = &model.Error{Kind: model.NotAllowed, Reason: model.UserErrorCodePaymentDone, Message: "It has been paid already"}

// PaymentSession returns the session with this id, with its payment's id if it has one.
func (d DB) PaymentSession(ctx context.Context, id string) (*model.PaymentSession, error) {
	var out *model.PaymentSession
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT `+paymentSessionTable.list+`, p.id FROM payment_session s `+paymentOfSession+` WHERE s.id = $1 AND s.deleted_at IS NULL`, []any{id},
			func(c *cursor) { out = scanPaymentSession(c) })
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("Payment session with id: %s was not found", id)
	}
	return out, err
}

// UpdatePaymentSession notes how a session stands.
func (d DB) UpdatePaymentSession(ctx context.Context, id string, status model.PaymentStatus, data model.JSON, now time.Time) error {
	if len(data) == 0 {
		return d.write(ctx, `UPDATE payment_session SET status = ?, updated_at = ? WHERE id = ?`, string(status), now, id)
	}
	return d.write(ctx, `UPDATE payment_session SET status = ?, data = ?, updated_at = ? WHERE id = ?`, string(status), string(data), now, id)
}

// A PaymentState is how a payment collection and one of its sessions stand, locked until the transaction ends.
type PaymentState struct {
	session       *model.PaymentSession
	live          bool                 // the session still exists
	held          bool                 // HoldPayment's hold is there and has not been let go
	payment       *model.PaymentRecord // of the session; nil if there is none
	captures      []model.OrderCapture // of that payment
	amount        model.Amount         // of the collection
	digits        int                  // of its currency
	sessions      int                  // that it has
	authorized    model.Amount         // by its other sessions
	authorizedNow bool                 // by this one
	captured      model.Amount         // of all its payments
	refunded      model.Amount
}

// lockPayment queues the lock of a session's payment collection and then of the session, and how they stand; also whether the hold
// of a session that was held is still there.
func lockPayment(b *batch, s *model.PaymentSession, held bool) *PaymentState {
	p := &PaymentState{session: s}
	b.read(`SELECT FROM payment_collection WHERE id = $1 FOR UPDATE`, []any{s.PaymentCollectionID}, func(*cursor) {})
	b.read(`SELECT FROM payment_session WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`, []any{s.ID}, func(*cursor) { p.live = true })
	if held {
		b.read(`SELECT FROM storegraph.payment_task WHERE kind = 'release' AND session_id = $1 AND attempts = 0 FOR UPDATE`, []any{s.ID},
			func(*cursor) { p.held = true })
	}
	b.read(`SELECT `+paymentRecordTable.list+`, `+captureTable.list+` FROM payment p LEFT JOIN capture c ON c.payment_id = p.id AND c.deleted_at IS NULL
WHERE p.payment_session_id = $1 AND p.deleted_at IS NULL ORDER BY c.id`, []any{s.ID}, func(c *cursor) {
		p.payment = paymentRecordTable.scan(c)
		if capture := captureTable.scan(c); capture.ID != "" {
			p.captures = append(p.captures, *capture)
		}
	})
	b.read(collectionSums, []any{s.PaymentCollectionID, s.ID}, func(c *cursor) {
		p.amount, p.sessions, p.authorized, p.authorizedNow = c.amount(), c.int(), c.amount(), c.bool()
		p.captured, p.refunded, p.digits = c.amount(), c.amount(), c.int()
	})
	return p
}

// collectionSums are the amount of the payment collection $1, how many sessions it has, what sessions but $2 have authorised and
// whether that one has, what has been captured and refunded, and the digits of its currency.
const collectionSums = `SELECT coalesce(p.raw_amount->>'value', p.amount::text),
(SELECT count(*) FROM payment_session s WHERE s.payment_collection_id = p.id AND s.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((s.raw_amount->>'value')::numeric, s.amount)), 0)::text FROM payment_session s
 WHERE s.payment_collection_id = p.id AND s.status = 'authorized' AND s.id <> $2 AND s.deleted_at IS NULL),
EXISTS (SELECT FROM payment_session s WHERE s.id = $2 AND s.status = 'authorized' AND s.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((c.raw_amount->>'value')::numeric, c.amount)), 0)::text FROM payment y
 JOIN capture c ON c.payment_id = y.id AND c.deleted_at IS NULL WHERE y.payment_collection_id = p.id AND y.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((r.raw_amount->>'value')::numeric, r.amount)), 0)::text FROM payment y
 JOIN refund r ON r.payment_id = y.id AND r.deleted_at IS NULL WHERE y.payment_collection_id = p.id AND y.deleted_at IS NULL),
coalesce((SELECT decimal_digits FROM currency WHERE code = p.currency_code AND deleted_at IS NULL), 2)
FROM payment_collection p WHERE p.id = $1`

// LockPayment keeps others from changing a session and its collection until the transaction ends, and returns how they stand. held
// says that HoldPayment held the session.
func (d DB) LockPayment(ctx context.Context, s *model.PaymentSession, held bool) (*PaymentState, error) {
	var out *PaymentState
	err := d.run(ctx, func(b *batch) { out = lockPayment(b, s, held) })
	return out, err
}

// Payment adds the writes of a payment: that its session is authorised, and captured if taken is given, and how its collection
// stands then. It is for the transaction that makes an order of the session's cart: if that rolls back, nothing of it stays. It
// returns what has been captured.
//
// held is true if the session was held by HoldPayment before its provider was asked. It fails with Conflict if the payment
// has been let go meanwhile. A session that has its payment already keeps it.
func (w *Writes) Payment(p *PaymentState, data model.JSON, taken *model.Amount, held bool) ([]model.OrderCapture, error) {
	s := p.session
	if !p.live || held && !p.held {
		return nil, errVoided
	}
	if held {
		w.exec(`DELETE FROM storegraph.payment_task WHERE kind = 'release' AND session_id = ?`, s.ID)
	}
	if p.payment != nil {
		return p.captures, nil
	}
	record := &model.OrderPayment{
		ID: w.id("pay"), CurrencyCode: s.CurrencyCode, Amount: s.Amount, ProviderID: s.ProviderID, Data: data, PaymentCollectionID: s.PaymentCollectionID,
		PaymentSessionID: s.ID, CreatedAt: w.at(), UpdatedAt: w.at(),
	}
	w.exec(`UPDATE payment_session SET status = 'authorized', data = ?, authorized_at = coalesce(authorized_at, ?), updated_at = ? WHERE id = ?`,
		string(data), w.now, w.now, s.ID)
	p.authorizedNow = true
	if taken != nil && taken.Exceeds(model.Nothing) {
		p.captures = append(p.captures, model.OrderCapture{ID: w.id("capt"), Amount: model.Least(*taken, s.Amount)})
		if at := w.at(); !s.Amount.Exceeds(*taken) {
			record.CapturedAt = &at
		}
	}
	insertInto(w, paymentTable, record)
	for _, c := range p.captures {
		w.capture(record.ID, c)
		p.captured = p.captured.Plus(c.Amount)
	}
	w.settle(p)
	return p.captures, nil
}

// capture adds the row of what was captured of a payment.
func (w *Writes) capture(payment string, c model.OrderCapture) {
	w.exec(`INSERT INTO capture (id, amount, raw_amount, payment_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
		c.ID, c.Amount.Column(), string(c.Amount.Raw()), payment, w.now, w.now)
}

// settle adds that the sums and the status of a payment collection follow its sessions and payments.
func (w *Writes) settle(p *PaymentState) {
	authorized := p.authorized
	if p.authorizedNow {
		authorized = authorized.Plus(p.session.Amount)
	}
	status := model.CollectionStatus(p.amount, authorized, p.captured, p.digits, p.sessions > 0)
	var completed *time.Time
	if status == "completed" {
		completed = &w.now
	}
	w.exec(`UPDATE payment_collection SET status = ?, completed_at = coalesce(?::timestamptz, completed_at), authorized_amount = ?, raw_authorized_amount = ?,
captured_amount = ?, raw_captured_amount = ?, refunded_amount = ?, raw_refunded_amount = ?, updated_at = ? WHERE id = ?`,
		status, completed, authorized.Column(), string(authorized.Raw()), p.captured.Column(), string(p.captured.Raw()),
		p.refunded.Column(), string(p.refunded.Raw()), w.now, p.session.PaymentCollectionID)
}

var errVoided = model.Conflict.Because(model.UserErrorCodePaymentFailed).Errorf("The payment has been voided; choose again how to pay")

// RecordCapture writes down that money of a session's payment was taken, up to what is still to be taken of it, and makes its
// collection and its order follow. It does nothing if there is no payment, or if it was cancelled.
func (d DB) RecordCapture(ctx context.Context, s *model.PaymentSession, amount model.Amount, now time.Time) error {
	var state *PaymentState
	var orders []paidOrder
	err := d.run(ctx, func(b *batch) {
		state, orders = lockPayment(b, s, false), nil
		b.read(`SELECT o.id, o.version, s.id, s.totals FROM order_payment_collection l
JOIN "order" o ON o.id = l.order_id AND o.deleted_at IS NULL
JOIN order_summary s ON s.order_id = o.id AND s.version = o.version AND s.deleted_at IS NULL
WHERE l.payment_collection_id = $1 AND l.deleted_at IS NULL FOR UPDATE OF s`, []any{s.PaymentCollectionID}, func(c *cursor) {
			o := paidOrder{id: c.text(), version: c.int(), summary: c.text(), totals: map[string]json.RawMessage{}}
			c.fail(json.Unmarshal(c.json(), &o.totals))
			orders = append(orders, o)
		})
	})
	if err != nil || state.payment == nil || state.payment.CanceledAt != nil {
		return err
	}
	var before model.Amount
	for _, c := range state.captures {
		before = before.Plus(c.Amount)
	}
	amount = model.Least(amount, state.payment.Amount.Minus(before))
	if !amount.Exceeds(model.Nothing) {
		return nil
	}
	w := d.Writes(now)
	capture := model.OrderCapture{ID: w.id("capt"), Amount: amount}
	w.capture(state.payment.ID, capture)
	if !state.payment.Amount.Exceeds(before.Plus(amount)) {
		w.exec(`UPDATE payment SET captured_at = ?, updated_at = ? WHERE id = ?`, now, now, state.payment.ID)
	}
	state.captured = state.captured.Plus(amount)
	for _, o := range orders {
		if err := w.payOrder(o, capture, s.CurrencyCode); err != nil {
			return err
		}
	}
	w.settle(state)
	w.Event("payment.captured", map[string]string{"id": state.payment.ID})
	return w.Send(ctx)
}

// A paidOrder is an order that a payment collection pays for, with the summary of its present version.
type paidOrder struct {
	id      string
	version int
	summary string
	totals  map[string]json.RawMessage
}

// payOrder adds that something was captured for an order.
func (w *Writes) payOrder(o paidOrder, c model.OrderCapture, currency string) error {
	for name, more := range map[string]model.Amount{
		"paid_total": c.Amount, "transaction_total": c.Amount, "pending_difference": model.Amount{}.Minus(c.Amount),
	} {
		sum, err := amountOf(o.totals, name)
		if err != nil {
			return err
		}
		sum = sum.Plus(more)
		o.totals[name], o.totals["raw_"+name] = json.RawMessage(sum.Column()), json.RawMessage(sum.Raw())
	}
	totals, err := json.Marshal(o.totals)
	if err != nil {
		return err
	}
	reference := "capture"
	insertInto(w, orderTransactionTable, &model.OrderTransaction{
		ID: w.id("ordtrx"), OrderID: o.id, Version: o.version, Amount: c.Amount, CurrencyCode: currency, Reference: &reference, ReferenceID: &c.ID,
		CreatedAt: w.at(), UpdatedAt: w.at(),
	})
	w.exec(`UPDATE order_summary SET totals = ?, updated_at = ? WHERE id = ?`, string(totals), w.now, o.summary)
	return nil
}

// amountOf is an amount of a summary: its exact twin, or else the number.
func amountOf(totals map[string]json.RawMessage, name string) (model.Amount, error) {
	var raw struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(totals["raw_"+name], &raw) == nil && raw.Value != "" {
		return model.ParseAmount(raw.Value)
	}
	if text := string(totals[name]); text != "" && text != "null" {
		return model.ParseAmount(text)
	}
	return model.Amount{}, nil
}

// EnlistPaymentProviders makes payment providers known to the shop, so that its regions can offer them.
func (d DB) EnlistPaymentProviders(ctx context.Context, ids []string, now time.Time) error {
	w := d.Writes(now)
	for _, id := range ids {
		w.exec(`INSERT INTO payment_provider (id, is_enabled, created_at, updated_at) VALUES (?, true, ?, ?)
ON CONFLICT (id) DO UPDATE SET is_enabled = true, deleted_at = NULL, updated_at = excluded.updated_at
WHERE NOT payment_provider.is_enabled OR payment_provider.deleted_at IS NOT NULL`, id, now, now)
	}
	return w.Send(ctx)
}

// PaidBy returns the cart that a payment collection is for, and the order that it has become; each is empty if there is none.
func (d DB) PaidBy(ctx context.Context, collection string) (cart, order string, err error) {
	err = d.run(ctx, func(b *batch) {
		cart, order = "", ""
		b.read(`SELECT l.cart_id, o.order_id FROM cart_payment_collection l LEFT JOIN order_cart o ON o.cart_id = l.cart_id AND o.deleted_at IS NULL
WHERE l.payment_collection_id = $1 AND l.deleted_at IS NULL LIMIT 1`, []any{collection}, func(c *cursor) { cart, order = c.text(), c.text() })
	})
	return cart, order, err
}
