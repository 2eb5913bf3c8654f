package seed

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// A Size says how many products Fill generates, and how.
type Size struct {
	// Products is how many generated products the shop has afterwards.
	Products int
	// Seed chooses what they are: the same shop, clock and seed make the same products.
	Seed uint64
	// Now is the clock; nil means time.Now. The products were created in the two years before.
	Now func() time.Time
	// BaseURL is as in Options.
	BaseURL string
	// Progress is called, if it is not nil, with the number of products that have been written so far, and of all that are to be.
	Progress func(done, total int)
}

// generated is the key in the metadata of the store that says what Fill has generated.
const generated = "generated_products"

// A filling is what Fill has generated, as it is kept.
type filling struct {
	Products   int         `json:"products"`
	Seed       uint64      `json:"seed"`
	Unfinished *unfinished `json:"unfinished,omitempty"`
}

// An unfinished filling is one that is being generated, or was interrupted.
type unfinished struct {
	Products int       `json:"products"`
	Now      time.Time `json:"now"`
	Done     []int     `json:"done"` // the numbers of the lots that are written
}

const (
	// lotSize is how many products are written together, all of them or none.
	lotSize = 500
	// mostWriters is how many lots are written at once.
	mostWriters = 4
)

// Fill adds generated products to a shop, and returns how many were added: each with 2 or 3 options, about 6 variants and 36 prices in the
// currencies of the shop, some of them of price lists, by region or by quantity, and stock in all locations. It uses the shop's channels,
// currencies, regions and locations, and makes categories, collections, tags, types and price lists.
//
// A shop that has generated products gets only those that it lacks. If it has as many as it should already, or was filled with another
// seed, the error is of kind Conflict. Products are written in lots, on several connections at once, unless d is a transaction: one that
// ends early leaves whole products, and the next Fill goes on where it ended.
func Fill(ctx context.Context, d db.DB, s Size) (int, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.BaseURL == "" {
		s.BaseURL = defaultBase
	}
	return db.InTx(ctx, d, func(tx db.DB) (int, error) {
		// This transaction only keeps others from seeding meanwhile.
		for _, sql := range []string{"SET LOCAL idle_in_transaction_session_timeout = 0", fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", seedLock)} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return 0, err
			}
		}
		writers := min(mostWriters, runtime.GOMAXPROCS(0), d.Connections()-1)
		if writers > 0 {
			return fillOn(ctx, d, s, writers)
		}
		return fillOn(ctx, tx, s, 1)
	})
}

// fillOn is Fill on other connections than the one that holds the lock. It finishes what is unfinished first.
func fillOn(ctx context.Context, d db.DB, s Size, writers int) (int, error) {
	have, err := filled(ctx, d, s)
	if err != nil {
		return 0, err
	}
	p := &progress{tell: s.Progress, total: s.Products - have.written()}
	for have.Products < s.Products {
		if have.Unfinished == nil {
			have.Unfinished = &unfinished{Products: s.Products, Now: s.Now().Truncate(time.Millisecond), Done: []int{}}
		}
		f, err := begin(ctx, d, s, have)
		if err != nil {
			return p.done, err
		}
		if err := f.write(ctx, d, writers, p); err != nil {
			return p.done, err
		}
		have = filling{Products: have.Unfinished.Products, Seed: s.Seed}
		if err := f.finish(ctx, d, have); err != nil {
			return p.done, err
		}
	}
	return p.done, nil
}

// written returns how many products there are, also of an unfinished filling.
func (k filling) written() int {
	n := k.Products
	if k.Unfinished != nil {
		for _, lot := range k.Unfinished.Done {
			n += min(lotSize, k.Unfinished.Products-k.Products-lot*lotSize)
		}
	}
	return n
}

// progress counts the products that are written.
type progress struct {
	tell        func(done, total int)
	mu          sync.Mutex
	done, total int
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done += n; p.tell != nil {
		p.tell(p.done, p.total)
	}
}

