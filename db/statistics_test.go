package db_test

import (
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// TestAnalyzeNew has a restored table planned for, once.
func TestAnalyzeNew(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if _, err := d.AnalyzeNew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(t.Context(), `CREATE TABLE "a Table" AS SELECT n FROM generate_series(1, 1000) n; CREATE TABLE gone AS SELECT 1 n; DELETE FROM gone`); err != nil {
		t.Fatal(err)
	}
	if n, err := d.AnalyzeNew(t.Context()); err != nil || n < 2 { // with what its own transactions write
		t.Errorf("AnalyzeNew = %d, %v, want 2", n, err)
	}
	if n, err := d.AnalyzeNew(t.Context()); err != nil || n != 0 {
		t.Errorf("AnalyzeNew again = %d, %v, want 0", n, err)
	}
	if rows, err := d.Texts(t.Context(), `SELECT reltuples::text FROM pg_class WHERE relname = 'a Table'`); err != nil || rows[0] != "1000" {
		t.Errorf("the table is taken for one of %v rows (%v), want 1000", rows, err)
	}
}
