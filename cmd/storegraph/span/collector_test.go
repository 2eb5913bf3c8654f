package span_test

import (
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/storegraph/storegraph/cmd/storegraph/span"
)

func env(of map[string]string) func(string) string {
	return func(name string) string { return of[name] }
}

// spans are some that are sent.
func spans() []*otlp.ResourceSpans {
	return []*otlp.ResourceSpans{{ScopeSpans: []*otlp.ScopeSpans{{Spans: []*otlp.Span{{Name: "one"}}}}}}
}

// TestSent has spans come as the specification and the variables say.
func TestSent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env    map[string]string
		gzip   bool
		header map[string]string
	}{
		"plain": {},
		"zipped": {
			env: map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%2Cb, x-other = c=d "}, gzip: true,
			header: map[string]string{"Api-Key": "a,b", "X-Other": "c=d"},
		},
		"traces alone": {
			env: map[string]string{
				"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "none",
				"OTEL_EXPORTER_OTLP_HEADERS": "all=1", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "traces=2",
			},
			header: map[string]string{"Traces": "2", "All": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			came := make(chan *otlp.TracesData, 1)
			srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Content-Encoding") == "gzip"; got != tc.gzip || r.Header.Get("Content-Type") != "application/x-protobuf" || r.URL.Path != "/v1/traces" {
					t.Errorf("%s with %v", r.URL.Path, r.Header)
				}
				for name, want := range tc.header {
					if got := r.Header.Get(name); got != want {
						t.Errorf("%s = %q, want %q", name, got, want)
					}
				}
				came <- read(t, r)
			}))
			t.Cleanup(srv.Close)
			c, err := span.NewCollector(srv.URL+"/v1/traces", env(tc.env))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.UploadTraces(t.Context(), spans()); err != nil {
				t.Fatal(err)
			}
			if got := <-came; !proto.Equal(got, &otlp.TracesData{ResourceSpans: spans()}) {
				t.Errorf("%v came", got)
			}
		})
	}
}

func read(t *testing.T, r *http.Request) *otlp.TracesData {
	t.Helper()
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(r.Body); err != nil {
			t.Error(err)
			return nil
		}
	}
	text, err := io.ReadAll(body)
	out := &otlp.TracesData{}
	if err = errors.Join(err, proto.Unmarshal(text, out)); err != nil {
		t.Error(err)
	}
	return out
}

// answers is a collector that gives one answer after another.
type answers struct {
	all  []answer
	at   []time.Duration // when each was asked for, since begun
	from time.Time
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	a.at = append(a.at, time.Since(a.from))
	next := a.all[min(len(a.at), len(a.all))-1]
	if next.err != nil {
		return nil, next.err
	}
	w := httptest.NewRecorder()
	maps.Copy(w.Header(), next.header)
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.body)
	return w.Result(), nil
}

// TestSentAgain has spans sent again when the collector may take them later, not before it says so, and not for ever.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	protobuf := http.Header{"Content-Type": {"application/x-protobuf"}}
	partial := protowire.AppendTag(nil, 1, protowire.VarintType)
	partial = protowire.AppendVarint(partial, 3)
	partial = protowire.AppendTag(partial, 2, protowire.BytesType)
	partial = protowire.AppendString(partial, "too old")
	some := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
	for name, tc := range map[string]struct {
		answers  []answer
		attempts int // 0: any number above 2
		least    time.Duration
		wrong    string
	}{
		"at once":           {answers: []answer{{status: 200}}, attempts: 1},
		"with a message":    {answers: []answer{{status: 200, header: protobuf}}, attempts: 1},
		"in part":           {answers: []answer{{status: 200, header: protobuf, body: string(some)}}, attempts: 1, wrong: "rejected 3 spans: too old"},
		"broken message":    {answers: []answer{{status: 200, header: protobuf, body: "\xff\xff"}}, attempts: 1},
		"unavailable":       {answers: []answer{{status: 503}, {status: 502}, {status: 504}, {status: 200}}, attempts: 4, least: 1500 * time.Millisecond},
		"connection lost":   {answers: []answer{{err: io.ErrUnexpectedEOF}, {status: 202}}, attempts: 2, least: 500 * time.Millisecond},
		"told to wait":      {answers: []answer{{status: 429, header: http.Header{"Retry-After": {"20"}}}, {status: 200}}, attempts: 2, least: 20 * time.Second},
		"told to come late": {answers: []answer{{status: 429, header: http.Header{"Retry-After": {"3600"}}}}, attempts: 1, wrong: "429"},
		"refused":           {answers: []answer{{status: 400, body: "no such tenant"}}, attempts: 1, wrong: "no such tenant"},
		"unauthorized":      {answers: []answer{{status: 401}}, attempts: 1, wrong: "401"},
		"never there":       {answers: []answer{{status: 503, body: "overloaded"}}, least: 30 * time.Second, wrong: "overloaded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, err := span.NewCollector("http://user:password@collector.invalid/v1/traces", env(nil))
				if err != nil {
					t.Fatal(err)
				}
				a := &answers{all: tc.answers, from: time.Now()}
				c.Through(a)
				err = c.UploadTraces(t.Context(), spans())
				if (err != nil) != (tc.wrong != "") || err != nil && (!strings.Contains(err.Error(), tc.wrong) || strings.Contains(err.Error(), "password")) {
					t.Errorf("UploadTraces = %v, want %q", err, tc.wrong)
				}
				if n := len(a.at); tc.attempts > 0 && n != tc.attempts || tc.attempts == 0 && n < 3 || a.at[n-1] < tc.least || a.at[n-1] > time.Minute {
					t.Errorf("attempts after %v, want %d, the last after %v", a.at, tc.attempts, tc.least)
				}
			})
		})
	}
}

