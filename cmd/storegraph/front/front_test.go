package front_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/cmd/storegraph/front"
)

// own are the routes that the server in these tests answers itself.
var own = map[string]string{"GET /store/carts/1": "GET /store/carts/{id}", "POST /store/carts/1": "POST /store/carts/{id}", "POST /store/own": "POST /store/own"}

// A log collects lines.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A server is one with a front of a Medusa.
type server struct {
	*httptest.Server
	front *front.Front
	log   *log
}

// serve starts a server whose front leads to a handler, and ends both when the test ends.
func serve(t *testing.T, medusa http.HandlerFunc, change func(o *front.Options)) *server {
	t.Helper()
	upstream := httptest.NewServer(medusa)
	t.Cleanup(upstream.Close)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	return serveAt(t, u, change)
}

func serveAt(t *testing.T, u *url.URL, change func(o *front.Options)) *server {
	t.Helper()
	out := &log{}
	s := &server{log: out}
	o := front.Options{URL: u, Log: slog.New(slog.NewTextHandler(out, nil)), Owns: func(method string, u *url.URL) (string, bool) {
		route, ok := own[method+" "+u.Path]
		return route, ok
	}}
	if change != nil {
		change(&o)
	}
	s.front = front.New(o)
	e, err := edge.New(edge.Options{
		Log: o.Log, CORS: []edge.CORS{{Prefix: "/store", Origins: "https://ours.example"}}, Front: s.front.Wrap,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := front.Unanswered(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("beyond") {
			s.front.Pass(w, r, "GET /store/carts/{id}", "fields", "brand.*", "brand.name")
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ours")
	}))
	s.Server = httptest.NewServer(e.Wrap(h))
	t.Cleanup(s.Close)
	return s
}

// do sends a request with headers, names and values in turn, and returns the answer and its body.
func (s *server) do(t *testing.T, method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// echo answers with the method and the target of a request.
func echo(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, r.Method+" "+r.RequestURI)
}

// TestWhoAnswers sends each kind of request and expects it where it belongs.
func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, echo, func(o *front.Options) { o.Routes = []string{"POST /store/carts/{id}"} })
	for request, want := range map[string]string{
		"GET /store/carts/1":               "ours",
		"POST /store/own":                  "ours",
		"POST /store/carts/1":              "POST /store/carts/1", // in Routes
		"DELETE /store/carts/1":            "DELETE /store/carts/1",
		"GET /admin/products?a=1&b[]=2;c%": "GET /admin/products?a=1&b[]=2;c%",
		"GET /store//x/..%2Fy":             "GET /store//x/..%2Fy",
		"GET /app":                         "GET /app",
		"PUT /vendor/x":                    "PUT /vendor/x",
		"GET /store/carts/1?beyond=1":      "GET /store/carts/1?beyond=1",
	} {
		method, path, _ := strings.Cut(request, " ")
		if res, body := s.do(t, method, path, nil); res.StatusCode != http.StatusOK || body != want {
			t.Errorf("%s = %d %q, want %q", request, res.StatusCode, body, want)
		}
	}
	counted := map[string]int64{}
	for _, c := range s.front.Counts() {
		counted[c.Kind+" "+c.Route+" "+c.Name] = c.N
	}
	for key, want := range map[string]int64{"path  ": 5, "named POST /store/carts/{id} ": 1, "fields GET /store/carts/{id} brand.*": 1, "fields GET /store/carts/{id} brand.name": 1} {
		if counted[key] != want {
			t.Errorf("counted %v, want %q to be %d", counted, key, want)
		}
	}
	if log := s.log.String(); strings.Count(log, "kind=fields") != 2 || strings.Count(log, "by=medusa") != 7 {
		t.Errorf("the log says:\n%s", log)
	}
}

