package edge_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

const jsonType = "application/json; charset=utf-8"

// decode returns what body says in the coding.
func decode(t *testing.T, coding, body string) string {
	t.Helper()
	return string(readAll(t, decoder(t, coding, strings.NewReader(body))))
}

func decoder(t *testing.T, coding string, r io.Reader) io.Reader {
	t.Helper()
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		return z
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20)) // what browsers take
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(z.Close)
		return z
	}
	return r
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	body := string(products(5 << 10))
	url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = io.WriteString(w, body)
	})
	for accept, want := range map[string]string{
		"-":                                "", // no header at all
		"":                                 "",
		"identity":                         "",
		"deflate":                          "",
		"gzip":                             "gzip",
		"GZIP":                             "gzip",
		"br":                               "",
		"zstd":                             "zstd",
		"gzip, deflate, br, zstd":          "gzip",
		"zstd, gzip":                       "gzip",
		"gzip;q=0.9, zstd":                 "zstd",
		"gzip, deflate, br":                "gzip",
		"gzip;q=0.5, br;q=0.8, zstd;q=0.1": "gzip",
		"gzip;q=0, br;q=0":                 "",
		"gzip;q=0, zstd":                   "zstd",
		"*;q=0":                            "",
		"identity;q=0.5, gzip;q=0.8":       "gzip",
		"gzip;q=nonsense":                  "",
		"gzip ; Q=0.3 , br;q=0.2":          "gzip",
	} {
		t.Run(accept, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if accept != "-" {
				headers = []string{"Accept-Encoding: " + accept}
			}
			resp, got := send(t, "GET", url, "", headers...)
			coding, set := resp.Header["Content-Encoding"]
			if set != (want != "") || set && coding[0] != want {
				t.Fatalf("content-encoding = %q, want %q", coding, want)
			}
			if decode(t, want, got) != body {
				t.Errorf("the body does not come out as it went in: %d bytes", len(got))
			}
			if want != "" && len(got) > len(body)/3 {
				t.Errorf("%d bytes of %d were sent", len(got), len(body))
			}
			if vary := resp.Header.Get("Vary"); vary != "Accept-Encoding" {
				t.Errorf("vary = %q, want Accept-Encoding", vary)
			}
		})
	}
}

func TestCompress(t *testing.T) {
	t.Parallel()
	long := string(products(3 << 10))
	for name, tc := range map[string]struct {
		method, request string // request is one more header of it
		header          map[string]string
		status          int
		writes          []string
		coded           bool
	}{
		"long":                      {writes: []string{long}, coded: true},
		"short":                     {writes: []string{long[:1023]}},
		"long enough":               {writes: []string{long[:1024]}, coded: true},
		"in pieces":                 {writes: []string{long[:10], long[10:2000], long[2000:]}, coded: true},
		"short, in pieces":          {writes: []string{long[:10], long[10:20]}},
		"announced":                 {header: map[string]string{"Content-Length": "2048"}, writes: []string{long[:10], long[10:2048]}, coded: true},
		"nothing":                   {},
		"an error":                  {status: 404, writes: []string{long}, coded: true},
		"no content":                {status: 204},
		"not modified":              {status: 304},
		"refused":                   {request: "X-No-Compression: true", writes: []string{long}},
		"encoded already":           {header: map[string]string{"Content-Encoding": "aws-chunked"}, writes: []string{long}},
		"no-transform":              {header: map[string]string{"Cache-Control": "public, No-Transform"}, writes: []string{long}},
		"a part":                    {status: 206, header: map[string]string{"Content-Range": "bytes 0-2999/9000"}, writes: []string{long}},
		"a picture":                 {header: map[string]string{"Content-Type": "image/png"}, writes: []string{long}},
		"a drawing":                 {header: map[string]string{"Content-Type": "image/svg+xml"}, writes: []string{long}, coded: true},
		"graphql":                   {header: map[string]string{"Content-Type": "application/graphql-response+json"}, writes: []string{long}, coded: true},
		"an event stream":           {header: map[string]string{"Content-Type": "text/event-stream; charset=utf-8"}, writes: []string{long}},
		"HEAD, written":             {method: "HEAD", writes: []string{long}, coded: true},
		"HEAD, written in pieces":   {method: "HEAD", writes: []string{long[:10], long[10:]}, coded: true},
		"HEAD, short":               {method: "HEAD", writes: []string{long[:100]}},
		"HEAD, announced":           {method: "HEAD", header: map[string]string{"Content-Length": "5000"}, coded: true},
		"HEAD, announced and short": {method: "HEAD", header: map[string]string{"Content-Length": "50"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, _ *http.Request) {
				if len(tc.writes) > 0 || tc.method == "HEAD" {
					w.Header().Set("Content-Type", jsonType)
				}
				for k, v := range tc.header {
					w.Header().Set(k, v)
				}
				w.Header().Set("Etag", `"v1"`)
				if tc.status != 0 {
					w.WriteHeader(tc.status)
				}
				for _, s := range tc.writes {
					if n, err := io.WriteString(w, s); n != len(s) || err != nil {
						t.Errorf("Write = %d, %v, want %d", n, err, len(s))
					}
				}
			})
			headers := []string{"Accept-Encoding: gzip"}
			if tc.request != "" {
				headers = append(headers, tc.request)
			}
			method := "GET"
			if tc.method != "" {
				method = tc.method
			}
			resp, body := send(t, method, url, "", headers...)

			if want := max(tc.status, 200); tc.status != 0 && resp.StatusCode != want || tc.status == 0 && resp.StatusCode != http.StatusOK {
				t.Errorf("status = %d, want %d", resp.StatusCode, want)
			}
			coding, tag, length := tc.header["Content-Encoding"], `"v1"`, tc.header["Content-Length"]
			if tc.coded {
				coding, tag, length = "gzip", `W/"v1"`, ""
			}
			if got := resp.Header.Get("Content-Encoding"); got != coding {
				t.Fatalf("content-encoding = %q, want %q", got, coding)
			}
			if got := resp.Header.Get("Etag"); got != tag {
				t.Errorf("etag = %s, want %s", got, tag)
			}
			if got := resp.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("vary = %q, want Accept-Encoding", got)
			}
			if method == "HEAD" {
				if got := resp.Header.Get("Content-Length"); tc.coded && got != "" || length != "" && got != length {
					t.Errorf("content-length = %q, want %q", got, length)
				}
				return
			}
			if got := decode(t, coding, body); got != strings.Join(tc.writes, "") {
				t.Errorf("body = %d bytes, want %d", len(got), len(strings.Join(tc.writes, "")))
			}
		})
	}
}

