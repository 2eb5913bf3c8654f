package db

import (
	"context"
	"slices"

	"github.com/storegraph/storegraph/model"
)

// A CartBeginning is what a new cart begins with.
type CartBeginning struct {
	Region         *model.Region                     // with its countries; nil if there is no such region
	CurrencyDigits int                               // of the region's currency
	SalesChannelID string                            // empty if there is no such sales channel
	Addresses      map[string]*model.CartAddress     // of carts
	Saved          map[string]*model.CustomerAddress // of the viewer
}

// BeginCart reads what a new cart begins with: the region, or the store's default if none is named, the sales channel of the
// publishable key or the one named, and addresses by their ids: of other carts, and those that the viewer, a customer, has saved. The sales channel must be one of the key's,
// and must be named if the key has several; a key without any takes the store's default.
func (d DB) BeginCart(ctx context.Context, v *Viewer, region, channel *string, addresses []string) (*CartBeginning, error) {
	var out *CartBeginning
	var refused error
	disabled := ""
	err := d.keyed(ctx, v.Key, true, func(b *batch) {
		out = &CartBeginning{Addresses: map[string]*model.CartAddress{}, Saved: map[string]*model.CustomerAddress{}}
		disabled = ""
		var in *string
		if in, refused = channelOfCart(v.Key, channel); refused != nil {
			return
		}
		b.read(`SELECT `+regionTable.list+`, coalesce((SELECT decimal_digits FROM currency WHERE code = region.currency_code AND deleted_at IS NULL), 2)
FROM region WHERE id = coalesce($1, `+defaultOf("default_region_id")+`) AND deleted_at IS NULL`, []any{region},
			func(c *cursor) { out.Region, out.CurrencyDigits = regionTable.scan(c), c.int() })
		b.read(`SELECT `+countryTable.list+` FROM region_country
WHERE region_id = coalesce($1, `+defaultOf("default_region_id")+`) AND deleted_at IS NULL `+countriesAsMade, []any{region}, func(c *cursor) {
			if country := countryTable.scan(c); out.Region != nil {
				out.Region.Countries = append(out.Region.Countries, country)
			}
		})
		b.read(`SELECT id, name, is_disabled FROM sales_channel WHERE id = coalesce($1, `+defaultOf("default_sales_channel_id")+`) AND deleted_at IS NULL`,
			[]any{in}, func(c *cursor) {
				out.SalesChannelID = c.text()
				if name := c.text(); c.bool() {
					disabled = name
				}
			})
		if len(addresses) > 0 {
			b.read(`SELECT `+cartAddressTable.list+` FROM cart_address a WHERE a.id = ANY($1) AND a.deleted_at IS NULL`, []any{addresses}, func(c *cursor) {
				a := cartAddressTable.scan(c)
				out.Addresses[a.ID] = a
			})
		}
		if v.CustomerID != "" && slices.ContainsFunc(addresses, model.IsSavedAddress) {
			b.read(`SELECT `+customerAddressTable.list+` FROM customer_address WHERE id = ANY($1) AND customer_id = $2 AND deleted_at IS NULL`,
				[]any{addresses, v.CustomerID}, func(c *cursor) {
					a := customerAddressTable.scan(c)
					out.Saved[a.ID] = a
				})
		}
	})
	switch {
	case err != nil:
		return nil, err
	case refused != nil:
		return nil, refused
	case disabled != "":
		return nil, model.Invalid.Because(model.UserErrorCodeSalesChannelInvalid, "salesChannelId").Errorf("Unable to assign cart to disabled Sales Channel: %s", disabled)
	case out.SalesChannelID == "" && channel != nil:
		return nil, model.NotFound.Because(model.UserErrorCodeSalesChannelInvalid, "salesChannelId").Errorf("SalesChannel with id: %s was not found", *channel)
	case out.SalesChannelID == "":
		return nil, errChannelRequired
	}
	return out, nil
}

var errChannelRequired = model.Invalid.Because(model.UserErrorCodeSalesChannelInvalid, "salesChannelId").Errorf("Sales channel is required when creating a cart. " +
	"Either provide a sales channel ID or set the default sales channel for the store.")

