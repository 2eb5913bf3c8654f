package model

import (
	"encoding/json"
	"strings"
)

// An OrderSummary holds the amounts of a version of an order as a whole: what it costs, what was paid and what is due.
type OrderSummary struct {
	CurrentOrderTotal  Amount // as the order is now
	OriginalOrderTotal Amount // before the last change of the order
	TransactionTotal   Amount // what was paid less what was refunded
	PaidTotal          Amount
	RefundedTotal      Amount
	CreditLineTotal    Amount
	AccountingTotal    Amount
	PendingDifference  Amount // the amount due; if negative, the amount to be refunded

	Stored JSON // the summary as it is stored
}

// StoredSummary returns the summary as it is stored, with the raw values of its amounts; nil if none was loaded. If the order's
// totals are filled, the amount due is the one that they give.
func (o *Order) StoredSummary() JSON {
	switch {
	case o.Summary == nil:
		return nil
	case !o.Totaled:
		return o.Summary.Stored
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(o.Summary.Stored, &all); err != nil {
		return o.Summary.Stored // not an object
	}
	pending := o.Summary.PendingDifference
	all["pending_difference"], all["raw_pending_difference"] = pending.AppendJSON(nil, REST), json.RawMessage(pending.Raw())
	out, err := json.Marshal(all)
	if err != nil {
		return o.Summary.Stored
	}
	return out
}

// ParseOrderSummary reads a summary as it is stored. A missing amount is 0, and a raw value takes precedence over the number
// beside it. It fails if stored is not an object of amounts.
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

// amounts returns the amounts of a summary by the names that they are stored under.
func (s *OrderSummary) amounts() map[string]*Amount {
	return map[string]*Amount{
		"current_order_total": &s.CurrentOrderTotal, "original_order_total": &s.OriginalOrderTotal, "transaction_total": &s.TransactionTotal,
		"paid_total": &s.PaidTotal, "refunded_total": &s.RefundedTotal, "credit_line_total": &s.CreditLineTotal,
		"accounting_total": &s.AccountingTotal, "pending_difference": &s.PendingDifference,
	}
}

// store returns the summary as it is stored: numbers and their raw values.
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
