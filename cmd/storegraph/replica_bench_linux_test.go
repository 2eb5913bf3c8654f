package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/procfs"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// BenchmarkReplicas has 16 clients ask one server, and two servers that also read from a streaming replica: nine reads of the catalogue, none of
// which is kept, to one new cart. On one machine that all share the clients' and servers' work bounds the rate; what the primary has to do for
// a request is what bounds a shop whose servers are its own.
func BenchmarkReplicas(b *testing.B) {
	primary, replica := dbtest.Replicated(b)
	d := dbtest.Open(b, primary, db.Options{})
	if err := db.InstallTriggers(b.Context(), d); err != nil {
		b.Fatal(err)
	}
	for _, replicas := range []string{"", replica} {
		name, servers := "one server", 1
		if replicas != "" {
			name, servers = "two servers and a replica", 2
		}
		b.Run(name, func(b *testing.B) {
			var all []*process
			for range servers {
				all = append(all, newProcess(b, directory(b), primary, map[string]string{"DATABASE_REPLICA_URL": replicas, "RESPONSE_CACHE": "0", "CATALOGUE_MEMORY": "0"}))
			}
			for _, p := range all {
				p.ready(b)
			}
			before := clusterTime(b, primary)
			var n atomic.Int64
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				client := &http.Client{Transport: &http.Transport{}}
				for pb.Next() {
					i := int(n.Add(1))
					askMixed(b, client, all[i%len(all)].base, i)
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			b.ReportMetric((clusterTime(b, primary)-before).Seconds()*1000/float64(b.N), "primary-CPU-ms/request")
		})
	}
}

// askMixed makes the i-th request.
func askMixed(b *testing.B, client *http.Client, base string, i int) {
	b.Helper()
	handles := dbtest.Handles(b)
	method, path, body := http.MethodGet, fmt.Sprintf("/store/products?limit=12&offset=%d&region_id=%s&fields=*variants.calculated_price", i%40, handles["reg_us"]), ""
	if i%10 == 0 {
		method, path, body = http.MethodPost, "/store/carts", `{"region_id":"`+handles["reg_us"]+`"}`
	}
	r, err := http.NewRequestWithContext(b.Context(), method, base+path, bytes.NewBufferString(body))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK {
		b.Errorf("%s %s: %s %s (%v)", method, path, res.Status, text, err)
	}
}

// clusterTime returns the processor time that the processes of a cluster have taken.
func clusterTime(b *testing.B, url string) time.Duration {
	b.Helper()
	c, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close(b.Context()) }()
	var file string
	if err := c.QueryRow(b.Context(), `SELECT pg_read_file('postmaster.pid')`).Scan(&file); err != nil {
		b.Fatal(err)
	}
	first, _, _ := strings.Cut(file, "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		b.Fatal(err)
	}
	processes, err := procfs.AllProcs()
	if err != nil {
		b.Fatal(err)
	}
	ticks := 0
	for _, p := range processes {
		s, err := p.Stat()
		switch {
		case os.IsNotExist(err):
		case err == nil && p.PID == postmaster:
			ticks += int(s.UTime+s.STime) + s.CUTime + s.CSTime
		case err == nil && s.PPID == postmaster:
			ticks += int(s.UTime + s.STime)
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // Linux counts in hundredths of a second for programs
}
