package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// ErrPermanent marks failures that another attempt does not cure.
var ErrPermanent = errors.New("permanent failure")

// A Task is work that a worker has leased.
type Task interface {
	// String names the task in the log.
	String() string
	// Destination is the destination whose slot the task takes.
	Destination() string
	// Attempt is the number of attempts, with the present one.
	Attempt() int
	// Since is when the task came to be.
	Since() time.Time

	// Do makes one attempt. It fails with ErrPermanent in the chain if another makes no sense. The text of its error is logged and
	// kept.
	Do(ctx context.Context) error

	// Finish, Retry and Bury note that the task is done, is to be tried again when due, or is given up. They report false, and
	// change nothing, if the task has been leased again since.
	Finish(ctx context.Context, now time.Time) (held bool, err error)
	Retry(ctx context.Context, reason string, due time.Time) (held bool, err error)
	Bury(ctx context.Context, reason string, now time.Time) (held bool, err error)
}

// Caused is a Task that knows what it is a consequence of.
type Caused interface {
	// Cause is where that is in another trace; not valid if it was not traced.
	Cause() trace.SpanContext
}

// A Queue is where tasks wait.
type Queue interface {
	// Claim leases tasks that are due now until another time: for each destination up to as many as it has free slots.
	Claim(ctx context.Context, free map[string]int, now, until time.Time) ([]Task, error)
}

// An Outcome is what has become of a task.
type Outcome string

// The outcomes.
const (
	Claimed   Outcome = "claimed"
	Succeeded Outcome = "succeeded"
	Retried   Outcome = "retried" // failed, to be tried again
	Buried    Outcome = "buried"  // failed for the last time
	Lost      Outcome = "lost"    // attempted, but leased by another worker meanwhile
)

// An Observation tells of one task that it was claimed, or what came of an attempt.
type Observation struct {
	Queue       string
	Destination string
	Outcome     Outcome
	Attempt     int
	Age         time.Duration // of the task
}

// Config is what a Worker needs. The zero value of each optional field is its default.
type Config struct {
	Name         string // of the queue, in logs and observations
	Queue        Queue
	Destinations []string
	Slots        int           // tasks of a destination that run at a time; 0 means 4
	Timeout      time.Duration // of an attempt; 0 means 15 seconds
	Attempts     int           // after which a task is given up; 0 means never, not even after a permanent failure
	FirstPause   time.Duration // after the first attempt; it doubles with each. 0 means 5 seconds
	LastPause    time.Duration // the longest pause; 0 means an hour
	Poll         time.Duration // between two looks for tasks that other servers left, or that have become due; 0 means a second
	Grace        time.Duration // that attempts have when the worker stops, after which they are broken off; 0 means 5 seconds
	Now          func() time.Time
	Log          *slog.Logger
	Observe      func(Observation) // nil: nobody observes
	Tracer       trace.Tracer      // makes a span of each attempt; nil: nothing is traced
}

const (
	// noteTimeout is how long it may take to note what came of an attempt.
	noteTimeout = 10 * time.Second
	// margin is how much longer than an attempt a lease is.
	margin = 3 * noteTimeout
	// complainEvery is the shortest time between two complaints that the queue cannot be reached.
	complainEvery = time.Minute
)

func (c Config) withDefaults() Config {
	if c.Slots == 0 {
		c.Slots = 4
	}
	for _, d := range []struct {
		setting *time.Duration
		value   time.Duration
	}{
		{&c.Timeout, 15 * time.Second},
		{&c.FirstPause, 5 * time.Second},
		{&c.LastPause, time.Hour},
		{&c.Poll, time.Second},
		{&c.Grace, 5 * time.Second},
	} {
		if *d.setting == 0 {
			*d.setting = d.value
		}
	}
	if c.Observe == nil {
		c.Observe = func(Observation) {}
	}
	return c
}

// A Worker does the tasks of a queue. It is safe for concurrent use.
type Worker struct {
	c       Config
	wake    chan struct{} // holds a value while the queue is to be looked at without waiting for the next poll
	running sync.WaitGroup

	mu      sync.Mutex
	busy    map[string]int  // slots taken, by destination
	backlog map[string]bool // destinations whose slots did not suffice at the last look
}

// New returns a worker.
func New(c Config) *Worker {
	return &Worker{c: c.withDefaults(), wake: make(chan struct{}, 1), busy: map[string]int{}, backlog: map[string]bool{}}
}

// Wake has the queue looked at now, since there may be something new. It does not wait.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run does tasks until ctx ends. It returns when the attempts that run then have ended, which it breaks off after the grace period:
// those tasks are due again at once, for other workers.
func (w *Worker) Run(ctx context.Context) {
	attempts, breakOff := context.WithCancel(context.WithoutCancel(ctx))
	defer breakOff()
	w.loop(ctx, attempts)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.running.Wait()
	}()
	grace := time.NewTimer(w.c.Grace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		breakOff()
		<-ended
	}
}

