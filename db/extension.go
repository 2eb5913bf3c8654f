package db

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Extensions are what a shop has that the reference's schema as such has not, and the providers that it names.
type Extensions struct {
	Providers []Registered
	Links     []ModuleLink
	Tables    []string // of modules of the shop's own
	Columns   []string // table.column, added to the reference's tables
}

// A Registered provider is one that the database names.
type Registered struct {
	Kind string // payment, fulfillment, tax or auth
	ID   string
}

// A ModuleLink is a table by which a shop links things of two modules.
type ModuleLink struct{ Table, From, To string }

// FindExtensions looks for what a shop has added to the reference.
func FindExtensions(ctx context.Context, d DB) (Extensions, error) {
	var e Extensions
	found, err := foundTables(ctx, d)
	if err != nil {
		return e, err
	}
	if e.Providers, err = namedProviders(ctx, d); err != nil {
		return e, err
	}
	links, err := moduleLinks(ctx, d)
	if err != nil {
		return e, err
	}
	for _, table := range slices.Sorted(maps.Keys(found)) {
		own, ok := baseline()[table]
		switch link, isLink := links[table]; {
		case ok:
			for _, column := range slices.Sorted(maps.Keys(found[table])) {
				if !own[column] {
					e.Columns = append(e.Columns, table+"."+column)
				}
			}
		case isLink:
			e.Links = append(e.Links, link)
		default:
			e.Tables = append(e.Tables, table)
		}
	}
	return e, nil
}

// namedProviders are the providers that the database names. Those of log-ins have no table; they are known by the identities that they have.
func namedProviders(ctx context.Context, d DB) ([]Registered, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT 'payment', id FROM public.payment_provider WHERE is_enabled AND deleted_at IS NULL
		UNION SELECT 'fulfillment', id FROM public.fulfillment_provider WHERE is_enabled AND deleted_at IS NULL
		UNION SELECT 'tax', id FROM public.tax_provider WHERE is_enabled AND deleted_at IS NULL
		UNION SELECT 'auth', provider FROM public.provider_identity WHERE deleted_at IS NULL`)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Registered])
	slices.SortFunc(out, func(a, b Registered) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return out, err
}

// moduleLinks are all links between modules, by their tables.
func moduleLinks(ctx context.Context, d DB) (map[string]ModuleLink, error) {
	rows, err := d.pool.Query(ctx, `
		SELECT table_name, coalesce(link_descriptor->>'fromModel', ''), coalesce(link_descriptor->>'toModel', '') FROM public.link_module_migrations`)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ModuleLink])
	out := map[string]ModuleLink{}
	for _, l := range all {
		out[l.Table] = l
	}
	return out, err
}

// optional are tables of the reference's own modules that need not be there.
var optional = []string{"locking", "mikro_orm_migrations"}

// baseline are the tables of the reference as such, with their columns.
var baseline = sync.OnceValue(func() map[string]map[string]bool {
	out, table := map[string]map[string]bool{}, ""
	for line := range strings.Lines(migrationText("reference.sql")) {
		line = strings.TrimRight(line, "\r\n")
		switch name, ok := strings.CutPrefix(line, "CREATE TABLE public."); {
		case ok:
			table = strings.Trim(strings.TrimSuffix(name, " ("), `"`)
			out[table] = map[string]bool{}
		case strings.HasPrefix(line, ")"):
			table = ""
		case table != "" && strings.HasPrefix(line, "    "):
			column, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			out[table][strings.Trim(column, `"`)] = true
		}
	}
	for _, name := range optional {
		if out[name] == nil {
			out[name] = map[string]bool{"id": true, "owner_id": true, "expiration": true}
		}
	}
	return out
})
