package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"storegraph/db"
	"storegraph/db/dbtest"
)

// A server delivers what is written to its database by others, gives up what nobody takes, and tells so.
func TestEvents(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := dbtest.Open(t, url, db.Options{})
	var status atomic.Int64
	status.Store(http.StatusOK)
	came := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(int(status.Load()))
		came <- r.Header.Get("Webhook-Id")
	}))
	t.Cleanup(receiver.Close)
	env := shopEnv(url)
	env["EVENT_WEBHOOK_URLS"], env["EVENT_WEBHOOK_SECRET"] = receiver.URL, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	env["EVENT_ATTEMPTS"] = "1"
	emit := func(name, token string) {
		t.Helper()
		if err := d.Emit(t.Context(), name, map[string]string{"token": token}, time.Now()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-came:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s did not come", name)
		}
	}
	p := begin(t, env, "serve")
	p.await(t, `address=(\S+)`)
	emit("order.placed", "delivered")
	status.Store(http.StatusInternalServerError)
	emit("order.canceled", "of nobody")
	emit("auth.password_reset", "very-secret")
	p.await(t, `an event is given up.*auth.password_reset`)
	p.stop(t)
	if strings.Contains(p.out.String(), "very-secret") {
		t.Errorf("the log tells a secret: %s", p.out)
	}
	list := func(args ...string) string {
		t.Helper()
		p := begin(t, env, append([]string{"events"}, args...)...)
		if err := p.end(); err != nil {
			t.Fatal(err)
		}
		return p.out.String()
	}
	for _, want := range []string{"order.canceled", "auth.password_reset", "dead, secrets removed", "status 500"} {
		if text := list(); !strings.Contains(text, want) || strings.Contains(text, "order.placed") || strings.Contains(text, "secret-") || strings.Contains(text, receiver.URL) {
			t.Errorf("events printed %s, want %q", text, want)
		}
	}
	if text := list("retry"); !strings.HasPrefix(text, "1 events") {
		t.Errorf("events retry printed %s, want one event", text)
	}
	if text := list(); strings.Count(text, "dead") != 1 || !strings.Contains(text, "due 20") {
		t.Errorf("events after retry printed %s, want one dead and one due", text)
	}
	if err := begin(t, env, "events", "drop").end(); err == nil {
		t.Error("events drop did not fail")
	}
}

func TestEventSettings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no secret":       {map[string]string{"EVENT_WEBHOOK_URLS": "https://a.example/pass1"}, "EVENT_WEBHOOK_SECRET"},
		"no sender":       {map[string]string{"NOTIFICATION_URL": "smtp://u:pass1@mail.example"}, "NOTIFICATION_FROM"},
		"bad mail server": {map[string]string{"NOTIFICATION_URL": "imap://u:pass1@mail.example", "NOTIFICATION_FROM": "a@b.example"}, "NOTIFICATION_URL"},
		"no storefront":   {map[string]string{"STOREFRONT_URL": "shop"}, "STOREFRONT_URL"},
		"no duration":     {map[string]string{"EVENT_KEEP": "-1h"}, "EVENT_KEEP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := shopEnv(dbtest.ReadShopURL(t))
			maps.Copy(env, tc.env)
			err := begin(t, env, "serve").end()
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "pass1") {
				t.Errorf("serve = %v, want a refusal that names %s and no secret", err, tc.want)
			}
		})
	}
}