// filled returns what Fill has generated before.
func filled(ctx context.Context, d db.DB, s Size) (filling, error) {
	before := filling{Seed: s.Seed}
	kept, err := d.Texts(ctx, "SELECT coalesce(metadata ->> $1, '{}') FROM store WHERE deleted_at IS NULL ORDER BY created_at, id LIMIT 1", generated)
	if err != nil {
		return before, err
	}
	if len(kept) == 0 {
		return before, model.NotFound.Errorf("there is no store: seed the database first")
	}
	if err := json.Unmarshal([]byte(kept[0]), &before); err != nil {
		return before, err
	}
	switch {
	case before.Seed != s.Seed:
		return before, model.Conflict.Errorf("the shop has %d products of seed %d: more of them need the same seed", before.written(), before.Seed)
	case before.Unfinished != nil && before.Unfinished.Products > s.Products:
		return before, model.Conflict.Errorf("the shop has %d of %d generated products: ask for all of those, or reset it", before.written(), before.Unfinished.Products)
	case before.Products >= s.Products:
		return before, model.Conflict.Errorf("the shop has %d generated products already: ask for more than those, or reset it", before.Products)
	}
	return before, nil
}

// A filler generates products. Copies of it do so at once.
type filler struct {
	size     Size
	have     filling
	now      time.Time
	random   *rand.Rand // of the present product
	last     time.Time  // of the id before
	store    string
	profile  string
	channels []string // the default one first
	stocks   []string // ids of locations
	money    []string // codes of currencies
	regions  []shopRegion
	ids      map[string]string // of what products are grouped by, by "kind name"
	children map[string]int    // how many categories there are below the one with a handle
	order    []int             // the numbers of the products, in the order of their ids, which indexes like best
	trusted  bool              // the database does not look up what rows refer to
	*sheet
}

type shopRegion struct{ id, currency string }

// begin writes what products are grouped by, and that there is an unfinished filling.
func begin(ctx context.Context, d db.DB, s Size, have filling) (*filler, error) {
	s.BaseURL = strings.TrimSuffix(s.BaseURL, "/")
	return db.InTx(ctx, d, func(tx db.DB) (*filler, error) {
		f := &filler{size: s, have: have, now: have.Unfinished.Now, ids: map[string]string{}, children: map[string]int{}, sheet: newSheet()}
		f.draw(^uint64(0), f.now.AddDate(-2, -1, 0)) // the groups are older than what is in them
		if err := f.surroundings(ctx, tx); err != nil {
			return nil, err
		}
		if err := f.groups(ctx, tx); err != nil {
			return nil, err
		}
		if err := f.insert(ctx, tx); err != nil {
			return nil, err
		}
		may, err := tx.Texts(ctx, "SELECT 'yes' FROM pg_roles WHERE rolname = current_user AND rolsuper")
		if err != nil {
			return nil, err
		}
		f.trusted = len(may) > 0
		for i := have.Products; i < have.Unfinished.Products; i++ {
			f.order = append(f.order, i)
		}
		slices.SortFunc(f.order, func(a, b int) int { return f.created(a).Compare(f.created(b)) })
		return f, f.keep(ctx, tx, have)
	})
}

// keep notes what has been generated.
func (f *filler) keep(ctx context.Context, tx db.DB, what filling) error {
	_, err := tx.Exec(ctx, "UPDATE store SET metadata = coalesce(metadata, '{}') || ?::jsonb WHERE id = ?", string(jsonOf(map[string]any{generated: what})), f.store)
	return err
}

// finish notes that a filling is whole, and has queries planned for a shop of that size.
func (f *filler) finish(ctx context.Context, d db.DB, whole filling) error {
	_, err := db.InTx(ctx, d, func(tx db.DB) (struct{}, error) {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return struct{}{}, err
		}
		for _, table := range filledTables {
			if _, err := tx.Exec(ctx, "ANALYZE "+table); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, f.keep(ctx, tx, whole)
	})
	return err
}

