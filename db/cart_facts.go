package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/price"
	"github.com/storegraph/storegraph/model/promo"
	"github.com/storegraph/storegraph/model/tax"
)

// CartFacts is what deciding about a cart takes besides the cart itself.
type CartFacts struct {
	Variants    map[string]*model.CartVariant
	Stock       model.Stock     // of the parts of the variants, at the locations of the cart's sales channel
	Located     map[string]bool // the variants of which some part has a level at one of those locations
	Preferences []model.PricePreference
	Rates       []tax.Rate                  // that may apply to the cart's products and shipping options, where it is shipped to
	TaxProvider string                      // that calculates taxes there; empty if nothing is taxed there
	Promotions  []promo.Promotion           // those that are active now and apply by themselves or were asked for
	Shown       map[string]*model.Promotion // the same by id, as carts show them
	Codes       map[string]string           // of NewCodes, the code as the promotion has it; there is none of a code without a promotion
	Options     map[string]OptionKind       // of the shipping options in the cart
	Shipping    *ShippingChoices            // the shipping options that it can have, of those
}

// An OptionKind is what promotions and other methods ask of a shipping option.
type OptionKind struct {
	TypeID, ProfileID string
}

// A CartQuery says of what a cart's facts are wanted.
type CartQuery struct {
	Cart       *model.Cart // where and by whom it is bought, and with what in it
	Variants   []string    // besides those in the cart
	Options    []string    // shipping options besides those in the cart
	PromoCodes []string    // of promotions to apply
	NewCodes   []string    // codes that somebody typed
	AnyCase    bool        // NewCodes may differ in case from the promotions' own
	Now        time.Time
}

// CartFacts reads in one batch what deciding about a cart takes.
func (d DB) CartFacts(ctx context.Context, q CartQuery) (*CartFacts, error) {
	var l *cartFactsLoad
	err := d.run(ctx, func(b *batch) {
		l = newCartFactsLoad(q)
		l.read(b)
	})
	if err != nil {
		return nil, err
	}
	l.facts.Preferences, l.facts.Rates = l.pricing.Preferences, l.pricing.rates
	l.facts.TaxProvider = l.pricing.taxProvider
	l.facts.Shipping.preferences = l.pricing.Preferences
	return l.facts, nil
}

type cartFactsLoad struct {
	q       CartQuery
	facts   *CartFacts
	pricing pricing

	variants []string // in the cart, or coming into it
	products []string // of its lines, whether or not their variants still exist, and their types
	options  []string
}

func newCartFactsLoad(q CartQuery) *cartFactsLoad {
	c := q.Cart
	l := &cartFactsLoad{q: q, variants: slices.Clone(q.Variants), options: slices.Clone(q.Options), facts: &CartFacts{
		Variants: map[string]*model.CartVariant{}, Stock: model.Stock{}, Located: map[string]bool{}, Shown: map[string]*model.Promotion{},
		Codes: map[string]string{}, Options: map[string]OptionKind{}, Shipping: &ShippingChoices{},
	}}
	l.pricing = pricing{Context: price.Context{RegionID: value(c.RegionID), CurrencyCode: c.CurrencyCode}}
	if a := c.ShippingAddress; a != nil {
		l.pricing.country, l.pricing.province = tax.NormalCode(value(a.CountryCode)), tax.NormalCode(value(a.Province))
	}
	for _, i := range c.Items {
		for _, id := range []*string{i.ProductID, i.ProductTypeID} {
			if id != nil {
				l.products = append(l.products, *id)
			}
		}
		if i.VariantID != nil && !slices.Contains(l.variants, *i.VariantID) {
			l.variants = append(l.variants, *i.VariantID)
		}
	}
	for _, m := range c.ShippingMethods {
		if m.ShippingOptionID != nil && !slices.Contains(l.options, *m.ShippingOptionID) {
			l.options = append(l.options, *m.ShippingOptionID)
		}
	}
	return l
}

var pricesOfVariants = fmt.Sprintf(variantPrices, "", byID)

const productsOfVariants = `(SELECT pv.product_id FROM product_variant pv WHERE pv.id = ANY($1) AND pv.deleted_at IS NULL)`

func (l *cartFactsLoad) read(b *batch) {
	if len(l.variants) > 0 || len(l.options) > 0 {
		l.pricing.readPreferences(b)
	}
	if len(l.variants) > 0 {
		l.readVariants(b)
	}
	l.readPromotions(b)
	if l.pricing.country != "" {
		l.pricing.readRates(b, taxRatesOfVariants, slices.Concat(l.products, l.options, l.variants))
	}
	if len(l.options) > 0 {
		b.read(`SELECT id, coalesce(shipping_option_type_id, ''), coalesce(shipping_profile_id, '') FROM shipping_option
WHERE id = ANY($1) AND deleted_at IS NULL`, []any{l.options}, func(c *cursor) {
			l.facts.Options[c.text()] = OptionKind{TypeID: c.text(), ProfileID: c.text()}
		})
		l.facts.Shipping = &ShippingChoices{q: ShippingQuery{Cart: l.q.Cart, IDs: l.options}}
		l.facts.Shipping.readOptions(b)
		l.facts.Shipping.readPrices(b, l.options)
	}
}

