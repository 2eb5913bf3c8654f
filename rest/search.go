package rest

import (
	"context"
	"encoding/json"
	"net/http"

	"storegraph/model"
)

// locales serves GET /store/locales, the languages of a shop. A shop without translations does not have the route.
func (h *Handler) locales(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	locales, err := h.value(ctx, "{ "+rootName+": locales { code name } }")
	if err == nil && string(locales) == "[]" {
		var translatable []byte
		if translatable, err = h.value(ctx, "{ "+rootName+": translatable }"); string(translatable) == "false" {
			h.notFound(w, r)
			return
		}
	}
	if err != nil {
		h.fail(ctx, w, err)
		return
	}
	h.write(w, http.StatusOK, envelope("locales", locales)...)
}

// value runs an operation of one field, rootName, and returns the field's value.
func (h *Handler) value(ctx context.Context, operation string) ([]byte, error) {
	op, err := h.graph.Compile(operation)
	if err != nil {
		return nil, err
	}
	data, err := h.graph.Run(ctx, op, nil)
	if err != nil {
		return nil, err
	}
	return rootValue(data)
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
