package model

import "time"

// An Event is something that has happened in the store, in the words of the reference's events.
type Event struct {
	ID        string
	Name      string // such as order.placed
	Payload   JSON
	CreatedAt time.Time
}

// The events whose payload holds secrets.
const (
	EventPasswordReset         = "auth.password_reset"
	EventVerificationRequested = "auth.verification_requested"
	EventTransferRequested     = "order.transfer_requested"
)

// SecretKeys returns the keys of payloads by which somebody else could act, by the names of events. They are removed from what is kept
// of an event that is delivered or given up.
func SecretKeys() map[string][]string {
	return map[string][]string{
		EventPasswordReset:         {"token"},
		EventVerificationRequested: {"code"},
		EventTransferRequested:     {"token"},
	}
}

// An OpenDelivery is an event that has not come to a destination, without its payload.
type OpenDelivery struct {
	EventID     string
	Name        string
	Destination string // empty of an event that no server has looked at yet
	CreatedAt   Time
	Attempts    int
	DueAt       Time   // of the next attempt
	DeadAt      *Time  // when it was given up; nil while it is tried
	Error       string // why the last attempt failed
	Redacted    bool   // the event's secrets are gone, so that it cannot be delivered any more
}

// An OrderTransfer is the request of a customer to take over an order of another.
type OrderTransfer struct {
	OrderID   string
	DisplayID int
	Email     string // of the present owner, who decides
	Token     string // by which they do
}
