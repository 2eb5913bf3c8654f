package interop_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// What needs a provider that only the reference has is delegated to it; see testdata/delegate.mjs and the modules in testdata/beside.
func TestInteropDelegation(t *testing.T) { //nolint:paralleltest // it prints as it goes
	if os.Getenv("INTEROP") == "" {
		t.Skip("needs the reference: set INTEROP=1")
	}
	installed := install(t)
	dir, database := project(t, installed), dbtest.ShopURL(t)
	env := []string{"LOCKING=postgres", "FAR_STATE=" + filepath.Join(dir, "state.json")}
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	addRoutes(t, dir)
	migrateReference(t, dir, database, env)
	theirs := reference(t, dir, database, env...)
	ours := storegraph(t, database, []string{"MEDUSA_URL=" + theirs.base})
	ours.await(t, "/health/ready")
	theirs.await(t, "/health")
	node(t, append(env, "HANDLES="+absolute(t, handlesFile), "MEDUSA_DIR="+installed, "DATABASE_URL="+database, "OURS="+ours.base, "THEIRS="+theirs.base), "delegate.mjs")
}
