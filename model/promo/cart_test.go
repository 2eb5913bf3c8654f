package promo_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/promo"
)

// fullCart has everything that rules can ask for. Each amount is another one.
func fullCart() *model.Cart {
	item := &model.LineItem{
		ID: "item", Thumbnail: new("tee.png"), Title: "Tee", Quantity: 2, RequiresShipping: true, IsDiscountable: true, IsTaxInclusive: true, UnitPrice: *amount("11"),
		Subtitle: new("red"), VariantID: new("variant"), ProductID: new("prod"), ProductTitle: new("Shirt"), ProductDescription: new("soft"),
		ProductSubtitle: new("new"), ProductType: new("apparel"), ProductTypeID: new("ptyp"), ProductCollection: new("spring"),
		ProductHandle: new("shirt"), VariantSku: new("TEE"), VariantBarcode: new("123"), VariantTitle: new("S"),
		Metadata: model.JSON(`{"gift":true}`), CompareAtUnitPrice: amount("12"),
	}
	item.Total, item.Subtotal, item.OriginalTotal, item.OriginalSubtotal = *amount("21"), *amount("22"), *amount("23"), *amount("24")
	item.Net, item.DiscountTotal = *amount("22.5"), *amount("2")
	method := &model.ShippingMethod{
		ID: "method", Name: "Post", Amount: *amount("5"), IsTaxInclusive: true, ShippingOptionID: new("so"),
		Data: model.JSON(`{"speed":1.50}`), Metadata: model.JSON(`{"green":"yes"}`),
	}
	method.Net, method.Subtotal, method.TaxTotal = *amount("4"), *amount("4"), *amount("1")
	c := &model.Cart{
		ID: "cart", CurrencyCode: "eur", Email: new("a@example.com"), Locale: new("de-DE"), RegionID: new("reg"), SalesChannelID: new("sc"),
		Metadata: model.JSON(`{"source":"app"}`), Region: &model.Region{ID: "reg", Name: "Europe", CurrencyCode: "eur", AutomaticTaxes: true, Metadata: model.JSON(`{"vat":"oss"}`)},
		Customer: &model.CartCustomer{
			ID: "cus", HasAccount: true, Proof: model.ProofSignedIn, Email: new("b@example.com"), CompanyName: new("Acme"), FirstName: new("Ann"), LastName: new("Lee"),
			Phone: new("1"), CreatedBy: new("user"), Metadata: model.JSON(`{"tier":3}`), Groups: []*model.CartCustomerGroup{{ID: "vip"}, {ID: "new"}},
		},
		ShippingAddress: &model.CartAddress{
			ID: "addr", CustomerID: new("cus"), Company: new("Inc"), FirstName: new("Bo"), LastName: new("Day"), Address1: new("Street 1"),
			Address2: new("Floor 2"), City: new("Berlin"), CountryCode: new("de"), Province: new("be"), PostalCode: new("10115"), Phone: new("2"), Metadata: model.JSON(`{"door":4}`),
		},
		Items: []*model.LineItem{item}, ShippingMethods: []*model.ShippingMethod{method},
	}
	c.Total, c.Subtotal, c.OfItems.Total, c.OfItems.Subtotal = *amount("31"), *amount("32"), *amount("33"), *amount("34")
	c.OfItems.OriginalTotal, c.OfItems.OriginalSubtotal, c.OfShipping.Subtotal = *amount("35"), *amount("36"), *amount("37")
	return c
}

func known() promo.Known {
	return promo.Known{
		Options: map[string]promo.Option{"so": {TypeID: "express", ProfileID: "sp"}},
		Variants: map[string]*model.CartVariant{"variant": {ShippingProfileID: new("sp"), ProductVariant: &model.ProductVariant{
			ID: "variant", Material: new("wool"), ProductID: new("prod"), Weight: new(model.Measure(200)), Product: &model.Product{
				ID: "prod", IsGiftcard: true, Weight: new(model.Measure(1.5)), CollectionID: new("col"), TypeID: new("ptyp"),
				AllCategories: []*model.ProductCategory{{ID: "men"}}, Tags: []*model.ProductTag{{ID: "sale"}, {ID: "eco"}},
			},
		}}},
	}
}

