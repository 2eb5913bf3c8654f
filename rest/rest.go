package rest

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/storegraph/storegraph/graph"
)

// Config is what the dialect needs besides the graph.
type Config struct {
	Log *slog.Logger // nil logs nothing
	// Beyond answers a request to a route that asks for more than is served here. Nil means that nobody does: then what is not known is
	// dropped or refused.
	Beyond func(w http.ResponseWriter, r *http.Request, b *Beyond)
	// DropUnknown has fields and parameters that are not known dropped or refused although there is Beyond.
	DropUnknown bool
}

// A Handler serves the Store API.
type Handler struct {
	graph *graph.Server
	log   *slog.Logger
	cache *lru.Cache[string, *compiled]
	mux   chi.Router
	auth  map[string]*graph.Operation // those of auth.graphql, by their names
	paths spellings

	beyond      func(w http.ResponseWriter, r *http.Request, b *Beyond)
	dropUnknown bool
}

// maxCompiled is how many compiled selections are kept.
const maxCompiled = 2000

// New returns a handler of every route of the Store API on g.
func New(g *graph.Server, c Config) (*Handler, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	cache, err := lru.New[string, *compiled](maxCompiled)
	if err != nil {
		return nil, err
	}
	h := &Handler{graph: g, log: c.Log, cache: cache, mux: chi.NewRouter(), beyond: c.Beyond, dropUnknown: c.DropUnknown}
	h.mux.NotFound(h.notFound)
	h.mux.MethodNotAllowed(h.notFound)
	for i := range routes {
		r := &routes[i]
		serve := h.serve(r)
		h.mux.Method(r.method, r.path, serve)
		if r.method == http.MethodGet {
			h.mux.Method(http.MethodHead, r.path, serve)
		}
	}
	h.mux.Get("/openapi.json", h.openAPI)
	if err := h.routeAuth(); err != nil {
		return nil, err
	}
	h.mux.Get("/store/locales", h.locales)
	h.mux.Post("/store/search", h.search)
	h.mux.Post("/hooks/payment/{provider}", h.paymentHook)
	h.mux.Post("/auth/{provider}/user", h.adminUser)
	h.paths, err = newSpellings(h.mux)
	return h, err
}
