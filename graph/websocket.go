package graph

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

	"storegraph/graph/shop/auth"
	"storegraph/model"
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

// initTime is how long a client may take to say who is asking.
const initTime = 10 * time.Second

// A message goes either way over a WebSocket.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// serveSocket runs queries and subscriptions over a WebSocket.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", mediaJSON)
	if !s.fromAllowed(r) {
		s.refuse(w, r, http.StatusForbidden, gqlerror.List{gqlerror.Wrap(model.NotAllowed.Errorf("pages of this origin may not connect"))})
		return
	}
	if !strings.Contains(r.Header.Get("Sec-WebSocket-Protocol"), subprotocol) {
		s.refuse(w, r, http.StatusBadRequest, gqlerror.List{gqlerror.Wrap(model.Invalid.Errorf("connect with the subprotocol %s", subprotocol))})
		return
	}
	leave, err := s.streams.connect()
	if err != nil {
		s.busy(w, r, err)
		return
	}
	defer leave()
	w.Header().Del("Content-Type")
	// The origin has been checked.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}, InsecureSkipVerify: true})
	if err != nil {
		return // it has been answered
	}
	conn.SetReadLimit(2 * int64(s.limits.Document))
	ctx, cancel := context.WithCancel(r.Context())
	c := &socket{server: s, conn: conn, request: r, end: func() {}, asker: make(chan context.Context, 1), active: map[string]*work{}}
	defer func() {
		cancel()
		c.end()
		_ = conn.CloseNow()
		c.running.Wait()
	}()
	c.running.Go(func() { c.alive(ctx) })
	c.listen(ctx)
}

// fromAllowed reports whether a request may connect: it is from a page of this server or of an allowed origin, or from no page. A
// browser sends cookies along from everywhere and asks nobody.
func (s *Server) fromAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || s.allowOrigin(origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// A socket is one connection.
type socket struct {
	server  *Server
	conn    *websocket.Conn
	request *http.Request
	running sync.WaitGroup // what runs beside listen

	ctx   context.Context      // every operation runs in it; nil until the client has said who is asking
	end   context.CancelFunc   // of ctx
	asker chan context.Context // gets ctx when the client has

	mu      sync.Mutex
	active  map[string]*work // by the ids that the client gave
	working int              // also those that the client has no interest in any more
}

// work is an operation that runs.
type work struct {
	id     string
	op     *graphql.OperationContext
	cancel context.CancelFunc
}

// alive looks after the connection until ctx ends: that the client answers, says in time who is asking, leaves with the server, and
// stays no longer than its token.
func (c *socket) alive(ctx context.Context) {
	tick := time.NewTicker(c.server.keepAlive)
	defer tick.Stop()
	late := time.NewTimer(initTime)
	defer late.Stop()
	var expired <-chan struct{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.server.streams.ending:
			_ = c.conn.Close(websocket.StatusGoingAway, "The server is stopping")
			return
		case asker := <-c.asker:
			late.Stop()
			expired = asker.Done()
		case <-late.C:
			_ = c.conn.Close(closeLate, "Connection initialisation timeout")
			return
		case <-expired:
			if ctx.Err() == nil {
				_ = c.conn.Close(closeForbidden, "The token has expired")
			}
			return
		case <-tick.C:
			waiting, cancel := context.WithTimeout(ctx, writeTime)
			err := c.conn.Ping(waiting)
			cancel()
			if err != nil {
				_ = c.conn.CloseNow()
				return
			}
		}
	}
}

// listen does what the client says, until it has gone.
func (c *socket) listen(ctx context.Context) {
	for {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		var m message
		code, reason := closeInvalid, "Invalid message"
		if json.Unmarshal(text, &m) == nil {
			code, reason = c.hear(ctx, &m)
		}
		if code != 0 {
			_ = c.conn.Close(code, reason)
			return
		}
	}
}

