package outbox

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

// How long a try may take, how many events a server has on their way at a time, and how long none of the others takes them.
const (
	timeout = 15 * time.Second
	atOnce  = 20
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

// NewDispatcher returns a dispatcher.
func NewDispatcher(c Config) *Dispatcher {
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
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, atOnce)
	var told time.Time
	tell := func(message string, err error) {
		if err != nil && ctx.Err() == nil && d.Now().Sub(told) > tellEvery {
			d.Log.WarnContext(ctx, message, "error", err)
			told = d.Now()
		}
	}
	for {
		// A slow receiver holds its slots and no others.
		free := cap(slots) - len(slots)
		events, err := d.claim(ctx, free)
		tell("events are not delivered, trying on", err)
		for _, e := range events {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				if err := d.deliver(context.WithoutCancel(ctx), e); err != nil {
					d.Log.WarnContext(ctx, "what came of an event is not noted, so that it will be tried again", "id", e.ID, "error", err)
				}
			})
		}
		if len(events) == free && free > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case <-forget.C:
			_, err := d.DB.ForgetEvents(ctx, d.Now().Add(-d.Keep), 10_000)
			tell("old events are not forgotten", err)
		}
	}
}

// claim takes up to n events that are due.
func (d *Dispatcher) claim(ctx context.Context, n int) ([]*model.Event, error) {
	if n == 0 {
		return nil, nil
	}
	now := d.Now()
	return d.DB.ClaimEvents(ctx, n, now, now.Add(lease))
}

// Deliver tries once to deliver some of the events that are due, and reports how many it tried.
func (d *Dispatcher) Deliver(ctx context.Context) (int, error) {
	events, err := d.claim(ctx, atOnce)
	if err != nil {
		return 0, err
	}
	errs := make([]error, len(events))
	var wg sync.WaitGroup
	for i, e := range events {
		wg.Go(func() { errs[i] = d.deliver(context.WithoutCancel(ctx), e) })
	}
	wg.Wait()
	return len(events), errors.Join(errs...)
}

// deliver tries an event at each destination to which it has not come, at all of them at once, and notes what came of it.
func (d *Dispatcher) deliver(ctx context.Context, e *model.Event) error {
	errs := make([]error, len(d.Destinations))
	missing := make([]bool, len(d.Destinations))
	var wg sync.WaitGroup
	for i, to := range d.Destinations {
		if missing[i] = !slices.Contains(e.Delivered, to.Name()); missing[i] {
			wg.Go(func() { errs[i] = d.try(ctx, to, e) })
		}
	}
	wg.Wait()
	var reasons []string
	permanent := true
	for i, to := range d.Destinations {
		switch err := errs[i]; {
		case !missing[i]:
		case err == nil:
			e.Delivered = append(e.Delivered, to.Name())
		default:
			permanent = permanent && errors.Is(err, ErrPermanent)
			reasons = append(reasons, to.Name()+": "+err.Error())
		}
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