// draw begins with the random numbers and the ids of one thing.
func (f *filler) draw(n uint64, at time.Time) {
	f.random, f.last = rand.New(rand.NewPCG(f.size.Seed, n)), at //nolint:gosec // it must be the same again
}

// id returns an id that sorts after those before it of the same product.
func (f *filler) id(prefix string) string {
	f.last = f.last.Add(time.Millisecond)
	var u ulid.ULID
	_ = u.SetTime(ulid.Timestamp(f.last)) // fails after the year 10889
	high, low := f.random.Uint64(), f.random.Uint64()
	for i := range 8 {
		u[6+i] = byte(high >> (8 * i))
	}
	u[14], u[15] = byte(low), byte(low>>8)
	return prefix + "_" + u.String()
}

// stamps are those of the present product, whose id is the first.
func (f *filler) stamps() stamps { return stamps{model.Time{Time: f.last}, model.Time{Time: f.last}} }

// one returns one of the words.
func (f *filler) one(of []string) string { return of[f.random.IntN(len(of))] }

// chance is true percent times of a hundred.
func (f *filler) chance(percent int) bool { return f.random.IntN(100) < percent }

// write generates and writes the lots that are not written yet, several at once.
func (f *filler) write(ctx context.Context, d db.DB, writers int, p *progress) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	lots := make(chan int)
	var wg sync.WaitGroup
	for range writers {
		own := *f
		own.sheet = newSheet()
		wg.Go(func() {
			for lot := range lots {
				n, err := own.writeLot(ctx, d, lot)
				if err != nil {
					fail(err)
					return
				}
				p.add(n)
			}
		})
	}
	for lot := range (len(f.order) + lotSize - 1) / lotSize {
		if slices.Contains(f.have.Unfinished.Done, lot) {
			continue
		}
		select {
		case lots <- lot:
		case <-ctx.Done():
		}
	}
	close(lots)
	wg.Wait()
	return context.Cause(ctx)
}

// writeLot generates a lot and writes it in one transaction. It returns how many products it is of.
func (f *filler) writeLot(ctx context.Context, d db.DB, lot int) (int, error) {
	f.empty()
	some := f.order[lot*lotSize : min((lot+1)*lotSize, len(f.order))]
	ids := make([]string, len(some))
	for n, i := range some {
		ids[n] = f.product(i)
	}
	return db.InTx(ctx, d, func(tx db.DB) (int, error) {
		if err := f.hasten(ctx, tx, ids); err != nil {
			return 0, err
		}
		if err := f.copy(ctx, tx); err != nil {
			return 0, err
		}
		_, err := tx.Exec(ctx, "UPDATE store SET metadata = jsonb_set(metadata, ?::text[], (metadata #> ?::text[]) || ?::text::jsonb) WHERE id = ?",
			unfinishedLots, unfinishedLots, lot, f.store)
		return len(some), err
	})
}

// unfinishedLots is the path in the metadata of the store to the numbers of the lots that are written.
const unfinishedLots = "{" + generated + ",unfinished,done}"

// hasten lets the transaction write products fast: it may take long, nothing waits for its lot to be on the disk, which the last
// transaction of the filling sees to, and if it is a superuser's, the database does not look up what each row refers to, which takes longer
// than to write it. Everything that a product refers to is there or written by the same transaction.
func (f *filler) hasten(ctx context.Context, tx db.DB, ids []string) error {
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off"); err != nil || !f.trusted {
		return err
	}
	if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
		return err
	}
	return tx.LogProducts(ctx, ids) // triggers do not run either
}

// filledTables are the tables that Fill writes to.
var filledTables = words(`product product_variant product_category product_category_product product_collection product_tag product_tags product_type
product_option product_option_value product_product_option product_product_option_value product_variant_option image product_variant_product_image
product_sales_channel product_shipping_profile price_set product_variant_price_set price price_rule price_list price_list_rule
inventory_item inventory_level product_variant_inventory_item`)

