//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that PostgreSQL runs as. The zero value is the user of this process.
type account struct {
	name     string
	uid, gid uint32
}

// childAccount chooses the user of the children: PostgreSQL refuses to run as root.
func childAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return newAccount(u)
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root and there is no user postgres or nobody to run it as")
}

// self reports whether children run as the user of this process.
func (a account) self() bool { return a.name == "" }

func newAccount(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, err
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid)}, nil
}

// ownerOf returns the account that owns a data directory.
func (a account) ownerOf(data string) (account, error) {
	if a.self() {
		return a, nil
	}
	info, err := os.Stat(data)
	if err != nil {
		return account{}, err
	}
	uid := info.Sys().(*syscall.Stat_t).Uid
	if uid == a.uid {
		return a, nil
	}
	if uid == 0 {
		return account{}, fmt.Errorf("%s belongs to root, as whom PostgreSQL does not run: chown -R %s it", data, a.name)
	}
	u, err := user.LookupId(strconv.Itoa(int(uid)))
	if err != nil {
		return account{}, fmt.Errorf("owner of %s: %w", data, err)
	}
	return newAccount(u)
}

// own makes the account the owner of files.
func (a account) own(paths ...string) error {
	if a.self() {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(a.uid), int(a.gid)); err != nil {
			return err
		}
	}
	return nil
}

// makeEnterable creates dir and lets the account enter it.
func (a account) makeEnterable(dir string) error {
	if a.self() {
		return os.MkdirAll(dir, 0o700)
	}
	_, err := os.Stat(dir)
	made := errors.Is(err, os.ErrNotExist)
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	// MkdirTemp creates directories of mode 0700. Secret files inside have their own modes.
	if made || strings.HasPrefix(filepath.Base(dir), "storegraph-pg-") {
		if err := os.Chmod(dir, 0o711); err != nil {
			return err
		}
	}
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		bit := uint32(0o001)
		switch {
		case stat.Uid == a.uid:
			bit = 0o100
		case stat.Gid == a.gid:
			bit = 0o010
		}
		if uint32(info.Mode().Perm())&bit == 0 {
			return fmt.Errorf("PostgreSQL runs as user %s here and cannot enter %s: choose another directory than %s", a.name, d, dir)
		}
		if d == filepath.Dir(d) {
			return nil
		}
	}
}

// command returns a command whose process is in a group of its own, so that Ctrl-C reaches only this process.
func (a account) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		// PGDATA, PGPORT or LC_ALL of a client must not change the server.
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG")
	})
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if !a.self() {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: []uint32{a.gid}}
	}
	return cmd
}

// process is a started child process.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// startProcess starts cmd. On Linux the process ends with this process.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, exited: make(chan struct{})}
	endWithParent(cmd.SysProcAttr)
	started := make(chan error, 1)
	go func() {
		// The child gets the signal when the thread that started it ends, so the thread must live as long as the
		// child. It is not unlocked: it ends with the goroutine.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(p.exited)
	}()
	return p, <-started
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// minder is a shell process that outlives this process and then removes an ephemeral cluster that was not stopped, since a test
// process has no hook for its end.
type minder struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser // when it is closed, also because this process ends, the minder acts
}

func startMinder(pid int, dir string) (*minder, error) {
	const script = `read -r word; [ "$word" = keep ] && exit; kill -INT "$1" 2>/dev/null
while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", strconv.Itoa(pid), dir) //nolint:noctx // it must outlive every context
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &minder{cmd, pipe}, cmd.Start()
}

// close ends the minder after the cluster was removed.
func (m *minder) close() {
	_ = m.pipe.Close()
	_ = m.cmd.Wait()
}

// abandon ends the minder, which then removes nothing.
func (m *minder) abandon() {
	_, _ = io.WriteString(m.pipe, "keep\n")
	m.close()
}

// tryLock acquires the lock that makes this process the owner of a cluster; ok is false if another process holds it. The system
// releases it when the process ends.
func tryLock(path string) (f *os.File, ok bool, err error) {
	f, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, true, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, nil
	}
	return nil, false, err
}
