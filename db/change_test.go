package db_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// onSet and onItem join rows x of a price set and of an inventory item to the variants v of products.
const (
	onSet  = " JOIN product_variant_price_set l ON l.price_set_id = x.price_set_id JOIN product_variant v ON v.id = l.variant_id"
	onItem = " JOIN product_variant_inventory_item l ON l.inventory_item_id = x.inventory_item_id JOIN product_variant v ON v.id = l.variant_id"
)

// A told is what a change of a table's row must be told as: the products, found from the row x, or flags.
type told struct{ products, stock, flag string }

var tellings = map[string]told{
	"product":                           {products: "SELECT x.id FROM product x"},
	"product_variant":                   {products: "SELECT x.product_id FROM product_variant x"},
	"product_tags":                      {products: "SELECT x.product_id FROM product_tags x"},
	"product_category_product":          {products: "SELECT x.product_id FROM product_category_product x"},
	"product_sales_channel":             {products: "SELECT x.product_id FROM product_sales_channel x"},
	"image":                             {products: "SELECT x.product_id FROM image x"},
	"product_product_option":            {products: "SELECT x.product_id FROM product_product_option x"},
	"product_product_option_value":      {products: "SELECT o.product_id FROM product_product_option_value x JOIN product_product_option o ON o.id = x.product_product_option_id"},
	"product_variant_option":            {products: "SELECT v.product_id FROM product_variant_option x JOIN product_variant v ON v.id = x.variant_id"},
	"product_variant_product_image":     {products: "SELECT v.product_id FROM product_variant_product_image x JOIN product_variant v ON v.id = x.variant_id"},
	"product_variant_price_set":         {products: "SELECT v.product_id FROM product_variant_price_set x JOIN product_variant v ON v.id = x.variant_id"},
	"product_variant_inventory_item":    {products: "SELECT v.product_id FROM product_variant_inventory_item x JOIN product_variant v ON v.id = x.variant_id"},
	"product_option":                    {products: "SELECT o.product_id FROM product_option x JOIN product_product_option o ON o.product_option_id = x.id", flag: "Options"},
	"product_option_value":              {products: "SELECT o.product_id FROM product_option_value x JOIN product_product_option o ON o.product_option_id = x.option_id", flag: "Options"},
	"product_category":                  {flag: "Categories"},
	"product_collection":                {flag: "Collections"},
	"product_tag":                       {flag: "Tags"},
	"product_type":                      {flag: "Types"},
	"price_set":                         {products: "SELECT v.product_id FROM price_set x JOIN product_variant_price_set l ON l.price_set_id = x.id JOIN product_variant v ON v.id = l.variant_id"},
	"price":                             {products: "SELECT v.product_id FROM price x" + onSet},
	"price_rule":                        {products: "SELECT v.product_id FROM price_rule x JOIN price p ON p.id = x.price_id JOIN product_variant_price_set l ON l.price_set_id = p.price_set_id JOIN product_variant v ON v.id = l.variant_id"},
	"price_list":                        {products: "SELECT v.product_id FROM price_list x JOIN price p ON p.price_list_id = x.id JOIN product_variant_price_set l ON l.price_set_id = p.price_set_id JOIN product_variant v ON v.id = l.variant_id", flag: "PriceLists"},
	"price_list_rule":                   {products: "SELECT v.product_id FROM price_list_rule x JOIN price p ON p.price_list_id = x.price_list_id JOIN product_variant_price_set l ON l.price_set_id = p.price_set_id JOIN product_variant v ON v.id = l.variant_id", flag: "PriceLists"},
	"price_preference":                  {flag: "Regions"},
	"region":                            {flag: "Regions"},
	"region_country":                    {flag: "Regions"},
	"currency":                          {flag: "Regions"},
	"tax_region":                        {flag: "Taxes"},
	"tax_rate":                          {flag: "Taxes"},
	"tax_rate_rule":                     {flag: "Taxes"},
	"payment_provider":                  {flag: "Regions"},
	"region_payment_provider":           {flag: "Regions"},
	"store":                             {flag: "Regions"},
	"sales_channel":                     {flag: "Channels"},
	"api_key":                           {flag: "Channels"},
	"publishable_api_key_sales_channel": {flag: "Channels"},
	"sales_channel_stock_location":      {flag: "Channels"},
	"translation":                       {products: "SELECT x.reference_id FROM translation x", flag: "Translations"},
	"inventory_item":                    {stock: "SELECT v.product_id FROM inventory_item x JOIN product_variant_inventory_item l ON l.inventory_item_id = x.id JOIN product_variant v ON v.id = l.variant_id"},
	"inventory_level":                   {stock: "SELECT v.product_id FROM inventory_level x" + onItem},
	"reservation_item":                  {stock: "SELECT v.product_id FROM reservation_item x" + onItem},
}