const itemTree = `{
	"id": "item", "title": "Tee", "quantity": 2, "requires_shipping": true, "is_discountable": true, "is_giftcard": false,
	"is_tax_inclusive": true, "is_custom_price": false, "unit_price": "11", "compare_at_unit_price": "12",
	"total": "21", "subtotal": "22", "original_total": "23", "original_subtotal": "24", "tax_total": "0", "original_tax_total": "0",
	"discount_total": "2", "discount_subtotal": "0", "discount_tax_total": "0", "thumbnail": "tee.png",
	"subtitle": "red", "variant_id": "variant", "product_id": "prod", "product_title": "Shirt",
	"product_description": "soft", "product_subtitle": "new", "product_type": "apparel", "product_type_id": "ptyp",
	"product_collection": "spring", "product_handle": "shirt", "variant_sku": "TEE", "variant_barcode": "123", "variant_title": "S",
	"metadata": {"gift": true},
	"product": {
		"id": "prod", "is_giftcard": true, "weight": "1.5", "collection_id": "col", "type_id": "ptyp",
		"categories": [{"id": "men"}], "tags": [{"id": "sale"}, {"id": "eco"}]
	},
	"variant": {"id": "variant", "material": "wool", "product_id": "prod", "weight": "200", "product": {"id": "prod", "shipping_profile": {"id": "sp"}}}
}`

const methodTree = `{
	"id": "method", "name": "Post", "amount": "5", "is_tax_inclusive": true, "subtotal": "4", "tax_total": "1",
	"total": "0", "original_total": "0", "original_subtotal": "0", "original_tax_total": "0", "discount_total": "0", "discount_subtotal": "0",
	"discount_tax_total": "0", "shipping_option_id": "so",
	"data": {"speed": 1.50}, "metadata": {"green": "yes"}, "shipping_option": {"id": "so", "shipping_option_type_id": "express", "shipping_profile_id": "sp"}
}`

const cartTree = `{
	"id": "cart", "currency_code": "eur", "total": "31", "subtotal": "32", "item_total": "33", "item_subtotal": "34",
	"original_item_total": "35", "original_item_subtotal": "36", "shipping_subtotal": "37", "email": "a@example.com",
	"locale": "de-DE", "region_id": "reg", "sales_channel_id": "sc", "metadata": {"source": "app"}, "customer_id": "cus",
	"region": {"id": "reg", "name": "Europe", "currency_code": "eur", "automatic_taxes": true, "metadata": {"vat": "oss"}},
	"customer": {
		"id": "cus", "has_account": true, "email": "b@example.com", "company_name": "Acme", "first_name": "Ann", "last_name": "Lee", "phone": "1", "created_by": "user",
		"metadata": {"tier": 3}, "groups": [{"id": "vip"}, {"id": "new"}]
	},
	"shipping_address": {
		"id": "addr", "customer_id": "cus", "company": "Inc", "first_name": "Bo", "last_name": "Day",
		"address_1": "Street 1", "address_2": "Floor 2", "city": "Berlin", "country_code": "de", "province": "be",
		"postal_code": "10115", "phone": "2", "metadata": {"door": 4}
	},
	"items": [` + itemTree + `], "shipping_methods": [` + methodTree + `]
}`

func TestCartOf(t *testing.T) {
	t.Parallel()
	got := promo.CartOf(fullCart(), known())
	if len(got.Items) != 1 || len(got.Shipping) != 1 {
		t.Fatalf("CartOf = %d items, %d shipping methods, want one of each", len(got.Items), len(got.Shipping))
	}
	item, method := got.Items[0], got.Shipping[0]
	sameTree(t, "cart", got.Attributes, cartTree)
	sameTree(t, "item", item.Attributes, itemTree)
	sameTree(t, "shipping method", method.Attributes, methodTree)
	if got.CurrencyCode != "eur" || got.CustomerID != "cus" || got.CustomerEmail != "a@example.com" {
		t.Errorf("cart = %s of %s, %s, want eur of cus, a@example.com", got.CurrencyCode, got.CustomerID, got.CustomerEmail)
	}
	figures := fmt.Sprintf("%s × %s, %s, %s, %v", item.ID, item.Quantity, item.Subtotal, item.OriginalTotal, item.Discountable)
	if want := "item × 2, 22.5, 23, true"; figures != want {
		t.Errorf("item = %s, want %s", figures, want)
	}
	if method.ID != "method" || method.Subtotal.String() != "4" {
		t.Errorf("shipping method = %s, %s, want method, 4", method.ID, method.Subtotal)
	}
	if !promo.Match([]promo.Rule{{Attribute: "data.speed", Operator: "eq", Values: []string{"1.50"}}}, method.Attributes, promo.Shipping) {
		t.Error("a number of a method's data is not as it was written")
	}
}

