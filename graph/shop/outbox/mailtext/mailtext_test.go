package mailtext_test

import (
	htmltemplate "html/template"
	"slices"
	"strings"
	"testing"
	texttemplate "text/template"
	"time"

	"github.com/storegraph/storegraph/graph/shop/outbox/mailtext"
)

var values = mailtext.Values{
	"Shop": `Ada & <Sons> "Ltd"`, "Link": "https://shop.example/order/1?a=b&c=d", "Secret": "a.b+c/d", "Number": 42, "None": 0, "Empty": "",
	"Until": time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
}

var texts = []string{
	``,
	`plain`,
	`{{.Shop}} owes {{.Number}}`,
	`{{if .Empty}}a{{else if .Number}}b{{else}}c{{end}}{{if .None}}d{{end}}`,
	`{{with .Shop}}[{{.}}|{{$.Number}}]{{else}}none{{end}}{{with .Empty}}x{{else}}[{{.Number}}]{{end}}`,
	`{{define "a"}}({{.}}){{end}}{{define "b"}}{{.Shop}}{{template "a" .Number}}{{end}}{{template "b" .}}{{template "a" "lit"}}`,
	"{{- /* a comment */ -}}  {{ .Number -}}  \n x",
	`{{urlquery .Secret .Number}} {{.Secret | urlquery}}`,
	`{{printf "%05d %s" .Number .Secret}} {{.Number | printf "%d%%"}} {{print .Number "x"}}`,
	`{{if and .Number (not .Empty) (eq .Number 41 42) (ne .Shop "x") (or .Empty .Shop)}}yes{{end}}{{if false}}no{{end}}`,
	`{{.Until.Format "15:04"}} {{with .Until}}{{.Format "2006"}}{{end}} {{$.Until.Format "02"}}`,
}

// Texts become what Go's own template packages make of them.
func TestFill(t *testing.T) {
	t.Parallel()
	for _, text := range append(texts, `{{html .Shop}}`) {
		var want strings.Builder
		if err := texttemplate.Must(texttemplate.New("t").Parse(text)).Execute(&want, map[string]any(values)); err != nil {
			t.Fatal(text, err)
		}
		same(t, text, mailtext.Parse, want.String())
	}
	pages := append(slices.Clone(texts),
		`<title>{{.Shop}}</title><p class="x" title='{{.Shop}}'>{{.Shop}}</p><!-- c -->`,
		`<a href="{{.Link}}">{{.Link}}</a><a href="/x?q={{urlquery .Secret}}">x</a><img alt="{{if .Empty}}a{{else}}{{.Number}}{{end}}" src="https://x/y.png">`,
	)
	for _, text := range pages {
		var want strings.Builder
		if err := htmltemplate.Must(htmltemplate.New("t").Parse(text)).Execute(&want, map[string]any(values)); err != nil {
			t.Fatal(text, err)
		}
		same(t, text, func(name, text string, known mailtext.Values) (*mailtext.Template, error) {
			return mailtext.ParseHTML(name, text, known, "Link")
		}, strings.ReplaceAll(want.String(), "<!-- c -->", ""))
	}
}

func same(t *testing.T, text string, read func(name, text string, known mailtext.Values) (*mailtext.Template, error), want string) {
	t.Helper()
	tmpl, err := read("t", text, values)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	got, err := tmpl.Fill("t", values)
	plain := strings.NewReplacer("<!-- c -->", "", "&#43;", "+", "&#34;", `"`, "&#39;", "'") // which html/template escapes in text, too
	if err != nil || plain.Replace(got) != plain.Replace(want) {
		t.Errorf("%s becomes\n%s (%v), want\n%s", text, got, err, want)
	}
}

// What is wrong with a text is said when it is read, with its place.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\n{{.Nothing}}":                         "t:2:2: there is no field .Nothing; there are Empty, Link",
		`{{if`:                                   "unclosed action",
		`{{nothing .Shop}}`:                      `function "nothing" not defined`,
		`{{range .Shop}}x{{end}}`:                "mails have no {{range",
		`{{$x := .Shop}}`:                        "no variables",
		`{{$.Nothing}}`:                          "is no field",
		`{{$}}`:                                  "is no field",
		`{{template "x"}}`:                       `"x" is not defined`,
		`{{printf "%d" .Shop}}`:                  "does not fit",
		`{{not}}`:                                "number of arguments",
		`{{eq 1}}`:                               "number of arguments",
		`{{.Until.Format}}`:                      "number of arguments",
		`{{.Until.Year}}`:                        "there is no .Until.Year",
		`{{.Shop.Format "x"}}`:                   "there is no .Shop.Format",
		`{{define "a"}}{{.Gone}}{{end}}`:         "there is no field .Gone",
		`{{define "a"}}{{template "a"}}{{end}}x`: "within itself",
		`{{nil}}`:                                "nil",
	} {
		if _, err := mailtext.Parse("t", text, values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A value may stand only where escaping makes it text.
func TestParseHTMLRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`<script>var x = "{{.Shop}}"</script>`:                        "neither in text nor in a quoted attribute",
		`<style>{{.Shop}}</style>`:                                    "neither in text",
		`<!-- {{.Shop}} -->`:                                          "neither in text",
		`<p class={{.Shop}}>`:                                         "neither in text",
		`<p {{.Shop}}="x">`:                                           "neither in text",
		`<{{.Shop}}>`:                                                 "neither in text",
		`<p onclick="{{.Shop}}">`:                                     "in the attribute onclick",
		`<p STYLE="color:{{.Shop}}">`:                                 "in the attribute style",
		`<a href="{{.Shop}}">`:                                        "begins an address; that can be .Link",
		`<a href="{{if .Shop}}{{.Secret}}{{end}}">`:                   "begins an address",
		`<a href="{{urlquery .Link}}">`:                               "begins an address",
		`<a href="java{{urlquery .Shop}}">`:                           "part of an address",
		`<a href="/x?q={{.Secret}}">`:                                 "write {{urlquery",
		`{{define "a"}}<a href="{{.}}">{{end}}{{template "a" .Shop}}`: "begins an address",
	} {
		if _, err := mailtext.ParseHTML("t", text, values, "Link"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A part that a text does not define is an error, not an empty text.
func TestFillUnknown(t *testing.T) {
	t.Parallel()
	tmpl, err := mailtext.Parse("t", `{{define "a"}}x{{end}}`, values)
	if err != nil || !tmpl.Has("a") || tmpl.Has("b") {
		t.Fatal(err)
	}
	if _, err := tmpl.Fill("b", values); err == nil {
		t.Error("a part that is not there was filled in")
	}
}
