package db

import (
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"storegraph/model"
)

// Codes of Postgres errors, from its manual's appendix A.
const (
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	objectNotInState     = "55000"
	unknownDatabase      = "3D000"
	invalidText          = "22P02"
	invalidTime          = "22007"
	timeOverflow         = "22008"
	untranslatable       = "22P05"
	notInRepertoire      = "22021"
	numericOutOfRange    = "22003"
	invalidRegexp        = "2201B"
	invalidEscape        = "22025"
	uniqueViolation      = "23505"
	foreignKeyViolation  = "23503"
	notNullViolation     = "23502"
	serializationFailure = "40001"
	deadlock             = "40P01"
)

// goingDown reports whether err says that the database is not there at the moment.
func goingDown(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{adminShutdown, crashShutdown, cannotConnectNow, objectNotInState, unknownDatabase}, pg.Code)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, isNet := errors.AsType[net.Error](err)
	return isNet || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// toModel turns what the client did wrong into an error that tells so. Others stay as they are.
func toModel(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch pg.Code {
	case invalidText, invalidTime, timeOverflow, untranslatable, notInRepertoire, numericOutOfRange, invalidRegexp, invalidEscape:
		return model.Invalid.Errorf("%s", pg.Message)
	case uniqueViolation:
		return model.Duplicate.Errorf("%s", pg.Detail)
	case foreignKeyViolation:
		return model.NotFound.Errorf("%s", pg.Detail)
	case notNullViolation:
		return model.Invalid.Errorf("%s must not be null", pg.ColumnName)
	case serializationFailure, deadlock:
		return model.Conflict.Errorf("the request conflicted with another one; try it again")
	default:
		return err
	}
}
