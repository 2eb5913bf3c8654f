package edge_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

// serve starts the whole chain around h and returns its address and its log. Asking for the log ends the server, because
// the line of a request comes after its answer. Each look at the clock takes a second.
func serve(t *testing.T, o edge.Options, h http.HandlerFunc) (url string, logged func() string) {
	t.Helper()
	var logs bytes.Buffer // slog's handlers write one line at a time
	var clock atomic.Int64
	o.Log = slog.New(slog.NewJSONHandler(&logs, nil))
	o.Now = func() time.Time { return time.Unix(clock.Add(1), 0) }
	e, err := edge.New(o)
	if err != nil {
		t.Fatal(err)
	}
	chain := e.Wrap(h)
	var running sync.WaitGroup // the server does not wait for a hijacked connection
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		chain.ServeHTTP(w, r)
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL, func() string {
		srv.Close()
		running.Wait()
		return logs.String()
	}
}

// send makes a request with the given headers ("name: value") and returns the answer and its bytes as they came.
func send(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	resp, got, err := try(t, method, url, strings.NewReader(body), headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp, got
}

func try(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		req.Header.Add(k, v)
	}
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, string(got), err
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, edge.RequestID(r.Context()))
	})
	for name, tc := range map[string]struct {
		sent string
		kept bool
	}{
		"none":         {"", false},
		"uuid":         {"0191d9c4-6f6a-7cc0-8000-5d3c5f0e1b2a", true},
		"trace":        {"1-67891233:abc_d.e", true},
		"with a space": {"a b", false},
		"an e-mail":    {"a@b.example", false},
		"markup":       {"<script>", false},
		"too long":     {strings.Repeat("a", 129), false},
		"long enough":  {strings.Repeat("a", 128), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, inContext := send(t, "GET", url, "", "X-Request-Id: "+tc.sent)
			got := resp.Header.Get("X-Request-Id")
			if got != inContext || got == "" {
				t.Errorf("id in the answer = %q, in the context %q, want the same", got, inContext)
			}
			if (got == tc.sent) != tc.kept {
				t.Errorf("id = %q, sent %q, want kept %v", got, tc.sent, tc.kept)
			}
		})
	}
	if got := edge.RequestID(t.Context()); got != "" {
		t.Errorf("RequestID outside a request = %q, want none", got)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	url, logged := serve(t, edge.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints) // not the status that counts
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	send(t, "POST", url+"/store/customers/jane@doe.example?token=s3cret&email=jane@doe.example", `{"password":"s3cret"}`,
		"Authorization: Bearer s3cret", "X-Request-Id: id-1")
	out := logged()
	var line map[string]any
	if err := json.Unmarshal([]byte(out), &line); err != nil {
		t.Fatalf("log = %s, want one line: %v", out, err)
	}
	for k, want := range map[string]any{
		"method": "POST", "path": "/store/customers/-", "status": 418.0, "bytes": 15.0, "duration": 1e9, "request_id": "id-1",
	} {
		if line[k] != want {
			t.Errorf("%s = %v, want %v", k, line[k], want)
		}
	}
	for _, secret := range []string{"s3cret", "jane"} {
		if strings.Contains(out, secret) {
			t.Errorf("log holds %q: %s", secret, out)
		}
	}
}

func TestRecover(t *testing.T) {
	t.Parallel()
	url, logged := serve(t, edge.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Content-Length", "7")
		switch r.URL.Path {
		case "/late":
			w.Header().Del("Content-Length")
			_, _ = io.WriteString(w, "half of ")
			_ = http.NewResponseController(w).Flush()
		case "/held":
			w.Header().Del("Content-Length")
			_, _ = io.WriteString(w, "half") // still held back by compression
		}
		panic("the roof is on fire")
	})
	for _, path := range []string{"/early", "/held"} {
		resp, body := send(t, "GET", url+path, "", "Accept-Encoding: gzip")
		if resp.StatusCode != http.StatusInternalServerError || body != `{"code":"unknown_error","type":"unknown_error","message":"An unknown error occurred."}` {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
		if ct, cc := resp.Header.Get("Content-Type"), resp.Header.Get("Cache-Control"); ct != "application/json; charset=utf-8" || cc != "" {
			t.Errorf("%s: content-type %q, cache-control %q", path, ct, cc)
		}
	}
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		if _, body, err := try(t, "GET", url+"/late", http.NoBody, "Accept-Encoding: "+coding); err == nil {
			t.Errorf("an answer in %s that is broken off looks complete: %q", coding, body)
		}
	}
	out := logged()
	if got := strings.Count(out, `"panic"`); got != 5 {
		t.Errorf("panics logged = %d, want 5:\n%s", got, out)
	}
	if !strings.Contains(out, "the roof is on fire") || !strings.Contains(out, "edge_test.go") {
		t.Errorf("log lacks the reason or the stack:\n%s", out)
	}
	if got := strings.Count(out, `"aborted":true`); got != 3 {
		t.Errorf("lines of aborted requests = %d, want 3:\n%s", got, out)
	}
}

