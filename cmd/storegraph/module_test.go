package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// The module can be fetched and the program be installed by go install: its path is one, it replaces no other module, and its files fit into a
// module's archive.
func TestModule(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := module.CheckPath(m.Module.Mod.Path); err != nil {
		t.Error(err)
	}
	if len(m.Replace)+len(m.Exclude) > 0 {
		t.Error("go install refuses a module that replaces or excludes others")
	}
	if _, err := os.Stat("../../.git"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("this is no repository")
	}
	archive, err := os.Create(filepath.Join(t.TempDir(), "module.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	of := module.Version{Path: m.Module.Mod.Path, Version: "v0.0.1"}
	if err := zip.CreateFromVCS(archive, of, "../..", "HEAD", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := zip.CheckZip(of, archive.Name()); err != nil {
		t.Error(err)
	}
}
