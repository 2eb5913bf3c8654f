package db

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/storegraph/storegraph/model"
)

// A Key is the publishable key of one request. It is checked together with the request's first read, so
// that it costs no round trip of its own. A Key is safe for concurrent use.
type Key struct {
	token string
	state atomic.Pointer[keyState] // nil until it is guessed or checked
}

// A keyState is what is known of a key. It is never changed.
type keyState struct {
	checked  bool
	channels []string
}

// Token is the key as requests show it; empty of a nil key.
func (k *Key) Token() string {
	if k == nil {
		return ""
	}
	return k.token
}

// channels returns the key's sales channels as they are known, which may be a guess.
func (k *Key) channels() []string {
	if s := k.state.Load(); s != nil {
		return s.channels
	}
	return nil
}

// NewKey returns the key with this token, not yet checked.
func NewKey(token string) *Key { return &Key{token: token} }

// MerchantKey returns the key of who works on the shop itself, as the command line does. It is always valid, and opens no sales channel.
func MerchantKey() *Key {
	k := &Key{token: "merchant"}
	k.state.Store(&keyState{checked: true})
	return k
}

// Anew returns the same key, to be checked again. A nil key stays nil.
func (k *Key) Anew() *Key {
	if k == nil {
		return nil
	}
	return NewKey(k.token)
}

// Errors of publishable keys, in the reference's words.
var (
	errNoKey = model.NotAllowed.Errorf("Publishable API key required in the request header: x-publishable-api-key. " +
		"You can manage your keys in settings in the dashboard.")
	errBadKey    = model.NotAllowed.Errorf("A valid publishable key is required to proceed with the request")
	errNoChannel = model.Invalid.Errorf("Publishable key needs to have a sales channel configured")
)

// IsKeyError reports whether an error is that of a missing or an invalid publishable key.
func IsKeyError(err error) bool { return errors.Is(err, errNoKey) || errors.Is(err, errBadKey) }

const keySQL = `SELECT l.sales_channel_id
FROM api_key k
LEFT JOIN publishable_api_key_sales_channel l ON l.publishable_key_id = k.id AND l.deleted_at IS NULL
WHERE k.token = $1 AND k.type = 'publishable' AND k.deleted_at IS NULL AND (k.revoked_at IS NULL OR k.revoked_at > now())
ORDER BY l.sales_channel_id`

// CheckKey fails unless the key is valid now.
func (d DB) CheckKey(ctx context.Context, k *Key) error {
	return d.keyed(ctx, k, false, func(*batch) {})
}

// keyed runs the reads that fill queues, together with the check of the key unless that has been made. If scoped,
// the reads depend on the key's sales channels: they are guessed from the last time the key was seen, and the reads
// are repeated in the rare case that the guess is found wrong.
func (d DB) keyed(ctx context.Context, k *Key, scoped bool, fill func(b *batch)) error {
	if k == nil || k.token == "" {
		return errNoKey
	}
	if model.CheckText("key", k.token) != nil { // there is no such key, and the database could not be asked for it
		return errBadKey
	}
	if s := k.state.Load(); s != nil && s.checked {
		return d.run(ctx, fill)
	}
	// Several reads of one request may check the key at once, each with its own: none waits for another's.
	guess, known := d.keys.get(k.token)
	k.state.CompareAndSwap(nil, &keyState{channels: guess})
	together := known || !scoped
	var found []string
	valid := false
	err := d.run(ctx, func(b *batch) {
		found, valid = nil, false
		b.read(keySQL, []any{k.token}, func(c *cursor) {
			valid = true
			if ch := c.maybeText(); ch != nil {
				found = append(found, *ch)
			}
		})
		if together {
			fill(b)
		}
	})
	if err == nil && !valid {
		d.keys.drop(k.token)
		return errBadKey
	}
	if !valid {
		return err
	}
	k.state.Store(&keyState{checked: true, channels: found})
	d.keys.put(k.token, found)
	if together && (!scoped || slices.Equal(guess, found)) {
		return err
	}
	return d.run(ctx, fill)
}

// scope returns the sales channels that a read may see: the key's, or those of asked, which must be among
// them. It fails on a key without channels. The key must have been checked or guessed.
func (k *Key) scope(asked []string) ([]string, error) {
	for _, ch := range asked {
		if !slices.Contains(k.channels(), ch) {
			return nil, model.Invalid.Errorf("Requested sales channel is not part of the publishable key")
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	channels := k.channels()
	if len(channels) == 0 {
		return nil, errNoChannel
	}
	return channels, nil
}

// keyAge is how long a key's channels are believed, even though a change of them is logged.
const keyAge = time.Minute

// A keyAt is what is known of a valid key at a version of the catalogue.
type keyAt struct {
	version  string
	channels []string
	until    time.Time
}

// ChannelsAt returns the sales channels of a key at a version of the catalogue, in order. It fails unless the key is valid, and asks the
// database at most once a version and minute, or a replica that shows that version. The version must have been taken before the call. It
// does not wait for a database that is away: by its answer something is kept, without which the request can do.
func (d DB) ChannelsAt(ctx context.Context, k *Key, version string) ([]string, error) {
	if k == nil || k.token == "" {
		return nil, errNoKey
	}
	asked := time.Now()
	if v, ok := d.keys.at.Load(k.token); ok {
		if known := v.(keyAt); known.version == version && asked.Before(known.until) {
			return known.channels, nil
		}
	}
	known, anew := keyAt{version: version, until: asked.Add(keyAge)}, k.Anew()
	err := d.keyed(hasty(d.ReadElsewhere(ctx, 0)), anew, false, func(b *batch) {
		b.read(keyEndSQL, []any{k.token}, func(c *cursor) {
			left, err := time.ParseDuration(c.text() + "us")
			c.fail(err)
			known.until = asked.Add(min(left, keyAge))
		})
	})
	if err != nil {
		d.keys.at.Delete(k.token)
		return nil, err
	}
	known.channels = anew.channels()
	d.keys.at.Store(k.token, known)
	return known.channels, nil
}

// keyEndSQL tells how long a key is valid that will be revoked.
const keyEndSQL = `SELECT (least(extract(epoch FROM revoked_at) - extract(epoch FROM now()), 3600) * 1000000)::bigint::text FROM api_key
WHERE token = $1 AND type = 'publishable' AND deleted_at IS NULL AND revoked_at IS NOT NULL`

// Sees reports whether what the key was found to open, when it was last checked, is these sales channels.
func (k *Key) Sees(channels []string) bool {
	s := k.state.Load()
	return s != nil && s.checked && slices.Equal(s.channels, channels)
}

// keyCache maps the tokens of valid keys to their sales channels. A shop has few keys.
type keyCache struct {
	m  sync.Map
	at sync.Map // keyAt, by token
}

func (c *keyCache) get(token string) ([]string, bool) {
	v, ok := c.m.Load(token)
	if !ok {
		return nil, false
	}
	return v.([]string), true
}

func (c *keyCache) put(token string, channels []string) { c.m.Store(token, channels) }
func (c *keyCache) drop(token string)                   { c.m.Delete(token) }
