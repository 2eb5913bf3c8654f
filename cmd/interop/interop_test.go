package interop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
)

// version is the version of the reference.
const version = "2.21.2"

// Each server works on what the other has written; see testdata/interop.mjs.
func TestInterop(t *testing.T) { //nolint:paralleltest // the table is printed as it comes
	script(t, "INTEROP", "interop.mjs")
}

// All routes of the catalogue are compared on a shop as the Next.js starter's; see testdata/catalogue.mjs.
func TestInteropCatalogue(t *testing.T) { //nolint:paralleltest // it prints as it goes
	script(t, "INTEROP", "catalogue.mjs")
}

// The catalogue is changed in the reference's admin API while our server holds it in memory; see testdata/follow.mjs.
func TestInteropFollow(t *testing.T) { //nolint:paralleltest // it prints as it goes
	p := prepare(t, "INTEROP")
	p.run(t, "migrate", "--catalogue-triggers")
	plain := p.serve(t, "plain", "CATALOGUE_MEMORY=0", "RESPONSE_CACHE=0")
	p.compare(t, p.serve(t, "storegraph"), reference(t, p.dir, p.database), "follow.mjs", "PLAIN="+plain.base)
}

// Search indexes of the reference are searched by both servers; see testdata/search.mjs.
func TestInteropSearch(t *testing.T) {
	p := prepare(t, "INTEROP")
	dir := t.TempDir() // the reference with the indexes
	if err := os.CopyFS(dir, os.DirFS("testdata/search")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"node_modules", "package.json", "medusa-config.js"} {
		if err := os.Symlink(filepath.Join(p.dir, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HANDLES", absolute(t, handlesFile))
	migrate := exec.CommandContext(t.Context(), "node", "node_modules/@medusajs/cli/cli.js", "db:migrate:search", "--execute-safe-search")
	migrate.Dir, migrate.Env = dir, append(os.Environ(), "DATABASE_URL="+p.database, "NODE_ENV=production", "MEDUSA_DISABLE_TELEMETRY=true")
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.run(t, "migrate")
	ours := p.serve(t, "storegraph", `STORE_SEARCH_INDEXES={"product":true,"number":true,"missing":true,"guide":{"filters":{"public":true},"distinct_attribute":"topic","typo_tolerance":{"enabled":false}}}`)
	p.compare(t, ours, reference(t, dir, p.database), "search.mjs", "RANDOM=2000")
}

// The processor time of both servers is measured; see testdata/compare.mjs.
func TestCompare(t *testing.T) { //nolint:paralleltest // nothing else may run
	script(t, "COMPARE", "compare.mjs")
}

// TestRecord runs the scenarios of testdata/conformance against the reference, on a fresh copy of the recorded shop, and
// writes its answers to rest/testdata/conformance. ONLY="02-*" records the files of that name.
func TestRecord(t *testing.T) { //nolint:paralleltest // it prints as it goes
	if os.Getenv("RECORD") == "" {
		t.Skip("needs the reference: set RECORD=1")
	}
	theirs := reference(t, install(t), dbtest.ShopURL(t))
	theirs.await(t, "/health")
	args := []string{
		"conformance/record.mjs", "--base", theirs.base, "--handles", absolute(t, handlesFile),
		"--cases", absolute(t, "../../rest/testdata/conformance"),
	}
	if only := os.Getenv("ONLY"); only != "" {
		args = append(args, "--only", only)
	}
	node(t, nil, args...)
}

// script runs a script beside both servers on a copy of the recorded shop, if the variable asks for it.
func script(t *testing.T, variable, name string) {
	t.Helper()
	p := prepare(t, variable)
	p.compare(t, p.serve(t, "storegraph"), reference(t, p.dir, p.database), name)
}

// A pair is what both servers need: the reference's directory, our program, and a copy of the recorded shop.
type pair struct{ dir, binary, database string }

// prepare installs and builds what is needed, if the variable asks for it.
func prepare(t *testing.T, variable string) *pair {
	t.Helper()
	if os.Getenv(variable) == "" {
		t.Skipf("needs the reference: set %s=1", variable)
	}
	return &pair{dir: install(t), binary: binary(t), database: dbtest.ShopURL(t)}
}

// run runs a command of our program to its end.
func (p *pair) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.binary, args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+p.database)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
}

// serve starts our server, whose connections to the database have this name.
func (p *pair) serve(t *testing.T, name string, env ...string) *server {
	t.Helper()
	env = append([]string{"JWT_SECRET=supersecret", "COOKIE_SECRET=supersecret", "HOST=localhost", "LOG_LEVEL=warn"}, env...)
	return start(t, p.database, name, "", env, p.binary, "serve")
}

// compare runs a script beside both servers when they answer.
func (p *pair) compare(t *testing.T, ours, theirs *server, name string, env ...string) {
	t.Helper()
	ours.await(t, "/health/ready")
	theirs.await(t, "/health")
	node(t, append(p.both(t, ours, theirs), env...), name)
}

// both is what a script has to know of both servers.
func (p *pair) both(t *testing.T, ours, theirs *server) []string {
	t.Helper()
	return []string{
		"HANDLES=" + absolute(t, handlesFile), "MEDUSA_DIR=" + p.dir, "DATABASE_URL=" + p.database, "OURS=" + ours.base, "THEIRS=" + theirs.base,
		"OURS_PID=" + strconv.Itoa(ours.cmd.Process.Pid), "THEIRS_PID=" + strconv.Itoa(theirs.cmd.Process.Pid),
	}
}

// binary builds the server and returns its path.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "storegraph")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, "../storegraph")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return path
}

