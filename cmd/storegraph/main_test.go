package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/localpg"
)

// A first and a second start on the private PostgreSQL, with all their steps.
func TestRun(t *testing.T) {
	t.Parallel()
	data := directory(t)
	stopPG(t, needPostgres(t, data)) // only skips where there is none
	env := map[string]string{"STOREGRAPH_DATA": data}
	var secret string
	for _, start := range []string{"first", "second"} {
		p := begin(t, env, "run")
		base := p.await(t, `Playground +(http://localhost:\d+)/`)
		p.await(t, `Codes for carts\s+(HELLO10) +10 % off everything\.`)
		p.await(t, `\(no code\) +(The third Hearth Mug is free)\.`)
		p.await(t, `First answer after \S+s`)
		wantOK(t, base+"/health")
		if status, body := get(t, base+"/health/ready"); status != http.StatusOK || !strings.HasPrefix(body, "ready\ncatalogue: ") {
			t.Errorf("/health/ready = %d %q", status, body)
		}
		p.stop(t)
		text, err := os.ReadFile(filepath.Join(data, "jwt_secret"))
		if err != nil || len(text) < 32 || secret != "" && secret != string(text) {
			t.Errorf("%s start: secret %q (%v), want one that stays", start, text, err)
		}
		secret = string(text)
		if _, err := os.Stat(filepath.Join(data, "postgres", "data", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s start: PostgreSQL was left running (%v)", start, err)
		}
	}
	p := begin(t, env, "check")
	if err := p.end(); err != nil || !strings.Contains(p.out.String(), "the database can be served") {
		t.Errorf("check = %v, printed %s", err, p.out)
	}
	for _, command := range []string{"reset", "migrate"} {
		if err := begin(t, env, command).end(); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	p := begin(t, shopEnv(dbtest.ReadShopURL(t)), "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", 200)
	wantOK(t, base+"/health")
	p.stop(t)
}

// serve and check refuse the same databases with the same error.
func TestServeRefusesWhatCheckRefuses(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.BlankURL(t))
	checked, served := begin(t, env, "check").end(), begin(t, env, "serve").end()
	if checked == nil || served == nil || checked.Error() != served.Error() {
		t.Errorf("check = %v, serve = %v, want the same refusal", checked, served)
	}
	if err := begin(t, env, "migrate").end(); err != nil {
		t.Fatal(err)
	}
	if err := begin(t, env, "check").end(); err != nil {
		t.Errorf("check after migrate = %v", err)
	}
}

// A server that is started before its database waits for it, and recovers when the database was away.
func TestServeOutlivesItsDatabase(t *testing.T) {
	t.Parallel()
	p, base, startAgain := serveWithoutDatabase(t)
	for range 2 {
		again := startAgain()
		eventually(t, base+"/health/ready", 200)
		stopPG(t, again)
		eventually(t, base+"/health/ready", 503)
		wantOK(t, base+"/health")
	}
	p.stop(t)
}

// serveWithoutDatabase starts a server whose database does not run, and returns it, its address and what starts the database.
func serveWithoutDatabase(t *testing.T) (p *program, base string, start func() *localpg.Server) {
	t.Helper()
	dir := directory(t)
	pg := needPostgres(t, dir)
	url := pg.URL("postgres")
	if err := begin(t, shopEnv(url), "migrate").end(); err != nil {
		t.Fatal(err)
	}
	stopPG(t, pg)
	p = begin(t, shopEnv(url), "serve")
	base = "http://" + p.await(t, `address=(\S+)`)
	p.await(t, `does not answer`)
	wantOK(t, base+"/health")
	eventually(t, base+"/health/ready", 503)
	return p, base, func() *localpg.Server {
		t.Helper()
		again := needPostgres(t, dir)
		if again.URL("postgres") != url {
			t.Skip("the port was taken in between")
		}
		return again
	}
}

func TestSecretsAreRequired(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.ReadShopURL(t))
	delete(env, "COOKIE_SECRET")
	if err := begin(t, env, "serve").end(); err == nil || !strings.Contains(err.Error(), "COOKIE_SECRET") || strings.Contains(err.Error(), "JWT") {
		t.Errorf("serve without COOKIE_SECRET = %v, want a refusal that names it", err)
	}
}

