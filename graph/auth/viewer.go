package auth

import (
	"context"
	"net/http"
	"strings"

	"storegraph/db"
)

// KeyHeader is the header in which a request carries its publishable key.
const KeyHeader = "X-Publishable-Api-Key"

// LocaleHeader is the header in which a request names the language it wants.
const LocaleHeader = "X-Medusa-Locale"

type viewerKey struct{}

// WithViewer returns a context in which v is who is asking.
func WithViewer(ctx context.Context, v *db.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// Viewer returns who is asking. Outside a request it is nobody, whom every read refuses.
func Viewer(ctx context.Context) *db.Viewer {
	v, ok := ctx.Value(viewerKey{}).(*db.Viewer)
	if !ok {
		return &db.Viewer{}
	}
	return v
}

// Middleware puts who is asking into the context of each request. It refuses nobody: that is for the
// resolvers. An invalid token counts as none.
func Middleware(tokens *Tokens) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v := &db.Viewer{Locale: r.Header.Get(LocaleHeader)}
			if key := r.Header.Get(KeyHeader); key != "" {
				v.Key = db.NewKey(key)
			}
			if c, err := tokens.Parse(bearer(r)); err == nil && c.ActorType == "customer" {
				v.CustomerID = c.ActorID
			}
			next.ServeHTTP(w, r.WithContext(WithViewer(r.Context(), v)))
		})
	}
}

// bearer returns the token of the Authorization header, whose scheme is read without regard to case.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
