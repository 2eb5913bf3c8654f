package db_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// following returns a database whose catalogue is followed until the test ends.
func following(t *testing.T, url string) db.DB {
	t.Helper()
	d := dbtest.Open(t, url, db.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.KeepIndex(ctx, db.IndexOptions{Memory: 64 << 20, Log: slog.New(slog.DiscardHandler)})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return d
}

// noticed is how soon a change must be seen. Machines that run many tests at a time get more.
const noticed = 20 * time.Second

// versionOf waits until the version of a catalogue is known and fits.
func versionOf(t *testing.T, d db.DB, what string, fits func(version string) bool) string {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ends := time.After(noticed)
	for {
		if v, ok := d.CatalogueVersion(); ok && fits(v) {
			return v
		}
		select {
		case <-tick.C:
		case <-ends:
			v, ok := d.CatalogueVersion()
			t.Fatalf("%s: the version is %q, %t", what, v, ok)
		}
	}
}

func whatever(string) bool { return true }

// timesOf is the part of a version that the times of price lists decide: what comes before may become another one at any time, when a
// transaction of another test ends.
func timesOf(version string) string {
	_, times, _ := strings.Cut(version, "-")
	return times
}

// TestCatalogueVersion follows a catalogue from two servers: each change makes another version, the same for both, also after the
// connections on which they are woken were killed; stock makes none.
func TestCatalogueVersion(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	writer := dbtest.Open(t, url, db.Options{})
	if v, ok := writer.CatalogueVersion(); ok {
		t.Errorf("a version %q of what nobody follows", v)
	}
	if err := db.InstallTriggers(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	one, two := following(t, url), following(t, url)
	// A transaction of another test that ends makes another version too: each server may see two.
	agreed := func(what, old string) string {
		return versionOf(t, one, what, func(v string) bool {
			other, ok := two.CatalogueVersion()
			return ok && v == other && v != old
		})
	}
	version := agreed("at first", "")
	for what, sql := range map[string]string{
		"product": "UPDATE product SET title = title || 'x' WHERE id = (SELECT min(id) FROM product)", "price": "UPDATE price SET amount = amount + 1",
		"key": "UPDATE api_key SET revoked_at = now() WHERE type = 'publishable'", "region": "UPDATE store SET default_region_id = NULL",
		"killed": "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'; UPDATE product_tag SET value = value || 'x'; END $$",
	} {
		write(t, writer, sql)
		version = agreed(what, version)
	}
	for range 10 { // a transaction that ends meanwhile, such as the server's own, also makes another version
		at, _, err := writer.ChangePosition(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		write(t, writer, "UPDATE inventory_level SET stocked_quantity = stocked_quantity + 1")
		if now, _, err := writer.ChangePosition(t.Context()); err == nil && now.Version() == at.Version() {
			return
		}
	}
	t.Error("stock made another version")
}

// TestCatalogueVersionEnds has no version where changes are not logged, or not all of them.
func TestCatalogueVersionEnds(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"not logged": "UPDATE storegraph.change_log SET installed = false, generation = generation + 1",
		"locked":     "", // and so the log cannot be read
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.ShopURL(t)
			writer := dbtest.Open(t, url, db.Options{})
			if err := db.InstallTriggers(t.Context(), writer); err != nil {
				t.Fatal(err)
			}
			d := following(t, url)
			versionOf(t, d, "at first", whatever)
			if sql != "" {
				write(t, writer, sql)
				unknown(t, d)
				return
			}
			_, err := db.InTx(t.Context(), writer, func(tx db.DB) (struct{}, error) {
				_, err := tx.Exec(t.Context(), "LOCK TABLE storegraph.change IN ACCESS EXCLUSIVE MODE")
				if err == nil {
					unknown(t, d)
				}
				return struct{}{}, err
			})
			if err != nil {
				t.Fatal(err)
			}
			versionOf(t, d, "unlocked", whatever)
		})
	}
}