// created returns when a product was created: at any time of two years, evenly spread however many there are.
func (f *filler) created(i int) time.Time {
	const golden = 0x9e3779b97f4a7c15 // a turn of the golden angle, of 2^64
	turn := uint64(i+1) * golden
	const span = 2 * 365 * 24 * time.Hour
	return f.now.Add(-time.Hour - time.Duration(turn>>32)*(span>>32)).Truncate(time.Millisecond)
}

// surroundings reads what the shop has.
func (f *filler) surroundings(ctx context.Context, tx db.DB) error {
	for _, q := range []struct {
		sql  string
		into *[]string
		lack string
	}{
		{`SELECT c.id FROM sales_channel c LEFT JOIN store s ON s.default_sales_channel_id = c.id AND s.deleted_at IS NULL
			WHERE c.deleted_at IS NULL ORDER BY s.id IS NULL, c.created_at, c.id`, &f.channels, "sales channel"},
		{`SELECT id FROM stock_location WHERE deleted_at IS NULL ORDER BY created_at, id`, &f.stocks, "stock location"},
		{`SELECT currency_code FROM store_currency WHERE deleted_at IS NULL UNION SELECT currency_code FROM region WHERE deleted_at IS NULL
			ORDER BY 1`, &f.money, "currency"},
	} {
		var err error
		if *q.into, err = tx.Texts(ctx, q.sql); err != nil {
			return err
		}
		if len(*q.into) == 0 {
			return model.NotFound.Errorf("the shop has no %s: seed the database first", q.lack)
		}
	}
	for _, q := range []struct {
		sql  string
		into *string
	}{
		{`SELECT id FROM store WHERE deleted_at IS NULL ORDER BY created_at, id LIMIT 1`, &f.store},
		{`SELECT id FROM shipping_profile WHERE deleted_at IS NULL ORDER BY type <> 'default', created_at, id LIMIT 1`, &f.profile},
	} {
		found, err := tx.Texts(ctx, q.sql)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			*q.into = found[0]
		}
	}
	regions, err := tx.Texts(ctx, "SELECT id || ' ' || currency_code FROM region WHERE deleted_at IS NULL ORDER BY created_at, id")
	for _, r := range regions {
		id, currency, _ := strings.Cut(r, " ")
		f.regions = append(f.regions, shopRegion{id, currency})
	}
	return err
}

// group has build put the row of something that products are grouped by, of a kind and with a name, if the shop has none.
func (f *filler) group(prefix, kind, name string, build func(id string)) {
	key := kind + " " + name
	if f.ids[key] == "" {
		f.ids[key] = f.id(prefix)
		build(f.ids[key])
	}
}

