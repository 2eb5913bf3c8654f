package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// An entity is what the ids of a logged change are of.
type entity string

const (
	entityProduct     entity = "product"
	entityVariant     entity = "variant"
	entityOption      entity = "option"
	entityOptionLink  entity = "option_link"
	entityCategory    entity = "category"
	entityCollection  entity = "collection"
	entityTag         entity = "tag"
	entityType        entity = "type"
	entityPriceSet    entity = "price_set"
	entityPrice       entity = "price"
	entityPriceList   entity = "price_list"
	entityRegion      entity = "region"
	entityTax         entity = "tax"
	entityChannel     entity = "channel"
	entityTranslation entity = "translation"
	entityStock       entity = "stock"
	entitySales       entity = "sales"

	// everything is logged where a table was truncated.
	everything entity = "everything"
)

// resolving are the queries that find the products that a change of an entity concerns, deleted ones too.
var resolving = map[entity]string{
	entityVariant:    `SELECT product_id FROM product_variant WHERE id = ANY($1) AND product_id IS NOT NULL`,
	entityOption:     `SELECT product_id FROM product_product_option WHERE product_option_id = ANY($1)`,
	entityOptionLink: `SELECT product_id FROM product_product_option WHERE id = ANY($1)`,
	entityPriceSet:   `SELECT v.product_id FROM product_variant_price_set l JOIN product_variant v ON v.id = l.variant_id WHERE l.price_set_id = ANY($1) AND v.product_id IS NOT NULL`,
	entityPrice: `SELECT v.product_id FROM price p JOIN product_variant_price_set l ON l.price_set_id = p.price_set_id JOIN product_variant v ON v.id = l.variant_id
		WHERE p.id = ANY($1) AND v.product_id IS NOT NULL`,
	entityPriceList: `SELECT DISTINCT v.product_id FROM price p JOIN product_variant_price_set l ON l.price_set_id = p.price_set_id JOIN product_variant v ON v.id = l.variant_id
		WHERE p.price_list_id = ANY($1) AND v.product_id IS NOT NULL`,
	entityTranslation: `SELECT id FROM product WHERE id = ANY($1)
		UNION SELECT product_id FROM product_variant WHERE id = ANY($1) AND product_id IS NOT NULL
		UNION SELECT product_id FROM product_product_option WHERE product_option_id = ANY($1)
		UNION SELECT l.product_id FROM product_option_value o JOIN product_product_option l ON l.product_option_id = o.option_id WHERE o.id = ANY($1)`,
	entityStock: `SELECT v.product_id FROM product_variant_inventory_item l JOIN product_variant v ON v.id = l.variant_id WHERE l.inventory_item_id = ANY($1) AND v.product_id IS NOT NULL`,
}

// CatalogueChanges are what has changed in the catalogue.
type CatalogueChanges struct {
	// Products are the ids of products with a row of their own that changed, or of what belongs to them alone: variants, options, images,
	// prices, also those of changed price lists, links and translations. Some may not exist any more.
	Products []string
	// Stock are the ids of products whose stock may have changed, and nothing else.
	Stock []string
	// Of these, rows changed. Products that show them or are sorted by them are not named, but for those of price lists and options.
	PriceLists, Categories, Collections, Tags, Types, Options bool
	// Regions is true if regions, their countries, payment providers, currencies or price preferences changed, or which is the default;
	// Taxes if tax regions, rates or their rules did; Channels if sales channels, or what belongs to them other than products, did, or the
	// keys that open them; Translations if any translation did.
	Regions, Taxes, Channels, Translations bool
	// Sales is true if CountSales found other numbers than before.
	Sales bool
	// Everything is true if it is not known what changed: the log is not installed, does not go back so far, has more to say than is read
	// at once, or belongs to another database than the position does, such as a restored backup. The rest of CatalogueChanges is then empty.
	Everything bool
	// Position is from where to ask next.
	Position Position
	// Installed is false if changes are not logged.
	Installed bool
}

// changeDetails are changes with what they are of.
type changeDetails struct {
	CatalogueChanges
	worded []string            // those of Products of which something else than a price changed
	ids    map[entity][]string // of what changed; nil stands for all of an entity
}

// flag returns what is true if an entity changed.
func (c *CatalogueChanges) flag(e entity) *bool {
	switch e { //nolint:exhaustive // the others concern products alone
	case entityPriceList:
		return &c.PriceLists
	case entityCategory:
		return &c.Categories
	case entityCollection:
		return &c.Collections
	case entityTag:
		return &c.Tags
	case entityType:
		return &c.Types
	case entityOption:
		return &c.Options
	case entityRegion:
		return &c.Regions
	case entityTax:
		return &c.Taxes
	case entityChannel:
		return &c.Channels
	case entityTranslation:
		return &c.Translations
	case entitySales:
		return &c.Sales
	}
	return new(bool)
}

// name notes the ids of what changed of an entity, unless all of it did. Without ids it is all.
func (c *changeDetails) name(e entity, ids []string) {
	if c.ids == nil {
		c.ids = map[entity][]string{}
	}
	if known, ok := c.ids[e]; !ok || known != nil {
		c.ids[e] = ids
	}
}

