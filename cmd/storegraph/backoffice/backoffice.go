// Package backoffice runs a Medusa on the private database, for its Admin. It installs it with npm, from the registry that npm is
// configured for.
package backoffice

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leastNode is the oldest major version of Node.js on which it runs.
const leastNode = 20

// ErrMissing is the failure when Node.js or npm is not installed, or is too old.
var ErrMissing = errors.New("the Admin needs Node.js 20 or later with npm")

//go:embed project
var project embed.FS

// ErrForeign is the failure when the directory has a project that is somebody else's.
var ErrForeign = errors.New("the directory has a project that storegraph has not made")

// Options say what a Medusa works on.
type Options struct {
	Dir          string // where it is installed
	Version      string // of Medusa, whose schema the database has
	DatabaseURL  string
	JWTSecret    string
	CookieSecret string
	StoreCORS    string
	ShopURL      string                          // at which browsers reach it, through storegraph
	Busy         func(what string) (done func()) // is called when something begins that takes long
}

// A Medusa is installed in a directory.
type Medusa struct {
	o   Options
	env []string
}

// Install installs Medusa and builds its Admin, unless that has been done. It fails with ErrMissing without Node.js.
func Install(ctx context.Context, o Options) (*Medusa, error) {
	m := &Medusa{o: o, env: append(os.Environ(),
		"DATABASE_URL="+o.DatabaseURL, "JWT_SECRET="+o.JWTSecret, "COOKIE_SECRET="+o.CookieSecret, "SHOP_URL="+o.ShopURL, "STORE_CORS="+o.StoreCORS,
		"NODE_ENV=production", "MEDUSA_DISABLE_TELEMETRY=true", "LOG_LEVEL=warn",
	)}
	if err := m.write(); err != nil {
		return nil, err
	}
	if !m.installed() {
		// npm takes a package for complete that an interrupted installation has begun to write, and the pages are of the Medusa that was there.
		if err := errors.Join(os.RemoveAll(filepath.Join(o.Dir, "node_modules")), os.RemoveAll(filepath.Join(o.Dir, "public"))); err != nil {
			return nil, err
		}
		if err := m.do(ctx, "Installing Medusa "+o.Version+", once: some minutes and 700 MB", "npm", "install", "--no-audit", "--no-fund"); err != nil {
			return nil, err
		}
		if !m.installed() {
			return nil, fmt.Errorf("npm has not installed Medusa %s in %s", o.Version, o.Dir)
		}
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "public/admin/index.html")); errors.Is(err, fs.ErrNotExist) {
		if err := m.do(ctx, "Building the Admin, once: a minute or more", "node", "build-admin.js"); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Check fails with ErrMissing unless Node.js and npm are there.
func Check(ctx context.Context) error {
	for _, name := range []string{"npm", "node"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%w: there is no %s", ErrMissing, name)
		}
	}
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("%w: node --version: %w", ErrMissing, err)
	}
	version := strings.TrimSpace(string(out))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < leastNode {
		return fmt.Errorf("%w: this is %s", ErrMissing, version)
	}
	return nil
}

// packageName is the name of the project in its package.json.
const packageName = "storegraph-admin"

