package compare

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// orderText says of which lists the order is compared, and why of others it is not; the scripts that record the answers
// read it too.
//
//go:embed order.json
var orderText []byte

// A Rule is about a nested list whose order the reference determines, although that of others with its name is not.
type Rule struct {
	Path    pattern // of the list, its indices left out
	Query   pattern // of the request, if only some have that order
	Order   string  // what the order is
	Differs string  // what ours is, if it differs still; then the content is compared
}

type pattern struct{ *regexp.Regexp }

func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.Regexp, err = regexp.Compile(string(text))
	return err
}

// order is what orderText says.
var order = func() (o struct {
	Undetermined []struct{ Lists []string }
	Determined   []Rule
},
) {
	if err := json.Unmarshal(orderText, &o); err != nil {
		panic(err) // it is compiled in
	}
	return o
}()

var index = regexp.MustCompile(`\[\d+\]`)

// orderOf returns whether the reference determines the order of a list, and the rule by which it does, if there is one. It
// does so of a list at the top, and of those below unless their name is among the undetermined.
func orderOf(path, query string) (determined bool, by *Rule) {
	path = index.ReplaceAllString(path, "[]")
	for i := range order.Determined {
		r := &order.Determined[i]
		if r.Path.MatchString(path) && (r.Query.Regexp == nil || r.Query.MatchString(query)) {
			return true, r
		}
	}
	name := path[strings.LastIndex(path, ".")+1:]
	if path == "$."+name {
		return true, nil
	}
	for _, u := range order.Undetermined {
		if slices.Contains(u.Lists, name) {
			return false, nil
		}
	}
	return true, nil
}

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z_]*_[0-9A-HJKMNP-TV-Z]{26}$`)
	uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	isoForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$`)
	jwtForm  = regexp.MustCompile(`^ey[\w-]+\.ey[\w-]+\.[\w-]*$`)
	token    = regexp.MustCompile(`ey[\w-]+\.ey[\w-]+\.[\w-]*|\b[0-9a-f]{64}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)|\b[a-z][a-z_]*_[0-9A-HJKMNP-TV-Z]{26}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
)

// A Comparer compares answers of one run. Ids made during the run correspond one to one.
type Comparer struct {
	Query  string           // of the request
	Orders map[*Rule][]bool // whether lists whose order differs still have had the right one
	Diffs  []Difference     // of the answers compared so far
	// NameOrder has a list with the right elements in another order be one difference, not one for each place in it.
	NameOrder bool

	fwd, rev map[string]string
	cut      time.Time
}

// New returns a Comparer of answers in which what was made after cut may differ by its id and time.
func New(cut time.Time) *Comparer {
	return &Comparer{fwd: map[string]string{}, rev: map[string]string{}, cut: cut, Orders: map[*Rule][]bool{}}
}

// A Difference is a place in which two answers differ.
type Difference struct {
	Path      string // $.products[0].title
	Want, Got any
	Kind      Kind
}

// A Kind is how two answers differ.
type Kind string

// The kinds of differences.
const (
	Missing Kind = "missing" // what is wanted is not there
	Extra   Kind = "extra"   // what is there is not wanted
	Type    Kind = "type"    // values of different types
	Length  Kind = "length"  // lists of different lengths
	Value   Kind = "value"
	Order   Kind = "order" // lists with the same elements in another order
)

func (d Difference) String() string {
	switch d.Kind {
	case Missing:
		return fmt.Sprintf("%s: got nothing, want %.200v", d.Path, d.Want)
	case Extra:
		return fmt.Sprintf("%s: got %.200v, want nothing", d.Path, d.Got)
	default:
		return fmt.Sprintf("%s: got %.200v, want %.200v", d.Path, d.Got, d.Want)
	}
}

// Note adds a difference.
func (c *Comparer) Note(kind Kind, path string, want, got any) {
	c.Diffs = append(c.Diffs, Difference{path, want, got, kind})
}

// Walk compares two decoded JSON values.
func (c *Comparer) Walk(want, got any) { c.walk(want, got, "$", nil) }

// sameOrder reports whether two lists have the same elements in the same order.
func (c *Comparer) sameOrder(want, got []any) bool {
	inner := Comparer{fwd: maps.Clone(c.fwd), rev: maps.Clone(c.rev), cut: c.cut, Query: c.Query, Orders: map[*Rule][]bool{}}
	for i := range want {
		inner.walk(want[i], got[i], "$[]", nil)
	}
	return len(inner.Diffs) == 0
}

// Differences returns where two decoded JSON values of one database differ.
func Differences(want, got any) []Difference {
	c := New(time.Now())
	c.Walk(want, got)
	return c.Diffs
}

func (c *Comparer) diff(path string, want, got any) {
	kind := Value
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		kind = Type
	}
	c.Note(kind, path, want, got)
}

// seededOrders is how many orders the recorded shop has.
const seededOrders = 29

func (c *Comparer) walk(want, got any, path string, parent map[string]any) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			c.diff(path, want, got)
			return
		}
		for _, k := range slices.Sorted(maps.Keys(w)) {
			if v, ok := g[k]; ok {
				c.walk(w[k], v, path+"."+k, w)
			} else {
				c.Note(Missing, path+"."+k, w[k], nil)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(g)) {
			if _, ok := w[k]; !ok {
				c.Note(Extra, path+"."+k, nil, g[k])
			}
		}
	case []any:
		c.list(w, got, path)
	case float64:
		if key := path[strings.LastIndex(path, ".")+1:]; key == "iat" || key == "exp" || key == "nbf" {
			return
		}
		g, ok := got.(float64)
		// The number of an order or a return that was made meanwhile can be any new one.
		if strings.HasSuffix(path, ".return.display_id") && ok && g > 0 || strings.HasSuffix(path, ".display_id") && w > seededOrders && g > seededOrders {
			return
		}
		if !ok || math.Abs(w-g) > 1e-9*math.Max(1, math.Max(math.Abs(w), math.Abs(g))) {
			c.diff(path, want, got)
		}
	case string:
		g, ok := got.(string)
		if ok && parent["precision"] != nil && strings.HasSuffix(path, ".value") && w != g {
			var a, b float64
			_, errA := fmt.Sscan(w, &a)
			_, errB := fmt.Sscan(g, &b)
			ok = errA == nil && errB == nil && math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(a))
			if ok {
				return
			}
		}
		if !ok || !c.text(w, g) {
			c.diff(path, want, got)
		}
	default:
		if want != got {
			c.diff(path, want, got)
		}
	}
}

// list compares a list, in order if the reference determines it and by content otherwise.
func (c *Comparer) list(w []any, got any, path string) {
	g, ok := got.([]any)
	switch {
	case !ok:
		c.diff(path, w, got)
		return
	case len(g) != len(w):
		c.Note(Length, path, w, g)
		return
	}
	determined, by := orderOf(path, c.Query)
	if by != nil && by.Differs != "" && len(w) > 1 {
		c.Orders[by] = append(c.Orders[by], c.sameOrder(w, g))
		determined = false
	}
	if c.NameOrder && determined && len(w) > 1 && !c.sameOrder(w, g) && c.sameOrder(c.sorted(w, c.fwd, false), c.sorted(g, c.rev, true)) {
		c.Note(Order, path, w, g)
		return
	}
	if !determined {
		w, g = c.sorted(w, c.fwd, false), c.sorted(g, c.rev, true)
	}
	for i := range w {
		c.walk(w[i], g[i], fmt.Sprintf("%s[%d]", path, i), nil)
	}
}

// sorted sorts a list by the canonical text of its elements, in which what differs between runs is masked.
func (c *Comparer) sorted(list []any, known map[string]string, actual bool) []any {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b any) int { return strings.Compare(c.canon(a, known, actual), c.canon(b, known, actual)) })
	return out
}

func (c *Comparer) canon(v any, known map[string]string, actual bool) string {
	switch v := v.(type) {
	case map[string]any:
		var b strings.Builder
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !strings.HasPrefix(k, "raw_") && k != "display_id" {
				b.WriteString(k + ":" + c.canon(v[k], known, actual) + ",")
			}
		}
		return b.String()
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			texts[i] = c.canon(e, known, actual)
		}
		slices.Sort(texts)
		return strings.Join(texts, ",")
	case float64:
		return fmt.Sprintf("%.9g", v)
	case string:
		return token.ReplaceAllStringFunc(v, func(t string) string {
			if idForm.MatchString(t) && c.seeded(t) {
				return t
			}
			if k, ok := known[t]; ok {
				if actual {
					return t
				}
				return k
			}
			return "*"
		})
	default:
		return fmt.Sprint(v)
	}
}

func (c *Comparer) text(want, got string) bool {
	for _, parser := range []string{"JSON at position", "is not valid JSON", "end of JSON input"} {
		if strings.Contains(want, parser) {
			return got != ""
		}
	}
	w, g := token.FindAllString(want, -1), token.FindAllString(got, -1)
	if len(w) != len(g) || token.ReplaceAllString(want, "*") != token.ReplaceAllString(got, "*") {
		return false
	}
	for i := range w {
		if !c.token(w[i], g[i]) {
			return false
		}
	}
	return true
}

func (c *Comparer) token(want, got string) bool {
	switch {
	case jwtForm.MatchString(want):
		return jwtForm.MatchString(got) && c.claims(want, got)
	case isoForm.MatchString(want):
		at, err := time.Parse(time.RFC3339, want)
		if err != nil || !at.After(c.cut) || at.After(c.cut.AddDate(50, 0, 0)) {
			return want == got
		}
		return isoForm.MatchString(got) && len(want) == len(got)
	case idForm.MatchString(want):
		if !idForm.MatchString(got) || want[:strings.LastIndex(want, "_")] != got[:strings.LastIndex(got, "_")] {
			return false
		}
		return c.seeded(want) && want == got || !c.seeded(want) && c.pair(want, got)
	case uuidForm.MatchString(want):
		return uuidForm.MatchString(got) && c.pair(want, got)
	default:
		return len(got) == len(want)
	}
}

func (c *Comparer) pair(want, got string) bool {
	if _, ok := c.fwd[want]; !ok && c.rev[got] == "" {
		c.fwd[want], c.rev[got] = got, want
	}
	return c.fwd[want] == got && c.rev[got] == want
}

// seeded reports whether the time in a ULID is that of the recorded shop's making.
func (c *Comparer) seeded(id string) bool {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var ms int64
	for _, r := range id[strings.LastIndex(id, "_")+1:][:10] {
		ms = ms*32 + int64(strings.IndexRune(alphabet, r))
	}
	return ms <= c.cut.UnixMilli()
}

func (c *Comparer) claims(want, got string) bool {
	read := func(jwt string) map[string]any {
		var out map[string]any
		j, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
		if err != nil || json.Unmarshal(j, &out) != nil {
			return nil
		}
		for _, k := range []string{"iat", "exp", "jti", "nbf"} {
			if _, ok := out[k]; ok {
				out[k] = "set"
			}
		}
		return out
	}
	inner := Comparer{fwd: c.fwd, rev: c.rev, cut: c.cut, Orders: c.Orders}
	inner.walk(read(want), read(got), "$", nil)
	return len(inner.Diffs) == 0
}
