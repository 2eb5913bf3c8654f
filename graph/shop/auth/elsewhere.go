package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/storegraph/storegraph/model/recent"
)

const (
	// recognised is how long it is believed whose a session of the reference's is.
	recognised = time.Minute
	// patience is how long the reference may take to say it.
	patience = 5 * time.Second
	// maxRecognised is how many of them are remembered.
	maxRecognised = 10_000
)

// An Elsewhere has the reference say whose the sessions are that it began: where it keeps them only it knows. It is safe for concurrent use.
type Elsewhere struct {
	ask   func(ctx context.Context, cookie, key string) (customer string, err error)
	now   func() time.Time
	known *recent.Cache[string, owner]
}

// An owner is the customer whose a session is; empty if it is no customer's.
type owner struct {
	customer string
	until    time.Time
}

// NewElsewhere returns an Elsewhere that asks for the id of the customer whose session a cookie names, with a publishable key. What it is told
// holds for a minute.
func NewElsewhere(ask func(ctx context.Context, cookie, key string) (customer string, err error), now func() time.Time) *Elsewhere {
	return &Elsewhere{ask: ask, now: now, known: recent.New[string, owner](maxRecognised, maxRecognised)}
}

// recognise finds out whose a session is that is not stored here. It leaves a caller as they are if the reference does not say.
func (e *Elsewhere) recognise(ctx context.Context, r *http.Request, c *Caller) {
	key := r.Header.Get(KeyHeader)
	cookie, err := r.Cookie(CookieName)
	if e == nil || !c.ForeignSession || err != nil || key == "" {
		return
	}
	id := hashed(cookie.Value)
	o, known := e.known.Get(id)
	if !known || !e.now().Before(o.until) {
		asking, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if o.customer, err = e.ask(asking, CookieName+"="+cookie.Value, key); err != nil {
			return
		}
		o.until = e.now().Add(recognised)
		e.known.Add(id, o, 1)
	}
	c.Recognised = true
	if o.customer != "" {
		c.elsewhere = &Claims{ActorID: o.customer, ActorType: "customer"}
	}
}

// forget has the reference asked again whose the session of a request is.
func (e *Elsewhere) forget(r *http.Request) {
	if cookie, err := r.Cookie(CookieName); err == nil && e != nil {
		e.known.Add(hashed(cookie.Value), owner{}, 1)
	}
}
