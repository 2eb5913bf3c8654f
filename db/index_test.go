package db_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// lists are lists of products that the index answers.
var lists = map[string]db.ProductArgs{
	"all":      {},
	"by price": {ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "PRICE"}}},
	"by title": {ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "TITLE", Desc: true}}},
	"in stock": {ListArgs: db.ListArgs[model.ProductFilter]{Filter: &model.ProductFilter{InStock: model.Some(new(true))}}},
	"priced": {ListArgs: db.ListArgs[model.ProductFilter]{Filter: &model.ProductFilter{
		Price: model.Some(&model.DecimalFilter{Gte: model.Some(new(model.MustAmount("10")))}),
	}}},
	"tagged": {ListArgs: db.ListArgs[model.ProductFilter]{Filter: &model.ProductFilter{TagID: model.Some(&model.IDFilter{IsNull: model.Some(new(false))})}}},
}

// listIDs returns the ids of a list's first products.
func listIDs(t *testing.T, d db.DB, a db.ProductArgs, first int) []string {
	t.Helper()
	a.Page.First = &first
	v := &db.Viewer{Key: db.NewKey(dbtest.Handles(t)["pk_web"])}
	page, err := d.Products(t.Context(), v, a, db.Want{field.Nodes: {field.ID: nil}, field.Edges: {field.Node: {field.ID: nil}}})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range page.Nodes {
		out = append(out, p.ID)
	}
	return out
}

// TestIndexProposes changes the catalogue behind the back of an index that does not follow: nothing is shown that does not meet the list's
// conditions, and what does takes the places of what does not.
func TestIndexProposes(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"unpublished":    `UPDATE product SET status = 'draft' WHERE id = ?`,
		"deleted":        `UPDATE product SET deleted_at = now() WHERE id = ?`,
		"gone":           `DELETE FROM product WHERE id = ?`,
		"in no channel":  `DELETE FROM product_sales_channel WHERE product_id = ?`,
		"cheap":          `UPDATE price SET amount = 1 WHERE price_set_id IN (SELECT price_set_id FROM product_variant_price_set s JOIN product_variant v ON v.id = s.variant_id WHERE v.product_id = ?)`,
		"sold out":       `UPDATE inventory_level SET stocked_quantity = 0 WHERE inventory_item_id IN (SELECT i.inventory_item_id FROM product_variant_inventory_item i JOIN product_variant v ON v.id = i.variant_id WHERE v.product_id = ?)`,
		"without tags":   `DELETE FROM product_tags WHERE product_id = ?`,
		"without a tag":  `UPDATE product_tag SET deleted_at = now() WHERE id IN (SELECT product_tag_id FROM product_tags WHERE product_id = ?)`,
		"another title":  `UPDATE product SET title = 'A' WHERE id = ?`,
		"variant is out": `UPDATE product_variant SET deleted_at = now() WHERE product_id = ?`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.FillShop(t, 30)
			mine, d := dbtest.Open(t, url, db.Options{}), dbtest.Open(t, url, db.Options{})
			if err := db.InstallTriggers(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			if mine.IndexOnce(t.Context(), 1<<30); !mine.Index().Ready {
				t.Fatal("there is no index")
			}
			for _, a := range lists {
				if _, err := d.Exec(t.Context(), sql, listIDs(t, mine, a, 5)[2]); err != nil {
					t.Fatal(err)
				}
			}
			for of, a := range lists {
				have, all := listIDs(t, mine, a, 5), listIDs(t, d, a, 100)
				if len(have) != 5 {
					t.Errorf("%s: the page has %d products, want 5", of, len(have))
				}
				for _, id := range have {
					if !slices.Contains(all, id) {
						t.Errorf("%s: %s is shown and does not belong there", of, id)
					}
				}
			}
		})
	}
}

// TestIndexNeedsTriggers removes the triggers and installs them again: the index goes and comes back.
func TestIndexNeedsTriggers(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.KeepIndex(ctx, db.IndexOptions{Memory: 1 << 30, Log: slog.New(slog.DiscardHandler)})
	}()
	defer func() { stop(); <-done }()
	ready := func(want bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			_, known := d.CatalogueVersion()
			switch is := d.Index().Ready; {
			case is == want && known == want:
				return
			case time.Now().After(end):
				t.Fatalf("the index is ready: %t, the version is known: %t, want %t", is, known, want)
			}
		}
	}
	ready(false)
	for range 2 {
		if err := db.InstallTriggers(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		ready(true)
		if err := db.RemoveTriggers(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		ready(false)
	}
	if err := db.EnsureTriggers(t.Context(), d); err != nil { // which were removed on purpose
		t.Fatal(err)
	}
	if at, installed, err := d.ChangePosition(t.Context()); err != nil || installed {
		t.Errorf("installed again: %v %v", at, err)
	}
}

// TestIndexMemory gives the index too little memory: lists come from the database.
func TestIndexMemory(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	if err := db.EnsureTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if d.IndexOnce(t.Context(), 1000); d.Index().Ready {
		t.Error("the index takes more memory than it may")
	}
	if d.IndexOnce(t.Context(), 1<<30); !d.Index().Ready || d.Index().Products == 0 || d.Index().Bytes < 1000 {
		t.Errorf("the index is %+v", d.Index())
	}
	if ids := listIDs(t, d, db.ProductArgs{}, 3); len(ids) != 3 {
		t.Errorf("the list has %v", ids)
	}
}
