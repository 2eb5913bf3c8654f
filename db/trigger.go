package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A logged table is one whose changes are logged: as those of an entity, with the values of a column as its ids.
type logged struct {
	table, key string
	entity     entity
	quiet      bool // nobody is woken: NOTIFY makes those commit one after another who change stock
}

// loggedTables are the tables on which a list, a price, a facet or a search of the catalogue depends.
var loggedTables = []logged{
	{table: "product", key: "id", entity: entityProduct},
	{table: "product_variant", key: "product_id", entity: entityProduct},
	{table: "product_tags", key: "product_id", entity: entityProduct},
	{table: "product_category_product", key: "product_id", entity: entityProduct},
	{table: "product_sales_channel", key: "product_id", entity: entityProduct},
	{table: "image", key: "product_id", entity: entityProduct},
	{table: "product_product_option", key: "product_id", entity: entityProduct},
	{table: "product_product_option_value", key: "product_product_option_id", entity: entityOptionLink},
	{table: "product_variant_option", key: "variant_id", entity: entityVariant},
	{table: "product_variant_product_image", key: "variant_id", entity: entityVariant},
	{table: "product_variant_price_set", key: "variant_id", entity: entityVariant},
	{table: "product_variant_inventory_item", key: "variant_id", entity: entityVariant},
	{table: "product_option", key: "id", entity: entityOption},
	{table: "product_option_value", key: "option_id", entity: entityOption},
	{table: "product_category", key: "id", entity: entityCategory},
	{table: "product_collection", key: "id", entity: entityCollection},
	{table: "product_tag", key: "id", entity: entityTag},
	{table: "product_type", key: "id", entity: entityType},
	{table: "price_set", key: "id", entity: entityPriceSet},
	{table: "price", key: "price_set_id", entity: entityPriceSet},
	{table: "price_rule", key: "price_id", entity: entityPrice},
	{table: "price_list", key: "id", entity: entityPriceList},
	{table: "price_list_rule", key: "price_list_id", entity: entityPriceList},
	{table: "price_preference", key: "id", entity: entityRegion},
	{table: "region", key: "id", entity: entityRegion},
	{table: "region_country", key: "iso_2", entity: entityRegion},
	{table: "currency", key: "code", entity: entityRegion},
	{table: "tax_region", key: "id", entity: entityTax},
	{table: "tax_rate", key: "id", entity: entityTax},
	{table: "tax_rate_rule", key: "id", entity: entityTax},
	{table: "payment_provider", key: "id", entity: entityRegion},
	{table: "region_payment_provider", key: "region_id", entity: entityRegion},
	{table: "store", key: "id", entity: entityRegion}, // its default region
	{table: "sales_channel", key: "id", entity: entityChannel},
	{table: "api_key", key: "id", entity: entityChannel},
	{table: "publishable_api_key_sales_channel", key: "id", entity: entityChannel},
	{table: "sales_channel_stock_location", key: "id", entity: entityChannel},
	{table: "translation", key: "reference_id", entity: entityTranslation},
	{table: "inventory_item", key: "id", entity: entityStock},
	{table: "inventory_level", key: "inventory_item_id", entity: entityStock, quiet: true},
	{table: "reservation_item", key: "inventory_item_id", entity: entityStock, quiet: true},
}

// changeChannel is the channel on which servers are woken.
const changeChannel = "storegraph_change"

// loggedAtOnce is how many ids of one statement are logged; more than those are all.
const loggedAtOnce = 1000

// body is the text of the table's trigger function. Rows are compared as texts, so that every column counts, also one that is added later.
func (l logged) body() string {
	const differing = `(SELECT %[1]s.%[3]s AS id, %[1]s::text FROM %[1]s_rows %[1]s EXCEPT ALL SELECT %[2]s.%[3]s, %[2]s::text FROM %[2]s_rows %[2]s)`
	wake := fmt.Sprintf("\n    PERFORM pg_notify('%s', '');", changeChannel)
	if l.quiet {
		wake = ""
	}
	return fmt.Sprintf(`
DECLARE
  these text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(DISTINCT %[1]s::text) FILTER (WHERE %[1]s IS NOT NULL) INTO these FROM after_rows;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(DISTINCT %[1]s::text) FILTER (WHERE %[1]s IS NOT NULL) INTO these FROM before_rows;
  ELSIF TG_OP = 'UPDATE' THEN
    SELECT array_agg(DISTINCT id::text) FILTER (WHERE id IS NOT NULL) INTO these FROM (%[2]s UNION ALL %[3]s) rows;
  ELSE
    INSERT INTO storegraph.change (entity) VALUES ('%[4]s');%[6]s
  END IF;
  IF these IS NOT NULL THEN
    INSERT INTO storegraph.change (entity, ids) VALUES ('%[5]s', CASE WHEN cardinality(these) <= %[7]d THEN these END);%[6]s
  END IF;
  RETURN NULL;
END
`, l.key, fmt.Sprintf(differing, "after", "before", l.key), fmt.Sprintf(differing, "before", "after", l.key), everything, l.entity, wake, loggedAtOnce)
}

