package model

import "time"

// An Event says that something has happened in the store, with the names and payloads of the reference's events.
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

// SecretKeys returns the keys of payloads that hold secrets, by the names of events. They are removed from the stored payload
// once an event is delivered or is a dead letter.
func SecretKeys() map[string][]string {
	return map[string][]string{
		EventPasswordReset:         {"token"},
		EventVerificationRequested: {"code"},
		EventTransferRequested:     {"token"},
	}
}

// An OpenDelivery is the delivery of an event to a destination that has not succeeded yet, without the payload.
type OpenDelivery struct {
	EventID     string
	Name        string
	Destination string // empty while no server has taken up the event
	CreatedAt   Time
	Attempts    int
	DueAt       Time   // of the next attempt
	DeadAt      *Time  // when it became a dead letter; nil while it is retried
	Error       string // why the last attempt failed
	Redacted    bool   // the event's secrets are removed, so that it cannot be delivered any more
}

// An OrderTransfer is the request of a customer to take over an order of another customer.
type OrderTransfer struct {
	OrderID   string
	DisplayID int
	Email     string // of the present owner, who accepts or declines
	Token     string // with which the owner does
}
