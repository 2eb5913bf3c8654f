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

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/outbox"
	"github.com/storegraph/storegraph/graph/shop/work"
)

// EventConfig has the settings of events and mails.
type EventConfig struct {
	WebhookURLs   []string      `var:"EVENT_WEBHOOK_URLS" name:"event-webhook-urls" type:"list" secret:"" placeholder:"URLS" help:"The addresses that every event is sent to, signed, separated by commas."`
	WebhookSecret string        `var:"EVENT_WEBHOOK_SECRET" name:"event-webhook-secret" secret:"" help:"Signs events: whsec_ and at least 24 bytes in base64. Required with EVENT_WEBHOOK_URLS."`
	Attempts      int           `var:"EVENT_ATTEMPTS" name:"event-attempts" default:"15" min:"1" max:"2147483647" help:"How often the delivery of an event is attempted before it becomes a dead letter."`
	Keep          time.Duration `var:"EVENT_KEEP" name:"event-keep" default:"168h" help:"How long delivered events and dead letters are kept."`

	NotificationURL       string `var:"NOTIFICATION_URL" secret:"" placeholder:"URL" help:"What sends mails: smtp://user:password@host:587, smtps://…, the https:// address of a webhook, log: or off. Empty: log: with the private PostgreSQL, else off."`
	NotificationFrom      string `var:"NOTIFICATION_FROM" help:"The sender of mails: Name <address>. Required with a mail server."`
	NotificationSecret    string `var:"NOTIFICATION_SECRET" secret:"" help:"Signs the requests to a webhook that sends mails, as EVENT_WEBHOOK_SECRET does."`
	NotificationTemplates string `var:"NOTIFICATION_TEMPLATES" placeholder:"DIR" predictor:"dir" help:"A directory of templates that replace those of the mails."`
	StorefrontURL         string `var:"STOREFRONT_URL" name:"storefront-url" type:"address" default:"http://localhost:8000" help:"The address of the storefront, for the links in mails."`
}

// check fails if there is no way to a receiver of events or mails.
func (c EventConfig) check() error {
	a := &app{cfg: Config{Events: c, DatabaseURL: "any"}}
	_, err := a.destinations(db.DB{}, slog.New(slog.DiscardHandler))
	if dir := c.NotificationTemplates; dir != "" {
		if info, statErr := os.Stat(dir); statErr != nil || !info.IsDir() {
			err = errors.Join(err, fmt.Errorf("NOTIFICATION_TEMPLATES=%q: want a directory", dir))
		}
	}
	return err
}

// dispatcher returns the dispatcher that delivers the events of a database.
func (a *app) dispatcher(d db.DB, log *slog.Logger) (*outbox.Dispatcher, error) {
	to, err := a.destinations(d, log)
	if err != nil {
		return nil, err
	}
	c := a.cfg.Events
	return outbox.NewDispatcher(outbox.Config{
		DB: d, Destinations: to, Now: time.Now, Log: log, Attempts: c.Attempts, Keep: c.Keep, Observe: a.cfg.observe(log), Tracer: a.cfg.tracer(),
	}), nil
}

// destinations returns where events and mails go. The error names all settings that are wrong.
func (a *app) destinations(d db.DB, log *slog.Logger) ([]outbox.Destination, error) {
	c := a.cfg.Events
	var to []outbox.Destination
	sender, from, wrong := a.sender(log)
	texts, err := outbox.NewTemplates(c.NotificationTemplates)
	if err != nil {
		wrong = errors.Join(wrong, fmt.Errorf("NOTIFICATION_TEMPLATES: %w", err))
	}
	if sender != nil {
		to = append(to, outbox.NewMailer(outbox.MailerConfig{
			DB: d, Sender: sender, Templates: texts, Shop: a.shopName(from), Storefront: c.StorefrontURL, Now: time.Now,
		}))
	}
	for _, address := range c.WebhookURLs {
		e, err := outbox.NewEndpoint(address, c.WebhookSecret)
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("EVENT_WEBHOOK_URLS and EVENT_WEBHOOK_SECRET: %w", err))
			continue
		}
		to = append(to, outbox.NewWebhook(e, time.Now))
	}
	return to, wrong
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

// openEvents opens the database, and logs beside what is printed.
func (a *app) openEvents(ctx context.Context) (*database, error) {
	return a.openAnswering(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

// Run makes dead letters pending again: those with the ids, or all.
func (c *retryCommand) Run(ctx context.Context, a *app) (err error) {
	d, err := a.openEvents(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	n, err := d.ReviveEvents(ctx, c.IDs, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%d events are tried again; events whose secrets were removed cannot be\n", n)
	return err
}

// Run lists the deliveries that are pending and the dead letters.
func (*lettersCommand) Run(ctx context.Context, a *app) (err error) {
	d, err := a.openEvents(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
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
