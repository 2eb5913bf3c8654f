package shop

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/fulfillment"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/price"
	"github.com/storegraph/storegraph/model/promo"
	"github.com/storegraph/storegraph/model/tax"
	"github.com/storegraph/storegraph/model/total"
)

// A cartChange is a cart while it is being changed: locked, with everything in it and what decisions about it take.
type cartChange struct {
	tx     db.DB
	cart   *model.Cart
	before *db.CartImage
	size   model.CartSize // before the change
	facts  *db.CartFacts
	now    time.Time

	shop      *Shop
	writes    *db.Writes // sent together in the end
	providers map[string]tax.Provider
	carriers  fulfillment.Providers

	reprice        bool            // where or by whom it is bought has changed: all prices and taxes are found anew
	taxed          map[string]bool // the lines and shipping methods whose taxes are found anew
	forceTax       bool            // also where taxes are not automatic
	translate      bool            // the cart's language has changed: the lines are described anew
	keepPromotions bool            // what promotions take off stays as it is
	keepShipping   bool            // shipping methods stay as they are, also where the cart lacks what options are found by
	codes          []string        // of the promotions to apply besides those that apply by themselves
	typed          []string        // of these, the codes that somebody typed
	added          bool            // they come to those that the cart had, which is told of one that it had
	warnings       []*model.CartWarning
}

// changeCart changes a cart and returns it with what is wanted of it: it locks and loads it, lets prepare change what the facts
// depend on, reads the facts, lets decide change the rest, finds prices, shipping, taxes, promotions and payment anew, and saves
// what came out. Nothing is written if any of it fails.
func (s *Shop) changeCart(ctx context.Context, id string, want db.Want, in incoming, prepare, decide func(ch *cartChange) error) (*model.CartPayload, error) {
	v := auth.Viewer(ctx)
	var ch *cartChange
	err := s.changing(ctx, func(tx db.DB) error {
		cart, err := tx.LockCart(ctx, v, id, want)
		if err != nil {
			return err
		}
		if err := s.changeable(ctx, cart); err != nil {
			return err
		}
		ch = s.change(tx, cart)
		ch.recognize(v.CustomerID)
		if err := prepare(ch); err != nil {
			return err
		}
		if err := ch.learn(ctx, in); err != nil {
			return err
		}
		if err := decide(ch); err != nil {
			return err
		}
		if err := s.settle(ctx, ch); err != nil {
			return err
		}
		ch.writes.Event("cart.updated", map[string]string{"id": id})
		return ch.writes.Send(ctx)
	}, id)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, ch, want)
}

// answer is the answer to a change of a cart that has been saved, with what is wanted of the cart.
func (s *Shop) answer(ctx context.Context, ch *cartChange, want db.Want) (*model.CartPayload, error) {
	if !s.foreign(ch) {
		return ch.payload(), s.shown(ctx, ch, want)
	}
	err := s.refresh(ctx, ch, want)
	return ch.payload(), err
}

// payload is the answer to a change of a cart.
func (ch *cartChange) payload() *model.CartPayload {
	return &model.CartPayload{Cart: ch.cart, Warnings: ch.warnings}
}

// warn adds a warning of a cart. field is the path to what it concerns in the input, if anything there.
func (ch *cartChange) warn(w model.CartWarning, field ...string) {
	w.Field = field
	ch.warnings = append(ch.warnings, &w)
}

// shown fills what is wanted of a cart that has been changed, besides what its change has read.
func (s *Shop) shown(ctx context.Context, ch *cartChange, want db.Want) error {
	known := ch.facts.Variants
	if ch.cart.Locale != nil { // products below a cart are shown in the shop's own language
		known = nil
	}
	v := auth.Viewer(ctx)
	ch.cart.ShowTo(v.CustomerID, s.StrictCarts)
	return s.DB.FillCart(ctx, v, ch.cart, known, want)
}

