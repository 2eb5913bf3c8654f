package rest

import (
	"encoding/json"
	"net/http"

	"storegraph/model"
)

// locales serves GET /store/locales, the languages of a shop. A shop without translations does not have the route.
func (h *Handler) locales(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	op, err := h.graph.Compile("{ r: locales { code name } }")
	if err != nil {
		h.fail(ctx, w, err)
		return
	}
	data, err := h.graph.Run(ctx, op, nil)
	if err != nil {
		h.fail(ctx, w, err)
		return
	}
	locales, err := rootValue(data)
	if err != nil {
		h.fail(ctx, w, err)
		return
	}
	if string(locales) == "[]" {
		h.notFound(w, r)
		return
	}
	h.write(w, http.StatusOK, envelope("locales", locales)...)
}

// search serves POST /store/search as the reference does without a search index: no index has the requested name. It is
// not in the route table because there is no GraphQL field behind it.
func (h *Handler) search(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if err := h.graph.CheckKey(ctx); err != nil {
		h.fail(ctx, w, err)
		return
	}
	type query struct {
		Entity *string `json:"entity"`
	}
	var body struct {
		query
		Queries []query `json:"queries"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		h.fail(ctx, w, model.Invalid.Errorf("the body is not a JSON object: %v", err))
		return
	}
	queries := body.Queries
	if len(queries) == 0 {
		queries = []query{body.query}
	}
	for _, q := range queries {
		if q.Entity == nil || *q.Entity == "" {
			h.fail(ctx, w, model.Invalid.Errorf("Invalid request: Field 'queries' is required"))
			return
		}
	}
	h.fail(ctx, w, model.NotFound.Errorf("No search index named %q", *queries[0].Entity))
}