// TestHeaders compares the headers of requests and answers on both sides.
func TestHeaders(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	var host, base string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		h := r.Header.Clone()
		h.Set("Host", r.Host)
		got <- h
		host = r.Host
		w.Header().Add("Set-Cookie", "connect.sid=s%3Atheirs; Path=/; HttpOnly")
		w.Header().Add("Set-Cookie", "other=1")
		w.Header().Set("Location", base+"/app/login?x=1")
		w.Header().Set("Keep-Alive", "timeout=9")
		w.Header().Set("X-Powered-By", "Express")
		w.WriteHeader(http.StatusFound)
	}, func(o *front.Options) {
		base = o.URL.String()
		o.Token = func(r *http.Request) string {
			if c, err := r.Cookie("connect.sid"); err == nil && c.Value == "ours" {
				return "token"
			}
			return ""
		}
	})
	res, _ := s.do(t, "GET", "/app", nil, "X-Forwarded-For", "198.51.100.9, 203.0.113.7", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil", "Forwarded", "for=1",
		"Connection", "X-Hop", "X-Hop", "1", "Te", "trailers", "Proxy-Authorization", "x", "X-Request-Id", "abc", "Cookie", "connect.sid=theirs; a=b", "User-Agent", "")
	h := <-got
	for name, want := range map[string]string{
		"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": s.Listener.Addr().String(), "Forwarded": "", "X-Hop": "", "Proxy-Authorization": "",
		"X-Request-Id": "abc", "Cookie": "connect.sid=theirs; a=b", "User-Agent": "", "Authorization": "", "Accept-Encoding": "gzip", "Host": host,
	} {
		if got := strings.Join(h[name], "|"); got != want {
			t.Errorf("Medusa got %s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"Set-Cookie": "connect.sid=s%3Atheirs; Path=/; HttpOnly|other=1", "Location": "/app/login?x=1", "Keep-Alive": "", "X-Powered-By": "Express", "X-Request-Id": "abc",
		"X-Frame-Options": "",
	} {
		if got := strings.Join(res.Header[name], "|"); got != want {
			t.Errorf("the client got %s: %q, want %q", name, got, want)
		}
	}
	for _, tc := range []struct{ cookie, authorization, wantCookie, want string }{
		{"a=b; connect.sid=ours; c=d", "", "a=b; c=d", "Bearer token"},
		{"connect.sid=ours", "", "", "Bearer token"},
		{"connect.sid=ours", "Basic sk_1", "connect.sid=ours", "Basic sk_1"},
	} {
		headers := []string{"Cookie", tc.cookie}
		if tc.authorization != "" {
			headers = append(headers, "Authorization", tc.authorization)
		}
		s.do(t, "GET", "/store/custom", nil, headers...)
		if h := <-got; h.Get("Cookie") != tc.wantCookie || h.Get("Authorization") != tc.want {
			t.Errorf("%q, %q became %q, %q", tc.cookie, tc.authorization, h.Get("Cookie"), h.Get("Authorization"))
		}
	}
}

// TestCORS has one server decide about each path.
func TestCORS(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "https://theirs.example")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Expose-Headers", "x")
		w.Header().Set("Vary", "Origin, X-Theirs")
		echo(w, r)
	}, nil)
	for request, want := range map[string]struct{ origin, vary string }{
		"GET /store/custom":           {"https://theirs.example", "Origin, X-Theirs"},
		"GET /store/carts/1":          {"https://ours.example", "Origin, Accept-Encoding"},
		"GET /store/carts/1?beyond=1": {"https://ours.example", "Origin, Accept-Encoding, X-Theirs"},
	} {
		method, path, _ := strings.Cut(request, " ")
		for _, preflight := range []bool{false, true} {
			headers := []string{"Origin", "https://ours.example"}
			sent := method
			if preflight {
				headers = append(headers, "Access-Control-Request-Method", method)
				sent = http.MethodOptions
			}
			res, _ := s.do(t, sent, path, nil, headers...)
			if got := strings.Join(res.Header["Access-Control-Allow-Origin"], "|"); got != want.origin {
				t.Errorf("%s %s allows %q, want %q", sent, path, got, want.origin)
			}
			if got := strings.Join(res.Header["Vary"], "|"); !preflight && !strings.HasPrefix(got, want.vary) {
				t.Errorf("%s %s varies by %q, want %q", sent, path, got, want.vary)
			}
			if exposed := res.Header.Get("Access-Control-Expose-Headers") != ""; exposed != (want.origin == "https://theirs.example") {
				t.Errorf("%s %s exposes headers: %v", sent, path, exposed)
			}
		}
	}
}

