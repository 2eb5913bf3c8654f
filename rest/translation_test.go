package rest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// translated makes the tables of the reference's translation feature, with a few rows.
const translated = `CREATE TABLE locale (id text PRIMARY KEY, code text NOT NULL, name text NOT NULL, deleted_at timestamptz);
CREATE TABLE translation (id text PRIMARY KEY, reference_id text NOT NULL, reference text NOT NULL, locale_code text NOT NULL, translations jsonb NOT NULL,
translated_field_count int NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO locale VALUES ('loc_1', 'de-DE', 'Deutsch');
INSERT INTO store_locale (id, locale_code, store_id) SELECT 'stloc_1', 'de-DE', id FROM store;
INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'trans_' || row_number() OVER (), t.* FROM (VALUES
(@mug, 'product', 'de-DE', '{"title": "Steingutbecher", "subtitle": "nie gesetzt", "description": "  "}'::jsonb),
(@type, 'product_type', 'de-DE', '{"value": "Zuhause"}'::jsonb),
(@moss, 'product_variant', 'de-DE', '{"title": "Moos"}'::jsonb),
((SELECT o.id FROM product_option o JOIN product_product_option l ON l.product_option_id = o.id WHERE l.product_id = @mug), 'product_option', 'de-DE', '{"title": "Glasur"}'::jsonb),
((SELECT v.id FROM product_option_value v JOIN product_product_option l ON l.product_option_id = v.option_id WHERE l.product_id = @mug AND v.value = 'Ink'),
 'product_option_value', 'de-DE', '{"value": "Tinte"}'::jsonb),
(@mug, 'product', 'fr-FR', '{"title": "Tasse"}'::jsonb)) t`

// inGerman adds translations of what is named by the handles in names, a column each, as the same text with "de:" before it.
func inGerman(names map[string]string) string {
	var rows []string
	for handle, columns := range names {
		table, columns, _ := strings.Cut(columns, " ")
		for c := range strings.FieldsSeq(columns) {
			rows = append(rows, `SELECT id, '`+table+`' AS reference, '`+c+`' AS name, `+c+` AS text FROM `+table+` WHERE id = '{`+handle+`}'`)
		}
	}
	return `INSERT INTO translation (id, reference_id, reference, locale_code, translations)
SELECT 'trans_de_' || id, id, reference, 'de-DE', jsonb_object_agg(name, 'de:' || text) FROM (` + strings.Join(rows, " UNION ALL ") + `) t GROUP BY id, reference`
}

// words are the texts that a cart, or an order, copies from the catalogue, in the order of the rows.
func (s *shopper) words(text string) string {
	s.t.Helper()
	type described struct {
		Title, Name  string
		VariantTitle string                         `json:"variant_title"`
		TaxLines     []struct{ Description string } `json:"tax_lines"`
	}
	type shown struct {
		Locale   *string
		Items    []described
		Shipping []described `json:"shipping_methods"`
	}
	var got struct{ Cart, Order, Return *shown }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	of := cmp.Or(got.Cart, got.Order, got.Return)
	if of == nil {
		s.t.Fatalf("neither a cart nor an order: %s", text)
	}
	out := []string{}
	if of.Locale != nil {
		out = append(out, *of.Locale)
	}
	for _, d := range append(of.Items, of.Shipping...) {
		out = append(out, d.Title+d.Name)
		if d.VariantTitle != "" {
			out = append(out, d.VariantTitle)
		}
		for _, l := range d.TaxLines {
			out = append(out, l.Description)
		}
	}
	return strings.Join(out, ", ")
}

