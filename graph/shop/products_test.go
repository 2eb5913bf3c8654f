package shop_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/model/productfile"
)

// The files are what Medusa 2.21.2's admin exported from the recorded shop; one with a new product, which it imported; and the rows that it
// wrote then.
const (
	medusaFile    = "testdata/medusa_products.csv"
	newProduct    = "testdata/new_product.csv"
	newProductRow = "testdata/medusa_new_product.txt"
)

// A merchant has a shop on a database, as the command line does.
type merchant struct {
	*shop.Shop
	t *testing.T
}

func newMerchant(t *testing.T) *merchant {
	t.Helper()
	d := dbtest.Shop(t)
	return &merchant{shop.New(shop.Config{DB: d, Now: time.Now}), t}
}

func (m *merchant) sql(text string) {
	m.t.Helper()
	if _, err := m.DB.Exec(m.t.Context(), text); err != nil {
		m.t.Fatal(err)
	}
}

func (m *merchant) rows(text string, args ...any) []string {
	m.t.Helper()
	rows, err := m.DB.Texts(m.t.Context(), text, args...)
	if err != nil {
		m.t.Fatal(err)
	}
	return rows
}

// imports imports a file, which must have no fault.
func (m *merchant) imports(file string, o shop.Import) shop.Imported {
	m.t.Helper()
	got, err := m.ImportProducts(m.t.Context(), strings.NewReader(file), o)
	if err != nil {
		m.t.Fatal(err)
	}
	return got
}

// exports returns a file of all products.
func (m *merchant) exports(o shop.Export) string {
	m.t.Helper()
	var b strings.Builder
	if _, err := m.ExportProducts(m.t.Context(), &b, o); err != nil {
		m.t.Fatal(err)
	}
	return b.String()
}

