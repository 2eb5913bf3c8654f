package db

import (
	"slices"
	"testing"
)

// onlyRead are tables that are never written here, so that a row may lack exact twins.
var onlyRead = map[string]bool{"price": true, "currency": true}

// TestTables compares the columns of every table with the reference's schema.
func TestTables(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{}
	for _, table := range referenceTables() {
		columns := map[string]bool{}
		for _, c := range table.columns {
			columns[c.name] = true
		}
		known[table.name] = columns
	}
	for _, table := range registered {
		columns := known[table.name]
		if columns == nil {
			t.Errorf("there is no table %s", table.name)
			continue
		}
		for _, c := range table.names() {
			if !columns[c] {
				t.Errorf("table %s has no column %s", table.name, c)
			}
			// Writing an amount alone would leave its exact twin as it was.
			if columns["raw_"+c] && !slices.Contains(table.names(), "raw_"+c) && !onlyRead[table.name] {
				t.Errorf("table %s: %s is without its exact twin", table.name, c)
			}
		}
	}
}
