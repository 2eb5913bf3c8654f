package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/shop/locking/lockingtest"
)

// Both servers change the same carts and sell the same stock at once, with the locks of each of Medusa's providers; see testdata/locks.mjs.
func TestInteropLocks(t *testing.T) { //nolint:paralleltest // it prints as it goes
	if os.Getenv("INTEROP") == "" {
		t.Skip("needs the reference: set INTEROP=1")
	}
	installed := install(t)
	for _, provider := range []string{"postgres", "redis"} { //nolint:paralleltest // both at once would be slow
		t.Run(provider, func(t *testing.T) {
			dir, database := project(t, installed), dbtest.ShopURL(t)
			env := []string{"LOCKING=" + provider}
			var locks []string // as our server is told of them
			if provider == "redis" {
				url, _ := lockingtest.Server(t)
				env, locks = append(env, "REDIS_LOCKS="+url), []string{"LOCKING_REDIS_URL=" + url}
			}
			migrateReference(t, dir, database, env)
			ours := storegraph(t, database, locks)
			theirs := reference(t, dir, database, env...)
			ours.await(t, "/health/ready")
			theirs.await(t, "/health")
			node(t, append(env, "HANDLES="+absolute(t, handlesFile), "MEDUSA_DIR="+installed, "DATABASE_URL="+database, "OURS="+ours.base, "THEIRS="+theirs.base), "locks.mjs")
		})
	}
}

// project returns the directory of a project of its own, with the installed reference and what is in testdata/beside.
func project(t *testing.T, installed string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/beside")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(installed, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	pack, err := os.ReadFile(filepath.Join(installed, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), pack, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// migrateReference brings a database to the schema of a project of the reference.
func migrateReference(t *testing.T, dir, database string, env []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "node_modules/@medusajs/cli/cli.js", "db:migrate", "--skip-scripts", "--skip-links")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "DATABASE_URL="+database, "MEDUSA_DISABLE_TELEMETRY=true"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("db:migrate: %v: %s", err, out)
	}
}
