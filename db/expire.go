package db

import (
	"context"
	"time"
)

// expireAtOnce is how many rows expire deletes at a time: whoever writes a row pays for that many.
const expireAtOnce = 100

// expire deletes some rows of a table whose time, in a column, has come, those first that have been over for longest. Rows that
// somebody else is about to delete or to change are left out. key is the table's primary key.
func (d DB) expire(ctx context.Context, table, key, column string, now time.Time) error {
	sql := d.text(`DELETE FROM `+table+` WHERE `+key+` IN (SELECT `+key+` FROM `+table+` WHERE `+column+` <= ? ORDER BY `+column+` LIMIT ? FOR UPDATE SKIP LOCKED)`,
		[]any{now, expireAtOnce})
	return d.persist(ctx, func() error {
		_, err := d.pool.Exec(ctx, sql)
		return lost(ctx, err)
	})
}
