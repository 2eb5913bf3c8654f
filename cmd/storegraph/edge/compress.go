package edge

import (
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// Compress compresses responses of at least from bytes with gzip or zstd, whichever Accept-Encoding rates higher, and with
// gzip if it rates them alike: clients made by a common code generator ask for zstd and cannot decode it.
//
// It does not compress images, event streams, ranges, responses with no-transform or a Content-Encoding of their own, and
// requests with the header X-No-Compression. A flush reaches the client at once. A HEAD has the headers of its GET. A
// response that a panic cuts off never looks complete.
func Compress(from int) func(http.Handler) http.Handler {
	encode, err := gzhttp.NewWrapper(
		gzhttp.MinSize(from),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.PreferZstd(false),
		gzhttp.ContentTypeFilter(compressible),
	)
	if err != nil {
		panic(err) // the options are constant
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Header.Get("Upgrade") != "":
				next.ServeHTTP(w, r)
				return
			case r.Header.Get("X-No-Compression") != "":
				vary(w.Header(), "Accept-Encoding")
				next.ServeHTTP(w, r)
				return
			}
			negotiated := r
			if r.Method == http.MethodHead { // gzhttp does not compress a HEAD, so it sees a GET
				negotiated = r.WithContext(r.Context())
				negotiated.Method = http.MethodGet
			}
			out := &outlet{ResponseWriter: w, head: r.Method == http.MethodHead}
			encode(http.HandlerFunc(func(encoding http.ResponseWriter, _ *http.Request) {
				// gzhttp completes the response even after a panic. This runs first and stops it.
				complete := false
				defer func() { out.broken = !complete }()
				c := &chooser{ResponseWriter: encoding, out: out}
				next.ServeHTTP(c, r)
				c.completeHead(from)
				complete = true
			})).ServeHTTP(out, negotiated)
		})
	}
}

// A chooser is the handler's ResponseWriter. It writes through gzhttp, or past it if the headers forbid compression.
type chooser struct {
	http.ResponseWriter // gzhttp's writer, or out
	out                 *outlet
	chosen              bool
}

func (c *chooser) choose() {
	if c.chosen {
		return
	}
	c.chosen = true
	if !encodable(c.Header()) {
		c.ResponseWriter = c.out
	}
}

func (c *chooser) WriteHeader(status int) {
	if status >= 200 {
		c.choose()
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *chooser) Write(p []byte) (int, error) {
	c.choose()
	return c.ResponseWriter.Write(p)
}

// Flush sends everything written so far to the client. It is a method, and not only reachable
// through Unwrap, because handlers may look for an http.Flusher.
func (c *chooser) Flush() { _ = c.FlushError() }

func (c *chooser) FlushError() error {
	c.choose()
	return http.NewResponseController(c.ResponseWriter).Flush()
}

func (c *chooser) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// completeHead gives a HEAD that set a Content-Length without writing a body the headers of its GET. gzhttp decides once it
// has seen from bytes, whatever they are.
func (c *chooser) completeHead(from int) {
	if !c.out.head || c.out.started {
		return
	}
	if n, err := strconv.Atoi(c.Header().Get("Content-Length")); err == nil && n >= from {
		_, _ = c.Write(make([]byte, from)) // the outlet discards them
	}
}

// An outlet is the ResponseWriter that gzhttp writes to.
type outlet struct {
	http.ResponseWriter
	head    bool
	started bool
	encoded bool
	broken  bool // the handler panicked; nothing more may reach the client
}

// start runs before the headers are sent.
func (o *outlet) start() {
	if o.started {
		return
	}
	o.started = true
	h := o.Header()
	if lines := h["Vary"]; len(lines) > 1 { // some proxies read one line only
		h["Vary"] = []string{strings.Join(lines, ", ")}
	}
	if coding := h.Get("Content-Encoding"); coding != "gzip" && coding != "zstd" {
		return
	}
	o.encoded = true
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("Etag", "W/"+tag) // a strong tag would name other bytes
	}
}

func (o *outlet) WriteHeader(status int) {
	if o.broken {
		return
	}
	if status >= 200 {
		o.start()
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *outlet) Write(p []byte) (int, error) {
	if o.broken {
		return len(p), nil
	}
	o.start()
	if o.head && o.encoded { // net/http would compute a Content-Length from it
		return len(p), nil
	}
	return o.ResponseWriter.Write(p)
}

func (o *outlet) Flush() {
	if !o.broken {
		o.start()
		_ = http.NewResponseController(o.ResponseWriter).Flush() // gzhttp cannot report an error
	}
}

func (o *outlet) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// encodable reports whether a response with these headers may be compressed.
func encodable(h http.Header) bool {
	if h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" {
		return false
	}
	for d := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		if strings.EqualFold(strings.TrimSpace(d), "no-transform") {
			return false
		}
	}
	declared := h.Get("Content-Type")
	return declared == "" || compressible(declared) // gzhttp detects a missing type
}

var compressibleTypes = regexp.MustCompile(`^(?:text/.*|application/(?:json|javascript|xml|wasm|graphql|.*\+(?:json|xml|text))|image/svg\+xml)$`)

// compressible reports whether content of a type becomes smaller by compression.
func compressible(contentType string) bool {
	if contentType == "application/json; charset=utf-8" { // the most frequent
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind != "text/event-stream" && compressibleTypes.MatchString(kind)
}
