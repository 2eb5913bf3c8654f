package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/model"
)

// Run lists orders, the youngest first.
func (c *orderListCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error {
		all, err := s.OrderList(ctx, db.OrderQuery{Status: c.Status, Email: c.Email, Limit: c.Limit, Offset: c.Offset})
		if err != nil {
			return err
		}
		if c.JSON {
			return a.ordersAsJSON(all)
		}
		return a.listOrders(all)
	})
}

// Run shows an order.
func (c *orderShowCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error {
		o, err := s.MerchantOrder(ctx, c.Order)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.orderAsJSON(o)
		}
		return a.showOrder(o)
	})
}

// Run puts units of an order into a parcel.
func (c *orderFulfilCommand) Run(ctx context.Context, a *app) error {
	var lines []shop.FulfilLine
	for _, word := range c.Lines {
		line, text, _ := strings.Cut(word, "=")
		quantity, err := model.ParseAmount(text)
		if err != nil || !quantity.IsInteger() {
			return fmt.Errorf("%q is no line with a whole number of units, such as SHIRT-M=2", word)
		}
		lines = append(lines, shop.FulfilLine{Line: line, Quantity: quantity})
	}
	return a.withShop(ctx, func(s *shop.Shop) error {
		id, err := s.FulfilOrder(ctx, shop.Parcel{Order: c.Order, Lines: lines, LocationID: c.Location})
		return a.say(err, "Fulfilled as %s.\n", id)
	})
}

// Run captures what was authorised for an order.
func (c *orderCaptureCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error {
		taken, err := s.CapturePayment(ctx, c.Order)
		return a.say(err, "Captured %s.\n", taken)
	})
}

// Run gives money back that was captured for an order.
func (c *orderRefundCommand) Run(ctx context.Context, a *app) error {
	amount, err := model.ParseAmount(c.Amount)
	if err != nil {
		return err
	}
	return a.withShop(ctx, func(s *shop.Shop) error {
		return a.say(s.RefundOrder(ctx, c.Order, amount), "Refunded %s.\n", amount)
	})
}

// Run cancels an order.
func (c *orderCancelCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error { return a.say(s.CancelOrder(ctx, c.Order), "Cancelled.\n") })
}

// Run notes that a parcel is on its way.
func (c *orderShipCommand) Run(ctx context.Context, a *app) error {
	if len(c.Tracking) != 1 && c.TrackingURL+c.LabelURL != "" {
		return errors.New("--tracking-url and --label-url belong to one tracking number: give it by --tracking")
	}
	in := shop.Shipment{Order: c.Order, Parcel: c.Parcel}
	for _, number := range c.Tracking {
		// Medusa's admin writes # for what there is not.
		in.Labels = append(in.Labels, model.FulfillmentLabel{TrackingNumber: number, TrackingURL: cmp.Or(c.TrackingURL, "#"), LabelURL: cmp.Or(c.LabelURL, "#")})
	}
	return a.withShop(ctx, func(s *shop.Shop) error {
		id, err := s.ShipParcel(ctx, in)
		return a.say(err, "Shipped %s.\n", id)
	})
}

// Run notes that a parcel has arrived.
func (c *orderDeliverCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error {
		id, err := s.DeliverParcel(ctx, c.Order, c.Parcel)
		return a.say(err, "Delivered %s.\n", id)
	})
}

// Run cancels a parcel.
func (c *orderCancelParcelCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error {
		id, err := s.CancelParcel(ctx, c.Order, c.Parcel)
		return a.say(err, "Cancelled %s.\n", id)
	})
}

// Run notes that an order is done.
func (c *orderCompleteCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error { return a.say(s.CompleteOrder(ctx, c.Order), "Completed.\n") })
}

// Run puts an order away.
func (c *orderArchiveCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error { return a.say(s.ArchiveOrder(ctx, c.Order), "Archived.\n") })
}

// say prints what was done, unless that failed.
func (a *app) say(err error, format string, args ...any) error {
	if err == nil {
		_, err = fmt.Fprintf(a.stdout, format, args...)
	}
	return err
}

func (a *app) listOrders(all []*shop.MerchantOrder) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tPLACED\tE-MAIL\tTOTAL\tSTATUS\tPAYMENT\tFULFILMENT\tID")
	for _, o := range all {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s %s\t%s\t%s\t%s\t%s\n", o.DisplayID, o.CreatedAt.UTC().Format(time.DateTime), deref(o.Email), o.Total.Round(4), strings.ToUpper(o.CurrencyCode),
			o.Status, o.PaymentStatus, o.FulfillmentStatus, o.ID)
	}
	for _, o := range all {
		for _, r := range o.Begun {
			fmt.Fprintf(w, "\nOrder %d: a refund of %s was begun at %s and not ended. If the command that began it does not run any more, run it again: it is given back once.\n",
				o.DisplayID, r.Amount, r.At.UTC().Format(time.DateTime))
		}
	}
	return w.Flush()
}

func deref(s *string) string { return cmp.Or(valueOf(s), "-") }

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (a *app) showOrder(o *shop.MerchantOrder) error {
	if err := a.listOrders([]*shop.MerchantOrder{o}); err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nLINE\tSKU\tTITLE\tQUANTITY\tFULFILLED\tTOTAL")
	for _, i := range o.Items {
		title := i.Title
		if v := valueOf(i.VariantTitle); v != "" {
			title += ", " + v
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, deref(i.VariantSku), title, i.Quantity, i.Detail.FulfilledQuantity, i.Total.Round(4))
	}
	for _, m := range o.ShippingMethods {
		fmt.Fprintf(w, "%s\t\t%s\t\t\t%s\n", m.ID, m.Name, m.Total.Round(4))
	}
	for _, c := range o.PaymentCollections {
		for _, p := range c.Payments {
			fmt.Fprintf(w, "\nPAYMENT\t%s\t%s\t%s\n", p.ID, p.ProviderID, p.Amount)
		}
	}
	for _, t := range o.Transactions {
		fmt.Fprintf(w, "%s\t%s\t\t%s\n", strings.ToUpper(valueOf(t.Reference)), valueOf(t.ReferenceID), t.Amount)
	}
	for _, f := range o.Fulfillments {
		fmt.Fprintf(w, "\nPARCEL\t%s\t%s\t%s\n", f.ID, valueOf(f.ProviderID), parcelState(f))
		for _, l := range f.Labels {
			fmt.Fprintf(w, "TRACKING\t%s\t%s\n", l.TrackingNumber, l.TrackingURL)
		}
		for _, i := range f.Items {
			fmt.Fprintf(w, "\t%s\t%s\t%s\n", i.Sku, i.Title, i.Quantity)
		}
	}
	return w.Flush()
}

// parcelState says how far a parcel has come.
func parcelState(f *model.Fulfillment) string {
	switch {
	case f.CanceledAt != nil:
		return "cancelled"
	case f.DeliveredAt != nil:
		return "delivered"
	case f.ShippedAt != nil:
		return "shipped"
	}
	return "packed"
}
