package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"storegraph/model"
)

// errUnknown is what clients see of an internal error.
var errUnknown = &model.Error{Kind: model.Internal, Message: "An unknown error occurred."}

// present returns an error as clients see it. An internal one is logged, and its text is not shown.
func (s *Server) present(ctx context.Context, err error) *gqlerror.Error {
	out := graphql.DefaultErrorPresenter(ctx, err)
	if errors.Is(context.Cause(ctx), model.ErrTooExpensive) { // whatever broke off because of it
		err = model.ErrTooExpensive
	}
	e := model.AsError(err)
	if e == nil {
		if isRequestError(out) {
			e = &model.Error{Kind: model.Invalid, Message: out.Message}
		} else {
			if !errors.Is(err, context.Canceled) {
				s.log.ErrorContext(ctx, "internal error", "error", err, "path", out.Path.String())
			}
			e = errUnknown
		}
	}
	if e.Kind == model.Unavailable || errors.Is(e, model.ErrTooExpensive) {
		s.log.WarnContext(ctx, "a request was not answered", "error", err, "path", out.Path.String())
	}
	extensions := map[string]any{"code": strings.ToUpper(string(e.Kind)), "type": string(e.Kind)}
	if e.Code != "" {
		extensions["reason"] = e.Code
	}
	if e.RetryAfter > 0 {
		extensions["retryAfter"] = int(e.RetryAfter.Seconds()) + 1
	}
	if e.Field != "" {
		extensions["field"] = e.Field
	}
	return &gqlerror.Error{Err: e, Message: e.Message, Path: out.Path, Locations: out.Locations, Extensions: extensions}
}

// isRequestError reports whether gqlgen itself refused a document, its variables or an argument.
func isRequestError(e *gqlerror.Error) bool {
	return e.Rule != "" || e.Extensions["code"] != nil || e.Err == nil
}
