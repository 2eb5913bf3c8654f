package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"storegraph/model"
)

const (
	collectionOfPayment = `p.id, p.currency_code, coalesce(p.raw_amount->>'value', p.amount::text), p.raw_amount,
coalesce(p.raw_authorized_amount->>'value', p.authorized_amount::text), p.raw_authorized_amount,
coalesce(p.raw_captured_amount->>'value', p.captured_amount::text), p.raw_captured_amount,
coalesce(p.raw_refunded_amount->>'value', p.refunded_amount::text), p.raw_refunded_amount,
p.status, p.completed_at, p.metadata, p.created_at, p.updated_at`
	sessionColumns = `s.id, s.currency_code, coalesce(s.raw_amount->>'value', s.amount::text), s.raw_amount, s.provider_id, s.data, s.context, s.status,
s.authorized_at, s.payment_collection_id, s.metadata, s.created_at, s.updated_at`
	paymentOfSession = `LEFT JOIN payment p ON p.payment_session_id = s.id AND p.deleted_at IS NULL`
)

func scanPaymentCollection(c *cursor) *model.PaymentCollection {
	return &model.PaymentCollection{
		ID: c.text(), CurrencyCode: c.text(), Amount: c.amount(), RawAmount: c.json(), AuthorizedAmount: c.maybeAmount(), RawAuthorizedAmount: c.json(),
		CapturedAmount: c.maybeAmount(), RawCapturedAmount: c.json(), RefundedAmount: c.maybeAmount(), RawRefundedAmount: c.json(),
		Status: c.text(), CompletedAt: c.maybeTime(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
}

// scanPaymentSession reads a session and the id of its payment.
func scanPaymentSession(c *cursor) *model.PaymentSession {
	s := &model.PaymentSession{
		ID: c.text(), CurrencyCode: c.text(), Amount: c.amount(), RawAmount: c.json(), ProviderID: c.text(), Data: c.json(), Context: c.json(),
		Status: c.text(), AuthorizedAt: c.maybeTime(), PaymentCollectionID: c.text(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
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
		b.read(`SELECT `+collectionOfPayment+` FROM payment_collection p WHERE p.id = $1 AND p.deleted_at IS NULL`, []any{id},
			func(c *cursor) { out = scanPaymentCollection(c) })
		if want.Has("paymentSessions") {
			b.read(`SELECT `+sessionColumns+`, p.id FROM payment_session s `+paymentOfSession+`
WHERE s.payment_collection_id = $1 AND s.deleted_at IS NULL ORDER BY s.id`, []any{id}, func(c *cursor) { sessions = append(sessions, scanPaymentSession(c)) })
		}
		if want.Has("paymentProviders") {
			b.read(`SELECT `+paymentProviderColumns+` FROM payment_collection_payment_providers l
JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL WHERE l.payment_collection_id = $1 ORDER BY p.id`, []any{id},
				func(c *cursor) { providers = append(providers, scanPaymentProvider(c)) })
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
	return model.NotFound.Errorf("Payment collection with id: %s was not found", id)
}

// PaymentCollectionOfCart returns the id of the payment collection of a cart, or an empty text.
func (d DB) PaymentCollectionOfCart(ctx context.Context, cart string) (string, error) {
	ids, err := d.Texts(ctx, `SELECT p.id FROM cart_payment_collection l
JOIN payment_collection p ON p.id = l.payment_collection_id AND p.deleted_at IS NULL
WHERE l.cart_id = ? AND l.deleted_at IS NULL ORDER BY l.created_at DESC LIMIT 1`, cart)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// CreatePaymentCollection begins to collect the total of a cart, which must be locked and have no collection, and returns the
// collection's id.
func (d DB) CreatePaymentCollection(ctx context.Context, cart *model.Cart, now time.Time) (string, error) {
	id := model.NewID("pay_col", now)
	s := d.script()
	s.add(`INSERT INTO payment_collection (id, currency_code, amount, raw_amount, status, created_at, updated_at) VALUES (?, ?, ?, ?, 'not_paid', ?, ?)`,
		id, cart.CurrencyCode, cart.Total.Column(), string(cart.Total.Raw()), now, now)
	s.add(`INSERT INTO cart_payment_collection (cart_id, payment_collection_id, id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
		cart.ID, id, model.NewID("capaycol", now), now, now)
	return id, s.run(ctx)
}

// RefreshPaymentCollection makes the payment collection of a cart, which must be locked, follow the cart's total and currency. If
// these have changed its sessions are void: their rows are deleted, and what their providers have to be told is noted.
func (d DB) RefreshPaymentCollection(ctx context.Context, cart *model.Cart, now time.Time) error {
	p := cart.PaymentCollection
	if p == nil || p.Amount.Equal(cart.Total.Decimal) && p.CurrencyCode == cart.CurrencyCode {
		return nil
	}
	s := d.script()
	s.voidSessions(p.ID, now)
	s.add(`UPDATE payment_collection SET amount = ?, raw_amount = ?, currency_code = ?, updated_at = ? WHERE id = ?`,
		cart.Total.Column(), string(cart.Total.Raw()), cart.CurrencyCode, now, p.ID)
	return s.run(ctx)
}

// voidSessions adds that all sessions of a payment collection are deleted, and voided at their providers, but at the system's,
// which keeps nothing.
func (s *script) voidSessions(collection string, now time.Time) {
	s.add(`WITH gone AS (DELETE FROM payment_session WHERE payment_collection_id = ? RETURNING *)
INSERT INTO storegraph.payment_task (id, kind, provider_id, session_id, data, due_at, created_at)
SELECT 'ptask_' || id, 'void', provider_id, id, jsonb_build_object('data', data, 'amount', coalesce(raw_amount->>'value', amount::text), 'currency', currency_code),
?::timestamptz, ?::timestamptz FROM gone WHERE provider_id <> 'pp_system_default' AND status <> 'canceled' ON CONFLICT (id) DO NOTHING`, collection, now, now)
}

// A PaymentBasis is what a new session of a payment collection is made of.
type PaymentBasis struct {
	Collection *model.PaymentCollection
	Offered    bool // by the cart's region, where there is a cart that is not completed
	RegionID   string
	CartID     string
	Paid       bool // there is a payment that is not cancelled

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
		b.read(`SELECT `+collectionOfPayment+`, EXISTS (SELECT FROM payment y WHERE y.payment_collection_id = p.id AND y.canceled_at IS NULL AND y.deleted_at IS NULL)
FROM payment_collection p WHERE p.id = $1 AND p.deleted_at IS NULL`, []any{collection},
			func(c *cursor) { out.Collection, out.Paid = scanPaymentCollection(c), c.bool() })
		b.read(`SELECT c.id, c.region_id, EXISTS (SELECT FROM region_payment_provider r JOIN payment_provider p ON p.id = r.payment_provider_id AND p.deleted_at IS NULL
 WHERE r.region_id = c.region_id AND r.payment_provider_id = $2 AND r.deleted_at IS NULL)
FROM cart_payment_collection l JOIN cart c ON c.id = l.cart_id AND c.region_id IS NOT NULL AND c.completed_at IS NULL AND c.deleted_at IS NULL
WHERE l.payment_collection_id = $1 AND l.deleted_at IS NULL`, []any{collection, provider}, func(c *cursor) { out.CartID, out.RegionID, out.Offered = c.text(), c.text(), c.bool() })
		if customer == "" {
			return
		}
		b.read(payingCustomer, []any{customer}, func(c *cursor) {
			out.Customer = &model.PayingCustomer{
				ID: c.text(), Email: c.maybeText(), CompanyName: c.maybeText(), FirstName: c.maybeText(), LastName: c.maybeText(), Phone: c.maybeText(),
				JSON: c.json(),
			}
		})
		b.read(`SELECT `+addressColumns+` FROM customer_address WHERE customer_id = $1 AND deleted_at IS NULL ORDER BY is_default_billing DESC, id LIMIT 1`,
			[]any{customer}, func(c *cursor) { billing = scanAddress(c) })
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
	s := d.script()
	s.add(`INSERT INTO account_holder (id, provider_id, external_id, email, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (provider_id, external_id) WHERE deleted_at IS NULL DO NOTHING`, model.NewID("acchld", now), provider, externalID, c.Email, string(data), now, now)
	s.add(`INSERT INTO customer_account_holder (customer_id, account_holder_id, id, created_at, updated_at)
SELECT ?, id, ?, ?::timestamptz, ?::timestamptz FROM account_holder WHERE provider_id = ? AND external_id = ? AND deleted_at IS NULL
ON CONFLICT (customer_id, account_holder_id) DO UPDATE SET deleted_at = NULL`, c.ID, model.NewID("custacchldr", now), now, now, provider, externalID)
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	out, err := d.AccountHolder(ctx, c.ID, provider)
	if err == nil && out == nil {
		err = model.NotFound.Errorf("Customer with id: %s was not found", c.ID)
	}
	return out, err
}

// ReplacePaymentSession makes s the only session of its collection. The others are deleted, and voided at their providers. It
// fails with Conflict, and changes nothing, if the collection has another amount or currency by now, and with NotAllowed if
// it has been paid.
func (d DB) ReplacePaymentSession(ctx context.Context, s *model.PaymentSession, now time.Time) error {
	var amount, currency string
	err := d.bun.NewRaw(`SELECT coalesce(raw_amount->>'value', amount::text), currency_code FROM payment_collection
WHERE id = ? AND deleted_at IS NULL FOR UPDATE`, s.PaymentCollectionID).Scan(ctx, &amount, &currency)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoCollection(s.PaymentCollectionID)
	}
	if err != nil {
		return toModel(err)
	}
	due, err := model.ParseAmount(amount)
	if err != nil {
		return err
	}
	if !due.Equal(s.Amount.Decimal) || currency != s.CurrencyCode {
		return model.Conflict.Errorf("The payment collection %s has changed", s.PaymentCollectionID)
	}
	paid, err := d.Texts(ctx, `SELECT id FROM payment WHERE payment_collection_id = ? AND canceled_at IS NULL AND deleted_at IS NULL LIMIT 1`, s.PaymentCollectionID)
	if err != nil {
		return err
	}
	if len(paid) > 0 {
		return ErrPaid
	}
	w := d.script()
	w.voidSessions(s.PaymentCollectionID, now)
	w.add(`INSERT INTO payment_session (id, currency_code, amount, raw_amount, provider_id, data, context, status, payment_collection_id, metadata,
created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', ?, ?)`,
		s.ID, s.CurrencyCode, s.Amount.Column(), string(s.Amount.Raw()), s.ProviderID, string(s.Data), string(s.Context), s.Status, s.PaymentCollectionID, now, now)
	return w.run(ctx)
}

// ErrPaid says that a payment collection has been paid, so that there is nothing more to choose.
var ErrPaid error = &model.Error{Kind: model.NotAllowed, Message: "It has been paid already"}

// PaymentSession returns the session with this id, with its payment's id if it has one.
func (d DB) PaymentSession(ctx context.Context, id string) (*model.PaymentSession, error) {
	var out *model.PaymentSession
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT `+sessionColumns+`, p.id FROM payment_session s `+paymentOfSession+` WHERE s.id = $1 AND s.deleted_at IS NULL`, []any{id},
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

// RecordPayment writes down that a session is authorised, and captured if taken is given, and makes its collection follow. It is
// for the transaction that makes an order of the session's cart: if that rolls back, nothing of it stays.
//
// held is true if the session was held by HoldPayment before its provider was asked. It fails with Conflict if the payment
// has been let go meanwhile. A session that has its payment already keeps it.
func (d DB) RecordPayment(ctx context.Context, s *model.PaymentSession, data model.JSON, taken *model.Amount, held bool, now time.Time) (*model.PaymentRecord, error) {
	if err := d.write(ctx, `SELECT FROM payment_collection WHERE id = ? FOR UPDATE`, s.PaymentCollectionID); err != nil {
		return nil, err
	}
	live, err := d.Texts(ctx, `SELECT id FROM payment_session WHERE id = ? AND deleted_at IS NULL FOR UPDATE`, s.ID)
	if err != nil {
		return nil, err
	}
	if len(live) == 0 {
		return nil, errLetGo
	}
	if held {
		n, err := d.Exec(ctx, `DELETE FROM storegraph.payment_task WHERE kind = 'release' AND session_id = ? AND attempts = 0`, s.ID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errLetGo
		}
	}
	p := &model.PaymentRecord{
		Amount: s.Amount, CurrencyCode: s.CurrencyCode, ProviderID: s.ProviderID, Data: data, PaymentCollectionID: s.PaymentCollectionID, PaymentSessionID: s.ID,
	}
	known, err := d.Texts(ctx, `SELECT id FROM payment WHERE payment_session_id = ? AND deleted_at IS NULL`, s.ID)
	if err != nil {
		return nil, err
	}
	if len(known) > 0 {
		p.ID = known[0]
		return p, nil
	}
	p.ID = model.NewID("pay", now)
	w := d.script()
	w.add(`UPDATE payment_session SET status = 'authorized', data = ?, authorized_at = coalesce(authorized_at, ?), updated_at = ? WHERE id = ?`,
		string(data), now, now, s.ID)
	w.add(`INSERT INTO payment (id, amount, raw_amount, currency_code, provider_id, data, payment_collection_id, payment_session_id, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, s.Amount.Column(), string(s.Amount.Raw()), s.CurrencyCode, s.ProviderID, string(data), s.PaymentCollectionID, s.ID, now, now)
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	if taken != nil {
		return p, d.RecordCapture(ctx, p, *taken, now)
	}
	return p, d.settleCollection(ctx, s.PaymentCollectionID, now)
}

var errLetGo = model.Conflict.Errorf("The payment has been let go; choose again how to pay")

// RecordCapture writes down that money of a payment was taken, up to what is still to be taken of it, and makes its collection
// follow.
func (d DB) RecordCapture(ctx context.Context, p *model.PaymentRecord, amount model.Amount, now time.Time) error {
	var authorized, taken string
	err := d.bun.NewRaw(`SELECT coalesce(p.raw_amount->>'value', p.amount::text),
(SELECT coalesce(sum(coalesce((c.raw_amount->>'value')::numeric, c.amount)), 0)::text FROM capture c WHERE c.payment_id = p.id AND c.deleted_at IS NULL)
FROM payment p WHERE p.id = ? AND p.deleted_at IS NULL FOR UPDATE`, p.ID).Scan(ctx, &authorized, &taken)
	if err != nil {
		return toModel(err)
	}
	limit, err := model.ParseAmount(authorized)
	if err != nil {
		return err
	}
	before, err := model.ParseAmount(taken)
	if err != nil {
		return err
	}
	if left := limit.Minus(before); left.Less(amount) {
		amount = left
	}
	if amount.Sign() <= 0 {
		return nil
	}
	w := d.script()
	id := model.NewID("capt", now)
	w.add(`INSERT INTO capture (id, amount, raw_amount, payment_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
		id, amount.Column(), string(amount.Raw()), p.ID, now, now)
	if !before.Plus(amount).Less(limit) {
		w.add(`UPDATE payment SET captured_at = ?, updated_at = ? WHERE id = ?`, now, now, p.ID)
	}
	if err := w.run(ctx); err != nil {
		return err
	}
	if err := d.payOrder(ctx, p, id, amount, now); err != nil {
		return err
	}
	return d.settleCollection(ctx, p.PaymentCollectionID, now)
}

// payOrder notes a capture with the order that it pays for, if there is one already: one that is being made notes it itself.
func (d DB) payOrder(ctx context.Context, p *model.PaymentRecord, capture string, amount model.Amount, now time.Time) error {
	w := d.script()
	err := d.each(ctx, `SELECT o.id, o.version, s.id, s.totals::text FROM order_payment_collection l
JOIN "order" o ON o.id = l.order_id AND o.deleted_at IS NULL
JOIN order_summary s ON s.order_id = o.id AND s.version = o.version AND s.deleted_at IS NULL
WHERE l.payment_collection_id = ? AND l.deleted_at IS NULL FOR UPDATE OF s`, []any{p.PaymentCollectionID}, func(scan func(into ...any) error) error {
		var order, summary, text string
		var version int
		if err := scan(&order, &version, &summary, &text); err != nil {
			return err
		}
		totals := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(text), &totals); err != nil {
			return err
		}
		for name, more := range map[string]model.Amount{
			"paid_total": amount, "transaction_total": amount, "pending_difference": model.Amount{}.Minus(amount),
		} {
			sum, err := amountOf(totals, name)
			if err != nil {
				return err
			}
			sum = sum.Plus(more)
			totals[name], totals["raw_"+name] = json.RawMessage(sum.Column()), json.RawMessage(sum.Raw())
		}
		out, err := json.Marshal(totals)
		if err != nil {
			return err
		}
		w.add(`INSERT INTO order_transaction (id, order_id, version, amount, raw_amount, currency_code, reference, reference_id, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, 'capture', ?, ?, ?)`, model.NewID("ordtrx", now), order, version, amount.Column(), string(amount.Raw()), p.CurrencyCode, capture, now, now)
		w.add(`UPDATE order_summary SET totals = ?, updated_at = ? WHERE id = ?`, string(out), now, summary)
		return nil
	})
	if err != nil {
		return err
	}
	return w.run(ctx)
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

// settleCollection makes the sums and the status of a payment collection follow its sessions and payments.
func (d DB) settleCollection(ctx context.Context, id string, now time.Time) error {
	var amount, authorized, captured, refunded string
	var sessions, digits int
	err := d.bun.NewRaw(`SELECT coalesce(p.raw_amount->>'value', p.amount::text),
(SELECT count(*) FROM payment_session s WHERE s.payment_collection_id = p.id AND s.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((s.raw_amount->>'value')::numeric, s.amount)), 0)::text FROM payment_session s
 WHERE s.payment_collection_id = p.id AND s.status = 'authorized' AND s.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((c.raw_amount->>'value')::numeric, c.amount)), 0)::text FROM payment y
 JOIN capture c ON c.payment_id = y.id AND c.deleted_at IS NULL WHERE y.payment_collection_id = p.id AND y.deleted_at IS NULL),
(SELECT coalesce(sum(coalesce((r.raw_amount->>'value')::numeric, r.amount)), 0)::text FROM payment y
 JOIN refund r ON r.payment_id = y.id AND r.deleted_at IS NULL WHERE y.payment_collection_id = p.id AND y.deleted_at IS NULL),
coalesce((SELECT decimal_digits FROM currency WHERE code = p.currency_code AND deleted_at IS NULL), 2)
FROM payment_collection p WHERE p.id = ?`, id).Scan(ctx, &amount, &sessions, &authorized, &captured, &refunded, &digits)
	if err != nil {
		return toModel(err)
	}
	var sums [4]model.Amount
	for i, text := range []string{amount, authorized, captured, refunded} {
		if sums[i], err = model.ParseAmount(text); err != nil {
			return err
		}
	}
	status := model.CollectionStatus(sums[0], sums[1], sums[2], digits, sessions > 0)
	var completed *time.Time
	if status == "completed" {
		completed = &now
	}
	return d.write(ctx, `UPDATE payment_collection SET status = ?, completed_at = coalesce(?, completed_at), authorized_amount = ?, raw_authorized_amount = ?,
captured_amount = ?, raw_captured_amount = ?, refunded_amount = ?, raw_refunded_amount = ?, updated_at = ? WHERE id = ?`,
		status, completed, sums[1].Column(), string(sums[1].Raw()), sums[2].Column(), string(sums[2].Raw()), sums[3].Column(), string(sums[3].Raw()), now, id)
}

// EnlistPaymentProviders makes payment providers known to the shop, so that its regions can offer them.
func (d DB) EnlistPaymentProviders(ctx context.Context, ids []string, now time.Time) error {
	s := d.script()
	for _, id := range ids {
		s.add(`INSERT INTO payment_provider (id, is_enabled, created_at, updated_at) VALUES (?, true, ?, ?)
ON CONFLICT (id) DO UPDATE SET is_enabled = true, deleted_at = NULL, updated_at = excluded.updated_at
WHERE NOT payment_provider.is_enabled OR payment_provider.deleted_at IS NOT NULL`, id, now, now)
	}
	return s.run(ctx)
}

// PaidBy returns the cart that a payment collection is for, and the order that it has become; each is empty if there is none.
func (d DB) PaidBy(ctx context.Context, collection string) (cart, order string, err error) {
	carts, err := d.Texts(ctx, `SELECT cart_id FROM cart_payment_collection WHERE payment_collection_id = ? AND deleted_at IS NULL LIMIT 1`, collection)
	if err != nil || len(carts) == 0 {
		return "", "", err
	}
	order, err = d.OrderOfCart(ctx, carts[0])
	return carts[0], order, err
}

// PaymentOfSession returns what a session has paid; nil if it has not.
func (d DB) PaymentOfSession(ctx context.Context, session string) (*model.PaymentRecord, error) {
	var out *model.PaymentRecord
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT id, coalesce(raw_amount->>'value', amount::text), currency_code, provider_id, data, payment_collection_id, payment_session_id,
captured_at, canceled_at FROM payment WHERE payment_session_id = $1 AND deleted_at IS NULL`, []any{session}, func(c *cursor) {
			out = &model.PaymentRecord{
				ID: c.text(), Amount: c.amount(), CurrencyCode: c.text(), ProviderID: c.text(), Data: c.json(), PaymentCollectionID: c.text(),
				PaymentSessionID: c.text(), CapturedAt: c.maybeTime(), CanceledAt: c.maybeTime(),
			}
		})
	})
	return out, err
}
