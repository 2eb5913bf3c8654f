package graph_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/graph"
)

// variety makes the generated products differ in what the index must tell apart.
const variety = `
UPDATE product SET collection_id = NULL WHERE abs(hashtext(id)) % 7 = 0;
UPDATE product SET type_id = NULL WHERE abs(hashtext(id)) % 11 = 0;
UPDATE product SET title = 'the ' || lower(title) WHERE abs(hashtext(id)) % 5 = 0;
UPDATE product SET title = 'Same' WHERE abs(hashtext(id)) % 13 = 0;
UPDATE product SET created_at = '2026-01-01T00:00:00.123456Z' WHERE abs(hashtext(id)) % 9 = 0;
UPDATE product SET status = 'draft' WHERE abs(hashtext(id)) % 17 = 0;
UPDATE product SET deleted_at = now() WHERE abs(hashtext(id)) % 19 = 0;
UPDATE product SET is_giftcard = true WHERE abs(hashtext(id)) % 23 = 0;
UPDATE price SET amount = amount + 0.005 WHERE abs(hashtext(id)) % 29 = 0;
UPDATE price SET min_quantity = 2 WHERE abs(hashtext(id)) % 31 = 0;
UPDATE price SET deleted_at = now() WHERE abs(hashtext(price_set_id)) % 8 = 0;
UPDATE inventory_level SET stocked_quantity = 0 WHERE abs(hashtext(inventory_item_id)) % 2 = 0;
UPDATE product_tag SET deleted_at = now() WHERE id = (SELECT min(product_tag_id) FROM product_tags);
UPDATE product_category SET is_internal = true WHERE id = (SELECT min(product_category_id) FROM product_category_product);
UPDATE product_category SET is_active = false WHERE id = (SELECT max(product_category_id) FROM product_category_product);
INSERT INTO price_list (id, title, description, status, type, rules_count, starts_at, ends_at) VALUES
 ('plist_x1', 'x', 'x', 'active', 'sale', 0, NULL, NULL), ('plist_x2', 'x', 'x', 'active', 'override', 1, now() - interval '1 day', now() + interval '1 day'),
 ('plist_x3', 'x', 'x', 'active', 'override', 0, now() + interval '1 day', NULL), ('plist_x4', 'x', 'x', 'draft', 'sale', 0, NULL, NULL);
INSERT INTO price_list_rule (id, price_list_id, attribute, value) SELECT 'plrule_x', 'plist_x2', 'region_id', jsonb_build_array(id) FROM region ORDER BY id LIMIT 1;
INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count, price_list_id)
 SELECT 'price_x' || n || p.id, price_set_id, currency_code, amount * (0.5 + n * 0.2), '{"value": "1"}', 0, 'plist_x' || n FROM price p, generate_series(1, 4) n
 WHERE p.price_list_id IS NULL AND p.deleted_at IS NULL AND abs(hashtext(p.price_set_id)) % 6 = n;
INSERT INTO storegraph.product_sales (product_id, sales_channel_id, units)
 SELECT DISTINCT product_id, sales_channel_id, abs(hashtext(product_id)) % 4 FROM product_sales_channel WHERE abs(hashtext(product_id)) % 3 > 0;
ANALYZE;
`

