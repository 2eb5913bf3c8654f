package fulfillment

import (
	"context"

	"github.com/storegraph/storegraph/model"
)

// Manual is fulfilment by the merchant. It has flat prices only.
type Manual struct{}

// Validate returns data as it is.
func (Manual) Validate(_ context.Context, _ Option, data model.JSON, _ *Shipment) (model.JSON, error) {
	return data, nil
}

// Price fails: manual fulfilment has flat prices only.
func (Manual) Price(context.Context, Option, model.JSON, *Shipment) (Price, error) {
	return Price{}, model.Invalid.Because(model.UserErrorCodeShippingUnavailable).Errorf("Manual fulfillment does not support price calculation")
}
