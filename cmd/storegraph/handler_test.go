package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSpelled(t *testing.T) {
	t.Parallel()
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", live)
	mux.Handle("/", named("mux"))
	h := spelled(mux, named("store"))
	for path, want := range map[string]string{
		"/health": "OK", "/HEALTH": "OK", "/health/": "OK", "/health/ready": "mux", "/": "mux", "/store/regions": "mux", "/store/regions/": "mux",
		"//": "store", "///": "store", "//store/regions": "store", "/store//regions": "store", "/store/../store": "store", "/store/./regions": "store", "/store/regions//": "store",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.example"+path, http.NoBody)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.String() != want {
			t.Errorf("GET %s = %d from %q, want %q", path, w.Code, w.Body, want)
		}
	}
}
