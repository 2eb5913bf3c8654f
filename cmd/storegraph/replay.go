package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/shadow"
)

// Run replays reads here and at a Medusa, and prints how the answers differ.
func (c *shadowCommand) Run(ctx context.Context, a *app) (err error) {
	reads, err := readsIn(c.From)
	if err != nil {
		return err
	}
	d, err := a.openAnswering(ctx, a.logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := a.secrets(); err != nil {
		return err
	}
	if c.Key == "" {
		if c.Key, err = d.AnyPublishableKey(ctx); err != nil {
			return err
		}
	}
	a.cfg.Front = FrontConfig{} // what is not known here is not compared
	g, s, err := a.bareShop(d.DB)
	if err != nil {
		return err
	}
	r := &replayed{
		routes: map[string]*replayedRoute{}, route: s.owns, ours: g.Identify(s.store), key: c.Key,
		ask: func(r *http.Request) (shadow.Answer, error) {
			return shadow.Ask(ctx, &http.Client{Timeout: time.Minute}, c.Against, r, "")
		},
	}
	for _, read := range reads {
		if err := r.compare(ctx, read); err != nil {
			return err
		}
	}
	return r.report(a.stdout, c.Threshold)
}

// A read is a request to be replayed.
type read struct {
	target string
	header http.Header
}

// line matches the request in a line of an access log: of nginx, Apache, Medusa or storegraph.
var line = regexp.MustCompile(`\bGET "?(/\S+)|method=GET path=(\S+)|"method":"GET","path":"([^"]+)"`)

// readsIn returns the reads of the store in a file, which is a HAR or an access log, each once.
func readsIn(file string) ([]read, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []read
	seen := map[string]bool{}
	add := func(target string, h http.Header) {
		id := target + fmt.Sprint(h)
		if strings.HasPrefix(target, "/store/") && !seen[id] {
			seen[id] = true
			out = append(out, read{target, h})
		}
	}
	var har struct {
		Log *struct {
			Entries []struct {
				Request struct {
					Method, URL string
					Headers     []struct{ Name, Value string }
				}
			}
		}
	}
	if json.Unmarshal(text, &har) == nil && har.Log != nil {
		for _, e := range har.Log.Entries {
			u, err := url.Parse(e.Request.URL)
			if err != nil || e.Request.Method != http.MethodGet {
				continue
			}
			h := http.Header{}
			for _, header := range e.Request.Headers {
				h.Add(header.Name, header.Value)
			}
			add(u.RequestURI(), h)
		}
		return out, nil
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if m := line.FindStringSubmatch(lines.Text()); m != nil {
			add(strings.TrimSuffix(cmp.Or(m[1], m[2], m[3]), `"`), http.Header{})
		}
	}
	return out, lines.Err()
}

// replayed is what was found by replaying reads.
type replayed struct {
	routes map[string]*replayedRoute
	route  func(method string, u *url.URL) (string, bool)
	ours   http.Handler
	ask    func(r *http.Request) (shadow.Answer, error)
	key    string
	others int // reads of no route
}

type replayedRoute struct {
	equal, known, different int
	ours, theirs            time.Duration
	found                   map[shadow.Difference]string // the smallest example of each, by the difference without it
}

// compare replays one read. Both are asked again if they differ, so that what was changed in between is no difference.
func (r *replayed) compare(ctx context.Context, read read) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, read.target, http.NoBody)
	if err != nil {
		r.others++ // a line that was cut off
		return nil
	}
	req.Header = read.header.Clone()
	if req.Header.Get("X-Publishable-Api-Key") == "" {
		req.Header.Set("X-Publishable-Api-Key", r.key)
	}
	for _, name := range []string{"If-None-Match", "Accept-Encoding", "Cookie"} {
		req.Header.Del(name)
	}
	route, ok := r.route(http.MethodGet, req.URL)
	if !ok || !shadow.Reads(route) {
		r.others++
		return nil
	}
	of := r.routes[route]
	if of == nil {
		of = &replayedRoute{found: map[shadow.Difference]string{}}
		r.routes[route] = of
	}
	var found []shadow.Difference
	for range 2 {
		ours := shadow.Serve(r.ours, req)
		theirs, err := r.ask(req)
		if err != nil {
			return err
		}
		of.ours, of.theirs = of.ours+ours.Took, of.theirs+theirs.Took
		if found = shadow.Compare(route, req.URL, theirs, ours); len(found) == 0 {
			of.equal++
			return nil
		}
	}
	of.note(found)
	return nil
}

func (of *replayedRoute) note(found []shadow.Difference) {
	if shadow.Unknown(found) {
		of.different++
	} else {
		of.known++
	}
	for _, d := range found {
		example := d.Example
		d.Example = ""
		if have, ok := of.found[d]; !ok || len(example) < len(have) {
			of.found[d] = example
		}
	}
}

// report prints what was found. It fails if the share of reads that differ for no known reason is above a threshold.
func (r *replayed) report(out io.Writer, threshold float64) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "route\tequal\tknown\tdifferent\ttime of Medusa / ours")
	all, different := 0, 0
	for _, route := range slices.Sorted(maps.Keys(r.routes)) {
		of := r.routes[route]
		all, different = all+of.equal+of.known+of.different, different+of.different
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.1f\n", route, of.equal, of.known, of.different, of.theirs.Seconds()/max(of.ours.Seconds(), 1e-9))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, route := range slices.Sorted(maps.Keys(r.routes)) {
		for _, d := range slices.SortedFunc(maps.Keys(r.routes[route].found), byPath) {
			why := "unknown"
			if d.Deviation != "" {
				why = "known, " + d.Deviation + " of DEVIATIONS.md"
			}
			fmt.Fprintf(out, "\n%s: %s at %s (%s)\n  %s\n", route, d.Kind, d.Path, why, r.routes[route].found[d])
		}
	}
	fmt.Fprintf(out, "\n%d reads compared, %d different for no known reason; %d of no route of storegraph\n", all, different, r.others)
	if share := float64(different) / max(float64(all), 1); share > threshold {
		return fmt.Errorf("%.4f of the reads differ, more than %g", share, threshold)
	}
	return nil
}

// byPath sorts differences on no purpose first.
func byPath(a, b shadow.Difference) int {
	return cmp.Or(cmp.Compare(a.Deviation, b.Deviation), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
}
