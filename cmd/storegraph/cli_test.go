package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// readConfig reads the settings of a command that does not serve.
func readConfig(getenv func(string) string, flags ...string) (Config, error) {
	a := &app{stdout: io.Discard}
	_, err := a.parse(append([]string{"migrate"}, flags...), getenv)
	return a.cfg, err
}

// printed runs the program, which is to end by itself, and returns what it printed.
func printed(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, func(name string) string { return env[name] }, &out); err != nil {
		t.Errorf("%q: %v", args, err)
	}
	return out.String()
}

// Help lists the commands, and that of a command what it does and all settings with their variables. It needs no right settings.
func TestHelp(t *testing.T) {
	t.Parallel()
	env := map[string]string{"PORT": "http"}
	words := strings.Fields
	short := printed(t, env)
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}} {
		if got := printed(t, env, args...); got != short {
			t.Errorf("%q prints\n%s\nwant\n%s", args, got, short)
		}
	}
	all := settings()
	if len(all) < 60 {
		t.Fatalf("%d settings, want all", len(all))
	}
	for _, c := range newRoot(binder{reading: &reading{}}, io.Discard).Commands() {
		name := c.Name()
		if c.Hidden == strings.Contains(short, "\n  "+name+" ") {
			t.Errorf("help of all lists %s: %v", name, !c.Hidden)
		}
		long := printed(t, env, name, "--help")
		if long != printed(t, env, "help", name) || !strings.Contains(long, c.Long) {
			t.Errorf("%s --help prints %s", name, long)
		}
		for _, s := range all {
			variable := "($" + s.variable + ")"
			if has := strings.Contains(strings.Join(words(long), " "), variable); has != (!c.HasSubCommands() && c.Flags().Lookup(s.name) != nil) {
				t.Errorf("%s --help has %s: %v", name, variable, has)
			}
		}
	}
}

// Each setting has a flag and a variable of the same name, and a text that says what it does.
func TestSettingNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range settings() {
		name, help := s.variable, s.tag.Get("help")
		if s.name != strings.ToLower(strings.ReplaceAll(name, "_", "-")) || seen[name] || !strings.HasSuffix(help, ".") || s.group == "" {
			t.Errorf("%s: flag --%s, twice %v, %q, group %q", name, s.name, seen[name], help, s.group)
		}
		if s.has("secret") != (strings.Contains(name, "SECRET") || strings.HasSuffix(name, "KEY") && name != "JWT_PUBLIC_KEY" || slices.Contains([]string{"DATABASE_URL", "DATABASE_REPLICA_URL", "LOCKING_REDIS_URL", "NOTIFICATION_URL", "EVENT_WEBHOOK_URLS"}, name)) {
			t.Errorf("%s is secret: %v", name, s.has("secret"))
		}
		seen[name] = true
	}
}

func TestCommandLineRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args string
		want string
	}{
		{"sevre", `did you mean "serve"`},
		{"serve now", "unexpected argument now"},
		{"serve --prot=1", `did you mean "--port"`},
		{"orders shwo", `did you mean "show" or "ship"`},
		{"orders show", "expected <order>"},
		{"migrate --catalogue-triggers --no-catalogue-triggers", "none of the others can be"},
		{"shadow --from f", `"against" not set`},
		{"shadow --against nowhere --from f", `--against="nowhere": want an http or https address`},
		{"shadow --against http://localhost:1 --from f --threshold 2", `--threshold="2": want a share`},
		{"seed --products=-1", "--products"},
		{"check --front=perhaps", `--front="perhaps": want on or off`},
		{"seed --seed=x", `--seed="x": want a whole number`},
		{"completion ksh", `unknown command "ksh"`},
		{"schema --port=1", "unknown flag --port"},
	} {
		err := run(t.Context(), strings.Fields(tc.args), func(name string) string { return map[string]string{"HOME": "/h"}[name] }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.args, err, tc.want)
		}
	}
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	env := map[string]string{"HOME": "/home/somebody"}
	getenv := func(name string) string { return env[name] }
	c, err := readConfig(getenv)
	if err != nil {
		t.Fatal(err)
	}
	if c.CacheMegabytes != 32 || c.Lifetimes != nil || c.CatalogueMemory != 512_000_000 {
		t.Errorf("by default %d MB of answers are kept, for %v, and an index of %d bytes", c.CacheMegabytes, c.Lifetimes, c.CatalogueMemory)
	}
	if c.Port != 9000 || !c.EmbeddedPG || c.DatabasePooler || c.LogLevel != slog.LevelInfo || c.listenAddress() != "localhost:9000" {
		t.Errorf("defaults = %+v, listening on %s", c, c.listenAddress())
	}
	env = map[string]string{"DATABASE_URL": "postgres://h/d", "PORT": "80", "LOG_LEVEL": "debug", "STOREGRAPH_DATA": "/d", "STRICT_CARTS": "on", "HOST": "", "EMBEDDED_PG": "0"}
	if c, err = readConfig(getenv); err != nil || c.listenAddress() != ":80" || c.LogLevel != slog.LevelDebug || !c.policy().StrictCarts || c.EmbeddedPG {
		t.Errorf("readConfig = %+v, %v", c, err)
	}
	c, err = readConfig(getenv, "--port=81", "--strict-carts=off", "--strict-orders", "--auth-methods-per-actor", `{"customer": ["google"]}`, "--medusa-url=http://localhost:9001/")
	if err != nil || c.Port != 81 || c.policy().StrictCarts || !c.policy().StrictOrders || c.Auth.Methods["customer"][0] != "google" || c.Front.URL.Port() != "9001" {
		t.Errorf("with flags readConfig = %+v, %v", c, err)
	}
	c, err = readConfig(getenv, "--trusted-proxies=10.0.0.0/8,::1", "--database-replica-url=postgres://a/d postgres://b/d", "--event-webhook-urls=https://a, https://b")
	if err != nil || len(c.TrustedProxies) != 2 || len(c.Replicas) != 2 || len(c.Events.WebhookURLs) != 2 {
		t.Errorf("with flags of several values readConfig = %v %v %v, %v", c.TrustedProxies, c.Replicas, c.Events.WebhookURLs, err)
	}
	if _, err = readConfig(getenv, "--trusted-proxies=nowhere"); err == nil || !strings.Contains(err.Error(), "--trusted-proxies") {
		t.Errorf("a wrong network is %v", err)
	}
}

// Every setting can be given as a flag: what is wrong is said, and nothing else happens.
func TestEveryFlag(t *testing.T) {
	t.Parallel()
	for _, s := range settings() {
		_, err := readConfig(func(string) string { return "" }, "--"+s.name+"=1")
		if err != nil && !strings.Contains(err.Error(), "--"+s.name) && !strings.Contains(err.Error(), s.variable) && !strings.Contains(err.Error(), "home directory") && !strings.Contains(err.Error(), "needs") {
			t.Errorf("--%s=1: %v", s.name, err)
		}
	}
}

