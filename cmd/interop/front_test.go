package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestInteropFront puts the server in front of a Medusa that a shop has extended; see testdata/front.mjs and testdata/front.
func TestInteropFront(t *testing.T) { //nolint:paralleltest // it prints as it goes
	if os.Getenv("INTEROP") == "" {
		t.Skip("needs the reference: set INTEROP=1")
	}
	dir := install(t)
	database := dbtest.ShopURL(t)
	d := dbtest.Open(t, database, db.Options{})
	if _, err := d.Exec(t.Context(), brandTables); err != nil {
		t.Fatal(err)
	}
	theirs := reference(t, extended(t, dir), database)
	program := binary(t)
	ours := start(t, database, "storegraph", "", []string{
		"JWT_SECRET=supersecret", "COOKIE_SECRET=supersecret", "HOST=localhost", "LOG_LEVEL=info", "TRUSTED_PROXIES=127.0.0.1,::1",
		"MEDUSA_URL=" + theirs.base, "FRONT_ROUTES=POST /store/carts/:id/complete", "SHADOW_RATE=1",
	}, program, "serve")
	ours.await(t, "/health/ready")
	theirs.await(t, "/health")
	node(t, []string{
		"HANDLES=" + absolute(t, handlesFile), "MEDUSA_DIR=" + dir, "DATABASE_URL=" + database, "OURS=" + ours.base, "THEIRS=" + theirs.base,
		"OURS_LOG=" + ours.log, "OURS_PID=" + strconv.Itoa(ours.cmd.Process.Pid),
	}, "front.mjs")
	offline(t, program, database, theirs.base)
}

// offline replays an access log, in which one read differs.
func offline(t *testing.T, program, database, medusa string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "access.log")
	var text strings.Builder
	for _, path := range []string{"/store/currencies", "/store/regions", "/store/products?limit=20&fields=id,title,*options,*tags", "/store/collections", "/store/product-categories", "/store/brands"} {
		text.WriteString(`::1 - - [27/Nov/2026:10:00:00 +0000] "GET ` + path + " HTTP/1.1\" 200 1\n")
	}
	if err := os.WriteFile(log, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for threshold, fails := range map[string]bool{"0.1": true, "0.5": false} {
		cmd := exec.CommandContext(t.Context(), program, "shadow", "--against", medusa, "--from", log, "--threshold", threshold) //nolint:gosec // it was built above
		cmd.Env = append(os.Environ(), "DATABASE_URL="+database, "JWT_SECRET=supersecret", "COOKIE_SECRET=supersecret", "LOG_LEVEL=error")
		out, err := cmd.CombinedOutput()
		if (err != nil) != fails || !strings.Contains(string(out), "GET /store/currencies: missing at $.planted (unknown)") || !strings.Contains(string(out), "5 reads compared, 1 different") {
			t.Errorf("shadow --threshold %s: %v:\n%s", threshold, err, out)
		}
		t.Logf("%s", out)
	}
}

// brandTables are what the migrations of the module and of the link in testdata/front would make.
const brandTables = `
CREATE TABLE brand (id text PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
CREATE TABLE product_product_brand_brand (product_id text NOT NULL, brand_id text NOT NULL, id text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz, PRIMARY KEY (product_id, brand_id));`

// extended makes a project of testdata/front, with the reference that is installed in dir.
func extended(t *testing.T, dir string) string {
	t.Helper()
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS("testdata/front")); err != nil {
		t.Fatal(err)
	}
	pack, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(project, "package.json"), pack, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(project, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return project
}
