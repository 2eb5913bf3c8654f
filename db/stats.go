package db

import (
	"context"
	"time"
)

// A PoolState is what the pool of connections does, and has done since the start.
type PoolState struct {
	Acquired, Idle, Constructing, Max int // connections now

	Acquires int64         // how often a connection was given
	Waits    int64         // how often it had to be waited for, since none was idle
	Canceled int64         // how often whoever waited gave up
	Waited   time.Duration // in all, for a connection
}

// Pool returns what the pool of connections does.
func (d DB) Pool() PoolState {
	s := d.pool.Stat()
	return PoolState{
		Acquired: int(s.AcquiredConns()), Idle: int(s.IdleConns()), Constructing: int(s.ConstructingConns()), Max: int(s.MaxConns()),
		Acquires: s.AcquireCount(), Waits: s.EmptyAcquireCount(), Canceled: s.CanceledAcquireCount(), Waited: s.AcquireDuration(),
	}
}

// An EntityState is what is kept of the rows of products beside the index.
type EntityState struct{ Entities, Bytes int }

// Entities returns what is kept of the rows of products.
func (d DB) Entities() EntityState {
	e := d.entities
	e.mu.Lock()
	defer e.mu.Unlock()
	return EntityState{e.held.Len(), e.size}
}

// A Backlog is how many events are still to be delivered.
type Backlog struct {
	New     int       // that nobody has looked at yet
	Pending int       // deliveries that are tried, or will be
	Dead    int       // deliveries that were given up
	Oldest  time.Time // when the oldest of those that are new or pending happened; zero if there are none
}

// Backlog returns how many events are still to be delivered.
func (d DB) Backlog(ctx context.Context) (Backlog, error) {
	var out Backlog
	err := d.run(ctx, func(b *batch) {
		out = Backlog{}
		b.read(`SELECT (SELECT count(*) FROM storegraph.outbox WHERE due_at IS NOT NULL),
(SELECT count(*) FROM storegraph.delivery WHERE done_at IS NULL AND dead_at IS NULL),
(SELECT count(*) FROM storegraph.delivery WHERE dead_at IS NOT NULL),
least((SELECT min(created_at) FROM storegraph.outbox WHERE due_at IS NOT NULL),
	(SELECT min(o.created_at) FROM storegraph.delivery x JOIN storegraph.outbox o ON o.id = x.event_id WHERE x.done_at IS NULL AND x.dead_at IS NULL))`,
			nil, func(c *cursor) {
				out.New, out.Pending, out.Dead = c.int(), c.int(), c.int()
				if oldest := c.maybeTime(); oldest != nil {
					out.Oldest = oldest.Time
				}
			})
	})
	return out, err
}
