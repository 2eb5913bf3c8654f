package db

import (
	"context"
	"time"
)

// A catalogueVersion is the version of the catalogue as it was when somebody looked.
type catalogueVersion struct {
	text  string
	asked time.Time // before it was looked at
	until time.Time // when a price list starts or ends next; zero if none will
}

const (
	// versionAge is how old a version may be: longer than that nothing is known about what has changed since.
	versionAge = time.Second
	// triggersAge is how long the triggers of all tables are taken to be there, once they were.
	triggersAge = 10 * time.Second
)

// CatalogueVersion returns a text that becomes another one whenever anything may have changed that the catalogue shows, stock excepted: a
// row, or the price lists that are active. Servers on one database have the same text for the same catalogue. It is not ok if changes are
// not logged or FollowCatalogue does not run, and a second after the database could last be asked.
// Whoever keeps something by a version takes the version before the first read, and keeps nothing if it has become another one after the last.
func (d DB) CatalogueVersion() (version string, ok bool) {
	v := d.version.Load()
	now := time.Now()
	if v == nil || v.text == "" || now.Sub(v.asked) > versionAge || !v.until.IsZero() && !now.Before(v.until) {
		return "", false
	}
	return v.text, true
}

// FollowCatalogue keeps CatalogueVersion up to date until ctx ends: within a few milliseconds of a change, or a quarter of a second at most.
func (d DB) FollowCatalogue(ctx context.Context) {
	var complete time.Time // when all triggers were last there
	d.FollowChanges(ctx, func() {
		asked := time.Now()
		ctx, cancel := context.WithTimeout(ctx, versionAge)
		defer cancel()
		at, installed, err := d.ChangePosition(ctx)
		if err == nil && installed && asked.Sub(complete) > triggersAge {
			if installed, err = d.triggersComplete(ctx); installed {
				complete = asked
			}
		}
		if err != nil {
			return // what was known grows old
		}
		v := &catalogueVersion{asked: asked}
		if installed {
			passed, left, err := d.priceListTimes(ctx)
			if err != nil {
				return
			}
			v.text = at.Version() + passed
			if left != nil {
				v.until = asked.Add(*left)
			}
		}
		if old := d.version.Load(); old == nil || old.text != v.text {
			d.translations.absent.Store(0) // their table may be what is new
		}
		d.version.Store(v)
	})
}

// triggersComplete reports whether the changes of every table are logged that should be: a table may be younger than the triggers.
func (d DB) triggersComplete(ctx context.Context) (bool, error) {
	found, err := foundTables(ctx, d)
	if err != nil {
		return false, err
	}
	_, lack, err := unlogged(ctx, d, found)
	return err == nil && len(lack) == 0, err
}

// priceListTimes returns the latest time at which a price list started or ended, and how long it is until the next, at most an hour;
// nil if there is none.
func (d DB) priceListTimes(ctx context.Context) (passed string, left *time.Duration, err error) {
	err = d.run(ctx, func(b *batch) {
		passed, left = "", nil
		// A list that ends now is active still: see listActive.
		b.read(`SELECT coalesce(max(extract(epoch FROM at)) FILTER (WHERE over), 0)::text, (least(min(extract(epoch FROM at)) FILTER (WHERE NOT over) - extract(epoch FROM now()), 3600) * 1000000)::bigint::text
FROM (SELECT starts_at AS at, starts_at <= now() AS over FROM price_list WHERE status = 'active' AND deleted_at IS NULL
 UNION ALL SELECT ends_at, ends_at < now() FROM price_list WHERE status = 'active' AND deleted_at IS NULL) times`, nil, func(c *cursor) {
			passed = "-" + c.text()
			if text := c.maybeText(); text != nil {
				d, err := time.ParseDuration(*text + "us")
				c.fail(err)
				left = &d
			}
		})
	})
	return passed, left, err
}
