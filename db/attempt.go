package db

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Attempts counts one more attempt under each of the keys and returns how many each has had since its window began, and
// when that was. A window that is over begins anew. All servers on the database count together.
func (d DB) Attempts(ctx context.Context, keys []string, now time.Time, window time.Duration) (counts map[string]int, began map[string]time.Time, err error) {
	hashes := make(map[string]string, len(keys))
	for _, k := range keys {
		hashes[Fingerprint(k)] = k
	}
	over := now.Add(-window)
	counts, began = map[string]int{}, map[string]time.Time{}
	fresh := false
	// In one order, so that two do not wait for each other. One that counts twice where the connection was lost does no harm.
	err = d.run(ctx, func(b *batch) {
		fresh = false
		b.read(`INSERT INTO storegraph.attempt AS a (key, began_at, count) SELECT k, $2, 1 FROM unnest($1::text[]) k ORDER BY k
ON CONFLICT (key) DO UPDATE SET
 count = CASE WHEN a.began_at <= $3 THEN 1 ELSE a.count + 1 END,
 began_at = CASE WHEN a.began_at <= $3 THEN excluded.began_at ELSE a.began_at END
RETURNING key, count, began_at, began_at = $2`, []any{slices.Sorted(maps.Keys(hashes)), now, over}, func(c *cursor) {
			key, n := hashes[c.text()], c.int()
			counts[key], began[key] = n, c.stamp().Time
			fresh = c.bool() || fresh
		})
	})
	if err != nil || !fresh {
		return counts, began, err
	}
	return counts, began, d.expire(ctx, "storegraph.attempt", "key", "began_at", over)
}

// GiveBackAttempts takes back so many attempts under each of the keys, which have turned out to be none.
func (d DB) GiveBackAttempts(ctx context.Context, keys []string, attempts int) error {
	hashes := make([]string, len(keys))
	for i, k := range keys {
		hashes[i] = Fingerprint(k)
	}
	slices.Sort(hashes) // in one order, so that two do not wait for each other
	return d.run(ctx, func(b *batch) {
		b.read(`WITH held AS (SELECT key FROM storegraph.attempt WHERE key = ANY($1) ORDER BY key FOR UPDATE)
UPDATE storegraph.attempt a SET count = greatest(a.count - $2, 0) FROM held WHERE a.key = held.key`, []any{hashes, attempts}, func(*cursor) {})
	})
}
