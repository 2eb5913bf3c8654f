package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
)

// ask sends a request to the Store API and reads the answer into a value. It returns the status and the text of the answer.
func (d demo) ask(t *testing.T, request, body string, into any, headers map[string]string) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	res, err := d.send(t.Context(), method, path, body, headers)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s %s = %d, %v: %s", request, body, res.StatusCode, err, text)
		}
	}
	return res.StatusCode, string(text)
}

// text returns the only text of a query.
func (d demo) text(t *testing.T, sql string, args ...any) string {
	t.Helper()
	got, err := d.db.Texts(t.Context(), sql, args...)
	if err != nil || len(got) != 1 {
		t.Fatalf("%s %v = %v, %v", sql, args, got, err)
	}
	return got[0]
}

func (d demo) variant(t *testing.T, sku string) string {
	t.Helper()
	return d.text(t, `SELECT id FROM product_variant WHERE sku = $1`, sku)
}

// A demoCart is what the tests want to know of a cart.
type demoCart struct {
	Cart struct {
		ID       string
		Total    json.Number
		Discount json.Number             `json:"discount_total"`
		Codes    []struct{ Code string } `json:"promotions"`
	}
}

// cart makes a cart in Europe with quantities of variants, such as "HEARTH-MOSS*3 SOAP".
func (d demo) cart(t *testing.T, lines string) string {
	t.Helper()
	var c demoCart
	region := d.text(t, `SELECT id FROM region WHERE name = 'Europe'`)
	d.ask(t, "POST /store/carts", `{"region_id": "`+region+`", "email": "ada@example.com",
		"shipping_address": {"first_name": "Ada", "last_name": "L", "address_1": "Am Deich 1", "city": "Hamburg", "postal_code": "20539", "country_code": "de"}}`, &c, nil)
	for line := range strings.FieldsSeq(lines) {
		sku, n, _ := strings.Cut(line, "*")
		if n == "" {
			n = "1"
		}
		d.ask(t, "POST /store/carts/"+c.Cart.ID+"/line-items", `{"variant_id": "`+d.variant(t, sku)+`", "quantity": `+n+`}`, &c, nil)
	}
	return c.Cart.ID
}

func (d demo) ship(t *testing.T, cart, option string) {
	t.Helper()
	id := d.text(t, `SELECT o.id FROM shipping_option o JOIN service_zone z ON z.id = o.service_zone_id WHERE z.name = 'Europe' AND o.name = $1`, option)
	d.ask(t, "POST /store/carts/"+cart+"/shipping-methods", `{"option_id": "`+id+`"}`, new(demoCart), nil)
}

func (d demo) pay(t *testing.T, cart string) {
	t.Helper()
	var paid struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	d.ask(t, "POST /store/payment-collections", `{"cart_id": "`+cart+`"}`, &paid, nil)
	d.ask(t, "POST /store/payment-collections/"+paid.Collection.ID+"/payment-sessions", `{"provider_id": "pp_system_default"}`, &paid, nil)
}

// Each code that run prints gives what its sentence says.
func TestDemoCodes(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	codes, err := seed.Codes(t.Context(), d.db)
	if err != nil || len(codes) < 5 {
		t.Fatalf("Codes = %v, %v, want some of each kind", codes, err)
	}
	lines := map[string][2]string{ // what is in the cart, and the discount
		"10 % off everything.":                                  {"HEARTH-SAND*2", "4.4"},
		"5 € off an order of 40 € or more, in Europe.":          {"HEARTH-SAND*2", "5"},
		"Free shipping.":                                        {"HEARTH-SAND", "14.9"},
		"15 % off what is tagged as wool, up to three of each.": {"PEAT-INK*4", "26.55"},
		"A pair of Tramper Socks is free with Tarn Boots.":      {"TARN-40 SOCK-40-43-MOSS", "19"},
		"The third Hearth Mug is free.":                         {"HEARTH-SAND*3", "22"},
	}
	for _, code := range codes {
		want, known := lines[code.About]
		if !known {
			t.Errorf("no cart for %q", code.About)
			continue
		}
		id := d.cart(t, want[0])
		d.ship(t, id, "Express")
		var c demoCart
		if code.Code != "" {
			d.ask(t, "POST /store/carts/"+id+"/promotions", `{"promo_codes": ["`+code.Code+`"]}`, new(demoCart), nil)
		}
		d.ask(t, "GET /store/carts/"+id+"?fields=id,total,discount_total,promotions.code", "", &c, nil)
		if c.Cart.Discount.String() != want[1] || len(c.Cart.Codes) != 1 || code.Code != "" && c.Cart.Codes[0].Code != code.Code {
			t.Errorf("%s %q: discount %s by %v, want %s", code.Code, code.About, c.Cart.Discount, c.Cart.Codes, want[1])
		}
	}
}

