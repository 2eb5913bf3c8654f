package main

import (
	"bytes"
	"sync/atomic"
	"testing"

	"storegraph/db/dbtest"
)

// TestStartWithCutConnections cuts the connection at each of the statements of a start, one start for each. The server waits and
// serves; it never ends.
func TestStartWithCutConnections(t *testing.T) {
	t.Parallel()
	shop := dbtest.ShopURL(t)
	for at := int64(1); ; at++ {
		var n atomic.Int64
		url := dbtest.Proxy(t, shop, func(sent []byte) dbtest.Fate {
			if bytes.Contains(sent, []byte("storegraph.outbox")) { // the work beside, which begins with the serving
				return dbtest.Pass
			}
			if n.Add(1) == at {
				return dbtest.Cut
			}
			return dbtest.Pass
		})
		p := begin(t, shopEnv(url), "serve")
		base := "http://" + p.await(t, `address=(\S+)`)
		eventually(t, base+"/health/ready", 200)
		p.stop(t)
		if n.Load() < at {
			if at < 5 {
				t.Errorf("the start ended before statement %d, want more to cut at", at)
			}
			return
		}
		if at == 25 {
			return
		}
	}
}