// TestCompressSniffs tests that an answer without a type gets the one of its plain bytes.
func TestCompressSniffs(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<!DOCTYPE html>"+strings.Repeat("<p>", len(r.URL.Path)))
	})
	for _, path := range []string{"/", "/" + strings.Repeat("long", 500)} {
		resp, _ := send(t, "GET", url+path, "", "Accept-Encoding: gzip")
		if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("content-type of %d paragraphs = %q, want HTML", len(path), got)
		}
	}
}

// TestCompressFlush tests in each coding that what was flushed can be read before anything more is written.
func TestCompressFlush(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"identity", "zstd", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			read := make(chan struct{})
			url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/x-ndjson+json")
				flusher, ok := w.(http.Flusher)
				if !ok {
					t.Errorf("%T is no http.Flusher", w)
					return
				}
				for _, line := range []string{"first\n", "second\n"} {
					_, _ = io.WriteString(w, line)
					flusher.Flush()
					select {
					case <-read:
					case <-r.Context().Done():
						return
					}
				}
			})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", coding)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			lines := bufio.NewReader(decoder(t, resp.Header.Get("Content-Encoding"), resp.Body))
			for _, want := range []string{"first\n", "second\n"} {
				if got, err := lines.ReadString('\n'); got != want || err != nil {
					t.Fatalf("read %q, %v, want %q", got, err, want)
				}
				read <- struct{}{}
			}
			if rest := readAll(t, lines); len(rest) != 0 {
				t.Errorf("then came %q", rest)
			}
			if got := resp.Header.Get("Content-Encoding"); got != strings.TrimPrefix(coding, "identity") {
				t.Errorf("content-encoding = %q, want %q", got, coding)
			}
		})
	}
}

// TestCompressAtOnce tests that pooled encoders do not mix answers.
func TestCompressAtOnce(t *testing.T) {
	t.Parallel()
	body := products(64 << 10)
	url, _ := serve(t, edge.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write(bytes.ReplaceAll(body, []byte("Shirt"), []byte(r.URL.Path)))
	})
	for _, coding := range []string{"zstd", "gzip"} {
		for _, path := range []string{"/a", "/bcd", "/efghi", "/jklmnop"} {
			t.Run(coding+path, func(t *testing.T) {
				t.Parallel()
				for range 5 {
					_, got := send(t, "GET", url+path, "", "Accept-Encoding: "+coding)
					if want := bytes.ReplaceAll(body, []byte("Shirt"), []byte(path)); decode(t, coding, got) != string(want) {
						t.Fatalf("another answer came: %d bytes", len(got))
					}
				}
			})
		}
	}
}
