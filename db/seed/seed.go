package seed

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// Options are the options of Run.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// BaseURL is the address of the server. The addresses of images begin with it, because a storefront at another address
	// cannot complete a path. Empty means http://localhost:9000.
	BaseURL string
	// Beside adds the demo shop to a database that has products, which Run refuses otherwise. The store keeps its name and
	// defaults, and countries stay in their regions. Run fails if codes or handles exist already.
	Beside bool
	// Untranslated leaves out the translations, and the tables that they need: a search has each product once for each language.
	Untranslated bool
}

// A Result is the result of Run.
type Result struct {
	Created        bool   // false if the demo shop was there already
	Products       int    // how many products of the demo shop there are
	PublishableKey string // the token for the public storefront
}

// defaultBase is the address of a server that has no settings.
const defaultBase = "http://localhost:9000"

// mark is the key in the metadata of the store that marks a demo shop.
const mark = "demo_shop"

// seedLock is the advisory lock that lets one process seed at a time: "seed" in letters.
const seedLock = 0x73656564

// Run writes the demo shop into a migrated database, in one transaction, and has PostgreSQL know its tables. If the database has the demo shop, Run changes nothing. If
// it has other products, the error is of kind Conflict, unless the options allow them.
func Run(ctx context.Context, d db.DB, o Options) (Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BaseURL == "" {
		o.BaseURL = defaultBase
	}
	r, err := db.InTx(ctx, d, func(tx db.DB) (Result, error) {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(?)", seedLock); err != nil {
			return Result{}, err
		}
		there, err := tx.Texts(ctx, `SELECT metadata ->> $1 FROM store WHERE deleted_at IS NULL AND metadata ->> $1 IS NOT NULL`, mark)
		if err != nil {
			return Result{}, err
		}
		if len(there) > 0 {
			return Result{Products: len(products), PublishableKey: there[0]}, nil
		}
		if !o.Beside {
			other, err := tx.Texts(ctx, "SELECT title FROM product WHERE deleted_at IS NULL ORDER BY id LIMIT 1")
			if err != nil {
				return Result{}, err
			}
			if len(other) > 0 {
				return Result{}, model.Conflict.Errorf("the database has products already, such as %q", other[0])
			}
		}
		return build(ctx, tx, o)
	})
	if err == nil && r.Created {
		_, err = d.AnalyzeNew(ctx)
	}
	return r, err
}

func build(ctx context.Context, tx db.DB, o Options) (Result, error) {
	profile, err := tx.Texts(ctx, "SELECT id FROM shipping_profile WHERE type = 'default' AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1")
	if err != nil {
		return Result{}, err
	}
	if len(profile) == 0 {
		return Result{}, model.NotFound.Errorf("there is no default shipping profile: migrate the database first")
	}
	old, err := tx.Texts(ctx, "SELECT id FROM store WHERE deleted_at IS NULL ORDER BY created_at, id LIMIT 1")
	if err != nil {
		return Result{}, err
	}
	b := &builder{
		sheet: *newSheet(), base: strings.TrimSuffix(o.BaseURL, "/"), ids: map[string]string{},
		at: o.Now().Add(-time.Minute), profile: profile[0], untranslated: o.Untranslated,
	}
	if !o.Untranslated {
		if err := db.CreateTranslations(ctx, tx); err != nil {
			return Result{}, err
		}
	}
	if b.preferences, err = known(ctx, tx, o.Beside); err != nil {
		return Result{}, err
	}
	b.sales()
	b.priceLists()
	b.delivery()
	b.catalogue()
	b.listedPrices()
	b.taxes()
	b.promotions()
	b.returns()
	if err := b.adopt(ctx, tx, old, o.Beside); err != nil {
		return Result{}, err
	}
	if err := b.insert(ctx, tx); err != nil {
		return Result{}, err
	}
	for _, r := range regions {
		if err := b.giveCountries(ctx, tx, r.name, words(r.countries), o.Beside); err != nil {
			return Result{}, err
		}
	}
	return Result{Created: true, Products: len(products), PublishableKey: b.ref("token", channels[0].name)}, nil
}

// adopt builds the store. Of the stores that the database has, the first becomes it or, beside another shop, is marked only.
func (b *builder) adopt(ctx context.Context, tx db.DB, old []string, beside bool) error {
	id := ""
	switch {
	case len(old) == 0:
		id = b.id("store")
		b.store(id)
	case beside:
		id = old[0]
		if _, err := tx.Exec(ctx, "UPDATE store SET metadata = coalesce(metadata, '{}') || ?::jsonb, updated_at = ? WHERE id = ?",
			string(b.marked()), b.at, id); err != nil {
			return err
		}
	default:
		// The reference creates an empty store when it starts, which becomes this one.
		id = old[0]
		for _, sql := range []string{"DELETE FROM store_currency WHERE store_id = ?", "DELETE FROM store_locale WHERE store_id = ?", "DELETE FROM store WHERE id = ?"} {
			if _, err := tx.Exec(ctx, sql, id); err != nil {
				return err
			}
		}
		b.store(id)
	}
	return b.speak(ctx, tx, id)
}

// A builder turns the tables of the shop into rows.
type builder struct {
	sheet
	at           time.Time         // the time of the next id; each id advances it, so that ids sort in the order in which they are made
	base         string            // with which the addresses of images begin
	profile      string            // the default shipping profile
	skus         []string          // of all variants, in order
	ids          map[string]string // of the objects that were built, by "kind name"
	untranslated bool
	preferences  map[string]bool // price preferences that the database has, by "attribute value"
}

