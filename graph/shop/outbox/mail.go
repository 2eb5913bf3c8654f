package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// A Message is a mail.
type Message struct {
	ID       string // the same at every attempt, so that receivers can recognise repetitions
	Template string // the event that it is about, such as auth.password_reset
	To       string // the e-mail address
	Subject  string
	Text     string // as plain text
	HTML     string
}

// A Sender sends messages.
type Sender interface {
	// Send sends a message once. It fails with ErrPermanent in the chain if another attempt makes no sense. The text of its error
	// contains neither an address nor the message.
	Send(ctx context.Context, m *Message) error
}

// MailerConfig is what a Mailer needs.
type MailerConfig struct {
	DB         db.DB
	Sender     Sender
	Templates  *Templates
	Shop       string // the shop's name
	Storefront string // the address of the storefront, to which links lead
	Now        func() time.Time
}

// A Mailer is the destination that writes the mails that some events ask for: a link to choose a new password, a code that shows that
// an address is theirs, the wish of another customer to take over an order. It ignores other events.
type Mailer struct{ MailerConfig }

// NewMailer returns a mailer.
func NewMailer(c MailerConfig) *Mailer { return &Mailer{c} }

// Name identifies the mailer among the destinations of events.
func (*Mailer) Name() string { return "mail" }

// Deliver sends the mail that an event asks for. A mail whose link or code has expired is not sent.
func (m *Mailer) Deliver(ctx context.Context, e *model.Event) error {
	c, err := m.content(ctx, e)
	if err != nil || c == nil {
		return err
	}
	if !c.Until.IsZero() && !m.Now().Before(c.Until) {
		return fmt.Errorf("%w: it is too late", ErrPermanent)
	}
	if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
		return fmt.Errorf("%w: the recipient is no e-mail address", ErrPermanent)
	}
	msg, err := m.Templates.message(e, c)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPermanent, err)
	}
	return m.Sender.Send(ctx, msg)
}

// A Content is what a template can contain.
type Content struct {
	Shop       string // the shop's name
	Storefront string // the address of the storefront, without a slash at its end
	Email      string // of the recipient
	Secret     string // the token or code for the recipient
	OrderID    string // of a transfer
	DisplayID  int
	Until      time.Time // when the secret expires; zero: never
	Minutes    int       // the same, in minutes after the event
	Link       string    // from the template's "link"
}

// content returns what the mail about an event contains, or nil if there is to be none.
func (m *Mailer) content(ctx context.Context, e *model.Event) (*Content, error) {
	var p struct {
		EntityID    string    `json:"entity_id"`
		EntityType  string    `json:"entity_type"`
		ActorType   string    `json:"actor_type"`
		Token       string    `json:"token"`
		Code        string    `json:"code"`
		ExpiresAt   time.Time `json:"expires_at"`
		OrderChange string    `json:"order_change_id"`
	}
	c := &Content{Shop: m.Shop, Storefront: m.Storefront}
	switch e.Name {
	case model.EventPasswordReset, model.EventVerificationRequested, model.EventTransferRequested:
		if err := json.Unmarshal(e.Payload, &p); err != nil {
			return nil, fmt.Errorf("%w: its payload is not as it should be", ErrPermanent)
		}
	default:
		return nil, nil //nolint:nilnil // no mail is the answer
	}
	switch e.Name {
	case model.EventPasswordReset:
		if p.ActorType != "customer" {
			return nil, nil //nolint:nilnil // others than customers have no storefront to go to
		}
		c.Email, c.Secret, c.Until = p.EntityID, p.Token, e.CreatedAt.Add(model.ResetLifetime)
	case model.EventVerificationRequested:
		if p.EntityType != "email" {
			return nil, nil //nolint:nilnil // what is not an address gets no mail
		}
		c.Email, c.Secret, c.Until = p.EntityID, p.Code, p.ExpiresAt
	case model.EventTransferRequested:
		t, err := m.DB.OrderTransfer(ctx, p.OrderChange)
		if errors.Is(err, model.NotFound) {
			return nil, nil //nolint:nilnil // it has been answered meanwhile
		}
		if err != nil {
			return nil, errors.New("the order's transfer cannot be read")
		}
		c.Email, c.Secret, c.OrderID, c.DisplayID = t.Email, t.Token, t.OrderID, t.DisplayID
	}
	if !c.Until.IsZero() {
		c.Minutes = int(c.Until.Sub(e.CreatedAt).Round(time.Minute) / time.Minute)
	}
	return c, nil
}
