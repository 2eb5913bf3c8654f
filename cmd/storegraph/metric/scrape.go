package metric

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/storegraph/storegraph/cmd/storegraph/front"
	"github.com/storegraph/storegraph/cmd/storegraph/shadow"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
)

// Sources are what metrics are read from when they are asked for.
type Sources struct {
	DB     db.DB
	Graph  *graph.Server
	Front  *front.Front   // nil: there is none
	Shadow *shadow.Shadow // nil: nothing is compared
}

// patience is how long a scrape waits for the database.
const patience = 2 * time.Second

// scraped are the metrics that are read when they are asked for.
type scraped struct{ *Metrics }

// A fact is a metric that is read.
type fact struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func total(name, help string, labels ...string) fact {
	return fact{prometheus.NewDesc(namespace+"_"+name, help, labels, nil), prometheus.CounterValue}
}

func gauge(name, help string, labels ...string) fact {
	return fact{prometheus.NewDesc(namespace+"_"+name, help, labels, nil), prometheus.GaugeValue}
}

func (f fact) is(out chan<- prometheus.Metric, v float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(f.desc, f.kind, v, labels...)
}

var (
	statements = total("database_statements_total", "Statements of the whole server, besides preparing them.")
	rows       = total("database_rows_total", "Rows that statements of the whole server read or wrote.")
	trips      = total("database_round_trips_total", "Round trips of the whole server to the database.")
	up         = gauge("database_up", "1 if the database answered when this was asked for.")

	poolConnections = gauge("pool_connections", "Connections to the database by state.", "state")
	poolMax         = gauge("pool_connections_max", "The most connections that the pool opens.")
	poolAcquires    = total("pool_acquires_total", "How often a connection was given.")
	poolWaits       = total("pool_waits_total", "How often a connection had to be waited for, since none was idle.")
	poolCanceled    = total("pool_canceled_total", "How often whoever waited for a connection gave up.")
	poolWaited      = total("pool_acquire_seconds_total", "How long connections were waited for, in all.")

	replicaUsed  = gauge("replica_used", "1 if reads go to the replica: it is there, and near enough.", "replica")
	replicaReads = total("replica_reads_total", "Batches that the replica answered.", "replica")
	replicaLost  = total("replica_lost_total", "Batches that the replica did not answer, and the primary did.", "replica")

	cacheAnswers = total("cache_answers_total", "Answers that can be kept: from memory, made, or known to the client.", "result")
	cacheDropped = total("cache_outdated_total", "Answers that were not kept, since what they show changed meanwhile.")
	cacheEntries = gauge("cache_entries", "Answers that are kept.")
	cacheBytes   = gauge("cache_bytes", "The memory that kept answers take.")

	indexReady    = gauge("index_ready", "1 if lists of the catalogue are answered from memory.")
	indexProducts = gauge("index_products", "Products in the index of the catalogue.")
	indexBytes    = gauge("index_bytes", "The memory that the index of the catalogue takes.")
	entityEntries = gauge("index_entities", "Things whose rows are kept beside the index.")
	entityBytes   = gauge("index_entity_bytes", "The memory that those rows take.")

	outboxEvents = gauge("outbox_events", "Events and deliveries that wait, by state; dead ones were given up.", "state")
	outboxAge    = gauge("outbox_oldest_seconds", "The age of the oldest event that waits; 0 if none does.")

	streams       = gauge("streams", "Event streams and WebSockets that are open.")
	subscriptions = gauge("subscriptions", "Operations that run on streams and WebSockets.")
	throttled     = total("throttled_total", "Operations and connections that were refused since there were too many.")

	frontAnswers  = total("front_answers_total", "What Medusa answered, by reason and route; once for each name that is not known here.", "kind", "route")
	shadowCompare = total("shadow_reads_total", "Reads that were compared with Medusa's answers, by result.", "result")

	facts = []fact{
		statements, rows, trips, up, poolConnections, poolMax, poolAcquires, poolWaits, poolCanceled, poolWaited,
		replicaUsed, replicaReads, replicaLost,
		cacheAnswers, cacheDropped, cacheEntries, cacheBytes, indexReady, indexProducts, indexBytes, entityEntries, entityBytes,
		outboxEvents, outboxAge, streams, subscriptions, throttled, frontAnswers, shadowCompare,
	}
)

