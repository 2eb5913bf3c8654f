package shop

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// CreateCart begins a cart and returns it with what is wanted of it. Of a customer who is logged in it is theirs.
func (s *Shop) CreateCart(ctx context.Context, in model.CreateCartInput, want db.Want) (*model.CartPayload, error) {
	items := in.Items.Value()
	if len(items) > model.MaxCartLines {
		return nil, model.Invalid.Because(model.UserErrorCodeLimitExceeded, "items").Errorf("a cart begins with at most %d lines", model.MaxCartLines)
	}
	return s.createCart(ctx, in, items, func(ch *cartChange) error { return ch.add(items, false) }, want)
}

// createCart begins a cart, in which add puts lines of what is named, and returns it with what is wanted of it.
func (s *Shop) createCart(ctx context.Context, in model.CreateCartInput, named []*model.LineItemInput, add func(ch *cartChange) error, want db.Want) (*model.CartPayload, error) {
	email := in.Email.Value()
	if err := validEmail(email); err != nil {
		return nil, err
	}
	var shared []string
	for _, id := range []*string{in.ShippingAddressID.Value(), in.BillingAddressID.Value()} {
		if id != nil {
			shared = append(shared, *id)
		}
	}
	viewer := auth.Viewer(ctx)
	begin, err := s.DB.BeginCart(ctx, viewer, in.RegionID.Value(), in.SalesChannelID.Value(), shared)
	if err != nil {
		return nil, err
	}
	codes, variants := in.PromoCodes.Value(), make([]string, len(named))
	for n := range named {
		variants[n] = named[n].VariantID
	}
	var ch *cartChange
	err = s.inTx(ctx, func(tx db.DB) error {
		cart, err := newCart(ctx, begin, in, s.Now())
		if err != nil {
			return err
		}
		ch = s.begin(tx, cart, db.Image(nil))
		ch.codes, ch.typed = slices.Clone(codes), codes
		if err := ch.ownedBy(ctx, viewer.CustomerID, email); err != nil {
			return err
		}
		if err := ch.learn(ctx, incoming{variants: variants, codes: codes}); err != nil {
			return err
		}
		if err := ch.asked(); err != nil {
			return err
		}
		if err := add(ch); err != nil {
			return err
		}
		if err := s.settle(ctx, ch); err != nil {
			return err
		}
		ch.writes.Event("cart.created", map[string]string{"id": cart.ID})
		return ch.writes.Send(ctx)
	})
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, ch, want)
}

// ownedBy finds whom a new cart belongs to.
func (ch *cartChange) ownedBy(ctx context.Context, customer string, email *string) error {
	if err := ch.owner(ctx, customer, customer, email); err != nil {
		return err
	}
	if u := ch.cart.Customer; u != nil {
		ch.cart.CustomerID = &u.ID
		if ch.cart.Email == nil {
			ch.cart.Email = u.Email
		}
	}
	return nil
}

// newCart is the cart that somebody begins, without lines.
func newCart(ctx context.Context, begin *db.CartBeginning, in model.CreateCartInput, now time.Time) (*model.Cart, error) {
	region := begin.Region
	if region == nil {
		return nil, model.NotFound.Because(model.UserErrorCodeRegionNotFound, "regionId").Errorf("No regions found")
	}
	if c := in.CurrencyCode.Value(); c != nil && *c != "" && !strings.EqualFold(*c, region.CurrencyCode) {
		return nil, model.Invalid.Because(model.UserErrorCodeCurrencyMismatch, "currencyCode").Errorf("Currency code %s does not match the region's currency code %s", *c, region.CurrencyCode)
	}
	cart := &model.Cart{
		ID: model.NewID("cart", now), RegionID: &region.ID, Region: region, SalesChannelID: &begin.SalesChannelID, Email: in.Email.Value(),
		CurrencyCode: region.CurrencyCode, CurrencyDigits: begin.CurrencyDigits, Locale: language(in.Locale.Value()), Metadata: in.Metadata.Value(),
	}
	var err error
	if cart.ShippingAddress, err = begun(ctx, begin, in.ShippingAddress.Value(), in.ShippingAddressID, shippingAddress, now); err != nil {
		return nil, err
	}
	if cart.BillingAddress, err = begun(ctx, begin, in.BillingAddress.Value(), in.BillingAddressID, billingAddress, now); err != nil {
		return nil, err
	}
	if cart.ShippingAddress == nil && len(region.Countries) == 1 {
		cart.ShippingAddress = &model.CartAddress{ID: model.NewID("caaddr", now), CountryCode: &region.Countries[0].Iso2}
	}
	if a := cart.ShippingAddress; a != nil {
		cart.ShippingAddressID = &a.ID
	}
	if a := cart.BillingAddress; a != nil {
		cart.BillingAddressID = &a.ID
	}
	return cart, nil
}

