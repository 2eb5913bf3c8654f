package main

import "testing"

func TestGrowthIsBounded(t *testing.T) {
	t.Parallel()
	const mega = 1 << 20
	for _, c := range []struct {
		inUse uint64
		want  int
	}{
		{0, 100},
		{20 * mega, 100},
		{64 * mega, 100}, // as Go has it
		{128 * mega, 50},
		{256 * mega, 25},
		{10_000 * mega, 10},
	} {
		if got := growth(c.inUse); got != c.want {
			t.Errorf("growth(%d MB) = %d %%, want %d", c.inUse/mega, got, c.want)
		}
	}
}
