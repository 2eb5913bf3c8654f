package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/storegraph/storegraph/model"
)

// subprotocol is https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
const subprotocol = "graphql-transport-ws"

// The codes with which that protocol closes a connection.
const (
	closeInvalid      websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401
	closeForbidden    websocket.StatusCode = 4403
	closeLate         websocket.StatusCode = 4408
	closeTwice        websocket.StatusCode = 4409
	closeTooMany      websocket.StatusCode = 4429
)

// initTimeout is how long a client may take to send connection_init.
const initTimeout = 10 * time.Second

// A message goes either way over a WebSocket.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// serveSocket runs queries and subscriptions over a WebSocket.
func (h *Handler) serveSocket(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", mediaJSON)
	if !h.originAllowed(r) {
		h.refuse(w, r, http.StatusForbidden, model.NotAllowed.Errorf("pages of this origin may not connect"))
		return
	}
	if !strings.Contains(r.Header.Get("Sec-WebSocket-Protocol"), subprotocol) {
		h.refuse(w, r, http.StatusBadRequest, model.Invalid.Errorf("connect with the subprotocol %s", subprotocol))
		return
	}
	disconnect, err := h.streams.connect()
	if err != nil {
		h.busy(w, r, err)
		return
	}
	defer disconnect()
	w.Header().Del("Content-Type")
	// The origin has been checked.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}, InsecureSkipVerify: true})
	if err != nil {
		return // it has been answered
	}
	conn.SetReadLimit(2 * int64(h.limits.Document))
	ctx, cancel := context.WithCancel(r.Context())
	c := &socket{handler: h, conn: conn, request: r, end: func() {}, initialised: make(chan context.Context, 1), operations: map[string]*operation{}}
	defer func() {
		cancel()
		c.end()
		_ = conn.CloseNow()
		c.goroutines.Wait()
	}()
	c.goroutines.Go(func() { c.supervise(ctx) })
	c.listen(ctx)
}

// originAllowed reports whether a request may connect: it is from a page of this host or of an allowed origin, or from no page. A
// browser lets every page connect, and sends the server's cookies along.
func (h *Handler) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || h.allowOrigin(origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// A socket is one connection.
type socket struct {
	handler    *Handler
	conn       *websocket.Conn
	request    *http.Request
	goroutines sync.WaitGroup // beside listen

	ctx         context.Context      // of every operation; nil until connection_init
	end         context.CancelFunc   // of ctx
	initialised chan context.Context // receives ctx on connection_init

	mu         sync.Mutex
	operations map[string]*operation // by the ids that the client gave
	running    int                   // also those that the client has completed but that have not ended yet
}

// An operation is one that runs.
type operation struct {
	id     string
	op     *graphql.OperationContext
	cancel context.CancelFunc
}

// supervise closes the connection when the client does not answer pings, sends no connection_init in time, when its credentials
// expire or the server stops. It returns when ctx ends.
func (c *socket) supervise(ctx context.Context) {
	ping := time.NewTicker(c.handler.keepAlive)
	defer ping.Stop()
	late := time.NewTimer(initTimeout)
	defer late.Stop()
	var expired <-chan struct{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.handler.streams.stopping:
			_ = c.conn.Close(websocket.StatusGoingAway, "The server is stopping")
			return
		case operations := <-c.initialised:
			late.Stop()
			expired = operations.Done()
		case <-late.C:
			_ = c.conn.Close(closeLate, "Connection initialisation timeout")
			return
		case <-expired:
			if ctx.Err() == nil {
				_ = c.conn.Close(closeForbidden, "The token has expired")
			}
			return
		case <-ping.C:
			waiting, cancel := context.WithTimeout(ctx, writeTimeout)
			err := c.conn.Ping(waiting)
			cancel()
			if err != nil {
				_ = c.conn.CloseNow()
				return
			}
		}
	}
}

// listen handles the client's messages until it has gone.
func (c *socket) listen(ctx context.Context) {
	for {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		var m message
		code, reason := closeInvalid, "Invalid message"
		if json.Unmarshal(text, &m) == nil {
			code, reason = c.handle(ctx, &m)
		}
		if code != 0 {
			_ = c.conn.Close(code, reason)
			return
		}
	}
}

// handle does what a message says. A code other than 0 closes the connection.
func (c *socket) handle(ctx context.Context, m *message) (websocket.StatusCode, string) {
	switch m.Type {
	case "connection_init":
		return c.init(ctx, m)
	case "ping":
		_ = c.send(&message{Type: "pong", Payload: m.Payload})
	case "pong":
	case "subscribe":
		return c.subscribe(m)
	case "complete":
		c.mu.Lock()
		defer c.mu.Unlock()
		if x := c.operations[m.ID]; x != nil {
			x.cancel()
			delete(c.operations, m.ID) // the id is free for another
		}
	default:
		return closeInvalid, "Unknown message type"
	}
	return 0, ""
}

