package notification

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"storegraph/graph/event"
	"storegraph/graph/webhook"
)

// Webhook hands messages to another server, which sends them: {"type": "notification", "timestamp": …, "data": {"template",
// "to", "subject", "text", "html"}}, signed as the specification of Standard Webhooks says.
type Webhook struct {
	endpoint *webhook.Endpoint
	now      func() time.Time
}

// NewWebhook returns the provider at an endpoint.
func NewWebhook(e *webhook.Endpoint, now func() time.Time) *Webhook { return &Webhook{e, now} }

// Send sends a message to the endpoint.
func (w *Webhook) Send(ctx context.Context, m *Message) error {
	now := w.now()
	body, err := json.Marshal(map[string]any{
		"type": "notification", "timestamp": now.UTC().Format(time.RFC3339),
		"data": map[string]string{"template": m.Template, "to": m.To, "subject": m.Subject, "text": m.Text, "html": m.HTML},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", event.ErrPermanent, err)
	}
	err = w.endpoint.Send(ctx, m.ID, body, now)
	if errors.Is(err, webhook.ErrGone) {
		return fmt.Errorf("%w: %w", event.ErrPermanent, err)
	}
	return err
}

// Log prints messages to the log, secrets and addresses and all. It is for development only.
type Log struct{ Log *slog.Logger }

// Send prints a message.
func (l Log) Send(ctx context.Context, m *Message) error {
	l.Log.InfoContext(ctx, "mail", "to", m.To, "subject", m.Subject, "text", m.Text)
	return nil
}
