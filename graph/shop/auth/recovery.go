package auth

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// NewRecoveryCode returns a code that replaces a second factor once: 128 random bits in hex, in eight groups.
func NewRecoveryCode() string {
	code := make([]byte, 16)
	_, _ = rand.Read(code) // it never fails
	text := hex.EncodeToString(code)
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-")
}

// NormalRecoveryCode returns a recovery code as it is hashed, in lower case and without spaces around it.
func NormalRecoveryCode(code string) string { return strings.ToLower(strings.TrimSpace(code)) }
