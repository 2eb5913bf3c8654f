package db

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/productfile"
)

type stampedRow struct{ CreatedAt, UpdatedAt model.Time }

// The rows of the tables that join products and what belongs to them.
type (
	productOptionRow struct {
		ID, ProductID, ProductOptionID string
		stampedRow
	}
	offeredValueRow struct {
		ID, ProductProductOptionID, ProductOptionValueID string
		stampedRow
	}
	variantValueRow struct{ VariantID, OptionValueID string }
	variantImageRow struct {
		ID, VariantID, ImageID string
		stampedRow
	}
	priceSetRow struct {
		ID string
		stampedRow
	}
	variantPriceSetRow struct {
		ID, VariantID, PriceSetID string
		stampedRow
	}
	priceRegionRow struct {
		ID, Attribute, Operator, Value, PriceID string
		stampedRow
	}
	outboxRow struct {
		ID, Name         string
		Payload          model.JSON
		CreatedAt, DueAt model.Time
	}
)

// SaveProducts writes changes of products, as the reference does, and what it tells of them. It runs in a transaction.
func (d DB) SaveProducts(ctx context.Context, c *productfile.Changes, now time.Time) error {
	for _, step := range []func(context.Context, *productfile.Changes, stampedRow) error{
		d.removeOfProducts, d.changeProducts, d.addProducts, d.addOptions, d.addPrices, d.addStock, d.linkProducts,
	} {
		at := model.Time{Time: now}
		if err := step(ctx, c, stampedRow{at, at}); err != nil {
			return err
		}
	}
	events := make([]outboxRow, len(c.Events))
	for i, e := range c.Events {
		at := model.Time{Time: now}
		events[i] = outboxRow{ID: model.NewID("evt", now), Name: e.Name, Payload: payloadOf(e.ID), CreatedAt: at, DueAt: at}
	}
	return copyRows(ctx, d, "storegraph.outbox", events)
}

// copyRows writes rows by COPY, if there are any.
func copyRows[T any](ctx context.Context, tx DB, table string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	return Copy(ctx, tx, table, &rows)
}

// structs are the rows that pointers point to.
func structs[T any](rows []*T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = *r
	}
	return out
}

// rowsOf makes rows of links.
func rowsOf[T any](links []productfile.Link, row func(productfile.Link) T) []T {
	out := make([]T, len(links))
	for i, l := range links {
		out[i] = row(l)
	}
	return out
}

// ends are the two ends of links.
func ends(links []productfile.Link) (from, to any) {
	var a, b []string
	for _, l := range links {
		a, b = append(a, l.From), append(b, l.To)
	}
	return pgdialect.Array(a), pgdialect.Array(b)
}

// removeOfProducts removes what products have no longer. As in the reference, links between modules are marked as deleted, and other
// rows are gone.
func (d DB) removeOfProducts(ctx context.Context, c *productfile.Changes, at stampedRow) error {
	w := d.Writes(at.CreatedAt.Time)
	for _, x := range []struct {
		links           []productfile.Link
		table, from, to string
		marked          bool
	}{
		{c.GoneChoices, "product_variant_option", "variant_id", "option_value_id", false},
		{c.GoneCategories, "product_category_product", "product_id", "product_category_id", false},
		{c.GoneTags, "product_tags", "product_id", "product_tag_id", false},
		{c.GoneVariantImages, "product_variant_product_image", "variant_id", "image_id", false},
		{c.GoneChannels, "product_sales_channel", "product_id", "sales_channel_id", true},
		{c.GoneProfiles, "product_shipping_profile", "product_id", "shipping_profile_id", true},
	} {
		if len(x.links) == 0 {
			continue
		}
		from, to := ends(x.links)
		these := ` WHERE (` + x.from + `, ` + x.to + `) IN (SELECT * FROM unnest(?::text[], ?::text[]))`
		if x.marked {
			w.exec(`UPDATE `+x.table+` SET deleted_at = ?, updated_at = ?`+these+` AND deleted_at IS NULL`, w.now, w.now, from, to)
		} else {
			w.exec(`DELETE FROM `+x.table+these, from, to)
		}
	}
	if len(c.GoneImages) > 0 {
		w.exec(`DELETE FROM image WHERE id = ANY(?)`, pgdialect.Array(c.GoneImages))
	}
	if len(c.GonePrices) > 0 {
		w.exec(`DELETE FROM price WHERE id = ANY(?)`, pgdialect.Array(c.GonePrices))
	}
	if len(c.Unstocked) > 0 {
		w.exec(`UPDATE product_variant_inventory_item SET deleted_at = ?, updated_at = ? WHERE variant_id = ANY(?) AND deleted_at IS NULL`, w.now, w.now, pgdialect.Array(c.Unstocked))
	}
	return w.Send(ctx)
}

