package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// CookieName is the name of the cookie that carries a session, the reference's.
const CookieName = "connect.sid"

// SessionLifetime is how long a session lasts, as in the reference.
const SessionLifetime = 10 * time.Hour

// Sessions stores the claims of tokens in the database and identifies them by cookies, signed with the shop's secret. A cookie's id is
// random, and the database has only its hash.
type Sessions struct {
	DB     db.DB
	Secret string // empty: there are no sessions
	Now    func() time.Time
	Log    *slog.Logger
	Secure func(ctx context.Context) bool // whether the client has connected over TLS; nil: never
	// Elsewhere knows whose the reference's sessions are; nil: nobody is asked.
	Elsewhere *Elsewhere
}

// Forget has the reference asked again whose the session of a request is, as when it may be about to change.
func (s *Sessions) Forget(r *http.Request) { s.Elsewhere.forget(r) }

// find reads the session of a request into its caller.
func (s *Sessions) find(ctx context.Context, r *http.Request, c *Caller) {
	if s.Secret == "" {
		return
	}
	cookie, err := r.Cookie(CookieName)
	if err != nil {
		return
	}
	id, ok := s.unsign(cookie.Value)
	if !ok {
		return
	}
	data, err := s.DB.Session(ctx, hashed(id), s.Now())
	if err != nil {
		s.Log.ErrorContext(ctx, "read a session", "error", err)
		return
	}
	var claims Claims
	if data == nil {
		c.ForeignSession = true
		return
	}
	if json.Unmarshal(data, &claims) != nil {
		return
	}
	c.Session, c.sessionID = &claims, id
}

// BeginSession begins a session with the claims of the request's token, under a new id, and ends the session that the request had. A
// client that has not connected over TLS gets no cookie, and nothing is stored.
func (c *Caller) BeginSession(ctx context.Context) (*Claims, error) {
	if c.Bearer == nil || c.Bearer.ActorID == "" && c.Bearer.AuthIdentityID == "" {
		return nil, model.ErrUnauthenticated
	}
	s := c.sessions
	if s == nil || s.Secret == "" || s.Secure == nil || !s.Secure(ctx) {
		return c.Bearer, nil
	}
	data, err := json.Marshal(c.Bearer)
	if err != nil {
		return nil, err
	}
	id, now := rand.Text(), s.Now()
	ends := now.Add(SessionLifetime)
	if err := s.DB.BeginSession(ctx, hashed(id), hashed(c.sessionID), data, now, ends); err != nil {
		return nil, err
	}
	http.SetCookie(c.writer, &http.Cookie{
		Name: CookieName, Value: url.QueryEscape(s.sign(id)), Path: "/", Expires: ends,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	return c.Bearer, nil
}

// EndSession ends the request's session. It fails if there is none.
func (c *Caller) EndSession(ctx context.Context) error {
	if c.Session == nil {
		return model.ErrUnauthenticated
	}
	if err := c.sessions.DB.EndSession(ctx, hashed(c.sessionID)); err != nil {
		return err
	}
	c.Session = nil
	c.writer.Header().Add("Set-Cookie", CookieName+"=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
	return nil
}

// sign returns the cookie's text for an id: s:, the id, and its HMAC-SHA-256.
func (s *Sessions) sign(id string) string {
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte(id))
	return "s:" + id + "." + base64.RawStdEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Sessions) unsign(cookie string) (string, bool) {
	text, err := url.QueryUnescape(cookie)
	if err != nil {
		return "", false
	}
	signed, ok := strings.CutPrefix(text, "s:")
	dot := strings.LastIndexByte(signed, '.')
	if !ok || dot <= 0 {
		return "", false
	}
	id := signed[:dot]
	return id, hmac.Equal([]byte(s.sign(id)), []byte(text))
}

// hashed is what the database stores of a session's id.
func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// Token returns a token with the claims of the session that a request's cookie names, for a server that does not know the session; empty if
// there is none.
func (s *Sessions) Token(tokens *Tokens, r *http.Request) string {
	var c Caller
	s.find(r.Context(), r, &c)
	if c.Session == nil {
		return ""
	}
	token, err := tokens.Sign(*c.Session)
	if err != nil {
		return ""
	}
	return token
}
