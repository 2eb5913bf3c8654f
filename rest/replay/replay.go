package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest/compare"
)

// recorded is a file of requests with the reference's answers.
type recorded struct {
	Scenarios []struct {
		Name  string
		Steps []step
	}
}

type step struct {
	Name    string
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         any
		Raw          *string
	}
	Response struct {
		Status  int
		Headers map[string]*string
		Body    any
	}
	Capture map[string]string
	Ignore  []string
}

// File replays the requests recorded in a file, in their order, and reports each answer of h that differs from the
// reference's. The database behind h is a fresh copy of the recorded shop. A step for which skip is true is not sent; nil
// sends all.
func File(t *testing.T, h http.Handler, file string, skip func(scenario, step string) bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases recorded
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	orders := map[*compare.Rule][]bool{}
	for _, sc := range cases.Scenarios {
		vars := dbtest.Handles(t)
		c := compare.New(seededAt(t, vars["seeded_at"]))
		c.Orders = orders
		for _, st := range sc.Steps {
			if skip != nil && skip(sc.Name, st.Name) {
				continue
			}
			name := filepath.Base(file) + "/" + sc.Name + "/" + st.Name
			for _, d := range answer(t, c, h, st, vars) {
				t.Errorf("%s: %s", name, d)
			}
		}
	}
	for r, same := range orders {
		if !slices.Contains(same, false) {
			t.Errorf("order.json says that lists at %s are ordered %s, but they are as the reference's now: %s", r.Path, r.Differs, r.Order)
		}
	}
}

func seededAt(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

var placeholder = regexp.MustCompile(`\{\{([\w.-]+)\}\}`)

func fill(v any, vars map[string]string) any {
	switch v := v.(type) {
	case string:
		return placeholder.ReplaceAllStringFunc(v, func(m string) string { return vars[m[2:len(m)-2]] })
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fill(e, vars)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = fill(e, vars)
		}
		return out
	default:
		return v
	}
}

// encode escapes a path as a browser's encodeURI does, leaving what is escaped already.
func encode(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c)) {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// request is the request of a step, its placeholders filled.
func (st step) request(t *testing.T, vars map[string]string) *http.Request {
	t.Helper()
	var body io.Reader = http.NoBody
	kind := ""
	switch {
	case st.Request.Raw != nil:
		body = strings.NewReader(fill(*st.Request.Raw, vars).(string))
	case st.Request.Body != nil:
		j, err := json.Marshal(fill(st.Request.Body, vars))
		if err != nil {
			t.Fatal(err)
		}
		body, kind = bytes.NewReader(j), "application/json"
	}
	r := httptest.NewRequestWithContext(t.Context(), st.Request.Method, encode(fill(st.Request.Path, vars).(string)), body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for k, v := range st.Request.Headers {
		r.Header.Set(k, fill(v, vars).(string))
	}
	return r
}

// answer sends the request of a step, returns where the response differs, and captures what later steps need.
func answer(t *testing.T, c *compare.Comparer, h http.Handler, st step, vars map[string]string) []compare.Difference {
	t.Helper()
	r := st.request(t, vars)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)

	c.Diffs, c.Query = nil, r.URL.RawQuery
	if st.Response.Status == http.StatusInternalServerError {
		if w.Code < 400 || w.Code >= 500 {
			c.Note(compare.Value, "status", "a refusal", w.Code)
		}
		return c.Diffs
	}
	if w.Code != st.Response.Status {
		c.Note(compare.Value, "status", st.Response.Status, w.Code)
	}
	for k, want := range st.Response.Headers {
		got := w.Header().Get(k)
		if k == "set-cookie" && want != nil {
			if wanted, got := cookie(*want), cookie(got); wanted != got {
				c.Note(compare.Value, "header "+k, wanted, got)
			}
			continue
		}
		if want == nil && got != "" || want != nil && !strings.EqualFold(strings.ReplaceAll(*want, " ", ""), strings.ReplaceAll(got, " ", "")) {
			c.Note(compare.Value, "header "+k, want, got)
		}
	}
	var got any = w.Body.String()
	if strings.Contains(w.Header().Get("Content-Type"), "json") && w.Header().Get("Content-Encoding") == "" && w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", st.Name, err)
		}
	}
	if st.Request.Method == http.MethodHead { // a real server does not send it
		got = ""
	}
	if w.Header().Get("Content-Encoding") == "" {
		c.Walk(st.Response.Body, got)
	}
	for name, path := range st.Capture {
		if path == "@cookie" {
			vars[name], _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
			continue
		}
		v, ok := dig(got, fill(path, vars).(string))
		if !ok {
			c.Note(compare.Value, "capture "+name, path, nil)
			continue
		}
		vars[name] = v
	}
	return slices.DeleteFunc(c.Diffs, func(d compare.Difference) bool {
		return slices.ContainsFunc(st.Ignore, func(path string) bool { return d.Path == path })
	})
}

// cookie writes a Set-Cookie header without what differs between runs, its attributes in order.
func cookie(header string) string {
	parts := strings.Split(header, "; ")
	for i, p := range parts {
		if name, _, ok := strings.Cut(p, "="); ok && (i == 0 || name == "Expires") {
			parts[i] = name
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

var pathPart = regexp.MustCompile(`[^.\[\]]+|\[[^\]]*\]`)

func dig(v any, path string) (string, bool) {
	for _, part := range pathPart.FindAllString(path, -1) {
		if strings.HasPrefix(part, "[") {
			key, want, _ := strings.Cut(strings.Trim(part, "[]"), "=")
			list, _ := v.([]any)
			v = nil
			for _, e := range list {
				if got, ok := dig(e, key); ok && got == want {
					v = e
				}
			}
			continue
		}
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
				return "", false
			}
			v = at[i]
		default:
			return "", false
		}
	}
	switch v.(type) {
	case nil, map[string]any, []any:
		return "", false
	default:
		s := fmt.Sprint(v)
		return s, s != ""
	}
}
