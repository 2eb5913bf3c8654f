package db_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A till counts sales at a time that moves on.
type till struct {
	t   *testing.T
	d   db.DB
	now time.Time
}

// newTill opens the recorded shop, on the day of its youngest order.
func newTill(t *testing.T) *till {
	t.Helper()
	d := dbtest.Shop(t)
	youngest, err := time.Parse(time.RFC3339, texts(t, d, `SELECT to_char(max(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM "order"`)[0])
	if err != nil {
		t.Fatal(err)
	}
	return &till{t, d, youngest.Add(time.Hour)}
}

// count counts when it is time to, and returns the units by product and channel.
func (l *till) count() map[string]string {
	l.t.Helper()
	l.now = l.now.Add(10 * time.Minute)
	if err := l.d.CountSales(l.t.Context(), l.now); err != nil {
		l.t.Fatal(err)
	}
	return l.units()
}

func (l *till) units() map[string]string {
	l.t.Helper()
	out := map[string]string{}
	for _, row := range texts(l.t, l.d, "SELECT product_id || ' ' || sales_channel_id || '=' || trim_scale(units) FROM storegraph.product_sales") {
		of, units, _ := strings.Cut(row, "=")
		out[of] = units
	}
	return out
}

// TestCountSales changes an order in all ways that matter.
func TestCountSales(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	h := dbtest.Handles(t)
	of := func(product, channel string) string { return h[product] + " " + h[channel] }
	const order = ` WHERE id = '{order_anna1}'`
	const line = ` WHERE order_id = '{order_anna1}' AND version = 1 AND item_id = '{order_anna1_item1}'`
	before := l.count()
	bought := texts(t, l.d, `SELECT l.product_id || ' ' || o.sales_channel_id || '=' || trim_scale(i.quantity) FROM "order" o JOIN order_item i ON i.order_id = o.id AND i.version = o.version
JOIN order_line_item l ON l.id = i.item_id WHERE o.id = '`+h["order_anna1"]+`' ORDER BY l.id = '`+h["order_anna1_item1"]+`' DESC`)
	first, _, _ := strings.Cut(bought[0], "=")
	second, _, _ := strings.Cut(bought[1], "=")
	if bought[0] != first+"=2" || bought[1] != second+"=1" || first != of("prod_classic_tee", "sc_web") {
		t.Fatalf("the order is of %v", bought)
	}
	less := func(units map[string]string, of string, n int) {
		var have int
		if _, err := fmt.Sscan(units[of], &have); err != nil {
			t.Fatal(err)
		}
		if units[of] = fmt.Sprint(have - n); have == n {
			delete(units, of)
		}
	}
	for name, c := range map[string]struct {
		sql, back  string
		one, other int // fewer units of the two products
	}{
		"canceled": {`UPDATE "order" SET status = 'canceled'` + order, `UPDATE "order" SET status = 'pending'` + order, 2, 1},
		"archived": {`UPDATE "order" SET status = 'archived'` + order, `UPDATE "order" SET status = 'pending'` + order, 0, 0},
		"a draft":  {`UPDATE "order" SET is_draft_order = true` + order, `UPDATE "order" SET is_draft_order = false` + order, 2, 1},
		"deleted":  {`UPDATE "order" SET deleted_at = now()` + order, `UPDATE "order" SET deleted_at = NULL` + order, 2, 1},
		"old":      {`UPDATE "order" SET created_at = created_at - interval '91 days'` + order, `UPDATE "order" SET created_at = created_at + interval '91 days'` + order, 2, 1},
		"returned": {`UPDATE order_item SET return_received_quantity = 1` + line, `UPDATE order_item SET return_received_quantity = 0` + line, 1, 0},
		"to be returned": {
			`UPDATE order_item SET return_requested_quantity = 1` + line, `UPDATE order_item SET return_requested_quantity = 0` + line, 0, 0,
		},
		"returned damaged": {
			`UPDATE order_item SET return_dismissed_quantity = 1, written_off_quantity = 1` + line,
			`UPDATE order_item SET return_dismissed_quantity = 0, written_off_quantity = 0` + line, 1, 0,
		},
		"more returned than bought": {
			`UPDATE order_item SET return_received_quantity = 1, written_off_quantity = 2` + line,
			`UPDATE order_item SET return_received_quantity = 0, written_off_quantity = 0` + line, 2, 0,
		},
		"written off":    {`UPDATE order_item SET written_off_quantity = 2` + line, `UPDATE order_item SET written_off_quantity = 0` + line, 2, 0},
		"a deleted line": {`UPDATE order_item SET deleted_at = now()` + line, `UPDATE order_item SET deleted_at = NULL` + line, 2, 0},
		"changed": { // an edit leaves one unit of the first line
			`UPDATE "order" SET version = 2` + order + `; INSERT INTO order_item SELECT (x).* FROM (SELECT jsonb_populate_record(i, '{"id": "orditem_x", "version": 2, "quantity": 1}') x FROM order_item i` + line + `) y`,
			`DELETE FROM order_item WHERE id = 'orditem_x'; UPDATE "order" SET version = 1` + order, 1, 1,
		},
	} {
		fill := func(sql string) string {
			for name, v := range h {
				sql = strings.ReplaceAll(sql, "{"+name+"}", v)
			}
			return sql
		}
		write(t, l.d, fill(c.sql))
		want := maps.Clone(before)
		less(want, first, c.one)
		less(want, second, c.other)
		if got := l.count(); !maps.Equal(got, want) {
			t.Errorf("%s: sold are %v, want %v", name, got, want)
		}
		write(t, l.d, fill(c.back))
	}
	if after := l.count(); !maps.Equal(after, before) {
		t.Errorf("sold are %v, were %v", after, before)
	}
	l.now = l.now.Add(91 * 24 * time.Hour)
	if got := l.count(); len(got) > 0 || len(texts(t, l.d, "SELECT product_id FROM storegraph.bought_together")) > 0 {
		t.Errorf("90 days after the last order %v are sold", got)
	}
}

