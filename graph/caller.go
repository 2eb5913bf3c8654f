package graph

import (
	"context"
	"net/http"

	"storegraph/graph/shop/auth"
)

// Identify is middleware that identifies the caller, for the requests of both surfaces. It refuses nobody.
func (s *Server) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(auth.Identify(s.tokens, s.sessions, w, r)))
	})
}

// WithLocale returns a context whose viewer reads in this language, whatever the request's header says.
func WithLocale(ctx context.Context, locale string) context.Context {
	viewer := *auth.Viewer(ctx)
	viewer.Locale = locale
	return auth.WithViewer(ctx, &viewer)
}

// CheckKey fails unless the request of ctx carries a valid publishable key.
func (s *Server) CheckKey(ctx context.Context) error { return s.db.CheckKey(ctx, auth.Viewer(ctx).Key) }

// RequireCustomer returns the id of the customer that the request of ctx is from. It fails if it is from no customer.
func (s *Server) RequireCustomer(ctx context.Context) (string, error) {
	c, err := auth.Customer(ctx)
	if err != nil {
		return "", err
	}
	return c.ActorID, nil
}

// RequireRegistrant fails unless the request of ctx is from a customer or from somebody who may become one.
func (s *Server) RequireRegistrant(ctx context.Context) error {
	_, err := auth.Registrant(ctx)
	return err
}

// RequireIdentity fails unless the request of ctx carries a valid token or session.
func (s *Server) RequireIdentity(ctx context.Context) error {
	_, err := auth.CallerOf(ctx).Claims()
	return err
}

// RequireProven fails unless the request of ctx carries a valid token or session for which no second factor is missing.
func (s *Server) RequireProven(ctx context.Context) error {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return err
	}
	return c.Complete()
}
