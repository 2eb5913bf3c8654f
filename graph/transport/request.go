package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/model"
)

// Params are what a request asks for: the text of a document, or what names one.
type Params struct {
	graphql.RawParams

	// DocumentID names a document that the server knows; empty if the request has its text, or names it by an extension.
	DocumentID string `json:"documentId"`
	// Safe says that the request is one that must not change anything, such as what the server remembers.
	Safe bool `json:"-"`
}

// named reports whether a request without a text names a document.
func (p *Params) named() bool { return p.DocumentID != "" || p.Extensions["persistedQuery"] != nil }

// read reads the operation that a request asks for. It answers a request that asks for none, and reports false.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*Params, bool) {
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
func (h *Handler) params(r *http.Request) (*Params, int, error) {
	p := &Params{}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		q := r.URL.Query()
		p.Query, p.OperationName, p.DocumentID, p.Safe = q.Get("query"), q.Get("operationName"), q.Get("documentId"), true
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
			return nil, http.StatusBadRequest, model.Invalid.Errorf("the body is not a JSON object with query or documentId, operationName and variables: %v", err)
		}
	default:
		return nil, http.StatusMethodNotAllowed, model.NotAllowed.Errorf("use GET or POST")
	}
	p.Headers = r.Header
	if strings.TrimSpace(p.Query) == "" && !p.named() {
		return nil, http.StatusBadRequest, model.Invalid.Errorf("query is missing, and documentId too")
	}
	if err := model.CheckText("the operation", p.Query+p.OperationName+p.DocumentID); err != nil {
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
		return &model.Error{
			Kind: model.Invalid, Code: model.AsError(model.ErrTooExpensive).Code,
			Message: fmt.Sprintf("the document is longer than %d bytes", h.limits.Document),
		}
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