// All that is wrong is named at once, by its name and with what is allowed, and no secret is shown.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	wrong := map[string][2]string{
		"DATABASE_URL":           {"postgres://u:hidden@h:70000/d", "want an address, such as postgres://"},
		"PORT":                   {"70000", "from 0 to 65535"},
		"BASE_URL":               {"shop.example", "want an http or https address"},
		"MEDUSA_URL":             {"http://localhost:99999", "want an http or https address"},
		"STORE_CORS":             {"https://shop.example/path", "want origins such as https://"},
		"AUTH_CORS":              {"/(/", "missing closing"},
		"LOG_FORMAT":             {"xml", "text or json"},
		"LOG_LEVEL":              {"loud", "debug, info, warn or error"},
		"EMBEDDED_PG":            {"maybe", "on or off"},
		"RESPONSE_CACHE":         {"-1", "from 0"},
		"CATALOGUE_MEMORY":       {"much", "such as 512MB"},
		"CACHE_CONTROL":          {"/store/products=soon", "want"},
		"STORE_SEARCH_INDEXES":   {"{", "want"},
		"SEARCH_LANGUAGE":        {"!", "BCP 47"},
		"JWT_ALGORITHM":          {"none", "HS256 or"},
		"DRAIN_TIMEOUT":          {"-3s", "such as 30s"},
		"AUTH_MFA_PERIOD":        {"1500ms", "whole number of times 1s"},
		"AUTH_METHODS_PER_ACTOR": {"[]", "JSON object"},
		"SHADOW_RATE":            {"2", "from 0 to 1"},
		"TRUSTED_PROXIES":        {"10.0.0.0/99", "neither a network"},
		"STOREFRONT_URL":         {"shop.example", "want an http or https address"},
	}
	env := map[string]string{"STOREGRAPH_DATA": "/d", "JWT_SECRET": "hidden"}
	for name, w := range wrong {
		env[name] = w[0]
	}
	_, err := readConfig(func(name string) string { return env[name] })
	text := fmt.Sprint(err)
	for name, w := range wrong {
		found := false
		for line := range strings.Lines(text) {
			found = found || strings.HasPrefix(strings.TrimSpace(line), name) && strings.Contains(line, w[1])
		}
		if !found {
			t.Errorf("of %s=%s the error does not say %q:\n%s", name, w[0], w[1], text)
		}
	}
	if strings.Contains(text, "hidden") || strings.Contains(text, "STOREGRAPH_DATA") {
		t.Errorf("the error has a secret or what is right:\n%s", text)
	}
}

// Who serves is told of all that only serving needs before anything starts: files, keys, addresses and what settings miss of each other.
func TestWrongSettingsOfServe(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"STOREGRAPH_DATA": os.DevNull, "DATABASE_URL": "postgres://localhost:1/none", "JWT_ALGORITHM": "RS256", "JWT_SECRET": "no key", "DOCUMENTS": "/nowhere.json",
		"FRONT_ROUTES": "GET /nowhere", "GOOGLE_CLIENT_ID": "g", "EVENT_WEBHOOK_URLS": "https://hook.example", "NOTIFICATION_URL": "smtp://mail.example",
		"NOTIFICATION_TEMPLATES": "/nowhere", "LOCKING_REDIS_URL": "http://localhost", "METRICS_ADDR": "localhost:9000",
	}
	getenv := func(name string) string { return env[name] }
	err := fmt.Sprint(run(t.Context(), []string{"serve"}, getenv, io.Discard))
	for _, want := range []string{
		"COOKIE_SECRET", "JWT_SECRET", "DOCUMENTS", "FRONT_ROUTES", "GOOGLE_CLIENT_SECRET", "EVENT_WEBHOOK_SECRET", "NOTIFICATION_FROM", "NOTIFICATION_TEMPLATES",
		"LOCKING_REDIS_URL", "METRICS_ADDR",
	} {
		if !strings.Contains(err, want) {
			t.Errorf("the error does not name %s: %s", want, err)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	out := printed(t, nil, "version")
	for _, want := range []string{"storegraph ", "Medusa      2.21.2\n", "schema      1"} {
		if !strings.Contains(out, want) {
			t.Errorf("version prints %q, want %q", out, want)
		}
	}
}

// A shell that has run what completion prints asks the program, which knows commands, flags and their values.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if script := printed(t, nil, "completion", shell); !strings.Contains(script, "storegraph") || !strings.Contains(script, "__complete") {
			t.Errorf("completion %s prints %s", shell, script)
		}
	}
	for line, want := range map[string]string{
		"mig":                       "migrate",
		"serve --medusa-l":          "--medusa-locking",
		"serve --medusa-locking re": "redis",
		"events re":                 "retry",
		"settin":                    "",
	} {
		offered := []string{}
		for answer := range strings.Lines(printed(t, nil, append([]string{"__complete"}, strings.Split(line, " ")...)...)) {
			if word, _, _ := strings.Cut(strings.TrimSpace(answer), "\t"); !strings.HasPrefix(word, ":") && strings.HasPrefix(word, line[strings.LastIndex(line, " ")+1:]) {
				offered = append(offered, word)
			}
		}
		if strings.Join(offered, " ") != want {
			t.Errorf("%q is completed by %q, want %q", line, offered, want)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	register := exec.CommandContext(t.Context(), bash, "-c", printed(t, nil, "completion", "bash")+"complete -p storegraph") //nolint:gosec // it is printed here
	if out, err := register.CombinedOutput(); err != nil || !strings.Contains(string(out), "__start_storegraph") {
		t.Errorf("bash has registered %s (%v)", out, err)
	}
}

// The table of settings in the documentation is what make generate writes.
func TestSettingsOfTheReadme(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "README.md")
	begin, rest, _ := bytes.Cut(want, []byte(beginMark))
	_, end, _ := bytes.Cut(rest, []byte(endMark))
	if err := os.WriteFile(file, slices.Concat(begin, []byte(beginMark+"old\n"+endMark), end), 0o600); err != nil {
		t.Fatal(err)
	}
	printed(t, nil, "settings", "--into", file)
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the settings are not up to date (%v): run make generate; they are\n%s", err, got)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"settings", "--into", file}, os.Getenv, io.Discard); err == nil {
		t.Error("a file without marks was written")
	}
	if !strings.Contains(printed(t, nil, "settings"), "| `PORT` | `9000` |") {
		t.Error("settings does not print PORT")
	}
}

