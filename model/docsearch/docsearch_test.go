package docsearch_test

import (
	"math"
	"testing"

	"github.com/storegraph/storegraph/model/docsearch"
)

func TestParseExposed(t *testing.T) {
	t.Parallel()
	for setting, config := range map[string]string{
		"product": "medusa_search_english", " guide, product ": "medusa_search_english", `{"product": true, "guide": false}`: "medusa_search_english",
		`{"product": {"language": "german", "filters": {"a": {"$gt": 1}}, "entity": "x", "typo_tolerance": {"enabled": false}}}`: "medusa_search_german",
	} {
		if e, err := docsearch.ParseExposed(setting); err != nil || e["product"].Config() != config {
			t.Errorf("ParseExposed(%q) = %+v, %v, want %s", setting, e, err, config)
		}
	}
	if e, err := docsearch.ParseExposed(`{"product": false}`); err != nil || len(e) > 0 {
		t.Errorf("what is not to be searched = %+v, %v", e, err)
	}
	for _, setting := range []string{"a,,b", "{", `{"a": 1}`, `{"a": {"filters": []}}`, `{"a": {"language": "x; y"}}`, `{"a": {"unknown": true}}`} {
		if e, err := docsearch.ParseExposed(setting); err == nil {
			t.Errorf("ParseExposed(%q) = %+v, want an error", setting, e)
		}
	}
}

// Numbers are read and written as JavaScript does.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"": 0, "0x10": 16, "1e3": 1000, ".5": 0.5, "5.": 5, "-Infinity": math.Inf(-1), "1e999": math.Inf(1)} {
		if got := docsearch.ParseNumber(text); got != want {
			t.Errorf("ParseNumber(%q) = %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"x", "1_000", "0x", "inf", "NaN", "1,5", "--1", "0b2"} {
		if got := docsearch.ParseNumber(text); !math.IsNaN(got) {
			t.Errorf("ParseNumber(%q) = %v, want none", text, got)
		}
	}
	for want, n := range map[string]float64{"0": math.Copysign(0, -1), "100000000000000000000": 1e20, "1e+21": 1e21, "0.000001": 1e-6, "1e-7": 1e-7, "-1.5": -1.5} {
		if got := docsearch.FormatNumber(n); got != want {
			t.Errorf("FormatNumber(%v) = %s, want %s", n, got, want)
		}
	}
}

// A document is given with what is wanted of it, in its shape.
func TestProject(t *testing.T) {
	t.Parallel()
	const doc = `{"id": "1", "of": {"a": 1, "b": [1, {"c": 2}]}, "list": [{"x": 1, "y": 2}, {"y": 3}, null, "text"], "none": null, "more": true}`
	for want, paths := range map[string][]string{
		`{}`:                                     {},
		`{"none":null,"id":"1"}`:                 {"none", "id", "unknown", "id.deeper"},
		`{"of":{"a":1,"b":[{},{"c":2}]}}`:        {"of.a", "of.b.c", "of.d"},
		`{"list":[{"x":1,"y":2},{"y":3},{},{}]}`: {"list.x", "list.y"},
	} {
		if got, err := docsearch.Project([]byte(doc), paths); err != nil || string(got) != want {
			t.Errorf("Project(%v) = %s, %v, want %s", paths, got, err, want)
		}
	}
}
