package rest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/rest"
)

// noticed is how soon a change must be seen. Machines that run many tests at a time get more.
const noticed = 20 * time.Second

// A keeper is a server that keeps answers, and its clients.
type keeper struct {
	t     *testing.T
	url   string // of the database
	d     db.DB
	count *dbtest.Counter // of what is asked of the database, but for what follows its changes
	g     *graph.Server
	h     http.Handler
	names map[string]string
}

// logged returns the database of a shop whose changes are logged.
func logged(t *testing.T) string {
	t.Helper()
	url := dbtest.ShopURL(t)
	if err := db.InstallTriggers(t.Context(), dbtest.Open(t, url, db.Options{})); err != nil {
		t.Fatal(err)
	}
	return url
}

// newKeeper returns a server of a database whose changes are logged.
func newKeeper(t *testing.T, url string, change func(c *graph.Config)) *keeper {
	t.Helper()
	k := &keeper{t: t, url: url, count: &dbtest.Counter{}, names: dbtest.Handles(t)}
	k.d = dbtest.Open(t, url, db.Options{Tracer: k.count})
	follower := dbtest.Open(t, url, db.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		follower.KeepIndex(ctx, db.IndexOptions{Memory: 64 << 20, Log: slog.New(slog.DiscardHandler)})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	k.g, k.h = newServer(t, k.d, func(c *graph.Config) {
		c.CacheSize, c.CatalogueVersion = 8<<20, follower.CatalogueVersion
		if change != nil {
			change(c)
		}
	})
	k.until("followed", func() bool { _, ok := follower.CatalogueVersion(); return ok })
	return k
}

// until waits until something holds.
func (k *keeper) until(what string, holds func() bool) {
	k.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ends := time.After(noticed); !holds(); {
		select {
		case <-tick.C:
		case <-ends:
			k.t.Fatalf("%s: it does not come", what)
		}
	}
}

// ask sends a GET, or what else method says, with headers: names and values in turn. The publishable key is pk_web unless they have one.
func (k *keeper) ask(method, path string, headers ...string) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequestWithContext(k.t.Context(), method, strings.NewReplacer(k.handles()...).Replace(path), http.NoBody)
	r.Header.Set("X-Publishable-Api-Key", k.names["pk_web"])
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	k.h.ServeHTTP(w, r)
	return w
}

// handles are the names of things in braces, and their ids, in turn.
func (k *keeper) handles() []string {
	var out []string
	for name, id := range k.names {
		out = append(out, "{"+name+"}", id)
	}
	return out
}

func (k *keeper) get(path string, headers ...string) *httptest.ResponseRecorder {
	k.t.Helper()
	return k.ask(http.MethodGet, path, headers...)
}

// write changes the database behind the server's back.
func (k *keeper) write(sql string) {
	k.t.Helper()
	if _, err := dbtest.Open(k.t, k.url, db.Options{}).Exec(k.t.Context(), strings.NewReplacer(k.handles()...).Replace(sql)); err != nil {
		k.t.Fatalf("%s: %v", sql, err)
	}
}

// graphQL is the path of a query.
func graphQL(query string) string {
	return "/graphql?" + url.Values{"query": {query}}.Encode()
}

const someProducts = "/store/products?limit=3&fields=title,*variants.calculated_price&region_id={reg_eu}&country_code=de"

