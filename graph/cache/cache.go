package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/storegraph/storegraph/model/recent"
)

// A Cache keeps answers. It is safe for concurrent use.
type Cache struct {
	version   func() (string, bool)
	lifetimes Lifetimes
	vary      string
	memory    *recent.Cache[place, kept] // nil keeps nothing

	hits, misses, notModified, outdated atomic.Int64
}

// Options are what a Cache needs.
type Options struct {
	// Version returns the version of what answers show, and false if it is not known, so that nothing is kept and nothing kept is given.
	Version func() (version string, ok bool)
	// Size is how many bytes are kept; 0 keeps none. ETags and 304s need no memory.
	Size int
	// Lifetimes say how long proxies may give an answer without asking.
	Lifetimes Lifetimes
	// Vary are the headers of requests that answers depend on.
	Vary []string
}

// most is how many answers are kept, however small they are.
const most = 200_000

// New returns an empty cache.
func New(o Options) *Cache {
	c := &Cache{version: o.Version, lifetimes: o.Lifetimes, vary: strings.Join(o.Vary, ", ")}
	if o.Size > 0 {
		c.memory = recent.New[place, kept](most, o.Size)
	}
	return c
}

// Stats say what a cache has done since it was made, and what it keeps.
type Stats struct {
	Hits        int64 // answers given from memory
	Misses      int64 // answers that had to be made
	NotModified int64 // answers that the client had: 304
	Outdated    int64 // answers that were not kept, since what they show changed meanwhile
	Answers     int   // that are kept; one that is kept compressed too counts twice
	Bytes       int   // that they take
}

// Stats returns what the cache has done.
func (c *Cache) Stats() Stats {
	s := Stats{Hits: c.hits.Load(), Misses: c.misses.Load(), NotModified: c.notModified.Load(), Outdated: c.outdated.Load()}
	if c.memory != nil {
		s.Answers, s.Bytes = c.memory.Held()
	}
	return s
}

// A place is where an answer is kept.
type place struct {
	of      [sha256.Size]byte // what it depends on
	gzipped bool
}

// A kept answer.
type kept struct {
	version, media string
	body           []byte
}

// overhead is about how many bytes a kept answer takes besides its body.
const overhead = 300

// Unkept has a response kept by nobody, unless an Answer says otherwise later.
func (c *Cache) Unkept(h http.Header) {
	h.Set("Cache-Control", "private, no-store")
	vary := c.vary
	if others := strings.Join(h["Vary"], ", "); others != "" { // on one line, since some proxies read no more
		vary = others + ", " + vary
	}
	h.Set("Vary", vary)
}

// Version returns the version of what answers show now.
func (c *Cache) Version() (version string, ok bool) { return c.version() }

// An Answer is one that is being given. The zero Answer is kept by nobody.
type Answer struct {
	cache    *Cache
	version  string
	of       [sha256.Size]byte
	lifetime string
	tag      string
	same     func() bool
}

// Unvalidated is an answer that anybody may see, but that is out of date at once.
func (c *Cache) Unvalidated() Answer { return Answer{cache: c} }

// Begin begins the answer to a request for a path that depends on the version and on all that parts are. The version must have been
// taken before parts were found. An answer that was made is kept only if same then holds.
func (c *Cache) Begin(version, path string, same func() bool, parts ...[]byte) Answer {
	sum := sha256.New()
	var size [binary.MaxVarintLen64]byte
	for _, p := range parts {
		sum.Write(size[:binary.PutUvarint(size[:], uint64(len(p)))])
		sum.Write(p)
	}
	a := Answer{cache: c, version: version, lifetime: c.lifetimes.of(path), same: same}
	sum.Sum(a.of[:0])
	tag := sha256.Sum256(append(a.of[:], version...))
	a.tag = `W/"` + base64.RawURLEncoding.EncodeToString(tag[:16]) + `"`
	return a
}

// Serve answers the request if the client has the answer already, or if it is in memory, and reports whether it did.
func (a *Answer) Serve(w http.ResponseWriter, r *http.Request) bool {
	if a.tag == "" {
		return false
	}
	if named(r.Header["If-None-Match"], a.tag) {
		a.cache.notModified.Add(1)
		a.mark(w.Header())
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	k, gzipped, ok := a.find(acceptsGzip(r.Header))
	if !ok {
		a.cache.misses.Add(1)
		return false
	}
	a.cache.hits.Add(1)
	h := w.Header()
	a.mark(h)
	h.Set("Content-Type", k.media)
	h.Set("Content-Length", strconv.Itoa(len(k.body)))
	if gzipped {
		h.Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(k.body)
	return true
}

// find returns the answer from memory, compressed if that is wanted and worth it.
func (a *Answer) find(gzipped bool) (kept, bool, bool) {
	if a.cache.memory == nil {
		return kept{}, false, false
	}
	if gzipped {
		if k, ok := a.cache.memory.Get(place{a.of, true}); ok && k.version == a.version {
			return k, true, true
		}
	}
	k, ok := a.cache.memory.Get(place{of: a.of})
	if !ok || k.version != a.version {
		return kept{}, false, false
	}
	if !gzipped || len(k.body) < compressFrom {
		return k, false, true
	}
	small := kept{version: k.version, media: k.media, body: compressed(k.body)}
	a.cache.memory.Add(place{a.of, true}, small, len(small.body)+overhead)
	return small, true, true
}

// Keep keeps the answer that was made, and tells in the header of the response how others may. An answer may have been made
// while what it shows changed: then nobody keeps it.
func (a *Answer) Keep(h http.Header, media string, body ...[]byte) {
	switch {
	case a.cache == nil:
		return
	case a.tag == "":
		h.Set("Cache-Control", "no-cache")
		return
	}
	if now, ok := a.cache.version(); !ok || now != a.version || !a.same() {
		a.cache.outdated.Add(1)
		h.Set("Cache-Control", "no-cache")
		return
	}
	a.mark(h)
	if a.cache.memory == nil {
		return
	}
	n := 0
	for _, p := range body {
		n += len(p)
	}
	whole := make([]byte, 0, n)
	for _, p := range body {
		whole = append(whole, p...)
	}
	a.cache.memory.Add(place{of: a.of}, kept{version: a.version, media: media, body: whole}, n+overhead)
}

// mark tells how the answer may be kept.
func (a *Answer) mark(h http.Header) {
	h.Set("Cache-Control", a.lifetime)
	h.Set("Etag", a.tag)
}

// named reports whether a tag is among those of If-None-Match. Tags are compared weakly, as they must be there.
func named(header []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, line := range header {
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), "W/") == opaque {
				return true
			}
		}
	}
	return false
}
