package idempotency

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// Header is the header in which a request carries its key.
const Header = "Idempotency-Key"

// Replayed is the header of an answer that was given before.
const Replayed = "Idempotency-Replayed"

const (
	lifetime   = 24 * time.Hour         // how long an answer is kept
	patience   = 60 * time.Second       // how long a request may run; later it is taken to have died
	waiting    = 30 * time.Second       // how long another with the same key waits for the first
	firstPause = 100 * time.Millisecond // before a look whether another server has answered it; twice as long each time
	lastPause  = 2 * time.Second
	maxAnswer  = 4 << 20 // bytes of an answer that is kept
	maxKey     = 255
)

// Middleware stores the answers to POST requests that carry a key. Each answer is for the caller who sent the request only, and
// encrypted by the key. The middleware must be inside those that identify callers and limit bodies.
type Middleware struct {
	DB  db.DB
	Now func() time.Time
	Log *slog.Logger
	// Fail answers a request that is refused.
	Fail func(w http.ResponseWriter, r *http.Request, err error)

	running running
}

// owned is a request that this server runs.
type owned struct {
	id    string
	claim int64
}

// running are the requests that this server runs, for those who wait for them.
type running struct {
	mu sync.Mutex
	by map[string]chan struct{}
}

// begin notes that a request runs, until the returned function is called.
func (r *running) begin(id string) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[string]chan struct{}{}
	}
	ended := make(chan struct{})
	r.by[id] = ended
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.by[id] == ended {
			delete(r.by, id)
		}
		close(ended)
	}
}

// ended returns a channel that is closed when a request has ended; nil if it does not run here.
func (r *running) ended(id string) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[id]
}

// Wrap puts the middleware around h.
func (m *Middleware) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(Header)
		if r.Method != http.MethodPost || key == "" {
			h.ServeHTTP(w, r)
			return
		}
		if err := m.serve(w, r, key, h); err != nil {
			m.Fail(w, r, err)
		}
	})
}

var (
	errOther   = model.Conflict.Errorf("The Idempotency-Key was used for another request")
	errRunning = model.Conflict.Errorf("The request with this Idempotency-Key is still running; send it again later")
	errLost    = model.Conflict.Errorf("The request with this Idempotency-Key has been done, but its answer was lost; look at what it changed")
)

func (m *Middleware) serve(w http.ResponseWriter, r *http.Request, key string, h http.Handler) error {
	if len(key) > maxKey {
		return model.Invalid.Errorf("The Idempotency-Key is longer than %d characters", maxKey)
	}
	if err := model.CheckText("The "+Header, key); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return model.Invalid.Errorf("The body could not be read")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	ctx := r.Context()
	viewer := auth.Viewer(ctx)
	sender := []string{"id", r.Header.Get(auth.KeyHeader), viewer.CustomerID, viewer.IdentityID, key}
	if viewer.Link != nil {
		sender = append(sender, viewer.Link.OrderID, viewer.Link.CustomerID)
	}
	id := hash(sender...)
	// With the key, which is not kept, nobody can find out from the hash what short secrets, such as a password, a body held.
	request := hash("request", key, r.Method, r.URL.Path, r.URL.RawQuery, string(body))
	began, pause := m.Now(), firstPause
	for {
		ended := m.running.ended(id)
		now := m.Now()
		known, claim, err := m.DB.BeginKeyed(ctx, id, request, now, now.Add(patience), now.Add(lifetime))
		if err != nil {
			return err
		}
		switch {
		case claim != 0:
			return m.run(w, r, owned{id, claim}, key, h)
		case known == nil: // it has just been forgotten: try again
		case known.RequestHash != request:
			return errOther
		case known.Status != 0:
			return replay(w, key, known)
		case !now.Before(known.RunningTo) && known.Committed:
			return errLost
		case !now.Before(known.RunningTo):
			if ok, err := m.DB.TakeOverKeyed(ctx, id, known, now, now.Add(patience)); err != nil || ok {
				if err != nil {
					return err
				}
				return m.run(w, r, owned{id, known.Claim + 1}, key, h)
			}
		case now.Sub(began) > waiting:
			return errRunning
		}
		if ended != nil { // it runs here
			select {
			case <-ended:
				continue
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(waiting):
				return errRunning
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// run answers the request and stores the answer. A request that failed through no fault of the client may be repeated.
func (m *Middleware) run(w http.ResponseWriter, r *http.Request, o owned, key string, h http.Handler) error {
	defer m.running.begin(o.id)()
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	// An answer must be kept even if the client has gone, who may ask again.
	keep := context.WithoutCancel(r.Context())
	finished := false
	defer func() {
		if !finished { // the handler panicked
			m.forget(keep, o)
		}
	}()
	h.ServeHTTP(rec, r.WithContext(db.WithKeyed(r.Context(), o.id, o.claim)))
	finished = true
	if rec.status >= http.StatusInternalServerError || rec.status == http.StatusTooManyRequests || rec.body.Len() > maxAnswer || failedInside(rec.body.Bytes()) {
		m.forget(keep, o)
		return nil
	}
	sealed, err := seal(key, stored{Header: kept(rec.Header()), Body: rec.body.Bytes()})
	if err == nil {
		err = m.DB.FinishKeyed(keep, o.id, o.claim, rec.status, sealed)
	}
	if err != nil {
		m.Log.ErrorContext(keep, "keep the answer of a request", "error", err)
	}
	return nil
}

func (m *Middleware) forget(ctx context.Context, o owned) {
	if err := m.DB.ForgetKeyed(ctx, o.id, o.claim); err != nil {
		m.Log.ErrorContext(ctx, "forget a request", "error", err)
	}
}

// failedInside reports whether a GraphQL answer, whose status is 200, contains an internal error.
func failedInside(body []byte) bool {
	return bytes.HasPrefix(body, []byte(`{"errors":`)) && bytes.Contains(body, []byte(`"type":"`+string(model.Internal)+`"`)) ||
		bytes.HasPrefix(body, []byte(`{"errors":`)) && bytes.Contains(body, []byte(`"type":"`+string(model.Unavailable)+`"`))
}

func replay(w http.ResponseWriter, key string, k *db.Keyed) error {
	s, err := open(key, k.Answer)
	if err != nil {
		return err
	}
	maps.Copy(w.Header(), s.Header)
	w.Header().Set(Replayed, "true")
	w.WriteHeader(k.Status)
	_, _ = w.Write(s.Body)
	return nil
}

// A recorder forwards an answer and records it.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.body.Len() <= maxAnswer {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is underneath.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// stored is what is stored of an answer.
type stored struct {
	Header http.Header
	Body   []byte
}

// kept are the headers that belong to the answer itself.
func kept(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range []string{"Content-Type", "Set-Cookie", "Retry-After", "Content-Security-Policy"} {
		if v := h.Values(name); len(v) > 0 {
			out[name] = v
		}
	}
	return out
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// sealer encrypts with a key derived from the Idempotency-Key, which is not stored.
func sealer(key string) (cipher.AEAD, error) {
	secret := sha256.Sum256([]byte("answer\x00" + key))
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func seal(key string, s stored) ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	c, err := sealer(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, c.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	return c.Seal(nonce, nonce, text, nil), nil
}

func open(key string, sealed []byte) (stored, error) {
	var s stored
	c, err := sealer(key)
	if err != nil {
		return s, err
	}
	if len(sealed) < c.NonceSize() {
		return s, errors.New("a kept answer is too short")
	}
	text, err := c.Open(nil, sealed[:c.NonceSize()], sealed[c.NonceSize():], nil)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}
