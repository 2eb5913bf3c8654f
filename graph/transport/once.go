package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/model"
)

// The media types of GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/.
const (
	mediaJSON    = "application/json; charset=utf-8"
	mediaGraphQL = "application/graphql-response+json; charset=utf-8"
)

var errNeedsStream = model.Invalid.Errorf("a subscription needs the header Accept: text/event-stream, or a WebSocket")

// serveOnce answers an operation that has one answer.
func (h *Handler) serveOnce(w http.ResponseWriter, r *http.Request) {
	media, refused := mediaJSON, http.StatusOK
	if strings.Contains(r.Header.Get("Accept"), "application/graphql-response+json") {
		media, refused = mediaGraphQL, http.StatusBadRequest
	}
	h.exec.Unkept(w.Header())
	vary(w.Header(), "Accept")
	w.Header().Set("Content-Type", media)
	params, ok := h.read(w, r)
	if !ok {
		return
	}
	ctx, op, errs := h.exec.Prepare(r.Context(), params)
	if errs != nil {
		h.refuseAll(w, r, refused, errs)
		return
	}
	switch kind := op.Operation.Operation; {
	case kind == ast.Subscription && accepts(r, mediaEvents):
		h.follow(ctx, w, r, op)
	case kind == ast.Subscription:
		h.refuse(w, r, refused, errNeedsStream)
	case kind == ast.Mutation && r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, http.StatusMethodNotAllowed, model.NotAllowed.Errorf("GET is for queries; send a mutation by POST"))
	case r.Method == http.MethodPost:
		answers, ctx := h.exec.Execute(ctx, op)
		write(w, answers(ctx))
	default:
		h.serveKept(ctx, w, r, op, media)
	}
}

// serveKept answers a query that was sent by GET, from memory if its answer is there.
func (h *Handler) serveKept(ctx context.Context, w http.ResponseWriter, r *http.Request, op *graphql.OperationContext, media string) {
	kept := h.exec.Answer(ctx, r, op, media)
	if kept.Serve(w, r) {
		return
	}
	answers, ctx := h.exec.Execute(ctx, op)
	resp := answers(ctx)
	var body bytes.Buffer
	write(&body, resp)
	kept.Keep(w.Header(), media, resp, body.Bytes())
	_, _ = w.Write(body.Bytes())
}

// vary adds a field to the header Vary, on its one line.
func vary(h http.Header, field string) {
	if old := strings.Join(h["Vary"], ", "); old != "" {
		field = old + ", " + field
	}
	h.Set("Vary", field)
}

// write writes an answer. Its data is finished JSON, which is not scanned again.
func write(w io.Writer, resp *graphql.Response) {
	_, _ = io.WriteString(w, "{")
	if len(resp.Errors) > 0 {
		_, _ = io.WriteString(w, `"errors":`)
		writeJSON(w, resp.Errors, `[{"message":"An unknown error occurred."}]`)
		_, _ = io.WriteString(w, ",")
	}
	_, _ = io.WriteString(w, `"data":`)
	if len(resp.Data) == 0 {
		_, _ = io.WriteString(w, "null")
	}
	_, _ = w.Write(resp.Data)
	if len(resp.Extensions) > 0 {
		_, _ = io.WriteString(w, `,"extensions":`)
		writeJSON(w, resp.Extensions, "{}")
	}
	_, _ = io.WriteString(w, "}\n")
}

func writeJSON(w io.Writer, v any, otherwise string) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(otherwise)
	}
	_, _ = w.Write(text)
}
