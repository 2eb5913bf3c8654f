package transport

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"storegraph/model"
)

// read reads the operation that a request asks for. It answers a request that asks for none, and reports false.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, bool) {
	params, status, err := h.params(r)
	if err == nil {
		return params, true
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, POST")
	}
	h.refuse(w, r, status, err)
	return nil, false
}

// params reads the operation that a request asks for. The status is that of its error.
func (h *Handler) params(r *http.Request) (*graphql.RawParams, int, error) {
	p := &graphql.RawParams{Headers: r.Header}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		q := r.URL.Query()
		p.Query, p.OperationName = q.Get("query"), q.Get("operationName")
		for name, into := range map[string]*map[string]any{"variables": &p.Variables, "extensions": &p.Extensions} {
			if text := q.Get(name); text != "" {
				if err := model.CheckJSON(name, []byte(text)); err != nil {
					return nil, http.StatusBadRequest, err
				}
				if err := decode(strings.NewReader(text), into); err != nil {
					return nil, http.StatusBadRequest, model.Invalid.Errorf("%s is not a JSON object: %v", name, err)
				}
			}
		}
	case http.MethodPost:
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			return nil, http.StatusUnsupportedMediaType, model.Invalid.Errorf("send the operation as application/json")
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, http.StatusBadRequest, model.Invalid.Errorf("the body could not be read")
		}
		if err := model.CheckJSON("the body", text); err != nil {
			return nil, http.StatusBadRequest, err
		}
		if err := decode(bytes.NewReader(text), p); err != nil {
			return nil, http.StatusBadRequest, model.Invalid.Errorf("the body is not a JSON object with query, operationName and variables: %v", err)
		}
	default:
		return nil, http.StatusMethodNotAllowed, model.NotAllowed.Errorf("use GET or POST")
	}
	if strings.TrimSpace(p.Query) == "" {
		return nil, http.StatusBadRequest, model.Invalid.Errorf("query is missing")
	}
	if err := model.CheckText("the operation", p.Query+p.OperationName); err != nil {
		return nil, http.StatusBadRequest, err
	}
	if err := h.checkLength(p.Query); err != nil {
		return nil, http.StatusRequestEntityTooLarge, err
	}
	return p, 0, nil
}

// checkLength fails if a document is longer than allowed.
func (h *Handler) checkLength(document string) error {
	if len(document) > h.limits.Document {
		return model.Invalid.Errorf("the document is longer than %d bytes", h.limits.Document)
	}
	return nil
}

// decode reads one JSON value, and nothing may follow it.
func decode(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return model.Invalid.Errorf("something follows the JSON value")
	}
	return nil
}
