package locking

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// DefaultPrefix is what the names of locks begin with, unless Medusa's option namespace says otherwise.
const DefaultPrefix = "medusa_lock:"

// Options are where the locks are, and how long they are waited for and kept. The zero value of each duration is its default.
type Options struct {
	URL      string        // of the Redis server
	Prefix   string        // of the names of locks; empty means DefaultPrefix
	Patience time.Duration // how long a lock of somebody else is waited for; 0 means 20 seconds
	TTL      time.Duration // how long a lock outlives a server that dies; 0 means a minute
	Log      *slog.Logger  // nil logs nothing
}

// Redis is the locks in a Redis server. It is safe for concurrent use.
type Redis struct {
	o      Options
	client *redis.Client
}

const (
	defaultPatience = 20 * time.Second
	defaultTTL      = time.Minute
	// answerTime is how long the Redis server may take to answer.
	answerTime = 3 * time.Second

	firstPause = 10 * time.Millisecond
	lastPause  = 300 * time.Millisecond
)

// NewRedis returns the locks in the Redis server at o.URL. It does not connect.
func NewRedis(o Options) (*Redis, error) {
	c, err := redis.ParseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the address of Redis: %w", err)
	}
	c.DialTimeout, c.ReadTimeout, c.WriteTimeout, c.ContextTimeoutEnabled = answerTime, answerTime, answerTime, true
	c.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.Prefix, o.Patience, o.TTL = cmp.Or(o.Prefix, DefaultPrefix), cmp.Or(o.Patience, defaultPatience), cmp.Or(o.TTL, defaultTTL)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Redis{o: o, client: redis.NewClient(c)}, nil
}

// Ping fails if the Redis server does not answer.
func (r *Redis) Ping(ctx context.Context) error { return r.client.Ping(ctx).Err() }

// Close closes all connections.
func (r *Redis) Close() error { return r.client.Close() }

// A Lease is locks that one request has taken. They are renewed until Release. A nil Lease takes and releases nothing.
type Lease struct {
	redis *Redis
	owner string
	lose  context.CancelCauseFunc
	stop  chan struct{} // closed by Release
	done  chan struct{} // closed when nothing is renewed any more

	mu   sync.Mutex
	keys []string // with the prefix
}

// Take begins a lease of locks. The context that it returns ends when the lease is lost, which happens if the Redis server cannot be reached
// for long: what is done under it must not be kept then. Nil locks give a nil Lease.
//
// It fails with db.ErrLocked if somebody else keeps one of the locks for too long, and with Unavailable if the Redis server does not answer.
func (r *Redis) Take(ctx context.Context, names ...string) (context.Context, *Lease, error) {
	if r == nil {
		return ctx, nil, nil
	}
	l := &Lease{redis: r, owner: "storegraph:" + rand.Text(), stop: make(chan struct{}), done: make(chan struct{})}
	under, lose := context.WithCancelCause(ctx)
	l.lose = lose
	if err := l.Add(ctx, names...); err != nil {
		lose(nil)
		return ctx, nil, err
	}
	go l.renew(context.WithoutCancel(ctx))
	return under, l, nil
}

// Add takes further locks, all or none of them, so that those who take them in another order are not waited for in a circle. It fails as
// Take does. What the lease has already it does not take again.
func (l *Lease) Add(ctx context.Context, names ...string) error {
	if l == nil {
		return nil
	}
	ends := time.Now().Add(l.redis.o.Patience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		taken, err := l.try(ctx, names)
		if taken || err != nil {
			return err
		}
		if !time.Now().Before(ends) {
			return db.ErrLocked
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + mathrand.N(pause)):
		}
	}
}

// try takes all locks that the lease has not, or none.
func (l *Lease) try(ctx context.Context, names []string) (taken bool, err error) {
	var wanted []string
	l.mu.Lock()
	for _, name := range names {
		if key := l.redis.o.Prefix + name; !slices.Contains(l.keys, key) && !slices.Contains(wanted, key) {
			wanted = append(wanted, key)
		}
	}
	l.mu.Unlock()
	answers := make([]*redis.StatusCmd, len(wanted))
	_, err = l.redis.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for n, key := range wanted {
			answers[n] = p.SetArgs(ctx, key, l.owner, redis.SetArgs{Mode: "NX", TTL: l.redis.o.TTL})
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		l.giveBack(ctx, wanted) // some may have been taken
		return false, l.redis.away(ctx, err)
	}
	var got []string
	for n, a := range answers {
		if a.Err() == nil {
			got = append(got, wanted[n])
		}
	}
	if len(got) < len(wanted) {
		l.giveBack(ctx, got)
		return false, nil
	}
	l.mu.Lock()
	l.keys = append(l.keys, got...)
	l.mu.Unlock()
	return true, nil
}

// away is the error of a Redis server that does not answer, unless the request has ended.
func (r *Redis) away(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.o.Log.WarnContext(ctx, "the Redis server of Medusa's locks does not answer", "error", err)
	return &model.Error{Kind: model.Unavailable, Message: "What is being changed cannot be locked at the moment; try again later", RetryAfter: time.Second}
}

// These do something with a lock only if it is still the owner's.
var (
	extend = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)
	remove = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)
)

// renew keeps the locks until the lease is released, or lost: when one of them is somebody else's, or may be, since it could not be renewed
// in time.
func (l *Lease) renew(ctx context.Context) {
	defer close(l.done)
	ttl := l.redis.o.TTL
	tick := time.NewTicker(ttl / 3)
	defer tick.Stop()
	kept := time.Now()
	for {
		select {
		case <-l.stop:
			return
		case now := <-tick.C:
			held, err := l.extend(ctx)
			switch {
			case err == nil && held:
				kept = now
			case err == nil || time.Since(kept) > ttl*2/3:
				l.redis.o.Log.WarnContext(ctx, "locks shared with Medusa were lost", "error", err)
				l.lose(db.ErrLocked)
				return
			}
		}
	}
}

func (l *Lease) extend(ctx context.Context) (held bool, err error) {
	l.mu.Lock()
	keys := slices.Clone(l.keys)
	l.mu.Unlock()
	for _, key := range keys {
		n, err := extend.Run(ctx, l.redis.client, []string{key}, l.owner, l.redis.o.TTL.Milliseconds()).Int()
		if err != nil || n == 0 {
			return false, err
		}
	}
	return true, nil
}

// Release gives all locks of the lease back. If the Redis server does not answer they end by themselves.
func (l *Lease) Release(ctx context.Context) {
	if l == nil {
		return
	}
	close(l.stop)
	<-l.done
	l.giveBack(ctx, l.keys)
	l.lose(nil)
}

func (l *Lease) giveBack(ctx context.Context, keys []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
	defer cancel()
	for _, key := range keys {
		if err := remove.Run(ctx, l.redis.client, []string{key}, l.owner).Err(); err != nil {
			l.redis.o.Log.WarnContext(ctx, "a lock shared with Medusa is given back only when its time is over", "lock", key, "error", err)
			return
		}
	}
}
