package rest

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// statuses are the HTTP statuses of the error kinds.
var statuses = map[model.Kind]int{
	model.NotFound:     http.StatusNotFound,
	model.Invalid:      http.StatusBadRequest,
	model.NotAllowed:   http.StatusBadRequest,
	model.Unauthorized: http.StatusUnauthorized,
	model.Forbidden:    http.StatusForbidden,
	model.Duplicate:    http.StatusUnprocessableEntity,
	model.Conflict:     http.StatusConflict,
	model.Payment:      http.StatusUnprocessableEntity,
	model.Throttled:    http.StatusTooManyRequests,
	model.Unavailable:  http.StatusServiceUnavailable,
	model.Internal:     http.StatusInternalServerError,
}

// codes are the codes that the reference adds to the errors of some kinds.
var codes = map[model.Kind]string{
	model.Duplicate: "invalid_request_error",
	model.Conflict:  "invalid_state_error",
	model.Internal:  "unknown_error",
}

// Fail responds to a request that is refused before it reaches a route.
func (h *Handler) Fail(w http.ResponseWriter, r *http.Request, err error) {
	h.fail(r.Context(), w, err)
}

// fail responds with an error. An internal error is logged and shown as a generic message.
func (h *Handler) fail(ctx context.Context, w http.ResponseWriter, err error) {
	e := model.AsError(err)
	if e == nil {
		if ctx.Err() == nil {
			h.log.ErrorContext(ctx, "internal error", "error", err)
		}
		e = &model.Error{Kind: model.Internal, Message: "An unknown error occurred."}
	}
	if e.Kind == model.Unavailable || errors.Is(err, model.ErrTooExpensive) {
		h.log.WarnContext(ctx, "a request was not answered", "error", err)
	}
	if e == model.AsError(model.ErrUnauthenticated) || e.Code == "mfa_required" { // these come from the reference's middleware, without a type
		body, _ := json.Marshal(map[string]string{"message": e.Message})
		h.write(w, statuses[e.Kind], body)
		return
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())+1))
	}
	if e.Code == "wrong_body" {
		body, _ := json.Marshal(map[string]any{
			"errors": []string{e.Message}, "message": "Provided request body contains errors. Please check the data and retry the request",
		})
		h.write(w, statuses[e.Kind], body)
		return
	}
	code := e.Code
	if code == "" {
		code = codes[e.Kind]
	}
	body, marshalErr := json.Marshal(struct {
		Code    string `json:"code,omitempty"`
		Type    string `json:"type"`
		Message string `json:"message"`
	}{code, string(e.Kind), e.Message})
	if marshalErr != nil {
		body = []byte(`{"type":"unknown_error","message":"An unknown error occurred."}`)
	}
	h.write(w, statuses[e.Kind], body)
}

// notFound responds as Express does to a path or method without a route. Below /store it checks the key first.
func (h *Handler) notFound(w http.ResponseWriter, r *http.Request) {
	asked, _ := r.Context().Value(askedPath{}).(string)
	if first, _, _ := strings.Cut(strings.TrimPrefix(asked, "/"), "/"); strings.EqualFold(first, "store") {
		if err := h.graph.CheckKey(r.Context()); err != nil {
			h.fail(r.Context(), w, err)
			return
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot " +
		html.EscapeString(r.Method+" "+asked) + "</pre>\n</body>\n</html>\n"))
}
