package db_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/model"
)

// TestIndexStaysFlat makes as many changes as an hour of ten writes a second does, SOAK being set, and a hundredth of them else, while the index
// follows: it takes as much memory at the end as at the beginning, and says so.
func TestIndexStaysFlat(t *testing.T) { //nolint:paralleltest // it looks at the memory of the process
	changes := 360
	if os.Getenv("SOAK") != "" {
		changes = 36_000
	}
	url := dbtest.FillShop(t, 200)
	d, writer := dbtest.Open(t, url, db.Options{}), dbtest.Open(t, url, db.Options{})
	if err := db.InstallTriggers(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	dbtest.KeepIndex(t, d)
	byTitle := db.ProductArgs{ListArgs: db.ListArgs[model.ProductFilter]{Sort: &db.Sort{Key: "TITLE"}}}
	products := texts(t, writer, `SELECT id FROM product WHERE id LIKE 'prod_zz%' ORDER BY id`)
	change := func(n int) {
		id := products[n%len(products)]
		switch n % 6 {
		case 0:
			write(t, writer, `UPDATE price SET amount = ? WHERE price_set_id IN (SELECT s.price_set_id FROM product_variant_price_set s JOIN product_variant v ON v.id = s.variant_id WHERE v.product_id = ?)`, 10+n%90, id)
		case 1:
			write(t, writer, `UPDATE product SET title = ? WHERE id = ?`, fmt.Sprintf("Changed %d", n), id)
		case 2:
			write(t, writer, `UPDATE inventory_level SET stocked_quantity = ? WHERE inventory_item_id IN (SELECT i.inventory_item_id FROM product_variant_inventory_item i JOIN product_variant v ON v.id = i.variant_id WHERE v.product_id = ?)`, n%7, id)
		case 3: // it goes, and the next time comes again
			write(t, writer, `UPDATE product SET status = CASE status WHEN 'draft' THEN 'published' ELSE 'draft' END WHERE id = ?`, id)
		case 4:
			write(t, writer, `UPDATE product_tag SET value = ? WHERE id = (SELECT product_tag_id FROM product_tags WHERE product_id = ? LIMIT 1)`, fmt.Sprintf("changed %d", n), id)
		case 5:
			write(t, writer, `UPDATE product_variant SET title = ? WHERE product_id = ?`, fmt.Sprintf("Changed %d", n), id)
		}
	}
	// followed waits until the index has all changes, and reads the list as shoppers do, by each of the index's orders.
	followed := func(title string) {
		t.Helper()
		write(t, writer, `UPDATE product SET status = 'published', title = ? WHERE id = ?`, title, products[0])
		for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			if ids := listIDs(t, d, byTitle, 1); len(ids) == 1 && ids[0] == products[0] {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the index does not follow")
			}
		}
		for _, a := range lists {
			listIDs(t, d, a, 50)
		}
	}
	heap := func() int {
		var m runtime.MemStats
		for range 3 { // what has finalizers is freed by the next
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	for n := range changes / 10 { // until everything that is kept once is
		change(n)
	}
	followed(" a")
	before, size := heap(), d.Index()
	for n := range changes {
		change(n)
		if n%100 == 0 {
			listIDs(t, d, lists["by price"], 20)
		}
	}
	followed(" b")
	after, now := heap(), d.Index()
	t.Logf("after %d changes: %d products, %d and %d bytes of index, %d and %d of heap", changes, now.Products, size.Bytes, now.Bytes, before, after)
	if !now.Ready || now.Bytes > size.Bytes*5/4 {
		t.Errorf("the index took %d bytes and takes %d", size.Bytes, now.Bytes)
	}
	if after > before*5/4+4<<20 {
		t.Errorf("the heap took %d bytes and takes %d", before, after)
	}
}
