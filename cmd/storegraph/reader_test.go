package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/playground"
)

// A block is a fenced block of a document.
type block struct {
	line           int
	language, text string
}

var fence = regexp.MustCompile("(?sm)^ *```(\\w*)\n(.*?)^ *```$")

// blocksOf returns the blocks of a document that have a language.
func blocksOf(t *testing.T, file string) (out []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", file))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllSubmatchIndex(text, -1) {
		if b := (block{strings.Count(string(text[:m[0]]), "\n") + 1, string(text[m[2]:m[3]]), string(text[m[4]:m[5]])}); b.language != "" {
			out = append(out, b)
		}
	}
	return out
}

// documents are the files for people, by their paths from the root.
func documents(t *testing.T) (files []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{".git", "bin", "node_modules"}, e.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A reader does what a document says, from its beginning to its end, in one shell, in a directory with bin/storegraph, beside a demo shop that is served.
type reader struct {
	*testing.T
	demo
	dir    string
	env    map[string]string // what the shell has got since its last command
	before string            // the text of the block before
	visit  *visit
}

// binStoregraph makes this test binary bin/storegraph. Servers end when they are ready and the commands in MEANWHILE have succeeded.
const binStoregraph = `#!/bin/sh
cd "${0%%/*}/.."
export ` + asProgram + `=1
case $1 in serve | run) ;; *) exec '%[1]s' "$@" ;; esac
'%[1]s' "$@" >said 2>&1 &
until curl -sf "$HOST:$PORT/health/ready" >/dev/null; do kill -0 $! || break; sleep 0.1; done
cat said
until eval "$MEANWHILE"; do kill -0 $! || break; sleep 0.1; done
kill $! && wait $!
`

// newReader returns a reader beside a shop. Without the programs that the documents need the test is skipped, and fails in CI.
func newReader(t *testing.T, d demo) *reader {
	t.Helper()
	for _, program := range []string{"bash", "curl", "jq", "make", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{T: t, demo: d, dir: directory(t), visit: d.visit(t)}
	if err := os.Mkdir(filepath.Join(r.dir, "bin"), 0o755); err != nil { //nolint:gosec // PostgreSQL's user enters it
		t.Fatal(err)
	}
	r.write("bin/storegraph", fmt.Sprintf(binStoregraph, self))
	r.env = shopEnv(d.database)
	maps.Copy(r.env, map[string]string{"KEY": d.key, "HOST": "127.0.0.1", "PORT": strconv.Itoa(dbtest.FreePort(t)), "LOG_LEVEL": "warn"})
	return r
}

func (r *reader) write(name, text string) {
	r.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o755); err != nil { //nolint:gosec // it may be a program
		r.Fatal(err)
	}
}

// try runs commands in the reader's shell, with texts replaced, and returns what they print and those that fail. The shop of the documents is at
// localhost:9000.
func (r *reader) try(text string, replaced ...string) (out string, failed []string) {
	r.Helper()
	var script strings.Builder
	script.WriteString("[ ! -e shell ] || . ./shell\n")
	for name, value := range r.env {
		fmt.Fprintf(&script, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	r.env = map[string]string{}
	script.WriteString("set -Eo pipefail; trap 'echo \"$BASH_COMMAND\" >>failed' ERR\n")
	script.WriteString(strings.NewReplacer(append(replaced, "localhost:9000", strings.TrimPrefix(r.url, "http://"))...).Replace(text))
	script.WriteString("\ntrap - ERR; { declare -p | grep -v '^declare -[a-zA-Z]*[Aar]'; declare -f; } >shell\n")
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script.String()) //nolint:gosec // the documents are ours
	cmd.Dir, cmd.WaitDelay = r.dir, time.Second
	said, err := cmd.CombinedOutput()
	if err != nil {
		r.Errorf("%s: %v", text, err)
	}
	lines, _ := os.ReadFile(filepath.Join(r.dir, "failed"))
	_ = os.Remove(filepath.Join(r.dir, "failed"))
	return string(said), strings.Split(strings.TrimSpace(string(lines)), "\n")
}

// sh runs commands as try does. They must succeed.
func (r *reader) sh(text string, replaced ...string) string {
	r.Helper()
	out, failed := r.try(text, replaced...)
	if failed[0] != "" {
		r.Errorf("%s\nfails at %q and prints\n%s", text, failed, out)
	}
	return out
}

// value returns a variable of the shell.
func (r *reader) value(name string) string {
	r.Helper()
	return r.sh(`printf %s "$` + name + `"`)
}

// says runs commands as sh does. They must print something.
func (r *reader) says(want, text string, replaced ...string) {
	r.Helper()
	if out := r.sh(text, replaced...); !regexp.MustCompile(want).MatchString(out) {
		r.Errorf("%s\nprints\n%s\nwant %s", text, out, want)
	}
}

// follows runs the command of a subscription, which has no end, until it has printed an answer.
func (r *reader) follows(text string, replaced ...string) {
	r.Helper()
	r.says(`event: next\s+data: \{"data":\{"cartUpdated":\{`, strings.TrimSpace(text)+" --max-time 3 || test $? = 28", replaced...)
}

var beginsOperation = regexp.MustCompile(`(?m)^(?:query|mutation|subscription)\b`)

// operations runs the operations of a block one after another. Names such as <cart> in what is replaced give way to what the reader knows;
// gives are the paths of what there is to learn from the answers.
func (r *reader) operations(text, variables string, gives map[string]string, replaced ...string) {
	r.Helper()
	text = strings.NewReplacer(replaced...).Replace(text)
	starts := append(beginsOperation.FindAllStringIndex(text, -1), []int{len(text)})
	for i := range len(starts) - 1 {
		e := playground.Example{Query: "\n" + r.visit.fill(text[starts[i][0]:starts[i+1][0]]), Variables: variables, Gives: map[string]string{}}
		e.Name, _, _ = strings.Cut(e.Query[1:], "\n")
		for name, path := range gives {
			if field, _, _ := strings.Cut(path, "."); strings.Contains(e.Query, field+"(") {
				e.Gives[name] = path
			}
		}
		r.visit.run(r.T, e)
	}
}

// node runs a module in a directory of testdata with the packages that it imports.
func (r *reader) node(packages, module string, env ...string) {
	r.Helper()
	dir := installed(r.T, packages)
	if err := os.WriteFile(filepath.Join(dir, "reader.mjs"), []byte(strings.ReplaceAll(module, "localhost:9000", strings.TrimPrefix(r.url, "http://"))), 0o600); err != nil {
		r.Fatal(err)
	}
	must(r.T, dir, append(os.Environ(), env...), "node", "reader.mjs")
}

// serves starts a server with further settings, and returns its address.
func (r *reader) serves(database string, more map[string]string) (base string, p *program) {
	r.Helper()
	env := shopEnv(database)
	maps.Copy(env, more)
	p = begin(r.T, env, "serve")
	base = "http://" + p.await(r.T, `address=(\S+)`)
	eventually(r.T, base+"/health/ready", http.StatusOK)
	return base, p
}

// until waits until a question has an answer that matches.
func (r *reader) until(want string, ask func() string) {
	r.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		got := ask()
		if regexp.MustCompile(want).MatchString(got) {
			return
		}
		if time.Now().After(end) {
			r.Fatalf("got %s, want %s", got, want)
		}
	}
}
