package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// currencies returns the currencies of all money in an answer, each once.
func currencies(v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if code, ok := e.(string); ok && k == "currencyCode" {
				out = append(out, code)
				continue
			}
			out = append(out, currencies(e)...)
		}
	case []any:
		for _, e := range v {
			out = append(out, currencies(e)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The context of an operation holds at every depth, however a product is reached.
func TestContextAtEveryDepth(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	const priced = `{ priceRange { min { currencyCode } } variants { price { amount { amount currencyCode } withTax { amount currencyCode } } product { variants { price { amount { currencyCode } } } } } }`
	product := handles["prod_classic_tee"]
	for name, of := range map[string]string{
		"list":       `products(first: 3) { nodes ` + priced + ` }`,
		"product":    `product(by: {id: "` + product + `"}) ` + priced,
		"node":       `node(id: "` + product + `") { ... on Product ` + priced + ` }`,
		"nodes":      `nodes(ids: ["` + product + `"]) { ... on Product ` + priced + ` }`,
		"collection": `collections(first: 2) { nodes { products(first: 3) { nodes ` + priced + ` facets { priceRange { max { currencyCode } } } } } }`,
		"category":   `productCategories(first: 50) { nodes { products(first: 3) { nodes ` + priced + ` facets { priceRange { max { currencyCode } } } } } }`,
		"tag":        `productTags(first: 3) { nodes { products(first: 3) { nodes ` + priced + ` facets { priceRange { max { currencyCode } } } } } }`,
		"type":       `productTypes(first: 3) { nodes { products(first: 3) { nodes ` + priced + ` facets { priceRange { max { currencyCode } } } } } }`,
		"variant":    `productVariants(first: 3) { nodes { price { amount { currencyCode } } product ` + priced + ` } }`,
		"facets":     `products(first: 0) { facets { priceRange { min { currencyCode } } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for region, want := range map[string]string{"reg_eu": "EUR", "reg_us": "USD", "reg_jp": "JPY"} {
				a := query(t, g, `query @inContext(region: "`+handles[region]+`") { `+of+` }`, handles["pk_web"])
				if got := currencies(a.Data); len(a.Errors) > 0 || len(got) != 1 || got[0] != want {
					t.Errorf("%s: %v in %s, want %s alone", region, a.Errors, got, want)
				}
			}
		})
	}
}

// A variant is shown with tax where the context has a country, from variables as from literals, in either case.
func TestContextOfTaxes(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	price := func(directive string) string {
		a := query(t, g, `query `+directive+` { product(by: {id: "`+handles["prod_classic_tee"]+`"}) { variants { price { amount { amount } withTax { amount } withoutTax { amount } } } } }`,
			handles["pk_web"])
		if len(a.Errors) > 0 {
			t.Fatalf("%s: %v", directive, a.Errors)
		}
		text, err := json.Marshal(a.Data)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	plain := price(`@inContext(region: "` + handles["reg_eu"] + `")`)
	german, also := price(`@inContext(region: "`+handles["reg_eu"]+`", country: "DE")`), price(`($c: CountryCode = "de") @inContext(region: "`+handles["reg_eu"]+`", country: $c)`)
	if !strings.Contains(plain, `"withTax":null`) || strings.Contains(german, `"withTax":null`) || german != also {
		t.Errorf("without a country %.200s\nDE %.200s\nde %.200s", plain, german, also)
	}
	for directive, code := range map[string]string{
		`@inContext(country: "Germany")`:                                   "BAD_USER_INPUT",
		`@inContext(currency: "euros")`:                                    "BAD_USER_INPUT",
		`@inContext(region: "reg_none")`:                                   "BAD_USER_INPUT",
		`@inContext(region: "` + handles["reg_eu"] + `", currency: "USD")`: "BAD_USER_INPUT",
		`@inContext(nothing: 1)`:                                           "GRAPHQL_VALIDATION_FAILED",
	} {
		refused(t, query(t, g, `query `+directive+` { products(first: 1) { nodes { variants { price { onSale } } } } }`, handles["pk_web"]), code)
	}
}

// What only the REST dialect needs is refused over GraphQL, and not in the schema that clients see.
func TestInternalIsHidden(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	for _, selection := range []string{
		`priceRange @at(path: "min") { min { amount } }`, `priceRange { min { number } }`, `priceRange { min { raw } }`, `variants { calculatedPrice { id } }`, `deletedAt`,
		`variants { prices { id } }`,
	} {
		refused(t, query(t, g, `{ products(first: 1) { nodes { `+selection+` } } }`, handles["pk_web"]), "GRAPHQL_VALIDATION_FAILED")
	}
	a := query(t, g, `{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } directives { name } } }`, "")
	text := fmt.Sprint(a.Data)
	for _, hidden := range []string{"CalculatedPrice", "PartTotals", "PriceCondition", "name:at ", "name:internal", "name:fast", "omitNull", "goField"} {
		if strings.Contains(text, hidden) {
			t.Errorf("the public schema has %s", hidden)
		}
	}
	if !strings.Contains(text, "name:inContext") {
		t.Error("the public schema lacks @inContext")
	}
}
