package db

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/storegraph/storegraph/model/catalogue"
)

// A catalogueIndex is the catalogue in memory, as far as it is known. The zero value knows nothing.
type catalogueIndex struct {
	now    atomic.Pointer[indexed]
	wanted atomic.Pointer[string] // a sales channel whose stock was asked for and is not known
}

// An indexed is what the index says at one moment.
type indexed struct {
	snapshot *catalogue.Snapshot // nil if the catalogue is not held
	position Position
	contexts *lru.Cache[PriceContext, *pricing] // of who is no customer, as regions are now
}

// contextsKept is how many contexts of prices are remembered.
const contextsKept = 512

// current returns what the index says now; nil if there is none.
func (d DB) current() *indexed {
	if d.conn != nil { // a transaction sees what it has done itself
		return nil
	}
	if ix := d.index.now.Load(); ix != nil && ix.snapshot != nil {
		return ix
	}
	return nil
}

// IndexState is what the index of the catalogue does.
type IndexState struct {
	Ready    bool // lists are answered from it
	Products int  // that it holds
	Bytes    int  // that it takes, about
}

// Index returns what the index of the catalogue does.
func (d DB) Index() IndexState {
	ix := d.current()
	if ix == nil {
		return IndexState{}
	}
	return IndexState{Ready: true, Products: ix.snapshot.Len(), Bytes: ix.snapshot.Size()}
}

// IndexOptions are how the index is kept.
type IndexOptions struct {
	// Memory is how many bytes it may take. A catalogue that takes more is read from the database.
	Memory int
	Log    *slog.Logger
}

// KeepIndex loads the catalogue into memory and follows its changes until ctx ends. Lists are answered from the index as soon as it is
// loaded, and from the database until then, and where changes are not logged.
func (d DB) KeepIndex(ctx context.Context, o IndexOptions) {
	k := &keeper{d: d, IndexOptions: o}
	d.entities.bound(o.Memory / entityShare)
	defer func() {
		d.entities.bound(0)
		d.entities.dropAll()
		d.index.now.Store(nil)
	}()
	d.FollowChanges(ctx, func() { k.look(ctx) })
}

// A keeper keeps the index. It is used by one goroutine.
type keeper struct {
	IndexOptions

	d        DB
	scale    int       // of amounts
	refused  time.Time // when the catalogue was too large last
	complete time.Time // when all triggers were last there
	lacking  bool      // some are not, which has been said
	failing  bool      // the log cannot be read, which has been said
}

// retryRefused is how long a catalogue that was too large is not tried again.
const retryRefused = 10 * time.Minute

// firstScale is how many decimal places amounts have, until one has more.
const firstScale = 4

// errTooLarge means that the catalogue does not fit into the memory it may take.
var errTooLarge = errors.New("the catalogue takes more memory than it may")

// pause is how long the index rests after a change, so that many changes in a row are taken together.
const pause = 20 * time.Millisecond

