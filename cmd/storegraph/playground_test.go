package main

import (
	"testing"

	"github.com/storegraph/storegraph/graph/playground"
	"github.com/storegraph/storegraph/graph/playground/browsertest"
)

// The playground runs in a browser, and each of its examples runs when it is chosen.
func TestPlayground(t *testing.T) {
	t.Parallel()
	var names []string
	for _, e := range playground.Examples() {
		names = append(names, e.Name)
	}
	browsertest.Check(t, newDemo(t).url+"/", browsertest.Want{
		Type: "ProductVariant", Result: "Europe", Description: "Everything a shop does for its shoppers", Examples: names,
	})
}
