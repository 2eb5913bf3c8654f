package db_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite migration/reference_columns.txt")

// catalogue lists every table, column, index, constraint, sequence, function and trigger of the schema public, one a line.
const catalogue = `
	SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
		CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm')
	UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
	UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
	FROM pg_constraint WHERE connamespace = 'public'::regnamespace
	UNION ALL SELECT 'sequence ' || sequencename || ' ' || data_type FROM pg_sequences WHERE schemaname = 'public'
	UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
	WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
	UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
	UNION ALL SELECT 'enum ' || t.typname || ' ' || string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
	FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname
	UNION ALL SELECT 'search ' || c.cfgname || ' ' || m.maptokentype || ' ' || m.mapseqno || ' ' || m.mapdict::regdictionary
	FROM pg_ts_config c JOIN pg_ts_config_map m ON m.mapcfg = c.oid WHERE c.cfgnamespace = 'public'::regnamespace
	UNION ALL SELECT 'extension ' || extname FROM pg_extension
	ORDER BY 1`

// The recorded shop was made by the reference itself, so its schema is what Migrate must reach.
func TestMigrateMakesTheReferencesSchema(t *testing.T) {
	t.Parallel()
	got, want := lines(t, dbtest.URL(t), catalogue), lines(t, dbtest.ReadShopURL(t), catalogue)
	for i, line := range want {
		// The recorded shop went through pg_dump, whose text of this one condition does not restore to itself.
		want[i] = strings.Replace(line,
			"(ARRAY[('done'::character varying)::text, ('failed'::character varying)::text, ('reverted'::character varying)::text])",
			"((ARRAY['done'::character varying, 'failed'::character varying, 'reverted'::character varying])::text[])", 1)
	}
	for _, line := range without(want, got) {
		t.Errorf("missing: %s", line)
	}
	for _, line := range without(got, want) {
		t.Errorf("not the reference's: %s", line)
	}
	if len(want) < 1000 {
		t.Errorf("the catalogue has only %d lines", len(want))
	}
}

// With equal rows the reference finds nothing left to migrate.
func TestMigrateRecordsTheReferencesMigrations(t *testing.T) {
	t.Parallel()
	fresh, recorded := dbtest.URL(t), dbtest.ReadShopURL(t)
	for _, sql := range []string{
		"SELECT name FROM mikro_orm_migrations ORDER BY id",
		"SELECT table_name || link_descriptor FROM link_module_migrations ORDER BY id",
		"SELECT script_name FROM script_migrations WHERE finished_at IS NOT NULL ORDER BY id",
		"SELECT currency::text FROM (SELECT code, symbol, symbol_native, decimal_digits, rounding, raw_rounding, name FROM currency) currency",
		"SELECT country::text FROM (SELECT iso_2, iso_3, num_code, name, display_name FROM region_country) country ORDER BY 1",
		"SELECT id FROM payment_provider UNION SELECT id FROM tax_provider UNION SELECT id FROM fulfillment_provider UNION SELECT id || channels::text FROM notification_provider ORDER BY 1",
		"SELECT label || description FROM refund_reason WHERE code IN ('shipping_issue', 'customer_care_adjustment', 'pricing_error') ORDER BY 1",
		"SELECT name || type FROM shipping_profile WHERE name LIKE 'Default%'",
	} {
		got, want := lines(t, fresh, sql), lines(t, recorded, sql)
		if len(want) == 0 || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\ngot  %q\nwant %q", sql, got, want)
		}
	}
}

func TestMigrateLeavesTheReferencesDatabaseAlone(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "DROP SCHEMA storegraph CASCADE"); err != nil {
		t.Fatal(err)
	}
	const rows = `SELECT relname || n FROM (SELECT relname, (xpath('/row/n/text()', query_to_xml(
		format('SELECT count(*) AS n FROM public.%I', relname), false, true, '')))[1]::text AS n
		FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') c ORDER BY 1`
	before := append(lines(t, url, catalogue), lines(t, url, rows)...)
	d := dbtest.Open(t, url, db.Options{})
	migrate(t, d)
	after := append(lines(t, url, catalogue), lines(t, url, rows)...)
	if strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("Migrate changed the reference's part: lost %q, added %q", without(before, after), without(after, before))
	}
	report(t, d, "")
}

