package shop

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/storegraph/storegraph/graph/shop/work"
)

const (
	// paymentPoll is how often it is looked for what other servers left to be done at payment providers.
	paymentPoll = 5 * time.Second
	// completionTimeout is how long it may take to act on an event, which may complete a cart.
	completionTimeout = 4 * providerTimeout
	// eventAttempts is how often it is tried to act on an event.
	eventAttempts = 30
	// eventsKept is how long it is remembered what providers have told. They do not tell it again so late.
	eventsKept = 90 * 24 * time.Hour
)

// paymentWork is the work at payment providers, each of which has its own slots.
type paymentWork struct{ tasks, events *work.Worker }

func newPaymentWork(s *Shop) paymentWork {
	common := work.Config{
		Destinations: s.payers(), FirstPause: 10 * time.Second, LastPause: time.Hour, Poll: paymentPoll, Now: s.Now, Log: s.Log, Observe: s.Observe, Tracer: s.Tracer,
	}
	tasks, events := common, common
	tasks.Name, tasks.Queue, tasks.Timeout = "payment tasks", paymentTasks{s}, providerTimeout+5*time.Second
	events.Name, events.Queue, events.Timeout, events.Attempts = "payment events", paymentEvents{s}, completionTimeout, eventAttempts
	return paymentWork{work.New(tasks), work.New(events)}
}

// payers are the ids of the payment providers.
func (s *Shop) payers() []string { return slices.Sorted(maps.Keys(s.Payers)) }

// wakePayments has the workers look for something to do at once.
func (s *Shop) wakePayments() {
	s.payments.events.Wake()
	s.payments.tasks.Wake()
}

// WorkPayments does what is to be done at payment providers, and acts on what they have told, until ctx ends. Any number of servers
// may do so at once.
func (s *Shop) WorkPayments(ctx context.Context) {
	if err := s.DB.EnlistPaymentProviders(ctx, s.payers(), s.Now()); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "enlisting payment providers", "error", err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { s.payments.tasks.Run(ctx) })
	all.Go(func() { s.payments.events.Run(ctx) })
	tidy := time.NewTicker(time.Hour)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tidy.C:
			if err := s.DB.ForgetPaymentEvents(ctx, s.Now().Add(-eventsKept)); err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "forgetting payment events", "error", err)
			}
		}
	}
}