// None reports whether nothing changed.
func (c CatalogueChanges) None() bool {
	return len(c.Products) == 0 && len(c.Stock) == 0 && !c.Everything && !c.PriceLists && !c.Categories && !c.Collections && !c.Tags && !c.Types &&
		!c.Options && !c.Regions && !c.Taxes && !c.Channels && !c.Translations && !c.Sales
}

// A Position is how far somebody has read the log of changes: it knows exactly which transactions were seen, so that one that lasts long
// keeps nobody from seeing the others. The zero Position is from where everything is new.
type Position struct {
	snapshot string // of the database, when it was read
	log      string // which log it was
	last     string // the youngest transaction with a change of something else than stock
}

// Version returns a text that two positions share only if the same changes were seen at both, whoever asked; changes of stock do not
// count. It also becomes another one when a transaction ends that is older than the youngest change, since it might have changed something.
func (p Position) Version() string {
	_, running, _ := strings.Cut(p.snapshot, ":")
	_, running, _ = strings.Cut(running, ":")
	seen := []string{p.log, p.last}
	for xid := range strings.SplitSeq(running, ",") {
		if xid != "" && (len(xid) < len(p.last) || len(xid) == len(p.last) && xid < p.last) { // it may have changed something before the youngest did
			seen = append(seen, xid)
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(seen, " ")))
	return hex.EncodeToString(sum[:8])
}

// ChangePosition returns the position of now, and whether changes are logged: what is committed and visible to a query that begins after
// the call has either been seen at the position, or is told by ChangesSince.
func (d DB) ChangePosition(ctx context.Context) (Position, bool, error) {
	c, err := d.ChangesSince(ctx, Position{})
	return c.Position, c.Installed, err
}

// changesAtOnce is how many changed ids, and changes, ChangesSince reads.
const changesAtOnce = 50_000

// newChanges reads what the database's snapshot has and the one of $1 has not, with what is to be known about the log. Rows of a
// transaction that has yet to begin are another database's, from which this one was restored.
const newChanges = `WITH state AS MATERIALIZED (
	SELECT pg_current_snapshot() AS now, installed, pruned,
		concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint()),
			(SELECT oid FROM pg_database WHERE datname = current_database()), generation) AS log
	FROM storegraph.change_log LIMIT 1
), told AS (
	SELECT entity, ids, sum(1 + coalesce(cardinality(ids), 0)) OVER (ORDER BY position) AS size FROM (
		SELECT c.position, c.entity, c.ids FROM storegraph.change c, state
		WHERE $1 <> '' AND c.xid < pg_snapshot_xmax(now) AND $2 = log
		AND (c.xid >= pg_snapshot_xmax(nullif($1, '')::pg_snapshot) OR c.xid = ANY(ARRAY(SELECT pg_snapshot_xip(nullif($1, '')::pg_snapshot)))) LIMIT $3 + 1) c
)
SELECT now::text, log, coalesce((SELECT c.xid::text FROM storegraph.change c WHERE c.entity <> 'stock' AND c.xid < pg_snapshot_xmax(now) ORDER BY c.xid DESC LIMIT 1), ''), installed,
	$1 = '' OR $2 <> log OR pg_snapshot_xmin(nullif($1, '')::pg_snapshot) <= pruned OR pg_snapshot_xmax(nullif($1, '')::pg_snapshot) > pg_snapshot_xmax(now)
		OR coalesce(size > $3, false),
	coalesce(entity, ''), ids IS NULL, array_to_string(ids, E'\x1f')
FROM state LEFT JOIN told ON told.size <= $3 OR told.size = (SELECT min(size) FROM told WHERE size > $3)`

// ChangesSince returns what has changed since a position: each change once, when its transaction has committed.
func (d DB) ChangesSince(ctx context.Context, since Position) (CatalogueChanges, error) {
	c, err := d.changesSince(ctx, since)
	return c.CatalogueChanges, err
}

func (d DB) changesSince(ctx context.Context, since Position) (changeDetails, error) {
	var out changeDetails
	ids := map[entity]map[string]bool{}
	err := d.run(ctx, func(b *batch) {
		out = changeDetails{}
		clear(ids)
		b.read(newChanges, []any{since.snapshot, since.log, changesAtOnce}, func(c *cursor) {
			out.Position = Position{snapshot: c.text(), log: c.text(), last: c.text()}
			out.Installed = c.bool()
			unknown := c.bool()
			e := entity(c.text())
			all, text := c.bool(), c.maybeText()
			*out.flag(e) = true
			// All of what products are not found by is no more than some of it.
			out.Everything = out.Everything || unknown || !out.Installed || e == everything || e != "" && all && (resolving[e] != "" || e == entityProduct)
			if text == nil {
				if e != "" && all {
					out.name(e, nil)
				}
				return
			}
			if ids[e] == nil {
				ids[e] = map[string]bool{}
			}
			for id := range strings.SplitSeq(*text, "\x1f") {
				ids[e][id] = true
			}
		})
	})
	if err != nil {
		return changeDetails{}, err
	}
	if out.Everything {
		return changeDetails{CatalogueChanges: CatalogueChanges{Everything: true, Position: out.Position, Installed: out.Installed}}, nil
	}
	return out, d.resolve(ctx, &out, ids)
}

