package rest

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// Bounds on query strings, those of the reference's parser.
const (
	maxParameters = 1000
	maxBrackets   = 5
	maxIndex      = 20
)

// parseQuery reads a query string as the reference does: a=1&a=2 and a[]=1 and a[0]=1 make lists, a[b]=1 makes
// objects. Values are texts, lists ([]any) and objects (*jsonObject).
func parseQuery(raw string) (*jsonObject, error) {
	out := &jsonObject{}
	n := 0
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		if n++; n > maxParameters {
			return nil, model.Invalid.Errorf("the query string has more than %d parameters", maxParameters)
		}
		name, value, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(name)
		if err != nil {
			return nil, model.Invalid.Errorf("the query string is not properly encoded")
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, model.Invalid.Errorf("the query string is not properly encoded")
		}
		if err := model.CheckText("the query string", key+text); err != nil {
			return nil, err
		}
		out.put(brackets(key), text)
	}
	for i := range out.keys {
		out.values[i] = settle(out.values[i])
		// A list of one text is split at its commas.
		if list, ok := out.values[i].([]any); ok && len(list) == 1 {
			if s, ok := list[0].(string); ok {
				list = nil
				for t := range strings.SplitSeq(s, ",") {
					list = append(list, t)
				}
				out.values[i] = list
			}
		}
	}
	return out.dotted()
}

// dotted moves a.b=1 into a[b]=1.
func (o *jsonObject) dotted() (*jsonObject, error) {
	out := &jsonObject{}
	for i, k := range o.keys {
		parent, child, ok := strings.Cut(k, ".")
		if !ok {
			out.set(k, o.values[i])
			continue
		}
		if strings.Contains(child, ".") {
			return nil, model.Invalid.Errorf("Key accessor more than 2 levels deep: %s", k)
		}
		inner, ok := out.get(parent).(*jsonObject)
		if !ok {
			inner = &jsonObject{}
			out.set(parent, inner)
		}
		inner.set(child, o.values[i])
	}
	return out, nil
}

// A jsonObject is a JSON object that keeps the order of its keys.
type jsonObject struct {
	keys   []string
	values []any
}

func (o *jsonObject) find(key string) int {
	for i, k := range o.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// get returns the value of a key, or nil.
func (o *jsonObject) get(key string) any {
	if i := o.find(key); i >= 0 {
		return o.values[i]
	}
	return nil
}

func (o *jsonObject) set(key string, v any) {
	if i := o.find(key); i >= 0 {
		o.values[i] = v
		return
	}
	o.keys, o.values = append(o.keys, key), append(o.values, v)
}

// brackets splits a[b][] into a, b and the empty name. Brackets beyond the limit stay one name.
func brackets(key string) []string {
	open := strings.IndexByte(key, '[')
	if open <= 0 || !strings.HasSuffix(key, "]") {
		return []string{key}
	}
	names := []string{key[:open]}
	rest := key[open:]
	for len(rest) > 0 && rest[0] == '[' && len(names) <= maxBrackets {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			break
		}
		names = append(names, rest[1:end])
		rest = rest[end+1:]
	}
	if rest != "" {
		names = append(names, rest)
	}
	return names
}

// A multi collects values given without brackets or with empty ones, one or more times.
type multi struct {
	values []any
	list   bool // with brackets: a list even of one value
}

func (o *jsonObject) put(names []string, text string) {
	name := names[0]
	if len(names) == 1 || len(names) == 2 && names[1] == "" {
		switch have := o.get(name).(type) {
		case *multi:
			have.values = append(have.values, text)
			have.list = have.list || len(names) == 2
		case *jsonObject:
			have.set(text, "true")
		default:
			o.set(name, &multi{values: []any{text}, list: len(names) == 2})
		}
		return
	}
	inner, ok := o.get(name).(*jsonObject)
	if !ok {
		inner = &jsonObject{}
		if have, ok := o.get(name).(*multi); ok {
			for i, v := range have.values {
				inner.set(strconv.Itoa(i), v)
			}
		}
		o.set(name, inner)
	}
	inner.put(names[1:], text)
}

// settle turns collected values into their final form: objects whose keys are indices become lists.
func settle(v any) any {
	switch v := v.(type) {
	case *multi:
		if len(v.values) == 1 && !v.list {
			return v.values[0]
		}
		return v.values
	case *jsonObject:
		indices := len(v.keys) > 0
		for i, k := range v.keys {
			v.values[i] = settle(v.values[i])
			n, err := strconv.Atoi(k)
			indices = indices && err == nil && n >= 0 && n <= maxIndex
		}
		if !indices {
			return v
		}
		list := make([]any, 0, len(v.keys))
		for n := range maxIndex + 1 {
			if i := v.find(strconv.Itoa(n)); i >= 0 {
				list = append(list, v.values[i])
			}
		}
		return list
	default:
		return v
	}
}
