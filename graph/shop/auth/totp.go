package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what authenticator apps know
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TOTP configures one-time passwords, RFC 6238 with HMAC-SHA-1.
type TOTP struct {
	Digits int           // 6, 7 or 8
	Period time.Duration // how long an app shows one
	Window int           // periods before and after the present one that are accepted too
}

// secretLength is how many bytes a new secret has, as RFC 4226 recommends.
const secretLength = 20

var secretEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a new shared secret in base32.
func NewSecret() string {
	secret := make([]byte, secretLength)
	_, _ = rand.Read(secret) // it never fails
	return secretEncoding.EncodeToString(secret)
}

// Code returns the one-time password of a secret at a time.
func (o TOTP) Code(secret string, at time.Time) (string, error) {
	key, err := decodeSecret(secret)
	if err != nil {
		return "", err
	}
	return hotp(key, o.step(at), o.Digits), nil
}

// Verify reports whether a one-time password is valid at a time, and returns its time step.
func (o TOTP) Verify(secret, code string, at time.Time) (step int64, ok bool, err error) {
	key, err := decodeSecret(secret)
	if err != nil {
		return 0, false, err
	}
	present := o.step(at)
	for s := present - int64(o.Window); s <= present+int64(o.Window); s++ {
		if subtle.ConstantTimeCompare([]byte(hotp(key, s, o.Digits)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

func (o TOTP) step(at time.Time) int64 { return at.Unix() / int64(o.Period/time.Second) }

// URL is what an authenticator app reads from a QR code.
func (o TOTP) URL(issuer, account, secret string) string {
	label := account
	if issuer != "" {
		label = issuer + ":" + account
	}
	label = strings.ReplaceAll(escaped(label), "%3A", ":")
	out := "otpauth://totp/" + label + "?secret=" + secret
	if issuer != "" {
		out += "&issuer=" + escaped(issuer)
	}
	if o.Digits != 6 {
		out += "&digits=" + strconv.Itoa(o.Digits)
	}
	if o.Period != 30*time.Second {
		out += "&period=" + strconv.Itoa(int(o.Period/time.Second))
	}
	return out
}

// escaped escapes a text for a URL as JavaScript does.
func escaped(s string) string {
	return strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(url.QueryEscape(s))
}

func decodeSecret(secret string) ([]byte, error) {
	key, err := secretEncoding.DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
	if err != nil {
		return nil, errors.New("a one-time password's secret is no base32") // the decoder's error would tell a part of it
	}
	return key, nil
}

// hotp is the one-time password of a counter, RFC 4226.
func hotp(key []byte, counter int64, digits int) string {
	var text [8]byte
	binary.BigEndian.PutUint64(text[:], uint64(counter))
	mac := hmac.New(sha1.New, key)
	mac.Write(text[:])
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	out := strconv.FormatUint(uint64(n), 10)
	out = strings.Repeat("0", max(0, digits-len(out))) + out
	return out[len(out)-digits:]
}
