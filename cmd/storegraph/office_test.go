package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/cmd/storegraph/backoffice"
)

// asMedusa is the environment variable that makes this test binary the Medusa of TestRunAdmin, at the port that it names.
const asMedusa = "STOREGRAPH_TEST_MEDUSA"

// fakeMedusa answers everything, and is well.
func fakeMedusa(port string) {
	//nolint:gosec // it serves a test
	err := http.ListenAndServe(net.JoinHostPort("127.0.0.1", port), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Medusa's %s", r.URL.Path)
	}))
	fmt.Fprintln(os.Stderr, err)
}

// A fakeNode is a directory with programs npm and node, which do as a Medusa's would.
type fakeNode struct{ calls, installing string }

// newFakeNode puts the programs on the PATH. They write down their arguments and the password that they were given; npm goes on once the file
// installing is there.
func newFakeNode(t *testing.T, version string) fakeNode {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	f := fakeNode{filepath.Join(bin, "calls"), filepath.Join(bin, "installing")}
	for name, script := range map[string]string{
		"npm": `until [ -e '` + f.installing + `' ]; do sleep 0.05; done
[ ! -e node_modules ] || echo 'npm found packages' >>'` + f.calls + `'
mkdir node_modules && echo '{"packages":{"node_modules/@medusajs/medusa":{"version":"2.21.2"}}}' >node_modules/.package-lock.json`,
		"node": `case "$*" in
--version) echo ` + version + ` ;;
build-admin.js) mkdir -p public/admin && touch public/admin/index.html ;;
add-user.js) echo "account $ADMIN_EMAIL $ADMIN_PASSWORD" >>'` + f.calls + `' ;;
*start*) ` + asMedusa + `=$PORT exec '` + self + `' ;;
esac`,
	} {
		text := "#!/bin/sh\necho " + name + ` "$*" >>'` + f.calls + "'\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return f
}

// run --admin serves the shop at once and the Admin as soon as it is there. It installs Medusa the first time only, anew where an installation
// was interrupted, and shows the password to whoever started it alone.
func TestRunAdmin(t *testing.T) { //nolint:paralleltest // it sets PATH
	data := directory(t)
	stopPG(t, needPostgres(t, data)) // only skips where there is none
	node := newFakeNode(t, "v20.20.2")
	half := filepath.Join(data, "medusa-2.21.2", "node_modules", "@medusajs", "medusa")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "package.json"), []byte(`{"version":"2.21.2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var password string
	for _, start := range []string{"first", "second"} {
		p := begin(t, map[string]string{"STOREGRAPH_DATA": data}, "run", "--admin")
		base := p.await(t, `Playground +(http://localhost:\d+)/`)
		wantOK(t, base+"/health")
		if start == "first" {
			p.await(t, `Installing Medusa 2.21.2`)
			if status, body := get(t, base+"/app/orders"); status != http.StatusServiceUnavailable || !strings.Contains(body, "Installing Medusa 2.21.2") || !strings.Contains(body, `http-equiv="refresh"`) {
				t.Errorf("/app while it is installed = %d %s", status, body)
			}
			if err := os.WriteFile(node.installing, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p.await(t, `Admin +`+base+`/app`)
		if status, body := get(t, base+"/app/login"); status != http.StatusOK || body != "Medusa's /app/login" {
			t.Errorf("/app/login = %d %s, want Medusa's", status, body)
		}
		got := p.await(t, `Log in with +admin@example.com and the password (\w{20,}),`)
		if password != "" && got != password {
			t.Errorf("the password was %s and is %s", password, got)
		}
		password = got
		p.stop(t)
		if installs := strings.Contains(p.out.String(), "Installing Medusa"); installs != (start == "first") || strings.Contains(p.out.String(), "not shared") {
			t.Errorf("the %s start printed %s", start, p.out)
		}
	}
	text, err := os.ReadFile(node.calls)
	if err != nil {
		t.Fatal(err)
	}
	// What migrates and makes the account does nothing here, so that it is asked for again.
	for call, want := range map[string]int{"npm install": 1, "npm found packages": 0, "node build-admin.js": 1, "db:migrate": 2, "node add-user.js\n": 2, " start ": 2} {
		if got := strings.Count(string(text), call); got != want {
			t.Errorf("%s was called %d times, want %d:\n%s", call, got, want, text)
		}
	}
	if !strings.Contains(string(text), "account admin@example.com "+password+"\n") || strings.Count(string(text), password) > strings.Count(string(text), "account ") {
		t.Errorf("the password is not that of the account, or an argument:\n%s", text)
	}
}

// Without a Node.js that Medusa runs on the shop starts without the Admin.
func TestRunAdminWithoutNode(t *testing.T) { //nolint:paralleltest // it sets PATH
	data := directory(t)
	stopPG(t, needPostgres(t, data))
	newFakeNode(t, "v18.19.0")
	p := begin(t, map[string]string{"STOREGRAPH_DATA": data}, "run", "--admin")
	p.await(t, `without Medusa's Admin.*needs Node.js 20 or later with npm: this is v18.19.0`)
	base := p.await(t, `Playground +(http://localhost:\d+)/`)
	p.await(t, `First answer after`)
	if status, _ := get(t, base+"/app"); status != http.StatusNotFound {
		t.Errorf("/app = %d, want 404", status)
	}
	p.stop(t)
}

// A Medusa that cannot be installed leaves a shop, and a page that says so.
func TestRunAdminFails(t *testing.T) { //nolint:paralleltest // it sets PATH
	data, project := directory(t), t.TempDir()
	stopPG(t, needPostgres(t, data))
	newFakeNode(t, "v22.1.0")
	if err := os.WriteFile(filepath.Join(project, "package.json"), []byte(`{"name": "somebody-elses"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := begin(t, map[string]string{"STOREGRAPH_DATA": data, "MEDUSA_DIR": project}, "run", "--admin")
	base := p.await(t, `Playground +(http://localhost:\d+)/`)
	p.await(t, `there is no Admin.*`+backoffice.ErrForeign.Error())
	for state := ""; !strings.Contains(state, "could not be started"); {
		_, state = get(t, base+"/app")
	}
	wantOK(t, base+"/health")
	p.stop(t)
	if _, err := os.Stat(filepath.Join(project, "medusa-config.js")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the project of somebody else was written to (%v)", err)
	}
}

func TestRunAdminRefuses(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{shopEnv("postgres://localhost/none"), {"STOREGRAPH_DATA": os.DevNull, "MEDUSA_URL": "http://localhost:9001"}} {
		if err := begin(t, env, "run", "--admin").end(); err == nil || !strings.Contains(err.Error(), "leave --admin out") {
			t.Errorf("run --admin = %v, want a refusal", err)
		}
	}
}
