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
