package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/storegraph/storegraph/model"
)

// A Webhook is another server that receives every event as {"type": …, "timestamp": …, "data": …}, signed as the specification of
// Standard Webhooks says.
type Webhook struct {
	endpoint *Endpoint
	now      func() time.Time
}

// NewWebhook returns the destination at an endpoint.
func NewWebhook(e *Endpoint, now func() time.Time) *Webhook { return &Webhook{e, now} }

// Name identifies the endpoint without telling its address.
func (w *Webhook) Name() string { return w.endpoint.Name() }

// Deliver sends an event. It is delivered when the receiver answers with a 2xx.
func (w *Webhook) Deliver(ctx context.Context, e *model.Event) error {
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp model.Time      `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{e.Name, model.Time{Time: e.CreatedAt}, json.RawMessage(e.Payload)})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPermanent, err)
	}
	return w.endpoint.Send(ctx, e.ID, body, w.now())
}