// What a cart lacks is no attribute.
func TestCartOfLittle(t *testing.T) {
	t.Parallel()
	zero := `"total": "0", "subtotal": "0", "original_total": "0", "original_subtotal": "0", "tax_total": "0", "original_tax_total": "0",
		"discount_total": "0", "discount_subtotal": "0", "discount_tax_total": "0"`
	const plainTree = `"variant_id": "plain", "variant": {"id": "plain", "product": {"id": "prod"}},
		"product": {"id": "prod", "is_giftcard": false, "categories": [], "tags": []},`
	for name, tc := range map[string]struct {
		item *model.LineItem
		want string // what the item has besides
	}{
		"nothing":                {&model.LineItem{}, ``},
		"an unknown variant":     {&model.LineItem{VariantID: new("gone")}, `"variant_id": "gone",`},
		"a deleted product":      {&model.LineItem{VariantID: new("bare")}, `"variant_id": "bare", "variant": {"id": "bare"},`},
		"without a profile":      {&model.LineItem{VariantID: new("plain")}, plainTree},
		"metadata that is null":  {&model.LineItem{Metadata: model.JSON("null")}, ``},
		"metadata that is cut":   {&model.LineItem{Metadata: model.JSON(`{"a"`)}, ``},
		"metadata that is empty": {&model.LineItem{Metadata: model.JSON(`{}`)}, `"metadata": {},`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := promo.CartOf(&model.Cart{Items: []*model.LineItem{tc.item}, ShippingMethods: []*model.ShippingMethod{{}}}, promo.Known{
				Variants: map[string]*model.CartVariant{
					"bare":  {ProductVariant: &model.ProductVariant{ID: "bare"}},
					"plain": {ProductVariant: &model.ProductVariant{ID: "plain", Product: &model.Product{ID: "prod"}}},
				},
			})
			item := `{` + tc.want + zero + `, "id": "", "title": "", "quantity": 0, "requires_shipping": false, "is_discountable": false,
				"is_giftcard": false, "is_tax_inclusive": false, "is_custom_price": false, "unit_price": "0"}`
			sameTree(t, "cart", got.Attributes, `{"id": "", "currency_code": "", "total": "0", "subtotal": "0", "item_total": "0",
				"item_subtotal": "0", "original_item_total": "0", "original_item_subtotal": "0", "shipping_subtotal": "0", "items": [`+item+`],
				"shipping_methods": [{"id": "", "name": "", "amount": "0", "is_tax_inclusive": false, `+zero+`}]}`)
			if got.CustomerID != "" || got.CustomerEmail != "" {
				t.Errorf("customer = %q, %q, want none", got.CustomerID, got.CustomerEmail)
			}
		})
	}
}

func sameTree(t *testing.T, what string, a promo.Attributes, want string) {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var g, w any
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("attributes of the %s = %s, want %s", what, text, want)
	}
}

func TestConceivable(t *testing.T) {
	t.Parallel()
	rule := func(attribute string) []promo.Rule {
		return []promo.Rule{{Attribute: attribute, Operator: "ne", Values: []string{"x"}}}
	}
	c := promo.CartOf(fullCart(), known())
	for name, tc := range map[string]struct {
		promotion promo.Promotion
		want      bool
	}{
		"no rules":             {promo.Promotion{}, true},
		"there":                {promo.Promotion{Rules: rule("customer.groups.id")}, true},
		"not there":            {promo.Promotion{Rules: rule("customer.nickname")}, false},
		"the second not there": {promo.Promotion{Rules: append(rule("email"), rule("customer.nickname")...)}, false},
		"a target there":       {promo.Promotion{Method: &promo.Method{TargetRules: rule("items.variant_sku")}}, true},
		"a target not there":   {promo.Promotion{Method: &promo.Method{TargetRules: rule("items.colour")}}, false},
		"a buy not there":      {promo.Promotion{Method: &promo.Method{BuyRules: rule("items.colour")}}, false},
		"a rule and a target":  {promo.Promotion{Rules: rule("customer.nickname"), Method: &promo.Method{TargetRules: rule("items.id")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.promotion.Conceivable(c); got != tc.want {
				t.Errorf("Conceivable = %v, want %v", got, tc.want)
			}
		})
	}
}
