package auth

import (
	"context"
	"net/http"
	"strings"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// A Caller is who sent a request, as far as the request says.
type Caller struct {
	Bearer  *Claims // of the token; nil without a valid one
	Token   string  // the token itself, valid or not
	Session *Claims // of the session; nil without one
	// ForeignSession says that the session's cookie is signed with the shop's secret but names no session that is stored here: it is one
	// of the reference's, or has ended.
	ForeignSession bool
	// Recognised says that the reference has told whose such a session is: a customer's, who is the caller then, or none's.
	Recognised bool

	elsewhere *Claims // of the customer whose session is the reference's; nil without one. Only its actor is known
	mark      string  // of the browser, from its cookie
	sessionID string
	sessions  *Sessions
	writer    http.ResponseWriter
}

// CallerOf returns the caller of the request of ctx. Outside a request it is an empty one.
func CallerOf(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return &Caller{}
}

// Identify returns the context of a request with its caller and viewer. It refuses nobody: use cases do. An invalid token
// counts as none, and so does the cookie of a session that has ended. Cookies are set on w; with a nil w no session can begin.
func Identify(tokens *Tokens, sessions *Sessions, w http.ResponseWriter, r *http.Request) context.Context {
	caller := &Caller{Token: bearer(r), sessions: sessions, writer: w}
	if c, err := tokens.Parse(caller.Token); err == nil {
		caller.Bearer = c
	}
	if mark, err := r.Cookie(markCookie); err == nil {
		caller.mark = mark.Value
	}
	ctx := context.WithValue(r.Context(), callerKey{}, caller)
	sessions.find(ctx, r, caller)
	sessions.Elsewhere.recognise(ctx, r, caller)
	v := &db.Viewer{Locale: r.Header.Get(LocaleHeader)}
	if key := r.Header.Get(KeyHeader); key != "" {
		v.Key = db.NewKey(key)
	}
	if c, err := Customer(ctx); err == nil {
		v.CustomerID, v.IdentityID = c.ActorID, c.AuthIdentityID
	}
	return WithViewer(ctx, tokens.WithOrderToken(v, r.Header.Get(OrderHeader)))
}

// bearer returns the token of the Authorization header, whose scheme is read without regard to case.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Claims returns the claims of the session, or else of the token. It fails if there is neither.
func (c *Caller) Claims() (*Claims, error) {
	for _, claims := range []*Claims{c.Session, c.Bearer} {
		if claims != nil && (claims.ActorID != "" || claims.AuthIdentityID != "") {
			return claims, nil
		}
	}
	return nil, model.ErrUnauthenticated
}

// customer returns the claims of a customer, registered or not yet, or nil.
func (c *Caller) customer() *Claims {
	for _, claims := range []*Claims{c.Session, c.elsewhere, c.Bearer} {
		if claims != nil && claims.ActorType == "customer" {
			return claims
		}
	}
	return nil
}

// ForOthers returns the claims of the session for a server that does not know it; nil without one.
func (c *Caller) ForOthers() *Claims {
	if c.Session != nil {
		return c.Session
	}
	return c.elsewhere
}

// Customer returns the claims of the registered customer who is the caller. It fails if there is none.
func Customer(ctx context.Context) (*Claims, error) {
	claims, err := Registrant(ctx)
	if err != nil {
		return nil, err
	}
	if claims.ActorID == "" {
		return nil, model.ErrUnauthenticated
	}
	return claims, nil
}

// Registrant returns the claims of the caller, who is a customer or may register as one. It fails if there is neither.
func Registrant(ctx context.Context) (*Claims, error) {
	claims := CallerOf(ctx).customer()
	if claims == nil || claims.ActorID == "" && claims.AuthIdentityID == "" {
		return nil, model.ErrUnauthenticated
	}
	return claims, claims.Complete()
}