// TestStreams reads and writes in turn on one request: nothing is held back on the way, in either direction, and no length is too long.
func TestStreams(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.EnableFullDuplex()
		w.WriteHeader(http.StatusOK)
		_ = c.Flush()
		for lines := bufio.NewScanner(r.Body); lines.Scan(); {
			_, _ = io.WriteString(w, strings.ToUpper(lines.Text())+"\n")
			_ = c.Flush()
		}
	}, nil)
	body, send := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/admin/stream", body)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(send, "begin\n") }()
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	in := bufio.NewReader(res.Body)
	for _, want := range []string{"BEGIN\n", "ONE\n", "TWO\n"} {
		if got, err := in.ReadString('\n'); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
		if _, err := io.WriteString(send, map[string]string{"BEGIN\n": "one\n", "ONE\n": "two\n"}[want]); err != nil {
			t.Fatal(err)
		}
	}
	_ = send.Close()
}

// zeros is a body of zeros that counts how much of it is read.
type zeros struct{ left, read int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	z.read += n
	return n, nil
}

// TestLargeBodies sends 20 MB there and back, with and without a length, and expects that they are not collected on the way: Medusa reads the
// beginning while most of the body has not been sent.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	const size = 20 << 20
	began, sentBy := make(chan struct{}, 1), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadFull(r.Body, make([]byte, 1000)); err != nil {
			t.Error(err)
		}
		began <- struct{}{}
		<-sentBy
		n, err := io.Copy(io.Discard, r.Body)
		if n != size-1000 || err != nil {
			t.Errorf("Medusa got %d bytes, %v", n+1000, err)
		}
		_, _ = io.Copy(w, &zeros{left: size})
	}, nil)
	for _, length := range []int64{size, -1} {
		z := &zeros{left: size}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/admin/uploads", io.NopCloser(z))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		go func() { <-began; sentBy <- struct{}{} }()
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if n != size || err != nil || z.read != size {
			t.Errorf("the client sent %d bytes and got %d, %v", z.read, n, err)
		}
	}
}

// TestWebSocket upgrades a connection and speaks over it.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Origin") != "https://ours.example" {
			t.Errorf("Medusa got %v", r.Header)
		}
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("echo " + line)
		_ = rw.Flush()
	}, nil)
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, "GET /app/hmr HTTP/1.1\r\nHost: a\r\nOrigin: https://ours.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n")
	in := bufio.NewReader(c)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-Websocket-Accept") != "x" {
		t.Fatalf("the upgrade = %v, %v", res, err)
	}
	_, _ = io.WriteString(c, "hello\n")
	if line, err := in.ReadString('\n'); err != nil || line != "echo hello\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

// TestMedusaIsDown answers for a Medusa that is not there, in the shape of its errors, with the headers that all answers have.
func TestMedusaIsDown(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	s := serveAt(t, &url.URL{Scheme: "http", Host: l.Addr().String()}, nil)
	for _, path := range []string{"/store/custom", "/store/carts/1?beyond=1"} {
		res, body := s.do(t, "GET", path, nil, "Origin", "https://ours.example")
		if res.StatusCode != http.StatusBadGateway || body != `{"code":"unknown_error","type":"unknown_error","message":"Medusa does not answer"}` ||
			res.Header.Get("Content-Type") != "application/json; charset=utf-8" || res.Header.Get("Access-Control-Allow-Origin") != "https://ours.example" ||
			res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s = %d %s, %v", path, res.StatusCode, body, res.Header)
		}
	}
	if res, body := s.do(t, "GET", "/store/carts/1", nil); res.StatusCode != http.StatusOK || body != "ours" {
		t.Errorf("without Medusa a route of ours = %d %s", res.StatusCode, body)
	}
	if log := s.log.String(); strings.Count(log, "level=WARN") != 2 {
		t.Errorf("the log says:\n%s", log)
	}
}