// groups makes the categories, collections, tags, types and price lists that the shop lacks.
func (f *filler) groups(ctx context.Context, tx db.DB) error {
	known, err := tx.Texts(ctx, `SELECT kind || E'\t' || name || E'\t' || id FROM (
SELECT 'category' kind, handle name, id, deleted_at FROM product_category
UNION ALL SELECT 'parent', id, coalesce((SELECT handle FROM product_category p WHERE p.id = c.parent_category_id), ''), deleted_at FROM product_category c
UNION ALL SELECT 'mpath', handle, mpath, deleted_at FROM product_category
UNION ALL SELECT 'collection', handle, id, deleted_at FROM product_collection
UNION ALL SELECT 'tag', value, id, deleted_at FROM product_tag
UNION ALL SELECT 'type', value, id, deleted_at FROM product_type
UNION ALL SELECT 'list', title, id, deleted_at FROM price_list
UNION ALL SELECT 'first', 'group', min(id), NULL FROM customer_group WHERE deleted_at IS NULL) x WHERE deleted_at IS NULL AND id IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, line := range known {
		parts := strings.Split(line, "\t")
		f.ids[parts[0]+" "+parts[1]] = parts[2]
		if parts[0] == "parent" {
			f.children[parts[2]]++
		}
	}
	at := f.stamps()
	f.tree()
	for _, c := range collectionNames() {
		f.group("pcol", "collection", handleOf(c), func(id string) {
			put(f.sheet, "product_collection", model.Collection{ID: id, Title: c, Handle: handleOf(c), CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt})
		})
	}
	for _, t := range labels {
		f.group("ptag", "tag", t, func(id string) {
			put(f.sheet, "product_tag", model.ProductTag{ID: id, Value: t, CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt})
		})
	}
	for _, g := range goods {
		f.group("ptyp", "type", g.kind, func(id string) {
			put(f.sheet, "product_type", model.ProductType{ID: id, Value: g.kind, CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt})
		})
	}
	f.lists()
	return nil
}

// tree makes the categories.
func (f *filler) tree() {
	for _, d := range departments {
		f.category("", d.handle, d.name, true, false)
	}
	for _, s := range shelves {
		department, _, _ := strings.Cut(s.handle, "-")
		f.category(department, s.handle, s.name, true, false)
		for _, u := range uses {
			f.category(s.handle, s.handle+"-"+u.handle, s.name+" "+u.name, !u.inactive, u.internal)
		}
	}
}

func (f *filler) category(parent, handle, name string, active, internal bool) {
	f.group("pcat", "category", handle, func(id string) {
		row := model.ProductCategory{
			ID: id, Name: name, Handle: handle, Mpath: id, IsActive: active, IsInternal: internal, Rank: f.children[parent],
			CreatedAt: f.stamps().CreatedAt, UpdatedAt: f.stamps().UpdatedAt,
		}
		if parent != "" {
			row.ParentCategoryID = ptr(f.ids["category "+parent])
			row.Mpath = f.ids["mpath "+parent] + "." + id
		}
		f.ids["mpath "+handle] = row.Mpath
		f.children[parent]++
		put(f.sheet, "product_category", row)
	})
}

// lists makes the price lists. One that is for a customer group needs one.
func (f *filler) lists() {
	for _, l := range generatedLists {
		group := f.ids["first group"]
		if l.grouped && group == "" {
			continue
		}
		f.group("plist", "list", l.title, func(id string) {
			row := generatedListRow{priceListRow: priceListRow{ID: id, Title: l.title, Description: l.about, Status: l.status, Type: l.kind, stamps: f.stamps()}}
			if l.ends > 0 {
				row.EndsAt = &model.Time{Time: f.now.AddDate(0, 0, l.ends)}
			}
			if l.grouped {
				row.RulesCount = 1
			}
			put(f.sheet, "price_list", row)
			if l.grouped {
				put(f.sheet, "price_list_rule", priceListRuleRow{
					ID: f.id("prule"), PriceListID: id, Attribute: "customer.groups.id", Value: jsonOf([]string{group}), stamps: f.stamps(),
				})
			}
		})
	}
}

type generatedListRow struct {
	priceListRow
	EndsAt *model.Time
}

// collectionNames are the titles of the generated collections.
func collectionNames() []string {
	var out []string
	for _, t := range times {
		for _, theme := range themes {
			out = append(out, t+" "+theme)
		}
	}
	return out
}

// inHandle makes a handle of a title in lower case.
var inHandle = strings.NewReplacer(" ", "-", "'", "", "ö", "o")

// handleOf returns the handle of a title.
func handleOf(title string) string { return strings.ToLower(inHandle.Replace(title)) }

// name returns the title of a product, which no other has, and what it is. All combinations of words come before any comes again, with
// a number behind it.
func (f *filler) name(i int) (place, title string, g *good) {
	all := uint64(len(places) * len(qualities) * len(goods))
	const stride = 1_000_003 // a prime, so that every combination comes once
	n := (uint64(i)%all*stride + f.size.Seed) % all
	g = &goods[n%uint64(len(goods))]
	n /= uint64(len(goods))
	quality := qualities[n%uint64(len(qualities))]
	place = places[n/uint64(len(qualities))]
	title = place + " " + quality + " " + g.name
	if round := uint64(i) / all; round > 0 {
		title += " " + strconv.FormatUint(round+1, 10)
	}
	return place, title, g
}
