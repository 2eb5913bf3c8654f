package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/storegraph/storegraph/model"
)

// migrationLock is the advisory lock that lets one process migrate at a time: "store" in letters.
const migrationLock = 0x73746f7265

//go:embed migration
var migrationFiles embed.FS

// Migrations holds the files that Migrate runs and Check compares with.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migration")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	return sub
}

// Migrate brings the database to this version's schema. In an empty one it makes everything, so that the
// reference's server can be attached later with nothing left to migrate. In the reference's it only adds the
// schema storegraph. It is safe to run by several processes at once and again. It holds a lock of its session, so
// the database's address must not be that of a pooler in transaction mode.
func Migrate(ctx context.Context, d DB, log *slog.Logger) error {
	d, err := d.unlimited(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	provider, err := migrator(ctx, d, log)
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		log.InfoContext(ctx, "migrated", "version", r.Source.Version, "took", r.Duration.Round(time.Millisecond))
	}
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		err = partial.Err
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func migrator(ctx context.Context, d DB, log *slog.Logger) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	if err := createSchema(ctx, d); err != nil {
		return nil, err
	}
	reference := goose.NewGoMigration(1, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		return createReference(ctx, tx, log)
	}}, nil)
	return goose.NewProvider(goose.DialectPostgres, d.bunPool.DB, Migrations(),
		goose.WithTableName("storegraph.migration"),
		goose.WithSessionLocker(locker),
		goose.WithGoMigrations(reference),
		goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true), // they touch tables of their own, and are written side by side
		goose.WithLogger(goose.NopLogger()),
	)
}

// createSchema makes the room for goose's version table. Postgres lets IF NOT EXISTS fail when two do it
// at once, hence the lock.
func createSchema(ctx context.Context, d DB) error {
	_, err := d.bunPool.ExecContext(ctx, fmt.Sprintf(
		"BEGIN; SELECT pg_advisory_xact_lock(%d + 1); CREATE SCHEMA IF NOT EXISTS storegraph; COMMIT", migrationLock))
	return err
}

// createReference is migration 1: the reference's schema, unless it is there.
func createReference(ctx context.Context, tx *sql.Tx, log *slog.Logger) error {
	var reference, other sql.NullString
	err := tx.QueryRowContext(ctx, `
		SELECT to_regclass('public.mikro_orm_migrations')::text,
			(SELECT min(tablename) FROM pg_tables WHERE schemaname = 'public')`).Scan(&reference, &other)
	if err != nil {
		return err
	}
	if reference.Valid {
		log.InfoContext(ctx, "the database has the reference's schema: it stays as it is")
		return nil
	}
	if other.Valid {
		return fmt.Errorf("the database has tables (%q) but not the reference's: use an empty one", other.String)
	}
	for _, name := range []string{"reference.sql", "reference_rows.sql"} {
		if _, err := tx.ExecContext(ctx, migrationText(name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range referenceMigrations() {
		if _, err := tx.ExecContext(ctx, "INSERT INTO public.mikro_orm_migrations (name) VALUES ($1)", name); err != nil {
			return err
		}
	}
	return createReferenceNamed(ctx, tx, time.Now())
}

// referenceMigrations are the names of the migrations that make the reference's schema, in its order.
func referenceMigrations() []string { return strings.Fields(migrationText("reference_migrations.txt")) }

func migrationText(name string) string {
	text, err := fs.ReadFile(Migrations(), name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return string(text)
}

// createReferenceNamed writes those of the reference's first rows that have generated ids.
func createReferenceNamed(ctx context.Context, tx *sql.Tx, now time.Time) error {
	for _, reason := range [][3]string{
		{"shipping_issue", "Shipping Issue", "Refund due to lost, delayed, or misdelivered shipment"},
		{"customer_care_adjustment", "Customer Care Adjustment", "Refund given as goodwill or compensation for inconvenience"},
		{"pricing_error", "Pricing Error", "Refund to correct an overcharge, missing discount, or incorrect price"},
	} {
		_, err := tx.ExecContext(ctx, "INSERT INTO public.refund_reason (id, code, label, description) VALUES ($1, $2, $3, $4)",
			model.NewID("refr", now), reason[0], reason[1], reason[2])
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO public.shipping_profile (id, name, type) VALUES ($1, 'Default Shipping Profile', 'default')",
		model.NewID("sp", now))
	return err
}