// TestSendingEnds has nothing sent any more after the collector is stopped, or its caller gives up.
func TestSendingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, stop := range []bool{true, false} {
			c, err := span.NewCollector("http://collector.invalid/v1/traces", env(nil))
			if err != nil {
				t.Fatal(err)
			}
			a := &answers{all: []answer{{status: 503}}, from: time.Now()}
			c.Through(a)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- c.UploadTraces(ctx, spans()) }()
			synctest.Wait()
			if stop {
				_ = c.Stop(t.Context())
			} else {
				cancel()
			}
			if err := <-ended; err == nil || len(a.at) != 1 || time.Since(a.from) != 0 {
				t.Errorf("after %v: %v, %d attempts", time.Since(a.from), err, len(a.at))
			}
			cancel()
		}
	})
}

// TestSentOverTLS has a collector trusted by a certificate of its own, and known by one of ours.
func TestSentOverTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	srv.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := span.NewCollector(srv.URL, env(map[string]string{
		"OTEL_EXPORTER_OTLP_CERTIFICATE":        write("ca.pem", "CERTIFICATE", srv.Certificate().Raw),
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": write("client.pem", "CERTIFICATE", ours), "OTEL_EXPORTER_OTLP_CLIENT_KEY": write("client.key", "PRIVATE KEY", der),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.UploadTraces(t.Context(), spans()); err != nil {
		t.Error(err)
	}
}

// TestVariables names each variable that is wrong, and tells no secret.
func TestVariables(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"HEADERS": "secret", "TRACES_HEADERS": "a=secret%zz", "TIMEOUT": "10s", "TRACES_TIMEOUT": "-1", "COMPRESSION": "zstd",
		"CERTIFICATE": filepath.Join(t.TempDir(), "none.pem"), "CLIENT_KEY": "none.key",
	} {
		_, err := span.New(t.Context(), span.Options{Log: slog.New(slog.DiscardHandler), Getenv: env(map[string]string{"OTEL_EXPORTER_OTLP_" + name: value})})
		name, _ = strings.CutSuffix(name, "KEY")
		if err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_"+name) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s=%q: %v", name, value, err)
		}
	}
}

// TestTimeout has an attempt end after the time of the variable.
func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := span.NewCollector("http://collector.invalid", env(map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": strconv.Itoa(250)}))
		if err != nil {
			t.Fatal(err)
		}
		begun, attempts := time.Now(), 0
		c.Through(hanging(func() { attempts++ }))
		if err := c.UploadTraces(t.Context(), spans()); err == nil || attempts < 3 || time.Since(begun) > time.Minute+time.Second {
			t.Errorf("%v after %d attempts in %v", err, attempts, time.Since(begun))
		}
	})
}

// hanging never answers.
type hanging func()

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h()
	<-r.Context().Done()
	return nil, r.Context().Err()
}
