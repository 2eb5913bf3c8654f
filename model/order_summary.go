package model

import (
	"encoding/json"
	"strings"
)

// An OrderSummary is what a version of an order comes to: what it costs, what was paid and what is open.
type OrderSummary struct {
	CurrentOrderTotal  Amount // as the order is now
	OriginalOrderTotal Amount // as it was bought
	TransactionTotal   Amount // what was paid less what was paid back
	PaidTotal          Amount
	RefundedTotal      Amount
	CreditLineTotal    Amount
	AccountingTotal    Amount
	PendingDifference  Amount // what is still to be paid; negative: to be paid back

	Stored JSON // the summary as it is stored
}

// StoredSummary is the summary as it is stored, with the exact twins of its amounts. Where the order's totals are filled, what
// is still to be paid is what they say.
func (o *Order) StoredSummary() JSON {
	switch {
	case o.Summary == nil:
		return nil
	case !o.Totaled:
		return o.Summary.Stored
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(o.Summary.Stored, &all); err != nil {
		return o.Summary.Stored // not an object: nothing to say there
	}
	pending := o.Summary.PendingDifference
	all["pending_difference"], all["raw_pending_difference"] = pending.AppendJSON(nil, REST), json.RawMessage(pending.Raw())
	out, err := json.Marshal(all)
	if err != nil {
		return o.Summary.Stored
	}
	return out
}

// ParseOrderSummary reads a summary as it is stored. An amount that it does not name is 0.
func ParseOrderSummary(stored JSON) (*OrderSummary, error) {
	s := &OrderSummary{Stored: stored}
	if len(stored) == 0 {
		return s, nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(stored, &raw); err != nil {
		return nil, err
	}
	for name, to := range s.amounts() {
		var twin struct{ Value string }
		if json.Unmarshal(raw["raw_"+name], &twin) != nil || twin.Value == "" {
			twin.Value = strings.Trim(string(raw[name]), `"`)
		}
		if twin.Value == "" || twin.Value == "null" {
			continue
		}
		a, err := ParseAmount(twin.Value)
		if err != nil {
			return nil, err
		}
		*to = a
	}
	return s, nil
}

// amounts are the amounts of a summary by the names they are stored under.
func (s *OrderSummary) amounts() map[string]*Amount {
	return map[string]*Amount{
		"current_order_total": &s.CurrentOrderTotal, "original_order_total": &s.OriginalOrderTotal, "transaction_total": &s.TransactionTotal,
		"paid_total": &s.PaidTotal, "refunded_total": &s.RefundedTotal, "credit_line_total": &s.CreditLineTotal,
		"accounting_total": &s.AccountingTotal, "pending_difference": &s.PendingDifference,
	}
}

// store is the summary as it is stored: numbers, and their exact twins.
func (s *OrderSummary) store() JSON {
	all := map[string]json.RawMessage{}
	for name, a := range s.amounts() {
		all[name], all["raw_"+name] = a.AppendJSON(nil, REST), json.RawMessage(a.Raw())
	}
	out, err := json.Marshal(all)
	if err != nil {
		panic(err) // numbers always marshal
	}
	return out
}