// TestKeptAnswers gives an answer again from memory, and none to whoever has it already, without asking the database. It holds D100 of
// DEVIATIONS.md.
func TestKeptAnswers(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, logged(t), func(c *graph.Config) {
		var err error
		if c.Lifetimes, err = graph.ParseLifetimes("/store/products/*=7, /store/products*=60+300, /graphql=10"); err != nil {
			t.Fatal(err)
		}
	})
	for path, control := range map[string]string{
		someProducts:                       "public, max-age=0, s-maxage=60, stale-while-revalidate=300",
		"/store/products/{prod_stone_mug}": "public, max-age=0, s-maxage=7",
		"/store/regions":                   "public, max-age=0, must-revalidate",
		"/store/products?order=-variants.title&q=shirt&created_at[$gte]=2020-01-01": "public, max-age=0, s-maxage=60, stale-while-revalidate=300",
		graphQL(`query($s: ProductSort) { products(first: 2, sort: $s) { nodes { collection { products(sort: {key: PRICE, direction: DESC}, filter: {price: {gte: 1}, options: [{values: ["M"]}]}) { nodes { title } } } } } }`) +
			"&variables=" + url.QueryEscape(`{"s":{"key":"TITLE"}}`): "public, max-age=0, s-maxage=10",
		graphQL(`{ products(first: 2) { totalCount facets { tags { label count } } nodes { title priceRange { min { amount } } } } }`): "public, max-age=0, s-maxage=10",
	} {
		first := k.get(path)
		tag := first.Header().Get("Etag")
		if first.Code != http.StatusOK || !strings.HasPrefix(tag, `W/"`) || first.Header().Get("Cache-Control") != control {
			t.Errorf("GET %s = %d %v, want an ETag and %s", path, first.Code, first.Header(), control)
		}
		before := k.g.CacheStats()
		k.count.Reset()
		again, head := k.get(path), k.ask(http.MethodHead, path)
		if again.Body.String() != first.Body.String() || again.Header().Get("Etag") != tag || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
			t.Errorf("GET %s again = %d %v %.100s, want what it was at first", path, again.Code, again.Header(), again.Body)
		}
		if head.Header().Get("Etag") != tag || head.Code != http.StatusOK {
			t.Errorf("HEAD %s = %d %v", path, head.Code, head.Header())
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, held := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag + `, W/"y"`} {
				w := k.ask(method, path, "If-None-Match", held)
				if w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("Etag") != tag || w.Header().Get("Cache-Control") != control || w.Header().Get("Vary") != first.Header().Get("Vary") {
					t.Errorf("%s %s with %s = %d %v %.100s, want 304", method, path, held, w.Code, w.Header(), w.Body)
				}
			}
		}
		if w := k.get(path, "If-None-Match", `W/"x"`); w.Code != http.StatusOK {
			t.Errorf("GET %s with another tag = %d", path, w.Code)
		}
		if trips := k.count.RoundTrips(); trips != 0 {
			t.Errorf("GET %s again in %d round trips", path, trips)
		}
		after := k.g.CacheStats()
		if after.Hits-before.Hits != 3 || after.NotModified-before.NotModified != 6 || after.Misses != before.Misses {
			t.Errorf("%s: stats %+v after %+v, want 3 hits and 6 304s more", path, after, before)
		}
		for _, field := range []string{"X-Publishable-Api-Key", "X-Medusa-Locale", "Authorization", "Cookie"} {
			if !strings.Contains(first.Header().Get("Vary"), field) {
				t.Errorf("%s: Vary is %q, want %s in it", path, first.Header()["Vary"], field)
			}
		}
	}
	if same := k.get("/store/products?country_code=de&region_id={reg_eu}&limit=3&offset=0&fields=title,*variants.calculated_price"); same.Header().Get("Etag") != k.get(someProducts).Header().Get("Etag") {
		t.Error("the same asked in another order is another answer")
	}
	tags := map[string]string{}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"": k.get(someProducts), "page": k.get(someProducts + "&offset=1"), "key": k.get(someProducts, "X-Publishable-Api-Key", k.names["pk_b2b"]),
		"locale": k.get(someProducts, "X-Medusa-Locale", "de-DE"), "region": k.get(strings.Replace(someProducts, "{reg_eu}&country_code=de", "{reg_us}", 1)),
		"fields": k.get("/store/products?limit=3"), "province": k.get(someProducts + "&province=de-be"),
	} {
		tag := w.Header().Get("Etag")
		if other, ok := tags[tag]; ok || tag == "" {
			t.Errorf("%q has the tag of %q: %q", what, other, tag)
		}
		tags[tag] = what
	}
}

