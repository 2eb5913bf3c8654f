package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/localpg"
)

// asProgram is the environment variable that makes this test binary the program itself, so that a test can kill it.
const asProgram = "STOREGRAPH_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if port := os.Getenv(asMedusa); port != "" {
		fakeMedusa(port)
		return
	}
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A process is a server in a process of its own, which can be killed and is started again at the same address.
type process struct {
	base string
	env  []string
	log  string // the file that it writes its log to
	cmd  *exec.Cmd
}

// newProcess starts a server of the database at url.
func newProcess(t testing.TB, dir string, url string, more map[string]string) *process {
	t.Helper()
	env := shopEnv(url)
	port := strconv.Itoa(dbtest.FreePort(t))
	env["PORT"], env["HOST"], env[asProgram] = port, "127.0.0.1", "1"
	env["ATTEMPTS_PER_ADDRESS"], env["LOG_LEVEL"] = "1000000", "warn"
	p := &process{base: "http://127.0.0.1:" + port, log: filepath.Join(dir, "server-"+port+".log")}
	for _, settings := range []map[string]string{env, more} {
		for name, v := range settings {
			p.env = append(p.env, name+"="+v)
		}
	}
	p.start(t)
	t.Cleanup(func() { _ = p.end(t, syscall.SIGKILL) })
	return p
}

func (p *process) start(t testing.TB) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	p.cmd = exec.CommandContext(context.Background(), self, "serve") //nolint:gosec // this binary
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, log, log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// end sends a signal and waits for the process to end. It returns its error.
func (p *process) end(t testing.TB, s syscall.Signal) error {
	t.Helper()
	if p.cmd == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(s)
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}

// ready waits until a server serves the shop.
func (p *process) ready(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/health/ready", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := http.DefaultClient.Do(r); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(p.log)
			t.Fatalf("the server at %s does not become ready:\n%s", p.base, text[max(0, len(text)-4000):])
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// A soak is a shop under load whose parts are killed and restarted.
type soak struct {
	t       *testing.T
	length  time.Duration
	handles map[string]string
	dir     string
	url     string // of the database, direct
	pg      *localpg.Server
	replica *localpg.Server // a streaming replica of pg, which the first server reads from
	servers []*process
	stopped atomic.Bool

	mu        sync.Mutex
	delivered map[string]bool // orders of which the receiver of events was told
	deadlocks int             // in the statistics that restarts have erased
	restarts  map[string]int
}

// TestSoak has shoppers check out at two servers, one of them with a streaming replica, the other behind a PgBouncer, while the servers are
// killed and stopped and the primary and the replica restart, fast and immediately. Afterwards nothing is oversold, no order is lost or doubled, nothing is paid without an order,
// and every order's event has been delivered. SOAK says how long it takes; without it that is a few seconds.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := newSoak(t)
	shoppers, ctx, cancel := s.load()
	defer cancel()
	interval := max(s.length/60, 2*time.Second)
	round := time.NewTicker(interval)
	defer round.Stop()
	ends := time.After(s.length)
	for n, over := 0, false; ctx.Err() == nil && (!over || n < 5); { // each disturbance at least once
		select {
		case <-ends:
			over = true
		case <-ctx.Done():
		case <-round.C:
			s.disturb(n)
			n++
		}
	}
	s.stopped.Store(true)
	grace := time.AfterFunc(min(s.length, 2*time.Minute), cancel)
	defer grace.Stop()
	began := shoppers[0].began
	for _, c := range shoppers {
		<-c.done
	}
	s.report(shoppers, time.Since(began))
	s.drained()
	s.settled(shoppers)
	for _, p := range s.servers {
		if err := p.end(t, syscall.SIGTERM); err != nil {
			t.Errorf("a server that is told to stop ends with %v", err)
		}
		s.readLog(p)
	}
}

// newSoak starts the cluster, the pooler, a receiver of events and the servers.
func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{t: t, length: 8 * time.Second, handles: dbtest.Handles(t), dir: directory(t), delivered: map[string]bool{}, restarts: map[string]int{}}
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if s.length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("SOAK is a time, such as 10m: %v", err)
		}
	}
	s.pg = needPostgres(t, s.dir)
	if err := s.pg.CreateDatabase(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	s.url = s.pg.URL("shop")
	dbtest.LoadShop(t, s.url)
	// Plenty of everything but mugs, which are restocked again and again, and a code that is soon used up.
	const many = `UPDATE inventory_level SET stocked_quantity = 1e6, raw_stocked_quantity = '{"value":"1000000","precision":20}'`
	for _, sql := range []string{many, s.stockMugs(20), `UPDATE promotion SET "limit" = 25 WHERE code = 'LIMIT1B'`} {
		s.exec(sql)
	}
	receiver := httptest.NewServer(http.HandlerFunc(s.receive))
	t.Cleanup(receiver.Close)
	more := map[string]string{"EVENT_WEBHOOK_URLS": receiver.URL, "EVENT_WEBHOOK_SECRET": "whsec_" + strings.Repeat("c2VjcmV0", 4)}
	pooled := map[string]string{"DATABASE_POOLER": "true"}
	maps.Copy(pooled, more)
	s.startReplica()
	replicated := map[string]string{"DATABASE_REPLICA_URL": s.replica.URL("shop")}
	maps.Copy(replicated, more)
	s.servers = []*process{newProcess(t, s.dir, s.url, replicated), newProcess(t, s.dir, dbtest.PgBouncer(t, s.url, 8), pooled)}
	for _, p := range s.servers {
		p.ready(s.t)
	}
	return s
}

