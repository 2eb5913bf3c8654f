package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
)

//go:generate go run . settings --into README.md

// settingsCommand prints the settings as tables of Markdown, for the documentation.
type settingsCommand struct {
	Into string `help:"Replace what is between the two marks in this file." predictor:"file"`
}

// Between these marks are the settings in a document.
const (
	beginMark = "<!-- settings: made by make generate -->\n"
	endMark   = "<!-- end of settings -->\n"
)

// Run prints the tables or writes them.
func (c *settingsCommand) Run(a *app) error {
	tables := settingTables()
	if c.Into == "" {
		_, err := a.stdout.Write(tables)
		return err
	}
	text, err := os.ReadFile(c.Into)
	if err != nil {
		return err
	}
	before, rest, began := bytes.Cut(text, []byte(beginMark))
	_, after, ended := bytes.Cut(rest, []byte(endMark))
	if !began || !ended {
		return fmt.Errorf("%s lacks the marks of the settings", c.Into)
	}
	return os.WriteFile(c.Into, bytes.Join([][]byte{before, []byte(beginMark), tables, []byte(endMark), after}, nil), 0o644) //nolint:gosec // everyone may read it
}

// settingTables returns a table of each group of settings.
func settingTables() []byte {
	var out bytes.Buffer
	group := ""
	for _, s := range settings() {
		if s.group != group {
			group = s.group
			fmt.Fprintf(&out, "\n### %s\n\n| variable | default | |\n| --- | --- | --- |\n", group)
		}
		fallback := ""
		if s.has("default") {
			fallback = "`" + s.String() + "`"
		} else if s.into.Kind() == reflect.Bool {
			fallback = "`off`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", s.variable, fallback, strings.ReplaceAll(s.tag.Get("help"), "|", `\|`))
	}
	out.WriteString("\n")
	return out.Bytes()
}

// settings returns all settings, in their order.
func settings() (out []*setting) {
	for _, s := range (&reading{}).settings(reflect.ValueOf(&Config{}).Elem(), "") {
		if s.variable != "" {
			out = append(out, s)
		}
	}
	return out
}