// TestKeptDocuments keeps the answers of queries whose documents clients name, which are those of their texts.
func TestKeptDocuments(t *testing.T) {
	t.Parallel()
	const text = "query Some($n: Int) { products(first: $n) { nodes { title } } }"
	k := newKeeper(t, logged(t), func(c *graph.Config) { c.Documents = []graph.TrustedDocument{{ID: "some", Text: text}} })
	sum := sha256.Sum256([]byte(text))
	variables := "&variables=" + url.QueryEscape(`{"n":2}`)
	tag := k.get(graphQL(text) + variables).Header().Get("Etag")
	for _, path := range []string{
		"/graphql?documentId=some", "/graphql?documentId=sha256:" + hex.EncodeToString(sum[:]),
		"/graphql?extensions=" + url.QueryEscape(`{"persistedQuery":{"version":1,"sha256Hash":"`+hex.EncodeToString(sum[:])+`"}}`),
	} {
		if w := k.get(path + variables); tag == "" || w.Header().Get("Etag") != tag || w.Code != http.StatusOK {
			t.Errorf("GET %s = %d %v, want the tag %s", path, w.Code, w.Header(), tag)
		}
		if w := k.get(path+variables, "If-None-Match", tag); w.Code != http.StatusNotModified {
			t.Errorf("GET %s with its tag = %d", path, w.Code)
		}
		if w := k.get(path + "&variables=" + url.QueryEscape(`{"n":1}`)); w.Header().Get("Etag") == tag {
			t.Errorf("GET %s with other variables has the same tag", path)
		}
		const media = "application/graphql-response+json"
		if w := k.get(path+variables, "Accept", media); w.Header().Get("Etag") == tag || !strings.HasPrefix(w.Header().Get("Content-Type"), media) || !strings.Contains(w.Header().Get("Vary"), "Accept") {
			t.Errorf("GET %s as %s = %v", path, media, w.Header())
		}
	}
	if s := k.g.CacheStats(); s.Hits != 7 || s.Misses != 3 || s.NotModified != 3 || s.Answers != 3 {
		t.Errorf("stats %+v", s)
	}
}

// TestKeptCompressed compresses a kept answer once, for those who take it.
func TestKeptCompressed(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, logged(t), nil)
	plain := k.get(someProducts)
	for accepted, want := range map[string]string{
		"gzip": "gzip", "gzip, deflate, br, zstd": "gzip", "gzip;q=0": "", "br": "", "": "", "zstd, gzip;q=0.5": "", "GZIP;q=0.5": "gzip", "gzip;q=x": "",
	} {
		w := k.get(someProducts, "Accept-Encoding", accepted)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: encoded as %q, want %q", accepted, got, want)
		}
		body := w.Body.String()
		if want != "" {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if _, err := out.ReadFrom(z); err != nil {
				t.Fatal(err)
			}
			body = out.String()
		}
		if body != plain.Body.String() || w.Header().Get("Etag") != plain.Header().Get("Etag") {
			t.Errorf("Accept-Encoding %q: another answer", accepted)
		}
	}
	if w := k.get(someProducts, "Accept-Encoding", "gzip", "X-No-Compression", "1"); w.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for a client that asks for the plain answer")
	}
	if s := k.g.CacheStats(); s.Answers != 2 {
		t.Errorf("%d answers are kept, want it plain and compressed", s.Answers)
	}
}

