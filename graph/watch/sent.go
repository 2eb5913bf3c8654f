package watch

import (
	"context"
	"hash/maphash"
)

// Sent knows what a subscription's client was sent last of each thing, so that it is not sent the same again.
type Sent struct {
	seed  maphash.Seed
	last  map[string]uint64
	queue chan string // of the things that are read and not written yet: at most one that is being written and the next
}

type sentKey struct{}

// WithSent returns a context for one subscription.
func WithSent(ctx context.Context) (context.Context, *Sent) {
	s := &Sent{queue: make(chan string, 2)}
	return context.WithValue(ctx, sentKey{}, s), s
}

// Sending says which thing the next answer is of. Answers for which nobody does are always sent.
func Sending(ctx context.Context, id string) {
	if s, ok := ctx.Value(sentKey{}).(*Sent); ok {
		s.queue <- id
	}
}

// Repeats reports whether an answer says the same as the last one of the same thing. It must be asked once for each answer, in their
// order.
func (s *Sent) Repeats(answer []byte) bool {
	var id string
	select {
	case id = <-s.queue:
	default:
		return false
	}
	if s.last == nil {
		s.seed, s.last = maphash.MakeSeed(), map[string]uint64{}
	}
	sum := maphash.Bytes(s.seed, answer)
	before, known := s.last[id]
	s.last[id] = sum
	return known && before == sum
}