// TestSalesAreCountedByOne counts on many connections of two servers at once.
func TestSalesAreCountedByOne(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d, other := dbtest.Open(t, url, db.Options{}), dbtest.Open(t, url, db.Options{Pooler: true})
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	counted := func() int { return len(texts(t, d, "SELECT entity FROM storegraph.change WHERE entity = 'sales'")) }
	at, _, err := d.ChangePosition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	round := func(now time.Time) {
		var wg sync.WaitGroup
		for range 3 {
			for _, on := range []db.DB{d, other} {
				wg.Go(func() {
					if err := on.CountSales(t.Context(), now); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
	}
	round(now)
	if n := counted(); n != 1 {
		t.Errorf("six have counted %d times", n)
	}
	c, err := d.ChangesSince(t.Context(), at)
	if err != nil || !c.Sales || c.None() || c.Everything || c.Position.Version() == at.Version() {
		t.Errorf("told %+v, %v", c, err)
	}
	write(t, d, `UPDATE "order" SET status = 'canceled'`)
	round(now.Add(9 * time.Minute))
	if n := counted(); n != 1 {
		t.Error("counted again after nine minutes")
	}
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "SELECT pg_advisory_lock($1)", db.SalesLock); err != nil {
		t.Fatal(err)
	}
	round(now.Add(11 * time.Minute))
	if n := counted(); n != 1 {
		t.Error("counted while another server does")
	}
	if _, err := conn.Exec(t.Context(), "SELECT pg_advisory_unlock($1)", db.SalesLock); err != nil {
		t.Fatal(err)
	}
	round(now.Add(11 * time.Minute))
	if n := counted(); n != 2 || len(texts(t, d, "SELECT product_id FROM storegraph.product_sales")) > 0 {
		t.Errorf("counted %d times, want 2, and nothing sold", n)
	}
	round(now.Add(30 * time.Minute))
	if n := counted(); n != 2 {
		t.Error("the same numbers are told as a change")
	}
	write(t, d, `UPDATE "order" SET status = 'pending'`)
	round(now.Add(-48 * time.Hour)) // a clock that was ahead is put right
	if n := counted(); n != 3 {
		t.Error("what was counted in the future stays until then")
	}
}

// TestCountSalesMayTakeLong is of a server whose statements may not.
func TestCountSalesMayTakeLong(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	write(t, d, `CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'`)
	write(t, d, `CREATE TRIGGER linger AFTER INSERT ON storegraph.product_sales FOR EACH STATEMENT EXECUTE FUNCTION linger()`)
	for _, pooler := range []bool{false, true} {
		hasty := dbtest.Open(t, url, db.Options{StatementTimeout: 200 * time.Millisecond, Pooler: pooler})
		if err := hasty.CountSales(t.Context(), time.Now()); err != nil {
			t.Error(err)
		}
		write(t, d, `UPDATE storegraph.sales_count SET due_at = '-infinity'`)
	}
}

// TestBoughtTogether keeps, of each product, the twenty that it was most often bought with, and learns nothing from who buys everything.
func TestBoughtTogether(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	write(t, l.d, `UPDATE "order" SET status = 'canceled'`)
	write(t, l.d, `INSERT INTO product (id, title, handle, status) SELECT 'prod_x' || lpad(i::text, 2, '0'), 'X', 'x' || i, CASE i WHEN 7 THEN 'draft' ELSE 'published' END
FROM generate_series(0, 60) i`)
	orders := 0
	order := func(products ...int) {
		orders++
		id := fmt.Sprintf("order_x%d", orders)
		write(t, l.d, `INSERT INTO "order" (id, currency_code, created_at) VALUES (?, 'eur', ?)`, id, l.now)
		for line, p := range products {
			item := fmt.Sprintf("ordli_%s_%d", id, line)
			write(t, l.d, `INSERT INTO order_line_item (id, title, product_id, unit_price, raw_unit_price) VALUES (?, 'X', ?, 1, '{}')`, item, fmt.Sprintf("prod_x%02d", p))
			write(t, l.d, `INSERT INTO order_item (id, order_id, version, item_id, quantity, raw_quantity, fulfilled_quantity, shipped_quantity, return_requested_quantity,
return_received_quantity, return_dismissed_quantity, written_off_quantity) VALUES (?, ?, 1, ?, 3, '{}', 0, 0, 0, 0, 0, 0)`, "x"+item, id, item)
		}
	}
	for p := 1; p <= 30; p++ { // p is bought with 0 in as many orders
		for range (p + 2) / 3 {
			order(0, p, p) // two lines of one product are one purchase
		}
	}
	everything := make([]int, 51)
	for i := range everything {
		everything[i] = 10 + i
	}
	order(everything...)
	l.count()
	var want []string
	for _, p := range []int{28, 29, 30, 25, 26, 27, 22, 23, 24, 19, 20, 21, 16, 17, 18, 13, 14, 15, 10, 11} { // of 10, 11 and 12 the first two
		want = append(want, fmt.Sprintf("prod_x%02d %d", p, (p+2)/3))
	}
	got := texts(t, l.d, "SELECT other_id || ' ' || orders FROM storegraph.bought_together WHERE product_id = 'prod_x00' ORDER BY orders DESC, other_id")
	if !slices.Equal(got, want) {
		t.Errorf("bought together with 0 are %v, want %v", got, want)
	}
	if got := texts(t, l.d, "SELECT product_id || ' ' || other_id FROM storegraph.bought_together WHERE product_id <> 'prod_x00' AND other_id <> 'prod_x00'"); len(got) > 0 {
		t.Errorf("who buys everything makes %v", got)
	}
	if units := l.units()["prod_x30 "]; units != "63" {
		t.Errorf("30 was sold %s times, want 10 orders of 6 and one of 3", units)
	}
	write(t, l.d, `UPDATE product SET status = 'draft' WHERE id = 'prod_x30'`)
	l.count()
	if got := texts(t, l.d, "SELECT product_id FROM storegraph.bought_together WHERE other_id = 'prod_x30'"); len(got) > 0 {
		t.Errorf("a draft is kept for %v", got)
	}
}
