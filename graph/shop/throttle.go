package shop

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// networksPerAccount is from how many networks at once an account may be tried as often as from each.
const networksPerAccount = 10

// limits are how many failed attempts there may be under each key.
type limits map[string]int

// perNetwork are the limits of attempts to prove who one is, by the account, if one is named, and by the network that they come from.
// An account is counted by network, so that guesses from one do not keep its owner out in another.
func (s *Shop) perNetwork(ctx context.Context, account ...string) limits {
	network := s.network(ctx)
	out := limits{"address\x00" + network: s.Throttle.PerAddress}
	if len(account) > 0 {
		name := "account\x00" + strings.Join(account, "\x00")
		out[name+"\x00from\x00"+network] = s.Throttle.PerAccount
		out[name] = s.Throttle.PerAccount * networksPerAccount
	}
	return out
}

// anywhere are the limits of what must not be tried more often from many networks than from one: codes that are short, and mails to
// somebody.
func (s *Shop) anywhere(ctx context.Context, account ...string) limits {
	return limits{
		"address\x00" + s.network(ctx):                s.Throttle.PerAddress,
		"account\x00" + strings.Join(account, "\x00"): s.Throttle.PerAccount,
	}
}

// attempt counts an attempt. It fails if there have been too many. Attempts count before they are made, so that many at once are no
// more than one after another; one that succeeds is given back by succeeded.
func (s *Shop) attempt(ctx context.Context, l limits) error {
	now := s.Now()
	counts, began, err := s.DB.Attempts(ctx, slices.Collect(maps.Keys(l)), now, s.Throttle.Window)
	if err != nil {
		return err
	}
	for key, limit := range l {
		if counts[key] > limit {
			return &model.Error{
				Kind: model.Throttled, Message: "Too many attempts. Try again later.", RetryAfter: began[key].Add(s.Throttle.Window).Sub(now),
			}
		}
	}
	return nil
}

// succeeded gives back attempts, which were no failures.
func (s *Shop) succeeded(ctx context.Context, l limits, attempts int) error {
	return s.DB.GiveBackAttempts(ctx, slices.Collect(maps.Keys(l)), attempts)
}

// tried makes an attempt that check decides, and reports whether it succeeded.
func (s *Shop) tried(ctx context.Context, l limits, check func() (bool, error)) (bool, error) {
	if err := s.attempt(ctx, l); err != nil {
		return false, err
	}
	ok, err := check()
	if err != nil || !ok {
		return false, err
	}
	return true, s.succeeded(ctx, l, 1)
}

// network is what a request comes from: an IPv4 address, or the /64 of an IPv6 address, which one household or machine has whole.
func (s *Shop) network(ctx context.Context) string {
	text := s.ClientAddr(ctx)
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is6() {
		return text
	}
	p, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return text
	}
	return p.String()
}
