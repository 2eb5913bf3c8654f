package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// A Beyond is what a request to a route asks for that is not served here, but may be by the reference, which a shop can extend.
type Beyond struct {
	Route string   // its method and path, such as GET /store/products/{id}
	Kind  string   // what it is: fields, parameters, order, additional_data, actor or session
	Names []string // the fields, the parameters …
}

// changesSession reports whether the request may end the session that the reference began, or change whose it is.
func (b *Beyond) changesSession() bool {
	return b.Kind == "session" && strings.Contains(b.Route, " /auth/")
}

// Error makes it what an endpoint ends with.
func (b *Beyond) Error() string {
	return b.Route + " was asked for " + b.Kind + " " + strings.Join(b.Names, ", ")
}

// Routes returns the methods and paths of all routes, such as GET /store/products/{id}, in alphabetical order.
func (h *Handler) Routes() []string {
	var out []string
	_ = chi.Walk(h.mux, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error { // which never fails
		if method != http.MethodHead {
			out = append(out, method+" "+path)
		}
		return nil
	})
	slices.Sort(out)
	return out
}

// Owns returns the route of a request with this method and URL, as Routes has it, and whether it is answered here as far as those two tell: not
// if there is no route, nor if the path names an actor or a provider that only the reference has.
func (h *Handler) Owns(method string, u *url.URL) (route string, ok bool) {
	path := u.EscapedPath()
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if strings.Contains(path, "//") {
		return "", false
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	c := chi.NewRouteContext()
	path = h.mux.Find(c, method, h.paths.spell(path))
	if path == "" {
		return "", false
	}
	part := func(name string) string {
		value, err := url.PathUnescape(c.URLParam(name))
		if err != nil {
			return ""
		}
		return value
	}
	switch {
	case path == "/auth/{provider}/user", path == "/auth/{actorType}/providers":
		ok = false // admins are the reference's, and it has all providers
	case strings.HasPrefix(path, "/auth/{actorType}/"):
		ok = part("actorType") == "customer" && h.graph.HasAuthProvider(part("provider"))
	case path == "/hooks/payment/{provider}":
		ok = h.graph.TakesPaymentEvents(part("provider"))
	default:
		ok = true
	}
	return method + " " + path, ok
}

// beyondCaller returns what is not served here because of who the caller is: another actor than a customer, or the holder of a session that
// the reference began. It is nil if there is nothing of the kind. The Store API is served here if it is known whose such a session is.
func (h *Handler) beyondCaller(r *http.Request) *Beyond {
	ctx := r.Context()
	foreign, actor := h.graph.ForeignSession(ctx), h.graph.Actor(ctx)
	if !foreign && isCustomer(actor) && isCustomer(h.graph.TokenActor(ctx)) {
		return nil
	}
	route, ok := h.Owns(r.Method, r.URL)
	if !ok || !strings.Contains(route, " /store/") && !strings.Contains(route, " /auth/") {
		return nil
	}
	store := strings.Contains(route, " /store/")
	if foreign && !store { // which may end the session, or change whose it is
		h.graph.ForgetSession(r)
	}
	switch {
	case route == "POST /auth/session": // begins a session, whatever there was
		actor = h.graph.TokenActor(ctx)
	case foreign && (!store || !h.graph.KnowsCaller(ctx) || route == "POST /store/customers"): // who is to become one is no customer yet
		return &Beyond{Route: route, Kind: "session"}
	case store, strings.Contains(route, "{provider}"):
		return nil
	}
	if isCustomer(actor) {
		return nil
	}
	return &Beyond{Route: route, Kind: "actor", Names: []string{actor}}
}

// isCustomer reports whether an actor type is one that is served here: a customer, or nobody.
func isCustomer(actor string) bool { return actor == "" || actor == "customer" }

// passOn gives a request to whoever answers what is beyond the dialect, with its body as it was sent, if err says that it is and somebody does.
func (h *Handler) passOn(w http.ResponseWriter, r *http.Request, err error) bool {
	var b *Beyond
	if h.beyond == nil || !errors.As(err, &b) {
		return false
	}
	ctx := r.Context()
	u := *r.URL
	u.RawPath, _ = ctx.Value(askedPath{}).(string)
	r = r.WithContext(ctx)
	r.URL = &u
	if sent, ok := ctx.Value(sentBody{}).(*body); ok {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(sent.text)), int64(len(sent.text))
	}
	w.Header().Del("Cache-Control") // what the other server says holds
	h.beyond(w, r, b)
	return true
}

// additionalData returns what is beyond a route if a body has additional data: hooks of the reference's workflows read it.
func (e *endpoint) additionalData(sent any) error {
	o, ok := sent.(*jsonObject)
	if !ok || e.beyond == nil {
		return nil
	}
	data, ok := o.get("additional_data").(*jsonObject)
	if !ok || len(data.keys) == 0 {
		return nil
	}
	return e.beyondRoute("additional_data", data.keys...)
}

// beyondRoute returns that names of a kind are beyond a route. It is nil if nobody answers them elsewhere or there are none.
func (e *endpoint) beyondRoute(kind string, names ...string) error {
	if e.beyond == nil || len(names) == 0 || e.dropUnknown && kind != "additional_data" {
		return nil
	}
	return &Beyond{Route: e.route.method + " " + e.route.path, Kind: kind, Names: names}
}

// unknownPaths returns the requested paths that the route does not allow and the schema does not have.
func (sel *selection) unknownPaths(dropped []string) []string {
	return slices.DeleteFunc(dropped, func(path string) bool { return sel.exists(sel.root.typ, strings.Split(path, ".")) })
}

// exists reports whether a path from a type is one of the schema's.
func (s *selector) exists(typ string, names []string) bool {
	for i, name := range names {
		to := s.lookUp(typ, name)
		if to == nil || !to.relation && i < len(names)-1 {
			return false
		}
		typ = to.typ.Name()
	}
	return true
}