// indexedShop returns two servers of one shop of generated products: one answers lists from the index, the other from the database. The
// statements of the first are counted, if that is not nil.
func indexedShop(t *testing.T, products int, count *dbtest.Counter) (indexed, plain *graph.Server, d db.DB) {
	t.Helper()
	url := dbtest.ShopURL(t)
	o := db.Options{}
	if count != nil {
		o.Tracer = count
	}
	d = dbtest.Open(t, url, o)
	if _, err := seed.Fill(t.Context(), d, seed.Size{Products: products, Seed: 12}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(t.Context(), variety); err != nil {
		t.Fatal(err)
	}
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	dbtest.KeepIndex(t, d)
	var servers [2]*graph.Server
	for i, d := range []db.DB{d, dbtest.Open(t, url, db.Options{})} {
		g, err := graph.New(graph.Config{DB: d})
		if err != nil {
			t.Fatal(err)
		}
		servers[i] = g
	}
	return servers[0], servers[1], d
}

// A guesser makes random lists of products. What it filters by exists, mostly.
type guesser struct {
	*rand.Rand

	ids map[string][]string
}

func newGuesser(t *testing.T, d db.DB) *guesser {
	t.Helper()
	g := &guesser{rand.New(rand.NewPCG(1, 2)), map[string][]string{}}
	for name, sql := range map[string]string{
		"id":           "SELECT id FROM product ORDER BY id",
		"collectionId": "SELECT id FROM product_collection ORDER BY id",
		"typeId":       "SELECT id FROM product_type ORDER BY id",
		"tagId":        "SELECT id FROM product_tag ORDER BY id",
		"categoryId":   "SELECT id FROM product_category ORDER BY id",
		"option":       "SELECT DISTINCT o.title || chr(9) || v.value FROM product_option o JOIN product_option_value v ON v.option_id = o.id ORDER BY 1",
		"created":      "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM product ORDER BY id",
		"title":        "SELECT title FROM product ORDER BY id",
		"region":       "SELECT id FROM region ORDER BY id",
	} {
		rows, err := d.Texts(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		g.ids[name] = rows
	}
	return g
}

func (g *guesser) one(of string) string {
	if g.IntN(20) == 0 {
		return "unknown"
	}
	return g.ids[of][g.IntN(len(g.ids[of]))]
}

func (g *guesser) some(of string) []string {
	var out []string
	for range g.IntN(4) {
		out = append(out, g.one(of))
	}
	return append([]string{}, out...)
}

// idFilter returns a random comparison of ids.
func (g *guesser) idFilter(of string) map[string]any {
	out := map[string]any{}
	for range 1 + g.IntN(2) {
		switch g.IntN(6) {
		case 0, 1:
			out["eq"] = g.one(of)
		case 2:
			out["in"] = g.some(of)
		case 3:
			out["ne"] = g.one(of)
		case 4:
			out["nin"] = g.some(of)
		default:
			out["isNull"] = g.IntN(2) == 0
		}
	}
	return out
}

// filter returns a random filter.
func (g *guesser) filter(depth int) map[string]any {
	f := map[string]any{}
	for range 1 + g.IntN(2) {
		switch g.IntN(13) {
		case 0:
			f["id"] = g.idFilter("id")
		case 1, 2, 3, 4:
			of := []string{"collectionId", "typeId", "tagId", "categoryId"}[g.IntN(4)]
			f[of] = g.idFilter(of)
		case 5:
			f["isGiftcard"] = g.IntN(2) == 0
		case 6:
			f["createdAt"] = map[string]any{[]string{"eq", "ne", "gt", "gte", "lt", "lte"}[g.IntN(6)]: g.one("created")}
			if f["createdAt"].(map[string]any)["eq"] == "unknown" || len(fmt.Sprint(f["createdAt"])) < 20 {
				delete(f, "createdAt")
			}
		case 7:
			f["inStock"] = g.IntN(2) == 0
		case 8, 9:
			low := g.IntN(80)
			f["price"] = map[string]any{[]string{"gte", "gt"}[g.IntN(2)]: fmt.Sprint(low), []string{"lte", "lt"}[g.IntN(2)]: fmt.Sprintf("%d.005", low+g.IntN(50))}
		case 10:
			f["options"] = g.options()
		case 11:
			f["q"] = []string{"a", "shirt", "same", "0"}[g.IntN(4)]
		default:
			f["title"] = map[string]any{[]string{"eq", "gt", "lt", "ilike"}[g.IntN(4)]: g.one("title")}
		}
	}
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			f["and"] = []any{g.filter(depth - 1), g.filter(depth - 1)}
		case 1, 2:
			f["or"] = []any{g.filter(depth - 1), g.filter(depth - 1)}
		case 3:
			f["not"] = g.filter(depth - 1)
		}
	}
	return f
}

// options returns a random filter by option values.
func (g *guesser) options() []any {
	var out []any
	for range 1 + g.IntN(2) {
		name, value, _ := strings.Cut(g.ids["option"][g.IntN(len(g.ids["option"]))], "\t")
		switch g.IntN(4) {
		case 0:
			out = append(out, map[string]any{"value": value})
		case 1:
			out = append(out, map[string]any{"title": name})
		default:
			_, other, _ := strings.Cut(g.ids["option"][g.IntN(len(g.ids["option"]))], "\t")
			out = append(out, map[string]any{"title": name, "values": []string{value, other}})
		}
	}
	return out
}

// A listed is what a client reads of a list.
type listed struct {
	Products struct {
		TotalCount int
		Edges      []struct {
			Cursor string
			Node   struct{ ID string }
		}
		PageInfo struct{ HasNextPage, HasPreviousPage bool }
		Facets   json.RawMessage
	}
}

