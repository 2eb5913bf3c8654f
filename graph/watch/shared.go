package watch

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Shared has followers who see the same of things share the readings of them: those who ask while a reading runs are answered together
// by the next one, so that a change costs the same however many follow. K says what they see. The zero value is ready, and safe for
// concurrent use.
type Shared[K comparable, T any] struct {
	mu    sync.Mutex
	lanes map[K]*lane[T]
}

// A lane is the readings for one K.
type lane[T any] struct {
	next *reading[T] // which nobody has begun; nil if nobody waits
}

// A reading is one that several wait for.
type reading[T any] struct {
	ids    map[string]struct{}
	done   chan struct{}
	states map[string]T
	err    error
}

// readTogether is how many things are read at once.
const readTogether = 100

// Read returns the things with these ids as they are after the call began, which read reads. It does not end with ctx: others may
// wait for it.
func (s *Shared[K, T]) Read(ctx context.Context, key K, ids []string, read func(ids []string) (map[string]T, error)) (map[string]T, error) {
	r := s.join(key, ids, read)
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r.err != nil {
		return nil, r.err
	}
	out := make(map[string]T, len(ids))
	for _, id := range ids {
		if state, ok := r.states[id]; ok {
			out[id] = state
		}
	}
	return out, nil
}

// join adds ids to the next reading, and sees that it begins.
func (s *Shared[K, T]) join(key K, ids []string, read func(ids []string) (map[string]T, error)) *reading[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[key]
	idle := l == nil
	if idle {
		l = &lane[T]{}
		if s.lanes == nil {
			s.lanes = map[K]*lane[T]{}
		}
		s.lanes[key] = l
	}
	if l.next == nil {
		l.next = &reading[T]{ids: map[string]struct{}{}, done: make(chan struct{}), states: map[string]T{}}
	}
	for _, id := range ids {
		l.next.ids[id] = struct{}{}
	}
	if idle {
		go s.work(key, l, read)
	}
	return l.next
}

// work reads until nobody waits any more.
func (s *Shared[K, T]) work(key K, l *lane[T], read func(ids []string) (map[string]T, error)) {
	for {
		s.mu.Lock()
		r := l.next
		if l.next = nil; r == nil {
			delete(s.lanes, key)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		r.run(read)
	}
}

func (r *reading[T]) run(read func(ids []string) (map[string]T, error)) {
	defer close(r.done)
	ids := make([]string, 0, len(r.ids))
	for id := range r.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, readTogether) {
		states, err := read(part)
		if err != nil {
			r.err = err
			return
		}
		maps.Copy(r.states, states)
	}
}
