package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/storegraph/storegraph/graph"
)

// A soakShopper checks out again and again. It sends a request that failed on the way to the other server: with an Idempotency-Key
// always, and without one only if that can do no harm.
type soakShopper struct {
	soak  *soak
	n     int
	keyed bool
	began time.Time
	done  chan struct{}

	sent   int
	at     string // the position up to which it has written
	took   map[string][]time.Duration
	counts map[string]int
	orders map[string]string // by the carts of which they were made
	asked  map[string]bool   // the carts that it wanted to complete
}

var (
	// errGone says that it is not known whether a request was done.
	errGone = errors.New("the answer was lost")
	// errRefused says that a request was refused for a reason that a shop under load has.
	errRefused = errors.New("refused")
)

// load starts the shoppers. They end after the soak is stopped, or with the context.
func (s *soak) load() ([]*soakShopper, context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.t.Context())
	shoppers := make([]*soakShopper, 24)
	for n := range shoppers {
		c := &soakShopper{
			soak: s, n: n, keyed: n%2 == 0, began: time.Now(), done: make(chan struct{}), took: map[string][]time.Duration{}, counts: map[string]int{},
			orders: map[string]string{}, asked: map[string]bool{},
		}
		shoppers[n] = c
		go func() {
			defer close(c.done)
			for round := 0; !s.stopped.Load() && ctx.Err() == nil; round++ {
				switch err := c.checkOut(ctx, round); {
				case err == nil, errors.Is(err, errGone), errors.Is(err, errRefused), ctx.Err() != nil:
				default:
					s.t.Errorf("shopper %d: %v", n, err)
					cancel()
					return
				}
			}
		}()
	}
	return shoppers, ctx, cancel
}

// checkOut goes from the catalogue to an order.
func (c *soakShopper) checkOut(ctx context.Context, round int) error {
	for _, path := range []string{
		"/store/products?limit=12&fields=*variants.calculated_price&region_id=" + c.soak.handles["reg_us"],
		"/store/products/" + c.soak.handles["prod_classic_tee"],
	} {
		if err := c.ask(ctx, "read", http.MethodGet, path, "", nil); err != nil {
			return err
		}
	}
	var made struct{ Cart struct{ ID string } }
	email := fmt.Sprintf("soak-%d-%t@scenarios.example", c.n, c.keyed)
	if err := c.ask(ctx, "cart", http.MethodPost, "/store/carts", `{"region_id":"{reg_us}","email":"`+email+`"}`, &made); err != nil {
		return err
	}
	path := "/store/carts/" + made.Cart.ID
	if err := c.fill(ctx, path, round); err != nil {
		return err
	}
	var paying struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	if err := c.again(ctx, "pay", "/store/payment-collections", `{"cart_id":"`+made.Cart.ID+`"}`, &paying); err != nil {
		return err
	}
	if err := c.again(ctx, "pay", "/store/payment-collections/"+paying.Collection.ID+"/payment-sessions", `{"provider_id":"pp_system_default"}`, nil); err != nil {
		return err
	}
	return c.order(ctx, made.Cart.ID)
}

// fill puts a note, and in every second round one of the few mugs, into a cart that is shipped to Austin.
func (c *soakShopper) fill(ctx context.Context, path string, round int) error {
	if err := c.line(ctx, path, "var_note_a5"); err != nil {
		return err
	}
	if round%2 == 0 {
		if err := c.line(ctx, path, "var_mug_moss"); err != nil && !errors.Is(err, errRefused) {
			return err
		}
	}
	address := `{"first_name":"A","last_name":"B","address_1":"1 Main St","city":"Austin","country_code":"us","province":"us-tx","postal_code":"73301"}`
	if err := c.again(ctx, "cart", path, `{"shipping_address":`+address+`,"billing_address":`+address+`}`, nil); err != nil {
		return err
	}
	if round%5 == 0 {
		if err := c.again(ctx, "cart", path+"/promotions", `{"promo_codes":["LIMIT1B"]}`, nil); err != nil && !errors.Is(err, errRefused) {
			return err
		}
	}
	if err := c.ask(ctx, "read", http.MethodGet, "/store/shipping-options?cart_id="+strings.TrimPrefix(path, "/store/carts/"), "", nil); err != nil {
		return err
	}
	if err := c.again(ctx, "cart", path+"/shipping-methods", `{"option_id":"{so_us_ground}"}`, nil); err != nil {
		return err
	}
	// The cart over GraphQL, from the other server.
	query := `{"query":"query($id: ID!) { cart(id: $id) { id items { quantity } } }","variables":{"id":"` + strings.TrimPrefix(path, "/store/carts/") + `"}}`
	return c.again(ctx, "graphql", "/graphql", query, nil)
}

