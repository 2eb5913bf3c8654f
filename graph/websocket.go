package graph

import "net/http"

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) { s.serveOnce(w, r) }
