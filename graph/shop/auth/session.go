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

	"storegraph/db"
	"storegraph/model"
)

// CookieName is the name of the cookie that carries a session, the reference's.
const CookieName = "connect.sid"

// SessionLifetime is how long a session lasts, as in the reference.
const SessionLifetime = 10 * time.Hour

// Sessions keeps what tokens say in the database and gives out cookies for it, signed with the shop's secret. A cookie's
// id is a random word of which the database knows only the hash.
type Sessions struct {
	DB     db.DB
	Secret string // empty: there are no sessions
	Now    func() time.Time
	Log    *slog.Logger
	Secure func(ctx context.Context) bool // whether the client reached us over TLS; nil: never
}

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
	if data == nil || json.Unmarshal(data, &claims) != nil {
		return
	}
	c.Session, c.sessionID = &claims, id
}

// Begin begins a session that says what the request's token says, under a new id; one that the request had ends. Only a
// client that reached us over TLS gets the cookie, and to others nothing is kept.
func (c *Caller) Begin(ctx context.Context) (*Claims, error) {
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

// End ends the request's session. It fails if there is none.
func (c *Caller) End(ctx context.Context) error {
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

// hashed is what the database knows of a session's id.
func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// markCookie is the name of the cookie that marks a browser which has left for a provider's page.
const markCookie = "storegraph.login"

// Mark marks the browser that sent the request for some time, and returns what to know it by.
func (c *Caller) Mark(ctx context.Context, lifetime time.Duration) string {
	if c.writer == nil {
		return ""
	}
	mark := rand.Text()
	cookie := &http.Cookie{Name: markCookie, Value: mark, Path: "/", MaxAge: int(lifetime / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if s := c.sessions; s != nil && s.Secure != nil && s.Secure(ctx) {
		// A storefront on another site asks for it too.
		cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
	}
	http.SetCookie(c.writer, cookie)
	return hashed(mark)
}

// Marked returns what the browser that sent the request is known by; nothing if it has no mark.
func (c *Caller) Marked() string {
	if c.mark == "" {
		return ""
	}
	return hashed(c.mark)
}
