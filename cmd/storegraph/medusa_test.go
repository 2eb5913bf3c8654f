package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// The provider of Medusa's locks is the one that is set, or found from the settings and the database.
func TestLockingProvider(t *testing.T) {
	t.Parallel()
	without, with := dbtest.New(t), dbtest.New(t)
	if _, err := with.Exec(t.Context(), `CREATE TABLE locking (id text PRIMARY KEY, owner_id text, expiration timestamptz)`); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		env   map[string]string
		table bool
		want  string // the kind, or the error
	}{
		"nothing":               {nil, false, "none"},
		"the table":             {nil, true, "postgres"},
		"an address":            {map[string]string{"LOCKING_REDIS_URL": "redis://localhost:1"}, true, "redis"},
		"Postgres without":      {map[string]string{"MEDUSA_LOCKING": "postgres"}, false, "run medusa db:migrate"},
		"none with the table":   {map[string]string{"MEDUSA_LOCKING": "none"}, true, "none"},
		"Postgres with address": {map[string]string{"MEDUSA_LOCKING": "postgres", "LOCKING_REDIS_URL": "redis://localhost:1"}, true, "postgres"},
		"Redis without address": {map[string]string{"MEDUSA_LOCKING": "redis"}, true, "needs LOCKING_REDIS_URL"},
		"no address of Redis":   {map[string]string{"LOCKING_REDIS_URL": "http://localhost"}, true, "LOCKING_REDIS_URL"},
		"another word":          {map[string]string{"MEDUSA_LOCKING": "mysql"}, true, "want auto or postgres"},
		"no address of Medusa":  {map[string]string{"MEDUSA_URL": "localhost:9001"}, true, "MEDUSA_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := without
			if tc.table {
				d = with
			}
			cfg, err := readConfig(func(name string) string {
				if name == "HOME" {
					return t.TempDir()
				}
				return tc.env[name]
			})
			var got *lockingProvider
			if err == nil {
				got, err = cfg.Medusa.openLocking(t.Context(), d, slog.New(slog.DiscardHandler))
			}
			switch {
			case err != nil:
				if !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %v, want %s", err, tc.want)
				}
			case got.kind != tc.want || (got.redis != nil) != (got.kind == "redis"):
				t.Errorf("provider = %+v, want %s", got, tc.want)
			}
		})
	}
}

// A Medusa that cannot be excluded is told of by check and in the log, with what to do about it.
func TestUnsharedLocks(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	p := begin(t, map[string]string{"DATABASE_URL": url}, "check")
	if err := p.end(); err != nil || !strings.Contains(p.out.String(), "cannot be excluded") || !strings.Contains(p.out.String(), "locking-postgres") {
		t.Errorf("check = %v, printed %s", err, p.out)
	}
	for medusa, want := range map[string]string{"http://localhost:1": "level=WARN", "": "level=INFO"} {
		p := begin(t, map[string]string{
			"DATABASE_URL": url, "MEDUSA_URL": medusa, "JWT_SECRET": "s", "COOKIE_SECRET": "s", "PORT": "0",
		}, "serve")
		line := p.await(t, `(level=\w+ msg="Medusa's locks: not shared)`)
		if !strings.Contains(line, want) {
			t.Errorf("with MEDUSA_URL=%s the log says %s, want %s", medusa, line, want)
		}
		p.stop(t)
	}
}
