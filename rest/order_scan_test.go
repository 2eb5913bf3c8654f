package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// ofOrder are the tables that hold parts of an order, with the columns that hold ids of such parts, and the condition that
// finds its rows.
var ofOrder = []struct{ table, ids, where string }{
	{`"order"`, "id shipping_address_id billing_address_id", "id = $1"},
	{"order_address", "id", `id IN (SELECT unnest(ARRAY[shipping_address_id, billing_address_id]) FROM "order" WHERE id = $1)`},
	{"order_line_item", "id", "id IN (SELECT item_id FROM order_item WHERE order_id = $1)"},
	{"order_item", "id order_id item_id", "order_id = $1"},
	{"order_line_item_tax_line", "id item_id", "item_id IN (SELECT item_id FROM order_item WHERE order_id = $1)"},
	{"order_line_item_adjustment", "id item_id", "item_id IN (SELECT item_id FROM order_item WHERE order_id = $1)"},
	{"order_shipping_method", "id", "id IN (SELECT shipping_method_id FROM order_shipping WHERE order_id = $1)"},
	{"order_shipping", "id order_id shipping_method_id", "order_id = $1"},
	{"order_shipping_method_tax_line", "id shipping_method_id", "shipping_method_id IN (SELECT shipping_method_id FROM order_shipping WHERE order_id = $1)"},
	{"order_summary", "id order_id", "order_id = $1"},
	{"order_transaction", "id order_id", "order_id = $1"},
	{"payment_collection", "id", "id IN (SELECT payment_collection_id FROM order_payment_collection WHERE order_id = $1)"},
	{"order_payment_collection", "id order_id payment_collection_id", "order_id = $1"},
	{"payment_session", "id payment_collection_id", "payment_collection_id IN (SELECT payment_collection_id FROM order_payment_collection WHERE order_id = $1)"},
	{"payment", "id payment_collection_id payment_session_id", "payment_collection_id IN (SELECT payment_collection_id FROM order_payment_collection WHERE order_id = $1)"},
	{"fulfillment", "id delivery_address_id", "id IN (SELECT fulfillment_id FROM order_fulfillment WHERE order_id = $1)"},
	{"fulfillment_item", "id fulfillment_id", "fulfillment_id IN (SELECT fulfillment_id FROM order_fulfillment WHERE order_id = $1)"},
	{"order_fulfillment", "id order_id fulfillment_id", "order_id = $1"},
	{"order_cart", "id order_id cart_id", "order_id = $1"},
}

// fillOrders copies an order n times, half of them to a customer.
func fillOrders(ctx context.Context, t *testing.T, conn *pgx.Conn, order, customer string, n int) {
	t.Helper()
	if _, err := conn.Exec(ctx, "SET session_replication_role = replica"); err != nil { // addresses of parcels are not copied
		t.Fatal(err)
	}
	for _, of := range ofOrder {
		changed := []string{}
		for column := range strings.FieldsSeq(of.ids) {
			changed = append(changed, fmt.Sprintf(`'%s', x.%[1]s || '_' || n`, column))
		}
		if of.table == `"order"` {
			changed = append(changed, `'display_id', 1000 + n`, fmt.Sprintf(`'customer_id', CASE WHEN n %% 200 = 0 THEN '%s' ELSE x.customer_id || n END`, customer))
		}
		sql := `INSERT INTO ` + of.table + ` SELECT (jsonb_populate_record(x, jsonb_build_object(` + strings.Join(changed, ", ") + `))).*
FROM ` + of.table + ` x, generate_series(1, $2::int) n WHERE ` + of.where
		if _, err := conn.Exec(ctx, sql, order, n); err != nil {
			t.Fatalf("%s: %v", of.table, err)
		}
	}
	if _, err := conn.Exec(ctx, "SET session_replication_role = DEFAULT; ANALYZE"); err != nil {
		t.Fatal(err)
	}
}

// TestNoLargeScansOfOrders explains every statement of orders among 4,000: none scans a large table.
func TestNoLargeScansOfOrders(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills 4,000 orders")
	}
	ctx := context.Background()
	url := dbtest.ShopURL(t)
	count := &dbtest.Counter{}
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{Tracer: count}), nil), handles: dbtest.Handles(t)}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	fillOrders(ctx, t, conn, s.handles["order_ret1"], s.handles["cus_anna"], 4000)
	if _, err := conn.Exec(ctx, "SET random_page_cost = 1.1; SET plan_cache_mode = force_custom_plan"); err != nil {
		t.Fatal(err)
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	const relations = "*payment_collections.payments,*payment_collections.payment_sessions,customer.email,cart.id,*promotions"
	for _, path := range []string{
		"/store/orders/{order_ret1}_7", "/store/orders/{order_ret1}_7?fields=id," + relations, "/store/orders?limit=10",
		"/store/orders?limit=10&order=-created_at&fields=id,total,*shipping_methods,*shipping_address,*fulfillments," + relations,
	} {
		for range 2 {
			count.Reset()
			if status, text := s.ask("GET", path, ""); status != http.StatusOK || !strings.Contains(text, "ordli_") && !strings.Contains(text, "payses_") {
				t.Fatalf("GET %s = %d %.200s", path, status, text)
			}
		}
		explain(ctx, t, conn, path, count.Calls())
	}
}

// explain fails if a statement scans a table of more than a thousand rows.
func explain(ctx context.Context, t *testing.T, conn *pgx.Conn, path string, calls []dbtest.Call) {
	t.Helper()
	for _, c := range calls {
		rows, err := conn.Query(ctx, "EXPLAIN "+c.SQL, c.Args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("EXPLAIN %s: %v", c.SQL, err)
		}
		plan := strings.Join(lines, "\n")
		for _, m := range scanned.FindAllStringSubmatch(plan, -1) {
			var n int
			if err := conn.QueryRow(ctx, "SELECT reltuples::int FROM pg_class WHERE relname = $1 AND relkind = 'r'", m[1]).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 1000 {
				t.Errorf("GET %s scans %s:\n%s\n%s", path, m[1], c.SQL, plan)
			}
		}
	}
}
