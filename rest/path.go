package rest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// spellings are the paths of all routes, split at their slashes, by the number of their parts. Those with fewer braces come first.
type spellings map[int][][]string

func newSpellings(mux chi.Routes) (spellings, error) {
	out := spellings{}
	err := chi.Walk(mux, func(_, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		parts := strings.Split(path, "/")
		out[len(parts)] = append(out[len(parts)], parts)
		return nil
	})
	named := func(parts []string) (n int) {
		for _, p := range parts {
			if strings.HasPrefix(p, "{") {
				n++
			}
		}
		return n
	}
	for _, paths := range out {
		slices.SortStableFunc(paths, func(a, b []string) int { return named(a) - named(b) })
	}
	return out, err
}

// spell returns a path as its route is spelled: paths match in upper and lower case.
func (s spellings) spell(path string) string {
	parts := strings.Split(path, "/")
	for _, route := range s[len(parts)] {
		if !slices.EqualFunc(route, parts, func(of, part string) bool { return strings.HasPrefix(of, "{") || strings.EqualFold(of, part) }) {
			continue
		}
		for n, of := range route {
			if !strings.HasPrefix(of, "{") {
				parts[n] = of
			}
		}
		return strings.Join(parts, "/")
	}
	return path
}

// ServeHTTP answers a request. One trailing slash makes no difference, and neither does the case of a path. A body that cannot be read is
// refused before anything else.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	u := *r.URL
	u.RawPath = h.paths.spell(path) // this is what chi matches
	ctx := context.WithValue(r.Context(), askedPath{}, r.URL.EscapedPath())
	h.graph.Unkept(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.HasPrefix(u.RawPath, "/hooks/") {
		sent, text, err := readBody(r)
		if err != nil {
			h.fail(ctx, w, err)
			return
		}
		ctx = context.WithValue(ctx, sentBody{}, &body{sent, text})
	}
	r = r.WithContext(ctx)
	r.URL = &u
	if strings.Contains(path, "//") { // no part of a path is empty
		h.notFound(w, r)
		return
	}
	if h.beyond != nil {
		if b := h.beyondCaller(r); b != nil && h.passOn(w, r, b) {
			if b.changesSession() { // another request may have had the reference asked before it did
				h.graph.ForgetSession(r)
			}
			return
		}
	}
	h.mux.ServeHTTP(w, r)
}

// askedPath is the key of a context for the path as it was asked for.
type askedPath struct{}

// sentBody is the key of a context for the body that was read.
type sentBody struct{}

// A body is what readBody returned.
type body struct {
	value any
	text  []byte
}

// bodyOf returns what the body of a request is, nil for a body of an unknown type.
func bodyOf(ctx context.Context) any {
	if b, ok := ctx.Value(sentBody{}).(*body); ok {
		return b.value
	}
	return nil
}

// pathParams calls give with the parts of the path that a route has in braces.
func pathParams(ctx context.Context, give func(name, value string)) {
	params := chi.RouteContext(ctx).URLParams
	for n, name := range params.Keys {
		value, err := url.PathUnescape(params.Values[n])
		if err != nil {
			value = params.Values[n]
		}
		if name != "*" {
			give(name, value)
		}
	}
}
