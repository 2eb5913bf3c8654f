package payment

import (
	"context"

	"storegraph/model"
)

// System is the provider for what is paid outside of the shop: by invoice, or in cash. It authorises everything.
type System struct{}

var none = model.JSON("{}")

// Begin has nothing to make ready.
func (System) Begin(context.Context, Request) (Outcome, error) {
	return Outcome{Status: model.PaymentStatusPending, Data: none}, nil
}

// Authorize authorises.
func (System) Authorize(context.Context, Session) (Outcome, error) {
	return Outcome{Status: model.PaymentStatusAuthorized, Data: none}, nil
}

// Capture has nothing to take.
func (System) Capture(context.Context, Session, model.Amount) (model.JSON, error) { return none, nil }

// Refund has nothing to give back.
func (System) Refund(context.Context, Session, model.Amount, string) (model.JSON, error) {
	return none, nil
}

// Void has nothing to let go.
func (System) Void(context.Context, Session) (model.JSON, error) { return none, nil }

// Holder returns the customer by their own id.
func (System) Holder(_ context.Context, c *model.PayingCustomer) (*Holder, error) {
	return &Holder{ID: c.ID, Data: none}, nil
}

// Methods lists none.
func (System) Methods(context.Context, Holder) ([]*model.PaymentMethod, error) { return nil, nil }

// Event fails: nobody tells anything.
func (System) Event(context.Context, Webhook) (Event, error) {
	return Event{}, model.Unauthorized.Errorf("%s tells nothing", SystemID)
}
