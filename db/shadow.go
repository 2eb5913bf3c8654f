package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// A ShadowDifference is how an answer differed from the reference's.
type ShadowDifference struct {
	Route, Kind, Path string
	Deviation         string // the id of a difference on purpose; empty for others
	Example           string // a request, without what is anybody's own
}

// A CountedDifference is one with how often it was found, and when it was found last.
type CountedDifference struct {
	ShadowDifference

	Count  int64
	LastAt time.Time
}

// maxShadowDifferences bounds how many are kept apart.
const maxShadowDifferences = 2000

// NoteShadow counts a difference between two answers. The example stays the first one. A new one is not kept if there are too many.
func (d DB) NoteShadow(ctx context.Context, s ShadowDifference, now time.Time) error {
	_, err := d.Exec(ctx, `INSERT INTO storegraph.shadow_difference AS s (route, kind, path, deviation, example, count, first_at, last_at)
SELECT ?, ?, ?, ?, ?, 1, ?, ?
WHERE EXISTS (SELECT FROM storegraph.shadow_difference WHERE route = ? AND kind = ? AND path = ?) OR (SELECT count(*) FROM storegraph.shadow_difference) < ?
ON CONFLICT (route, kind, path) DO UPDATE SET count = s.count + 1, last_at = excluded.last_at, deviation = excluded.deviation`,
		s.Route, s.Kind, s.Path, s.Deviation, s.Example, now, now, s.Route, s.Kind, s.Path, maxShadowDifferences)
	return err
}

// ShadowDifferences returns what NoteShadow has counted, what is most frequent first.
func (d DB) ShadowDifferences(ctx context.Context) ([]CountedDifference, error) {
	rows, err := d.pool.Query(ctx, `SELECT route, kind, path, deviation, example, count, last_at FROM storegraph.shadow_difference
		ORDER BY deviation <> '', count DESC, route, kind, path`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c CountedDifference, err error) {
		err = row.Scan(&c.Route, &c.Kind, &c.Path, &c.Deviation, &c.Example, &c.Count, &c.LastAt)
		return c, err
	})
}
