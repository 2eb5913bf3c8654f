package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/localpg"
)

// privateName is the database's name in the private PostgreSQL.
const privateName = "storegraph"

// database is the open database, with the private PostgreSQL if it is in that.
type database struct {
	db.DB
	url string
	pg  *localpg.Server // nil with DATABASE_URL
}

// openDatabase opens the configured database, and starts the private PostgreSQL if there is no DATABASE_URL, as the only one who serves it if
// that is said. It does not wait until a database elsewhere is up.
func (a *app) openDatabase(ctx context.Context, log *slog.Logger, sole bool) (*database, error) {
	d := &database{url: a.cfg.DatabaseURL}
	if a.cfg.private() {
		pg, err := a.startPrivate(ctx, log, sole)
		if err != nil {
			return nil, err
		}
		d.pg, d.url = pg, pg.URL(privateName)
	}
	var err error
	d.DB, err = db.Open(ctx, d.url, a.cfg.metered(db.Options{
		Pooler: a.cfg.DatabasePooler, MaxConns: a.cfg.DatabaseMaxConns, Language: a.cfg.SearchLanguage, Documents: a.cfg.SearchIndexes,
		Replicas: a.cfg.Replicas, ReplicaLag: a.cfg.ReplicaLag,
	}))
	if err != nil {
		return nil, errors.Join(err, d.stopPrivate())
	}
	return d, nil
}

// openAnswering is openDatabase for a command that does one thing: it fails at once if the server answers that there is no such user,
// password or database.
func (a *app) openAnswering(ctx context.Context, log *slog.Logger) (*database, error) {
	d, err := a.openDatabase(ctx, log, false)
	if err != nil {
		return nil, err
	}
	if err := db.Refusal(d.Ping(ctx)); err != nil {
		return nil, errors.Join(refused(err), d.close())
	}
	return d, nil
}

// refused names the setting that a server refuses.
func refused(err error) error { return fmt.Errorf("DATABASE_URL: %w", err) }

func (a *app) startPrivate(ctx context.Context, log *slog.Logger, sole bool) (*localpg.Server, error) {
	pg, err := localpg.Start(ctx, localpg.Options{
		Dir: filepath.Join(a.cfg.DataDir, "postgres"), BinDir: a.cfg.PGBinDir, Fetch: a.cfg.EmbeddedPG, Log: log, Sole: sole, Busy: a.busy,
	})
	if occupied, ok := errors.AsType[*localpg.OccupiedError](err); ok {
		return nil, fmt.Errorf("%w: stop it, or serve a second shop with another directory as STOREGRAPH_DATA and another PORT", occupied)
	}
	if err != nil {
		return nil, err
	}
	if err := pg.CreateDatabase(ctx, privateName); err != nil {
		return nil, errors.Join(err, pg.Stop())
	}
	return pg, nil
}

// close closes the connections and stops the private PostgreSQL.
func (d *database) close() error {
	d.Close()
	return d.stopPrivate()
}

func (d *database) stopPrivate() error {
	if d.pg == nil {
		return nil
	}
	return d.pg.Stop()
}

// announce tells others who want to serve the private PostgreSQL where this process does.
func (d *database) announce(address string) error {
	if d.pg == nil {
		return nil
	}
	return d.pg.Announce(address)
}

// ended returns a channel that is closed when the private PostgreSQL has ended; nil with DATABASE_URL.
func (d *database) ended() <-chan struct{} {
	if d.pg == nil {
		return nil
	}
	return d.pg.Done()
}

// secrets makes, with the private PostgreSQL, the secrets that are not set, once, and stores them beside it.
func (a *app) secrets() error {
	if !a.cfg.private() {
		return nil // they have been required
	}
	for name, value := range map[string]*string{"jwt_secret": &a.cfg.JWTSecret, "cookie_secret": &a.cfg.CookieSecret} {
		if *value != "" {
			continue
		}
		path := filepath.Join(a.cfg.DataDir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			text = []byte(rand.Text() + rand.Text())
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			return err
		}
		*value = strings.TrimSpace(string(text))
	}
	return nil
}

// logger returns a logger in the configured format and of the configured level.
func (a *app) logger() *slog.Logger {
	o := &slog.HandlerOptions{Level: a.cfg.LogLevel}
	if a.cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stdout, o))
	}
	return slog.New(slog.NewTextHandler(a.stdout, o))
}
