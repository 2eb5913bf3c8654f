package dbtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
)

// PgBouncer starts a PgBouncer in transaction mode with so many connections to the database at url, and returns the database's address
// behind it. Without the program the test is skipped, and fails in CI.
func PgBouncer(t *testing.T, url string, size int) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // where Debian puts it, beside the path of users
		if _, err := os.Stat(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("PgBouncer is not installed")
			}
			t.Skip("PgBouncer is not installed")
		}
	}
	to, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	dir, port := t.TempDir(), FreePort(t)
	config := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf(`[databases]
shop = host=%s port=%d dbname=%s user=%s password=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
query_wait_timeout = 60
server_login_retry = 1
`, to.Host, to.Port, to.Database, to.User, to.Password, port, size)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil { //nolint:gosec // a test database's password
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), program, "-q", config) //nolint:gosec // found above
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if os.Geteuid() == 0 { // it does not run as root
		allowAll(t, dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody(t)}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	pooled := fmt.Sprintf("postgres://%s@127.0.0.1:%d/shop?sslmode=disable", to.User, port)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	d := Open(t, pooled, db.Options{MaxConns: 1, Pooler: true})
	for d.Ping(ctx) != nil { // it retries until PgBouncer listens
		if ctx.Err() != nil {
			t.Fatalf("PgBouncer does not answer: %s", output.String())
		}
	}
	return pooled
}

// allowAll lets everybody read a directory below the test's own.
func allowAll(t *testing.T, dir string) {
	t.Helper()
	for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil { //nolint:gosec // a directory of this test
			t.Fatal(err)
		}
	}
}

// nobody is the user without rights.
func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} //nolint:gosec // ids are small
}

// FreePort returns a port of this machine on which nobody listens.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