// change begins to change a cart that is locked.
func (s *Shop) change(tx db.DB, cart *model.Cart) *cartChange {
	ch := s.begin(tx, cart, db.Image(cart))
	ch.size = cart.Size()
	for _, p := range cart.Promotions {
		ch.codes = append(ch.codes, p.Code)
	}
	return ch
}

// begin begins to change a cart whose image is as it is in the database.
func (s *Shop) begin(tx db.DB, cart *model.Cart, before *db.CartImage) *cartChange {
	now := s.Now()
	return &cartChange{
		shop: s, tx: tx, cart: cart, before: before, now: now, writes: tx.Writes(now), providers: s.TaxProviders, carriers: s.Carriers, taxed: map[string]bool{},
	}
}

// incoming are the ids of what may come into a cart.
type incoming struct {
	variants, options []string
	codes             []string // of promotions, as somebody typed them
}

func nothing(*cartChange) error { return nil }

// recognize notes that a cart's own customer is asking, who is signed in.
func (ch *cartChange) recognize(customer string) {
	if u := ch.cart.Customer; u != nil && customer != "" && u.ID == customer && u.Proof != model.ProofSignedIn {
		u.Proof = model.ProofSignedIn
		ch.writes.CartOwner(ch.cart)
	}
}

// changeable fails if a cart may not be changed: it has become an order, or it is another customer's and the shop is strict.
func (s *Shop) changeable(ctx context.Context, c *model.Cart) error {
	if c.CompletedAt != nil {
		return model.Invalid.Because(model.UserErrorCodeCartCompleted, "cartId").Errorf("Cart %s is already completed.", c.ID)
	}
	return s.mayChange(ctx, c)
}

// mayChange fails if a cart is another customer's and the shop is strict.
func (s *Shop) mayChange(ctx context.Context, c *model.Cart) error {
	if s.StrictCarts && c.Owned(auth.Viewer(ctx).CustomerID) {
		return errOwned(c.ID)
	}
	return nil
}

func errOwned(cart string) error {
	return model.NotAllowed.Because(model.UserErrorCodeCartOfCustomer, "cartId").Errorf("Cart %s belongs to a customer", cart)
}

// learn reads the facts about the cart as it is now, and about what may come into it.
func (ch *cartChange) learn(ctx context.Context, in incoming) (err error) {
	ch.facts, err = ch.tx.CartFacts(ctx, db.CartQuery{
		Cart: ch.cart, Variants: in.variants, Options: in.options, PromoCodes: ch.codes, NewCodes: in.codes, AnyCase: anyCase(ctx), Now: ch.now,
	})
	if err != nil || ch.cart.Locale == nil {
		return err
	}
	known := make([]*model.ProductVariant, 0, len(ch.facts.Variants))
	for _, v := range ch.facts.Variants {
		known = append(known, v.ProductVariant)
	}
	return ch.tx.Translate(ctx, *ch.cart.Locale, known, ch.facts.Shipping.Options(), ch.facts.Rates)
}

// anyCase reports whether codes of promotions may be typed in any case: not over REST, as in the reference.
func anyCase(ctx context.Context) bool { return model.DialectOf(ctx) != model.REST }

// value is what a pointer points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

// settle finds anew what follows from a change, and adds what has changed to the writes.
func (s *Shop) settle(ctx context.Context, ch *cartChange) error {
	if ch.reprice {
		if err := ch.repriceLines(); err != nil {
			return err
		}
	}
	total.Cart(ch.cart)
	if !ch.keepShipping {
		if err := ch.refreshShipping(ctx); err != nil {
			return err
		}
	}
	if err := ch.refreshTaxes(); err != nil {
		return err
	}
	total.Cart(ch.cart)
	if !ch.keepPromotions {
		had := ch.cart.Promotions
		if err := ch.applyPromotions(); err != nil {
			return err
		}
		ch.warnOfPromotions(had)
		total.Cart(ch.cart)
	}
	if err := ch.cart.Size().Check(ch.size); err != nil {
		return err
	}
	ch.writes.Cart(ch.before, ch.cart)
	if !ch.paidElsewhere() { // otherwise the Medusa lets its provider know
		ch.writes.FollowTotal(ch.cart)
	}
	return nil
}

