package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// mostGarbage is how many bytes the heap may grow before it is collected. Go by itself lets it double, which with a large index and
	// full caches would take as much memory again.
	mostGarbage = 64 << 20
	// usualGrowth is Go's own limit, in percent of what is in use. It holds where it is less.
	usualGrowth = 100
	// leastGrowth keeps a heap of gigabytes from being collected all the time.
	leastGrowth = 10
	// growthAge is how often the limit is set anew.
	growthAge = time.Second
)

// growth returns by how much a heap of which so many bytes are in use may grow before it is collected, in percent.
func growth(inUse uint64) int {
	return int(min(max(mostGarbage*100/max(inUse, 1), leastGrowth), usualGrowth))
}

// boundGarbage limits how much memory garbage takes until ctx ends, unless the environment says how (GOGC, GOMEMLIMIT).
func boundGarbage(ctx context.Context, getenv func(string) string) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	defer debug.SetGCPercent(usualGrowth)
	tick := time.NewTicker(growthAge)
	defer tick.Stop()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for now := usualGrowth; ; {
		metrics.Read(live)
		if next := growth(live[0].Value.Uint64()); next != now {
			debug.SetGCPercent(next)
			now = next
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
