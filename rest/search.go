package rest

import (
	"context"
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
	o, ok := bodyOf(ctx).(*jsonObject)
	if !ok {
		h.fail(ctx, w, model.Invalid.Errorf("the body is not a JSON object"))
		return
	}
	queries, _ := o.get("queries").([]any)
	if len(queries) == 0 {
		queries = []any{o}
	}
	var names []string
	for _, q := range queries {
		name := ""
		if one, ok := q.(*jsonObject); ok {
			name, _ = one.get("entity").(string)
		}
		if name == "" {
			h.fail(ctx, w, model.Invalid.Errorf("Invalid request: Field 'queries' is required"))
			return
		}
		names = append(names, name)
	}
	h.fail(ctx, w, model.NotFound.Errorf("No search index named %q", names[0]))
}
