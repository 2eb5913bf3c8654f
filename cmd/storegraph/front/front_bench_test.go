package front_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
	"github.com/storegraph/storegraph/cmd/storegraph/front"
)

// BenchmarkFront compares a request through the whole server with one through a reverse proxy that does nothing else.
func BenchmarkFront(b *testing.B) {
	body := make([]byte, 4<<10)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	b.Cleanup(upstream.Close)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		b.Fatal(err)
	}
	bare := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	quiet := slog.New(slog.DiscardHandler)
	f := front.New(front.Options{URL: u, Log: quiet, Owns: func(string, *url.URL) (string, bool) { return "", false }})
	e, err := edge.New(edge.Options{Log: quiet, Front: f.Wrap})
	if err != nil {
		b.Fatal(err)
	}
	for name, h := range map[string]http.Handler{"bare": bare, "front": e.Wrap(http.NotFoundHandler())} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(h)
			defer server.Close()
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/admin/products", http.NoBody)
				if err != nil {
					b.Fatal(err)
				}
				res, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
		})
	}
}