// variant returns what is known of a line's variant, or nil.
func (ch *cartChange) variant(i *model.LineItem) *model.CartVariant {
	if i.VariantID == nil {
		return nil
	}
	return ch.facts.Variants[*i.VariantID]
}

// price returns what a unit of a variant costs in the cart if so many are bought, or nil if it has no price there.
func (ch *cartChange) price(v *model.CartVariant, quantity int) *model.CalculatedPrice {
	if len(v.PriceRows) == 0 {
		return nil
	}
	c := ch.cart
	units := model.NewAmount(int64(quantity))
	p := price.Context{
		CurrencyCode: c.CurrencyCode, RegionID: value(c.RegionID), Quantity: &units, Attributes: map[string][]string{},
		Numbers: map[string]model.Amount{"item_total": c.OfItems.Total, "total": c.Total}, Preferences: ch.facts.Preferences,
	}
	for name, v := range map[string]*string{
		"region_id": c.RegionID, "sales_channel_id": c.SalesChannelID, "locale": c.Locale, "email": c.Email,
	} {
		if v != nil {
			p.Attributes[name] = []string{*v}
		}
	}
	if u := c.Buyer(); u != nil {
		if u.ID != "" {
			p.Attributes["customer_id"], p.Attributes["customer.id"] = []string{u.ID}, []string{u.ID}
		}
		for _, g := range u.Groups {
			p.Attributes["customer.groups.id"] = append(p.Attributes["customer.groups.id"], g.ID)
		}
	}
	if a := c.ShippingAddress; a != nil {
		for name, v := range map[string]*string{"city": a.City, "country_code": a.CountryCode, "province": a.Province, "postal_code": a.PostalCode} {
			if v != nil {
				p.Attributes["shipping_address."+name] = []string{*v}
			}
		}
	}
	return price.Calculate(v.PriceRows[0].PriceSetID, v.PriceRows, &p)
}

// setPrice prices a line for its quantity. It reports false if its variant has no price in the cart. A price that the merchant
// set stays, and so does that of a line whose variant is gone.
func (ch *cartChange) setPrice(i *model.LineItem) bool {
	v := ch.variant(i)
	if i.IsCustomPrice || v == nil {
		return true
	}
	p := ch.price(v, i.Quantity)
	if p == nil || p.CalculatedAmount == nil {
		return false
	}
	i.UnitPrice, i.IsTaxInclusive, i.CompareAtUnitPrice = *p.CalculatedAmount, p.IsCalculatedPriceTaxInclusive, nil
	list := p.CalculatedPrice.PriceListType
	if list != nil && *list == model.PriceListTypeSale && p.OriginalAmount != nil && !p.OriginalAmount.Equal(p.CalculatedAmount.Decimal) {
		i.CompareAtUnitPrice = p.OriginalAmount
	}
	return true
}

func noPrice(variants []string) error {
	return model.Invalid.Because(model.UserErrorCodeVariantWithoutPrice).Errorf("Variants with IDs %s do not have a price", strings.Join(variants, ", "))
}

func notForSale(variants []string) error {
	return model.Invalid.Because(model.UserErrorCodeVariantNotFound).Errorf("Variants %s do not exist or belong to a product that is not published", strings.Join(variants, ", "))
}

// repriceLines prices every line anew. It fails if something in the cart is not sold any more, or not where it is bought now.
func (ch *cartChange) repriceLines() error {
	var gone, unpriced []string
	for _, i := range ch.cart.Items {
		if i.VariantID == nil {
			continue
		}
		if v := ch.variant(i); v == nil || !v.ForSale() {
			gone = append(gone, *i.VariantID)
			continue
		}
		if !ch.setPrice(i) {
			unpriced = append(unpriced, *i.VariantID)
		}
		if ch.translate {
			describe(i, ch.variant(i))
		}
	}
	switch {
	case len(gone) > 0:
		return notForSale(gone)
	case len(unpriced) > 0:
		return noPrice(unpriced)
	}
	return nil
}

