package rest

import (
	"slices"
	"strconv"
	"strings"

	"storegraph/model"
)

// A kind is what a query parameter may be.
type kind uint8

const (
	text    kind = iota // one text
	texts               // a text or a list of texts, any of which may match
	flag                // true or false
	when                // an instant, a list of them or an object of comparisons
	within              // an object of further parameters
	number              // an integer, read as far as it is one
	boolean             // true or false, as a JSON boolean
	several             // a list of objects of further parameters
)

// A param is a query parameter. Its GraphQL name is its own in camelCase.
type param struct {
	name     string
	kind     kind
	required bool
	of       []param // of an object, or of the objects of a list
	nothing  bool    // no thing that is shown has such a value: a filter on it finds nothing
	null     bool    // the text null stands for nothing at all
	argument bool    // it is the field's argument of its name, rather than a part of the filter
}

// params reads a list of parameters: "q id* is_giftcard? created_at~" are a text, texts, a flag and an instant. A "!"
// requires the parameter, "0" lets the text null stand for nothing, and "=" makes it an argument of the GraphQL field.
func params(spec string) []param {
	var out []param
	for word := range strings.FieldsSeq(spec) {
		p := param{name: word}
		for p.name != "" {
			switch p.name[len(p.name)-1] {
			case '*':
				p.kind = texts
			case '?':
				p.kind = flag
			case '~':
				p.kind = when
			case '!':
				p.required = true
			case '0':
				p.null = true
			case '=':
				p.argument = true
			default:
				goto done
			}
			p.name = p.name[:len(p.name)-1]
		}
	done:
		p.nothing = p.name == "deleted_at"
		out = append(out, p)
	}
	return out
}

// find are the parameters that lists share.
var find = []param{
	{name: "fields", kind: text},
	{name: "offset", kind: number},
	{name: "limit", kind: number},
	{name: "order", kind: text},
	{name: "with_deleted", kind: boolean},
}

// retrieve are the parameters that single things share.
var retrieve = []param{{name: "fields", kind: text}}

// issues collects what is wrong with a request, in the reference's words.
type issues []string

func (i *issues) add(format string, args ...string) {
	for _, a := range args {
		format = strings.Replace(format, "%", a, 1)
	}
	*i = append(*i, format)
}

// err returns the first three issues as one error, or nil.
func (i issues) err() error {
	if len(i) == 0 {
		return nil
	}
	return model.Invalid.Errorf("Invalid request: %s", strings.Join(i[:min(3, len(i))], "; "))
}

func (i *issues) wrongType(path []string, expected string, got any) {
	i.add("Expected type: '%' for field '%', got: '%'", expected, strings.Join(path, ", "), show(got))
}

func (i *issues) required(path []string) {
	i.add("Field '%' is required", strings.Join(path, ", "))
}

// A bound is the checked value of a parameter.
type bound struct {
	param *param
	value any // string, []string, bool, int, *comparisons, []bound
}

// comparisons are the operators given for an instant, in the reference's spelling, with their texts.
type comparisons struct {
	operators []string
	values    []any // string or []string
}

// check checks the parameters of o, in the order of ps. Unless loose, further ones are an issue.
func check(ps []param, o *object, path []string, loose bool, out *issues) []bound {
	var bs []bound
	for n := range ps {
		p := &ps[n]
		at := slices.Concat(path, []string{p.name})
		i := o.find(p.name)
		if i < 0 {
			if p.required {
				out.required(at)
			}
			continue
		}
		if v, ok := p.check(o.values[i], at, out); ok {
			bs = append(bs, bound{p, v})
		}
	}
	if loose {
		return bs
	}
	var unknown []string
	for _, k := range o.keys {
		known := false
		for n := range ps {
			known = known || ps[n].name == k
		}
		if !known {
			unknown = append(unknown, k)
		}
	}
	if len(unknown) > 0 {
		out.add("Unrecognized fields: '%'", strings.Join(unknown, ", "))
	}
	return bs
}

func (p *param) check(v any, path []string, out *issues) (any, bool) {
	s, isText := v.(string)
	switch p.kind {
	case text:
		if !isText {
			out.wrongType(path, "string", v)
			return nil, false
		}
		return s, true
	case texts:
		if isText {
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
	case flag:
		if !isText {
			out.wrongType(path, "boolean, string", v)
			return nil, false
		}
		switch strings.ToLower(s) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		out.add("Invalid input")
		return nil, false
	case boolean:
		switch s {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		out.wrongType(path, "boolean", v)
		return nil, false
	case number:
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
	case when:
		return checkTime(v, path, out)
	case within:
		o, ok := v.(*object)
		if !ok {
			out.wrongType(path, "object", v)
			return nil, false
		}
		return check(p.of, o, path, true, out), true
	case several:
		list, ok := v.([]any)
		if !ok {
			out.wrongType(path, "array", v)
			return nil, false
		}
		var filters []any
		for i, e := range list {
			at := slices.Concat(path, []string{strconv.Itoa(i)})
			o, ok := e.(*object)
			if !ok {
				out.wrongType(at, "object", e)
				return nil, false
			}
			filters = append(filters, filter(check(p.of, o, at, true, out)))
		}
		return filters, true
	}
	return nil, false
}

// grouped adds $and and $or, whose objects take the same parameters.
func grouped(ps []param) []param {
	return append(slices.Clip(ps), param{name: "$and", kind: several, of: ps}, param{name: "$or", kind: several, of: ps})
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

func checkTime(v any, path []string, out *issues) (any, bool) {
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
	case *object:
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

// filter returns the GraphQL filter input that bound parameters mean.
func filter(bs []bound) map[string]any {
	out := map[string]any{}
	for _, b := range bs {
		name := camel(b.param.name)
		if b.param.nothing {
			if c, ok := b.value.(*comparisons); ok && len(c.operators) > 0 {
				out["id"] = map[string]any{"in": []string{}}
			}
			continue
		}
		switch v := b.value.(type) {
		case []string:
			if b.param.null && len(v) == 1 && v[0] == "null" {
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
			out[strings.TrimPrefix(b.param.name, "$")] = v
		}
	}
	return out
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
