package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// A replicated is a server of a shop with a streaming replica that can be held back, cut off and left without answers.
type replicated struct {
	t       *testing.T
	d       db.DB
	h       http.Handler
	key     string
	primary *pgx.Conn
	replica *pgx.Conn
	cut     atomic.Bool  // the replica's connections end
	hang    sync.RWMutex // locked: nothing gets to the replica
	alone   atomic.Bool  // the primary's connections end
}

func newReplicated(t *testing.T, lag time.Duration) *replicated {
	t.Helper()
	primary, replica := dbtest.Replicated(t)
	s := &replicated{t: t, key: dbtest.Handles(t)["pk_web"]}
	connect := func(url string) *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		return conn
	}
	s.primary, s.replica = connect(primary), connect(replica)
	through := dbtest.Proxy(t, replica, func([]byte) dbtest.Fate {
		s.hang.RLock()
		defer s.hang.RUnlock()
		if s.cut.Load() {
			return dbtest.Cut
		}
		return dbtest.Pass
	})
	first := dbtest.Proxy(t, primary, func([]byte) dbtest.Fate {
		if s.alone.Load() {
			return dbtest.Cut
		}
		return dbtest.Pass
	})
	s.d = dbtest.Open(t, first, db.Options{Replicas: []string{through}, ReplicaLag: lag})
	if err := db.InstallTriggers(t.Context(), s.d); err != nil {
		t.Fatal(err)
	}
	g, h := newServer(t, s.d, func(c *graph.Config) { c.CacheSize = 1 << 20 })
	s.h = g.Positioned(h)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.d.FollowReplicas(ctx, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() { cancel(); <-done })
	dbtest.KeepIndex(t, s.d)
	s.used(true)
	return s
}

// used waits until the replica is used, or is not.
func (s *replicated) used(want bool) {
	s.t.Helper()
	s.until(fmt.Sprintf("used: %t", want), func() bool { return s.d.Replicas()[0].Used == want })
}

// until waits until something is so.
func (s *replicated) until(what string, so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("never: " + what)
		}
	}
}

// reads returns how many batches the replica has answered.
func (s *replicated) reads() int64 { return s.d.Replicas()[0].Reads }

func (s *replicated) on(conn *pgx.Conn, sql string, args ...any) {
	s.t.Helper()
	if _, err := conn.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

// send sends a request and returns the answer, which must be 200.
func (s *replicated) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	w := s.within(s.t.Context(), method, path, body, header...)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w
}

