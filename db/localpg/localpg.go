//go:build unix

package localpg

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser   = "postgres"
	maintenance = "postgres" // the database that always exists
	// maxLog is the size above which the log is renamed when the server starts, and a new one begun.
	maxLog = 8 << 20
)

// Server is a running PostgreSQL.
type Server struct {
	dir       string
	port      int
	password  string
	ephemeral bool
	replicas  bool // it has replicas, or is one
	log       *slog.Logger

	lock    *os.File // held while this process owns the cluster; nil when another process does
	proc    *process // nil when the server was already running
	pid     int      // of the postmaster
	sole    bool     // as in Options
	minder  *minder  // nil unless ephemeral
	stop    sync.Once
	stopErr error
}

// Start returns the PostgreSQL of o.Dir. It makes the cluster the first time, starts the server unless it is running, and returns
// when the server answers. The caller must call Stop.
//
// The error is ErrNotInstalled if no PostgreSQL is installed and none can be fetched.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	account, err := childAccount()
	if err != nil {
		return nil, err
	}
	if o.Ephemeral {
		if o.Dir, err = os.MkdirTemp(o.Dir, "storegraph-pg-"); err != nil {
			return nil, err
		}
	}
	s, err := start(ctx, o, account)
	if err != nil && o.Ephemeral {
		_ = os.RemoveAll(o.Dir)
	}
	return s, err
}

func start(ctx context.Context, o Options, account account) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, ephemeral: o.Ephemeral, replicas: o.Replicated || o.Primary != nil, log: o.Log}
	if err := account.makeEnterable(dir); err != nil {
		return nil, err
	}
	lock, ok, err := tryLock(s.path("lock"))
	if err == nil && !ok && o.Sole {
		lock, err = s.awaitLock(ctx)
		ok = true
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return s, s.awaitOther(ctx)
	}
	s.lock, s.sole = lock, o.Sole
	if err := s.Announce(""); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	if err := s.own(ctx, o, account); err != nil {
		_ = s.lock.Close()
		return nil, err
	}
	return s, nil
}

// A holder is the process that owns a cluster, as it has written into the lock.
type holder struct {
	PID     int
	Sole    bool   // as in Options
	Address string // at which it serves
}

// Announce has others, who cannot have the cluster beside a process that is to be alone, read at which address that serves.
func (s *Server) Announce(address string) error {
	if s.lock == nil {
		return nil // another process owns the cluster
	}
	text, err := json.Marshal(holder{os.Getpid(), s.sole, address})
	if err != nil {
		return err
	}
	if _, err := s.lock.WriteAt(text, 0); err != nil {
		return err
	}
	return s.lock.Truncate(int64(len(text)))
}

// awaitLock waits until no other process owns the cluster, unless that is one that is to be alone.
func (s *Server) awaitLock(ctx context.Context) (*os.File, error) {
	told := false
	for {
		text, err := os.ReadFile(s.path("lock"))
		var h holder
		known := err == nil && json.Unmarshal(text, &h) == nil && alive(h.PID)
		lock, ok, err := tryLock(s.path("lock"))
		switch {
		case err != nil || ok:
			return lock, err
		case known && h.Sole:
			return nil, &OccupiedError{Dir: s.dir, PID: h.PID, Address: h.Address}
		case known && !told:
			s.log.Info("waiting until another process has done with the private PostgreSQL", "process", h.PID, "dir", s.dir)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// own makes and starts the cluster, as the process that owns it.
func (s *Server) own(ctx context.Context, o Options, account account) error {
	version, err := s.dataVersion()
	if err != nil {
		return err
	}
	if s.password, err = storedPassword(s.path("password"), version != 0); err != nil {
		return err
	}
	if version != 0 && s.joinRunning(ctx) {
		s.log.Info("the private PostgreSQL is running already", "dir", s.dir, "port", s.port)
		return nil
	}
	bin, err := binaries(ctx, o, version)
	if err != nil {
		return err
	}
	switch {
	case version == 0 && o.Primary != nil:
		if err := s.copy(ctx, bin, account, o.Primary); err != nil {
			return err
		}
	case version == 0:
		s.log.Info("making a private PostgreSQL cluster", "dir", s.dir, "binaries", bin.dir, "version", bin.major)
		if err := s.initialise(ctx, bin, account); err != nil {
			return err
		}
	}
	// The server must run as the user who made the cluster, even if childAccount chose another one.
	if account, err = account.ownerOf(s.data()); err != nil {
		return err
	}
	return s.launch(ctx, bin, account)
}

// URL returns the connection URL of a database on this server, which need not exist yet.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase creates an empty database, unless there is one of that name.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL(maintenance))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// DropDatabase drops a database if it exists, and closes the connections to it.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL(maintenance))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	return err
}

// Done returns a channel that is closed when the server has ended. It is nil for a server that this process did not start.
func (s *Server) Done() <-chan struct{} {
	if s.proc == nil {
		return nil
	}
	return s.proc.exited
}

// Stop closes the connections, stops the server and returns when it has ended. It does not stop a server that another
// running process owns. It removes an ephemeral cluster.
func (s *Server) Stop() error {
	s.stop.Do(func() { s.stopErr = s.shutDown() })
	return s.stopErr
}

func (s *Server) shutDown() error {
	if s.lock == nil {
		return nil
	}
	defer func() { _ = s.lock.Close() }()
	err := s.interrupt()
	if s.ephemeral {
		err = errors.Join(err, os.RemoveAll(s.dir))
		s.minder.close()
	}
	return err
}

// interrupt requests a fast shutdown and, if that takes longer than 20 seconds, an immediate one.
func (s *Server) interrupt() error {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		if s.gone() {
			return nil
		}
		if err := syscall.Kill(s.pid, sig); errors.Is(err, syscall.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if s.gone() {
				return nil
			}
		}
	}
	return fmt.Errorf("PostgreSQL (process %d) does not stop", s.pid)
}

func (s *Server) gone() bool {
	if s.proc != nil {
		return s.proc.hasExited()
	}
	return !alive(s.pid)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) data() string { return s.path("data") }

// dataVersion returns the major version that made the data directory; 0 if there is no data.
func (s *Server) dataVersion() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.data(), "PG_VERSION"))
	if err == nil {
		version, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return 0, fmt.Errorf("%s: not the data of a supported PostgreSQL: PG_VERSION is %q", s.data(), text)
		}
		return version, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	entries, err := os.ReadDir(s.data())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s has files but no PG_VERSION, so it is no PostgreSQL data; it is left as it is, move it away", s.data())
	}
	return 0, nil
}

