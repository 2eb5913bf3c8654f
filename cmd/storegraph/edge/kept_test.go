package edge_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

// TestKeptByOthers passes on what lets clients and proxies keep answers: a 304 without a body, an answer that is compressed already as it is,
// and one line of all that it varies by.
func TestKeptByOthers(t *testing.T) {
	t.Parallel()
	const tag, packed, vary = `W/"x"`, "packed already", "Origin, X-Key, Accept-Encoding"
	url, _ := serve(t, edge.Options{CompressFrom: 1, CORS: []edge.CORS{{Prefix: "/", Origins: "https://shop.example"}}}, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Etag", tag)
		h.Set("Cache-Control", "public, max-age=0")
		h.Add("Vary", "X-Key")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", jsonType)
		h.Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, packed)
	})
	for held, want := range map[string]int{tag: http.StatusNotModified, "": http.StatusOK} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"If-None-Match": held, "Accept-Encoding": "gzip", "Origin": "https://shop.example"} {
			r.Header.Set(name, value)
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body := string(readAll(t, res.Body))
		_ = res.Body.Close()
		h := res.Header
		if res.StatusCode != want || (body == packed) != (want == http.StatusOK) || h.Get("Etag") != tag || h.Get("Cache-Control") != "public, max-age=0" ||
			h.Get("Access-Control-Allow-Origin") != "https://shop.example" || len(h["Vary"]) != 1 {
			t.Errorf("with %q: %d %v %q", held, res.StatusCode, h, body)
		}
		if want == http.StatusNotModified && (h.Get("Content-Encoding") != "" || h.Get("Content-Length") != "") {
			t.Errorf("a 304 has %v", h)
		}
		if got := fields(h.Get("Vary")); !slices.Equal(got, fields(vary)) {
			t.Errorf("Vary is %q, want %q", h.Get("Vary"), vary)
		}
	}
}

// fields are the fields of a header in order.
func fields(header string) []string {
	out := strings.Split(header, ", ")
	slices.Sort(out)
	return out
}
