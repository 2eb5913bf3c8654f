package search

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	longestWord = 64   // characters; what is longer is no word that anybody searches for
	mostWords   = 2000 // different words of one text
)

// letters are letters that have no accent to drop, but that are typed otherwise where the keyboard lacks them.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ħ': "h",
}

// Fold returns a text in small letters and without accents, so that what is typed in either way is the same.
func Fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] >= 'A' && s[i] <= 'Z' {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		foldRune(&b, r)
	}
	return b.String()
}

func foldRune(b *strings.Builder, r rune) {
	r = unicode.ToLower(r)
	if r < utf8.RuneSelf || r == 'й' { // which is a letter of its own, not an accented one
		b.WriteRune(r)
		return
	}
	if as, ok := letters[r]; ok {
		b.WriteString(as)
		return
	}
	var parts [utf8.UTFMax]byte
	for _, part := range string(norm.NFD.Append(nil, parts[:utf8.EncodeRune(parts[:], r)]...)) {
		if part < '\u0300' || part > '\u036f' { // the accents of Latin, Greek and Cyrillic letters; marks of other scripts are vowels
			b.WriteRune(part)
		}
	}
}

// A token is a word of a text: from byte start to byte end, and folded.
type token struct {
	start, end int
	folded     string
}

// tokens returns the words of a text: letters and digits that follow each other. An apostrophe within a word is no part of it. Characters
// of scripts without spaces are words each.
func tokens(s string) []token {
	var out []token
	var word strings.Builder
	start := -1
	end := func(at int) {
		if start >= 0 {
			if folded := Fold(word.String()); utf8.RuneCountInString(folded) <= longestWord {
				out = append(out, token{start, at, folded})
			}
			start = -1
			word.Reset()
		}
	}
	for i, r := range s {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			end(i)
			out = append(out, token{i, i + utf8.RuneLen(r), Fold(string(r))})
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && start >= 0:
			if start < 0 {
				start = i
			}
			word.WriteRune(r)
		case start >= 0 && (r == '\'' || r == '’' || r == 'ʼ'):
		default:
			end(i)
		}
	}
	end(len(s))
	return out
}

// Words returns the words of a text, folded, each once, in their order.
func Words(s string) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range tokens(s) {
		if t.folded != "" && !seen[t.folded] && len(out) < mostWords {
			seen[t.folded] = true
			out = append(out, t.folded)
		}
	}
	return out
}

// Compounds returns what the parts of a text that are joined by hyphens, dots or slashes are as one word: t-shirt may be searched for as
// tshirt.
func Compounds(s string) []string {
	var out []string
	for part := range strings.FieldsSeq(s) {
		words := tokens(part)
		if len(words) < 2 {
			continue
		}
		joined := ""
		for i, t := range words {
			if i > 0 && t.start == words[i-1].end { // characters without a space
				joined = ""
				break
			}
			joined += t.folded
		}
		if joined != "" && utf8.RuneCountInString(joined) <= longestWord {
			out = append(out, joined)
		}
	}
	return out
}

var markup = regexp.MustCompile(`<[a-zA-Z/!][^<>]*>`)

// Plain returns a text without the tags of HTML.
func Plain(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	return markup.ReplaceAllString(s, " ")
}

// Spelling returns the words of a text by how they are folded, in small letters but with their accents.
func Spelling(s string) map[string]string {
	out := map[string]string{}
	for _, t := range tokens(s) {
		if out[t.folded] == "" {
			out[t.folded] = strings.ToLower(s[t.start:t.end])
		}
	}
	return out
}
