package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
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

// EventConfig has the settings of events and mails.
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
			"EVENT_WEBHOOK_URLS", "", "The addresses that every event is sent to, signed, separated by commas.",
			func(c *Config, v string) error { c.Events.WebhookURLs = list(v); return nil },
		},
		text("EVENT_WEBHOOK_SECRET", "", "Signs events: whsec_ and at least 24 bytes in base64. Required with EVENT_WEBHOOK_URLS.",
			func(c *Config) *string { return &c.Events.WebhookSecret }),
		number("EVENT_ATTEMPTS", "15", "How often the delivery of an event is attempted before it becomes a dead letter.",
			func(c *Config) *int { return &c.Events.Attempts }, 1, math.MaxInt32),
		duration("EVENT_KEEP", "168h", "How long delivered events and dead letters are kept.", func(c *Config) *time.Duration { return &c.Events.Keep }),
		text("NOTIFICATION_URL", "",
			"What sends mails: smtp://user:password@host:587, smtps://…, the https:// address of a webhook, log: or off. Empty: log: with the private PostgreSQL, else off.",
			func(c *Config) *string { return &c.Events.NotificationURL }),
		text("NOTIFICATION_FROM", "", "The sender of mails: Name <address>. Required with a mail server.",
			func(c *Config) *string { return &c.Events.NotificationFrom }),
		text("NOTIFICATION_SECRET", "", "Signs the requests to a webhook that sends mails, as EVENT_WEBHOOK_SECRET does.",
			func(c *Config) *string { return &c.Events.NotificationSecret }),
		text("NOTIFICATION_TEMPLATES", "", "A directory of templates that replace those of the mails.",
			func(c *Config) *string { return &c.Events.NotificationTemplates }),
		{
			"STOREFRONT_URL", "http://localhost:8000", "The address of the storefront, for the links in mails.",
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

// list returns the words between commas, without empty ones.
func list(v string) []string {
	var out []string
	for word := range strings.SplitSeq(v, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// dispatcher returns the dispatcher that delivers the events of a database.
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
		DB: d, Destinations: to, Now: time.Now, Log: log, Attempts: c.Attempts, Keep: c.Keep, Observe: a.cfg.observe(log),
	}), nil
}

// observe returns a function that logs the outcome of leased work, for debugging, and counts it if that is configured.
func (c Config) observe(log *slog.Logger) func(work.Observation) {
	return func(o work.Observation) {
		if c.Metrics != nil {
			c.Metrics.Lease(o)
		}
		log.Debug("work", "queue", o.Queue, "destination", o.Destination, "outcome", o.Outcome, "attempt", o.Attempt, "age", o.Age)
	}
}

// sender returns the sender of mails, which is nil if none are sent, and the address that they are from.
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

// shopName returns the name of the shop in mails: the sender's name, or else the host of the storefront.
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

// events lists the deliveries that are pending and the dead letters. With the argument retry it makes dead letters pending again.
func events(ctx context.Context, a *app) (err error) {
	d, err := a.openDatabase(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if len(a.args) > 0 {
		if a.args[0] != "retry" {
			return fmt.Errorf("events takes the argument retry, with ids of events, but got %q", a.args[0])
		}
		n, err := d.ReviveEvents(ctx, a.args[1:], time.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%d events are tried again; events whose secrets were removed cannot be\n", n)
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
