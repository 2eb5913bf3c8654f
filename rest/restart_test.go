package rest_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/localpg"
)

// TestFirstWriteAfterRestart cuts all connections, as a restart of the database does, before each kind of change: none of them fails.
func TestFirstWriteAfterRestart(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	cut := &cutter{url: url}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{Tracer: cut}), manyAttempts), handles: dbtest.Handles(t)}
	ask := func(method, path, body string) string {
		t.Helper()
		cut.cut()
		status, text := s.ask(method, path, body)
		if status >= http.StatusBadRequest {
			t.Errorf("%s %s after a restart = %d %s", method, path, status, text)
		}
		return text
	}
	id := func(text string) string {
		_, rest, _ := strings.Cut(text, `"id":"`)
		found, _, _ := strings.Cut(rest, `"`)
		return found
	}
	cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, "")
	path := "/store/carts/" + cart
	ask("POST", "/store/carts", `{"region_id":"{reg_us}","email":"new@scenarios.example","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	ask("POST", path+"/line-items", `{"variant_id":"{var_note_a5}","quantity":1}`)
	ask("POST", path, `{"email":"other@scenarios.example","shipping_address":{"country_code":"us","postal_code":"1"}}`)
	ask("POST", path+"/promotions", `{"promo_codes":[]}`)
	ask("POST", path+"/taxes", "")
	ask("POST", path+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	collection := id(ask("POST", "/store/payment-collections", `{"cart_id":"`+cart+`"}`))
	ask("POST", "/store/payment-collections/"+collection+"/payment-sessions", `{"provider_id":"pp_system_default"}`)
	ask("POST", path+"/complete", "")
	ask("POST", "/auth/customer/emailpass/register", `{"email":"restart@scenarios.example","password":"secret"}`)
	ask("POST", "/auth/customer/emailpass/reset-password", `{"identifier":"restart@scenarios.example"}`)
	ask("POST", "/auth/customer/emailpass", `{"email":"restart@scenarios.example","password":"secret"}`)
	s.auth = "Bearer " + tokenOf(ask("POST", "/auth/customer/emailpass", `{"email":"restart@scenarios.example","password":"secret"}`))
	ask("POST", "/store/customers", `{"email":"restart@scenarios.example"}`)
	s.auth = "Bearer " + tokenOf(ask("POST", "/auth/customer/emailpass", `{"email":"restart@scenarios.example","password":"secret"}`))
	ask("POST", "/store/customers/me", `{"first_name":"R"}`)
	ask("POST", "/store/customers/me/addresses", `{"address_1":"1 Main St","is_default_shipping":true}`)
	address := id(mustGet(t, s, "/store/customers/me/addresses?fields=id"))
	ask("POST", "/store/customers/me/addresses/"+address, `{"city":"Austin","is_default_billing":true}`)
	ask("DELETE", "/store/customers/me/addresses/"+address, "")
	ask("POST", "/auth/session", "")
	ask("POST", "/auth/token/refresh", "")
}

func mustGet(t *testing.T, s *shopper, path string) string {
	t.Helper()
	status, text := s.ask("GET", path, "")
	if status != http.StatusOK {
		t.Fatalf("GET %s = %d %s", path, status, text)
	}
	return text
}

func tokenOf(text string) string {
	_, rest, _ := strings.Cut(text, `"token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// TestChangeAfterCut cuts the connections at every message of a change of a cart. The change is made exactly once.
func TestChangeAfterCut(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	cut := &cutter{url: url}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{Tracer: cut}), nil), handles: dbtest.Handles(t)}
	cart := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	for at := 1; ; at++ {
		cut.n.Store(0)
		cut.at.Store(int64(at))
		got := s.cart("POST", "/store/carts/"+cart.ID+"/line-items", `{"variant_id":"{var_note_a5}","quantity":1}`)
		reached := cut.n.Load() >= int64(at)
		cut.at.Store(0)
		if len(got.Items) != 1 || got.Items[0].Quantity != at {
			t.Fatalf("after a cut at message %d the cart has %+v, want %d units", at, got.Items, at)
		}
		if !reached {
			if at < 6 {
				t.Errorf("the change ended before message %d, want more to cut at", at)
			}
			return
		}
	}
}

// TestRestarts has shoppers check out while the whole cluster restarts, fast and immediately, again and again. No request fails but
// where it cannot be known whether a commit came through, and every order that was answered is there once.
func TestRestarts(t *testing.T) {
	t.Parallel()
	rounds, shoppers := 2, 4
	if soak() {
		rounds, shoppers = 40, 16
	}
	dir := restartable(t)
	pg := startCluster(t, dir)
	if err := pg.CreateDatabase(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	url := pg.URL("shop")
	dbtest.LoadShop(t, url)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	manyInStock(t, pool)
	pool.Close()
	servers := []http.Handler{
		newHandler(t, dbtest.Open(t, url, db.Options{Patience: time.Minute}), manyAttempts),
		newHandler(t, dbtest.Open(t, url, db.Options{Patience: time.Minute}), manyAttempts),
	}
	var placed, unknown atomic.Int64
	var stop atomic.Bool
	var wg sync.WaitGroup
	for n := range shoppers {
		c := &client{h: servers[n%len(servers)], handles: dbtest.Handles(t)}
		wg.Go(func() {
			for !stop.Load() {
				switch err := c.checkOut(); {
				case err == nil:
					placed.Add(1)
				case strings.Contains(err.Error(), "= 503") && strings.Contains(err.Error(), "was being saved"):
					unknown.Add(1)
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range rounds {
		before := placed.Load()
		for placed.Load() < before+2 && !t.Failed() {
			time.Sleep(10 * time.Millisecond) // the load decides when the next restart comes
		}
		if n%2 == 0 {
			endAtOnce(t, filepath.Join(dir, "data"), pg)
		} else if err := pg.Stop(); err != nil {
			t.Fatal(err)
		}
		pg = startCluster(t, dir)
		if pg.URL("shop") != url {
			stop.Store(true)
			wg.Wait()
			t.Skip("the port was taken in between")
		}
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d restarts, %d orders, %d answers that the outcome is not known", rounds, placed.Load(), unknown.Load())
	orders := number(t, url, `SELECT count(DISTINCT o.order_id) FROM order_cart o JOIN cart c ON c.id = o.cart_id WHERE c.email = 'bench@scenarios.example' AND $1 <> ''`, "-")
	links := number(t, url, `SELECT count(*) FROM order_cart o JOIN cart c ON c.id = o.cart_id WHERE c.email = 'bench@scenarios.example' AND $1 <> ''`, "-")
	if int64(orders) < placed.Load() || int64(orders) > placed.Load()+unknown.Load() || links != orders {
		t.Errorf("%d orders of %d carts, want between %d and %d", orders, links, placed.Load(), placed.Load()+unknown.Load())
	}
}

// restartable returns a directory for a cluster, short enough for a socket.
func restartable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sg") //nolint:usetesting // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL may run as another user
		t.Fatal(err)
	}
	return dir
}

func startCluster(t *testing.T, dir string) *localpg.Server {
	t.Helper()
	pg, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, BinDir: os.Getenv("PG_BINDIR")})
	if errors.Is(err, localpg.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	return pg
}

// endAtOnce has a cluster end without saving anything, as after a loss of power.
func endAtOnce(t *testing.T, data string, pg *localpg.Server) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(first))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-pg.Done()
	_ = pg.Stop() // it lets go of the directory
}