// startReplica starts the replica, which is made the first time.
func (s *soak) startReplica() {
	s.t.Helper()
	var err error
	s.replica, err = localpg.Start(s.t.Context(), localpg.Options{Dir: filepath.Join(s.dir, "replica"), BinDir: os.Getenv("PG_BINDIR"), Primary: s.pg})
	if err != nil {
		s.t.Fatal(err)
	}
	replica := s.replica
	s.t.Cleanup(func() { stopPG(s.t, replica) })
}

// stockMugs is the statement that has so many mugs more than are reserved.
func (s *soak) stockMugs(more int) string {
	return fmt.Sprintf(`WITH a AS (SELECT id, reserved_quantity + %d AS n FROM inventory_level WHERE inventory_item_id IN (
SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = '%s') ORDER BY id FOR UPDATE)
UPDATE inventory_level l SET stocked_quantity = n, raw_stocked_quantity = jsonb_build_object('value', n::text, 'precision', 20) FROM a WHERE a.id = l.id`, more, s.handles["var_mug_moss"])
}

func (s *soak) exec(sql string) {
	s.t.Helper()
	pool, err := pgxpool.New(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// texts returns the texts that a query finds.
func (s *soak) texts(sql string, args ...any) []string {
	s.t.Helper()
	pool, err := pgxpool.New(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer pool.Close()
	rows, err := pool.Query(s.t.Context(), sql, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			s.t.Fatal(err)
		}
		out = append(out, text)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func (s *soak) number(sql string, args ...any) int {
	s.t.Helper()
	n, err := strconv.Atoi(s.texts(`SELECT (`+sql+`)::text`, args...)[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// receive takes events and remembers the orders that it is told of.
func (s *soak) receive(w http.ResponseWriter, r *http.Request) {
	var e struct {
		Type string
		Data struct{ ID string }
	}
	text, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(text, &e) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Type == "order.placed" {
		s.delivered[e.Data.ID] = true
	}
}

// disturb kills or restarts something, each in its turn, and stocks new mugs.
func (s *soak) disturb(n int) {
	s.t.Helper()
	p := s.servers[n/5%len(s.servers)]
	what := []string{"server killed", "primary stopped at once", "server stopped", "primary stopped fast", "replica stopped at once"}[n%5]
	switch n % 5 {
	case 0:
		_ = p.end(s.t, syscall.SIGKILL)
		p.start(s.t)
	case 2:
		if err := p.end(s.t, syscall.SIGTERM); err != nil {
			s.t.Errorf("a server that is told to stop ends with %v", err)
		}
		p.start(s.t)
	case 4:
		url := s.replica.URL("shop")
		endAtOnce(s.t, filepath.Join(s.dir, "replica", "data"), s.replica)
		if s.startReplica(); s.replica.URL("shop") != url {
			s.t.Skip("the port was taken in between")
		}
	default:
		s.deadlocks += s.number(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)
		if n%5 == 1 {
			endAtOnce(s.t, filepath.Join(s.dir, "needed", "data"), s.pg)
		} else {
			stopPG(s.t, s.pg)
		}
		if s.pg = needPostgres(s.t, s.dir); s.pg.URL("shop") != s.url {
			s.t.Skip("the port was taken in between")
		}
	}
	for _, p := range s.servers {
		p.ready(s.t)
	}
	s.restarts[what]++
	s.exec(s.stockMugs(20))
}

// endAtOnce has a cluster end without saving anything, as after a loss of power.
func endAtOnce(t *testing.T, data string, pg *localpg.Server) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-pg.Done()
	_ = pg.Stop() // it lets go of the directory
}

// drained waits until every event has been delivered.
func (s *soak) drained() {
	s.t.Helper()
	if s.length < time.Minute { // the leases of killed servers end sooner
		s.exec(`UPDATE storegraph.delivery SET due_at = now() WHERE done_at IS NULL AND dead_at IS NULL`)
	}
	began := time.Now()
	for {
		left := s.number(`SELECT count(*) FROM storegraph.outbox WHERE finished_at IS NULL`)
		if left == 0 {
			s.t.Logf("the last events were delivered %v after the load", time.Since(began).Round(time.Second))
			return
		}
		if time.Since(began) > 5*time.Minute {
			s.t.Errorf("%d events are not delivered", left)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// readLog looks for faults in the log of a server.
func (s *soak) readLog(p *process) {
	s.t.Helper()
	text, err := os.ReadFile(p.log)
	if err != nil {
		s.t.Fatal(err)
	}
	faults := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
			if faults++; faults <= 5 {
				s.t.Logf("logged: %.600s", line)
			}
		}
	}
	if faults > 0 {
		s.t.Errorf("%d faults in the log of %s", faults, p.base)
	}
}
