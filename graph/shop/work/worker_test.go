package work_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/storegraph/storegraph/graph/shop/work"
)

// A row is a task in a table.
type row struct {
	id, destination string
	due             time.Time
	attempts        int
	state           string // "" while it waits
	reason          string
}

// A table is a queue in memory, whose tasks do what a test says.
type table struct {
	mu   sync.Mutex
	rows map[string]*row
	do   func(ctx context.Context, id string, attempt int) error
	err  error // of Claim

	claims int
}

func newTable(do func(ctx context.Context, id string, attempt int) error, tasks ...string) *table {
	x := &table{rows: map[string]*row{}, do: do}
	for _, task := range tasks {
		x.add(task)
	}
	return x
}

// add adds a task that is due: its destination is the first letter of its id.
func (x *table) add(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rows[id] = &row{id: id, destination: id[:1], due: time.Now()}
}

func (x *table) get(id string) row {
	x.mu.Lock()
	defer x.mu.Unlock()
	return *x.rows[id]
}

func (x *table) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
}

func (x *table) Claim(_ context.Context, free map[string]int, now, until time.Time) ([]work.Task, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.claims++
	if x.err != nil {
		return nil, x.err
	}
	free = maps.Clone(free)
	var out []work.Task
	for _, r := range slices.SortedFunc(maps.Values(x.rows), func(a, b *row) int { return cmp.Compare(a.id, b.id) }) {
		if r.state == "" && !r.due.After(now) && free[r.destination] > 0 {
			free[r.destination]--
			r.attempts++
			r.due = until
			out = append(out, &task{x, r.id, r.destination, r.attempts, now})
		}
	}
	return out, nil
}

type task struct {
	table           *table
	id, destination string
	attempt         int
	since           time.Time
}

func (t *task) String() string               { return t.id }
func (t *task) Destination() string          { return t.destination }
func (t *task) Attempt() int                 { return t.attempt }
func (t *task) Since() time.Time             { return t.since }
func (t *task) Do(ctx context.Context) error { return t.table.do(ctx, t.id, t.attempt) }

// update changes the row if the lease holds.
func (t *task) update(change func(r *row)) (bool, error) {
	t.table.mu.Lock()
	defer t.table.mu.Unlock()
	r := t.table.rows[t.id]
	if r.attempts != t.attempt || r.state != "" {
		return false, nil
	}
	change(r)
	return true, nil
}

func (t *task) Finish(context.Context, time.Time) (bool, error) {
	return t.update(func(r *row) { r.state = "done" })
}

func (t *task) Retry(_ context.Context, reason string, due time.Time) (bool, error) {
	return t.update(func(r *row) { r.due, r.reason = due, reason })
}

func (t *task) Bury(_ context.Context, reason string, _ time.Time) (bool, error) {
	return t.update(func(r *row) { r.state, r.reason = "dead", reason })
}

// A crew is a worker that runs in a bubble of synctest, and what it has observed.
type crew struct {
	*work.Worker
	mu   sync.Mutex
	seen []string
	stop func() // and wait
}

func start(x *table, c work.Config) *crew {
	w := &crew{}
	c.Name, c.Queue, c.Now, c.Log = "test", x, time.Now, slog.New(slog.DiscardHandler)
	if c.Destinations == nil {
		c.Destinations = []string{"a", "b"}
	}
	c.Observe = func(o work.Observation) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen = append(w.seen, fmt.Sprint(o.Destination, " ", o.Outcome, " ", o.Attempt))
	}
	w.Worker = work.New(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	w.stop = func() { cancel(); <-done }
	return w
}

func (w *crew) observed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

var errDown = errors.New("down")

// A destination that hangs takes its own slots and no others, and its tasks wait without being claimed.
func TestDeadDestinationHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTable(func(ctx context.Context, id string, _ int) error {
			if id[0] == 'a' {
				<-ctx.Done() // until the attempt's time is over
				return ctx.Err()
			}
			time.Sleep(100 * time.Millisecond)
			return nil
		})
		for n := range 10 {
			x.add(fmt.Sprint("a", n))
			x.add(fmt.Sprint("b", n))
		}
		w := start(x, work.Config{Slots: 2, Timeout: 30 * time.Second})
		time.Sleep(600 * time.Millisecond) // 10 tasks, 2 at a time
		synctest.Wait()
		for n := range 10 {
			if r := x.get(fmt.Sprint("b", n)); r.state != "done" {
				t.Errorf("%s is %q, want it done beside a dead destination", r.id, r.state)
			}
			if r := x.get(fmt.Sprint("a", n)); (r.attempts > 0) != (n < 2) {
				t.Errorf("%s was tried %d times, want those tried that have a slot", r.id, r.attempts)
			}
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if r := x.get("a0"); r.reason != context.DeadlineExceeded.Error() || x.get("a2").attempts != 1 {
			t.Errorf("after its timeout a task says %q, want it to make room for the next", r.reason)
		}
		w.stop()
	})
}

func TestRetriesAndDeadLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begun := time.Now()
		x := newTable(func(_ context.Context, id string, attempt int) error {
			switch id {
			case "a-flaky":
				at = append(at, time.Since(begun))
				if attempt < 4 {
					return errDown
				}
				return nil
			case "a-hopeless":
				return fmt.Errorf("%w: %w", work.ErrPermanent, errDown)
			case "b-panics":
				panic("on purpose")
			default:
				return errDown
			}
		}, "a-flaky", "a-hopeless", "b-panics", "b-down")
		w := start(x, work.Config{Attempts: 5, FirstPause: 10 * time.Second, LastPause: 30 * time.Second})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		w.stop()
		for id, want := range map[string]row{
			"a-flaky": {attempts: 4, state: "done"}, "a-hopeless": {attempts: 1, state: "dead"},
			"b-panics": {attempts: 1, state: "dead"}, "b-down": {attempts: 5, state: "dead"},
		} {
			if r := x.get(id); r.attempts != want.attempts || r.state != want.state {
				t.Errorf("%s is %q after %d attempts, want %q after %d", id, r.state, r.attempts, want.state, want.attempts)
			}
		}
		if len(at) != 4 {
			t.Fatalf("attempts at %v, want 4", at)
		}
		for n, pause := range []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second} {
			if got := at[n+1] - at[n]; got < pause || got > pause*6/5+2*time.Second {
				t.Errorf("pause %d = %s, want %s and up to a fifth more", n+1, got, pause)
			}
		}
		seen := w.observed()
		for _, want := range []string{"a claimed 1", "a retried 1", "a succeeded 4", "a buried 1", "b buried 5"} {
			if !slices.Contains(seen, want) {
				t.Errorf("observed %v, want %q among them", seen, want)
			}
		}
	})
}

// Without a limit of attempts nothing is ever given up.
func TestNeverGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTable(func(context.Context, string, int) error { return work.ErrPermanent }, "a1")
		w := start(x, work.Config{LastPause: time.Minute})
		time.Sleep(time.Hour)
		w.stop()
		if r := x.get("a1"); r.state != "" || r.attempts < 50 {
			t.Errorf("after an hour a task is %q after %d attempts, want it tried again and again", r.state, r.attempts)
		}
	})
}

// A worker that stalls past its lease loses the task: another does it, and what the first one says counts for nothing.
func TestLostLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTable(func(_ context.Context, _ string, attempt int) error {
			if attempt == 1 {
				time.Sleep(10 * time.Minute) // a stalled process does not hear of its deadline
				return errDown
			}
			return nil
		}, "a1")
		first, second := start(x, work.Config{}), start(x, work.Config{})
		time.Sleep(44 * time.Second) // within the lease
		synctest.Wait()
		if r := x.get("a1"); r.attempts != 1 {
			t.Errorf("%d attempts within the lease, want 1", r.attempts)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if r := x.get("a1"); r.attempts != 2 || r.state != "done" || r.reason != "" {
			t.Errorf("the task is %+v, want it done by the second attempt", r)
		}
		first.stop()
		second.stop()
		if seen := append(first.observed(), second.observed()...); !slices.Contains(seen, "a lost 1") || !slices.Contains(seen, "a succeeded 2") {
			t.Errorf("observed %v, want the first attempt lost", seen)
		}
	})
}

// A worker that stops lets attempts end for a while. Then it breaks them off, and their tasks are due at once for others.
func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTable(func(ctx context.Context, id string, attempt int) error {
			wait := map[string]time.Duration{"a-quick": 2 * time.Second, "a-slow": 10 * time.Second}[id]
			select {
			case <-time.After(wait):
				return nil
			case <-ctx.Done():
				return fmt.Errorf("attempt %d: %w", attempt, ctx.Err())
			}
		}, "a-quick", "a-slow")
		w := start(x, work.Config{})
		synctest.Wait()
		begun := time.Now()
		w.stop()
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("the worker stopped after %s, want 5s", took)
		}
		if quick, slow := x.get("a-quick"), x.get("a-slow"); quick.state != "done" || slow.state != "" || slow.due.After(time.Now()) {
			t.Errorf("after the end the tasks are %+v and %+v, want one done and one due", quick, slow)
		}
		x.add("a-late")
		time.Sleep(time.Hour)
		if r := x.get("a-late"); r.attempts > 0 {
			t.Error("a worker that has stopped goes on")
		}
	})
}

// What is new is done at the next poll, or at once when the worker is woken; a queue that is out of reach is tried again.
func TestWake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTable(func(context.Context, string, int) error { return nil })
		w := start(x, work.Config{Poll: time.Minute})
		synctest.Wait()
		x.add("a1")
		synctest.Wait()
		if r := x.get("a1"); r.state != "" {
			t.Error("a task was done before anybody looked for it")
		}
		w.Wake()
		synctest.Wait()
		if r := x.get("a1"); r.state != "done" {
			t.Error("a woken worker did nothing")
		}
		x.fail(errDown)
		x.add("b1")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if r := x.get("b1"); r.state != "" {
			t.Error("a task came from a queue that is out of reach")
		}
		x.fail(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if r := x.get("b1"); r.state != "done" || x.claims > 10 {
			t.Errorf("after %d looks a task is %q, want it done after the next poll", x.claims, r.state)
		}
		w.stop()
	})
}

func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTable(func(_ context.Context, id string, _ int) error {
			if id == "a7" {
				return errDown
			}
			return nil
		})
		for n := range 9 {
			x.add(fmt.Sprint("a", n))
		}
		w := work.New(work.Config{Queue: x, Destinations: []string{"a"}, Slots: 2, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		if n, err := w.Drain(t.Context()); n != 9 || err != nil {
			t.Errorf("Drain = %d, %v, want 9", n, err)
		}
		if r := x.get("a7"); r.reason != "down" {
			t.Errorf("a task that failed says %q", r.reason)
		}
		x.fail(errDown)
		if _, err := w.Drain(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("Drain of a queue that is out of reach = %v", err)
		}
	})
}
