package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/payment/paymenttest"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

const testPayer = "pp_test_test"

// A till is a shop where one can pay with a provider in memory, at a time of the test's own.
type till struct {
	*Shop
	t       *testing.T
	ctx     context.Context
	payer   *paymenttest.Provider
	handles map[string]string

	mu   sync.Mutex
	time time.Time
}

func newTill(t *testing.T) *till {
	t.Helper()
	x := &till{t: t, payer: &paymenttest.Provider{}, handles: dbtest.Handles(t), time: time.Now().UTC().Truncate(time.Millisecond)}
	x.Shop = New(Config{DB: dbtest.Shop(t), Now: x.now, Payers: map[string]payment.Provider{testPayer: x.payer, payment.SystemID: payment.System{}}})
	x.ctx = auth.WithViewer(t.Context(), &db.Viewer{Key: db.NewKey(x.handles["pk_web"])})
	if err := x.DB.EnlistPaymentProviders(x.ctx, x.payers(), x.now()); err != nil {
		t.Fatal(err)
	}
	x.sql(`INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES (?, ?, 'regpp_test')`, x.handles["reg_us"], testPayer)
	return x
}

func (x *till) now() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.time
}

func (x *till) pass(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.time = x.time.Add(d)
}

func (x *till) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *till) sql(text string, args ...any) {
	x.t.Helper()
	_, err := x.DB.Exec(x.ctx, text, args...)
	x.must(err)
}

// one returns the only row of a query of one column, or fails.
func (x *till) one(text string, args ...any) string {
	x.t.Helper()
	rows, err := x.DB.Texts(x.ctx, text, args...)
	x.must(err)
	if len(rows) != 1 {
		x.t.Fatalf("%s: %d rows, want 1", text, len(rows))
	}
	return rows[0]
}

// cart makes a cart that can be completed once it is paid, with its payment collection.
func (x *till) cart() (cart, collection string) {
	x.t.Helper()
	text := func(s string) model.Optional[*string] { return model.Some(&s) }
	address := &model.CartAddressInput{Address1: text("1 Main St"), City: text("Austin"), CountryCode: text("us"), Province: text("us-tx"), PostalCode: text("73301")}
	filled, err := x.CreateCart(x.ctx, model.CreateCartInput{
		RegionID: text(x.handles["reg_us"]), Email: text("payer@example.com"), ShippingAddress: model.Some(address),
		Items: model.Some([]*model.LineItemInput{{VariantID: x.handles["var_mug_moss"], Quantity: 1}}),
	}, nil)
	x.must(err)
	id := filled.Cart.ID
	_, err = x.AddShippingMethods(x.ctx, model.AddShippingMethodsInput{CartID: id, Methods: []*model.ShippingMethodInput{{OptionID: x.handles["so_us_ground"]}}}, nil)
	x.must(err)
	collection, err = x.CreatePaymentCollection(x.ctx, model.CreatePaymentCollectionInput{CartID: id})
	x.must(err)
	return id, collection
}

// choose chooses to pay with the provider in memory and returns the session.
func (x *till) choose(collection string) string {
	x.t.Helper()
	x.must(x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: testPayer}))
	return x.one(`SELECT id FROM payment_session WHERE payment_collection_id = $1`, collection)
}

// doPayments does what is due at payment providers, and acts on what they have told, until nothing is left to do now.
func (s *Shop) doPayments(ctx context.Context) error {
	_, err := s.payments.events.Drain(ctx)
	_, late := s.payments.tasks.Drain(ctx)
	return errors.Join(err, late)
}

func (x *till) tell(id string, action payment.Action, session, amount string) {
	x.t.Helper()
	body := fmt.Sprintf(`{"ID":%q,"Action":%q,"Session":%q,"Amount":%q}`, id, action, session, amount)
	x.must(x.ReceivePaymentEvent(x.ctx, "test_test", payment.Webhook{Header: func(string) string { return "yes" }, Body: []byte(body)}))
}