// line adds a unit of a variant. If the answer is lost it looks whether the unit is there.
func (c *soakShopper) line(ctx context.Context, path, variant string) error {
	err := c.ask(ctx, "cart", http.MethodPost, path+"/line-items", `{"variant_id":"{`+variant+`}","quantity":1}`, nil)
	if !errors.Is(err, errGone) {
		return err
	}
	var found struct {
		Cart struct {
			Items []struct {
				VariantID string `json:"variant_id"`
			}
		}
	}
	if err := c.ask(ctx, "read", http.MethodGet, path, "", &found); err != nil {
		return err
	}
	for _, i := range found.Cart.Items {
		if i.VariantID == c.soak.handles[variant] {
			return nil
		}
	}
	return err // the cart is given up
}

// order completes a cart, asks again until it knows what came of it, and asks once more whether the order stays the same.
func (c *soakShopper) order(ctx context.Context, cart string) error {
	c.asked[cart] = true
	for range 2 {
		var done struct{ Order struct{ ID string } }
		if err := c.again(ctx, "complete", "/store/carts/"+cart+"/complete", "", &done); err != nil {
			return err
		}
		if before := c.orders[cart]; done.Order.ID == "" || before != "" && before != done.Order.ID {
			return fmt.Errorf("the cart %s became the order %q, before %q", cart, done.Order.ID, before)
		}
		c.orders[cart] = done.Order.ID
	}
	return nil
}

// again sends a request that may be done twice without harm until its outcome is known.
func (c *soakShopper) again(ctx context.Context, kind, path, body string, into any) error {
	for {
		err := c.ask(ctx, kind, http.MethodPost, path, body, into)
		if !errors.Is(err, errGone) || ctx.Err() != nil {
			return err
		}
	}
}

// ask sends a request and reads what it needs of the answer.
func (c *soakShopper) ask(ctx context.Context, kind, method, path, body string, into any) error {
	for name, value := range c.soak.handles {
		if strings.Contains(body, "{"+name+"}") {
			body = strings.ReplaceAll(body, "{"+name+"}", value)
		}
	}
	c.sent++
	key := ""
	if c.keyed && method == http.MethodPost {
		key = fmt.Sprintf("shopper %d request %d", c.n, c.sent)
	}
	for attempt := c.n + c.sent; ; attempt++ {
		began := time.Now()
		status, text, err := c.send(ctx, c.soak.servers[attempt%2].base+path, method, body, key)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && errors.Is(err, syscall.ECONNREFUSED): // it is started again
			c.counts["refused connections"]++
			time.Sleep(20 * time.Millisecond)
			continue
		case err != nil:
			c.counts["cut connections"]++
			if method == http.MethodGet || key != "" {
				continue
			}
			return errGone
		}
		c.took[kind] = append(c.took[kind], time.Since(began))
		again, err := c.judge(status, text, key)
		switch {
		case err != nil:
			return fmt.Errorf("%s %s: %w", method, path, err)
		case again:
			continue
		case into == nil:
			return nil
		}
		return json.Unmarshal([]byte(text), into)
	}
}