// initialise runs initdb in a directory beside the data directory and renames the result, so that an interrupted run leaves no
// incomplete cluster.
func (s *Server) initialise(ctx context.Context, bin installation, account account) error {
	var failures []string
	// The recorded answers of the reference are sorted in byte order; C.UTF-8 also knows the case of letters beyond ASCII.
	for _, locale := range [][]string{
		{"--locale=C.UTF-8"},
		{"--locale=C", "--lc-ctype=en_US.UTF-8"},
		{"--locale=C"},
	} {
		out, err := s.initdb(ctx, bin, account, locale)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failures = append(failures, fmt.Sprintf("%v\n%s", err, out))
		if !strings.Contains(out, "locale") {
			break
		}
	}
	return fmt.Errorf("initdb of %s: %s", bin.dir, failures[len(failures)-1])
}

// copy makes the cluster a streaming replica of a server.
func (s *Server) copy(ctx context.Context, bin installation, account account, primary *Server) error {
	if err := account.own(s.dir); err != nil {
		return err
	}
	s.password = primary.password
	if err := os.WriteFile(s.path("password"), []byte(s.password+"\n"), 0o600); err != nil {
		return err
	}
	out, err := account.command(ctx, s.dir, filepath.Join(bin.dir, "pg_basebackup"), "-D", s.data(), "-d", primary.URL(""), "--write-recovery-conf",
		"--wal-method=stream", "--checkpoint=fast", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_basebackup of %s: %w\n%s", bin.dir, err, out)
	}
	return nil
}

func (s *Server) initdb(ctx context.Context, bin installation, account account, locale []string) (string, error) {
	scratch, err := os.MkdirTemp(s.dir, "initdb-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // no server uses it; the data was renamed out of it on success
	pwfile := filepath.Join(scratch, "password")
	if err := os.WriteFile(pwfile, []byte(s.password+"\n"), 0o600); err != nil {
		return "", err
	}
	if err := account.own(scratch, pwfile); err != nil {
		return "", err
	}
	data := filepath.Join(scratch, "data")
	args := append([]string{
		"-D", data, "-U", superuser, "-E", "UTF8", "--lc-messages=C",
		"-A", "scram-sha-256", "--pwfile=" + pwfile,
	}, locale...)
	if s.ephemeral {
		args = append(args, "--no-sync")
	}
	out, err := account.command(ctx, s.dir, filepath.Join(bin.dir, "initdb"), args...).CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return "", os.Rename(data, s.data())
}

// launch starts postgres on the stored port, or on another port if that is taken.
func (s *Server) launch(ctx context.Context, bin installation, account account) error {
	for attempt := 1; ; attempt++ {
		port, err := s.choosePort(attempt)
		if err != nil {
			return err
		}
		s.port = port
		tail, err := s.tryLaunch(ctx, bin, account)
		if err == nil {
			break
		}
		if attempt == 5 || !strings.Contains(tail, "could not bind") {
			return fmt.Errorf("start PostgreSQL: %w; its log %s ends:\n%s", err, s.path("postgres.log"), tail)
		}
	}
	go func() {
		<-s.proc.exited
		runtime.KeepAlive(s) // so that the garbage collector does not close the lock and the minder of a Server without references
	}()
	s.log.Info("private PostgreSQL started", "dir", s.dir, "port", s.port, "version", bin.major)
	return os.WriteFile(s.path("port"), []byte(strconv.Itoa(s.port)+"\n"), 0o600)
}

func (s *Server) tryLaunch(ctx context.Context, bin installation, account account) (tail string, err error) {
	logFile, from, err := openLog(s.path("postgres.log"))
	if err != nil {
		return "", err
	}
	defer func() { _ = logFile.Close() }()
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port)}
	for _, setting := range s.settings() {
		args = append(args, "-c", setting)
	}
	// The process does not end with ctx, which would kill it: Stop shuts it down.
	cmd := account.command(context.WithoutCancel(ctx), s.dir, filepath.Join(bin.dir, "postgres"), args...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	if s.proc, err = startProcess(cmd); err != nil {
		return "", err
	}
	s.pid = cmd.Process.Pid
	if s.ephemeral {
		if s.minder, err = startMinder(s.pid, s.dir); err != nil {
			return "", errors.Join(err, s.interrupt())
		}
	}
	if err := s.awaitReady(ctx); err != nil {
		if s.minder != nil {
			s.minder.abandon()
		}
		return logTail(s.path("postgres.log"), from), errors.Join(err, s.interrupt())
	}
	return "", nil
}