func TestResetRefusesAGivenDatabase(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.ReadShopURL(t))
	if err := begin(t, env, "reset").end(); err == nil || !strings.Contains(err.Error(), "unset DATABASE_URL") {
		t.Errorf("reset with DATABASE_URL = %v, want a refusal", err)
	}
}

// TestSeedProducts fills an empty shop, which is refused the second time.
func TestSeedProducts(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.URL(t))
	p := begin(t, env, "seed", "--products", "20")
	if err := p.end(); err != nil || !strings.Contains(p.out.String(), "Products: 20 of 20\nGenerated 20 products in ") {
		t.Errorf("seed --products 20 = %v, printed %s", err, p.out)
	}
	if err := begin(t, env, "seed", "--products", "20").end(); err == nil || !strings.Contains(err.Error(), "20 generated products already") {
		t.Errorf("the second time = %v, want a refusal", err)
	}
	for _, args := range [][]string{{"--products"}, {"--products=-1"}, {"--products", "many"}, {"20"}} {
		if err := begin(t, env, append([]string{"seed"}, args...)...).end(); err == nil {
			t.Errorf("seed %q succeeded", args)
		}
	}
}

// program is the program, running in the background.
type program struct {
	out    *output
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func begin(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	env["PORT"], env["HOST"] = "0", "localhost"
	ctx, cancel := context.WithCancel(t.Context()) // its tests may have to wait for others
	p := &program{out: &output{}, cancel: cancel, done: make(chan struct{})}
	getenv := func(name string) string { return env[name] }
	go func() {
		defer close(p.done)
		p.err = run(ctx, args, getenv, p.out)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.done
		if t.Failed() {
			t.Logf("%s printed:\n%s", args, p.out)
		}
	})
	return p
}

// end waits for the program to end by itself.
func (p *program) end() error {
	<-p.done
	return p.err
}

// stop stops the program, as Ctrl-C does.
func (p *program) stop(t *testing.T) {
	t.Helper()
	p.cancel()
	if err := p.end(); err != nil {
		t.Errorf("stopped with %v, want nothing", err)
	}
}

// await waits for output that matches and returns its group, if it has one.
func (p *program) await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		text, more := p.out.now()
		if m := re.FindStringSubmatch(text); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-p.done:
			t.Fatalf("ended with %v before it printed %s:\n%s", p.err, pattern, p.out)
		case <-more:
		}
	}
}

// output is a buffer for several goroutines.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{} // closed at the next Write; nil while nobody waits for it
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	return o.buf.Write(p)
}

// now returns what has been written, and a channel that is closed when there is more.
func (o *output) now() (text string, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more == nil {
		o.more = make(chan struct{})
	}
	return o.buf.String(), o.more
}

func (o *output) String() string {
	text, _ := o.now()
	return text
}

func shopEnv(url string) map[string]string {
	return map[string]string{"DATABASE_URL": url, "JWT_SECRET": "supersecret", "COOKIE_SECRET": "supersecret", "STOREGRAPH_DATA": os.DevNull}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func wantOK(t *testing.T, url string) {
	t.Helper()
	if gotStatus, gotBody := get(t, url); gotStatus != http.StatusOK || gotBody != "OK" {
		t.Errorf("GET %s = %d %q, want 200 OK", url, gotStatus, gotBody)
	}
}

func eventually(t *testing.T, url string, status int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, body := get(t, url)
		if got == status {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("GET %s = %d %q, want %d", url, got, body, status)
		}
	}
}

// directory returns a directory that other users may enter, unlike t.TempDir's: PostgreSQL does not run as root.
func directory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "storegraph-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// needPostgres starts a PostgreSQL in dir, or skips the test where there is none.
func needPostgres(t *testing.T, dir string) *localpg.Server {
	t.Helper()
	pg, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(dir, "needed"), BinDir: os.Getenv("PG_BINDIR")})
	if errors.Is(err, localpg.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopPG(t, pg) })
	return pg
}

func stopPG(t *testing.T, pg *localpg.Server) {
	t.Helper()
	if err := pg.Stop(); err != nil {
		t.Error(err)
	}
}
