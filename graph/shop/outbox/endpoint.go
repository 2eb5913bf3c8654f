package outbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/graph/shop/remote"
)

var errGone = fmt.Errorf("%w: the receiver wants no more messages", ErrPermanent)

// secretPrefix is what a secret begins with when it is written down.
const secretPrefix = "whsec_"

// leastSecret is how many bytes a secret has at least.
const leastSecret = 24

// An Endpoint is the address of another server, and the secret with which messages to it are signed as
// https://www.standardwebhooks.com specifies.
type Endpoint struct {
	url    string
	secret []byte
	client *http.Client
}

// NewEndpoint returns the endpoint at an http or https address. The secret is whsec_ and at least 24 bytes in base64.
func NewEndpoint(address, secret string) (*Endpoint, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("a webhook needs an http or https address") // without the address, which may contain a password
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) < leastSecret {
		return nil, fmt.Errorf("a webhook's secret is %s and at least %d bytes in base64", secretPrefix, leastSecret)
	}
	client := &http.Client{
		Transport: remote.Transport(nil, "webhook"),
		// A redirect would send the message to an address that is not configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Endpoint{url: address, secret: key, client: client}, nil
}

// Name identifies the endpoint without telling its address.
func (e *Endpoint) Name() string {
	sum := sha256.Sum256([]byte(e.url))
	return "webhook-" + hex.EncodeToString(sum[:6])
}

// Send sends a message, JSON, once. The id is the same at every try of the same message, so that the receiver can recognise
// repetitions. Any answer but a 2xx is an error, and 410 is ErrPermanent. No error tells the address or the message.
func (e *Endpoint) Send(ctx context.Context, id string, body []byte, now time.Time) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook's address is wrong")
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "storegraph")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", e.sign(id, stamp, body))
	res, err := e.client.Do(r)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // so that the connection can be used again
	switch {
	case res.StatusCode/100 == 2:
		return nil
	case res.StatusCode == http.StatusGone:
		return errGone
	default:
		return fmt.Errorf("the receiver answered with status %d", res.StatusCode)
	}
}

func (e *Endpoint) sign(id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, e.secret)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// reason is the error of a request without its address, which may contain a password.
func reason(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		if u.Timeout() {
			return errors.New("the receiver did not answer in time")
		}
		err = u.Err
	}
	if o, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("the receiver was not reached: %w", o.Err)
	}
	return err
}
