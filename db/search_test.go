package db_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// A searcher searches the recorded shop, whose documents are up to date.
type searcher struct {
	t *testing.T
	d db.DB
	v *db.Viewer
}

func searching(t *testing.T, prepare ...string) *searcher {
	t.Helper()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	for _, sql := range prepare {
		write(t, d, sql)
	}
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	s := &searcher{t: t, d: d, v: &db.Viewer{Key: db.NewKey(dbtest.Handles(t)["pk_web"])}}
	s.update()
	return s
}

func (s *searcher) update() {
	s.t.Helper()
	if err := s.d.UpdateSearch(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// change writes something and brings the documents up to date.
func (s *searcher) change(sql string) {
	s.t.Helper()
	write(s.t, s.d, sql)
	s.update()
}

// titles returns the titles of the products that a text finds.
func (s *searcher) titles(text string) []string {
	s.t.Helper()
	page, err := s.d.Products(s.t.Context(), s.v, db.ProductArgs{Search: &text}, db.Want{field.Nodes: {field.Title: nil}})
	if err != nil {
		s.t.Fatal(err)
	}
	titles := []string{}
	for _, p := range page.Nodes {
		titles = append(titles, p.Title)
	}
	return titles
}

func (s *searcher) expect(text string, want ...string) {
	s.t.Helper()
	if got := s.titles(text); !slices.Equal(got, append([]string{}, want...)) {
		s.t.Errorf("%q finds %q, want %q", text, got, want)
	}
}

// product is an SQL statement that adds a product to the shop, with a tag and an option value unless those are empty.
func product(id, title, description, tag, value string) string {
	sql := fmt.Sprintf(`INSERT INTO product (id, title, handle, status, description) VALUES ('%[1]s', '%[2]s', '%[1]s', 'published', '%[3]s');
INSERT INTO product_sales_channel (id, product_id, sales_channel_id) SELECT 'psc_%[1]s', '%[1]s', sales_channel_id FROM product_sales_channel l JOIN product p ON p.id = l.product_id
	WHERE p.title = 'Linen Shirt';
INSERT INTO product_variant (id, title, product_id, sku) VALUES ('v_%[1]s', 'One', '%[1]s', 'SKU-%[1]s');`, id, title, description)
	if tag != "" {
		sql += fmt.Sprintf(`INSERT INTO product_tag (id, value) VALUES ('t_%[1]s', '%[2]s'); INSERT INTO product_tags (product_id, product_tag_id) VALUES ('%[1]s', 't_%[1]s');`, id, tag)
	}
	if value != "" {
		sql += fmt.Sprintf(`INSERT INTO product_option (id, title) VALUES ('o_%[1]s', 'Colour'); INSERT INTO product_option_value (id, value, option_id) VALUES ('ov_%[1]s', '%[2]s', 'o_%[1]s');
INSERT INTO product_product_option (id, product_id, product_option_id) VALUES ('po_%[1]s', '%[1]s', 'o_%[1]s');
INSERT INTO product_variant_option (variant_id, option_value_id) VALUES ('v_%[1]s', 'ov_%[1]s');`, id, value)
	}
	return sql
}

// Whole words come before beginnings and those before typos; titles before labels before descriptions; short titles before long ones.
func TestRelevance(t *testing.T) {
	t.Parallel()
	s := searching(t,
		product("p1", "Plain thing one", "It has a zugspitz in it", "", ""),
		product("p2", "Plain thing two", "It has zugspitzen in it", "", ""),
		product("p3", "Plain thing three", "", "zugspitz", ""),
		product("p4", "Plain thing four", "", "", "Zugspitzen"),
		product("p5", "The long Zugspitz thing", "", "", ""),
		product("p6", "Zugspitz", "", "", ""),
		product("p7", "Zugspitzen", "", "", ""),
	)
	s.expect("zugspitz", "Zugspitz", "The long Zugspitz thing", "Zugspitzen", "Plain thing three", "Plain thing four", "Plain thing one", "Plain thing two")
	s.expect("ZUGSPITZ thing", "The long Zugspitz thing", "Plain thing three", "Plain thing one")
	s.expect("thing ZUGSPITZ", "The long Zugspitz thing", "Plain thing three", "Plain thing four", "Plain thing one", "Plain thing two")
	s.expect("zugspitz nothing")
	s.expect("zugspizt", "Zugspitz", "The long Zugspitz thing", "Plain thing three", "Plain thing one")
	s.expect("%")
	s.expect("SKU-p6", "Zugspitz")
}

// What is typed otherwise than it is written is found: accents, forms of words, typos, beginnings, words without their hyphen, parts of words.
func TestSearchForgives(t *testing.T) {
	t.Parallel()
	s := searching(t, product("p1", "Regenjacke", "", "", ""), product("p2", "Tee T-Shirt", "", "", ""))
	s.expect("creme brulee", "Crème Brûlée Set — “Été” 夏")
	s.expect("CRÈME", "Crème Brûlée Set — “Été” 夏")
	s.expect("夏", "Crème Brûlée Set — “Été” 夏")
	s.expect("headphone", "Wireless Headphones")
	s.expect("wireles hedphones", "Wireless Headphones")
	s.expect("parkas", "Winter Parka")
	s.expect("prka", "Winter Parka")
	s.expect("wirel", "Wireless Headphones")
	s.expect("parka with the", "Winter Parka")
	s.expect("jacke", "Regenjacke")
	s.expect("tshirt tee", "Tee T-Shirt", "Classic Cotton Tee")
	s.expect("the light", "The Lighthouse Keeper")
	s.expect("prototype") // a draft
}

const translationTable = `CREATE TABLE translation (id text PRIMARY KEY, reference_id text NOT NULL, reference text NOT NULL, locale_code text NOT NULL, translations jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz)`

// Each language is searched by its own words and forms of words, a text without a translation by that of the shop.
func TestSearchLanguages(t *testing.T) {
	t.Parallel()
	s := searching(t, translationTable,
		`INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'x' || row_number() OVER (), id, 'product', 'de-DE', '{"title": "Blaue Häuser"}' FROM product WHERE title = 'Linen Shirt'`,
		`INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'y', id, 'product_tag', 'fr-FR', '{"value": "été"}' FROM product_tag WHERE value = 'vegan'`)
	s.expect("haus")
	s.expect("linen shirt", "Linen Shirt")
	s.v.Locale = "de_de"
	s.expect("haus", "Blaue Häuser")
	s.expect("blauen hauser", "Blaue Häuser")
	s.expect("linen shirt") // but it is typed as two words of the shop's own language
	s.expect("parkas", "Winter Parka")
	s.v.Locale = "fr-FR"
	if got := s.titles("ete"); len(got) != 4 || got[0] != "Crème Brûlée Set — “Été” 夏" {
		t.Errorf("ete finds %q", got)
	}
	s.v.Locale = "it-IT"
	s.expect("linen shirt", "Linen Shirt")
	s.change(`INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'z', id, 'product', 'it-IT', '{"title": "Camicia"}' FROM product WHERE title = 'Linen Shirt'`)
	s.expect("camicia", "Camicia")
	s.change(`DELETE FROM translation WHERE locale_code = 'it-IT'`)
	s.expect("camicia")
	s.expect("linen shirt", "Linen Shirt")
	if left := texts(t, s.d, `SELECT DISTINCT locale FROM storegraph.search_term UNION SELECT locale FROM storegraph.search_document ORDER BY 1`); !slices.Equal(left, []string{"", "de-DE", "fr-FR"}) {
		t.Errorf("there are documents or words in %q", left)
	}
}

// Whatever changes the texts of a product in SQL changes what finds it.
func TestSearchFollows(t *testing.T) {
	t.Parallel()
	s := searching(t, translationTable, product("p1", "Qqtitle", "Qqdescription", "Qqtag", "Qqvalue"))
	of := " WHERE title = 'Linen Shirt'"
	for _, step := range []struct{ sql, found, lost string }{
		{`UPDATE product SET title = 'Qqother' WHERE id = 'p1'`, "qqother", "qqtitle"},
		{`UPDATE product SET description = 'Qqmore' WHERE id = 'p1'`, "qqmore", "qqdescription"},
		{`UPDATE product SET subtitle = 'Qqsub' WHERE id = 'p1'`, "qqsub", ""},
		{`UPDATE product_tag SET value = 'Qqlabel' WHERE id = 't_p1'`, "qqlabel", "qqtag"},
		{`DELETE FROM product_tags WHERE product_id = 'p1'`, "qqother", "qqlabel"},
		{`UPDATE product_option_value SET value = 'Qqred' WHERE id = 'ov_p1'`, "qqred", "qqvalue"},
		{`UPDATE product_variant SET sku = 'QQ-7' WHERE id = 'v_p1'`, "QQ-7", "SKU-p1"},
		{`INSERT INTO product_type (id, value) VALUES ('ty', 'Qqtype'); UPDATE product SET type_id = 'ty' WHERE id = 'p1'`, "qqtype", ""},
		{`UPDATE product_type SET value = 'Qqkind' WHERE id = 'ty'`, "qqkind", "qqtype"},
		{`INSERT INTO product_collection (id, title, handle) VALUES ('co', 'Qqcollection', 'co'); UPDATE product SET collection_id = 'co' WHERE id = 'p1'`, "qqcollection", ""},
		{`UPDATE product_collection SET title = 'Qqgroup' WHERE id = 'co'`, "qqgroup", "qqcollection"},
		{`INSERT INTO product_category (id, name, handle, mpath, is_active) VALUES ('ca', 'Qqabove', 'ca', 'ca', true);
INSERT INTO product_category (id, name, handle, mpath, is_active, parent_category_id) VALUES ('cb', 'Qqcategory', 'cb', 'ca.cb', true, 'ca');
INSERT INTO product_category_product (product_id, product_category_id) VALUES ('p1', 'cb')`, "qqcategory", ""},
		{`UPDATE product_category SET name = 'Qqtop' WHERE id = 'ca'`, "qqtop", "qqabove"},
		{`UPDATE product_category SET is_active = false WHERE id = 'cb'`, "qqother", "qqcategory"},
		{`INSERT INTO translation (id, reference_id, reference, locale_code, translations) VALUES ('x', 'p1', 'product', 'de-DE', '{"title": "Qqtitel"}')`, "qqother", "qqtitel"},
		{`DELETE FROM product_variant_option; DELETE FROM product_variant WHERE id = 'v_p1'`, "qqother", "qqred"},
	} {
		s.change(step.sql)
		if got := s.titles(step.found); !slices.Equal(got, []string{"Qqother"}) {
			t.Errorf("after %s %s finds %q", step.sql, step.found, got)
		}
		if step.lost != "" && len(s.titles(step.lost)) > 0 {
			t.Errorf("after %s %s is found", step.sql, step.lost)
		}
	}
	for _, gone := range []string{`status = 'draft'`, `deleted_at = now()`} {
		s.expect("linen shirt", "Linen Shirt")
		s.change(`UPDATE product SET ` + gone + of)
		s.expect("linen shirt")
		s.change(`UPDATE product SET status = 'published', deleted_at = NULL` + of)
	}
	s.change(`DELETE FROM product_sales_channel WHERE product_id = 'p1'; DELETE FROM product WHERE id = 'p1'`)
	s.expect("qqother")
	if left := texts(t, s.d, `SELECT term FROM storegraph.search_term WHERE term LIKE 'qq%' AND term NOT IN ('qqgroup', 'qqtop')
UNION ALL SELECT id FROM storegraph.search_document WHERE id = 'p1'`); len(left) > 0 {
		t.Errorf("words of what is gone: %q", left)
	}
	wrong := texts(t, s.d, `SELECT term FROM storegraph.search_term t
JOIN (SELECT locale, term, sum(shown) AS shown, count(*) AS documents FROM (SELECT locale, unnest(terms) AS term, 1 AS shown FROM storegraph.search_document
	UNION ALL SELECT locale, unnest(words), 0 FROM storegraph.search_document) w GROUP BY 1, 2) c USING (locale, term)
WHERE (t.shown, t.documents) IS DISTINCT FROM (c.shown, c.documents)`)
	if len(wrong) > 0 {
		t.Errorf("miscounted words: %q", wrong)
	}
}

// Changes that leave the texts as they are, such as those of prices and stock, write no document.
func TestSearchLeavesAlone(t *testing.T) {
	t.Parallel()
	s := searching(t)
	const written = `SELECT md5(string_agg(kind || id || locale || xmin, ' ' ORDER BY kind, id, locale)) FROM storegraph.search_document`
	before := texts(t, s.d, written)
	s.change(`UPDATE price SET amount = amount + 1; UPDATE inventory_level SET stocked_quantity = stocked_quantity + 1; UPDATE product SET updated_at = now()`)
	if after := texts(t, s.d, written); !slices.Equal(before, after) {
		t.Error("documents were written")
	}
}

// Two servers share the work, and neither undoes what the other has done. What one has noted and not written is written by the other.
func TestSearchTwoServers(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	servers := []db.DB{dbtest.Open(t, url, db.Options{}), dbtest.Open(t, url, db.Options{})}
	d := servers[0]
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		for i, server := range servers {
			wg.Go(func() {
				write(t, server, fmt.Sprintf(`UPDATE product SET title = title || ' No%d'`, i))
				if err := server.UpdateSearch(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if err := d.UpdateSearch(t.Context()); err != nil { // whichever came too late
		t.Fatal(err)
	}
	s := &searcher{t: t, d: servers[1], v: &db.Viewer{Key: db.NewKey(dbtest.Handles(t)["pk_web"])}}
	s.expect("winter parka no0 no1", texts(t, d, `SELECT title FROM product WHERE title LIKE 'Winter Parka%'`)...)
	write(t, d, `INSERT INTO storegraph.search_pending SELECT 'product', id FROM product; DELETE FROM storegraph.search_document`)
	s.update()
	s.expect("winter parka no0 no1", texts(t, d, `SELECT title FROM product WHERE title LIKE 'Winter Parka%'`)...)
	_, err := db.InTx(t.Context(), d, func(tx db.DB) (struct{}, error) {
		if _, err := tx.Texts(t.Context(), `SELECT pg_advisory_xact_lock($1)::text`, db.SearchLock); err != nil {
			return struct{}{}, err
		}
		s.change(`UPDATE product SET title = 'Changed while another server writes' WHERE title LIKE 'Linen Shirt%'`)
		s.expect("another server")
		return struct{}{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.update()
	s.expect("another server", "Changed while another server writes")
}

// Without the log of changes there are no documents, or none that could be trusted: the shop's own texts are searched, by what they
// contain.
func TestSearchWithoutTriggers(t *testing.T) {
	t.Parallel()
	s := &searcher{t: t, d: dbtest.Shop(t), v: &db.Viewer{Key: db.NewKey(dbtest.Handles(t)["pk_web"])}}
	plain := func() {
		t.Helper()
		s.update()
		s.expect("linen", "Linen Shirt", "Linen Tea Towel")
		s.expect("green tea", "Sencha Green Tea")
		s.expect("winter", "Winter Parka")
		s.expect("novel", "The Lighthouse Keeper")
		s.expect("jaket")
		s.expect("100%")
		found, err := s.d.Search(t.Context(), s.v, "cloth", 5, db.Want{field.Categories: {field.Name: nil}, field.Collections: {field.Title: nil}, field.Products: {field.Nodes: {field.ID: nil}}})
		if err != nil || len(found.Categories) != 1 || found.Categories[0].Name != "Clothing" || len(found.Collections) != 0 {
			t.Errorf("found %+v, %v", found, err)
		}
		suggested, err := s.d.Suggest(t.Context(), s.v, "linen", 5, db.Want{field.Terms: {field.Text: nil}, field.Products: {field.Product: {field.ID: nil}}})
		if err != nil || len(suggested.Terms) != 0 || len(suggested.Products) != 2 {
			t.Errorf("suggested %+v, %v", suggested, err)
		}
	}
	plain()
	if left := texts(t, s.d, `SELECT id FROM storegraph.search_document`); len(left) > 0 {
		t.Errorf("documents that nobody keeps up to date: %q", left)
	}
	if err := db.InstallTriggers(t.Context(), s.d); err != nil {
		t.Fatal(err)
	}
	s.expect("linen", "Linen Shirt", "Linen Tea Towel") // before they are written
	s.update()
	s.expect("prka", "Winter Parka")
	if err := db.RemoveTriggers(t.Context(), s.d); err != nil {
		t.Fatal(err)
	}
	plain()
}

// Nothing depends on extensions of Postgres.
func TestSearchWithoutExtensions(t *testing.T) {
	t.Parallel()
	s := searching(t, `DROP EXTENSION pg_trgm CASCADE; DROP EXTENSION unaccent CASCADE`)
	s.expect("prka", "Winter Parka")
	s.expect("creme", "Crème Brûlée Set — “Été” 夏")
}

// A list of hits is a list like any other: it has filters, facets, counts, other orders and cursors.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := searching(t)
	text, one := "organic", 1
	want := db.Want{field.Edges: {field.Cursor: nil, field.Node: {field.Title: nil}}, field.TotalCount: nil, field.PageInfo: nil, field.Facets: {field.Types: nil}}
	read := func(a db.ProductArgs) *model.ProductConnection {
		t.Helper()
		a.Search = &text
		page, err := s.d.Products(t.Context(), s.v, a, want)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	all := read(db.ProductArgs{})
	var names []string
	for _, e := range all.Edges {
		names = append(names, e.Node.Title)
	}
	if len(names) < 3 || all.TotalCount != len(names) || len(all.Facets.Types) < 2 {
		t.Fatalf("%q, %d, %d types", names, all.TotalCount, len(all.Facets.Types))
	}
	var after *string
	var one1 []string
	for {
		page := read(db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{Page: db.Page{First: &one, After: after}}})
		one1 = append(one1, page.Edges[0].Node.Title)
		if !page.PageInfo.HasNextPage {
			break
		}
		after = page.PageInfo.EndCursor
	}
	if !slices.Equal(one1, names) {
		t.Errorf("one by one: %q, at once: %q", one1, names)
	}
	backwards := read(db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "RELEVANCE", Desc: true}}})
	if first, last := backwards.Edges[0].Node.Title, names[len(names)-1]; first != last {
		t.Errorf("backwards %q comes first, want %q", first, last)
	}
	sorted := read(db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "TITLE"}}})
	if !slices.IsSortedFunc(sorted.Edges, func(a, b model.ProductEdge) int { return strings.Compare(a.Node.Title, b.Node.Title) }) || sorted.TotalCount != len(names) {
		t.Errorf("by title: %+v", sorted.Edges)
	}
	text = " "
	if blank := read(db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "RELEVANCE"}}}); blank.TotalCount <= all.TotalCount {
		t.Errorf("a blank search finds %d products", blank.TotalCount)
	}
	_, err := s.d.Products(t.Context(), s.v, db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "RELEVANCE"}}}, want)
	if err == nil || !strings.Contains(err.Error(), "RELEVANCE") {
		t.Errorf("relevance to nothing: %v", err)
	}
}

// What a search found is not looked for again, until a document has been written.
func TestSearchKept(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{Tracer: count})
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	s := &searcher{t: t, d: d, v: &db.Viewer{Key: db.NewKey(dbtest.Handles(t)["pk_web"])}}
	s.update()
	for _, text := range []string{"shirt", "shrit"} { // as it is written, and misspelled
		first := s.titles(text)
		count.Reset()
		if again := s.titles(text); !slices.Equal(first, again) || len(first) == 0 {
			t.Errorf("%q finds %q, then %q", text, first, again)
		}
		for _, sql := range count.Statements() {
			if strings.Contains(sql, "storegraph.search_document") || strings.Contains(sql, "storegraph.search_term") {
				t.Errorf("%q is looked for again: %s", text, sql)
			}
		}
		s.change(product("prod_"+text, "Shirt of "+text, "", "", ""))
		if now := s.titles(text); len(now) != len(first)+1 {
			t.Errorf("%q finds %q after another shirt was added to %q", text, now, first)
		}
	}
}