func TestOneSessionIsLeft(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	_, collection := x.cart()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: testPayer}); err != nil {
				t.Errorf("CreatePaymentSession: %v", err)
			}
		})
	}
	wg.Wait()
	left := x.one(`SELECT id FROM payment_session WHERE payment_collection_id = $1`, collection)
	x.must(x.doPayments(x.ctx))
	sessions := x.payer.Sessions()
	if len(sessions) != 16 || sessions[left] != model.PaymentStatusPending {
		t.Errorf("%d sessions at the provider, the one that is left is %s, want 16 and pending", len(sessions), sessions[left])
	}
	delete(sessions, left)
	for id, status := range sessions {
		if status != model.PaymentStatusCanceled {
			t.Errorf("session %s, which another took the place of, is %s, want canceled", id, status)
		}
	}
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_task`); n != "0" {
		t.Errorf("%s tasks are left, want none", n)
	}
}

func TestProviderFails(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, collection := x.cart()
	before := x.choose(collection)
	down := model.Payment.Errorf("down")
	x.payer.Fail = func(context.Context, string) error { return down }
	for range 2 {
		if err := x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: testPayer}); !errors.Is(err, model.Payment) {
			t.Fatalf("CreatePaymentSession while the provider is down = %v, want %v", err, model.Payment)
		}
	}
	if _, err := x.completeCart(x.ctx, cart, nil); !errors.Is(err, model.Payment) {
		t.Errorf("completeCart while the provider is down = %v, want %v", err, model.Payment)
	}
	if left := x.one(`SELECT id FROM payment_session WHERE payment_collection_id = $1`, collection); left != before {
		t.Errorf("session %s is left, want %s", left, before)
	}
	// What cannot be let go now is let go later.
	x.must(x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: payment.SystemID}))
	x.must(x.doPayments(x.ctx))
	x.payer.Fail = nil
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[before]; got != model.PaymentStatusPending {
		t.Errorf("the session is %s before it is tried again, want pending", got)
	}
	x.pass(time.Hour)
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[before]; got != model.PaymentStatusCanceled {
		t.Errorf("the session is %s, want canceled", got)
	}
	if _, err := x.completeCart(x.ctx, cart, nil); err != nil {
		t.Errorf("completeCart by another provider: %v", err)
	}
}

func TestCartChangeVoidsPayment(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, collection := x.cart()
	session := x.choose(collection)
	x.payer.Set(session, model.PaymentStatusAuthorized)
	_, err := x.AddLineItems(x.ctx, model.AddLineItemsInput{CartID: cart, Items: []*model.LineItemInput{{VariantID: x.handles["var_note_a6"], Quantity: 2}}}, nil)
	x.must(err)
	if n := x.one(`SELECT count(*)::text FROM payment_session WHERE payment_collection_id = $1`, collection); n != "0" {
		t.Errorf("%s sessions are left, want none", n)
	}
	c, err := x.DB.Cart(x.ctx, auth.Viewer(x.ctx), cart, db.Want{field.Totals: nil, field.PaymentCollection: nil})
	x.must(err)
	if !c.PaymentCollection.Amount.Equal(c.Total.Decimal) {
		t.Errorf("the collection's amount is %s, want the cart's total, %s", c.PaymentCollection.Amount, c.Total)
	}
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[session]; got != model.PaymentStatusCanceled {
		t.Errorf("the session is %s at its provider, want canceled", got)
	}
	if _, err := x.completeCart(x.ctx, cart, nil); !errors.Is(err, model.Invalid) {
		t.Errorf("completeCart without a session = %v, want %v", err, model.Invalid)
	}
	// A change that costs nothing keeps the session.
	session = x.choose(collection)
	_, err = x.UpdateCart(x.ctx, model.UpdateCartInput{CartID: cart, Metadata: model.Some(model.JSON(`{"gift":true}`))}, nil)
	x.must(err)
	if left := x.one(`SELECT id FROM payment_session WHERE payment_collection_id = $1`, collection); left != session {
		t.Errorf("session %s is left, want %s", left, session)
	}
}

func TestCrashAfterAuthorizing(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	_, collection := x.cart()
	id := x.choose(collection)
	x.payer.Set(id, model.PaymentStatusAuthorized)
	session, err := x.DB.PaymentSession(x.ctx, id)
	x.must(err)
	paid, err := x.authorizeSession(x.ctx, session)
	x.must(err)
	// Nothing more happens, as after a crash.
	x.pass(holdTime - time.Second)
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[id]; got != model.PaymentStatusAuthorized {
		t.Fatalf("the session is %s while it is held, want authorized", got)
	}
	x.pass(2 * time.Second)
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[id]; got != model.PaymentStatusCanceled {
		t.Fatalf("the session is %s after its hold, want canceled", got)
	}
	if got := x.one(`SELECT status FROM payment_session WHERE id = $1`, id); got != "canceled" {
		t.Errorf("the session's row is %s, want canceled", got)
	}
	err = x.inTx(x.ctx, func(tx db.DB) error { return x.recordPayment(x.ctx, tx, paid) })
	if !errors.Is(err, model.Conflict) {
		t.Errorf("recordPayment after the payment was let go = %v, want %v", err, model.Conflict)
	}
}

func TestFailedCompletionLetsPaymentGo(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, collection := x.cart()
	id := x.choose(collection)
	x.payer.Set(id, model.PaymentStatusCaptured)
	const stock = `UPDATE inventory_level SET stocked_quantity = ?, raw_stocked_quantity = jsonb_build_object('value', ?::text, 'precision', 20)
