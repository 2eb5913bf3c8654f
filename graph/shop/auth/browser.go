package auth

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"
)

// markCookie is the name of the cookie that marks a browser which logs in on a provider's page.
const markCookie = "storegraph.login"

// MarkBrowser sets a cookie by which the caller's browser is recognised for some time, and returns the hash of its value.
func (c *Caller) MarkBrowser(ctx context.Context, lifetime time.Duration) string {
	if c.writer == nil {
		return ""
	}
	mark := rand.Text()
	cookie := &http.Cookie{Name: markCookie, Value: mark, Path: "/", MaxAge: int(lifetime / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if s := c.sessions; s != nil && s.Secure != nil && s.Secure(ctx) {
		// Storefronts on other sites send it too.
		cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
	}
	http.SetCookie(c.writer, cookie)
	return hashed(mark)
}

// BrowserMark returns the hash by which the caller's browser is recognised; empty if it has no such cookie.
func (c *Caller) BrowserMark() string {
	if c.mark == "" {
		return ""
	}
	return hashed(c.mark)
}
