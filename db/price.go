package db

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/price"
	"github.com/storegraph/storegraph/model/tax"
)

// A pricing is the context of a request's prices, as the database knows it.
type pricing struct {
	price.Context
	taxed             bool // amounts with tax are wanted: a country is known and taxes are automatic
	country, province string
	rates             []tax.Rate
	taxProvider       string // that calculates taxes in the country; empty if nothing is taxed there
}

// A pricingRead reads a pricing in two steps: what the first batch says decides what the second asks.
type pricingRead struct {
	in     PriceContext
	viewer *Viewer

	region    *model.Region
	cartFound bool
	country   string
	province  string
	groups    []string
}

func newPricingRead(v *Viewer) *pricingRead { return &pricingRead{in: v.Prices, viewer: v} }

var (
	// The region $1, else the store's default unless a currency is given ($2).
	regionOfPricing = `SELECT ` + regionTable.list + ` FROM region WHERE deleted_at IS NULL AND id = coalesce($1, ` + defaultRegion + `)`
	// The same, before which the region of the cart $3 goes.
	regionOfCart = `SELECT ` + regionTable.list + ` FROM region WHERE deleted_at IS NULL AND id = coalesce(
(SELECT region_id FROM cart WHERE id = $3 AND deleted_at IS NULL), $1, ` + defaultRegion + `)`
)

const (
	defaultRegion = `(SELECT default_region_id FROM store WHERE deleted_at IS NULL AND NOT $2 ORDER BY created_at LIMIT 1)`
)

// read queues what the context of prices depends on.
func (r *pricingRead) read(b *batch) {
	r.region, r.cartFound, r.groups = nil, false, nil
	r.country, r.province = r.in.CountryCode, r.in.Province
	cart := r.in.CartID
	sql, args := regionOfPricing, []any{given(r.in.RegionID), r.in.CurrencyCode != ""}
	if cart != "" {
		sql, args = regionOfCart, append(args, cart)
	}
	b.read(sql, args, func(c *cursor) { r.region = regionTable.scan(c) })
	if cart != "" {
		b.read(`SELECT a.id IS NOT NULL, a.country_code, a.province
FROM cart c LEFT JOIN cart_address a ON a.id = c.shipping_address_id AND a.deleted_at IS NULL
WHERE c.id = $1 AND c.deleted_at IS NULL`, []any{cart}, func(c *cursor) {
			if c.bool() {
				r.country, r.province = c.text(), c.text()
			}
		})
	}
	if r.viewer.CustomerID != "" {
		b.read(`SELECT l.customer_group_id FROM customer_group_customer l
JOIN customer_group g ON g.id = l.customer_group_id AND g.deleted_at IS NULL
WHERE l.customer_id = $1 AND l.deleted_at IS NULL`, []any{r.viewer.CustomerID}, func(c *cursor) { r.groups = append(r.groups, c.text()) })
	}
}

// given returns a text, or nil for an empty one.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// pricing returns the context that was read, without preferences and rates.
func (r *pricingRead) pricing() (*pricing, error) {
	out := &pricing{Context: price.Context{Attributes: map[string][]string{}}}
	currency := strings.ToLower(r.in.CurrencyCode)
	if r.in.Lasting && r.region != nil && currency != "" && r.region.CurrencyCode != currency {
		r.region = nil
	}
	switch {
	case r.region != nil:
		if currency != "" && currency != r.region.CurrencyCode {
			return nil, model.Invalid.Errorf("Currency code %s does not match the region's currency code %s", currency, r.region.CurrencyCode)
		}
		out.RegionID, out.CurrencyCode = r.region.ID, r.region.CurrencyCode
		out.Attributes["region_id"] = []string{r.region.ID}
	case r.in.RegionID != "" && !r.in.Lasting:
		return nil, model.Invalid.Errorf("Region with id %s not found when populating the pricing context", r.in.RegionID)
	case currency == "":
		return nil, model.Invalid.Errorf("Missing required pricing context to calculate prices - region_id")
	default:
		out.CurrencyCode = currency
	}
	if len(r.groups) > 0 {
		out.Attributes["customer.groups.id"] = r.groups
	}
	out.country, out.province = tax.NormalCode(r.country), tax.NormalCode(r.province)
	out.taxed = out.country != "" && r.region != nil && r.region.AutomaticTaxes
	return out, nil
}

// readPreferences queues which prices include tax.
func (p *pricing) readPreferences(b reader) {
	readPreferences(b, p.RegionID, p.CurrencyCode, &p.Preferences)
}

