package auth_test

import (
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph/shop/auth"
)

func TestVault(t *testing.T) {
	t.Parallel()
	const key = "an-encryption-key-for-tests"
	// The reference's module has encrypted this with the same key.
	const theirs = "v1:bCwJtbcl3aNpaqvU:MPqDd3F_FdzqVUqWaYlpsA:FCG2VCM183An47hgjhsIRqgCWXs3aR8jrcevwZK86Pk"
	v, err := auth.NewVault(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open(theirs); err != nil || got != rfcSecret {
		t.Errorf("Open of the reference's = %q, %v", got, err)
	}
	own, err := v.Seal(rfcSecret)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open(own); err != nil || got != rfcSecret {
		t.Errorf("Open of its own = %q, %v", got, err)
	}
	if again, err := v.Seal(rfcSecret); err != nil || again == own || strings.Contains(own, rfcSecret) {
		t.Errorf("Seal twice = %s, %s, %v", own, again, err)
	}
	other, err := auth.NewVault(key + "!")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(own); err == nil {
		t.Error("another key opens it")
	}
	none, err := auth.NewVault("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Seal("x"); err == nil {
		t.Error("a vault without a key seals")
	}
	for _, broken := range []string{"", "v1", "v2" + theirs[2:], theirs[:len(theirs)-2], "v1:::", "v1:AA:AA:AA", strings.Replace(theirs, "M", "N", 1), theirs + ":x"} {
		if got, err := v.Open(broken); err == nil {
			t.Errorf("Open(%q) = %q, want an error", broken, got)
		}
	}
}