WHERE inventory_item_id IN (SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = ?)`
	x.sql(stock, 0, "0", x.handles["var_mug_moss"])
	if _, err := x.completeCart(x.ctx, cart, nil); !errors.Is(err, model.NotAllowed) {
		t.Fatalf("completeCart of what is sold out = %v, want %v", err, model.NotAllowed)
	}
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[id]; got != model.PaymentStatusCanceled {
		t.Fatalf("the session is %s, want canceled", got)
	}
	if n := x.one(`SELECT count(*)::text FROM payment WHERE payment_collection_id = $1`, collection); n != "0" {
		t.Errorf("%s payments, want none", n)
	}
	x.sql(stock, 5, "5", x.handles["var_mug_moss"])
	x.payer.Set(x.choose(collection), model.PaymentStatusAuthorized)
	order, err := x.completeCart(x.ctx, cart, nil)
	x.must(err)
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_task`); order == "" || n != "0" {
		t.Errorf("order %q, %s tasks left, want an order and none", order, n)
	}
	if got := x.one(`SELECT status FROM payment_collection WHERE id = $1`, collection); got != "authorized" {
		t.Errorf("the collection is %s, want authorized", got)
	}
	if err := x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: testPayer}); !errors.Is(err, model.NotAllowed) {
		t.Errorf("CreatePaymentSession of what is paid = %v, want %v", err, model.NotAllowed)
	}
}

func TestTooLittleIsAuthorized(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, collection := x.cart()
	id := x.choose(collection)
	x.payer.Set(id, model.PaymentStatusAuthorized)
	x.payer.Hold(id, model.MustAmount("0.50"))
	if _, err := x.completeCart(x.ctx, cart, nil); !errors.Is(err, model.NotAllowed) {
		t.Errorf("completeCart = %v, want %v", err, model.NotAllowed)
	}
	x.must(x.doPayments(x.ctx))
	if got := x.payer.Sessions()[id]; got != model.PaymentStatusCanceled {
		t.Errorf("the session is %s, want canceled", got)
	}
}

