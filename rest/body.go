package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// kindNames are what the reference calls the kinds of the fields of a body.
var kindNames = map[kind]string{
	kindText: "string", kindEmail: "string", kindFlag: "boolean", kindNumber: "number", kindUnits: "number", kindRecord: "record",
	kindObject: "object", kindObjects: "array", kindTexts: "array", kindObjectOrID: "object, string",
}

// readBody reads the body of a request as the reference does: JSON or a form. It returns nil for a body of another
// type, and an empty object if there is no body. text is the body as it was sent.
func readBody(r *http.Request) (value any, text []byte, err error) {
	text, err = io.ReadAll(r.Body)
	if err != nil {
		return nil, nil, model.Invalid.Errorf("request aborted")
	}
	if len(text) == 0 {
		return &jsonObject{}, nil, nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, text, nil
	}
	switch kind {
	case "application/json":
		value, err = parseJSON(text)
	case "application/x-www-form-urlencoded":
		value, err = parseQuery(string(text))
	}
	return value, text, err
}

// parseJSON reads an object or a list. The reference accepts no other JSON.
func parseJSON(text []byte) (any, error) {
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) > 0 && first[0] != '{' && first[0] != '[' {
		return nil, model.Invalid.Errorf("Unexpected token '%c', \"%.20s\" is not valid JSON", []rune(string(first))[0], first)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := readJSON(d, 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("unexpected text after the JSON value")
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("Unexpected end of JSON input") //nolint:staticcheck // the reference's words
	}
	if err != nil {
		return nil, model.Invalid.Errorf("%v", err)
	}
	return v, model.CheckJSON("the body", text)
}

// maxNesting is how deep a JSON body may be.
const maxNesting = 100

