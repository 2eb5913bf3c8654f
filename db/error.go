package db

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/storegraph/storegraph/model"
)

// Codes of Postgres errors, from its manual's appendix A.
const (
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	idleTransaction      = "25P03"
	tooManyConnections   = "53300"
	queryCanceled        = "57014"
	lockNotAvailable     = "55P03"
	objectNotInState     = "55000"
	readOnlyTransaction  = "25006"
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
	serializationFailure = "40001"
	deadlock             = "40P01"

	connectionException  = "08" // these are classes
	invalidAuthorization = "28"

	insufficientPrivilege = "42501"
)

// Refusal returns what a database server has answered that will not let anybody in, however often it is asked: the user, the password or
// the database is wrong. It returns nil for other errors and for none.
func Refusal(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if _, connecting := errors.AsType[*pgconn.ConnectError](err); !ok || !connecting {
		return nil
	}
	switch {
	case pg.Code == unknownDatabase:
		return fmt.Errorf("the database server answers: %s: create the database, then run storegraph migrate, or name another", pg.Message)
	case strings.HasPrefix(pg.Code, invalidAuthorization), pg.Code == insufficientPrivilege:
		return fmt.Errorf("the database server answers: %s: name a user, a password and a database that belong together", pg.Message)
	}
	return nil
}

// goingDown reports whether err says that the database is not there at the moment.
func goingDown(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{
			adminShutdown, crashShutdown, cannotConnectNow, objectNotInState, unknownDatabase, tooManyConnections, idleTransaction,
		}, pg.Code) || strings.HasPrefix(pg.Code, connectionException)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, isNet := errors.AsType[net.Error](err)
	return isNet || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

const conflicted = "the request conflicted with another one; try it again"

// errDeadlock is the error of a transaction that was ended because it waited in a circle with others.
var errDeadlock = model.Conflict.Errorf(conflicted)

// toModel turns what the client did wrong into an error that tells so. Others stay as they are, and are internal: also references to
// what is not there and values that are missing, which a use case has to find before the database does.
func toModel(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch pg.Code {
	case untranslatable, notInRepertoire:
		return model.Invalid.Errorf("a text has characters that cannot be stored")
	case invalidText, invalidTime, timeOverflow, numericOutOfRange, invalidRegexp, invalidEscape:
		return model.Invalid.Errorf("a value cannot be read as what it should be")
	case uniqueViolation:
		return model.Duplicate.Errorf("%s", pg.Detail)
	case deadlock:
		return errDeadlock
	case serializationFailure, lockNotAvailable:
		return model.Conflict.Errorf(conflicted)
	case queryCanceled:
		return fmt.Errorf("%w: %w", model.ErrTooExpensive, err)
	default:
		return err
	}
}
