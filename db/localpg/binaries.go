//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the oldest major version that supports the SQL of the schema and the queries.
const oldest = 13

// installation is a directory with the programs of PostgreSQL.
type installation struct {
	dir   string
	major int
}

// globs are the directories where distributions and Homebrew install the programs outside PATH.
var globs = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // PGDG on Red Hat
	"/usr/libexec/postgresql*",  // Alpine
	"/usr/lib/postgresql*/bin",  // SUSE
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/usr/local/pgsql/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries returns an installation of the wanted major version, or of any supported version if want is 0.
func binaries(ctx context.Context, o Options, want int) (installation, error) {
	found := installed(ctx, o.BinDir)
	if o.BinDir != "" && len(found) == 0 {
		return installation{}, fmt.Errorf("PG_BINDIR: %s holds no initdb and postgres that run", o.BinDir)
	}
	for _, in := range found {
		if in.major == want || want == 0 && in.major >= oldest {
			return in, nil
		}
	}
	if want == 0 || want == fetchMajor {
		in, err := fetched(ctx, o)
		if err == nil {
			return in, nil
		}
		if !errors.Is(err, ErrNotInstalled) || want == 0 {
			return installation{}, err
		}
	}
	return installation{}, fmt.Errorf("%w in version %d, which made the data (found: %s); install it or set PG_BINDIR; the data is left as it is",
		ErrNotInstalled, want, describe(found))
}

func describe(found []installation) string {
	if len(found) == 0 {
		return "none"
	}
	var out []string
	for _, in := range found {
		out = append(out, fmt.Sprintf("%d in %s", in.major, in.dir))
	}
	return strings.Join(out, ", ")
}

// installed returns the installations on the machine, in order of preference. If a directory is given, it is the only candidate.
func installed(ctx context.Context, given string) []installation {
	var dirs []string
	if given != "" {
		dirs = []string{given}
	} else {
		if path, err := exec.LookPath("initdb"); err == nil {
			if target, err := filepath.EvalSymlinks(path); err == nil {
				path = target // there may be no link to postgres beside it
			}
			dirs = append(dirs, filepath.Dir(path))
		}
		if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
			dirs = append(dirs, strings.TrimSpace(string(out)))
		}
		var rest []string
		for _, glob := range globs {
			matches, _ := filepath.Glob(glob)
			rest = append(rest, matches...)
		}
		slices.SortFunc(rest, func(a, b string) int { return versionIn(b) - versionIn(a) })
		dirs = append(dirs, rest...)
	}
	var found []installation
	for _, dir := range dirs {
		known := slices.ContainsFunc(found, func(in installation) bool { return sameFile(in.dir, dir) })
		if major, ok := majorOf(ctx, dir); ok && !known {
			found = append(found, installation{dir, major})
		}
	}
	return found
}

var number = regexp.MustCompile(`\d+`)

// versionIn returns the first number in a path or in the output of --version; 0 if there is none.
func versionIn(text string) int {
	n, _ := strconv.Atoi(number.FindString(text))
	return n
}

// majorOf returns the version of the programs in dir; ok is false unless initdb is there and postgres runs.
func majorOf(ctx context.Context, dir string) (major int, ok bool) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, false
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	return versionIn(string(out)), err == nil
}