// hear does what a message says. A code other than 0 ends the connection.
func (c *socket) hear(ctx context.Context, m *message) (websocket.StatusCode, string) {
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
		if x := c.active[m.ID]; x != nil {
			x.cancel()
			delete(c.active, m.ID) // the id is free for another
		}
	default:
		return closeInvalid, "Unknown message type"
	}
	return 0, ""
}

// init learns who is asking. A browser cannot set headers, so that they are in the payload, by their names.
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
		for _, header := range []string{auth.KeyHeader, auth.LocaleHeader, "Authorization"} {
			if value, ok := v.(string); ok && strings.EqualFold(name, header) {
				r.Header.Set(header, value)
			}
		}
	}
	c.server.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ctx = r.Context() })).ServeHTTP(nil, r)
	c.ctx, c.end = c.server.lifetime(ctx)
	c.asker <- c.ctx
	_ = c.send(&message{Type: "connection_ack"})
	return 0, ""
}

// subscribe begins an operation.
func (c *socket) subscribe(m *message) (websocket.StatusCode, string) {
	if c.ctx == nil {
		return closeUnauthorized, "Unauthorized"
	}
	var params graphql.RawParams
	if m.ID == "" || decode(bytes.NewReader(m.Payload), &params) != nil || strings.TrimSpace(params.Query) == "" {
		return closeInvalid, "Invalid message"
	}
	c.mu.Lock()
	taken, full := c.active[m.ID] != nil, c.working >= c.server.limits.PerSocket
	c.mu.Unlock()
	if taken {
		return closeTwice, "Subscriber for " + strings.ToValidUTF8(m.ID[:min(len(m.ID), 50)], "") + " already exists"
	}
	done, err := c.server.streams.begin()
	if err != nil {
		c.fail(m.ID, gqlerror.List{gqlerror.Wrap(err)})
		return 0, ""
	}
	if full {
		err = &model.Error{Kind: model.Throttled, Message: "Too many operations on this connection; end another one first"}
	} else {
		err = c.server.tooLong(params.Query)
	}
	ctx, errs := c.ctx, gqlerror.List{gqlerror.Wrap(err)}
	var op *graphql.OperationContext
	if err == nil {
		params.Headers = c.request.Header
		ctx, op, errs = c.server.operation(c.ctx, &params)
	}
	if errs == nil && op.Operation.Operation == ast.Mutation { // it could not set a cookie, and not be repeated safely
		errs = gqlerror.List{gqlerror.Wrap(model.NotAllowed.Errorf("send a mutation by POST"))}
	}
	if errs != nil {
		done()
		c.fail(m.ID, errs)
		return 0, ""
	}
	x := &work{id: m.ID, op: op}
	ctx, x.cancel = context.WithCancel(ctx)
	c.mu.Lock()
	c.active[m.ID] = x
	c.working++
	c.mu.Unlock()
	c.running.Go(func() {
		defer done()
		c.run(ctx, x)
	})
	return 0, ""
}

// run runs an operation and tells the client how it ends, unless the client ended it or comes to an end itself.
func (c *socket) run(ctx context.Context, x *work) {
	defer x.cancel()
	id, err := json.Marshal(x.id)
	if err == nil {
		err = c.server.each(ctx, x.op, func(answer []byte) error {
			return c.write(slices.Concat([]byte(`{"type":"next","id":`), id, []byte(`,"payload":`), answer, []byte("}")))
		})
	}
	c.mu.Lock()
	c.working--
	mine := c.active[x.id] == x
	if mine {
		delete(c.active, x.id)
	}
	c.mu.Unlock()
	switch {
	case !mine || ctx.Err() != nil:
	case err != nil:
		c.fail(x.id, gqlerror.List{gqlerror.Wrap(err)})
	default:
		_ = c.send(&message{Type: "complete", ID: x.id})
	}
}

// fail tells the client that an operation does not run.
func (c *socket) fail(id string, errs gqlerror.List) {
	if payload, err := json.Marshal(c.server.presented(c.ctx, errs)); err == nil {
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

// write sends a message. A client that does not accept it in time is left.
func (c *socket) write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.request.Context()), writeTime)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, text)
}
