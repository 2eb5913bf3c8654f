package watch

import (
	"context"
	"slices"

	"github.com/storegraph/storegraph/model"
)

// Follow reads the thing with an id, and again whenever it has changed. It fails if the first reading does. The channel is
// closed when the thing is gone, when the follower may not see it any more, or when ctx ends. A reader that is slow misses
// states in between, never the last one.
func Follow[T any](ctx context.Context, w *Watcher, id string, read func(ctx context.Context) (T, error)) (<-chan T, error) {
	return FollowAll(ctx, w, []string{id}, func(ctx context.Context, _ []string) (map[string]T, error) {
		state, err := read(ctx)
		return map[string]T{id: state}, err
	}, func(string) {})
}

// FollowAll follows several things as Follow does one, and calls sending with the id of each state before it is sent. What is
// read is read together: those of ids that the follower may see. Things that they may not see are passed over until they may, as
// long as there are others; when there are none, the channel is closed.
func FollowAll[T any](ctx context.Context, w *Watcher, ids []string, read func(ctx context.Context, ids []string) (map[string]T, error), sending func(id string)) (<-chan T, error) {
	f := follower[T]{watch: w.Watch(ids...), ids: ids, read: read, seen: map[string]bool{}}
	// The marks are taken before the things are read, so that no change falls between the two.
	select {
	case <-f.watch.Changed():
	case <-f.watch.Ended():
	case <-ctx.Done():
	}
	f.watch.Due()
	states, err := f.look(ctx, ids)
	if err != nil {
		f.watch.Close()
		return nil, err
	}
	out := make(chan T)
	go func() {
		defer close(out)
		defer f.watch.Close()
		for err == nil {
			for _, id := range ids {
				state, ok := states[id]
				if !ok {
					continue
				}
				sending(id)
				select {
				case out <- state:
				case <-ctx.Done():
					return
				}
			}
			states, err = f.next(ctx)
		}
	}()
	return out, nil
}

// A follower follows things.
type follower[T any] struct {
	watch *Watch
	ids   []string
	read  func(ctx context.Context, ids []string) (map[string]T, error)
	seen  map[string]bool // the things that it saw when it looked last
}

// look reads things. It fails with NotFound when none of all can be seen.
func (f *follower[T]) look(ctx context.Context, ids []string) (map[string]T, error) {
	states, err := f.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, ok := states[id]; ok {
			f.seen[id] = true
		} else {
			delete(f.seen, id)
		}
	}
	if len(f.seen) == 0 {
		return nil, model.NotFound.Errorf("nothing with these ids was found: %v", f.ids)
	}
	return states, nil
}

// next waits for changes and reads what has come of them. What cannot be read now is read later, unless it is known to be of no use.
func (f *follower[T]) next(ctx context.Context) (map[string]T, error) {
	for {
		select {
		case <-f.watch.Changed():
		case <-f.watch.Ended():
			return nil, model.NotFound
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		due := f.watch.Due()
		if len(due) == 0 { // it was said before
			continue
		}
		slices.Sort(due)
		states, err := f.look(ctx, due)
		e := model.AsError(err)
		if err == nil || ctx.Err() != nil || e != nil && e.Kind != model.Internal {
			return states, err
		}
		f.watch.Again(due...)
	}
}
