package db

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Attempts counts one more attempt under each of the keys and returns how many each has had since its window began, and
// when that was. A window that is over begins anew. All servers on the database count together.
func (d DB) Attempts(ctx context.Context, keys []string, now time.Time, window time.Duration) (counts map[string]int, began map[string]time.Time, err error) {
	hashes := make(map[string]string, len(keys))
	for _, k := range keys {
		hashes[Fingerprint(k)] = k
	}
	var args []any
	for _, hash := range slices.Sorted(maps.Keys(hashes)) { // in one order, so that two do not wait for each other
		args = append(args, hash, now)
	}
	rowsOf := strings.TrimPrefix(strings.Repeat(", (?, ?, 1)", len(hashes)), ", ")
	over := now.Add(-window)
	rows, err := d.bun.QueryContext(ctx, `INSERT INTO storegraph.attempt AS a (key, began_at, count) VALUES `+rowsOf+`
ON CONFLICT (key) DO UPDATE SET
	count = CASE WHEN a.began_at <= ? THEN 1 ELSE a.count + 1 END,
	began_at = CASE WHEN a.began_at <= ? THEN excluded.began_at ELSE a.began_at END
RETURNING key, count, began_at`, append(args, over, over)...)
	if err != nil {
		return nil, nil, toModel(err)
	}
	defer func() { _ = rows.Close() }()
	counts, began = map[string]int{}, map[string]time.Time{}
	fresh := false
	for rows.Next() {
		var hash string
		var n int
		var at time.Time
		if err := rows.Scan(&hash, &n, &at); err != nil {
			return nil, nil, err
		}
		counts[hashes[hash]], began[hashes[hash]] = n, at
		fresh = fresh || n == 1
	}
	if err := rows.Err(); err != nil || !fresh {
		return counts, began, toModel(err)
	}
	return counts, began, d.write(ctx, `DELETE FROM storegraph.attempt WHERE key IN
(SELECT key FROM storegraph.attempt WHERE began_at <= ? ORDER BY key FOR UPDATE SKIP LOCKED)`, over)
}
