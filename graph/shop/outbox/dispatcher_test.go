package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/shop/outbox"
	"github.com/storegraph/storegraph/model"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// A clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// A receiver is a server that verifies and counts the events it gets, by their ids.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	bodies map[string][]string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	judge, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{status: http.StatusOK, bodies: map[string][]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err == nil {
			err = judge.VerifyIgnoringTimestamp(body, req.Header) // the tests move the clock
		}
		if err != nil {
			t.Errorf("an event that cannot be verified: %v", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		id := req.Header.Get("Webhook-Id")
		r.bodies[id] = append(r.bodies[id], string(body))
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) { r.mu.Lock(); defer r.mu.Unlock(); r.status = status }

// count returns how many events came, and how many of them more than once.
func (r *receiver) count() (events, repeated int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.bodies {
		events++
		if len(b) > 1 {
			repeated++
		}
	}
	return events, repeated
}

func (r *receiver) destination(t *testing.T, c *clock) *outbox.Webhook {
	t.Helper()
	e, err := outbox.NewEndpoint(r.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	return outbox.NewWebhook(e, c.now)
}

func newClock() *clock { return &clock{at: time.Now().Truncate(time.Millisecond)} }

func newDispatcher(d db.DB, c *clock, attempts int, to ...outbox.Destination) *outbox.Dispatcher {
	return outbox.NewDispatcher(outbox.Config{DB: d, Destinations: to, Now: c.now, Log: slog.New(slog.DiscardHandler), Attempts: attempts})
}

func deliver(t *testing.T, d *outbox.Dispatcher, want int) {
	t.Helper()
	got, err := d.Drain(t.Context())
	if err != nil || got != want {
		t.Fatalf("%d deliveries were tried (%v), want %d", got, err, want)
	}
}

func emit(t *testing.T, d db.DB, c *clock, name string, payload any) {
	t.Helper()
	if err := d.Emit(t.Context(), name, payload, c.now()); err != nil {
		t.Fatal(err)
	}
}

// kept returns what the table keeps, as text.
func kept(t *testing.T, d db.DB) string {
	t.Helper()
	rows, err := d.Texts(t.Context(), "SELECT o::text FROM storegraph.outbox o ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, "\n")
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	d, c, r := dbtest.New(t), newClock(), newReceiver(t)
	w := newDispatcher(d, c, 0, r.destination(t, c))
	emit(t, d, c, "auth.password_reset", map[string]any{"entity_id": "ada@example.com", "token": "very-secret"})
	_, err := db.InTx(t.Context(), d, func(tx db.DB) (struct{}, error) {
		if err := tx.Emit(t.Context(), "order.placed", map[string]string{"id": "order_1"}, c.now()); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, errors.New("rolled back")
	})
	if err == nil {
		t.Fatal("the transaction did not fail")
	}
	deliver(t, w, 1)
	deliver(t, w, 0)
	if n, repeated := r.count(); n != 1 || repeated != 0 {
		t.Fatalf("%d events came, %d repeatedly, want 1 and 0", n, repeated)
	}
	for _, bodies := range r.bodies {
		var got struct {
			Type      string
			Timestamp time.Time
			Data      map[string]string
		}
		if err := json.Unmarshal([]byte(bodies[0]), &got); err != nil {
			t.Fatal(err)
		}
		if got.Type != "auth.password_reset" || got.Data["token"] != "very-secret" || !got.Timestamp.Equal(c.now()) {
			t.Errorf("the event = %+v", got)
		}
	}
	if text := kept(t, d); strings.Contains(text, "very-secret") || !strings.Contains(text, "ada@example.com") {
		t.Errorf("kept %s, want it without the token", text)
	}
	if n, err := d.ForgetEvents(t.Context(), c.now(), c.now(), 10); err != nil || n != 0 {
		t.Errorf("forgot %d (%v) that are not old", n, err)
	}
	if n, err := d.ForgetEvents(t.Context(), c.now().Add(time.Second), c.now(), 10); err != nil || n != 1 {
		t.Errorf("forgot %d (%v), want 1", n, err)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	d, c, good, bad := dbtest.New(t), newClock(), newReceiver(t), newReceiver(t)
	w := newDispatcher(d, c, 4, good.destination(t, c), bad.destination(t, c))
	bad.answer(http.StatusServiceUnavailable)
	emit(t, d, c, "auth.password_reset", map[string]any{"token": "very-secret"})
	for i, wait := range []time.Duration{0, 4 * time.Second, 9 * time.Second, 19 * time.Second} {
		c.pass(wait)
		if i > 0 {
			deliver(t, w, 0) // not before its time
			c.pass(wait/2 + 2*time.Second)
		}
		deliver(t, w, map[bool]int{true: 2, false: 1}[i == 0]) // the good receiver has it after the first time
	}
	c.pass(24 * time.Hour)
	deliver(t, w, 0)
	if n, repeated := good.count(); n != 1 || repeated != 0 {
		t.Errorf("the good receiver got %d events, %d of them repeatedly, want 1 and 0", n, repeated)
	}
	for _, bodies := range bad.bodies {
		if len(bodies) != 4 {
			t.Errorf("the bad receiver was tried %d times, want 4", len(bodies))
		}
	}
	open, err := d.OpenDeliveries(t.Context(), 10)
	if err != nil || len(open) != 1 || open[0].DeadAt == nil || !strings.Contains(open[0].Error, "503") || strings.Contains(open[0].Error, bad.URL) {
		t.Fatalf("OpenDeliveries = %+v, %v, want one that is dead because of a 503", open, err)
	}
	if text := kept(t, d); strings.Contains(text, "very-secret") {
		t.Errorf("a dead event keeps its secret: %s", text)
	}
	if n, err := d.ReviveEvents(t.Context(), nil, c.now()); err != nil || n != 0 {
		t.Errorf("revived %d (%v) whose secrets are gone", n, err)
	}
	bad.answer(http.StatusGone)
	emit(t, d, c, "order.placed", map[string]string{"id": "order_1"})
	deliver(t, w, 2) // given up at once by the bad receiver
	bad.answer(http.StatusOK)
	if n, err := d.ReviveEvents(t.Context(), nil, c.now()); err != nil || n != 1 {
		t.Fatalf("revived %d (%v), want 1", n, err)
	}
	deliver(t, w, 1)
	if open, err := d.OpenDeliveries(t.Context(), 10); err != nil || len(open) != 1 {
		t.Errorf("OpenDeliveries = %+v, %v, want only the first", open, err)
	}
	if n, repeated := good.count(); n != 2 || repeated != 0 {
		t.Errorf("the good receiver got %d events, %d of them repeatedly, want 2 and 0", n, repeated)
	}
}

func TestServersAtOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	c, r := newClock(), newReceiver(t)
	const events = 100
	first := dbtest.Open(t, url, db.Options{})
	for i := range events {
		emit(t, first, c, "order.placed", map[string]string{"id": fmt.Sprint(i)})
	}
	var wg sync.WaitGroup
	for range 3 {
		w := newDispatcher(dbtest.Open(t, url, db.Options{}), c, 0, r.destination(t, c))
		wg.Go(func() {
			if _, err := w.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, repeated := r.count(); n != events || repeated != 0 {
		t.Errorf("%d events came, %d of them repeatedly, want %d and 0", n, repeated, events)
	}
}

// A dying destination panics.
type dying struct{}

func (dying) Name() string { return "dying" }

func (dying) Deliver(context.Context, *model.Event) error { panic("on purpose") }

// A server that dies leaves its deliveries to the others when its lease ends. One that comes back later changes nothing.
func TestLostLease(t *testing.T) {
	t.Parallel()
	d, c, r := dbtest.New(t), newClock(), newReceiver(t)
	to := r.destination(t, c)
	emit(t, d, c, "auth.password_reset", map[string]string{"token": "very-secret"})
	if err := d.FanOutEvents(t.Context(), []string{to.Name()}, c.now()); err != nil {
		t.Fatal(err)
	}
	claim := func() *db.Delivery {
		t.Helper()
		claimed, err := d.ClaimDeliveries(t.Context(), map[string]int{to.Name(): 10}, c.now(), c.now().Add(time.Minute))
		if err != nil || len(claimed) != 1 {
			t.Fatalf("ClaimDeliveries = %v, %v, want one", claimed, err)
		}
		return claimed[0]
	}
	stale := claim()
	w := newDispatcher(d, c, 2, to)
	deliver(t, w, 0)
	c.pass(time.Minute)
	held := claim()
	for name, change := range map[string]func() (bool, error){
		"finished": func() (bool, error) { return d.FinishDelivery(t.Context(), stale, "", c.now()) },
		"buried":   func() (bool, error) { return d.FinishDelivery(t.Context(), stale, "late", c.now()) },
		"retried":  func() (bool, error) { return d.PostponeDelivery(t.Context(), stale, "late", c.now()) },
	} {
		if ok, err := change(); ok || err != nil {
			t.Errorf("%s by a lease that was lost: %v, %v, want nothing done", name, ok, err)
		}
	}
	if text := kept(t, d); !strings.Contains(text, "very-secret") {
		t.Errorf("a lease that was lost finished the event: %s", text)
	}
	deliver(t, w, 0)
	// Not even after the event was given up and revived, when its attempts are counted anew.
	if ok, err := d.FinishDelivery(t.Context(), held, "refused", c.now()); !ok || err != nil {
		t.Fatalf("FinishDelivery = %v, %v", ok, err)
	}
	emit(t, d, c, "order.placed", map[string]string{})
	if err := d.FanOutEvents(t.Context(), []string{to.Name()}, c.now()); err != nil {
		t.Fatal(err)
	}
	stale = claim()
	if ok, err := d.FinishDelivery(t.Context(), stale, "refused", c.now()); !ok || err != nil {
		t.Fatalf("FinishDelivery = %v, %v", ok, err)
	}
	if n, err := d.ReviveEvents(t.Context(), nil, c.now()); n != 1 || err != nil {
		t.Fatalf("revived %d (%v), want 1", n, err)
	}
	held = claim()
	if held.Attempts != stale.Attempts {
		t.Fatalf("attempt %d after reviving, want %d as before", held.Attempts, stale.Attempts)
	}
	if ok, err := d.FinishDelivery(t.Context(), stale, "", c.now()); ok || err != nil {
		t.Errorf("a lease from before an event was given up finished it: %v, %v", ok, err)
	}
	if ok, err := d.FinishDelivery(t.Context(), held, "", c.now()); !ok || err != nil {
		t.Errorf("the lease that holds did not finish the event: %v, %v", ok, err)
	}
}

func TestPanicIsAFailure(t *testing.T) {
	t.Parallel()
	d, c := dbtest.New(t), newClock()
	emit(t, d, c, "order.placed", map[string]string{"id": "order_1"})
	deliver(t, newDispatcher(d, c, 0, dying{}), 1)
	open, err := d.OpenDeliveries(t.Context(), 10)
	if err != nil || len(open) != 1 || open[0].DeadAt == nil {
		t.Errorf("OpenDeliveries = %+v, %v, want a dead one", open, err)
	}
}

// Where nothing is to be told, events are finished and lose their secrets; what no server delivers any more is given up in the end.
func TestNoDestination(t *testing.T) {
	t.Parallel()
	d, c, r := dbtest.New(t), newClock(), newReceiver(t)
	emit(t, d, c, "auth.password_reset", map[string]string{"token": "very-secret"})
	if err := d.FanOutEvents(t.Context(), nil, c.now()); err != nil {
		t.Fatal(err)
	}
	if open, err := d.OpenDeliveries(t.Context(), 10); err != nil || len(open) > 0 || strings.Contains(kept(t, d), "very-secret") {
		t.Errorf("OpenDeliveries = %v, %v and kept %s, want none and no secret", open, err, kept(t, d))
	}
	emit(t, d, c, "auth.password_reset", map[string]string{"token": "very-secret"})
	if open, err := d.OpenDeliveries(t.Context(), 10); err != nil || len(open) != 1 || open[0].Destination != "" {
		t.Errorf("OpenDeliveries = %v, %v, want what no server has looked at", open, err)
	}
	to := r.destination(t, c)
	if err := d.FanOutEvents(t.Context(), []string{to.Name(), "gone"}, c.now()); err != nil {
		t.Fatal(err)
	}
	deliver(t, newDispatcher(d, c, 0, to), 1)
	if text := kept(t, d); !strings.Contains(text, "very-secret") {
		t.Errorf("an event that has not come everywhere lost its secret: %s", text)
	}
	for _, passed := range []time.Duration{0, time.Second} {
		c.pass(passed)
		if _, err := d.ForgetEvents(t.Context(), c.now(), c.now(), 0); err != nil {
			t.Fatal(err)
		}
		open, err := d.OpenDeliveries(t.Context(), 10)
		if dead := passed > 0; err != nil || len(open) != 1 || (open[0].DeadAt != nil) != dead || open[0].Redacted != dead {
			t.Errorf("OpenDeliveries after %s = %+v, %v, want one that is given up: %v", passed, open, err, dead)
		}
	}
}

// A stuck destination answers only when the test says so.
type stuck struct{ until chan struct{} }

func (stuck) Name() string { return "stuck" }

func (s stuck) Deliver(context.Context, *model.Event) error {
	<-s.until
	return errors.New("no answer")
}

// notes are the names of the events that came.
type notes chan string

func (notes) Name() string { return "notes" }

func (n notes) Deliver(_ context.Context, e *model.Event) error { n <- e.Name; return nil }

// A destination that hangs holds up neither others nor what comes later, however much waits for it.
func TestStuckDestinationHoldsUpNothing(t *testing.T) {
	t.Parallel()
	d, c := dbtest.New(t), newClock()
	until, came := make(chan struct{}), make(notes, 100)
	w := newDispatcher(d, c, 0, stuck{until}, came)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	const events = 30 // more than a destination has slots
	for i := range events {
		emit(t, d, c, fmt.Sprint("event.", i), map[string]string{})
		w.Wake()
		if got, want := <-came, fmt.Sprint("event.", i); got != want {
			t.Errorf("%s came, want %s", got, want)
		}
	}
	cancel()
	close(until)
	<-done
	open, err := d.OpenDeliveries(t.Context(), 100)
	if err != nil || len(open) != events {
		t.Fatalf("OpenDeliveries = %d, %v, want %d for the stuck destination", len(open), err, events)
	}
	tried := 0
	for _, x := range open {
		if x.Error == "no answer" {
			tried++
		}
		if x.Destination != "stuck" {
			t.Errorf("%s did not come to %s", x.Name, x.Destination)
		}
	}
	if tried != 20 {
		t.Errorf("%d events were tried at the stuck destination, want as many as it has slots", tried)
	}
}

// What is new goes before what is tried again, however much that is.
func TestNewEventsFirst(t *testing.T) {
	t.Parallel()
	d, c := dbtest.New(t), newClock()
	down := newReceiver(t)
	down.answer(http.StatusBadGateway)
	to := down.destination(t, c)
	w := newDispatcher(d, c, 0, to)
	for range 40 {
		emit(t, d, c, "order.placed", map[string]string{})
	}
	deliver(t, w, 40)
	c.pass(time.Hour)
	emit(t, d, c, "auth.password_reset", map[string]string{})
	if err := d.FanOutEvents(t.Context(), []string{to.Name()}, c.now()); err != nil {
		t.Fatal(err)
	}
	claimed, err := d.ClaimDeliveries(t.Context(), map[string]int{to.Name(): 5}, c.now(), c.now().Add(time.Minute))
	if err != nil || len(claimed) != 5 || !slices.ContainsFunc(claimed, func(x *db.Delivery) bool { return x.Event.Name == "auth.password_reset" }) {
		t.Errorf("ClaimDeliveries = %v, %v, want the new one among them", claimed, err)
	}
}
