// Package ship decides which shipping options a cart can choose, which of its shipping methods it keeps when it changes, and whether
// they ship everything in it. Prices of options are calculated by package price or a fulfilment provider.
package ship

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// missing is the value that rules see of an attribute that is not known.
const missing = "undefined"

// Fits reports whether all rules hold for the attributes. A missing attribute has the value "undefined", as in the reference.
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

// holds reports whether the rule holds for v. The operators in and nin look for v in a list, or as a part of a string.
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

// compare compares two numbers or two times. It reports false for other texts.
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

// A Fate says whether a cart that has changed keeps a shipping method.
type Fate struct {
	Method *model.ShippingMethod
	Option *model.ShippingOption // whose name and price the method takes over; nil if the method is dropped
}

// Refresh returns the fate of each shipping method of a cart, in order. options are the options that the cart can still choose, by id.
// needed has the shipping profiles of the items in the cart as its keys. A method is dropped if its option is not among options or
// has no price, and, of several methods, if the option's profile is not needed.
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
