package auth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/scrypt"
)

// The cost of a new hash, the reference's: 32 MB and about 70 ms. Hashes that cost more than maxCost are not tried.
const (
	logN    = 15
	codeN   = 1 // of the hash of a code of 128 random bits, which nobody can guess however fast a try is
	blocks  = 8
	lanes   = 1
	maxCost = 1 << 28 // bytes of memory
)

// keyLength is the length of a key in Colin Percival's format: "scrypt", version, log2 of N, r and p, 32 bytes of salt,
// the first half of SHA-256 of all that, and HMAC-SHA-256 of all that with the second half of the derived key.
const keyLength = 96

// A Hasher makes and checks the password hashes of the reference's emailpass provider. It runs a few at a time, so that
// many log-ins at once wait instead of filling the memory.
type Hasher struct {
	slots chan struct{}
	decoy func() (string, error)
}

// NewHasher returns a hasher that runs at most parallel hashes at a time.
func NewHasher(parallel int) *Hasher {
	h := &Hasher{slots: make(chan struct{}, max(1, parallel))}
	h.decoy = sync.OnceValues(func() (string, error) { return newHash(rand.Text()) })
	return h
}

// Hash returns the hash of a password, with fresh salt.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.takeSlot(ctx); err != nil {
		return "", err
	}
	defer h.freeSlot()
	return newHash(password)
}

// Verify reports whether a hash is that of a password. For an invalid hash it returns false after as long a time, so that the time does
// not tell whether an account exists.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	if err := h.takeSlot(ctx); err != nil {
		return false, err
	}
	defer h.freeSlot()
	ok, err := verify(hash, password)
	if err == nil {
		return ok, nil
	}
	decoy, err := h.decoy()
	if err != nil {
		return false, err
	}
	_, err = verify(decoy, password)
	return false, err
}

func (h *Hasher) takeSlot(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hasher) freeSlot() { <-h.slots }

// HashCode returns the hash of a recovery code, in the format of passwords' hashes. It takes no time to speak of.
func HashCode(code string) (string, error) { return scryptHash(NormalRecoveryCode(code), codeN) }

// VerifyCode returns the key of the hash that a recovery code has, or an empty text. It tries the hashes of HashCode first, which
// cost nothing; those that the reference made cost a password's each.
func (h *Hasher) VerifyCode(ctx context.Context, hashes map[string]string, code string) (string, error) {
	code = NormalRecoveryCode(code)
	keys := slices.SortedFunc(maps.Keys(hashes), func(a, b string) int {
		return cmp.Or(cost(hashes[a])-cost(hashes[b]), strings.Compare(a, b))
	})
	for _, key := range keys {
		if cost(hashes[key]) == codeN {
			if ok, err := verify(hashes[key], code); err != nil || ok {
				return key, err
			}
			continue
		}
		if ok, err := h.Verify(ctx, hashes[key], code); err != nil || ok {
			return key, err
		}
	}
	return "", nil
}

// cost is the log2 of N of a hash; an invalid one costs as much as a new password's.
func cost(hash string) int {
	key, err := base64.StdEncoding.DecodeString(hash)
	if err != nil || len(key) != keyLength {
		return logN
	}
	return int(key[7])
}

func newHash(password string) (string, error) { return scryptHash(password, logN) }

func scryptHash(password string, n byte) (string, error) {
	key := make([]byte, keyLength)
	copy(key, "scrypt")
	key[7] = n
	binary.BigEndian.PutUint32(key[8:], blocks)
	binary.BigEndian.PutUint32(key[12:], lanes)
	_, _ = rand.Read(key[16:48]) // it never fails
	sum := sha256.Sum256(key[:48])
	copy(key[48:64], sum[:16])
	mac, err := signature(key, password)
	if err != nil {
		return "", err
	}
	copy(key[64:], mac)
	return base64.StdEncoding.EncodeToString(key), nil
}

// errNoHash is the error of an invalid hash, or one that would cost too much.
var errNoHash = errors.New("not a password hash")

func verify(hash, password string) (bool, error) {
	key, err := base64.StdEncoding.DecodeString(hash)
	if err != nil || len(key) != keyLength || string(key[:6]) != "scrypt" {
		return false, errNoHash
	}
	sum := sha256.Sum256(key[:48])
	if subtle.ConstantTimeCompare(sum[:16], key[48:64]) != 1 {
		return false, errNoHash
	}
	mac, err := signature(key, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(mac, key[64:]) == 1, nil
}

// signature signs the head of a key with what its parameters derive from the password.
func signature(key []byte, password string) ([]byte, error) {
	n, r, p := key[7], binary.BigEndian.Uint32(key[8:]), binary.BigEndian.Uint32(key[12:])
	if n < 1 || n > 24 || r < 1 || p < 1 || r > 1<<10 || p > 1<<4 || uint64(128)<<n*uint64(r) > maxCost {
		return nil, errNoHash
	}
	derived, err := scrypt.Key([]byte(password), key[16:48], 1<<n, int(r), int(p), 64)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, derived[32:])
	mac.Write(key[:64])
	return mac.Sum(nil), nil
}
