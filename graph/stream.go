package graph

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// writeTime is how long a client may take to accept what is sent to it on a stream.
const writeTime = 10 * time.Second

// streams are the connections that stay open. The zero value is not ready.
type streams struct {
	limits Limits
	ending chan struct{} // closed when all have to end

	mu      sync.Mutex
	open    int // connections
	running int // operations on them
	over    bool
	left    sync.WaitGroup // of connections
}

func newStreams(l Limits) *streams { return &streams{limits: l, ending: make(chan struct{})} }

var (
	errStopping = &model.Error{Kind: model.Throttled, Message: "The server is stopping; connect again", RetryAfter: time.Second}
	errBusy     = &model.Error{Kind: model.Throttled, Message: "Too many subscriptions; try again later", RetryAfter: 30 * time.Second}
)

// connect counts a connection until leave is called. It fails if there are too many.
func (x *streams) connect() (leave func(), err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.over:
		return nil, errStopping
	case x.open >= x.limits.Streams:
		return nil, errBusy
	}
	x.open++
	x.left.Add(1)
	return func() {
		x.mu.Lock()
		x.open--
		x.mu.Unlock()
		x.left.Done()
	}, nil
}

// begin counts an operation until leave is called. It fails if there are too many.
func (x *streams) begin() (leave func(), err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.running >= x.limits.Subscriptions {
		return nil, errBusy
	}
	x.running++
	return func() {
		x.mu.Lock()
		x.running--
		x.mu.Unlock()
	}, nil
}

// end has all connections end, and those that come later.
func (x *streams) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.over {
		x.over = true
		close(x.ending)
	}
}

// close ends all connections and returns when they have ended.
func (x *streams) close() {
	x.end()
	x.left.Wait()
}

// lifetime returns a context that ends when who is asking has to prove again who they are: when their token expires.
func (s *Server) lifetime(ctx context.Context) (context.Context, context.CancelFunc) {
	c := auth.CallerOf(ctx).Bearer
	if c == nil || c.ExpiresAt == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.ExpiresAt.Sub(s.now()))
}

// each runs an operation and calls send with each of its answers, which it must not keep, until there are no more, send fails or
// ctx ends.
func (s *Server) each(ctx context.Context, op *graphql.OperationContext, send func(answer []byte) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic in a subscription", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	answers, ctx := s.public.exec.DispatchOperation(ctx, op)
	var b bytes.Buffer
	for {
		answer := answers(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if answer == nil {
			return nil
		}
		b.Reset()
		write(&b, answer)
		if err := send(bytes.TrimSpace(b.Bytes())); err != nil {
			return err
		}
	}
}
