package graph

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/storegraph/storegraph/graph/shop/auth"
)

// What stays open lasts no longer than the token with which it was opened.
func TestUntilExpiry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := &Server{now: func() time.Time { return now }, sessions: &auth.Sessions{}}
	var err error
	if s.tokens, err = auth.NewTokens("supersecret", auth.TokenOptions{Lifetime: time.Hour}, s.now); err != nil {
		t.Fatal(err)
	}
	token, err := s.tokens.Sign(auth.Claims{ActorID: "cus_1", ActorType: "customer"})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql", http.NoBody)
	x := publicExecutor{s}
	ctx, cancel := x.UntilExpiry(x.Identify(r))
	defer cancel()
	if deadline, ok := ctx.Deadline(); ok {
		t.Errorf("a caller without a token is cut off at %s", deadline)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	now = now.Add(59 * time.Minute)
	ctx, cancel = x.UntilExpiry(x.Identify(r))
	defer cancel()
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Minute {
		t.Errorf("a caller whose token is good for a minute is cut off at %s, %v", deadline, ok)
	}
}
