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
	versionAge = 500 * time.Millisecond
	// triggersAge is how long the triggers of all tables are taken to be there, once they were.
	triggersAge = 10 * time.Second
)

// CatalogueVersion returns a text that becomes another one whenever anything may have changed that the catalogue shows, stock excepted: a
// row, or the price lists that are active. Servers on one database have the same text for the same catalogue. It is not ok if changes are
// not logged or KeepIndex does not run, and half a second after the database could last be asked.
// Whoever keeps something by a version takes the version before the first read, and keeps nothing if it has become another one after the last.
func (d DB) CatalogueVersion() (version string, ok bool) {
	v := d.version.Load()
	now := time.Now()
	if v == nil || v.text == "" || now.Sub(v.asked) > versionAge || !v.until.IsZero() && !now.Before(v.until) {
		return "", false
	}
	return v.text, true
}

// seeVersion takes the version of a position that was asked for at a time; without triggers nothing is known.
func (d DB) seeVersion(ctx context.Context, asked time.Time, at Position, installed bool) error {
	ctx, cancel := context.WithTimeout(ctx, versionAge)
	defer cancel()
	v := &catalogueVersion{asked: asked}
	if installed {
		passed, left, err := d.priceListTimes(ctx)
		if err != nil {
			return err // what was known grows old
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
	return nil
}

// untriggered returns the tables whose changes should be logged and are not: a table may be younger than the triggers.
func (d DB) untriggered(ctx context.Context) ([]string, error) {
	found, err := foundTables(ctx, d)
	if err != nil {
		return nil, err
	}
	_, lack, err := unlogged(ctx, d, found)
	return lack, err
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