func readJSON(d *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errors.New("the body is nested too deeply")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := &jsonObject{}
		at := map[string]int{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := readJSON(d, depth+1)
			if err != nil {
				return nil, err
			}
			k := key.(string)
			if i, again := at[k]; again {
				o.values[i] = v // the last of equal keys wins, as in JavaScript
				continue
			}
			at[k] = len(o.keys)
			o.keys, o.values = append(o.keys, k), append(o.values, v)
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readJSON(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// bindBody checks a body against its fields and returns it as a GraphQL input.
func bindBody(fs fields, v any) (map[string]any, error) {
	o, ok := v.(*jsonObject)
	if !ok {
		return nil, model.Invalid.Errorf("Invalid request: Field '' is required")
	}
	var wrong issues
	out := bindObject(fs, o, nil, false, &wrong)
	return out, wrong.err()
}

// bindOneOrMany checks a body that is an object of fields or a list of such objects, and returns a list of inputs. What is
// wrong is worded as the reference words it for a union of the two.
func bindOneOrMany(fs fields, v any) ([]any, error) {
	var wrong issues
	switch v := v.(type) {
	case *jsonObject:
		var union unionIssue
		for i := range fs {
			f := &fs[i]
			switch at := v.find(f.name); {
			case at < 0 && f.required:
				union.add("", f.name, "undefined")
			case at < 0:
			default:
				if _, ok := f.bind(v.values[at], []string{f.name}, &issues{}); !ok {
					union.add(kindNames[f.kind], f.name, jsText(v.values[at]))
				}
			}
		}
		union.tell("array", &wrong)
		return []any{bindObject(fs, v, nil, true, &issues{})}, wrong.err()
	case []any:
		inputs := []any{}
		for _, one := range v {
			o, ok := one.(*jsonObject)
			var within issues
			if ok {
				inputs = append(inputs, bindObject(fs, o, nil, true, &within))
			}
			if !ok || within.err() != nil {
				wrong.required(nil)
				return nil, wrong.err()
			}
		}
		return inputs, nil
	default:
		wrong.required(nil)
		return nil, wrong.err()
	}
}

// bindObject checks an object. Unless lenient, further fields are an issue.
func bindObject(fs fields, o *jsonObject, path []string, lenient bool, wrong *issues) map[string]any {
	out := map[string]any{}
	for i := range fs {
		f := &fs[i]
		at := slices.Concat(path, []string{f.name})
		n := o.find(f.name)
		if n < 0 {
			if f.required {
				wrong.required(at)
			}
			continue
		}
		if s, isText := o.values[n].(string); isText && slices.Contains(f.absent, s) {
			continue
		}
		v, ok := f.bind(o.values[n], at, wrong)
		if !ok || f.use == useNothing {
			continue
		}
		if id, isID := v.(reference); isID {
			out[camel(f.name)+"Id"] = string(id)
			continue
		}
		out[camel(f.name)] = v
	}
	if lenient {
		return out
	}
	if unknown := fs.unknown(o.keys); len(unknown) > 0 {
		wrong.add("Unrecognized fields: '%'", strings.Join(append(slices.Clip(path), strings.Join(unknown, ", ")), ", "))
	}
	return out
}

// bind checks the value of a field of a body and returns it as GraphQL takes it.
func (f *field) bind(v any, path []string, wrong *issues) (any, bool) {
	if v == nil && f.null {
		return nil, true
	}
	switch v := v.(type) {
	case string:
		if f.kind == kindText || f.kind == kindEmail {
			return f.bindText(v, path, wrong)
		}
	case bool:
		if f.kind == kindFlag {
			return v, true
		}
	case json.Number:
		if f.kind == kindNumber {
			return f.bindNumber(v, path, wrong)
		}
		if f.kind == kindUnits {
			return f.bindUnits(v, path, wrong)
		}
	case *jsonObject:
		if f.kind == kindRecord {
			return toJSON(v), true
		}
		if f.kind == kindObject {
			return bindObject(f.of, v, path, f.lenient, wrong), true
		}
	case []any:
		if f.kind == kindTexts || f.kind == kindObjects {
			return f.bindList(v, path, wrong)
		}
	}
	if f.kind == kindObjectOrID {
		return f.bindObjectOrID(v, path, wrong)
	}
	if slices.ContainsFunc(path, isIndex) { // the reference does not find what is wrong within lists
		wrong.required(path)
		return nil, false
	}
	wrong.add("Expected type: '%' for field '%', got: '%'", kindNames[f.kind], strings.Join(path, ", "), jsText(v))
	return nil, false
}

func (f *field) bindText(s string, path []string, wrong *issues) (any, bool) {
	if f.kind == kindEmail && !model.IsEmail(s) {
		wrong.add("Invalid email address")
		return nil, false
	}
	if f.notEmpty && s == "" {
		wrong.add("Value for field '%' too small, expected at least: '1'", strings.Join(path, ", "))
		return nil, false
	}
	return s, true
}

func isIndex(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (f *field) bindNumber(n json.Number, path []string, wrong *issues) (any, bool) {
	got, err := model.ParseAmount(n.String())
	if err != nil {
		wrong.add("Expected type: 'number' for field '%', got: '%'", strings.Join(path, ", "), n.String())
		return nil, false
	}
	if f.whole && !got.IsInteger() {
		wrong.add("Expected type: 'int' for field '%', got: '%'", strings.Join(path, ", "), n.String())
		return nil, false
	}
	if f.most != "" {
		if most, err := model.ParseAmount(f.most); err == nil && most.Less(got) {
			wrong.add("Value for field '%' too big, expected at most: '%'", strings.Join(path, ", "), f.most)
			return nil, false
		}
	}
	if f.least != "" {
		if least, err := model.ParseAmount(f.least); err == nil && (got.Less(least) || f.above && got.Equal(least.Decimal)) {
			wrong.add("Value for field '%' too small, expected at least: '%'", strings.Join(path, ", "), f.least)
			return nil, false
		}
	}
	return n, true
}

// bindUnits rounds a number of units as the reference's column does.
func (f *field) bindUnits(n json.Number, path []string, wrong *issues) (any, bool) {
	if _, ok := f.bindNumber(n, path, wrong); !ok {
		return nil, false
	}
	got, err := model.ParseAmount(n.String())
	if err != nil || got.GreaterThan(mostUnits) {
		wrong.add("Value for field '%' too large, expected at most: '%'", strings.Join(path, ", "), mostUnits.String())
		return nil, false
	}
	return json.Number(got.Round(0).String()), true
}

// mostUnits is what fits into the column.
var mostUnits = model.NewAmount(math.MaxInt32).Decimal

// A unionIssue is what is wrong with an object that could have been something else. The reference names what it expected in all places,
// and one place: the first.
type unionIssue struct {
	expected   []string
	field, got string
}

// add notes that a field is not of a type; the type of one that is missing is empty.
func (u *unionIssue) add(expected, field, got string) {
	if u.field == "" {
		u.field, u.got = field, got
	}
	if expected != "" {
		u.expected = append(u.expected, expected)
	}
}

// tell adds the issue, if there is one, and reports whether there is. other is the type that it could have been.
func (u *unionIssue) tell(other string, wrong *issues) bool {
	if u.field == "" {
		return false
	}
	wrong.add("Expected type: '%' for field '%', got: '%'", strings.Join(append(u.expected, other), ", "), u.field, u.got)
	return true
}

// A reference is the id that was given in the place of an object.
type reference string

// bindObjectOrID checks an object of further fields, or the id of one. What is wrong is worded as the
// reference words it for a union of types.
func (f *field) bindObjectOrID(v any, path []string, wrong *issues) (any, bool) {
	name := strings.Join(path, ", ")
	switch v := v.(type) {
	case string:
		return reference(v), true
	case *jsonObject:
		var within issues
		bound := bindObject(f.of, v, path, false, &within)
		if within.err() == nil {
			return bound, true
		}
		var union unionIssue
		for n := range f.of {
			sub := &f.of[n]
			if at := v.find(sub.name); at >= 0 {
				if _, ok := sub.bind(v.values[at], path, &issues{}); !ok {
					union.add(kindNames[sub.kind], name+", "+sub.name, jsText(v.values[at]))
				}
			}
		}
		if union.tell("string", wrong) {
			return nil, false
		}
		wrong.add("Expected type: 'string' for field '%', got: '[object Object]'", name)
	default:
		wrong.add("Expected type: 'object, string' for field '%', got: '%'", name, jsText(v))
	}
	return nil, false
}

func (f *field) bindList(list []any, path []string, wrong *issues) (any, bool) {
	out, all := []any{}, true
	for i, e := range list {
		at := slices.Concat(path, []string{strconv.Itoa(i)})
		one := text("")
		if f.kind == kindObjects {
			one = field{kind: kindObject, of: f.of, lenient: f.lenient}
		}
		v, ok := one.bind(e, at, wrong)
		out, all = append(out, v), all && ok
	}
	return out, all
}

// toJSON turns a value of a body into what GraphQL's JSON scalar takes.
func toJSON(v any) any {
	switch v := v.(type) {
	case *jsonObject:
		out := make(map[string]any, len(v.keys))
		for i, k := range v.keys {
			out[k] = toJSON(v.values[i])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = toJSON(e)
		}
		return out
	default:
		return v
	}
}

// jsText writes a value as JavaScript does within a text.
func jsText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			if e != nil {
				texts[i] = jsText(e)
			}
		}
		return strings.Join(texts, ",")
	default:
		return "[object Object]"
	}
}