// resolve finds the products that changes concern.
func (d DB) resolve(ctx context.Context, out *changeDetails, ids map[entity]map[string]bool) error {
	products, worded, stock := map[string]bool{}, map[string]bool{}, map[string]bool{}
	err := d.run(ctx, func(b *batch) {
		clear(products)
		clear(worded)
		clear(stock)
		for e, some := range ids {
			into := worded
			switch e { //nolint:exhaustive // the others may change texts
			case entityStock:
				into = stock
			case entityPrice, entityPriceSet, entityPriceList:
				into = products
			}
			if sql := resolving[e]; sql != "" {
				b.read(sql, []any{slices.Collect(maps.Keys(some))}, func(c *cursor) { into[c.text()] = true })
			}
		}
	})
	maps.Copy(worded, ids[entityProduct])
	maps.Copy(products, worded)
	out.worded = slices.Sorted(maps.Keys(worded))
	for e, some := range ids {
		out.name(e, slices.Sorted(maps.Keys(some)))
	}
	for id := range products {
		delete(stock, id)
	}
	out.Products, out.Stock = slices.Sorted(maps.Keys(products)), slices.Sorted(maps.Keys(stock))
	return err
}

// LogProducts logs that products have changed, or what belongs to them alone, for a writer who does without the triggers.
func (d DB) LogProducts(ctx context.Context, ids []string) error {
	return d.write(ctx, `INSERT INTO storegraph.change (entity, ids) SELECT ?, ?::text[] FROM storegraph.change_log WHERE installed`+separator+`NOTIFY `+changeChannel,
		string(entityProduct), pgdialect.Array(ids))
}

const (
	// changePause is the longest that a change waits to be looked for.
	changePause = 250 * time.Millisecond
	// changeAge is how long changes are kept, and changeRows is how many.
	changeAge, changeRows = time.Hour, 1_000_000
	// pruneAtOnce is how many are removed at a time.
	pruneAtOnce = 10_000
)

// FollowChanges calls look whenever there may be changes, at least four times a second, until ctx ends. It takes a connection of its own, on which it is woken, and does without if the database is reached by a pooler.
func (d DB) FollowChanges(ctx context.Context, look func()) {
	woken := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if !d.limits.pooler {
			d.listen(ctx, woken)
		}
	}()
	tick := time.NewTicker(changePause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			<-done
			return
		case <-woken:
		case <-tick.C:
		}
		look()
	}
}

// listen puts something into woken when the log has grown. It connects again whenever its connection ends.
func (d DB) listen(ctx context.Context, woken chan<- struct{}) {
	wake := func() {
		select {
		case woken <- struct{}{}:
		default: // it will be looked for anyway
		}
	}
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, lastPause) {
		conn, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig.Copy())
		if err == nil {
			if _, err = conn.Exec(ctx, "LISTEN "+changeChannel); err == nil {
				pause = firstPause
				wake() // for what came before
			}
			for err == nil {
				if _, err = conn.WaitForNotification(ctx); err == nil {
					wake()
				}
			}
			_ = conn.Close(context.WithoutCancel(ctx))
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// PruneChanges removes changes that are older than an hour, and the oldest of more than a million, unless another server is doing so.
// Whoever has not read them is told that everything has changed. The youngest change stays, as does what a running transaction might still
// make somebody ask for.
func (d DB) PruneChanges(ctx context.Context, now time.Time) (err error) {
	ctx, ended := d.job(ctx, "prune changes")
	defer func() { ended(err) }()
	for {
		n, err := d.repeat(ctx, `WITH gone AS (
	DELETE FROM storegraph.change WHERE position IN (
		SELECT position FROM storegraph.change
		WHERE (position < (SELECT position FROM storegraph.change WHERE created_at >= ? ORDER BY position LIMIT 1) IS NOT FALSE
			OR position <= (SELECT max(position) FROM storegraph.change) - ?)
		AND xid < pg_snapshot_xmin(pg_current_snapshot())
		AND xid < (SELECT xid FROM storegraph.change WHERE entity <> 'stock' ORDER BY xid DESC LIMIT 1)
		AND (SELECT pg_try_advisory_xact_lock(?)) ORDER BY position LIMIT ?)
	RETURNING xid
), told AS (
	UPDATE storegraph.change_log SET pruned = greatest(pruned, (SELECT xid FROM gone ORDER BY xid DESC LIMIT 1)) WHERE EXISTS (SELECT FROM gone)
)
SELECT FROM gone`, now.Add(-changeAge), changeRows, pruneLock, pruneAtOnce)
		if err != nil || n < pruneAtOnce {
			return err
		}
	}
}

// pruneLock is the advisory lock that lets one server prune at a time: "prune" in letters.
const pruneLock = 0x7072756e65