// updateAtOnce is how many rows one statement updates.
const updateAtOnce = 500

// changeProducts writes rows that have changed.
func (d DB) changeProducts(ctx context.Context, c *productfile.Changes, at stampedRow) error {
	w := d.Writes(at.CreatedAt.Time)
	updateMany(w, productTable, c.ChangedProducts)
	updateMany(w, variantTable, c.ChangedVariants)
	updateMany(w, imageTable, c.ChangedImages)
	updateMany(w, priceTable, c.ChangedPrices)
	for _, l := range c.ChangedLevels { // what is reserved is not this transaction's
		w.exec(`UPDATE inventory_level SET stocked_quantity = ?, raw_stocked_quantity = ?::jsonb, updated_at = ? WHERE id = ?`,
			l.StockedQuantity.Column(), string(l.RawStockedQuantity), w.now, l.ID)
	}
	for _, t := range c.ChangedTranslations {
		w.exec(`UPDATE translation SET translations = ?::jsonb, translated_field_count = ?, updated_at = ? WHERE id = ?`, string(t.Translations), t.TranslatedFieldCount, w.now, t.ID)
	}
	return w.Send(ctx)
}

func updateMany[T any](w *Writes, t *table[T], rows []*T) {
	for some := range slices.Chunk(rows, updateAtOnce) {
		updateIn(w, t, some...)
	}
}

func (d DB) addProducts(ctx context.Context, c *productfile.Changes, at stampedRow) error {
	if err := copyRows(ctx, d, "product", structs(c.Products)); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_variant", structs(c.Variants)); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "image", structs(c.Images)); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_variant_product_image", rowsOf(c.VariantImages, func(l productfile.Link) variantImageRow {
		return variantImageRow{l.ID, l.From, l.To, at}
	})); err != nil {
		return err
	}
	return copyRows(ctx, d, "translation", structs(c.Translations))
}

func (d DB) addOptions(ctx context.Context, c *productfile.Changes, at stampedRow) error {
	if err := copyRows(ctx, d, "product_option", structs(c.Options)); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_option_value", structs(c.Values)); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_product_option", rowsOf(c.ProductOptions, func(l productfile.Link) productOptionRow {
		return productOptionRow{l.ID, l.From, l.To, at}
	})); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_product_option_value", rowsOf(c.OfferedValues, func(l productfile.Link) offeredValueRow {
		return offeredValueRow{l.ID, l.From, l.To, at}
	})); err != nil {
		return err
	}
	return copyRows(ctx, d, "product_variant_option", rowsOf(c.Choices, func(l productfile.Link) variantValueRow { return variantValueRow{l.From, l.To} }))
}

func (d DB) addPrices(ctx context.Context, c *productfile.Changes, at stampedRow) error {
	if err := copyRows(ctx, d, "price_set", rowsOf(c.PriceSets, func(l productfile.Link) priceSetRow { return priceSetRow{l.To, at} })); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_variant_price_set", rowsOf(c.PriceSets, func(l productfile.Link) variantPriceSetRow {
		return variantPriceSetRow{l.ID, l.From, l.To, at}
	})); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "price", structs(c.Prices)); err != nil {
		return err
	}
	rules := make([]priceRegionRow, len(c.PriceRegions))
	for i, r := range c.PriceRegions {
		rules[i] = priceRegionRow{r.ID, "region_id", "eq", r.RegionID, r.PriceID, at}
	}
	return copyRows(ctx, d, "price_rule", rules)
}

