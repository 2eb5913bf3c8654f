package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// BenchmarkCheckout goes the way of a shopper in nine requests: a cart, two lines, an address, the shipping options and one of them,
// a payment collection, a session, the order. It reports the CPU of this process and of its database connections apart.
func BenchmarkCheckout(b *testing.B) {
	url := dbtest.ShopURL(b)
	count := &dbtest.Counter{}
	d := dbtest.Open(b, url, db.Options{Tracer: count, MaxConns: 2})
	h := newHandler(b, d, manyAttempts)
	pool, err := pgxpool.New(b.Context(), url+withSetting(url, "pool_max_conns=1"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	manyInStock(b, pool)
	c := &client{h: h, handles: dbtest.Handles(b)}
	for range 10 {
		if err := c.checkOut(); err != nil {
			b.Fatal(err)
		}
	}
	pids := backends(b, d, pool)
	count.Reset()
	b.ResetTimer()
	own, all := ownCPU(b), cpu(b, pids)
	for b.Loop() {
		if err := c.checkOut(); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	goCPU := ownCPU(b) - own
	database := cpu(b, pids) - all - goCPU
	b.ReportMetric(float64(goCPU.Microseconds())/1000/float64(b.N), "go-cpu-ms/op")
	b.ReportMetric(float64(database.Microseconds())/1000/float64(b.N), "postgres-cpu-ms/op")
	b.ReportMetric(float64(len(count.Statements()))/float64(b.N), "statements/op")
	b.ReportMetric(float64(count.RoundTrips())/float64(b.N), "trips/op")
}

func manyInStock(tb testing.TB, pool *pgxpool.Pool) {
	tb.Helper()
	const sql = `UPDATE inventory_level SET stocked_quantity = 1e6, raw_stocked_quantity = '{"value":"1000000","precision":20}'`
	if _, err := pool.Exec(tb.Context(), sql); err != nil {
		tb.Fatal(err)
	}
}

// ownCPU is the processor time of this process.
func ownCPU(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A client sends requests and remembers how long each kind took.
type client struct {
	h       http.Handler
	handles map[string]string
	took    map[string][]time.Duration // nil remembers nothing
}

// ask sends a request and reads what it needs of the answer.
func (c *client) ask(kind, method, path, body string, into any) error {
	for name, value := range c.handles {
		if strings.Contains(body, "{"+name+"}") {
			body = strings.ReplaceAll(body, "{"+name+"}", value)
		}
	}
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	r.Header.Set("X-Publishable-Api-Key", c.handles["pk_web"])
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	start := time.Now()
	c.h.ServeHTTP(w, r)
	if c.took != nil {
		c.took[kind] = append(c.took[kind], time.Since(start))
	}
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s %s = %d %.300s", method, path, w.Code, w.Body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(w.Body.Bytes(), into)
}

// checkOut goes from no cart to an order.
func (c *client) checkOut() error {
	var made struct{ Cart struct{ ID string } }
	if err := c.ask("cart", "POST", "/store/carts", `{"region_id":"{reg_us}","email":"bench@scenarios.example"}`, &made); err != nil {
		return err
	}
	path := "/store/carts/" + made.Cart.ID
	for _, variant := range []string{"var_mug_moss", "var_note_a5"} {
		if err := c.ask("cart", "POST", path+"/line-items", `{"variant_id":"{`+variant+`}","quantity":1}`, nil); err != nil {
			return err
		}
	}
	address := `{"first_name":"A","last_name":"B","address_1":"1 Main St","city":"Austin","country_code":"us","province":"us-tx","postal_code":"73301"}`
	if err := c.ask("cart", "POST", path, `{"shipping_address":`+address+`,"billing_address":`+address+`}`, nil); err != nil {
		return err
	}
	if err := c.ask("read", "GET", "/store/shipping-options?cart_id="+made.Cart.ID, "", nil); err != nil {
		return err
	}
	if err := c.ask("cart", "POST", path+"/shipping-methods", `{"option_id":"{so_us_ground}"}`, nil); err != nil {
		return err
	}
	var paying struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	if err := c.ask("checkout", "POST", "/store/payment-collections", `{"cart_id":"`+made.Cart.ID+`"}`, &paying); err != nil {
		return err
	}
	if err := c.ask("checkout", "POST", "/store/payment-collections/"+paying.Collection.ID+"/payment-sessions", `{"provider_id":"pp_system_default"}`, nil); err != nil {
		return err
	}
	var done struct{ Order struct{ ID string } }
	if err := c.ask("checkout", "POST", path+"/complete", "", &done); err != nil {
		return err
	}
	if done.Order.ID == "" {
		return fmt.Errorf("the cart %s has not become an order", made.Cart.ID)
	}
	return nil
}