// judge says what a status means: that the request is to be sent again, or an error.
func (c *soakShopper) judge(status int, text, key string) (again bool, err error) {
	c.counts[fmt.Sprintf("status %d", status)]++
	switch {
	case status == http.StatusOK:
		return false, nil
	case status == http.StatusServiceUnavailable && strings.Contains(text, "was being saved"):
		c.counts["unknown outcomes"]++
		return key != "", lostWithout(key)
	case status == http.StatusConflict && strings.Contains(text, "answer was lost"):
		c.counts["lost answers of keys"]++
		return false, errGone
	case status == http.StatusConflict && (strings.Contains(text, "still running") || strings.Contains(text, "being done again")):
		c.counts["keys that still run"]++
		if c.soak.stopped.Load() {
			return false, errGone
		}
		return true, nil
	case status == http.StatusConflict && key == "":
		c.counts["conflicts"]++
		return true, nil
	case status == http.StatusBadRequest && (strings.Contains(text, "required inventory") || strings.Contains(text, "Not enough stock") || strings.Contains(text, "usage exceeds")):
		c.counts["sold or used up"]++
		return false, errRefused
	}
	return false, fmt.Errorf("= %d %.300s", status, text)
}

// lostWithout is errGone without a key. With one the request is sent again.
func lostWithout(key string) error {
	if key != "" {
		return nil
	}
	return errGone
}

func (c *soakShopper) send(ctx context.Context, url, method, body, key string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.GetBody = nil // the transport sends nothing again by itself
	r.Header.Set("X-Publishable-Api-Key", c.soak.handles["pk_web"])
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if c.at != "" {
		r.Header.Set(graph.PositionHeader, c.at)
	}
	res, err := soakClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	if at := res.Header.Get(graph.PositionHeader); at != "" {
		c.at = at
	}
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

var soakClient = &http.Client{Transport: &http.Transport{
	DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, MaxIdleConnsPerHost: 64,
}}

// report logs what the shoppers saw.
func (s *soak) report(shoppers []*soakShopper, spent time.Duration) {
	took, counts, orders, sent := map[string][]time.Duration{}, map[string]int{}, 0, 0
	for _, c := range shoppers {
		for kind, all := range c.took {
			took[kind] = append(took[kind], all...)
			took["all"] = append(took["all"], all...)
		}
		for what, n := range c.counts {
			counts[what] += n
		}
		orders += len(c.orders)
		sent += c.sent
	}
	s.t.Logf("%d requests and %d orders of %d shoppers in %v, %.0f requests/s; disturbed: %v", sent, orders, len(shoppers), spent.Round(time.Second), float64(sent)/spent.Seconds(), s.restarts)
	s.t.Logf("%v", counts)
	for _, kind := range []string{"read", "graphql", "cart", "pay", "complete", "all"} {
		all := took[kind]
		if len(all) == 0 {
			continue
		}
		slices.Sort(all)
		s.t.Logf("%-8s p50 %v, p90 %v, p99 %v, worst %v of %d", kind, all[len(all)/2].Round(time.Millisecond), all[len(all)*9/10].Round(time.Millisecond),
			all[len(all)*99/100].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond), len(all))
	}
	if orders == 0 {
		s.t.Error("nobody has ordered anything")
	}
}