// One product of each type is bought, from the cart to the order; also what may be back-ordered, what is made of others, and what is not
// managed.
func TestDemoCheckout(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	kinds := map[string]string{ // a variant, by what it is
		"Apparel": "FELL-M-INK", "Equipment": "DROVER-PINE", "Homeware": "BOWL-SAND", "Book": "MEND", "Food": "HONEY",
		"back-ordered": "TARN-38*2", "a kit": "FIRSTNIGHT", "not managed": "SOAP*500", "by quantity": "SOCK-40-43-MOSS*6",
	}
	types, err := d.db.Texts(t.Context(), `SELECT value FROM product_type`)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range types {
		if kinds[kind] == "" {
			t.Errorf("nothing of the type %s is bought", kind)
		}
	}
	for kind, line := range kinds {
		id := d.cart(t, line)
		d.ship(t, id, "Parcel")
		d.pay(t, id)
		var done struct {
			Type  string
			Order struct{ Items []struct{ Thumbnail string } }
		}
		_, text := d.ask(t, "POST /store/carts/"+id+"/complete", "", &done, nil)
		if done.Type != "order" || len(done.Order.Items) != 1 {
			t.Errorf("%s: %s", kind, text)
		}
	}
}

// What is sold out cannot be bought, and is seen to be.
func TestDemoSoldOut(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	id := d.cart(t, "")
	for _, sku := range []string{"TITAN", "HUSH-L-MOSS"} {
		status, text := d.ask(t, "POST /store/carts/"+id+"/line-items", `{"variant_id": "`+d.variant(t, sku)+`", "quantity": 1}`, nil, nil)
		if status != http.StatusBadRequest || !strings.Contains(text, "insufficient_inventory") {
			t.Errorf("adding %s = %d %s, want that there is none", sku, status, text)
		}
	}
	for handle, want := range map[string]string{
		"titan-mug": `{"inStock":false}`, "bog-myrtle-candle": `{"inStock":true}`, "cedar-soap": `{"inStock":true}`,
	} {
		got, err := d.graphql(t.Context(), `{ product(by: { handle: "`+handle+`" }) { variants { inStock } } }`, nil, nil)
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s = %s, %v, want %s", handle, got, err, want)
		}
	}
}

// A price of a sale is shown with the price before, in each region.
func TestDemoStruckPrices(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	for name, want := range map[string]string{"Europe": "119 149", "United Kingdom": "99 129", "United States": "129 165"} {
		region := d.text(t, `SELECT id FROM region WHERE name = $1`, name)
		var over struct {
			Products []struct {
				Variants []struct {
					Price struct {
						Now  json.Number `json:"calculated_amount"`
						Was  json.Number `json:"original_amount"`
						List struct {
							Type string `json:"price_list_type"`
						} `json:"calculated_price"`
					} `json:"calculated_price"`
				}
			}
		}
		d.ask(t, "GET /store/products?handle=cairn-wool-jumper&fields=*variants.calculated_price&region_id="+region, "", &over, nil)
		p := over.Products[0].Variants[0].Price
		if got := p.Now.String() + " " + p.Was.String(); got != want || p.List.Type != "sale" {
			t.Errorf("%s over REST: %s of a list of type %s, want %s of a sale", name, got, p.List.Type, want)
		}
		var graph struct {
			Data struct {
				Product struct {
					Variants []struct {
						Price struct{ Amount, CompareAt struct{ Amount string } }
					}
				}
			}
		}
		text, err := d.graphql(t.Context(), `query ($region: ID!) @inContext(region: $region) { product(by: { handle: "cairn-wool-jumper" }) { variants { price { amount { amount } compareAt { amount } } } } }`,
			json.RawMessage(`{"region": "`+region+`"}`), nil)
		if err != nil || json.Unmarshal(text, &graph) != nil || len(graph.Data.Product.Variants) == 0 {
			t.Fatalf("%s, %v", text, err)
		}
		g := graph.Data.Product.Variants[0].Price
		if got := strings.ReplaceAll(g.Amount.Amount+" "+g.CompareAt.Amount, ".00", ""); got != want {
			t.Errorf("%s in GraphQL: %s, want %s", name, got, want)
		}
	}
}

