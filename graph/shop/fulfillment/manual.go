package fulfillment

import (
	"context"

	"storegraph/model"
)

// Manual is the merchant who packs and ships without a program's help. They keep whatever a shopper says, and their prices
// are flat.
type Manual struct{}

// Validate keeps everything.
func (Manual) Validate(_ context.Context, _ Option, data model.JSON, _ *Shipment) (model.JSON, error) {
	return data, nil
}

// Price fails: manual fulfilment has flat prices only.
func (Manual) Price(context.Context, Option, model.JSON, *Shipment) (Price, error) {
	return Price{}, model.Invalid.Errorf("Manual fulfillment does not support price calculation")
}
