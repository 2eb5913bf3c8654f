package outbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// SMTP sends messages as mails over a mail server.
type SMTP struct {
	host    string
	options []mail.Option
	from    *netmail.Address
}

// NewSMTP returns a sender by the mail server at smtp://user:password@host:port or smtps://…, with the address that mails are from. By smtp the
// server must offer STARTTLS, unless the address says ?tls=off, as for one on the same machine; smtps is TLS from the start.
func NewSMTP(address string, from *netmail.Address) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("a mail server's address is smtp://user:password@host:port or smtps://…") // it holds a password
	}
	s := &SMTP{host: u.Hostname(), from: from}
	port, proof := 587, mail.SMTPAuthAutoDiscover
	switch tls := u.Query().Get("tls"); {
	case u.Scheme == "smtps":
		port = 465
		s.options = append(s.options, mail.WithSSL())
	case tls == "off":
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
		proof = mail.SMTPAuthPlainNoEnc
	case tls == "" || tls == "on":
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		return nil, errors.New("tls of a mail server is on or off")
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, errors.New("the mail server's port is no number")
		}
	}
	s.options = append(s.options, mail.WithPort(port))
	if user := u.User.Username(); user != "" {
		password, _ := u.User.Password()
		s.options = append(s.options, mail.WithSMTPAuth(proof), mail.WithUsername(user), mail.WithPassword(password))
	}
	_, err = mail.NewClient(s.host, s.options...)
	return s, err
}

// Send sends a mail with both texts.
func (s *SMTP) Send(ctx context.Context, m *Message) error {
	msg := mail.NewMsg()
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&netmail.Address{Address: m.To})
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(m.ID + s.from.Address[strings.LastIndexByte(s.from.Address, '@'):])
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's holiday note answers it
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return errors.New("the mail server's settings are wrong")
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*mail.SendError](err); ok {
		code := e.ErrorCode()
		err = fmt.Errorf("the mail server answered with %d: %s", code, e.Reason)
		if code/100 == 5 {
			err = fmt.Errorf("%w: %w", ErrPermanent, err)
		}
		return err
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok { // before the mail, such as for a wrong password
		return fmt.Errorf("the mail server answered with %d", e.Code)
	}
	if o, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("the mail server was not reached: %w", o.Err)
	}
	return errors.New("the mail server was not reached") // the library's text may hold what was sent
}
