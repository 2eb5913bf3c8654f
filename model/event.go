package model

import "time"

// An Event is something that has happened in the store, in the words of the reference's events.
type Event struct {
	ID        string
	Name      string // such as order.placed
	Payload   JSON
	CreatedAt time.Time
	Attempts  int      // to deliver it, this one counted
	Delivered []string // the names of the destinations to which it has come
}

// The events that are secret in part.
const (
	EventPasswordReset         = "auth.password_reset"
	EventVerificationRequested = "auth.verification_requested"
	EventTransferRequested     = "order.transfer_requested"
)

// secretKeys are the keys of payloads by which somebody else could act, by the names of events.
var secretKeys = map[string][]string{
	EventPasswordReset:         {"token"},
	EventVerificationRequested: {"code"},
	EventTransferRequested:     {"token"},
}

// SecretKeys are the keys of the payload that must not be kept once the event is delivered or given up.
func (e *Event) SecretKeys() []string { return secretKeys[e.Name] }

// An OpenEvent is an event that is not delivered, without what it says.
type OpenEvent struct {
	ID        string
	Name      string
	CreatedAt Time
	Attempts  int
	DueAt     Time   // of the next attempt
	DeadAt    *Time  // when it was given up; nil while it is tried
	Error     string // why the last attempt failed
	Redacted  bool   // its secrets are gone, so it cannot be delivered any more
}

// An OrderTransfer is the wish of a customer to have an order that is another's.
type OrderTransfer struct {
	OrderID   string
	DisplayID int
	Email     string // of the present owner, who decides
	Token     string // by which they do
}
