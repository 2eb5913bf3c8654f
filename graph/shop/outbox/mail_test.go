package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/shop/outbox"
	"github.com/storegraph/storegraph/model"
)

var from = &mail.Address{Name: "The Shop", Address: "shop@example.com"}

// A mailbox is an SMTP server that keeps what it gets.
type mailbox struct {
	addr   string
	refuse *smtp.SMTPError // of recipients; nil takes all

	mu    sync.Mutex
	mails []string
}

func newMailbox(t *testing.T, refuse *smtp.SMTPError) *mailbox {
	t.Helper()
	m := &mailbox{refuse: refuse}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	s.AllowInsecureAuth = true
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = l.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = errors.Join(s.Close(), l.Close()); <-done }) // the server may not have begun to listen
	return m
}

type session struct {
	box  *mailbox
	user string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "user" || password != "pass word" {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(address string, _ *smtp.MailOptions) error {
	if s.user == "" || address != from.Address {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(string, *smtp.RcptOptions) error {
	if s.box.refuse != nil {
		return s.box.refuse
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, string(text))
	return err
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// parts returns the only mail's header and its parts by their media types.
func (m *mailbox) parts(t *testing.T) (mail.Header, map[string]string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.mails) != 1 {
		t.Fatalf("%d mails came, want 1", len(m.mails))
	}
	msg, err := mail.ReadMessage(strings.NewReader(m.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type = %q, %v, want multipart/alternative", kind, err)
	}
	out := map[string]string{}
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return msg.Header, out
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		out[kind] = string(text)
	}
}

func newMailer(t *testing.T, d db.DB, p outbox.Sender, dir string) *outbox.Mailer {
	t.Helper()
	texts, err := outbox.NewTemplates(dir)
	if err != nil {
		t.Fatal(err)
	}
	return outbox.NewMailer(outbox.MailerConfig{
		DB: d, Sender: p, Templates: texts, Shop: "The Shop", Storefront: "https://shop.example.com", Now: func() time.Time { return now },
	})
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (m *mailbox) sender(t *testing.T, user, options string) *outbox.SMTP {
	t.Helper()
	p, err := outbox.NewSMTP("smtp://"+user+"@"+m.addr+options, from)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func reset(email string, at time.Time) *model.Event {
	payload, err := json.Marshal(map[string]any{"entity_id": email, "actor_type": "customer", "token": "a.b+c/d", "metadata": map[string]any{}})
	if err != nil {
		panic(err)
	}
	return &model.Event{ID: "evt_1", Name: "auth.password_reset", Payload: payload, CreatedAt: at}
}

func TestMailsOverSMTP(t *testing.T) {
	t.Parallel()
	verification := &model.Event{
		ID: "evt_2", Name: "auth.verification_requested", CreatedAt: now,
		Payload: []byte(`{"entity_id":"ada@example.com","entity_type":"email","code":"c0de","expires_at":"2026-01-02T03:19:05.000Z"}`),
	}
	for name, tc := range map[string]struct {
		event   *model.Event
		subject string
		link    string
	}{
		"password reset": {
			reset("ada+x@example.com", now), "Choose a new password",
			"https://shop.example.com/reset-password?token=" + url.QueryEscape("a.b+c/d") + "&email=" + url.QueryEscape("ada+x@example.com"),
		},
		"verification": {verification, "Confirm your e-mail address", "https://shop.example.com/verify?code=c0de"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newMailbox(t, nil)
			m := newMailer(t, db.DB{}, box.sender(t, "user:pass%20word", "?tls=off"), "")
			if err := m.Deliver(t.Context(), tc.event); err != nil {
				t.Fatal(err)
			}
			header, parts := box.parts(t)
			for key, want := range map[string]string{
				"Subject": tc.subject, "From": `"The Shop" <shop@example.com>`, "Message-Id": "<" + tc.event.ID + "@example.com>", "Auto-Submitted": "auto-generated",
			} {
				if got := header.Get(key); got != want {
					t.Errorf("%s = %q, want %q", key, got, want)
				}
			}
			if !strings.Contains(parts["text/plain"], "\n"+tc.link+"\r\n") && !strings.Contains(parts["text/plain"], "\r\n"+tc.link+"\r\n") {
				t.Errorf("the text lacks the link %s:\n%s", tc.link, parts["text/plain"])
			}
			if want := `href="` + strings.ReplaceAll(tc.link, "&", "&amp;") + `"`; !strings.Contains(parts["text/html"], want) {
				t.Errorf("the HTML lacks %s:\n%s", want, parts["text/html"])
			}
			for kind, text := range parts {
				if !strings.Contains(text, "15 minutes") || !strings.Contains(text, "The Shop") {
					t.Errorf("%s does not tell for how long, or by whom:\n%s", kind, text)
				}
			}
		})
	}
}

func TestOrderTransfer(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	order := dbtest.Handles(t)["order_anna1"]
	for _, sql := range []string{
		`INSERT INTO order_change (id, order_id, version, change_type, status) SELECT 'ordch_1', id, 1, 'transfer', 'requested' FROM "order" WHERE id = ?`,
		`INSERT INTO order_change_action (id, order_id, order_change_id, action, version, details)
SELECT 'ordchact_1', id, 'ordch_1', 'TRANSFER_CUSTOMER', 1, '{"token": "t0ken", "original_email": "owner@example.com"}' FROM "order" WHERE id = ?`,
	} {
		if n, err := d.Exec(t.Context(), sql, order); err != nil || n != 1 {
			t.Fatalf("%s: %d, %v", sql, n, err)
		}
	}
	box := newMailbox(t, nil)
	m := newMailer(t, d, box.sender(t, "user:pass%20word", "?tls=off"), "")
	asked := &model.Event{
		ID: "evt_1", Name: "order.transfer_requested", CreatedAt: now, Payload: []byte(`{"id":"` + order + `","order_change_id":"ordch_1"}`),
	}
	if err := m.Deliver(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	header, parts := box.parts(t)
	if got := header.Get("To"); got != "<owner@example.com>" {
		t.Errorf("To = %s, want the present owner", got)
	}
	if want := "https://shop.example.com/order/" + order + "/transfer/t0ken"; !strings.Contains(parts["text/plain"], want) || !strings.Contains(parts["text/html"], want) {
		t.Errorf("the mail lacks %s: %v", want, parts)
	}
	if _, err := d.Exec(t.Context(), `UPDATE order_change SET status = 'declined' WHERE id = 'ordch_1'`); err != nil {
		t.Fatal(err)
	}
	if err := m.Deliver(t.Context(), asked); err != nil {
		t.Errorf("an answered request = %v, want no mail and no error", err)
	}
	box.parts(t) // still one
}

func TestNoMail(t *testing.T) {
	t.Parallel()
	ofUser := reset("ada@example.com", now)
	ofUser.Payload = bytes.Replace(ofUser.Payload, []byte("customer"), []byte("user"), 1)
	for name, tc := range map[string]struct {
		event     *model.Event
		permanent bool
	}{
		"another event":   {&model.Event{Name: "order.placed", Payload: []byte(`{"id":"order_1"}`)}, false},
		"a user's":        {ofUser, false},
		"too late":        {reset("ada@example.com", now.Add(-15*time.Minute)), true},
		"no address":      {reset("ada", now), true},
		"two recipients":  {reset("ada@example.com, eve@example.com", now), true},
		"a header inside": {reset("ada@example.com\r\nBcc: eve@example.com", now), true},
		"no payload":      {&model.Event{Name: "auth.password_reset", Payload: []byte(`[]`)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newMailbox(t, nil)
			err := newMailer(t, db.DB{}, box.sender(t, "user:pass%20word", "?tls=off"), "").Deliver(t.Context(), tc.event)
			if errors.Is(err, outbox.ErrPermanent) != tc.permanent || err != nil && !tc.permanent {
				t.Errorf("Deliver = %v", err)
			}
			if len(box.mails) > 0 {
				t.Errorf("a mail came: %s", box.mails)
			}
		})
	}
}

func TestSMTPFailures(t *testing.T) {
	t.Parallel()
	gone := newMailbox(t, &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no ada@example.com here"})
	busy := newMailbox(t, &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "ada@example.com later"})
	nobody, err := outbox.NewSMTP("smtp://127.0.0.1:1?tls=off", from)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		provider  outbox.Sender
		permanent bool
	}{
		"unknown recipient": {gone.sender(t, "user:pass%20word", "?tls=off"), true},
		"busy":              {busy.sender(t, "user:pass%20word", "?tls=off"), false},
		"wrong password":    {newMailbox(t, nil).sender(t, "user:wrong", "?tls=off"), false},
		"no TLS":            {newMailbox(t, nil).sender(t, "user:pass%20word", ""), false},
		"nobody there":      {nobody, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := newMailer(t, db.DB{}, tc.provider, "").Deliver(t.Context(), reset("ada@example.com", now))
			if err == nil || errors.Is(err, outbox.ErrPermanent) != tc.permanent {
				t.Fatalf("Deliver = %v, want a failure, permanent: %v", err, tc.permanent)
			}
			for _, secret := range []string{"ada@", "a.b", "pass", "wrong"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
		})
	}
	for _, address := range []string{"mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail:x", "smtp://mail?tls=perhaps"} {
		if _, err := outbox.NewSMTP(address, from); err == nil {
			t.Errorf("NewSMTP(%q) did not fail", address)
		}
	}
}

func TestOtherSenders(t *testing.T) {
	t.Parallel()
	judge, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type string
		Data map[string]string
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = errors.Join(judge.VerifyIgnoringTimestamp(body, r.Header), json.Unmarshal(body, &got))
		}
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer s.Close()
	e, err := outbox.NewEndpoint(s.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, p := range []outbox.Sender{
		outbox.NewMailWebhook(e, func() time.Time { return now }), outbox.MailLog{Log: slog.New(slog.NewTextHandler(&log, nil))},
	} {
		if err := newMailer(t, db.DB{}, p, "").Deliver(context.Background(), reset("ada@example.com", now)); err != nil {
			t.Fatal(err)
		}
	}
	if got.Type != "notification" || got.Data["to"] != "ada@example.com" || got.Data["template"] != "auth.password_reset" || !strings.Contains(got.Data["html"], "<p>") {
		t.Errorf("the webhook got %+v", got)
	}
	if !strings.Contains(log.String(), "reset-password?token=") {
		t.Errorf("the log = %s, want the link", log.String())
	}
}

func TestOwnTemplates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("password_reset.txt", `{{define "subject"}}Neues Passwort{{end}}{{define "link"}}{{.Storefront}}/neu/{{urlquery .Secret}}{{end}}Hier: {{.Link}}`)
	box := newMailbox(t, nil)
	if err := newMailer(t, db.DB{}, box.sender(t, "user:pass%20word", "?tls=off"), dir).Deliver(t.Context(), reset("ada@example.com", now)); err != nil {
		t.Fatal(err)
	}
	header, parts := box.parts(t)
	if header.Get("Subject") != "Neues Passwort" || !strings.Contains(parts["text/plain"], "Hier: https://shop.example.com/neu/a.b%2Bc%2Fd") || !strings.Contains(parts["text/html"], "/neu/") {
		t.Errorf("the mail = %v %v", header, parts)
	}
	write("password_reset.txt", "no subject")
	if _, err := outbox.NewTemplates(dir); err == nil {
		t.Error("a template without subject is accepted")
	}
}