// country is where the cart is shipped to, or empty.
func (ch *cartChange) country() string {
	if a := ch.cart.ShippingAddress; a != nil {
		return value(a.CountryCode)
	}
	return ""
}

// refreshTaxes finds the taxes anew: all of them if prices were, and otherwise those of what was touched.
func (ch *cartChange) refreshTaxes() error {
	automatic := ch.cart.Region != nil && ch.cart.Region.AutomaticTaxes
	country := ch.country()
	if ch.forceTax && country == "" {
		return model.Invalid.Because(model.UserErrorCodeCountryRequired).Errorf("country code is required to calculate taxes")
	}
	calculate := (automatic || ch.forceTax) && country != ""
	all := ch.reprice || ch.forceTax
	if !all && !calculate {
		return nil
	}
	provider := ch.facts.TaxProvider
	if ch.shop.foreignTax(provider) {
		return nil // they are found when the change is saved
	}
	if calculate && provider != "" && ch.providers[provider] == nil {
		return model.Invalid.Because(model.UserErrorCodeInvalid).Errorf("The tax provider %s is not installed", provider)
	}
	for _, i := range ch.cart.Items {
		if !all && !ch.taxed[i.ID] {
			continue
		}
		var lines []*model.TaxLine
		if calculate && !i.IsGiftcard {
			lines = ch.taxLines(tax.Item{ProductID: value(i.ProductID), ProductTypeID: value(i.ProductTypeID)})
		} else if !all {
			continue
		}
		for _, l := range lines {
			l.ItemID = &i.ID
		}
		i.TaxLines = keepIDs(i.TaxLines, lines, !all, "calitxl", ch.now)
	}
	for _, m := range ch.cart.ShippingMethods {
		if !all && !ch.taxed[m.ID] {
			continue
		}
		var lines []*model.TaxLine
		if calculate {
			lines = ch.taxLines(tax.Item{ShippingOptionID: value(m.ShippingOptionID)})
		}
		for _, l := range lines {
			l.ShippingMethodID = &m.ID
		}
		m.TaxLines = keepIDs(m.TaxLines, lines, !all, "casmtxl", ch.now)
	}
	return nil
}

func (ch *cartChange) taxLines(item tax.Item) []*model.TaxLine {
	if ch.facts.TaxProvider == "" { // nothing is taxed there
		return nil
	}
	return ch.providers[ch.facts.TaxProvider].TaxLines(tax.Applicable(ch.facts.Rates, item))
}

// keepIDs gives new tax lines ids: those of the old ones that they replace, if they shall keep them.
func keepIDs(old, lines []*model.TaxLine, keep bool, prefix string, now time.Time) []*model.TaxLine {
	for n, l := range lines {
		if keep && n < len(old) {
			l.ID, l.Metadata, l.CreatedAt, l.UpdatedAt = old[n].ID, old[n].Metadata, old[n].CreatedAt, old[n].UpdatedAt
			continue
		}
		l.ID = model.NewID(prefix, now)
	}
	return lines
}

