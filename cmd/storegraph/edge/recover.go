package edge

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// unknownError is the body of the reference's internal errors.
const unknownError = `{"code":"unknown_error","type":"unknown_error","message":"An unknown error occurred."}`

// Recover turns a panic of the handler into a 500 with the reference's body, and logs it once with its stack. If part
// of the response has been sent, it aborts the connection instead, so that no client takes it for complete.
// http.ErrAbortHandler is passed on.
func Recover(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := record(w)
			defer func() {
				switch p := recover(); {
				case p == nil:
				case isAbort(p):
					panic(p)
				default:
					log.LogAttrs(r.Context(), slog.LevelError, "panic",
						slog.String("error", fmt.Sprint(p)),
						slog.String("method", r.Method),
						slog.String("path", loggable(r.URL.Path)),
						slog.String("request_id", RequestID(r.Context())),
						slog.String("stack", string(debug.Stack())))
					if rec.sent() {
						panic(http.ErrAbortHandler)
					}
					answer(rec, http.StatusInternalServerError, unknownError)
				}
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

func isAbort(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}
