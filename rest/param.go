package rest

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// page are the query parameters that lists take.
var page = fields{count("offset"), count("limit"), text("order"), flag("with_deleted").Exact().Dropped()}

// A bound is the checked value of a query parameter.
type bound struct {
	field *field
	value any // string, []string, isNull, bool, int, *comparisons, []bound of an object, or []any of filters
}

// isNull is the value of a parameter that finds what has no value.
type isNull struct{}

// comparisons are the operators given for an instant, in the reference's spelling, with their texts.
type comparisons struct {
	operators []string
	values    []any // string or []string
	none      bool  // one of them holds of nothing
}

// checkQuery checks the parameters of o, in the order of the fields. Unless lenient, further ones are an issue.
func checkQuery(fs fields, o *jsonObject, path []string, lenient bool, out *issues) []bound {
	var bs []bound
	for n := range fs {
		f := &fs[n]
		at := slices.Concat(path, []string{f.name})
		i := o.find(f.name)
		if i < 0 {
			if f.required {
				out.required(at)
			}
			continue
		}
		if v, ok := f.checkQuery(o.values[i], at, out); ok {
			bs = append(bs, bound{f, v})
		}
	}
	if !lenient {
		if unknown := fs.unknown(o.keys); len(unknown) > 0 {
			out.add("Unrecognized fields: '%'", strings.Join(unknown, ", "))
		}
	}
	return bs
}

// checkQuery checks the value of a query parameter, which is a text, a list or an object.
func (f *field) checkQuery(v any, path []string, out *issues) (any, bool) {
	s, isText := v.(string)
	if isText && slices.Contains(f.absent, s) {
		return nil, false
	}
	switch f.kind {
	case kindTexts:
		if s == "null" && f.null {
			return isNull{}, true
		}
		return checkTexts(v, path, out)
	case kindFlag:
		return f.checkFlag(v, path, out)
	case kindCount:
		n, ok := leadingInt(s)
		if !isText || !ok {
			out.wrongType(path, "number", v)
			return nil, false
		}
		if n < 0 {
			out.add("Value for field '%' too small, expected at least: '0'", strings.Join(path, ", "))
			return nil, false
		}
		return n, true
	case kindInstant:
		return f.checkInstant(v, path, out)
	case kindObject:
		o, ok := v.(*jsonObject)
		if !ok {
			out.wrongType(path, "object", v)
			return nil, false
		}
		return checkQuery(f.of, o, path, f.lenient, out), true
	case kindObjects:
		return f.checkFilters(v, path, out)
	default: // the other kinds do not occur in queries
		if !isText {
			out.wrongType(path, "string", v)
		}
		return s, isText
	}
}

func checkTexts(v any, path []string, out *issues) (any, bool) {
	if s, ok := v.(string); ok {
		return []string{s}, true
	}
	list, ok := listOfTexts(v)
	if !ok {
		expected := "string, array"
		if _, isList := v.([]any); isList {
			expected = "string, string"
		}
		out.wrongType(path, expected, v)
	}
	return list, ok
}

func (f *field) checkFlag(v any, path []string, out *issues) (any, bool) {
	s, isText := v.(string)
	expected := "boolean, string"
	if f.exact {
		expected = "boolean"
	} else {
		s = strings.ToLower(s)
	}
	switch {
	case s == "true":
		return true, true
	case s == "false":
		return false, true
	case isText && !f.exact:
		out.add("Invalid input")
	default:
		out.wrongType(path, expected, v)
	}
	return nil, false
}

// checkFilters checks a list of objects, each of which is a filter.
func (f *field) checkFilters(v any, path []string, out *issues) (any, bool) {
	list, ok := v.([]any)
	if !ok {
		out.wrongType(path, "array", v)
		return nil, false
	}
	var filters []any
	for i, e := range list {
		at := slices.Concat(path, []string{strconv.Itoa(i)})
		o, ok := e.(*jsonObject)
		if !ok {
			out.required(at)
			return nil, false
		}
		if one := filter(checkQuery(f.of, o, at, f.lenient, out)); len(one) > 0 {
			filters = append(filters, one)
		}
	}
	return filters, true
}

