package watch

import (
	"context"

	"storegraph/model"
)

// Follow reads the thing with an id, and again whenever it has changed. It fails if the first reading does. The channel is
// closed when the thing is gone, when the follower may not see it any more, or when ctx ends. A reader that is slow misses
// states in between, never the last one.
func Follow[T any](ctx context.Context, w *Watcher, id string, read func(ctx context.Context) (T, error)) (<-chan T, error) {
	h := w.Watch(id)
	// The mark is taken before the thing is read, so that no change falls between the two.
	select {
	case <-h.Changed():
	case <-h.Ended():
	case <-ctx.Done():
	}
	state, err := read(ctx)
	if err != nil {
		h.Close()
		return nil, err
	}
	out := make(chan T)
	go func() {
		defer close(out)
		defer h.Close()
		for {
			select {
			case out <- state:
			case <-ctx.Done():
				return
			}
			if state, err = next(ctx, h, read); err != nil {
				return
			}
		}
	}()
	return out, nil
}

// next waits for a change and reads what has come of it. What cannot be read now is read later, unless it is known to be of no use.
func next[T any](ctx context.Context, h *Watch, read func(ctx context.Context) (T, error)) (T, error) {
	var none T
	for {
		select {
		case <-h.Changed():
		case <-h.Ended():
			return none, model.NotFound
		case <-ctx.Done():
			return none, ctx.Err()
		}
		state, err := read(ctx)
		e := model.AsError(err)
		if err == nil || ctx.Err() != nil || e != nil && e.Kind != model.Internal {
			return state, err
		}
		h.Again()
	}
}
