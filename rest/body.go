package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"storegraph/model"
)

// A fieldKind is what a field of a body may be.
type fieldKind uint8

const (
	bodyText   fieldKind = iota // a text
	bodyEmail                   // a text that is an e-mail address
	bodyFlag                    // true or false
	bodyNumber                  // a number
	bodyRecord                  // any object, passed on as it is
	bodyObject                  // an object of further fields
	bodyList                    // a list of objects of further fields
	bodyTexts                   // a list of texts
	bodyAny                     // anything
	bodyUnits                   // a number of units, which is rounded to a whole one
	bodyRef                     // an object of further fields, or the id of one
)

var kindNames = map[fieldKind]string{
	bodyText: "string", bodyEmail: "string", bodyFlag: "boolean", bodyNumber: "number", bodyRecord: "record", bodyObject: "object",
	bodyList: "array", bodyTexts: "array", bodyUnits: "number", bodyRef: "object, string",
}

// A field is a field of a body. Its GraphQL name is its own in camelCase.
type field struct {
	name     string
	kind     fieldKind
	required bool
	null     bool    // may be null
	filled   bool    // must not be empty
	loose    bool    // of an object or a list: further fields are left out rather than refused
	of       []field // of an object, or of the objects of a list
	whole    bool    // of a number: without a fraction
	least    string  // of a number: what it must not be below; empty for any
	most     string  // and above
	above    bool    // of a number: it must be above least
	dropped  bool    // it is checked and left out
}

// body reads a list of fields: "city0 email@! is_default? quantity# metadata{} tags[] data&" are a text that may be null, a
// required e-mail address, a flag, a number, a record, a list of texts and anything. "+" requires the text not to be empty,
// "%" is a number of units, of at least none or with ">" of more than none, and "~" is checked and left out.
func body(spec string) []field {
	out := []field{}
	for word := range strings.FieldsSeq(spec) {
		f := field{name: strings.TrimRight(word, "@!?#{}[]&0+~%>")}
		marks := word[len(f.name):]
		f.required, f.null = strings.Contains(marks, "!"), strings.Contains(marks, "0")
		f.filled, f.dropped = strings.Contains(marks, "+"), strings.Contains(marks, "~")
		if strings.Contains(marks, "%") {
			f.kind, f.least, f.above = bodyUnits, "0", strings.Contains(marks, ">")
		}
		for mark, kind := range map[string]fieldKind{"@": bodyEmail, "?": bodyFlag, "#": bodyNumber, "{}": bodyRecord, "[]": bodyTexts, "&": bodyAny} {
			if strings.Contains(marks, mark) {
				f.kind = kind
			}
		}
		out = append(out, f)
	}
	return out
}

// readBody reads the body of a request as the reference does: JSON or a form. Nil is a body of another kind, or none at
// all with a Content-Type of another kind; without any body it is an empty object.
func readBody(r *http.Request) (any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, model.Invalid.Errorf("request aborted")
	}
	if len(text) == 0 {
		return &object{}, nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil //nolint:nilnil // a body that nobody can read
	}
	switch kind {
	case "application/json":
		return parseJSON(text)
	case "application/x-www-form-urlencoded":
		return parseQuery(string(text))
	default:
		return nil, nil //nolint:nilnil // a body that nobody can read
	}
}

// parseJSON reads an object or a list; the reference takes nothing else for JSON.
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
		err = errors.New("Unexpected end of JSON input") //nolint:staticcheck // the reference's words, shown as they are
	}
	if err != nil {
		return nil, model.Invalid.Errorf("%v", err)
	}
	if bytes.Contains(text, []byte(`\u0000`)) {
		return nil, model.Invalid.Errorf("the body must not contain a NUL character")
	}
	return v, nil
}

// maxNesting is how deep a JSON body may be.
const maxNesting = 100

func readJSON(d *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errors.New("the body is nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := &object{}
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
				o.values[i] = v // the last one counts
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

// bindBody checks a body against its fields and returns it as a GraphQL input. Unless loose, further fields are an issue.
func bindBody(fields []field, v any) (map[string]any, error) {
	o, ok := v.(*object)
	if !ok {
		return nil, model.Invalid.Errorf("Invalid request: Field '' is required")
	}
	var wrong issues
	out := bindObject(fields, o, nil, false, &wrong)
	return out, wrong.err()
}

func bindObject(fields []field, o *object, path []string, loose bool, wrong *issues) map[string]any {
	out := map[string]any{}
	for i := range fields {
		f := &fields[i]
		at := slices.Concat(path, []string{f.name})
		n := o.find(f.name)
		if n < 0 {
			if f.required {
				wrong.required(at)
			}
			continue
		}
		v, ok := f.bind(o.values[n], at, wrong)
		if !ok || f.dropped {
			continue
		}
		if id, isID := v.(reference); isID {
			out[camel(f.name)+"Id"] = string(id)
			continue
		}
		out[camel(f.name)] = v
	}
	if loose {
		return out
	}
	var unknown []string
	for _, k := range o.keys {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == k }) {
			unknown = append(unknown, k)
		}
	}
	if len(unknown) > 0 {
		text := "Unrecognized fields: '%'"
		if len(path) > 0 {
			text = "Unrecognized fields: '" + strings.Join(path, ", ") + ", %'"
		}
		wrong.add(text, strings.Join(unknown, ", "))
	}
	return out
}

