package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// A shell runs commands on one shop.
type shell struct {
	t   *testing.T
	env map[string]string
}

// run runs a command and returns what it prints, and the text of its error.
func (s shell) run(args ...string) (out, failed string) {
	s.t.Helper()
	var w strings.Builder
	if err := run(s.t.Context(), args, func(name string) string { return s.env[name] }, &w); err != nil {
		failed = err.Error()
	}
	return w.String(), failed
}

// says fails unless a command prints these texts and succeeds.
func (s shell) says(args string, want ...string) {
	s.t.Helper()
	out, failed := s.run(strings.Fields(args)...)
	if failed != "" {
		s.t.Fatalf("%s: %s", args, failed)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			s.t.Errorf("%s prints\n%s\nwithout %q", args, out, text)
		}
	}
}

// refuses fails unless a command fails with an error that has these texts.
func (s shell) refuses(args string, want ...string) {
	s.t.Helper()
	_, failed := s.run(strings.Fields(args)...)
	if failed == "" {
		s.t.Errorf("%s succeeds", args)
	}
	for _, text := range want {
		if !strings.Contains(failed, text) {
			s.t.Errorf("%s fails with %q, want %q in it", args, failed, text)
		}
	}
}

func TestImportAndExport(t *testing.T) {
	t.Parallel()
	s := shell{t, shopEnv(dbtest.ShopURL(t))}
	dir := directory(t)
	file := filepath.Join(dir, "products.csv")
	s.says("export --output "+file, "Exported", "without variants were left out")
	s.says("import "+file, "Imported", "0 products created, 0 updated")
	out, failed := s.run("export")
	if text, err := os.ReadFile(file); err != nil || failed != "" || out != string(text) {
		t.Errorf("the standard output has another file: %v %s", err, failed)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(dir, "changed.csv")
	if err := os.WriteFile(changed, []byte(strings.ReplaceAll(string(text), "Classic Cotton Tee", "Modern Tee")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.says("import --dry-run "+changed, "Nothing was changed. It would have imported", "1 updated")
	s.says("import "+changed, "Imported", "1 updated")
	s.says("import "+changed, "0 updated")
	if out, _ := s.run("export"); !strings.Contains(out, "Modern Tee") {
		t.Error("the changed title is not exported")
	}
	wrong := filepath.Join(dir, "wrong.csv")
	if err := os.WriteFile(wrong, []byte("Product Handle,Product Title,Variant Title,Variant Price EUR\nhat,Hat,One,much\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.refuses("import "+wrong, "2", "Variant Price EUR", "much")
	s.refuses("import "+filepath.Join(dir, "none.csv"), "no such file")
	s.refuses("import --faults 0 "+file, "--faults", "want a number from 1")
}

func TestOrdersCommand(t *testing.T) {
	t.Parallel()
	s := shell{t, shopEnv(dbtest.ShopURL(t))}
	s.says("orders", "NUMBER", "order_")
	s.says("orders list --limit 1 --status pending", "pending")
	s.says("orders show 1", "LINE", "PAYMENT")
	s.says("orders capture 2", "Captured")
	s.says("orders show 2", "captured", "CAPTURE")
	s.says("orders fulfil 2", "Fulfilled as ful_")
	s.refuses("orders fulfil 2")
	s.refuses("orders fulfil 1 SHIRT", `"SHIRT" is no line with a whole number of units`)
	s.refuses("orders refund 2 1000000", "not allowed to refund more")
	s.says("orders refund 2 1", "Refunded 1.")
	s.refuses("orders show 4711", "4711")
	s.refuses("orders cancel 2", "cancel")
	s.says("orders cancel 1", "Cancelled.")
	s.says("orders show 1", "canceled")
}
