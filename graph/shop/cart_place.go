package shop

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// A place is one of a cart's addresses in an input, by the name of its field; what takes an id has that name and Id.
type place string

const (
	shippingAddress place = "shippingAddress"
	billingAddress  place = "billingAddress"
)

// column is the column of the address's id.
func (p place) column() string { return strings.Replace(string(p), "Address", "_address_id", 1) }

// id is the field that takes the id of an address.
func (p place) id() string { return string(p) + "Id" }

// begun is the address that a new cart begins with: what is given, or the one that is named, which the viewer has saved or another cart
// has.
func begun(ctx context.Context, begin *db.CartBeginning, in *model.CartAddressInput, id model.Optional[*string], at place, now time.Time) (*model.CartAddress, error) {
	if in != nil {
		return &model.CartAddress{
			ID: model.NewID("caaddr", now), Company: in.Company.Value(), FirstName: in.FirstName.Value(), LastName: in.LastName.Value(),
			Address1: in.Address1.Value(), Address2: in.Address2.Value(), City: in.City.Value(), CountryCode: in.CountryCode.Value(),
			Province: in.Province.Value(), PostalCode: in.PostalCode.Value(), Phone: in.Phone.Value(), Metadata: in.Metadata.Value(),
		}, complete(ctx, in.Address1.Value(), in.CountryCode.Value(), string(at))
	}
	if value(id.Value()) == "" {
		return nil, nil //nolint:nilnil // a cart without an address
	}
	if a := begin.Saved[*id.Value()]; a != nil {
		return copied(a, now), nil
	}
	if a := begin.Addresses[*id.Value()]; a != nil {
		return a, nil
	}
	return nil, model.NotFound.Because(model.UserErrorCodeAddressNotFound, at.id()).
		Errorf("You tried to set relationship %s: %s, but such entity does not exist", at.column(), *id.Value())
}

// copied is an address that a customer has saved as one of a cart.
func copied(a *model.CustomerAddress, now time.Time) *model.CartAddress {
	return &model.CartAddress{
		ID: model.NewID("caaddr", now), CustomerID: &a.CustomerID, Company: a.Company, FirstName: a.FirstName, LastName: a.LastName,
		Address1: a.Address1, Address2: a.Address2, City: a.City, CountryCode: a.CountryCode, Province: a.Province, PostalCode: a.PostalCode,
		Phone: a.Phone, Metadata: a.Metadata,
	}
}

// complete fails unless an address, which is at a path of the input, has a street and a country. Over REST it may lack either, as in the
// reference.
func complete(ctx context.Context, street, country *string, at ...string) error {
	switch {
	case model.DialectOf(ctx) == model.REST:
	case strings.TrimSpace(value(street)) == "":
		return model.Invalid.Because(model.UserErrorCodeAddressIncomplete, append(at, "address1")...).Errorf("The address has no street")
	case value(country) == "":
		return model.Invalid.Because(model.UserErrorCodeCountryRequired, append(at, "countryCode")...).Errorf("The address has no country")
	}
	return nil
}

// updatePlace changes where a cart is bought, shipped to and billed to.
func (ch *cartChange) updatePlace(ctx context.Context, in model.UpdateCartInput) error {
	moved, err := ch.updateRegion(ctx, value(in.RegionID.Value()))
	if err != nil {
		return err
	}
	country, err := ch.updateShippingAddress(ctx, in)
	if err != nil {
		return err
	}
	if moved {
		ch.leaveBehind(country)
	}
	billing, err := ch.addressNamed(ctx, value(in.BillingAddressID.Value()), billingAddress)
	if err != nil {
		return err
	}
	c := ch.cart
	if given := in.BillingAddress.Value(); given != nil {
		return ch.updateAddress(ctx, &c.BillingAddress, &c.BillingAddressID, given, billingAddress)
	}
	if billing != nil {
		c.BillingAddress, c.BillingAddressID = billing, &billing.ID
	}
	return nil
}

// updateRegion changes the region, if one is given, and reports whether it is another one.
func (ch *cartChange) updateRegion(ctx context.Context, id string) (moved bool, err error) {
	if id == "" {
		return false, nil
	}
	c := ch.cart
	region, digits, err := ch.tx.RegionOfCart(ctx, id)
	if err != nil {
		return false, err
	}
	c.CurrencyDigits = digits
	moved = c.RegionID == nil || *c.RegionID != region.ID
	c.Region, c.RegionID, c.CurrencyCode, ch.reprice = region, &region.ID, region.CurrencyCode, true
	return moved, nil
}

// updateShippingAddress changes the shipping address, if one is given, and returns the country that is given.
func (ch *cartChange) updateShippingAddress(ctx context.Context, in model.UpdateCartInput) (country string, err error) {
	c, before := ch.cart, value(ch.cart.ShippingAddress)
	given := in.ShippingAddress.Value()
	if given != nil {
		country = value(given.CountryCode.Value())
		if err := ch.ships(country, string(shippingAddress), "countryCode"); err != nil {
			return "", err
		}
		ch.reprice = ch.reprice || taxesMove(before, given)
		return country, ch.updateAddress(ctx, &c.ShippingAddress, &c.ShippingAddressID, given, shippingAddress)
	}
	a, err := ch.addressNamed(ctx, value(in.ShippingAddressID.Value()), shippingAddress)
	if err != nil || a == nil {
		return "", err
	}
	country = value(a.CountryCode)
	if err := ch.ships(country, shippingAddress.id()); err != nil {
		return "", err
	}
	c.ShippingAddress, c.ShippingAddressID, ch.reprice = a, &a.ID, true
	return country, nil
}

