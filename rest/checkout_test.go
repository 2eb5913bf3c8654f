package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// soak reports whether the slow tests run at their full size.
func soak() bool { return os.Getenv("SOAK") != "" }

// ready returns the id of a cart with units of a variant that is ready to be completed.
func (s *shopper) ready(region, option string, items string, codes string) string {
	s.t.Helper()
	c := s.cart("POST", "/store/carts", `{"region_id":"{`+region+`}","email":"buyer@scenarios.example","items":[`+items+`],"promo_codes":[`+codes+`]}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{`+option+`}"}`)
	s.pay(c.ID)
	return c.ID
}

// pay creates a payment collection and a payment session for a cart.
func (s *shopper) pay(cart string) {
	s.t.Helper()
	var got struct {
		PaymentCollection struct{ ID string } `json:"payment_collection"`
	}
	status, text := s.ask("POST", "/store/payment-collections", `{"cart_id":"`+cart+`"}`)
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		s.t.Fatalf("payment collection: %d %s", status, text)
	}
	if status, text := s.ask("POST", "/store/payment-collections/"+got.PaymentCollection.ID+"/payment-sessions", `{"provider_id":"pp_system_default"}`); status != http.StatusOK {
		s.t.Fatalf("payment session: %d %s", status, text)
	}
}

// complete completes a cart and returns the status, the order's id and the answer.
func (s *shopper) complete(cart string) (int, string, string) {
	s.t.Helper()
	status, text := s.ask("POST", "/store/carts/"+cart+"/complete", "")
	var got struct{ Order struct{ ID string } }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		s.t.Errorf("complete: %d %s", status, text)
	}
	return status, got.Order.ID, text
}

// number returns the number that a query finds.
func number(t testing.TB, url, sql string, args ...any) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var n int
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// placedOnce tests that a cart has become exactly one order, paid, reserved and counted once.
func placedOnce(t testing.TB, url, cart string, reserved, used int) {
	t.Helper()
	for what, tc := range map[string]struct {
		sql  string
		want int
	}{
		"orders":       {`SELECT count(*) FROM order_cart WHERE cart_id = $1 AND deleted_at IS NULL`, 1},
		"lines":        {`SELECT count(*) FROM order_item i JOIN order_cart c ON c.order_id = i.order_id WHERE c.cart_id = $1`, 1},
		"payments":     {`SELECT count(*) FROM payment p JOIN cart_payment_collection c ON c.payment_collection_id = p.payment_collection_id WHERE c.cart_id = $1`, 1},
		"reserved":     {`SELECT coalesce(sum(r.quantity), 0)::int FROM reservation_item r JOIN order_item i ON i.item_id = r.line_item_id JOIN order_cart c ON c.order_id = i.order_id WHERE c.cart_id = $1`, reserved},
		"placed":       {`SELECT count(*) FROM storegraph.outbox o JOIN order_cart c ON o.payload->>'id' = c.order_id WHERE o.name = 'order.placed' AND c.cart_id = $1`, 1},
		"unsaid":       {`SELECT count(*) FROM reservation_item r JOIN order_item i ON i.item_id = r.line_item_id JOIN order_cart c ON c.order_id = i.order_id WHERE c.cart_id = $1 AND NOT EXISTS (SELECT FROM storegraph.outbox o WHERE o.name = 'reservation-item.created' AND o.payload = jsonb_build_object('id', r.id, 'order_id', c.order_id))`, 0},
		"uses of code": {`SELECT used FROM promotion WHERE code = 'LIMIT1B' AND $1 <> ''`, used},
		"stray orders": {`SELECT count(*) FROM "order" o WHERE o.created_at > now() - interval '1 hour' AND $1 <> '' AND NOT EXISTS (SELECT FROM order_cart c WHERE c.order_id = o.id)`, 0},
	} {
		if got := number(t, url, tc.sql, cart); got != tc.want {
			t.Errorf("%s: %d, want %d", what, got, tc.want)
		}
	}
}

func TestCompleteOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	var servers []*shopper
	for range 2 {
		servers = append(servers, &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)})
	}
	cart := servers[0].ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":2}`, `"LIMIT1B"`)
	orders, answers := make([]string, 16), make([]string, 16)
	var wg sync.WaitGroup
	for n := range orders {
		wg.Go(func() {
			status, order, text := servers[n%2].complete(cart)
			if status != http.StatusOK {
				t.Errorf("complete = %d %s", status, text)
			}
			orders[n], answers[n] = order, text
		})
	}
	wg.Wait()
	for n := range orders {
		if orders[n] == "" || orders[n] != orders[0] || answers[n] != answers[0] {
			t.Errorf("one asks and gets %s, another %s", orders[0], orders[n])
		}
	}
	placedOnce(t, url, cart, 2, 1)
	servers[0].refused("POST", "/store/carts/"+cart+"/line-items", `{"variant_id":"{var_lamp}","quantity":1}`, 400, "already completed")
}

// TestNeverOversold completes many carts at once that need the same stock. Reservations never exceed the stock, and a
// refused cart keeps its lines and its payment session.
func TestNeverOversold(t *testing.T) {
	t.Parallel()
	carts := 32
	if soak() {
		carts = 200
	}
	url := dbtest.ShopURL(t)
	var servers []*shopper
	for range 2 {
		servers = append(servers, &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)})
	}
	s := servers[0]
	// A vinyl record, of which there are five, alone; and as parts of kits.
	wanted := []string{`{"variant_id":"{var_vinyl}","quantity":1}`, `{"variant_id":"{var_giftbox}","quantity":1}`, `{"variant_id":"{var_vinyl}","quantity":2}`}
	ids := make([]string, carts)
	for n := range ids {
		ids[n] = s.ready("reg_eu", "so_eu_std", wanted[n%len(wanted)], "")
	}
	const oversold = `SELECT count(*) FROM inventory_level WHERE reserved_quantity > stocked_quantity AND deleted_at IS NULL`
	before := number(t, url, oversold) // of what may be sold without stock
	var placed atomic.Int64
	var wg sync.WaitGroup
	next := make(chan string, carts)
	for _, id := range ids {
		next <- id
	}
	close(next)
	for w := range 8 {
		wg.Go(func() {
			for id := range next {
				status, order, text := servers[w%2].complete(id)
				switch {
				case status == http.StatusOK && order != "":
					placed.Add(1)
				case status != http.StatusBadRequest || !strings.Contains(text, "Not enough stock available"):
					t.Errorf("complete = %d %s", status, text)
				default:
					c := servers[w%2].cart("GET", "/store/carts/"+id, "")
					if len(c.Items) != 1 || c.PaymentCollection == nil || len(c.PaymentCollection.PaymentSessions) != 1 {
						t.Errorf("the loser's cart = %+v, want its line and its payment session", c)
					}
				}
			}
		})
	}
	wg.Wait()
	if placed.Load() == 0 || placed.Load() == int64(carts) {
		t.Errorf("%d of %d carts became orders, want some", placed.Load(), carts)
	}
	if n := number(t, url, oversold); n != before {
		t.Errorf("%d levels promise more than there is, %d did before", n, before)
	}
	if n := number(t, url, `SELECT count(*) FROM inventory_level l WHERE l.deleted_at IS NULL AND l.reserved_quantity <> coalesce((SELECT sum(quantity) FROM reservation_item r
WHERE r.inventory_item_id = l.inventory_item_id AND r.location_id = l.location_id AND r.deleted_at IS NULL), 0)`); n != 0 {
		t.Errorf("%d levels promise something else than their reservations say", n)
	}
	if n := number(t, url, `SELECT count(*) FROM inventory_level l JOIN product_variant_inventory_item v ON v.inventory_item_id = l.inventory_item_id
JOIN sales_channel_stock_location c ON c.stock_location_id = l.location_id AND c.sales_channel_id = $2 AND c.deleted_at IS NULL
WHERE v.variant_id = $1 AND l.reserved_quantity < l.stocked_quantity AND l.deleted_at IS NULL`, s.handles["var_vinyl"], s.handles["sc_web"]); n != 0 {
		t.Errorf("%d levels of what was wanted by all have something left", n)
	}
}

// crashing is the environment variable that makes this test binary complete a cart and kill itself.
const crashing = "STOREGRAPH_TEST_CRASH"

// A killer kills its process at its nth statement.
type killer struct {
	n, at int
	mu    sync.Mutex
}

func (k *killer) count() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.n++; k.n == k.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the signal comes
	}
}

