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

	"storegraph/db"
	"storegraph/db/dbtest"
	"storegraph/graph/shop/outbox"
	"storegraph/model"
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
	got, err := d.Deliver(t.Context())
	if err != nil || got != want {
		t.Fatalf("Deliver = %d, %v, want %d", got, err, want)
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
	if n, err := d.ForgetEvents(t.Context(), c.now(), 10); err != nil || n != 0 {
		t.Errorf("forgot %d (%v) that are not old", n, err)
	}
	if n, err := d.ForgetEvents(t.Context(), c.now().Add(time.Second), 10); err != nil || n != 1 {
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
		deliver(t, w, 1)
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
	open, err := d.OpenEvents(t.Context(), 10)
	if err != nil || len(open) != 1 || open[0].DeadAt == nil || !strings.Contains(open[0].Error, "503") || strings.Contains(open[0].Error, bad.URL) {
		t.Fatalf("OpenEvents = %+v, %v, want one that is dead because of a 503", open, err)
	}
	if text := kept(t, d); strings.Contains(text, "very-secret") {
		t.Errorf("a dead event keeps its secret: %s", text)
	}
	if n, err := d.ReviveEvents(t.Context(), nil, c.now()); err != nil || n != 0 {
		t.Errorf("revived %d (%v) whose secrets are gone", n, err)
	}
	bad.answer(http.StatusGone)
	emit(t, d, c, "order.placed", map[string]string{"id": "order_1"})
	deliver(t, w, 1) // given up at once
	bad.answer(http.StatusOK)
	if n, err := d.ReviveEvents(t.Context(), nil, c.now()); err != nil || n != 1 {
		t.Fatalf("revived %d (%v), want 1", n, err)
	}
	deliver(t, w, 1)
	if open, err := d.OpenEvents(t.Context(), 10); err != nil || len(open) != 1 {
		t.Errorf("OpenEvents = %+v, %v, want only the first", open, err)
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
			for {
				n, err := w.Deliver(t.Context())
				if err != nil {
					t.Error(err)
				}
				if n == 0 || err != nil {
					return
				}
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

func TestDeadServersEventsAreTaken(t *testing.T) {
	t.Parallel()
	d, c, r := dbtest.New(t), newClock(), newReceiver(t)
	emit(t, d, c, "order.placed", map[string]string{"id": "order_1"})
	stale, err := d.ClaimEvents(t.Context(), 10, c.now(), c.now().Add(time.Minute)) // by a server that never comes back
	if err != nil || len(stale) != 1 {
		t.Fatalf("ClaimEvents = %v, %v", stale, err)
	}
	w := newDispatcher(d, c, 0, r.destination(t, c))
	deliver(t, w, 0)
	c.pass(time.Minute)
	deliver(t, w, 1)
	// It does come back.
	if err := d.PostponeEvent(t.Context(), stale[0], "late", c.now()); err != nil {
		t.Fatal(err)
	}
	deliver(t, w, 0)
}

func TestPanicIsAFailure(t *testing.T) {
	t.Parallel()
	d, c := dbtest.New(t), newClock()
	emit(t, d, c, "order.placed", map[string]string{"id": "order_1"})
	deliver(t, newDispatcher(d, c, 0, dying{}), 1)
	open, err := d.OpenEvents(t.Context(), 10)
	if err != nil || len(open) != 1 || open[0].DeadAt == nil {
		t.Errorf("OpenEvents = %+v, %v, want a dead one", open, err)
	}
}

// A stuck destination answers only when the test ends.
type stuck struct{ until chan struct{} }

func (stuck) Name() string { return "stuck" }

func (s stuck) Deliver(ctx context.Context, _ *model.Event) error {
	select {
	case <-s.until:
	case <-ctx.Done():
	}
	return errors.New("stuck")
}

// notes are the names of the events that came.
type notes chan string

func (notes) Name() string { return "notes" }

func (n notes) Deliver(_ context.Context, e *model.Event) error { n <- e.Name; return nil }

// A destination that hangs keeps neither others nor what comes later waiting.
func TestStuckDestinationHoldsUpNothing(t *testing.T) {
	t.Parallel()
	d, c := dbtest.New(t), newClock()
	until, came := make(chan struct{}), make(notes, 100)
	w := newDispatcher(d, c, 0, stuck{until}, came)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	for i := range 10 {
		emit(t, d, c, fmt.Sprint("event.", i), map[string]string{})
		select {
		case got := <-came:
			if want := fmt.Sprint("event.", i); got != want {
				t.Errorf("%s came, want %s", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("event %d did not come", i)
		}
	}
	cancel()
	select {
	case <-done:
		t.Error("Run returned with events on their way")
	default:
	}
	close(until)
	<-done
	if open, err := d.OpenEvents(t.Context(), 100); err != nil || len(open) != 10 || open[0].Error != "stuck: stuck" {
		t.Errorf("OpenEvents = %d, %v, want 10 that are tried again", len(open), err)
	}
}

// What is new goes before what is tried again, however much that is.
func TestNewEventsFirst(t *testing.T) {
	t.Parallel()
	d, c := dbtest.New(t), newClock()
	down := newReceiver(t)
	down.answer(http.StatusBadGateway)
	w := newDispatcher(d, c, 0, down.destination(t, c))
	for range 40 {
		emit(t, d, c, "order.placed", map[string]string{})
	}
	deliver(t, w, 20)
	deliver(t, w, 20)
	c.pass(time.Hour)
	emit(t, d, c, "auth.password_reset", map[string]string{})
	events, err := d.ClaimEvents(t.Context(), 5, c.now(), c.now().Add(time.Minute))
	if err != nil || len(events) != 5 || !slices.ContainsFunc(events, func(e *model.Event) bool { return e.Name == "auth.password_reset" }) {
		t.Errorf("ClaimEvents = %v, %v, want the new one among them", events, err)
	}
}