// look brings the index up to date.
func (k *keeper) look(ctx context.Context) {
	changed, err := k.update(ctx)
	if err != nil && ctx.Err() == nil && !k.failing {
		k.Log.WarnContext(ctx, "the index of the catalogue cannot follow", "error", err)
	}
	if k.failing = err != nil; changed {
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// refusedFor reports whether an error says that the catalogue cannot be held.
func refusedFor(err error) bool {
	return errors.Is(err, errTooLarge) || errors.Is(err, catalogue.ErrAmount) || errors.Is(err, catalogue.ErrScale)
}

// update reads what has changed and reports whether anything has.
func (k *keeper) update(ctx context.Context) (changed bool, err error) {
	ix := k.d.index.now.Load()
	since := Position{}
	if ix != nil {
		since = ix.position
	}
	asked := time.Now()
	changes, err := k.d.ChangesSince(ctx, since)
	if err != nil {
		return false, err
	}
	if !changes.None() {
		var ended func(error)
		ctx, ended = k.d.job(ctx, "follow catalogue")
		defer func() { ended(err) }()
	}
	logged, err := k.logged(ctx, changes.Installed, asked)
	switch {
	case err != nil:
		return false, err
	case !logged:
		k.d.entities.dropAll()
		k.d.index.now.Store(nil)
		return false, k.d.seeVersion(ctx, asked, changes.Position, false)
	case k.Memory <= 0 || (ix == nil || ix.snapshot == nil) && time.Since(k.refused) < retryRefused:
		ix = &indexed{position: changes.Position}
	case ix == nil || ix.snapshot == nil || changes.Everything:
		changes.Everything = true
		ix, err = k.load(ctx, changes.Position)
	default:
		ix, err = k.apply(ctx, ix, changes)
	}
	if refusedFor(err) {
		k.refused = time.Now()
		k.Log.WarnContext(ctx, "lists are read from the database", "reason", err, "bytes", k.Memory)
		ix = &indexed{position: changes.Position}
	} else if err != nil {
		return false, err
	}
	if !changes.None() {
		if err := k.d.sawChanges(ctx); err != nil {
			return false, err
		}
	}
	k.d.entities.drop(&changes)
	k.d.index.now.Store(ix)
	return !changes.None(), k.d.seeVersion(ctx, asked, ix.position, true)
}

// logged reports whether the changes of all tables are logged.
func (k *keeper) logged(ctx context.Context, installed bool, now time.Time) (bool, error) {
	if !installed || now.Sub(k.complete) < triggersAge {
		return installed, nil
	}
	lack, err := k.d.untriggered(ctx)
	switch {
	case err != nil:
		return false, err
	case len(lack) == 0:
		k.complete, k.lacking = now, false
	case !k.lacking:
		k.lacking = true
		k.Log.WarnContext(ctx, "changes are not logged: run storegraph migrate --catalogue-triggers", "tables", lack)
	}
	return len(lack) == 0, nil
}

// load reads the whole catalogue, which was at a position or later.
func (k *keeper) load(ctx context.Context, at Position) (*indexed, error) {
	begun := time.Now()
	for k.scale = max(k.scale, firstScale); ; k.scale += 2 {
		ix, err := k.loadScaled(ctx, at)
		if errors.Is(err, catalogue.ErrScale) && k.scale < firstScale+8 {
			continue
		}
		if err == nil {
			k.Log.InfoContext(ctx, "the catalogue is indexed", "products", ix.snapshot.Len(), "bytes", ix.snapshot.Size(), "after", time.Since(begun).Round(time.Millisecond))
		}
		return ix, err
	}
}

func (k *keeper) loadScaled(ctx context.Context, at Position) (*indexed, error) {
	ids, err := k.d.Texts(ctx, allProducts+" ORDER BY p.id")
	if err != nil {
		return nil, err
	}
	contexts := min(max(k.Memory/4/(32*max(len(ids), 1)), 4), 256)
	u := catalogue.New(catalogue.NewTerms(k.scale), contexts)
	if err := k.put(ctx, u, ids, k.Memory); err != nil {
		return nil, err
	}
	u.Arrange(catalogue.ByID, ids)
	titles, err := k.d.Texts(ctx, allProducts+" ORDER BY p.title, p.id")
	if err != nil {
		return nil, err
	}
	u.Arrange(catalogue.ByTitle, titles)
	channels, err := k.d.Texts(ctx, `SELECT DISTINCT sales_channel_id FROM publishable_api_key_sales_channel WHERE deleted_at IS NULL ORDER BY 1 LIMIT $1`, channelsLoaded)
	if err != nil {
		return nil, err
	}
	return k.finish(ctx, u, at, CatalogueChanges{Everything: true}, channels)
}

// channelsLoaded is how many sales channels have their stock loaded before it is asked for.
const channelsLoaded = 8

// allProducts selects the ids of all products that the index holds.
const allProducts = "SELECT p.id FROM product p WHERE p.deleted_at IS NULL AND p.status = 'published'"

// apply brings changes into the index.
func (k *keeper) apply(ctx context.Context, ix *indexed, changes CatalogueChanges) (*indexed, error) {
	wanted := k.d.index.wanted.Swap(nil)
	if changes.None() && wanted == nil {
		return &indexed{snapshot: ix.snapshot, position: changes.Position, contexts: ix.contexts}, nil
	}
	u := ix.snapshot.Update()
	if err := k.put(ctx, u, changes.Products, math.MaxInt); err != nil {
		if errors.Is(err, catalogue.ErrScale) { // all amounts must be read again
			return k.load(ctx, changes.Position)
		}
		return nil, err
	}
	if err := k.put(ctx, u, u.Orphans(), math.MaxInt); err != nil {
		return nil, err
	}
	for _, kind := range []catalogue.OrderKind{catalogue.ByID, catalogue.ByTitle} {
		if err := k.place(ctx, u, kind); err != nil {
			return nil, err
		}
	}
	channels := ix.snapshot.Channels()
	if wanted != nil && !slices.Contains(channels, *wanted) {
		channels = append(channels, *wanted)
	}
	next, err := k.finish(ctx, u, changes.Position, changes, channels)
	if err == nil && !changes.Regions {
		next.contexts = ix.contexts
	}
	return next, err
}

// finish reads what is not of products into an update, and makes the snapshot.
func (k *keeper) finish(ctx context.Context, u *catalogue.Update, at Position, changes CatalogueChanges, channels []string) (*indexed, error) {
	if changes.Everything || changes.Categories || changes.Collections || changes.Tags || changes.Types {
		labels, err := k.d.labels(ctx)
		if err != nil {
			return nil, err
		}
		u.Label(labels)
	}
	if changes.Everything || changes.PriceLists {
		lists, err := k.d.priceLists(ctx)
		if err != nil {
			return nil, err
		}
		u.Price(lists)
	}
	if changes.Everything || changes.Sales {
		units, err := k.d.unitsSold(ctx)
		if err != nil {
			return nil, err
		}
		u.Sell(units)
	}
	contexts, err := lru.New[PriceContext, *pricing](contextsKept)
	if err != nil {
		return nil, err
	}
	moved := slices.Concat(changes.Products, changes.Stock)
	anew := changes.Everything || changes.Channels
	for _, c := range channels {
		known := u.Knows(c)
		if known && !anew && len(moved) == 0 {
			continue
		}
		some := moved
		if !known || anew {
			some = nil
		}
		in, err := k.d.inStockOf(ctx, c, some)
		if err != nil {
			return nil, err
		}
		if some == nil {
			u.Stock(c, nil, u.Of(in))
		} else {
			u.Stock(c, u.Of(some), u.Of(in))
		}
	}
	s := u.Snapshot()
	if s.Size() > k.Memory {
		return nil, errTooLarge
	}
	return &indexed{snapshot: s, position: at, contexts: contexts}, nil
}

// put reads products into an update, those that are published; others are removed. It fails with errTooLarge if they take more bytes than
// they may.
func (k *keeper) put(ctx context.Context, u *catalogue.Update, ids []string, memory int) error {
	for some := range slices.Chunk(ids, max(productsAtOnce, len(ids)/5)) {
		products, err := k.d.catalogueProducts(ctx, some, u.Terms())
		if err != nil {
			return err
		}
		for _, id := range some {
			if p := products[id]; p != nil {
				u.Put(p)
				memory -= len(p.Title) + 400
				for _, v := range p.Variants {
					memory -= 12*len(v.Prices) + 20
				}
			} else {
				u.Remove(id)
			}
		}
		if memory < 0 {
			return errTooLarge
		}
	}
	return nil
}

// productsAtOnce is how many products are read at a time; more if it took more than five times then: each time looks through whole tables.
const productsAtOnce = 5000

// placedAtOnce is how many products find their places by comparison with others; where there are more, all are sorted.
const placedAtOnce = 200

// place gives products that are new, or have another title, their places in an order. The database compares: only it knows its collation.
func (k *keeper) place(ctx context.Context, u *catalogue.Update, kind catalogue.OrderKind) error {
	ids := u.Unplaced(kind)
	if len(ids) == 0 {
		return nil
	}
	by := "p.id"
	if kind == catalogue.ByTitle {
		by = "p.title, p.id"
	}
	if len(ids) > placedAtOnce {
		all, err := k.d.Texts(ctx, allProducts+" ORDER BY "+by)
		if err == nil {
			u.Arrange(kind, all)
		}
		return err
	}
	rest := u.Without(kind, ids)
	step := int(math.Sqrt(float64(len(rest)))) + 1
	var samples []int // places in rest
	for i := step - 1; i < len(rest); i += step {
		samples = append(samples, i)
	}
	found, err := k.d.behind(ctx, u, kind, ids, rest, map[string][]int{"": samples})
	if err != nil {
		return err
	}
	near := map[string][]int{}
	for i, p := range found {
		begin := p.Behind * step
		for at := begin; at < min(begin+step, len(rest)); at++ {
			near[p.ID] = append(near[p.ID], at)
		}
		found[i].Behind = begin
	}
	closer, err := k.d.behind(ctx, u, kind, ids, rest, near)
	if err != nil {
		return err
	}
	begin := map[string]int{}
	for _, p := range found {
		begin[p.ID] = p.Behind
	}
	for i, p := range closer {
		closer[i].Behind += begin[p.ID]
	}
	u.Place(kind, rest, closer)
	return nil
}

// pricingOf returns the context of a viewer's prices. Who is no customer and asks for no cart's is told what was found last, until a
// region changes.
func (ix *indexed) pricingOf(ctx context.Context, d DB, v *Viewer) (*pricing, error) {
	if v.CustomerID != "" || v.Prices.CartID != "" {
		return d.resolvePricing(ctx, v)
	}
	if have, ok := ix.contexts.Get(v.Prices); ok {
		out := *have
		return &out, nil
	}
	p, err := d.resolvePricing(ctx, v)
	if err != nil {
		return nil, err
	}
	kept := *p
	kept.Attributes = maps.Clone(p.Attributes)
	ix.contexts.Add(v.Prices, &kept)
	return p, nil
}

// wantStock has the stock of a sales channel loaded.
func (x *catalogueIndex) wantStock(channel string) { x.wanted.Store(&channel) }
