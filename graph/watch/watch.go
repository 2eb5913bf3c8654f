package watch

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Marks returns a mark for each of the things with these ids that exists. It is another after each change of the thing.
type Marks func(ctx context.Context, ids []string) (map[string]string, error)

// Options tunes a Watcher. The zero value of each is its default.
type Options struct {
	Every time.Duration // between two looks at everything that is watched; 0 means a second
	Log   *slog.Logger  // nil logs nothing
}

// A Watcher watches things of one kind. It works only while something is watched, in one goroutine. It is safe for concurrent use.
type Watcher struct {
	marks Marks
	every time.Duration
	log   *slog.Logger
	wake  chan struct{} // holds a value while something is to be looked at without waiting for the next turn

	mu     sync.Mutex
	topics map[string]*topic
	stop   context.CancelFunc // of the goroutine; nil while nothing is watched
	closed bool
	idle   sync.WaitGroup // of the goroutine
}

// A topic is a thing that is watched.
type topic struct {
	mark    string // the last one seen; empty at first
	soon    bool   // it is to be looked at before the next turn
	watches map[*Watch]struct{}
}

// New returns a watcher of the things that marks knows.
func New(marks Marks, o Options) *Watcher {
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Watcher{marks: marks, every: o.Every, log: o.Log, wake: make(chan struct{}, 1), topics: map[string]*topic{}}
}

// A Watch waits for changes of some things.
type Watch struct {
	watcher *Watcher
	things  map[string]*notice // those that are not gone
	gone    []string           // that Due has not said yet
	changed chan struct{}
	ended   chan struct{}
}

// A notice is what a watch has to know of a thing.
type notice struct {
	fresh bool // it is due at the next look, whether or not the thing has changed
	due   bool // the thing has changed, and Due has not said so yet
}

// Watch begins to watch the things with these ids. The watch must be closed.
func (w *Watcher) Watch(ids ...string) *Watch {
	h := &Watch{watcher: w, things: make(map[string]*notice, len(ids)), changed: make(chan struct{}, 1), ended: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(ids) == 0 {
		close(h.ended)
		return h
	}
	for _, id := range ids {
		t := w.topics[id]
		if t == nil {
			t = &topic{watches: map[*Watch]struct{}{}}
			w.topics[id] = t
		}
		t.watches[h], t.soon = struct{}{}, true
		h.things[id] = &notice{fresh: true}
	}
	if w.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		w.stop = stop
		w.idle.Go(func() { w.work(ctx) })
	}
	w.nudge()
	return h
}

// Changed receives a value after the watch began, and again after changes. Changes that nobody has received yet are one.
func (h *Watch) Changed() <-chan struct{} { return h.changed }

// Due returns the ids of the things that have changed or gone since it was last called; at first, of all.
func (h *Watch) Due() []string {
	h.watcher.mu.Lock()
	defer h.watcher.mu.Unlock()
	out := h.gone
	h.gone = nil
	for id, n := range h.things {
		if n.due {
			out = append(out, id)
			n.due = false
		}
	}
	return out
}

// Ended is closed when all the things are gone, or nothing is watched any more.
func (h *Watch) Ended() <-chan struct{} { return h.ended }

// Again has the watch notified of things once more at the next turn, as after a change that could not be read.
func (h *Watch) Again(ids ...string) {
	h.watcher.mu.Lock()
	defer h.watcher.mu.Unlock()
	for _, id := range ids {
		if n := h.things[id]; n != nil {
			n.fresh = true
		}
	}
}

// Close ends the watch. It may be called more than once.
func (h *Watch) Close() {
	w := h.watcher
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range h.things {
		if t := w.topics[id]; t != nil {
			if delete(t.watches, h); len(t.watches) == 0 {
				w.drop(id)
			}
		}
	}
}

// drop forgets a thing. Without any, there is nothing to do.
func (w *Watcher) drop(id string) {
	if delete(w.topics, id); len(w.topics) == 0 && w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// Touch has the things with these ids looked at now, since they have been written to. It costs nothing if nobody watches them.
func (w *Watcher) Touch(ids ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if t := w.topics[id]; t != nil {
			t.soon = true
			w.nudge()
		}
	}
}

// nudge wakes the goroutine. It never waits.
func (w *Watcher) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Close ends every watch, also those that begin later, and returns when nothing runs any more.
func (w *Watcher) Close() {
	w.mu.Lock()
	w.closed = true
	for id := range w.topics {
		w.end(id)
	}
	w.mu.Unlock()
	w.idle.Wait()
}

// end tells the watches of a thing that it is gone.
func (w *Watcher) end(id string) {
	for h := range w.topics[id].watches {
		delete(h.things, id)
		if len(h.things) == 0 {
			close(h.ended)
			continue
		}
		h.gone = append(h.gone, id)
		h.notify()
	}
	w.drop(id)
}

// notify has the watch look at what is due. It never waits.
func (h *Watch) notify() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// work looks at what is watched until ctx ends.
func (w *Watcher) work(ctx context.Context) {
	turn := time.NewTicker(w.every)
	defer turn.Stop()
	pause := time.NewTimer(w.every)
	defer pause.Stop()
	failing := false
	for all := true; ; {
		began := time.Now()
		err := w.look(ctx, all)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			w.log.WarnContext(ctx, "what has changed is not known for now", "error", err)
		}
		failing = err != nil
		// Many changes in a short time are looked at together, and looking at much takes a fifth of the time at most.
		pause.Reset(max(w.every/50, 4*time.Since(began)))
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
			all = true
		case <-w.wake:
			all = false
		}
	}
}

// look finds the things that have changed, of all or of those that cannot wait, and notifies their watches.
func (w *Watcher) look(ctx context.Context, all bool) error {
	w.mu.Lock()
	if ctx.Err() != nil { // another goroutine has taken over
		w.mu.Unlock()
		return ctx.Err()
	}
	ids := make([]string, 0, len(w.topics))
	for id, t := range w.topics {
		if all || t.soon {
			ids = append(ids, id)
			t.soon = false
		}
	}
	w.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	marks, err := w.marks(ctx, ids)
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, id := range ids {
		t := w.topics[id]
		if t == nil {
			continue
		}
		mark, found := marks[id]
		switch {
		case err != nil:
			t.notify(id, false) // a new follower finds out by reading
		case found:
			changed := t.mark != mark
			t.mark = mark
			t.notify(id, changed)
		case !t.soon: // otherwise it may have come to be since
			w.end(id)
		}
	}
	return err
}

// notify notifies the watches of the thing: all if it has changed, otherwise those that have not been notified of it yet.
func (t *topic) notify(id string, changed bool) {
	for h := range t.watches {
		n := h.things[id]
		if !changed && !n.fresh {
			continue
		}
		n.fresh, n.due = false, true
		h.notify()
	}
}
