package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A page is what a product page shows.
type page struct {
	ID      string
	Title   string
	Options []struct {
		Name   string
		Values []struct {
			Value     string
			Available bool
			Variants  []struct{ ID string }
		}
	}
	Variants []struct {
		ID              string
		InStock         bool
		SelectedOptions []map[string]string
	}
	Variant, DefaultVariant, Missing *struct {
		ID      string
		InStock bool
	}
	Seo struct{ Title, Description string }
}

const pageFields = `{ id title options { name values { value available variants { id } } } variants { id inStock selectedOptions { name value } }
defaultVariant { id inStock } seo { title description } }`

// The options of a product offer what its variants have, in the merchant's order, and what is available is what a variant can be bought of.
func TestProductPage(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	var out struct{ Products struct{ Nodes []page } }
	h.ask(t, `{ products(first: 100) { nodes `+pageFields+` } }`, nil, &out)
	sold, several := 0, 0
	for _, p := range out.Products.Nodes {
		bought := map[string]bool{}
		for _, v := range p.Variants {
			bought[v.ID] = v.InStock
			var names, want []string
			for _, s := range v.SelectedOptions {
				names = append(names, s["name"])
			}
			for _, o := range p.Options {
				if slices.Contains(names, o.Name) {
					want = append(want, o.Name)
				}
			}
			if !slices.Equal(names, want) {
				t.Errorf("%s: a variant has %v, the product's options are %v", p.Title, names, want)
			}
		}
		for _, o := range p.Options {
			for _, v := range o.Values {
				available := false
				for _, variant := range v.Variants {
					available = available || bought[variant.ID]
				}
				if len(v.Variants) == 0 || available != v.Available {
					t.Errorf("%s: %s %s is available: %t, of variants %v", p.Title, o.Name, v.Value, v.Available, v.Variants)
				}
				if !v.Available {
					sold++
				}
			}
		}
		if len(p.Variants) > 0 {
			first := slices.IndexFunc(p.Variants, func(v struct {
				ID              string
				InStock         bool
				SelectedOptions []map[string]string
			},
			) bool {
				return v.InStock
			})
			if first > 0 {
				several++
			}
			if p.DefaultVariant.ID != p.Variants[max(0, first)].ID {
				t.Errorf("%s: the default variant is %s, want %s", p.Title, p.DefaultVariant.ID, p.Variants[max(0, first)].ID)
			}
		}
	}
	if sold == 0 || several == 0 {
		t.Errorf("%d values are sold out, %d products begin with a variant that is", sold, several)
	}
}

// Every variant is found by its own options, in the language that they are told in.
func TestVariantBySelectedOptions(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.ShopURL(t), db.Options{})
	handles := dbtest.Handles(t)
	h := &shopServer{newServerOn(t, d, nil), handles["pk_web"]}
	for _, sql := range []string{
		`CREATE TABLE IF NOT EXISTS translation (id text, reference_id text, reference text, locale_code text, translations jsonb, deleted_at timestamptz)`,
		`INSERT INTO translation (id, reference_id, reference, locale_code, translations) SELECT 'tr_' || o.id, o.id, 'product_option', 'de-DE',
jsonb_build_object('title', 'Wahl ' || o.title) FROM product_option o`,
	} {
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, language := range []string{"", "de-DE"} {
		context := ""
		if language != "" {
			context = `@inContext(locale: "` + language + `")`
		}
		var out struct{ Product page }
		h.ask(t, `query `+context+` { product(by: {id: "`+handles["prod_classic_tee"]+`"}) `+pageFields+` }`, nil, &out)
		if translated := strings.HasPrefix(out.Product.Options[0].Name, "Wahl "); translated != (language != "") {
			t.Errorf("in %q the first option is %s", language, out.Product.Options[0].Name)
		}
		for _, v := range out.Product.Variants {
			var found struct{ Product page }
			h.ask(t, `query ($s: [SelectedOptionInput!]!) `+context+` { product(by: {id: "`+handles["prod_classic_tee"]+`"}) {
variant(selectedOptions: $s) { id inStock } missing: variant(selectedOptions: [{name: "Size", value: "none"}]) { id } } }`,
				map[string]any{"s": v.SelectedOptions}, &found)
			if got := found.Product.Variant; got == nil || got.ID != v.ID || found.Product.Missing != nil {
				t.Errorf("in %q %v finds %v, want %s", language, v.SelectedOptions, got, v.ID)
			}
		}
	}
}

// Search engines show what the merchant has set, else the thing's own texts.
func TestSeo(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.ShopURL(t), db.Options{})
	handles := dbtest.Handles(t)
	h := &shopServer{newServerOn(t, d, nil), handles["pk_web"]}
	id := handles["prod_classic_tee"]
	for _, x := range []struct{ metadata, description, title, shown string }{
		{`null`, "One\n  two", "", "One two"},
		{`{"seo_title": " Set ", "seo_description": "By hand"}`, "One", "Set", "By hand"},
		{`{"seo_title": 5, "seo_description": " "}`, "One", "", "One"},
		{`[]`, "", "", ""},
	} {
		if _, err := d.Exec(t.Context(), `UPDATE product SET metadata = ?::jsonb, description = ? WHERE id = ?`, x.metadata, x.description, id); err != nil {
			t.Fatal(err)
		}
		var out struct{ Product page }
		h.ask(t, `{ product(by: {id: "`+id+`"}) { title seo { title description } } }`, nil, &out)
		if x.title == "" {
			x.title = out.Product.Title
		}
		if got := out.Product.Seo; got.Title != x.title || got.Description != x.shown {
			t.Errorf("%s of %q shows %+v", x.metadata, x.description, got)
		}
	}
}

// Related are the products that share most, never the product itself, and none that shares nothing.
func TestRelated(t *testing.T) {
	t.Parallel()
	h := newShopServer(t)
	type thing struct{ ID string }
	type product struct {
		ID               string
		Collection, Type *thing
		Tags, Categories []thing
		Related          []struct{ ID string }
	}
	var out struct{ Products struct{ Nodes []product } }
	h.ask(t, `{ products(first: 100) { nodes { id collection { id } type { id } tags { id } categories { id } related(first: 20) { id } } } }`, nil, &out)
	shared := func(a, b product) int {
		n := 0
		if a.Collection != nil && b.Collection != nil && *a.Collection == *b.Collection {
			n++
		}
		if a.Type != nil && b.Type != nil && *a.Type == *b.Type {
			n++
		}
		for _, lists := range [][2][]thing{{a.Tags, b.Tags}, {a.Categories, b.Categories}} {
			for _, x := range lists[0] {
				if slices.Contains(lists[1], x) {
					n++
				}
			}
		}
		return n
	}
	byID := map[string]product{}
	for _, p := range out.Products.Nodes {
		byID[p.ID] = p
	}
	related := 0
	for _, p := range out.Products.Nodes {
		last, listed := 1<<10, map[string]bool{}
		for _, r := range p.Related {
			n := shared(p, byID[r.ID])
			if r.ID == p.ID || n == 0 || n > last || listed[r.ID] {
				t.Errorf("%s is related to %s, with which it shares %d after %d", p.ID, r.ID, n, last)
			}
			last, listed[r.ID] = n, true
			related++
		}
		for id, other := range byID {
			if n := shared(p, other); id != p.ID && !listed[id] && n > 0 && (len(p.Related) < 20 || n > last) {
				t.Errorf("%s is not related to %s, with which it shares %d", p.ID, id, n)
			}
		}
	}
	if related == 0 {
		t.Error("nothing is related")
	}
}