func (l listed) ids() []string {
	var out []string
	for _, e := range l.Products.Edges {
		out = append(out, e.Node.ID)
	}
	return out
}

const listText = `query($facets: Boolean!, $filter: ProductFilter, $sort: ProductSort, $first: Int, $last: Int, $after: String, $before: String, $offset: Int, $region: ID) @inContext(region: $region) {
  products(filter: $filter, sort: $sort, first: $first, last: $last, after: $after, before: $before, offset: $offset) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage } ... @include(if: $facets) { ` + facetFields + ` } } }`

func askList(t *testing.T, g *graph.Server, variables map[string]any) (out listed) {
	t.Helper()
	_, body := askJSON(t, g, listText, variables, dbtest.Handles(t)["pk_web"])
	a := struct {
		Data   *listed
		Errors []any
	}{Data: &out}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Errors) > 0 {
		t.Fatalf("%v: %.500s (%v)", variables, body, err)
	}
	return out
}

// TestIndexAgrees asks random lists of the index and of the database: they give the same products in the same order, the same counts and the
// same facets, and the cursors of each are the other's.
func TestIndexAgrees(t *testing.T) {
	t.Parallel()
	indexed, plain, d := indexedShop(t, 120, nil)
	g := newGuesser(t, d)
	found := 0
	for i := range 250 {
		variables := map[string]any{"facets": i%5 == 0, "first": 1 + g.IntN(12), "region": g.ids["region"][g.IntN(len(g.ids["region"]))]}
		if i > 0 {
			variables["filter"] = g.filter(2)
		}
		if key := []string{"", "TITLE", "PRICE", "CREATED_AT", "BEST_SELLING"}[g.IntN(5)]; key != "" {
			variables["sort"] = map[string]any{"key": key, "direction": []string{"ASC", "DESC"}[g.IntN(2)]}
		}
		switch g.IntN(4) {
		case 0:
			variables["offset"] = g.IntN(30)
		case 1:
			variables["last"] = variables["first"]
			delete(variables, "first")
		}
		have, want := askList(t, indexed, variables), askList(t, plain, variables)
		compareLists(t, variables, &have, &want)
		if n := len(have.Products.Edges); n > 0 && n == len(want.Products.Edges) {
			found++
			at, to := "after", n-1
			if variables["last"] != nil {
				at, to = "before", 0
			}
			delete(variables, "offset")
			mine := have.Products.Edges[to].Cursor
			variables[at] = want.Products.Edges[to].Cursor
			have = askList(t, indexed, variables)
			variables[at] = mine
			want = askList(t, plain, variables)
			compareLists(t, variables, &have, &want)
		}
		if t.Failed() {
			return
		}
	}
	if found < 100 {
		t.Errorf("only %d lists of 250 hold anything", found)
	}
}

func compareLists(t *testing.T, variables map[string]any, have, want *listed) {
	t.Helper()
	j, _ := json.Marshal(variables)
	if !slices.Equal(have.ids(), want.ids()) {
		t.Errorf("%s: the index has %v, the database %v", j, have.ids(), want.ids())
	}
	if have.Products.TotalCount != want.Products.TotalCount || have.Products.PageInfo != want.Products.PageInfo {
		t.Errorf("%s: the index has %d %+v, the database %d %+v", j, have.Products.TotalCount, have.Products.PageInfo, want.Products.TotalCount, want.Products.PageInfo)
	}
	if len(want.Products.Facets) == 0 {
		return
	}
	a, b := shortFacets(t, have.Products.Facets), shortFacets(t, want.Products.Facets)
	for of := range b {
		if a[of] != b[of] {
			t.Errorf("%s: %s of the index are %s\nof the database %s", j, of, a[of], b[of])
		}
	}
}

// shortFacets returns what facets say in short, by their kinds.
func shortFacets(t *testing.T, facets json.RawMessage) map[string]string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(facets, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, values := range all {
		var b strings.Builder
		list, _ := values.([]any)
		for _, v := range list {
			v := v.(map[string]any)
			below, isOption := v["values"].([]any)
			if !isOption {
				below = []any{v}
			}
			fmt.Fprint(&b, "|", v["name"])
			for _, v := range below {
				v := v.(map[string]any)
				fmt.Fprint(&b, " ", v["label"], ":", v["count"], ":", v["selected"])
			}
		}
		if list == nil {
			fmt.Fprint(&b, values)
		}
		out[name] = b.String()
	}
	return out
}