func (w *Worker) loop(ctx, attempts context.Context) {
	poll := time.NewTicker(w.c.Poll)
	defer poll.Stop()
	var complained time.Time
	for {
		tasks, err := w.claim(ctx)
		if err != nil && ctx.Err() == nil && w.c.Now().Sub(complained) >= complainEvery {
			complained = w.c.Now()
			w.c.Log.WarnContext(ctx, "work is not done for now, trying on", "queue", w.c.Name, "error", err)
		}
		for _, t := range tasks {
			w.running.Go(func() {
				defer w.freeSlot(t)
				if err := w.attempt(attempts, t); err != nil {
					w.c.Log.WarnContext(ctx, "what came of an attempt is not noted, so that it will be repeated", "queue", w.c.Name, "task", t.String(), "error", err)
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-poll.C:
		}
	}
}

// Drain does what is due now, and what becomes due meanwhile, and returns how many attempts it made. It fails if the queue does, not
// if a task does. Tests use it, which have a clock of their own.
func (w *Worker) Drain(ctx context.Context) (attempts int, err error) {
	for {
		tasks, err := w.claim(ctx)
		if err != nil || len(tasks) == 0 {
			return attempts, err
		}
		attempts += len(tasks)
		errs := make([]error, len(tasks))
		var round sync.WaitGroup
		for i, t := range tasks {
			round.Go(func() {
				defer w.freeSlot(t)
				errs[i] = w.attempt(ctx, t)
			})
		}
		round.Wait()
		if err := errors.Join(errs...); err != nil {
			return attempts, err
		}
	}
}

// claim leases as many tasks as there are free slots, and takes the slots.
func (w *Worker) claim(ctx context.Context) ([]Task, error) {
	free := w.free()
	if len(free) == 0 {
		return nil, nil
	}
	now := w.c.Now()
	tasks, err := w.c.Queue.Claim(ctx, free, now, now.Add(w.c.Timeout+margin))
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	claimed := map[string]int{}
	for _, t := range tasks {
		claimed[t.Destination()]++
		w.observe(t, Claimed)
	}
	for destination, slots := range free {
		w.busy[destination] += claimed[destination]
		w.backlog[destination] = claimed[destination] == slots
	}
	return tasks, nil
}

// free returns the free slots of the destinations that have any.
func (w *Worker) free() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]int{}
	for _, d := range w.c.Destinations {
		if n := w.c.Slots - w.busy[d]; n > 0 {
			out[d] = n
		}
	}
	return out
}

// freeSlot frees the slot of a task, for one that may wait for it.
func (w *Worker) freeSlot(t Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy[t.Destination()]--
	if w.backlog[t.Destination()] {
		w.Wake()
	}
}

// attempt makes an attempt and notes what came of it. It fails if that cannot be noted: the task is leased again when its lease ends.
func (w *Worker) attempt(ctx context.Context, t Task) error {
	ctx, ended := w.trace(ctx, t)
	defer func() { ended("") }() // nothing is noted
	failure := w.try(ctx, t)
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	var held bool
	var err error
	outcome, now := Retried, w.c.Now()
	switch {
	case failure == nil:
		outcome = Succeeded
		held, err = t.Finish(noting, now)
	case ctx.Err() != nil: // the worker stops; another one has nothing to wait for
		held, err = t.Retry(noting, failure.Error(), now)
	case w.c.Attempts > 0 && (t.Attempt() >= w.c.Attempts || errors.Is(failure, ErrPermanent)):
		outcome = Buried
		held, err = t.Bury(noting, failure.Error(), now)
	default:
		held, err = t.Retry(noting, failure.Error(), now.Add(w.pause(t.Attempt())))
	}
	if err != nil {
		return err
	}
	if !held {
		outcome = Lost
	}
	w.observe(t, outcome)
	ended(outcome)
	w.log(ctx, t, outcome, failure)
	return nil
}

// trace begins the span of an attempt, a trace of its own that is linked to what caused the task. ended completes it, once.
func (w *Worker) trace(ctx context.Context, t Task) (_ context.Context, ended func(Outcome)) {
	if w.c.Tracer == nil {
		return ctx, func(Outcome) {}
	}
	options := []trace.SpanStartOption{
		trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			attribute.String("storegraph.destination", t.Destination()), attribute.Int("storegraph.attempt", t.Attempt())),
	}
	if caused, ok := t.(Caused); ok && caused.Cause().IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: caused.Cause()}))
	}
	ctx, span := w.c.Tracer.Start(ctx, w.c.Name, options...)
	return ctx, func(o Outcome) {
		span.SetAttributes(attribute.String("storegraph.outcome", string(o)))
		if o != Succeeded {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// try makes an attempt. One that panics has failed for good.
func (w *Worker) try(ctx context.Context, t Task) (err error) {
	ctx, cancel := context.WithTimeout(ctx, w.c.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			w.c.Log.ErrorContext(ctx, "panic in a task", "queue", w.c.Name, "task", t.String(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: panic", ErrPermanent)
		}
	}()
	return t.Do(ctx)
}

func (w *Worker) log(ctx context.Context, t Task, o Outcome, failure error) {
	level, message := slog.LevelInfo, "work has to be tried again"
	switch o {
	case Claimed, Succeeded:
		return
	case Lost:
		level, message = slog.LevelWarn, "work took so long that another worker has it now"
	case Buried:
		level, message = slog.LevelError, "work is given up"
	case Retried:
	}
	w.c.Log.Log(ctx, level, message, "queue", w.c.Name, "task", t.String(), "destination", t.Destination(), "attempt", t.Attempt(), "error", failure)
}

func (w *Worker) observe(t Task, o Outcome) {
	w.c.Observe(Observation{Queue: w.c.Name, Destination: t.Destination(), Outcome: o, Attempt: t.Attempt(), Age: w.c.Now().Sub(t.Since())})
}

// pause is how long to wait after so many attempts: twice as long each time, and not the same for all tasks, so that a destination
// that comes back is not met by all of them at once.
func (w *Worker) pause(attempts int) time.Duration {
	p := w.c.LastPause
	if n := max(0, attempts-1); n < 20 {
		p = min(p, w.c.FirstPause<<n)
	}
	return p + rand.N(p/5+1)
}
