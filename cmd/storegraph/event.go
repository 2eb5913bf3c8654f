package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"storegraph/db"
	"storegraph/graph/shop/outbox"
	"storegraph/graph/shop/work"
)

// EventConfig is where events and mails go.
type EventConfig struct {
	WebhookURLs   []string
	WebhookSecret string
	Attempts      int
	Keep          time.Duration

	NotificationURL       string
	NotificationFrom      string
	NotificationSecret    string
	NotificationTemplates string
	StorefrontURL         string
}

func eventSettings() []setting {
	return []setting{
		{
			"EVENT_WEBHOOK_URLS", "", "Addresses to which every event is sent, signed, separated by commas.",
			func(c *Config, v string) error { c.Events.WebhookURLs = list(v); return nil },
		},
		{
			"EVENT_WEBHOOK_SECRET", "", "Signs events: whsec_ and at least 24 bytes in base64. Required with EVENT_WEBHOOK_URLS.",
			func(c *Config, v string) error { c.Events.WebhookSecret = v; return nil },
		},
		{
			"EVENT_ATTEMPTS", "15", "How often an event is tried before it is given up.",
			func(c *Config, v string) (err error) { c.Events.Attempts, err = atLeast(v, 1); return err },
		},
		{
			"EVENT_KEEP", "720h", "How long events that were delivered or given up are kept.",
			func(c *Config, v string) (err error) { c.Events.Keep, err = positive(v); return err },
		},
		{
			"NOTIFICATION_URL", "", "What sends mails: smtp://user:password@host:587, smtps://…, the https:// address of a webhook, log: or off. Empty: log: with the private PostgreSQL, else off.",
			func(c *Config, v string) error { c.Events.NotificationURL = v; return nil },
		},
		{
			"NOTIFICATION_FROM", "", "The sender of mails: Name <address>. Required with a mail server.",
			func(c *Config, v string) error { c.Events.NotificationFrom = v; return nil },
		},
		{
			"NOTIFICATION_SECRET", "", "Signs what goes to a webhook that sends mails, as EVENT_WEBHOOK_SECRET.",
			func(c *Config, v string) error { c.Events.NotificationSecret = v; return nil },
		},
		{
			"NOTIFICATION_TEMPLATES", "", "Directory of texts that replace those of the mails.",
			func(c *Config, v string) error { c.Events.NotificationTemplates = v; return nil },
		},
		{
			"STOREFRONT_URL", "http://localhost:8000", "The storefront, to which links in mails lead.",
			func(c *Config, v string) error {
				u, err := url.Parse(v)
				if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
					return errors.New("want an http or https address")
				}
				c.Events.StorefrontURL = strings.TrimSuffix(v, "/")
				return nil
			},
		},
	}
}

// list reads words between commas.
func list(v string) []string {
	var out []string
	for word := range strings.SplitSeq(v, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

func positive(v string) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, errors.New("want a duration, such as 30s or 24h")
	}
	return d, nil
}

// dispatcher returns what delivers the events of a database as the settings say.
func (a *app) dispatcher(d db.DB, log *slog.Logger) (*outbox.Dispatcher, error) {
	c := a.cfg.Events
	var to []outbox.Destination
	sender, from, err := a.sender(log)
	if err != nil {
		return nil, err
	}
	if sender != nil {
		texts, err := outbox.NewTemplates(c.NotificationTemplates)
		if err != nil {
			return nil, fmt.Errorf("NOTIFICATION_TEMPLATES: %w", err)
		}
		to = append(to, outbox.NewMailer(outbox.MailerConfig{
			DB: d, Sender: sender, Templates: texts, Shop: a.shopName(from), Storefront: c.StorefrontURL, Now: time.Now,
		}))
	}
	for _, address := range c.WebhookURLs {
		e, err := outbox.NewEndpoint(address, c.WebhookSecret)
		if err != nil {
			return nil, fmt.Errorf("EVENT_WEBHOOK_URLS and EVENT_WEBHOOK_SECRET: %w", err)
		}
		to = append(to, outbox.NewWebhook(e, time.Now))
	}
	return outbox.NewDispatcher(outbox.Config{
		DB: d, Destinations: to, Now: time.Now, Log: log, Attempts: c.Attempts, Keep: c.Keep, Observe: observe(log),
	}), nil
}

// observe logs what becomes of leased work, for debugging.
func observe(log *slog.Logger) func(work.Observation) {
	return func(o work.Observation) {
		log.Debug("work", "queue", o.Queue, "destination", o.Destination, "outcome", o.Outcome, "attempt", o.Attempt, "age", o.Age)
	}
}

// sender returns what sends mails, nil if nothing does, and whom they are from.
func (a *app) sender(log *slog.Logger) (outbox.Sender, *mail.Address, error) {
	c := a.cfg.Events
	from := &mail.Address{}
	if c.NotificationFrom != "" {
		var err error
		if from, err = mail.ParseAddress(c.NotificationFrom); err != nil {
			return nil, nil, fmt.Errorf("NOTIFICATION_FROM: %w", err)
		}
	}
	address := c.NotificationURL
	if address == "" {
		address = "off"
		if a.cfg.private() {
			address = "log:"
		}
	}
	scheme, _, _ := strings.Cut(address, ":")
	switch scheme {
	case "off":
		return nil, from, nil
	case "log":
		return outbox.MailLog{Log: log}, from, nil
	case "http", "https":
		e, err := outbox.NewEndpoint(address, c.NotificationSecret)
		if err != nil {
			return nil, nil, fmt.Errorf("NOTIFICATION_URL and NOTIFICATION_SECRET: %w", err)
		}
		return outbox.NewMailWebhook(e, time.Now), from, nil
	default:
		if from.Address == "" {
			return nil, nil, errors.New("with a mail server in NOTIFICATION_URL also set NOTIFICATION_FROM")
		}
		p, err := outbox.NewSMTP(address, from)
		if err != nil {
			return nil, nil, fmt.Errorf("NOTIFICATION_URL: %w", err)
		}
		return p, from, nil
	}
}

// shopName is how mails call the shop: as their sender, or else by where it is.
func (a *app) shopName(from *mail.Address) string {
	if from.Name != "" {
		return from.Name
	}
	u, err := url.Parse(a.cfg.Events.StorefrontURL)
	if err != nil {
		return a.cfg.Events.StorefrontURL
	}
	return u.Hostname()
}

// mostDeliveries is how many deliveries the command lists.
const mostDeliveries = 1000

// events lists the deliveries of events that wait or were given up; with retry, those that were given up are tried again.
func events(ctx context.Context, a *app) (err error) {
	d, err := a.openDatabase(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if len(a.args) > 0 {
		if a.args[0] != "retry" {
			return fmt.Errorf("events takes retry and ids of events, not %q", a.args[0])
		}
		n, err := d.ReviveEvents(ctx, a.args[1:], time.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%d events are tried again; those whose secrets have been removed cannot be\n", n)
		return err
	}
	open, err := d.OpenDeliveries(ctx, mostDeliveries)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tEVENT\tSINCE\tDESTINATION\tSTATE\tATTEMPTS\tREASON")
	for _, x := range open {
		state := "due " + x.DueAt.UTC().Format(time.RFC3339)
		if x.DeadAt != nil {
			state = "dead"
			if x.Redacted {
				state = "dead, secrets removed"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", x.EventID, x.Name, x.CreatedAt.UTC().Format(time.RFC3339), cmp.Or(x.Destination, "-"), state, x.Attempts, x.Error)
	}
	return w.Flush()
}