// channelOfCart returns the sales channel of a new cart: the one named, or the key's; nil is the store's default.
func channelOfCart(k *Key, named *string) (*string, error) {
	switch channels := k.channels(); {
	case named != nil && len(channels) > 0:
		if _, err := k.scope([]string{*named}); err != nil {
			return nil, &model.Error{Kind: model.Invalid, Code: wrongBody, Reason: model.UserErrorCodeSalesChannelInvalid, Field: []string{"salesChannelId"}, Message: "Sales channel ID in payload " + *named +
				" is not associated with the Publishable API Key in the header."}
		}
	case named == nil && len(channels) > 1:
		return nil, &model.Error{Kind: model.Invalid, Code: wrongBody, Reason: model.UserErrorCodeSalesChannelInvalid, Field: []string{"salesChannelId"}, Message: "Cannot assign sales channel to cart. The Publishable API Key in the " +
			"header has multiple associated sales channels. Please provide a sales channel ID in the request body."}
	case named == nil && len(channels) == 1:
		return &channels[0], nil
	}
	return named, nil
}

// wrongBody is the code of errors that the reference lists as errors of the body.
const wrongBody = "wrong_body"

func defaultOf(column string) string {
	return "(SELECT " + column + " FROM store WHERE deleted_at IS NULL ORDER BY created_at LIMIT 1)"
}

// SalesChannel fails unless the sales channel exists and is not disabled.
func (d DB) SalesChannel(ctx context.Context, id string) error {
	if id == "" {
		return errChannelRequired
	}
	found, disabled := false, ""
	err := d.run(ctx, func(b *batch) {
		found, disabled = false, ""
		b.read(`SELECT name, is_disabled FROM sales_channel WHERE id = $1 AND deleted_at IS NULL`, []any{id}, func(c *cursor) {
			found = true
			if name := c.text(); c.bool() {
				disabled = name
			}
		})
	})
	switch {
	case err != nil:
		return err
	case !found:
		return model.NotFound.Because(model.UserErrorCodeSalesChannelInvalid, "salesChannelId").Errorf("SalesChannel with id: %s was not found", id)
	case disabled != "":
		return model.Invalid.Because(model.UserErrorCodeSalesChannelInvalid, "salesChannelId").Errorf("Unable to assign cart to disabled Sales Channel: %s", disabled)
	}
	return nil
}

// RegionOfCart returns the region with this id, with its countries, for a cart to be bought there, and the digits of its currency.
func (d DB) RegionOfCart(ctx context.Context, id string) (out *model.Region, digits int, err error) {
	err = d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT `+regionTable.list+`, coalesce((SELECT decimal_digits FROM currency WHERE code = region.currency_code AND deleted_at IS NULL), 2)
FROM region WHERE id = $1 AND deleted_at IS NULL`, []any{id}, func(c *cursor) { out, digits = regionTable.scan(c), c.int() })
		b.read(`SELECT `+countryTable.list+` FROM region_country
WHERE region_id = $1 AND deleted_at IS NULL `+countriesAsMade, []any{id}, func(c *cursor) {
			if country := countryTable.scan(c); out != nil {
				out.Countries = append(out.Countries, country)
			}
		})
		b.read(`SELECT `+paymentProviderTable.list+` FROM region_payment_provider l JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL
WHERE l.region_id = $1 AND l.deleted_at IS NULL ORDER BY p.id`, []any{id}, func(c *cursor) {
			if p := paymentProviderTable.scan(c); out != nil {
				out.PaymentProviders = append(out.PaymentProviders, p)
			}
		})
	})
	if err == nil && out == nil {
		err = model.NotFound.Because(model.UserErrorCodeRegionNotFound, "regionId").Errorf("Region id not found: %s", id)
	}
	return out, digits, err
}

// LatestCart returns the id of a customer's latest cart in a region that is no order yet and is not the one that is named, or an
// empty text.
func (d DB) LatestCart(ctx context.Context, customer, region, except string) (string, error) {
	out := ""
	err := d.run(ctx, func(b *batch) {
		out = ""
		b.read(`SELECT id FROM cart WHERE customer_id = $1 AND region_id = $2 AND id <> $3 AND completed_at IS NULL AND deleted_at IS NULL
ORDER BY id DESC LIMIT 1`, []any{customer, region, except}, func(c *cursor) { out = c.text() })
	})
	return out, err
}