func (s *Server) settings() []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"unix_socket_directories=", // the distribution's default directory may not be writable
		"random_page_cost=1.1",     // solid-state disks; the default of 4 makes it read whole tables
		"shared_buffers=128MB",
		"max_connections=200",
		"timezone=UTC",
		"log_timezone=UTC",
	}
	if s.ephemeral {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB", "autovacuum=off")
	}
	if s.ephemeral && !s.replicas {
		settings = append(settings, "wal_level=minimal", "max_wal_senders=0")
	}
	return settings
}

func (s *Server) awaitReady(ctx context.Context) error {
	var last error
	for {
		if last = s.ping(ctx); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", ctx.Err(), last)
		case <-s.proc.exited:
			return fmt.Errorf("postgres ended: %v", s.proc.cmd.ProcessState)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// ping returns an error unless the server on the port answers and is that of this data directory.
func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(maintenance))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var data string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&data); err != nil {
		return err
	}
	if !sameFile(data, s.data()) {
		return fmt.Errorf("port %d serves %s", s.port, data)
	}
	return nil
}

// joinRunning reports whether a server of the data directory is running, which an earlier owner did not stop, and takes it over. It
// waits for a server that is shutting down, since only one can use the data directory.
func (s *Server) joinRunning(ctx context.Context) bool {
	for deadline := time.Now().Add(10 * time.Second); ; {
		pid, port, ok := postmaster(s.data())
		if !ok {
			return false
		}
		s.pid, s.port = pid, port
		if s.ping(ctx) == nil {
			return true
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return false
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// awaitOther waits until the server that another process owns, or is starting, answers.
func (s *Server) awaitOther(ctx context.Context) error {
	for {
		password, err := os.ReadFile(s.path("password"))
		if err == nil {
			s.password = strings.TrimSpace(string(password))
			if s.joinRunning(ctx) {
				s.log.Info("using the private PostgreSQL of another process", "dir", s.dir, "port", s.port)
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another process holds %s but its PostgreSQL does not answer: %w", s.path("lock"), ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// choosePort returns the stored port if it is free, so that clients' URLs stay valid, and otherwise any free port.
func (s *Server) choosePort(attempt int) (int, error) {
	if text, err := os.ReadFile(s.path("port")); err == nil && attempt == 1 {
		if port, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			if port, err = freePort(port); err == nil {
				return port, nil
			}
			s.log.Info("the private PostgreSQL's port is taken, using another", "taken", strings.TrimSpace(string(text)))
		}
	}
	return freePort(0)
}

func freePort(want int) (int, error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: want})
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// storedPassword returns the superuser's password, and makes one for a cluster that does not exist yet.
func storedPassword(path string, cluster bool) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if cluster {
		return "", fmt.Errorf("%s is missing: it holds the password of the cluster beside it", path)
	}
	password := rand.Text()
	return password, os.WriteFile(path, []byte(password+"\n"), 0o600)
}

func openLog(path string) (f *os.File, size int64, err error) {
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, 0, err
		}
	}
	if f, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// logTail returns the last lines that were written to the log after from.
func logTail(path string, from int64) string {
	text, err := os.ReadFile(path)
	if err != nil || int64(len(text)) < from {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(text[from:]), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-15):], []byte("\n")))
}

// postmaster returns the process and the port of the server of a data directory; ok is false if there is none.
func postmaster(data string) (pid, port int, ok bool) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, 0, false
	}
	lines := strings.Split(string(text), "\n") // process, data directory, start time, port …
	if len(lines) < 4 {
		return 0, 0, false
	}
	pid, err1 := strconv.Atoi(strings.TrimSpace(lines[0]))
	port, err2 := strconv.Atoi(strings.TrimSpace(lines[3]))
	return pid, port, err1 == nil && err2 == nil && alive(pid)
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}