func (d DB) addStock(ctx context.Context, c *productfile.Changes, _ stampedRow) error {
	if err := copyRows(ctx, d, "inventory_item", structs(c.Items)); err != nil {
		return err
	}
	if err := copyRows(ctx, d, "product_variant_inventory_item", structs(c.VariantItems)); err != nil {
		return err
	}
	return copyRows(ctx, d, "inventory_level", structs(c.Levels))
}

// linkProducts joins products to what they belong to. A link that was marked as deleted is one again.
func (d DB) linkProducts(ctx context.Context, c *productfile.Changes, at stampedRow) error {
	w := d.Writes(at.CreatedAt.Time)
	for _, x := range []struct {
		links           []productfile.Link
		table, from, to string
		own             bool // its rows have ids
	}{
		{c.Categories, "product_category_product", "product_id", "product_category_id", false},
		{c.Tags, "product_tags", "product_id", "product_tag_id", false},
		{c.Channels, "product_sales_channel", "product_id", "sales_channel_id", true},
		{c.Profiles, "product_shipping_profile", "product_id", "shipping_profile_id", true},
	} {
		if len(x.links) == 0 {
			continue
		}
		from, to := ends(x.links)
		if !x.own {
			w.exec(`INSERT INTO `+x.table+` (`+x.from+`, `+x.to+`) SELECT * FROM unnest(?::text[], ?::text[]) ON CONFLICT DO NOTHING`, from, to)
			continue
		}
		var ids []string
		for _, l := range x.links {
			ids = append(ids, l.ID)
		}
		w.exec(`INSERT INTO `+x.table+` (id, `+x.from+`, `+x.to+`, created_at, updated_at) SELECT *, ?::timestamptz, ?::timestamptz FROM unnest(?::text[], ?::text[], ?::text[])
ON CONFLICT (`+x.from+`, `+x.to+`) DO UPDATE SET deleted_at = NULL, updated_at = excluded.updated_at`, w.now, w.now, pgdialect.Array(ids), from, to)
	}
	return w.Send(ctx)
}

// AddGroups makes what products are grouped by, and adds it to the shop. New categories come behind the others of the first level.
func (d DB) AddGroups(ctx context.Context, g productfile.Groups, s *productfile.Shop, handle func(string) string, now time.Time) error {
	at := model.Time{Time: now}
	var collections []model.Collection
	for _, title := range g.Collections {
		x := model.Collection{ID: model.NewID("pcol", now), Title: title, Handle: handle(title), CreatedAt: at, UpdatedAt: at}
		s.Collections.Add(x.ID, x.Handle, x.Title)
		collections = append(collections, x)
	}
	var types []model.ProductType
	for _, value := range g.Types {
		x := model.ProductType{ID: model.NewID("ptyp", now), Value: value, CreatedAt: at, UpdatedAt: at}
		s.Types.Add(x.ID, value)
		types = append(types, x)
	}
	var tags []model.ProductTag
	for _, value := range g.Tags {
		x := model.ProductTag{ID: model.NewID("ptag", now), Value: value, CreatedAt: at, UpdatedAt: at}
		s.Tags.Add(x.ID, value)
		tags = append(tags, x)
	}
	roots, err := d.Texts(ctx, `SELECT id FROM product_category WHERE parent_category_id IS NULL AND deleted_at IS NULL`)
	if err != nil {
		return err
	}
	var categories []model.ProductCategory
	for i, name := range g.Categories {
		x := model.ProductCategory{ID: model.NewID("pcat", now), Name: name, Handle: handle(name), IsActive: true, Rank: len(roots) + i, CreatedAt: at, UpdatedAt: at}
		x.Mpath = x.ID
		s.Categories.Add(x.ID, x.Handle, x.Name)
		categories = append(categories, x)
	}
	for _, insert := range []func() error{
		func() error { return Insert(ctx, d, "product_collection", &collections) },
		func() error { return Insert(ctx, d, "product_type", &types) },
		func() error { return Insert(ctx, d, "product_tag", &tags) },
		func() error { return Insert(ctx, d, "product_category", &categories) },
	} {
		if err := insert(); err != nil {
			return err
		}
	}
	return nil
}
