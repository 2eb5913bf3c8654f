package rest_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest/replay"
)

// lockOrder is the order in which package shop says that a transaction locks.
var lockOrder = []string{
	"locking", "cart", "customer", "auth_identity", "order", advisoryLock, "inventory_level", "promotion", "promotion_campaign_budget", "payment_collection", "payment_session",
	"storegraph.payment_task", "storegraph.idempotency",
}

// advisoryLock stands for Medusa's locks on stock.
const advisoryLock = "pg_advisory_xact_lock"

var (
	lockedOf   = regexp.MustCompile(`FOR (?:NO KEY )?UPDATE(?: OF (\w+))?`)
	firstTable = regexp.MustCompile(`\bFROM ("?[\w.]+"?)`)
	written    = regexp.MustCompile(`\b(?:UPDATE|DELETE FROM) ("?[\w.]+"?)`)
)

// locks returns the tables of whose rows a statement takes a lock, in the order in which it names them.
func locks(sql string) []string {
	var out []string
	if strings.Contains(sql, advisoryLock) {
		out = append(out, advisoryLock)
	}
	for _, m := range lockedOf.FindAllStringSubmatchIndex(sql, -1) {
		before := sql[:m[0]]
		if m[2] >= 0 { // FOR UPDATE OF an alias
			alias := sql[m[2]:m[3]]
			if t := regexp.MustCompile(`(?:FROM|JOIN) ("?[\w.]+"?) (?:AS )?` + alias + `\b`).FindStringSubmatch(before); t != nil {
				out = append(out, strings.Trim(t[1], `"`))
			}
			continue
		}
		if t := firstTable.FindStringSubmatch(before); t != nil {
			out = append(out, strings.Trim(t[1], `"`))
		}
	}
	for _, m := range written.FindAllStringSubmatch(sql, -1) {
		if m[1] != "OF" && m[1] != "SET" {
			out = append(out, strings.Trim(m[1], `"`))
		}
	}
	return out
}

// TestLockOrder replays every recorded request and looks at what each transaction locks first: all of them take their locks in the one
// order that package shop documents, so that none waits in a circle. The shop's database has the locks of a Medusa beside it.
func TestLockOrder(t *testing.T) {
	t.Parallel()
	counter := &dbtest.Counter{}
	d := dbtest.Open(t, dbtest.ShopURL(t), db.Options{MaxConns: 1, Tracer: counter})
	if _, err := d.Exec(t.Context(), lockingTable); err != nil {
		t.Fatal(err)
	}
	d.ShareMedusaLocks()
	h := newHandler(t, d, nil)
	files, err := filepath.Glob("testdata/conformance/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded cases: %v", err)
	}
	orders := map[string]int{}
	for _, file := range files {
		replay.File(t, h, file, notAsRecorded)
		var held []string
		for _, sql := range counter.Statements() {
			switch {
			case strings.HasPrefix(sql, "BEGIN"), strings.HasPrefix(sql, "COMMIT"), strings.HasPrefix(sql, "ROLLBACK"):
				if len(held) > 1 {
					orders[strings.Join(held, " → ")]++
				}
				held = nil
				continue
			}
			for _, table := range locks(sql) {
				if slices.Contains(lockOrder, table) && !slices.Contains(held, table) {
					held = append(held, table)
				}
			}
		}
		counter.Reset()
	}
	for order, n := range orders {
		tables := strings.Split(order, " → ")
		if !slices.IsSortedFunc(tables, func(a, b string) int { return slices.Index(lockOrder, a) - slices.Index(lockOrder, b) }) {
			t.Errorf("%d transactions lock %s, want the order %v", n, order, lockOrder)
		}
	}
	for _, want := range []string{
		"locking → cart → pg_advisory_xact_lock → inventory_level → payment_collection → payment_session",
		"locking → cart → pg_advisory_xact_lock → inventory_level → promotion_campaign_budget → payment_collection → payment_session",
		"locking → order",
	} {
		if orders[want] == 0 {
			t.Errorf("no transaction locks %s; those are %v", want, orders)
		}
	}
}