func (l *cartFactsLoad) readVariants(b *batch) {
	ids := []any{l.variants}
	b.read(`SELECT `+variantTable.list+` FROM product_variant pv WHERE pv.id = ANY($1) AND pv.deleted_at IS NULL`, ids, func(c *cursor) {
		v := variantTable.scan(c)
		l.facts.Variants[v.ID] = &model.CartVariant{ProductVariant: v}
	})
	b.read(`SELECT `+productTable.list+`, t.id, t.value, n.id, n.title,
(SELECT s.shipping_profile_id FROM product_shipping_profile s WHERE s.product_id = p.id AND s.deleted_at IS NULL LIMIT 1),
ARRAY(SELECT product_tag_id FROM product_tags WHERE product_id = p.id ORDER BY 1)::text,
ARRAY(SELECT product_category_id FROM product_category_product WHERE product_id = p.id ORDER BY 1)::text
FROM product p
LEFT JOIN product_type t ON t.id = p.type_id AND t.deleted_at IS NULL
LEFT JOIN product_collection n ON n.id = p.collection_id AND n.deleted_at IS NULL
WHERE p.id IN `+productsOfVariants+` AND p.deleted_at IS NULL`, ids, func(c *cursor) {
		p := productTable.scan(c)
		if id, value := c.text(), c.text(); id != "" {
			p.Type = &model.ProductType{ID: id, Value: value}
		}
		if id, title := c.text(), c.text(); id != "" {
			p.Collection = &model.Collection{ID: id, Title: title}
		}
		profile := c.maybeText()
		for _, tag := range arrayOf(c.text()) {
			p.Tags = append(p.Tags, &model.ProductTag{ID: tag})
		}
		for _, category := range arrayOf(c.text()) {
			p.AllCategories = append(p.AllCategories, &model.ProductCategory{ID: category})
		}
		for _, v := range l.facts.Variants {
			if v.ProductID != nil && *v.ProductID == p.ID {
				v.Product, v.ShippingProfileID = p, profile
			}
		}
	})
	b.read(pricesOfVariants, []any{l.variants, l.pricing.CurrencyCode}, func(c *cursor) {
		if v := l.facts.Variants[c.text()]; v != nil {
			v.PriceRows = append(v.PriceRows, scanPrice(c))
		}
	})
	b.read(`SELECT l.variant_id, l.inventory_item_id, l.required_quantity::text, i.requires_shipping, s.located, s.available::text
FROM product_variant_inventory_item l
JOIN inventory_item i ON i.id = l.inventory_item_id AND i.deleted_at IS NULL
LEFT JOIN LATERAL (SELECT count(*) > 0 AS located,
  sum(greatest(coalesce((v.raw_stocked_quantity->>'value')::numeric, v.stocked_quantity)
   - coalesce((v.raw_reserved_quantity->>'value')::numeric, v.reserved_quantity), 0)) AS available
 FROM inventory_level v JOIN sales_channel_stock_location c ON c.stock_location_id = v.location_id AND c.sales_channel_id = $2 AND c.deleted_at IS NULL
 WHERE v.inventory_item_id = i.id AND v.deleted_at IS NULL) s ON true
WHERE l.variant_id = ANY($1) AND l.deleted_at IS NULL ORDER BY l.id`, []any{l.variants, value(l.q.Cart.SalesChannelID)}, func(c *cursor) {
		id := c.text()
		part := model.StockPart{InventoryItemID: c.text(), Required: c.amount(), MustBeShipped: c.bool()}
		if located, available := c.bool(), c.amount(); located {
			l.facts.Located[id] = true
			l.facts.Stock[part.InventoryItemID] = available
		}
		if v := l.facts.Variants[id]; v != nil {
			v.Parts = append(v.Parts, part)
		}
	})
}

const promotionRules = `(SELECT jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'values',
 (SELECT coalesce(jsonb_agg(v.value), '[]') FROM promotion_rule_value v WHERE v.promotion_rule_id = r.id AND v.deleted_at IS NULL)))
FROM %s l JOIN promotion_rule r ON r.id = l.promotion_rule_id AND r.deleted_at IS NULL WHERE l.%s)`

// activePromotions are those that apply by themselves or whose code is $1; with typedPromotions also those whose code is $5 in upper or
// lower case.
var (
	activePromotions = fmt.Sprintf(promotionsToApply, "")
	typedPromotions  = fmt.Sprintf(promotionsToApply, " OR lower(p.code) IN (SELECT lower(t) FROM unnest($5::text[]) t)")
)

