package docsearch

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Condition is a part of a filter, compiled for an index.
type Condition struct {
	Is    Test
	Of    []Condition // of And, Or and Not
	Field *Field      // of the others
	JSON  []byte      // of Contains: what the document has at least
	Than  string      // of Compare: the operator of SQL
	Value any         // of Compare and Like: a float64, a bool or a string
}

// A Test is what a condition tests.
type Test int

// The tests of conditions.
const (
	Never   Test = iota
	Unknown      // neither true nor false, as a comparison with nothing is
	And
	Or
	Not
	Contains
	Exists
	Compare
	Like
)

func not(c Condition) Condition { return Condition{Is: Not, Of: []Condition{c}} }

// groups are the members of a filter that hold further filters.
var groups = []string{"$and", "$or"}

// paths returns the paths of the fields in a filter, each once, in the order in which they come. It fails where a group is not one.
func paths(filter *object, into []string, depth int) ([]string, error) {
	if depth > model.MaxNesting {
		return nil, model.Invalid.Errorf("filters is nested more than %d levels deep", model.MaxNesting)
	}
	for i, key := range filter.keys {
		within, grouped, err := branches(key, filter.values[i])
		if err != nil {
			return nil, err
		}
		for _, b := range within {
			if into, err = paths(b, into, depth+1); err != nil {
				return nil, err
			}
		}
		if !grouped && !slices.Contains(into, key) {
			if into = append(into, key); len(into) > model.MaxConditions {
				return nil, model.Invalid.Errorf("filters must not have more than %d conditions", model.MaxConditions)
			}
		}
	}
	return into, nil
}

// branches returns the filters that a member of a filter holds, and whether it is a group.
func branches(key string, v any) ([]*object, bool, error) {
	if key == "$not" {
		o, ok := v.(*object)
		if !ok {
			return nil, true, model.Invalid.Errorf("$not must be a filter")
		}
		return []*object{o}, true, nil
	}
	if !slices.Contains(groups, key) {
		return nil, false, nil
	}
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, true, model.Invalid.Errorf("%s must be a list of filters", key)
	}
	out := make([]*object, len(list))
	for i, e := range list {
		if out[i], ok = e.(*object); !ok {
			return nil, true, model.Invalid.Errorf("%s must be a list of filters", key)
		}
	}
	return out, true, nil
}

// without returns a filter without the conditions on a field, and whether it had any.
func without(filter *object, field string) (*object, bool) {
	out, had := &object{}, false
	for i, key := range filter.keys {
		v := filter.values[i]
		if key == field {
			had = true
			continue
		}
		within, grouped, _ := branches(key, v)
		if !grouped {
			out.set(key, v)
			continue
		}
		kept := []any{}
		for _, b := range within {
			less, some := without(b, field)
			had = had || some
			if len(less.keys) > 0 {
				kept = append(kept, less)
			}
		}
		switch {
		case len(kept) == 0:
		case key == "$not":
			out.set(key, kept[0])
		default:
			out.set(key, kept)
		}
	}
	return out, had
}

// compile returns the conditions of a filter, all of which must be met; nil if there are none. conditions counts down.
func (x *Index) compile(filter *object, left *int) ([]Condition, error) {
	var out []Condition
	for i, key := range filter.keys {
		within, grouped, err := branches(key, filter.values[i])
		if err != nil {
			return nil, err
		}
		if !grouped {
			c, err := x.conditions(key, filter.values[i], left)
			if err != nil {
				return nil, err
			}
			out = append(out, c...)
			continue
		}
		var of []Condition
		for _, b := range within {
			all, err := x.compile(b, left)
			if err != nil {
				return nil, err
			}
			if len(all) > 0 {
				of = append(of, Condition{Is: And, Of: all})
			}
		}
		switch {
		case len(of) == 0:
		case key == "$or":
			out = append(out, Condition{Is: Or, Of: of})
		case key == "$not":
			out = append(out, not(of[0]))
		default:
			out = append(out, of...)
		}
	}
	return out, nil
}

// conditions returns what a filter demands of a field.
func (x *Index) conditions(path string, v any, left *int) ([]Condition, error) {
	f := x.byPath[path]
	if f == nil {
		return nil, model.NotAllowed.Errorf("Unknown filter field %q on the postgres search provider", path)
	}
	operators, ok := v.(*object)
	if !ok {
		c, err := f.anyOf(list(v), left)
		return []Condition{c}, err
	}
	var out []Condition
	for _, operator := range ordered(operators.keys) {
		if !strings.HasPrefix(operator, "$") {
			continue
		}
		operand, _ := operators.member(operator)
		c, err := f.condition(operator, operand, left)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, model.NotAllowed.Errorf("Empty operator map on filter field %q", path)
	}
	return out, nil
}

// inOrder are the operators in the order in which the reference looks at them.
var inOrder = []string{"$eq", "$ne", "$in", "$nin", "$lt", "$lte", "$gt", "$gte", "$exists", "$contains", "$overlaps", "$prefix", "$like"}

// ordered returns operators in the order in which the reference looks at them: as they come if one is unknown.
func ordered(operators []string) []string {
	var out []string
	for _, known := range inOrder {
		if slices.Contains(operators, known) {
			out = append(out, known)
		}
	}
	if len(out) < len(operators) {
		return operators
	}
	return out
}