func TestNotAuthorizedYet(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, collection := x.cart()
	id := x.choose(collection)
	for status, code := range map[model.PaymentStatus]string{
		model.PaymentStatusRequiresMore: "requires_more", model.PaymentStatusError: "", model.PaymentStatusPending: "",
	} {
		x.payer.Set(id, status)
		_, err := x.completeCart(x.ctx, cart, nil)
		if e := model.AsError(err); e == nil || e.Code != code {
			t.Errorf("completeCart of a session that is %s = %v, want the code %q", status, err, code)
		}
		if got := x.one(`SELECT status FROM payment_session WHERE id = $1`, id); got != string(status) {
			t.Errorf("the session's row is %s, want %s", got, status)
		}
		x.sql(`UPDATE payment_session SET status = 'pending' WHERE id = ?`, id)
	}
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_task`); n != "0" {
		t.Errorf("%s holds are left, want none", n)
	}
	// A bank transfer makes an order that is paid later.
	x.payer.Set(id, model.PaymentStatusPendingAuthorization)
	order, err := x.completeCart(x.ctx, cart, nil)
	x.must(err)
	x.payer.Set(id, model.PaymentStatusCaptured)
	x.tell("evt_1", payment.Captured, id, "")
	x.must(x.doPayments(x.ctx))
	x.paidOnce(order, collection)
}

// paidOnce fails unless the order is paid in full, once.
func (x *till) paidOnce(order, collection string) {
	x.t.Helper()
	amount := x.one(`SELECT amount::text FROM payment_collection WHERE id = $1`, collection)
	for _, of := range []string{
		`SELECT count(*) || ' of ' || coalesce(sum(amount), 0) FROM payment WHERE payment_collection_id = $1 AND canceled_at IS NULL AND captured_at IS NOT NULL`,
		`SELECT count(*) || ' of ' || coalesce(sum(c.amount), 0) FROM capture c JOIN payment p ON p.id = c.payment_id WHERE p.payment_collection_id = $1`,
		`SELECT count(*) || ' of ' || coalesce(sum(t.amount), 0) FROM order_transaction t JOIN order_payment_collection l ON l.order_id = t.order_id WHERE l.payment_collection_id = $1`,
	} {
		if got, want := x.one(of, collection), "1 of "+amount; got != want {
			x.t.Errorf("%s: %s, want %s", of, got, want)
		}
	}
	if got := x.one(`SELECT status FROM payment_collection WHERE id = $1`, collection); got != "completed" {
		x.t.Errorf("the collection is %s, want completed", got)
	}
	var totals struct {
		Paid    json.Number `json:"paid_total"`
		Pending json.Number `json:"pending_difference"`
	}
	x.must(json.Unmarshal([]byte(x.one(`SELECT totals::text FROM order_summary WHERE order_id = $1`, order)), &totals))
	if totals.Paid.String() != amount || totals.Pending.String() != "0" {
		x.t.Errorf("the order's summary says %s paid and %s pending, want %s and 0", totals.Paid, totals.Pending, amount)
	}
}

func TestPaymentEvents(t *testing.T) {
	t.Parallel()
	type told struct {
		id     string
		action payment.Action
	}
	authorized, captured, again := told{"evt_a", payment.Authorized}, told{"evt_c", payment.Captured}, told{"evt_d", payment.Captured}
	canceled := told{"evt_x", payment.Canceled}
	for name, events := range map[string][]told{
		"in order":          {authorized, captured},
		"in disorder":       {captured, authorized},
		"again and again":   {authorized, authorized, captured, captured, again, authorized},
		"captured at once":  {captured},
		"a late cancelling": {captured, canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, together := range []bool{false, true} {
				x := newTill(t)
				cart, collection := x.cart()
				id := x.choose(collection)
				amount := x.one(`SELECT amount::text FROM payment_collection WHERE id = $1`, collection)
				x.payer.Set(id, model.PaymentStatusAuthorized)
				for _, e := range events {
					if e.action == payment.Captured {
						x.payer.Set(id, model.PaymentStatusCaptured)
					}
					x.tell(e.id, e.action, id, amount)
					if !together {
						x.must(x.doPayments(x.ctx))
					}
				}
				// Several servers, and the shopper, at once.
				var wg sync.WaitGroup
				orders := make([]string, 4)
				for n := range orders {
					wg.Go(func() {
						if err := x.doPayments(x.ctx); err != nil {
							t.Error(err)
						}
						order, err := x.completeCart(x.ctx, cart, nil)
						if err != nil {
							t.Errorf("completeCart: %v", err)
						}
						orders[n] = order
					})
				}
				wg.Wait()
				x.pass(time.Hour)
				x.must(x.doPayments(x.ctx))
				for _, o := range orders {
					if o == "" || o != orders[0] {
						t.Fatalf("orders %v, want one", orders)
					}
				}
				x.paidOnce(orders[0], collection)
			}
		})
	}
}

// A provider that does not answer takes its own slots and no others.
func TestDeadProviderHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const dead = "pp_dead_dead"
	voided, until := make(chan struct{}, 10), make(chan struct{})
	x := newTill(t)
	x.payer.Fail = func(_ context.Context, call string) error {
		if call == "void" {
			voided <- struct{}{}
		}
		return nil
	}
	x.Payers[dead] = &paymenttest.Provider{Fail: func(context.Context, string) error {
		<-until
		return errors.New("no answer")
	}}
	x.Shop = New(x.Config)
	for n := range 10 {
		for provider, id := range map[string]string{dead: fmt.Sprint("payses_dead", n), testPayer: fmt.Sprint("payses_live", n)} {
			x.must(x.DB.VoidSession(x.ctx, &model.PaymentSession{ID: id, ProviderID: provider, Data: model.JSON("{}")}, x.now()))
		}
	}
	ctx, stop := context.WithCancel(x.ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); x.payments.tasks.Run(ctx) }()
	for range 10 {
		<-voided
	}
	stop()
	close(until)
	<-ended
	for id, status := range x.payer.Sessions() {
		if status != model.PaymentStatusCanceled {
			t.Errorf("session %s is %s, want canceled", id, status)
		}
	}
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_task`); n != "10" {
		t.Errorf("%s tasks are left, want those of the dead provider", n)
	}
}

