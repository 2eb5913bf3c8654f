package db_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// An outbox from before events had a delivery for each destination loses no event, and delivers none twice.
func TestDeliveryMigration(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	sql := func(text string) {
		t.Helper()
		if _, err := d.Exec(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	migration := func(name string) string {
		t.Helper()
		text, err := fs.ReadFile(db.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	sql(`DROP TABLE storegraph.delivery, storegraph.outbox`)
	_, first, _ := strings.Cut(migration("0002_session.sql"), "CREATE TABLE storegraph.outbox")
	sql("CREATE TABLE storegraph.outbox" + first)
	sql(migration("0010_outbox.sql"))
	sql(migration("0013_outbox_order.sql"))
	sql(`INSERT INTO storegraph.outbox (id, name, payload, created_at, sent_at, attempts, due_at, delivered, dead_at, error) VALUES
		('evt_new', 'order.placed', '{}', now(), NULL, 0, now(), '{}', NULL, NULL),
		('evt_half', 'order.placed', '{}', now(), NULL, 3, now() + interval '1 hour', '{mail}', NULL, 'webhook-0123456789ab: status 500'),
		('evt_sent', 'order.placed', '{}', now(), now(), 1, now(), '{mail,webhook-0123456789ab}', NULL, NULL),
		('evt_dead', 'order.placed', '{}', now(), NULL, 15, now(), '{mail}', now(), 'webhook-0123456789ab: status 500; webhook-ba9876543210: the receiver was not reached: mail: x')`)
	sql(migration("0040_delivery.sql"))
	sql(migration("0140_outbox_trace.sql"))

	now := time.Now()
	both := []string{"mail", "webhook-0123456789ab"}
	due := func() (out []string) {
		t.Helper()
		if err := d.FanOutEvents(t.Context(), both, now); err != nil {
			t.Fatal(err)
		}
		claimed, err := d.ClaimDeliveries(t.Context(), map[string]int{both[0]: 10, both[1]: 10}, now, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range claimed {
			out = append(out, x.Event.ID+" "+x.Destination)
		}
		slices.Sort(out)
		return out
	}
	if got, want := due(), []string{"evt_half webhook-0123456789ab", "evt_new mail", "evt_new webhook-0123456789ab"}; !slices.Equal(got, want) {
		t.Errorf("due are %v, want %v", got, want)
	}
	open, err := d.OpenDeliveries(t.Context(), 10)
	if err != nil || len(open) != 5 {
		t.Errorf("OpenDeliveries = %d, %v, want 3 that are due and 2 that were given up", len(open), err)
	}
	if n, err := d.ReviveEvents(t.Context(), []string{"evt_dead", "evt_sent"}, now); n != 1 || err != nil {
		t.Errorf("revived %d (%v), want 1", n, err)
	}
	if got, want := due(), []string{"evt_dead webhook-0123456789ab"}; !slices.Equal(got, want) {
		t.Errorf("due after reviving are %v, want %v", got, want)
	}
	if n, err := d.ForgetEvents(t.Context(), now.Add(time.Minute), now, 10); n != 1 || err != nil {
		t.Errorf("forgot %d (%v), want the one that was delivered", n, err)
	}
}
