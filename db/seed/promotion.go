package seed

import (
	"maps"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// priceLists builds the price lists, without their prices.
func (b *builder) priceLists() {
	for _, l := range priceLists {
		id := b.named("plist", "price list", l.title)
		row := priceListRow{ID: id, Title: l.title, Description: l.about, Status: "active", Type: l.kind, stamps: b.stamps()}
		if l.group != "" {
			row.RulesCount = 1
		}
		put(&b.sheet, "price_list", row)
		if l.group != "" {
			put(&b.sheet, "price_list_rule", priceListRuleRow{
				ID: b.id("prule"), PriceListID: id, Attribute: "customer.groups.id", Value: jsonOf([]string{b.ref("group", l.group)}), stamps: b.stamps(),
			})
		}
	}
}

// listedPrices builds the prices of lists, for each variant whose SKU begins as the table of lists says.
func (b *builder) listedPrices() {
	for _, l := range priceLists {
		id := b.ref("price list", l.title)
		for _, begin := range sorted(l.prices) {
			for _, sku := range b.skus {
				if !begins(sku, begin) {
					continue
				}
				for i, amount := range words(l.prices[begin]) {
					a := model.MustAmount(amount)
					put(&b.sheet, "price", model.Price{
						ID: b.id("price"), CurrencyCode: currencies[i], PriceSetID: b.ref("price set", sku), PriceListID: &id, Amount: a, RawAmount: a.Raw(),
						CreatedAt: b.now(), UpdatedAt: b.now(),
					})
				}
			}
		}
	}
}

// begins reports whether a SKU is begin, or begins with it and a hyphen.
func begins(sku, begin string) bool {
	return begin == "" || sku == begin || strings.HasPrefix(sku, begin+"-")
}

func sorted[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// promotions builds the campaigns and their promotions.
func (b *builder) promotions() {
	for _, c := range campaigns {
		id := b.named("procamp", "campaign", c.name)
		put(&b.sheet, "promotion_campaign", campaignRow{ID: id, Name: c.name, Description: c.about, CampaignIdentifier: c.identifier, stamps: b.stamps()})
		limit, used := model.MustAmount(c.uses), model.NewAmount(0)
		put(&b.sheet, "promotion_campaign_budget", campaignBudgetRow{
			ID: b.id("probudg"), CampaignID: id, Type: "usage", Limit: limit, RawLimit: limit.Raw(), Used: used, RawUsed: used.Raw(), stamps: b.stamps(),
		})
	}
	for _, p := range promotions {
		id, value := b.id("promo"), model.MustAmount(p.value)
		row := promotionRow{ID: id, Code: p.code, Type: "standard", Status: "active", IsAutomatic: p.automatic, IsTaxInclusive: p.taxIncluded, stamps: b.stamps()}
		if p.buys != nil {
			row.Type = "buyget"
		}
		if p.campaign != "" {
			row.CampaignID = ptr(b.ref("campaign", p.campaign))
		}
		put(&b.sheet, "promotion", row)
		method := b.id("proappmet")
		put(&b.sheet, "promotion_application_method", applicationMethodRow{
			ID: method, PromotionID: id, Type: p.kind, TargetType: p.target, Allocation: p.allocation, Value: value, RawValue: value.Raw(),
			CurrencyCode: ptr(p.currency), MaxQuantity: count(p.most), ApplyToQuantity: count(p.give), BuyRulesMinQuantity: count(p.buy), stamps: b.stamps(),
		})
		for _, r := range p.rules {
			put(&b.sheet, "promotion_promotion_rule", promotionHasRuleRow{PromotionID: id, PromotionRuleID: b.rule(r)})
		}
		for _, r := range p.targets {
			put(&b.sheet, "application_method_target_rules", methodHasRuleRow{ApplicationMethodID: method, PromotionRuleID: b.rule(r)})
		}
		for _, r := range p.buys {
			put(&b.sheet, "application_method_buy_rules", methodHasRuleRow{ApplicationMethodID: method, PromotionRuleID: b.rule(r)})
		}
	}
}

// ruled has the kind of object that the values of rules name, by the attribute.
var ruled = map[string]string{"items.product.id": "product", "items.product.tags.id": "tag"}

// rule builds a rule of a promotion and returns its id.
func (b *builder) rule(r rule) string {
	id := b.id("prorul")
	put(&b.sheet, "promotion_rule", promotionRuleRow{ID: id, Attribute: r.attribute, Operator: r.operator, stamps: b.stamps()})
	for _, value := range words(r.values) {
		if kind := ruled[r.attribute]; kind != "" {
			value = b.ref(kind, value)
		}
		put(&b.sheet, "promotion_rule_value", promotionRuleValueRow{ID: b.id("prorulval"), PromotionRuleID: id, Value: value, stamps: b.stamps()})
	}
	return id
}

// longest returns the entry of m whose key is the longest prefix of a SKU.
func longest[V any](m map[string]V, sku string) (V, bool) {
	var found V
	best := -1
	for begin, v := range m {
		if begins(sku, begin) && len(begin) > best {
			found, best = v, len(begin)
		}
	}
	return found, best >= 0
}