// changes are changes of each table that lists of products depend on: $X is the id of a product that shows.
var changes = []string{
	`UPDATE product SET title = 'Zzz' WHERE id = $X`,
	`UPDATE product SET title = 'aaa' WHERE id = $X`,
	`UPDATE product SET created_at = created_at - interval '10 years' WHERE id = $X`,
	`UPDATE product SET status = 'draft' WHERE id = $X`,
	`UPDATE product SET status = 'published' WHERE id = $X`,
	`UPDATE product SET deleted_at = now() WHERE id = $X`,
	`UPDATE product SET deleted_at = NULL WHERE id = $X`,
	`UPDATE product SET collection_id = (SELECT id FROM product_collection ORDER BY id LIMIT 1) WHERE id = $X`,
	`UPDATE product SET type_id = NULL WHERE id = $X`,
	`INSERT INTO product (id, title, handle, status) VALUES ('prod_00', 'Middle', 'middle-00', 'published'), ('prod_zz', 'middle', 'middle-zz', 'published');
	 INSERT INTO product_sales_channel (id, product_id, sales_channel_id) SELECT 'prodsc_' || p, p, s.sales_channel_id FROM product_sales_channel s, unnest(ARRAY['prod_00', 'prod_zz']) p WHERE s.product_id = $X`,
	`DELETE FROM product WHERE id = 'prod_00'`,
	`UPDATE product_sales_channel SET deleted_at = now() WHERE product_id = $X`,
	`UPDATE product_sales_channel SET deleted_at = NULL WHERE product_id = $X`,
	`DELETE FROM product_tags WHERE product_id = $X`,
	`INSERT INTO product_tags (product_id, product_tag_id) SELECT $X, id FROM product_tag ORDER BY id LIMIT 2`,
	`DELETE FROM product_category_product WHERE product_id = $X`,
	`INSERT INTO product_category_product (product_id, product_category_id) SELECT $X, id FROM product_category ORDER BY id DESC LIMIT 2`,
	`UPDATE product_category SET name = 'Renamed' WHERE id = (SELECT min(id) FROM product_category)`,
	`UPDATE product_category SET is_internal = NOT is_internal`,
	`UPDATE product_category SET is_internal = NOT is_internal`,
	`UPDATE product_collection SET title = 'Renamed' WHERE id = (SELECT min(id) FROM product_collection)`,
	`UPDATE product_tag SET deleted_at = now() WHERE id = (SELECT min(id) FROM product_tag)`,
	`UPDATE product_type SET value = 'Renamed' WHERE id = (SELECT min(id) FROM product_type)`,
	`UPDATE product_option SET title = 'Renamed' WHERE id IN (SELECT product_option_id FROM product_product_option WHERE product_id = $X)`,
	`UPDATE product_option_value SET value = value || '!' WHERE option_id IN (SELECT product_option_id FROM product_product_option WHERE product_id = $X)`,
	`DELETE FROM product_variant_option WHERE variant_id = (SELECT min(id) FROM product_variant WHERE product_id = $X)`,
	`UPDATE product_variant SET deleted_at = now() WHERE id = (SELECT max(id) FROM product_variant WHERE product_id = $X)`,
	`UPDATE product_variant SET manage_inventory = NOT manage_inventory WHERE product_id = $X`,
	`UPDATE price SET amount = 1.2345678 WHERE price_set_id IN (SELECT price_set_id FROM product_variant_price_set JOIN product_variant v ON v.id = variant_id WHERE v.product_id = $X)`,
	`UPDATE price SET amount = amount * 2 WHERE price_list_id IS NULL`,
	`UPDATE price SET min_quantity = 5 WHERE price_set_id IN (SELECT price_set_id FROM product_variant_price_set JOIN product_variant v ON v.id = variant_id WHERE v.product_id = $X)`,
	`UPDATE price_list SET status = 'draft' WHERE id = 'plist_x1'`,
	`UPDATE price_list SET status = 'active' WHERE id = 'plist_x4'`,
	`UPDATE price_list SET starts_at = now() - interval '1 hour' WHERE id = 'plist_x3'`,
	`UPDATE price_list SET ends_at = now() WHERE id = 'plist_x3'`,
	`UPDATE price_list_rule SET value = '["nowhere"]'`,
	`DELETE FROM price_rule`,
	`DELETE FROM product_variant_price_set WHERE variant_id = (SELECT min(id) FROM product_variant WHERE product_id = $X)`,
	`UPDATE inventory_level SET stocked_quantity = 0`,
	`UPDATE inventory_level SET stocked_quantity = 7, reserved_quantity = 0`,
	`UPDATE sales_channel_stock_location SET deleted_at = now()`,
	`UPDATE sales_channel_stock_location SET deleted_at = NULL`,
	`UPDATE product_variant_inventory_item SET required_quantity = 8`,
	`DELETE FROM product_variant_inventory_item WHERE variant_id = (SELECT min(id) FROM product_variant WHERE product_id = $X)`,
	`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
	`UPDATE product SET title = 'After a lost connection' WHERE id = $X`,
	`ALTER TABLE product DISABLE TRIGGER USER; UPDATE product SET title = 'Restored' WHERE id = $X; ALTER TABLE product ENABLE TRIGGER USER;
	 DELETE FROM storegraph.change; UPDATE storegraph.change_log SET generation = generation - 1`, // as a restored backup
	`TRUNCATE product_tags`,
	`DELETE FROM product WHERE id = $X`,
}

// probes are lists that depend on all of what changes change.
var probes = []map[string]any{
	{"facets": true, "first": 100, "sort": map[string]any{"key": "PRICE"}},
	{"facets": false, "first": 100, "sort": map[string]any{"key": "TITLE", "direction": "DESC"}},
	{"facets": false, "first": 100, "sort": map[string]any{"key": "CREATED_AT"}},
	{"facets": false, "first": 100, "filter": map[string]any{"inStock": true}},
	{"facets": false, "first": 100, "filter": map[string]any{"price": map[string]any{"gte": "10", "lt": "40"}}},
}

// agree waits until the index and the database give the same lists, which they do at once but for counts.
func agree(t *testing.T, indexed, plain *graph.Server, after string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		differ := ""
		for i, variables := range probes {
			have, want := askList(t, indexed, variables), askList(t, plain, variables)
			if !reflect.DeepEqual(have.ids(), want.ids()) {
				differ = fmt.Sprintf("list %d: the index has %v, the database %v", i, have.ids(), want.ids())
			}
			if have.Products.TotalCount != want.Products.TotalCount {
				differ = fmt.Sprintf("list %d: the index counts %d, the database %d", i, have.Products.TotalCount, want.Products.TotalCount)
			}
			if i == 0 {
				if a, b := shortFacets(t, have.Products.Facets), shortFacets(t, want.Products.Facets); !reflect.DeepEqual(a, b) {
					differ = fmt.Sprintf("facets: the index has %v\nthe database %v", a, b)
				}
			}
		}
		if differ == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %s", after, differ)
		}
	}
}

// TestIndexFollows changes everything that lists depend on, and sees the index follow.
func TestIndexFollows(t *testing.T) {
	t.Parallel()
	indexed, plain, d := indexedShop(t, 25, nil)
	shown := askList(t, plain, map[string]any{"facets": false, "first": 100}).ids()
	for _, sql := range changes {
		sql = strings.ReplaceAll(sql, "$X", "'"+shown[len(shown)/2]+"'")
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		agree(t, indexed, plain, sql)
	}
}

// TestIndexAgreesBelow asks for lists of products below other things.
func TestIndexAgreesBelow(t *testing.T) {
	t.Parallel()
	indexed, plain, _ := indexedShop(t, 60, nil)
	key := dbtest.Handles(t)["pk_web"]
	for _, of := range []string{"collections", "productTypes", "productTags", "productCategories"} {
		for _, arguments := range []string{
			`first: 3`, `first: 2, sort: {key: PRICE}`, `last: 3, sort: {key: TITLE, direction: DESC}`, `first: 4, offset: 2, filter: {inStock: true}`,
			`first: 3, filter: {price: {gte: "20"}, options: [{title: "Size", value: "M"}]}`, `first: 3, sort: {key: CREATED_AT}, filter: {q: "a"}`,
		} {
			text := `{ ` + of + `(first: 20) { nodes { id products(` + arguments + `) { totalCount nodes { id title } pageInfo { hasNextPage hasPreviousPage }
				facets { tags { label count } options { name values { label count } } priceRange { min { amount } max { amount } } } } } } }`
			_, have := askJSON(t, indexed, text, nil, key)
			_, want := askJSON(t, plain, text, nil, key)
			if have != want || strings.Contains(have, `"errors"`) {
				t.Errorf("%s: the index has %.2000s\nthe database %.2000s", text, have, want)
			}
		}
	}
}