// TestChangesAreSeen changes what each kind of answer shows: the answer and its tag become others on two servers, and no request
// is told any more that it has not changed.
func TestChangesAreSeen(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	names := dbtest.Handles(t)
	sql := strings.NewReplacer("@mug", "'"+names["prod_stone_mug"]+"'", "@type", "(SELECT type_id FROM product WHERE id = '"+names["prod_stone_mug"]+"')",
		"@moss", "(SELECT min(id) FROM product_variant WHERE product_id = '"+names["prod_stone_mug"]+"')").Replace(translated)
	if _, err := d.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	one, two := newKeeper(t, url, nil), newKeeper(t, url, nil)
	const mug = "/store/products/{prod_stone_mug}?region_id={reg_eu}&country_code=de&fields=title,*categories,*tags,*type,*collection,*images,*options,*variants,*variants.calculated_price"
	var longest time.Duration
	for _, c := range []struct{ what, path, sql string }{
		{"product", mug, "UPDATE product SET title = 'Mug' WHERE id = '{prod_stone_mug}'"},
		{"variant", mug, "UPDATE product_variant SET title = title || 'x' WHERE product_id = '{prod_stone_mug}'"},
		{"option", mug, "UPDATE product_option SET title = title || 'x'"},
		{"price", mug, "UPDATE price SET amount = amount + 1, raw_amount = jsonb_build_object('value', (amount + 1)::text) WHERE price_list_id IS NULL"},
		{"list", mug, "INSERT INTO price_list (id, title, description, status, type) VALUES ('plist_x', 'x', 'x', 'active', 'sale'); INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, price_list_id, rules_count) SELECT 'price_x' || price_set_id, price_set_id, 'eur', 0.5, '{\"value\": \"0.5\"}', 'plist_x', 0 FROM product_variant_price_set"},
		{"list ends", mug, "UPDATE price_list SET ends_at = now() WHERE id = 'plist_x'"},
		{"tax", mug, "UPDATE tax_rate SET rate = rate + 1"},
		{"preference", mug, "UPDATE price_preference SET is_tax_inclusive = NOT is_tax_inclusive"},
		{"image", mug, "UPDATE image SET url = url || 'x'"},
		{"category", mug, "UPDATE product_category SET name = name || 'x'"},
		{"tag", mug, "UPDATE product_tag SET value = value || 'x'"},
		{"type", mug, "UPDATE product_type SET value = value || 'x'"},
		{"collection", mug, "UPDATE product_collection SET title = title || 'x'"},
		{"out of a category", "/store/product-categories?fields=name,products.title", "DELETE FROM product_category_product"},
		{"new", "/store/products", "UPDATE product SET status = 'published' WHERE id = '{prod_draft_jacket}'"},
		{"collections", "/store/collections", "UPDATE product_collection SET title = title || 'y'"},
		{"region", "/store/regions", "UPDATE region SET name = name || 'x'"},
		{"country", "/store/regions", "UPDATE region_country SET display_name = display_name || 'x'"},
		{"payment provider", "/store/payment-providers?region_id={reg_eu}", "UPDATE payment_provider SET updated_at = now(), is_enabled = false"},
		{"currency", "/store/currencies", "UPDATE currency SET name = name || 'x'"},
		{"default region", graphQL("{ products(first: 9) { nodes { priceRange { min { amount currencyCode } } } } }"), "UPDATE store SET default_region_id = '{reg_jp}'"},
		{"facets", graphQL("{ products { totalCount facets { tags { label count } } } }"), "DELETE FROM product_tags"},
		{"key's channels", "/store/products", "DELETE FROM publishable_api_key_sales_channel WHERE publishable_key_id = (SELECT id FROM api_key WHERE token = '{pk_web}'); INSERT INTO publishable_api_key_sales_channel (id, publishable_key_id, sales_channel_id) SELECT 'x', id, '{sc_b2b}' FROM api_key WHERE token = '{pk_web}'"},
		{"back", "/store/products", "UPDATE publishable_api_key_sales_channel SET sales_channel_id = '{sc_web}' WHERE id = 'x'"},
		{"unpublished", mug, "UPDATE product SET status = 'draft' WHERE id = '{prod_stone_mug}'"},
		{"published", "/store/products", "UPDATE product SET status = 'published' WHERE id = '{prod_stone_mug}'"},
		{"killed", mug, "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'; UPDATE product SET title = 'x'; END $$"},
		{"translation", mug, "UPDATE translation SET translations = '{\"title\": \"Becher\"}'"},
		{"revoked", mug, "UPDATE api_key SET revoked_at = now() WHERE token = '{pk_web}'"},
	} {
		locale := ""
		if c.what == "translation" {
			locale = "de-DE"
		}
		var before *httptest.ResponseRecorder
		tag := ""
		one.until("the same tag of both servers, before "+c.what, func() bool { // which follow the log each by itself
			before = one.get(c.path, "X-Medusa-Locale", locale)
			tag = before.Header().Get("Etag")
			return tag != "" && before.Code == http.StatusOK && two.get(c.path, "X-Medusa-Locale", locale).Header().Get("Etag") == tag
		})
		one.write(c.sql)
		written := time.Now()
		for _, k := range []*keeper{one, two} {
			k.until(c.what, func() bool {
				w := k.get(c.path, "X-Medusa-Locale", locale, "If-None-Match", tag)
				return w.Code != http.StatusNotModified && w.Body.String() != before.Body.String()
			})
		}
		longest = max(longest, time.Since(written))
	}
	t.Logf("the last change was seen after %v", longest)
	if w := one.get(mug); w.Code != http.StatusBadRequest || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("with a revoked key: %d %v", w.Code, w.Header())
	}
}