func (m *merchant) events() []string {
	return m.rows(`SELECT name || ' ' || (payload->>'id') FROM storegraph.outbox ORDER BY 1`)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// translations makes the table of the reference's translation feature.
const translations = `CREATE TABLE translation (id text PRIMARY KEY, reference_id text NOT NULL, reference text NOT NULL, locale_code text NOT NULL, translations jsonb NOT NULL,
translated_field_count int NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz)`

// noProducts removes all products, and what belongs to them, but not what they are grouped by.
const noProducts = `TRUNCATE product, product_variant, product_option, image, inventory_item, price_set, product_sales_channel, product_shipping_profile,
product_variant_price_set, product_variant_inventory_item CASCADE`

// TestImportExport holds that what Medusa exported of a shop, and what this exports, is in that shop already: an import changes nothing, and
// tells nothing. And in a shop without products, an export becomes the same products.
func TestImportExport(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	m.sql(translations)
	m.sql(`INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'trans_1', id, 'product', 'de-DE', '{"title": "Becher"}' FROM product WHERE handle = 'stone-mug'`)
	full := m.exports(shop.Export{Full: true})
	for name, x := range map[string]struct {
		file           string
		rows, products int
	}{
		"Medusa's":   {read(t, medusaFile), 87, 49},
		"importable": {m.exports(shop.Export{}), 86, 48},
		"full":       {full, 87, 49},
		"again":      {m.exports(shop.Export{WithoutIDs: true}), 86, 48},
	} {
		if got, want := m.imports(x.file, shop.Import{}), (shop.Imported{Rows: x.rows, Equal: x.products}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if events := m.events(); len(events) > 0 {
		t.Errorf("files that change nothing caused %v", events)
	}
	m.sql(noProducts)
	m.sql(`DELETE FROM translation`)
	if got, want := m.imports(full, shop.Import{}), (shop.Imported{Rows: 87, Created: 49, NewVariants: 86}); got != want {
		t.Errorf("into a shop without products: %+v, want %+v", got, want)
	}
	if again := m.exports(shop.Export{Full: true}); again != full {
		a, b := strings.Split(full, "\n"), strings.Split(again, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("exported again, line %d is\n%s\nwant\n%s", i+1, b[i], a[i])
			}
		}
		t.Fatalf("exported again it has %d lines, want %d", len(b), len(a))
	}
	if n := len(m.events()); n != 49+86 {
		t.Errorf("%d events, want one of each product and variant", n)
	}
}

var (
	generatedID = regexp.MustCompile(`\b(prod|variant|img|opt|optval|prodopt|prodoptval|prodsc|prodsp|iitem|pvitem|pset|price|pvps)_[0-9A-Z]{26}`)
	stamp       = regexp.MustCompile(`"20\d\d-\d\d-\d\dT[^"]*"`)
)

// comparable are rows without generated ids and times, in order.
func plain(rows []string) []string {
	var out []string
	for _, r := range rows {
		if r != "" {
			out = append(out, stamp.ReplaceAllString(generatedID.ReplaceAllString(r, "$1"), "then"))
		}
	}
	slices.Sort(out)
	return out
}

// importTables are the tables that an import writes to.
var importTables = strings.Fields(`product product_variant product_option product_option_value product_product_option product_product_option_value product_variant_option
image product_category_product product_tags product_sales_channel product_shipping_profile price_set product_variant_price_set price inventory_item product_variant_inventory_item`)

// TestImportWritesAsMedusa holds that a new product gets the rows that the reference's importer wrote for the same file.
func TestImportWritesAsMedusa(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	all := func() []string {
		var out []string
		for _, table := range importTables {
			out = append(out, m.rows(`SELECT '`+table+` ' || row_to_json(x)::text FROM `+table+` x`)...)
		}
		return out
	}
	before := map[string]bool{}
	for _, r := range all() {
		before[r] = true
	}
	m.imports(read(t, newProduct), shop.Import{})
	got := plain(slices.DeleteFunc(all(), func(r string) bool { return before[r] }))
	want := plain(strings.Split(read(t, newProductRow), "\n"))
	if !slices.Equal(got, want) {
		t.Errorf("rows:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestImportChanges holds that a row which changes something changes that and nothing else, and tells it.
func TestImportChanges(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	m.sql(translations)
	mug := m.rows(`SELECT id FROM product WHERE handle = 'stone-mug'`)[0]
	variants := m.rows(`SELECT id FROM product_variant WHERE product_id = $1 AND deleted_at IS NULL ORDER BY variant_rank, id`, mug)
	sku := m.rows(`SELECT sku FROM product_variant WHERE id = $1`, variants[0])[0]
	location := m.rows(`SELECT s.name FROM inventory_level l JOIN stock_location s ON s.id = l.location_id JOIN product_variant_inventory_item i ON i.inventory_item_id = l.inventory_item_id
WHERE i.variant_id = $1 ORDER BY 1 LIMIT 1`, variants[0])[0]
	prices := len(m.rows(`SELECT id FROM price`))
	file := "Product Handle,Variant Sku,Variant Price EUR,Variant Stock " + location + ",Product Title [de-DE]\nstone-mug," + sku + ",12.3456789,41,Becher\n"
	if got, want := m.imports(file, shop.Import{}), (shop.Imported{Rows: 1, Updated: 1, ChangedVariants: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	want := []string{"product-variant.updated " + variants[0], "product.updated " + mug}
	if got := m.events(); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	if got := m.imports(file, shop.Import{}); got.Equal != 1 || len(m.events()) != 2 {
		t.Errorf("again: %+v, and events %v", got, m.events())
	}
	for query, want := range map[string]string{
		`SELECT (p.raw_amount->>'value') || ' ' || p.amount FROM price p JOIN product_variant_price_set l USING (price_set_id) WHERE l.variant_id = '` + variants[0] + `'
AND p.currency_code = 'eur' AND p.rules_count = 0 AND p.price_list_id IS NULL AND p.min_quantity IS NULL`: "12.3456789 12.3456789",
		`SELECT l.stocked_quantity || ' ' || (l.raw_stocked_quantity->>'value') FROM inventory_level l JOIN stock_location s ON s.id = l.location_id
JOIN product_variant_inventory_item i ON i.inventory_item_id = l.inventory_item_id WHERE i.variant_id = '` + variants[0] + `' AND s.name = '` + location + `'`: "41 41",
		`SELECT translations->>'title' FROM translation WHERE reference_id = '` + mug + `' AND reference = 'product' AND locale_code = 'de-DE'`: "Becher",
	} {
		if got := m.rows(query); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if n := len(m.rows(`SELECT id FROM price`)); n != prices {
		t.Errorf("%d prices, had %d", n, prices)
	}
}

// TestImportLists holds that a list becomes what the file says, and that what was taken from it can come back.
func TestImportLists(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	channels := m.rows(`SELECT name FROM sales_channel WHERE deleted_at IS NULL ORDER BY name LIMIT 2`)
	of := func() []string {
		return m.rows(`SELECT c.name FROM product_sales_channel l JOIN sales_channel c ON c.id = l.sales_channel_id JOIN product p ON p.id = l.product_id
WHERE p.handle = 'stone-mug' AND l.deleted_at IS NULL ORDER BY 1`)
	}
	for _, want := range [][]string{channels[:1], channels[1:], channels[:1], channels} {
		m.imports("Product Handle,Product Sales Channel 1,Product Sales Channel 2\nstone-mug,"+strings.Join(want, ",")+"\n", shop.Import{})
		if got := of(); !slices.Equal(got, want) {
			t.Errorf("channels %v, want %v", got, want)
		}
	}
	got := m.imports("Product Handle;Product Tag 1;Product Category 1\nstone-mug;brand new;Brand New Things\n", shop.Import{Create: true})
	if got.Tags != 1 || got.Categories != 1 {
		t.Errorf("%+v, want a new tag and a new category", got)
	}
	if got := m.rows(`SELECT c.handle FROM product_category_product l JOIN product_category c ON c.id = l.product_category_id JOIN product p ON p.id = l.product_id WHERE p.handle = 'stone-mug'`); !slices.Equal(got, []string{"brand-new-things"}) {
		t.Errorf("categories %v", got)
	}
}

// TestImportFaults holds that all faults are found, each with its place, and that then nothing is changed.
func TestImportFaults(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	file := `Product Handle,Product Title,Product Status,Product Tag 1,Variant Sku,Variant Price EUR,Variant Price XTS,Variant Weight,Variant Option 1 Name,Variant Option 1 Value,Variant Manage Inventory,Variant Stock Nowhere,Product Title [de-DE]
fine,Fine,published,,F-1,1,,,Size,S,,,
bad,Bad,sold,no such tag,F-1,1,,,Size,S,,,
bad,Worse,sold,,F-3,-1,,heavy,Size,M,perhaps,,
new,,draft,,MUG-INK,,3,,Size,S,,4,Neu
,Nameless,,,F-4,,,,,,,,
`
	before := m.exports(shop.Export{Full: true})
	_, err := m.ImportProducts(t.Context(), strings.NewReader(file), shop.Import{})
	faults, ok := errors.AsType[*productfile.Faults](err)
	if !ok {
		t.Fatalf("%v, want faults", err)
	}
	var got []string
	for _, f := range faults.All {
		got = append(got, f.String())
	}
	slices.Sort(got)
	want := strings.Split(strings.TrimSpace(read(t, "testdata/faults.txt")), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("faults:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if m.exports(shop.Export{Full: true}) != before || len(m.events()) > 0 {
		t.Error("a file with faults has changed something")
	}
	_, err = m.ImportProducts(t.Context(), strings.NewReader(file), shop.Import{Faults: 2})
	if faults, ok = errors.AsType[*productfile.Faults](err); !ok || len(faults.All) != 2 || faults.More != len(want)-2 {
		t.Errorf("%v, want two faults and how many more there are", err)
	}
	if got := m.imports("Product Handle,Product Title\nstone-mug,Another\n", shop.Import{Dry: true}); got.Updated != 1 || len(m.events()) > 0 {
		t.Errorf("a dry run: %+v, and events %v", got, m.events())
	}
}

// TestImportIsOneTransaction holds that an import which fails in its last part has changed nothing.
func TestImportIsOneTransaction(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	var b strings.Builder
	b.WriteString("Product Handle,Product Title,Product Origin Country\n")
	for i := range 1200 {
		b.WriteString("many-" + strings.Repeat("x", i%7) + time.Duration(i).String() + ",Many,\n")
	}
	m.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`)
	m.sql(`CREATE TRIGGER refuse BEFORE INSERT ON product FOR EACH ROW WHEN (NEW.origin_country = 'xx') EXECUTE FUNCTION refuse()`)
	if _, err := m.ImportProducts(t.Context(), strings.NewReader(b.String()+"last,Last,xx\n"), shop.Import{}); err == nil {
		t.Fatal("the last product was not refused")
	}
	if n := m.rows(`SELECT id FROM product WHERE title = 'Many'`); len(n) > 0 || len(m.events()) > 0 {
		t.Errorf("%d products of an import that failed", len(n))
	}
	if got := m.imports(b.String(), shop.Import{}); got.Created != 1200 {
		t.Errorf("%+v, want 1200 products", got)
	}
}

// TestImportScattered holds that rows of a product may be anywhere in a file, and that what they say differently is a fault with its place.
func TestImportScattered(t *testing.T) {
	t.Parallel()
	m := newMerchant(t)
	const head = "Product Handle,Product Id,Product Title,Variant Sku,Variant Option 1 Name,Variant Option 1 Value,Variant Price EUR\n"
	got := m.imports(head+"a,,A,A-1,Size,1,1\nb,,B,B-1,Size,1,1\na,,,A-2,Size,2,1\nb,prod_far,,B-2,Size,2,1\nc,,C,C-1,Size,1,1\n,prod_far,,B-3,Size,3,1\na,,A,A-3,Size,3,1\n", shop.Import{})
	if want := (shop.Imported{Rows: 7, Created: 3, NewVariants: 7}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	want := []string{"a A-1 A-2 A-3", "b B-1 B-2 B-3", "c C-1"}
	if got := m.rows(`SELECT p.handle || ' ' || string_agg(v.sku, ' ' ORDER BY v.sku) FROM product p JOIN product_variant v ON v.product_id = p.id WHERE p.handle IN ('a', 'b', 'c') GROUP BY p.handle ORDER BY 1`); !slices.Equal(got, want) {
		t.Errorf("products %q, want %q", got, want)
	}
	_, err := m.ImportProducts(t.Context(), strings.NewReader(head+"d,,D,D-1,Size,1,1\ne,,E,E-1,Size,1,1\nd,,Dee,D-2,Size,2,1\ne,,E,D-1,Size,2,1\n"), shop.Import{})
	for _, text := range []string{"line 4, column 3 (Product Title): line 2 says something else", "line 5, column 4 (Variant Sku): line 2 has the same"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q in it", err, text)
		}
	}
	if got := m.exports(shop.Export{}); !strings.Contains(got, "A-3") || strings.Contains(got, "D-1") {
		t.Error("a file with faults has been imported in part")
	}
	_, err = m.ImportProducts(t.Context(), &changing{strings.NewReader(head + "d,,D,D-1,Size,1,1\n"), strings.NewReader(head + "d,,D,D-1,Size,1,2\n")}, shop.Import{})
	if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("%v, want that the file was changed", err)
	}
}

// A changing file has something else when it is read again.
type changing struct {
	*strings.Reader
	then *strings.Reader
}

func (c *changing) Seek(int64, int) (int64, error) {
	c.Reader = c.then
	return 0, nil
}

// TestImportIsBounded holds that no more products are kept than are written at once, however many a file has.
func TestImportIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Product Handle,Product Title\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "p-%d,P\n", i)
	}
	faults := &productfile.Faults{Most: 10}
	f, err := productfile.Scan(strings.NewReader(b.String()), faults)
	if err != nil || f.Products != 5000 {
		t.Fatalf("%d products, %v", f.Products, err)
	}
	most, all := 0, 0
	err = f.Each(strings.NewReader(b.String()), faults, 500, func(some []*productfile.Product) error {
		most, all = max(most, len(some)), all+len(some)
		return nil
	})
	if err != nil || faults.Any() || most != 500 || all != 5000 {
		t.Errorf("%d products of %d at once, %v, %v", most, all, err, faults.All)
	}
}
