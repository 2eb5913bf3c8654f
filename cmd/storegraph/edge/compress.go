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

// Compress encodes answers of at least from bytes with gzip or zstd, whichever the client rates higher, and with gzip if
// it rates them alike: a widespread generator of clients asks for zstd and cannot decode it.
//
// It leaves alone what gains nothing or must not change: pictures, event streams, ranges, no-transform, what is encoded
// already, and everything for a request with a header X-No-Compression. A flush reaches the client at once, a HEAD has the
// headers of its GET, and an answer that a panic cuts off never looks complete.
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
			if r.Method == http.MethodHead { // gzhttp encodes no HEAD, so it is shown the GET
				negotiated = r.WithContext(r.Context())
				negotiated.Method = http.MethodGet
			}
			out := &outlet{ResponseWriter: w, head: r.Method == http.MethodHead}
			encode(http.HandlerFunc(func(encoding http.ResponseWriter, _ *http.Request) {
				// gzhttp completes the answer even if a panic passes it. This runs before that.
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

// A chooser is what the handler writes to. It sends the answer through gzhttp, or past it if the headers forbid encoding.
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

// Flush sends everything written so far to the client. It is here and not only behind Unwrap for handlers that ask for an
// http.Flusher.
func (c *chooser) Flush() { _ = c.FlushError() }

func (c *chooser) FlushError() error {
	c.choose()
	return http.NewResponseController(c.ResponseWriter).Flush()
}

func (c *chooser) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// completeHead makes the headers of a HEAD that announced a body without writing one those of its GET: gzhttp decides
// when it has seen from bytes, whatever they are.
func (c *chooser) completeHead(from int) {
	if !c.out.head || c.out.started {
		return
	}
	if n, err := strconv.Atoi(c.Header().Get("Content-Length")); err == nil && n >= from {
		_, _ = c.Write(make([]byte, from)) // the outlet drops them
	}
}

// An outlet is where gzhttp writes to.
type outlet struct {
	http.ResponseWriter
	head    bool
	started bool
	encoded bool
	broken  bool // the handler panicked: what gzhttp adds must not reach the client
}

// start runs before the headers leave.
func (o *outlet) start() {
	if o.started {
		return
	}
	o.started = true
	h := o.Header()
	if coding := h.Get("Content-Encoding"); coding != "gzip" && coding != "zstd" {
		return
	}
	o.encoded = true
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("Etag", "W/"+tag) // the bytes are no longer those that the tag names
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
	if o.head && o.encoded { // net/http would take the length of the encoded bytes for that of the body
		return len(p), nil
	}
	return o.ResponseWriter.Write(p)
}

func (o *outlet) Flush() {
	if !o.broken {
		o.start()
		_ = http.NewResponseController(o.ResponseWriter).Flush() // gzhttp asks for no error
	}
}

func (o *outlet) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// encodable reports whether an answer with these headers may be encoded by anyone.
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
	return declared == "" || compressible(declared) // gzhttp finds out a type that is not declared
}

var compressibleTypes = regexp.MustCompile(`^(?:text/.*|application/(?:json|javascript|xml|wasm|graphql|.*\+(?:json|xml|text))|image/svg\+xml)$`)

// compressible reports whether content of a type gains by compression.
func compressible(contentType string) bool {
	if contentType == "application/json; charset=utf-8" { // nearly all
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind != "text/event-stream" && compressibleTypes.MatchString(kind)
}
