package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/storegraph/storegraph/db"
)

// live answers that the process is running, with the text of the reference.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "OK")
}

// readiness answers whether the database is up and can be served.
type readiness struct {
	db    db.DB
	front *shopFront

	mu      sync.Mutex
	checked time.Time // of the last report without problems
}

// recheck is how long a report without problems is kept: the schema may change while the server runs, but rarely does.
const recheck = 10 * time.Second

func (h *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	primary, err := "", h.check(ctx)
	switch {
	case errors.Is(err, errPrimaryAway):
		primary = "primary: away, replicas show the catalogue\n"
	case err != nil:
		unready(w, r) // the error's text is not shown: it may contain addresses, and anybody can send this request
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ready\n"+primary+indexText(h.db.Index())+"\n"+replicaText(h.db.Replicas())+frontText(h.front))
}

// frontText says how many requests Medusa has answered, by why it did, and how its answers compare with those from here.
func frontText(s *shopFront) string {
	if s.medusa == nil {
		return ""
	}
	kinds := map[string]int64{}
	for _, c := range s.medusa.Counts() {
		kinds[c.Kind] += c.N
	}
	compared := ""
	if s.shadow != nil {
		st := s.shadow.Stats()
		compared = fmt.Sprintf("shadow: equal %d, known %d, different %d, failed %d, skipped %d\n", st.Equal, st.Known, st.Different, st.Failed, st.Skipped)
	}
	if len(kinds) == 0 {
		return "medusa: nothing yet\n" + compared
	}
	var each []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		each = append(each, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	return "medusa: " + strings.Join(each, ", ") + "\n" + compared
}

// replicaText says how many of the replicas are read from.
func replicaText(all []db.ReplicaState) string {
	if len(all) == 0 {
		return ""
	}
	used := 0
	for _, r := range all {
		if r.Used {
			used++
		}
	}
	return fmt.Sprintf("replicas: %d of %d used\n", used, len(all))
}

// indexText says where lists of the catalogue come from.
func indexText(s db.IndexState) string {
	if !s.Ready {
		return "catalogue: read from the database"
	}
	return fmt.Sprintf("catalogue: %d products in %s of memory", s.Products, humanize.Bytes(uint64(s.Bytes)))
}

// unready answers that the database is not ready.
func unready(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "the database is not ready", http.StatusServiceUnavailable)
}

// errPrimaryAway means that the primary does not answer, but replicas show the catalogue.
var errPrimaryAway = errors.New("the primary is away")

// check fails unless the database can be served. A primary that is away does not count while a replica is read from: all servers of a shop would
// be taken out of service at once, though each could show the catalogue.
func (h *readiness) check(ctx context.Context) error {
	if err := h.db.Ping(ctx); err != nil {
		if slices.ContainsFunc(h.db.Replicas(), func(r db.ReplicaState) bool { return r.Used }) {
			return errPrimaryAway
		}
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.checked) < recheck {
		return nil
	}
	report, err := db.Check(ctx, h.db)
	if err == nil {
		err = report.Err()
	}
	if err == nil {
		h.checked = time.Now()
	}
	return err
}
