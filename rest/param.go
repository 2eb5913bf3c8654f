package rest

import (
	"slices"
	"strconv"
	"strings"

	"storegraph/model"
)

// page are the query parameters that lists take.
var page = fields{count("offset"), count("limit"), text("order"), flag("with_deleted").Exact().Dropped()}

// A bound is the checked value of a query parameter.
type bound struct {
	field *field
	value any // string, []string, bool, int, *comparisons, []bound of an object, or []any of filters
}

// comparisons are the operators given for an instant, in the reference's spelling, with their texts.
type comparisons struct {
	operators []string
	values    []any // string or []string
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
	switch f.kind {
	case kindTexts:
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
		return checkInstant(v, path, out)
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
			out.wrongType(at, "object", e)
			return nil, false
		}
		filters = append(filters, filter(checkQuery(f.of, o, at, f.lenient, out)))
	}
	return filters, true
}

// filter returns the GraphQL filter input that bound parameters mean.
func filter(bs []bound) map[string]any {
	out := map[string]any{}
	for _, b := range bs {
		name := camel(b.field.name)
		if b.field.neverSet {
			if c, ok := b.value.(*comparisons); ok && len(c.operators) > 0 {
				out["id"] = map[string]any{"in": []string{}}
			}
			continue
		}
		switch v := b.value.(type) {
		case []string:
			if b.field.null && len(v) == 1 && v[0] == "null" {
				out[name] = map[string]any{"isNull": true}
				continue
			}
			out[name] = map[string]any{"in": v}
		case string, bool:
			out[name] = v
		case *comparisons:
			if len(v.operators) == 0 {
				continue
			}
			f := map[string]any{}
			for i, o := range v.operators {
				f[operators[o]] = v.values[i]
			}
			out[name] = f
		case []bound:
			out[name] = filter(v)
		case []any:
			out[strings.TrimPrefix(b.field.name, "$")] = v
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
	s = strings.TrimLeft(s, " \t\n\r")
	end := 0
	if end < len(s) && (s[end] == '-' || s[end] == '+') {
		end++
	}
	digits := end
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == digits {
		return 0, false
	}
	n, err := strconv.ParseInt(s[:end], 10, 32)
	if err != nil {
		n = 1<<31 - 1 // further than any list
		if s[0] == '-' {
			n = -n
		}
	}
	return int(n), true
}

// operators are the comparisons of instants, with their GraphQL names.
var operators = map[string]string{
	"$eq": "eq", "$ne": "ne", "$in": "in", "$nin": "nin", "$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte",
}

func checkInstant(v any, path []string, out *issues) (any, bool) {
	c := &comparisons{}
	switch v := v.(type) {
	case string:
		c.operators, c.values = []string{"$in"}, []any{[]string{v}}
	case []any:
		list, ok := listOfTexts(v)
		if !ok {
			out.wrongType(path, "string, string", v)
			return nil, false
		}
		c.operators, c.values = []string{"$in"}, []any{list}
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
				if isText {
					list, isList = []string{single}, true
				}
				if !isList {
					out.wrongType(at, "array", v.values[i])
					return nil, false
				}
				c.operators, c.values = append(c.operators, operator), append(c.values, list)
			case isText:
				c.operators, c.values = append(c.operators, operator), append(c.values, single)
			default:
				out.wrongType(at, "string", v.values[i])
				return nil, false
			}
		}
	}
	for i := range c.values {
		for _, t := range textsIn(c.values[i]) {
			if _, err := model.ParseTime(t); err != nil {
				out.add("% for field '%'", err.Error(), strings.Join(path, ", "))
				return nil, false
			}
		}
	}
	return c, true
}

func textsIn(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	list, _ := v.([]string)
	return list
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