func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.BlankURL(t)
	var group sync.WaitGroup
	for range 3 {
		d := dbtest.Open(t, url, db.Options{})
		group.Go(func() {
			if err := db.Migrate(context.WithoutCancel(t.Context()), d, slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	report(t, dbtest.Open(t, url, db.Options{}), "")
}

func TestMigrateRefusesOtherDatabases(t *testing.T) {
	t.Parallel()
	url := dbtest.BlankURL(t)
	if _, err := connect(t, url).Exec(t.Context(), "CREATE TABLE cart (wheels int)"); err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, url, db.Options{})
	err := db.Migrate(t.Context(), d, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "use an empty one") {
		t.Errorf("Migrate = %v, want a refusal", err)
	}
	report(t, d, "not Medusa's")
}

// The list that Check compares with is the migrated schema, but for the tables that no statement here names.
func TestReferenceColumns(t *testing.T) {
	t.Parallel()
	all := lines(t, dbtest.URL(t), `
		SELECT c.relname || string_agg(' ' || a.attname || ':' || t.typname, '' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
		GROUP BY c.relname ORDER BY c.relname COLLATE "C"`)
	words := sourceWords(t)
	used := slices.DeleteFunc(all, func(line string) bool {
		table, _, _ := strings.Cut(line, " ")
		return !words[table]
	})
	got := strings.Join(used, "\n") + "\n"
	const file = "migration/reference_columns.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want, err := os.ReadFile(file); err != nil || got != string(want) {
		t.Errorf("%s is not what is used of the migrated schema (%v); run go test ./db -run TestReferenceColumns -update", file, err)
	}
}

// sourceWords returns the words of the package's sources, in which every table is named that statements use.
func sourceWords(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range regexp.MustCompile(`[a-z0-9_]+`).FindAllString(string(text), -1) {
			words[w] = true
		}
	}
	return words
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ change, want string }{
		"nothing":       {"SELECT 1", ""},
		"more":          {"ALTER TABLE cart ADD wheels int; CREATE TABLE wheel (id int)", ""},
		"old reference": {"DELETE FROM mikro_orm_migrations WHERE name = 'Migration20260903085616'", "older than Medusa 2.21.2: 1 of its migrations are missing (Migration20260903085616)"},
		"column":        {"ALTER TABLE cart RENAME completed_at TO done_at", "table cart lacks columns: completed_at"},
		"table":         {"DROP TABLE store_locale", "tables are missing: store_locale"},
		"type":          {"ALTER TABLE cart ALTER metadata TYPE text", "column cart.metadata is of type text, want jsonb"},
		"no scripts":    {"DROP TABLE script_migrations", ""},
		"unused tables": {"DROP TABLE order_claim_item_image, workflow_execution, notification CASCADE", ""},
		"own schema":    {"DROP SCHEMA storegraph CASCADE", "the schema storegraph is missing: run storegraph migrate"},
		"own version":   {"DELETE FROM storegraph.migration WHERE version_id > 0", "the schema storegraph has version 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.URL(t)
			if _, err := connect(t, url).Exec(t.Context(), tc.change); err != nil {
				t.Fatal(err)
			}
			report(t, dbtest.Open(t, url, db.Options{}), tc.want)
		})
	}
}

func TestCheckEmpty(t *testing.T) {
	t.Parallel()
	report(t, dbtest.Open(t, dbtest.BlankURL(t), db.Options{}), "the database is empty: run storegraph migrate")
}

func TestCheckNotes(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	_, err := connect(t, url).Exec(t.Context(), `
		INSERT INTO mikro_orm_migrations (name) VALUES ('Migration20991231');
		DROP EXTENSION pg_trgm CASCADE`)
	if err != nil {
		t.Fatal(err)
	}
	r := report(t, dbtest.Open(t, url, db.Options{}), "")
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{
		"catalogue triggers: not installed", "(Migration20991231)", "extension pg_trgm: not installed", "schema storegraph: version",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
}

// report checks that the only problem is the wanted one; empty means none.
func report(t *testing.T, d db.DB, want string) db.Report {
	t.Helper()
	r, err := db.Check(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case want == "" && (!r.OK() || r.Err() != nil):
		t.Errorf("Check: %v, want no problem", r.Err())
	case want != "" && (len(r.Problems) != 1 || !strings.Contains(r.Problems[0], want) || !strings.Contains(fmt.Sprint(r.Err()), want)):
		t.Errorf("Check: problems %q, want one: %s", r.Problems, want)
	}
	return r
}

func migrate(t *testing.T, d db.DB) {
	t.Helper()
	if err := db.Migrate(t.Context(), d, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, url, sql string) []string {
	t.Helper()
	rows, err := connect(t, url).Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// without is what of all is not in some.
func without(all, some []string) []string {
	known := map[string]bool{}
	for _, s := range some {
		known[s] = true
	}
	var rest []string
	for _, s := range all {
		if !known[s] {
			rest = append(rest, s)
		}
	}
	return rest
}

// A database that lacks an earlier migration than its last, as one has that followed a branch, gets it.
func TestMigrateOutOfOrder(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := dbtest.Open(t, url, db.Options{})
	if _, err := d.Exec(t.Context(), "DROP TABLE storegraph.oauth_state"); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Exec(t.Context(), "DELETE FROM storegraph.migration WHERE version_id = 12"); err != nil || n != 1 {
		t.Fatalf("forgot %d migrations (%v), want 1", n, err)
	}
	report, err := db.Check(t.Context(), d)
	if err != nil || report.OK() || !strings.Contains(report.Err().Error(), "lacks the migrations [12]") {
		t.Errorf("Check = %v, %v, want a database that lacks 12", report.Err(), err)
	}
	if err := db.Migrate(t.Context(), d, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if report, err := db.Check(t.Context(), d); err != nil || !report.OK() {
		t.Errorf("Check after Migrate = %v, %v", report.Err(), err)
	}
}
