package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/model"
)

// An LSN is a position in the write-ahead log: everything that was committed before it has been written below it. 0 is before everything.
type LSN uint64

// ParseLSN reads a position as Postgres and LSN.String write it, such as 16/B374D848.
func ParseLSN(text string) (LSN, error) {
	high, low, ok := strings.Cut(text, "/")
	h, herr := strconv.ParseUint(high, 16, 32)
	l, lerr := strconv.ParseUint(low, 16, 32)
	if !ok || herr != nil || lerr != nil {
		return 0, model.Invalid.Errorf("%q is not a position in a write-ahead log, such as 16/B374D848", text)
	}
	return LSN(h<<32 | l), nil
}

// String writes the position as Postgres does.
func (n LSN) String() string { return fmt.Sprintf("%X/%X", uint64(n)>>32, uint32(n)) }

const (
	// replicaPause is the time between two looks at how far a replica is.
	replicaPause = 50 * time.Millisecond
	// replicaTimeout is how long such a look may take. Then the replica is not used until one succeeds.
	replicaTimeout = time.Second
	// defaultReplicaLag is how far behind a replica may be that is used.
	defaultReplicaLag = 5 * time.Second
)

// replicas are the streaming replicas that reads may go to.
type replicas struct {
	all  []*replica
	lag  time.Duration
	next atomic.Uint32
	// changed is from where a replica shows all that the index and the version of the catalogue know of. What is kept from reads of a
	// replica that has not come so far would be out of date for ever.
	changed atomic.Uint64
	// recent is where the primary was as long ago as a replica may be behind.
	recent atomic.Uint64
}

// A replica is one of them.
type replica struct {
	of   *replicas
	name string // its host and port
	pool *pgxpool.Pool

	replayed atomic.Uint64 // how far it is, or further; 0 if it is not to be used
	reads    atomic.Int64  // batches that it answered
	lost     atomic.Int64  // that it did not answer, and the primary did

	mu   sync.Mutex
	life context.Context //nolint:containedctx // of its reads: it ends when the replica is found to be gone, and then another begins
	end  context.CancelFunc
}

// openReplicas opens the pools of replicas, which are configured as the primary's.
func openReplicas(ctx context.Context, o Options) (*replicas, error) {
	out := &replicas{lag: o.ReplicaLag}
	if out.lag == 0 {
		out.lag = defaultReplicaLag
	}
	for _, url := range o.Replicas {
		cfg, err := poolConfig(url, o)
		if err != nil {
			out.close()
			return nil, err
		}
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			out.close()
			return nil, err
		}
		name := net.JoinHostPort(cfg.ConnConfig.Host, strconv.Itoa(int(cfg.ConnConfig.Port)))
		one := &replica{of: out, name: name, pool: pool}
		one.life, one.end = context.WithCancel(context.Background())
		out.all = append(out.all, one)
	}
	return out, nil
}

func (r *replicas) close() {
	for _, one := range r.all {
		one.lose()
		one.pool.Close()
	}
}

// HasReplicas reports whether there are replicas that reads may go to.
func (d DB) HasReplicas() bool { return d.replicas != nil && len(d.replicas.all) > 0 }

// A ReplicaState is what a replica does.
type ReplicaState struct {
	Name  string // its host and port
	Used  bool   // it is there, and near enough
	Reads int64  // batches that it has answered
	Lost  int64  // batches that it did not answer, and the primary did
}

// Replicas returns what the replicas do.
func (d DB) Replicas() []ReplicaState {
	if d.replicas == nil {
		return nil
	}
	out := make([]ReplicaState, 0, len(d.replicas.all))
	for _, r := range d.replicas.all {
		out = append(out, ReplicaState{Name: r.name, Used: r.reaches(d.replicas.recent.Load()), Reads: r.reads.Load(), Lost: r.lost.Load()})
	}
	return out
}