// TestRecoverAbort tests that a deliberate abort is no fault: it breaks the connection and is not logged as a panic.
func TestRecoverAbort(t *testing.T) {
	t.Parallel()
	url, logged := serve(t, edge.Options{}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if resp, _, err := try(t, "GET", url, http.NoBody); err == nil {
		t.Errorf("status = %d, want a broken connection", resp.StatusCode)
	}
	if out := logged(); strings.Contains(out, "panic") {
		t.Errorf("log = %s", out)
	}
}

func TestSecure(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/frame" {
			w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		}
	})
	for path, frame := range map[string]string{"/store": "DENY", "/frame": "SAMEORIGIN"} {
		resp, _ := send(t, "GET", url+path, "")
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options = %q, want nosniff", path, got)
		}
		if got := resp.Header.Get("X-Frame-Options"); got != frame {
			t.Errorf("%s: X-Frame-Options = %q, want %q", path, got, frame)
		}
	}
}

// TestLimitBody holds D11 of DEVIATIONS.md.
func TestLimitBody(t *testing.T) {
	t.Parallel()
	const most = 1000
	deflated := func(w func(io.Writer) io.WriteCloser, s string) string {
		var b bytes.Buffer
		z := w(&b)
		_, _ = io.WriteString(z, s)
		_ = z.Close()
		return b.String()
	}
	gz := func(s string) string {
		return deflated(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, s)
	}
	zl := func(s string) string {
		return deflated(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, s)
	}
	url, _ := serve(t, edge.Options{MaxBody: most}, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("handler: %v, %d bytes of %d, coded %q", err, len(body), r.ContentLength, r.Header.Get("Content-Encoding"))
		}
		_, _ = w.Write(body)
	})
	fits, over := strings.Repeat("a", most), strings.Repeat("a", most+1)
	for name, tc := range map[string]struct {
		body    io.Reader // one that is no strings.Reader goes without a length
		coding  string
		status  int
		message string
	}{
		"fits":                   {strings.NewReader(fits), "identity", 200, fits},
		"one byte over":          {strings.NewReader(over), "identity", 413, "request entity too large"},
		"fits, chunked":          {io.MultiReader(strings.NewReader(fits)), "identity", 200, fits},
		"over, chunked":          {io.MultiReader(strings.NewReader(over)), "identity", 413, "request entity too large"},
		"gzip":                   {strings.NewReader(gz(fits)), "gzip", 200, fits},
		"deflate":                {strings.NewReader(zl(fits)), "Deflate", 200, fits},
		"bomb":                   {strings.NewReader(gz(strings.Repeat("a", 300_000))), "gzip", 413, "request entity too large"},
		"not gzip":               {strings.NewReader("plain"), "gzip", 400, "incorrect header check"},
		"gzip, cut short":        {strings.NewReader(gz(fits)[:20]), "gzip", 400, "incorrect header check"},
		"a coding nobody knows":  {strings.NewReader("x"), "compress", 415, `unsupported content encoding "compress"`},
		"a coding full of marks": {strings.NewReader("x"), "a\"\\\u00e9", 415, `unsupported content encoding "a"\"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body, err := try(t, "POST", url, tc.body, "Content-Encoding: "+tc.coding)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != http.StatusOK {
				var e struct{ Type, Message string }
				if err := json.Unmarshal([]byte(body), &e); err != nil || e.Type == "" {
					t.Fatalf("body = %s, want an error of the reference's shape", body)
				}
				body = e.Message
			}
			if resp.StatusCode != tc.status || body != tc.message {
				t.Errorf("%d %.80s, want %d %.80s", resp.StatusCode, body, tc.status, tc.message)
			}
		})
	}
}

func TestTrustProxies(t *testing.T) {
	t.Parallel()
	proxies, err := edge.ParseProxies("10.0.0.0/8, 192.0.2.7 ,2001:db8::/32,")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		peer, forwarded, proto string
		client, scheme         string
	}{
		"no proxy":                     {"198.51.100.1:5000", "", "", "198.51.100.1", "http"},
		"a stranger claims":            {"198.51.100.1:5000", "203.0.113.9", "https", "198.51.100.1", "http"},
		"one proxy":                    {"10.1.2.3:5000", "203.0.113.9", "https", "203.0.113.9", "https"},
		"the client claims too":        {"10.1.2.3:5000", "127.0.0.1, 203.0.113.9", "https", "203.0.113.9", "https"},
		"two proxies":                  {"10.1.2.3:5000", "203.0.113.9, 192.0.2.7", "https", "203.0.113.9", "https"},
		"two proxies, TLS outside":     {"10.1.2.3:5000", "203.0.113.9, 192.0.2.7", "https, http", "203.0.113.9", "https"},
		"TLS claimed through a proxy":  {"10.1.2.3:5000", "203.0.113.9", "https, http", "203.0.113.9", "http"},
		"only proxies":                 {"10.1.2.3:5000", "10.0.0.1, 10.0.0.2", "", "10.0.0.1", "http"},
		"an entry nobody can read":     {"10.1.2.3:5000", "203.0.113.9, unknown", "https", "10.1.2.3", "https"},
		"with ports and IPv6":          {"[2001:db8::1]:5000", "[2001:4860::8]:443", "HTTPS", "2001:4860::8", "https"},
		"IPv4 in IPv6":                 {"[::ffff:10.1.2.3]:5000", "::ffff:203.0.113.9", "", "203.0.113.9", "http"},
		"an unknown scheme":            {"10.1.2.3:5000", "203.0.113.9", "gopher", "203.0.113.9", "http"},
		"no forwarded address":         {"10.1.2.3:5000", "", "https", "10.1.2.3", "https"},
		"a peer without an IP address": {"@", "203.0.113.9", "https", "invalid IP", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.RemoteAddr = tc.peer
			if tc.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tc.forwarded)
			}
			if tc.proto != "" {
				r.Header.Set("X-Forwarded-Proto", tc.proto)
			}
			edge.TrustProxies(proxies, slog.New(slog.DiscardHandler))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if got := edge.ClientAddr(r.Context()).String(); got != tc.client {
					t.Errorf("ClientAddr = %s, want %s", got, tc.client)
				}
				if got := edge.Scheme(r.Context()); got != tc.scheme {
					t.Errorf("Scheme = %s, want %s", got, tc.scheme)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	if addr, scheme := edge.ClientAddr(t.Context()), edge.Scheme(t.Context()); addr != (netip.Addr{}) || scheme != "http" {
		t.Errorf("outside a request: %v %s", addr, scheme)
	}
	if _, err := edge.ParseProxies("10.0.0.0/8, localhost"); err == nil || !strings.Contains(err.Error(), `"localhost"`) {
		t.Errorf("ParseProxies of a name: %v, want an error that names it", err)
	}
}

// TestHijack tests that a WebSocket can be opened through the whole chain.
func TestHijack(t *testing.T) {
	t.Parallel()
	url, logged := serve(t, edge.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		hijacker, ok := w.(http.Hijacker)
		if !ok {
			t.Errorf("%T is no http.Hijacker", w)
			return
		}
		conn, _, err := hijacker.Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		_ = conn.Close()
	})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if got, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 101 ") {
		t.Errorf("answer = %q, %v", got, err)
	}
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if out := logged(); !strings.Contains(out, `"status":101`) {
		t.Errorf("log = %s, want status 101", out)
	}
}

// A proxy that is not trusted is warned about once; clients and trusted proxies are not.
func TestUnlistedProxy(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	proxies, err := edge.ParseProxies("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	h := edge.TrustProxies(proxies, slog.New(slog.NewTextHandler(&logged, nil)))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	ask := func(peer, forwarded string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
		if r.RemoteAddr = peer + ":1"; forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	ask("192.0.2.1", "")
	ask("10.0.0.1", "192.0.2.1")
	if logged.Len() > 0 {
		t.Errorf("logged %s without an unlisted proxy", &logged)
	}
	ask("172.16.0.1", "192.0.2.1")
	ask("172.16.0.1", "192.0.2.2")
	if got := logged.String(); strings.Count(got, "TRUSTED_PROXIES") != 1 || !strings.Contains(got, "172.16.0.1") {
		t.Errorf("logged %q, want one warning that names the proxy", got)
	}
}