// bind checks a value and returns it as GraphQL takes it.
func (f *field) bind(v any, path []string, wrong *issues) (any, bool) {
	if v == nil && f.null || f.kind == bodyAny {
		return free(v), true
	}
	refuse := func() (any, bool) {
		if slices.ContainsFunc(path, isIndex) { // the reference does not find what is wrong within lists
			wrong.required(path)
			return nil, false
		}
		wrong.add("Expected type: '%' for field '%', got: '%'", kindNames[f.kind], strings.Join(path, ", "), shown(v))
		return nil, false
	}
	switch f.kind {
	case bodyText, bodyEmail:
		s, ok := v.(string)
		if !ok {
			return refuse()
		}
		if f.kind == bodyEmail {
			if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
				wrong.add("Invalid email address")
				return nil, false
			}
		}
		if f.filled && s == "" {
			wrong.add("Value for field '%' too small, expected at least: '1'", strings.Join(path, ", "))
			return nil, false
		}
		return s, true
	case bodyFlag:
		if b, ok := v.(bool); ok {
			return b, true
		}
	case bodyNumber:
		n, ok := v.(json.Number)
		if !ok {
			return refuse()
		}
		return f.number(n, path, wrong)
	case bodyUnits:
		n, ok := v.(json.Number)
		if !ok {
			return refuse()
		}
		if v, ok = f.number(n, path, wrong); !ok {
			return nil, false
		}
		return units(n, path, wrong)
	case bodyRef:
		return f.reference(v, path, wrong)
	case bodyRecord:
		if _, ok := v.(*object); ok {
			return free(v), true
		}
	case bodyObject:
		if o, ok := v.(*object); ok {
			return bindObject(f.of, o, path, f.loose, wrong), true
		}
	case bodyTexts, bodyList:
		if list, ok := v.([]any); ok {
			return f.list(list, path, wrong)
		}
	case bodyAny:
	}
	return refuse()
}

func isIndex(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (f *field) number(n json.Number, path []string, wrong *issues) (any, bool) {
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

// units rounds a number of units as the reference's column does.
func units(n json.Number, path []string, wrong *issues) (any, bool) {
	got, err := model.ParseAmount(n.String())
	if err != nil || got.GreaterThan(mostUnits) {
		wrong.add("Value for field '%' too large, expected at most: '%'", strings.Join(path, ", "), mostUnits.String())
		return nil, false
	}
	return json.Number(got.Round(0).String()), true
}

var mostUnits = model.NewAmount(math.MaxInt32).Decimal

// A reference is the id of a thing that was given in the place of the thing.
type reference string

// reference checks an object of further fields, or the id of one. What is wrong is told as of a union of types.
func (f *field) reference(v any, path []string, wrong *issues) (any, bool) {
	name := strings.Join(path, ", ")
	switch v := v.(type) {
	case string:
		return reference(v), true
	case *object:
		var within issues
		bound := bindObject(f.of, v, path, false, &within)
		if within.err() == nil {
			return bound, true
		}
		for n := range f.of {
			sub := &f.of[n]
			if at := v.find(sub.name); at >= 0 {
				var one issues
				if _, ok := sub.bind(v.values[at], path, &one); !ok {
					kind := kindNames[sub.kind]
					wrong.add("Expected type: '%, string' for field '%, %', got: '%'", kind, name, sub.name, shown(v.values[at]))
					return nil, false
				}
			}
		}
		wrong.add("Expected type: 'string' for field '%', got: '[object Object]'", name)
	default:
		wrong.add("Expected type: 'object, string' for field '%', got: '%'", name, shown(v))
	}
	return nil, false
}

func (f *field) list(list []any, path []string, wrong *issues) (any, bool) {
	out := []any{}
	for i, e := range list {
		at := slices.Concat(path, []string{strconv.Itoa(i)})
		one := field{kind: bodyText}
		if f.kind == bodyList {
			one = field{kind: bodyObject, of: f.of, loose: f.loose}
		}
		v, ok := one.bind(e, at, wrong)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// free is a value of free form, as GraphQL's JSON takes it.
func free(v any) any {
	switch v := v.(type) {
	case *object:
		out := make(map[string]any, len(v.keys))
		for i, k := range v.keys {
			out[k] = free(v.values[i])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = free(e)
		}
		return out
	default:
		return v
	}
}

// shown writes a value of a body as JavaScript does within a text.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			if e != nil {
				texts[i] = shown(e)
			}
		}
		return strings.Join(texts, ",")
	default:
		return show(v)
	}
}
