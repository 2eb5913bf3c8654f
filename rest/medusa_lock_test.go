package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/locking"
	"github.com/storegraph/storegraph/graph/shop/locking/lockingtest"
)

// lockingTable is what Medusa's Postgres provider for locks migrates.
const lockingTable = `CREATE TABLE locking (id text NOT NULL, owner_id text, expiration timestamptz, CONSTRAINT locking_pkey PRIMARY KEY (id))`

// A beside is a shop whose database a Medusa with the Postgres provider for locks shares.
type beside struct {
	*shopper
	medusa *pgx.Conn // as the Medusa
	count  *dbtest.Counter
	d      db.DB
	url    string
}

func newBeside(t *testing.T, patience time.Duration) *beside {
	t.Helper()
	b := &beside{url: dbtest.ShopURL(t), count: &dbtest.Counter{}}
	b.medusa = connectTo(t, b.url)
	b.run(t, lockingTable)
	b.d = dbtest.Open(t, b.url, db.Options{Tracer: b.count, LockPatience: patience})
	if has, err := b.d.HasMedusaLocks(t.Context()); err != nil || !has {
		t.Fatalf("HasMedusaLocks = %v, %v, want true", has, err)
	}
	b.d.ShareMedusaLocks()
	b.shopper = &shopper{t: t, h: newHandler(t, b.d, nil), handles: dbtest.Handles(t)}
	return b
}