// A server whose lease of work has ended writes nothing more about it.
func TestLostPaymentLease(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	_, collection := x.cart()
	id := x.choose(collection)
	session, err := x.DB.PaymentSession(x.ctx, id)
	x.must(err)
	x.must(x.DB.HoldPayment(x.ctx, session, x.now(), x.now()))
	x.payer.Set(id, model.PaymentStatusAuthorized)
	x.tell("evt_1", payment.Canceled, id, "")
	free := map[string]int{testPayer: 10}
	claim := func() (*db.PaymentTask, *db.PaymentEvent) {
		t.Helper()
		tasks, err := x.DB.ClaimPaymentTasks(x.ctx, free, x.now(), x.now().Add(time.Minute))
		x.must(err)
		events, err := x.DB.ClaimPaymentEvents(x.ctx, free, x.now(), x.now().Add(time.Minute))
		x.must(err)
		if len(tasks) != 1 || len(events) != 1 {
			t.Fatalf("claimed %d tasks and %d events, want one each", len(tasks), len(events))
		}
		return tasks[0], events[0]
	}
	staleTask, staleEvent := claim()
	x.pass(time.Minute)
	task, event := claim()
	for name, change := range map[string]func() (bool, error){
		"finish the task":    func() (bool, error) { return x.DB.FinishPaymentTask(x.ctx, staleTask, true, nil, x.now()) },
		"postpone the task":  func() (bool, error) { return x.DB.PostponePaymentTask(x.ctx, staleTask, "late", x.now()) },
		"finish the event":   func() (bool, error) { return x.DB.FinishPaymentEvent(x.ctx, staleEvent, "late", x.now()) },
		"postpone the event": func() (bool, error) { return x.DB.PostponePaymentEvent(x.ctx, staleEvent, "late", x.now()) },
	} {
		if ok, err := change(); ok || err != nil {
			t.Errorf("%s by a lease that has ended: %v, %v, want nothing done", name, ok, err)
		}
	}
	if got := x.one(`SELECT status FROM payment_session WHERE id = $1`, id); got != "pending" {
		t.Errorf("the session is %s, want what it was", got)
	}
	if ok, err := x.DB.FinishPaymentTask(x.ctx, task, true, nil, x.now()); !ok || err != nil {
		t.Errorf("the lease that holds does not finish the task: %v, %v", ok, err)
	}
	if ok, err := x.DB.FinishPaymentEvent(x.ctx, event, "", x.now()); !ok || err != nil {
		t.Errorf("the lease that holds does not finish the event: %v, %v", ok, err)
	}
	if got := x.one(`SELECT status FROM payment_session WHERE id = $1`, id); got != "canceled" {
		t.Errorf("the session is %s, want canceled", got)
	}
}