// handlesFile has the names of what is in the recorded shop.
const handlesFile = "../../db/dbtest/testdata/handles.json"

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// storegraph builds and starts our server on a database, with further settings.
func storegraph(t *testing.T, database string, env []string) *server {
	t.Helper()
	return (&pair{binary: binary(t), database: database}).serve(t, "storegraph", env...)
}

// reference starts the reference, which is installed in dir, on a database, with further variables.
func reference(t *testing.T, dir, database string, env ...string) *server {
	t.Helper()
	env = append([]string{"NODE_ENV=production", "MEDUSA_DISABLE_TELEMETRY=true", "LOG_LEVEL=error"}, env...)
	return start(t, database, "reference", dir, env, "node", "node_modules/@medusajs/cli/cli.js", "start")
}

// node runs a script in testdata and prints what it prints.
func node(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v", args[0], err)
	}
}

// server is a running server.
type server struct {
	cmd  *exec.Cmd
	base string
	log  string // the file of what it prints
	done chan struct{}
}

// start starts a server on a free port, until the test's end. Its connections to the database have its name.
func start(t *testing.T, database, name, dir string, env []string, program string, args ...string) *server {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{base: "http://localhost:" + port, log: log.Name(), done: make(chan struct{})}
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), "DATABASE_URL="+named(t, database, name), "PORT="+port)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait() // it is stopped below
	}()
	t.Cleanup(func() {
		s.stop()
		_ = log.Close()
	})
	return s
}

// stop has the server end, and kills it if it does not.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// named returns the address of a database, with the name that connections to it have.
func named(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("application_name", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// await waits until the server answers.
func (s *server) await(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := http.DefaultClient.Do(r); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		ended := false
		select {
		case <-s.done:
			ended = true
		default:
		}
		if ended || time.Now().After(deadline) {
			text, _ := os.ReadFile(s.log)
			t.Fatalf("%s does not answer; it printed:\n%s", s.base, text)
		}
	}
}

// install returns the directory of the reference: MEDUSA_DIR, or a directory in the user's cache, which npm fills once.
func install(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("MEDUSA_DIR"); dir != "" {
		if !installed(dir) {
			t.Fatalf("MEDUSA_DIR has no Medusa %s: %s", version, dir)
		}
		return dir
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "storegraph", "medusa-"+version)
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, ".package-lock.json")); err == nil && installed(dir) { // which npm writes at the end
		return dir
	}
	if err := os.RemoveAll(modules); err != nil { // half an installation
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	pack := fmt.Sprintf(`{"name": "medusa", "private": true, "version": "0.0.1", "dependencies": {"@medusajs/medusa": %q, "@medusajs/framework": %[1]q, "@medusajs/cli": %[1]q}}`, version)
	config, err := os.ReadFile("testdata/medusa-config.js")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"package.json": pack, "medusa-config.js": string(config)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("installing the reference in %s", dir)
	cmd := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || !installed(dir) {
		t.Fatalf("npm install in %s: %v: %s", dir, err, out)
	}
	return dir
}

func installed(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "node_modules/@medusajs/medusa/package.json"))
	var got struct{ Version string }
	return err == nil && json.Unmarshal(text, &got) == nil && got.Version == version
}
