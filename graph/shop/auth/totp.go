package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what authenticator apps know
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"storegraph/model"
)

// TOTP is how one-time passwords are made, RFC 6238 with HMAC-SHA-1.
type TOTP struct {
	Digits int           // 6, 7 or 8
	Period time.Duration // how long one is shown
	Window int           // how many periods before and after the present one are good too
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

// Verify returns the time step to which a one-time password belongs, if it is good at a time.
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

// A Vault encrypts the secrets of second factors as the reference does: v1, nonce, tag and text of AES-256-GCM in base64,
// between colons, with the SHA-256 of the shop's key.
type Vault struct{ aead cipher.AEAD }

const vaultVersion = "v1"

// NewVault returns the vault of a key; one without a key keeps nothing.
func NewVault(key string) (*Vault, error) {
	if key == "" {
		return &Vault{}, nil
	}
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Vault{aead}, err
}

var errNoVault = model.Invalid.Errorf("MFA encryption key is required to use MFA methods")

// Seal encrypts a secret.
func (v *Vault) Seal(secret string) (string, error) {
	if v.aead == nil {
		return "", errNoVault
	}
	nonce := make([]byte, v.aead.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	sealed := v.aead.Seal(nil, nonce, []byte(secret), nil)
	text, tag := sealed[:len(secret)], sealed[len(secret):]
	e := base64.RawURLEncoding
	return strings.Join([]string{vaultVersion, e.EncodeToString(nonce), e.EncodeToString(tag), e.EncodeToString(text)}, ":"), nil
}

// Open decrypts what Seal, or the reference with the same key, has encrypted.
func (v *Vault) Open(sealed string) (string, error) {
	if v.aead == nil {
		return "", errNoVault
	}
	wrong := errors.New("a second factor's secret was encrypted in another way or with another key")
	parts := strings.Split(sealed, ":")
	if len(parts) != 4 || parts[0] != vaultVersion {
		return "", wrong
	}
	var raw [3][]byte
	for i := range raw {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(parts[i+1]); err != nil {
			return "", wrong
		}
	}
	if len(raw[0]) != v.aead.NonceSize() {
		return "", wrong
	}
	secret, err := v.aead.Open(nil, raw[0], append(raw[2], raw[1]...), nil)
	if err != nil {
		return "", wrong
	}
	return string(secret), nil
}

// NewRecoveryCode returns a code by which somebody without their second factor can log in once: 128 random bits in hex, in
// eight groups.
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

// NormalRecoveryCode is a recovery code as it is hashed, however its owner writes it.
func NormalRecoveryCode(code string) string { return strings.ToLower(strings.TrimSpace(code)) }
