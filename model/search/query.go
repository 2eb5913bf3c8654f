package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/storegraph/storegraph/model"
)

// A Query is what is searched for: words, all of which must occur. The last one may be the beginning of a word.
type Query struct {
	words  []term
	common bool
}

// A term is a word of a query.
type term struct {
	text  string
	stem  string   // what its language makes of it; empty if nothing else
	stop  bool     // its language does not count it
	meant []string // words that may be meant by it, where it is misspelled
}

// Parse returns the query of a text. A text without words is an empty query, which finds nothing. It fails if the text is longer than a
// search may be.
func Parse(text string) (*Query, error) {
	if err := model.CheckSearch("query", text); err != nil {
		return nil, err
	}
	q := &Query{}
	for _, w := range Words(text) {
		if len(q.words) == model.MaxWords {
			break
		}
		q.words = append(q.words, term{text: w})
	}
	return q, nil
}

// Empty reports whether the query has no words.
func (q *Query) Empty() bool { return len(q.words) == 0 }

// Common reports whether all words of the query are such as the language does not count.
func (q *Query) Common() bool { return q.common }

// Words returns the words of the query.
func (q *Query) Words() []string {
	out := make([]string, len(q.words))
	for i, w := range q.words {
		out[i] = w.text
	}
	return out
}

// Last returns the last word of the query; empty if it has none.
func (q *Query) Last() string {
	if q.Empty() {
		return ""
	}
	return q.words[len(q.words)-1].text
}

// Stem tells what the language makes of the words, one after the other. One of which nothing is left, such as "with", is not asked for,
// unless all are such.
func (q *Query) Stem(stems []string) {
	for i := range q.words {
		w := &q.words[i]
		switch w.stem = stems[i]; w.stem {
		case "":
			w.stop = true
		case w.text:
			w.stem = ""
		}
	}
	if q.common = !slices.ContainsFunc(q.words, func(w term) bool { return !w.stop }); q.common {
		for i := range q.words {
			q.words[i].stop = false
		}
	}
}

// mostMeant is how many words may be meant by one.
const mostMeant = 8

// Correct tells the words that there are, of which some may be meant by one of the query: those that have it within them and those that
// differ from it in one place or, if there are none, in two. The first of them are kept. It reports whether there are any.
func (q *Query) Correct(known []string) bool {
	some := false
	for i := range q.words {
		w := &q.words[i]
		if w.stop {
			continue
		}
		w.meant = nil
		for most := 0; most <= Typos(w.text) && (most < 2 || len(w.meant) == 0); most++ {
			for _, k := range known {
				if k == w.text || len(w.meant) == mostMeant {
					continue
				}
				if most == 0 && holds(k, w.text) || most > 0 && Distance(w.text, k) == most && !slices.Contains(w.meant, k) {
					w.meant = append(w.meant, k)
				}
			}
		}
		some = some || len(w.meant) > 0
	}
	return some
}

// partOfWord is how many letters a word must have to be looked for within others.
const partOfWord = 4

// Parts returns the words of the query that are looked for within others, as where a language joins them.
func (q *Query) Parts() []string {
	var out []string
	for _, w := range q.words {
		if !w.stop && utf8.RuneCountInString(w.text) >= partOfWord {
			out = append(out, w.text)
		}
	}
	return out
}

func holds(word, part string) bool {
	return utf8.RuneCountInString(part) >= partOfWord && strings.Contains(word, part)
}

// Keys returns the keys of the words of the query that may be misspelled; see TypoKeys.
func (q *Query) Keys() []int32 {
	var out []int32
	for _, w := range q.words {
		if !w.stop {
			out = append(out, TypoKeys(w.text)...)
		}
	}
	return out
}

// Exact returns the query as a tsquery of Postgres, by whole words.
func (q *Query) Exact() string { return q.tsquery(false, false, q.words) }

// Prefix returns the same, but that the last word may be the beginning of one.
func (q *Query) Prefix() string { return q.tsquery(true, false, q.words) }

// Corrected returns the same, but that words may also be those that are meant by them.
func (q *Query) Corrected() string { return q.tsquery(true, true, q.words) }

// Others returns a tsquery of all words but the last; empty if there are none.
func (q *Query) Others() string {
	if q.Empty() {
		return ""
	}
	return q.tsquery(false, true, q.words[:len(q.words)-1])
}

// Meant returns the words that may be meant by the last word of the query; see Correct.
func (q *Query) Meant() []string {
	if q.Empty() {
		return nil
	}
	return append([]string{}, q.words[len(q.words)-1].meant...)
}

// Complete returns a text with another last word, also in parts: of the other word, what the text begins.
func Complete(text, word string) (string, []*model.TextPart) {
	all := tokens(text)
	if len(all) == 0 {
		return word, []*model.TextPart{{Text: word}}
	}
	last := all[len(all)-1]
	q := Query{words: []term{{text: last.folded}}}
	parts := q.Highlight(word)
	switch before := strings.TrimLeftFunc(text[:last.start], unicode.IsSpace); {
	case before == "":
	case parts[0].Matched:
		parts[0].Text = before + parts[0].Text
	default:
		parts = append([]*model.TextPart{{Text: before, Matched: true}}, parts...)
	}
	var out strings.Builder
	for _, p := range parts {
		out.WriteString(p.Text)
	}
	return out.String(), parts
}

// quoted returns a word as a tsquery.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", "''") + "'" }

func (q *Query) tsquery(prefix, corrected bool, words []term) string {
	var all []string
	for i, w := range words {
		if w.stop {
			continue
		}
		either := []string{quoted(w.text)}
		if w.stem != "" {
			either = append(either, quoted(w.stem))
		}
		if prefix && i == len(q.words)-1 && begins(w.text) {
			either[0] += ":*"
		}
		if corrected {
			for _, m := range w.meant {
				either = append(either, quoted(m))
			}
		}
		all = append(all, "("+strings.Join(either, "|")+")")
	}
	return strings.Join(all, "&")
}

// begins reports whether a word may be taken for the beginning of one: one letter would be that of too many.
func begins(word string) bool {
	r, n := utf8.DecodeRuneInString(word)
	return n < len(word) || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
