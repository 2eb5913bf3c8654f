package seed_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/seed"
)

// translatable has the columns that Medusa translates, by table.
var translatable = map[string]string{
	"product": "title subtitle description material", "product_variant": "title material", "product_option": "title", "product_option_value": "value",
	"product_category": "name description", "product_collection": "title", "product_type": "value", "product_tag": "value", "region": "name",
	"customer_group": "name", "shipping_option": "name", "shipping_option_type": "label description", "tax_rate": "name", "return_reason": "label description",
}

// word matches a text with something to translate: sizes and weights have nothing.
var word = regexp.MustCompile(`\p{L}{3}`)

// Each text that Medusa translates is translated into each language of the store, and no translation is of nothing.
func TestTranslations(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	texts := map[string]bool{}
	for table, columns := range translatable {
		for column := range strings.FieldsSeq(columns) {
			rows, err := d.Texts(t.Context(), `SELECT o.`+column+` || E'\t' || l.locale_code || E'\t' || coalesce(t.translations ->> '`+column+`', '')
				FROM `+table+` o CROSS JOIN store_locale l LEFT JOIN translation t ON t.reference_id = o.id AND t.reference = '`+table+`' AND t.locale_code = l.locale_code
				WHERE o.deleted_at IS NULL AND o.`+column+` <> ''`)
			if err != nil || len(rows) == 0 {
				t.Fatalf("%s.%s: %d texts, %v", table, column, len(rows), err)
			}
			for _, row := range rows {
				part := strings.Split(row, "\t")
				texts[part[0]] = true
				if word.MatchString(part[0]) && part[2] == "" {
					t.Errorf("%s.%s %q has no translation into %s", table, column, part[0], part[1])
				}
			}
		}
	}
	for _, text := range seed.Texts() {
		if !texts[text] {
			t.Errorf("translation.txt has %q, which the shop has not", text)
		}
	}
	for name, sql := range map[string]string{
		"translated fields are counted":      `SELECT id FROM translation WHERE translated_field_count <> (SELECT count(*) FROM jsonb_object_keys(translations)) OR translations = '{}'`,
		"a language of the store has a name": `SELECT locale_code FROM store_locale s WHERE NOT EXISTS (SELECT FROM locale l WHERE l.code = s.locale_code)`,
	} {
		if wrong, err := d.Texts(t.Context(), sql); err != nil || len(wrong) > 0 {
			t.Errorf("%s: %v, %v", name, wrong, err)
		}
	}
	if got, err := d.Texts(t.Context(), `SELECT locale_code FROM store_locale ORDER BY 1`); err != nil || !slices.Equal(got, []string{"de-DE", "fr-FR"}) {
		t.Errorf("languages = %v, %v", got, err)
	}
}

// The tables of translations are made once, with what logs their changes, and a Medusa finds its migrations done.
func TestTranslationTables(t *testing.T) {
	t.Parallel()
	d := empty(t)
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	// A Medusa whose translation feature is on has languages already, and the store speaks one of them.
	if err := db.CreateTranslations(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`INSERT INTO locale (id, code, name) VALUES ('loc_1', 'de-DE', 'German')`, `INSERT INTO store (id, name) VALUES ('store_1', 'Other')`,
		`INSERT INTO store_locale (id, locale_code, store_id) VALUES ('stloc_1', 'de-DE', 'store_1')`,
	} {
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	before, _, err := d.ChangePosition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Run(t.Context(), d, seed.Options{Beside: true}); err != nil {
		t.Fatal(err)
	}
	if c, err := d.ChangesSince(t.Context(), before); err != nil || !c.Translations {
		t.Errorf("changes = %+v, %v, want translations", c, err)
	}
	r, err := db.Check(t.Context(), d)
	if err != nil || !r.OK() {
		t.Errorf("Check = %v, %v", r.Problems, err)
	}
	for _, note := range r.Notes {
		if strings.Contains(note, "missing") || strings.Contains(note, "are not Medusa") {
			t.Errorf("Check notes %q", note)
		}
	}
	got, err := d.Texts(t.Context(), `SELECT string_agg(locale_code, ' ' ORDER BY locale_code) FROM store_locale WHERE store_id = 'store_1'
		UNION ALL SELECT string_agg(code, ' ' ORDER BY code) FROM locale
		UNION ALL SELECT count(*)::text FROM mikro_orm_migrations WHERE name IN ('Migration20251208124155', 'Migration20251215083927', 'Migration20251218140235', 'Migration20260108122757')`)
	if want := "de-DE fr-FR,de-DE fr-FR,4"; err != nil || strings.Join(got, ",") != want {
		t.Errorf("languages, names and migrations = %v, %v, want %s", got, err, want)
	}
}

// An untranslated shop has no tables of translations.
func TestUntranslated(t *testing.T) {
	t.Parallel()
	d := empty(t)
	if _, err := seed.Run(t.Context(), d, seed.Options{Untranslated: true}); err != nil {
		t.Fatal(err)
	}
	got, err := d.Texts(t.Context(), `SELECT coalesce(to_regclass('public.translation')::text, to_regclass('public.locale')::text, 'none')`)
	if err != nil || got[0] != "none" {
		t.Errorf("tables = %v, %v", got, err)
	}
}