func validEmail(email *string) error {
	if email == nil || model.IsEmail(*email) {
		return nil
	}
	return model.Invalid.Because(model.UserErrorCodeEmailInvalid, "email").Errorf("Invalid request: Invalid email address")
}

// owner finds whom the cart belongs to: the customer with an id, if one is given, unless they are a guest and the e-mail
// address is another's; else the customer with that address, of whom a guest is made if there is none. The viewer is the
// signed-in customer, empty for a guest.
func (ch *cartChange) owner(ctx context.Context, viewer, id string, email *string) error {
	before := ch.cart.Customer
	ch.cart.Customer = nil
	if id != "" {
		u, err := ch.tx.CartCustomer(ctx, id)
		if err != nil {
			return err
		}
		ch.cart.Customer = u
	}
	if email == nil || *email == "" {
		ch.prove(before, viewer)
		return nil
	}
	address := model.FoldEmail(*email)
	u := ch.cart.Customer
	if u == nil {
		known, err := ch.tx.CartCustomersByEmail(ctx, address)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			u = known[0]
		}
	}
	if u != nil && !u.HasAccount && value(u.Email) != address {
		u = nil
	}
	if u == nil {
		var err error
		if u, err = ch.tx.Guest(ctx, address, ch.now); err != nil {
			return err
		}
	}
	ch.cart.Customer = u
	ch.prove(before, viewer)
	return nil
}

// prove notes how the cart has come by its customer: as it came by the same one before, by the customer's being signed in, or by
// the e-mail address.
func (ch *cartChange) prove(before *model.CartCustomer, viewer string) {
	u := ch.cart.Customer
	switch {
	case u == nil:
		return
	case viewer != "" && u.ID == viewer:
		u.Proof = model.ProofSignedIn
	case before != nil && before.ID == u.ID:
		u.Proof = before.Proof
	default:
		u.Proof = model.ProofTyped
	}
	if before == nil || before.ID != u.ID || before.Proof != u.Proof {
		ch.writes.CartOwner(ch.cart)
	}
}

// asked fails unless there is a promotion of each code that was typed. From then on the cart has the codes as they are spelled.
func (ch *cartChange) asked() error {
	for n, code := range ch.typed {
		if ch.facts.Codes[code] == "" {
			return model.Invalid.Because(model.UserErrorCodePromotionNotFound, promoCodes, strconv.Itoa(n)).Errorf("The promotion code %s is invalid", code)
		}
	}
	for n, code := range ch.codes {
		if spelled := ch.facts.Codes[code]; spelled != "" {
			ch.codes[n] = spelled
		}
	}
	return nil
}

// promoCodes is the field of inputs that has the codes of promotions.
const promoCodes = "promoCodes"

// UpdateCart changes a cart: where it is bought, shipped to and billed to, by whom, and with which promotions.
func (s *Shop) UpdateCart(ctx context.Context, in model.UpdateCartInput, want db.Want) (*model.CartPayload, error) {
	if err := validEmail(in.Email.Value()); err != nil {
		return nil, err
	}
	codes := in.PromoCodes.Value()
	return s.changeCart(ctx, in.CartID, want, incoming{codes: codes}, func(ch *cartChange) error {
		if in.PromoCodes.IsSet() {
			ch.codes, ch.typed = slices.Clone(codes), codes
		}
		if err := ch.updateHeader(ctx, in); err != nil {
			return err
		}
		return ch.updatePlace(ctx, in)
	}, (*cartChange).asked)
}

// updateHeader changes what says of a cart by whom and through what it is bought.
func (ch *cartChange) updateHeader(ctx context.Context, in model.UpdateCartInput) error {
	c := ch.cart
	if channel := in.SalesChannelID.Value(); channel != nil && *channel != value(c.SalesChannelID) {
		if err := ch.tx.SalesChannel(ctx, *channel); err != nil {
			return err
		}
		c.SalesChannelID = channel
	}
	if in.Email.IsSet() {
		email := in.Email.Value()
		wanted := email
		if wanted == nil {
			wanted = c.Email
		}
		if err := ch.owner(ctx, auth.Viewer(ctx).CustomerID, value(c.CustomerID), wanted); err != nil {
			return err
		}
		switch u := c.Customer; {
		case u != nil && u.HasAccount:
			c.CustomerID, c.Email = &u.ID, email
		case u != nil:
			c.CustomerID, c.Email = &u.ID, u.Email
		}
	}
	if in.Metadata.IsSet() {
		c.Metadata = model.MergeMetadata(c.Metadata, in.Metadata.Value())
	}
	if l := language(in.Locale.Value()); in.Locale.IsSet() && value(l) != value(c.Locale) {
		c.Locale, ch.reprice, ch.translate = l, true, true
	}
	return nil
}