// readPreferences queues which prices in a region and a currency include tax.
func readPreferences(b reader, region, currency string, into *[]model.PricePreference) {
	*into = nil
	b.read(`SELECT attribute, value, is_tax_inclusive FROM price_preference
WHERE deleted_at IS NULL AND (attribute = 'region_id' AND value = $1 OR attribute = 'currency_code' AND value = $2)`,
		[]any{region, currency}, func(c *cursor) {
			*into = append(*into, model.PricePreference{Attribute: c.text(), Value: c.text(), IsTaxInclusive: c.bool()})
		})
}

// taxRates are the rates of country $1 and province $2 that may apply to the things with the ids $3: products, with their
// types, and shipping options.
const taxRates = `WITH named AS (SELECT unnest($3::text[]) AS id UNION SELECT type_id FROM product WHERE id = ANY($3) AND deleted_at IS NULL)
` + taxRatesOfNamed

// taxRatesOfVariants are the same where some of the ids are of variants: a variant stands for its product.
const taxRatesOfVariants = `WITH given AS (SELECT unnest($3::text[]) AS id UNION SELECT product_id FROM product_variant WHERE id = ANY($3) AND deleted_at IS NULL),
named AS (SELECT id FROM given UNION SELECT p.type_id FROM product p JOIN given g ON g.id = p.id WHERE p.deleted_at IS NULL)
` + taxRatesOfNamed

// Each row names the provider that calculates taxes in the country; one without a rate says that none applies.
const taxRatesOfNamed = `SELECT coalesce(k.provider_id, ''), r.id, coalesce(r.rate, 0)::text, r.code, r.name, r.is_default, r.is_combinable, r.tax_region_id, r.parent_id, r.province, r.rules
FROM tax_region k LEFT JOIN LATERAL (SELECT r.id, r.rate, r.code, r.name, r.is_default, r.is_combinable, r.tax_region_id, t.parent_id,
  t.province_code IS NOT NULL AS province, n.rules
 FROM tax_region t JOIN tax_rate r ON r.tax_region_id = t.id AND r.deleted_at IS NULL
 LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('reference', u.reference, 'reference_id', u.reference_id)) AS rules
  FROM tax_rate_rule u WHERE u.tax_rate_id = r.id AND u.deleted_at IS NULL AND u.reference_id IN (SELECT id FROM named)) n ON true
 WHERE t.deleted_at IS NULL AND t.country_code = $1 AND (t.province_code IS NULL OR t.province_code = $2) AND (r.is_default OR n.rules IS NOT NULL)) r ON true
WHERE k.country_code = $1 AND k.province_code IS NULL AND k.deleted_at IS NULL
ORDER BY r.id`

// readRates queues the tax rates that a query, taxRates or taxRatesOfVariants, finds for the things with these ids.
func (p *pricing) readRates(b reader, sql string, ids []string) {
	p.rates, p.taxProvider = nil, ""
	b.read(sql, []any{p.country, p.province, ids}, func(c *cursor) {
		p.taxProvider = c.text()
		r := tax.Rate{
			ID: c.text(), Rate: c.amount(), Code: c.text(), Name: c.text(), IsDefault: c.bool(), IsCombinable: c.bool(),
			RegionID: c.text(), ParentRegionID: c.text(), Province: c.bool(),
		}
		if rules := c.json(); rules != nil {
			c.fail(json.Unmarshal(rules, &r.Rules))
		}
		if r.ID != "" {
			p.rates = append(p.rates, r)
		}
	})
}

// Prices of variants in one currency, with rules and active lists. The first %s is put before the columns, the second selects the variants
// by $1.
var variantPrices = `SELECT %spv.id, ` + decidingPriceTable.list + `,
CASE WHEN p.rules_count > 0 THEN (SELECT jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'value', r.value))
 FROM price_rule r WHERE r.price_id = p.id AND r.deleted_at IS NULL) END,
CASE WHEN p.price_list_id IS NOT NULL THEN (SELECT jsonb_build_object('id', pl.id, 'type', pl.type, 'rules_count', pl.rules_count, 'rules',
 (SELECT jsonb_agg(jsonb_build_object('attribute', lr.attribute, 'values', lr.value)) FROM price_list_rule lr
  WHERE lr.price_list_id = pl.id AND lr.deleted_at IS NULL))
 FROM price_list pl WHERE pl.id = p.price_list_id AND ` + listActive + `) END
FROM product_variant pv
JOIN product_variant_price_set l ON l.variant_id = pv.id AND l.deleted_at IS NULL
JOIN price p ON p.price_set_id = l.price_set_id AND p.currency_code = $2 AND p.deleted_at IS NULL
WHERE %s AND pv.deleted_at IS NULL
ORDER BY p.id`

// listActive is the condition that price list pl is active now.
const listActive = `pl.status = 'active' AND pl.deleted_at IS NULL AND (pl.starts_at IS NULL OR pl.starts_at <= now()) AND (pl.ends_at IS NULL OR pl.ends_at >= now())`