// A witness reads the log of changes.
type witness struct {
	t  *testing.T
	d  db.DB
	at db.Position
}

// logging returns a copy of the recorded shop that logs changes, and who reads them.
func logging(t *testing.T) (db.DB, *witness) {
	t.Helper()
	d := dbtest.Shop(t)
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	w := &witness{t: t, d: d}
	w.begin()
	return d, w
}

func (w *witness) begin() {
	w.t.Helper()
	at, installed, err := w.d.ChangePosition(w.t.Context())
	if err != nil || !installed {
		w.t.Fatalf("installed %t, %v", installed, err)
	}
	w.at = at
}

// changes returns what has changed since the last time.
func (w *witness) changes() db.CatalogueChanges {
	w.t.Helper()
	c, err := w.d.ChangesSince(w.t.Context(), w.at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.at = c.Position
	return c
}

// expect fails the test unless these products changed since the last time, and nothing else.
func (w *witness) expect(what string, products ...string) {
	w.t.Helper()
	slices.Sort(products)
	if c := w.changes(); c.Everything || !slices.Equal(c.Products, products) || len(c.Stock) > 0 {
		w.t.Errorf("%s: %+v, want the products %v", what, c, products)
	}
}

func write(t *testing.T, d db.DB, sql string, args ...any) {
	t.Helper()
	if _, err := d.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func texts(t *testing.T, d db.DB, sql string) []string {
	t.Helper()
	rows, err := d.Texts(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// further are rows of tables without rows of their own in the recorded shop, or that a feature of the reference makes.
const further = `INSERT INTO reservation_item (id, inventory_item_id, location_id, quantity) SELECT 'resitem_x', inventory_item_id, location_id, 1 FROM inventory_level
	WHERE inventory_item_id IN (SELECT inventory_item_id FROM product_variant_inventory_item) LIMIT 1;
CREATE TABLE translation (id text PRIMARY KEY, reference_id text NOT NULL, reference text NOT NULL, locale_code text NOT NULL, translations jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'trans_x', id, 'product', 'de-DE', '{}' FROM product LIMIT 1`

// changed are expressions that change a column of a type.
var changed = map[string]string{
	"text": "coalesce(%[1]s, '') || 'x'", "character varying": "coalesce(%[1]s, '') || 'x'", "boolean": "NOT coalesce(%[1]s, false)",
	"integer": "coalesce(%[1]s, 0) + 1", "numeric": "coalesce(%[1]s, 0) + 1", "real": "coalesce(%[1]s, 0) + 1", "jsonb": `'["changed"]'`, "json": `'["changed"]'`,
	"timestamp with time zone": "coalesce(%[1]s, now()) - interval '1 day'",
}

// TestEveryColumnIsLogged changes every column of every logged table in turn, inserts a row into each, and deletes one.
func TestEveryColumnIsLogged(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	write(t, d, further)
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	w := &witness{t: t, d: d}
	w.begin()
	// References and unique indexes would refuse half of the changes.
	constraints, err := d.Texts(t.Context(), `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
		WHERE contype IN ('f', 'c', 'u') AND connamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	unique, err := d.Texts(t.Context(), `SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index JOIN pg_class c ON c.oid = indrelid
		WHERE indisunique AND NOT indisprimary AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) AND c.relnamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	write(t, d, strings.Join(append(constraints, unique...), ";"))
	if want := len(tellings); len(db.LoggedTables()) != want {
		t.Fatalf("%d tables are logged, want %d", len(db.LoggedTables()), want)
	}
	columns, conn := 0, connect(t, url)
	for _, table := range db.LoggedTables() {
		names, err := d.Texts(t.Context(), "SELECT column_name || '|' || data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'", table)
		if err != nil || len(names) == 0 {
			t.Fatalf("columns of %s: %v, %v", table, names, err)
		}
		for _, name := range names {
			column, typ, _ := strings.Cut(name, "|")
			w.column(conn, table, column, typ)
			columns++
		}
		w.whole(conn, table)
	}
	if columns < 300 {
		t.Errorf("only %d columns were changed", columns)
	}
}

// a row of a table that concerns a product, where any does.
func (w *witness) row(table string) string {
	w.t.Helper()
	from := "SELECT x.ctid::text FROM " + table + " x LIMIT 1"
	if e := tellings[table]; e.products+e.stock != "" {
		from = strings.Replace(e.products+e.stock, "SELECT ", "SELECT x.ctid::text, ", 1) + " LIMIT 1"
	}
	rows, err := w.d.Texts(w.t.Context(), from)
	if err != nil || len(rows) == 0 {
		w.t.Fatalf("there is no row of %s to change: %v", table, err)
	}
	return rows[0]
}

// column changes a column of a row, and back.
func (w *witness) column(conn *pgx.Conn, table, column, typ string) {
	w.t.Helper()
	to := changed[typ]
	if to == "" {
		w.t.Fatalf("no change for %s.%s of type %s", table, column, typ)
	}
	at := w.row(table)
	want := w.concerned(table, at)
	var old *string
	if err := conn.QueryRow(w.t.Context(), fmt.Sprintf("SELECT %s::text FROM %s WHERE ctid = '%s'", column, table, at)).Scan(&old); err != nil {
		w.t.Fatal(err)
	}
	if strings.Contains(to, "%") {
		to = fmt.Sprintf(to, column)
	}
	for _, value := range []string{to, "$1::text::" + typ} {
		args := []any{}
		if value != to {
			args = append(args, old)
		}
		sql := fmt.Sprintf("UPDATE %s SET %s = %s WHERE ctid = '%s' RETURNING ctid::text", table, column, value, at)
		if err := conn.QueryRow(w.t.Context(), sql, args...).Scan(&at); err != nil {
			w.t.Fatalf("%s: %v", sql, err)
		}
		w.same(sql, want)
	}
}

// whole deletes a row and inserts it again.
func (w *witness) whole(conn *pgx.Conn, table string) {
	w.t.Helper()
	at := w.row(table)
	want := w.concerned(table, at)
	for _, sql := range []string{
		fmt.Sprintf("CREATE TEMP TABLE kept_%[1]s AS SELECT * FROM %[1]s WHERE ctid = '%[2]s'", table, at),
		fmt.Sprintf("DELETE FROM %s WHERE ctid = '%s'", table, at), fmt.Sprintf("INSERT INTO %[1]s SELECT * FROM kept_%[1]s", table),
	} {
		if _, err := conn.Exec(w.t.Context(), sql); err != nil {
			w.t.Fatalf("%s: %v", sql, err)
		}
		if !strings.HasPrefix(sql, "CREATE") {
			w.same(sql, want)
		}
	}
}

// concerned returns what a change of a row must be told as.
func (w *witness) concerned(table, at string) db.CatalogueChanges {
	w.t.Helper()
	e, out := tellings[table], db.CatalogueChanges{}
	find := func(sql string) []string {
		if sql == "" {
			return nil
		}
		ids, err := w.d.Texts(w.t.Context(), sql+" WHERE x.ctid = $1::text::tid", at)
		if err != nil {
			w.t.Fatal(err)
		}
		slices.Sort(ids)
		return slices.Compact(ids)
	}
	out.Products, out.Stock = find(e.products), find(e.stock)
	if e.flag != "" {
		reflect.ValueOf(&out).Elem().FieldByName(e.flag).SetBool(true)
	}
	return out
}

// same fails the test unless exactly this changed since the last time.
func (w *witness) same(what string, want db.CatalogueChanges) {
	w.t.Helper()
	got := w.changes()
	got.Products = slices.DeleteFunc(got.Products, func(id string) bool { return strings.HasSuffix(id, "x") }) // an id that was changed
	want.Position, want.Installed = got.Position, true
	if want.Products == nil {
		want.Products = []string{}
	}
	if want.Stock == nil {
		want.Stock = []string{}
	}
	got.Products, got.Stock = append([]string{}, got.Products...), append([]string{}, got.Stock...) // not nil
	if !reflect.DeepEqual(got, want) {
		w.t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// TestOverlappingTransactions sees each transaction when it commits, also while an older one stays open, and one that is rolled back never.
func TestOverlappingTransactions(t *testing.T) {
	t.Parallel()
	d, w := logging(t)
	ids, err := d.Texts(t.Context(), "SELECT id FROM product ORDER BY id LIMIT 4")
	if err != nil {
		t.Fatal(err)
	}
	touch := func(tx db.DB, id string) {
		write(t, tx, "UPDATE product SET subtitle = coalesce(subtitle, '') || '!' WHERE id = ?", id)
	}
	_, err = db.InTx(t.Context(), d, func(open db.DB) (int, error) {
		touch(open, ids[0])
		w.expect("while it is open")
		touch(d, ids[1])
		w.expect("what committed later", ids[1])
		w.alike()
		_, _ = db.InTx(t.Context(), d, func(tx db.DB) (int, error) {
			touch(tx, ids[2])
			return 0, errors.New("roll it back")
		})
		w.expect("what was rolled back")
		touch(open, ids[3])
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.expect("what committed last", ids[0], ids[3])
	w.expect("nothing more")
}

// alike proves that somebody who begins now is not told of what was told before, and is as far.
func (w *witness) alike() {
	w.t.Helper()
	other := &witness{t: w.t, d: w.d}
	other.begin()
	if c := other.changes(); !c.None() {
		w.t.Errorf("somebody new is told %+v", c)
	}
	if other.at.Last() != w.at.Last() {
		w.t.Errorf("the youngest change is %s for who saw the same, not %s", other.at.Last(), w.at.Last())
	}
}

// TestManyWriters has transactions overlap at random, and tells every change of those that committed, once.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	d, w := logging(t)
	const writers, rounds = 3, 40
	write(t, d, "INSERT INTO product_type (id, value) VALUES ('ptyp_x', 'x'); INSERT INTO product (id, title, handle) SELECT 'prod_' || i, i, 'many-' || i FROM generate_series(1, 120) i")
	w.changes()
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			for r := range rounds {
				id := fmt.Sprintf("prod_%d", 1+n*rounds+r)
				_, _ = db.InTx(t.Context(), d, func(tx db.DB) (int, error) {
					if _, err := tx.Exec(t.Context(), "UPDATE product SET title = title || '!' WHERE id = ?", id); err != nil {
						t.Error(err)
					}
					if r%3 == 0 {
						return 0, errors.New("roll it back")
					}
					return 0, nil
				})
			}
		})
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	seen := map[string]int{}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for _, id := range w.changes().Products {
			seen[id]++
		}
	}
	for i := range writers * rounds {
		id, want := fmt.Sprintf("prod_%d", i+1), 1
		if i%rounds%3 == 0 {
			want = 0
		}
		if seen[id] != want {
			t.Errorf("%s was told %d times, want %d", id, seen[id], want)
		}
	}
}

// TestLargeStatements tells the products of a statement of 1,000 rows one by one, and of more that everything changed.
func TestLargeStatements(t *testing.T) {
	t.Parallel()
	d, w := logging(t)
	write(t, d, "INSERT INTO product (id, title, handle) SELECT 'prod_' || i, i, 'many-' || i FROM generate_series(1, 1000) i")
	if c := w.changes(); len(c.Products) != 1000 || c.Everything {
		t.Errorf("1,000 rows: %d products, everything %t", len(c.Products), c.Everything)
	}
	write(t, d, "UPDATE product SET title = title, handle = handle")
	w.expect("what changes nothing")
	write(t, d, "UPDATE product SET title = title || '!'")
	if c := w.changes(); !c.Everything || len(c.Products) > 0 {
		t.Errorf("more rows: %d products, everything %t", len(c.Products), c.Everything)
	}
	w.expect("nothing more")
	for _, table := range db.LoggedTables() {
		if table == "translation" {
			continue
		}
		write(t, d, "TRUNCATE "+table+" CASCADE")
		if c := w.changes(); !c.Everything {
			t.Errorf("TRUNCATE %s: %+v, want everything", table, c)
		}
	}
}

// TestUnknownChanges are asked for from positions of which the log does not know.
func TestUnknownChanges(t *testing.T) {
	t.Parallel()
	d, w := logging(t)
	_, other := logging(t)
	everything := func(what string, d db.DB, at db.Position, installed bool) {
		t.Helper()
		c, err := d.ChangesSince(t.Context(), at)
		if err != nil || !c.Everything || c.Installed != installed {
			t.Errorf("%s: %+v, %v, want everything, installed %t", what, c, err, installed)
		}
		if again, err := d.ChangesSince(t.Context(), c.Position); err != nil || again.Everything == installed {
			t.Errorf("%s, then: %+v, %v", what, again, err)
		}
	}
	everything("the first time", d, db.Position{}, true)
	everything("from another database", d, other.at, true)
	everything("from the future", d, w.at.Ahead(), true)
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	everything("installed again", d, w.at, true)
	w.begin()
	write(t, d, "UPDATE product SET subtitle = 'x'; UPDATE inventory_level SET stocked_quantity = 1; UPDATE storegraph.change SET created_at = created_at - interval '2 hours'")
	write(t, d, "UPDATE product SET subtitle = 'y'")
	for left := ""; left != "1"; { // while transactions of other tests run, what is young for them stays
		if err := d.PruneChanges(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		left = texts(t, d, "SELECT count(*)::text FROM storegraph.change")[0]
	}
	everything("from before what was removed", d, w.at, true)
	if err := db.RemoveTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	everything("removed", d, w.at, false)
	left, err := d.Texts(t.Context(), "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'storegraph%' UNION ALL SELECT proname::text FROM pg_proc WHERE proname LIKE 'change_of%'")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestVersion changes with every change but those of stock.
func TestVersion(t *testing.T) {
	t.Parallel()
	d, w := logging(t)
	write(t, d, "INSERT INTO storegraph.change (xid, entity) VALUES ('9', 'type')") // older than the others, though not as a text
	seen := map[string]bool{}
	for range 3 {
		write(t, d, "UPDATE price SET amount = amount + 1 WHERE id = (SELECT min(id) FROM price)")
		w.changes()
		if seen[w.at.Version()] {
			t.Error("a change kept the version")
		}
		seen[w.at.Version()] = true
		last := w.at.Last()
		write(t, d, "UPDATE inventory_level SET reserved_quantity = reserved_quantity + 1")
		if c := w.changes(); len(c.Stock) == 0 || last != w.at.Last() {
			t.Errorf("stock changed of %v, and the youngest change from %s to %s", c.Stock, last, w.at.Last())
		}
		w.alike()
	}
	same := db.PositionAt("104:105:", "104").Version()
	for snapshot, want := range map[string]bool{"104:105:": true, "105:120:115": true, "110:110:": true, "99:120:99,115": false, "103:104:103": false} {
		if got := db.PositionAt(snapshot, "104").Version() == same; got != want {
			t.Errorf("the same version at %s: %t, want %t", snapshot, got, want)
		}
	}
	if db.PositionAt("110:110:", "105").Version() == same {
		t.Error("another change has the same version")
	}
}

// TestWritersNeedNoRights is of Medusa's role, which may know nothing of the schema storegraph.
func TestWritersNeedNoRights(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	tx, err := connect(t, url).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "CREATE ROLE storegraph_writes; GRANT ALL ON ALL TABLES IN SCHEMA public TO storegraph_writes; SET LOCAL ROLE storegraph_writes; UPDATE product SET subtitle = 'x'"); err != nil {
		t.Error(err)
	}
}

// TestStockWakesNobody also proves that other changes do.
func TestStockWakesNobody(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	for _, sql := range []string{
		"LISTEN storegraph_change", "UPDATE inventory_level SET stocked_quantity = stocked_quantity + 1", further, "NOTIFY storegraph_change, 'stock'", "UPDATE product SET subtitle = 'x'",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"stock", ""} {
		if n, err := conn.WaitForNotification(t.Context()); err != nil || n.Payload != want {
			t.Errorf("%+v, %v, want a notification %q", n, err, want)
		}
	}
}

// TestFollowChanges sees a change, and one more when the connection on which it is woken has been killed; without one it sees it too.
func TestFollowChanges(t *testing.T) {
	t.Parallel()
	for name, pooler := range map[string]bool{"woken": false, "behind a pooler": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.ShopURL(t)
			d := dbtest.Open(t, url, db.Options{Pooler: pooler})
			if err := db.InstallTriggers(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			w := &witness{t: t, d: d}
			w.begin()
			ctx, cancel := context.WithCancel(t.Context())
			seen, ended := make(chan string, 100), make(chan struct{})
			go func() {
				defer close(ended)
				d.FollowChanges(ctx, func() {
					c, err := d.ChangesSince(ctx, w.at)
					if err != nil {
						return
					}
					w.at = c.Position
					for _, id := range c.Products {
						seen <- id
					}
				})
			}()
			writer := dbtest.Open(t, url, db.Options{})
			for i := range 3 {
				id := fmt.Sprintf("prod_x%d", i)
				write(t, writer, "INSERT INTO product (id, title, handle) VALUES (?, 'x', ?)", id, id)
				if got := <-seen; got != id {
					t.Errorf("told %s, want %s", got, id)
				}
				write(t, writer, "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'; END $$")
			}
			cancel()
			<-ended
		})
	}
}

// TestCheckTriggers tells which tables lack triggers.
func TestCheckTriggers(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	noted := func(want string) {
		t.Helper()
		r := report(t, d, "")
		if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
	noted("catalogue triggers: not installed")
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	noted("catalogue triggers: installed on 40 tables")
	write(t, d, further)
	noted("catalogue triggers: missing or old on translation: run storegraph migrate --catalogue-triggers")
	write(t, d, "DROP TRIGGER storegraph_change_update ON price; ALTER TABLE image DISABLE TRIGGER storegraph_change_delete")
	write(t, d, "CREATE OR REPLACE FUNCTION storegraph.change_of_region() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
	noted("missing or old on image, price, region, translation:")
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	noted("catalogue triggers: installed on 41 tables")
}

// BenchmarkLoggedWrite is what the triggers cost a write.
func BenchmarkLoggedWrite(b *testing.B) {
	for _, with := range []bool{false, true} {
		d := dbtest.Shop(b)
		if _, err := d.Exec(b.Context(), "INSERT INTO price_set (id) SELECT 'pset_x' || i FROM generate_series(1, 1000) i; INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount) SELECT 'price_x' || i, 'pset_x' || i, 'eur', 1, '{}' FROM generate_series(1, 1000) i; ANALYZE"); err != nil {
			b.Fatal(err)
		}
		if with {
			if err := db.InstallTriggers(b.Context(), d); err != nil {
				b.Fatal(err)
			}
		}
		for name, sql := range map[string]string{
			"one price":       "UPDATE price SET amount = amount + 1 WHERE id = 'price_x7'",
			"1000 prices":     "UPDATE price SET amount = amount + 1 WHERE id LIKE 'price_x%'",
			"inventory level": "UPDATE inventory_level SET reserved_quantity = reserved_quantity + 1 WHERE id = (SELECT min(id) FROM inventory_level)",
		} {
			b.Run(fmt.Sprintf("%s/triggers %t", name, with), func(b *testing.B) {
				for b.Loop() {
					if _, err := d.Exec(b.Context(), sql); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
