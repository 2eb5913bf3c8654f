package seed_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/model"
)

var clock = func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func fill(t *testing.T, d db.DB, products int) {
	t.Helper()
	if _, err := seed.Fill(t.Context(), d, seed.Size{Products: products, Seed: 7, Now: clock}); err != nil {
		t.Fatal(err)
	}
}

// number returns the only value of a query, a number.
func number(t *testing.T, d db.DB, sql string) float64 {
	t.Helper()
	got, err := d.Texts(t.Context(), "SELECT ("+sql+")::text")
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	n, err := strconv.ParseFloat(got[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFill(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	before, _, err := d.ChangePosition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d, 600)
	if c, err := d.ChangesSince(t.Context(), before); err != nil || len(c.Products) != 600 || !c.Categories || !c.Collections || !c.Tags || !c.Types {
		t.Errorf("changes = %+v, %v, want all products and what they are grouped by", c, err)
	}
	lawful(t, d, laws)
	referring(t, d)
	if r, err := db.Check(t.Context(), d); err != nil || !r.OK() {
		t.Errorf("Check = %v, %v", r.Problems, err)
	}
	of := func(where string) string {
		return "SELECT 100.0 * count(*) FILTER (WHERE " + where + ") / count(*) FROM product p WHERE created_at < '2026-03-01'"
	}
	for name, c := range map[string]struct {
		sql         string
		least, most float64
	}{
		"products":        {"SELECT count(*) FROM product WHERE created_at < '2026-03-01'", 600, 600},
		"variants of one": {"SELECT count(*) / 600.0 FROM product_variant WHERE created_at < '2026-03-01'", 5.7, 6.3},
		"prices of one":   {"SELECT count(*) / 600.0 FROM price WHERE created_at < '2026-03-01'", 32, 40},
		"published":       {of("status = 'published'"), 90, 97},
		"in the first channel": {of(`EXISTS (SELECT FROM product_sales_channel l JOIN store s ON s.default_sales_channel_id = l.sales_channel_id
			WHERE l.product_id = p.id)`), 88, 97},
		"in another channel": {of(`EXISTS (SELECT FROM product_sales_channel l JOIN store s ON s.default_sales_channel_id <> l.sales_channel_id
			WHERE l.product_id = p.id)`), 14, 26},
		"in a collection": {of("collection_id IS NOT NULL"), 85, 95},
		"in a price list": {of(`EXISTS (SELECT FROM product_variant v JOIN product_variant_price_set l ON l.variant_id = v.id JOIN price x ON x.price_set_id = l.price_set_id
			WHERE v.product_id = p.id AND x.price_list_id IS NOT NULL)`), 14, 26},
		"with a price of a region": {of(`EXISTS (SELECT FROM product_variant v JOIN product_variant_price_set l ON l.variant_id = v.id JOIN price x ON x.price_set_id = l.price_set_id
			JOIN price_rule r ON r.price_id = x.id WHERE v.product_id = p.id)`), 32, 48},
		"with prices by quantity": {of(`EXISTS (SELECT FROM product_variant v JOIN product_variant_price_set l ON l.variant_id = v.id JOIN price x ON x.price_set_id = l.price_set_id
			WHERE v.product_id = p.id AND x.min_quantity IS NOT NULL)`), 14, 26},
		"not managed":        {of("EXISTS (SELECT FROM product_variant v WHERE v.product_id = p.id AND NOT manage_inventory)"), 2, 9},
		"back-ordered":       {of("EXISTS (SELECT FROM product_variant v WHERE v.product_id = p.id AND allow_backorder)"), 1, 8},
		"with three options": {of("3 = (SELECT count(*) FROM product_product_option o WHERE o.product_id = p.id)"), 14, 26},
		"sold out": {of(`NOT EXISTS (SELECT FROM product_variant v WHERE v.product_id = p.id AND NOT manage_inventory) AND 0 = (SELECT sum(stocked_quantity)
			FROM product_variant v JOIN product_variant_inventory_item l ON l.variant_id = v.id JOIN inventory_level x ON x.inventory_item_id = l.inventory_item_id
			WHERE v.product_id = p.id)`), 2, 12},
		"created in the first year": {of("created_at < '2025-03-01'"), 45, 55},
		"depth of categories":       {"SELECT max(length(mpath) - length(replace(mpath, '.', ''))) + 1 FROM product_category WHERE handle LIKE 'wear%'", 3, 3},
		"hidden categories":         {"SELECT count(*) FROM product_category WHERE is_internal OR NOT is_active", 40, 40},
		"ranks that siblings share": {"SELECT count(*) FROM (SELECT FROM product_category GROUP BY parent_category_id, rank HAVING count(*) > 1) x", 0, 0},
	} {
		if got := number(t, d, c.sql); got < c.least || got > c.most {
			t.Errorf("%s: %g, want from %g to %g", name, got, c.least, c.most)
		}
	}
	if got := number(t, d, "SELECT reltuples FROM pg_class WHERE oid = 'price'::regclass"); got < 600*30 {
		t.Errorf("the planner thinks that there are %g prices", got)
	}
}

// referring fails the test for each row that refers to one that is not there. The database checks its own references only if the role
// that filled it was no superuser.
func referring(t *testing.T, d db.DB) {
	t.Helper()
	refs, err := d.Texts(t.Context(), `SELECT format('SELECT %L || x.%I FROM %s x WHERE x.%I IS NOT NULL AND NOT EXISTS (SELECT FROM %s y WHERE y.%I = x.%I)',
		c.conrelid::regclass || '.' || a.attname || ' ', a.attname, c.conrelid::regclass, a.attname, c.confrelid::regclass, b.attname, a.attname)
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
		WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND c.connamespace = 'public'::regnamespace`)
	if err != nil || len(refs) < 50 {
		t.Fatalf("%d references, %v", len(refs), err)
	}
	for _, link := range []string{
		"product_sales_channel.product_id product", "product_sales_channel.sales_channel_id sales_channel", "product_shipping_profile.product_id product",
		"product_shipping_profile.shipping_profile_id shipping_profile", "product_variant_price_set.variant_id product_variant",
		"product_variant_price_set.price_set_id price_set", "product_variant_inventory_item.variant_id product_variant",
		"product_variant_inventory_item.inventory_item_id inventory_item", "inventory_level.location_id stock_location", "product_variant_product_image.variant_id product_variant",
	} {
		from, to, _ := strings.Cut(link, " ")
		table, column, _ := strings.Cut(from, ".")
		refs = append(refs, fmt.Sprintf("SELECT '%s ' || x.%s FROM %s x WHERE NOT EXISTS (SELECT FROM %s y WHERE y.id = x.%s)", from, column, table, to, column))
	}
	for _, sql := range refs {
		if lost, err := d.Texts(t.Context(), sql); err != nil || len(lost) > 0 {
			t.Errorf("%d rows refer to what is not there, such as %v, %v", len(lost), lost[:min(3, len(lost))], err)
		}
	}
}

// digest stands for all generated products.
func digest(t *testing.T, d db.DB) string {
	t.Helper()
	got, err := d.Texts(t.Context(), `SELECT md5(string_agg(row, ',' ORDER BY row)) FROM (
		SELECT created_at, id || handle || status || description || coalesce(metadata::text, '') || updated_at AS row FROM product
		UNION ALL SELECT created_at, id || product_id || title || sku || variant_rank FROM product_variant
		UNION ALL SELECT created_at, id || price_set_id || currency_code || amount || coalesce(price_list_id, '') FROM price
		UNION ALL SELECT created_at, id || inventory_item_id || stocked_quantity FROM inventory_level) x WHERE created_at < '2026-03-01 11:30Z'`)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestFillAgain adds to what is there, and makes the same as at once.
func TestFillAgain(t *testing.T) {
	t.Parallel()
	shop := func() db.DB {
		d := empty(t)
		if _, err := seed.Run(t.Context(), d, seed.Options{Now: clock}); err != nil {
			t.Fatal(err)
		}
		return d
	}
	inTwo, atOnce := shop(), shop()
	fill(t, inTwo, 30)
	before := tables(t, inTwo)
	for name, size := range map[string]seed.Size{"the same": {Products: 30, Seed: 7}, "fewer": {Products: 10, Seed: 7}, "another seed": {Products: 50, Seed: 8}} {
		if _, err := seed.Fill(t.Context(), inTwo, size); !errors.Is(err, model.Conflict) {
			t.Errorf("Fill with %s = %v, want a conflict", name, err)
		}
	}
	if after := tables(t, inTwo); after != before {
		t.Errorf("a refused Fill wrote: %s\nwas %s", after, before)
	}
	var told []string
	n, err := seed.Fill(t.Context(), inTwo, seed.Size{Products: 80, Seed: 7, Now: clock, Progress: func(done, total int) { told = append(told, fmt.Sprint(done, total)) }})
	if err != nil || n != 50 || strings.Join(told, ",") != "50 50" {
		t.Errorf("Fill = %d, %v, told %v, want 50 more", n, err, told)
	}
	fill(t, atOnce, 80)
	if a, b := digest(t, inTwo), digest(t, atOnce); a != b {
		t.Errorf("filled in two steps %s, at once %s", a, b)
	}
	referring(t, inTwo)
}

// TestFillInterrupted ends one early, in the middle of its lots: what is there is whole, and the next one makes the rest of what was asked
// for then, by the clock of then.
func TestFillInterrupted(t *testing.T) {
	t.Parallel()
	shop := func() db.DB {
		d := empty(t)
		if _, err := seed.Run(t.Context(), d, seed.Options{Now: clock}); err != nil {
			t.Fatal(err)
		}
		return d
	}
	inTwo, atOnce := shop(), shop()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := seed.Fill(ctx, inTwo, seed.Size{Products: 1700, Seed: 7, Now: clock, Progress: func(int, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Fill = %v", err)
	}
	products := func(d db.DB) int {
		return int(number(t, d, "SELECT count(*) FROM product WHERE created_at < '2026-03-01'"))
	}
	written := products(inTwo)
	if written < 500 || written >= 1700 {
		t.Errorf("the interrupted Fill left %d products", written)
	}
	referring(t, inTwo)
	if _, err := seed.Fill(t.Context(), inTwo, seed.Size{Products: 1000, Seed: 7}); !errors.Is(err, model.Conflict) {
		t.Errorf("Fill with fewer than were asked for = %v, want a conflict", err)
	}
	later := func() time.Time { return clock().Add(time.Hour) }
	total, last := 0, 0
	n, err := seed.Fill(t.Context(), inTwo, seed.Size{Products: 1710, Seed: 7, Now: later, Progress: func(done, of int) { total, last = of, done }})
	if err != nil || n != 1710-written || total != n || last != n {
		t.Errorf("Fill = %d, %v, told %d of %d, want %d more", n, err, last, total, 1710-written)
	}
	fill(t, atOnce, 1700)
	if _, err := seed.Fill(t.Context(), atOnce, seed.Size{Products: 1710, Seed: 7, Now: later}); err != nil {
		t.Fatal(err)
	}
	if a, b := digest(t, inTwo), digest(t, atOnce); a != b || products(inTwo) != products(atOnce) {
		t.Errorf("interrupted %s of %d, at once %s of %d", a, products(inTwo), b, products(atOnce))
	}
	referring(t, inTwo)
	if kept, err := inTwo.Texts(t.Context(), "SELECT metadata ->> 'generated_products' FROM store"); err != nil || kept[0] != `{"seed": 7, "products": 1710}` {
		t.Errorf("kept is %v, %v", kept, err)
	}
}

// TestFillWithoutRights is of a role that the database trusts less.
func TestFillWithoutRights(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	_, err := db.InTx(t.Context(), d, func(tx db.DB) (int, error) {
		for _, sql := range []string{
			"CREATE ROLE fill_without_rights", "GRANT ALL ON ALL TABLES IN SCHEMA public TO fill_without_rights", "SET LOCAL ROLE fill_without_rights",
		} {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				return 0, err
			}
		}
		n, err := seed.Fill(t.Context(), tx, seed.Size{Products: 20})
		if err != nil || n != 20 {
			t.Errorf("Fill = %d, %v", n, err)
		}
		return 0, errors.New("the role goes away again")
	})
	if err == nil {
		t.Error("the transaction was committed")
	}
}

func TestFillNeedsAShop(t *testing.T) {
	t.Parallel()
	if _, err := seed.Fill(t.Context(), empty(t), seed.Size{Products: 1}); !errors.Is(err, model.NotFound) {
		t.Errorf("Fill = %v, want not found", err)
	}
}

// TestFillAnotherShop fills the reference's shop, whose words it knows none of.
func TestFillAnotherShop(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	fill(t, d, 20)
	referring(t, d)
}
