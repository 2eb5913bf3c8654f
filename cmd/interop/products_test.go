package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInteropProducts holds that the reference imports what we export, and that we import what the reference exports: neither changes
// what a file has.
func TestInteropProducts(t *testing.T) { //nolint:paralleltest // it prints as it goes
	p := prepare(t, "INTEROP")
	dir := t.TempDir() // where the reference keeps its files
	for _, name := range []string{"node_modules", "package.json", "medusa-config.js"} {
		if err := os.Symlink(filepath.Join(p.dir, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.run(t, "migrate")
	before, theirFile, after := filepath.Join(dir, "before.csv"), filepath.Join(dir, "theirs.csv"), filepath.Join(dir, "after.csv")
	p.run(t, "export", "--output", before)
	ours, theirs := p.serve(t, "storegraph"), reference(t, dir, p.database)
	p.compare(t, ours, theirs, "products.mjs", "FILE="+before, "DO=import")
	p.run(t, "export", "--output", after)
	if a, b := content(t, before), content(t, after); a != b {
		t.Errorf("after the reference has imported our file, the shop has other products:\n%s\nwant\n%s", b, a)
	}
	p.compare(t, ours, theirs, "products.mjs", "FILE="+theirFile, "DO=export", "DIR="+dir)
	cmd := exec.CommandContext(t.Context(), p.binary, "import", theirFile)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+p.database)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "0 products created, 0 updated") {
		t.Errorf("importing what the reference has exported: %v: %s", err, out)
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
