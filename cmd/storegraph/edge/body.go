package edge

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// LimitBody refuses request bodies longer than most bytes with 413, and decompresses bodies encoded with gzip or deflate.
// The limit applies to the decompressed body. The handler reads a decoded body within the limit. A body that has not come within a time
// is cut off, and its connection ends.
func LimitBody(most int64, within time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > most {
				tooLarge(w)
				return
			}
			if r.Body != nil && r.Body != http.NoBody {
				conn := http.NewResponseController(w)
				if conn.SetReadDeadline(time.Now().Add(within)) == nil {
					r.Body = &timedBody{r.Body, func() { _ = conn.SetReadDeadline(time.Time{}) }}
				}
			}
			coding := strings.ToLower(r.Header.Get("Content-Encoding"))
			plain := coding == "" || coding == "identity"
			r.Header.Del("Content-Encoding") // the handler gets the decoded body
			if r.Body == nil || r.Body == http.NoBody || plain && r.ContentLength >= 0 {
				next.ServeHTTP(w, r) // net/http reads no more than Content-Length
				return
			}
			body, err := inflate(coding, r.Body)
			if errors.Is(err, errors.ErrUnsupported) {
				answer(w, http.StatusUnsupportedMediaType, `{"message":`+
					strconv.Quote(`unsupported content encoding "`+printable(coding)+`"`)+`,"type":"unknown_error"}`)
				return
			}
			var all []byte
			if err == nil {
				all, err = io.ReadAll(io.LimitReader(body, most+1))
			}
			switch {
			case int64(len(all)) > most:
				tooLarge(w)
				return
			case err != nil && plain: // the client disconnected
				answer(w, http.StatusBadRequest, `{"message":"request aborted","type":"invalid_data"}`)
				return
			case err != nil:
				answer(w, http.StatusBadRequest, `{"message":"incorrect header check","type":"invalid_data"}`)
				return
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(all)), int64(len(all))
			next.ServeHTTP(w, r)
		})
	}
}

// A timedBody is a body that must come before a deadline. The deadline ends with the body, as subscriptions last longer.
type timedBody struct {
	io.ReadCloser

	came func()
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.came()
	}
	return n, err
}

func tooLarge(w http.ResponseWriter) {
	w.Header().Set("Connection", "close") // rather than read the rest of the body
	answer(w, http.StatusRequestEntityTooLarge, `{"message":"request entity too large","type":"unknown_error"}`)
}

func inflate(coding string, r io.Reader) (io.Reader, error) {
	switch coding {
	case "", "identity":
		return r, nil
	case "gzip":
		return gzip.NewReader(r)
	case "deflate":
		return zlib.NewReader(r)
	}
	return nil, errors.ErrUnsupported
}

// printable removes the characters that strconv.Quote does not write as JSON.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}
