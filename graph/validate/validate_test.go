package validate_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/storegraph/storegraph/graph/validate"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
interface Node { id: ID! label(in: In, n: Int): String peer: Node }
input In { a: Int b: String in: In list: [Int!] }
enum Color { RED GREEN }
type Dog implements Node { id: ID! label(in: In, n: Int): String peer: Dog name: String! size: Int friend: Dog friends: [Dog!]! any: Pet color: Color }
type Cat implements Node { id: ID! label(in: In, n: Int): String peer: Node name: String size: Float friend: Cat friends: [Cat!] any: Pet }
union Pet = Dog | Cat
type Query { dog(id: ID, in: In): Dog! cat: Cat node(id: ID): Node pet: Pet self: Query! values(list: [[Int]], color: Color): String }
`})

func parse(t testing.TB, text string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 15_000)
	if err != nil {
		t.Fatalf("%.300s: %v", text, err)
	}
	return doc
}

func check(t testing.TB, text string) error {
	t.Helper()
	return validate.Document(schema, parse(t, text), true)
}

// theirs returns what gqlparser finds, of the fields that overlap and otherwise.
func theirs(t testing.TB, text string) (overlaps, others gqlerror.List) {
	t.Helper()
	for _, e := range validator.ValidateWithRules(schema, parse(t, text), nil) {
		if e.Rule == rules.OverlappingFieldsCanBeMergedRule.Name {
			overlaps = append(overlaps, e)
		} else {
			others = append(others, e)
		}
	}
	return overlaps, others
}

func TestOverlaps(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, says string }{
		"the same":                       {`{dog{name name}}`, ""},
		"another field":                  {`{dog{name name: size}}`, `Fields "dog" conflict because subfields "name" conflict because "name" and "size" are different fields. Use different aliases`},
		"another argument":               {`{node(id:1){id} node(id:2){id}}`, "differing arguments"},
		"one argument more":              {`{node(id:1){id} node{id}}`, "differing arguments"},
		"the same, in another order":     {`{dog(id:1,in:{a:1,b:"x"}){id} dog(in:{b:"x",a:1},id:1){id}}`, ""},
		"another value far inside":       {`{dog(in:{in:{list:[1,2]}}){id} dog(in:{in:{list:[2,1]}}){id}}`, "differing arguments"},
		"a text and a name":              {`query($a:String){dog(in:{b:"a"}){id} dog(in:{b:$a}){id}}`, "differing arguments"},
		"of two objects":                 {`{pet{...on Dog{x:name} ...on Cat{x:id}}}`, `conflicting types`},
		"of two objects, nullable":       {`{pet{...on Dog{name} ...on Cat{name}}}`, `conflicting types "String!" and "String"`},
		"of two objects, other fields":   {`{pet{...on Dog{x:id} ...on Cat{y:name x:id}}}`, ""},
		"of two objects, other numbers":  {`{pet{...on Dog{size} ...on Cat{size}}}`, `conflicting types "Int" and "Float"`},
		"of two objects, a list":         {`{pet{...on Dog{x:friend{id}} ...on Cat{x:friends{id}}}}`, "conflicting types"},
		"of two objects, below":          {`{pet{...on Dog{friend{x:size}} ...on Cat{friend{x:id}}}}`, `subfields "friend" conflict because subfields "x"`},
		"of two objects, arguments":      {`{pet{...on Dog{label(n:1)} ...on Cat{label(n:2)}}}`, ""},
		"of an object and an interface":  {`{node{...on Dog{label(n:1)} label(n:2)}}`, "differing arguments"},
		"of an interface and one of two": {`{node{...on Dog{label(n:1)} ...on Cat{label(n:2)} label(n:1)}}`, "differing arguments"},
		"far below one of two":           {`{node{...on Dog{peer{peer{label(n:1)}}} ...on Cat{peer{peer{label}}} peer{peer{label}}}}`, "differing arguments"},
		"in a fragment":                  {`{dog{...f name: size}} fragment f on Dog{name}`, "different fields"},
		"in two fragments":               {`{dog{...f ...g}} fragment f on Dog{x:name} fragment g on Dog{x:size}`, "different fields"},
		"in a fragment of a fragment":    {`{dog{...f friend{x:name}}} fragment f on Dog{...g} fragment g on Dog{friend{...h}} fragment h on Dog{x:id}`, "different fields"},
		"the same fragment, twice":       {`{dog{...f ...f friend{...f}}} fragment f on Dog{name label(n:1)}`, ""},
		"in the second operation":        {`query A{dog{id}} query B{dog{id id:name}}`, "different fields"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := check(t, tc.text)
			overlaps, others := theirs(t, tc.text)
			if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: %v, want %q", tc.text, err, tc.says)
			}
			if len(others) > 0 || (len(overlaps) == 0) != (err == nil) {
				t.Errorf("%s: gqlparser finds %v, %v", tc.text, overlaps, others)
			}
		})
	}
}

// Random documents are refused exactly if gqlparser's rule refuses them.
func TestOverlapsAtRandom(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := &writer{rand: rand.New(rand.NewPCG(seed, 0))}
	valid, refused := 0, 0
	for range 5000 {
		text := r.document()
		overlaps, others := theirs(t, text)
		if len(others) > 0 {
			continue
		}
		err := check(t, text)
		if (err == nil) != (len(overlaps) == 0) {
			t.Fatalf("%s\nis %v\ngqlparser says %v", text, err, overlaps)
		}
		if err == nil {
			valid++
		} else {
			refused++
		}
	}
	t.Logf("%d valid, %d refused", valid, refused)
	if valid < 500 || refused < 500 {
		t.Errorf("%d documents are valid and %d refused: the comparison shows little", valid, refused)
	}
}

// A writer writes random documents.
type writer struct {
	rand *rand.Rand
	used []string // the types of the fragments that are spread so far
}

func (w *writer) document() string {
	w.used = nil
	text := "{" + w.selections("Query", 0) + "}"
	for i := 0; i < len(w.used); i++ {
		text += fmt.Sprintf(" fragment f%d on %s{%s}", i, w.used[i], w.selections(w.used[i], 2))
	}
	return text
}

func (w *writer) selections(of string, depth int) string {
	var out []string
	for range 1 + w.rand.IntN(3) {
		switch n := w.rand.IntN(10); {
		case n < 2 && of != "Query":
			t := w.meeting(of)
			out = append(out, "...on "+t+"{"+w.selections(t, depth+1)+"}")
		case n == 2 && of != "Query" && len(w.used) < 6:
			w.used = append(w.used, w.meeting(of))
			out = append(out, fmt.Sprintf("...f%d", len(w.used)-1))
		case n == 3 && len(w.used) > 0 && depth < 2: // one that is not above
			if i := w.rand.IntN(len(w.used)); w.used[i] == of {
				out = append(out, fmt.Sprintf("...f%d", i))
			}
		default:
			out = append(out, w.field(of, depth))
		}
	}
	return strings.Join(append(out, "__typename"), " ")
}

// meeting returns a type of which an object of another type may be.
func (w *writer) meeting(of string) string {
	all := []string{"Node", "Pet", of}
	if of == "Node" || of == "Pet" {
		all = append(all, "Dog", "Cat")
	}
	return all[w.rand.IntN(len(all))]
}

func (w *writer) field(of string, depth int) string {
	fields := schema.Types[of].Fields
	if len(fields) == 0 {
		return "__typename"
	}
	f := fields[w.rand.IntN(len(fields))]
	text := f.Name
	if strings.HasPrefix(text, "__") || text == "values" {
		return "__typename"
	}
	if w.rand.IntN(3) == 0 {
		text = string(rune('x'+w.rand.IntN(2))) + ":" + text
	}
	switch arg := w.rand.IntN(8); {
	case f.Name == "label" && arg < 4:
		text += []string{"(n:1)", "(n:2)", "(in:{a:1,b:\"q\"})", "(in:{b:\"q\",a:1})"}[arg]
	case f.Name == "dog" && arg < 3 || f.Name == "node" && arg < 1:
		text += "(id:1)"
	}
	if schema.Types[f.Type.Name()].IsLeafType() {
		return text
	}
	if depth > 4 {
		return text + "{__typename}"
	}
	return text + "{" + w.selections(f.Type.Name(), depth+1) + "}"
}

// attacks are documents of up to 15,000 tokens that would take long to check.
func attacks() map[string]string {
	each := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(format, "NEXT", strconv.Itoa(i+1)), "#", strconv.Itoa(i)))
		}
		return b.String()
	}
	return map[string]string{
		"duplicates":                  "{" + strings.Repeat("cat{id} ", 3700) + "}",
		"duplicate leaves":            "{cat{" + strings.Repeat("id ", 14_900) + "}}",
		"duplicates with arguments":   "{" + strings.Repeat("node(id:1){id} ", 1650) + "}",
		"duplicates that differ":      "{" + each(1650, "node(id:#){id} "),
		"aliases":                     "{cat{" + each(4900, "a#:id "),
		"aliases that meet":           "{cat{" + each(2400, "a#:id a#:name ") + "}}",
		"deep":                        "{" + strings.Repeat("self{", 900) + "cat{id}" + strings.Repeat("}", 901),
		"deep and wide":               "{" + strings.Repeat("self{", 900) + strings.Repeat("cat{id}", 3000) + strings.Repeat("}", 901),
		"deep duplicates":             "{" + strings.Repeat(strings.Repeat("self{", 90)+"cat{id}"+strings.Repeat("}", 90), 50) + "}",
		"a chain of fragments":        "{...f0} " + each(1600, "fragment f# on Query{...fNEXT} ") + "fragment f1600 on Query{cat{id}}",
		"a chain and a large one":     "{...f0} " + each(700, "fragment f# on Query{...fNEXT} ") + "fragment f700 on Query{" + strings.Repeat("cat{id} ", 2000) + "}",
		"a deep chain":                "{...f0} " + each(1300, "fragment f# on Query{self{...fNEXT}} ") + "fragment f1300 on Query{cat{id}}",
		"two of each":                 "{...f0} " + each(30, "fragment f# on Query{a:self{...fNEXT} b:self{...fNEXT}} ") + "fragment f30 on Query{cat{id}}",
		"the same, twice":             "{...f0} " + each(900, "fragment f# on Query{self{...fNEXT} self{...fNEXT}} ") + "fragment f900 on Query{cat{id}}",
		"many spreads":                "{" + strings.Repeat("...f ", 6000) + "} fragment f on Query{cat{id}}",
		"many fragments, many spread": "{" + each(1000, "...f# ") + "}" + each(1000, "fragment f# on Query{cat{id}} "),
		"fragments of all fragments":  "{" + each(70, "...f# ") + "}" + each(70, "fragment f# on Query{"+strings.TrimSpace(each(70, "...g# "))+"} ") + each(70, "fragment g# on Query{cat{id}} "),
		"threads": "{...f0} " + each(40, "fragment f# on Query{a:self{...fNEXT ...g0} b:self{...fNEXT}} ") + "fragment f40 on Query{cat{id}} " +
			each(40, "fragment g# on Query{a:self{...gNEXT} b:self{...gNEXT}} ") + "fragment g40 on Query{cat{id}} ",
		"a cycle":                        "{...f0} " + each(1000, "fragment f# on Query{...fNEXT ...f0} ") + "fragment f1000 on Query{cat{id}}",
		"a cycle through fields":         "{...f} fragment f on Query{self{...f}}",
		"unused fragments":               "{cat{id}}" + each(1800, "fragment f# on Cat{id} "),
		"operations":                     each(1300, "query q#{...f} ") + "fragment f on Query{" + strings.Repeat("cat{id} ", 1700) + "}",
		"objects and an interface":       "{node{" + strings.Repeat("...on Dog{peer{id}} ...on Cat{peer{id}} peer{id} ", 650) + "}}",
		"objects in objects":             "{node{" + strings.Repeat("...on Dog{any{...on Node{peer{", 60) + "id" + strings.Repeat("}}}} ...on Cat{any{...on Node{peer{id}}}} peer{id}", 60) + "}}",
		"variables":                      "query(" + each(1600, "$v#:ID ") + "){" + each(700, "a#:node(id:$v#){id} "),
		"unknown variables":              "{" + each(1200, "a#:node(id:$v#){id} "),
		"unknown fields":                 "{" + each(14_000, "f# "),
		"unknown fields, in fragments":   "{...f0} " + each(700, "fragment f# on Query{...fNEXT} ") + "fragment f700 on Query{" + each(4000, "x# ") + "}",
		"an unknown field with a name":   "{" + strings.Repeat("dogs", 20_000) + "}",
		"an unknown type with a name":    "{cat{id ... on " + strings.Repeat("Dogs", 20_000) + "{id}}}",
		"unknown types":                  "{" + each(1000, "...f# ") + "}" + each(1000, "fragment f# on Type#{id} "),
		"nested values":                  "{dog(in:" + strings.Repeat("{in:", 900) + "{a:1}" + strings.Repeat("}", 900) + "){id}}",
		"nested and wide values":         "{values(list:" + strings.Repeat("[", 900) + strings.Repeat("1 ", 12_000) + strings.Repeat("]", 900) + ")}",
		"wide values":                    "{values(list:[[" + strings.Repeat("1 ", 14_000) + "]])}",
		"a long value of an enum":        "{" + strings.Repeat(`values(color:"`+strings.Repeat("RED", 300)+`") `, 100) + "}",
		"directives":                     "{cat " + strings.Repeat("@skip(if:true) ", 2000) + "{id}}",
		"unknown directives":             "{cat " + each(7000, "@d# ") + "{id}}",
		"introspection in introspection": "{" + strings.Repeat("__schema{types{fields{type{", 200) + "name" + strings.Repeat("}}}}", 200) + "}",
		"arguments":                      "{dog(" + strings.Repeat("id:1 ", 4900) + "){id}}",
	}
}

// No document takes much memory to check. BenchmarkAttacks says how long each takes.
func TestAttacks(t *testing.T) { //nolint:paralleltest // it measures what the process allocates
	for name, text := range attacks() { //nolint:paralleltest // likewise
		if n := strings.Count(text, "{") - strings.Count(text, "}"); n > 0 {
			text += strings.Repeat("}", n)
		}
		t.Run(name, func(t *testing.T) {
			doc := parse(t, text)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := validate.Document(schema, doc, true)
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: %d KB, %.100v", len(text), (after.TotalAlloc-before.TotalAlloc)>>10, err)
			if used := after.TotalAlloc - before.TotalAlloc; used > 50<<20 {
				t.Errorf("it took %d MB", used>>20)
			}
			if list, ok := errors.AsType[gqlerror.List](err); ok && len(list.Error()) > 20_000 {
				t.Errorf("%d bytes of errors", len(list.Error()))
			}
		})
	}
}

func BenchmarkAttacks(b *testing.B) {
	for name, text := range attacks() {
		if n := strings.Count(text, "{") - strings.Count(text, "}"); n > 0 {
			text += strings.Repeat("}", n)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				doc := parse(b, text)
				b.StartTimer()
				_ = validate.Document(schema, doc, true)
			}
		})
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	doc := func() *ast.QueryDocument { return parse(t, `{dgo{id} cat{idd}}`) }
	if err := validate.Document(schema, doc(), true); err == nil || !strings.Contains(err.Error(), `Did you mean "dog"`) {
		t.Errorf("with suggestions: %v", err)
	}
	if err := validate.Document(schema, doc(), false); err == nil || strings.Contains(err.Error(), "Did you mean") || !strings.Contains(err.Error(), `Cannot query field "dgo"`) {
		t.Errorf("without suggestions: %v", err)
	}
}

func TestErrorsAreFew(t *testing.T) {
	t.Parallel()
	err := check(t, "{"+strings.Repeat("nonsense ", 5000)+"}")
	if list, ok := errors.AsType[gqlerror.List](err); !ok || len(list) != 20 {
		t.Errorf("%d errors, want 20", len(list))
	}
	err = check(t, "{"+strings.Repeat("x", 10_000)+"}")
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}
