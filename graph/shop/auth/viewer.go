package auth

import (
	"context"
	"net/http"
	"strings"

	"storegraph/db"
	"storegraph/model"
)

// KeyHeader is the header in which a request carries its publishable key.
const KeyHeader = "X-Publishable-Api-Key"

// LocaleHeader is the header in which a request names the language it wants.
const LocaleHeader = "X-Medusa-Locale"

// OrderHeader is the header in which a request shows the token of an order.
const OrderHeader = "X-Order-Token"

type (
	viewerKey struct{}
	callerKey struct{}
)

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

// A Caller is what a request says of who sent it.
type Caller struct {
	Bearer  *Claims // of the token; nil without a valid one
	Token   string  // the token itself, valid or not
	Session *Claims // of the session; nil without one

	mark      string // of the browser, from its cookie
	sessionID string
	sessions  *Sessions
	writer    http.ResponseWriter
}

// CallerOf returns who sent the request of ctx.
func CallerOf(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return &Caller{}
}

// Claims returns what the session says, or else the token. It fails if there is neither.
func (c *Caller) Claims() (*Claims, error) {
	for _, claims := range []*Claims{c.Session, c.Bearer} {
		if claims != nil && (claims.ActorID != "" || claims.AuthIdentityID != "") {
			return claims, nil
		}
	}
	return nil, model.ErrUnauthenticated
}

// customer returns the claims by which the request is a customer's, with or without an account yet.
func (c *Caller) customer() *Claims {
	for _, claims := range []*Claims{c.Session, c.Bearer} {
		if claims != nil && claims.ActorType == "customer" {
			return claims
		}
	}
	return nil
}

// Customer returns the claims of a registered customer. It fails if the request is nobody's or not yet a customer's.
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

// Registrant returns the claims of a customer or of somebody who may become one.
func Registrant(ctx context.Context) (*Claims, error) {
	claims := CallerOf(ctx).customer()
	if claims == nil || claims.ActorID == "" && claims.AuthIdentityID == "" {
		return nil, model.ErrUnauthenticated
	}
	return claims, claims.Complete()
}

// Complete fails if a second factor has still to be shown.
func (c *Claims) Complete() error {
	if c.MFAEnabled && c.MFAChallengeCompletedAt == nil {
		return &model.Error{Kind: model.Unauthorized, Message: "MFA verification is required to complete this request", Code: "mfa_required"}
	}
	return nil
}

// Identify returns the context of a request with its caller and viewer. It refuses nobody: that is for those who need to know. An
// invalid token counts as none, and so does the cookie of a session that is over. Cookies are set by w; with a nil w no session can
// begin.
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
	v := &db.Viewer{Locale: r.Header.Get(LocaleHeader)}
	if key := r.Header.Get(KeyHeader); key != "" {
		v.Key = db.NewKey(key)
	}
	if c, err := Customer(ctx); err == nil {
		v.CustomerID, v.IdentityID = c.ActorID, c.AuthIdentityID
	}
	return WithViewer(ctx, tokens.Holder(v, r.Header.Get(OrderHeader)))
}

// bearer returns the token of the Authorization header, whose scheme is read without regard to case.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
