package search

import (
	"hash/fnv"
	"slices"
	"unicode"
)

const (
	// Words of so many letters may be misspelled in one place, and in two.
	oneTypo, twoTypos = 4, 8
	// typoPrefix is how many letters of a word typos are looked for by; the others are compared afterwards.
	typoPrefix = 7
)

// Typos returns in how many places a word may be misspelled: a letter too many, one too few, another one, or two of them swapped. What has
// digits, such as a size, is meant as it is typed.
func Typos(word string) int {
	n := 0
	for _, r := range word {
		if unicode.IsDigit(r) {
			return 0
		}
		n++
	}
	switch {
	case n >= twoTypos:
		return 2
	case n >= oneTypo:
		return 1
	}
	return 0
}

// TypoKeys returns numbers of which two words have one in common if one may be the other misspelled: those of what is left of the word
// when letters are left out. Words that have one in common still have to be compared.
func TypoKeys(word string) []int32 {
	n := Typos(word)
	if n == 0 {
		return nil
	}
	letters := []rune(word)
	if len(letters) > typoPrefix {
		letters = letters[:typoPrefix]
	}
	seen := map[string]bool{}
	var out []int32
	var leave func(rest []rune, n int)
	leave = func(rest []rune, n int) {
		if s := string(rest); !seen[s] {
			seen[s] = true
			h := fnv.New32a()
			_, _ = h.Write([]byte(s))
			out = append(out, int32(h.Sum32())) //nolint:gosec // any number of this size
		}
		if n == 0 {
			return
		}
		for i := range rest {
			leave(slices.Delete(slices.Clone(rest), i, i+1), n-1)
		}
	}
	leave(letters, n)
	return out
}

// Distance returns in how many places two words differ: a letter more, one less, another one, or two neighbours swapped.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, above := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	return above[len(y)]
}