// within sends a request that ends with ctx, and returns the answer.
func (s *replicated) within(ctx context.Context, method, path, body string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("X-Publishable-Api-Key", s.key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

// title returns the title of a product, asked for by a stranger over POST, so that no finished answer is given.
func (s *replicated) title(id string, header ...string) string {
	s.t.Helper()
	var out struct {
		Data struct{ Product struct{ Title string } }
	}
	body := s.send(http.MethodPost, "/graphql", `{"query":"{ product(by: {id: \"`+id+`\"}) { title } }"}`, header...).Body
	if err := json.Unmarshal(body.Bytes(), &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Data.Product.Title
}

func (s *replicated) cart(id string, header ...string) string {
	s.t.Helper()
	return s.send(http.MethodGet, "/store/carts/"+id+"?fields=id,email", "", header...).Body.String()
}

func (s *replicated) newCart() (id string, answer *httptest.ResponseRecorder) {
	s.t.Helper()
	answer = s.send(http.MethodPost, "/store/carts", `{"email":"ada@example.com"}`)
	var out struct{ Cart struct{ ID string } }
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Cart.ID, answer
}

func TestReplica(t *testing.T) {
	t.Parallel()
	s := newReplicated(t, time.Hour)
	product := dbtest.Handles(t)["prod_classic_tee"]

	title := s.title(product)
	s.until("a stranger's read of the catalogue goes to the replica", func() bool {
		before := s.reads()
		if got := s.title(product); got != title || title == "" {
			t.Fatalf("the title is %q, and was %q", got, title)
		}
		return s.reads() > before
	})
	before := s.reads()
	id, answer := s.newCart()
	s.cart(id)
	if s.reads() != before {
		t.Error("a write, or a read of a cart by who does not say what it has written, went to the replica")
	}
	at := answer.Header().Get(graph.PositionHeader)
	cookie := answer.Result().Cookies()[0]
	if at == "" || cookie.Name != graph.PositionCookie || cookie.Value != at {
		t.Fatalf("the answer to a write has the position %q and the cookie %v", at, cookie)
	}
	if h := s.send(http.MethodGet, "/store/carts/"+id, "").Header(); h.Get(graph.PositionHeader) != "" || h.Get("Set-Cookie") != "" {
		t.Error("the answer to a read has a position")
	}
	for name, header := range map[string][]string{"header": {graph.PositionHeader, at}, "cookie": {"Cookie", graph.PositionCookie + "=" + at}} {
		s.until("the replica shows who sends a "+name+" the cart", func() bool {
			before := s.reads()
			if !strings.Contains(s.cart(id, header...), "ada@example.com") {
				t.Fatal("the cart is another one")
			}
			return s.reads() > before
		})
	}

	// A replica that stands still shows nobody less than they know.
	s.on(s.replica, "SELECT pg_wal_replay_pause()")
	id, answer = s.newCart()
	at = answer.Header().Get(graph.PositionHeader)
	before = s.reads()
	s.cart(id, graph.PositionHeader, at)
	if s.reads() != before {
		t.Error("the replica was asked for what it cannot know yet")
	}
	s.on(s.primary, "UPDATE product SET title = 'Changed' WHERE id = $1", product)
	s.until("the change shows", func() bool { return s.title(product) == "Changed" })
	for range 20 { // neither does anything that was read from the replica and kept
		if got := s.title(product); got != "Changed" {
			t.Fatalf("the title is %q again", got)
		}
		if got := s.title(product, graph.PositionHeader, "0/1"); got != "Changed" {
			t.Fatalf("the title is %q for who has written long ago", got)
		}
	}
	s.on(s.replica, "SELECT pg_wal_replay_resume()")
	s.on(s.primary, "UPDATE product SET title = $2 WHERE id = $1", product, title)
	s.until("the change back shows", func() bool { return s.title(product) == title })
}

// TestReplicaBehind has a replica show everything a tenth of a second late, and looks whether anybody is shown less than they know.
func TestReplicaBehind(t *testing.T) {
	t.Parallel()
	s := newReplicated(t, time.Hour)
	s.on(s.replica, "ALTER SYSTEM SET recovery_min_apply_delay = '100ms'")
	s.on(s.replica, "SELECT pg_reload_conf()")
	product := dbtest.Handles(t)["prod_classic_tee"]
	id, _ := s.newCart()
	begun := s.reads()
	for i := range 30 {
		want := fmt.Sprintf("shopper%d@example.com", i)
		at := s.send(http.MethodPost, "/store/carts/"+id, `{"email":"`+want+`"}`).Header().Get(graph.PositionHeader)
		if got := s.cart(id, graph.PositionHeader, at); !strings.Contains(got, want) {
			t.Fatalf("who has written %s is shown %s", want, got)
		}
		known, _ := s.d.CatalogueVersion()
		s.on(s.primary, "UPDATE product SET title = $2 WHERE id = $1", product, want)
		s.until("the version moves", func() bool { now, ok := s.d.CatalogueVersion(); return ok && now != known })
		for range 3 {
			if got := s.title(product); got != want {
				t.Fatalf("the title is %q at a version at which it is %q", got, want)
			}
		}
	}
	s.until("the replica is read from", func() bool { s.title(product); return s.reads() > begun })
}

func TestReplicaTooFarBehind(t *testing.T) {
	t.Parallel()
	s := newReplicated(t, 300*time.Millisecond)
	s.on(s.replica, "SELECT pg_wal_replay_pause()")
	s.newCart()
	s.used(false)
	s.on(s.replica, "SELECT pg_wal_replay_resume()")
	s.used(true)
}

func TestReplicaGoes(t *testing.T) {
	t.Parallel()
	s := newReplicated(t, time.Hour)
	product := dbtest.Handles(t)["prod_classic_tee"]
	title := s.title(product)

	// Connections that end cost nobody an answer.
	s.cut.Store(true)
	if got := s.title(product); got != title {
		t.Errorf("the title is %q, want %q", got, title)
	}
	s.used(false)
	s.title(product)
	s.cut.Store(false)
	s.used(true)

	// Nor does a replica that does not answer.
	s.hang.Lock()
	if got := s.title(product); got != title {
		t.Errorf("the title is %q, want %q", got, title)
	}
	s.used(false)
	s.hang.Unlock()
	s.used(true)

	// The catalogue is shown while the primary is away.
	s.until("the replica is read from", func() bool { before := s.reads(); s.title(product); return s.reads() > before })
	s.alone.Store(true)
	if got := s.title(product); got != title {
		t.Errorf("the title is %q, want %q", got, title)
	}
	s.send(http.MethodGet, "/store/products?limit=3", "")
	s.alone.Store(false)

	// One that has become a primary is not used.
	s.on(s.replica, "SELECT pg_promote()")
	s.used(false)
	s.on(s.replica, "UPDATE product SET title = 'Elsewhere' WHERE id = $1", product)
	if got := s.title(product); got != title {
		t.Errorf("the title is %q, want %q", got, title)
	}
}

// TestPrimaryGoes asks for the catalogue when the primary has just gone: nothing that a replica can tell waits for it.
func TestPrimaryGoes(t *testing.T) {
	t.Parallel()
	s := newReplicated(t, time.Hour)
	h := dbtest.Handles(t)
	ask := func(path string, want int, header ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second) // half of the patience with a database that is away
		defer cancel()
		if w := s.within(ctx, http.MethodGet, path, "", header...); w.Code != want {
			t.Errorf("GET %s %v: %d %s, want %d", path, header, w.Code, w.Body, want)
		}
	}

	// Whoever has written is shown it by a replica that has it a little later.
	s.until("the replica is read from", func() bool { before := s.reads(); s.title(h["prod_classic_tee"]); return s.reads() > before })
	s.until("the version is known", func() bool { _, ok := s.d.CatalogueVersion(); return ok })
	s.on(s.replica, "SELECT pg_wal_replay_pause()")
	id, answer := s.newCart()
	s.alone.Store(true)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		ask("/store/carts/"+id, http.StatusOK, graph.PositionHeader, answer.Header().Get(graph.PositionHeader))
	}()
	ask("/store/products?limit=3", http.StatusOK) // by who has never been here: the key's sales channels are not known
	s.on(s.replica, "SELECT pg_wal_replay_resume()")
	<-shown

	for _, path := range []string{
		"/store/products?limit=2", "/store/products?region_id=" + h["reg_eu"] + "&fields=*variants.calculated_price", "/store/products?q=shirt",
		"/store/products/" + h["prod_classic_tee"], "/store/products?locale=de-DE", "/store/regions", "/store/regions/" + h["reg_eu"], "/store/currencies",
		"/store/currencies/eur", `/graphql?query={locales{code}translatable}`, "/store/return-reasons", "/store/payment-providers?region_id=" + h["reg_eu"], "/store/collections", "/store/product-categories", "/store/product-tags", "/store/product-types",
		"/store/product-variants", `/graphql?query={products(first:2){totalCount%20nodes{title}}}`,
	} {
		ask(path, http.StatusOK)
		ask(path, http.StatusOK, "X-Medusa-Locale", "de-DE")
	}
	ask("/store/products/nowhere", http.StatusNotFound)
	ask("/store/payment-providers", http.StatusBadRequest)
	ask("/store/nowhere", http.StatusNotFound)
}
