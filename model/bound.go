package model

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// What one request may bring. A request's size must not become a statement's.
const (
	MaxWords      = 20    // different words of a search
	MaxSearch     = 1000  // bytes of a search
	MaxListed     = 1000  // elements of a list
	MaxNesting    = 8     // levels of a filter, or of other input
	MaxConditions = 200   // of a filter, with all that it nests
	MaxFilterText = 10000 // bytes of a text that a filter compares with
)

// Words returns the different words of a search, each once without regard to case, and no more than MaxWords.
func Words(search string) []string {
	var out []string
	seen := map[string]bool{}
	for word := range strings.FieldsSeq(search) {
		if key := strings.ToLower(word); !seen[key] {
			if len(out) == MaxWords {
				break
			}
			seen[key] = true
			out = append(out, word)
		}
	}
	return out
}

// CheckSearch fails if a search is too long or has too many different words. name says in the error what the text is.
func CheckSearch(name, search string) error {
	if len(search) > MaxSearch {
		return Invalid.Errorf("%s must not be longer than %d bytes", name, MaxSearch)
	}
	different := map[string]bool{}
	for word := range strings.FieldsSeq(search) {
		different[strings.ToLower(word)] = true
	}
	if len(different) > MaxWords {
		return Invalid.Errorf("%s must not have more than %d different words", name, MaxWords)
	}
	return nil
}

// Distinct returns the elements of a list, each once, in their order. A nil list stays nil. The list is not changed.
func Distinct[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	for i, v := range list {
		if seen[v] {
			out := append([]T{}, list[:i]...)
			for _, v := range list[i:] {
				if !seen[v] {
					out = append(out, v)
				}
				seen[v] = true
			}
			return out
		}
		seen[v] = true
	}
	return list
}

// CheckText fails if a text is none that a database can hold. name says in the error what the text is.
func CheckText(name, text string) error {
	switch {
	case strings.IndexByte(text, 0) >= 0:
		return Invalid.Errorf("%s must not contain a NUL character", name)
	case !utf8.ValidString(text):
		return Invalid.Errorf("%s must be valid UTF-8", name)
	}
	return nil
}

// CheckJSON is CheckText for finished JSON, in whose texts characters may be escaped.
func CheckJSON(name string, text []byte) error {
	for rest := text; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			break
		}
		slashes := 0
		for j := i; j > 0 && rest[j-1] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 { // otherwise the backslash is itself escaped
			return Invalid.Errorf("%s must not contain a NUL character", name)
		}
		rest = rest[i+1:]
	}
	if !utf8.Valid(text) {
		return Invalid.Errorf("%s must be valid UTF-8", name)
	}
	return nil
}
