package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"storegraph/db"
	"storegraph/model"
)

// A Destination is where events go.
type Destination interface {
	// Name identifies the destination among the others, the same on every server and after every start.
	Name() string
	// Deliver hands an event over, or fails. The text of its error is kept, so it must tell no secret and no address.
	Deliver(ctx context.Context, e *model.Event) error
}

// ErrPermanent marks the failures of a destination that another try does not cure.
var ErrPermanent = errors.New("cannot be delivered")

// How long a try may take, how many events a server takes at a time, and how long none of the others takes them.
const (
	timeout = 15 * time.Second
	batch   = 20
	lease   = 4 * timeout
)

// The pauses between two tries.
const (
	firstPause = 5 * time.Second
	lastPause  = 4 * time.Hour
)

// How often a server looks for events, and for those that may be forgotten, and tells that it cannot.
const (
	pollEvery   = time.Second
	forgetEvery = 10 * time.Minute
	tellEvery   = time.Minute
)

// Config is what a Dispatcher needs.
type Config struct {
	DB           db.DB
	Destinations []Destination // none: events are only marked as delivered
	Now          func() time.Time
	Log          *slog.Logger
	Attempts     int           // how often an event is tried before it is given up; 0 means 15
	Keep         time.Duration // how long events that were delivered or given up are kept; 0 means 30 days
}

// A Dispatcher delivers events.
type Dispatcher struct{ Config }

// New returns a dispatcher.
func New(c Config) *Dispatcher {
	if c.Attempts == 0 {
		c.Attempts = 15
	}
	if c.Keep == 0 {
		c.Keep = 30 * 24 * time.Hour
	}
	return &Dispatcher{c}
}

// Run delivers events until ctx ends. What is on its way then still arrives.
func (d *Dispatcher) Run(ctx context.Context) {
	poll, forget := time.NewTicker(pollEvery), time.NewTicker(forgetEvery)
	defer poll.Stop()
	defer forget.Stop()
	var told time.Time
	for {
		n, err := d.Deliver(ctx)
		if err != nil && ctx.Err() == nil && d.Now().Sub(told) > tellEvery {
			d.Log.WarnContext(ctx, "events are not delivered, trying on", "error", err)
			told = d.Now()
		}
		if n == batch && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case <-forget.C:
			if _, err := d.DB.ForgetEvents(ctx, d.Now().Add(-d.Keep), 10_000); err != nil && ctx.Err() == nil {
				d.Log.WarnContext(ctx, "old events are not forgotten", "error", err)
			}
		}
	}
}

// Deliver tries once to deliver some of the events that are due, and reports how many it tried.
func (d *Dispatcher) Deliver(ctx context.Context) (int, error) {
	now := d.Now()
	events, err := d.DB.ClaimEvents(ctx, batch, now, now.Add(lease))
	if err != nil {
		return 0, err
	}
	ctx = context.WithoutCancel(ctx)
	errs := make([]error, len(events))
	var wg sync.WaitGroup
	for i, e := range events {
		wg.Go(func() { errs[i] = d.deliver(ctx, e) })
	}
	wg.Wait()
	return len(events), errors.Join(errs...)
}

// deliver tries an event at each destination to which it has not come, and notes what came of it.
func (d *Dispatcher) deliver(ctx context.Context, e *model.Event) error {
	var reasons []string
	permanent := true
	for _, to := range d.Destinations {
		if slices.Contains(e.Delivered, to.Name()) {
			continue
		}
		err := d.try(ctx, to, e)
		if err == nil {
			e.Delivered = append(e.Delivered, to.Name())
			continue
		}
		permanent = permanent && errors.Is(err, ErrPermanent)
		reasons = append(reasons, to.Name()+": "+err.Error())
	}
	now := d.Now()
	reason := strings.Join(reasons, "; ")
	switch {
	case reason == "":
		return d.DB.FinishEvent(ctx, e, "", now)
	case permanent || e.Attempts >= d.Attempts:
		d.Log.ErrorContext(ctx, "an event is given up", "event", e.Name, "id", e.ID, "attempts", e.Attempts, "reason", reason)
		return d.DB.FinishEvent(ctx, e, reason, now)
	default:
		return d.DB.PostponeEvent(ctx, e, reason, now.Add(pause(e.Attempts)))
	}
}

// try hands an event to a destination. A destination that panics has failed.
func (d *Dispatcher) try(ctx context.Context, to Destination, e *model.Event) (err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			d.Log.ErrorContext(ctx, "panic in a destination of events", "destination", to.Name(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: panic", ErrPermanent)
		}
	}()
	return to.Deliver(ctx, e)
}

// pause is how long to wait after so many attempts: twice as long each time, and not the same for all, so that a receiver
// that comes back is not met by all events at once.
func pause(attempts int) time.Duration {
	p := lastPause
	if attempts < 20 {
		p = min(p, firstPause<<(attempts-1))
	}
	return p + rand.N(p/5)
}
