package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph/playground"
)

// A visit runs examples one after another: what the answers to some give is filled in where others take it.
type visit struct {
	// send sends an operation with variables and headers, and returns the first answer to it.
	send func(query string, variables json.RawMessage, headers map[string]string) ([]byte, error)

	values map[string]any // by name; what there is at first must have <email>
}

var (
	wholeValue = regexp.MustCompile(`"<(\w+)>"`)
	valueName  = regexp.MustCompile(`<(\w+)>`)
)

// fill puts values in the place of their names in a text. A name that is a whole JSON string gives way to a value of any kind.
func (v *visit) fill(text string) string {
	text = wholeValue.ReplaceAllStringFunc(text, func(quoted string) string {
		value, ok := v.values[quoted[2:len(quoted)-2]]
		if !ok {
			return quoted
		}
		j, err := json.Marshal(value)
		if err != nil {
			panic(err) // it was JSON
		}
		return string(j)
	})
	return valueName.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := v.values[name[1:len(name)-1]]; ok {
			return fmt.Sprint(value)
		}
		return name
	})
}

// run runs an example. It fails t unless all that it takes is known, and the answer has neither errors nor
// errors of a user, and is empty nowhere.
func (v *visit) run(t *testing.T, e playground.Example) {
	t.Helper()
	for _, name := range e.Needs {
		if _, ok := v.values[name]; !ok {
			t.Errorf("%s needs %s, which nothing has given", e.Name, name)
		}
	}
	variables, headers := v.fill(e.Variables), map[string]string{}
	for name, value := range e.Headers {
		headers[name] = v.fill(value)
	}
	if missing := valueName.FindString(variables + fmt.Sprint(headers)); missing != "" {
		t.Errorf("%s takes %s, which nothing has given", e.Name, missing)
	}
	text, err := v.send(e.Query, json.RawMessage(variables), headers)
	if err != nil {
		t.Fatalf("%s: %v", e.Name, err)
	}
	var a struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.Unmarshal(text, &a); err != nil || len(a.Errors) > 0 || len(a.Data) == 0 {
		t.Errorf("%s with %s = %s (%v)", e.Name, variables, text, err)
		return
	}
	if path := empty(a.Data, true); path != "" {
		t.Errorf("%s = %s, which is wrong at %s", e.Name, text, path)
	}
	v.learn(t, e, a.Data)
}

func (v *visit) learn(t *testing.T, e playground.Example, data map[string]any) {
	t.Helper()
	for _, name := range e.Spends {
		delete(v.values, name)
	}
	for name, path := range e.Gives {
		value, ok := at(data, path)
		if !ok {
			t.Errorf("%s does not give %s at %s: %v", e.Name, name, path, data)
			continue
		}
		v.values[name] = value
	}
}

// mayBeEmpty are the lists that say something by having nothing in them.
var mayBeEmpty = []string{
	"userErrors", "warnings", "problems", "quantityBreaks", "images", "related", "ancestors", "children", "fulfillments", "methods",
}

// empty returns the path of something that an example should not show: a list without anything in it, no object at a root, or an error
// of a user.
func empty(v any, root bool) string {
	switch v := v.(type) {
	case map[string]any:
		for key, of := range v {
			list, isList := of.([]any)
			switch {
			case root && of == nil, isList && len(list) == 0 && !slices.Contains(mayBeEmpty, key), key == "userErrors" && len(list) > 0, key == "totalCount" && of == 0.0:
				return key
			}
			if path := empty(of, false); path != "" {
				return key + "." + path
			}
		}
	case []any:
		for i, of := range v {
			if path := empty(of, false); path != "" {
				return strconv.Itoa(i) + "." + path
			}
		}
	}
	return ""
}

// at returns what is at a path of keys in data: of a list, what the element with that number has, or else the first that has the rest. It
// reports false where nothing or null is.
func at(data any, path string) (any, bool) {
	if path == "" {
		return data, data != nil
	}
	key, rest, _ := strings.Cut(path, ".")
	switch data := data.(type) {
	case map[string]any:
		return at(data[key], rest)
	case []any:
		if n, err := strconv.Atoi(key); err == nil {
			if n < len(data) {
				return at(data[n], rest)
			}
			return nil, false
		}
		for _, element := range data {
			if found, ok := at(element, path); ok {
				return found, true
			}
		}
	}
	return nil, false
}

func TestAt(t *testing.T) {
	t.Parallel()
	var data any
	if err := json.Unmarshal([]byte(`{"a": {"list": [{"x": null}, {"x": 7}, {"x": [1, 2]}]}}`), &data); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a.list.x": "7", "a.list.2.x": "[1 2]", "a.list.2.x.1": "2", "a.list.0.x": "<nil>", "a.list.9.x": "<nil>", "a.none": "<nil>", "a.list.1.x.y": "<nil>",
	} {
		got, ok := at(data, path)
		if fmt.Sprint(got) != want || ok == (want == "<nil>") {
			t.Errorf("%s = %v, %v, want %s", path, got, ok, want)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	v := visit{values: map[string]any{"id": "cart_1", "n": 7, "filter": map[string]any{"inStock": true}}}
	const text = `{"a": "<id>", "b": "Bearer <id>", "c": "<n>", "d": "<filter>", "e": "<none>"}`
	if got, want := v.fill(text), `{"a": "cart_1", "b": "Bearer cart_1", "c": 7, "d": {"inStock":true}, "e": "<none>"}`; got != want {
		t.Errorf("filled %s, want %s", got, want)
	}
}
