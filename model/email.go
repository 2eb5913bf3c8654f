package model

import (
	"regexp"
	"strings"
)

var email = regexp.MustCompile(`^[A-Za-z0-9_'+.-]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$`)

// IsEmail reports whether a text is an e-mail address that the reference takes. Those are fewer than RFC 5322 allows: the domain has a name
// of letters at its end, and the rest is ASCII.
func IsEmail(s string) bool {
	return email.MatchString(s) && !strings.HasPrefix(s, ".") && !strings.Contains(s, "..")
}

// FoldEmail returns the form in which the e-mail addresses of carts and orders are compared, as the reference does: in lower case and
// without surrounding blanks. Those of identities and accounts are compared as they are, which is how the reference tells accounts apart.
func FoldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