func TestEventsWithoutEffect(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	if err := x.ReceivePaymentEvent(x.ctx, "test_test", payment.Webhook{Header: func(string) string { return "" }, Body: []byte(`{}`)}); !errors.Is(err, model.Unauthorized) {
		t.Errorf("an unsigned event: %v, want %v", err, model.Unauthorized)
	}
	if err := x.ReceivePaymentEvent(x.ctx, "none", payment.Webhook{}); !errors.Is(err, model.NotFound) {
		t.Errorf("an event of nobody: %v, want %v", err, model.NotFound)
	}
	_, collection := x.cart()
	id := x.choose(collection)
	x.payer.Set(id, model.PaymentStatusCanceled)
	x.tell("evt_0", payment.Canceled, id, "")
	x.tell("evt_1", payment.Authorized, "payses_gone", "1")
	x.must(x.doPayments(x.ctx))
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_event WHERE done_at IS NOT NULL`); n != "1" {
		t.Errorf("%s events are done, want that of a session that may still come to wait", n)
	}
	x.must(x.DB.ForgetPaymentEvents(x.ctx, x.now().Add(time.Second)))
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_event`); n != "1" {
		t.Errorf("%s events are remembered, want the one that waits", n)
	}
	for range strayAttempts {
		x.pass(time.Hour)
		x.must(x.doPayments(x.ctx))
	}
	if got := x.payer.Sessions()["payses_gone"]; got != model.PaymentStatusCanceled {
		t.Errorf("a session without a row is %q at its provider, want canceled", got)
	}
	if got := x.one(`SELECT status FROM payment_session WHERE id = $1`, id); got != "canceled" {
		t.Errorf("the session is %s, want canceled", got)
	}
}

func TestAccountHolder(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	customer := x.handles["cus_anna"]
	x.ctx = auth.WithViewer(t.Context(), auth.Viewer(x.ctx).As(customer))
	_, collection := x.cart()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: testPayer}); err != nil {
				t.Errorf("CreatePaymentSession: %v", err)
			}
		})
	}
	wg.Wait()
	holder := x.one(`SELECT h.id FROM customer_account_holder l JOIN account_holder h ON h.id = l.account_holder_id
WHERE l.customer_id = $1 AND h.provider_id = $2 AND h.external_id = $3`, customer, testPayer, "holder_"+customer)
	if got := x.one(`SELECT context->'account_holder'->>'id' FROM payment_session WHERE payment_collection_id = $1`, collection); got != holder {
		t.Errorf("the session's account holder is %s, want %s", got, holder)
	}
	if got := x.one(`SELECT context->'customer'->>'email' FROM payment_session WHERE payment_collection_id = $1`, collection); got != x.handles["email_anna"] {
		t.Errorf("the session's customer is %s, want %s", got, x.handles["email_anna"])
	}
}

