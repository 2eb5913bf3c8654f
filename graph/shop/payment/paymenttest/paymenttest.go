// Package paymenttest has a payment provider for tests, which keeps its payments in memory and can be made to fail.
package paymenttest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model"
)

// A Provider is a payment provider in memory. Its zero value authorises nothing until told so. It is safe for concurrent use.
type Provider struct {
	// Fail, if it is set, is asked before every call, by its name, and fails it with what it returns. It may also block.
	Fail func(ctx context.Context, call string) error

	mu       sync.Mutex
	statuses map[string]model.PaymentStatus // by session
	calls    map[string]int
	short    map[string]model.Amount
	excess   map[string]model.Amount
	refunds  map[string][]string // by session
	keys     map[string]bool     // of the refunds
}

// begin makes the maps of a zero value.
func (p *Provider) begin() {
	if p.calls == nil {
		p.calls, p.statuses, p.short = map[string]int{}, map[string]model.PaymentStatus{}, map[string]model.Amount{}
		p.excess, p.refunds, p.keys = map[string]model.Amount{}, map[string][]string{}, map[string]bool{}
	}
}

func (p *Provider) call(ctx context.Context, name string) error {
	if p.Fail != nil {
		if err := p.Fail(ctx, name); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin()
	p.calls[name]++
	return nil
}

// Calls returns how often each call succeeded.
func (p *Provider) Calls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.calls)
}

// Set makes a session have a status, as when its shopper has paid.
func (p *Provider) Set(session string, status model.PaymentStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin()
	p.statuses[session] = status
}

// Hold makes a session hold another amount than it should.
func (p *Provider) Hold(session string, amount model.Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.short[session] = amount
}

// Take makes a session have taken more than it should, by an amount.
func (p *Provider) Take(session string, excess model.Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excess[session] = excess
}

// Capture makes a session that is authorised captured.
func (p *Provider) Capture(ctx context.Context, s payment.Session) (payment.Outcome, error) {
	if err := p.call(ctx, "capture"); err != nil {
		return payment.Outcome{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.statuses[s.ID] == model.PaymentStatusAuthorized {
		p.statuses[s.ID] = model.PaymentStatusCaptured
	}
	return p.outcome(s.ID), nil
}

// Refund notes an amount that is given back, once for a key.
func (p *Provider) Refund(ctx context.Context, s payment.Session, amount model.Amount, key string) error {
	if err := p.call(ctx, "refund"); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.keys[key] {
		p.keys[key] = true
		p.refunds[s.ID] = append(p.refunds[s.ID], amount.String())
	}
	return nil
}

// Refunds returns what was given back of a session.
func (p *Provider) Refunds(session string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refunds[session])
}

// Sessions returns the statuses of all sessions.
func (p *Provider) Sessions() map[string]model.PaymentStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.statuses)
}

func (p *Provider) outcome(session string) payment.Outcome {
	data, _ := json.Marshal(map[string]string{"session": session, "status": string(p.statuses[session])})
	out := payment.Outcome{Status: p.statuses[session], Data: data}
	if a, ok := p.short[session]; ok {
		out.Amount = &a
	}
	if a, ok := p.excess[session]; ok {
		out.Excess = &a
	}
	return out
}

// Begin begins a session, which is pending.
func (p *Provider) Begin(ctx context.Context, r payment.Request) (payment.Outcome, error) {
	if err := p.call(ctx, "begin"); err != nil {
		return payment.Outcome{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statuses[r.SessionID] = model.PaymentStatusPending
	return p.outcome(r.SessionID), nil
}

// Authorize tells the status that was set.
func (p *Provider) Authorize(ctx context.Context, s payment.Session) (payment.Outcome, error) {
	if err := p.call(ctx, "authorize"); err != nil {
		return payment.Outcome{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outcome(s.ID), nil
}

// Void makes a session canceled.
func (p *Provider) Void(ctx context.Context, s payment.Session) (model.JSON, error) {
	if err := p.call(ctx, "void"); err != nil {
		return nil, err
	}
	p.Set(s.ID, model.PaymentStatusCanceled)
	return s.Data, nil
}

// Holder knows each customer by a name of its own.
func (p *Provider) Holder(ctx context.Context, c *model.PayingCustomer) (*payment.Holder, error) {
	return &payment.Holder{ID: "holder_" + c.ID, Data: model.JSON(`{"kept":true}`)}, p.call(ctx, "holder")
}

// Methods lists one method of each customer.
func (p *Provider) Methods(ctx context.Context, h payment.Holder) ([]*model.PaymentMethod, error) {
	return []*model.PaymentMethod{{ID: "card of " + h.ID, Data: model.JSON(`{"last4":"4242"}`)}}, p.call(ctx, "methods")
}

// Event reads an event that is written as JSON, and that the header X-Signed must bear.
func (p *Provider) Event(_ context.Context, w payment.Webhook) (payment.Event, error) {
	if w.Header("X-Signed") == "" {
		return payment.Event{}, model.Unauthorized.Errorf("the event is not signed")
	}
	var e struct{ ID, Action, Session, Amount string }
	if err := json.Unmarshal(w.Body, &e); err != nil {
		return payment.Event{}, model.Invalid.Errorf("no event")
	}
	out := payment.Event{ID: e.ID, Action: payment.Action(e.Action), SessionID: e.Session, Data: model.JSON(`{}`)}
	if e.Amount != "" {
		a, err := model.ParseAmount(e.Amount)
		if err != nil {
			return payment.Event{}, err
		}
		out.Amount = &a
	}
	return out, nil
}