// WALPosition returns where the primary is: a replica that has come so far shows all that is committed now.
func (d DB) WALPosition(ctx context.Context) (at LSN, err error) {
	err = d.run(elsewhere(ctx, nil), func(b *batch) { b.position(&at) })
	return at, err
}

// position queues where the primary is.
func (b *batch) position(at *LSN) {
	b.read(`SELECT pg_current_wal_insert_lsn()::text`, nil, func(c *cursor) {
		var err error
		*at, err = ParseLSN(c.text())
		c.fail(err)
	})
}

// A reading says where the reads of one operation go.
type reading struct {
	of   *replicas
	from LSN                     // up to where it must be shown everything
	at   atomic.Pointer[replica] // that it reads from; nil: the primary
	home atomic.Bool             // it stays at the primary, which has answered: a replica might show less than that did
}

type readingKey struct{}

func elsewhere(ctx context.Context, r *reading) context.Context {
	return context.WithValue(ctx, readingKey{}, r)
}

// ReadElsewhere returns a context whose reads go to a replica that shows everything up to a position, and all that is kept of the
// catalogue: to the primary if there is none, in transactions, and from when the replica is lost. While the primary is away such a replica
// is looked for again.
func (d DB) ReadElsewhere(ctx context.Context, from LSN) context.Context {
	if !d.HasReplicas() {
		return ctx
	}
	to := &reading{of: d.replicas, from: from}
	to.at.Store(to.find())
	return elsewhere(ctx, to)
}

// find returns a replica that shows all that the reading may expect; nil if there is none.
func (to *reading) find() *replica {
	r := to.of
	least := max(uint64(to.from), r.changed.Load(), r.recent.Load())
	begin := r.next.Add(1)
	for i := range r.all {
		if one := r.all[(int(begin)+i)%len(r.all)]; one.reaches(least) {
			return one
		}
	}
	return nil
}

// reaches reports whether the replica can be used and shows everything up to a position.
func (r *replica) reaches(least uint64) bool {
	replayed := r.replayed.Load()
	return replayed > 0 && replayed >= least
}

// replicaOf returns where the reads of ctx go; nil is the primary.
func replicaOf(ctx context.Context) (*reading, *replica) {
	to, _ := ctx.Value(readingKey{}).(*reading)
	if to == nil {
		return nil, nil
	}
	return to, to.at.Load()
}

// stay has what ctx's operation still reads read from the primary: it writes.
func stay(ctx context.Context) {
	if to, _ := replicaOf(ctx); to != nil {
		to.home.Store(true)
		to.at.Store(nil)
	}
}

// instead is what became of reads that the primary was asked for, with an error: if it is away, a replica is asked in its stead.
func (d DB) instead(ctx context.Context, to *reading, err error, fill func(b *batch)) error {
	if to == nil || to.home.Load() {
		return err
	}
	if _, away := errors.AsType[*lostError](err); !away {
		to.home.Store(true)
		return err
	}
	r := to.find()
	if r == nil {
		return err
	}
	to.at.Store(r)
	if done, failed := d.readFrom(ctx, to, r, fill); done {
		return failed
	}
	return err
}

// readFrom is sendTo a replica. It reports false if the replica cannot answer, which the operation asks nothing more then.
func (d DB) readFrom(ctx context.Context, to *reading, r *replica, fill func(b *batch)) (done bool, err error) {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	r.mu.Lock()
	life := r.life
	r.mu.Unlock()
	defer context.AfterFunc(life, cancel)()
	err = d.sendOn(within, r.pool, r, fill)
	if err == nil || ctx.Err() != nil || !r.unable(err) && within.Err() == nil {
		r.reads.Add(1)
		return true, expensive(ctx, toModel(err))
	}
	r.lost.Add(1)
	to.at.Store(nil)
	return false, nil
}

// unable reports whether an error says that a replica could not answer, as the primary can.
func (r *replica) unable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (pg.Code == serializationFailure || pg.Code == readOnlyTransaction) {
		return true // it replayed what the read was about, or the read writes
	}
	if goingDown(err) {
		r.lose()
		return true
	}
	return false
}

