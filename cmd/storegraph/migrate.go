package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/storegraph/storegraph/db"
)

// Run brings the database to this version's schema. The triggers on the reference's own tables are installed only if that is asked for.
func (c *migrateCommand) Run(ctx context.Context, a *app) (err error) {
	log := a.logger()
	d, err := a.openAnswering(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := db.Migrate(ctx, d.DB, log); err != nil {
		return err
	}
	switch {
	case c.NoCatalogueTriggers:
		err = db.RemoveTriggers(ctx, d.DB)
	case c.CatalogueTriggers:
		err = db.InstallTriggers(ctx, d.DB)
	case a.cfg.private():
		err = db.EnsureTriggers(ctx, d.DB)
	}
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "nothing left to migrate")
	return nil
}

// Run replaces the shop of the private PostgreSQL by an empty one.
func (*resetCommand) Run(ctx context.Context, a *app) (err error) {
	if !a.cfg.private() {
		return errors.New("reset is for the private PostgreSQL only: unset DATABASE_URL")
	}
	log := a.logger()
	pg, err := a.startPrivate(ctx, log, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	if err := pg.DropDatabase(ctx, privateName); err != nil {
		return err
	}
	if err := pg.CreateDatabase(ctx, privateName); err != nil {
		return err
	}
	d, err := db.Open(ctx, pg.URL(privateName), db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	return migratePrivate(ctx, d, log)
}

// migratePrivate brings the private database to this version's schema, and has changes of the catalogue logged.
func migratePrivate(ctx context.Context, d db.DB, log *slog.Logger) error {
	if err := db.Migrate(ctx, d, log); err != nil {
		return err
	}
	return db.EnsureTriggers(ctx, d)
}
