package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// MailWebhook hands mails to another server, which sends them: {"type": "notification", "timestamp": …, "data": {"template", "to",
// "subject", "text", "html"}}, signed as the specification of Standard Webhooks says.
type MailWebhook struct {
	endpoint *Endpoint
	now      func() time.Time
}

// NewMailWebhook returns the sender at an endpoint.
func NewMailWebhook(e *Endpoint, now func() time.Time) *MailWebhook { return &MailWebhook{e, now} }

// Send sends a mail to the endpoint.
func (w *MailWebhook) Send(ctx context.Context, m *Message) error {
	now := w.now()
	body, err := json.Marshal(map[string]any{
		"type": "notification", "timestamp": now.UTC().Format(time.RFC3339),
		"data": map[string]string{"template": m.Template, "to": m.To, "subject": m.Subject, "text": m.Text, "html": m.HTML},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPermanent, err)
	}
	return w.endpoint.Send(ctx, m.ID, body, now)
}

// MailLog prints mails to the log, with secrets and addresses. It is for development only.
type MailLog struct{ Log *slog.Logger }

// Send prints a mail.
func (l MailLog) Send(ctx context.Context, m *Message) error {
	l.Log.InfoContext(ctx, "mail", "to", m.To, "subject", m.Subject, "text", m.Text)
	return nil
}
