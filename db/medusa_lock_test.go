package db_test

import (
	"testing"

	"github.com/storegraph/storegraph/db"
)

// The numbers are what the algorithm of Medusa's provider gives in JavaScript.
func TestAdvisoryKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"": 5381, "a": 177604, "iitem_01JZ8K3M5N7P9Q1R3S5T7V9W1X": 757537194, "Größe 42 €": 1690385078, "emoji 😀": 1152663900,
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz": 2198722821,
	} {
		if got := db.AdvisoryKey(text); got != want {
			t.Errorf("AdvisoryKey(%q) = %d, want %d", text, got, want)
		}
	}
}
