package promo

import (
	"slices"
	"strings"

	"storegraph/model"
)

// A Rule is a condition: the attribute, a dotted path, stands in relation to the values.
type Rule struct {
	Attribute string   `json:"attribute"`
	Operator  string   `json:"operator"` // eq, in, ne, gt, gte, lt, lte
	Values    []string `json:"values"`
}

// Attributes are what rules can ask for: a tree of JSON values, numbers as json.Number. A path leads through lists to all
// of their elements.
type Attributes map[string]any

// Match reports whether all rules hold for the attributes. The word scope may stand before a rule's path: items.sku asks
// for the sku of an item.
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

// missing is the value of an attribute that is not there. It equals nothing and is neither more nor less than anything.
const missing = "\x00"

// values returns what the path leads to: one value or missing, or however many a list holds.
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

// text is a value as rules spell it.
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

// holds reports whether the values of an attribute stand in the rule's relation: each of them, or with in any of them.
// Of an attribute without any value, only ne holds.
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

// compares reports whether two numbers stand in the relation; what is no number stands in none.
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