var promotionsToApply = `SELECT ` + promotionList + `, ` + fmt.Sprintf(promotionRules, "promotion_promotion_rule", "promotion_id = p.id") + `,
m.target_type, coalesce(m.allocation, ''), m.max_quantity, m.buy_rules_min_quantity, m.apply_to_quantity, ` +
	fmt.Sprintf(promotionRules, "application_method_target_rules", "application_method_id = m.id") + `, ` +
	fmt.Sprintf(promotionRules, "application_method_buy_rules", "application_method_id = m.id") + `,
b.id, b.type, coalesce(b.attribute, ''), coalesce(b.raw_limit->>'value', b."limit"::text),
CASE WHEN b.type = 'use_by_attribute' THEN (SELECT coalesce(u.raw_used->>'value', u.used::text) FROM promotion_campaign_budget_usage u
 WHERE u.budget_id = b.id AND u.deleted_at IS NULL AND u.attribute_value = CASE b.attribute WHEN 'customer_id' THEN $3 WHEN 'customer_email' THEN $4 END)
 ELSE coalesce(b.raw_used->>'value', b.used::text) END
FROM promotion p
LEFT JOIN promotion_application_method m ON m.promotion_id = p.id AND m.deleted_at IS NULL
LEFT JOIN promotion_campaign c ON c.id = p.campaign_id AND c.deleted_at IS NULL
LEFT JOIN promotion_campaign_budget b ON b.campaign_id = c.id AND b.deleted_at IS NULL
WHERE p.deleted_at IS NULL AND p.status = 'active' AND (p.is_automatic OR p.code = ANY($1)%s)
AND (p.campaign_id IS NULL OR c.id IS NOT NULL AND (c.starts_at IS NULL OR c.starts_at <= $2) AND (c.ends_at IS NULL OR c.ends_at > $2))
ORDER BY m.value DESC, p.id`

// codesAsSpelled finds the promotions of typed codes: the one with just this code first, else the oldest that differs in case alone.
const codesAsSpelled = `SELECT t.typed, p.code FROM unnest($1::text[]) t(typed)
JOIN promotion p ON lower(p.code) = lower(t.typed) AND p.deleted_at IS NULL
ORDER BY t.typed, p.code <> t.typed, p.id`

// readPromotions queues the active promotions that are automatic or whose code is to be applied, and which of the typed codes exist.
func (l *cartFactsLoad) readPromotions(b *batch) {
	codes := l.q.PromoCodes
	if codes == nil {
		codes = []string{}
	}
	customer := ""
	if u := l.q.Cart.Customer; u != nil {
		customer = u.ID
	}
	text, args := activePromotions, []any{codes, l.q.Now, customer, value(l.q.Cart.Email)}
	if len(l.q.NewCodes) > 0 {
		spelled := `SELECT code, code FROM promotion WHERE code = ANY($1) AND deleted_at IS NULL`
		if l.q.AnyCase {
			spelled, text, args = codesAsSpelled, typedPromotions, append(args, l.q.NewCodes)
		}
		b.read(spelled, []any{l.q.NewCodes}, func(c *cursor) {
			if typed, code := c.text(), c.text(); l.facts.Codes[typed] == "" {
				l.facts.Codes[typed] = code
			}
		})
	}
	b.read(text, args, func(c *cursor) {
		shown := scanShownPromotion(c)
		l.facts.Shown[shown.ID] = shown
		l.facts.Promotions = append(l.facts.Promotions, scanPromotion(c, shown))
	})
}

// scanPromotion reads what a promotion does, after what is shown of it.
func scanPromotion(c *cursor, shown *model.Promotion) promo.Promotion {
	rules := func() (out []promo.Rule) {
		if j := c.json(); j != nil {
			c.fail(json.Unmarshal(j, &out))
		}
		return out
	}
	p := promo.Promotion{
		ID: shown.ID, Code: shown.Code, Type: string(shown.Type), IsAutomatic: shown.IsAutomatic, TaxInclusive: shown.IsTaxInclusive, Limit: shown.Limit,
		Used: shown.Used, Rules: rules(),
	}
	m := &promo.Method{
		Target: c.text(), Allocation: c.text(), MaxQuantity: c.maybeInt(), BuyMinQuantity: c.int(), ApplyQuantity: c.int(), TargetRules: rules(), BuyRules: rules(),
	}
	if of := shown.ApplicationMethod; of != nil {
		m.Type, m.CurrencyCode = string(of.Type), value(of.CurrencyCode)
		if of.Value != nil {
			m.Value = *of.Value
		}
		p.Method = m
	}
	budget := c.text()
	b := &promo.Budget{ID: budget, Type: c.text(), Attribute: c.text(), Limit: c.maybeAmount(), Used: c.maybeAmount()}
	if budget != "" {
		p.Budget = b
	}
	return p
}

// arrayOf returns the elements of a Postgres array of ids, which need no quotes.
func arrayOf(text string) []string {
	if len(text) <= 2 {
		return nil
	}
	return strings.Split(text[1:len(text)-1], ",")
}
