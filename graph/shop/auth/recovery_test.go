package auth_test

import (
	"regexp"
	"testing"

	"github.com/storegraph/storegraph/graph/shop/auth"
)

// The hash is the reference's of " 0123-…-CDEF ".
func TestRecoveryCode(t *testing.T) {
	t.Parallel()
	const theirs = "c2NyeXB0AA8AAAAIAAAAAYAwoO7ueX3fL2A4Mq6rmBK7BsTavoJ6HiNSVBfB3mhIyRFu3Kv1y0P1S/LzfVExZejSxCPUPCjx2lHcOj7UmehrRaYA4RwoyZHnMLX2SZjr"
	ok, err := auth.NewHasher(1).Verify(t.Context(), theirs, auth.NormalRecoveryCode("0123-4567-89AB-cdef-0123-4567-89ab-cdef\n"))
	if err != nil || !ok {
		t.Errorf("Verify = %v, %v, want the reference's hash to fit", ok, err)
	}
	code := auth.NewRecoveryCode()
	if !regexp.MustCompile(`^([0-9a-f]{4}-){7}[0-9a-f]{4}$`).MatchString(code) || code == auth.NewRecoveryCode() {
		t.Errorf("NewRecoveryCode = %s", code)
	}
}
