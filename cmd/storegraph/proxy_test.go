package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

// A proxy is one that keeps answers, in front of a server of the recorded shop.
type proxy struct {
	t     *testing.T
	url   string
	d     db.DB
	names map[string]string

	mu    sync.Mutex
	asked []int // the statuses of what the server answered the proxy
}

// proxies are programs that keep answers, as Debian installs them, with the configuration that starts them in a directory.
var proxies = map[string]struct {
	program string
	file    string // of the configuration, with the proxy's port and the server's in the place of %[1]d and %[2]d, and the directory
	config  string
	args    []string
}{
	"nginx": {"/usr/sbin/nginx", "nginx.conf", `daemon off; worker_processes 1; pid %[3]s/pid; error_log stderr;
events {}
http {
	proxy_cache_path %[3]s/cache keys_zone=shop:1m; proxy_temp_path %[3]s/proxy; client_body_temp_path %[3]s/body; fastcgi_temp_path %[3]s/fastcgi;
	uwsgi_temp_path %[3]s/uwsgi; scgi_temp_path %[3]s/scgi; access_log off;
	server {
		listen 127.0.0.1:%[1]d;
		location / { proxy_pass http://127.0.0.1:%[2]d; proxy_cache shop; proxy_cache_revalidate on; proxy_http_version 1.1; }
	}
}
`, []string{"-e", "stderr", "-p", "%[3]s", "-c", "%[3]s/nginx.conf"}},
	"varnish": {"/usr/sbin/varnishd", "shop.vcl", `vcl 4.1;
backend shop { .host = "127.0.0.1"; .port = "%[2]d"; }
sub vcl_backend_response { set beresp.keep = 1h; }
`, []string{"-j", "none", "-F", "-a", "127.0.0.1:%[1]d", "-f", "%[3]s/shop.vcl", "-n", "%[3]s/work", "-s", "malloc,16m", "-p", "default_grace=0"}},
}

// newProxy starts a proxy in front of a server. Without the program the test is skipped, and fails in CI.
func newProxy(t *testing.T, name string) *proxy {
	t.Helper()
	of := proxies[name]
	if _, err := os.Stat(of.program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	p := &proxy{t: t, names: dbtest.Handles(t), d: dbtest.Shop(t)}
	if err := db.InstallTriggers(t.Context(), p.d); err != nil {
		t.Fatal(err)
	}
	lifetimes, err := graph.ParseLifetimes("/store/products*=2, /graphql=2, *=0")
	if err != nil {
		t.Fatal(err)
	}
	h, work, err := handler(t.Context(), Config{JWTSecret: "supersecret", CookieSecret: "supersecret", CacheMegabytes: 8, Lifetimes: lifetimes}, p.d, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	stop := background(t.Context(), work)
	t.Cleanup(stop)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&statusWriter{ResponseWriter: w, told: func(status int) {
			p.mu.Lock()
			p.asked = append(p.asked, status)
			p.mu.Unlock()
		}}, r)
	}))
	t.Cleanup(server.Close)
	dir, port := t.TempDir(), dbtest.FreePort(t)
	fill := func(text string) string {
		return strings.NewReplacer("%[1]d", fmt.Sprint(port), "%[2]d", fmt.Sprint(server.Listener.Addr().(*net.TCPAddr).Port), "%[3]s", dir).Replace(text)
	}
	config := fill(of.config)
	if os.Geteuid() == 0 && name == "nginx" { // who writes the directory
		config = "user root; " + config
	}
	if err := os.WriteFile(filepath.Join(dir, of.file), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	p.start(of.program, strings.Fields(fill(strings.Join(of.args, " "))))
	return p
}

// start runs the program until the test ends, and waits for it to answer.
func (p *proxy) start(program string, args []string) {
	p.t.Helper()
	cmd := exec.CommandContext(context.Background(), program, args...) //nolint:gosec // one of the proxies above
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // what it has started must end too
		<-ended
	})
	p.until("an answer of the proxy", func() bool {
		select {
		case <-ended:
			p.t.Fatalf("it ended:\n%s", out)
		default:
		}
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+"/health", http.NoBody)
		if err != nil {
			p.t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusOK
	})
}

// statusWriter is a ResponseWriter that tells the status before it is sent.
type statusWriter struct {
	http.ResponseWriter
	told func(status int)
	sent bool
}

