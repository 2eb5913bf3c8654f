package graph

import (
	"context"
	"net/http"

	"github.com/storegraph/storegraph/graph/shop/auth"
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

// CheckKey fails unless the request of ctx carries a valid publishable key, which replicas may know.
func (s *Server) CheckKey(ctx context.Context) error {
	return s.db.CheckKey(s.db.ReadElsewhere(ctx, 0), auth.Viewer(ctx).Key)
}

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

// Actor returns the type of the actor that the request of ctx is from, by its session or else its token: customer, or another that only the
// reference knows. It is empty if the request is from nobody.
func (s *Server) Actor(ctx context.Context) string {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return ""
	}
	return c.ActorType
}

// TokenActor is Actor by the token alone.
func (s *Server) TokenActor(ctx context.Context) string {
	if c := auth.CallerOf(ctx).Bearer; c != nil {
		return c.ActorType
	}
	return ""
}

// ForeignSession reports whether the request of ctx carries the cookie of a session that the reference began, or that has ended.
func (s *Server) ForeignSession(ctx context.Context) bool {
	return auth.CallerOf(ctx).ForeignSession
}

// KnowsCaller reports whether it is known whose session the request of ctx carries, if that is the reference's.
func (s *Server) KnowsCaller(ctx context.Context) bool { return auth.CallerOf(ctx).Recognised }

// ForgetSession has the reference asked again whose the session of a request is that the reference began.
func (s *Server) ForgetSession(r *http.Request) { s.sessions.Forget(r) }

// SessionToken returns a token that says the same as the session of a request, for the reference, which does not know the session; empty
// if the request has none of this server's.
func (s *Server) SessionToken(r *http.Request) string { return s.sessions.Token(s.tokens, r) }

// HasAuthProvider reports whether log-ins with a provider, such as emailpass, are served here.
func (s *Server) HasAuthProvider(provider string) bool { return s.shop.HasAuthProvider(provider) }

// TakesPaymentEvents reports whether the webhooks of a payment provider, whose id may lack its pp_, are received here.
func (s *Server) TakesPaymentEvents(provider string) bool { return s.shop.TakesPaymentEvents(provider) }