// write writes the files of the project, unless the directory has another.
func (m *Medusa) write() error {
	var there struct{ Name string }
	text, err := os.ReadFile(filepath.Join(m.o.Dir, "package.json"))
	if err == nil && (json.Unmarshal(text, &there) != nil || there.Name != packageName) {
		return fmt.Errorf("%w: %s", ErrForeign, m.o.Dir)
	}
	if err := os.MkdirAll(filepath.Join(m.o.Dir, "src"), 0o755); err != nil {
		return err
	}
	pack, err := json.Marshal(map[string]any{
		"name": packageName, "private": true, "version": "0.0.1",
		"dependencies": map[string]string{"@medusajs/medusa": m.o.Version, "@medusajs/framework": m.o.Version, "@medusajs/cli": m.o.Version},
	})
	if err != nil {
		return err
	}
	files := map[string][]byte{"package.json": pack}
	for _, name := range []string{"medusa-config.js", "build-admin.js", "add-user.js"} {
		if files[name], err = project.ReadFile("project/" + name); err != nil {
			return err
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(m.o.Dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// installed reports whether npm has installed this version to the end: it writes that file when all packages are there.
func (m *Medusa) installed() bool {
	text, err := os.ReadFile(filepath.Join(m.o.Dir, "node_modules/.package-lock.json"))
	var got struct {
		Packages map[string]struct{ Version string }
	}
	return err == nil && json.Unmarshal(text, &got) == nil && got.Packages["node_modules/@medusajs/medusa"].Version == m.o.Version
}

// Migrate adds the tables of the Medusa's modules that the database lacks.
func (m *Medusa) Migrate(ctx context.Context) error {
	return m.do(ctx, "Migrating the database to Medusa's modules", "node", cli, "db:migrate", "--skip-scripts", "--skip-links")
}

// AddUser makes an account for the Admin. The password goes by the environment, which others on the machine do not see.
func (m *Medusa) AddUser(ctx context.Context, email, password string) error {
	of := *m
	of.env = slices.Concat(m.env, []string{"ADMIN_EMAIL=" + email, "ADMIN_PASSWORD=" + password})
	return of.do(ctx, "Making an account for the Admin", "node", "add-user.js")
}

// cli is Medusa's command, in the directory.
const cli = "node_modules/@medusajs/cli/cli.js"

// A Server is a running Medusa.
type Server struct {
	url  *url.URL
	log  string
	stop context.CancelFunc
	done chan struct{}
}

// FreeURL returns an address of this machine that nobody listens on.
func FreeURL(ctx context.Context) (*url.URL, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: "http", Host: l.Addr().String()}, l.Close()
}

// Start starts the Medusa at an address of this machine, where it answers after a while.
func (m *Medusa) Start(ctx context.Context, at *url.URL) (*Server, error) {
	log, err := os.Create(filepath.Join(m.o.Dir, "medusa.log"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := m.command(ctx, "node", cli, "start", "--host", at.Hostname(), "--port", at.Port())
	cmd.Env = append(cmd.Env, "PORT="+at.Port())
	cmd.Stdout, cmd.Stderr = log, log
	s := &Server{url: at, log: log.Name(), stop: cancel, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer close(s.done)
		defer func() { _ = log.Close() }()
		if err := runBound(cmd, started); cmd.Process == nil {
			started <- err
		} // else it ended by Stop, or Await tells of it
	}()
	if err := <-started; err != nil {
		cancel()
		return nil, err
	}
	return s, nil
}

// Await returns when the Medusa answers, or fails when it or ctx has ended.
func (s *Server) Await(ctx context.Context) error {
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.JoinPath("health").String(), http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(r); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.done:
			return fmt.Errorf("the Medusa of the Admin has ended; %s says why", s.log)
		case <-poll.C:
		}
	}
}

// Done is closed when the Medusa has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop stops the Medusa and waits for its end.
func (s *Server) Stop() {
	s.stop()
	<-s.done
}

// command returns a program to run in the directory. It is asked to end when ctx ends, and killed if it does not. It is in a group of its own,
// so that Ctrl-C does not reach it, and on Linux it does not outlive this process.
func (m *Medusa) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = m.o.Dir, m.env
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = attributes()
	return cmd
}

// runBound starts a program and waits for its end, on a thread that lives as long: Linux ends the program with the thread.
func runBound(cmd *exec.Cmd, started chan<- error) error {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	if err := cmd.Start(); err != nil {
		return err
	}
	started <- nil
	return cmd.Wait()
}

// do runs a program. Only if it fails, what it printed is in the error.
func (m *Medusa) do(ctx context.Context, what, program string, args ...string) error {
	if m.o.Busy != nil {
		defer m.o.Busy(what)()
	}
	cmd := m.command(ctx, program, args...)
	if program == "npm" {
		cmd.Env = append(cmd.Env, "NODE_ENV=")
		cmd.Cancel = func() error { return cmd.Process.Kill() } // it would go on for long, and what it leaves is removed by the next installation
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ended := make(chan error, 2)
	go func() { ended <- runBound(cmd, ended) }()
	err := <-ended
	if err == nil {
		err = <-ended
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w: %s", what, strings.Join(append([]string{program}, args[:1]...), " "), err, bytes.TrimSpace(out.Bytes()[max(0, out.Len()-2000):]))
	}
	return nil
}
