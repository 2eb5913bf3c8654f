package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// The values of extensions.code, which clients know from other servers. There are no others.
const (
	codeParse            = "GRAPHQL_PARSE_FAILED"
	codeValidation       = "GRAPHQL_VALIDATION_FAILED"
	codeBadInput         = "BAD_USER_INPUT"
	codeUnauthenticated  = "UNAUTHENTICATED"
	codeForbidden        = "FORBIDDEN"
	codeNotFound         = "NOT_FOUND"
	codeThrottled        = "THROTTLED"
	codeTooCostly        = "OPERATION_TOO_COSTLY"
	codePersistedMissing = "PERSISTED_QUERY_NOT_FOUND"
	codePersistedRefused = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeInternal         = "INTERNAL_SERVER_ERROR"
)

// codes are the codes of the kinds of errors. The kind itself is in extensions.kind.
var codes = map[model.Kind]string{
	model.NotFound:     codeNotFound,
	model.Invalid:      codeBadInput,
	model.NotAllowed:   codeBadInput,
	model.Unauthorized: codeUnauthenticated,
	model.Forbidden:    codeForbidden,
	model.Duplicate:    codeBadInput,
	model.Conflict:     codeBadInput,
	model.Payment:      codeBadInput,
	model.Throttled:    codeThrottled,
	model.Unavailable:  codeInternal,
	model.Internal:     codeInternal,
}

// A refusal is an error whose code is not that of its kind.
type refusal struct {
	err  *model.Error
	code string
	cost *Cost // of the operation that is too costly; nil if it is another error, or not known
}

// Error returns the message.
func (r *refusal) Error() string { return r.err.Message }

// Unwrap returns the error as other packages know it.
func (r *refusal) Unwrap() error { return r.err }

func refuse(kind model.Kind, code, message string) *refusal {
	return &refusal{err: &model.Error{Kind: kind, Message: message}, code: code}
}

// tooCostly is the refusal of a document or an operation that exceeds a limit.
func tooCostly(format string, args ...any) *refusal {
	return refuse(model.Invalid, codeTooCostly, fmt.Sprintf(format, args...))
}

// withCode gives errors of a document their code.
func withCode(code string, errs ...*gqlerror.Error) gqlerror.List {
	for _, e := range errs {
		e.Err = refuse(model.Invalid, code, e.Message)
	}
	return errs
}

// codeOf returns the code of an error.
func codeOf(err error, e *model.Error) (code string, cost *Cost) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.code, r.cost
	}
	switch {
	case e.Code == model.AsError(model.ErrTooExpensive).Code:
		return codeTooCostly, nil
	case db.IsKeyError(err): // not of the customer: no log-in helps
		return codeForbidden, nil
	}
	return codes[e.Kind], nil
}

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
		if ofArguments(ctx) {
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
	if e.Kind == model.Throttled {
		s.throttled.Add(1)
	}
	code, cost := codeOf(err, e)
	extensions := map[string]any{"code": code, "kind": string(e.Kind)}
	if e.Code != "" {
		extensions["reason"] = e.Code
	}
	if e.RetryAfter > 0 {
		extensions["retryAfter"] = int(e.RetryAfter.Seconds()) + 1
	}
	if e.Field != nil {
		extensions["field"] = e.Field
	}
	if cost != nil {
		extensions["cost"] = cost
	}
	return &gqlerror.Error{Err: e, Message: e.Message, Path: out.Path, Locations: out.Locations, Extensions: extensions}
}

// ofArguments reports whether gqlgen itself refused the arguments of the field that is resolved in ctx: they have not been read then.
func ofArguments(ctx context.Context) bool {
	fc := graphql.GetFieldContext(ctx)
	return fc != nil && fc.Args == nil && fc.Field.Field != nil && len(fc.Field.Arguments) > 0
}
