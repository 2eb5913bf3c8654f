package locking_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/locking"
	"github.com/storegraph/storegraph/graph/shop/locking/lockingtest"
	"github.com/storegraph/storegraph/model"
)

// open returns locks in a Redis server, and the server itself, as a Medusa sees it.
func open(t *testing.T, o locking.Options) (*locking.Redis, *redis.Client) {
	t.Helper()
	o.URL, _ = lockingtest.Server(t)
	return at(t, o), medusa(t, o.URL)
}

func at(t *testing.T, o locking.Options) *locking.Redis {
	t.Helper()
	r, err := locking.NewRedis(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func medusa(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func take(t *testing.T, r *locking.Redis, names ...string) (context.Context, *locking.Lease) {
	t.Helper()
	ctx, l, err := r.Take(t.Context(), names...)
	if err != nil {
		t.Fatalf("Take(%v): %v", names, err)
	}
	return ctx, l
}

func held(t *testing.T, c *redis.Client, key string) bool {
	t.Helper()
	n, err := c.Exists(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

func TestTake(t *testing.T) {
	t.Parallel()
	r, c := open(t, locking.Options{Patience: time.Nanosecond})
	_, l := take(t, r, "cart_1")
	key := locking.DefaultPrefix + "cart_1"
	owner, err := c.Get(t.Context(), key).Result()
	if err != nil || owner == "*" || owner == "" {
		t.Errorf("the owner is %q (%v), want one that is not Medusa's", owner, err)
	}
	if ttl := c.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > time.Minute {
		t.Errorf("the lock lasts %v, want up to a minute", ttl)
	}
	if set := c.SetNX(t.Context(), key, "*", time.Minute).Val(); set {
		t.Error("a Medusa gets the lock, too")
	}
	if _, _, err := r.Take(t.Context(), "cart_1"); !errors.Is(err, db.ErrLocked) {
		t.Errorf("a second lease = %v, want ErrLocked", err)
	}
	l.Release(t.Context())
	if held(t, c, key) {
		t.Error("the lock is still there after its release")
	}
}

// A lock of a Medusa is waited for until it is released or its time is over.
func TestWait(t *testing.T) {
	t.Parallel()
	r, c := open(t, locking.Options{Prefix: "other:", Patience: time.Minute})
	for name, end := range map[string]func() error{
		"released": func() error { return c.Del(t.Context(), "other:cart_1").Err() },
		"expired":  func() error { return c.PExpire(t.Context(), "other:cart_1", time.Millisecond).Err() },
	} {
		if err := c.Set(t.Context(), "other:cart_1", "*", time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
		done := make(chan *locking.Lease)
		go func() {
			_, l, err := r.Take(t.Context(), "cart_1")
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			done <- l
		}()
		select {
		case <-done:
			t.Fatalf("%s: the lock was taken from a Medusa", name)
		default:
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		(<-done).Release(t.Context())
	}
}

// Of several locks all are taken or none.
func TestAdd(t *testing.T) {
	t.Parallel()
	r, c := open(t, locking.Options{Patience: time.Nanosecond})
	_, l := take(t, r, "cart_1")
	defer l.Release(t.Context())
	if err := c.Set(t.Context(), locking.DefaultPrefix+"iitem_2", "execute:1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := l.Add(t.Context(), "iitem_1", "iitem_2"); !errors.Is(err, db.ErrLocked) {
		t.Errorf("Add = %v, want ErrLocked", err)
	}
	if held(t, c, locking.DefaultPrefix+"iitem_1") {
		t.Error("one lock was taken without the other")
	}
	if err := c.Del(t.Context(), locking.DefaultPrefix+"iitem_2").Err(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what it has it does not take again
		if err := l.Add(t.Context(), "iitem_1", "iitem_2", "iitem_1"); err != nil {
			t.Errorf("Add = %v", err)
		}
	}
}

// A lease that is lost ends what is done under it, and takes nothing from the new owner.
func TestLost(t *testing.T) {
	t.Parallel()
	r, c := open(t, locking.Options{TTL: 30 * time.Millisecond})
	ctx, l := take(t, r, "cart_1")
	if err := c.Set(t.Context(), locking.DefaultPrefix+"cart_1", "*", 0).Err(); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, db.ErrLocked) {
		t.Errorf("it ended because of %v, want ErrLocked", cause)
	}
	l.Release(t.Context())
	if !held(t, c, locking.DefaultPrefix+"cart_1") {
		t.Error("the new owner's lock is gone")
	}
}

// A lease is renewed as long as it is not released.
func TestRenewed(t *testing.T) {
	t.Parallel()
	r, c := open(t, locking.Options{TTL: time.Second})
	_, l := take(t, r, "cart_1")
	defer l.Release(t.Context())
	key := locking.DefaultPrefix + "cart_1"
	if err := c.PExpire(t.Context(), key, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	for ends := time.Now().Add(time.Minute); c.PTTL(t.Context(), key).Val() > time.Second; time.Sleep(time.Millisecond) {
		if time.Now().After(ends) {
			t.Fatal("the lock was not renewed")
		}
	}
}

func TestAway(t *testing.T) {
	t.Parallel()
	url, stop := lockingtest.Server(t)
	r := at(t, locking.Options{URL: url})
	ctx, l := take(t, r, "cart_1")
	stop()
	if _, _, err := r.Take(ctx, "cart_2"); !errors.Is(err, model.Unavailable) {
		t.Errorf("Take = %v, want Unavailable", err)
	}
	l.Release(t.Context()) // does not hang
	if err := r.Ping(t.Context()); err == nil {
		t.Error("Ping = nil, want an error")
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	if _, err := locking.NewRedis(locking.Options{URL: "http://x"}); err == nil {
		t.Error("NewRedis of a web server = nil, want an error")
	}
}

func TestNone(t *testing.T) {
	t.Parallel()
	ctx, l, err := (*locking.Redis)(nil).Take(t.Context(), "cart_1")
	if err != nil || ctx != t.Context() || l.Add(ctx, "x") != nil {
		t.Errorf("Take = %v, want nothing", err)
	}
	l.Release(ctx)
}