// TestUnloggedTable has no version while a table lacks its triggers.
func TestUnloggedTable(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	writer := dbtest.Open(t, url, db.Options{})
	if err := db.InstallTriggers(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	write(t, writer, "ALTER TABLE api_key DISABLE TRIGGER storegraph_change_update")
	d := following(t, url)
	seen := make(chan struct{})
	go d.FollowChanges(t.Context(), func() { // as often as the other
		select {
		case seen <- struct{}{}:
		case <-t.Context().Done():
		}
	})
	for range 3 {
		<-seen
	}
	if v, ok := d.CatalogueVersion(); ok {
		t.Errorf("the version is %q although keys are not logged", v)
	}
	write(t, writer, "ALTER TABLE api_key ENABLE TRIGGER storegraph_change_update")
	versionOf(t, d, "complete", whatever)
}

// unknown waits until the version is not known.
func unknown(t *testing.T, d db.DB) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ends := time.After(noticed)
	for {
		if _, ok := d.CatalogueVersion(); !ok {
			return
		}
		select {
		case <-tick.C:
		case <-ends:
			t.Fatal("the version is still known")
		}
	}
}

// TestPriceListTimes has another version when a price list starts and when it ends, although no change is logged then.
func TestPriceListTimes(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	writer := dbtest.Open(t, url, db.Options{})
	if err := db.InstallTriggers(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	// Times that are not times, which no calculation may fail on.
	write(t, writer, `UPDATE price_list SET starts_at = '-infinity', ends_at = 'infinity' WHERE id = (SELECT min(id) FROM price_list);
		UPDATE price_list SET ends_at = '9999-12-31' WHERE id = (SELECT max(id) FROM price_list)`)
	write(t, writer, `INSERT INTO price_list (id, title, description, status, type, starts_at, ends_at)
		VALUES ('plist_x', 'x', 'x', 'active', 'sale', now() + interval '1 hour', now() + interval '2 hours')`)
	d := following(t, url)
	before := versionOf(t, d, "before", whatever)
	// An hour passes without a trigger.
	const hour = "SET LOCAL session_replication_role = replica; UPDATE price_list SET starts_at = starts_at - interval '61 minutes', ends_at = ends_at - interval '61 minutes' WHERE id = 'plist_x'"
	write(t, writer, hour)
	during := versionOf(t, d, "during", func(v string) bool { return timesOf(v) != timesOf(before) })
	write(t, writer, hour)
	after := versionOf(t, d, "after", func(v string) bool { return timesOf(v) != timesOf(during) })
	if timesOf(after) == timesOf(before) {
		t.Errorf("versions %s, %s, %s: want three with other times", before, during, after)
	}
}

// TestChannelsAt has the channels of a key once a version, and fails as soon as the key is revoked, also by the time.
func TestChannelsAt(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	d := dbtest.Open(t, dbtest.ShopURL(t), db.Options{Tracer: count})
	token := dbtest.Handles(t)["pk_web"]
	ask := func(version string) ([]string, int, error) {
		count.Reset()
		channels, err := d.ChannelsAt(t.Context(), db.NewKey(token), version)
		return channels, count.RoundTrips(), err
	}
	first, trips, err := ask("1")
	if err != nil || len(first) == 0 || trips != 1 {
		t.Fatalf("%v in %d round trips, %v", first, trips, err)
	}
	if _, trips, err := ask("1"); err != nil || trips != 0 {
		t.Errorf("asked again in %d round trips, %v", trips, err)
	}
	write(t, d, "DELETE FROM publishable_api_key_sales_channel WHERE publishable_key_id = (SELECT id FROM api_key WHERE token = ?)", token)
	if channels, _, err := ask("2"); err != nil || len(channels) != 0 {
		t.Errorf("%v, %v, want no channels", channels, err)
	}
	write(t, d, "UPDATE api_key SET revoked_at = now() + interval '50 milliseconds' WHERE token = ?", token)
	ends := time.Now().Add(noticed)
	for err = nil; err == nil && time.Now().Before(ends); {
		_, _, err = ask("3")
	}
	if !db.IsKeyError(err) {
		t.Errorf("a key that was revoked: %v", err)
	}
}
