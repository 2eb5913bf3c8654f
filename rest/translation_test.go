package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"storegraph/db"
	"storegraph/db/dbtest"
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
(@mug, 'product', 'fr-FR', '{"title": "Tasse"}'::jsonb)) t`

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
	if got := ask("/store/locales", ""); got != `{"locales":[{"code":"de-DE","name":"Deutsch"}]}` {
		t.Errorf("GET /store/locales = %s", got)
	}
}
