package promo

import (
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Rule is a condition: the attribute, a path with dots, compares to the values by the operator.
type Rule struct {
	Attribute string   `json:"attribute"`
	Operator  string   `json:"operator"` // eq, in, ne, gt, gte, lt, lte
	Values    []string `json:"values"`
}

// Attributes are what rules can refer to: a tree of JSON values, with json.Number or model.Amount for numbers. A path goes through
// all elements of a list.
type Attributes map[string]any

// Match reports whether all rules hold for the attributes. A rule without an attribute or without values does not. The path of a
// rule may begin with scope: with the scope items, the path items.sku is the attribute sku.
func Match(rules []Rule, a Attributes, scope string) bool {
	for _, r := range rules {
		path := r.Attribute
		if scope != "" {
			path = strings.Replace(path, scope+".", "", 1)
		}
		if r.Attribute == "" || len(r.Values) == 0 || !r.holds(a.values(path)) {
			return false
		}
	}
	return true
}

// missing is the value of a missing attribute. It equals no value and compares to none.
const missing = "\x00"

// values returns the values at the path: one value, missing, or all values of a list.
func (a Attributes) values(path string) []string {
	found := pick(map[string]any(a), strings.Split(path, "."))
	if list, ok := found.([]any); ok {
		out := make([]string, len(list))
		for i, v := range list {
			out[i] = text(v)
		}
		return out
	}
	return []string{text(found)}
}

func pick(v any, path []string) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, e := range v {
			found := pick(e, path)
			if list, ok := found.([]any); ok {
				out = append(out, list...)
				continue
			}
			out = append(out, found)
		}
		return out
	case map[string]any:
		if len(path) == 1 {
			return v[path[0]]
		}
		return pick(v[path[0]], path[1:])
	default:
		return nil
	}
}

// text returns a value as rules spell it.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	case interface{ String() string }: // a number
		return v.String()
	default:
		return missing
	}
}

// holds reports whether the rule holds for the values of its attribute: for any of them with the operator in, for each of them with
// the others. For an empty list only ne holds.
func (r Rule) holds(values []string) bool {
	among := func(v string) bool { return slices.Contains(r.Values, v) }
	if r.Operator == "in" {
		return slices.ContainsFunc(values, among)
	}
	if len(values) == 0 {
		return r.Operator == "ne"
	}
	for _, v := range values {
		var ok bool
		switch r.Operator {
		case "eq":
			ok = among(v)
		case "ne":
			ok = !among(v)
		default:
			ok = slices.ContainsFunc(r.Values, func(bound string) bool { return compares(v, r.Operator, bound) })
		}
		if !ok {
			return false
		}
	}
	return true
}

// compares reports whether two numbers compare by the operator. It reports false if either is not a number.
func compares(v, operator, bound string) bool {
	a, errA := model.ParseAmount(v)
	b, errB := model.ParseAmount(bound)
	if errA != nil || errB != nil {
		return false
	}
	switch c := a.Cmp(b.Decimal); operator {
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	case "lt":
		return c < 0
	case "lte":
		return c <= 0
	default:
		return false
	}
}
