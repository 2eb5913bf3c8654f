package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A server delivers events that others have written to its database, makes dead letters of those that cannot be delivered, and
// lists them.
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
		late, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		select {
		case <-came:
		case <-late.Done():
			t.Fatalf("%s did not come", name)
		}
	}
	p := begin(t, env, "serve")
	p.await(t, `address=(\S+)`)
	emit("order.placed", "delivered")
	status.Store(http.StatusInternalServerError)
	emit("order.canceled", "of nobody")
	emit("auth.password_reset", "very-secret")
	p.await(t, `work is given up.*auth.password_reset`)
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

// A forgotten password is reset with the link of the mail, which is printed to the log in development.
func TestResetByMail(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.ShopURL(t))
	env["NOTIFICATION_URL"], env["STOREFRONT_URL"] = "log:", "https://shop.example.com/"
	p := begin(t, env, "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", 200)
	post := func(path, body, token string) (status int, text string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/auth/customer/emailpass"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		data, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(data)
	}
	email := dbtest.Handles(t)["email_anna"]
	if status, text := post("/reset-password", fmt.Sprintf(`{"identifier":%q}`, email), ""); status != http.StatusCreated || strings.Contains(text, "ey") {
		t.Fatalf("ask for a reset = %d %s, want 201 without a token", status, text)
	}
	token := p.await(t, `https://shop\.example\.com/reset-password\?token=([\w.-]+)&email=`)
	const chosen = "a new password"
	if status, text := post("/update", fmt.Sprintf(`{"password":%q}`, chosen), token); status != http.StatusOK {
		t.Fatalf("choose a password = %d %s", status, text)
	}
	if status, _ := post("/update", `{"password":"another"}`, token); status != http.StatusUnauthorized {
		t.Errorf("the token again = %d, want 401", status)
	}
	for password, want := range map[string]int{chosen: http.StatusOK, dbtest.Handles(t)["pass_anna"]: http.StatusUnauthorized} {
		if status, text := post("", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), ""); status != want {
			t.Errorf("log in with %q = %d %s, want %d", password, status, text, want)
		}
	}
	p.stop(t)
}

// The owner of an order is told by mail that another customer requests its transfer, and accepts with the token of the link.
func TestTransferByMail(t *testing.T) {
	t.Parallel()
	handles := dbtest.Handles(t)
	env := shopEnv(dbtest.ShopURL(t))
	env["NOTIFICATION_URL"] = "log:"
	p := begin(t, env, "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", 200)
	post := func(path, body, token string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		data, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("POST %s = %d %s (%v)", path, res.StatusCode, data, err)
		}
		return string(data)
	}
	text := post("/auth/customer/emailpass", fmt.Sprintf(`{"email":%q,"password":%q}`, handles["email_bob"], handles["pass_bob"]), "")
	var bob struct{ Token string }
	if err := json.Unmarshal([]byte(text), &bob); err != nil {
		t.Fatal(err)
	}
	order := handles["order_anna1"]
	if text := post("/store/orders/"+order+"/transfer/request", "{}", bob.Token); strings.Contains(text, `"token"`) {
		t.Errorf("who asks is told the token: %s", text)
	}
	token := p.await(t, `msg=mail to=`+regexp.QuoteMeta(handles["email_anna"])+`.*/order/`+order+`/transfer/([\w-]+)`)
	if text := post("/store/orders/"+order+"/transfer/accept?fields=customer_id", fmt.Sprintf(`{"token":%q}`, token), ""); !strings.Contains(text, handles["cus_bob"]) {
		t.Errorf("the order after the transfer = %s, want it to be Bob's", text)
	}
	p.stop(t)
}