// TestPriceListEnds shows no price of a list any more after its end, although nothing is logged then.
func TestPriceListEnds(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, logged(t), nil)
	k.write(`INSERT INTO price_list (id, title, description, status, type, starts_at, ends_at)
	VALUES ('plist_x', 'x', 'x', 'active', 'override', clock_timestamp() + interval '500 milliseconds', clock_timestamp() + interval '1 second');
	INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, price_list_id, rules_count)
	SELECT 'price_x' || price_set_id, price_set_id, 'eur', 0.5, '{"value": "0.5"}', 'plist_x', 0 FROM product_variant_price_set`)
	over := func() bool {
		rows, err := k.d.Texts(t.Context(), "SELECT id FROM price_list WHERE id = 'plist_x' AND ends_at < now()")
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) > 0
	}
	for ended := false; !ended; {
		ended = over()
		shown := strings.Contains(k.get(someProducts).Body.String(), `"calculated_amount":0.5`)
		if shown && ended {
			t.Error("the price of a list that has ended is shown")
		}
	}
}

// TestNeverKept keeps nothing that is a shopper's, that is of stock, that is missing, or that is wrong. It holds D100 of DEVIATIONS.md.
func TestNeverKept(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, logged(t), nil)
	const personal, atOnce = "private, no-store", "no-cache"
	token := []string{"Authorization", "Bearer " + k.names["jwt_carla_valid"]}
	for _, c := range []struct {
		what, path, control string
		headers             []string
	}{
		{"quantity", "/store/products?fields=*variants,%2Bvariants.inventory_quantity&limit=2", atOnce, nil},
		{"items", "/store/products?fields=*variants.inventory_items.inventory.location_levels&limit=2", atOnce, nil},
		{"a variant's", "/store/product-variants?fields=title,inventory_quantity&limit=2", atOnce, nil},
		{"in stock", graphQL("{ products(first: 2) { nodes { inStock } } }"), atOnce, nil},
		{"of values", graphQL("{ products(first: 2) { nodes { options { values { available } } } } }"), atOnce, nil},
		{"default", graphQL("{ products(first: 2) { nodes { defaultVariant { title } } } }"), atOnce, nil},
		{"chosen", graphQL(`{ products(first: 2) { nodes { variant(selectedOptions: []) { title } } } }`), atOnce, nil},
		{"search", graphQL(`{ products(first: 2, query: "tee") { nodes { title } } }`), atOnce, nil},
		{"in a fragment", graphQL("query { products(first: 2) { ...a } } fragment a on ProductConnection { edges { node { ... on Product { variants { inventoryQuantity } } } } }"), atOnce, nil},
		{"filter", graphQL("{ products(first: 2, filter: {or: [{inStock: true}]}) { nodes { title } } }"), atOnce, nil},
		{"below", graphQL("{ collections(first: 2) { nodes { products(filter: {not: {inStock: true}}) { nodes { title } } } } }"), atOnce, nil},
		{"variable", graphQL("query($f: ProductFilter) { products(first: 2, filter: $f) { nodes { title } } }") + "&variables=" + url.QueryEscape(`{"f":{"and":[{"inStock":true}]}}`), atOnce, nil},
		{"part of a literal", graphQL("query($s: Boolean) { products(first: 2, filter: {and: [{inStock: $s}]}) { nodes { title } } }") + "&variables=" + url.QueryEscape(`{"s":true}`), atOnce, nil},
		{"left out", graphQL("query($s: Boolean = false) { products(first: 2) { nodes { title inStock @include(if: $s) } } }"), atOnce, nil},
		{"token", someProducts, personal, token},
		{"wrong token", someProducts, personal, []string{"Authorization", "Bearer x"}},
		{"session", someProducts, personal, []string{"Cookie", "a=b; connect.sid=s%3Ax.y"}},
		{"token over GraphQL", graphQL("{ products(first: 2) { nodes { title } } }"), personal, token},
		{"cart", someProducts + "&cart_id=cart_x", personal, nil},
		{"cart over GraphQL", graphQL(`query @inContext(cart: "cart_x") { products(first: 2) { nodes { title } } }`), personal, nil},
		{"cart by a variable", graphQL(`query($c: ID) @inContext(cart: $c) { products(first: 2) { nodes { title } } }`) + "&variables=" + url.QueryEscape(`{"c":"cart_x"}`), personal, nil},
		{"customer", "/store/customers/me", personal, token},
		{"customer over GraphQL", graphQL("{ customer { email } products(first: 2) { nodes { title } } }"), personal, nil},
		{"node", graphQL(`{ node(id: "{prod_stone_mug}") { id } }`), personal, nil},
		{"unknown", "/store/products/prod_x", personal, nil},
		{"unknown over GraphQL", graphQL(`{ product(by: {id: "prod_x"}) { id } }`), personal, nil},
		{"wrong", "/store/products?limit=x", personal, nil},
		{"half wrong", graphQL(`{ region(id: "{reg_eu}") { name } products(first: 2000) { nodes { title } } }`), personal, nil},
		{"no route", "/store/things", personal, nil},
		{"no key", "/store/regions", personal, []string{"X-Publishable-Api-Key", ""}},
		{"revoked key", "/store/regions", personal, []string{"X-Publishable-Api-Key", k.names["pk_revoked"]}},
		{"reasons", "/store/return-reasons", personal, nil},
	} {
		for range 2 {
			w := k.get(c.path, append([]string{"If-None-Match", "*"}, c.headers...)...)
			if h := w.Header(); h.Get("Etag") != "" || h.Get("Cache-Control") != c.control || h.Get("Vary") == "" || w.Code == http.StatusNotModified {
				t.Errorf("%s: %d %v, want %s", c.what, w.Code, h, c.control)
			}
		}
	}
	if s := k.g.CacheStats(); s.Answers > 0 || s.Hits > 0 || s.NotModified > 0 {
		t.Errorf("stats %+v, want nothing kept", s)
	}
	if w := k.get(someProducts, "Cookie", "analytics=1"); w.Header().Get("Etag") == "" {
		t.Error("a cookie that is not ours counts as one")
	}
}

