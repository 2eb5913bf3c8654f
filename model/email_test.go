package model_test

import (
	"strings"
	"testing"

	"github.com/storegraph/storegraph/model"
)

func TestIsEmail(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"a@b.cd": true, "A@EXAMPLE.COM": true, "a+b@example.com": true, "o'brien@example.com": true, "a@example-.com": true, "_a@c.com": true, "a-@c.com": true,
		"'a@b.com": true, "a@1.com": true, "a@xn--exmple-cua.com": true, strings.Repeat("x", 300) + "@example.com": true,
		"": false, "a@b": false, "root@localhost": false, "a@b.c": false, "😀@example.com": false, "a@😀.com": false, "ä@example.com": false, "a@exämple.com": false,
		"a..b@example.com": false, ".a@example.com": false, "a.@example.com": false, `"a b"@example.com`: false, "a@-example.com": false, "a@example..com": false,
		"a@[127.0.0.1]": false, "a@127.0.0.1": false, " a@example.com": false, "a@example.com\n": false, "a@b.c1": false, "a@b_c.com": false, "a%b@c.com": false,
		"a!b@c.com": false, "a@b@c.com": false, "a@a.xn--p1ai": false, "<a@b.com>": false, "a'@b.com": false, "ſ@example.com": false, "a@example.\u212aom": false,
	} {
		if got := model.IsEmail(s); got != want {
			t.Errorf("IsEmail(%q) = %t, want %t", s, got, want)
		}
	}
}