// scanPrice reads a row of variantPrices without the variant's id.
func scanPrice(c *cursor) *model.Price {
	p := decidingPriceTable.scan(c)
	priceConditions(c, p)
	return p
}

// priceConditions reads the rules of a price and its list, which are next.
func priceConditions(c *cursor, p *model.Price) {
	if rules := c.json(); rules != nil {
		p.Rules = rulesOf(c, rules)
	}
	if list := c.json(); list != nil {
		var l struct {
			ID         string              `json:"id"`
			Type       model.PriceListType `json:"type"`
			RulesCount int                 `json:"rules_count"`
			Rules      json.RawMessage     `json:"rules"`
		}
		c.fail(json.Unmarshal(list, &l))
		p.List = &model.PriceList{ID: l.ID, Type: l.Type, RulesCount: l.RulesCount, Rules: listRulesOf(c, l.Rules)}
	}
}

// rulesOf returns the rules of a price, which are JSON.
func rulesOf(c *cursor, j []byte) (rules []model.PriceRule) {
	c.fail(json.Unmarshal(j, &rules))
	return rules
}

// listRulesOf returns the rules of a price list, which are JSON; nil has none.
func listRulesOf(c *cursor, j []byte) (rules []model.PriceListRule) {
	if j == nil {
		return nil
	}
	var stored []struct {
		Attribute string          `json:"attribute"`
		Values    json.RawMessage `json:"values"`
	}
	c.fail(json.Unmarshal(j, &stored))
	for _, r := range stored {
		rules = append(rules, model.PriceListRule{Attribute: r.Attribute, Values: textsOf(r.Values)})
	}
	return rules
}

// textsOf returns the texts of a JSON array, or a single text.
func textsOf(j json.RawMessage) []string {
	var one string
	if json.Unmarshal(j, &one) == nil {
		return []string{one}
	}
	var several []any
	if json.Unmarshal(j, &several) != nil {
		return nil
	}
	var out []string
	for _, v := range several {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// calculatedAmount is the SQL twin of price.Calculate: what the variant pv costs in the context whose currency
// is $1, attributes $2 and quantity $3. Lists are filtered and sorted by it; what is shown is calculated in Go.
const calculatedAmount = `(SELECT CASE
  WHEN l.type = 'override' THEN l.amount WHEN l.amount IS NULL OR b.amount < l.amount THEN b.amount ELSE l.amount END
FROM (SELECT 1) one
LEFT JOIN LATERAL (SELECT m.amount FROM (` + applicablePrices + ` AND p.price_list_id IS NULL) m ORDER BY m.rules DESC, m.amount LIMIT 1) b ON true
LEFT JOIN LATERAL (SELECT m.amount, m.type FROM (` + applicablePrices + ` AND p.price_list_id IS NOT NULL) m ORDER BY m.rules DESC, m.amount LIMIT 1) l ON true)`

const applicablePrices = `SELECT p.amount, pl.type, p.rules_count + coalesce(pl.rules_count, 0) AS rules
FROM product_variant_price_set s
JOIN price p ON p.price_set_id = s.price_set_id AND p.currency_code = $1 AND p.deleted_at IS NULL
LEFT JOIN price_list pl ON pl.id = p.price_list_id AND ` + listActive + `
WHERE s.variant_id = pv.id AND s.deleted_at IS NULL
AND (p.min_quantity IS NULL OR p.min_quantity <= coalesce($3::numeric, 1))
AND ($3::numeric IS NULL OR p.max_quantity IS NULL OR p.max_quantity >= $3::numeric)
AND (p.rules_count = 0 OR p.rules_count = (SELECT count(*) FROM price_rule r WHERE r.price_id = p.id AND r.deleted_at IS NULL AND ($2::jsonb -> r.attribute) ? r.value))
AND (p.price_list_id IS NULL OR pl.rules_count = 0 OR pl.rules_count = (SELECT count(*) FROM price_list_rule r WHERE r.price_list_id = pl.id AND r.deleted_at IS NULL
 AND EXISTS (SELECT 1 FROM jsonb_array_elements($2::jsonb -> r.attribute) v WHERE r.value @> v)))`

// args are the arguments $1 to $3 of calculatedAmount.
func (p *pricing) args() ([]any, error) {
	attributes, err := json.Marshal(p.Attributes)
	if err != nil {
		return nil, err
	}
	var quantity *string
	if p.Quantity != nil {
		s := p.Quantity.String()
		quantity = &s
	}
	return []any{p.CurrencyCode, string(attributes), quantity}, nil
}

// resolvePricing reads the context of prices in a round trip of its own.
func (d DB) resolvePricing(ctx context.Context, v *Viewer) (*pricing, error) {
	r := newPricingRead(v)
	if err := d.keyed(ctx, v.Key, false, r.read); err != nil {
		return nil, err
	}
	return r.pricing()
}