// TestWithoutVersion keeps nothing where changes are not logged.
func TestWithoutVersion(t *testing.T) {
	t.Parallel()
	g, h := newServer(t, dbtest.ReadShop(t), func(c *graph.Config) { c.CacheSize = 1 << 20 })
	for range 2 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/store/regions", http.NoBody)
		r.Header.Set("X-Publishable-Api-Key", dbtest.Handles(t)["pk_web"])
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Header().Get("Etag") != "" || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
	if s := g.CacheStats(); s != (graph.CacheStats{}) {
		t.Errorf("stats %+v", s)
	}
}

// TestChangeDuringLoad keeps nothing that was loaded while something changed, and nothing that another key's channels show.
func TestChangeDuringLoad(t *testing.T) {
	t.Parallel()
	var version func() (string, bool)
	k := newKeeper(t, logged(t), func(c *graph.Config) {
		c.CatalogueVersion = func() (string, bool) { return version() }
	})
	asked := 0
	for what, change := range map[string]func() (string, bool){
		"changed": func() (string, bool) { asked++; return fmt.Sprint(asked), true },
		"unknown": func() (string, bool) { asked++; return "1", asked%2 == 1 },
	} {
		asked, version = 0, change
		for range 2 {
			if w := k.get(someProducts); w.Code != http.StatusOK || w.Header().Get("Etag") != "" || w.Header().Get("Cache-Control") != "no-cache" {
				t.Errorf("%s: %d %v", what, w.Code, w.Header())
			}
		}
	}
	version = func() (string, bool) { return "same", true }
	path := "/store/products?fields=title"
	if w := k.get("/store/regions"); w.Header().Get("Etag") == "" { // the channels of the key are known from now on
		t.Fatalf("%v", w.Header())
	}
	k.write("UPDATE publishable_api_key_sales_channel SET sales_channel_id = '{sc_b2b}' WHERE publishable_key_id = (SELECT id FROM api_key WHERE token = '{pk_web}')")
	if w := k.get(path); w.Code != http.StatusOK || w.Header().Get("Etag") != "" {
		t.Errorf("channels changed: %d %v", w.Code, w.Header())
	}
	if s := k.g.CacheStats(); s.Answers != 1 || s.Outdated != 5 || s.Hits != 0 {
		t.Errorf("stats %+v, want 5 outdated and the regions kept", s)
	}
}

