package outbox

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/storegraph/storegraph/graph/shop/outbox/mailtext"
	"github.com/storegraph/storegraph/model"
)

//go:embed template
var builtIn embed.FS

// templateNames are the files of the mails, without their endings, by the events.
var templateNames = map[string]string{
	model.EventPasswordReset:         "password_reset",
	model.EventVerificationRequested: "verification",
	model.EventTransferRequested:     "order_transfer",
}

// Templates are the texts of all mails. The plain text of each defines the templates "subject" and "link" too.
type Templates struct {
	text map[string]*mailtext.Template
	html map[string]*mailtext.Template
}

// NewTemplates returns the texts in a directory; those that it lacks, or all without a directory, are built in.
func NewTemplates(dir string) (*Templates, error) {
	own, err := fs.Sub(builtIn, "template")
	if err != nil {
		return nil, err
	}
	known := (&Content{}).values()
	t := &Templates{text: map[string]*mailtext.Template{}, html: map[string]*mailtext.Template{}}
	for event, name := range templateNames {
		text, err := source(own, dir, name+".txt")
		if err != nil {
			return nil, err
		}
		if t.text[event], err = mailtext.Parse(name+".txt", text, known); err != nil {
			return nil, err
		}
		for _, part := range []string{"subject", "link"} {
			if !t.text[event].Has(part) {
				return nil, fmt.Errorf("%s.txt does not define %q", name, part)
			}
		}
		html, err := source(own, dir, name+".html")
		if err != nil {
			return nil, err
		}
		if t.html[event], err = mailtext.ParseHTML(name+".html", html, known, "Link", "Storefront"); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func source(own fs.FS, dir, name string) (string, error) {
	if dir != "" {
		text, err := fs.ReadFile(os.DirFS(dir), name)
		if !errors.Is(err, fs.ErrNotExist) {
			return string(text), err
		}
	}
	text, err := fs.ReadFile(own, name)
	return string(text), err
}

// values returns what fills in a text.
func (c *Content) values() mailtext.Values {
	return mailtext.Values{
		"Shop": c.Shop, "Storefront": c.Storefront, "Email": c.Email, "Secret": c.Secret, "OrderID": c.OrderID, "DisplayID": c.DisplayID,
		"Until": c.Until, "Minutes": c.Minutes, "Link": c.Link,
	}
}

// message writes the mail about an event.
func (t *Templates) message(e *model.Event, c *Content) (*Message, error) {
	m := &Message{ID: e.ID, Template: e.Name, To: c.Email}
	name := templateNames[e.Name]
	for _, part := range []struct {
		of   *mailtext.Template
		name string
		into *string
	}{{t.text[e.Name], "link", &c.Link}, {t.text[e.Name], "subject", &m.Subject}, {t.text[e.Name], name + ".txt", &m.Text}, {t.html[e.Name], name + ".html", &m.HTML}} {
		text, err := part.of.Fill(part.name, c.values())
		if err != nil {
			return nil, errors.New("the template " + part.name + " cannot be filled in") // the error may hold what it was filled with
		}
		*part.into = strings.TrimSpace(text)
	}
	m.Subject = strings.Join(strings.Fields(m.Subject), " ")
	return m, nil
}
