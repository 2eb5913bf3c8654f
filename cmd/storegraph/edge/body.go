package edge

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// LimitBody refuses a request whose body is longer than most bytes with 413 and the reference's body, and inflates one
// that came compressed (gzip or deflate, as in the reference); the limit then counts inflated bytes. What the handler
// reads is plain, within the limit, and complete unless the client breaks off: it never has to ask why reading ended.
func LimitBody(most int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > most {
				tooLarge(w)
				return
			}
			coding := strings.ToLower(r.Header.Get("Content-Encoding"))
			plain := coding == "" || coding == "identity"
			r.Header.Del("Content-Encoding") // whatever it says, the handler gets what it means
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
			case err != nil && plain: // the client broke off
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

func tooLarge(w http.ResponseWriter) {
	w.Header().Set("Connection", "close") // rather than read on what nobody wants
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

// printable keeps what can stand in JSON as strconv.Quote writes it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}