// settled tests what must hold of the shop after all that.
func (s *soak) settled(shoppers []*soakShopper) {
	s.t.Helper()
	const mine = `FROM order_cart l JOIN cart c ON c.id = l.cart_id AND c.email LIKE 'soak-%' JOIN "order" o ON o.id = l.order_id WHERE l.deleted_at IS NULL`
	for what, sql := range map[string]string{
		"carts with several orders":      `SELECT count(*) FROM (SELECT l.cart_id ` + mine + ` GROUP BY 1 HAVING count(*) > 1) x`,
		"orders without a cart":          `SELECT count(*) FROM "order" o WHERE o.email LIKE 'soak-%' AND NOT EXISTS (SELECT FROM order_cart l WHERE l.order_id = o.id)`,
		"completed carts without order":  `SELECT count(*) FROM cart c WHERE c.email LIKE 'soak-%' AND c.completed_at IS NOT NULL AND NOT EXISTS (SELECT FROM order_cart l WHERE l.cart_id = c.id)`,
		"ordered carts left open":        `SELECT count(*) ` + mine + ` AND c.completed_at IS NULL`,
		"levels that are oversold":       `SELECT count(*) FROM inventory_level WHERE reserved_quantity > stocked_quantity AND deleted_at IS NULL AND inventory_item_id IN (SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = '` + s.handles["var_mug_moss"] + `')`,
		"levels unlike reservations":     `SELECT count(*) FROM inventory_level l WHERE l.deleted_at IS NULL AND l.reserved_quantity <> coalesce((SELECT sum(quantity) FROM reservation_item r WHERE r.inventory_item_id = l.inventory_item_id AND r.location_id = l.location_id AND r.deleted_at IS NULL), 0)`,
		"lines reserved not once":        `SELECT count(*) ` + mine + ` AND (SELECT coalesce(sum(i.quantity), 0) FROM order_item i WHERE i.order_id = o.id) <> (SELECT coalesce(sum(r.quantity), 0) FROM reservation_item r JOIN order_item i ON i.item_id = r.line_item_id WHERE i.order_id = o.id AND r.deleted_at IS NULL)`,
		"orders paid not once":           `SELECT count(*) ` + mine + ` AND (SELECT count(*) FROM order_payment_collection p JOIN payment y ON y.payment_collection_id = p.payment_collection_id AND y.canceled_at IS NULL WHERE p.order_id = o.id) <> 1`,
		"payments without an order":      `SELECT count(*) FROM payment y JOIN cart_payment_collection k ON k.payment_collection_id = y.payment_collection_id JOIN cart c ON c.id = k.cart_id AND c.email LIKE 'soak-%' WHERE y.canceled_at IS NULL AND NOT EXISTS (SELECT FROM order_cart l WHERE l.cart_id = c.id)`,
		"orders announced not once":      `SELECT count(*) ` + mine + ` AND (SELECT count(*) FROM storegraph.outbox e WHERE e.name = 'order.placed' AND e.payload->>'id' = o.id) <> 1`,
		"lines of keyed requests, twice": `SELECT count(*) FROM cart_line_item i JOIN cart c ON c.id = i.cart_id AND c.email LIKE 'soak-%-true@%' WHERE i.deleted_at IS NULL AND i.quantity <> 1`,
		"events given up":                `SELECT count(*) FROM storegraph.delivery WHERE dead_at IS NOT NULL`,
		"uses of the code, miscounted":   `SELECT abs(p.used - (SELECT count(*) FROM order_promotion op WHERE op.promotion_id = p.id AND op.created_at > now() - interval '1 hour')) + (p.used > p."limit")::int FROM promotion p WHERE p.code = 'LIMIT1B'`,
	} {
		if n := s.number(sql); n != 0 {
			s.t.Errorf("%s: %d", what, n)
		}
	}
	placed := map[string]string{}
	for _, pair := range s.texts(`SELECT l.cart_id || ' ' || o.id ` + mine) {
		cart, order, _ := strings.Cut(pair, " ")
		placed[cart] = order
	}
	asked := map[string]bool{}
	for _, c := range shoppers {
		for cart, order := range c.orders {
			if placed[cart] != order {
				s.t.Errorf("the cart %s became %s, and the database has %q", cart, order, placed[cart])
			}
		}
		for cart := range c.asked {
			asked[cart] = true
		}
	}
	for cart, order := range placed {
		if !asked[cart] {
			s.t.Errorf("the cart %s became an order, and nobody wanted that", cart)
		}
		if !s.delivered[order] {
			s.t.Errorf("the receiver was never told of the order %s", order)
		}
	}
	s.deadlocks += s.number(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)
	if s.deadlocks != 0 {
		s.t.Errorf("%d deadlocks", s.deadlocks)
	}
	s.t.Logf("%d orders in the database, %d uses of the code, %d mugs reserved", len(placed), s.number(`SELECT used FROM promotion WHERE code = 'LIMIT1B'`),
		s.number(`SELECT coalesce(sum(reserved_quantity), 0)::int FROM inventory_level WHERE inventory_item_id IN (SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = $1)`, s.handles["var_mug_moss"]))
}
