package search

import (
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// Highlight returns a text in parts: those that the query matches, and those between them.
func (q *Query) Highlight(text string) []*model.TextPart {
	var out []*model.TextPart
	at := 0
	add := func(end int, matched bool) {
		switch {
		case end <= at:
			return
		case len(out) > 0 && out[len(out)-1].Matched == matched:
			out[len(out)-1].Text += text[at:end]
		default:
			out = append(out, &model.TextPart{Text: text[at:end], Matched: matched})
		}
		at = end
	}
	for _, t := range tokens(text) {
		if n := q.matched(t.folded); n > 0 {
			add(t.start, false)
			add(t.start+unfolded(text[t.start:t.end], n), true)
		}
	}
	add(len(text), false)
	if out == nil {
		out = []*model.TextPart{}
	}
	return out
}

// matched returns how many bytes of a folded word, from its start, the query matches.
func (q *Query) matched(word string) int {
	most := 0
	for i, w := range q.words {
		switch {
		case w.stop:
		case word == w.text || slices.Contains(w.meant, word),
			w.stem != "" && (word == w.stem || len(w.stem) >= 3 && strings.HasPrefix(word, w.stem)):
			return len(word)
		case i == len(q.words)-1 && begins(w.text) && strings.HasPrefix(word, w.text):
			most = max(most, len(w.text))
		}
	}
	return most
}

// unfolded returns how many bytes of a word become the first n of its folded form, or a few more where one character becomes several.
func unfolded(word string, n int) int {
	var b strings.Builder
	for i, r := range word {
		if b.Len() >= n {
			return i
		}
		if r != '\'' && r != '’' && r != 'ʼ' {
			foldRune(&b, r)
		}
	}
	return len(word)
}