// Describe describes what Collect collects.
func (s *scraped) Describe(out chan<- *prometheus.Desc) {
	for _, f := range facts {
		out <- f.desc
	}
}

// Collect reads what the sources have counted.
func (s *scraped) Collect(out chan<- prometheus.Metric) {
	u := s.Meter.Usage()
	statements.is(out, float64(u.Statements))
	rows.is(out, float64(u.Rows))
	trips.is(out, float64(u.RoundTrips))
	from := s.sources.Load()
	if from == nil { // the database has not answered yet
		up.is(out, 0)
		return
	}
	pool(out, from.DB.Pool())
	replicas(out, from.DB.Replicas())
	answers(out, from.Graph)
	catalogue(out, from.DB)
	s.backlog(out, from.DB)
	medusa(out, from)
}

func pool(out chan<- prometheus.Metric, p db.PoolState) {
	poolConnections.is(out, float64(p.Acquired), "acquired")
	poolConnections.is(out, float64(p.Idle), "idle")
	poolConnections.is(out, float64(p.Constructing), "constructing")
	poolMax.is(out, float64(p.Max))
	poolAcquires.is(out, float64(p.Acquires))
	poolWaits.is(out, float64(p.Waits))
	poolCanceled.is(out, float64(p.Canceled))
	poolWaited.is(out, p.Waited.Seconds())
}

func replicas(out chan<- prometheus.Metric, all []db.ReplicaState) {
	for _, r := range all {
		used := 0.0
		if r.Used {
			used = 1
		}
		replicaUsed.is(out, used, r.Name)
		replicaReads.is(out, float64(r.Reads), r.Name)
		replicaLost.is(out, float64(r.Lost), r.Name)
	}
}

func answers(out chan<- prometheus.Metric, g *graph.Server) {
	c := g.CacheStats()
	cacheAnswers.is(out, float64(c.Hits), "hit")
	cacheAnswers.is(out, float64(c.Misses), "miss")
	cacheAnswers.is(out, float64(c.NotModified), "not_modified")
	cacheDropped.is(out, float64(c.Outdated))
	cacheEntries.is(out, float64(c.Answers))
	cacheBytes.is(out, float64(c.Bytes))
	open, running := g.Streams()
	streams.is(out, float64(open))
	subscriptions.is(out, float64(running))
	throttled.is(out, float64(g.Throttled()))
}

func catalogue(out chan<- prometheus.Metric, d db.DB) {
	ix, e := d.Index(), d.Entities()
	ready := 0.0
	if ix.Ready {
		ready = 1
	}
	indexReady.is(out, ready)
	indexProducts.is(out, float64(ix.Products))
	indexBytes.is(out, float64(ix.Bytes))
	entityEntries.is(out, float64(e.Entities))
	entityBytes.is(out, float64(e.Bytes))
}

// backlog counts what waits in the database, if that answers.
func (s *scraped) backlog(out chan<- prometheus.Metric, d db.DB) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := d.Backlog(ctx)
	if err != nil {
		s.log.DebugContext(ctx, "the outbox is not counted", "error", err)
		up.is(out, 0)
		return
	}
	up.is(out, 1)
	outboxEvents.is(out, float64(b.New), "new")
	outboxEvents.is(out, float64(b.Pending), "pending")
	outboxEvents.is(out, float64(b.Dead), "dead")
	age := 0.0
	if !b.Oldest.IsZero() {
		age = max(0, time.Since(b.Oldest).Seconds())
	}
	outboxAge.is(out, age)
}

// medusa reads what Medusa answered. What clients have named there is no label: it has no bound.
func medusa(out chan<- prometheus.Metric, from *Sources) {
	if from.Front != nil {
		type key struct{ kind, route string }
		sums := map[key]int64{}
		for _, c := range from.Front.Counts() {
			sums[key{c.Kind, c.Route}] += c.N
		}
		for k, n := range sums {
			frontAnswers.is(out, float64(n), k.kind, k.route)
		}
	}
	if from.Shadow != nil {
		c := from.Shadow.Stats()
		shadowCompare.is(out, float64(c.Equal), "equal")
		shadowCompare.is(out, float64(c.Known), "known")
		shadowCompare.is(out, float64(c.Different), "different")
		shadowCompare.is(out, float64(c.Failed), "failed")
		shadowCompare.is(out, float64(c.Skipped), "skipped")
	}
}
