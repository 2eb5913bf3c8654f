package playground

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// Options are what the page shows. The zero value is a page without examples.
type Options struct {
	Endpoint string // path of the GraphQL API on this server; "" is "/graphql"

	// PublishableKey is filled into the headers of every tab, and the browser then remembers headers. Leave it empty
	// outside development: the page is for everybody who finds it.
	PublishableKey string

	Examples []Example // listed in this order; the first visit begins with the first
}

// settings is what the page reads; ui/src/main.jsx knows the names.
type settings struct {
	Endpoint string `json:"endpoint"`
	Headers  string `json:"headers"` // of a new tab
	Scope    string `json:"scope"`   // tabs are remembered for it
	Examples []tab  `json:"examples"`
}

type tab struct {
	Name      string            `json:"name"`
	Group     string            `json:"group"`
	Query     string            `json:"query"`
	Variables string            `json:"variables"`
	Headers   string            `json:"headers"`
	Gives     map[string]string `json:"gives"`
	Needs     []string          `json:"needs"`
	Spends    []string          `json:"spends"`
	REST      string            `json:"rest"`
}

// New returns the handler of "/", the page, and of everything below "/playground/", its parts. It panics if the variables
// of an example are not JSON.
func New(o Options) http.Handler {
	s := settings{
		Endpoint: cmp.Or(o.Endpoint, "/graphql"),
		Headers:  o.headers(nil),
		Scope:    o.PublishableKey,
		Examples: []tab{},
	}
	for _, e := range o.Examples {
		if e.Variables != "" && !json.Valid([]byte(e.Variables)) {
			panic(fmt.Sprintf("playground: variables of %q are not JSON: %s", e.Name, e.Variables))
		}
		t := tab{e.Name, e.Group, e.Query, e.Variables, o.headers(e.Headers), map[string]string{}, []string{}, []string{}, e.REST}
		maps.Copy(t.Gives, e.Gives)
		t.Needs, t.Spends = append(t.Needs, e.Needs...), append(t.Spends, e.Spends...)
		s.Examples = append(s.Examples, t)
	}
	index := page(s)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(index)
	})
	mux.Handle("GET /playground/{$}", http.RedirectHandler("/", http.StatusFound))
	mux.HandleFunc("GET /playground/{file...}", part)
	return mux
}

// headers returns the text of the header editor.
func (o Options) headers(more map[string]string) string {
	all := map[string]string{}
	if o.PublishableKey != "" {
		all["x-publishable-api-key"] = o.PublishableKey
	}
	maps.Copy(all, more)
	if len(all) == 0 {
		return ""
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // the names of values stand in angle brackets
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		panic(err) // strings always marshal
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// policy lets the page use this server and nothing else. The editor writes its colours as inline styles.
const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page puts s into the built page. A data block is not a script to the browser, so the policy needs no exception for it.
func page(s settings) []byte {
	html, err := dist.ReadFile("dist/index.html")
	if err != nil {
		panic(err) // embedded
	}
	data, err := json.Marshal(s) // escapes <, so that no example can end the block
	if err != nil {
		panic(err) // strings always marshal
	}
	const block = `<script id="settings" type="application/json">`
	filled := bytes.Replace(html, []byte(block+"{}"), append([]byte(block), data...), 1)
	if len(filled) == len(html) {
		panic("playground: dist/index.html has no place for its settings")
	}
	return filled
}

var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".md":  "text/plain; charset=utf-8",
	".svg": "image/svg+xml",
	".ttf": "font/ttf",
}

// part serves a file as it was embedded, which is compressed, and inflates it for a client that wants it plain.
func part(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	f, err := dist.Open("dist/" + name + ".gz")
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", cmp.Or(types[path.Ext(name)], "application/octet-stream"))
	h.Set("Vary", "Accept-Encoding")
	if strings.HasPrefix(name, "assets/") { // their names change with what they hold
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	var body io.Reader = f
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		if info, err := f.Stat(); err == nil {
			h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		}
	} else if body, err = gzip.NewReader(f); err != nil {
		panic(err) // embedded
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, body)
	}
}

func takesGzip(r *http.Request) bool {
	for entry := range strings.SplitSeq(strings.Join(r.Header["Accept-Encoding"], ","), ",") {
		name, q, _ := strings.Cut(entry, ";")
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		_, value, rated := strings.Cut(q, "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return !rated || err == nil && weight > 0
	}
	return false
}
