package model_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/storegraph/storegraph/model"
)

func TestPaymentStatusOf(t *testing.T) {
	t.Parallel()
	// of is a payment collection of 10; done is what was captured and what was refunded, as far as known.
	of := func(status model.PaymentCollectionStatus, done ...string) *model.OrderPaymentCollection {
		c := &model.OrderPaymentCollection{}
		c.Status, c.Amount = status, model.NewAmount(10)
		for n, to := range []**model.Amount{&c.CapturedAmount, &c.RefundedAmount} {
			if n < len(done) {
				*to = new(model.MustAmount(done[n]))
			}
		}
		return c
	}
	free := of("completed")
	free.Amount = model.Amount{}
	type collections = []*model.OrderPaymentCollection
	for name, tc := range map[string]struct {
		collections collections
		want        model.OrderPaymentStatus
	}{
		"none":                       {nil, "not_paid"},
		"not paid":                   {collections{of("not_paid")}, "not_paid"},
		"awaiting":                   {collections{of("awaiting")}, "awaiting"},
		"authorized":                 {collections{of("authorized", "0", "0")}, "authorized"},
		"one of two authorized":      {collections{of("authorized"), of("not_paid")}, "partially_authorized"},
		"authorized beside canceled": {collections{of("authorized"), of("canceled")}, "authorized"},
		"captured":                   {collections{of("completed", "10", "0")}, "captured"},
		"captured but for a cent":    {collections{of("completed", "9.99", "0")}, "captured"},
		"half captured":              {collections{of("authorized", "5", "0")}, "partially_captured"},
		"one of two captured":        {collections{of("completed", "10"), of("not_paid")}, "partially_captured"},
		"two halves are not a whole": {collections{of("authorized", "5"), of("authorized", "5")}, "partially_captured"},
		"nothing to pay":             {collections{free}, "captured"},
		"refunded":                   {collections{of("completed", "10", "10")}, "refunded"},
		"half refunded":              {collections{of("completed", "10", "4")}, "partially_refunded"},
		"canceled":                   {collections{of("canceled"), of("canceled")}, "canceled"},
		"the customer must act":      {collections{of("requires_action", "10")}, "requires_action"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := model.PaymentStatusOf(tc.collections, 2); got != tc.want {
				t.Errorf("PaymentStatusOf = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestFulfillmentStatusOf(t *testing.T) {
	t.Parallel()
	at := &model.Time{}
	packed := &model.Fulfillment{PackedAt: at}
	shipped := &model.Fulfillment{PackedAt: at, ShippedAt: at}
	delivered := &model.Fulfillment{PackedAt: at, ShippedAt: at, DeliveredAt: at}
	canceled := &model.Fulfillment{PackedAt: at, CanceledAt: at}
	type parcels = []*model.Fulfillment
	for name, tc := range map[string]struct {
		parcels parcels
		whole   bool
		want    model.OrderFulfillmentStatus
	}{
		"none":                       {nil, false, "not_fulfilled"},
		"not yet packed":             {parcels{{}}, true, "not_fulfilled"},
		"packed":                     {parcels{packed}, true, "fulfilled"},
		"packed, but not all":        {parcels{packed}, false, "partially_fulfilled"},
		"one shipped":                {parcels{shipped, packed}, true, "partially_shipped"},
		"shipped":                    {parcels{shipped, shipped}, true, "shipped"},
		"delivered":                  {parcels{delivered, canceled}, true, "delivered"},
		"delivered, but not all":     {parcels{delivered}, false, "partially_delivered"},
		"one delivered, one shipped": {parcels{delivered, shipped}, true, "partially_delivered"},
		"canceled":                   {parcels{canceled, canceled}, false, "canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := model.FulfillmentStatusOf(tc.parcels, tc.whole); got != tc.want {
				t.Errorf("FulfillmentStatusOf = %s, want %s", got, tc.want)
			}
		})
	}
}

// Whatever is requested and received in whatever order, no unit is returned that was not packed, and a refused step changes
// nothing.
func TestReturnedUnits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		packed := rapid.Int64Range(0, 9).Draw(t, "packed")
		o := &model.Order{Items: []*model.OrderItem{{ID: "a", Detail: &model.OrderItemDetail{FulfilledQuantity: model.NewAmount(packed)}}}}
		var requested, received int64
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			n := rapid.Int64Range(1, 5).Draw(t, "units")
			if rapid.Bool().Draw(t, "receive") {
				if err := o.ReceiveReturn("a", model.NewAmount(n)); (err == nil) != (n <= requested) {
					t.Fatalf("receive %d of %d: %v", n, requested, err)
				} else if err == nil {
					requested, received = requested-n, received+n
				}
			} else if err := o.RequestReturn("a", model.NewAmount(n)); (err == nil) != (n <= packed-requested-received) {
				t.Fatalf("request %d of %d, with %d requested and %d received: %v", n, packed, requested, received, err)
			} else if err == nil {
				requested += n
			}
			d := o.Item("a").Detail
			got := fmt.Sprintf("%s requested and %s received", d.ReturnRequestedQuantity, d.ReturnReceivedQuantity)
			if want := fmt.Sprintf("%d requested and %d received", requested, received); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	})
}

// A summary is read as it was stored; the raw values of its amounts take precedence over the doubles.
func TestSummary(t *testing.T) {
	t.Parallel()
	o := &model.Order{Transactions: []*model.OrderTransaction{{Amount: model.MustAmount("30.1")}, {Amount: model.MustAmount("-10.05")}}}
	o.Total = model.MustAmount("25.123456789012345678")
	o.Summarize(model.MustAmount("26"))
	got, err := model.ParseOrderSummary(o.Summary.Stored)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"current": {got.CurrentOrderTotal.String(), "25.123456789012345678"}, "original": {got.OriginalOrderTotal.String(), "26"},
		"paid": {got.PaidTotal.String(), "30.1"}, "refunded": {got.RefundedTotal.String(), "10.05"},
		"transactions": {got.TransactionTotal.String(), "20.05"}, "pending": {got.PendingDifference.String(), "5.073456789012345678"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %s, want %s", name, pair[0], pair[1])
		}
	}
	for _, text := range []string{`{"paid_total":"x"}`, `[]`, `{"raw_paid_total":{"value":"1e9999"}}`} {
		if s, err := model.ParseOrderSummary(model.JSON(text)); err == nil {
			t.Errorf("ParseOrderSummary(%s) = %+v, want an error", text, s)
		}
	}
	o.Summary, o.Totaled = got, true
	got.PendingDifference = model.MustAmount("1.5")
	var stored map[string]json.RawMessage
	if err := json.Unmarshal(o.StoredSummary(), &stored); err != nil {
		t.Fatal(err)
	}
	if string(stored["pending_difference"]) != "1.5" || string(stored["paid_total"]) != "30.1" {
		t.Errorf("StoredSummary = %s, want 1.5 pending, as the totals say, and 30.1 paid", o.StoredSummary())
	}
}
