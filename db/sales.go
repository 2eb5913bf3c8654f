package db

import (
	"context"
	"time"
)

const (
	// salesPause is how long sales stay as they were counted.
	salesPause = 10 * time.Minute
	// salesAhead is longer than any count is put off.
	salesAhead = 24 * time.Hour
	// salesAge is how old an order may be whose sales count.
	salesAge = 90 * 24 * time.Hour
	// mostTogether is how many products are kept for each that they were bought together with.
	mostTogether = mostRelated
	// largestBasket is of how many products an order may be to say that these belong together. Who orders everything says nothing.
	largestBasket = 50
)

// salesLock is the advisory lock that lets one server count sales at a time: "sales" in letters.
const salesLock = 0x73616c6573

// countSales counts anew if it is time to, or if that was put off by a clock that was ahead. It reads orders without locking them, and writes
// only the rows that differ. What has come back, or was written off, is not sold; of damaged units that came back the database says both.
const countSales = `WITH turn AS (
	UPDATE storegraph.sales_count SET due_at = ?due WHERE (due_at <= ?now OR due_at > ?ahead) AND pg_try_advisory_xact_lock(?lock) RETURNING true
), line AS MATERIALIZED (
	SELECT o.id AS order_id, coalesce(o.sales_channel_id, '') AS sales_channel_id, l.product_id,
		i.quantity - i.return_received_quantity - greatest(i.return_dismissed_quantity, i.written_off_quantity) AS units
	FROM "order" o JOIN order_item i ON i.order_id = o.id AND i.version = o.version AND i.deleted_at IS NULL
	JOIN order_line_item l ON l.id = i.item_id AND l.deleted_at IS NULL AND l.product_id IS NOT NULL
	WHERE o.created_at > ?since AND o.deleted_at IS NULL AND NOT o.is_draft_order AND o.status NOT IN ('canceled', 'draft') AND EXISTS (SELECT FROM turn)
	AND i.quantity > i.return_received_quantity + greatest(i.return_dismissed_quantity, i.written_off_quantity)
), sold AS MATERIALIZED (
	SELECT product_id, sales_channel_id, sum(units) AS units FROM line GROUP BY 1, 2
), pair AS (
	SELECT one, other, count(*) AS orders
	FROM (SELECT array_agg(DISTINCT product_id) AS products FROM line GROUP BY order_id HAVING count(*) > 1) b, unnest(b.products) one, unnest(b.products) other
	WHERE one <> other AND cardinality(b.products) <= ?basket GROUP BY 1, 2
), together AS MATERIALIZED (
	SELECT one AS product_id, other AS other_id, orders FROM (
		SELECT one, other, orders, row_number() OVER (PARTITION BY one ORDER BY orders DESC, other) AS place
		FROM pair JOIN product p ON p.id = other AND p.deleted_at IS NULL AND p.status = 'published') x WHERE place <= ?most
), unsold AS (
	DELETE FROM storegraph.product_sales s WHERE EXISTS (SELECT FROM turn)
	AND NOT EXISTS (SELECT FROM sold n WHERE n.product_id = s.product_id AND n.sales_channel_id = s.sales_channel_id) RETURNING true
), counted AS (
	INSERT INTO storegraph.product_sales AS s (product_id, sales_channel_id, units) SELECT product_id, sales_channel_id, units FROM sold
	ON CONFLICT (product_id, sales_channel_id) DO UPDATE SET units = excluded.units WHERE s.units <> excluded.units RETURNING true
), parted AS (
	DELETE FROM storegraph.bought_together s WHERE EXISTS (SELECT FROM turn)
	AND NOT EXISTS (SELECT FROM together n WHERE n.product_id = s.product_id AND n.other_id = s.other_id) RETURNING true
), paired AS (
	INSERT INTO storegraph.bought_together AS s (product_id, other_id, orders) SELECT product_id, other_id, orders FROM together
	ON CONFLICT (product_id, other_id) DO UPDATE SET orders = excluded.orders WHERE s.orders <> excluded.orders RETURNING true
)
INSERT INTO storegraph.change (entity) SELECT ?entity FROM storegraph.change_log WHERE installed
AND EXISTS (SELECT FROM unsold UNION ALL SELECT FROM counted UNION ALL SELECT FROM parted UNION ALL SELECT FROM paired)`

// haste is what lets countSales take its time, but no more of it than it needs.
const haste = `SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off`

// putOff has the next count wait longer after one that took long, so that counting takes a twentieth of the time at most.
const putOff = `UPDATE storegraph.sales_count SET due_at = due_at + 20 * (clock_timestamp() - now()) - ?pause::interval
WHERE due_at = ?due AND 20 * (clock_timestamp() - now()) > ?pause::interval`

// CountSales counts what each product sold in the orders of the 90 days before now, and what was bought together, unless that was done
// in the last ten minutes or another server is doing so. Canceled orders and drafts do not count, nor do units that were returned. It may
// take longer than other statements.
func (d DB) CountSales(ctx context.Context, now time.Time) (err error) {
	ctx, ended := d.job(ctx, "count sales")
	defer func() { ended(err) }()
	_, err = d.repeat(ctx, haste+separator+countSales+separator+putOff, struct {
		Now, Due, Ahead, Since time.Time
		Lock, Basket, Most     int
		Entity                 entity
		Pause                  string
	}{now, now.Add(salesPause), now.Add(salesAhead), now.Add(-salesAge), salesLock, largestBasket, mostTogether, entitySales, salesPause.String()})
	return err
}

// soldUnits are how many units of product p were sold in the sales channels whose products count.
const soldUnits = `coalesce((SELECT sum(s.units) FROM storegraph.product_sales s WHERE s.product_id = p.id AND s.sales_channel_id = ANY(` + seenChannels + `)), 0)`