func TestOneCollectionOfACart(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, first := x.cart()
	x.sql(`DELETE FROM cart_payment_collection WHERE cart_id = ?`, cart)
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for n := range ids {
		wg.Go(func() {
			id, err := x.CreatePaymentCollection(x.ctx, model.CreatePaymentCollectionInput{CartID: cart})
			if err != nil {
				t.Errorf("CreatePaymentCollection: %v", err)
			}
			ids[n] = id
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] || id == first || id == "" {
			t.Fatalf("collections %v, want one", ids)
		}
	}
}

// TestSystemUnderAnotherName holds that nothing is to be done at the system's provider, whatever its name.
func TestSystemUnderAnotherName(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	const invoice = model.SystemPaymentPrefix + "invoice"
	x.must(x.DB.EnlistPaymentProviders(x.ctx, []string{invoice}, x.now()))
	x.sql(`INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES (?, ?, 'regpp_invoice')`, x.handles["reg_us"], invoice)
	_, collection := x.cart()
	for range 2 {
		x.must(x.CreatePaymentSession(x.ctx, model.CreatePaymentSessionInput{PaymentCollectionID: collection, ProviderID: invoice}))
	}
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_task`); n != "0" {
		t.Errorf("%s tasks at a provider that keeps nothing, want none", n)
	}
}

// TestTooMuchIsTaken has a provider take more than is due, before the order is made or after it. It is given back once, however often the
// provider tells of it, and the books show what was due. It holds D91 of DEVIATIONS.md.
func TestTooMuchIsTaken(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	five := model.NewAmount(5)
	refunds := 0
	x.payer.Fail = func(_ context.Context, call string) error {
		if call != "refund" {
			return nil
		}
		if refunds++; refunds == 1 {
			return errors.New("not now")
		}
		return nil
	}
	for name, before := range map[string]bool{"before the order": true, "after the order": false} {
		cart, collection := x.cart()
		id := x.choose(collection)
		amount, err := model.ParseAmount(x.one(`SELECT raw_amount->>'value' FROM payment_session WHERE id = $1`, id))
		x.must(err)
		x.payer.Set(id, model.PaymentStatusAuthorized)
		if before {
			x.payer.Set(id, model.PaymentStatusCaptured)
			x.payer.Take(id, five)
		}
		order, err := x.completeCart(x.ctx, cart, nil)
		x.must(err)
		x.payer.Set(id, model.PaymentStatusCaptured)
		x.payer.Take(id, five)
		for _, event := range []string{"evt_1", "evt_2", "evt_1"} {
			x.tell(event+id, payment.Captured, id, amount.Plus(five).String())
			x.must(x.doPayments(x.ctx))
			x.pass(time.Minute) // the first refund fails
		}
		x.must(x.doPayments(x.ctx))
		if got := x.payer.Refunds(id); !slices.Equal(got, []string{"5"}) {
			t.Errorf("%s: refunded %v, want 5 once", name, got)
		}
		if got := x.one(`SELECT amount::text || coalesce(' at ' || nullif(refunded_at::text, ''), '') FROM storegraph.payment_excess WHERE session_id = $1`, id); !strings.HasPrefix(got, "5 at ") {
			t.Errorf("%s: noted %q, want 5 with a time", name, got)
		}
		x.paidOnce(order, collection)
	}
	if n := x.one(`SELECT count(*)::text FROM storegraph.payment_task`); n != "0" {
		t.Errorf("%s tasks are left", n)
	}
}

// TestTooMuchOfAFailedCompletion gives everything back, and not the excess besides.
func TestTooMuchOfAFailedCompletion(t *testing.T) {
	t.Parallel()
	x := newTill(t)
	cart, collection := x.cart()
	id := x.choose(collection)
	x.payer.Set(id, model.PaymentStatusCaptured)
	x.payer.Take(id, model.NewAmount(5))
	x.sql(`UPDATE inventory_level SET stocked_quantity = 0, raw_stocked_quantity = '{"value":"0","precision":20}' WHERE inventory_item_id IN (
SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = ?)`, x.handles["var_mug_moss"])
	if _, err := x.completeCart(x.ctx, cart, nil); err == nil {
		t.Fatal("what is sold out is sold")
	}
	x.must(x.doPayments(x.ctx))
	if calls := x.payer.Calls(); calls["void"] != 1 || calls["refund"] != 0 {
		t.Errorf("calls = %v, want one void and no refund", calls)
	}
}
