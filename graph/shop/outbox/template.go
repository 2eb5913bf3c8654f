package outbox

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"os"
	"strings"
	texttemplate "text/template"

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
	text map[string]*texttemplate.Template
	html map[string]*htmltemplate.Template
}

// NewTemplates returns the texts in a directory; those that it lacks, or all without a directory, are built in.
func NewTemplates(dir string) (*Templates, error) {
	own, err := fs.Sub(builtIn, "template")
	if err != nil {
		return nil, err
	}
	t := &Templates{text: map[string]*texttemplate.Template{}, html: map[string]*htmltemplate.Template{}}
	for event, name := range templateNames {
		text, err := source(own, dir, name+".txt")
		if err != nil {
			return nil, err
		}
		if t.text[event], err = texttemplate.New(name + ".txt").Option("missingkey=error").Parse(text); err != nil {
			return nil, err
		}
		for _, part := range []string{"subject", "link"} {
			if t.text[event].Lookup(part) == nil {
				return nil, fmt.Errorf("%s.txt does not define %q", name, part)
			}
		}
		html, err := source(own, dir, name+".html")
		if err != nil {
			return nil, err
		}
		if t.html[event], err = htmltemplate.New(name + ".html").Option("missingkey=error").Parse(html); err != nil {
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

// message writes the mail about an event.
func (t *Templates) message(e *model.Event, c *Content) (*Message, error) {
	m := &Message{ID: e.ID, Template: e.Name, To: c.Email}
	for _, part := range []struct {
		name string
		into *string
	}{{"link", &c.Link}, {"subject", &m.Subject}, {templateNames[e.Name] + ".txt", &m.Text}} {
		var b strings.Builder
		if err := t.text[e.Name].ExecuteTemplate(&b, part.name, c); err != nil {
			return nil, errors.New("the template " + part.name + " cannot be filled in") // the error may hold what it was filled with
		}
		*part.into = strings.TrimSpace(b.String())
	}
	m.Subject = strings.Join(strings.Fields(m.Subject), " ")
	var b strings.Builder
	if err := t.html[e.Name].Execute(&b, c); err != nil {
		return nil, errors.New("the template " + t.html[e.Name].Name() + " cannot be filled in")
	}
	m.HTML = b.String()
	return m, nil
}
