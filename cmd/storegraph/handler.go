package main

import (
	"log/slog"
	"net/http"

	"storegraph/db"
)

// handler is everything that the server answers once its database is up.
func handler(_ Config, d db.DB, _ *slog.Logger) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", live)
	mux.Handle("GET /health/ready", &readiness{db: d})
	return mux, nil
}
