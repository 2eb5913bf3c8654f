package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/work"
	"github.com/storegraph/storegraph/model"
)

// ErrPermanent marks the failures of a destination that another attempt does not cure.
var ErrPermanent = work.ErrPermanent

// A Destination is where events go.
type Destination interface {
	// Name identifies the destination among the others, the same on every server and after every start.
	Name() string
	// Deliver hands an event over, or fails. The text of its error is kept, so it must hold no secret and no address.
	Deliver(ctx context.Context, e *model.Event) error
}

const (
	atOnce      = 20 // deliveries to a destination that a server has on their way at a time
	lastPause   = 4 * time.Hour
	forgetEvery = 10 * time.Minute
	finishEvery = time.Second
	forgetLimit = 10_000 // events that are forgotten at a time
)

// Config is what a Dispatcher needs.
type Config struct {
	DB           db.DB
	Destinations []Destination // none: events are only marked as delivered
	Now          func() time.Time
	Log          *slog.Logger
	Attempts     int                    // how often a delivery is tried before it is given up; 0 means 15
	Keep         time.Duration          // how long events that were delivered or given up are kept; 0 means 7 days
	Observe      func(work.Observation) // nil: nobody observes
	Tracer       trace.Tracer           // makes a span of each delivery; nil: nothing is traced
}

// A Dispatcher delivers events.
type Dispatcher struct {
	Config
	names  []string
	byName map[string]Destination
	worker *work.Worker
}

// NewDispatcher returns a dispatcher.
func NewDispatcher(c Config) *Dispatcher {
	if c.Attempts == 0 {
		c.Attempts = 15
	}
	if c.Keep == 0 {
		c.Keep = 7 * 24 * time.Hour
	}
	d := &Dispatcher{Config: c, byName: map[string]Destination{}}
	for _, to := range c.Destinations {
		d.names = append(d.names, to.Name())
		d.byName[to.Name()] = to
	}
	d.worker = work.New(work.Config{
		Name: "events", Queue: deliveries{d}, Destinations: d.names, Slots: atOnce, Attempts: c.Attempts, LastPause: lastPause, Now: c.Now, Log: c.Log, Observe: c.Observe, Tracer: c.Tracer,
	})
	return d
}

// Wake has new events looked for now, instead of at the next poll. It does not wait.
func (d *Dispatcher) Wake() { d.worker.Wake() }

// Run delivers events until ctx ends. Deliveries that are on their way then get a few seconds to end.
func (d *Dispatcher) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { d.tidy(ctx) })
	d.worker.Run(ctx)
}

// tidy forgets old events until ctx ends. Where there is no destination, for which the worker would claim, it finishes new ones.
func (d *Dispatcher) tidy(ctx context.Context) {
	forget, finish := time.NewTicker(forgetEvery), time.NewTicker(finishEvery)
	defer forget.Stop()
	defer finish.Stop()
	if len(d.Destinations) > 0 {
		finish.Stop()
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-finish.C:
			err = d.DB.FanOutEvents(ctx, nil, d.Now())
		case <-forget.C:
			_, err = d.DB.ForgetEvents(ctx, d.Now().Add(-d.Keep), d.Now(), forgetLimit)
			err = errors.Join(err, d.DB.ForgetCommits(ctx))
		}
		if err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "old events are not tidied up for now", "error", err)
		}
	}
}

// deliveries is the queue of a dispatcher.
type deliveries struct{ dispatcher *Dispatcher }

// Claim gives new events their deliveries, and leases deliveries that are due.
func (q deliveries) Claim(ctx context.Context, free map[string]int, now, until time.Time) ([]work.Task, error) {
	d := q.dispatcher
	if err := d.DB.FanOutEvents(ctx, d.names, now); err != nil {
		return nil, err
	}
	claimed, err := d.DB.ClaimDeliveries(ctx, free, now, until)
	if err != nil {
		return nil, err
	}
	tasks := make([]work.Task, len(claimed))
	for i, x := range claimed {
		tasks[i] = &delivery{x, d}
	}
	return tasks, nil
}

// A delivery is the task to deliver one event to one destination.
type delivery struct {
	*db.Delivery
	dispatcher *Dispatcher
}

func (x *delivery) String() string      { return x.Event.Name + " " + x.Event.ID }
func (x *delivery) Destination() string { return x.Delivery.Destination }
func (x *delivery) Attempt() int        { return x.Attempts }
func (x *delivery) Since() time.Time    { return x.Event.CreatedAt }

// Cause is where in a trace the event happened.
func (x *delivery) Cause() trace.SpanContext { return x.Delivery.Cause }

func (x *delivery) Do(ctx context.Context) error {
	return x.dispatcher.byName[x.Delivery.Destination].Deliver(ctx, x.Event)
}

func (x *delivery) Finish(ctx context.Context, now time.Time) (bool, error) {
	return x.dispatcher.DB.FinishDelivery(ctx, x.Delivery, "", now)
}

func (x *delivery) Retry(ctx context.Context, reason string, due time.Time) (bool, error) {
	return x.dispatcher.DB.PostponeDelivery(ctx, x.Delivery, reason, due)
}

func (x *delivery) Bury(ctx context.Context, reason string, now time.Time) (bool, error) {
	return x.dispatcher.DB.FinishDelivery(ctx, x.Delivery, reason, now)
}