func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// run runs a statement as the Medusa.
func (b *beside) run(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := b.medusa.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// tries is how often it was tried to take a lock.
func (b *beside) tries() int {
	n := 0
	for _, sql := range b.count.Statements() {
		if strings.Contains(sql, "INSERT INTO locking") {
			n++
		}
	}
	return n
}

// await waits until something is so, which somebody else is about to bring about.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for ends := time.Now().Add(time.Minute); !so(); {
		if time.Now().After(ends) {
			t.Fatalf("it is not so after a minute that %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// Every kind of change waits while a Medusa has locked the cart, and is made when it has released it.
func TestMedusaLockWaits(t *testing.T) {
	t.Parallel()
	b := newBeside(t, time.Minute)
	lamp := `{"variant_id":"{var_lamp}","quantity":1}`
	ready := func() string { return b.ready("reg_us", "so_us_ground", lamp, "") }
	for name, request := range map[string]func(cart string) (int, string){
		"add":    func(cart string) (int, string) { return b.ask("POST", "/store/carts/"+cart+"/line-items", lamp) },
		"update": func(cart string) (int, string) { return b.ask("POST", "/store/carts/"+cart, `{"metadata":{"a":1}}`) },
		"promotions": func(cart string) (int, string) {
			return b.ask("POST", "/store/carts/"+cart+"/promotions", `{"promo_codes":["WELCOME10"]}`)
		},
		"session": func(cart string) (int, string) {
			_, text := b.ask("POST", "/store/payment-collections", `{"cart_id":"`+cart+`"}`)
			id := between(text, `"payment_collection":{"id":"`, `"`)
			return b.ask("POST", "/store/payment-collections/"+id+"/payment-sessions", `{"provider_id":"pp_system_default"}`)
		},
		"complete": func(cart string) (int, string) { return b.ask("POST", "/store/carts/"+cart+"/complete", "") },
		"merge": func(cart string) (int, string) {
			other := b.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`).ID
			return b.ask("POST", "/graphql", `{"query":"mutation { mergeCarts(input: {cartId: \"`+other+`\", fromCartId: \"`+cart+`\"}) { cart { id } userErrors { message } } }"}`)
		},
	} {
		cart := ready()
		b.run(t, `INSERT INTO locking (id, expiration) VALUES ($1, now() + interval '1 hour')`, cart)
		b.count.Reset()
		done := make(chan struct{})
		var status int
		var text string
		go func() {
			defer close(done)
			status, text = request(cart)
		}()
		await(t, name+" waits", func() bool {
			select {
			case <-done:
				t.Fatalf("%s was made though a Medusa has locked the cart: %d %s", name, status, text)
			default:
			}
			return b.tries() > 2
		})
		b.run(t, `DELETE FROM locking WHERE id = $1`, cart)
		<-done
		if status != http.StatusOK || strings.Contains(text, `"message"`) {
			t.Errorf("%s = %d %s, want 200", name, status, text)
		}
	}
	if n := number(t, b.url, `SELECT count(*) FROM locking`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// It holds D105 and D106 of DEVIATIONS.md.
// A Medusa that keeps a lock for too long is told of, over REST and in GraphQL; nothing stays locked. A lock whose time is over is no lock.
func TestMedusaLockConflicts(t *testing.T) {
	t.Parallel()
	b := newBeside(t, time.Nanosecond)
	lamp := `{"variant_id":"{var_lamp}","quantity":1}`
	cart := b.ready("reg_us", "so_us_ground", lamp, "")
	b.run(t, `INSERT INTO locking (id) VALUES ($1)`, cart)
	b.refused("POST", "/store/carts/"+cart+"/line-items", lamp, http.StatusConflict, "being changed by another request")
	b.refused("POST", "/store/carts/"+cart+"/complete", "", http.StatusConflict, "being changed by another request")
	mutation := `{"query":"mutation { addLineItems(input: {cartId: \"` + cart + `\", items: [{variantId: \"{var_lamp}\", quantity: 1}]}) { cart { id } userErrors { code } } }"}`
	b.refused("POST", "/graphql", mutation, http.StatusOK, `"userErrors":[{"code":"CONFLICT"}]`)
	b.run(t, `SELECT FROM cart WHERE id = $1 FOR UPDATE NOWAIT`, cart)
	b.run(t, `UPDATE locking SET expiration = now() - interval '1 second' WHERE id = $1`, cart)
	if status, text := b.ask("POST", "/store/carts/"+cart+"/complete", ""); status != http.StatusOK {
		t.Errorf("after its time: %d %s, want 200", status, text)
	}
	if n := number(t, b.url, `SELECT count(*) FROM locking`); n != 0 {
		t.Errorf("%d rows are left, want none", n)
	}
}

// An order is locked by its id, as Medusa's workflows lock it. It holds D106 of DEVIATIONS.md.
func TestMedusaLockOfOrder(t *testing.T) {
	t.Parallel()
	b := newBeside(t, time.Nanosecond)
	_, order, _ := b.complete(b.ready("reg_us", "so_us_ground", `{"variant_id":"{var_lamp}","quantity":1}`, ""))
	request := func() (int, string) {
		return b.ask("POST", "/store/orders/"+order+"/transfer/decline", `{"token":"x"}`)
	}
	b.run(t, `INSERT INTO locking (id) VALUES ($1)`, order)
	if status, text := request(); status != http.StatusConflict {
		t.Errorf("locked: %d %s, want 409", status, text)
	}
	b.run(t, `DELETE FROM locking`)
	if status, text := request(); status != http.StatusBadRequest {
		t.Errorf("not locked: %d %s, want 400, since there is no transfer", status, text)
	}
}

// While a cart is changed a Medusa that wants its lock waits, and the stock of an order is locked as Medusa locks it. A crash leaves nothing.
func TestMedusaWaits(t *testing.T) {
	t.Parallel()
	b := newBeside(t, time.Minute)
	cart := b.ready("reg_us", "so_us_ground", `{"variant_id":"{var_lamp}","quantity":1}`, "")
	item := ""
	if err := b.medusa.QueryRow(t.Context(), `SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = $1`, b.handles["var_lamp"]).Scan(&item); err != nil {
		t.Fatal(err)
	}
	holder := connectTo(t, b.url) // keeps the order's transaction from ending
	if _, err := holder.Exec(t.Context(), `BEGIN; LOCK TABLE reservation_item IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.complete(cart)
	}()
	var pid int
	await(t, "the order waits", func() bool {
		pid = number(t, b.url, `SELECT coalesce(min(pid), 0) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		return pid != 0
	})
	if n := number(t, b.url, `SELECT count(*) FROM locking`); n != 0 {
		t.Errorf("a Medusa sees %d rows, want none", n)
	}
	b.run(t, `SET lock_timeout = '100ms'`)
	if _, err := b.medusa.Exec(t.Context(), `INSERT INTO locking (id) VALUES ($1)`, cart); err == nil || !strings.Contains(err.Error(), "55P03") {
		t.Errorf("a Medusa's insertion: %v, want that it waits", err)
	}
	key := db.AdvisoryKey(item)
	if n := number(t, b.url, `SELECT pg_try_advisory_lock($1)::int`, key); n != 0 {
		t.Error("a Medusa gets the lock on the stock, want that it is taken")
	}
	if _, err := holder.Exec(t.Context(), `SELECT pg_terminate_backend($1)`, pid); err != nil {
		t.Fatal(err)
	}
	await(t, "nothing is left of the server", func() bool { return number(t, b.url, `SELECT count(*) FROM pg_stat_activity WHERE pid = $1`, pid) == 0 })
	if n := number(t, b.url, `SELECT count(*) FROM locking`); n != 0 {
		t.Errorf("a crash leaves %d rows, want none", n)
	}
	if _, err := holder.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	<-done // it has been done again
	placedOnce(t, b.url, cart, 1, 0)
	b.run(t, `INSERT INTO locking (id) VALUES ($1)`, cart)
	if n := number(t, b.url, `SELECT pg_try_advisory_lock($1)::int`, key); n != 1 {
		t.Error("the lock on the stock is still taken")
	}
}

// The locks cost statements and no round trip, and without a Medusa's table not even those.
func TestMedusaLockCost(t *testing.T) {
	t.Parallel()
	b := newBeside(t, time.Minute)
	plainCount := &dbtest.Counter{}
	plain := &shopper{t: t, h: newHandler(t, dbtest.Open(t, b.url, db.Options{Tracer: plainCount}), nil), handles: b.handles}
	lamp := `{"variant_id":"{var_lamp}","quantity":1}`
	cost := func(s *shopper, count *dbtest.Counter, run func(cart string)) (statements, trips int) {
		for range 2 { // the first request prepares statements
			cart := s.ready("reg_us", "so_us_ground", lamp, "")
			count.Reset()
			run(cart)
		}
		return len(count.Statements()), count.RoundTrips()
	}
	for name, tc := range map[string]struct {
		run   func(s *shopper) func(cart string)
		extra int
	}{
		"change": {func(s *shopper) func(string) {
			return func(cart string) { s.cart("POST", "/store/carts/"+cart+"/line-items", lamp) }
		}, 2},
		"complete": {func(s *shopper) func(string) { return func(cart string) { s.complete(cart) } }, 3},
	} {
		with, withTrips := cost(b.shopper, b.count, tc.run(b.shopper))
		without, trips := cost(plain, plainCount, tc.run(plain))
		if with-without != tc.extra || withTrips != trips {
			t.Errorf("%s: %d statements in %d round trips, %d in %d without Medusa's locks; want %d more in as many", name, with, withTrips, without, trips, tc.extra)
		}
	}
}

// With Medusa's locks in Redis a change and an order wait for the lock on the cart, and an order for those on its stock. Nothing is left.
func TestRedisLocks(t *testing.T) {
	t.Parallel()
	url, _ := lockingtest.Server(t)
	locks, err := locking.NewRedis(locking.Options{URL: url, Patience: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = locks.Close() })
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	medusa := redis.NewClient(o)
	t.Cleanup(func() { _ = medusa.Close() })
	database := dbtest.ShopURL(t)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, database, db.Options{}), func(c *graph.Config) { c.MedusaLocks = locks }), handles: dbtest.Handles(t)}
	lamp := `{"variant_id":"{var_lamp}","quantity":1}`
	cart := s.ready("reg_us", "so_us_ground", lamp, "")
	var item string
	if err := connectTo(t, database).QueryRow(t.Context(), `SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = $1`, s.handles["var_lamp"]).Scan(&item); err != nil {
		t.Fatal(err)
	}
	hold := func(name string) (release func()) {
		if err := medusa.Set(t.Context(), locking.DefaultPrefix+name, "*", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		return func() { _ = medusa.Del(t.Context(), locking.DefaultPrefix+name).Err() }
	}
	release := hold(cart)
	s.refused("POST", "/store/carts/"+cart+"/line-items", lamp, http.StatusConflict, "being changed by another request")
	s.refused("POST", "/store/carts/"+cart+"/complete", "", http.StatusConflict, "being changed by another request")
	release()
	release = hold(item)
	s.refused("POST", "/store/carts/"+cart+"/complete", "", http.StatusConflict, "being changed by another request")
	release()
	if status, text := s.ask("POST", "/store/carts/"+cart+"/complete", ""); status != http.StatusOK {
		t.Errorf("not locked: %d %s, want 200", status, text)
	}
	placedOnce(t, database, cart, 1, 0)
	if keys := medusa.Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("these locks are left: %v", keys)
	}
}

// A lease that is lost while an order is made keeps it from being made.
func TestRedisLockLost(t *testing.T) {
	t.Parallel()
	url, _ := lockingtest.Server(t)
	locks, err := locking.NewRedis(locking.Options{URL: url, TTL: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = locks.Close() })
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	medusa := redis.NewClient(o)
	t.Cleanup(func() { _ = medusa.Close() })
	database := dbtest.ShopURL(t)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, database, db.Options{}), func(c *graph.Config) { c.MedusaLocks = locks }), handles: dbtest.Handles(t)}
	cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_lamp}","quantity":1}`, "")
	holder := connectTo(t, database)
	if _, err := holder.Exec(t.Context(), `BEGIN; LOCK TABLE reservation_item IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	answer := make(chan int)
	go func() {
		status, _ := s.ask("POST", "/store/carts/"+cart+"/complete", "")
		answer <- status
	}()
	await(t, "the order waits", func() bool {
		return number(t, database, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
	})
	if err := medusa.Set(t.Context(), locking.DefaultPrefix+cart, "*", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if status := <-answer; status != http.StatusConflict {
		t.Errorf("complete = %d, want 409", status)
	}
	if n := number(t, database, `SELECT count(*) FROM order_cart WHERE cart_id = $1`, cart); n != 0 {
		t.Error("the order was made without the lock")
	}
}