// filter returns the GraphQL filter input that bound parameters mean. An object or a list in which no parameter is known is left out,
// since it would narrow what is found: to products that have a variant, or to nothing.
func filter(bs []bound) map[string]any {
	out := map[string]any{}
	for _, b := range bs {
		name := cmp.Or(b.field.argument, camel(b.field.name))
		switch v := b.value.(type) {
		case isNull:
			out[name] = map[string]any{"isNull": true}
		case []string:
			out[name] = map[string]any{"in": v}
		case string, bool:
			out[name] = v
		case *comparisons:
			if v.none {
				out["id"] = map[string]any{"in": []string{}}
			}
			if len(v.operators) == 0 {
				continue
			}
			f := map[string]any{}
			for i, o := range v.operators {
				f[operators[o]] = v.values[i]
			}
			out[name] = f
		case []bound:
			if inner := filter(v); len(inner) > 0 {
				out[name] = inner
			}
		case []any:
			if len(v) > 0 {
				out[strings.TrimPrefix(b.field.name, "$")] = v
			}
		}
	}
	return out
}

// listOfTexts returns the texts of a list. Lists of lists and of objects are not.
func listOfTexts(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, len(list))
	for i, e := range list {
		if out[i], ok = e.(string); !ok {
			return nil, false
		}
	}
	return out, true
}

// leadingInt reads the integer that a text begins with, as JavaScript's parseInt does.
func leadingInt(s string) (int, bool) {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	s, negative := strings.CutPrefix(s, "-")
	if !negative {
		s = strings.TrimPrefix(s, "+")
	}
	base, digits := 10, "0123456789"
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		s, base, digits = hex, 16, "0123456789abcdef"
	}
	if end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(digits, r) }); end >= 0 {
		s = s[:end]
	}
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, base, 32)
	if err != nil {
		n = math.MaxInt32 // further than any list
	}
	if negative {
		n = -n
	}
	return int(n), true
}

// operators are the comparisons of instants, with their GraphQL names.
var operators = map[string]string{
	"$eq": "eq", "$ne": "ne", "$in": "in", "$nin": "nin", "$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte",
}

func (f *field) checkInstant(v any, path []string, out *issues) (any, bool) {
	c := &comparisons{}
	switch v := v.(type) {
	case string:
		return c, f.compare(c, "$in", []string{v}, path, out)
	case []any:
		list, ok := listOfTexts(v)
		if !ok {
			out.wrongType(path, "string, string", v)
			return nil, false
		}
		return c, f.compare(c, "$in", list, path, out)
	case *jsonObject:
		for i, operator := range v.keys {
			if operator == "$like" || operator == "$ilike" || operator == "$re" || operator == "$contains" {
				out.add("'%' cannot compare the time '%'", operator, strings.Join(path, ", "))
				return nil, false
			}
			if operators[operator] == "" {
				continue
			}
			at := slices.Concat(path, []string{operator})
			list, isList := listOfTexts(v.values[i])
			single, isText := v.values[i].(string)
			switch {
			case operator == "$in" || operator == "$nin":
				if !isList {
					out.wrongType(at, "array", v.values[i])
					return nil, false
				}
			case isText:
				list = []string{single}
			default:
				out.wrongType(at, "string", v.values[i])
				return nil, false
			}
			if !f.compare(c, operator, list, path, out) {
				return nil, false
			}
		}
	}
	return c, true
}

// compare adds a comparison with instants to c. The text "null" is no value: nothing that is shown lacks a time, unless it is never set.
func (f *field) compare(c *comparisons, operator string, list, path []string, out *issues) bool {
	null := slices.Contains(list, "null") && len(list) == 1
	switch {
	case len(list) == 1 && slices.Contains(f.absent, list[0]):
		return true
	case null && operator == "$ne" && !f.neverSet, null && (operator == "$eq" || operator == "$in") && f.neverSet:
		return true
	case null:
		c.none = true
		return true
	}
	at := make([]string, len(list))
	for i, s := range list {
		t, err := parseInstant(s)
		if err != nil {
			out.add("% for field '%'", err.Error(), strings.Join(path, ", "))
			return false
		}
		at[i] = t.UTC().Format(time.RFC3339Nano)
	}
	if f.neverSet {
		c.none = true
		return true
	}
	c.operators = append(c.operators, operator)
	if operator == "$in" || operator == "$nin" {
		c.values = append(c.values, at)
	} else {
		c.values = append(c.values, at[0])
	}
	return true
}

// camel turns a snake_case name into its camelCase twin.
func camel(s string) string {
	if !strings.ContainsRune(s, '_') {
		return s
	}
	b := make([]byte, 0, len(s))
	up := false
	for i := range len(s) {
		c := s[i]
		if c == '_' && i > 0 {
			up = true
			continue
		}
		if up && c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		up = false
		b = append(b, c)
	}
	return string(b)
}
