package transport

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/model"
)

// writeTimeout is how long a client may take to accept what is sent to it on a connection that stays open.
const writeTimeout = 10 * time.Second

// streams is the register of the connections that stay open, and of the operations that run on them.
type streams struct {
	limits   Limits
	stopping chan struct{} // closed when all connections have to end

	mu         sync.Mutex
	open       int // connections
	running    int // operations
	stopped    bool
	unfinished sync.WaitGroup // of connections
}

func newStreams(l Limits) *streams { return &streams{limits: l, stopping: make(chan struct{})} }

var (
	errStopping = &model.Error{Kind: model.Throttled, Message: "The server is stopping; connect again", RetryAfter: time.Second}
	errBusy     = &model.Error{Kind: model.Throttled, Message: "Too many subscriptions; try again later", RetryAfter: 30 * time.Second}
)

// connect counts a connection until disconnect is called. It fails if there are too many, or if the server is stopping.
func (x *streams) connect() (disconnect func(), err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.stopped:
		return nil, errStopping
	case x.open >= x.limits.Streams:
		return nil, errBusy
	}
	x.open++
	x.unfinished.Add(1)
	return func() {
		x.mu.Lock()
		x.open--
		x.mu.Unlock()
		x.unfinished.Done()
	}, nil
}

// begin counts an operation until finish is called. It fails if there are too many.
func (x *streams) begin() (finish func(), err error) {
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

// counts returns how many connections are open, and how many operations run on them.
func (x *streams) counts() (open, running int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.open, x.running
}

// stop has all connections end, and refuses later ones.
func (x *streams) stop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.stopped {
		x.stopped = true
		close(x.stopping)
	}
}

// close stops and returns when all connections have ended.
func (x *streams) close() {
	x.stop()
	x.unfinished.Wait()
}

// each runs an operation and calls send with each of its answers, which it must not keep, until there are no more, send fails or
// ctx ends.
func (h *Handler) each(ctx context.Context, op *graphql.OperationContext, send func(answer []byte) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			h.log.ErrorContext(ctx, "panic in a subscription", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	answers, ctx := h.exec.Execute(ctx, op)
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