func (k *killer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	k.count()
	return ctx
}
func (k *killer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) { k.count() }

// TestCrashingServer is the process that TestCompleteAfterCrash starts. It completes a cart and may be killed meanwhile.
func TestCrashingServer(t *testing.T) { //nolint:paralleltest // it is a program of its own
	var at int
	var url, cart string
	if _, err := fmt.Sscan(os.Getenv(crashing), &at, &url, &cart); err != nil {
		t.Skip("started by TestCompleteAfterCrash")
	}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{Tracer: &killer{at: at}}), nil), handles: dbtest.Handles(t)}
	s.complete(cart)
}

// TestCompleteAfterCrash kills the server at every statement of a completion. A retry returns exactly one order.
func TestCompleteAfterCrash(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)}
	step := 5
	if soak() {
		step = 1
	}
	for at := 1; ; at += step {
		cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, "")
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashingServer$")
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s", crashing, at, url, cart))
		err := c.Run()
		if status, order, text := s.complete(cart); status != http.StatusOK || order == "" {
			t.Errorf("after a crash at statement %d: %d %s", at, status, text)
		}
		placedOnce(t, url, cart, 1, 0)
		if _, killed := errors.AsType[*exec.ExitError](err); !killed { // it came through
			if at < 30 {
				t.Errorf("the completion ended before statement %d, want more to crash at", at)
			}
			return
		}
	}
}

// A cutter cuts all connections of a database at its nth statement.
type cutter struct {
	url   string
	n, at atomic.Int64
}

func (k *cutter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	k.count()
	return ctx
}
func (k *cutter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (k *cutter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	k.count()
	return ctx
}
func (k *cutter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) { k.count() }
func (k *cutter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (k *cutter) count() {
	if at := k.at.Load(); at > 0 && k.n.Add(1) == at {
		k.cut()
	}
}

func (k *cutter) cut() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, k.url)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	_, _ = conn.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

// TestCompleteAfterCut cuts the connections to the database at every statement of a completion, as a restart of the database does.
func TestCompleteAfterCut(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	cut := &cutter{url: url}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{Tracer: cut}), nil), handles: dbtest.Handles(t)}
	step := 3
	if soak() {
		step = 1
	}
	for at := 1; ; at += step {
		cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, "")
		cut.n.Store(0)
		cut.at.Store(int64(at))
		if status, order, text := s.complete(cart); status != http.StatusOK || order == "" {
			t.Errorf("a completion that was cut at statement %d: %d %s", at, status, text)
		}
		reached := cut.n.Load() >= int64(at)
		cut.at.Store(0)
		if status, order, text := s.complete(cart); status != http.StatusOK || order == "" {
			t.Errorf("after a cut at statement %d: %d %s", at, status, text)
		}
		placedOnce(t, url, cart, 1, 0)
		if !reached {
			if at < 15 {
				t.Errorf("the completion ended before statement %d, want more to cut at", at)
			}
			return
		}
	}
}

func TestReorder(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":2},{"variant_id":"{var_lamp}","quantity":1}`, "")
	_, order, text := s.complete(cart)
	if order == "" {
		t.Fatal(text)
	}
	var got struct {
		Reorder struct {
			Cart struct {
				ID    string
				Email *string
				Items []struct {
					Quantity int
					Variant  struct{ ID string }
				}
			}
			Warnings []struct{ Code string }
		}
	}
	if codes := s.graphQL(`mutation { reorder(input: {orderId: "`+order+`"}) { cart { id email items { quantity variant { id } } } warnings { code } } }`, &got); codes != "" {
		t.Fatal(codes)
	}
	c := got.Reorder.Cart
	if c.ID == cart || c.Email != nil || len(c.Items) != 2 || c.Items[0].Quantity+c.Items[1].Quantity != 3 || len(got.Reorder.Warnings) != 0 {
		t.Errorf("reorder = %+v, want a new cart of 3 units without the order's e-mail address", got.Reorder)
	}
	if codes := s.graphQL(`mutation { reorder(input: {orderId: "order_none"}) { cart { id } userErrors { code } } }`, nil); codes != "NOT_FOUND" {
		t.Errorf("reorder of an unknown order: %s, want NOT_FOUND", codes)
	}
}
