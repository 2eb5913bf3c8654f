package main

import (
	"encoding/json"
	"strings"

	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/model"
)

// An orderJSON is an order as orders list --json prints it.
type orderJSON struct {
	ID          string            `json:"id"`
	Number      int               `json:"number"`
	PlacedAt    model.Time        `json:"placed_at"`
	Email       *string           `json:"email"`
	Currency    string            `json:"currency"`
	Total       string            `json:"total"`
	Status      model.OrderStatus `json:"status"`
	Payment     string            `json:"payment_status"`
	Fulfillment string            `json:"fulfillment_status"`
	Begun       []begunRefundJSON `json:"begun_refunds"`

	*orderDetailJSON
}

// An orderDetailJSON is what orders show --json prints besides.
type orderDetailJSON struct {
	Lines        []orderLineJSON        `json:"lines"`
	Payments     []orderPaymentJSON     `json:"payments"`
	Transactions []orderTransactionJSON `json:"transactions"`
	Parcels      []orderParcelJSON      `json:"parcels"`
}

type begunRefundJSON struct {
	Payment string     `json:"payment_id"`
	Amount  string     `json:"amount"`
	At      model.Time `json:"begun_at"`
}

type orderLineJSON struct {
	ID        string  `json:"id"`
	Sku       *string `json:"sku"`
	Title     string  `json:"title"`
	Variant   *string `json:"variant_title"`
	Quantity  string  `json:"quantity"`
	Fulfilled string  `json:"fulfilled"`
	Shipped   string  `json:"shipped"`
	Delivered string  `json:"delivered"`
	Total     string  `json:"total"`
}

type orderPaymentJSON struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Amount   string `json:"amount"`
}

type orderTransactionJSON struct {
	Reference *string `json:"reference"`
	ID        *string `json:"reference_id"`
	Amount    string  `json:"amount"`
}

type orderParcelJSON struct {
	ID       string           `json:"id"`
	Provider *string          `json:"provider"`
	State    string           `json:"state"`
	Tracking []string         `json:"tracking"`
	Items    []parcelItemJSON `json:"items"`
}

type parcelItemJSON struct {
	Line     *string `json:"line"`
	Sku      string  `json:"sku"`
	Quantity string  `json:"quantity"`
}

func jsonOfOrder(o *shop.MerchantOrder) orderJSON {
	begun := make([]begunRefundJSON, len(o.Begun))
	for i, r := range o.Begun {
		begun[i] = begunRefundJSON{r.PaymentID, r.Amount.String(), r.At}
	}
	return orderJSON{
		ID: o.ID, Number: o.DisplayID, PlacedAt: o.CreatedAt, Email: o.Email, Currency: strings.ToLower(o.CurrencyCode), Total: o.Total.String(), Status: o.Status,
		Payment: string(o.PaymentStatus), Fulfillment: string(o.FulfillmentStatus), Begun: begun,
	}
}

// ordersAsJSON prints a list of orders.
func (a *app) ordersAsJSON(all []*shop.MerchantOrder) error {
	out := make([]orderJSON, len(all))
	for i, o := range all {
		out[i] = jsonOfOrder(o)
	}
	return a.printJSON(out)
}

// orderAsJSON prints an order with all that orders show shows.
func (a *app) orderAsJSON(o *shop.MerchantOrder) error {
	d := &orderDetailJSON{Lines: []orderLineJSON{}, Payments: []orderPaymentJSON{}, Transactions: []orderTransactionJSON{}, Parcels: []orderParcelJSON{}}
	for _, i := range o.Items {
		d.Lines = append(d.Lines, orderLineJSON{
			ID: i.ID, Sku: i.VariantSku, Title: i.Title, Variant: i.VariantTitle, Quantity: i.Quantity.String(), Fulfilled: i.Detail.FulfilledQuantity.String(),
			Shipped: i.Detail.ShippedQuantity.String(), Delivered: i.Detail.DeliveredQuantity.String(), Total: i.Total.String(),
		})
	}
	for _, c := range o.PaymentCollections {
		for _, p := range c.Payments {
			d.Payments = append(d.Payments, orderPaymentJSON{p.ID, p.ProviderID, p.Amount.String()})
		}
	}
	for _, t := range o.Transactions {
		d.Transactions = append(d.Transactions, orderTransactionJSON{t.Reference, t.ReferenceID, t.Amount.String()})
	}
	for _, f := range o.Fulfillments {
		p := orderParcelJSON{ID: f.ID, Provider: f.ProviderID, State: parcelState(f), Tracking: []string{}, Items: []parcelItemJSON{}}
		for _, l := range f.Labels {
			p.Tracking = append(p.Tracking, l.TrackingNumber)
		}
		for _, i := range f.Items {
			p.Items = append(p.Items, parcelItemJSON{i.LineItemID, i.Sku, i.Quantity.String()})
		}
		d.Parcels = append(d.Parcels, p)
	}
	out := jsonOfOrder(o)
	out.orderDetailJSON = d
	return a.printJSON(out)
}

func (a *app) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(append(text, '\n'))
	return err
}