// TestLanguageOfCart holds that a cart and what comes of it are described in the cart's language, and D73 of DEVIATIONS.md.
func TestLanguageOfCart(t *testing.T) {
	t.Parallel()
	s, merchant := newMarket(t)
	merchant(strings.Split(translated, ";\n")[0], strings.Split(translated, ";\n")[1], inGerman(map[string]string{
		"prod_stone_mug": "product title", "var_mug_moss": "product_variant title", "so_eu_std": "shipping_option name", "so_us_return": "shipping_option name",
	}), `INSERT INTO translation (id, reference_id, reference, locale_code, translations)
SELECT 'trans_' || id, id, 'tax_rate', 'de-DE', jsonb_build_object('name', 'de:' || name) FROM tax_rate WHERE code = 'DE19'`)
	const fields = "?fields=locale,items.title,items.variant_title,items.tax_lines.description,shipping_methods.name,shipping_methods.tax_lines.description"
	send := func(method, path, body string) string {
		status, text := s.ask(method, path, body)
		if status != http.StatusOK {
			t.Fatalf("%s %s %s = %d %s", method, path, body, status, text)
		}
		return text
	}
	const german = "de-DE, de:Stoneware Mug, de:Moss, de:MwSt., de:Standard Europe, de:MwSt."
	const own = "Stoneware Mug, Moss, MwSt., Standard Europe, MwSt."
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","locale":"de-DE","shipping_address":{"country_code":"de"},"items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	path := "/store/carts/" + c.ID
	for _, step := range []struct{ method, path, body, want string }{
		{"POST", path + "/shipping-methods" + fields, `{"option_id":"{so_eu_std}"}`, german},
		{"GET", path + fields + "&locale=fr-FR", "", german},
		{"POST", path + fields, `{"locale":null}`, own},
		{"POST", path + fields, `{"locale":"de-DE"}`, german},
		{"POST", path + fields, `{"locale":""}`, own},
		{"POST", path + fields, `{"locale":"it-IT"}`, "it-IT, " + own},
		{"POST", path + fields, `{"locale":"de-DE","metadata":{"a":1}}`, german},
		{"POST", path + "/taxes" + fields, `{}`, german},
	} {
		if got := s.words(send(step.method, step.path, step.body)); got != step.want {
			t.Errorf("%s %s: %q, want %q", step.method, step.body, got, step.want)
		}
	}
	s.pay(c.ID)
	if got := s.words(send("POST", path+"/complete", "")); "de-DE, "+got != german {
		t.Errorf("the order is in %q, want %q", got, german)
	}
	merchant(`UPDATE "order" SET locale = 'de-DE' WHERE id = '{order_ret1}'`)
	if got := s.words(send("POST", "/store/returns", `{"order_id":"{order_ret1}","items":[{"id":"{order_ret1_item1}","quantity":1}],"return_shipping":{"option_id":"{so_us_return}"}}`)); !strings.HasSuffix(got, "de:Return label US") {
		t.Errorf("the return is in %q, want its shipping in the order's language", got)
	}
}

// TestLocales holds that a shop whose texts can be translated has languages, even none, and that others do not have the route.
func TestLocales(t *testing.T) {
	t.Parallel()
	s, merchant := newMarket(t)
	s.refused("GET", "/store/locales", "", 404, "Cannot GET /store/locales")
	if c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","locale":"en-US","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`); len(c.Items) != 1 {
		t.Errorf("a cart in a language of a shop that is not translated = %+v, want its line", c)
	}
	merchant(strings.Split(translated, ";\n")[0])
	if status, text := s.ask("GET", "/store/locales", ""); status != http.StatusOK || text != `{"locales":[]}` {
		t.Errorf("the languages of a shop without any: %d %s, want an empty list", status, text)
	}
}

// TestTranslations holds D74 of DEVIATIONS.md.
func TestTranslations(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	handles := dbtest.Handles(t)
	h := newHandler(t, dbtest.Open(t, url, db.Options{}), nil)
	path := "/store/products/" + handles["prod_stone_mug"] + "?fields=id,title,description,type.value,variants.title"
	ask := func(path, header string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		r.Header.Set("X-Medusa-Locale", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	base := ask(path, "")
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for statement := range strings.SplitSeq(translated, ";\n") {
		if _, err := conn.Exec(ctx, statement, pgx.NamedArgs{"mug": handles["prod_stone_mug"], "type": handles["type_home"], "moss": handles["var_mug_moss"]}); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(path, ""); got != base {
		t.Errorf("without a locale: %s, want %s", got, base)
	}
	for name, got := range map[string]string{
		"by header": ask(path, "de-DE"), "by parameter": ask(path+"&locale=de_de", ""), "the parameter before the header": ask(path+"&locale=de-DE", "fr-FR"),
	} {
		if !strings.Contains(got, "Steingutbecher") || !strings.Contains(got, "Zuhause") || !strings.Contains(got, "Moos") || strings.Contains(got, `"description":"  "`) {
			t.Errorf("%s: %s, want the German texts, and the shop's own where there is none", name, got)
		}
	}
	if got := ask(path, "it-IT"); got != base {
		t.Errorf("in a language without translations: %s, want %s", got, base)
	}
	if got := ask("/store/product-options?fields=title,values.value&title=Glaze", "de-DE"); !strings.Contains(got, "Glasur") || !strings.Contains(got, "Tinte") {
		t.Errorf("options: %s, want them in German", got)
	}
	if got := ask("/store/locales", ""); got != `{"locales":[{"code":"de-DE","name":"Deutsch"}]}` {
		t.Errorf("GET /store/locales = %s", got)
	}
}
