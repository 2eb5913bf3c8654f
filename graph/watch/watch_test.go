package watch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"storegraph/graph/watch"
	"storegraph/model"
)

// things are what a test watches: marks by id.
type things struct {
	mu    sync.Mutex
	marks map[string]string
	asked [][]string
	err   error
}

func (x *things) look(_ context.Context, ids []string) (map[string]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	slices.Sort(ids)
	x.asked = append(x.asked, ids)
	out := map[string]string{}
	for _, id := range ids {
		if m, ok := x.marks[id]; ok {
			out[id] = m
		}
	}
	return out, x.err
}

func (x *things) set(id, mark string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.marks[id] = mark; mark == "" {
		delete(x.marks, id)
	}
}

func (x *things) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
}

// looks returns how often was looked since the last time, and at what at last.
func (x *things) looks() (int, []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.asked)
	if n == 0 {
		return 0, nil
	}
	last := x.asked[n-1]
	x.asked = nil
	return n, last
}

// told reports whether a watch has been told of something.
func told(h *watch.Watch) bool {
	synctest.Wait()
	select {
	case <-h.Changed():
		return true
	default:
		return false
	}
}

// A bubble of synctest ends only when all its goroutines have: none of these tests leaves one.

func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &things{marks: map[string]string{"a": "1", "b": "1"}}
		w := watch.New(x.look, watch.Options{})
		a, b := w.Watch("a"), w.Watch("b")
		if !told(a) || !told(b) {
			t.Error("a new watch is told nothing")
		}
		time.Sleep(5 * time.Second)
		if told(a) || told(b) {
			t.Error("told of a change where there is none")
		}
		x.looks()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n, ids := x.looks(); n != 10 || len(ids) != 2 {
			t.Errorf("%d looks in ten seconds, the last at %v, want 10 at both", n, ids)
		}
		x.set("a", "2")
		time.Sleep(time.Second)
		if !told(a) || told(b) {
			t.Error("want only the watch of what changed told")
		}
		x.set("b", "2")
		w.Touch("b", "c")
		time.Sleep(100 * time.Millisecond)
		if told(a) || !told(b) {
			t.Error("want the watch of what was touched told at once")
		}
		if n, ids := x.looks(); n > 2 || !slices.Equal(ids, []string{"b"}) {
			t.Errorf("%d looks, the last at %v, want one at what was touched", n, ids)
		}
		x.set("a", "")
		time.Sleep(time.Second)
		synctest.Wait()
		select {
		case <-a.Ended():
		default:
			t.Error("the watch of what is gone goes on")
		}
		a.Close()
		b.Close()
		b.Close()
		synctest.Wait()
		x.looks()
		time.Sleep(10 * time.Second)
		if n, _ := x.looks(); n > 0 {
			t.Errorf("%d looks while nothing was watched", n)
		}
	})
}

// Many changes are told as one, and a second watch of the same thing costs nothing.
func TestChangesCoalesce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &things{marks: map[string]string{"a": "1"}}
		w := watch.New(x.look, watch.Options{})
		a, b := w.Watch("a"), w.Watch("a")
		if !told(a) || !told(b) {
			t.Error("a new watch is told nothing")
		}
		time.Sleep(100 * time.Millisecond)
		x.looks()
		for n := range 1000 {
			x.set("a", string(rune('a'+n%26)))
			w.Touch("a")
		}
		time.Sleep(100 * time.Millisecond)
		if n, _ := x.looks(); n > 5 {
			t.Errorf("%d looks at a thousand changes, want few", n)
		}
		if !told(a) || !told(b) || told(a) {
			t.Error("want each watch told once")
		}
		w.Close()
		c := w.Watch("a")
		for name, h := range map[string]*watch.Watch{"open": a, "later": c} {
			select {
			case <-h.Ended():
			default:
				t.Errorf("the %s watch goes on after Close", name)
			}
		}
	})
}

func TestFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &things{marks: map[string]string{"a": "1"}}
		w := watch.New(x.look, watch.Options{})
		read := func(context.Context) (string, error) {
			x.mu.Lock()
			defer x.mu.Unlock()
			if x.marks["a"] == "" {
				return "", model.NotFound.Errorf("gone")
			}
			return x.marks["a"], x.err
		}
		states, err := watch.Follow(t.Context(), w, "a", read)
		if err != nil {
			t.Fatal(err)
		}
		if got := <-states; got != "1" {
			t.Errorf("first state = %s, want 1", got)
		}
		x.fail(errors.New("the database is away"))
		x.set("a", "2")
		time.Sleep(10 * time.Second)
		x.set("a", "3")
		x.fail(nil)
		if got := <-states; got != "3" {
			t.Errorf("state after the database came back = %s, want 3", got)
		}
		x.set("a", "")
		for got := range states {
			if got != "3" {
				t.Errorf("state = %s, want the end", got)
			}
		}
		if _, err := watch.Follow(t.Context(), w, "a", read); !errors.Is(err, model.NotFound) {
			t.Errorf("Follow of what does not exist = %v, want NotFound", err)
		}
		x.set("a", "4")
		ctx, cancel := context.WithCancel(t.Context())
		if states, err = watch.Follow(ctx, w, "a", read); err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		for range states { // it may have been offered before
		}
	})
}
