package backoffice_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A build that fails or is interrupted leaves no pages, so that the next start builds them, and one that succeeds replaces those that are there.
func TestBuildAdmin(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	script, err := os.ReadFile("project/build-admin.js")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		then   string // what the build does when it has written the first page
		before string // the page that was there; empty: none
		want   string // the page that is there at the end; empty: none
	}{
		"success":           {then: "", want: "new"},
		"success once more": {then: "", before: "old", want: "new"},
		"failure":           {then: `throw new Error("full")`},
		"interruption":      {then: `process.kill(process.pid, "SIGKILL"); await new Promise(() => {})`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := map[string]string{
				"build-admin.js":   string(script),
				"medusa-config.js": `module.exports = { admin: { path: "/app" } }`,
				"node_modules/@medusajs/medusa/package.json": `{}`,
				"node_modules/@medusajs/admin-bundler/index.js": `const fs = require("node:fs")
exports.build = async ({ outDir }) => {
  fs.mkdirSync(outDir, { recursive: true })
  fs.writeFileSync(outDir + "/index.html", "new")
  ` + tc.then + `
}`,
			}
			if tc.before != "" {
				files["public/admin/index.html"] = tc.before
			}
			for name, text := range files {
				path := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), node, "build-admin.js")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); (err == nil) != (tc.then == "") {
				t.Errorf("build-admin.js: %v: %s", err, out)
			}
			page, err := os.ReadFile(filepath.Join(dir, "public/admin/index.html"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) || string(page) != tc.want {
				t.Errorf("the page is %q (%v), want %q", page, err, tc.want)
			}
		})
	}
}
