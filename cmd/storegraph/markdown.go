package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
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
	tables, err := settingTables()
	if err != nil {
		return err
	}
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
func settingTables() ([]byte, error) {
	var out bytes.Buffer
	all, err := settings()
	if err != nil {
		return nil, err
	}
	group := ""
	for _, s := range all {
		if s.Group.Key != group {
			group = s.Group.Key
			fmt.Fprintf(&out, "\n### %s\n\n| variable | default | |\n| --- | --- | --- |\n", group)
		}
		fallback := ""
		if s.HasDefault {
			fallback = "`" + s.Default + "`"
		} else if s.IsBool() {
			fallback = "`off`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", variable(s.Value), fallback, strings.ReplaceAll(s.Help, "|", `\|`))
	}
	out.WriteString("\n")
	return out.Bytes(), nil
}

// settings returns the flags of all settings, in their order.
func settings() ([]*kong.Flag, error) {
	parser, err := newParser(&reading{}, &bytes.Buffer{})
	if err != nil {
		return nil, err
	}
	var out []*kong.Flag
	for _, command := range parser.Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, f := range command.Flags {
			if variable(f.Value) != "" {
				out = append(out, f)
			}
		}
	}
	return out, nil
}
