package db_test

import (
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// Whoever writes to a cart or an order, and whatever they write, the mark is another one; that of others stays.
func TestMarks(t *testing.T) {
	t.Parallel()
	d, h := dbtest.Shop(t), dbtest.Handles(t)
	ctx := t.Context()
	cart, order, other := h["ordercart_anna1"], h["order_anna1"], h["order_bob1"]
	sql := func(text string, args ...any) {
		t.Helper()
		if _, err := d.Exec(ctx, text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	marks := func() (string, string, string) {
		t.Helper()
		carts, err := d.CartMarks(ctx, []string{cart, "cart_none"})
		if err != nil {
			t.Fatal(err)
		}
		orders, err := d.OrderMarks(ctx, []string{order, other, "order_none"})
		if err != nil || len(carts) > 1 || len(orders) > 2 {
			t.Fatalf("marks of %d carts and %d orders (%v), want those that exist", len(carts), len(orders), err)
		}
		return carts[cart], orders[order], orders[other]
	}
	paying := func(table string) string {
		return `payment_collection_id = (SELECT payment_collection_id FROM ` + table + ` LIMIT 1)`
	}
	c, o, b := marks()
	if again, _, _ := marks(); c == "" || o == "" || b == "" || again != c {
		t.Fatalf("marks = %q %q %q, then %q, want the same while nothing happens", c, o, b, again)
	}
	for name, x := range map[string]struct {
		text        string
		id          string
		cart, order bool
	}{
		"cart":            {`UPDATE cart SET email = 'x' WHERE id = ?`, cart, true, false},
		"item":            {`UPDATE cart_line_item SET quantity = quantity + 1 WHERE cart_id = ?`, cart, true, false},
		"item soft":       {`UPDATE cart_line_item SET deleted_at = now() WHERE id = (SELECT min(id) FROM cart_line_item WHERE cart_id = ?)`, cart, true, false},
		"shipping method": {`UPDATE cart_shipping_method SET name = 'x' WHERE cart_id = ?`, cart, true, false},
		"address":         {`UPDATE cart_address SET city = 'x' WHERE id = (SELECT shipping_address_id FROM cart WHERE id = ?)`, cart, true, false},
		"tax line":        {`UPDATE cart_shipping_method_tax_line SET code = 'x' WHERE shipping_method_id IN (SELECT id FROM cart_shipping_method WHERE cart_id = ?)`, cart, true, false},
		"promotion":       {`INSERT INTO cart_promotion (id, cart_id, promotion_id) VALUES ('cartpromo_x', ?, 'promo_x')`, cart, true, false},
		"order":           {`UPDATE "order" SET email = 'x' WHERE id = ?`, order, false, true},
		"order item":      {`UPDATE order_item SET metadata = '{}' WHERE order_id = ?`, order, false, true},
		"summary":         {`UPDATE order_summary SET updated_at = now() WHERE order_id = ?`, order, false, true},
		"order change":    {`INSERT INTO order_change (id, order_id, version, status) VALUES ('ordch_x', ?, 9, 'pending')`, order, false, true},
		"return":          {`INSERT INTO "return" (id, order_id, order_version, status) VALUES ('return_x', ?, 1, 'requested')`, order, false, true},
		"transaction":     {`INSERT INTO order_transaction (id, order_id, amount, raw_amount, currency_code) VALUES ('ordtrx_x', ?, 1, '{"value":"1"}', 'eur')`, order, false, true},
		"order's address": {`UPDATE order_address SET city = 'x' WHERE id = (SELECT shipping_address_id FROM "order" WHERE id = ?)`, order, false, true},
		"payment":         {`UPDATE payment SET captured_at = now() WHERE ` + paying("order_payment_collection WHERE order_id = ?"), order, true, true},
	} {
		sql(x.text, x.id)
		c2, o2, b2 := marks()
		if (c2 != c) != x.cart || (o2 != o) != x.order || b2 != b {
			t.Errorf("%s: another mark of the cart %v, of the order %v, of another order %v; want %v, %v, false", name, c2 != c, o2 != o, b2 != b, x.cart, x.order)
		}
		c, o = c2, o2
	}
	// We delete sessions instead of marking them as deleted.
	sql(`INSERT INTO payment_session (id, payment_collection_id, currency_code, amount, raw_amount, provider_id, data)
SELECT 'payses_x', payment_collection_id, 'eur', 1, '{"value":"1"}', 'pp_system_default', '{}' FROM cart_payment_collection WHERE cart_id = ?`, cart)
	c2, o2, _ := marks()
	sql(`DELETE FROM payment_session WHERE id = 'payses_x'`)
	if c3, o3, _ := marks(); c2 == c || o2 == o || c3 != c || o3 != o {
		t.Error("the marks with another session, and without it again, want others, and those before")
	}
	sql(`UPDATE cart SET deleted_at = now() WHERE id = ?`, cart)
	sql(`UPDATE "order" SET deleted_at = now() WHERE id = ?`, order)
	if c, o, _ := marks(); c != "" || o != "" {
		t.Errorf("marks of what is deleted = %q, %q, want none", c, o)
	}
}

// The mark of a product is another one after a change of anything that its page shows, and after no other.
func TestProductMarks(t *testing.T) {
	t.Parallel()
	d, h := dbtest.Shop(t), dbtest.Handles(t)
	tee, mug := h["prod_classic_tee"], h["prod_stone_mug"]
	sql := func(text string, args ...any) {
		t.Helper()
		if _, err := d.Exec(t.Context(), text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	marks := func() (string, string) {
		t.Helper()
		m, err := d.ProductMarks(t.Context(), []string{tee, mug, "prod_none"})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := m["prod_none"]; ok {
			t.Error("there is a mark of what does not exist")
		}
		return m[tee], m[mug]
	}
	const (
		variants = `(SELECT id FROM product_variant WHERE product_id = ?)`
		sets     = `(SELECT price_set_id FROM product_variant_price_set WHERE variant_id IN ` + variants + `)`
		items    = `(SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id IN ` + variants + `)`
		links    = `(SELECT id FROM product_product_option WHERE product_id = ?)`
		options  = `(SELECT product_option_id FROM product_product_option WHERE product_id = ?)`
	)
	sql(`INSERT INTO price_list (id, title, description, status) VALUES ('plist_x', 'x', 'x', 'active')`)
	a, b := marks()
	if a == "" || b == "" {
		t.Fatalf("marks = %q, %q, want some", a, b)
	}
	for name, x := range map[string]struct {
		text    string
		changes bool
	}{
		"title":             {`UPDATE product SET title = 'x' WHERE id = ?`, true},
		"channel":           {`INSERT INTO product_sales_channel (id, product_id, sales_channel_id) VALUES ('prodsc_x', ?, 'sc_x')`, true},
		"image":             {`INSERT INTO image (id, url, product_id) VALUES ('img_x', 'x', ?)`, true},
		"variant":           {`UPDATE product_variant SET title = 'x' WHERE product_id = ?`, true},
		"choices":           {`UPDATE product_variant_option SET option_value_id = option_value_id WHERE variant_id IN ` + variants, true},
		"option":            {`UPDATE product_option SET title = title || 'x' WHERE id IN ` + options, true},
		"value":             {`UPDATE product_option_value SET rank = 3 WHERE option_id IN ` + options, true},
		"offered value":     {`UPDATE product_product_option_value SET updated_at = now() WHERE product_product_option_id IN ` + links, true},
		"price":             {`UPDATE price SET amount = amount + 1 WHERE price_set_id IN ` + sets, true},
		"price in a list":   {`INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, price_list_id, rules_count) SELECT 'price_x', min(price_set_id), 'eur', 1, '{"value":"1"}', 'plist_x', 1 FROM price WHERE price_set_id IN ` + sets, true},
		"stock":             {`UPDATE inventory_level SET stocked_quantity = stocked_quantity + 1 WHERE inventory_item_id IN ` + items, true},
		"reservation":       {`UPDATE inventory_level SET reserved_quantity = reserved_quantity + 1 WHERE inventory_item_id IN ` + items, true},
		"needed quantity":   {`UPDATE product_variant_inventory_item SET required_quantity = 2 WHERE variant_id IN ` + variants, true},
		"item":              {`UPDATE inventory_item SET deleted_at = now() WHERE id = (SELECT min(inventory_item_id) FROM product_variant_inventory_item WHERE variant_id IN ` + variants + `)`, true},
		"locations":         {`UPDATE sales_channel_stock_location SET updated_at = now() WHERE stock_location_id IN (SELECT location_id FROM inventory_level WHERE inventory_item_id IN ` + items + `) AND sales_channel_id <> ?`, true},
		"a line of a cart":  {`UPDATE cart_line_item SET quantity = quantity + 1 WHERE product_id = ?`, false},
		"the tags that are": {`UPDATE product_tag SET value = value || 'x' WHERE id IN (SELECT product_tag_id FROM product_tags WHERE product_id = ?)`, false},
	} {
		args := []any{tee}
		if strings.Count(x.text, "?") == 2 {
			args = append(args, "sc_x")
		}
		sql(x.text, args...)
		was := a
		if a, _ = marks(); (a != was) != x.changes {
			t.Errorf("%s: another mark %v, want %v", name, a != was, x.changes)
		}
	}
	if _, other := marks(); other != b {
		// The mug has its stock at the same locations.
		b = other
	}
	for _, text := range []string{
		`INSERT INTO price_rule (id, price_id, attribute, value) VALUES ('prule_x', 'price_x', 'region_id', ?)`,
		`INSERT INTO price_list_rule (id, price_list_id, attribute, value) VALUES ('plrule_x', 'plist_x', ?, '[]')`,
		`UPDATE price_list SET ends_at = now() - interval '1 day', title = ? WHERE id = 'plist_x'`,
		`UPDATE product_variant SET deleted_at = now() WHERE id = (SELECT min(id) FROM product_variant WHERE product_id = ?)`,
		`UPDATE product SET status = 'draft' WHERE id = ?`,
	} {
		sql(text, tee)
		was := a
		if a, _ = marks(); a == was || a == "" {
			t.Errorf("%s: the mark is still %q", text, a)
		}
	}
	sql(`UPDATE product SET deleted_at = now() WHERE id = ?`, tee)
	if gone, other := marks(); gone != "" || other != b {
		t.Errorf("marks = %q of what is deleted and %q of another, want none and %q", gone, other, b)
	}
}

// However much there is, what is watched is found by indexes.
func TestMarksUseIndexes(t *testing.T) {
	t.Parallel()
	var count dbtest.Counter
	d := dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{Tracer: &count, MaxConns: 1})
	h := dbtest.Handles(t)
	for _, read := range []func() error{
		func() error { _, err := d.CartMarks(t.Context(), []string{h["ordercart_anna1"]}); return err },
		func() error { _, err := d.OrderMarks(t.Context(), []string{h["order_anna1"]}); return err },
		func() error { _, err := d.ProductMarks(t.Context(), []string{h["prod_classic_tee"]}); return err },
	} {
		count.Reset()
		if err := read(); err != nil {
			t.Fatal(err)
		}
		calls := count.Calls()
		sql := calls[len(calls)-1].SQL
		conn := connect(t, dbtest.ReadShopURL(t))
		if _, err := conn.Exec(t.Context(), "SET enable_seqscan = off"); err != nil { // the recorded shop is small
			t.Fatal(err)
		}
		rows, err := conn.Query(t.Context(), "EXPLAIN "+sql, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		// The reference's index of the rules of price lists has only those that are deleted. There are few.
		text := strings.ReplaceAll(strings.Join(plan, "\n"), "Seq Scan on price_list_rule", "")
		if strings.Contains(text, "Seq Scan") || !strings.Contains(text, "Index Cond") {
			t.Errorf("plan of %.60s…:\n%s", sql, text)
		}
	}
}
