package payment

import (
	"context"

	"github.com/storegraph/storegraph/model"
)

// System is payment outside of the shop, by invoice or in cash. It authorises everything.
type System struct{}

var none = model.JSON("{}")

// Begin returns a pending session.
func (System) Begin(context.Context, Request) (Outcome, error) {
	return Outcome{Status: model.PaymentStatusPending, Data: none}, nil
}

// Authorize returns an authorised session.
func (System) Authorize(context.Context, Session) (Outcome, error) {
	return Outcome{Status: model.PaymentStatusAuthorized, Data: none}, nil
}

// Void does nothing.
func (System) Void(context.Context, Session) (model.JSON, error) { return none, nil }

// Capture takes nothing: that is done outside of the shop.
func (System) Capture(context.Context, Session) (Outcome, error) {
	return Outcome{Status: model.PaymentStatusCaptured, Data: none}, nil
}

// Refund does nothing: nothing is taken.
func (System) Refund(context.Context, Session, model.Amount, string) error { return nil }

// Holder returns an account with the customer's own id.
func (System) Holder(_ context.Context, c *model.PayingCustomer) (*Holder, error) {
	return &Holder{ID: c.ID, Data: none}, nil
}

// Methods returns none.
func (System) Methods(context.Context, Holder) ([]*model.PaymentMethod, error) { return nil, nil }

// Event fails: no webhook is sent.
func (System) Event(context.Context, Webhook) (Event, error) {
	return Event{}, model.Unauthorized.Errorf("%s has no webhooks", SystemID)
}