// known returns the price preferences that the database has. Unless the demo shop is added beside another shop, those of its
// currencies are changed to what it needs.
func known(ctx context.Context, tx db.DB, beside bool) (map[string]bool, error) {
	for _, c := range currencies {
		if beside {
			break
		}
		if _, err := tx.Exec(ctx, "UPDATE price_preference SET is_tax_inclusive = ? WHERE attribute = 'currency_code' AND value = ? AND deleted_at IS NULL",
			taxIncluded[c], c); err != nil {
			return nil, err
		}
	}
	have, err := tx.Texts(ctx, "SELECT attribute || ' ' || coalesce(value, '') FROM price_preference WHERE deleted_at IS NULL")
	out := map[string]bool{}
	for _, p := range have {
		out[p] = true
	}
	return out, err
}

// id returns a new id, which sorts after all ids before.
func (b *builder) id(prefix string) string {
	b.at = b.at.Add(time.Millisecond)
	return model.NewID(prefix, b.at)
}

// named returns a new id and remembers it by kind and name.
func (b *builder) named(prefix, kind, name string) string {
	id := b.id(prefix)
	b.ids[kind+" "+name] = id
	return id
}

// ref returns the id that was remembered by kind and name.
func (b *builder) ref(kind, name string) string {
	id, ok := b.ids[kind+" "+name]
	if !ok {
		panic(fmt.Sprintf("seed: there is no %s %q", kind, name)) // an error in the tables
	}
	return id
}

func (b *builder) now() model.Time { return model.Time{Time: b.at.Truncate(time.Millisecond)} }

func (b *builder) stamps() stamps { return stamps{b.now(), b.now()} }

// words returns the parts of s between bars or, if it has none, between spaces.
func words(s string) []string {
	if strings.Contains(s, "|") {
		return strings.Split(s, "|")
	}
	return strings.Fields(s)
}

func ptr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func count(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func jsonOf(v any) model.JSON {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and lists of them always marshal
	}
	return j
}

// sales builds channels with their keys, regions, price preferences and customer groups.
func (b *builder) sales() {
	for _, c := range channels {
		id := b.named("sc", "channel", c.name)
		put(&b.sheet, "sales_channel", salesChannelRow{ID: id, Name: c.name, Description: c.about, stamps: b.stamps()})
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
		token := "pk_" + hex.EncodeToString(secret)
		b.ids["token "+c.name] = token
		key := b.id("apk")
		put(&b.sheet, "api_key", apiKeyRow{
			ID: key, Token: token, Redacted: token[:6] + "***" + token[len(token)-3:], Title: c.key, Type: "publishable", stamps: b.stamps(),
		})
		put(&b.sheet, "publishable_api_key_sales_channel", keyChannelRow{ID: b.id("pksc"), PublishableKeyID: key, SalesChannelID: id, stamps: b.stamps()})
	}
	for _, c := range currencies {
		b.preference("currency_code", c, taxIncluded[c])
	}
	for _, r := range regions {
		id := b.named("reg", "region", r.name)
		put(&b.sheet, "region", model.Region{ID: id, Name: r.name, CurrencyCode: r.currency, AutomaticTaxes: true, CreatedAt: b.now(), UpdatedAt: b.now()})
		put(&b.sheet, "region_payment_provider", regionProviderRow{ID: b.id("regpp"), RegionID: id, PaymentProviderID: "pp_system_default", stamps: b.stamps()})
		b.translate("region", id, phrase{"name", r.name})
		b.preference("region_id", id, taxIncluded[r.currency])
	}
	for _, g := range groups {
		id := b.named("cusgroup", "group", g)
		put(&b.sheet, "customer_group", customerGroupRow{ID: id, Name: g, stamps: b.stamps()})
		b.translate("customer_group", id, phrase{"name", g})
	}
}

func (b *builder) preference(attribute, value string, inclusive bool) {
	if b.preferences[attribute+" "+value] {
		return
	}
	put(&b.sheet, "price_preference", preferenceRow{ID: b.id("prpref"), Attribute: attribute, Value: value, IsTaxInclusive: inclusive, stamps: b.stamps()})
}

// store builds the store, with its currencies, locales and defaults.
func (b *builder) store(id string) {
	put(&b.sheet, "store", storeRow{
		ID: id, Name: shopName, DefaultSalesChannelID: b.ref("channel", channels[0].name), DefaultRegionID: b.ref("region", regions[0].name),
		DefaultLocationID: b.ref("location", locations[0].name), Metadata: b.marked(), stamps: b.stamps(),
	})
	for i, c := range currencies {
		put(&b.sheet, "store_currency", storeCurrencyRow{ID: b.id("stocur"), CurrencyCode: c, StoreID: id, IsDefault: i == 0, stamps: b.stamps()})
	}
}

// marked returns the metadata that marks the demo shop.
func (b *builder) marked() model.JSON {
	return jsonOf(map[string]string{mark: b.ref("token", channels[0].name)})
}

// giveCountries assigns countries, all of which the migrations have written, to a region. A country of another region stays there if
// some is true; otherwise the error is of kind Conflict.
func (b *builder) giveCountries(ctx context.Context, tx db.DB, region string, countries []string, some bool) error {
	for _, c := range countries {
		n, err := tx.Exec(ctx, "UPDATE region_country SET region_id = ?, updated_at = ? WHERE iso_2 = ? AND region_id IS NULL",
			b.ref("region", region), b.at, c)
		if err != nil {
			return err
		}
		if n != 1 && !some {
			return model.Conflict.Errorf("the country %s is in another region already", c)
		}
	}
	return nil
}
