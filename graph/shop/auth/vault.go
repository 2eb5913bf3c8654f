package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Vault encrypts the secrets of second factors as the reference does: v1, nonce, tag and text of AES-256-GCM in base64,
// between colons, with the SHA-256 of the shop's key.
type Vault struct{ aead cipher.AEAD }

const vaultVersion = "v1"

// NewVault returns the vault of a key. One without a key encrypts nothing and fails.
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

var errNoVault = model.Invalid.Because(model.UserErrorCodeFactorUnsupported).Errorf("MFA encryption key is required to use MFA methods")

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
