package shop

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/locking"
)

// locks are mutual exclusion by name within this process. The database's row locks are what decides; these keep those who
// wait for one thing from holding a connection each meanwhile, so that a much wanted thing cannot starve all others.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

type lock struct {
	free    chan struct{} // holds one value while nobody has the lock
	waiting int
}

// take waits until nobody else has the name, or until ctx ends. The function it returns gives the name back.
func (l *locks) take(ctx context.Context, name string) (release func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*lock{}
	}
	k := l.held[name]
	if k == nil {
		k = &lock{free: make(chan struct{}, 1)}
		k.free <- struct{}{}
		l.held[name] = k
	}
	k.waiting++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.waiting--; k.waiting == 0 {
			delete(l.held, name)
		}
	}
	select {
	case <-k.free:
		return func() {
			k.free <- struct{}{}
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// An exclusion is what a request keeps others from: names in this process, and the locks of a Medusa beside it if those are in Redis. Package db
// takes those that are in the database.
type exclusion struct {
	shop   *Shop
	medusa *locking.Lease
	names  []func() // each gives one back
	stocks []func()
}

// exclude takes carts or orders, in the order of their ids. What is done under the context that it returns ends with it, since the locks
// are lost then.
func (s *Shop) exclude(ctx context.Context, ids ...string) (context.Context, *exclusion, error) {
	x := &exclusion{shop: s}
	ids = slices.DeleteFunc(slices.Sorted(slices.Values(ids)), func(id string) bool { return id == "" })
	for _, id := range ids {
		release, err := s.locks.take(ctx, id)
		if err != nil {
			x.end(ctx)
			return ctx, nil, err
		}
		x.names = append(x.names, release)
	}
	if len(ids) == 0 {
		return ctx, x, nil
	}
	under, lease, err := s.MedusaLocks.Take(ctx, ids...)
	if err != nil {
		x.end(ctx)
		return ctx, nil, err
	}
	x.medusa = lease
	return under, x, nil
}

// stock takes the stock of inventory items, where the locks are in Redis. Again, as when a transaction runs again, it takes what it has not.
func (x *exclusion) stock(ctx context.Context, items []string) error {
	if x.medusa == nil || len(items) == 0 {
		return nil
	}
	giveBack(x.stocks)
	x.stocks = nil
	items = slices.Sorted(slices.Values(items))
	for _, id := range items {
		release, err := x.shop.locks.take(ctx, id)
		if err != nil {
			return err
		}
		x.stocks = append(x.stocks, release)
	}
	return x.medusa.Add(ctx, items...)
}

// lost returns the error of what was done under the context of an exclusion: that the locks were lost, if that is why it has ended.
func (x *exclusion) lost(under context.Context, err error) error {
	if cause := context.Cause(under); err != nil && x.medusa != nil && errors.Is(cause, db.ErrLocked) {
		return cause
	}
	return err
}

// end gives everything back.
func (x *exclusion) end(ctx context.Context) {
	x.medusa.Release(ctx)
	giveBack(x.stocks)
	giveBack(x.names)
}

func giveBack(names []func()) {
	for _, release := range slices.Backward(names) {
		release()
	}
}