// function is the name of the table's trigger function in the schema storegraph.
func (l logged) function() string { return "change_of_" + l.table }

// loggedEvents are the triggers of each table, by what their names end with.
var loggedEvents = map[string]string{
	"insert":   "INSERT ON public.%s REFERENCING NEW TABLE AS after_rows",
	"update":   "UPDATE ON public.%s REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows",
	"delete":   "DELETE ON public.%s REFERENCING OLD TABLE AS before_rows",
	"truncate": "TRUNCATE ON public.%s",
}

const triggerPrefix = "storegraph_change_"

// InstallTriggers has every change of the catalogue logged from now on, by triggers on the tables of the database that the catalogue
// depends on. It may run again, and should when there are new tables. One table after the other is locked against writes for a moment.
func InstallTriggers(ctx context.Context, d DB) error {
	found, err := foundTables(ctx, d)
	if err != nil {
		return err
	}
	for _, l := range loggedTables {
		if found[l.table] == nil {
			continue
		}
		if err := d.define(ctx, l.installation()); err != nil {
			return fmt.Errorf("triggers of %s: %w", l.table, err)
		}
	}
	return d.define(ctx, []string{"UPDATE storegraph.change_log SET generation = generation + 1, installed = true"})
}

// EnsureTriggers installs the triggers where they never were, and again where they lack or are those of another version. Where they have
// been removed they stay so.
func EnsureTriggers(ctx context.Context, d DB) error {
	found, err := foundTables(ctx, d)
	if err != nil {
		return err
	}
	_, lack, err := unlogged(ctx, d, found)
	if err != nil || len(lack) == 0 {
		return err
	}
	removed := false
	if err := d.run(ctx, func(b *batch) {
		b.read(`SELECT generation > 0 AND NOT installed FROM storegraph.change_log`, nil, func(c *cursor) { removed = c.bool() })
	}); err != nil || removed {
		return err
	}
	return InstallTriggers(ctx, d)
}

// RemoveTriggers undoes InstallTriggers.
func RemoveTriggers(ctx context.Context, d DB) error {
	found, err := foundTables(ctx, d)
	if err != nil {
		return err
	}
	if err := d.define(ctx, []string{"UPDATE storegraph.change_log SET generation = generation + 1, installed = false"}); err != nil {
		return err
	}
	for _, l := range loggedTables {
		texts := []string{"DROP FUNCTION IF EXISTS storegraph." + l.function() + "()"}
		if found[l.table] != nil {
			texts = append(l.removal(), texts...)
		}
		if err := d.define(ctx, texts); err != nil {
			return fmt.Errorf("triggers of %s: %w", l.table, err)
		}
	}
	return nil
}

// installation are the statements that make the table's triggers, in the place of those that there are.
func (l logged) installation() []string {
	// The function is its owner's, so that those who write to the table need no right to the log.
	texts := append(l.removal(), fmt.Sprintf("CREATE OR REPLACE FUNCTION storegraph.%s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$%s$body$",
		l.function(), l.body()))
	for _, name := range slices.Sorted(maps.Keys(loggedEvents)) {
		texts = append(texts, "CREATE TRIGGER "+triggerPrefix+name+" AFTER "+fmt.Sprintf(loggedEvents[name], l.table)+
			" FOR EACH STATEMENT EXECUTE FUNCTION storegraph."+l.function()+"()")
	}
	return texts
}

func (l logged) removal() []string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(loggedEvents)) {
		texts = append(texts, "DROP TRIGGER IF EXISTS "+triggerPrefix+name+" ON public."+l.table)
	}
	return texts
}

// define runs statements in one transaction.
func (d DB) define(ctx context.Context, texts []string) error {
	_, err := InTx(ctx, d, func(tx DB) (struct{}, error) {
		_, err := tx.direct(ctx, strings.Join(texts, separator))
		return struct{}{}, toModel(err)
	})
	return err
}

// unlogged returns those of the found tables whose changes should be logged, and those of them that lack triggers, or have others than
// InstallTriggers makes.
func unlogged(ctx context.Context, d DB, found map[string]columns) (all, lack []string, err error) {
	rows, err := d.pool.Query(ctx, `SELECT c.relname::text, max(p.prosrc) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
		WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND starts_with(t.tgname, $1)
		GROUP BY 1 HAVING count(*) = $2`, triggerPrefix, len(loggedEvents))
	if err != nil {
		return nil, nil, err
	}
	have := map[string]string{}
	var table, body string
	_, err = pgx.ForEachRow(rows, []any{&table, &body}, func() error {
		have[table] = body
		return nil
	})
	for _, l := range loggedTables {
		if found[l.table] == nil {
			continue
		}
		all = append(all, l.table)
		if have[l.table] != l.body() {
			lack = append(lack, l.table)
		}
	}
	return all, lack, err
}
