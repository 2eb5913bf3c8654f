package db

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// ReferenceVersion is the version of Medusa whose schema the store is written for.
const ReferenceVersion = "2.21.2"

// SchemaVersion is the version of the schema storegraph that Check wants, and Migrate makes.
func SchemaVersion() int { return slices.Max(ownVersions()) }

// ownVersions are the numbers of the migrations of the schema storegraph, which Check wants done.
var ownVersions = sync.OnceValue(func() []int {
	versions := []int{1} // the reference's schema, which is no file
	names, err := fs.Glob(Migrations(), "[0-9]*_*.sql")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			panic(err) // goose would refuse the name
		}
		versions = append(versions, n)
	}
	slices.Sort(versions)
	return versions
})

// Report is what Check finds out about a database.
type Report struct {
	// Problems are the reasons why the database cannot be served. None means that it can.
	Problems []string
	// Notes are what else is worth knowing.
	Notes []string
}

// OK is true if the database can be served.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Err is nil if the database can be served, otherwise an error that names every problem.
func (r Report) Err() error {
	if r.OK() {
		return nil
	}
	return fmt.Errorf("the database cannot be served:\n  - %s", strings.Join(r.Problems, "\n  - "))
}

// Check compares the database with the schema that the store is written for. The error is about asking,
// not about what was found. It is Unavailable if the database was not there, or not for long enough.
func Check(ctx context.Context, d DB) (r Report, err error) {
	err = d.persist(ctx, func() error {
		r, err = check(ctx, d)
		return lost(ctx, err)
	})
	return r, err
}

func check(ctx context.Context, d DB) (Report, error) {
	var r Report
	found, err := foundTables(ctx, d)
	if err != nil {
		return r, err
	}
	if _, ok := found["mikro_orm_migrations"]; !ok {
		if len(found) == 0 {
			r.problem("the database is empty: run storegraph migrate")
		} else {
			r.problem("the database has tables, but not Medusa's: set DATABASE_URL to a Medusa or an empty database")
		}
		return r, nil
	}
	if err := r.reference(ctx, d); err != nil {
		return r, err
	}
	r.columns(found)
	if err := r.own(ctx, d); err != nil {
		return r, err
	}
	return r, r.surroundings(ctx, d, found)
}

func (r *Report) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// reference compares the reference's migrations.
func (r *Report) reference(ctx context.Context, d DB) error {
	rows, err := d.pool.Query(ctx, "SELECT name FROM public.mikro_orm_migrations ORDER BY id")
	if err != nil {
		return err
	}
	done, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	known := referenceMigrations()
	missing, unknown := without(known, done), without(done, slices.Concat(known, translationMigrations))
	if len(missing) > 0 {
		r.problem("the schema is older than Medusa %s: %d of its migrations are missing (%s): run medusa db:migrate of that version",
			ReferenceVersion, len(missing), sample(missing))
	} else {
		r.note("schema: Medusa %s", ReferenceVersion)
	}
	if len(unknown) > 0 {
		r.note("%d migrations are not Medusa %s's (%s): of modules or of a later version", len(unknown), ReferenceVersion, sample(unknown))
	}
	return nil
}

// columns compares the tables that are used, their columns and types with those of a migrated database. More than those is fine.
func (r *Report) columns(found map[string]columns) {
	var tables []string
	for _, want := range referenceTables() {
		have, ok := found[want.name]
		if !ok {
			tables = append(tables, want.name)
			continue
		}
		var missing []string
		for _, c := range want.columns {
			switch typ, ok := have[c.name]; {
			case !ok:
				missing = append(missing, c.name)
			case typ != c.typ:
				r.problem("column %s.%s is of type %s, want %s", want.name, c.name, typ, c.typ)
			}
		}
		if len(missing) > 0 {
			r.problem("table %s lacks columns: %s", want.name, strings.Join(missing, ", "))
		}
	}
	if len(tables) > 0 {
		r.problem("tables are missing: %s", strings.Join(tables, ", "))
	}
}

// own compares the version of the schema storegraph.
func (r *Report) own(ctx context.Context, d DB) error {
	var exists bool
	if err := d.pool.QueryRow(ctx, "SELECT to_regclass('storegraph.migration') IS NOT NULL").Scan(&exists); err != nil {
		return err
	}
	if !exists {
		r.problem("the schema storegraph is missing: run storegraph migrate")
		return nil
	}
	rows, err := d.pool.Query(ctx, "SELECT version_id FROM storegraph.migration WHERE is_applied AND version_id > 0 ORDER BY version_id")
	if err != nil {
		return err
	}
	done, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	want, last := ownVersions(), SchemaVersion()
	version := 0
	if len(done) > 0 {
		version = done[len(done)-1]
	}
	missing := slices.DeleteFunc(slices.Clone(want), func(n int) bool { return slices.Contains(done, n) })
	switch {
	case version < last:
		r.problem("the schema storegraph has version %d, want %d: run storegraph migrate", version, last)
	case len(missing) > 0:
		r.problem("the schema storegraph lacks the migrations %v: run storegraph migrate", missing)
	case version > last:
		r.note("the schema storegraph has version %d, later than this program's %d", version, last)
	default:
		r.note("schema storegraph: version %d", version)
	}
	return nil
}

// surroundings notes what changes how the store works without deciding whether it can.
func (r *Report) surroundings(ctx context.Context, d DB, found map[string]columns) error {
	all, lack, err := unlogged(ctx, d, found)
	switch {
	case err != nil:
		return err
	case len(lack) == 0:
		r.note("catalogue triggers: installed on %d tables", len(all))
	case len(lack) == len(all):
		r.note("catalogue triggers: not installed, so products are searched by what their texts contain, without relevance or typos")
	default:
		r.note("catalogue triggers: missing or old on %s: run storegraph migrate --catalogue-triggers", strings.Join(lack, ", "))
	}
	rows, err := d.pool.Query(ctx, `
		SELECT want FROM unnest('{pg_trgm,unaccent}'::text[]) want
		WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = want)`)
	if err != nil {
		return err
	}
	extensions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range extensions {
		r.note("extension %s: not installed, so the reference's search has no index", name)
	}
	return err
}

// columns maps names to types as pg_type spells them.
type columns map[string]string

// foundTables are the tables of the schema public.
func foundTables(ctx context.Context, d DB) (map[string]columns, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT c.relname::text, a.attname::text, t.typname::text
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`)
	if err != nil {
		return nil, err
	}
	found := map[string]columns{}
	var table, column, typ string
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &typ}, func() error {
		if found[table] == nil {
			found[table] = columns{}
		}
		found[table][column] = typ
		return nil
	})
	return found, err
}

type referenceTable struct {
	name    string
	columns []referenceColumn
}

type referenceColumn struct{ name, typ string }

// referenceTables reads reference_columns.txt, which has the tables that are used here: one table a line, then its columns as
// name:type. The database may lack others, such as the one that medusa db:migrate --skip-scripts does not make.
func referenceTables() []referenceTable {
	var tables []referenceTable
	for line := range strings.Lines(migrationText("reference_columns.txt")) {
		words := strings.Fields(line)
		table := referenceTable{name: words[0]}
		for _, word := range words[1:] {
			name, typ, _ := strings.Cut(word, ":")
			table.columns = append(table.columns, referenceColumn{name, typ})
		}
		tables = append(tables, table)
	}
	return tables
}

// without is what of all is not in some.
func without(all, some []string) []string {
	known := make(map[string]bool, len(some))
	for _, s := range some {
		known[s] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return known[s] })
}

// sample names the first few.
func sample(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:few], ", ") + ", …"
}
