package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/storegraph/storegraph/model"
)

const (
	mediaEvents = "text/event-stream"
	completed   = "event: complete\ndata:\n\n"
	signOfLife  = ":\n\n" // a comment
)

// serveEvents answers an operation with a stream of events, by the distinct connections mode of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: next for each answer, complete at the end. A stream that ends
// without complete was broken off; the client may ask again.
func (h *Handler) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", mediaJSON)
	params, ok := h.read(w, r)
	if !ok {
		return
	}
	finish, ok := h.place(w, r)
	if !ok {
		return
	}
	defer finish()
	ctx, op, errs := h.exec.Prepare(r.Context(), params)
	if errs == nil {
		if err := streamable(r, op.Operation.Operation); err != nil {
			errs = gqlerror.List{gqlerror.Wrap(err)}
		}
	}
	e := newEvents(w)
	defer e.end()
	if errs != nil { // a browser's EventSource shows no answer but a stream
		if text, err := json.Marshal(map[string]any{"errors": h.present(r.Context(), errs)}); err == nil && e.next(text) == nil {
			_ = e.send(completed)
		}
		return
	}
	h.stream(ctx, e, op)
}

// follow answers a subscription that has been prepared with a stream of events.
func (h *Handler) follow(ctx context.Context, w http.ResponseWriter, r *http.Request, op *graphql.OperationContext) {
	if err := streamable(r, op.Operation.Operation); err != nil {
		h.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	finish, ok := h.place(w, r)
	if !ok {
		return
	}
	defer finish()
	e := newEvents(w)
	defer e.end()
	h.stream(ctx, e, op)
}

// place finds room for a stream until finish is called. It answers a request for which there is none, and reports false.
func (h *Handler) place(w http.ResponseWriter, r *http.Request) (finish func(), ok bool) {
	disconnect, err := h.streams.connect()
	if err != nil {
		h.busy(w, r, err)
		return nil, false
	}
	end, err := h.streams.begin()
	if err != nil {
		disconnect()
		h.busy(w, r, err)
		return nil, false
	}
	return func() {
		end()
		disconnect()
	}, true
}

// stream sends the answers of an operation until there are no more, the client has gone, its credentials have expired or the
// server stops.
func (h *Handler) stream(ctx context.Context, e *events, op *graphql.OperationContext) {
	ctx, cancel := h.exec.UntilExpiry(ctx)
	defer cancel()
	if op.Operation.Operation == ast.Subscription { // another operation may still set headers, such as a cookie
		if e.send(signOfLife) != nil {
			return
		}
	}
	defer h.keepStreamAlive(ctx, cancel, e)()
	if h.each(ctx, op, e.next) == nil {
		_ = e.send(completed)
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

// busy answers a request for which there is no room now.
func (h *Handler) busy(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Retry-After", "1")
	h.refuse(w, r, http.StatusServiceUnavailable, err)
}

// keepStreamAlive sends signs of life, and cancels the stream when the client does not accept them or the server stops. The
// returned function ends that, and returns when it has ended.
func (h *Handler) keepStreamAlive(ctx context.Context, cancel func(), e *events) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(h.keepAlive)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-h.streams.stopping:
				cancel()
				return
			case <-tick.C:
				if e.send(signOfLife) != nil {
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

// newEvents makes the answer to a request a stream of events.
func newEvents(w http.ResponseWriter) *events {
	h := w.Header()
	h.Set("Content-Type", mediaEvents+"; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no") // a proxy that holds an answer back until it is whole would hold back all
	return &events{w: w, flush: http.NewResponseController(w)}
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
	_ = e.flush.SetWriteDeadline(time.Now().Add(writeTimeout)) // a writer without deadlines waits for slow clients
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.flush.Flush()
}

// end leaves the connection as it was, for the next request on it.
func (e *events) end() { _ = e.flush.SetWriteDeadline(time.Time{}) }
