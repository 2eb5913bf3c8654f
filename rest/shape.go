package rest

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A shape is what a value of a body must be, where the reference's rules for it are alternatives within alternatives, whose faults it tells by the
// alternative that comes nearest. Bodies that are plain objects have fields instead.
type shape struct {
	kind    shapeKind
	words   []string // of wordShape
	members []member // of objectShape; there may be no others
	of      *shape   // of the elements of listShape and the values of recordShape
	either  []*shape // of eitherShape

	whole bool  // of numberShape
	least *edge // of a number, or of how long a text or a list is
	most  *edge
}

type edge struct {
	n     float64
	above bool // n itself is too small
}

// A member is one of an object. Unless it is required it may be left out.
type member struct {
	name     string
	required bool
	*shape
}

// A shapeKind is a kind of shapes. Those of one JSON type have the name that the reference has for it.
type shapeKind string

const (
	textShape   shapeKind = "string"
	numberShape shapeKind = "number"
	flagShape   shapeKind = "boolean"
	nullShape   shapeKind = "null"
	listShape   shapeKind = "array"
	objectShape shapeKind = "object"
	recordShape shapeKind = "record"
	wordShape   shapeKind = "one of the words"
	eitherShape shapeKind = "one of the shapes"
)

// absent is the value of a member that is left out.
type absent struct{}

// A fault is what is wrong at a path in a body.
type fault struct {
	code     faultCode
	path     []string
	expected string    // of wrongType, tooSmall and tooBig
	words    []string  // of wrongWord, and of unknownKeys the keys
	within   [][]fault // of noneOf: of each alternative
}

type faultCode int

const (
	wrongType faultCode = iota
	wrongWord
	unknownKeys
	noneOf
	tooSmall
	tooBig
)

// fatal reports whether the value is of another shape, and not only out of bounds.
func (f fault) fatal() bool { return f.code != tooSmall && f.code != tooBig }

// maxSafe is the largest number up to which JavaScript has all whole ones.
const maxSafe = 1<<53 - 1

// check returns what is wrong with a value.
func (s *shape) check(v any, path []string) []fault {
	if s.kind == eitherShape {
		return s.checkEither(v, path)
	}
	if s.kind == wordShape {
		if text, ok := v.(string); !ok || !slices.Contains(s.words, text) {
			return []fault{{code: wrongWord, path: path, words: s.words}}
		}
		return nil
	}
	if is := shapeOf(v); is != s.kind && (is != objectShape || s.kind != recordShape) {
		return []fault{{code: wrongType, path: path, expected: string(s.kind)}}
	}
	switch v := v.(type) {
	case string:
		return s.bounds(float64(len(v)), path)
	case json.Number:
		return s.checkNumber(v, path)
	case []any:
		var out []fault
		for i, e := range v {
			out = append(out, s.of.check(e, at(path, strconv.Itoa(i)))...)
		}
		return append(out, s.bounds(float64(len(v)), path)...)
	case *jsonObject:
		if s.kind == objectShape {
			return s.checkObject(v, path)
		}
		var out []fault
		for i, k := range v.keys {
			out = append(out, s.of.check(v.values[i], at(path, k))...)
		}
		return out
	}
	return nil
}

func at(path []string, name string) []string { return slices.Concat(path, []string{name}) }

// shapeOf is the kind of shapes that a value is of.
func shapeOf(v any) shapeKind {
	switch v := v.(type) {
	case nil:
		return nullShape
	case string:
		return textShape
	case bool:
		return flagShape
	case json.Number:
		if _, err := v.Float64(); err == nil {
			return numberShape
		}
	case []any:
		return listShape
	case *jsonObject:
		return objectShape
	}
	return ""
}

