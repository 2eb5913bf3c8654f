package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/search"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Jacket": "jacket", "Crème Brûlée": "creme brulee", "Straße": "strasse", "Smørrebrød": "smorrebrod", "Łódź": "lodz", "İstanbul": "istanbul",
		"Ёлка": "елка", "край": "край", "ＡＢＣ": "abc", "e\u0301te\u0301": "ete", "हिन्दी": "हिन्दी",
	} {
		if got := search.Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Men's T-Shirt, men’s":         "mens t shirt",
		"  ":                           "",
		"330 ml – “Été” 夏秋":            "330 ml ete 夏 秋",
		"a a A":                        "a",
		strings.Repeat("x", 65) + " y": "y",
	} {
		if got := strings.Join(search.Words(text), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", text, got, want)
		}
	}
	if got := strings.Join(search.Compounds("A T-Shirt of SKARN-SHELL/M, 夏秋"), " "); got != "tshirt skarnshellm" {
		t.Errorf("compounds: %q", got)
	}
	if got := search.Plain(`<p class="x">Soft</p> 3 < 4`); strings.Join(search.Words(got), " ") != "soft 3 4" {
		t.Errorf("plain: %q", got)
	}
}

func TestTypos(t *testing.T) {
	t.Parallel()
	for _, pair := range []struct {
		a, b     string
		distance int
	}{
		{"jaket", "jacket", 1},
		{"jakcet", "jacket", 1},
		{"jackett", "jacket", 1},
		{"jecket", "jacket", 1},
		{"headfones", "headphones", 2},
		{"hedphnes", "headphones", 2},
		{"wireles", "wireless", 1},
		{"bakpack", "backpack", 1},
		{"notbook", "notebook", 1},
		{"winetr", "winter", 1},
	} {
		if got := search.Distance(pair.a, pair.b); got != pair.distance {
			t.Errorf("Distance(%s, %s) = %d, want %d", pair.a, pair.b, got, pair.distance)
		}
		keys := search.TypoKeys(pair.b)
		if !slices.ContainsFunc(search.TypoKeys(pair.a), func(k int32) bool { return slices.Contains(keys, k) }) {
			t.Errorf("%s and %s have no key in common", pair.a, pair.b)
		}
	}
	for _, word := range []string{"xl", "tee", "gtx300"} {
		if search.Typos(word) != 0 || search.TypoKeys(word) != nil {
			t.Errorf("%s may be misspelled", word)
		}
	}
}

func query(t *testing.T, text string, stems ...string) *search.Query {
	t.Helper()
	q, err := search.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if stems != nil {
		q.Stem(stems)
	}
	return q
}

func TestQuery(t *testing.T) {
	t.Parallel()
	q := query(t, "Jackets with hoods", "jacket", "", "hood")
	if got, want := q.Exact(), "('jackets'|'jacket')&('hoods'|'hood')"; got != want {
		t.Errorf("exact: %s, want %s", got, want)
	}
	if got, want := q.Prefix(), "('jackets'|'jacket')&('hoods':*|'hood')"; got != want {
		t.Errorf("prefix: %s, want %s", got, want)
	}
	if got, want := query(t, "the", "").Exact(), "('the')"; got != want {
		t.Errorf("nothing but words that do not count: %s, want %s", got, want)
	}
	if got, want := query(t, "size m", "size", "m").Prefix(), "('size')&('m')"; got != want {
		t.Errorf("one letter is not the beginning of a word: %s, want %s", got, want)
	}
	q = query(t, "jaket", "jaket")
	if !q.Correct([]string{"jacket", "market", "jaketlining", "basket"}) {
		t.Error("nothing is meant")
	}
	if got, want := q.Corrected(), "('jaket':*|'jaketlining'|'jacket')"; got != want {
		t.Errorf("corrected: %s, want %s", got, want)
	}
	if !query(t, " … ").Empty() {
		t.Error("a text without words is no empty query")
	}
	if _, err := search.Parse(strings.Repeat("x", model.MaxSearch+1)); err == nil {
		t.Error("a text of any length is searched for")
	}
}

// marked writes the matched parts in brackets.
func marked(parts []*model.TextPart) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Matched {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestHighlight(t *testing.T) {
	t.Parallel()
	corrected := query(t, "jaket", "jaket")
	corrected.Correct([]string{"jacket"})
	for name, tc := range map[string]struct {
		query      *search.Query
		text, want string
	}{
		"a whole word":       {query(t, "wool", "wool"), "A Wool Jumper", "A [Wool] Jumper"},
		"the beginning":      {query(t, "wool ju", "wool", "ju"), "Wool Jumper", "[Wool] [Ju]mper"},
		"only the last word": {query(t, "ju wool", "ju", "wool"), "Wool Jumper", "[Wool] Jumper"},
		"accents":            {query(t, "creme bru", "creme", "bru"), "Crème Brûlée", "[Crème] [Brû]lée"},
		"a stem":             {query(t, "jackets", "jacket"), "Jacket and jackets", "[Jacket] and [jackets]"},
		"a typo":             {corrected, "Shell Jacket", "Shell [Jacket]"},
		"more letters":       {query(t, "stras", "stras"), "Straße", "[Straß]e"},
		"nothing":            {query(t, "tea", "tea"), "Wool", "Wool"},
		"an empty text":      {query(t, "tea", "tea"), "", ""},
	} {
		if got := marked(tc.query.Highlight(tc.text)); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	text, parts := search.Complete("Wool  ja", "jacket")
	if text != "Wool  jacket" || marked(parts) != "[Wool  ja]cket" {
		t.Errorf("completed: %q, %s", text, marked(parts))
	}
}
