package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/oauth2"

	"github.com/storegraph/storegraph/model"
)

// A Redirector is an authentication provider with a page of its own.
type Redirector interface {
	// ID is the provider's name in paths, such as google.
	ID() string
	// DisplayName is the name to show.
	DisplayName() string
	// CallbackURL is the address to which the page redirects, unless a log-in has another.
	CallbackURL() string
	// Location is the address of the page for a log-in.
	Location(ctx context.Context, l *LogIn) (string, error)
	// Identify returns the profile of the user who has logged in on the page, for the code with which it redirected.
	Identify(ctx context.Context, l *LogIn, code string) (*Profile, error)
}

// A LogIn is a log-in on a provider's page.
type LogIn struct {
	State       string // identifies the log-in when the page redirects
	Verifier    string // of RFC 7636, without which the code is worthless
	Nonce       string // that the provider's answer must repeat
	CallbackURL string
}

// NewLogIn returns a log-in that redirects to an address.
func NewLogIn(callback string) *LogIn {
	state := make([]byte, 32)
	_, _ = rand.Read(state) // it never fails
	return &LogIn{State: hex.EncodeToString(state), Verifier: oauth2.GenerateVerifier(), Nonce: rand.Text(), CallbackURL: callback}
}

// A Profile is what a provider knows of a user.
type Profile struct {
	EntityID         string
	UserMetadata     model.JSON
	ProviderMetadata model.JSON // nil: nothing is stored
	Fresh            bool       // replaces what was stored at an earlier log-in
}

// Client is the shop's registration at a provider.
type Client struct {
	ID          string
	Secret      string
	CallbackURL string
}

// providerTime is how long a provider may take to answer.
const providerTime = 10 * time.Second

var providerClient = &http.Client{Timeout: providerTime}

// refusal is the error of a provider that does not exchange a code, without its text, which may contain what was sent.
func refusal(err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := ""
		if e.Response != nil {
			status = ", " + strconv.Itoa(e.Response.StatusCode)
		}
		return model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("Could not exchange token%s", status)
	}
	return fmt.Errorf("exchange a code: %w", err)
}
