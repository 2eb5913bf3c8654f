package model

import (
	"errors"
	"fmt"
	"time"
)

// A Kind classifies errors in terms that a client can act on. Kinds are a closed list: they decide the
// GraphQL error code and, over REST, the type and the status.
type Kind string

// The kinds, with the values that the reference uses for them.
const (
	NotFound     Kind = "not_found"    // what is named does not exist, or not for this caller
	Invalid      Kind = "invalid_data" // the request is malformed or contradicts itself
	NotAllowed   Kind = "not_allowed"  // well formed, but refused in the present state
	Unauthorized Kind = "unauthorized" // no valid credentials
	Forbidden    Kind = "forbidden"    // valid credentials that do not suffice
	Duplicate    Kind = "duplicate_error"
	Conflict     Kind = "conflict"
	Payment      Kind = "payment_authorization_error"
	Throttled    Kind = "throttled"   // too many attempts; try again later
	Unavailable  Kind = "unavailable" // the database cannot be reached; try again later
	Internal     Kind = "unknown_error"
)

// ErrUnauthenticated is returned where a request needs a customer's credentials and carries none.
var ErrUnauthenticated error = &Error{Kind: Unauthorized, Message: "Unauthorized", Code: "unauthenticated"}

// ErrTooExpensive is returned where a request would take more rows, bytes or time than one request may.
var ErrTooExpensive error = &Error{Kind: Invalid, Message: "The request takes too much work; ask for less at a time", Code: "too_expensive"}

// Error makes a kind itself an error, so that errors.Is(err, model.NotFound) reads as it should.
func (k Kind) Error() string { return string(k) }

// Errorf returns an Error of kind k. The message is shown to the client.
func (k Kind) Errorf(format string, args ...any) error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Because returns what makes errors of kind k with the code by which a shopper's client knows them. field is the path to what is at
// fault in the input of the mutation.
func (k Kind) Because(code UserErrorCode, field ...string) Cause { return Cause{k, code, field} }

// A Cause is why a mutation is refused: a kind of error, its code, and the field at fault.
type Cause struct {
	kind  Kind
	code  UserErrorCode
	field []string
}

// Errorf returns an Error with the cause. The message is shown to the client.
func (c Cause) Errorf(format string, args ...any) error {
	return &Error{Kind: c.kind, Message: fmt.Sprintf(format, args...), Reason: c.code, Field: c.field}
}

// At returns err with the field at fault, unless it has one.
func At(err error, field ...string) error {
	e := AsError(err)
	if e == nil || e.Field != nil {
		return err
	}
	out := *e
	out.Field = field
	return &out
}

// An Error is an error whose message is shown to the client.
type Error struct {
	Kind    Kind
	Message string
	Code    string        // a finer reason where the reference gives one, such as "insufficient_inventory"
	Reason  UserErrorCode // what a shopper can put right; empty if that is only what the kind tells, or if it is nothing
	Field   []string      // the path to what is at fault in the input of a mutation; nil if that is not known

	RetryAfter time.Duration // of the kinds Throttled and Unavailable: how long to wait before the next attempt
}

// UserError returns the error as a shopper's client sees it in the answer of a mutation; nil if no shopper can put it right.
func (e *Error) UserError() *UserError {
	if e.Code == AsError(ErrTooExpensive).Code {
		return nil
	}
	code := e.Reason
	if code == "" {
		switch e.Kind {
		case NotFound:
			code = UserErrorCodeNotFound
		case Conflict:
			code = UserErrorCodeConflict
		case Payment:
			code = UserErrorCodePaymentFailed
		case Invalid, NotAllowed, Duplicate:
			code = UserErrorCodeInvalid
		case Unauthorized, Forbidden, Throttled, Unavailable, Internal:
			return nil
		}
	}
	return &UserError{Code: code, Message: e.Message, Field: e.Field}
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Is makes errors.Is(err, model.NotFound) true for an Error of that kind.
func (e *Error) Is(target error) bool { return target == error(e.Kind) }

// AsError returns the first Error in err's chain, or nil. If it is nil, err is internal and its text must not be shown.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}
