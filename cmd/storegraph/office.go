package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/storegraph/storegraph/cmd/storegraph/backoffice"
	"github.com/storegraph/storegraph/db"
)

// adminEmail is the address of the account that is made for the Admin.
const adminEmail = "admin@example.com"

// checkAdmin fails for a shop that may have a Medusa already.
func (a *app) checkAdmin() error {
	if !a.cfg.private() || a.cfg.Front.URL != nil {
		return errors.New("run --admin is for the private PostgreSQL and a Medusa of its own: unset DATABASE_URL and MEDUSA_URL, or start the Medusa that you have and leave --admin out")
	}
	return nil
}

// An office is the Medusa that serves its Admin behind this server, which is installed and started while the shop is served. A nil office
// does nothing.
type office struct {
	url   *url.URL
	log   *slog.Logger
	state atomic.Pointer[string] // what is being done, or why nothing is; nil: the Admin answers
}

// newOffice returns the office, of which this server is the front. Without Node.js there is none, and the log says why.
func (a *app) newOffice(ctx context.Context, log *slog.Logger) (*office, error) {
	if err := backoffice.Check(ctx); err != nil {
		log.WarnContext(ctx, "the shop starts without Medusa's Admin", "reason", err)
		return nil, nil //nolint:nilnil // that is said
	}
	at, err := backoffice.FreeURL(ctx)
	if err != nil {
		return nil, err
	}
	o := &office{url: at, log: log}
	o.tell("The Admin is being prepared.")
	a.cfg.Front.URL, a.cfg.Office = at, o
	return o, nil
}

// tell has the page at /app say what is being done.
func (o *office) tell(what string) { o.state.Store(&what) }

// work installs and starts a Medusa and waits until ctx ends. A failure is logged: the shop goes on without the Admin.
func (o *office) work(ctx context.Context, a *app, d *database, base string) {
	err := o.serve(ctx, a, d, base)
	if err == nil || ctx.Err() != nil {
		return
	}
	o.log.ErrorContext(ctx, "there is no Admin", "error", err)
	o.tell("The Admin could not be started, or has ended: the server's log says why, and the next start goes on from there.")
}

func (o *office) serve(ctx context.Context, a *app, d *database, base string) error {
	m, err := backoffice.Install(ctx, backoffice.Options{
		Dir: cmp.Or(a.cfg.Medusa.Dir, filepath.Join(a.cfg.DataDir, "medusa-"+db.ReferenceVersion)), Version: db.ReferenceVersion,
		DatabaseURL: d.url, JWTSecret: a.cfg.JWTSecret, CookieSecret: a.cfg.CookieSecret, StoreCORS: a.cfg.StoreCORS, ShopURL: base,
		Busy: func(what string) func() {
			o.tell(what + ".")
			o.log.InfoContext(ctx, "the Admin is being prepared", "now", what)
			return a.busy(what)
		},
	})
	if err != nil {
		return err
	}
	password, err := o.prepare(ctx, a, d.DB, m)
	if err != nil {
		return err
	}
	o.tell("The Admin is being started.")
	server, err := m.Start(ctx, o.url)
	if err != nil {
		return err
	}
	defer server.Stop()
	if err := server.Await(ctx); err != nil {
		return err
	}
	o.state.Store(nil)
	if err := greetAdmin(a.stdout, base, password); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-server.Done():
		return server.Await(ctx) // which says why
	}
	return nil
}

// prepare has the database be shared with the Medusa, and makes an account unless there is one. It returns the password of the account that
// was ever made here; empty: there is none.
func (o *office) prepare(ctx context.Context, a *app, d db.DB, m *backoffice.Medusa) (password string, err error) {
	if err := db.CreateTranslations(ctx, d); err != nil { // the Medusa's translation feature is on
		return "", err
	}
	shared, err := d.HasMedusaLocks(ctx)
	if err == nil && !shared {
		err = m.Migrate(ctx)
	}
	if err != nil {
		return "", err
	}
	d.ShareMedusaLocks()
	file := filepath.Join(a.cfg.DataDir, "admin_password")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	password = strings.TrimSpace(string(text))
	has, err := d.HasUsers(ctx)
	if err != nil || has {
		return password, err
	}
	if password == "" {
		password = rand.Text()
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			return "", err
		}
	}
	return password, m.AddUser(ctx, adminEmail, password)
}

// greetAdmin prints the Admin's address and the account that was made for it.
func greetAdmin(out io.Writer, base, password string) error {
	w := &errWriter{w: out}
	fmt.Fprintf(w, "\nAdmin            %s/app\n", base)
	if password != "" {
		fmt.Fprintf(w, "Log in with      %s and the password %s, unless it was changed\n", adminEmail, password)
	}
	fmt.Fprintln(w)
	return w.err
}

// officePage is what a browser sees at /app until the Admin answers. It asks again by itself.
const officePage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>Admin</title>
<body style="font: 16px/1.5 system-ui; margin: 20vh auto; max-width: 34em; padding: 0 1em"><h1>One moment</h1><p>%s</p>
<p>The shop is served meanwhile. This page shows the Admin once it is there.</p></body></html>
`

// edge returns the middleware that sends requests to Medusa, behind a page at /app until that answers.
func (o *office) edge(front func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	if o == nil {
		return front
	}
	return func(next http.Handler) http.Handler {
		passed := front(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			state := o.state.Load()
			if state == nil || r.URL.Path != "/app" && !strings.HasPrefix(r.URL.Path, "/app/") {
				passed.ServeHTTP(w, r)
				return
			}
			h := w.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Cache-Control", "no-store")
			h.Set("Retry-After", "3")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, officePage, html.EscapeString(*state))
		})
	}
}