// init identifies the caller by the headers of the request and those in the payload.
func (c *socket) init(ctx context.Context, m *message) (websocket.StatusCode, string) {
	if c.ctx != nil {
		return closeTooMany, "Too many initialisation requests"
	}
	var payload map[string]any
	if len(m.Payload) > 0 && json.Unmarshal(m.Payload, &payload) != nil {
		return closeInvalid, "Invalid payload"
	}
	r := c.request.Clone(ctx)
	for name, v := range payload {
		for _, header := range c.handler.initHeaders {
			if value, ok := v.(string); ok && strings.EqualFold(name, header) {
				r.Header.Set(header, value)
			}
		}
	}
	c.ctx, c.end = c.handler.exec.UntilExpiry(c.handler.exec.Identify(r))
	c.initialised <- c.ctx
	_ = c.send(&message{Type: "connection_ack"})
	return 0, ""
}

// subscribe begins an operation.
func (c *socket) subscribe(m *message) (websocket.StatusCode, string) {
	if c.ctx == nil {
		return closeUnauthorized, "Unauthorized"
	}
	var params Params
	if m.ID == "" || decode(bytes.NewReader(m.Payload), &params) != nil || strings.TrimSpace(params.Query) == "" && !params.named() {
		return closeInvalid, "Invalid message"
	}
	c.mu.Lock()
	twice, full := c.operations[m.ID] != nil, c.running >= c.handler.limits.PerSocket
	c.mu.Unlock()
	if twice {
		return closeTwice, "Subscriber for " + strings.ToValidUTF8(m.ID[:min(len(m.ID), 50)], "") + " already exists"
	}
	finish, err := c.handler.streams.begin()
	if err != nil {
		c.fail(m.ID, gqlerror.List{gqlerror.Wrap(err)})
		return 0, ""
	}
	ctx, op, errs := c.prepare(&params, full)
	if errs != nil {
		finish()
		c.fail(m.ID, errs)
		return 0, ""
	}
	x := &operation{id: m.ID, op: op}
	ctx, x.cancel = context.WithCancel(ctx)
	c.mu.Lock()
	c.operations[m.ID] = x
	c.running++
	c.mu.Unlock()
	c.goroutines.Go(func() {
		defer finish()
		c.run(ctx, x)
	})
	return 0, ""
}

// prepare returns the operation that params ask for, unless as many as are allowed run already, or it may not run here.
func (c *socket) prepare(params *Params, full bool) (context.Context, *graphql.OperationContext, gqlerror.List) {
	if full {
		return nil, nil, gqlerror.List{gqlerror.Wrap(&model.Error{
			Kind: model.Throttled, Message: "Too many operations on this connection; end another one first",
		})}
	}
	if err := c.handler.checkLength(params.Query); err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	params.Headers = c.request.Header
	ctx, op, errs := c.handler.exec.Prepare(c.ctx, params)
	if errs == nil && op.Operation.Operation == ast.Mutation { // it could not set a cookie, and not be repeated safely
		errs = gqlerror.List{gqlerror.Wrap(model.NotAllowed.Errorf("send a mutation by POST"))}
	}
	return ctx, op, errs
}

// run runs an operation and tells the client how it ends, unless the client completed it or the connection ends.
func (c *socket) run(ctx context.Context, x *operation) {
	defer x.cancel()
	id, err := json.Marshal(x.id)
	if err == nil {
		err = c.handler.each(ctx, x.op, func(answer []byte) error {
			return c.write(slices.Concat([]byte(`{"type":"next","id":`), id, []byte(`,"payload":`), answer, []byte("}")))
		})
	}
	c.mu.Lock()
	c.running--
	wanted := c.operations[x.id] == x
	if wanted {
		delete(c.operations, x.id)
	}
	c.mu.Unlock()
	switch {
	case !wanted || ctx.Err() != nil:
	case err != nil:
		c.fail(x.id, gqlerror.List{gqlerror.Wrap(err)})
	default:
		_ = c.send(&message{Type: "complete", ID: x.id})
	}
}

// fail tells the client that an operation does not run.
func (c *socket) fail(id string, errs gqlerror.List) {
	if payload, err := json.Marshal(c.handler.present(c.ctx, errs)); err == nil {
		_ = c.send(&message{Type: "error", ID: id, Payload: payload})
	}
}

func (c *socket) send(m *message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return c.write(text)
}

// write sends a message. A client that does not accept it in time is disconnected.
func (c *socket) write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.request.Context()), writeTimeout)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, text)
}
