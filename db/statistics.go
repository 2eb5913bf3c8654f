package db

import (
	"context"
	"fmt"
)

// unplanned are the tables of which PostgreSQL knows nothing, and which this user may have it look at: not those that had no rows when it looked,
// and have not grown since.
const unplanned = `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname = 'storegraph' OR n.nspname = ANY(current_schemas(false))) AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
AND pg_relation_size(c.oid) > CASE WHEN c.reltuples = 0 THEN c.relpages::bigint * current_setting('block_size')::int ELSE 0 END
AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) ORDER BY 1`

// AnalyzeNew makes the statistics of tables that have rows and no statistics: when a shop has just been filled, or restored from a backup, which
// has none. PostgreSQL makes them itself a minute later, but until then it takes each table for one of a single row, and lists by price for
// something that may take half a minute. It returns how many tables there were; it makes none of a table of somebody else.
func (d DB) AnalyzeNew(ctx context.Context) (int, error) {
	tables, err := d.Texts(ctx, unplanned)
	if err != nil {
		return 0, err
	}
	for _, table := range tables {
		_, err := InTx(ctx, d, func(tx DB) (struct{}, error) {
			if err := tx.write(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
				return struct{}{}, err
			}
			return struct{}{}, tx.write(ctx, "ANALYZE "+table)
		})
		if err != nil {
			return 0, fmt.Errorf("making statistics of %s: %w", table, err)
		}
	}
	return len(tables), nil
}
