// Package ship decides which shipping options a cart can have, and what becomes of the shipping methods that it chose. It
// calculates no price: that is for package price, or for a fulfilment provider.
package ship

import (
	"encoding/json"
	"slices"
	"strings"

	"storegraph/model"
)

// missing is how an attribute that nobody knows reads in a rule.
const missing = "undefined"

// Fits reports whether all rules hold for the attributes. One that is not there has the value undefined.
func Fits(rules []model.ShippingOptionRule, attributes map[string]string) bool {
	for _, r := range rules {
		v, ok := attributes[r.Attribute]
		if !ok {
			v = missing
		}
		if !holds(v, r) {
			return false
		}
	}
	return true
}

// holds reports whether v stands in the rule's relation to its value. With in and nin a text holds the texts within it, and
// a list its elements.
func holds(v string, r model.ShippingOptionRule) bool {
	switch r.Operator {
	case "in":
		return among(v, r.Value)
	case "nin":
		return !among(v, r.Value)
	}
	var value any
	if err := json.Unmarshal(r.Value, &value); err != nil {
		return false
	}
	text, isText := value.(string)
	switch r.Operator {
	case "eq":
		return isText && text == v
	case "ne":
		return !isText || text != v
	}
	if !isText {
		text = string(r.Value)
	}
	order, ok := compare(v, text)
	switch r.Operator {
	case "gt":
		return ok && order > 0
	case "gte":
		return ok && order >= 0
	case "lt":
		return ok && order < 0
	case "lte":
		return ok && order <= 0
	default:
		return false
	}
}

func among(v string, value model.JSON) bool {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strings.Contains(text, v)
	}
	var list []any
	return json.Unmarshal(value, &list) == nil && slices.Contains(list, any(v))
}

// compare orders two numbers or two times; other texts have no order.
func compare(a, b string) (order int, ok bool) {
	x, errX := model.ParseAmount(a)
	y, errY := model.ParseAmount(b)
	if errX == nil && errY == nil {
		return x.Cmp(y.Decimal), true
	}
	if errX == nil || errY == nil {
		return 0, false
	}
	t, errT := model.ParseTime(a)
	u, errU := model.ParseTime(b)
	return t.Compare(u.Time), errT == nil && errU == nil
}

// A Fate is what becomes of a shipping method after its cart has changed.
type Fate struct {
	Method *model.ShippingMethod
	Option *model.ShippingOption // whose name and price the method takes over; nil: the method is dropped
}

// Refresh decides about each of the methods of a cart, whose options it can still have are given by id. A method is dropped if
// its option does not fit any more or has no price; and, where there are several methods, if its profile is none of those that
// goods in the cart need, which are named by the keys of needed.
func Refresh(methods []*model.ShippingMethod, options map[string]*model.ShippingOption, needed map[string]bool) []Fate {
	out := make([]Fate, len(methods))
	for i, m := range methods {
		out[i] = Fate{Method: m}
		if m.ShippingOptionID == nil {
			continue
		}
		o := options[*m.ShippingOptionID]
		if o == nil || o.Amount == nil {
			continue
		}
		if p := o.ShippingProfileID; len(methods) > 1 && p != nil && *p != "" && !needed[*p] {
			continue
		}
		out[i].Option = o
	}
	return out
}
