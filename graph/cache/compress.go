package cache

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// compressFrom is the size in bytes from which a kept answer is compressed.
const compressFrom = 1 << 10

// compressed returns a body in gzip. It is compressed once and given often.
func compressed(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return bytes.Clone(out.Bytes())
}

// acceptsGzip reports whether a client takes gzip, and nothing else that a server around this one would rather send.
func acceptsGzip(h http.Header) bool {
	if h.Get("X-No-Compression") != "" {
		return false
	}
	weights := map[string]float64{"gzip": -1, "zstd": -1}
	for _, line := range h["Accept-Encoding"] {
		for one := range strings.SplitSeq(line, ",") {
			coding, parameters, _ := strings.Cut(one, ";")
			weight := 1.0
			if q, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q="); ok {
				weight, _ = strconv.ParseFloat(q, 64) // what is no number is 0
			}
			weights[strings.ToLower(strings.TrimSpace(coding))] = weight
		}
	}
	return weights["gzip"] > 0 && weights["gzip"] >= weights["zstd"]
}