func (s *shape) checkNumber(v json.Number, path []string) []fault {
	n, _ := v.Float64() // its shape is checked
	var out []fault
	switch {
	case s.whole && n != math.Trunc(n):
		return []fault{{code: wrongType, path: path, expected: "int"}}
	case s.whole && n > maxSafe:
		out = []fault{{code: tooBig, path: path, expected: decimal(maxSafe)}}
	case s.whole && n < -maxSafe:
		out = []fault{{code: tooSmall, path: path, expected: decimal(-maxSafe)}}
	}
	return append(out, s.bounds(n, path)...)
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func (s *shape) bounds(n float64, path []string) []fault {
	var out []fault
	if b := s.least; b != nil && (n < b.n || b.above && n == b.n) {
		out = append(out, fault{code: tooSmall, path: path, expected: decimal(b.n)})
	}
	if b := s.most; b != nil && n > b.n {
		out = append(out, fault{code: tooBig, path: path, expected: decimal(b.n)})
	}
	return out
}

func (s *shape) checkObject(o *jsonObject, path []string) []fault {
	var out []fault
	for _, m := range s.members {
		switch i := o.find(m.name); {
		case i >= 0:
			out = append(out, m.check(o.values[i], at(path, m.name))...)
		case m.required:
			out = append(out, m.check(absent{}, at(path, m.name))...)
		}
	}
	var unknown []string
	for _, k := range o.keys {
		if !slices.ContainsFunc(s.members, func(m member) bool { return m.name == k }) {
			unknown = append(unknown, k)
		}
	}
	if unknown != nil {
		out = append(out, fault{code: unknownKeys, path: path, words: unknown})
	}
	return out
}

// checkEither returns what is wrong with the only alternative whose shape the value has, or else with all of them.
func (s *shape) checkEither(v any, path []string) []fault {
	all := make([][]fault, len(s.either))
	var near [][]fault
	for i, e := range s.either {
		if all[i] = e.check(v, path); len(all[i]) == 0 {
			return nil
		}
		if !slices.ContainsFunc(all[i], fault.fatal) {
			near = append(near, all[i])
		}
	}
	if len(near) == 1 {
		return near[0]
	}
	return []fault{{code: noneOf, path: path, within: all}}
}

// validate fails with what is wrong with a body, in the reference's words.
func (s *shape) validate(body any) error {
	var wrong issues
	for _, f := range s.check(body, nil) {
		switch where := strings.Join(f.path, ", "); f.code {
		case wrongType, wrongWord:
			wrong.add("%", nearest([]fault{f}, body))
		case unknownKeys:
			wrong.add("Unrecognized fields: '%'", strings.Join(f.words, ", "))
		case tooSmall:
			wrong.add("Value for field '%' too small, expected at least: '%'", where, f.expected)
		case tooBig:
			wrong.add("Value for field '%' too big, expected at most: '%'", where, f.expected)
		case noneOf:
			wrong.add("%", nearest(slices.Concat(f.within...), body))
		}
	}
	return wrong.err()
}

// nearest words the faults of alternatives as one: the types that were expected in all places where there is a value, and the first place; or else what
// is missing.
func nearest(faults []fault, body any) string {
	var expected, wrong []string
	var first *fault
	for i := range faults {
		f := &faults[i]
		if f.code == wrongType && first == nil {
			first = f
		}
		if f.code == wrongType && reach(body, f.path) != any(absent{}) {
			expected = append(expected, f.expected)
		}
		if (f.code == wrongType || f.code == wrongWord) && reach(body, f.path) == any(absent{}) && wrong == nil {
			wrong = append([]string{}, f.path...)
		}
	}
	switch {
	case expected != nil:
		got := "undefined"
		if v := reach(body, first.path); v != any(absent{}) {
			got = jsText(v)
		}
		return "Expected type: '" + strings.Join(expected, ", ") + "' for field '" + strings.Join(first.path, ", ") + "', got: '" + got + "'"
	case wrong != nil:
		return "Field '" + strings.Join(wrong, ", ") + "' is required"
	default:
		return "Invalid input"
	}
}

// reach returns the value at a path of a body. The reference does not find what is within lists, and so neither is it here.
func reach(v any, path []string) any {
	for _, name := range path {
		o, ok := v.(*jsonObject)
		if !ok {
			return absent{}
		}
		i := o.find(name)
		if i < 0 {
			return absent{}
		}
		v = o.values[i]
	}
	if _, ok := v.(*jsonObject); !ok && len(path) == 0 {
		return absent{}
	}
	return v
}

// errNoBody is the reference's answer to a body that is none of those that it reads.
var errNoBody = model.Invalid.Errorf("Invalid request: Field '' is required")
