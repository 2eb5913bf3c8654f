package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// No log line and no error in an answer contains an address, a name, a password, a token or a code.
func TestLogsTellNobody(t *testing.T) {
	t.Parallel()
	env := shopEnv(dbtest.ShopURL(t))
	env["LOG_LEVEL"], env["AUTH_MFA_ENCRYPTION_KEY"] = "debug", "the-mfa-key"
	env["NOTIFICATION_URL"], env["NOTIFICATION_FROM"] = "smtp://mail-user:mail-word@127.0.0.1:1?tls=off", "shop@example.com"
	env["EVENT_WEBHOOK_URLS"], env["EVENT_WEBHOOK_SECRET"] = "http://127.0.0.1:1/hook-path", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	env["EVENT_ATTEMPTS"] = "1"
	p := begin(t, env, "serve")
	base := "http://" + p.await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", 200)
	key := dbtest.Handles(t)["pk_web"]
	secrets := []string{"ada.secret@example.com", "Lovelace-Secret", "pass-Secret-1", "1 Secret Street", "the-mfa-key", "mail-user", "mail-word", "hook-path", "MfKQ9r8G", "supersecret"}
	ask := func(path, body, token string) (out struct{ Token, Secret string }) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + token, "X-Publishable-Api-Key": key, "X-Forwarded-Proto": "https"} {
			r.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("POST %s = %d %s", path, res.StatusCode, text)
		}
		for _, s := range secrets {
			if res.StatusCode >= http.StatusBadRequest && strings.Contains(string(text), s) {
				t.Errorf("POST %s = %d %s, which tells %s", path, res.StatusCode, text, s)
			}
		}
		_ = json.Unmarshal(text, &out)
		for _, s := range []string{out.Token, out.Secret} {
			if s != "" {
				secrets = append(secrets, s)
			}
		}
		return out
	}
	const cred = `{"email":"ada.secret@example.com","password":"pass-Secret-1"}`
	token := ask("/auth/customer/emailpass/register", cred, "").Token
	ask("/store/customers", `{"email":"ada.secret@example.com","last_name":"Lovelace-Secret"}`, token)
	ask("/store/customers", `{"email":"ada.secret@example.com"}`, token)
	ask("/auth/customer/emailpass/register", cred, "")
	token = ask("/auth/customer/emailpass", cred, "").Token
	if token == "" {
		t.Fatal("no log-in")
	}
	ask("/auth/customer/emailpass", `{"email":"ada.secret@example.com","password":"pass-Secret-1 wrong"}`, "")
	ask("/store/customers/me/addresses", `{"address_1":"1 Secret Street"}`, token)
	ask("/store/customers/me/addresses", `{"address_1":"1 Secret Street","is_default_shipping":"x"}`, token)
	ask("/auth/customer/emailpass/reset-password", `{"identifier":"ada.secret@example.com"}`, "")
	ask("/auth/customer/emailpass/update", `{"password":"pass-Secret-1"}`, token)
	ask("/auth/verification/request", `{"entity_id":"ada.secret@example.com","entity_type":"email"}`, token)
	ask("/auth/verification/confirm", `{"code":"pass-Secret-1"}`, token)
	ask("/auth/mfa/factors", `{"provider":"totp","label":"ada.secret@example.com"}`, token)
	ask("/auth/session", "", token)
	ask("/auth/token/refresh", "", token+"x")
	for _, query := range []string{
		`mutation { logIn(input: {email: \"ada.secret@example.com\", password: \"pass-Secret-1 wrong\"}) { authentication { token } userErrors { message } } }`,
		`mutation { registerIdentity(input: {email: \"ada.secret@example.com\", password: \"x\"}) { authentication { token } userErrors { message } } }`, `{ customer { nothing } }`,
	} {
		ask("/graphql", fmt.Sprintf(`{"query":"%s"}`, query), token)
	}
	p.await(t, `work is given up.*auth.password_reset`)
	p.await(t, `work is given up.*auth.verification_requested`)
	p.stop(t)
	for _, s := range secrets {
		if strings.Contains(p.out.String(), s) {
			t.Errorf("the log tells %s", s)
		}
	}
}
