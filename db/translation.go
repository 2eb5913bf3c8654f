package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun/dialect/pgdialect"
)

// translationMigrations are the names of the reference's migrations that make the tables of its translation module.
var translationMigrations = []string{"Migration20251208124155", "Migration20251215083927", "Migration20251218140235", "Migration20260108122757"}

// CreateTranslations makes the tables of the reference's translation module as its migrations do, and notes that they are done, so that a
// Medusa whose translation feature is switched on finds nothing left to migrate. If the tables are there, nothing is changed. Their
// changes are logged if those of the catalogue are.
func CreateTranslations(ctx context.Context, d DB) error {
	_, err := InTx(ctx, d, func(tx DB) (struct{}, error) {
		there, installed := false, false
		err := tx.run(ctx, func(b *batch) {
			b.read(`SELECT to_regclass('public.translation') IS NOT NULL`, nil, func(c *cursor) { there = c.bool() })
			b.read(`SELECT installed FROM storegraph.change_log`, nil, func(c *cursor) { installed = c.bool() })
		})
		if err != nil || there {
			return struct{}{}, err
		}
		if _, err := tx.direct(ctx, migrationText("reference_translation.sql")); err != nil {
			return struct{}{}, fmt.Errorf("reference_translation.sql: %w", toModel(err))
		}
		if err := tx.write(ctx, `INSERT INTO mikro_orm_migrations (name) SELECT unnest(?::text[]) EXCEPT SELECT name FROM mikro_orm_migrations`, pgdialect.Array(translationMigrations)); err != nil || !installed {
			return struct{}{}, err
		}
		for _, l := range loggedTables {
			if l.entity == entityTranslation {
				err = tx.define(ctx, l.installation())
			}
		}
		return struct{}{}, err
	})
	d.translations.absent.Store(0)
	return err
}
