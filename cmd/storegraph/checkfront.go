package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/fulfillment"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model/tax"
)

// frontReport prints which server answers what in a shop: routes, providers, and what the shop has added to Medusa.
func (a *app) frontReport(ctx context.Context, d db.DB) error {
	g, s, err := a.bareShop(d)
	if err != nil {
		return err
	}
	found, err := db.FindExtensions(ctx, d)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	a.reportRoutes(w, s)
	a.reportProviders(w, g, found.Providers)
	a.reportExtensions(w, found)
	return w.Flush()
}

// bareShop returns the Store API without the server around it.
func (a *app) bareShop(d db.DB) (*graph.Server, *shopFront, error) {
	account, err := a.cfg.Auth.account(time.Now)
	if err != nil {
		return nil, nil, err
	}
	g, err := graph.New(graph.Config{
		DB: d, JWTSecret: a.cfg.JWTSecret, CookieSecret: a.cfg.CookieSecret, Tokens: a.cfg.Auth.tokens(), Policy: a.cfg.policy(), Payers: a.cfg.payers(), Account: account,
	})
	if err != nil {
		return nil, nil, err
	}
	s, err := newShopFront(a.cfg, d, g, a.logger())
	return g, s, err
}

// other is the server that answers what this one does not.
func (a *app) other() string {
	if a.cfg.Front.URL == nil {
		return "nobody: set MEDUSA_URL"
	}
	return "Medusa"
}

func (a *app) reportRoutes(w io.Writer, s *shopFront) {
	fmt.Fprintln(w, "\nroute\tanswered by")
	for _, route := range s.store.Routes() {
		by := "storegraph"
		switch {
		case s.medusa != nil && slices.Contains(s.medusa.Named(), route):
			by = "Medusa, by FRONT_ROUTES"
		case strings.Contains(route, "/auth/{provider}/user"), strings.Contains(route, "/auth/{actorType}/providers"):
			by = a.other()
		case strings.Contains(route, " /auth/"):
			by = "storegraph for customers, otherwise " + a.other()
		}
		fmt.Fprintf(w, "%s\t%s\n", route, by)
	}
	fmt.Fprintf(w, "/admin, /app and all other paths\t%s\n", a.other())
	fields := a.other()
	if a.cfg.Front.URL == nil || a.cfg.Front.dropUnknown() {
		fields = "nobody: they are dropped or refused"
	}
	fmt.Fprintf(w, "fields and parameters that storegraph does not know\t%s\n", fields)
}

func (a *app) reportProviders(w io.Writer, g *graph.Server, all []db.Registered) {
	fmt.Fprintln(w, "\nprovider\tanswered by")
	payers, carriers := payment.Providers(a.cfg.payers()), fulfillment.BuiltIn()
	for _, p := range all {
		own := false
		switch p.Kind {
		case "payment":
			own = payers.For(p.ID) != nil
		case "fulfillment":
			own = carriers.For(p.ID) != nil
		case "tax":
			own = p.ID == tax.SystemID
		case "auth":
			own = g.HasAuthProvider(p.ID)
		}
		by := "storegraph"
		if !own {
			by = a.other()
		}
		fmt.Fprintf(w, "%s %s\t%s\n", p.Kind, p.ID, by)
	}
}

// reportExtensions prints what is read through Medusa only: storegraph's schema has none of it.
func (a *app) reportExtensions(w io.Writer, e db.Extensions) {
	fmt.Fprintln(w, "\nof the shop's own\tanswered by")
	by := a.other()
	for _, l := range e.Links {
		fmt.Fprintf(w, "link %s (%s to %s)\t%s\n", l.Table, l.From, l.To, by)
	}
	for _, t := range e.Tables {
		fmt.Fprintf(w, "table %s\t%s\n", t, by)
	}
	for _, c := range e.Columns {
		fmt.Fprintf(w, "column %s\t%s\n", c, by)
	}
	if len(e.Links)+len(e.Tables)+len(e.Columns) == 0 {
		fmt.Fprintln(w, "nothing\t")
	}
}