// language returns the language that a cart is asked to be in; nil is the shop's own.
func language(locale *string) *string {
	if value(locale) == "" {
		return nil
	}
	return locale
}

// ClaimCart makes a cart the customer's who is asking, at their prices.
func (s *Shop) ClaimCart(ctx context.Context, id string, want db.Want) (*model.CartPayload, error) {
	claims, err := s.customer(ctx)
	if err != nil {
		return nil, err
	}
	return s.changeCart(ctx, id, want, incoming{}, func(ch *cartChange) error {
		c := ch.cart
		if c.Customer != nil && c.Customer.ID == claims.ActorID {
			return nil
		}
		if err := ch.owner(ctx, claims.ActorID, claims.ActorID, nil); err != nil {
			return err
		}
		c.CustomerID, c.Email, ch.reprice = &c.Customer.ID, c.Customer.Email, true
		ch.writes.Event("cart.customer_transferred", map[string]string{"id": id, "customer_id": c.Customer.ID})
		return nil
	}, nothing)
}

// AddPromotions applies promotions to a cart besides those that it has. Without any code it takes away all that were asked
// for.
func (s *Shop) AddPromotions(ctx context.Context, in model.AddPromotionsInput, want db.Want) (*model.CartPayload, error) {
	return s.changePromotions(ctx, in.CartID, in.PromoCodes, func(ch *cartChange, have []string) []string {
		ch.typed, ch.added = in.PromoCodes, true
		if len(in.PromoCodes) == 0 {
			return nil
		}
		return append(have, in.PromoCodes...)
	}, in.PromoCodes, want)
}

// RemovePromotions takes promotions from a cart.
func (s *Shop) RemovePromotions(ctx context.Context, in model.RemovePromotionsInput, want db.Want) (*model.CartPayload, error) {
	return s.changePromotions(ctx, in.CartID, in.PromoCodes, func(_ *cartChange, have []string) []string {
		exact := slices.Clone(have)
		return slices.DeleteFunc(have, func(code string) bool {
			return slices.ContainsFunc(in.PromoCodes, func(typed string) bool {
				return typed == code || anyCase(ctx) && !slices.Contains(exact, typed) && strings.EqualFold(typed, code)
			})
		})
	}, nil, want)
}

// changePromotions changes the codes that a cart has. Those in must must exist.
func (s *Shop) changePromotions(ctx context.Context, id string, codes []string, change func(ch *cartChange, have []string) []string, must []string, want db.Want) (*model.CartPayload, error) {
	if len(codes) > model.MaxListed {
		return nil, model.Invalid.Because(model.UserErrorCodeLimitExceeded, promoCodes).Errorf("at most %d codes at a time", model.MaxListed)
	}
	return s.changeCart(ctx, id, want, incoming{codes: must}, func(ch *cartChange) error {
		ch.codes, ch.keepShipping = change(ch, ch.adjusted()), true
		return nil
	}, (*cartChange).asked)
}

// adjusted are the codes that take something off the cart.
func (ch *cartChange) adjusted() []string {
	var out []string
	add := func(adjustments []*model.Adjustment) {
		for _, a := range adjustments {
			if a.Code != nil && !slices.Contains(out, *a.Code) {
				out = append(out, *a.Code)
			}
		}
	}
	for _, i := range ch.cart.Items {
		add(i.Adjustments)
	}
	for _, m := range ch.cart.ShippingMethods {
		add(m.Adjustments)
	}
	return out
}

// CalculateTaxes calculates a cart's taxes, also in a region where that is not automatic. It fails if the cart has no country.
func (s *Shop) CalculateTaxes(ctx context.Context, id string, want db.Want) (*model.CartPayload, error) {
	return s.changeCart(ctx, id, want, incoming{}, func(ch *cartChange) error {
		ch.forceTax, ch.keepPromotions, ch.keepShipping = true, true, true
		return nil
	}, nothing)
}
