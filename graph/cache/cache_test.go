package cache_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/storegraph/storegraph/graph/cache"
)

func TestLifetimes(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{
		"x", "/store/products", "/store/products=", "/store/products=x", "/store/products=-1", "/store/products=1+", "/store/products=1+x", "/auth=1", "=1",
		"/store/products=1, y", "/store/products=31536001",
	} {
		if l, err := cache.ParseLifetimes(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, l)
		}
	}
	l, err := cache.ParseLifetimes(" /store/products/{id}=5 , /store/products*=60+300,*=0,")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/store/products/{id}": "public, max-age=0, s-maxage=5", "/store/products": "public, max-age=0, s-maxage=60, stale-while-revalidate=300",
		"/graphql": "public, max-age=0, s-maxage=0",
	} {
		if got := control(l, path); got != want {
			t.Errorf("Cache-Control of %s = %q, want %q", path, got, want)
		}
	}
	if got, want := control(nil, "/graphql"), "public, max-age=0, must-revalidate"; got != want {
		t.Errorf("without lifetimes Cache-Control = %q, want %q", got, want)
	}
}

func control(l cache.Lifetimes, path string) string {
	c := cache.New(cache.Options{Version: func() (string, bool) { return "1", true }, Lifetimes: l})
	h := http.Header{}
	a := c.Begin("1", path, func() bool { return true })
	a.Keep(h, "")
	return h.Get("Cache-Control")
}

// TestParts has another tag for other parts, however they are divided, and another version.
func TestParts(t *testing.T) {
	t.Parallel()
	c := cache.New(cache.Options{Version: func() (string, bool) { return "1", true }})
	seen := map[string]string{}
	for _, parts := range []string{"1|", "1|ab", "1|a|b", "1||ab", "1|ab|", "2|ab"} {
		version, rest, _ := strings.Cut(parts, "|")
		var of [][]byte
		for p := range strings.SplitSeq(rest, "|") {
			of = append(of, []byte(p))
		}
		a := c.Begin(version, "", func() bool { return true }, of...)
		h := http.Header{}
		if version == "1" {
			a.Keep(h, "")
		} else {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			for _, tag := range seen {
				r.Header.Add("If-None-Match", tag)
			}
			if a.Serve(w, r) {
				t.Errorf("%s has the tag of another version", parts)
			}
			continue
		}
		for other, tag := range seen {
			if tag == h.Get("Etag") {
				t.Errorf("%q and %q have one tag", parts, other)
			}
		}
		seen[parts] = h.Get("Etag")
	}
}

// TestUnkept keeps nothing of an answer that was not begun, and leaves what others have said of it.
func TestUnkept(t *testing.T) {
	t.Parallel()
	c := cache.New(cache.Options{Version: func() (string, bool) { return "", false }, Size: 1 << 20, Vary: []string{"X-Key", "Cookie"}})
	for name, tc := range map[string]struct {
		answer cache.Answer
		want   string
	}{"nobody": {cache.Answer{}, "private, no-store"}, "at once": {c.Unvalidated(), "no-cache"}} {
		w := httptest.NewRecorder()
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept-Encoding")
		c.Unkept(w.Header())
		if tc.answer.Serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)) {
			t.Errorf("%s: served", name)
		}
		tc.answer.Keep(w.Header(), "text/plain", []byte("x"))
		h := w.Header()
		if h.Get("Cache-Control") != tc.want || len(h["Vary"]) != 1 || h.Get("Vary") != "Origin, Accept-Encoding, X-Key, Cookie" || h.Get("Etag") != "" {
			t.Errorf("%s: %v", name, h)
		}
	}
	if s := c.Stats(); s != (cache.Stats{}) {
		t.Errorf("stats %+v", s)
	}
}

// TestNeverOld has readers and a writer at once, until answers went out of date while they were made: no answer is older than the
// version that was taken before it.
func TestNeverOld(t *testing.T) {
	t.Parallel()
	var data, version atomic.Int64 // the version follows the data, as a reader of the log does
	c := cache.New(cache.Options{Version: func() (string, bool) { return strconv.FormatInt(version.Load(), 10), true }, Size: 1 << 20})
	var readers, writer sync.WaitGroup
	var asked atomic.Int64
	stop := make(chan struct{})
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				version.Store(data.Add(1))
				runtime.Gosched()
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			for i := 0; i < 5000 || i < 1_000_000 && c.Stats().Outdated == 0; i++ {
				asked.Add(1)
				v, _ := c.Version()
				a, w := c.Begin(v, "", func() bool { return true }, []byte("page")), httptest.NewRecorder()
				body := ""
				if a.Serve(w, r) {
					body = w.Body.String()
				} else {
					body = strconv.FormatInt(data.Load(), 10)
					runtime.Gosched() // the writer's turn
					a.Keep(w.Header(), "text/plain", []byte(body))
				}
				shown, err := strconv.Atoi(body)
				if least, _ := strconv.Atoi(v); err != nil || shown < least {
					t.Errorf("version %s shows %s", v, body)
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	writer.Wait()
	if s := c.Stats(); s.Hits+s.Misses != asked.Load() || s.Outdated == 0 {
		t.Errorf("stats %+v", s)
	}
}
