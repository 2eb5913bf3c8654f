package dbtest

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/storegraph/storegraph/db/localpg"
)

// Replicated returns the addresses of the recorded shop on a server of its own, and of the same on a streaming replica of that. Both end
// with the test, which is skipped without PostgreSQL's programs.
func Replicated(t testing.TB) (primary, replica string) {
	t.Helper()
	bin := os.Getenv("PG_BINDIR")
	if _, err := exec.LookPath(filepath.Join(bin, "pg_basebackup")); bin != "" && err != nil {
		t.Skip("PG_BINDIR has no pg_basebackup")
	}
	begin := func(o localpg.Options) *localpg.Server {
		o.Ephemeral, o.BinDir = true, bin
		s, err := localpg.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	first := begin(localpg.Options{Replicated: true})
	const name = "shop"
	if err := first.CreateDatabase(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	gz, err := gzip.NewReader(bytes.NewReader(shopDump))
	if err != nil {
		t.Fatal(err)
	}
	if err := restore(t.Context(), first.URL(name), gz); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), first.URL(name)); err != nil {
		t.Fatal(err)
	}
	return first.URL(name), begin(localpg.Options{Primary: first}).URL(name)
}