// applyPromotions finds anew what promotions take off.
func (ch *cartChange) applyPromotions() error {
	c := ch.cart
	options := map[string]promo.Option{}
	for id, o := range ch.facts.Options {
		options[id] = promo.Option{TypeID: o.TypeID, ProfileID: o.ProfileID}
	}
	looks := promo.CartOf(c, promo.Known{Variants: ch.facts.Variants, Options: options})
	var apply []promo.Promotion
	for _, p := range ch.facts.Promotions {
		if slices.Contains(ch.codes, p.Code) || p.IsAutomatic && p.Conceivable(looks) {
			apply = append(apply, p)
		}
	}
	result, err := promo.Apply(apply, looks)
	if err != nil {
		return err
	}
	coded := func(a *model.Adjustment) bool { return a.Code != nil }
	items, methods := map[string]*model.LineItem{}, map[string]*model.ShippingMethod{}
	for _, i := range c.Items {
		items[i.ID] = i
		i.Adjustments = slices.DeleteFunc(slices.Clone(i.Adjustments), coded)
	}
	for _, m := range c.ShippingMethods {
		methods[m.ID] = m
		m.Adjustments = slices.DeleteFunc(slices.Clone(m.Adjustments), coded)
	}
	applied := map[string]bool{}
	for _, a := range result.Items {
		i := items[a.LineID]
		i.Adjustments = append(i.Adjustments, ch.adjustment(a, "caliadj", &i.ID, nil))
		applied[a.PromotionID] = true
	}
	for _, a := range result.Shipping {
		m := methods[a.LineID]
		m.Adjustments = append(m.Adjustments, ch.adjustment(a, "casmadj", nil, &m.ID))
		applied[a.PromotionID] = true
	}
	c.Promotions = nil
	for _, p := range apply {
		if applied[p.ID] {
			c.Promotions = append(c.Promotions, ch.facts.Shown[p.ID])
		}
	}
	return nil
}

// warnOfPromotions tells of the codes that were typed and change nothing, and of the promotions that the cart had and has no more,
// though nobody took them away.
func (ch *cartChange) warnOfPromotions(had []*model.Promotion) {
	in := func(of []*model.Promotion, code string) bool {
		return slices.ContainsFunc(of, func(p *model.Promotion) bool { return p.Code == code })
	}
	var typed []string
	for n, code := range ch.typed {
		spelled := ch.facts.Codes[code]
		typed = append(typed, spelled)
		switch {
		case !in(ch.cart.Promotions, spelled):
			ch.warn(model.CartWarning{
				Code: model.CartWarningCodePromotionNotApplied, Message: "The promotion " + code + " takes nothing off this cart", PromoCode: &code,
			}, promoCodes, strconv.Itoa(n))
		case ch.added && in(had, spelled):
			ch.warn(model.CartWarning{
				Code: model.CartWarningCodePromotionAlreadyApplied, Message: "The cart has the promotion " + code + " already", PromoCode: &code,
			}, promoCodes, strconv.Itoa(n))
		}
	}
	for _, p := range had {
		if !in(ch.cart.Promotions, p.Code) && !slices.Contains(typed, p.Code) && (p.IsAutomatic || slices.Contains(ch.codes, p.Code)) {
			ch.warn(model.CartWarning{
				Code: model.CartWarningCodePromotionRemoved, Message: "The promotion " + p.Code + " takes nothing off any more", PromoCode: &p.Code,
			})
		}
	}
}

func (ch *cartChange) adjustment(a promo.Adjustment, prefix string, item, method *string) *model.Adjustment {
	return &model.Adjustment{
		ID: model.NewID(prefix, ch.now), ItemID: item, ShippingMethodID: method, PromotionID: &a.PromotionID, Code: &a.Code,
		Amount: a.Amount, IsTaxInclusive: a.TaxInclusive,
	}
}

// refreshShipping drops the shipping methods that do not fit the cart any more, and prices the others anew. A calculated one
// asks its provider while the cart is locked: what it answers must be of the cart as it is saved.
func (ch *cartChange) refreshShipping(ctx context.Context) error {
	fates, err := ch.shippingFates(ctx)
	if err != nil {
		return err
	}
	for _, f := range fates {
		if f.Option == nil {
			ch.cart.ShippingMethods = slices.DeleteFunc(ch.cart.ShippingMethods, func(m *model.ShippingMethod) bool { return m == f.Method })
			ch.warn(model.CartWarning{
				Code: model.CartWarningCodeShippingMethodRemoved, Message: f.Method.Name + " does not ship this cart any more", ShippingMethodID: &f.Method.ID,
			})
			continue
		}
		f.Method.Name, f.Method.Amount, f.Method.IsTaxInclusive = f.Option.Name, *f.Option.Amount, f.Option.IsTaxInclusive
	}
	return nil
}