// lose has the replica not used any more, and ends its reads.
func (r *replica) lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replayed.Store(0)
	r.end()
	r.life, r.end = context.WithCancel(context.Background())
}

// found notes how far the replica is.
func (r *replica) found(at LSN) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replayed.Store(uint64(at))
}

// FollowReplicas finds out how far the replicas are, until ctx ends. Without it none is used.
func (d DB) FollowReplicas(ctx context.Context, log *slog.Logger) {
	if !d.HasReplicas() {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { d.followPrimary(ctx) })
	for _, r := range d.replicas.all {
		wg.Go(func() {
			r.follow(ctx, log)
			r.lose()
		})
	}
	wg.Wait()
}

// followPrimary remembers where the primary was as long ago as a replica may be behind. While it is not there the last position holds, so
// that replicas are read from meanwhile.
func (d DB) followPrimary(ctx context.Context) {
	type place struct {
		at   LSN
		when time.Time
	}
	var places []place
	each(ctx, func() {
		asked := time.Now()
		ctx, cancel := context.WithTimeout(ctx, replicaTimeout)
		defer cancel()
		var at LSN
		if d.sendTo(ctx, func(b *batch) { b.position(&at) }) != nil {
			return
		}
		places = append(places, place{at, asked})
		for len(places) > 1 && asked.Sub(places[1].when) >= d.replicas.lag {
			places = places[1:]
		}
		if asked.Sub(places[0].when) >= d.replicas.lag {
			d.replicas.recent.Store(uint64(places[0].at))
		}
	})
}

// follow finds out how far the replica is, until ctx ends.
func (r *replica) follow(ctx context.Context, log *slog.Logger) {
	var conn *pgx.Conn
	said := "" // what is wrong with it, as it was logged
	each(ctx, func() {
		within, cancel := context.WithTimeout(ctx, replicaTimeout)
		defer cancel()
		at, err := r.look(within, &conn)
		switch {
		case err == nil:
			r.found(at)
			if said != "" {
				log.InfoContext(ctx, "the replica is there again", "replica", r.name)
			}
			said = ""
			return
		case ctx.Err() != nil:
			return
		}
		r.lose()
		if conn != nil {
			_ = conn.Close(within)
			conn = nil
		}
		if said != err.Error() {
			said = err.Error()
			log.WarnContext(ctx, "the replica is not used", "replica", r.name, "error", err)
		}
	})
	if conn != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

// errPrimary means that a replica is none, or is none any more.
var errPrimary = errors.New("it does not follow a primary")

// look asks the replica how far it is, on a connection of its own.
func (r *replica) look(ctx context.Context, conn **pgx.Conn) (LSN, error) {
	if *conn == nil {
		c, err := pgx.ConnectConfig(ctx, r.pool.Config().ConnConfig.Copy())
		if err != nil {
			return 0, err
		}
		*conn = c
	}
	var follows bool
	var at *string
	if err := (*conn).QueryRow(ctx, `SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()::text`).Scan(&follows, &at); err != nil {
		return 0, err
	}
	if !follows || at == nil {
		return 0, errPrimary
	}
	return ParseLSN(*at)
}

// each calls do at once and after each pause, until ctx ends.
func each(ctx context.Context, do func()) {
	tick := time.NewTicker(replicaPause)
	defer tick.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// sawChanges notes that something kept shows what is committed now.
func (d DB) sawChanges(ctx context.Context) error {
	if !d.HasReplicas() {
		return nil
	}
	at, err := d.WALPosition(ctx)
	if err == nil {
		d.replicas.changed.Store(uint64(at))
	}
	return err
}

// behind reports whether the batch was answered by a replica that may not show all that is kept of the catalogue.
func (b *batch) behind() bool {
	return b.replica != nil && !b.replica.reaches(b.replica.of.changed.Load())
}
