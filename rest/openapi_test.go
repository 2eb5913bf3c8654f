package rest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"storegraph/db/dbtest"
	"storegraph/rest"
)

// TestOpenAPI has an independent validator judge the document, and then real answers by the document.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.ReadShop(t), nil)
	handles := dbtest.Handles(t)
	status, text := get(t, h, "/openapi.json", "")
	if status != http.StatusOK {
		t.Fatalf("GET /openapi.json = %d %s", status, text)
	}
	doc, err := libopenapi.NewDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		for _, f := range faults {
			t.Errorf("%s: %s", f.Message, f.Reason)
		}
	}
	for _, r := range rest.Routes() {
		id := handles[ids[r.Path]]
		if v, ok := strings.CutPrefix(ids[r.Path], "="); ok {
			id = v
		}
		path := strings.NewReplacer("{id}", id, "{code}", id).Replace(r.Path)
		if r.Field == "paymentProviders" {
			path += "?region_id=" + handles["reg_us"]
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		req.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		res := w.Result()
		if ok, faults := v.ValidateHttpResponse(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: req.URL.Path}, Header: req.Header}, res); !ok {
			for _, f := range faults {
				t.Errorf("GET %s: %s: %s", path, f.Message, f.Reason)
			}
		}
		_ = res.Body.Close()
	}
	var d struct {
		Paths map[string]map[string]any
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&d); err != nil {
		t.Fatal(err)
	}
	for _, r := range rest.Routes() {
		if d.Paths[r.Path]["get"] == nil {
			t.Errorf("the document lacks GET %s", r.Path)
		}
	}
}