func (w *statusWriter) WriteHeader(status int) {
	w.sent = true
	w.told(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if !w.sent {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// until waits until something holds.
func (p *proxy) until(what string, holds func() bool) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ends := time.After(30 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-ends:
			p.t.Fatalf("%s does not come", what)
		}
	}
}

// get asks the proxy with the key pk_web, unless the headers, names and values in turn, have another. It returns the statuses of what the
// server was asked for it.
func (p *proxy) get(path string, headers ...string) (status int, body string, asked []int) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("X-Publishable-Api-Key", p.names["pk_web"])
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	p.mu.Lock()
	p.asked = nil
	p.mu.Unlock()
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	content := io.Reader(res.Body)
	switch coding := res.Header.Get("Content-Encoding"); {
	case coding == "gzip" && r.Header.Get("Accept-Encoding") == "gzip":
		if content, err = gzip.NewReader(content); err != nil {
			p.t.Fatal(err)
		}
	case coding != "":
		p.t.Errorf("GET %s is encoded as %s, asked for %s", path, coding, r.Header.Get("Accept-Encoding"))
	}
	text, err := io.ReadAll(content)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return res.StatusCode, string(text), append([]int(nil), p.asked...)
}

// passed asks twice and fails unless the server was asked both times.
func (p *proxy) passed(what, path string, headers ...string) {
	p.t.Helper()
	for range 2 {
		if status, body, asked := p.get(path, headers...); len(asked) != 1 || status != asked[0] {
			p.t.Errorf("%s: %d, the server answered %v: %.200s", what, status, asked, body)
		}
	}
}

// TestProxies puts real caches between the server and its clients. They give answers again without asking, ask whether they still hold,
// show changes, and keep apart what depends on the key, the language and the customer.
func TestProxies(t *testing.T) {
	t.Parallel()
	for name := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, name)
			for _, path := range []string{
				"/store/products?fields=title&region_id=" + p.names["reg_eu"], "/graphql?query=%7Bproducts(first:50)%7Bnodes%7Btitle%7D%7D%7D",
			} {
				p.keeps(path)
			}
			page := "/store/products?fields=title&limit=9"
			p.kept(page)
			carla := "Bearer " + p.names["jwt_carla_valid"]
			p.passed("a customer", page, "Authorization", carla)
			p.passed("a session", page, "Cookie", "connect.sid=s%3Ax.y")
			p.passed("a customer's own", "/store/customers/me", "Authorization", carla)
			p.passed("nobody's own", "/store/customers/me")
			p.passed("stock", "/store/products?fields=title,*variants,%2Bvariants.inventory_quantity&limit=2")
			p.passed("what is not there", "/store/products/prod_x")
			p.passed("a wrong request", "/store/products?limit=x")
			p.passed("a revoked key", page, "X-Publishable-Api-Key", p.names["pk_revoked"])
			p.passed("a cart", "/store/carts/cart_x")
			p.kept(page)
		})
	}
}

// kept asks until the proxy answers without asking the server.
func (p *proxy) kept(path string, headers ...string) (body string) {
	p.t.Helper()
	p.until("an answer that was kept", func() bool {
		status, text, asked := p.get(path, headers...)
		body = text
		return status == http.StatusOK && len(asked) == 0
	})
	return body
}

// keeps tests the life of an answer.
func (p *proxy) keeps(path string) {
	p.t.Helper()
	old := p.kept(path)
	for what, headers := range map[string][]string{
		"another key": {"X-Publishable-Api-Key", p.names["pk_b2b"]}, "plain": {"Accept-Encoding", "identity"}, "another language": {"X-Medusa-Locale", "fr-FR"},
	} {
		status, _, asked := p.get(path, headers...)
		if status != http.StatusOK || len(asked) == 0 && what != "plain" { // a proxy may decompress
			p.t.Errorf("%s: %d, the server answered %v", what, status, asked)
		}
		if body := p.kept(path, headers...); (body == old) == (what == "another key") {
			p.t.Errorf("%s: %s after %s", what, body, old)
		}
	}
	p.until("a question whether it still holds", func() bool {
		_, body, asked := p.get(path)
		if body != old {
			p.t.Fatalf("it has become %s", body)
		}
		return len(asked) == 1 && asked[0] == http.StatusNotModified
	})
	old = p.kept(path)
	if _, err := p.d.Exec(p.t.Context(), "UPDATE product SET title = title || ' (new)'"); err != nil {
		p.t.Fatal(err)
	}
	changed := time.Now()
	p.until("the change", func() bool {
		_, body, _ := p.get(path)
		return body != old && strings.Contains(body, "(new)")
	})
	p.t.Logf("a change was seen after %v", time.Since(changed))
	if p.kept(path) == old {
		p.t.Error("the old answer is back")
	}
}