// Whom the database server lets in is certain once it has answered: nobody waits for it any longer.
func TestRefusedByTheDatabase(t *testing.T) {
	t.Parallel()
	right, err := url.Parse(dbtest.BlankURL(t))
	if err != nil {
		t.Fatal(err)
	}
	if password, _ := right.User.Password(); password == "" {
		t.Skip("this server wants no password")
	}
	user, database := *right, *right
	user.User = url.UserPassword(right.User.Username(), "wrong")
	database.Path = "/nowhere"
	for want, u := range map[string]url.URL{"password authentication failed": user, `database "nowhere" does not exist: create the database`: database} {
		for _, command := range []string{"serve", "check", "migrate", "events"} {
			err := begin(t, shopEnv(u.String()), command).end()
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "DATABASE_URL") || strings.Contains(err.Error(), "wrong") {
				t.Errorf("%s = %v, want %s", command, err, want)
			}
		}
	}
}

// Who listens at the address already is named, with the setting that is to be another.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = listen(t.Context(), "PORT", l.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "set PORT to another port") || !strings.Contains(err.Error(), "in use by ") {
		t.Errorf("listen = %v", err)
	}
	if who := fmt.Sprintf("process %d (", os.Getpid()); listener("localhost:1") != "another process" || !strings.Contains(fmt.Sprint(err), who) && listener(l.Addr().String()) != "another process" {
		t.Errorf("listen = %v, want %s", err, who)
	}
}

// A shop is served once: who starts it again is told by whom and where, and the shop goes on.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	data := directory(t)
	stopPG(t, needPostgres(t, data)) // only skips where there is none
	env := map[string]string{"STOREGRAPH_DATA": data}
	first := begin(t, env, "run")
	base := first.await(t, `Playground +(http://localhost:\d+)/`)
	for _, command := range []string{"run", "serve", "reset"} {
		err := begin(t, map[string]string{"STOREGRAPH_DATA": data}, command).end()
		if want := fmt.Sprintf("process %d serves", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), base) || !strings.Contains(err.Error(), "STOREGRAPH_DATA") {
			t.Errorf("a second %s = %v, want %s at %s", command, err, want, base)
		}
	}
	if err := begin(t, map[string]string{"STOREGRAPH_DATA": data}, "check").end(); err != nil {
		t.Errorf("check beside run = %v", err)
	}
	wantOK(t, base+"/health")
	first.stop(t)
}
