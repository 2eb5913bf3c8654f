package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/graph/shop/auth"
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
