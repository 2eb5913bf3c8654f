package watch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/storegraph/storegraph/graph/watch"
	"github.com/storegraph/storegraph/model"
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

// What is followed together is read together, each state is announced before it is sent, and the end is that of the last.
func TestFollowAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &things{marks: map[string]string{"a": "1", "b": "1", "c": "hidden"}}
		w := watch.New(x.look, watch.Options{})
		var readings [][]string
		var announced []string
		read := func(_ context.Context, ids []string) (map[string]string, error) {
			readings = append(readings, ids)
			x.mu.Lock()
			defer x.mu.Unlock()
			out := map[string]string{}
			for _, id := range ids {
				if m := x.marks[id]; m != "" && m != "hidden" {
					out[id] = m
				}
			}
			return out, nil
		}
		states, err := watch.FollowAll(t.Context(), w, []string{"a", "b", "c", "none"}, read, func(id string) { announced = append(announced, id) })
		if err != nil {
			t.Fatal(err)
		}
		next := func(want string) {
			t.Helper()
			if got := <-states; got != want {
				t.Errorf("state = %q, want %q", got, want)
			}
		}
		next("1")
		next("1")
		x.set("a", "2")
		x.set("c", "3")
		next("2")
		next("3") // now it can be seen
		x.set("c", "hidden")
		x.set("a", "")
		x.set("b", "4")
		next("4")
		x.set("b", "")
		if got, ok := <-states; ok {
			t.Errorf("state = %q, want the end: what is left cannot be seen", got)
		}
		if want := []string{"a", "b", "a", "c", "b"}; !slices.Equal(announced, want) {
			t.Errorf("announced %v, want %v", announced, want)
		}
		if len(readings) != 4 || len(readings[0]) != 4 || !slices.Equal(readings[1], []string{"a", "c"}) {
			t.Errorf("readings of %v, want all at first, then together what has changed", readings)
		}
		if _, err := watch.FollowAll(t.Context(), w, []string{"c", "none"}, read, func(string) {}); !errors.Is(err, model.NotFound) {
			t.Errorf("FollowAll of what cannot be seen = %v, want NotFound", err)
		}
		w.Close()
	})
}

// Those who ask while a reading runs are answered by one more, which began after they asked.
func TestShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s watch.Shared[string, int]
		var mu sync.Mutex
		readings, version := 0, 1
		read := func(ids []string) (map[string]int, error) {
			mu.Lock()
			readings++
			v := version
			mu.Unlock()
			time.Sleep(time.Second)
			out := map[string]int{}
			for _, id := range ids {
				if id == "bad" {
					return nil, errors.New("bad")
				}
				out[id] = v
			}
			return out, nil
		}
		ask := func(ctx context.Context, key, id string, want int) {
			got, err := s.Read(ctx, key, []string{id}, read)
			if err != nil || len(got) != 1 || got[id] != want {
				t.Errorf("%s of %s = %v (%v), want version %d", id, key, got, err, want)
			}
		}
		var all sync.WaitGroup
		all.Go(func() { ask(t.Context(), "all", "a", 1) })
		synctest.Wait()
		mu.Lock()
		version = 2
		mu.Unlock()
		for range 50 {
			all.Go(func() { ask(t.Context(), "all", "a", 2) })
			all.Go(func() { ask(t.Context(), "all", "b", 2) })
		}
		all.Go(func() { ask(t.Context(), "other", "a", 2) })
		all.Wait()
		if readings != 3 {
			t.Errorf("%d readings, want 3: the first, one for all who came meanwhile, and one for those who see something else", readings)
		}
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := s.Read(ctx, "all", []string{"a"}, read); !errors.Is(err, context.Canceled) {
				t.Errorf("Read of who has gone = %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() { ask(t.Context(), "all", "b", 2) })
		cancel()
		all.Wait()
		if _, err := s.Read(t.Context(), "all", []string{"bad"}, read); err == nil {
			t.Error("Read does not fail where the reading does")
		}
		ask(t.Context(), "all", "a", 2)
	})
}

func TestSent(t *testing.T) {
	t.Parallel()
	ctx, sent := watch.WithSent(t.Context())
	watch.Sending(t.Context(), "a") // of no subscription
	for i, x := range []struct {
		id, answer string
		repeats    bool
	}{{"a", "1", false}, {"b", "1", false}, {"a", "1", true}, {"a", "2", false}, {"a", "1", false}, {"b", "1", true}, {"", "1", false}, {"", "1", false}} {
		if x.id != "" {
			watch.Sending(ctx, x.id)
		}
		if got := sent.Repeats([]byte(x.answer)); got != x.repeats {
			t.Errorf("answer %d repeats = %v, want %v", i, got, x.repeats)
		}
	}
}