// TestMedusaIsSlow gives up on a Medusa that does not answer.
func TestMedusaIsSlow(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(o *front.Options) { o.Patience = 10 * time.Millisecond })
	if res, body := s.do(t, "GET", "/admin/slow", nil); res.StatusCode != http.StatusGatewayTimeout || !strings.Contains(body, "does not answer in time") {
		t.Errorf("= %d %s", res.StatusCode, body)
	}
}

// TestSlowBody gives up on a client that stops sending its body.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, func(o *front.Options) { o.Idle = 10 * time.Millisecond })
	body, send := io.Pipe()
	defer func() { _ = send.Close() }()
	go func() { _, _ = send.Write([]byte("a")) }()
	if res, text := s.do(t, "POST", "/admin/uploads", body); res.StatusCode != http.StatusRequestTimeout || !strings.Contains(text, "did not come in time") {
		t.Errorf("= %d %s", res.StatusCode, text)
	}
}

// TestClientGone makes no noise, and tells Medusa.
func TestClientGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		begin bool
		body  bool
	}{"before the answer": {}, "during the answer": {begin: true}, "during the body": {body: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			came, told := make(chan struct{}), make(chan struct{})
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				defer close(told)
				if tc.begin {
					_, _ = io.WriteString(w, "begin")
					_ = http.NewResponseController(w).Flush()
				}
				close(came)
				if tc.body {
					_, _ = io.Copy(io.Discard, r.Body)
					return
				}
				<-r.Context().Done()
			}, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var body io.Reader
			rest, end := io.Pipe() // it never comes
			if tc.body {
				body = io.MultiReader(bytes.NewReader(make([]byte, 100)), rest)
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/admin/x", body)
			if err != nil {
				t.Fatal(err)
			}
			go func() { <-came; cancel(); _ = end.CloseWithError(io.ErrUnexpectedEOF) }()
			res, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			if err == nil {
				t.Error("the request came to an end")
			}
			<-told
			s.Close() // when its requests have ended
			if log := s.log.String(); strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
				t.Errorf("the log says:\n%s", log)
			}
		})
	}
}

// TestLoop refuses a request that comes from a front: its MEDUSA_URL is wrong.
func TestLoop(t *testing.T) {
	t.Parallel()
	s := serve(t, echo, nil)
	if res, body := s.do(t, "GET", "/admin", nil, "X-Storegraph-Front", "1"); res.StatusCode != http.StatusLoopDetected || !strings.Contains(body, "MEDUSA_URL") {
		t.Errorf("= %d %s", res.StatusCode, body)
	}
}

func TestParseRoutes(t *testing.T) {
	t.Parallel()
	known := []string{"GET /store/carts/{id}", "POST /store/carts/{cartId}/line-items/{id}", "POST /store/carts/{id}/complete"}
	got, err := front.ParseRoutes(" POST /store/carts/:id/complete, ,post /store/carts/{c}/line-items/:line/,", known)
	if want := known[2] + "," + known[1]; err != nil || strings.Join(got, ",") != want {
		t.Errorf("= %q, %v, want %q", got, err, want)
	}
	if got, err := front.ParseRoutes("POST /store/*", known); err != nil || len(got) != 2 {
		t.Errorf("POST /store/* = %q, %v", got, err)
	}
	_, err = front.ParseRoutes("GET /store/carts/{id}, /store/carts, GET carts, DELETE /store/carts/:id, GET /store/carts/complete", known)
	if err == nil {
		t.Fatal("wrong routes are taken")
	}
	for _, entry := range []string{`"/store/carts"`, `"GET carts"`, `"DELETE /store/carts/:id"`, `"GET /store/carts/complete"`} {
		if !strings.Contains(err.Error(), entry) {
			t.Errorf("%v does not name %s", err, entry)
		}
	}
	if strings.Contains(err.Error(), `"GET /store/carts/{id}"`) {
		t.Errorf("%v names a right one", err)
	}
}
