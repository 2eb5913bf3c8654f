package seed_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// empty is a database without products, whose statements may take their time on a busy machine.
func empty(t *testing.T) db.DB {
	t.Helper()
	return dbtest.Open(t, dbtest.URL(t), db.Options{StatementTimeout: 5 * time.Minute})
}

// seeded is the demo shop.
func seeded(t *testing.T) (db.DB, seed.Result) {
	t.Helper()
	d := empty(t)
	r, err := seed.Run(t.Context(), d, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d, r
}

// tables counts the rows of every table.
func tables(t *testing.T, d db.DB) string {
	t.Helper()
	rows, err := d.Texts(t.Context(), `SELECT table_name || ' ' || (xpath('//n/text()',
		query_to_xml('SELECT count(*) AS n, max(updated_at) FROM ' || quote_ident(table_name), false, true, '')))[1]
		FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'updated_at' ORDER BY table_name`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, "\n")
}

func TestRunOnce(t *testing.T) {
	t.Parallel()
	d, first := seeded(t)
	if !first.Created || first.Products < 40 || !strings.HasPrefix(first.PublishableKey, "pk_") {
		t.Errorf("Run = %+v, want at least 40 new products and a key", first)
	}
	if n, err := d.AnalyzeNew(t.Context()); err != nil || n != 0 {
		t.Errorf("PostgreSQL knows nothing of %d tables (%v), want all known", n, err)
	}
	before := tables(t, d)
	second, err := seed.Run(t.Context(), d, seed.Options{})
	if err != nil || second.Created || second.PublishableKey != first.PublishableKey || second.Products != first.Products {
		t.Errorf("second Run = %+v, %v, want what the first made", second, err)
	}
	if after := tables(t, d); after != before {
		t.Errorf("the second Run changed the database: %s\nwas %s", after, before)
	}
}

func TestRunRefusesOtherProducts(t *testing.T) {
	t.Parallel()
	d := empty(t)
	now := model.Time{Time: time.Now()}
	other := []model.Product{{ID: "prod_other", Title: "Other", Handle: "other", Status: model.ProductStatusPublished, CreatedAt: now, UpdatedAt: now}}
	if err := db.Insert(t.Context(), d, "product", &other); err != nil {
		t.Fatal(err)
	}
	before := tables(t, d)
	if _, err := seed.Run(t.Context(), d, seed.Options{}); !errors.Is(err, model.Conflict) {
		t.Errorf("Run = %v, want a conflict", err)
	}
	if after := tables(t, d); after != before {
		t.Errorf("a refused Run wrote: %s\nwas %s", after, before)
	}
	if _, err := seed.Run(t.Context(), d, seed.Options{Beside: true}); err != nil {
		t.Errorf("Run beside them: %v", err)
	}
}

// The reference creates an empty store when it starts on a database that has none.
func TestRunAdoptsEmptyStore(t *testing.T) {
	t.Parallel()
	d := empty(t)
	for _, sql := range []string{
		`INSERT INTO store (id, name) VALUES ('store_empty', 'Medusa Store')`,
		`INSERT INTO store_currency (id, currency_code, is_default, store_id) VALUES ('stocur_empty', 'eur', true, 'store_empty')`,
		`INSERT INTO price_preference (id, attribute, value, is_tax_inclusive) VALUES ('prpref_empty', 'currency_code', 'eur', false)`,
	} {
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := seed.Run(t.Context(), d, seed.Options{}); err != nil {
		t.Fatal(err)
	}
	got, err := d.Texts(t.Context(), `SELECT concat_ws(' ', s.id, s.name, count(c.*)) FROM store s JOIN store_currency c ON c.store_id = s.id GROUP BY s.id, s.name
		UNION ALL SELECT concat_ws(' ', id, is_tax_inclusive) FROM price_preference WHERE attribute = 'currency_code' AND value = 'eur'`)
	if want := "store_empty Tarnside 3,prpref_empty t"; err != nil || strings.Join(got, ",") != want {
		t.Errorf("store and preference = %v (%v), want %s", got, err, want)
	}
}

// Each query lists the rows for which what its name says is not true.
var laws = map[string]string{
	"a price has its raw twins": `SELECT id FROM price WHERE (raw_amount ->> 'value')::numeric IS DISTINCT FROM amount OR raw_amount ->> 'precision' <> '20'
		OR (raw_min_quantity ->> 'value')::numeric IS DISTINCT FROM min_quantity OR (raw_max_quantity ->> 'value')::numeric IS DISTINCT FROM max_quantity`,
	"rules are counted": `SELECT id FROM price WHERE rules_count <> (SELECT count(*) FROM price_rule r WHERE r.price_id = price.id)
		UNION ALL SELECT id FROM price_list WHERE rules_count <> (SELECT count(*) FROM price_list_rule r WHERE r.price_list_id = price_list.id)`,
	"a variant has a base price in each region's currency": `SELECT v.sku || ' ' || r.currency_code FROM product_variant v CROSS JOIN region r
		WHERE NOT EXISTS (SELECT FROM product_variant_price_set l JOIN price p ON p.price_set_id = l.price_set_id
			WHERE l.variant_id = v.id AND p.currency_code = r.currency_code AND p.price_list_id IS NULL AND p.rules_count = 0 AND p.min_quantity IS NULL)
		AND (v.sku <> 'KNIFE' OR r.currency_code = 'eur')`,
	"a managed variant has items": `SELECT sku FROM product_variant v WHERE manage_inventory
		IS DISTINCT FROM EXISTS (SELECT FROM product_variant_inventory_item l WHERE l.variant_id = v.id)`,
	"a level has its raw twins":            `SELECT id FROM inventory_level WHERE (raw_stocked_quantity ->> 'value')::numeric <> stocked_quantity OR raw_reserved_quantity ->> 'value' <> '0'`,
	"an item is stocked in both locations": `SELECT sku FROM inventory_item i WHERE (SELECT count(*) FROM inventory_level l WHERE l.inventory_item_id = i.id) <> 2`,
	"a path of categories ends in itself":  `SELECT handle FROM product_category c WHERE mpath <> coalesce((SELECT mpath || '.' FROM product_category p WHERE p.id = c.parent_category_id), '') || id`,
	"a product can be shipped":             `SELECT handle FROM product p WHERE NOT EXISTS (SELECT FROM product_shipping_profile l WHERE l.product_id = p.id)`,
	"a product has a picture of its own":   `SELECT handle FROM product p WHERE NOT EXISTS (SELECT FROM image i WHERE i.product_id = p.id AND i.url = p.thumbnail)`,
	"a variant has a value of each option": `SELECT v.sku FROM product_variant v WHERE (SELECT count(*) FROM product_variant_option o WHERE o.variant_id = v.id) <> (SELECT count(*) FROM product_product_option o WHERE o.product_id = v.product_id)`,
	"a shipping option has a price and two rules": `SELECT name FROM shipping_option o WHERE NOT EXISTS (SELECT FROM shipping_option_price_set l JOIN price p ON p.price_set_id = l.price_set_id WHERE l.shipping_option_id = o.id)
		OR (SELECT count(*) FROM shipping_option_rule r WHERE r.shipping_option_id = o.id) <> 2`,
	"nothing is of the future": `SELECT id FROM product WHERE created_at > now() UNION ALL SELECT id FROM price WHERE created_at > now()`,
	"a list has prices":        `SELECT title FROM price_list l WHERE (SELECT count(*) FROM price p WHERE p.price_list_id = l.id) < 12`,
}

// shown are laws of the demo shop alone: generated products leave some categories empty.
var shown = map[string]string{
	"a leaf of the categories holds a product": `SELECT handle FROM product_category c WHERE NOT EXISTS (SELECT FROM product_category p WHERE p.parent_category_id = c.id)
		AND NOT EXISTS (SELECT FROM product_category_product l JOIN product p ON p.id = l.product_id AND p.status = 'published' WHERE l.product_category_id = c.id)`,
	"what groups products has some": `SELECT handle FROM product_collection c WHERE NOT EXISTS (SELECT FROM product p WHERE p.collection_id = c.id)
		UNION ALL SELECT value FROM product_type k WHERE NOT EXISTS (SELECT FROM product p WHERE p.type_id = k.id)
		UNION ALL SELECT value FROM product_tag g WHERE NOT EXISTS (SELECT FROM product_tags l WHERE l.product_tag_id = g.id)`,
	"a price of a sale is lower": `SELECT p.id FROM price p JOIN price_list l ON l.id = p.price_list_id AND l.type = 'sale' AND l.status = 'active' JOIN price b ON b.price_set_id = p.price_set_id
		AND b.currency_code = p.currency_code AND b.price_list_id IS NULL AND b.rules_count = 0 AND b.min_quantity IS NULL WHERE p.rules_count = 0 AND p.amount >= b.amount`,
	"an active sale has prices in each currency": `SELECT c.currency_code FROM store_currency c WHERE NOT EXISTS (SELECT FROM price p JOIN price_list l ON l.id = p.price_list_id
		WHERE l.type = 'sale' AND l.status = 'active' AND p.currency_code = c.currency_code)`,
}

// lawful fails the test for each row that breaks a law.
func lawful(t *testing.T, d db.DB, laws map[string]string) {
	t.Helper()
	for name, sql := range laws {
		wrong, err := d.Texts(t.Context(), sql)
		if err != nil || len(wrong) > 0 {
			t.Errorf("%s: %d rows, such as %v, %v", name, len(wrong), wrong[:min(5, len(wrong))], err)
		}
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	lawful(t, d, laws)
	lawful(t, d, shown)
	for table, want := range map[string]string{
		"region": "3", "sales_channel": "2", "api_key": "2", "stock_location": "2", "product_collection": "5", "promotion": "6", "price_list": "2",
		"shipping_option": "10", "tax_region": "11", "product_category": "23", "return_reason": "8", "store": "1", "store_locale": "2", "product": "43",
	} {
		got, err := d.Texts(t.Context(), "SELECT count(*)::text FROM "+table)
		if err != nil || got[0] != want {
			t.Errorf("%s has %v rows (%v), want %s", table, got, err, want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	d, r := seeded(t)
	a := db.ProductArgs{}
	first := 100
	a.Page.First = &first
	want := db.Want{field.Nodes: {field.Variants: {field.CalculatedPrice: {}, field.InventoryQuantity: {}}, field.Images: {}}, field.TotalCount: {}}
	all, err := d.Products(t.Context(), &db.Viewer{Key: db.NewKey(r.PublishableKey), Prices: db.PriceContext{CurrencyCode: "eur"}}, a, want)
	if err != nil {
		t.Fatal(err)
	}
	if all.TotalCount != r.Products || len(all.Nodes) != r.Products {
		t.Errorf("Products = %d of %d, want %d", len(all.Nodes), all.TotalCount, r.Products)
	}
	stock := map[string]*int{}
	prices := map[string]*model.CalculatedPrice{}
	for _, p := range all.Nodes {
		for _, v := range p.Variants {
			stock[*v.Sku], prices[*v.Sku] = v.InventoryQuantity, v.CalculatedPrice
			if v.CalculatedPrice == nil || v.CalculatedPrice.CalculatedAmount == nil {
				t.Errorf("%s has no price", *v.Sku)
			}
		}
		for _, i := range p.Images {
			picture(t, "http://localhost:9000", i.URL)
		}
	}
	for sku, want := range map[string]int{"SOCK-36-39-MOSS": 700, "HUSH-L-MOSS": 0, "TITAN": 0, "LEE2-RUST": 2, "FIRSTNIGHT": 6} {
		if got := stock[sku]; got == nil || *got != want {
			t.Errorf("stock of %s = %v, want %d", sku, got, want)
		}
	}
	if got := stock["SOAP"]; got != nil {
		t.Errorf("stock of the unmanaged SOAP = %d, want none", *got)
	}
	if p := prices["CAIRN-M-SAND"]; p != nil && (p.CalculatedAmount.String() != "119" || p.OriginalAmount.String() != "149") {
		t.Errorf("CAIRN-M-SAND costs %s instead of %s, want 119 instead of 149", p.CalculatedAmount, p.OriginalAmount)
	}
}

func TestStaticMissing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/static/", "/static/jacket-blue.svg", "/static/hat-ink.svg", "/static/jacket-ink.png", "/static/jacket-ink"} {
		w := httptest.NewRecorder()
		seed.Static().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, w.Code)
		}
	}
}