// ships fails if the cart's region does not have a country.
func (ch *cartChange) ships(country string, at ...string) error {
	r := ch.cart.Region
	if country == "" || r != nil && slices.ContainsFunc(r.Countries, func(k *model.Country) bool { return k.Iso2 == country }) {
		return nil
	}
	name := ""
	if r != nil {
		name = r.Name
	}
	return model.Invalid.Because(model.UserErrorCodeCountryNotInRegion, at...).Errorf("Country with code %s is not within region %s", country, name)
}

// leaveBehind takes from a cart that has come to another region what means nothing there. country is that of a shipping address which
// was given at the same time.
func (ch *cartChange) leaveBehind(country string) {
	c := ch.cart
	had := c.ShippingAddress != nil
	switch {
	case len(c.Region.Countries) == 1:
		c.ShippingAddress = &model.CartAddress{ID: model.NewID("caaddr", ch.now), CountryCode: &c.Region.Countries[0].Iso2}
		c.ShippingAddressID = &c.ShippingAddress.ID
	case country == "":
		c.ShippingAddress, c.ShippingAddressID = nil, nil
	default:
		had = false
	}
	if had {
		ch.warn(model.CartWarning{Code: model.CartWarningCodeShippingAddressRemoved, Message: "The shipping address is not in the region " + c.Region.Name})
	}
	// A price that the merchant set in another currency, or with other taxes, means nothing here.
	c.Items = slices.DeleteFunc(c.Items, func(i *model.LineItem) bool {
		if i.IsCustomPrice {
			units, none := i.Quantity, 0
			ch.warn(model.CartWarning{
				Code: model.CartWarningCodeLineRemoved, Message: i.Title + " has a price that was set for the region before", LineID: &i.ID, VariantID: i.VariantID,
				RequestedQuantity: &units, AcceptedQuantity: &none,
			})
		}
		return i.IsCustomPrice
	})
	ch.writes.Event("cart.region_updated", map[string]string{"id": c.ID})
}

// addressNamed returns a copy of the address with an id: one that the viewer, a customer, has saved, or one of the cart's. It is nil for an
// empty id.
func (ch *cartChange) addressNamed(ctx context.Context, id string, at place) (*model.CartAddress, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // none is named
	}
	unknown := model.NotFound.Because(model.UserErrorCodeAddressNotFound, at.id()).Errorf("Address with id %q not found", id)
	v := auth.Viewer(ctx)
	if model.IsSavedAddress(id) && v.CustomerID != "" {
		a, err := ch.tx.CustomerAddress(ctx, v, id)
		if errors.Is(err, model.NotFound) {
			return nil, unknown
		}
		if err != nil {
			return nil, err
		}
		return copied(a, ch.now), nil
	}
	for _, a := range []*model.CartAddress{ch.cart.ShippingAddress, ch.cart.BillingAddress} {
		if a != nil && a.ID == id {
			out := *a
			out.ID, out.CreatedAt, out.UpdatedAt = model.NewID("caaddr", ch.now), model.Time{}, model.Time{}
			return &out, nil
		}
	}
	return nil, unknown
}

// taxesMove reports whether an address differs from the one before in what taxes may depend on.
func taxesMove(before model.CartAddress, in *model.UpdateCartAddressInput) bool {
	differs := func(v model.Optional[*string], was *string) bool {
		return v.IsSet() && (v.Value() == nil) != (was == nil) || value(v.Value()) != value(was) && v.IsSet()
	}
	id := in.ID.Value()
	return id != nil && *id != before.ID || differs(in.CountryCode, before.CountryCode) || differs(in.Province, before.Province) ||
		differs(in.PostalCode, before.PostalCode) || differs(in.City, before.City)
}

// updateAddress puts a new address in the place of a cart's, or changes it if it is named.
func (ch *cartChange) updateAddress(ctx context.Context, address **model.CartAddress, id **string, in *model.UpdateCartAddressInput, at place) error {
	a := &model.CartAddress{ID: model.NewID("caaddr", ch.now)}
	if named := in.ID.Value(); named != nil {
		if *address == nil || (*address).ID != *named {
			return model.NotFound.Because(model.UserErrorCodeAddressNotFound, string(at), "id").Errorf("Address with id %q not found", *named)
		}
		copied := **address
		a = &copied
	}
	for _, f := range []struct {
		v    model.Optional[*string]
		into **string
	}{
		{in.Company, &a.Company},
		{in.FirstName, &a.FirstName},
		{in.LastName, &a.LastName},
		{in.Address1, &a.Address1},
		{in.Address2, &a.Address2},
		{in.City, &a.City},
		{in.CountryCode, &a.CountryCode},
		{in.Province, &a.Province},
		{in.PostalCode, &a.PostalCode},
		{in.Phone, &a.Phone},
	} {
		if f.v.IsSet() {
			*f.into = f.v.Value()
		}
	}
	if in.Metadata.IsSet() {
		a.Metadata = model.MergeMetadata(a.Metadata, in.Metadata.Value())
	}
	*address, *id = a, &a.ID
	return complete(ctx, a.Address1, a.CountryCode, string(at))
}
