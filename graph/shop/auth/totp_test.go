package auth_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"storegraph/graph/shop/auth"
)

// rfcSecret is the secret of the RFCs' test vectors, 12345678901234567890.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestTOTPVectors(t *testing.T) {
	t.Parallel()
	o := auth.TOTP{Digits: 8, Period: 30 * time.Second, Window: 1}
	for unix, want := range map[int64]string{ // RFC 6238, appendix B
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got, err := o.Code(rfcSecret, time.Unix(unix, 0)); err != nil || got != want {
			t.Errorf("Code at %d = %s, %v, want %s", unix, got, err, want)
		}
	}
	six := auth.TOTP{Digits: 6, Period: 30 * time.Second}
	for counter, want := range strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489") { // RFC 4226, appendix D
		if got, err := six.Code(rfcSecret, time.Unix(int64(counter)*30, 0)); err != nil || got != want {
			t.Errorf("Code of counter %d = %s, %v, want %s", counter, got, err, want)
		}
	}
}

func TestTOTPVerify(t *testing.T) {
	t.Parallel()
	o := auth.TOTP{Digits: 6, Period: 30 * time.Second, Window: 1}
	at := time.Unix(1234567890, 0)
	secret := auth.NewSecret()
	if len(secret) != 32 || secret == auth.NewSecret() {
		t.Fatalf("NewSecret = %s, want 32 letters, new each time", secret)
	}
	code := func(d time.Duration) string {
		c, err := o.Code(secret, at.Add(d))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, tc := range map[string]struct {
		code string
		ok   bool
	}{
		"now": {code(0), true}, "before": {code(-30 * time.Second), true}, "after": {code(30 * time.Second), true},
		"too old": {code(-time.Minute), false}, "too new": {code(time.Minute), false},
		"short": {code(0)[1:], false}, "long": {"0" + code(0), false}, "empty": {"", false}, "letters": {"abcdef", false},
	} {
		step, ok, err := o.Verify(secret, tc.code, at)
		if err != nil || ok != tc.ok {
			t.Errorf("%s: Verify = %v, %v, want %v", name, ok, err, tc.ok)
		}
		if ok && (step < at.Unix()/30-1 || step > at.Unix()/30+1) {
			t.Errorf("%s: step = %d", name, step)
		}
	}
	if _, _, err := o.Verify("no base32 1", "123456", at); err == nil || strings.Contains(err.Error(), "base32 1") {
		t.Errorf("Verify with a broken secret = %v, want an error that does not tell it", err)
	}
}

// The wanted URLs are what the reference's module writes.
func TestTOTPURL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		o                     auth.TOTP
		issuer, account, want string
	}{
		{
			auth.TOTP{Digits: 8, Period: time.Minute},
			"Sh op & Co+", "my: phone ü(*)!~'",
			"otpauth://totp/Sh%20op%20%26%20Co%2B:my:%20phone%20%C3%BC(*)!~'?secret=ABC&issuer=Sh%20op%20%26%20Co%2B&digits=8&period=60",
		},
		{auth.TOTP{Digits: 6, Period: 30 * time.Second}, "", "x", "otpauth://totp/x?secret=ABC"},
	} {
		if got := tc.o.URL(tc.issuer, tc.account, "ABC"); got != tc.want {
			t.Errorf("URL = %s, want %s", got, tc.want)
		}
	}
}

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
