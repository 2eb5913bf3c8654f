package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"storegraph/model"
)

const mediaEvents = "text/event-stream"

// serveEvents answers an operation with a stream of events, by the distinct connections mode of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: next for each answer, complete at the end. A stream that ends
// without complete was broken off; the client may ask again.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", mediaJSON)
	params, ok := s.read(w, r)
	if !ok {
		return
	}
	leave, err := s.streams.connect()
	if err != nil {
		s.busy(w, r, err)
		return
	}
	defer leave()
	done, err := s.streams.begin()
	if err != nil {
		s.busy(w, r, err)
		return
	}
	defer done()
	ctx, op, errs := s.operation(r.Context(), params)
	if errs == nil {
		if err := streamable(r, op.Operation.Operation); err != nil {
			errs = gqlerror.List{gqlerror.Wrap(err)}
		}
	}
	h := w.Header()
	h.Set("Content-Type", mediaEvents+"; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no") // a proxy that holds an answer back until it is whole would hold back all
	e := &events{w: w, flush: http.NewResponseController(w)}
	defer e.end()
	if errs != nil { // a browser's EventSource shows no other answer
		if text, err := json.Marshal(map[string]any{"errors": s.presented(r.Context(), errs)}); err == nil && e.next(text) == nil {
			_ = e.send("event: complete\ndata:\n\n")
		}
		return
	}
	ctx, cancel := s.lifetime(ctx)
	defer cancel()
	if op.Operation.Operation == ast.Subscription { // what else runs may still set headers, such as a cookie
		if e.send(":\n\n") != nil {
			return
		}
	}
	defer s.alive(ctx, cancel, e)()
	if s.each(ctx, op, e.next) == nil {
		_ = e.send("event: complete\ndata:\n\n")
	}
}

// streamable fails if a request may not run such an operation as an event stream.
func streamable(r *http.Request, kind ast.Operation) error {
	switch {
	case kind == ast.Mutation && r.Method != http.MethodPost:
		return model.NotAllowed.Errorf("GET is for queries and subscriptions; send a mutation by POST")
	case kind == ast.Subscription && r.Header.Get("Idempotency-Key") != "":
		return model.Invalid.Errorf("an Idempotency-Key is for what is done once, not for a subscription")
	}
	return nil
}

// busy answers a request for which there is no place now.
func (s *Server) busy(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Retry-After", "1")
	s.refuse(w, r, http.StatusServiceUnavailable, gqlerror.List{gqlerror.Wrap(err)})
}

// alive shows the client that the stream is alive, and ends it by cancel with the server. The function that it returns returns when
// it has stopped doing so.
func (s *Server) alive(ctx context.Context, cancel func(), e *events) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(s.keepAlive)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.streams.ending:
				cancel()
				return
			case <-tick.C:
				if e.send(":\n\n") != nil {
					cancel()
					return
				}
			}
		}
	})
	return func() {
		end()
		done.Wait()
	}
}

// events writes a stream of events.
type events struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	mu    sync.Mutex
}

// next sends an answer.
func (e *events) next(answer []byte) error {
	text := make([]byte, 0, len(answer)+24)
	text = append(text, "event: next\ndata: "...)
	text = append(text, bytes.ReplaceAll(answer, []byte("\n"), []byte("\ndata: "))...)
	return e.send(string(append(text, "\n\n"...)))
}

// send sends events or comments as they are.
func (e *events) send(text string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.flush.SetWriteDeadline(time.Now().Add(writeTime)) // where there is none to be set, a client can be slow
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.flush.Flush()
}

// end leaves the connection as it was, for the next request on it.
func (e *events) end() { _ = e.flush.SetWriteDeadline(time.Time{}) }