// TestMemoryIsBounded keeps the latest answers, of no more than the size of the cache.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const size = 200_000
	k := newKeeper(t, logged(t), func(c *graph.Config) { c.CacheSize = size })
	path := func(offset int) string { return fmt.Sprintf("/store/products?limit=2&offset=%d", offset) }
	for offset := range 45 {
		k.get(path(offset))
		if s := k.g.CacheStats(); s.Bytes > size {
			t.Fatalf("%d bytes are kept, want at most %d", s.Bytes, size)
		}
	}
	if s := k.g.CacheStats(); s.Bytes < size/2 || s.Answers >= 45 {
		t.Errorf("stats %+v, want a full cache", s)
	}
	k.get(path(44))
	k.get(path(0))
	if s := k.g.CacheStats(); s.Hits != 1 || s.Misses != 46 {
		t.Errorf("stats %+v, want the latest kept and the first not", s)
	}
}

var tablesOf = regexp.MustCompile(`(?i)(?:FROM|JOIN|,)\s+"?([a-z_]+)"?`)

// TestKeptIsLogged asks for all that kept answers can show and finds the tables that are read for it: their changes must be logged.
func TestKeptIsLogged(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, logged(t), nil)
	tables := func(sql string) []string {
		out, err := k.d.Texts(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	all := tables("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
	logged := tables("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'storegraph_change_%'")
	k.count.Reset()
	kept := 0
	for _, r := range rest.Routes() {
		path := r.Path
		if r.Argument != "" {
			path = strings.Replace(path, "{"+r.Argument+"}", k.anyOf(r), 1)
		}
		for _, f := range r.Allowed {
			if strings.Count(f, ".") > r.Relations {
				continue
			}
			fields := f
			if strings.Count(f, ".") < r.Relations {
				fields += ",*" + f
			}
			query := url.Values{"fields": {fields}, "region_id": {k.names["reg_eu"]}, "country_code": {"de"}}
			if !strings.Contains(path, "product") || strings.Contains(path, "categor") || strings.Contains(path, "-t") || strings.Contains(path, "-options") {
				query.Del("country_code")
				if !strings.Contains(path, "payment") {
					query.Del("region_id")
				}
			}
			w := k.get(path + "?" + query.Encode())
			if w.Code == http.StatusOK && w.Header().Get("Etag") != "" {
				kept++
			} else if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
				t.Errorf("%s of %s: %d %.200s", f, path, w.Code, w.Body)
			}
			if w.Header().Get("Etag") == "" {
				k.count.Reset() // what is not kept may read anything
				continue
			}
			for _, sql := range k.count.Statements() {
				for _, m := range tablesOf.FindAllStringSubmatch(sql, -1) {
					if slices.Contains(all, m[1]) && !slices.Contains(logged, m[1]) {
						t.Errorf("%s of %s reads %s, whose changes are not logged", f, path, m[1])
					}
				}
			}
			k.count.Reset()
		}
	}
	if kept < 300 {
		t.Errorf("%d answers were kept, want nearly all", kept)
	}
}

// anyOf returns the id of one of the things that a route shows.
func (k *keeper) anyOf(r rest.RouteInfo) string {
	k.t.Helper()
	list, _, _ := strings.Cut(r.Path, "/{")
	var page map[string]json.RawMessage
	if err := json.Unmarshal(k.get(list+"?limit=1").Body.Bytes(), &page); err != nil {
		k.t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(page)) {
		var things []map[string]any
		if json.Unmarshal(page[key], &things) == nil && len(things) > 0 {
			if id, ok := things[0]["id"].(string); ok {
				return id
			}
			return fmt.Sprint(things[0]["code"])
		}
	}
	return "x"
}