// The shop is read in its languages, over REST and in GraphQL.
func TestDemoLanguages(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	const fields = "title,subtitle,description,material,*options,*options.values,*variants,*tags,*type,*collection,*categories"
	for locale, want := range map[string][]string{
		"de-DE": {
			"Wollpullover Cairn", "Grob gestrickt, ungefärbt, etwas kratzig", "Gesponnen aus der Wolle von Bergschafen", "Wolle", "Größe", "Farbe", "Schiefer", "S / Sand", "M / Schiefer",
			"reparierbar", "Bekleidung", "Erster Frost", "Strickwaren", "Wolle und ihre Nachahmer.",
		},
		"fr-FR": {
			"Pull en laine Cairn", "Grosse maille, non teint, un peu piquant", "Filé de la toison de moutons", "Laine", "Taille", "Couleur", "Ardoise", "S / Sable", "M / Ardoise",
			"réparable", "Vêtements", "Premières gelées", "Tricots", "La laine et ses imitations.",
		},
	} {
		_, rest := d.ask(t, "GET /store/products?handle=cairn-wool-jumper&fields="+fields, "", new(any), map[string]string{"x-medusa-locale": locale})
		graph, err := d.graphql(t.Context(), `query ($l: String!) @inContext(locale: $l) { product(by: { handle: "cairn-wool-jumper" }) { title subtitle description material
			options { name values { value } } variants { title } tags { value } type { value } collection { title } categories { name description } } }`,
			json.RawMessage(`{"l": "`+locale+`"}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		for api, text := range map[string]string{"REST": rest, "GraphQL": string(graph)} {
			for _, w := range want {
				if !strings.Contains(text, `"`+w) {
					t.Errorf("%s over %s lacks %q: %.2000s", locale, api, w, text)
				}
			}
		}
		d.sells(t, locale)
	}
	_, locales := d.ask(t, "GET /store/locales", "", new(any), nil)
	if want := `{"locales":[{"code":"de-DE","name":"German (Germany)"},{"code":"fr-FR","name":"French (France)"}]}`; locales != want {
		t.Errorf("locales = %s, want %s", locales, want)
	}
}

// sells wants what a shopper sees besides products in a language: regions, shipping, taxes and reasons for returns.
func (d demo) sells(t *testing.T, locale string) {
	t.Helper()
	id := d.cart(t, "FELL-M-INK")
	in := map[string]string{"x-medusa-locale": locale}
	d.ask(t, "POST /store/carts/"+id, `{"locale": "`+locale+`"}`, new(demoCart), in)
	d.ship(t, id, "Parcel")
	for request, want := range map[string]map[string]string{
		"GET /store/regions?fields=name":                       {"de-DE": "Vereinigtes Königreich", "fr-FR": "Royaume-Uni"},
		"GET /store/shipping-options?cart_id=" + id:            {"de-DE": "Am nächsten Werktag", "fr-FR": "Le jour ouvré suivant"},
		"GET /store/return-reasons":                            {"de-DE": "Vielleicht können wir es flicken", "fr-FR": "Nous pourrons peut-être le réparer"},
		"GET /store/carts/" + id:                               {"de-DE": "Merino-T-Shirt Fell", "fr-FR": "T-shirt mérinos Fell"},
		"GET /store/carts/" + id + "?fields=*items.tax_lines":  {"de-DE": "MwSt.", "fr-FR": "TVA"},
		"GET /store/carts/" + id + "?fields=*shipping_methods": {"de-DE": "Paket", "fr-FR": "Colis"},
		"GET /store/product-categories?handle=tents":           {"de-DE": "Sie stehen, wenn Sie müde sind.", "fr-FR": "Elles se montent quand on est fatigué."},
		"GET /store/collections":                               {"de-DE": "Lange Abende", "fr-FR": "Soirées tranquilles"},
	} {
		if _, text := d.ask(t, request, "", new(any), in); !strings.Contains(text, want[locale]) {
			t.Errorf("%s in %s lacks %q: %s", request, locale, want[locale], text)
		}
	}
}

// The images load at the address at which the shop is served, whatever it was seeded with, over REST and in GraphQL.
func TestDemoPicturesFollowTheServer(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.URL(t))
	key := strings.TrimSpace(strings.TrimPrefix(printed(t, with(env, "PORT", "9000"), "seed"), "Publishable key"))
	key = key[strings.LastIndex(key, "pk_"):]
	bases := map[string]bool{}
	for range 2 {
		p := begin(t, env, "serve")
		base := "http://" + strings.Replace(p.await(t, `address=(\S+)`), "[::]", "localhost", 1)
		eventually(t, base+"/health/ready", 200)
		port := base[strings.LastIndex(base, ":"):]
		d := demo{url: base, key: key}
		_, rest := d.ask(t, "GET /store/products?limit=50&fields=thumbnail,images.url,variants.thumbnail", "", new(any), nil)
		graph, err := d.graphql(t.Context(), `{ products(first: 50) { nodes { thumbnail images { url } variants { thumbnail } } } }`, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for api, text := range map[string]string{"REST": rest, "GraphQL": string(graph)} {
			seen := 0
			for part := range strings.SplitSeq(text, `"`) {
				if !strings.HasPrefix(part, "http") {
					continue
				}
				if !strings.HasPrefix(part, "http://localhost"+port+"/static/") {
					t.Fatalf("%s: the picture %s, want it at port %s", api, part, port)
				}
				if seen++; seen%20 == 0 {
					if status, _ := get(t, part); status != http.StatusOK {
						t.Errorf("GET %s = %d", part, status)
					}
				}
			}
			if seen < 200 {
				t.Errorf("%s: %d pictures", api, seen)
			}
		}
		bases[port] = true
		p.stop(t)
	}
	if len(bases) != 2 {
		t.Skip("both had the same port")
	}
}

// with returns env with one more variable.
func with(env map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	for n, v := range env {
		if n != name {
			all[n] = v
		}
	}
	return all
}
