package main

import (
	"context"
	"debug/elf"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/storegraph/storegraph/db/dbtest"
)

// A stage is the last one of the Dockerfile, as far as this file knows its instructions.
type stage struct {
	copied  map[string]string // what it has, by where it has it
	env     []string
	user    int
	command []string
}

// image reads the Dockerfile. It fails on an instruction in the last stage that the tests below would ignore.
func image(t *testing.T) stage {
	t.Helper()
	text, err := os.ReadFile("deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, ok := strings.Cut(string(text), "\nFROM scratch\n")
	if !ok {
		t.Fatal("the image is not made from scratch")
	}
	s := stage{copied: map[string]string{}}
	words := regexp.MustCompile(`"([^"]*)"`)
	for line := range strings.Lines(last) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "COPY":
			from, to, ok := strings.Cut(strings.TrimPrefix(rest, "--from=build "), " ")
			if !ok {
				t.Fatalf("not understood: %s", line)
			}
			s.copied[to] = from
		case "ENV":
			s.env = append(s.env, rest)
		case "USER":
			id, _, _ := strings.Cut(rest, ":")
			if s.user, err = strconv.Atoi(id); err != nil {
				t.Fatalf("a scratch image knows no names of users: %s", line)
			}
		case "ENTRYPOINT", "CMD":
			for _, w := range words.FindAllStringSubmatch(rest, -1) {
				s.command = append(s.command, w[1])
			}
		case "EXPOSE", "":
		default:
			t.Fatalf("not understood: %s", line)
		}
	}
	return s
}

// largest is how many bytes the binary may have.
const largest = 42_000_000

// TestImage builds the binary as the Dockerfile does and serves a shop with it in a root that has nothing but what the image has.
func TestImage(t *testing.T) {
	t.Parallel()
	s := image(t)
	built := filepath.Join(directory(t), "storegraph")
	if out, err := exec.CommandContext(t.Context(), "make", "-C", "../..", "--no-print-directory", "build", "BIN="+built).CombinedOutput(); err != nil {
		t.Fatalf("make build: %v\n%s", err, out)
	}
	static(t, built)
	if f, err := os.Stat(built); err != nil || f.Size() > largest {
		t.Errorf("the binary has %d bytes, want at most %d (%v); it doubles when something reachable looks methods up by names, as text/template does", f.Size(), largest, err)
	}
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("another root needs root on Linux")
	}
	root := directory(t)
	if err := os.Chmod(root, 0o755); err != nil { //nolint:gosec // the user of the image must enter it
		t.Fatal(err)
	}
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{
		"/src/bin/storegraph": built, "/zoneinfo.zip": filepath.Join(strings.TrimSpace(string(goroot)), "lib/time/zoneinfo.zip"),
		"/etc/ssl/certs/ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt",
	}
	for to, from := range s.copied {
		put(t, sources[from], filepath.Join(root, to))
	}
	base := serveIn(t, root, s)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/store/products?limit=1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Publishable-Api-Key", dbtest.Handles(t)["pk_web"])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"products":[{`) {
		t.Errorf("GET /store/products: %s %s", res.Status, body)
	}
}

// static fails unless a program needs no other file to run.
func static(t *testing.T, program string) {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary is not static")
		}
	}
}

func put(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatalf("what the image copies is not known here: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // the user of the image reads it
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o755); err != nil { //nolint:gosec // the user of the image runs it
		t.Fatal(err)
	}
}

// serveIn runs the image's command in a root until the test ends, and returns its address when it serves.
func serveIn(t *testing.T, root string, s stage) string {
	t.Helper()
	env := shopEnv(dbtest.ShopURL(t))
	port := strconv.Itoa(dbtest.FreePort(t))
	env["PORT"], env["HOST"] = port, "127.0.0.1"
	cmd := exec.CommandContext(context.Background(), s.command[0], s.command[1:]...) //nolint:gosec // the binary that was just built
	cmd.Env = s.env
	for name, v := range env {
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	var log strings.Builder
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(s.user), Gid: uint32(s.user)}} //nolint:gosec // an id
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server that is told to stop ends with %v:\n%s", err, &log)
		}
	})
	base := "http://127.0.0.1:" + port
	for end := time.Now().Add(time.Minute); answer(t.Context(), base+"/health/ready", "") != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the server does not become ready")
		}
	}
	return base
}

// interpolated is what Compose replaces by a variable of its own, with the value where that is not set.
var interpolated = regexp.MustCompile(`\$\{[A-Z_]+:[-?]([^}]*)\}`)

// TestCompose looks whether the containers set settings, and run commands, that there are.
func TestCompose(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Image       string
			Build       struct{ Context, Dockerfile string }
			Command     any
			Environment map[string]string
			DependsOn   map[string]any `yaml:"depends_on"`
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.AllowDuplicateMapKey()); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range settings() {
		known[s.variable] = true
	}
	ours := 0
	for name, service := range file.Services {
		for needed := range service.DependsOn {
			if _, ok := file.Services[needed]; !ok {
				t.Errorf("%s depends on %s, which is not there", name, needed)
			}
		}
		if service.Image != "storegraph" {
			continue
		}
		ours++
		if _, err := os.Stat(path.Join("deploy", service.Build.Context, service.Build.Dockerfile)); err != nil {
			t.Error(err)
		}
		for setting := range service.Environment {
			if !known[setting] {
				t.Errorf("%s: there is no setting %s", name, setting)
			}
		}
		args := []string{"serve"}
		if words, ok := service.Command.([]any); ok {
			args = nil
			for _, w := range words {
				args = append(args, w.(string))
			}
		}
		getenv := func(name string) string {
			if strings.HasSuffix(name, "_URL") {
				return ""
			}
			return interpolated.ReplaceAllString(service.Environment[name], "$1")
		}
		if _, err := (&app{stdout: io.Discard}).parse(args, getenv); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if ours < 4 {
		t.Errorf("only %d services run storegraph", ours)
	}
}

// TestUnit has systemd check the unit, where there is one.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	text, err := os.ReadFile("deploy/storegraph.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(directory(t), "storegraph.service")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/storegraph", self)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", unit).CombinedOutput()
	if err != nil || strings.Contains(string(out), "storegraph.service:") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
