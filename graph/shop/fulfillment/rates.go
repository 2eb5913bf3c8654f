package fulfillment

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// Rates is fulfilment at the rates of a table in the option's data:
//
//	{"tax_inclusive": true, "rates": [
//	  {"currency": "eur", "countries": ["de", "at"], "up_to_weight": 2000, "amount": 4.9},
//	  {"currency": "eur", "countries": ["de", "at"], "amount": 7.9, "per_item": 0.5},
//	  {"currency": "eur", "from_total": 100, "amount": 0},
//	  {"currency": "eur", "amount": 19}]}
//
// The first rate that fits the shipment is its price. A condition that a rate does not state fits everything.
type Rates struct{}

type rateTable struct {
	TaxInclusive bool   `json:"tax_inclusive"`
	Rates        []rate `json:"rates"`
}

type rate struct {
	Currency   string       `json:"currency"`
	Countries  []string     `json:"countries"`
	Provinces  []string     `json:"provinces"`
	FromWeight *json.Number `json:"from_weight"`
	UpToWeight *json.Number `json:"up_to_weight"`
	FromTotal  *json.Number `json:"from_total"` // what the goods cost before discounts, without tax
	UpToTotal  *json.Number `json:"up_to_total"`
	FromItems  *json.Number `json:"from_items"`
	UpToItems  *json.Number `json:"up_to_items"`

	Amount    json.Number  `json:"amount"`
	PerItem   *json.Number `json:"per_item"`
	PerWeight *json.Number `json:"per_weight"`
}

// Validate returns data as it is.
func (Rates) Validate(_ context.Context, _ Option, data model.JSON, _ *Shipment) (model.JSON, error) {
	return data, nil
}

// Price returns the price by the first rate that fits, and fails if none does.
func (Rates) Price(_ context.Context, o Option, _ model.JSON, s *Shipment) (Price, error) {
	var t rateTable
	if err := json.Unmarshal(orEmpty(o.Data), &t); err != nil {
		return Price{}, model.Invalid.Because(model.UserErrorCodeShippingUnavailable).Errorf("Shipping option %s has no valid table of rates", o.ID)
	}
	var weight, total, count model.Amount
	for _, i := range s.Items {
		weight, total, count = weight.Plus(i.Weight.Times(i.Quantity)), total.Plus(i.Total), count.Plus(i.Quantity)
	}
	for _, r := range t.Rates {
		fits, err := r.fits(s, weight, total, count)
		if err != nil {
			return Price{}, model.Invalid.Because(model.UserErrorCodeShippingUnavailable).Errorf("Shipping option %s has no valid table of rates", o.ID)
		}
		if !fits {
			continue
		}
		amount, err := r.price(weight, count)
		if err != nil || amount.Sign() < 0 {
			return Price{}, model.Invalid.Because(model.UserErrorCodeShippingUnavailable).Errorf("Shipping option %s has no valid table of rates", o.ID)
		}
		return Price{Amount: amount, TaxInclusive: t.TaxInclusive}, nil
	}
	return Price{}, model.NotAllowed.Because(model.UserErrorCodeShippingUnavailable).Errorf("Shipping option %s has no rate for this cart", o.ID)
}

func orEmpty(j model.JSON) model.JSON {
	if len(j) == 0 {
		return model.JSON("{}")
	}
	return j
}

func (r *rate) fits(s *Shipment, weight, total, count model.Amount) (bool, error) {
	if r.Currency != "" && !strings.EqualFold(r.Currency, s.CurrencyCode) {
		return false, nil
	}
	var to model.CartAddress
	if s.To != nil {
		to = *s.To
	}
	if !among(r.Countries, to.CountryCode) || !among(r.Provinces, to.Province) {
		return false, nil
	}
	for _, bound := range []struct {
		from, upTo *json.Number
		is         model.Amount
	}{{r.FromWeight, r.UpToWeight, weight}, {r.FromTotal, r.UpToTotal, total}, {r.FromItems, r.UpToItems, count}} {
		from, err := amountOf(bound.from)
		if err != nil {
			return false, err
		}
		upTo, err := amountOf(bound.upTo)
		if err != nil {
			return false, err
		}
		if bound.from != nil && bound.is.Less(from) || bound.upTo != nil && upTo.Less(bound.is) {
			return false, nil
		}
	}
	return true, nil
}

// among reports whether the list is empty or has the value, in any case.
func among(list []string, v *string) bool {
	return len(list) == 0 || v != nil && slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, *v) })
}

func (r *rate) price(weight, count model.Amount) (model.Amount, error) {
	amount, err := amountOf(&r.Amount)
	if err != nil {
		return amount, err
	}
	perItem, err := amountOf(r.PerItem)
	if err != nil {
		return amount, err
	}
	perWeight, err := amountOf(r.PerWeight)
	return amount.Plus(perItem.Times(count)).Plus(perWeight.Times(weight)), err
}

// amountOf is a number of a table; none is 0.
func amountOf(n *json.Number) (model.Amount, error) {
	if n == nil {
		return model.Amount{}, nil
	}
	return model.ParseAmount(n.String())
}
