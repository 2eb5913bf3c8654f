package transport_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/graph/transport"
)

// send posts an operation. Headers are given in pairs.
func (x *site) send(ctx context.Context, query string, headers ...string) *http.Response {
	x.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		x.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, strings.NewReader(string(body)))
	if err != nil {
		x.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// An eventStream is what a client has received.
type eventStream struct {
	t     *testing.T
	lines *bufio.Reader
	close context.CancelFunc
}

// events opens an event stream.
func (x *site) events(query string, headers ...string) *eventStream {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), patience)
	x.t.Cleanup(cancel)
	res := x.send(ctx, query, headers...)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		x.t.Fatalf("%s = %d %s, want an event stream", query, res.StatusCode, kind)
	}
	return &eventStream{x.t, bufio.NewReader(res.Body), cancel}
}

// eventsOf asks for a stream of a document by its id, as a browser does.
func (x *site) eventsOf(id string) *eventStream {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), patience)
	x.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, x.url+"?documentId="+id, http.NoBody)
	if err != nil {
		x.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = res.Body.Close() })
	return &eventStream{x.t, bufio.NewReader(res.Body), cancel}
}

// line returns the next line, or nothing at the end of the stream.
func (e *eventStream) line() string {
	e.t.Helper()
	line, err := e.lines.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		e.t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

// wants fails unless these lines come next. Blank lines and comments are passed over.
func (e *eventStream) wants(lines ...string) {
	e.t.Helper()
	for _, want := range lines {
		got, err := "", error(nil)
		for (got == "" || strings.HasPrefix(got, ":")) && err == nil {
			got, err = e.lines.ReadString('\n')
			got = strings.TrimSuffix(got, "\n")
		}
		if !strings.HasPrefix(got, want) {
			e.t.Fatalf("the stream says %q (%v), want %q", got, err, want)
		}
	}
}

// breaksOff fails unless the stream ends without complete.
func (e *eventStream) breaksOff() {
	e.t.Helper()
	rest, err := io.ReadAll(e.lines)
	if strings.Contains(string(rest), "complete") || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		e.t.Errorf("the stream ended with %q (%v), want it broken off", rest, err)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{})
	e := x.events("subscription{ticks}")
	for _, text := range []string{"one", "two"} {
		x.ticks <- text
		e.wants("event: next", `data: {"data":{"ticks":"`+text+`"}}`)
	}
	close(x.ticks)
	e.wants("event: complete", "data:")
	x.eventsOf("hello").wants("event: next", `data: {"data":{"hello":"done"}}`, "event: complete")
	x.events("{hello}").wants("event: next", `data: {"data":{"hello":"done"}}`, "event: complete")
	x.events("mutation{act}").wants("event: next", `data: {"data":{"act":"done"}}`, "event: complete")
	x.events("{nope}").wants("event: next", `data: {"errors":`, "event: complete")
	x.events("subscription{ticks}", "Idempotency-Key", "k").wants("event: next", `data: {"errors":[{"message":"an Idempotency-Key`, "event: complete")
	x.events("subscription{broken}").breaksOff()
}

// A stream ends with its client, its caller's credentials and the server.
func TestEventsEnd(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{KeepAlive: time.Millisecond})
	e := x.events("subscription{ticks}")
	for range 3 {
		for line := e.line(); line != ":"; line = e.line() {
			if line != "" {
				t.Fatalf("a quiet stream says %q, want signs of life", line)
			}
		}
	}
	e.close()
	await(t, "the end of a subscription whose client has gone", x.ended)

	e = x.events("subscription{ticks}")
	await(t, "a subscription", x.began)
	await(t, "a subscription", x.began)
	x.expired()
	e.breaksOff()
	await(t, "the end of a subscription whose credentials have expired", x.ended)

	e = x.events("subscription{ticks}")
	await(t, "a subscription", x.began)
	x.handler.Stop()
	e.breaksOff()
	x.handler.Close()
	if res := x.send(t.Context(), "subscription{ticks}"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("a stream after the end = %d, want 503 with Retry-After", res.StatusCode)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	x := newSite(t, transport.Options{Limits: transport.Limits{Streams: 3, Subscriptions: 4, PerSocket: 2}})
	s := x.open("")
	for _, id := range []string{"a", "b"} {
		s.subscribe(id, "subscription{ticks}")
		await(t, "a subscription", x.began)
	}
	s.subscribe("c", "subscription{ticks}")
	s.wants("error", "c", "throttled")
	e := x.events("subscription{ticks}")
	x.events("subscription{ticks}")
	if res := x.send(t.Context(), "subscription{ticks}"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one stream too many = %d, want 503", res.StatusCode)
	}
	s.subscribe("d", "subscription{ticks}")
	s.wants("error", "d", "throttled")
	e.close()
	await(t, "the end of a stream", x.ended)
	s.say("complete", "a", "")
	await(t, "the end of an operation", x.ended)
	// Both places are free as soon as the goroutines that held them have returned.
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for status := 0; status != http.StatusOK; {
		trying, done := context.WithCancel(ctx)
		status = x.send(trying, "subscription{ticks}").StatusCode
		done()
	}
}