// list is a value as a list, which it may be.
func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// comparisons are the operators of SQL by those of filters.
var comparisons = map[string]string{"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

func (f *Field) condition(operator string, v any, left *int) (Condition, error) {
	switch operator {
	case "$eq":
		return f.equals(v, left)
	case "$ne":
		c, err := f.equals(v, left)
		if v == nil {
			return Condition{Is: Exists, Field: f}, err
		}
		return not(c), err
	case "$in":
		return f.anyOf(list(v), left)
	case "$nin":
		c, err := f.anyOf(list(v), left)
		return not(c), err
	case "$gt", "$gte", "$lt", "$lte":
		return f.compare(comparisons[operator], v, left)
	case "$exists":
		c := Condition{Is: Exists, Field: f}
		if !truthy(v) {
			c = not(c)
		}
		return c, count(left)
	case "$contains":
		return f.contains(list(v), left)
	case "$overlaps":
		if !f.Array {
			return Condition{}, model.NotAllowed.Errorf("Operator %s on %q needs an array field", operator, f.Name)
		}
		return f.anyOf(list(v), left)
	case "$prefix", "$like":
		return f.like(operator, v, left)
	default:
		return Condition{}, model.NotAllowed.Errorf("The postgres search provider does not support operator %q on %q", operator, f.Name)
	}
}

// count takes a condition from those that are left.
func count(left *int) error {
	if *left--; *left < 0 {
		return model.Invalid.Errorf("filters must not have more than %d conditions", model.MaxConditions)
	}
	return nil
}

// cast returns a value as the index has values of the field, nil for null.
func (f *Field) cast(v any) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // null
	}
	switch f.Kind {
	case Number:
		n := asNumber(v)
		if math.IsNaN(n) {
			return nil, model.NotAllowed.Errorf("Cannot cast filter value for %q to a number", f.Name)
		}
		return n, nil
	case Boolean:
		switch v {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return truthy(v), nil
	default:
		text := asText(v)
		if len(text) > model.MaxFilterText {
			return nil, model.Invalid.Errorf("filters must not have texts of more than %d bytes", model.MaxFilterText)
		}
		return text, nil
	}
}

// equals is the condition that the field has a value, or is one; of null, that it has none.
func (f *Field) equals(v any, left *int) (Condition, error) {
	if err := count(left); err != nil {
		return Condition{}, err
	}
	value, err := f.cast(v)
	if err != nil {
		return Condition{}, err
	}
	if value == nil {
		return not(Condition{Is: Exists, Field: f}), nil
	}
	if f.Array {
		value = []any{value}
	}
	return f.holds(value)
}

func (f *Field) anyOf(values []any, left *int) (Condition, error) {
	if len(values) > model.MaxListed {
		return Condition{}, model.Invalid.Errorf("a filter must not have more than %d elements", model.MaxListed)
	}
	if err := count(left); err != nil {
		return Condition{}, err
	}
	free := len(values) // a list counts as one condition
	out := Condition{Is: Or}
	for _, v := range values {
		c, err := f.equals(v, &free)
		if err != nil {
			return out, err
		}
		out.Of = append(out.Of, c)
	}
	switch len(out.Of) {
	case 0:
		return Condition{Is: Never}, nil
	case 1:
		return out.Of[0], nil
	default:
		return out, nil
	}
}

func (f *Field) contains(values []any, left *int) (Condition, error) {
	if !f.Array {
		return Condition{}, model.NotAllowed.Errorf("Operator $contains on %q needs an array field", f.Name)
	}
	if len(values) > model.MaxListed {
		return Condition{}, model.Invalid.Errorf("a filter must not have more than %d elements", model.MaxListed)
	}
	if err := count(left); err != nil {
		return Condition{}, err
	}
	all := []any{}
	for _, v := range values {
		value, err := f.cast(v)
		if err != nil {
			return Condition{}, err
		}
		all = append(all, value)
	}
	return f.holds(all)
}

// holds is the condition that a document has a value at the field's path.
func (f *Field) holds(value any) (Condition, error) {
	for _, name := range slices.Backward(f.Path) {
		value = map[string]any{name: value}
	}
	text, err := json.Marshal(finite(value))
	return Condition{Is: Contains, Field: f, JSON: text}, err
}

// finite is a value as JavaScript writes it in JSON, which has no infinite numbers.
func finite(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = finite(e)
		}
	case []any:
		for i, e := range v {
			v[i] = finite(e)
		}
	case float64:
		if math.IsInf(v, 0) {
			return nil
		}
	}
	return v
}

func (f *Field) compare(than string, v any, left *int) (Condition, error) {
	if f.Array {
		return Condition{}, model.NotAllowed.Errorf("Operator %q is not supported on array field %q", than, f.Name)
	}
	if err := count(left); err != nil {
		return Condition{}, err
	}
	value, err := f.cast(v)
	if err != nil || value == nil {
		return Condition{Is: Unknown}, err
	}
	return Condition{Is: Compare, Field: f, Than: than, Value: value}, nil
}

func (f *Field) like(operator string, v any, left *int) (Condition, error) {
	if f.Array {
		return Condition{}, model.NotAllowed.Errorf("Operator %q is not supported on array field %q", operator, f.Name)
	}
	if err := count(left); err != nil {
		return Condition{}, err
	}
	pattern := asText(v)
	if operator == "$prefix" {
		pattern += "%"
	}
	if err := checkPattern(pattern); err != nil {
		return Condition{}, err
	}
	return Condition{Is: Like, Field: f, Value: pattern}, nil
}

// checkPattern fails on a pattern that Postgres would refuse: one whose last character escapes nothing.
func checkPattern(pattern string) error {
	if len(pattern) > model.MaxFilterText {
		return model.Invalid.Errorf("filters must not have texts of more than %d bytes", model.MaxFilterText)
	}
	if escapes := len(pattern) - len(strings.TrimRight(pattern, `\`)); escapes%2 == 1 {
		return model.Invalid.Errorf("a pattern must not end with a backslash that escapes nothing")
	}
	return nil
}
