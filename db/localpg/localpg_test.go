//go:build unix

package localpg_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db/localpg"
)

// TestMain also runs as the owner process that TestOwnerKilled kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCALPG_TEST_OWNER"); dir != "" {
		s, err := localpg.Start(context.Background(), localpg.Options{Dir: dir, Ephemeral: os.Getenv("LOCALPG_TEST_EPHEMERAL") != ""})
		if err != nil {
			panic(err)
		}
		_, _ = os.Stdout.WriteString(s.URL("postgres") + "\n")
		select {}
	}
	os.Exit(m.Run())
}

func TestRestartKeepsRows(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	s := start(t, localpg.Options{Dir: dir})
	if err := s.CreateDatabase(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateDatabase(t.Context(), "shop"); err != nil {
		t.Fatalf("CreateDatabase of an existing one: %v", err)
	}
	query(t, s.URL("shop"), "CREATE TABLE kept AS SELECT 'here' AS word")
	first := s.URL("shop")
	stop(t, s)

	s = start(t, localpg.Options{Dir: dir})
	if got := query(t, s.URL("shop"), "SELECT word FROM kept"); got != "here" {
		t.Errorf("after a restart: %q, want here", got)
	}
	if s.URL("shop") != first {
		t.Errorf("URL after a restart = %s, want the first one %s", s.URL("shop"), first)
	}
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	s := start(t, localpg.Options{Dir: dir})
	port := portOf(t, s)
	stop(t, s)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	s = start(t, localpg.Options{Dir: dir})
	if portOf(t, s) == port {
		t.Errorf("port = %s, which is taken", port)
	}
	query(t, s.URL("postgres"), "SELECT 'up'")
}

func TestSecondStartSharesTheServer(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	owner := start(t, localpg.Options{Dir: dir})
	guest := start(t, localpg.Options{Dir: dir})
	if guest.URL("postgres") != owner.URL("postgres") {
		t.Errorf("guest's URL = %s, want %s", guest.URL("postgres"), owner.URL("postgres"))
	}
	stop(t, guest)
	query(t, owner.URL("postgres"), "SELECT 'still up'")
}

// Who is to be alone on a cluster waits for one who is not, so that the server is its own; a second such is told who is there, and where.
func TestSole(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	tool := start(t, localpg.Options{Dir: dir})
	type started struct {
		s   *localpg.Server
		err error
	}
	sole := make(chan started, 1)
	waits := make(chan struct{})
	go func() {
		log := slog.New(slog.NewTextHandler(told{"waiting until", waits}, nil))
		s, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, BinDir: os.Getenv("PG_BINDIR"), Sole: true, Log: log})
		sole <- started{s, err}
	}()
	<-waits
	query(t, tool.URL("postgres"), "SELECT 'up'")
	stop(t, tool)
	got := <-sole
	if got.err != nil {
		t.Fatal(got.err)
	}
	if err := got.s.Announce("http://localhost:9000"); err != nil {
		t.Fatal(err)
	}
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, BinDir: os.Getenv("PG_BINDIR"), Sole: true})
	occupied, ok := errors.AsType[*localpg.OccupiedError](err)
	if !ok || occupied.PID != os.Getpid() || occupied.Address != "http://localhost:9000" {
		t.Errorf("a second that is to be alone: %v", err)
	}
	query(t, start(t, localpg.Options{Dir: dir}).URL("postgres"), "SELECT 'a tool beside it'")
	stop(t, got.s)
}

// A told is closed when a text is written.
type told struct {
	text string
	seen chan struct{}
}

func (w told) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.text) {
		close(w.seen)
	}
	return len(p), nil
}

// A killed owner leaves no server or, on systems where the server cannot end with its owner, one that can still be used.
func TestOwnerKilled(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	start(t, localpg.Options{Dir: dir}).Stop() //nolint:errcheck // only skips when there is no PostgreSQL
	cmd, _ := owner(t, dir, false)
	kill(t, cmd)

	s := start(t, localpg.Options{Dir: dir})
	query(t, s.URL("postgres"), "SELECT 'up'")
	stop(t, s)
	if _, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Stop there is a postmaster.pid (%v)", err)
	}
}

func TestEphemeralLeavesNothing(t *testing.T) {
	t.Parallel()
	parent := directory(t)
	stop(t, start(t, localpg.Options{Dir: parent, Ephemeral: true}))
	if left := entries(t, parent); len(left) > 0 {
		t.Errorf("after Stop: %v, want nothing", left)
	}

	cmd, url := owner(t, parent, true)
	query(t, url, "SELECT 'up'")
	kill(t, cmd)
	for deadline := time.Now().Add(20 * time.Second); len(entries(t, parent)) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after the owner was killed: %v, want nothing", entries(t, parent))
		}
	}
}

func TestRefusesForeignData(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ file, content, want string }{
		"other version":  {"PG_VERSION", "9999\n", "in version 9999"},
		"old version":    {"PG_VERSION", "9.6\n", "not the data of a supported PostgreSQL"},
		"something else": {"thesis.tex", "years of work", "no PostgreSQL data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := directory(t)
			file := filepath.Join(dir, "data", tc.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			for path, text := range map[string]string{file: tc.content, filepath.Join(dir, "password"): "secret\n"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Start = %v, want an error with %q", err, tc.want)
			}
			if got, _ := os.ReadFile(file); string(got) != tc.content {
				t.Errorf("%s = %q, want it untouched", tc.file, got)
			}
		})
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	s := start(t, localpg.Options{Dir: directory(t), Ephemeral: true})
	if got := query(t, s.URL("postgres"), "SELECT string_agg(w, '' ORDER BY w) FROM unnest('{a,B,b,A}'::text[]) w"); got != "ABab" {
		t.Errorf("order of letters = %s, want byte order ABab", got)
	}
	if got := query(t, s.URL("postgres"), "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("encoding = %s, want UTF8", got)
	}
	u, err := url.Parse(s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", "wrong")
	if conn, err := pgx.Connect(t.Context(), u.String()); err == nil {
		_ = conn.Close(t.Context())
		t.Error("a wrong password was accepted")
	}
}

// directory returns a temporary directory that other users may enter, unlike t.TempDir's.
func directory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-test-") //nolint:usetesting // t.TempDir is not enterable for the child's user
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func start(t *testing.T, o localpg.Options) *localpg.Server {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := localpg.Start(t.Context(), o)
	if errors.Is(err, localpg.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

func stop(t *testing.T, s *localpg.Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// owner starts another process that owns the cluster in dir, and returns its URL.
func owner(t *testing.T, dir string, ephemeral bool) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "LOCALPG_TEST_OWNER="+dir)
	if ephemeral {
		cmd.Env = append(cmd.Env, "LOCALPG_TEST_EPHEMERAL=1")
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 1000)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(string(line[:n]))
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got string
	for rows.Next() {
		if err := rows.Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func portOf(t *testing.T, s *localpg.Server) string {
	t.Helper()
	u, err := url.Parse(s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range found {
		names = append(names, e.Name())
	}
	return names
}
