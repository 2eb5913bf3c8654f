package graph

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"storegraph/model"
)

// The media types of GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/.
const (
	mediaJSON    = "application/json; charset=utf-8"
	mediaGraphQL = "application/graphql-response+json; charset=utf-8"
)

// ServeHTTP answers GraphQL over HTTP: queries by GET and POST, mutations by POST. Subscriptions it answers with an event stream, as
// graphql-sse, or over a WebSocket, as graphql-transport-ws.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		s.serveSocket(w, r)
	case strings.Contains(r.Header.Get("Accept"), mediaEvents) && r.Method != http.MethodHead:
		s.serveEvents(w, r)
	default:
		s.serveOnce(w, r)
	}
}

// serveOnce answers an operation that has one answer.
func (s *Server) serveOnce(w http.ResponseWriter, r *http.Request) {
	media, refused := mediaJSON, http.StatusOK
	if strings.Contains(r.Header.Get("Accept"), "application/graphql-response+json") {
		media, refused = mediaGraphQL, http.StatusBadRequest
	}
	w.Header().Set("Content-Type", media)
	params, ok := s.read(w, r)
	if !ok {
		return
	}
	ctx, op, errs := s.operation(r.Context(), params)
	if errs != nil {
		s.refuse(w, r, refused, errs)
		return
	}
	if op.Operation.Operation == ast.Subscription {
		s.refuse(w, r, refused, gqlerror.List{gqlerror.Wrap(errNeedsStream)})
		return
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", "POST")
		s.refuse(w, r, http.StatusMethodNotAllowed, gqlerror.List{gqlerror.Wrap(model.NotAllowed.Errorf("GET is for queries; send a mutation by POST"))})
		return
	}
	handler, ctx := s.public.exec.DispatchOperation(ctx, op)
	write(w, handler(ctx))
}

var errNeedsStream = model.Invalid.Errorf("a subscription needs the header Accept: text/event-stream, or a WebSocket")

// read reads the operation that a request asks for. It answers a request that asks for none, and reports false.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, bool) {
	params, status, err := s.params(r)
	if err == nil {
		return params, true
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, POST")
	}
	s.refuse(w, r, status, gqlerror.List{gqlerror.Wrap(err)})
	return nil, false
}

// operation returns the operation that params ask for, and the context to run it in. It fails if it is not valid, or exceeds the
// limits.
func (s *Server) operation(ctx context.Context, params *graphql.RawParams) (context.Context, *graphql.OperationContext, gqlerror.List) {
	params.ReadTime = graphql.TraceTiming{Start: s.now(), End: s.now()}
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := s.public.exec.CreateOperationContext(ctx, params)
	if errs != nil {
		return nil, nil, errs
	}
	if err := s.public.admit(s.limits, op); err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	return ctx, op, nil
}

// params reads the operation that a request asks for. The status is that of its error.
func (s *Server) params(r *http.Request) (*graphql.RawParams, int, error) {
	p := &graphql.RawParams{Headers: r.Header}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		q := r.URL.Query()
		p.Query, p.OperationName = q.Get("query"), q.Get("operationName")
		for name, into := range map[string]*map[string]any{"variables": &p.Variables, "extensions": &p.Extensions} {
			if text := q.Get(name); text != "" {
				if err := decode(strings.NewReader(text), into); err != nil {
					return nil, http.StatusBadRequest, model.Invalid.Errorf("%s is not a JSON object: %v", name, err)
				}
			}
		}
	case http.MethodPost:
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			return nil, http.StatusUnsupportedMediaType, model.Invalid.Errorf("send the operation as application/json")
		}
		if err := decode(r.Body, p); err != nil {
			return nil, http.StatusBadRequest, model.Invalid.Errorf("the body is not a JSON object with query, operationName and variables: %v", err)
		}
	default:
		return nil, http.StatusMethodNotAllowed, model.NotAllowed.Errorf("use GET or POST")
	}
	if strings.TrimSpace(p.Query) == "" {
		return nil, http.StatusBadRequest, model.Invalid.Errorf("query is missing")
	}
	if holdsNUL(p) {
		return nil, http.StatusBadRequest, model.Invalid.Errorf("an operation must not contain a NUL character")
	}
	if err := s.tooLong(p.Query); err != nil {
		return nil, http.StatusRequestEntityTooLarge, err
	}
	return p, 0, nil
}

// holdsNUL reports whether an operation or its variables hold a character that PostgreSQL keeps in no text.
func holdsNUL(p *graphql.RawParams) bool {
	if strings.ContainsRune(p.Query, 0) || strings.Contains(p.Query, `\u0000`) {
		return true
	}
	variables, err := json.Marshal(p.Variables)
	return err == nil && strings.Contains(string(variables), `\u0000`)
}

// tooLong fails if a document is longer than allowed.
func (s *Server) tooLong(document string) error {
	if len(document) > s.limits.Document {
		return model.Invalid.Errorf("the document is longer than %d bytes", s.limits.Document)
	}
	return nil
}

func decode(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return model.Invalid.Errorf("something follows the JSON value")
	}
	return nil
}

// Fail answers a request that is refused before its operation is looked at.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	switch e := model.AsError(err); {
	case e == nil:
		status = http.StatusInternalServerError
	case e.Kind == model.Conflict:
		status = http.StatusConflict
	}
	w.Header().Set("Content-Type", mediaJSON)
	s.refuse(w, r, status, gqlerror.List{gqlerror.Wrap(err)})
}

// refuse answers a request whose operation does not run.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, errs gqlerror.List) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": s.presented(r.Context(), errs)})
}

// presented are errors of an operation that does not run, as a client sees them.
func (s *Server) presented(ctx context.Context, errs gqlerror.List) gqlerror.List {
	for i, e := range errs {
		var err error = e
		if known := model.AsError(e); known != nil {
			err = known
		}
		presented := s.present(ctx, err)
		presented.Path, presented.Locations = e.Path, e.Locations
		errs[i] = presented
	}
	return errs
}

// write sends a response. Its data is finished JSON, which is not scanned again.
func write(w io.Writer, resp *graphql.Response) {
	if len(resp.Errors) == 0 {
		_, _ = io.WriteString(w, `{"data":`)
		_, _ = w.Write(resp.Data)
		_, _ = io.WriteString(w, "}\n")
		return
	}
	data := resp.Data
	if len(data) == 0 {
		data = json.RawMessage("null")
	}
	errs, err := json.Marshal(resp.Errors)
	if err != nil {
		errs = []byte(`[{"message":"An unknown error occurred."}]`)
	}
	_, _ = io.WriteString(w, `{"errors":`)
	_, _ = w.Write(errs)
	_, _ = io.WriteString(w, `,"data":`)
	_, _ = w.Write(data)
	_, _ = io.WriteString(w, "}\n")
}
