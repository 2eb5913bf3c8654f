package rest

import (
	"context"
	"net/http"
)

// locales serves GET /store/locales, the languages of a shop. A shop without translations does not have the route.
func (h *Handler) locales(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	locales, err := h.value(ctx, "{ "+rootName+": locales { code name } }", nil)
	if err == nil && string(locales) == "[]" {
		var translatable []byte
		if translatable, err = h.value(ctx, "{ "+rootName+": translatable }", nil); string(translatable) == "false" {
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
func (h *Handler) value(ctx context.Context, operation string, variables map[string]any) ([]byte, error) {
	op, err := h.graph.Compile(operation)
	if err != nil {
		return nil, err
	}
	data, err := h.graph.Run(ctx, op, variables)
	if err != nil {
		return nil, err
	}
	return rootValue(data)
}
